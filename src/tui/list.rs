//! Chats and contacts in order of activity: who, how many unread, how well protected.
//!
//! Names are ours: one line, bounded, nothing invisible in them. Two that look alike bear their JID, and a name that looks
//! like an address is never shown without the real one before it (threats 77 and 78).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ask::World;
use super::recipients::Shield;
use crate::model::{BareJid, ChatId, Clean, Direction, MessageState, Timestamp, address, shown};
use crate::store::omemo::{self, KeyTally};
use crate::store::{self, chats, contacts, messages};

mod alike;

pub use alike::look;

/// The newest chats whose last row is looked at: a message that failed moved its chat to the top.
const LOOKED_AT: usize = 30;
/// Characters of a contact's name that are shown.
const LONGEST_NAME: usize = 48;
/// Characters of a JID that are shown beside a name; a part of a JID may have a thousand.
const LONGEST_JID: usize = 96;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub jid: BareJid,
    /// As shown: the contact's name, else the JID's local part; unique in the list (the JID where two are alike).
    pub name: String,
    pub chat: Option<ChatId>,
    pub unread: u64,
    pub shield: Shield,
    /// A key waits for a decision, or the newest message could not be sent.
    pub attention: bool,
    pub draft: bool,
    pub last: Option<Timestamp>,
}

/// The list.
#[derive(Debug, Default)]
pub struct ChatList {
    /// By newest activity, then by name.
    pub entries: Vec<Entry>,
}

impl ChatList {
    /// Reads it anew: contacts of the roster and chats. Strangers who only ask wait elsewhere.
    ///
    /// # Errors
    /// The store's.
    pub fn read(world: &World<'_>) -> store::Result<Self> {
        let tallies = omemo::key_tallies(&world.store, world.account)?;
        let keys = |jid: &BareJid| tallies.get(jid).copied().unwrap_or_default();
        let mut names = BTreeMap::new();
        let mut people = BTreeMap::new();
        for contact in contacts::all(&world.store, world.account)? {
            if contact.in_roster {
                people.insert(contact.jid.clone(), None);
            }
            names.insert(contact.jid, contact.name);
        }
        for overview in chats::overview(&world.store, world.account)? {
            people.insert(overview.chat.peer.clone(), Some(overview));
        }
        let ours = keys(world.own);
        let mut entries: Vec<Entry> = people
            .into_iter()
            .map(|(jid, chat)| {
                let theirs = keys(&jid);
                let copies = if jid == *world.own {
                    KeyTally::default()
                } else {
                    ours
                };
                let shield = Shield::of(chat.as_ref().map(|chat| &chat.chat), &theirs, &copies);
                Entry {
                    name: plain_name(&jid, names.get(&jid).and_then(Option::as_ref)),
                    shield,
                    attention: shield != Shield::Clear && theirs.undecided > 0,
                    chat: chat.as_ref().map(|chat| chat.chat.id),
                    unread: chat.as_ref().map_or(0, |chat| chat.unread),
                    draft: chat.as_ref().is_some_and(|chat| chat.draft),
                    last: chat.and_then(|chat| chat.last),
                    jid,
                }
            })
            .collect();
        tell_apart(&mut entries, world.own);
        entries.sort_by_cached_key(|entry| {
            let last = std::cmp::Reverse(entry.last);
            (last, entry.name.to_lowercase(), entry.jid.clone())
        });
        mark_failed(world, &mut entries)?;
        Ok(Self { entries })
    }

    pub fn find(&self, jid: &BareJid) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.jid == *jid)
    }
}

/// How a JID is called on the screen: the contact's name, else the local part, as `shown::identifier`. In the list the
/// same, with the JID where two look alike.
///
/// # Errors
/// The store's.
pub fn name_of(world: &World<'_>, jid: &BareJid) -> store::Result<String> {
    let contact = contacts::get(&world.store, world.account, jid)?;
    Ok(plain_name(jid, contact.and_then(|contact| contact.name).as_ref()))
}

/// The exact JID on one line, nothing hidden in it; only one of hundreds of characters is cut, in the middle of its local part
/// or domain, so that both ends are seen.
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
fn plain_name(jid: &BareJid, given: Option<&Clean>) -> String {
    let given = given.map_or("", |name| name.as_str().trim());
    if given.is_empty() || given == jid.as_str() {
        return match jid.node() {
            Some(node) => bounded(node.as_str()),
            None => address(jid),
        };
    }
    if alike::is_address(given) {
        return format!("{} \"{}\"", address(jid), bounded(given));
    }
    bounded(given)
}

fn bounded(name: &str) -> String {
    let name = name.replace(['\n', '\t'], " ");
    let mut start: String = name.chars().take(LONGEST_NAME).collect();
    if start.len() < name.len() {
        start.push_str("...");
    }
    shown::identifier(&start)
}

/// Puts the JID to names that look alike, our own included. Twice, since a name may look like another one with its JID.
fn tell_apart(entries: &mut [Entry], own: &BareJid) {
    let mut looks: Vec<String> = entries.iter().map(|entry| alike::look(&entry.name)).collect();
    if !entries.iter().any(|entry| entry.jid == *own) {
        looks.push(alike::look(&plain_name(own, None)));
    }
    let mut told = BTreeSet::new();
    for _ in 0..2 {
        for place in alike_places(&looks) {
            let (Some(entry), Some(look)) = (entries.get_mut(place), looks.get_mut(place)) else {
                continue;
            };
            if !told.insert(place) {
                continue;
            }
            let bare = entry.name == plain_name(&entry.jid, None);
            let address = address(&entry.jid);
            entry.name = if bare {
                address
            } else {
                format!("{} ({address})", entry.name)
            };
            *look = alike::look(&entry.name);
        }
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

/// Marks the chats whose newest message is ours and could not be sent, but for the open one: there it is seen.
fn mark_failed(world: &World<'_>, entries: &mut [Entry]) -> store::Result<()> {
    for entry in entries.iter_mut().take(LOOKED_AT) {
        let (Some(chat), false) = (entry.chat, world.chat == Some(&entry.jid)) else {
            continue;
        };
        let newest = messages::history(&world.store, chat, None, 1)?;
        entry.attention |= newest
            .iter()
            .any(|message| message.direction == Direction::Out && message.state == MessageState::Failed);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
