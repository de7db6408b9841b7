//! The process of a peer: forked from one python for all tests of a binary, which has loaded what peers need (`nursery.py`).

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::support::process::Lines;
use crate::support::wait_for;

static NURSERY: Mutex<Option<Nursery>> = Mutex::new(None);

/// It ends when its input does: with the tests, however those end.
struct Nursery {
    _process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// A running peer, killed on drop.
pub(super) struct Forked {
    pid: Option<u64>,
    // The peer leaves when this ends.
    input: Option<TcpStream>,
    pub(super) lines: Lines,
}

impl Forked {
    /// # Panics
    /// When it cannot be started.
    pub(super) fn start(arguments: &[String], log: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("our own socket");
        let port = listener.local_addr().expect("it is bound").port();
        let request = json!({"start": arguments, "port": port, "log": log});
        let pid = ask(&request).expect("a peer; `make setup` makes what it needs");
        let accept = || {
            let line = wait_for("the peer to call", || Some(listener.accept().ok()?.0));
            line.set_nonblocking(false).expect("our own socket");
            line.set_nodelay(true).expect("our own socket");
            line
        };
        let (input, output) = (accept(), accept());
        Self {
            pid: Some(pid),
            input: Some(input),
            lines: Lines::of(output),
        }
    }

    pub(super) fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it was not told to leave");
        input
            .write_all(format!("{line}\n").as_bytes())
            .expect("the peer reads");
    }

    /// Tells it to leave, and waits until it has.
    pub(super) fn leave(mut self) {
        self.input = None;
        wait_for("the peer to leave", || self.lines.ended().then_some(()));
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        if let Some(pid) = self.pid.take() {
            ask(&json!({"end": pid}));
        }
    }
}

/// The process id that it answers with; none if it is not there.
fn ask(request: &Value) -> Option<u64> {
    let mut place = NURSERY.lock().unwrap_or_else(PoisonError::into_inner);
    let nursery = match &mut *place {
        Some(nursery) => nursery,
        none => none.insert(Nursery::start()?),
    };
    writeln!(nursery.input, "{request}").ok()?;
    let mut answer = String::new();
    nursery.output.read_line(&mut answer).ok()?;
    answer.trim().parse().ok()
}

impl Nursery {
    fn start() -> Option<Self> {
        // Not as the other children are started: those end with the thread that started them, and this one serves all.
        let mut process = Command::new(python())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/nursery.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        Some(Self {
            input: process.stdin.take()?,
            output: BufReader::new(process.stdout.take()?),
            _process: process,
        })
    }
}

/// The python of the environment that `make setup` makes.
pub fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("target/tmp has a parent");
    let python = target.join("test-venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run `make setup`",
        python.display()
    );
    python
}
