//! What is known of the chat that is open.

use super::drafts::StoredDraft;
use crate::app::shape::Stale;
use crate::ask::Context;
use crate::history::History;
use crate::list;
use crate::members::RoomPeople;
use crate::recipients::Recipients;
use model::{ChatId, Peer, Position, Subscription};
use store::rooms::Room;
use store::{self, blocked, chats, contacts};

/// The chat that is open.
pub struct OpenChat {
    pub peer: Peer,
    pub name: String,
    /// None while it has no row.
    pub chat: Option<ChatId>,
    pub history: History,
    pub recipients: Recipients,
    pub standing: Standing,
    /// The room that it is; None: it is with a person.
    pub room: Option<Room>,
    /// Who stands to it.
    pub people: RoomPeople,
    /// They let us see whether they are online.
    pub seen: bool,
    /// The size that the history was laid out for.
    pub(super) size: (u16, u16),
    /// What the store has as its draft.
    pub(super) stored: StoredDraft,
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

impl OpenChat {
    pub(super) fn read(
        world: &Context<'_>,
        peer: &Peer,
        chat: Option<ChatId>,
        history: History,
        size: (u16, u16),
        stored: StoredDraft,
    ) -> store::Result<Self> {
        let room = list::room_of(world, peer)?;
        Ok(Self {
            name: name(world, peer, room.as_ref())?,
            recipients: Recipients::read(world, peer)?,
            standing: standing(world, peer)?,
            people: people(world, room.as_ref())?,
            room,
            seen: sees(world, peer)?,
            peer: peer.clone(),
            chat,
            history,
            size,
            stored,
            read: (None, 0),
        })
    }

    /// Reads again who it is and who can read what is typed. `listed`: their name in the list.
    pub(in crate::app) fn read_people(
        &mut self,
        world: &Context<'_>,
        listed: Option<&str>,
    ) -> store::Result<()> {
        self.recipients = Recipients::read(world, &self.peer)?;
        self.standing = standing(world, &self.peer)?;
        self.room = list::room_of(world, &self.peer)?;
        self.people = people(world, self.room.as_ref())?;
        self.seen = sees(world, &self.peer)?;
        self.name = match listed {
            Some(name) => name.to_owned(),
            None => name(world, &self.peer, self.room.as_ref())?,
        };
        Ok(())
    }

    /// Reads the history again, for a pane of this size.
    pub(super) fn read_history(
        &mut self,
        world: &Context<'_>,
        stale: &Stale,
        size: (u16, u16),
    ) -> store::Result<()> {
        // One that was deleted may have begun anew since.
        let chat = match self.chat {
            Some(chat) if !stale.chats => Some(chat),
            _ => chats::by_peer(&world.store, &self.peer)?.map(|chat| chat.id),
        };
        if self.chat == chat {
            return self.history.refresh(world, stale.of_names());
        }
        self.chat = chat;
        self.history = match chat {
            Some(chat) => History::open(world, chat, None, None, size)?,
            None => History::empty(),
        };
        self.read = (None, 0);
        Ok(())
    }
}

fn people(world: &Context<'_>, room: Option<&Room>) -> store::Result<RoomPeople> {
    room.map_or_else(|| Ok(RoomPeople::default()), |room| RoomPeople::read(world, room))
}

fn name(world: &Context<'_>, peer: &Peer, room: Option<&Room>) -> store::Result<String> {
    match room {
        Some(room) => Ok(list::name_of_room(room)),
        None => list::name_of_chat(world, peer),
    }
}

/// How the person stands to them.
fn standing(world: &Context<'_>, peer: &Peer) -> store::Result<Standing> {
    if blocked::covers(&world.store, peer.account, &peer.address)? {
        return Ok(Standing::Blocked);
    }
    let chat = chats::by_peer(&world.store, peer)?;
    Ok(match chat.is_some_and(|chat| chat.request) {
        true => Standing::Request,
        false => Standing::Chat,
    })
}

/// Whether this contact lets us see their presence.
fn sees(world: &Context<'_>, peer: &Peer) -> store::Result<bool> {
    let contact = contacts::get(&world.store, peer.account, &peer.address)?;
    Ok(contact.is_some_and(|contact| matches!(contact.subscription, Subscription::To | Subscription::Both)))
}
