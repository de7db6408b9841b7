//! A question on the terminal whose answer is not shown, and the terminal as it was
//! before, whatever comes between.
//!
//! While nothing is shown, signals are held ([`signals`]): a thread of its own waits for them, gives the
//! terminal back first and has them act then. Shells that do not restore a terminal (dash, every script) find
//! it as they left it. The line is edited by the terminal itself.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use signals::{self, CONCERNING, Held, Signal, Waiting};

/// Bytes of a line that terminals take, with its end; what is typed beyond is lost without a sign.
const LINE: usize = 4096;

/// Shows `prompt` and reads a line that is not shown.
pub fn ask(tty: &File, prompt: &str) -> io::Result<Zeroizing<String>> {
    let held = Held::hold(CONCERNING)?;
    let waiting = held.waiting();
    let silence = Silence::of(tty, prompt);
    let over = AtomicBool::new(false);
    let line = thread::scope(|scope| {
        let watch = thread::Builder::new().name("signals at the prompt".to_owned());
        watch.spawn_scoped(scope, || silence.watch(waiting, &over))?;
        let line = silence.begin().and_then(|()| read_line(tty));
        over.store(true, Ordering::SeqCst);
        // The one that waits is woken, and finds that it is over.
        signals::go_on();
        line
    });
    silence.end(OptionalActions::Now);
    text(&line?)
}

/// A terminal that shows nothing of what is typed.
struct Silence<'a> {
    tty: &'a File,
    prompt: &'a str,
    /// The modes to give back, while they are not in force.
    before: Mutex<Option<Termios>>,
}

impl<'a> Silence<'a> {
    fn of(tty: &'a File, prompt: &'a str) -> Self {
        Self {
            tty,
            prompt,
            before: Mutex::new(None),
        }
    }

    /// Shows nothing from now on but the prompt.
    fn begin(&self) -> io::Result<()> {
        let before = tcgetattr(self.tty)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ECHONL;
        silent.local_modes |= LocalModes::ICANON | LocalModes::ISIG;
        silent.input_modes |= InputModes::ICRNL;
        // Else Backspace would take a part of a letter.
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        silent.input_modes.insert(InputModes::IUTF8);
        if let Ok(mut kept) = self.before.lock() {
            // From the background this stops us, before anything is written.
            tcsetattr(self.tty, OptionalActions::Now, &silent)?;
            *kept = Some(before);
        }
        self.write(self.prompt)
    }

    /// Gives the modes back, once. With `Flush` what was half typed is thrown away: a
    /// shell would show and run it.
    fn end(&self, how: OptionalActions) {
        let before = self.before.lock().ok().and_then(|mut kept| kept.take());
        if let Some(before) = before {
            // The newline that was typed was not shown either.
            let _ = self.write("\n");
            let _ = tcsetattr(self.tty, how, &before);
        }
    }

    /// Waits for signals until it is over.
    fn watch(&self, waiting: Waiting, over: &AtomicBool) {
        while let Ok(signal) = waiting.wait() {
            if over.load(Ordering::SeqCst) {
                return self.late(signal);
            }
            self.end(OptionalActions::Flush);
            match signal {
                // Also after a stop that nobody can hold, behind which a shell may have changed the modes.
                Signal::SIGCONT => drop(self.begin()),
                signal => {
                    let _ = signals::act(signal);
                    signals::go_on();
                }
            }
        }
    }

    /// One that came together with the end of the line.
    fn late(&self, signal: Signal) {
        if signal != Signal::SIGCONT {
            self.end(OptionalActions::Flush);
            let _ = signals::act(signal);
        }
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut tty = self.tty;
        tty.write_all(text.as_bytes())
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        self.end(OptionalActions::Now);
    }
}

/// The line without its end, into a buffer that never grows.
fn read_line(mut tty: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; LINE]);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match tty.read(rest) {
            Ok(0) if filled == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if bytes.get(filled - 1) == Some(&b'\n') {
            filled -= 1;
            break;
        }
    }
    if filled >= LINE - 1 {
        return Err(io::Error::other(
            "a terminal takes no line as long as that; use a file",
        ));
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn text(line: &[u8]) -> io::Result<Zeroizing<String>> {
    let text = std::str::from_utf8(line).map_err(|_| {
        io::Error::other(
            "what was typed is not UTF-8, which this program needs; look at the terminal's settings",
        )
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}
