//! What a message says is brought into the store here and nowhere else, whichever road it came by:
//! in clear, from a letter of the legacy dialect, from an envelope. What of it may be believed
//! where it stood was asked before (`stanza::content`); here it is asked what it may set in motion.

use crate::follow_ups::FollowUp;
use crate::messages::about::{corrections, early, reactions, replies, retractions};
use crate::messages::arrivals::store_readable;
use crate::messages::known::Arrival;
use crate::messages::opt_out::on_opt_out;
use crate::messages::readable::Readable;
use crate::messages::receipts;
use crate::messages::road::Road;
use crate::messages::said::{self, Word};
use crate::turn::Turn;
use model::{Clean, Content, Direction, Reply, SharedFile};
use stanza::received::{Origin, Received};
use store::{Result, files, messages};

/// Brings a content into the store: what it acknowledges, what it says of other messages, what it
/// asks for, its row, and the receipt for that.
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
        chat_state,
        opt_out,
        replaces,
        retracts,
        reactions,
        reply,
        files,
    } = content;
    let heeded = road.is_heeded();
    // In a room nobody acknowledges, and nobody asks for it; nor in private by way of one.
    let is_persons = arrival.received.occupant.is_none() && arrival.received.within.is_none();
    let is_alone = heeded && is_persons;
    let word = Word::on(road);
    if let Some(of) = receipt_for.filter(|_| is_alone) {
        receipts::on_receipt(turn, arrival.received, &of, &word)?;
    }
    if let Some(up_to) = displayed.filter(|_| is_alone) {
        receipts::on_displayed(turn, arrival.received, &up_to, &word)?;
    }
    if let Some(state) = chat_state.filter(|_| is_alone) {
        said::on_state(turn, arrival.received, state, &word)?;
    }
    if let Some(of) = retracts {
        return retractions::take(turn, arrival, &of, (road, &word));
    }
    if let Some(reactions) = reactions {
        return reactions::take(turn, arrival, reactions, (road, &word));
    }
    let asked = match opt_out.filter(|_| is_persons) {
        Some(reason) => on_opt_out(turn, arrival.received, &reason, heeded)?,
        None => false,
    };
    // What is nothing but files is a row without words.
    let is_row = text.is_some() || !files.is_empty();
    let is_new = match is_row {
        true => {
            let words = Written {
                text: text.unwrap_or_default(),
                unstyled,
                markable: markable && is_alone,
                // A file takes no place: it is a message of its own.
                replaces: replaces.filter(|_| files.is_empty()),
                reply,
                files,
            };
            take_words(turn, arrival, words, road)? || asked
        }
        false => asked,
    };
    answer_if(turn, arrival.received, road, is_new && wants_receipt && is_alone)
}

/// What of a content becomes a row.
struct Written {
    text: Clean,
    unstyled: bool,
    markable: bool,
    replaces: Option<String>,
    reply: Option<Reply>,
    files: Vec<SharedFile>,
}

/// Whether they were not there before.
fn take_words(turn: &mut Turn<'_>, arrival: &Arrival<'_>, words: Written, road: &Road<'_>) -> Result<bool> {
    let (body, answers) = match words.reply {
        Some(reply) => replies::split(turn, arrival, words.text, reply, road)?,
        None => (words.text, None),
    };
    let readable = Readable {
        body,
        protection: road.protection(),
        device: road.device(),
        key: road.key(),
        unstyled: words.unstyled,
        markable: words.markable,
    };
    let stored = match words.replaces {
        Some(of) => corrections::take(turn, arrival, &of, readable)?,
        None => store_readable(turn, arrival, readable)?,
    };
    let Some(row) = stored else {
        return Ok(false);
    };
    if let Some(answers) = &answers {
        messages::set_reply(turn.tx, row, answers)?;
    }
    if !words.files.is_empty() {
        let of = (turn.own.account, row);
        let put = files::put_shared(turn.tx, of, &words.files)?;
        let received = arrival.received;
        let is_news = received.origin != Origin::Past && received.direction == Direction::In;
        if is_news && received.occupant.is_none() && road.is_sealed() {
            turn.follow(FollowUp::FilesCame(put, received.writer()));
        }
    }
    early::settle(turn, row)?;
    Ok(true)
}

/// The receipt, if there is to be one, travels as the message did.
fn answer_if(turn: &mut Turn<'_>, received: &Received, road: &Road<'_>, wanted: bool) -> Result<()> {
    match road {
        _ if !wanted => Ok(()),
        Road::Clear | Road::Letter(..) => receipts::answer(turn, received),
        Road::Envelope(_, target) => {
            if receipts::answer_sealed(turn, received, target)? {
                turn.follow(FollowUp::Written(vec![(*target).clone()]));
            }
            Ok(())
        }
    }
}
