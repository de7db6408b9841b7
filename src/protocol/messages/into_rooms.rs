//! What waits to be written into a room: it goes once we are in it, or comes to nothing.

use crate::counters::Acks;
use crate::messages::acknowledged;
use crate::messages::outgoing::{Outgoing, send_sealed};
use crate::turn::Turn;
use model::{BareJid, ChatId, MessageFailure};
use store::{Result, chats, outbox};

impl Outgoing {
    /// We are in this room, and its archive was read: what was sealed and it does not have goes once more.
    pub(crate) fn send_again_in(&mut self, turn: &mut Turn<'_>, room: ChatId) -> Result<()> {
        self.waiting = true;
        if self.careful.is_some() || !turn.counters.online || turn.counters.acks == Acks::Unknown {
            return Ok(());
        }
        for row in self.sealed(turn)?.iter().filter(|row| row.chat == room) {
            send_sealed(turn, row)?;
        }
        acknowledged::settle(turn, room)
    }

    /// A room does not let us in. Of a command nothing waits for another time.
    pub(crate) fn give_up_in(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        let chat = chats::by_peer(turn.tx, &turn.peer(room))?;
        let Some(chat) = chat.filter(|chat| !turn.own.present && !chat.is_persons()) else {
            return Ok(());
        };
        for row in outbox::waiting(turn.tx, turn.own.account)? {
            if row.chat == chat.id {
                self.waiters.fail(turn, &row, &MessageFailure::NotInRoom)?;
            }
        }
        Ok(())
    }
}
