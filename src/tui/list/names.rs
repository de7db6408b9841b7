//! How people are called in the list: bounded, on one line, and told apart where two look alike.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::ListEntry;
use super::confusables;
use model::{BareJid, Clean, address, shown};

/// Characters of a contact's name that are shown.
const LONGEST_NAME: usize = 48;
/// Characters of a JID that are shown beside a name; a part of a JID may have a thousand.
const LONGEST_JID: usize = 96;

/// The exact JID on one line, nothing hidden in it; only one of hundreds of characters is cut, in the middle
/// of its local part or domain, so that both ends are seen.
pub fn address(jid: &BareJid) -> String {
    let text = jid.as_str();
    let length = text.chars().count();
    if length <= LONGEST_JID {
        return match address::unescaped(jid) {
            // What stands escaped in it, as its owner writes it, beside it.
            Some(plain) => format!("{} ({})", shown::identifier(text), shown::identifier(&plain)),
            None => shown::identifier(text),
        };
    }
    let half = LONGEST_JID / 2;
    let start: String = text.chars().take(half).collect();
    let end: String = text.chars().skip(length - half).collect();
    shown::identifier(&format!("{start}...{end}"))
}

/// The name without regard to others.
pub(super) fn plain(jid: &BareJid, given: Option<&Clean>) -> String {
    let given = given.map_or("", |name| name.as_str().trim());
    if given.is_empty() || given == jid.as_str() {
        return match jid.node() {
            Some(node) => bounded(node.as_str()),
            None => address(jid),
        };
    }
    if confusables::is_address(given) {
        return format!("{} \"{}\"", address(jid), bounded(given));
    }
    bounded(given)
}

/// The name of a room, behind the sign of rooms.
pub(super) fn of_room(jid: &BareJid, given: Option<&Clean>) -> String {
    let name = plain(jid, given);
    match name.starts_with('#') {
        true => name,
        false => format!("#{name}"),
    }
}

pub(super) fn bounded(name: &str) -> String {
    let name = name.replace(['\n', '\t'], " ");
    let mut start: String = name.chars().take(LONGEST_NAME).collect();
    if start.len() < name.len() {
        start.push_str("...");
    }
    shown::identifier(&start)
}

/// What all names of a list look like, so that one more can be weighed without reading them all.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// Of every name, ours too: as it would be if it were alone, and as it is shown.
    taken: HashSet<String>,
    /// Whose name bears the JID.
    told: BTreeSet<BareJid>,
}

impl Looks {
    /// Puts the JID to names that look alike, our own included. Twice, since a name may look
    /// like another one with its JID.
    pub(super) fn tell_apart(entries: &mut [ListEntry], own: &BareJid) -> Self {
        let mut found = Self::default();
        let mut looks: Vec<String> = entries
            .iter()
            .map(|entry| confusables::look(&entry.name))
            .collect();
        if !entries.iter().any(|entry| entry.peer.address == *own) {
            looks.push(confusables::look(&plain(own, None)));
        }
        for _ in 0..2 {
            for place in alike_places(&looks) {
                let (Some(entry), Some(look)) = (entries.get_mut(place), looks.get_mut(place)) else {
                    continue;
                };
                // Of those in a room no address tells more.
                if entry.peer.within.is_some() || !found.told.insert(entry.peer.address.clone()) {
                    continue;
                }
                entry.name = told(&entry.peer.address, &entry.name);
                found
                    .taken
                    .insert(std::mem::replace(look, confusables::look(&entry.name)));
            }
        }
        found.taken.extend(looks);
        found
    }

    /// How somebody of this name is shown who is in the list.
    pub(super) fn shown(&self, jid: &BareJid, name: String) -> String {
        match self.told.contains(jid) {
            true => told(jid, &name),
            false => name,
        }
    }

    /// Puts a name in the place of another, either of which may be none. False, and nothing is changed, if
    /// somebody else's may have to change with it. Who is not told apart looks like nobody else.
    pub(super) fn replace(&mut self, jid: &BareJid, old: Option<&str>, new: Option<&str>) -> bool {
        let (old, new) = (old.map(confusables::look), new.map(confusables::look));
        let taken = |new: &String| old.as_ref() != Some(new) && self.taken.contains(new);
        if self.told.contains(jid) || new.as_ref().is_some_and(taken) {
            return false;
        }
        if let Some(old) = old {
            self.taken.remove(&old);
        }
        self.taken.extend(new);
        true
    }
}

/// A name that looks like another one, with the JID.
fn told(jid: &BareJid, name: &str) -> String {
    let address = address(jid);
    match name == plain(jid, None) {
        true => address,
        false => format!("{name} ({address})"),
    }
}

/// The places of what is there more than once.
fn alike_places(looks: &[String]) -> Vec<usize> {
    let mut times: HashMap<&str, usize> = HashMap::with_capacity(looks.len());
    for look in looks {
        *times.entry(look).or_default() += 1;
    }
    let twice = |look: &str| times.get(look).is_some_and(|times| *times > 1);
    (0..looks.len())
        .filter(|place| looks.get(*place).is_some_and(|look| twice(look)))
        .collect()
}
