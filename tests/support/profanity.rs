//! Profanity, driven through a terminal as its users drive it.
//!
//! It publishes its keys for those only who may see its presence: a contact must be subscribed both ways before either
//! side can seal for the other.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use super::peer::Peer;
use super::process::{self, Process};
use super::scratch::Scratch;
use super::{Address, prosody, wait_for};

/// Profanity in a terminal of its own, logged in; killed on drop.
pub struct Profanity {
    // Fields are dropped in order: the terminal must be gone before its folder goes.
    terminal: Process,
    scratch: Scratch,
    user: String,
}

impl Profanity {
    /// Logs in and makes OMEMO keys.
    pub fn login(address: &Address, user: &str) -> Self {
        // Profanity 0.13 makes a device list only where there is one, or where the server names a missing one by the
        // number 404, which Prosody does not: another client of the account has to have been there.
        let mut before = Peer::login(address, user);
        before.call(json!({"do": "forget_devices"}));
        before.go_offline();
        let scratch = Scratch::new("profanity");
        configure(&scratch, address, user);
        let terminal = start_terminal(&scratch, address);
        let this = Self {
            terminal,
            scratch,
            user: user.to_owned(),
        };
        wait_for("the terminal server", || {
            this.tmux(&["list-sessions"]).is_some().then_some(())
        });
        let program = format!("exec profanity --account {}", address.jid(user));
        // Wide, so that a message is one line of the screen.
        this.tmux(&["new-session", "-d", "-x", "220", "-y", "50", &program])
            .expect("a session can be made");
        this.wait_screen("logged in successfully");
        this.command("/omemo gen");
        this.wait_screen("materials generated. Your Device ID is");
        this
    }

    /// Types a line and presses Enter.
    pub fn command(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line])
            .expect("the terminal takes keys");
        self.tmux(&["send-keys", "Enter"])
            .expect("the terminal takes keys");
    }

    /// Opens the chat with `jid` and turns encryption on in it.
    pub fn open_chat(&self, jid: &str) {
        self.command(&format!("/msg {jid}"));
        self.command(&format!("/omemo start {jid}"));
        self.wait_screen("[OMEMO]");
    }

    /// Sends into the open chat. Profanity fetches keys on the side and refuses to send until it has them: it is asked
    /// again, as its user would.
    pub fn say(&self, text: &str) {
        const REFUSED: &str = "cannot be decrypted for any recipient";
        let refusals = || self.screen().matches(REFUSED).count();
        wait_for("Profanity to send", || {
            let before = refusals();
            self.command(text);
            wait_for("Profanity to show what it did", || {
                let screen = self.screen();
                if screen.matches(REFUSED).count() > before {
                    return Some(None);
                }
                screen.contains(text).then_some(Some(()))
            })
        });
    }

    /// Waits until `text` stands on the screen; returns the screen.
    pub fn wait_screen(&self, text: &str) -> String {
        let end = std::time::Instant::now() + super::PATIENCE;
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(
                std::time::Instant::now() < end,
                "no {text:?} on the screen of {}:\n{screen}",
                self.user
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    pub fn screen(&self) -> String {
        // Joined where a line went on below.
        self.tmux(&["capture-pane", "-p", "-J"]).unwrap_or_default()
    }

    /// The process id of Profanity itself.
    pub fn id(&self) -> u32 {
        let id = self
            .tmux(&["display-message", "-p", "#{pane_pid}"])
            .unwrap_or_default();
        id.trim().parse().expect("a process id")
    }

    /// What tmux answered, if it agreed.
    fn tmux(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("tmux");
        // A socket may have no more than about a hundred characters: named from its own folder, it always fits.
        command
            .args(["-S", "tmux"])
            .args(arguments)
            .current_dir(self.scratch.path())
            .env_remove("TMUX");
        let output = command
            .stderr(Stdio::null())
            .output()
            .expect("tmux; `make setup` installs it");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Profanity {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the screen of {}\n{}\n---", self.user, self.screen());
        }
        let _ = self.tmux(&["kill-server"]);
    }
}

fn start_terminal(scratch: &Scratch, address: &Address) -> Process {
    let home = scratch.folder("home");
    let mut command = process::command("tmux");
    command
        .args(["-S", "tmux", "-f", "/dev/null", "-D"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &home)
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("SHELL", "/bin/sh")
        .env("SSL_CERT_FILE", &address.ca_file)
        .current_dir(scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Process::spawn(&mut command)
}

fn configure(scratch: &Scratch, address: &Address, user: &str) {
    let certificates: PathBuf = scratch.folder("certificates");
    std::fs::copy(&address.ca_file, certificates.join("authority.pem")).expect("the authority can be read");
    let hashed = Command::new("openssl").arg("rehash").arg(&certificates).status();
    assert!(
        hashed.is_ok_and(|status| status.success()),
        "openssl; `make setup` installs it"
    );
    let settings = format!(
        "[tls]\ncertpath={}\n[omemo]\ntrustmode=blind\n",
        certificates.display()
    );
    scratch.file("home/.config/profanity/profrc", settings);
    let (jid, password, port) = (address.jid(user), prosody::password(user), address.port);
    let account = format!(
        "[{jid}]\nenabled=true\njid={jid}\nresource=profanity\nserver=127.0.0.1\nport={port}\npassword={password}\n\
         tls.policy=force\npresence.login=online\n"
    );
    scratch.file("home/.local/share/profanity/accounts", account);
}
