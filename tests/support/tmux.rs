//! A terminal that nobody looks at: a private tmux server, driven with keys and read as text.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::process::{self, Process};

/// The name of every server's socket in its folder. A socket's path may have no more than about a hundred
/// characters: named from its own folder, it always fits.
const SOCKET: &str = "tmux";

/// A terminal with one window, and what runs in it; everything in it dies with the test.
pub struct Terminal {
    /// None where somebody else started the server.
    server: Option<Process>,
    folder: PathBuf,
    /// Which pane, as tmux names them.
    pane: String,
    /// Who this is, in reports.
    name: String,
}

impl Terminal {
    /// Starts a server with nothing of the tester's own environment but the path and `variables`. Its socket
    /// lies in `folder`, which must outlive it. [`Terminal::run`] gives it something to show.
    pub fn new(name: &str, folder: &Path, variables: &[(&str, &OsStr)]) -> Self {
        let mut command = process::command("tmux");
        command
            .args(["-S", SOCKET, "-f", "/dev/null", "-D"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("SHELL", "/bin/sh")
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut this = Self::of_server(name, folder, "");
        this.server = Some(Process::spawn(&mut command));
        super::wait_for("the terminal server", || {
            this.tmux(&["list-sessions"]).is_some().then_some(())
        });
        this.must(&["set-option", "-g", "default-terminal", "tmux-256color"]);
        // Else a lone Esc waits for what may follow it.
        this.must(&["set-option", "-s", "escape-time", "0"]);
        this
    }

    /// A pane of a server that somebody else started and will end; its socket is `tmux` in `folder`.
    pub fn of_server(name: &str, folder: &Path, pane: &str) -> Self {
        Self {
            server: None,
            folder: folder.to_owned(),
            pane: pane.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Opens the window, of `size` columns and rows, with a shell command in it. Every byte that the command
    /// writes to the terminal is kept too, for [`Terminal::written`].
    pub fn run(&self, size: (u16, u16), command: &str) {
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        // In one breath, so that no byte passes between the two.
        self.must(&[
            "new-session",
            "-d",
            "-x",
            &columns,
            "-y",
            &rows,
            command,
            ";",
            "pipe-pane",
            "-O",
            "exec cat >> written",
        ]);
        self.must(&["set-option", "-g", "status", "off"]);
        self.resize(size);
    }

    pub fn resize(&self, (columns, rows): (u16, u16)) {
        self.must(&[
            "resize-window",
            "-x",
            &columns.to_string(),
            "-y",
            &rows.to_string(),
        ]);
    }

    /// Types text, letter by letter.
    pub fn text(&self, text: &str) {
        self.must(&["send-keys", "-t", &self.pane, "-l", "--", text]);
    }

    /// Presses keys, by the names that tmux has for them: `Enter`, `Escape`, `C-p`, `M-l`, `F1`, `PPage`.
    pub fn keys(&self, names: &[&str]) {
        let mut arguments = vec!["send-keys", "-t", &self.pane, "--"];
        arguments.extend(names);
        self.must(&arguments);
    }

    /// Sends bytes as they are.
    pub fn bytes(&self, bytes: &[u8]) {
        let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut arguments = vec!["send-keys", "-t", &self.pane, "-H"];
        arguments.extend(bytes.iter().map(String::as_str));
        self.must(&arguments);
    }

    /// Types a line and presses Enter.
    pub fn line(&self, text: &str) {
        self.text(text);
        self.keys(&["Enter"]);
    }

    /// Pastes, in brackets if the program asked for them, as a terminal does.
    pub fn paste(&self, text: &str) {
        let mut command = self.command(&["load-buffer", "-"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("tmux");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(text.as_bytes())
            .expect("tmux reads what is pasted");
        drop(pipe);
        assert!(child.wait().is_ok_and(|status| status.success()));
        self.must(&["paste-buffer", "-p", "-r", "-d", "-t", &self.pane]);
    }

    /// The screen as text, a line a row; empty if there is none (any more).
    pub fn screen(&self) -> String {
        self.capture(&[])
    }

    /// The screen with its colours (SGR sequences).
    pub fn styled(&self) -> String {
        self.capture(&["-e", "-N"])
    }

    /// The screen with lines joined that went on below.
    pub fn joined(&self) -> String {
        self.capture(&["-J"])
    }

    /// The screen and all that scrolled out of it, and what the other of the terminal's two screens holds.
    pub fn everything(&self) -> String {
        self.capture(&["-S", "-", "-E", "-"]) + &self.capture(&["-a", "-q", "-S", "-", "-E", "-"])
    }

    fn capture(&self, more: &[&str]) -> String {
        let mut arguments = vec!["capture-pane", "-p", "-t", &self.pane];
        arguments.extend(more);
        self.tmux(&arguments).unwrap_or_default()
    }

    /// Every byte that came from the program so far.
    pub fn written(&self) -> Vec<u8> {
        std::fs::read(self.folder.join("written")).unwrap_or_default()
    }

    /// What tmux knows of the pane, as in `#{pane_pid}` or `#{alternate_on}`.
    pub fn tell(&self, format: &str) -> String {
        let told = self.tmux(&["display-message", "-p", "-t", &self.pane, format]);
        told.unwrap_or_default().trim_end().to_owned()
    }

    /// The process that the window was opened with.
    pub fn id(&self) -> u32 {
        self.tell("#{pane_pid}").parse().expect("a process id")
    }

    /// Waits until the screen holds `text`; returns the screen.
    pub fn wait(&self, text: &str) -> String {
        self.wait_for(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer holds `text`; returns the screen.
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait_for(&format!("{text:?} to go"), |screen| {
            !screen.contains(text) && !screen.is_empty()
        })
    }

    /// Waits until the screen is as wanted; returns it.
    ///
    /// # Panics
    /// When it does not become so; shows what it was instead.
    pub fn wait_for(&self, what: &str, mut wanted: impl FnMut(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut last = String::new();
        loop {
            let screen = self.screen();
            // Twice the same: what was half drawn is whole.
            if screen == last && wanted(&screen) {
                return screen;
            }
            last = screen;
            // On drop the screen is shown.
            assert!(Instant::now() < end, "{} waited in vain for {what}", self.name);
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// Waits until nothing was written for `time`: whatever was going on has been drawn.
    pub fn settle(&self, time: Duration) -> usize {
        let end = Instant::now() + PATIENCE;
        let (mut length, mut since) = (self.written().len(), Instant::now());
        while since.elapsed() < time {
            assert!(Instant::now() < end, "{} never comes to rest", self.name);
            std::thread::sleep(Duration::from_millis(40));
            let now = self.written().len();
            if now != length {
                (length, since) = (now, Instant::now());
            }
        }
        length
    }

    fn must(&self, arguments: &[&str]) -> String {
        self.tmux(arguments)
            .unwrap_or_else(|| panic!("tmux refused {arguments:?}"))
    }

    /// What tmux answered, if it agreed.
    fn tmux(&self, arguments: &[&str]) -> Option<String> {
        let output = match self.command(arguments).output() {
            Ok(output) => output,
            // Somebody else's server, gone with its folder.
            Err(_) if !self.folder.exists() => return None,
            Err(error) => panic!("tmux does not start ({error}); `make setup` installs it"),
        };
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command
            // A locale of our own: what is not ASCII would be replaced otherwise.
            .args(["-u", "-S", SOCKET])
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("TMUX")
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the screen of {}\n{}\n---", self.name, self.screen());
        }
        if self.server.is_some() {
            let _ = self.tmux(&["kill-server"]);
        }
    }
}

/// A command as a line for a shell, with its own environment and nothing else but the kind of terminal.
pub fn shell_line(command: &Command) -> String {
    let quote = |word: &OsStr| {
        let word = word.to_str().expect("the tests' own paths are text");
        shlex::try_quote(word).expect("no NUL in it").into_owned()
    };
    let mut words: Vec<String> = vec!["env".into(), "-i".into(), "TERM=\"$TERM\"".into()];
    for (name, value) in command.get_envs() {
        if let (Some(name), Some(value)) = (name.to_str(), value) {
            let mut both = OsString::from(format!("{name}="));
            both.push(value);
            words.push(quote(&both));
        }
    }
    words.push(quote(command.get_program()));
    words.extend(command.get_args().map(quote));
    words.join(" ")
}
