//! Chats in order of activity, then contacts by name: who, how many unread, how well protected. `rows`:
//! which of them the pane shows.
//!
//! Names are ours: one line, bounded, nothing invisible in them. Two that look alike bear their JID, and a
//! name that looks like an address is never shown without the real one before it (threats 77 and 78).

use std::collections::{BTreeMap, HashMap};

use super::ask::Context;
use super::recipients::ChatSecurity;
use model::{BareJid, ChatId, MessageId, Peer};
use names::Looks;
use overviews::overviews;
use rooms::ListedRooms;
use store::chats::{self, Last, Overview};
use store::omemo::{self, KeyTally};
use store::{self, contacts};

mod called;
mod confusables;
mod names;
mod overviews;
mod rooms;
mod rows;

pub use called::{in_private, name_of, name_of_author, name_of_chat, name_of_room, nick, own_nick, room_of};
pub use confusables::look;
pub use names::address;
pub use rows::{ListRow, ListRows};

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    pub peer: Peer,
    /// As shown: the contact's name, else the JID's local part; unique in the list
    /// (the JID where two are alike).
    pub name: String,
    pub chat: Option<ChatId>,
    /// A room, and nobody's address.
    pub is_room: bool,
    pub unread: u64,
    /// How many of them call us by name; in rooms.
    pub mentions: u64,
    pub security: ChatSecurity,
    /// A key waits for a decision, the newest message could not be sent, or the room is not what it was.
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
    looks: Looks,
    keys: BTreeMap<BareJid, KeyTally>,
    rooms: ListedRooms,
}

impl ChatList {
    /// Reads it anew: contacts of the roster and chats. Strangers who only ask, or
    /// wrote first, wait elsewhere.
    pub fn read(world: &Context<'_>) -> store::Result<Self> {
        let mut names = BTreeMap::new();
        let mut people = BTreeMap::new();
        for contact in contacts::all(&world.store, world.account)? {
            if contact.in_roster {
                people.insert(world.peer(&contact.jid), None);
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
            looks: Looks::default(),
            keys: omemo::key_tallies(&world.store, world.account)?,
            rooms: ListedRooms::read(world)?,
        };
        for (peer, overview) in people {
            let given = names.get(&peer.address).and_then(Option::as_ref);
            let name = match list.rooms.get(overview.as_ref()) {
                Some(room) => room.name.clone(),
                None if peer.within.is_some() => called::name_of_chat(world, &peer)?,
                None => names::plain(&peer.address, given),
            };
            let entry = list.entry(world, peer, name, overview)?;
            list.entries.push(entry);
        }
        list.looks = Looks::tell_apart(&mut list.entries, world.own);
        // In two parts, each in its order.
        let is_contact = |entry: &ListEntry| !is_chat(world, entry);
        list.entries
            .sort_by_cached_key(|entry| (is_contact(entry), by_name(entry)));
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
            let Some(old) = chats.find(|entry| entry.peer == peer) else {
                return self.read_chats(world);
            };
            let entry = self.entry(world, peer, old.name.clone(), Some(overview))?;
            if !is_chat(world, &entry) {
                return self.read_chats(world);
            }
            if let Some(old) = self.entries.iter_mut().find(|old| old.peer == entry.peer) {
                *old = entry;
            }
        }
        self.sort_chats();
        Ok(())
    }

    /// Reads again what is known of one contact, and all only where the names of others depend on it; whether
    /// they ask for our presence.
    ///
    /// # Errors
    /// The store's; the list is what it was then.
    pub fn read_contact(&mut self, world: &Context<'_>, jid: &BareJid) -> store::Result<bool> {
        let contact = contacts::get(&world.store, world.account, jid)?;
        let (in_roster, asks) = contact
            .as_ref()
            .map_or((false, false), |contact| (contact.in_roster, contact.requests));
        let name = names::plain(jid, contact.and_then(|contact| contact.name).as_ref());
        let peer = world.peer(jid);
        let place = self.entries.iter().position(|entry| entry.peer == peer);
        let old = place.and_then(|place| self.entries.get(place));
        // What the address of a room is called in the roster is nobody's name.
        if old.is_some_and(|old| old.is_room) {
            return Ok(asks);
        }
        let stays = in_roster || old.is_some_and(|old| old.chat.is_some());
        let same = match old {
            Some(old) => stays && old.name == self.looks.shown(jid, name.clone()),
            None => !stays,
        };
        if same {
            return Ok(asks);
        }
        let old_name = old.map(|old| old.name.as_str());
        let new_name = stays.then_some(name.as_str());
        if jid == world.own || !self.looks.replace(jid, old_name, new_name) {
            self.read_all(world)?;
            return Ok(asks);
        }
        let old = place.map(|place| self.take_out(place));
        if stays {
            let entry = match old {
                Some(old) => ListEntry { name, ..old },
                None => self.entry(world, peer, name, None)?,
            };
            self.put_in(world, entry);
        }
        Ok(asks)
    }

