//! Chats in order of activity, then contacts by name: who, how many unread, how well protected. `rows`:
//! which of them the pane shows.
//!
//! Names are ours: one line, bounded, nothing invisible in them. Two that look alike bear their JID, and a
//! name that looks like an address is never shown without the real one before it (threats 77 and 78).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ask::Context;
use super::recipients::ChatSecurity;
use model::{Author, BareJid, ChatId, Clean, MessageId, address, shown};
use store::chats::{self, Last, Overview};
use store::omemo::{self, KeyTally};
use store::{self, contacts};

mod confusables;
mod rows;

pub use confusables::look;
pub use rows::{ListRow, ListRows};

/// Characters of a contact's name that are shown.
const LONGEST_NAME: usize = 48;
/// Characters of a JID that are shown beside a name; a part of a JID may have a thousand.
const LONGEST_JID: usize = 96;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    pub jid: BareJid,
    /// As shown: the contact's name, else the JID's local part; unique in the list
    /// (the JID where two are alike).
    pub name: String,
    pub chat: Option<ChatId>,
    pub unread: u64,
    pub security: ChatSecurity,
    /// A key waits for a decision, or the newest message could not be sent.
    pub attention: bool,
    pub draft: bool,
    /// The newest message.
    pub last: Option<Last>,
}

/// The list.
#[derive(Debug, Default)]
pub struct ChatList {
    /// The chats by newest activity, then the contacts without one by name.
    pub entries: Vec<ListEntry>,
    /// So many of the entries are chats.
    pub chats: usize,
    /// What strangers wrote first, by address: it waits elsewhere.
    pub requests: Vec<Overview>,
    keys: BTreeMap<BareJid, KeyTally>,
}

impl ChatList {
    /// Reads it anew: contacts of the roster and chats. Strangers who only ask, or
    /// wrote first, wait elsewhere.
    pub fn read(world: &Context<'_>) -> store::Result<Self> {
        let mut names = BTreeMap::new();
        let mut people = BTreeMap::new();
        for contact in contacts::all(&world.store, world.account)? {
            if contact.in_roster {
                people.insert(contact.jid.clone(), None);
            }
            names.insert(contact.jid, contact.name);
        }
        let (requests, overviews) = overviews(world)?;
        for overview in overviews {
            people.insert(overview.chat.peer.clone(), Some(overview));
        }
        let mut list = Self {
            entries: Vec::with_capacity(people.len()),
            chats: 0,
            requests,
            keys: omemo::key_tallies(&world.store, world.account)?,
        };
        for (jid, overview) in people {
            let name = plain_name(&jid, names.get(&jid).and_then(Option::as_ref));
            let entry = list.entry(world, jid, name, overview);
            list.entries.push(entry);
        }
        tell_apart(&mut list.entries, world.own);
        // In two parts, each in its order.
        let is_contact = |entry: &ListEntry| !is_chat(world, entry);
        list.entries
            .sort_by_cached_key(|entry| (is_contact(entry), entry.name.to_lowercase(), entry.jid.clone()));
        list.chats = list.entries.iter().take_while(|entry| !is_contact(entry)).count();
        list.sort_chats();
        Ok(list)
    }

    /// Reads again what changes with every message: the chats. Names, of which there may be fifty thousand,
    /// are read again only where a chat came or went.
    ///
    /// # Errors
    /// The store's; the list is what it was then.
    pub fn read_chats(&mut self, world: &Context<'_>) -> store::Result<()> {
        self.read_entries(world, false)
    }

    /// Reads again how well everybody is protected, and with it the chats.
    ///
    /// # Errors
    /// The store's; then it has to be read again.
    pub fn read_keys(&mut self, world: &Context<'_>) -> store::Result<()> {
        self.keys = omemo::key_tallies(&world.store, world.account)?;
        self.read_entries(world, true)
    }

    /// Reads again these chats, and those in which these messages are.
    ///
    /// # Errors
    /// The store's; the list is what it was then.
    pub fn read_changed(
        &mut self,
        world: &Context<'_>,
        chats: &[ChatId],
        messages: &[MessageId],
    ) -> store::Result<()> {
        let Some(overviews) = chats::overview_of(&world.store, world.account, chats, messages)? else {
            return self.read_chats(world);
        };
        for overview in overviews {
            let peer = overview.chat.peer.clone();
            if overview.chat.request {
                match self.requests.iter_mut().find(|request| request.chat.peer == peer) {
                    Some(request) => *request = overview,
                    None => return self.read_chats(world),
                }
                continue;
            }
            let mut chats = self.entries.iter().take(self.chats);
            let Some(old) = chats.find(|entry| entry.jid == peer) else {
                return self.read_chats(world);
            };
            let entry = self.entry(world, peer, old.name.clone(), Some(overview));
            if !is_chat(world, &entry) {
                return self.read_chats(world);
            }
            if let Some(old) = self.entries.iter_mut().find(|old| old.jid == entry.jid) {
                *old = entry;
            }
        }
        self.sort_chats();
        Ok(())
    }

