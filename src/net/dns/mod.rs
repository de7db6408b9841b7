//! Where a domain's server is: SRV records (RFC 2782) of `_xmpps-client` and
//! `_xmpp-client` taken together (XEP-0368).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};
use model::Clean;
use model::failure::{DnsFailure, LookUpFault};
use rand_core::CryptoRng;

/// The port without any record (RFC 6120 §3.2.2).
pub const PORT: u16 = 5222;
/// The port of direct TLS without any record (XEP-0368 §5).
pub const PORT_DIRECT: u16 = 5223;
/// So many hosts are tried at most, and so many addresses of each.
pub const MAX_CANDIDATES: usize = 20;
const MAX_ADDRESSES: usize = 8;
/// More records than that are not looked at.
const MAX_RECORDS: usize = 64;

/// A name that is an alias of an alias is followed so far.
const MAX_ALIASES: usize = 8;

/// How long one question to one name server may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// A host name, or an address.
    pub host: String,
    pub port: u16,
    /// TLS at once, no STARTTLS.
    pub direct: bool,
}

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    priority: u16,
    weight: u16,
    candidate: Candidate,
}

/// The resolver of the system's configuration.
pub fn resolver() -> Result<TokioResolver, DnsFailure> {
    let broken = |error: NetError| {
        tracing::warn!("the resolver cannot be made: {error}");
        DnsFailure::Resolver
    };
    let mut builder = TokioResolver::builder_tokio().map_err(broken)?;
    // Whoever did not answer twice is not waited for: there is still the fallback to try.
    let options = builder.options_mut();
    options.timeout = PATIENCE;
    options.attempts = 1;
    builder.build().map_err(broken)
}

/// The servers of `domain` (an A-label), in the order in which they are to be tried; never empty.
pub async fn candidates(
    resolver: &TokioResolver,
    domain: &str,
    rng: &mut (dyn CryptoRng + Send),
) -> Result<Vec<Candidate>, DnsFailure> {
    if domain.parse::<IpAddr>().is_ok() {
        return Ok(vec![fallback(domain)]);
    }
    let (direct, start) = (
        format!("_xmpps-client._tcp.{domain}."),
        format!("_xmpp-client._tcp.{domain}."),
    );
    let (direct, start) = tokio::join!(records(resolver, &direct, true), records(resolver, &start, false));
    // No answer counts as no record (RFC 6120 §3.2.2): some home routers never answer for SRV. That is safe,
    // because the certificate has to be for the domain wherever we end up.
    let (direct, start) = (direct.unwrap_or_default(), start.unwrap_or_default());
    let found: Vec<Record> = direct.into_iter().chain(start).collect();
    if found.is_empty() {
        return Ok(vec![fallback(domain)]);
    }
    let offered: Vec<Record> = found
        .into_iter()
        .filter(|record| !record.candidate.host.is_empty())
        .collect();
    if offered.is_empty() {
        return Err(DnsFailure::NotOffered(Clean::line(domain)));
    }
    Ok(order(offered, rng))
}

/// The domain itself, where it has no records.
fn fallback(domain: &str) -> Candidate {
    Candidate {
        host: domain.to_owned(),
        port: PORT,
        direct: false,
    }
}

/// The SRV records of `name`, or of the name that it is an alias of (RFC 1034 §3.6.2); none is not an error.
/// The resolver follows no alias to such records: it takes their targets for further aliases.
async fn records(resolver: &TokioResolver, name: &str, direct: bool) -> Result<Vec<Record>, NetError> {
    let mut name = name.to_owned();
    for _ in 0..MAX_ALIASES {
        let found = records_of(resolver, &name, direct).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        match alias(resolver, &name).await? {
            Some(other) => name = other,
            None => break,
        }
    }
    Ok(Vec::new())
}