    fn take_out(&mut self, place: usize) -> ListEntry {
        self.chats -= usize::from(place < self.chats);
        self.entries.remove(place)
    }

    /// Puts an entry into its place among the chats, or the contacts.
    fn put_in(&mut self, world: &Context<'_>, entry: ListEntry) {
        if is_chat(world, &entry) {
            self.entries.insert(0, entry);
            self.chats += 1;
            return self.sort_chats();
        }
        let contacts = self.entries.get(self.chats..).unwrap_or_default();
        let before = contacts.partition_point(|other| by_name(other) < by_name(&entry));
        self.entries.insert(self.chats + before, entry);
    }

    /// `all`: those too of which nothing is known to have changed.
    fn read_entries(&mut self, world: &Context<'_>, all: bool) -> store::Result<()> {
        let (requests, overviews) = overviews(world)?;
        let mut new: HashMap<Peer, Overview> = HashMap::with_capacity(overviews.len());
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
                false => new.remove(&old.peer),
            };
            let same = !all && !was_chat && overview.is_none() && old.chat.is_none();
            if same && world.chat != Some(&old.peer) {
                continue;
            }
            let entry = self.entry(world, old.peer.clone(), old.name.clone(), overview)?;
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
                (last, by_name(entry))
            });
        }
    }

    fn entry(
        &self,
        world: &Context<'_>,
        peer: Peer,
        name: String,
        overview: Option<Overview>,
    ) -> store::Result<ListEntry> {
        let keys = |jid: &BareJid| self.keys.get(jid).copied().unwrap_or_default();
        let room = self.rooms.get(overview.as_ref());
        let theirs = match room {
            Some(room) => room.keys(&self.keys, world.own),
            None => keys(&peer.address),
        };
        let copies = match peer.address == *world.own {
            true => KeyTally::default(),
            false => keys(world.own),
        };
        let security = ChatSecurity::of(overview.as_ref().map(|overview| &overview.chat), &theirs, &copies);
        let (unread, draft) = overview
            .as_ref()
            .map_or((0, false), |chat| (chat.unread, chat.draft));
        let chat = overview.as_ref().map(|overview| overview.chat.id);
        let mentions = match chat.filter(|_| room.is_some() && unread > 0) {
            Some(chat) => store::rooms::mentions(&world.store, chat)?,
            None => 0,
        };
        let last = overview.and_then(|overview| overview.last);
        // In the open chat it is seen.
        let failed = last.as_ref().is_some_and(|last| last.failed) && world.chat != Some(&peer);
        Ok(ListEntry {
            attention: failed
                || room.is_some_and(|room| room.suspect)
                || (security != ChatSecurity::Clear && theirs.undecided > 0),
            is_room: room.is_some(),
            peer,
            name,
            chat,
            unread,
            mentions,
            security,
            draft,
            last,
        })
    }

    pub fn find(&self, peer: &Peer) -> Option<&ListEntry> {
        self.entries.iter().find(|entry| entry.peer == *peer)
    }

    /// What waits of this stranger.
    pub fn request(&self, peer: &Peer) -> Option<&Overview> {
        self.requests.iter().find(|request| request.chat.peer == *peer)
    }
}

/// Whether it is a room, or something was said or begun in it; one that was only looked at is none, unless it
/// is open.
fn is_chat(world: &Context<'_>, entry: &ListEntry) -> bool {
    entry.is_room || entry.last.is_some() || entry.draft || world.chat == Some(&entry.peer)
}

/// The order of those of whom nothing is newer.
fn by_name(entry: &ListEntry) -> (String, BareJid) {
    (entry.name.to_lowercase(), entry.peer.address.clone())
}

#[cfg(test)]
mod tests;
