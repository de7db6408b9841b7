//! Lists, bundles and nodes as published: to look at, and to break as another
//! client of the same account would.

use serde_json::{Value, json};

use super::Peer;

impl Peer {
    /// The device ids that an account announces in legacy.
    pub fn devices_of(&mut self, jid: &str) -> Vec<u64> {
        numbers(&self.call(json!({"do": "devices", "of": jid})))
    }

    /// A legacy bundle as published: `identity` (64 hex digits), `spk` and `prekeys` (their ids).
    pub fn bundle_of(&mut self, jid: &str, device: u64) -> Value {
        self.call(json!({"do": "bundle", "of": jid, "device": device}))
    }

    /// The OMEMO 2 device list of an account: objects of `id`, `label` and `signed` (whether the label is).
    pub fn omemo2_list_of(&mut self, jid: &str) -> Vec<Value> {
        let list = self.call(json!({"do": "omemo2_devices", "of": jid}));
        list.as_array().expect("a list").clone()
    }

    /// The device ids that an account announces in OMEMO 2.
    pub fn omemo2_devices_of(&mut self, jid: &str) -> Vec<u64> {
        let list = self.omemo2_list_of(jid);
        list.iter().filter_map(|device| device["id"].as_u64()).collect()
    }

    /// An OMEMO 2 bundle as published: `ik` as on the wire, `identity` as fingerprints show it, `spk` (its
    /// id), `signed` (whether that signature is good) and `prekeys` (their ids).
    ///
    /// # Errors
    /// With the peer's own words when there is none.
    pub fn omemo2_bundle_of(&mut self, jid: &str, device: u64) -> Result<Value, String> {
        self.try_call(json!({"do": "omemo2_bundle", "of": jid, "device": device}))
    }

    /// The configuration of a node of its own account, by names without `pubsub#`.
    pub fn configuration(&mut self, node: &str) -> Value {
        self.call(json!({"do": "configuration", "node": node}))
    }

    pub fn configure(&mut self, node: &str, options: Value) {
        self.call(json!({"do": "configure", "node": node, "options": options}));
    }

    pub fn delete_node(&mut self, node: &str) {
        self.call(json!({"do": "delete_node", "node": node}));
    }

    pub fn retract(&mut self, node: &str, item: &str) {
        self.call(json!({"do": "retract", "node": node, "item": item}));
    }

    /// Publishes anything on a node of its own account.
    pub fn publish(&mut self, node: &str, item: &str, xml: &str) {
        self.call(json!({"do": "publish", "node": node, "item": item, "xml": xml}));
    }

    /// What a node holds: payloads by item id.
    pub fn items_of(&mut self, jid: &str, node: &str) -> Value {
        self.call(json!({"do": "items", "of": jid, "node": node}))
    }

    /// Is no longer found in a dialect (`omemo-2`, `omemo-legacy`), though it still reads it.
    pub fn withdraw(&mut self, dialect: &str) {
        self.call(json!({"do": "withdraw", "dialect": dialect}));
    }

    /// Publishes again what is missing of it.
    pub fn announce(&mut self) {
        self.call(json!({"do": "announce"}));
    }

    /// Changes the label of its device.
    pub fn rename(&mut self, label: &str) {
        self.call(json!({"do": "rename", "label": label}));
    }
}

/// The numbers of a JSON list.
fn numbers(list: &Value) -> Vec<u64> {
    list.as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_u64)
        .collect()
}
