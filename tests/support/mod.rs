//! What the end-to-end tests stand on: real servers, real peers, our own program, and
//! the tools to cut their lines.
//!
//! Everything runs on loopback ports of its own below a scratch folder of its own, is quiet unless the test
//! fails (then each fixture shows the tail of its log), and dies with the test: on drop its whole process
//! group is killed, and the kernel kills it too when the thread of the test ends in any other way.

#![allow(dead_code)] // a shared toolbox: not every test binary uses every tool

pub mod certificates;
pub mod chance;
pub mod ejabberd;
pub mod peer;
pub mod ports;
pub mod process;
pub mod profanity;
pub mod prosody;
pub mod proxy;
pub mod scan;
pub mod scratch;
pub mod susurro;
pub mod tmux;

use std::time::{Duration, Instant};

/// How long a test waits for something that must come. It bounds a failing test and measures nothing.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// How long a test watches for something that must not come, after whatever could cause it has been answered.
pub const SILENCE: Duration = Duration::from_millis(1500);

/// Asks `probe` until it has an answer.
///
/// # Panics
/// When none came within [`PATIENCE`]; `what` says what was awaited.
pub fn wait_for<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a client needs to know of a server, whichever it is.
#[derive(Debug, Clone)]
pub struct Address {
    pub domain: String,
    /// On 127.0.0.1, with STARTTLS.
    pub port: u16,
    /// The authority that signed the server's certificate.
    pub ca_file: std::path::PathBuf,
    /// Where ejabberd answers questions about itself.
    pub management: Option<u16>,
}

impl Address {
    /// The same server, reached through another port (a proxy's).
    pub fn through(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    pub fn jid(&self, user: &str) -> String {
        format!("{user}@{}", self.domain)
    }
}
