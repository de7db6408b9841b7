//! What a message says is brought into the store here and nowhere else, whichever road it came by:
//! in clear, from a letter of the legacy dialect, from an envelope. What of it may be believed
//! where it stood was asked before (`stanza::content`); here it is asked what it may set in motion.

use crate::follow_ups::FollowUp;
use crate::messages::about::{corrections, early, reactions, replies, retractions};
use crate::messages::arrivals::{Arrival, Readable, store_readable};
use crate::messages::road::Road;
use crate::messages::{receipts, requests};
use crate::turn::Turn;
use model::{Clean, Content, Direction, Reply};
use stanza::received::Received;
use store::{Result, chats, messages};

/// Brings a content into the store: what it acknowledges, what it asks for, its row, and the
/// receipt for that.
pub(crate) fn apply(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    content: Content,
    road: &Road<'_>,
) -> Result<()> {
    // Whatever a content says must be dealt with here: no `..`.
    let Content {
        text,
        unstyled,
        receipt_for,
        wants_receipt,
        displayed,
        markable,
        // Nobody is shown it yet.
        chat_state: _,
        opt_out,
        replaces,
        retracts,
        reactions,
        reply,
    } = content;
    let heeded = road.is_heeded();
    if let Some(of) = receipt_for.filter(|_| heeded) {
        receipts::on_receipt(turn, arrival.received, &of, road.is_sealed())?;
    }
    if let Some(up_to) = displayed.filter(|_| heeded) {
        receipts::on_displayed(turn, arrival.received, &up_to, road.is_sealed())?;
    }
    if let Some(of) = retracts {
        return retractions::take(turn, arrival, &of, road);
    }
    if let Some(reactions) = reactions {
        return reactions::take(turn, arrival, reactions, road);
    }
    let asked = match opt_out {
        Some(reason) => Some(on_opt_out(turn, arrival.received, &reason, heeded)?),
        None => None,
    };
    let written = Written {
        asked,
        text,
        unstyled,
        markable: markable && heeded,
        wants_receipt: wants_receipt && heeded,
        replaces,
        reply,
    };
    take_written(turn, arrival, written, road)
}

/// What of a content becomes a row.
struct Written {
    asked: Option<Clean>,
    text: Option<Clean>,
    unstyled: bool,
    markable: bool,
    wants_receipt: bool,
    replaces: Option<String>,
    reply: Option<Reply>,
}

fn take_written(turn: &mut Turn<'_>, arrival: &Arrival<'_>, written: Written, road: &Road<'_>) -> Result<()> {
    let (text, reply_to) = match (written.text, written.reply) {
        (Some(text), Some(reply)) => {
            let (text, to) = replies::split(turn, arrival, text, reply, road)?;
            (Some(text), to)
        }
        (text, _) => (text, None),
    };
    let body = match (written.asked, text) {
        (Some(asked), Some(text)) => Clean::new(&format!("{}\n{}", asked.as_str(), text.as_str())),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => return Ok(()),
    };
    let readable = Readable {
        body,
        protection: road.protection(),
        device: road.device(),
        key: road.key(),
        unstyled: written.unstyled,
        markable: written.markable,
    };
    let stored = match written.replaces {
        Some(of) => corrections::take(turn, arrival, &of, readable)?,
        None => store_readable(turn, arrival, readable)?,
    };
    if let (Some(row), Some(to)) = (stored, &reply_to) {
        messages::set_reply(turn.tx, row, to)?;
    }
    if let (Some(row), true) = (stored, arrival.received.origin.is_archived()) {
        early::settle(turn, row)?;
    }
    if stored.is_some() && written.wants_receipt {
        answer(turn, arrival.received, road)?;
    }
    Ok(())
}

/// The receipt travels as the message did.
fn answer(turn: &mut Turn<'_>, received: &Received, road: &Road<'_>) -> Result<()> {
    match road {
        Road::Clear | Road::Letter(..) => receipts::answer(turn, received),
        Road::Envelope(_, target) => {
            if receipts::answer_sealed(turn, received, target)? {
                turn.follow(FollowUp::Written(vec![(*target).clone()]));
            }
            Ok(())
        }
    }
}

/// The peer asks to go on without encryption: nothing leaves until the person decided (threat 43).
/// The text of the row.
fn on_opt_out(turn: &mut Turn<'_>, received: &Received, reason: &Clean, heeded: bool) -> Result<Clean> {
    if received.direction == Direction::In && heeded {
        let peer = turn.peer(&received.peer);
        let there = chats::with_person(turn.tx, &peer)?;
        let chat = requests::chat_for(turn, &peer, received.direction, there)?;
        if let Some(chat) = chat.filter(|chat| chat.encrypted) {
            chats::set_opted_out(turn.tx, chat.id, Some(reason))?;
            turn.changed(api::Change::Chats);
        }
    }
    let said = match reason.is_empty() {
        true => String::new(),
        false => format!(": {}", reason.as_str()),
    };
    Ok(Clean::new(&format!("[asks to go on without encryption]{said}")))
}
