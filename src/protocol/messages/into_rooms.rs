//! What waits to be written into a room: it goes once we are in it, or comes to nothing.

use crate::counters::Acks;
use crate::messages::acknowledged;
use crate::messages::outgoing::{Outgoing, ToNick, send_sealed};
use crate::messages::privately::{self, Meant};
use crate::turn::Turn;
use api::{CommandId, Failure};
use model::{BareJid, ChatId, MessageFailure, Peer, RoomsFailure};
use store::{Result, chats, outbox};

/// Whether it is in a room of the person's.
fn is_ours(turn: &Turn<'_>, to: &Peer) -> Result<bool> {
    let room = chats::by_peer(turn.tx, &turn.peer(&to.address))?;
    Ok(room.is_some_and(|room| room.is_room()))
}

impl Outgoing {
    /// We are in this room, and its archive was read: what was sealed and it does not have goes once more.
    pub(crate) fn send_again_in(&mut self, turn: &mut Turn<'_>, room: ChatId) -> Result<()> {
        self.waiting = true;
        if self.careful.is_some() || !turn.counters.online || turn.counters.acks == Acks::Unknown {
            return Ok(());
        }
        let of_room = chats::get(turn.tx, room)?;
        for row in self.sealed(turn)? {
            let chat = chats::get(turn.tx, row.chat)?;
            let (Some(chat), Some(of_room)) = (&chat, &of_room) else {
                continue;
            };
            if chat.is_persons() || chat.peer.address != of_room.peer.address {
                continue;
            }
            // Somebody else may have the nick by now.
            let stanza = row.stanza.as_deref().unwrap_or_default();
            if !chat.is_room() && !privately::still_goes_to(turn, chat, stanza) {
                self.waiters.fail(turn, &row, &MessageFailure::OccupantGone)?;
                continue;
            }
            send_sealed(turn, &row)?;
        }
        self.submit_to_nicks(turn)?;
        acknowledged::settle(turn, room)
    }

    /// Takes on what is for whoever is called so in a room, which is known once we are in it.
    pub(crate) fn submit_to_nick(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        asked: ToNick,
    ) -> Result<()> {
        match privately::meant(turn, &asked.to)? {
            Meant::Chat(to) => self.submit(turn, command, &to, (asked.body, None), asked.clear),
            Meant::Nobody => {
                let failure = Failure::Message(asked.to.address, MessageFailure::OccupantGone);
                turn.refuse(command, failure);
                Ok(())
            }
            Meant::Outside if turn.own.present || !is_ours(turn, &asked.to)? => {
                turn.refuse(command, RoomsFailure::NotIn(asked.to.address));
                Ok(())
            }
            Meant::Outside => {
                self.waiting = true;
                privately::go_there(turn, &asked.to.address);
                self.to_nicks.push((command, asked));
                Ok(())
            }
        }
    }

    fn submit_to_nicks(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        for (command, asked) in std::mem::take(&mut self.to_nicks) {
            self.submit_to_nick(turn, command, asked)?;
        }
        Ok(())
    }

    /// A room does not let us in. Of a command nothing waits for another time.
    pub(crate) fn give_up_in(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        let chat = chats::by_peer(turn.tx, &turn.peer(room))?;
        for (command, asked) in self
            .to_nicks
            .extract_if(.., |(_, asked)| asked.to.address == *room)
        {
            let failure = Failure::Message(asked.to.address, MessageFailure::NotInRoom);
            turn.refuse(command, failure);
        }
        if turn.own.present || chat.is_some_and(|chat| chat.is_persons()) {
            return Ok(());
        }
        for row in outbox::waiting(turn.tx, turn.own.account)? {
            let of_row = chats::get(turn.tx, row.chat)?;
            if of_row.is_some_and(|chat| !chat.is_persons() && chat.peer.address == *room) {
                self.waiters.fail(turn, &row, &MessageFailure::NotInRoom)?;
            }
        }
        Ok(())
    }
}