    /// `all`: those too of which nothing is known to have changed.
    fn read_entries(&mut self, world: &Context<'_>, all: bool) -> store::Result<()> {
        let (requests, overviews) = overviews(world)?;
        let mut new: HashMap<BareJid, Overview> = HashMap::with_capacity(overviews.len());
        new.extend(
            overviews
                .into_iter()
                .map(|overview| (overview.chat.peer.clone(), overview)),
        );
        let mut updated = Vec::new();
        for (place, old) in self.entries.iter().enumerate() {
            let was_chat = place < self.chats;
            let overview = match new.is_empty() {
                true => None,
                false => new.remove(&old.jid),
            };
            let same = !all && !was_chat && overview.is_none() && old.chat.is_none();
            if same && world.chat != Some(&old.jid) {
                continue;
            }
            let entry = self.entry(world, old.jid.clone(), old.name.clone(), overview);
            if is_chat(world, &entry) != was_chat || (old.chat.is_some() && entry.chat.is_none()) {
                return self.read_all(world);
            }
            updated.push((place, entry));
        }
        // Somebody who is new.
        if !new.is_empty() {
            return self.read_all(world);
        }
        self.requests = requests;
        for (place, entry) in updated {
            if let Some(old) = self.entries.get_mut(place) {
                *old = entry;
            }
        }
        self.sort_chats();
        Ok(())
    }

    fn read_all(&mut self, world: &Context<'_>) -> store::Result<()> {
        *self = Self::read(world)?;
        Ok(())
    }

    /// By newest activity; those in which nothing was said last, by name.
    fn sort_chats(&mut self) {
        if let Some(chats) = self.entries.get_mut(..self.chats) {
            chats.sort_by_cached_key(|entry| {
                let last = std::cmp::Reverse(entry.last.as_ref().map(|last| last.time));
                (last, entry.name.to_lowercase(), entry.jid.clone())
            });
        }
    }

    fn entry(
        &self,
        world: &Context<'_>,
        jid: BareJid,
        name: String,
        overview: Option<Overview>,
    ) -> ListEntry {
        let keys = |jid: &BareJid| self.keys.get(jid).copied().unwrap_or_default();
        let theirs = keys(&jid);
        let copies = match jid == *world.own {
            true => KeyTally::default(),
            false => keys(world.own),
        };
        let security = ChatSecurity::of(overview.as_ref().map(|overview| &overview.chat), &theirs, &copies);
        let (unread, draft) = overview
            .as_ref()
            .map_or((0, false), |chat| (chat.unread, chat.draft));
        let chat = overview.as_ref().map(|overview| overview.chat.id);
        let last = overview.and_then(|overview| overview.last);
        // In the open chat it is seen.
        let failed = last.as_ref().is_some_and(|last| last.failed) && world.chat != Some(&jid);
        ListEntry {
            attention: failed || (security != ChatSecurity::Clear && theirs.undecided > 0),
            jid,
            name,
            chat,
            unread,
            security,
            draft,
            last,
        }
    }

    pub fn find(&self, jid: &BareJid) -> Option<&ListEntry> {
        self.entries.iter().find(|entry| entry.jid == *jid)
    }

    /// What waits of this stranger.
    pub fn request(&self, jid: &BareJid) -> Option<&Overview> {
        self.requests.iter().find(|request| request.chat.peer == *jid)
    }
}

/// The requests and the chats.
fn overviews(world: &Context<'_>) -> store::Result<(Vec<Overview>, Vec<Overview>)> {
    let all = chats::overview(&world.store, world.account)?;
    let (mut requests, chats): (Vec<_>, Vec<_>) = all.into_iter().partition(|overview| overview.chat.request);
    requests.sort_by(|one, other| one.chat.peer.as_str().cmp(other.chat.peer.as_str()));
    Ok((requests, chats))
}

/// Whether something was said or begun in it; one that was only looked at is none, unless it is open.
fn is_chat(world: &Context<'_>, entry: &ListEntry) -> bool {
    entry.last.is_some() || entry.draft || world.chat == Some(&entry.jid)
}

/// How a JID is called on the screen: the contact's name, else the local part, as `shown::identifier`. In the
/// list the same, with the JID where two look alike.
pub fn name_of(world: &Context<'_>, jid: &BareJid) -> store::Result<String> {
    let contact = contacts::get(&world.store, world.account, jid)?;
    Ok(plain_name(jid, contact.and_then(|contact| contact.name).as_ref()))
}

/// How the author of a message is called.
pub fn name_of_author(world: &Context<'_>, author: &Author) -> store::Result<String> {
    match author {
        Author::Us => name_of(world, world.own),
        Author::Contact(jid) => name_of(world, jid),
        Author::Occupant { nick, .. } => Ok(bounded(nick.as_str())),
    }
}

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
fn plain_name(jid: &BareJid, given: Option<&Clean>) -> String {
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

fn bounded(name: &str) -> String {
    let name = name.replace(['\n', '\t'], " ");
    let mut start: String = name.chars().take(LONGEST_NAME).collect();
    if start.len() < name.len() {
        start.push_str("...");
    }
    shown::identifier(&start)
}

/// Puts the JID to names that look alike, our own included. Twice, since a name may look
/// like another one with its JID.
fn tell_apart(entries: &mut [ListEntry], own: &BareJid) {
    let mut looks: Vec<String> = entries
        .iter()
        .map(|entry| confusables::look(&entry.name))
        .collect();
    if !entries.iter().any(|entry| entry.jid == *own) {
        looks.push(confusables::look(&plain_name(own, None)));
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
            *look = confusables::look(&entry.name);
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

#[cfg(test)]
mod tests;
