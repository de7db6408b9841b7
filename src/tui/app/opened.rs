//! The chat that is open, and those that were before.

use crate::ask::Context;
use crate::composer::Composer;
use crate::history::History;
use crate::recipients::Recipients;
use model::{BareJid, ChatId, Place, Position, Subscription};
use store::{self, blocked, chats, contacts};

/// The chat that is open.
pub struct OpenChat {
    pub jid: BareJid,
    pub name: String,
    /// None while it has no row.
    pub chat: Option<ChatId>,
    pub history: History,
    pub recipients: Recipients,
    pub standing: Standing,
    /// They let us see whether they are online.
    pub seen: bool,
    /// The size that the history was laid out for.
    pub(super) size: (u16, u16),
    /// What the store has as its draft.
    pub(super) stored: String,
    /// Up to which row the store was told that it is read, and how many were not at that time.
    pub(super) read: (Option<Position>, u64),
}

/// What is to be known of somebody before what they wrote is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Chat,
    /// A stranger wrote first; nothing goes to them by itself.
    Request,
    Blocked,
}

/// A chat that was open before.
pub struct Parked {
    pub(super) composer: Composer,
    pub(super) place: Option<Place>,
    pub(super) stored: String,
}

/// How the person stands to them.
pub(super) fn standing(world: &Context<'_>, jid: &BareJid) -> store::Result<Standing> {
    if blocked::covers(&world.store, world.account, jid)? {
        return Ok(Standing::Blocked);
    }
    let chat = chats::by_peer(&world.store, world.account, jid)?;
    Ok(match chat.is_some_and(|chat| chat.request) {
        true => Standing::Request,
        false => Standing::Chat,
    })
}

/// Whether this contact lets us see their presence.
pub(super) fn sees(world: &Context<'_>, jid: &BareJid) -> store::Result<bool> {
    let contact = contacts::get(&world.store, world.account, jid)?;
    Ok(contact.is_some_and(|contact| matches!(contact.subscription, Subscription::To | Subscription::Both)))
}
