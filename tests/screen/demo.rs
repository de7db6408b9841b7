//! `make demo`, as far as it comes after the build: both screens, a message from one to
//! the other, and nothing left.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::process::{self, Lines, Process};
use crate::support::scratch::Scratch;
use crate::support::tmux::Terminal;
use crate::support::{PATIENCE, wait_for};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/demo.py");

/// A running demo that nobody looks at.
struct Demo {
    process: Process,
    out: Lines,
    err: Lines,
    scratch: Scratch,
}

impl Demo {
    fn start() -> Self {
        let scratch = Scratch::new("demo");
        let mut command = process::command("python3");
        command
            .args([
                SCRIPT,
                "--detached",
                "--size",
                "160x48",
                "--susurro",
                env!("CARGO_BIN_EXE_susurro"),
            ])
            .env("TMPDIR", scratch.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Process::spawn(&mut command);
        let out = Lines::of(process.child().stdout.take().expect("a pipe"));
        let err = Lines::of(process.child().stderr.take().expect("a pipe"));
        Self {
            process,
            out,
            err,
            scratch,
        }
    }

    /// Waits until it runs; returns its folder.
    fn ready(&self) -> PathBuf {
        let Some(line) = self.out.find(|line| line.starts_with("ready: ")) else {
            panic!("the demo did not start; it said: {:#?}", self.err.seen());
        };
        let socket = line
            .split(' ')
            .find(|word| word.ends_with("/tmux"))
            .expect("a socket");
        Path::new(socket).parent().expect("a folder").to_owned()
    }

    /// Waits for its end, and checks that nothing of it is left.
    fn ended(mut self) {
        let end = Instant::now() + PATIENCE;
        while self.process.is_running() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(
            !self.process.is_running(),
            "the demo does not end; of it there are still {:#?}",
            processes_of(self.scratch.path())
        );
        let status = self.process.wait();
        assert!(status.success(), "{status}: {:#?}", self.err.seen());
        nothing_left(&self.scratch);
    }
}

/// No file, and no process that was started in the folder or names it.
fn nothing_left(scratch: &Scratch) {
    let files: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().collect();
    assert!(files.is_empty(), "left behind: {files:?}");
    wait_for("the demo's last process to be gone", || {
        let left = processes_of(scratch.path());
        left.is_empty().then_some(())
    });
}

fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().expect("our own folder");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let of = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
        let is_number = entry.file_name().to_string_lossy().parse::<u32>().is_ok();
        let words = String::from_utf8_lossy(&of("cmdline")).replace('\0', " ");
        let home = String::from_utf8_lossy(&of("environ")).into_owned();
        let at = std::fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        let named = words.contains(folder) || home.contains(folder) || at.to_string_lossy().contains(folder);
        if is_number && named {
            found.push(words);
        }
    }
    found
}

#[test]
fn the_demo_shows_two_people_talking_and_leaves_nothing_behind() {
    let demo = Demo::start();
    let folder = demo.ready();
    let ana = Terminal::of_server("ana in the demo", &folder, "demo:.0");
    let bob = Terminal::of_server("bob in the demo", &folder, "demo:.1");
    for (side, them) in [(&ana, "to Bob"), (&bob, "to Ana")] {
        side.wait("online");
        side.wait(them);
        side.wait("Are we still on for tonight?");
        side.wait("Yes. Bring the list.");
    }
    ana.line("Then at eight");
    bob.wait("Then at eight");
    bob.line("I will be there");
    ana.wait("I will be there");
    let mark = |screen: &str| {
        let row = screen.lines().find(|line| line.contains("Then at eight"));
        // Bob looks at it, so it may be read before the receipt is drawn.
        row.is_some_and(|row| ["✓✓", "✓●"].iter().any(|mark| row.trim_end().ends_with(mark)))
    };
    ana.wait_for("the mark of a receipt", mark);
    assert!(
        !processes_of(demo.scratch.path()).is_empty(),
        "the search finds nothing"
    );
    ana.keys(&["C-q"]);
    wait_for("ana's side to close", || {
        (bob.tell("#{window_panes}") == "1").then_some(())
    });
    Terminal::of_server("bob in the demo", &folder, "demo").keys(&["C-q"]);
    demo.ended();
}

#[test]
fn a_demo_that_is_stopped_by_a_signal_leaves_nothing_behind() {
    for (signal, when) in [
        (Signal::TERM, None),
        (Signal::HUP, None),
        (Signal::INT, Some("vaults")),
    ] {
        let mut demo = Demo::start();
        match when {
            Some(words) => drop(
                demo.err
                    .find(|line| line.contains(words))
                    .expect("it says what it does"),
            ),
            None => drop(demo.ready()),
        }
        demo.process.stop(signal);
        demo.ended();
    }
}

#[test]
fn the_demo_runs_in_a_small_terminal_within_another_tmux() {
    let scratch = Scratch::new("demo");
    let outer = scratch.folder("outer");
    let inner = scratch.folder("inner");
    let terminal = Terminal::new("the person's own tmux", &outer, &[("TMPDIR", inner.as_os_str())]);
    let program = env!("CARGO_BIN_EXE_susurro");
    terminal.run(
        (80, 24),
        &format!("PYTHONDONTWRITEBYTECODE=1 python3 '{SCRIPT}' --susurro '{program}'; echo ended with $?; exec sleep 1000"),
    );
    terminal.wait("F6 other side");
    // On both sides: what is typed before a side has opened its vault is not taken.
    terminal.wait_for("both sides", |screen| {
        screen.matches("Are we still on").count() == 2
    });
    terminal.line("a word from ana");
    terminal.keys(&["F6"]);
    terminal.line("a word from bob");
    // Both on both sides.
    terminal.wait_for("each word on both sides", |screen| {
        ["a word from ana", "a word from bob"]
            .iter()
            .all(|word| screen.matches(word).count() == 2)
    });
    terminal.keys(&["C-q"]);
    // The other side has the whole width then, with room for the list beside the chat.
    terminal.wait_for("one side to close", |screen| screen.contains("Chats"));
    terminal.keys(&["C-q"]);
    let screen = terminal.wait("ended with 0");
    assert!(!screen.contains("a word from"), "{screen}");
    assert_eq!(terminal.tell("#{alternate_on}"), "0");
    assert!(std::fs::read_dir(inner).unwrap().next().is_none());
}
