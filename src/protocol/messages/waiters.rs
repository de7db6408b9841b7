//! Which command waits for what becomes of what it sent, and how everybody is told that it failed.

use std::collections::BTreeMap;

use crate::turn::Turn;
use api::{CommandId, Failure};
use model::{MessageFailure, MessageId, MessageState, Notice};
use store::outbox::{self, Outgoing as Row};
use store::{Result, about, chats, messages};

/// So many of the newest commands are told when what they sent fails.
const MOST: usize = 1000;

/// What is waited for.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    messages: BTreeMap<MessageId, CommandId>,
    /// By the row of the outbox, for what is no message.
    rows: BTreeMap<i64, CommandId>,
}

impl Waiters {
    /// The command waits for this message.
    pub(crate) fn wait(&mut self, message: MessageId, command: CommandId) {
        self.messages.insert(message, command);
        if self.messages.len() > MOST {
            self.messages.pop_first();
        }
    }

    /// The command waits for this row of the outbox.
    pub(crate) fn wait_for_row(&mut self, row: i64, command: CommandId) {
        self.rows.insert(row, command);
        if self.rows.len() > MOST {
            self.rows.pop_first();
        }
    }

    /// Nobody waits any more for what becomes of this message.
    pub(crate) fn forget(&mut self, message: MessageId) {
        self.messages.remove(&message);
    }

    /// A row that cannot be sent: a message becomes failed and says why, and a retry is a new one; what was
    /// said about a message is as it was before.
    pub(crate) fn fail(&mut self, turn: &mut Turn<'_>, row: &Row, failure: &MessageFailure) -> Result<()> {
        outbox::remove(turn.tx, row.id)?;
        let Some(said) = &row.about else {
            return self.set_failed(turn, row.message, failure);
        };
        about::undo(turn.tx, row.message, said, &turn.own.jid)?;
        turn.message_changed(row.message);
        let Some(chat) = chats::get(turn.tx, row.chat)? else {
            return Ok(());
        };
        let peer = chat.peer.address;
        match self.rows.remove(&row.id) {
            Some(command) => turn.refuse(command, Failure::Message(peer, failure.clone())),
            None => turn.notice(Notice::NotSaid {
                peer,
                failure: failure.clone(),
            }),
        }
        Ok(())
    }

    /// A message did not go.
    pub(crate) fn set_failed(
        &mut self,
        turn: &mut Turn<'_>,
        message: MessageId,
        failure: &MessageFailure,
    ) -> Result<()> {
        messages::set_state(turn.tx, message, MessageState::Failed, Some(failure))?;
        turn.message_changed(message);
        if let Some(command) = self.messages.remove(&message) {
            let peer = messages::get(turn.tx, message)?.map(|message| message.peer.address);
            if let Some(peer) = peer {
                turn.refuse(command, Failure::Message(peer, failure.clone()));
            }
        }
        Ok(())
    }
}
