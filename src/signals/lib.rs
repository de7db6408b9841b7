//! Signals that are held back for as long as the terminal is in modes of ours, so that it is
//! given back before they act.
//!
//! What a signal does is never changed: it is blocked, waited for, and, once the terminal is as it was, let
//! through. So one that ends programs ends this one too, with the status that shells look for; one that was
//! ignored before stays ignored; and whether a stop stops us is decided where it always is (it does not where
//! no shell could bring us back).
//!
//! Which signals are blocked is a property of a thread and of all that it starts afterwards: they are held
//! before any other thread exists. Programs that are started inherit it too, so nothing is held when one is.

use std::io;

use nix::sys::signal::{SigSet, SigmaskHow, kill, killpg, raise};
use nix::unistd::{Pid, getpgrp};

pub use nix::sys::signal::Signal;

/// What ends a program or stops it, and the news that it goes on: everything that concerns a terminal in
/// modes of ours. Not among them: SIGTTIN and SIGTTOU, which keep a program in the background from
/// touching the terminal at all.
pub const CONCERNING: &[Signal] = &[
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGALRM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGXCPU,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGTSTP,
    Signal::SIGCONT,
];

/// Signals that this thread, and those that it starts meanwhile, do not act on while this exists.
#[derive(Debug)]
pub struct Held {
    set: SigSet,
    before: SigSet,
}

/// The same set, for a thread that waits for one of them.
#[derive(Debug, Clone, Copy)]
pub struct Waiting(SigSet);

impl Held {
    /// Holds them from now on.
    ///
    /// # Errors
    /// The system's.
    pub fn hold(signals: &[Signal]) -> io::Result<Self> {
        let set: SigSet = signals.iter().copied().collect();
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { set, before })
    }

    /// For the thread that waits; it has to be started after this.
    pub fn waiting(&self) -> Waiting {
        Waiting(self.set)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What came meanwhile acts now.
        let _ = self.before.thread_set_mask();
    }
}

impl Waiting {
    /// The next one that came.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(&self) -> io::Result<Signal> {
        Ok(self.0.wait()?)
    }
}

/// Has a held signal do what it would have done. Returns when it was ignored, or when a
/// program that it stopped goes on.
///
/// # Errors
/// The system's.
pub fn act(signal: Signal) -> io::Result<()> {
    let only: SigSet = [signal].into_iter().collect();
    let before = only.thread_swap_mask(SigmaskHow::SIG_UNBLOCK)?;
    let acted = raise(signal);
    before.thread_set_mask()?;
    Ok(acted?)
}

/// Tells this process that it goes on, whether it was stopped or not: whoever takes the
/// terminal again waits for that.
pub fn go_on() {
    let _ = kill(Pid::this(), Signal::SIGCONT);
}

/// Stops everything that was started together with us, as the terminal does where Ctrl-Z is its own.
pub fn stop_job() {
    let _ = killpg(getpgrp(), Signal::SIGTSTP);
}
