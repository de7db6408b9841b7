//! Which key does what: the table of [`super::action`], changed by the config file.

use std::collections::BTreeMap;

use super::action::{self, Action, ActionRow, KeyContext, TABLE};
use super::key::Key;

/// The keys as they are now.
#[derive(Debug, Clone)]
pub struct Keymap {
    rows: Vec<(KeyContext, Key, Action)>,
}

/// What is wrong with the config's `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The name under which it was written, to find its line.
    pub name: String,
    /// A sentence without a full stop.
    pub words: String,
}

impl Default for Keymap {
    /// The table's own keys.
    fn default() -> Self {
        Self::made(&BTreeMap::new()).0
    }
}

impl Keymap {
    /// The table's keys, with those of `changes` (the config's `[keys]`: action name → key names; an empty
    /// list takes all keys away) in their place. Errors are sentences: an unknown action, a name of no key,
    /// one key for two actions in one context, no key left for leaving or for going back.
    ///
    /// # Errors
    /// The first of [`Keymap::faults`].
    pub fn new(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let (keymap, faults) = Self::made(changes);
        match faults.into_iter().next() {
            Some(fault) => Err(fault.words),
            None => Ok(keymap),
        }
    }

    /// Everything that is wrong with `changes`.
    pub fn faults(changes: &BTreeMap<String, Vec<String>>) -> Vec<Fault> {
        Self::made(changes).1
    }

    fn made(changes: &BTreeMap<String, Vec<String>>) -> (Self, Vec<Fault>) {
        let mut faults: Vec<Fault> = changes
            .keys()
            .filter(|name| action::named(name).is_none())
            .map(|name| fault(name, unknown(name)))
            .collect();
        let mut given: Vec<(&ActionRow, Key)> = Vec::new();
        for row in TABLE {
            match changes.get(row.name) {
                None => given.extend(row.keys.iter().filter_map(|key| Some((row, key.parse().ok()?)))),
                Some(names) => {
                    for name in names {
                        match usable(row, name) {
                            // Named twice.
                            Ok(key) if given.iter().any(|one| one.0.name == row.name && one.1 == key) => {}
                            Ok(key) => given.push((row, key)),
                            Err(why) => faults.push(fault(row.name, why)),
                        }
                    }
                }
            }
        }
        faults.extend(clashes(&given, changes));
        // Where another fault took the key away, that one is told.
        if faults.is_empty() {
            faults.extend(needed(&given));
        }
        let rows = given
            .into_iter()
            .map(|(row, key)| (row.context, key, row.action))
            .collect();
        (Self { rows }, faults)
    }

    /// What `key` does in the first of `contexts` that knows it. With Caps Lock on,
    /// Alt-letters do what they do without.
    pub fn action(&self, contexts: &[KeyContext], key: Key) -> Option<Action> {
        self.exactly(contexts, key)
            .or_else(|| self.exactly(contexts, key.without_shift()?))
    }

    fn exactly(&self, contexts: &[KeyContext], key: Key) -> Option<Action> {
        contexts.iter().find_map(|context| {
            let row = self.rows.iter().find(|row| row.0 == *context && row.1 == key)?;
            Some(row.2)
        })
    }

    /// The keys of an action, best first.
    pub fn keys(&self, action: Action) -> Vec<Key> {
        self.rows
            .iter()
            .filter(|row| row.2 == action)
            .map(|row| row.1)
            .collect()
    }

    /// The keys of one row of the table, best first.
    pub fn keys_of(&self, row: &ActionRow) -> Vec<Key> {
        self.rows
            .iter()
            .filter(|(context, _, action)| *context == row.context && *action == row.action)
            .map(|(_, key, _)| *key)
            .collect()
    }

    /// The best key of an action as people write it; empty if it has none.
    pub fn name(&self, action: Action) -> String {
        self.keys(action).first().map(Key::to_string).unwrap_or_default()
    }
}

fn fault(name: &str, words: String) -> Fault {
    Fault {
        name: name.into(),
        words,
    }
}

fn unknown(name: &str) -> String {
    // The names that people guess differ by an ending or a dash.
    let near = TABLE.iter().find(|row| {
        let bare = |text: &str| text.replace(['-', '_'], "").to_lowercase();
        let (row, name) = (bare(row.name), bare(name));
        !name.is_empty() && (row.starts_with(&name) || name.starts_with(&row))
    });
    match near {
        Some(row) => format!("there is no action “{name}”; did you mean “{}”?", row.name),
        None => format!("there is no action “{name}”; `susurro config --print` lists them all"),
    }
}

/// A key that may be given to this row.
fn usable(row: &ActionRow, name: &str) -> Result<Key, String> {
    let key: Key = name
        .parse()
        .map_err(|error| format!("keys of “{}”: {error}", row.name))?;
    if let Some(why) = key.untold() {
        return Err(format!("keys of “{}”: {key} {why}; choose another key", row.name));
    }
    if let (Some(_), true) = (key.typed(), row.context.takes_text()) {
        return Err(format!(
            "keys of “{}”: {key} could not be typed any more; add Ctrl or Alt to it",
            row.name
        ));
    }
    Ok(key)
}

/// Keys that mean two things where contexts hold together. The fault is put at the row that was changed.
fn clashes(given: &[(&ActionRow, Key)], changes: &BTreeMap<String, Vec<String>>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, (row, key)) in given.iter().enumerate() {
        for (other, same) in given.iter().skip(at + 1) {
            if key != same || !row.context.meets(other.context) {
                continue;
            }
            let (changed, kept) = match changes.contains_key(other.name) {
                true => (other, row),
                false => (row, other),
            };
            faults.push(fault(
                changed.name,
                format!(
                    "{key} is a key of “{}” and of “{}”; give one of them another key",
                    changed.name, kept.name
                ),
            ));
        }
    }
    faults
}

/// What must have a key, so that nobody is caught.
fn needed(given: &[(&ActionRow, Key)]) -> Vec<Fault> {
    [Action::Leave, Action::Back]
        .into_iter()
        .filter(|action| !given.iter().any(|(row, _)| row.action == *action))
        .filter_map(|action| TABLE.iter().find(|row| row.action == action))
        .map(|row| fault(row.name, format!("“{}” needs a key; give it one", row.name)))
        .collect()
}

#[cfg(test)]
mod tests;
