//! What ends a command from outside: Ctrl-C and its relatives, and a reader of our output that goes away.

use std::io;

/// SIGINT, SIGTERM and SIGHUP while this exists; they no longer end the process then.
#[cfg(unix)]
pub struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interrupts {
    /// Must be called inside a runtime.
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Returns when one of them came.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub struct Interrupts(());

#[cfg(not(unix))]
impl Interrupts {
    /// Must be called inside a runtime.
    pub fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    /// Returns when it was pressed.
    pub async fn wait(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Whoever reads our standard output. Without this a `listen` in a pipe would notice only at the next message
/// that nobody is there any more, and keep the profile locked until then.
#[cfg(unix)]
pub struct OutputReader(Option<tokio::net::unix::pipe::Sender>);

#[cfg(unix)]
impl OutputReader {
    /// Must be called inside a runtime. A file cannot go away, and cannot be watched either.
    pub fn new() -> Self {
        use std::os::fd::AsFd;
        let copy = io::stdout().as_fd().try_clone_to_owned();
        // Unchecked: the checked one makes the pipe non-blocking, for us and for everybody who shares it.
        Self(
            copy.and_then(tokio::net::unix::pipe::Sender::from_owned_fd_unchecked)
                .ok(),
        )
    }

    /// Returns when nobody reads any more.
    pub async fn gone(&self) {
        if let Some(stdout) = &self.0
            && stdout.ready(tokio::io::Interest::ERROR).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

/// Not watched here: writing fails when nobody reads any more.
#[cfg(not(unix))]
pub struct OutputReader;

#[cfg(not(unix))]
impl OutputReader {
    pub fn new() -> Self {
        Self
    }

    /// Never returns.
    pub async fn gone(&self) {
        std::future::pending().await
    }
}
