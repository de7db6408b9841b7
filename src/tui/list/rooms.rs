//! What the list has of rooms: what they are called, whose keys matter in them, and whether one is not what
//! it was.

use std::collections::BTreeMap;

use super::names;
use crate::ask::Context;
use model::{BareJid, ChatId, ChatKind};
use store::chats::Overview;
use store::omemo::KeyTally;
use store::rooms;

/// The rooms of the account, read with the names.
#[derive(Debug, Default)]
pub(super) struct ListedRooms {
    known: BTreeMap<ChatId, ListedRoom>,
}

#[derive(Debug)]
pub(super) struct ListedRoom {
    pub(super) name: String,
    pub(super) suspect: bool,
    members: Vec<BareJid>,
}

impl ListedRooms {
    pub(super) fn read(world: &Context<'_>) -> store::Result<Self> {
        let mut known = BTreeMap::new();
        for room in rooms::all(&world.store, world.account)? {
            let listed = ListedRoom {
                name: names::of_room(&room.peer.address, room.name.as_ref()),
                suspect: room.suspect,
                members: Vec::new(),
            };
            known.insert(room.chat, listed);
        }
        for (chat, member) in rooms::sealed_for(&world.store, world.account)? {
            if let Some(room) = known.get_mut(&chat) {
                room.members.push(member);
            }
        }
        Ok(Self { known })
    }

    /// The room that this chat is; one that nothing is known of yet has no name of its own.
    pub(super) fn get(&self, overview: Option<&Overview>) -> Option<&ListedRoom> {
        let chat = &overview?.chat;
        (chat.kind == ChatKind::Room).then(|| self.known.get(&chat.id))?
    }
}

impl ListedRoom {
    /// Of the devices of all members but us.
    pub(super) fn keys(&self, of: &BTreeMap<BareJid, KeyTally>, own: &BareJid) -> KeyTally {
        let others = self.members.iter().filter(|jid| *jid != own);
        let tallies = others.filter_map(|jid| of.get(jid));
        tallies.fold(KeyTally::default(), |all, one| KeyTally {
            verified: all.verified + one.verified,
            blind: all.blind + one.blind,
            undecided: all.undecided + one.undecided,
            distrusted: all.distrusted + one.distrusted,
            keyless: all.keyless + one.keyless,
            unlisted: all.unlisted + one.unlisted,
        })
    }
}
