//! Delivery receipts (XEP-0184) and markers (XEP-0333): taken only from the address that we wrote to.
//! Receipts are given only to contacts who may see our presence or to whom we wrote (threats 14, 92).

use crate::acquaintance::may_know_us;
use crate::device_address::DeviceAddress;
use crate::messages::held;
use crate::messages::said::Word;
use crate::turn::Turn;
use api::{AsideKind, Change};
use model::{Direction, MessageState, Protection};
use stanza::message;
use stanza::received::{Origin, Received};
use store::{Result, chats, contacts, copies, displayed, messages, outbox, read_state};

/// The other side's client has the message `of`. `word`: it says so in an envelope; of a message
/// that left in OMEMO 2 nothing else is believed.
pub(crate) fn on_receipt(turn: &mut Turn<'_>, received: &Received, of: &str, word: &Word) -> Result<()> {
    if received.direction == Direction::Out {
        return Ok(());
    }
    let Some(chat) = chats::with_person(turn.tx, &turn.peer(&received.peer))? else {
        return Ok(());
    };
    let Some(id) = copies::waiting(turn.tx, chat.id, &turn.own.jid, of)? else {
        return Ok(());
    };
    let Some(row) = messages::get(turn.tx, id)? else {
        return Ok(());
    };
    // Whatever was thought of a message that left: they have it.
    let believed = word.sealed || row.protection != Protection::Omemo2;
    if !believed {
        return Ok(());
    }
    // Delivered implies that the server has it, whether its acknowledgement came or not.
    if let Some(row) = outbox::by_message(turn.tx, id)?.filter(|row| row.stanza.is_some()) {
        outbox::remove(turn.tx, row.id)?;
    }
    messages::set_state(turn.tx, id, MessageState::Delivered, None)?;
    word.tell(turn, received, AsideKind::Received(of.to_owned()));
    turn.counters_matter = true;
    turn.message_changed(id);
    Ok(())
}

/// A contact has read what we wrote, up to the message `of` (XEP-0333). It only moves forward.
/// `sealed` as with a receipt: what left in OMEMO 2 was read if an envelope says so.
pub(crate) fn on_displayed(turn: &mut Turn<'_>, received: &Received, of: &str, word: &Word) -> Result<()> {
    if received.direction == Direction::Out {
        return on_own_marker(turn, received, of);
    }
    let is_contact =
        contacts::get(turn.tx, turn.own.account, &received.peer)?.is_some_and(|contact| contact.in_roster);
    if !is_contact {
        return Ok(());
    }
    let Some(chat) = chats::with_person(turn.tx, &turn.peer(&received.peer))? else {
        return Ok(());
    };
    let read = displayed::set(turn.tx, chat.id, of, word.sealed)?;
    if !read.is_empty() {
        word.tell(turn, received, AsideKind::Read(of.to_owned()));
        turn.counters_matter = true;
        turn.changed(Change::Messages(read));
    }
    Ok(())
}

/// A marker that another device of ours sent: what it names was read there.
fn on_own_marker(turn: &mut Turn<'_>, received: &Received, of: &str) -> Result<()> {
    let copied = matches!(received.origin, Origin::Carbon | Origin::Archive);
    if received.direction != Direction::Out || !copied {
        return Ok(());
    }
    let Some(chat) = chats::with_person(turn.tx, &turn.peer(&received.peer))? else {
        return Ok(());
    };
    if read_state::marked_elsewhere(turn.tx, chat.id, &received.peer, of)? {
        turn.changed(Change::Chat(chat.id));
    }
    Ok(())
}

/// Answers a request, if the sender may know that we are here.
pub(crate) fn answer(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    if let Some(of) = to_answer(turn, received)? {
        let id = turn.random_id();
        held::answer(turn, message::receipt(&received.from, &id, of))?;
    }
    Ok(())
}

/// The same for a message that came in OMEMO 2 from a trusted key: the receipt travels as the
/// message did, to the device that wrote it and no other. The id in it is that device's word: the
/// server may have dropped another one's message of that id. Whether it was sent.
pub(crate) fn answer_sealed(
    turn: &mut Turn<'_>,
    received: &Received,
    target: &DeviceAddress,
) -> Result<bool> {
    match to_answer(turn, received)? {
        Some(of) => held::answer_sealed(turn, target, &received.from, of),
        None => Ok(false),
    }
}

/// The id that a receipt of this message names, if its sender gets one. A copy is answered by the
/// client that the message was delivered to (XEP-0280 §11).
fn to_answer<'a>(turn: &Turn<'_>, received: &'a Received) -> Result<Option<&'a str>> {
    let Some(of) = &received.attribute_id else {
        return Ok(None);
    };
    let is_answered = !matches!(received.origin, Origin::Carbon | Origin::Past);
    let ours_to_answer = received.direction == Direction::In && is_answered;
    Ok((ours_to_answer && may_know_us(turn, &received.peer)?).then_some(of.as_str()))
}
