//! What comes from outside of the terminal: signals.

use std::io;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::loop_event::LoopEvent;
use signals::{self, Waiting};

/// The signals that concern the screen.
pub struct Outside {
    ends: [Signal; 4],
    resized: Signal,
    continued: Signal,
    stops: UnboundedReceiver<()>,
}

impl Outside {
    /// Must be called inside a runtime. `stops` waits for SIGTSTP, which all threads hold: what it does has
    /// to be done after the terminal was given back.
    ///
    /// # Errors
    /// The system's.
    pub fn new(stops: Waiting) -> io::Result<Self> {
        let (told, heard) = unbounded_channel();
        thread::Builder::new()
            .name("stops".to_owned())
            .spawn(move || while stops.wait().is_ok() && told.send(()).is_ok() {})?;
        Ok(Self {
            ends: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::quit())?,
            ],
            resized: signal(SignalKind::window_change())?,
            continued: signal(SignalKind::from_raw(signals::Signal::SIGCONT as i32))?,
            stops: heard,
        })
    }

    /// The next one; what ends us goes first.
    pub async fn next(&mut self) -> LoopEvent {
        let [interrupt, terminate, hangup, quit] = &mut self.ends;
        tokio::select! {
            biased;
            _ = interrupt.recv() => LoopEvent::Ended,
            _ = terminate.recv() => LoopEvent::Ended,
            _ = hangup.recv() => LoopEvent::Ended,
            _ = quit.recv() => LoopEvent::Ended,
            Some(()) = self.stops.recv() => LoopEvent::Stop,
            _ = self.continued.recv() => LoopEvent::Continued,
            _ = self.resized.recv() => LoopEvent::Resized,
        }
    }
}
