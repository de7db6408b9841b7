//! Terminals and machines at their limits: no size, too large a one, hardly a file that may be opened,
//! another encoding; and what is asked of a terminal about emoji.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::desk::{ANA, BOB, Desk, Start, Table, USUAL};
use crate::jobs::Shell;
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;
use crate::support::tmux::{Terminal, shell_line};
use crate::support::wait_for;

const SAID: &str = "the harbour at midnight";

fn home(server: &Prosody) -> Susurro {
    let home = Susurro::with_account(&server.address(), "ana");
    home.run_with_input(&["send", BOB, "-", "--plaintext"], SAID)
        .expect(0);
    home
}

#[test]
fn a_terminal_without_a_size_is_painted_at_the_usual_one() {
    let server = Prosody::start();
    let home = home(&server);
    for (name, variables, size) in [("usual", "", (80, 24)), ("told", "COLUMNS=60 LINES=20", (60, 20))] {
        let folder = home.folder().join(name);
        std::fs::create_dir(&folder).unwrap();
        let terminal = Terminal::new(name, &folder, &[]);
        let command = shell_line(&home.command(&[])).replacen("env -i", &format!("env -i {variables}"), 1);
        terminal.run(
            (100, 30),
            &format!("stty rows 0 cols 0; {command}; echo ended with $?; exec sleep 1000"),
        );
        terminal.wait(SAID);
        let screen = terminal.wait("online");
        let widest = screen.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= size.0 && widest > size.0 - 10, "{widest}:\n{screen}");
        assert!(screen.trim_end().lines().count() == size.1, "{screen}");
        terminal.text("x");
        terminal.keys(&["C-q"]);
        terminal.wait("ended with 0");
    }
}

#[test]
fn a_terminal_that_was_small_in_between_is_painted_anew() {
    let server = Prosody::start();
    let desk = Desk::open(home(&server));
    desk.wait(SAID);
    desk.wait("online");
    // It is cut down to a cell, and says nothing about it that could be told from its size before.
    desk.resize((1, 1));
    desk.settle(Duration::from_millis(300));
    let before = desk.written().len();
    let tty = desk.tell("#{pane_tty}");
    let no_size = Command::new("stty")
        .args(["-F", &tty, "rows", "0", "cols", "0"])
        .status();
    assert!(no_size.is_ok_and(|status| status.success()));
    wait_for("the usual size to be painted", || {
        String::from_utf8_lossy(&desk.written()[before..])
            .contains("online")
            .then_some(())
    });
    desk.resize(USUAL);
    desk.wait(SAID);
    desk.keys(&["C-q"]);
    desk.ended(0);
}

#[test]
fn a_size_that_no_screen_has_takes_no_more_memory_than_a_large_one() {
    let server = Prosody::start();
    let shell = Shell::open(home(&server), true, &[]);
    for size in ["rows 65535 cols 65535", "rows 2000 cols 2000"] {
        shell.line(&format!("rm -f pid; clear; stty {size}; sh run"));
        // The title at the left of the first row.
        shell.wait("susurro ");
        shell.text("x");
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", shell.program().as_raw_nonzero())).unwrap();
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
        // A debug build at 80 by 24 has some 40,000.
        assert!(kilobytes < 200_000, "{size}: {kilobytes} kB");
        shell.keys(&["C-q"]);
        shell.wait("ready>");
    }
}

#[test]
fn too_few_files_that_may_be_opened_are_a_sentence() {
    let home = Susurro::with_vault();
    let shell = Shell::open(home, true, &[]);
    for limit in [12, 30] {
        // Named, so that the end of the round before does not pass for this one's.
        shell.line(&format!(
            "clear; (ulimit -n {limit}; sh run); echo ended with $? at {limit}"
        ));
        let screen = shell.wait(&format!("ended with 1 at {limit}\n"));
        assert!(screen.contains("Too few files may be open at once"), "{screen}");
        assert!(!screen.contains("fault in the program"), "{screen}");
    }
}

#[test]
fn letters_that_are_no_utf_8_are_told_of_once_and_take_no_others_with_them() {
    let server = Prosody::start();
    let desk = Desk::open(home(&server));
    desk.wait("online");
    desk.text("caf");
    // As a terminal sends an é that is set to Latin-1.
    desk.bytes(&[0xe9]);
    desk.wait("does not send UTF-8");
    desk.text("! and so on");
    desk.wait("caf! and so on");
    desk.keys(&["C-q"]);
    desk.ended(0);
}

#[test]
fn emoji_are_whole_where_the_terminal_answers_that_it_draws_them_so_and_no_answer_is_typed() {
    const FAMILY: &str = "👨\u{200d}👩\u{200d}👧";
    // What stands between us and a terminal is not believed; here it is told to be one.
    for (kind, whole) in [("tmux-256color", false), ("xterm-256color", true)] {
        let Table {
            desk,
            mut bob,
            server: _server,
        } = Table::set_with(&Start {
            variables: &[("TERM", kind)],
            ..Start::default()
        });
        desk.line("good morning");
        assert_eq!(bob.bodies(1), ["good morning"]);
        bob.send(ANA, &format!("family {FAMILY} and 👍🏽 so on"));
        let screen = desk.wait("so on");
        assert_eq!(
            screen.contains(&format!("family {FAMILY} and")),
            whole,
            "{kind}:\n{screen}"
        );
        // Of this one tmux says that it takes four columns.
        assert!(screen.contains("and 👍 so on"), "{screen}");
        // Nothing of an answer is in what is being written.
        desk.line("only this");
        assert_eq!(bob.bodies(1), ["only this"]);
        desk.keys(&["C-q"]);
        desk.ended(0);
    }
}

/// Between the program and its terminal: what asks for the cursor's place is taken
/// out, so nobody ever answers.
const DEAF: &str = r#"
import os, pty, sys
asked, held, taken = b"\x1b[6n", b"", 0
def read(fd):
    global held, taken
    data = os.read(fd, 65536)
    if not data:
        return data
    data = held + data
    taken += data.count(asked)
    with open("taken", "w") as told:
        told.write(str(taken))
    data, held = data.replace(asked, b""), b""
    for part in (asked[:3], asked[:2], asked[:1]):
        if data.endswith(part):
            data, held = data[:-len(part)], part
            break
    return data or b"\0"
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))
"#;

#[test]
fn a_terminal_that_never_answers_is_not_waited_for_and_loses_no_key() {
    let server = Prosody::start();
    let home = home(&server);
    let terminal = Terminal::new("deaf", home.folder(), &[]);
    std::fs::write(home.folder().join("deaf.py"), DEAF).unwrap();
    let run = home.folder().join("run");
    std::fs::write(
        &run,
        format!(
            "#!/bin/sh\nTERM=xterm-256color\nexec {}\n",
            shell_line(&home.command(&[]))
        ),
    )
    .unwrap();
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700)).unwrap();
    terminal.run(
        (80, 24),
        "python3 deaf.py ./run; echo ended with $?; exec sleep 1000",
    );
    // The first thing that is pressed, as early as there is something to press it for.
    terminal.wait(SAID);
    terminal.text("what is typed at once");
    terminal.wait("what is typed at once");
    let taken = std::fs::read_to_string(home.folder().join("taken")).unwrap();
    assert_eq!(taken, "8", "it was asked, and nobody answered");
    // Keys that begin as an answer would.
    terminal.keys(&["F3", "F3", "Left", "Left"]);
    terminal.text("?");
    terminal.wait("what is typed at on?ce");
    terminal.keys(&["C-q"]);
    terminal.wait("ended with 0");
}
