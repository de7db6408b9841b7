//! From a domain to a TLS connection: candidates in order, TCP, then TLS at once
//! or by STARTTLS (RFC 6120 §5).

use std::sync::Arc;

use minidom::Element;
use rand_core::CryptoRng;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;

use crate::dns::{self, Candidate, PORT, PORT_DIRECT};
use crate::failure::EstablishError;
use crate::guard::{Guard, Limits};
use crate::login::Login;
use crate::prompt::Prompt;
use crate::tcp;
use crate::timeouts::Timeouts;
use crate::tls::{self, Facts};
use crate::wire::{NegotiatingStream, StreamAddresses, unexpected};
use model::failure::{Doing, Expected, NetFailure};
use model::{Clean, Step};
use stanza::ns;

/// A connection whose certificate was checked.
pub(crate) struct Secured {
    pub(crate) io: TlsStream<Prompt>,
    pub(crate) facts: Facts,
    /// "127.0.0.1:5222".
    pub(crate) server: String,
}

/// What the steps of this file share.
struct Dialler<'a> {
    /// The JID's domain as it is written, and as DNS and certificates know it.
    domain: &'a str,
    ascii: String,
    patience: &'a Timeouts,
    /// For STARTTLS; [`tls::with_alpn`] makes the other one.
    config: Arc<ClientConfig>,
    deadline: Instant,
}

