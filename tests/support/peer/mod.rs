//! A peer that shares no code with ours: `peer.py`, on slixmpp-omemo.

mod archived;
pub mod forked;
mod heard;
mod published;
mod sealed;

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::process;
use super::scratch::Scratch;
use super::{Address, PATIENCE, prosody};
use forked::Forked;

/// What a peer publishes, seals and opens. Legacy alone unless a test says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialects {
    Legacy,
    Omemo2,
    Both,
}

/// One device of one account. Its OMEMO state stays when it goes offline, until it is installed anew.
pub struct Peer {
    running: Option<Running>,
    scratch: Scratch,
    address: Address,
    user: String,
    password: String,
    device_id: Option<u32>,
    dialects: Dialects,
    label: Option<String>,
    silent: bool,
}

struct Running {
    process: Forked,
    calls: u64,
    events: VecDeque<Value>,
}

impl Peer {
    /// Logs in and publishes its keys; returns when all that is done.
    pub fn login(address: &Address, user: &str) -> Self {
        let mut peer = Self::offline(address, user);
        peer.come_online();
        peer
    }

    /// The same for a peer that speaks other dialects than legacy alone.
    pub fn speaking(dialects: Dialects, address: &Address, user: &str) -> Self {
        let mut peer = Self::offline(address, user);
        peer.dialects = dialects;
        peer.come_online();
        peer
    }

    /// A peer that has not logged in yet.
    pub fn offline(address: &Address, user: &str) -> Self {
        Self {
            running: None,
            scratch: Scratch::new("peer"),
            address: address.clone(),
            user: user.to_owned(),
            password: prosody::password(user),
            device_id: None,
            dialects: Dialects::Legacy,
            label: None,
            silent: false,
        }
    }

    /// From the next login on it sends no presence, so that the server keeps messages for others.
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// From the next login on it speaks these, and takes back what it published of others.
    pub fn speaks(mut self, dialects: Dialects) -> Self {
        self.dialects = dialects;
        self
    }

    /// The label that its first login publishes.
    pub fn labelled(mut self, label: &str) -> Self {
        self.label = Some(label.to_owned());
        self
    }

    pub fn jid(&self) -> String {
        self.address.jid(&self.user)
    }

    pub fn come_online(&mut self) {
        if let Err(error) = self.try_come_online() {
            panic!("the peer {} could not log in: {error}", self.user);
        }
    }

    /// # Errors
    /// With the peer's own words.
    pub fn try_come_online(&mut self) -> Result<(), String> {
        assert!(self.running.is_none(), "already online");
        let mut arguments = vec![
            "--jid".to_owned(),
            self.jid(),
            "--port".to_owned(),
            self.address.port.to_string(),
        ];
        let mut argue = |name: &str, value: &str| arguments.extend([name.to_owned(), value.to_owned()]);
        argue("--ca-file", &self.address.ca_file.display().to_string());
        let state = self.scratch.path().join("omemo.json");
        argue("--state", &state.display().to_string());
        if let Some(id) = self.device_id.take() {
            argue("--device-id", &id.to_string());
        }
        let dialects = match self.dialects {
            Dialects::Legacy => "legacy",
            Dialects::Omemo2 => "omemo2",
            Dialects::Both => "both",
        };
        argue("--dialects", dialects);
        if let Some(label) = &self.label {
            argue("--label", label);
        }
        if self.silent {
            arguments.push("--silent".to_owned());
        }
        let mut process = Forked::start(&arguments, &self.scratch.path().join("peer.log"));
        // Not among its arguments, which are in our own log when something fails.
        process.tell(&self.password);
        self.running = Some(Running {
            process,
            calls: 0,
            events: VecDeque::new(),
        });
        let start = self.wait_event("its login", |event| {
            matches!(event["event"].as_str(), Some("ready" | "not ready"))
        });
        if start["event"] == "ready" {
            return Ok(());
        }
        self.running = None;
        Err(start["error"].to_string())
    }

    /// Leaves in order: nothing is kept for it in a stream that could be resumed.
    pub fn go_offline(&mut self) {
        if let Some(running) = self.running.take() {
            running.process.leave();
        }
    }

    /// Comes back speaking other dialects, as after an update of the client: with the same keys.
    pub fn switch_to(&mut self, dialects: Dialects) {
        self.go_offline();
        self.dialects = dialects;
        self.come_online();
    }

