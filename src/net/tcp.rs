//! From a host to a TCP connection: its addresses in order, until one answers.

use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::dns::{self, Candidate};
use crate::failure::EstablishError;
use crate::timeouts::Timeouts;
use model::Clean;
use model::failure::{Doing, NetFailure, TcpFault};

/// Connects to the first of its addresses that answers; to none that is not `permitted`.
pub(crate) async fn connect(
    candidate: &Candidate,
    patience: &Timeouts,
    deadline: Instant,
    permitted: impl Fn(IpAddr) -> bool,
) -> Result<(TcpStream, SocketAddr), EstablishError> {
    let addresses = addresses(candidate, patience).await?;
    let permitted: Vec<SocketAddr> = addresses
        .into_iter()
        .filter(|address| permitted(address.ip()))
        .collect();
    if permitted.is_empty() {
        return Err(EstablishError::stop(NetFailure::NoHost));
    }
    let mut why = TcpFault::Silent;
    for address in permitted {
        let limit = patience
            .connect
            .min(deadline.saturating_duration_since(Instant::now()));
        if limit.is_zero() {
            break;
        }
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Stanzas are small and wait for nothing.
                tcp.set_nodelay(true)?;
                return Ok((tcp, address));
            }
            Ok(Err(error)) => why = fault(error.kind()),
            Err(_) => why = TcpFault::Silent,
        }
    }
    Err(EstablishError::again(NetFailure::Unreached {
        host: Clean::line(&candidate.host),
        port: candidate.port,
        why,
    }))
}

async fn addresses(candidate: &Candidate, patience: &Timeouts) -> Result<Vec<SocketAddr>, EstablishError> {
    if let Ok(address) = candidate.host.trim_matches(['[', ']']).parse() {
        return Ok(vec![SocketAddr::new(address, candidate.port)]);
    }
    let lookup = async { dns::addresses(&dns::resolver()?, candidate).await };
    let found = timeout(patience.lookup, lookup)
        .await
        .map_err(|_| EstablishError::silent(Doing::LookingUp))??;
    Ok(found)
}

/// Why TCP did not come about.
fn fault(kind: std::io::ErrorKind) -> TcpFault {
    match kind {
        std::io::ErrorKind::ConnectionRefused => TcpFault::Refused,
        kind => TcpFault::Other(Clean::line(&kind.to_string())),
    }
}
