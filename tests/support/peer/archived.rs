//! What a peer finds in its account's archive, and what it is told of the account's other devices.

use serde_json::{Value, json};

use super::{Peer, string};

impl Peer {
    /// All that its archive holds, oldest first, paging as its server wants it; with one other side alone if one is named.
    /// Each has `archived` (the id), `stamp`, `from`, `to`, `id`, `type`, `body` (in clear), `clear`, `xml`.
    pub fn archive(&mut self, with: Option<&str>) -> Vec<Value> {
        let fields = with.map_or_else(|| json!({}), |with| json!({ "with": with }));
        let found = self.call(json!({"do": "archive", "fields": fields}));
        found["messages"].as_array().expect("a list").clone()
    }

    /// One page: `fields` of the form, `page` of the paging (`max`, `after`, `before`). What is found is in `messages`; beside it
    /// `first`, `last`, `count`, `complete`.
    ///
    /// # Errors
    /// What the server answers, as slixmpp says it.
    pub fn archive_page(&mut self, fields: Value, page: Value) -> Result<Value, String> {
        self.try_call(json!({"do": "archive", "fields": fields, "page": page, "whole": false}))
    }

    /// Reads its archive from behind an id, or from the beginning, and tells and opens all of it as if it had just come: with
    /// `archived`, the id, in each event. The newest id, for the next time.
    pub fn catch_up(&mut self, after: Option<&str>) -> Option<String> {
        let page = after.map_or_else(|| json!({}), |after| json!({ "after": after }));
        let found = self.call(json!({"do": "archive", "page": page, "tell": true}));
        let messages = found["messages"].as_array().expect("a list");
        messages.last().map(|newest| string(&newest["archived"]))
    }

    /// Reads its archive from behind one id to another, in pages as large as the server gives; opens it all if it shall.
    /// How many messages there were, and what was told of those that were opened.
    pub fn read_between(&mut self, after: &str, until: &str, opens: bool) -> (u64, Vec<Value>) {
        let page = json!({ "after": after, "max": 100 });
        let found =
            self.call(json!({"do": "archive", "page": page, "tell": opens, "until": until, "brief": true}));
        let running = self.running.as_mut().expect("the peer is online");
        (
            found["messages"].as_u64().expect("a number"),
            running.events.drain(..).collect(),
        )
    }

    /// Reads its account's other devices no more.
    pub fn wants_no_carbons(&mut self) {
        self.call(json!({"do": "carbons_off"}));
    }
}
