//! A message that could not be read is asked for once more, and one that could not be read elsewhere is sent
//! once more. Both are done by a person alone: whoever could make a program do it by itself would hold a
//! lever (threat 37). What is asked is an ordinary answer in ordinary words, which any program shows.

use super::target::{Target, push_correction};
use crate::messages::outgoing::Outgoing;
use crate::turn::Turn;
use api::{CommandId, Outcome};
use model::{Clean, Direction, Message, MessagesFailure, Protection, ReplyTo, UnreadableReason};
use omemo::{DeviceId, Dialect, Trust};
use store::messages::asked;
use store::{Result, omemo as keys};

/// Asks the author of a message that cannot be read to send it once more. Where the session is what failed,
/// a new one begins with what is asked; what the old one still gets it opens.
pub(super) fn ask(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
    words: Clean,
) -> Result<()> {
    let message = &target.message;
    if let Some(why) = refusal(turn, target)? {
        turn.refuse(command, why);
        return Ok(());
    }
    if is_broken(message.unreadable) {
        retire_session(turn, message)?;
    }
    asked::set(turn.tx, message.id)?;
    turn.message_changed(message.id);
    let to = ReplyTo {
        id: message.stanza_id.clone(),
        author: Some(message.from(&turn.own.jid).clone()),
    };
    outgoing.submit(turn, command, &target.chat.peer, (words, Some(&to)), false)
}

/// Why it is not asked for; None: it may be.
fn refusal(turn: &Turn<'_>, target: &Target) -> Result<Option<MessagesFailure>> {
    let (message, peer) = (&target.message, || target.chat.peer.address.clone());
    let Some(reason) = message.unreadable else {
        return Ok(Some(MessagesFailure::CanBeRead));
    };
    // What failed, or was taken back, asked nobody.
    let was_asked = message.asked && asked::left(turn.tx, message)?;
    Ok(match reason {
        _ if message.direction() == Direction::Out => Some(MessagesFailure::OtherDeviceWrote),
        _ if was_asked => Some(MessagesFailure::AskedAlready),
        // Nothing goes out to somebody who was not taken up, and no key gets more than it has.
        _ if target.chat.request => Some(MessagesFailure::OfAStranger(peer())),
        UnreadableReason::Distrusted | UnreadableReason::IdentityChanged => {
            Some(MessagesFailure::KeyNotTrusted(peer()))
        }
        _ if message.protection != Protection::Clear && !target.chat.encrypted => {
            Some(MessagesFailure::ChatInClear(peer()))
        }
        _ => is_doubtful(turn, message)?.then(|| MessagesFailure::KeyNotTrusted(peer())),
    })
}

/// Whether the key of the device that names itself as the writer is one that may not be written to.
fn is_doubtful(turn: &Turn<'_>, message: &Message) -> Result<bool> {
    let (account, from) = (turn.own.account, message.from(&turn.own.jid));
    let mut shown: Vec<_> = message
        .fingerprint
        .map(|key| key.identity_key())
        .into_iter()
        .collect();
    if let Some(id) = message.device {
        let known = keys::devices(turn.tx, account, from)?.into_iter();
        shown.extend(
            known
                .filter(|known| known.id.get() == id)
                .filter_map(|known| known.identity),
        );
    }
    for key in shown {
        if keys::trust(turn.tx, account, from, &key)?.is_some_and(|trust| !Trust::may_seal(trust)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether it is the session that failed: with it the next message would fail as well.
fn is_broken(reason: Option<UnreadableReason>) -> bool {
    matches!(
        reason,
        Some(
            UnreadableReason::Damaged
                | UnreadableReason::TooManySkipped
                | UnreadableReason::NoSession
                | UnreadableReason::UnknownPreKey
                | UnreadableReason::Repeated
        )
    )
}

/// Lets the next message to the device that wrote this begin a session, unless one that we began is not
/// answered yet: then all that we send begins it. A device that is on no list has no keys to begin one with.
fn retire_session(turn: &Turn<'_>, message: &Message) -> Result<()> {
    let dialect = match message.protection {
        Protection::Omemo2 => Dialect::Omemo2,
        Protection::OmemoLegacy => Dialect::Legacy,
        Protection::Clear => return Ok(()),
    };
    let (account, from) = (turn.own.account, message.from(&turn.own.jid));
    let Some(device) = message.device.and_then(DeviceId::new) else {
        return Ok(());
    };
    if !keys::is_listed(turn.tx, account, from, dialect, device)? {
        return Ok(());
    }
    match keys::sealing_session(turn.tx, account, from, dialect, device)? {
        Some(session) if !session.is_unanswered() => {
            keys::retire_session(turn.tx, account, from, dialect, device)
        }
        _ => Ok(()),
    }
}

/// Sends a message of ours once more, as a correction that changes nothing: where it could not be read it
/// becomes readable in its place, and where it was read nobody sees a difference.
pub(super) fn resend(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
) -> Result<()> {
    let message = &target.message;
    let why = match target.words_refusal() {
        None if !message.was_written() => Some(MessagesFailure::NeverLeft),
        why => why,
    };
    match why {
        Some(why) => turn.refuse(command, why),
        None => {
            turn.done(command, Ok(Outcome::Stored(message.id)));
            push_correction(outgoing, turn, command, target)?;
        }
    }
    Ok(())
}
