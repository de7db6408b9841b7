//! Profanity, driven through a terminal as its users drive it.
//!
//! It publishes its keys for those only who may see its presence: a contact must be subscribed both ways before either
//! side can seal for the other.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::peer::Peer;
use super::scratch::Scratch;
use super::tmux::Terminal;
use super::{Address, prosody, wait_for};

/// Profanity in a terminal of its own, logged in; killed on drop.
pub struct Profanity {
    // Fields are dropped in order: the terminal must be gone before its folder goes.
    terminal: Terminal,
    _scratch: Scratch,
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
        let home = scratch.folder("home");
        let variables = [
            ("HOME", home.as_os_str()),
            ("SSL_CERT_FILE", address.ca_file.as_os_str()),
        ];
        let terminal = Terminal::new(user, scratch.path(), &variables);
        // Wide, so that a message is one line of the screen.
        terminal.run(
            (220, 50),
            &format!("exec profanity --account {}", address.jid(user)),
        );
        terminal.wait("logged in successfully");
        let this = Self {
            terminal,
            _scratch: scratch,
        };
        this.command("/omemo gen");
        this.wait_screen("materials generated. Your Device ID is");
        this
    }

    /// Types a line and presses Enter.
    pub fn command(&self, line: &str) {
        self.terminal.line(line);
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
        wait_for(&format!("{text:?} on Profanity's screen"), || {
            let screen = self.screen();
            screen.contains(text).then_some(screen)
        })
    }

    /// The screen, lines joined that went on below.
    pub fn screen(&self) -> String {
        self.terminal.joined()
    }

    /// The process id of Profanity itself.
    pub fn id(&self) -> u32 {
        self.terminal.id()
    }
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
