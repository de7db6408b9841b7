//! The message that something is to be said about by us: whether it may be, and how it leaves.

use crate::block_list;
use crate::messages::outgoing::Outgoing;
use crate::messages::sealing::is_legacy_read;
use crate::turn::Turn;
use api::{CommandId, Failure};
use model::{
    ChatKind, Direction, Message, MessageFailure, MessageId, MessagesFailure, Protection, Timestamp,
};
use store::chats::Chat;
use store::outbox::{self, About, AboutKind};
use store::{Result, Way, chats, messages, omemo as keys};

/// A message that something is to be said about, and its chat.
pub(super) struct Target {
    pub(super) message: Message,
    pub(super) chat: Chat,
}

impl Target {
    /// None: it is refused, and the command is told why.
    pub(super) fn of(
        turn: &mut Turn<'_>,
        command: CommandId,
        message: MessageId,
        reveal: bool,
    ) -> Result<Option<Self>> {
        let found = messages::get(turn.tx, message)?;
        let chat = match &found {
            Some(found) => chats::get(turn.tx, found.chat)?,
            None => None,
        };
        let (Some(message), Some(mut chat)) = (found, chat) else {
            turn.refuse(command, MessagesFailure::Gone);
            return Ok(None);
        };
        let peer = &chat.peer.address;
        let refused = match (&chat.kind, block_list::covers(turn, peer)?) {
            (ChatKind::PrivateInRoom, _) => Some(MessageFailure::NotAPerson),
            (_, true) => Some(MessageFailure::Blocked),
            (_, false) => None,
        };
        if let Some(why) = refused {
            turn.refuse(command, Failure::Message(peer.clone(), why));
            return Ok(None);
        }
        if would_reveal(turn, &mut chat, reveal)? {
            turn.refuse(command, MessagesFailure::WouldReveal(chat.peer.address));
            return Ok(None);
        }
        Ok(Some(Self { message, chat }))
    }

    /// Why others in a room could not tell which message is meant.
    pub(super) fn is_nameless(&self) -> Option<MessagesFailure> {
        let in_room = self.chat.kind == ChatKind::Room;
        (in_room && self.message.server_id.is_none()).then_some(MessagesFailure::Nameless)
    }

    /// Why this device may not change it, or take it back.
    pub(super) fn refusal(&self) -> Option<MessagesFailure> {
        let message = &self.message;
        if message.direction() != Direction::Out || message.device.is_some() {
            return Some(MessagesFailure::NotOursToChange);
        }
        if message.body.is_none() && message.files.is_empty() {
            return Some(MessagesFailure::NoWords);
        }
        let was_clear = message.protection == Protection::Clear;
        let peer = || self.chat.peer.address.clone();
        (was_clear == self.chat.encrypted).then(|| MessagesFailure::OtherProtection(peer()))
    }

    /// The same of new words for it: a file has none.
    pub(super) fn words_refusal(&self) -> Option<MessagesFailure> {
        let has_files = !self.message.files.is_empty();
        self.refusal()
            .or_else(|| has_files.then_some(MessagesFailure::NoWords))
    }

    /// `after`: when what it takes the place of was said. A clock that was set back since makes nothing
    /// older.
    pub(super) fn way(&self, turn: &Turn<'_>, after: Option<Timestamp>) -> Way {
        Way {
            time: after.map_or(turn.now, |after| after.max(turn.now)),
            protection: match (self.chat.encrypted, self.message.protection) {
                (false, _) => Protection::Clear,
                (true, Protection::Clear) => Protection::OmemoLegacy,
                (true, sealed) => sealed,
            },
            device: None,
            fingerprint: None,
            trust: None,
        }
    }
}

/// Whether it would go in clear, beside what is encrypted, which message is meant; the store alone is
/// asked, so that nothing changes for what is refused. `reveal`: it may, from now on.
pub(crate) fn would_reveal(turn: &Turn<'_>, chat: &mut Chat, reveal: bool) -> Result<bool> {
    if reveal && !chat.reveal {
        chats::set_reveal(turn.tx, chat.id)?;
        chat.reveal = true;
    }
    if !chat.encrypted || chat.reveal {
        return Ok(false);
    }
    Ok(is_legacy_read(&keys::audience_of(turn.tx, chat)?))
}

/// Lets the words of a message of ours leave as a correction of it; one that waits takes them along.
pub(super) fn push_correction(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
) -> Result<()> {
    let waits = |row: &outbox::Outgoing| {
        row.stanza.is_none() && matches!(&row.about, Some(about) if about.kind == AboutKind::Correction)
    };
    if let Some(row) = outbox::about(turn.tx, target.message.id)?.into_iter().find(waits) {
        outgoing.waiters.wait_for_row(row.id, command);
        return Ok(());
    }
    let said = About {
        id: turn.random_id(),
        kind: AboutKind::Correction,
    };
    push(outgoing, turn, command, target, &said)
}

/// Queues what is said about it.
pub(super) fn push(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
    said: &About,
) -> Result<()> {
    let chat = (turn.own.account, target.chat.id);
    let row = outbox::push_about(turn.tx, chat, target.message.id, said, !target.chat.encrypted)?;
    outgoing.waiters.wait_for_row(row, command);
    outgoing.look_again();
    Ok(())
}
