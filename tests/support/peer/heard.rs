//! What a peer hears, in the order of its own telling; what was not asked for yet stays for later.

use std::time::Instant;

use serde_json::{Value, json};

use super::{PATIENCE, Peer, parse, string};

impl Peer {
    /// The next message with a body, sealed or not, from anybody.
    pub fn message(&mut self) -> Value {
        self.wait_event("a message", |event| event["event"] == "message")
    }

    /// The next `count` messages with a body.
    pub fn messages(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.message()).collect()
    }

    /// The bodies of the next `count` messages.
    pub fn bodies(&mut self, count: usize) -> Vec<String> {
        self.messages(count)
            .iter()
            .map(|message| string(&message["body"]))
            .collect()
    }

    /// The next event for which `wanted` holds; others stay for later.
    pub fn wait_event(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let running = self.running.as_mut().expect("the peer is online");
        if let Some(place) = running.events.iter().position(&wanted) {
            return running.events.remove(place).expect("it was just found");
        }
        self.wait_line(what, |line| line.get("event").is_some() && wanted(line))
    }

    /// Everything that came and was not yet asked for, up to the message that says `last`, that one included.
    pub fn events_until(&mut self, last: &str) -> Vec<Value> {
        let message = self.wait_event(last, |event| event["event"] == "message" && event["body"] == last);
        let running = self.running.as_mut().expect("the peer is online");
        running.events.drain(..).chain([message]).collect()
    }

    /// Everything that the server had for it by now and that was not yet asked for. Whoever sent it has the
    /// server's word that it was taken, so what is not among it did not leave: nothing has to be waited for.
    pub fn events_so_far(&mut self) -> Vec<Value> {
        self.call(json!({"do": "settle"}));
        let running = self.running.as_mut().expect("the peer is online");
        running.events.drain(..).collect()
    }

    pub(super) fn wait_line(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let running = self.running.as_mut().expect("the peer is online");
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Some(line) = running.process.lines.next_within(left) else {
                panic!(
                    "{} waited in vain for {what}; it has seen: {:#?}",
                    self.user,
                    running.process.lines.seen()
                );
            };
            let line = parse(&line);
            if wanted(&line) {
                return line;
            }
            running.events.push_back(line);
        }
    }
}
