//! Programs on libomemo-c, made from `benches/libomemo/` with the system's compiler, and how to talk to them:
//! a line in, a line out. Shared by the benchmark and the tests.

#![allow(dead_code)] // a shared tool: the benchmark and the tests each use a part

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/libomemo");

/// Compiles `serve` or `measure` into `folder`. Two may do so at once.
///
/// # Panics
/// When that fails: without a compiler, `libomemo-c-dev` and `libssl-dev`.
pub fn build(program: &str, folder: &Path) -> PathBuf {
    let out = folder.join(program);
    let fresh = folder.join(format!("{program}.{}", std::process::id()));
    let result = Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-o"])
        .arg(&fresh)
        .args([program, "device", "keys", "crypto"].map(|name| format!("{SOURCES}/{name}.c")))
        .args(["-lomemo-c", "-lcrypto"])
        .output()
        .unwrap_or_else(|error| panic!("cc does not start ({error}); `make setup` installs what tests need"));
    assert!(
        result.status.success(),
        "{program} does not compile; `make setup` installs libomemo-c-dev and libssl-dev:\n{}",
        String::from_utf8_lossy(&result.stderr)
    );
    std::fs::rename(&fresh, &out).expect("the folder is writable");
    out
}

/// A running program; killed on drop.
pub struct Talk {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Talk {
    /// # Panics
    /// When it cannot be started.
    pub fn start(program: &Path) -> Self {
        Self::start_with(program, &[])
    }

    /// As [`Talk::start`], with arguments.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_with(program: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let (to, from) = (child.stdin.take(), child.stdout.take());
        Self {
            child,
            to: to.expect("piped"),
            from: BufReader::new(from.expect("piped")),
        }
    }

    /// Says a line and waits for the answer, without its line end.
    ///
    /// # Panics
    /// When there is none: the program has ended, and said why on standard error.
    pub fn ask(&mut self, line: &str) -> String {
        self.say(&format!("{line}\n"));
        self.hear()
    }

    /// Says lines, each with its line end.
    ///
    /// # Panics
    /// When the program has ended.
    pub fn say(&mut self, lines: &str) {
        self.to.write_all(lines.as_bytes()).expect("the program listens");
    }

    /// The next answer, without its line end.
    ///
    /// # Panics
    /// When there is none.
    pub fn hear(&mut self) -> String {
        let mut answer = String::new();
        self.from.read_line(&mut answer).expect("the answer is text");
        assert!(answer.ends_with('\n'), "no answer");
        answer.truncate(answer.len() - 1);
        answer
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