/// Connects to the server of `target`; to `moved` and nowhere else if its server sent us there.
pub(crate) async fn dial(
    target: &Login,
    moved: Option<&str>,
    patience: &Timeouts,
    rng: &mut (dyn CryptoRng + Send),
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<Secured, EstablishError> {
    let domain = target.jid.domain().as_str();
    let ascii = ascii_domain(domain)?;
    let ca_pem = target.options.ca_pem.clone();
    // Reading the system's roots takes longer than most look-ups.
    let config = tokio::task::spawn_blocking(move || tls::config(ca_pem.as_deref()));
    let config = config
        .await
        .map_err(|_| EstablishError::again(NetFailure::Interrupted))??;
    let mut dialler = Dialler {
        domain,
        ascii,
        patience,
        config,
        deadline: Instant::now() + patience.connect_all,
    };
    if let Some(place) = moved {
        return dialler
            .attempt_moved(place, target.options.direct_tls, step)
            .await;
    }
    // Where the old stream can be resumed; whatever is wrong there, the ordinary way is still open.
    let place = target
        .location
        .as_deref()
        .and_then(|place| location(place, target.options.direct_tls));
    if let Some(candidate) = place
        && let Ok(secured) = dialler.attempt(&candidate, step).await
    {
        return Ok(secured);
    }
    let candidates = candidates(target, &dialler.ascii, patience, rng, step).await?;
    dialler.deadline = Instant::now() + patience.connect_all;
    let mut last = None;
    for candidate in candidates {
        match dialler.attempt(&candidate, step).await {
            Err(error) if error.retry => last = Some(error),
            done => return done,
        }
    }
    Err(last.unwrap_or_else(|| EstablishError::silent(Doing::Connecting)))
}

/// IDNA: what DNS and certificates know the domain as. IP literals stay.
fn ascii_domain(domain: &str) -> Result<String, EstablishError> {
    let bare = domain.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    idna::domain_to_ascii(domain)
        .map(|ascii| ascii.trim_end_matches('.').to_owned())
        .map_err(|_| EstablishError::stop(NetFailure::BadDomain(Clean::line(domain))))
}

/// Whom to try: what the user gave, else what DNS says.
async fn candidates(
    target: &Login,
    ascii: &str,
    patience: &Timeouts,
    rng: &mut (dyn CryptoRng + Send),
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<Vec<Candidate>, EstablishError> {
    let direct = target.options.direct_tls;
    if let Some((host, port)) = &target.options.server {
        return Ok(vec![Candidate {
            host: host.clone(),
            port: *port,
            direct,
        }]);
    }
    step(Step::LookingUp(Clean::line(target.jid.domain().as_str())));
    let lookup = async { dns::candidates(&dns::resolver()?, ascii, rng).await };
    let mut found = timeout(patience.lookup, lookup)
        .await
        .map_err(|_| EstablishError::silent(Doing::LookingUp))??;
    if direct {
        // Direct TLS was asked for: what has it, else the usual port of the domain.
        found.retain(|candidate| candidate.direct);
        if found.is_empty() {
            found.push(Candidate {
                host: ascii.to_owned(),
                port: PORT_DIRECT,
                direct,
            });
        }
    }
    Ok(found)
}

/// XEP-0198 §5 `location`: a host or address, with or without a port.
fn location(place: &str, direct: bool) -> Option<Candidate> {
    let default = if direct { PORT_DIRECT } else { PORT };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
        _ => (place, default),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty() && host.len() <= 255).then(|| Candidate {
        host: host.to_owned(),
        port,
        direct,
    })
}

impl Dialler<'_> {
    /// The place that the server named instead of itself, which does not say how it wants TLS: the account's
    /// way first. The certificate is checked for the domain as anywhere else.
    async fn attempt_moved(
        &self,
        place: &str,
        direct: bool,
        step: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Secured, EstablishError> {
        let mut last = None;
        for direct in [direct, !direct] {
            let Some(candidate) = location(place, direct) else {
                break;
            };
            match self.attempt(&candidate, step).await {
                Err(error) if error.retry => last = last.or(Some(error)),
                done => return done,
            }
        }
        Err(last.unwrap_or_else(|| EstablishError::again(NetFailure::NoHost)))
    }

    /// One candidate: its addresses in order until TCP stands, then TLS.
    async fn attempt(
        &self,
        candidate: &Candidate,
        step: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Secured, EstablishError> {
        step(Step::Connecting {
            host: Clean::line(&candidate.host),
            port: candidate.port,
        });
        let (tcp, address) = tcp::connect(candidate, self.patience, self.deadline, |_| true).await?;
        let (tcp, config) = if candidate.direct {
            (tcp, tls::with_alpn(&self.config))
        } else {
            step(Step::OpeningStream);
            (self.starttls(tcp).await?, self.config.clone())
        };
        step(Step::CheckingCertificate);
        let (io, facts) = timeout(
            self.patience.tls,
            tls::handshake(config, &self.ascii, Prompt(tcp)),
        )
        .await
        .map_err(|_| EstablishError::silent(Doing::SettingUpTls))??;
        Ok(Secured {
            io,
            facts,
            server: address.to_string(),
        })
    }

    /// RFC 6120 §5: nothing but the features and `<proceed/>` is looked at before TLS; without STARTTLS, and
    /// with anything after `<proceed/>`, the connection is refused (threat 87).
    async fn starttls(&self, tcp: TcpStream) -> Result<TcpStream, EstablishError> {
        // Nothing is believed here, so nobody reads what the guard would report.
        let guard = Guard::new(tcp, Limits::default(), mpsc::unbounded_channel().0);
        let ends = StreamAddresses {
            to: self.domain,
            from: None,
            patience: self.patience.step,
        };
        let (mut wire, features) = NegotiatingStream::open(guard, ends).await?;
        if features.get_child("starttls", ns::TLS).is_none() {
            return Err(EstablishError::stop(NetFailure::NoStarttls));
        }
        wire.send(&Element::bare("starttls", ns::TLS)).await?;
        let answer = wire.receive(Doing::WaitingForTls).await?;
        if answer.is("failure", ns::TLS) {
            return Err(EstablishError::again(NetFailure::StarttlsFailed));
        }
        if !answer.is("proceed", ns::TLS) {
            return Err(unexpected(Expected::Tls));
        }
        Ok(wire.into_inner().into_inner()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_host_with_or_without_a_port() {
        let parsed = |place| location(place, false).map(|candidate| (candidate.host, candidate.port));
        assert_eq!(parsed("mired.test:5223"), Some(("mired.test".into(), 5223)));
        assert_eq!(parsed("mired.test"), Some(("mired.test".into(), 5222)));
        assert_eq!(parsed("[2001:db8::1]:99"), Some(("2001:db8::1".into(), 99)));
        assert_eq!(parsed("2001:db8::1"), Some(("2001:db8::1".into(), 5222)));
        assert_eq!(parsed("[2001:db8::1]"), Some(("2001:db8::1".into(), 5222)));
        assert_eq!(parsed("mired.test:99999"), None);
        assert_eq!(parsed(":5222"), None);
        assert_eq!(parsed(""), None);
    }

    #[test]
    fn domains_become_a_labels() {
        assert_eq!(ascii_domain("b\u{fc}cher.test").unwrap(), "xn--bcher-kva.test");
        assert_eq!(ascii_domain("[::1]").unwrap(), "::1");
        assert_eq!(ascii_domain("mired.test").unwrap(), "mired.test");
    }
}
