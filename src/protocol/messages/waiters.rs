//! Which command waits for what becomes of what it sent, and how everybody is told that it failed.

use std::collections::BTreeMap;

use crate::turn::Turn;
use api::{CommandId, Failure, Outcome};
use model::{BareJid, FilesFailure, MessageFailure, MessageId, MessageState, Notice};
use store::outbox::{self, About, AboutKind, Outgoing as Row};
use store::{Result, about, chats, messages};

/// So many of the newest commands are told when what they sent fails.
const MOST: usize = 1000;

/// What is waited for.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    messages: BTreeMap<MessageId, CommandId>,
    /// By the row of the outbox, for what is no message.
    rows: BTreeMap<i64, CommandId>,
    /// What we said about messages and the server has: it may still come back.
    said: BTreeMap<i64, Row>,
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
        if !self.is_superseded(turn, row, said)? {
            about::undo(turn.tx, row.message, said, &turn.own.jid)?;
        }
        turn.message_changed(row.message);
        let Some(chat) = chats::get(turn.tx, row.chat)? else {
            return Ok(());
        };
        let (peer, failure) = (chat.peer.address, failure.clone());
        match self.rows.remove(&row.id) {
            Some(command) => turn.refuse(command, Failure::Message(peer, failure)),
            None if said.kind == AboutKind::Retraction => turn.notice(Notice::NotTakenBack { peer, failure }),
            None => turn.notice(Notice::NotSaid { peer, failure }),
        }
        Ok(())
    }

    /// The file that a message is does not leave, and so neither does the message.
    pub(crate) fn fail_for_file(
        &mut self,
        turn: &mut Turn<'_>,
        message: MessageId,
        why: &FilesFailure,
    ) -> Result<()> {
        let Some(row) = outbox::by_message(turn.tx, message)? else {
            return Ok(());
        };
        outbox::remove(turn.tx, row.id)?;
        let failure = MessageFailure::FileNotSent;
        messages::set_state(turn.tx, message, MessageState::Failed, Some(&failure))?;
        turn.message_changed(message);
        if let Some(command) = self.messages.remove(&message) {
            turn.refuse(command, why.clone());
        }
        Ok(())
    }

    /// Whether a newer word took the place of this one: what we think of a message now was said after it.
    fn is_superseded(&self, turn: &Turn<'_>, row: &Row, said: &About) -> Result<bool> {
        if !is_reaction(said) {
            return Ok(false);
        }
        let waiting = outbox::about(turn.tx, row.message)?;
        let newer = |other: &Row| {
            other.id > row.id && other.message == row.message && other.about.as_ref().is_some_and(is_reaction)
        };
        Ok(waiting.iter().chain(self.said.values()).any(newer))
    }

    /// The server has what this row says about a message.
    pub(crate) fn acknowledged(&mut self, turn: &mut Turn<'_>, row: Row) {
        if let Some(command) = self.rows.get(&row.id) {
            turn.done(*command, Ok(Outcome::Acknowledged));
        }
        let row = Row { stanza: None, ..row };
        self.said.insert(row.id, row);
        if self.said.len() > MOST {
            self.said.pop_first();
        }
    }

    /// It came back under this id. `by`: from whom, None: from our server, which knows all of them.
    pub(crate) fn refused(
        &mut self,
        turn: &mut Turn<'_>,
        id: &str,
        by: Option<&BareJid>,
        failure: &MessageFailure,
    ) -> Result<()> {
        let is_meant = |row: &&Row| row.about.as_ref().is_some_and(|said| said.id == id);
        let Some(row) = self.said.values().find(is_meant).cloned() else {
            return Ok(());
        };
        let chat = chats::get(turn.tx, row.chat)?;
        if by.is_some_and(|by| chat.is_none_or(|chat| chat.peer.address != *by)) {
            return Ok(());
        }
        self.said.remove(&row.id);
        self.fail(turn, &row, failure)
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

fn is_reaction(said: &About) -> bool {
    matches!(said.kind, AboutKind::Reactions { .. })
}
