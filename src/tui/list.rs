//! Chats and contacts in order of activity: who, how many unread, how well protected.

use super::ask::World;
use super::recipients::Shield;
use crate::model::{BareJid, ChatId, Timestamp};
use crate::store;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub jid: BareJid,
    /// As shown: the contact's name, else the JID's local part; unique in the list (the JID where two are alike).
    pub name: String,
    pub chat: Option<ChatId>,
    pub unread: u64,
    pub shield: Shield,
    /// A key waits for a decision, or a message failed that nobody saw.
    pub attention: bool,
    pub draft: bool,
    pub last: Option<Timestamp>,
}

/// The list.
#[derive(Debug, Default)]
pub struct ChatList {
    pub entries: Vec<Entry>,
}

impl ChatList {
    /// Reads it anew.
    ///
    /// # Errors
    /// The store's.
    pub fn read(world: &World<'_>) -> store::Result<Self> {
        todo!("{:?}", world.now)
    }

    pub fn find(&self, jid: &BareJid) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.jid == *jid)
    }
}

/// How a JID is called on the screen: the contact's name, else the local part, as `shown::identifier`.
///
/// # Errors
/// The store's.
pub fn name_of(world: &World<'_>, jid: &BareJid) -> store::Result<String> {
    todo!("{:?}{jid}", world.now)
}