    /// Is gone without a word.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Forgets all keys and sessions, and comes back as a new device.
    pub fn install_anew(&mut self) {
        self.go_offline();
        std::fs::remove_file(self.scratch.path().join("omemo.json")).expect("there was a state");
        self.come_online();
    }

    /// Forgets all keys and sessions, and comes back under the old device id with another identity key.
    pub fn install_anew_with_same_device_id(&mut self) {
        let id = self.device();
        self.device_id = Some(id);
        self.install_anew();
        assert_eq!(self.device(), id, "the peer did not keep its device id");
    }

    /// Seals and sends; returns the stanza's id.
    pub fn send(&mut self, to: &str, body: &str) -> String {
        string(&self.call(json!({"do": "send", "to": to, "body": body})))
    }

    /// As [`Peer::send`], and asks for no receipt.
    pub fn send_unasked(&mut self, to: &str, body: &str) {
        self.call(json!({"do": "send", "to": to, "body": body, "receipt": false}));
    }

    /// Where a file of so many bytes may be put: `put`, `headers`, and where it lies then, `get` (XEP-0363).
    pub fn slot(&mut self, name: &str, size: u64) -> Value {
        let service = format!("upload.{}", self.address.domain);
        self.call(json!({"do": "slot", "service": service, "name": name, "size": size}))
    }

    /// Uploads what is at `path`, sealed, and sends its address sealed too; returns the stanza's id.
    pub fn share(&mut self, to: &str, name: &str, path: &std::path::Path) -> String {
        let service = format!("upload.{}", self.address.domain);
        let (path, ca_file) = (path.to_str(), self.address.ca_file.to_str());
        string(&self.call(
            json!({"do": "share", "to": to, "service": service, "name": name, "path": path, "ca_file": ca_file}),
        ))
    }

    /// Fetches and opens what lies at an `aesgcm` address: `size` and `sha256` of the clear file.
    pub fn fetch(&mut self, body: &str) -> Value {
        let ca_file = self.address.ca_file.to_str();
        self.call(json!({"do": "fetch", "body": body, "ca_file": ca_file}))
    }

    /// Sends in clear; returns the stanza's id.
    pub fn send_plain(&mut self, to: &str, body: &str) -> String {
        string(&self.call(json!({"do": "send", "to": to, "body": body, "encrypted": false})))
    }

    /// Sends an earlier stanza once more, under the same or another id.
    pub fn replay(&mut self, id: &str, new_id: Option<&str>) {
        self.flush();
        self.call(json!({"do": "resend", "id": id, "new_id": new_id}));
    }

    pub fn send_xml(&mut self, xml: &str) {
        // slixmpp queues what it renders and lets raw text pass it.
        self.flush();
        self.call(json!({"do": "raw", "xml": xml}));
    }

    /// Asks for presence; the peer itself grants it to everybody who asks.
    pub fn subscribe(&mut self, to: &str) {
        self.call(json!({"do": "subscribe", "to": to}));
    }

    /// Returns when the server has taken all that was sent before.
    pub fn flush(&mut self) {
        self.call(json!({"do": "ping"}));
    }

    pub fn device(&mut self) -> u32 {
        let own = self.call(json!({"do": "own"}));
        u32::try_from(own["device"].as_u64().expect("a number")).expect("31 bits")
    }

    /// 64 lower-case hex digits.
    pub fn fingerprint(&mut self) -> String {
        string(&self.call(json!({"do": "own"}))["fingerprint"])
    }

    /// The subscriptions by bare JID: `none`, `to`, `from` or `both`.
    pub fn roster(&mut self) -> Value {
        self.call(json!({"do": "roster"}))
    }

    /// Any command of `peer.py`; returns its answer.
    ///
    /// # Panics
    /// When the peer answers with an error.
    pub fn call(&mut self, command: Value) -> Value {
        self.try_call(command.clone())
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// # Errors
    /// With the peer's own words.
    pub fn try_call(&mut self, mut command: Value) -> Result<Value, String> {
        let running = self.running.as_mut().expect("the peer is online");
        running.calls += 1;
        let call = running.calls;
        command["call"] = json!(call);
        running.process.tell(&command.to_string());
        let mut answer = self.wait_line("an answer", |line| line["call"] == json!(call));
        match answer.get("error") {
            Some(error) => Err(string(error)),
            None => Ok(answer["ok"].take()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        process::show_tail(
            &format!("the log of the peer {}", self.user),
            &self.scratch.path().join("peer.log"),
        );
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("the peer said {line:?}: {error}"))
}

fn string(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not a string"))
        .to_owned()
}
