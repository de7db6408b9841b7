//! Keys that are pressed while something else goes on, and how long each takes until it is drawn: `typist.py` sits at the
//! terminal, so that no other program stands between.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use crate::support::peer::forked::python;
use crate::support::process::{self, Process};
use crate::support::susurro::Susurro;
use crate::support::tmux::shell_line;

/// Somebody who types at the program's screen.
pub struct Typist(Process);

impl Typist {
    /// Starts the program; whoever types begins when a chat is on the screen.
    pub fn at(home: &Susurro) -> Self {
        let mut command = process::command(python());
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/typist.py"))
            .arg(shell_line(&home.command(&[])))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Self(Process::spawn(&mut command))
    }

    /// How many milliseconds each key took, shortest first, but for those since `ago`.
    pub fn stop(mut self, ago: Duration) -> Vec<f64> {
        let child = self.0.child();
        let mut input = child.stdin.take().expect("piped");
        writeln!(input, "{}", ago.as_secs_f64()).expect("it reads");
        let mut told = String::new();
        let output = child.stdout.as_mut().expect("piped");
        output.read_to_string(&mut told).expect("text");
        let mut took: Vec<f64> = told.lines().map(|line| line.parse().expect("a number")).collect();
        took.sort_by(f64::total_cmp);
        took
    }
}
