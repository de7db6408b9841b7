//! What comes from the terminal: bytes are read as they come and made into keys, pastes, clicks and answers.
//!
//! - [`Keyboard`]: reads the terminal; waiting for it blocks nobody;
//! - [`decode`]: bytes to [`Typed`], with no clock and no terminal; `csi`: the
//!   sequences that begin with ESC [.
//!
//! It is ours because what is lost elsewhere counts here: that bytes are no UTF-8, what a terminal answers,
//! and that an answer cut in two between reads never lands in what somebody writes.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;
use zeroize::Zeroizing;

mod csi;
mod decode;
mod step;

pub use decode::Decoder;
pub use step::Typed;

/// Bytes that are taken in at once.
const CHUNK: usize = 4096;
/// How long what may be the beginning of something waits for the rest. A key that is
/// pressed is all there is by then.
const REST: Duration = Duration::from_millis(40);

/// The terminal that the program was started from, as far as it is read.
pub struct Keyboard {
    tty: OwnedFd,
    watch: Watch,
    decoder: Decoder,
    ready: VecDeque<Typed>,
    /// When the beginning that was read has to be taken for the whole.
    whole: Option<Instant>,
    /// It holds passwords.
    chunk: Zeroizing<Vec<u8>>,
}

impl Keyboard {
    /// # Errors
    /// If the terminal cannot be watched.
    pub fn new() -> io::Result<Self> {
        let tty = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self {
            watch: Watch::new(tty.try_clone()?)?,
            tty,
            decoder: Decoder::default(),
            ready: VecDeque::new(),
            whole: None,
            chunk: Zeroizing::new(vec![0; CHUNK]),
        })
    }

    /// The next thing that comes; nothing is lost if this is dropped before.
    ///
    /// # Errors
    /// The terminal's, its end among them.
    pub async fn next(&mut self) -> io::Result<Typed> {
        loop {
            if let Some(typed) = self.at_once()? {
                return Ok(typed);
            }
            let whole = self.whole;
            tokio::select! {
                heard = self.watch.heard() => heard?,
                () = until(whole) => {
                    self.whole = None;
                    self.ready.extend(self.decoder.no_more());
                }
            }
        }
    }

    /// What is there already.
    ///
    /// # Errors
    /// The terminal's, its end among them.
    pub fn at_once(&mut self) -> io::Result<Option<Typed>> {
        if self.ready.is_empty() && can_read(&self.tty)? {
            self.read()?;
        }
        Ok(self.ready.pop_front())
    }

    fn read(&mut self) -> io::Result<()> {
        let count = match rustix::io::read(&self.tty, &mut self.chunk[..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let bytes = self.chunk.get(..count).unwrap_or_default();
        self.ready.extend(self.decoder.take(bytes));
        self.whole = self.decoder.is_waiting().then(|| Instant::now() + REST);
        Ok(())
    }
}

/// A thread that waits for the terminal and reads nothing of it: that is done here, and only
/// while the terminal is ours.
struct Watch {
    asks: mpsc::Sender<()>,
    /// It waits already.
    asked: bool,
    told: UnboundedReceiver<()>,
}

impl Watch {
    fn new(tty: OwnedFd) -> io::Result<Self> {
        let (asks, asked) = mpsc::channel();
        let (tells, told) = unbounded_channel();
        thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                for () in asked {
                    let mut polled = [PollFd::new(&tty, PollFlags::IN)];
                    // An error shows when it is read.
                    let _ = poll(&mut polled, None);
                    if tells.send(()).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self {
            asks,
            asked: false,
            told,
        })
    }

    /// Returns when there may be something to read.
    async fn heard(&mut self) -> io::Result<()> {
        if !self.asked {
            self.asks.send(()).map_err(io::Error::other)?;
            self.asked = true;
        }
        let heard = self.told.recv().await;
        self.asked = false;
        heard.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Whether something can be read without waiting. The terminal is shared with whoever started us, so
/// it is not made non-blocking.
fn can_read(tty: &OwnedFd) -> io::Result<bool> {
    let mut polled = [PollFd::new(tty, PollFlags::IN)];
    match poll(&mut polled, Some(&Timespec::default())) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Sleeps until then; for ever without a time.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
