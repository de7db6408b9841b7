//! What lies in an envelope of OMEMO 2, or should.

use serde_json::{Value, json};

use super::{Peer, string};

impl Peer {
    /// Says that the message `id` has come: sealed if it speaks OMEMO 2.
    pub fn receipt(&mut self, to: &str, id: &str) -> String {
        string(&self.call(json!({"do": "receipt", "to": to, "id": id})))
    }

    /// The same in clear, whatever it speaks.
    pub fn clear_receipt(&mut self, to: &str, id: &str) -> String {
        string(&self.call(json!({"do": "receipt", "to": to, "id": id, "clear": true})))
    }

    /// From now on sealed wishes for a receipt are not answered.
    pub fn gives_no_receipts(&mut self) {
        self.call(json!({"do": "receipts", "given": false}));
    }

    pub fn chat_state(&mut self, to: &str, state: &str) {
        self.call(json!({"do": "chat_state", "to": to, "state": state}));
    }

    /// Asks for plain text from now on.
    pub fn opt_out(&mut self, to: &str, reason: &str) {
        self.call(json!({"do": "opt_out", "to": to, "reason": reason}));
    }

    /// Seals these bytes as OMEMO 2 content, whatever they are; `beside`: elements in clear, as XML.
    pub fn send_envelope(&mut self, to: &str, envelope: &str, beside: &[&str]) -> String {
        string(&self.call(json!({"do": "send_envelope", "to": to, "envelope": envelope, "beside": beside})))
    }

    /// Reads what its account's other devices send, too.
    pub fn wants_carbons(&mut self) {
        self.call(json!({"do": "carbons"}));
    }

    /// The next receipt for `id`, sealed or not.
    pub fn receipt_for(&mut self, id: &str) -> Value {
        self.wait_event("a receipt", |event| {
            event["event"] == "receipt" && event["id"] == *id
        })
    }
}
