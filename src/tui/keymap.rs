//! Which key does what: the table of [`super::action`], changed by the config file.

use std::collections::BTreeMap;

use super::action::{Action, Context};
use super::key::Key;

/// The keys as they are now.
#[derive(Debug, Clone)]
pub struct Keymap {
    rows: Vec<(Context, Key, Action)>,
}

impl Default for Keymap {
    /// The table's own keys.
    fn default() -> Self {
        todo!()
    }
}

impl Keymap {
    /// The table's keys, with those of `changes` (the config's `[keys]`: action name → key names; an empty list takes all keys
    /// away) in their place. Errors are sentences: an unknown action, a name of no key, one key for two actions in one context,
    /// no key left for leaving or for going back.
    pub fn new(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        todo!("{changes:?}")
    }

    /// What `key` does in the first of `contexts` that knows it.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<Action> {
        todo!("{contexts:?}{key:?}{}", self.rows.len())
    }

    /// The keys of an action, best first.
    pub fn keys(&self, action: Action) -> Vec<Key> {
        todo!("{action:?}")
    }

    /// The best key of an action as people write it; empty if it has none.
    pub fn name(&self, action: Action) -> String {
        self.keys(action).first().map(Key::to_string).unwrap_or_default()
    }
}
