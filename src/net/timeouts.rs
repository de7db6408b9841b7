//! How long a connection may take to come about.

use std::time::Duration;

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// All look-ups of a domain.
    pub lookup: Duration,
    /// One TCP connection, and all attempts at one together.
    pub connect: Duration,
    pub connect_all: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// One answer of the server: stream header, features, one step of SASL.
    pub step: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            lookup: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            connect_all: Duration::from_secs(30),
            tls: Duration::from_secs(10),
            step: Duration::from_secs(20),
        }
    }
}
