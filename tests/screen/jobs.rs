//! Stopped and going on, as every program of a shell: under `dash -i`, which
//! restores no terminal for anybody.

use rustix::process::{Pid, Signal, kill_process};

use crate::desk::BOB;
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;
use crate::support::tmux::{Terminal, shell_line};
use crate::support::wait_for;

const SAID: &str = "the harbour at midnight";
const TYPED: &str = "bring the lantern";

/// An interactive shell without any help of its own, in the home's folder.
pub struct Shell {
    terminal: Terminal,
    pub home: Susurro,
}

impl std::ops::Deref for Shell {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

impl Shell {
    /// With a script `run` that runs the program with these arguments, its process in the file `pid`.
    pub fn open(home: Susurro, unlocked: bool, arguments: &[&str]) -> Self {
        let command = match unlocked {
            true => home.command(arguments),
            false => home.command_without_passphrase(arguments),
        };
        let script = format!("echo $$ >pid\nexec {}\n", shell_line(&command));
        std::fs::write(home.folder().join("run"), script).expect("our own folder");
        let terminal = Terminal::new("dash", home.folder(), &[]);
        terminal.run((80, 24), "PS1='ready> ' exec dash -i");
        let this = Self { terminal, home };
        this.wait("ready>");
        this.line("stty -g >before; clear");
        this.wait_file("before");
        this
    }

    fn wait_file(&self, name: &str) -> String {
        wait_for(name, || {
            let text = std::fs::read_to_string(self.home.folder().join(name)).ok()?;
            (!text.is_empty()).then_some(text)
        })
    }

    pub fn program(&self) -> Pid {
        let id = wait_for("the program to start", || {
            self.wait_file("pid").trim().parse().ok()
        });
        Pid::from_raw(id).expect("a process id")
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.program(), signal).expect("the program runs");
    }

    /// The terminal's modes are those from before the program. Asked for in a line of its own, ended as a
    /// terminal does it that was not given back.
    pub fn assert_restored(&self, what: &str) {
        let name = format!("after-{}", what.replace(' ', "-"));
        self.text(&format!("stty -g >{name}"));
        self.keys(&["C-j"]);
        assert_eq!(self.wait_file(&name), self.wait_file("before"), "after {what}");
        assert_eq!(
            self.tell("#{alternate_on}"),
            "0",
            "still on the other screen after {what}"
        );
    }
}

fn at_work() -> (Prosody, Shell) {
    let server = Prosody::start();
    let home = Susurro::with_account(&server.address(), "ana");
    home.run_with_input(&["send", BOB, "-", "--plaintext"], SAID)
        .expect(0);
    let shell = Shell::open(home, true, &[]);
    shell.line("sh run");
    shell.wait("online");
    shell.wait(SAID);
    shell.text(TYPED);
    shell.wait(TYPED);
    (server, shell)
}

#[test]
fn it_stops_with_the_terminal_given_back_and_goes_on_with_everything_painted_anew() {
    let (_server, shell) = at_work();
    for way in ["the key", "a signal"] {
        match way {
            "the key" => shell.keys(&["C-z"]),
            _ => shell.signal(Signal::TSTP),
        }
        shell.wait("Stopped");
        let left = shell.everything();
        assert!(!left.contains(SAID) && !left.contains(TYPED), "{way}:\n{left}");
        shell.assert_restored(way);
        shell.line("echo in the sh''ell; clear");
        shell.line("fg");
        shell.wait(SAID);
        shell.wait(TYPED);
        // Keys arrive at once, and are keys.
        shell.keys(&["C-a"]);
        shell.text("do ");
        shell.wait(&format!("do {TYPED}"));
        shell.keys(&["BSpace", "BSpace", "BSpace", "C-e"]);
        shell.wait_gone(&format!("do {TYPED}"));
    }
    shell.keys(&["C-q"]);
    shell.wait("ready>");
    shell.assert_restored("the end");
}

#[test]
fn a_stop_that_nobody_can_catch_is_mended_when_it_goes_on() {
    let (_server, shell) = at_work();
    shell.signal(Signal::STOP);
    // The shell has the terminal as we left it: what ends a line is for the program there.
    shell.wait("Stopped");
    shell.text("stty sane; clear");
    shell.keys(&["C-j"]);
    // Done with both: what ends a line is for the shell again.
    shell.wait_gone("Stopped");
    shell.wait("ready>");
    shell.line("fg");
    shell.wait(SAID);
    shell.wait(TYPED);
    shell.text(" soon");
    shell.wait(&format!("{TYPED} soon"));
    shell.keys(&["C-q"]);
    shell.wait("ready>");
    assert_eq!(shell.tell("#{alternate_on}"), "0");
    assert!(!shell.everything().contains(SAID));
}

#[test]
fn where_no_shell_could_bring_it_back_it_does_not_stop() {
    let server = Prosody::start();
    let home = Susurro::with_account(&server.address(), "ana");
    home.run_with_input(&["send", BOB, "-", "--plaintext"], SAID)
        .expect(0);
    let terminal = Terminal::new("alone", home.folder(), &[]);
    terminal.run((80, 24), &format!("exec {}", shell_line(&home.command(&[]))));
    terminal.wait("online");
    terminal.keys(&["C-z"]);
    terminal.text(TYPED);
    terminal.wait(TYPED);
    terminal.wait(SAID);
}
