//! Child processes that cannot outlive their test.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// A command in a process group of its own, with nothing on standard input, and which the kernel kills when
/// the thread that started it is gone. A fixture must therefore be started by the thread that keeps it.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    // `setpriv` replaces itself by the program, so the process id and its command line are the program's own.
    let mut command = if cfg!(target_os = "linux") {
        let mut wrapped = Command::new("setpriv");
        wrapped.args(["--pdeathsig", "KILL", "--"]).arg(program);
        wrapped
    } else {
        Command::new(program)
    };
    command.process_group(0).stdin(Stdio::null());
    command
}

/// A running child; it and everything that it started is killed on drop.
pub struct Process {
    child: Child,
}

impl Process {
    /// # Panics
    /// When the program cannot be started.
    pub fn spawn(command: &mut Command) -> Self {
        match command.spawn() {
            Ok(child) => Self { child },
            Err(error) => {
                panic!("{command:?} did not start ({error}); `make setup` installs what tests need")
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end in order, with the given signal, and waits.
    pub fn stop(&mut self, signal: Signal) -> ExitStatus {
        let _ = kill_process(self.pid(), signal);
        self.wait()
    }

    /// kill -9, of it and of all that it started.
    pub fn kill(&mut self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let _ = self.child.wait();
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let id = self.id();
        super::wait_for(&format!("the end of process {id}"), || {
            self.child.try_wait().expect("our own child")
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The lines of a pipe, read by a thread of their own so that waiting for one can time out.
pub struct Lines {
    receiver: Receiver<String>,
    seen: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Lines {
    pub fn of(pipe: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&seen);
        let reader = std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                copy.lock().expect("no reader panics").push(text.clone());
                // Nobody waits for lines any more: they are still kept for the report.
                let _ = sender.send(text);
                line.clear();
            }
        });
        Self {
            receiver,
            seen,
            reader: Some(reader),
        }
    }

    /// The next line; `None` at the end of the stream or when none came in time.
    pub fn next_within(&self, time: Duration) -> Option<String> {
        self.receiver.recv_timeout(time).ok()
    }

    /// Whether a line comes up for which `wanted` holds; those before it are passed over.
    pub fn find(&self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let end = Instant::now() + super::PATIENCE;
        while let Some(line) = self.next_within(end.saturating_duration_since(Instant::now())) {
            if wanted(&line) {
                return Some(line);
            }
        }
        None
    }

    /// Whether the stream has ended, and all of it was seen.
    pub fn ended(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Everything that came so far, whether it was waited for or not.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no reader panics").clone()
    }

    /// Everything, once the stream has ended.
    pub fn all(mut self) -> Vec<String> {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.seen()
    }
}

/// Shows the end of a fixture's log when its test fails; cargo prints it below the test's name.
pub fn show_tail(title: &str, log: &Path) {
    if let (true, Ok(bytes)) = (std::thread::panicking(), std::fs::read(log)) {
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(60)..).unwrap_or_default();
        eprintln!("--- the end of {title}\n{}\n---", tail.join("\n"));
    }
}