/// What `name` is an alias of.
async fn alias(resolver: &TokioResolver, name: &str) -> Result<Option<String>, NetError> {
    let lookup = match resolver.lookup(name, RecordType::CNAME).await {
        Ok(lookup) => lookup,
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(lookup.answers().iter().find_map(|record| match &record.data {
        RData::CNAME(alias) => Some(alias.0.to_ascii()),
        _ => None,
    }))
}

/// The SRV records of exactly that name.
async fn records_of(resolver: &TokioResolver, name: &str, direct: bool) -> Result<Vec<Record>, NetError> {
    let lookup = match resolver.srv_lookup(name).await {
        Ok(lookup) => lookup,
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let srv = lookup.answers().iter().filter_map(|record| match &record.data {
        RData::SRV(srv) => Some(srv),
        _ => None,
    });
    Ok(srv
        .take(MAX_RECORDS)
        .map(|srv| Record {
            priority: srv.priority,
            weight: srv.weight,
            candidate: Candidate {
                // "." becomes the empty name.
                host: srv.target.to_ascii().trim_end_matches('.').to_owned(),
                port: srv.port,
                direct,
            },
        })
        .collect())
}

/// RFC 2782: by priority; within one, drawn by weight.
fn order(mut records: Vec<Record>, rng: &mut dyn CryptoRng) -> Vec<Candidate> {
    // Weight 0 first, as the RFC wants it for its draw.
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut out = Vec::with_capacity(records.len().min(MAX_CANDIDATES));
    while let Some(first) = records.first()
        && out.len() < MAX_CANDIDATES
    {
        let priority = first.priority;
        let same = records.iter().take_while(|record| record.priority == priority);
        let total: u64 = same.clone().map(|record| u64::from(record.weight)).sum();
        let draw = rng.next_u64() % (total + 1);
        let mut sum = 0;
        let chosen = same
            .map(|record| {
                sum += u64::from(record.weight);
                sum
            })
            .position(|running| running >= draw)
            .unwrap_or(0);
        out.push(records.remove(chosen).candidate);
    }
    out
}

/// The addresses of a candidate, families in turn, so that one that is broken here costs one
/// timeout only (RFC 8305 §4).
pub async fn addresses(
    resolver: &TokioResolver,
    candidate: &Candidate,
) -> Result<Vec<SocketAddr>, DnsFailure> {
    let port = candidate.port;
    let host = candidate.host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    // A name with a dot is a whole one; the local search list is for bare host names only.
    let name = if host.contains('.') {
        format!("{host}.")
    } else {
        host.to_owned()
    };
    let found = resolver.lookup_ip(name).await.map_err(|error| {
        if error.is_no_records_found() || error.is_nx_domain() {
            DnsFailure::NoAddress(Clean::line(host))
        } else {
            DnsFailure::Failed(Clean::line(host), fault(&error))
        }
    })?;
    let (six, four): (Vec<IpAddr>, Vec<IpAddr>) = found.iter().take(MAX_RECORDS).partition(IpAddr::is_ipv6);
    let addresses = interleave(six, four, port);
    if addresses.is_empty() {
        return Err(DnsFailure::NoAddress(Clean::line(host)));
    }
    Ok(addresses)
}

/// What goes before a person; the resolver's own words go into the log.
fn fault(error: &NetError) -> LookUpFault {
    match error {
        NetError::Timeout => LookUpFault::Silent,
        NetError::NoConnections | NetError::Io(_) => LookUpFault::Unreached,
        NetError::Dns(DnsError::ResponseCode(code)) => LookUpFault::Refused(Clean::line(&code.to_string())),
        other => {
            tracing::warn!("a name could not be looked up: {other}");
            LookUpFault::Other
        }
    }
}

fn interleave(six: Vec<IpAddr>, four: Vec<IpAddr>, port: u16) -> Vec<SocketAddr> {
    let longest = six.len().max(four.len());
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    (0..longest)
        .flat_map(|_| [six.next(), four.next()])
        .flatten()
        .take(MAX_ADDRESSES)
        .map(|address| SocketAddr::new(address, port))
        .collect()
}

#[cfg(test)]
mod tests;
