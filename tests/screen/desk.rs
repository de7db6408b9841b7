//! Somebody at the terminal: a home with the program running in front of them.

use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::peer::Peer;
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;
use crate::support::tmux::{Terminal, shell_line};
use crate::support::wait_for;

pub const ANA: &str = "ana@mired.test";
pub const BOB: &str = "bob@mired.test";

/// The size that the screen is designed for.
pub const USUAL: (u16, u16) = (80, 24);

/// The program in a terminal, and the shell that it was started from. What the shell
/// says stands on the main screen.
pub struct Desk {
    // Fields are dropped in order: the terminal must be gone before its folder goes.
    terminal: Terminal,
    home: Susurro,
    folder: PathBuf,
}

/// How the program is started.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    pub size: (u16, u16),
    /// The passphrase comes from a file, so that the unlock screen is passed over.
    pub unlocked: bool,
    pub variables: &'a [(&'a str, &'a str)],
}

impl Default for Start<'_> {
    fn default() -> Self {
        Self {
            size: USUAL,
            unlocked: true,
            variables: &[],
        }
    }
}

impl std::ops::Deref for Desk {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

impl Desk {
    /// Starts the program as `start` says.
    pub fn with(home: Susurro, start: &Start<'_>) -> Self {
        let number = std::fs::read_dir(home.folder()).expect("our own folder").count();
        let folder = home.folder().join(format!("terminal-{number}"));
        std::fs::create_dir(&folder).expect("our own folder");
        let mut command = match start.unlocked {
            true => home.command(&[]),
            false => home.command_without_passphrase(&[]),
        };
        command.envs(start.variables.iter().copied());
        let script = format!(
            "stty -g >before; echo 'before the program'; sh -c 'echo $$ >pid; exec \"$@\"' sh {}; \
             echo \"ended with $?\"; stty -g >after; exec sleep 1000",
            shell_line(&command)
        );
        let terminal = Terminal::new("susurro", &folder, &[]);
        terminal.run(start.size, &script);
        Self {
            terminal,
            home,
            folder,
        }
    }

    /// The main screen of a vault that is open.
    pub fn open(home: Susurro) -> Self {
        Self::with(home, &Start::default())
    }

    pub fn home(&self) -> &Susurro {
        &self.home
    }

    /// The program's own process.
    pub fn program(&self) -> Pid {
        let id = wait_for("the program to start", || {
            let text = std::fs::read_to_string(self.folder.join("pid")).ok()?;
            text.trim().parse().ok()
        });
        Pid::from_raw(id).expect("a process id")
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.program(), signal).expect("the program runs");
    }

    /// Waits for its end and checks what it leaves: the terminal as it was, the main screen, and on it only
    /// the shell's own lines. Returns all that the terminal still holds, scrolled away or not.
    pub fn ended(&self, code: i32) -> String {
        let last = format!("ended with {code}");
        self.wait(&last);
        // The terminal has it; the copy that is kept of every byte comes behind.
        wait_for("every byte to be kept", || {
            String::from_utf8_lossy(&self.written())
                .trim_end()
                .ends_with(&last)
                .then_some(())
        });
        let after = wait_for("the shell to look at the terminal", || {
            let text = std::fs::read_to_string(self.folder.join("after")).ok()?;
            (!text.is_empty()).then_some(text)
        });
        let before = std::fs::read_to_string(self.folder.join("before")).expect("written first");
        assert_eq!(after, before, "the terminal's settings were not given back");
        assert_eq!(self.tell("#{alternate_on}"), "0", "still on the other screen");
        assert_eq!(self.tell("#{cursor_flag}"), "1", "the cursor is still hidden");
        assert_eq!(self.tell("#{mouse_any_flag}"), "0", "the mouse is still taken");
        let screen = self.screen();
        assert!(screen.starts_with("before the program\n"), "{screen}");
        self.everything()
    }

    /// The command line that the program runs with now.
    pub fn arguments(&self) -> String {
        let path = format!("/proc/{}/cmdline", self.program().as_raw_nonzero());
        let bytes = std::fs::read(path).expect("the program runs");
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    }

    /// The terminal's window is closed, whatever runs in it.
    pub fn hang_up(self) -> Susurro {
        let Self { terminal, home, .. } = self;
        drop(terminal);
        home
    }

    /// Ends this terminal and opens another one in the same home.
    pub fn restart(self, start: &Start<'_>) -> Self {
        let Self { terminal, home, .. } = self;
        drop(terminal);
        Self::with(home, start)
    }
}

/// Ana at her screen, with Bob as her only contact and his chat open; Bob is the peer
/// that shares no code with ours.
pub struct Table {
    pub desk: Desk,
    pub bob: Peer,
    pub server: Prosody,
}

impl Table {
    pub fn set() -> Self {
        Self::set_with(&Start::default())
    }

    pub fn set_with(start: &Start<'_>) -> Self {
        let server = Prosody::start();
        let mut bob = Peer::login(&server.address(), "bob");
        let home = Susurro::with_account(&server.address(), "ana");
        home.run(&["contact", "add", BOB, "--name", "Bob"]).expect(0);
        bob.flush();
        let desk = Desk::with(home, start);
        desk.wait("online");
        desk.wait("to Bob");
        Self { desk, bob, server }
    }

    /// Both have written once, so that either has the other's keys.
    pub fn after_a_greeting() -> Self {
        let mut this = Self::set();
        this.greet();
        this
    }

    pub fn greet(&mut self) {
        self.desk.line("good morning");
        assert_eq!(self.bob.bodies(1), ["good morning"]);
        self.bob.send(ANA, "good day to you");
        self.desk.wait("good day to you");
    }
}
