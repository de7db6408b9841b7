//! Profanity, driven through a terminal as its users drive it.
//!
//! It publishes its keys for those only who may see its presence: a contact must be subscribed both ways
//! before either side can seal for the other.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::peer::Peer;
use super::scratch::Scratch;
use super::tmux::Terminal;
use super::{Address, prosody, wait_for};

/// Of a public key of 32 bytes.
const FINGERPRINT_DIGITS: usize = 64;

/// Profanity in a terminal of its own, logged in; killed on drop.
pub struct Profanity {
    // Fields are dropped in order: the terminal must be gone before its folder
    // goes. None while nobody runs it.
    terminal: Option<Terminal>,
    scratch: Scratch,
    address: Address,
    user: String,
}

impl Profanity {
    /// Logs in and makes OMEMO keys on an account that has no device list: it writes, and publishes none.
    pub fn unlisted(address: &Address, user: &str) -> Self {
        Self::with_keys(address, user)
    }

    /// Logs in and makes OMEMO keys.
    pub fn login(address: &Address, user: &str) -> Self {
        // Profanity 0.13 makes a device list only where there is one, or where the server names a missing one
        // by the number 404, which Prosody does not: another client of the account has to have been there.
        let mut before = Peer::login(address, user);
        before.call(json!({"do": "forget_devices"}));
        before.go_offline();
        Self::with_keys(address, user)
    }

    fn with_keys(address: &Address, user: &str) -> Self {
        let scratch = Scratch::new("profanity");
        configure(&scratch, address, user);
        let mut this = Self {
            terminal: None,
            scratch,
            address: address.clone(),
            user: user.to_owned(),
        };
        this.start();
        this.command("/omemo gen");
        this.wait_screen("materials generated. Your Device ID is");
        this
    }

    /// Starts it and waits until it is logged in; it keeps what it had.
    pub fn start(&mut self) {
        let home = self.scratch.folder("home");
        let variables = [
            ("HOME", home.as_os_str()),
            ("SSL_CERT_FILE", self.address.ca_file.as_os_str()),
        ];
        let terminal = Terminal::new(&self.user, self.scratch.path(), &variables);
        // Wide, so that a message is one line of the screen.
        terminal.run(
            (220, 50),
            &format!("exec profanity --account {}", self.address.jid(&self.user)),
        );
        terminal.wait("logged in successfully");
        self.terminal = Some(terminal);
    }

    /// Leaves it, as its user does.
    pub fn quit(&mut self) {
        self.command("/quit");
        wait_for("Profanity to end", || self.screen().is_empty().then_some(()));
        self.terminal = None;
    }

    fn terminal(&self) -> &Terminal {
        self.terminal.as_ref().expect("Profanity is running")
    }

    /// Types a line and presses Enter.
    pub fn command(&self, line: &str) {
        self.terminal().line(line);
    }

    /// Opens the chat with `jid` and turns encryption on in it.
    pub fn open_chat(&self, jid: &str) {
        self.command(&format!("/msg {jid}"));
        self.command(&format!("/omemo start {jid}"));
        self.wait_screen("[OMEMO]");
    }

    /// Enters a room and turns encryption on in it.
    pub fn enter_group(&self, room: &str) {
        self.command(&format!("/join {room}"));
        self.wait_screen("You have joined the room");
        self.encrypt_group();
    }

    /// Opens the one room that it went into by itself when it started.
    pub fn back_in_group(&self) {
        self.wait_screen("Autojoined");
        self.command("/win 2");
        self.encrypt_group();
    }

    fn encrypt_group(&self) {
        self.command("/omemo start");
        self.wait_screen("[OMEMO]");
    }

    /// The fingerprint of its own key, in small digits without gaps; asked for in its first window.
    pub fn fingerprint(&self) -> String {
        self.first_window();
        self.command("/omemo fingerprint");
        let shown = "Your OMEMO fingerprint: ";
        wait_for("Profanity to show its own key", || {
            let fingerprint = digits(after(&self.screen(), shown)?);
            // A line may have been drawn by half.
            (fingerprint.len() == FINGERPRINT_DIGITS).then_some(fingerprint)
        })
    }

    /// The one fingerprint that it knows of `jid`, as [`Profanity::fingerprint`] gives it, and whether it
    /// trusts it; an empty one if it knows none.
    pub fn fingerprint_of(&self, jid: &str) -> (String, bool) {
        // The line after the last of them.
        const END: &str = "You can untrust it with";
        const NONE: &str = "There is no known fingerprints for ";
        let shown = format!("{jid}'s OMEMO fingerprint: ");
        self.first_window();
        self.command("/clear");
        // What was asked before is gone.
        wait_for("Profanity to clear its screen", || {
            let screen = self.screen();
            (!screen.contains(END) && !screen.contains(NONE)).then_some(())
        });
        self.command(&format!("/omemo fingerprint {jid}"));
        let screen = wait_for("Profanity to show what it knows", || {
            let screen = self.screen();
            (screen.contains(END) || screen.contains(NONE)).then_some(screen)
        });
        if screen.contains(NONE) {
            return (String::new(), false);
        }
        assert_eq!(screen.matches(&shown).count(), 1, "{screen}");
        let (fingerprint, more) = after(&screen, &shown)
            .and_then(|rest| rest.split_once(' '))
            .unwrap_or_default();
        (digits(fingerprint), more.starts_with("(trusted)"))
    }

    /// Goes to the window that what it says about itself is written to, and waits until that is shown: what
    /// is looked for next may stand in it already.
    fn first_window(&self) {
        self.command("/win 1");
        self.wait_screen("Profanity. Type /help for help information.");
    }

    /// From now on it trusts only what it is told to.
    pub fn trust_nobody(&self) {
        self.command("/omemo trustmode manual");
        self.wait_screen("You need to trust all OMEMO fingerprints manually");
    }

    /// Trusts a key, given as [`Profanity::fingerprint`] gives it.
    pub fn trust(&self, jid: &str, fingerprint: &str) {
        let groups: Vec<_> = (0..fingerprint.len()).step_by(8).collect();
        let groups: Vec<_> = groups.into_iter().map(|at| &fingerprint[at..at + 8]).collect();
        self.command(&format!("/omemo trust {jid} {}", groups.join("-")));
    }

    /// Sends into the open chat. Profanity fetches keys on the side and refuses to send until it has them: it
    /// is asked again, as its user would.
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
                // What stands in its window has a time before it; what is only being typed has none.
                let mut rows = screen.lines();
                let said =
                    |row: &str| row.starts_with(|first: char| first.is_ascii_digit()) && row.contains(text);
                rows.any(said).then_some(Some(()))
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
        self.terminal().joined()
    }

    /// The process id of Profanity itself.
    pub fn id(&self) -> u32 {
        self.terminal().id()
    }
}

/// The rest of the line after the last `text` on a screen.
fn after<'a>(screen: &'a str, text: &str) -> Option<&'a str> {
    let (_, rest) = screen.rsplit_once(text)?;
    rest.lines().next()
}

fn digits(grouped: &str) -> String {
    let hex = grouped.chars().filter(char::is_ascii_hexdigit);
    hex.map(|digit| digit.to_ascii_lowercase()).collect()
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
