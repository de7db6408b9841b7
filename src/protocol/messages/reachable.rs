//! Whether what is written in a chat can leave now.

use crate::messages::privately;
use crate::turn::Turn;
use store::chats::Chat;

/// Whether what is written there arrives: into a room nobody writes who is not in it.
pub(crate) fn is_reachable(turn: &Turn<'_>, chat: &Chat) -> bool {
    let in_room = || turn.rooms.get(&chat.peer.address);
    // What is said to one of those in it stands in no archive of the room.
    let is_read = |is_behind: bool| !is_behind || !chat.is_room();
    chat.is_persons() || in_room().is_some_and(|room| room.is_in() && is_read(room.is_behind))
}

/// A command goes into the room for it; who is seen goes into rooms when the person says so.
pub(crate) fn go_there(turn: &mut Turn<'_>, chat: Chat) {
    privately::go_there(turn, &chat.peer.address);
}
