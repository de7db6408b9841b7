//! What the program answers by itself: receipts, empty messages, answers to requests.
//!
//! While the server acknowledges, each leaves at once. With too much unacknowledged they wait as rows of the
//! store and leave as acknowledgements come, in order: reading never stops for it, nothing grows in memory,
//! and a crash loses none of them. What is sealed is sealed when it leaves: held back any longer, it would
//! stand behind what was written since in its ratchet.

use minidom::Element;

use crate::counters::{Acked, Acks, Kept};
use crate::device_address::DeviceAddress;
use crate::messages::acknowledged;
use crate::messages::resend;
use crate::messages::sealing;
use crate::notices::Kind;
use crate::turn::Turn;
use model::{Jid, Notice, Trust};
use stanza::message;
use store::answers::{self as stored, Answer, Unsealed};
use store::{Result, omemo as keys, outbox};

/// So many wait at most; whoever asks for more gets no answer.
const MOST_HELD: usize = 50_000;
/// Rows read at a time.
const AT_ONCE: usize = 100;

/// Answers with this stanza, now or later.
pub(crate) fn answer(turn: &mut Turn<'_>, stanza: Element) -> Result<()> {
    // Only a message means the same on another stream, and is missed by nobody but us if it is lost.
    let lasting = stanza.name() == "message";
    if !turn.own.present {
        // A command is there for a moment, and the rows belong to the stream of who is present.
        if turn.counters.has_room() {
            turn.send(stanza);
        }
        return Ok(());
    }
    if !may_leave(turn)? {
        return hold(turn, |turn| {
            stored::hold(turn.tx, turn.own.account, &String::from(&stanza), lasting)
        });
    }
    // Without stream management nothing tells when a row may go.
    if lasting && matches!(turn.counters.acks, Acks::Managed { .. }) {
        let text = String::from(&stanza);
        let sequence = turn.counters.next_out();
        let id = stored::push_sent(turn.tx, turn.own.account, &text, sequence)?;
        send(turn, stanza, id);
        turn.ask_for_ack_once();
    } else {
        turn.send(stanza);
    }
    Ok(())
}

/// Answers in OMEMO with a receipt, for a key that may be written to. Whether it left.
pub(crate) fn answer_sealed(turn: &mut Turn<'_>, target: &DeviceAddress, to: &Jid, of: &str) -> Result<bool> {
    let unsealed = unsealed(target, Some((to.clone(), of.to_owned())));
    answer_unsealed(turn, &unsealed)
}

/// An empty message to this device, unless its key is distrusted. Whether it left.
pub(crate) fn empty(turn: &mut Turn<'_>, target: &DeviceAddress) -> Result<bool> {
    let unsealed = unsealed(target, None);
    match may_seal(turn, &unsealed)? {
        true => answer_unsealed(turn, &unsealed),
        false => Ok(false),
    }
}

fn answer_unsealed(turn: &mut Turn<'_>, unsealed: &Unsealed) -> Result<bool> {
    let now = match turn.own.present {
        true => turn.loaded.seals.get() && may_leave(turn)?,
        false => turn.counters.has_room(),
    };
    if !now {
        if turn.own.present {
            hold(turn, |turn| {
                stored::hold_unsealed(turn.tx, turn.own.account, unsealed)
            })?;
        }
        return Ok(false);
    }
    let Some(stanza) = seal(turn, unsealed)? else {
        return Ok(false);
    };
    answer(turn, stanza)?;
    Ok(true)
}

fn unsealed(target: &DeviceAddress, receipt: Option<(Jid, String)>) -> Unsealed {
    Unsealed {
        peer: target.jid.clone(),
        device: target.device,
        dialect: target.dialect,
        receipt,
    }
}

/// None if there is no session any more. Whether its key may be written to was asked.
fn seal(turn: &mut Turn<'_>, unsealed: &Unsealed) -> Result<Option<Element>> {
    let target = DeviceAddress {
        jid: unsealed.peer.clone(),
        device: unsealed.device,
        dialect: unsealed.dialect,
    };
    let letter = match &unsealed.receipt {
        Some((_, of)) => {
            let content = message::receipt_content(of);
            sealing::in_envelope(turn, &target.jid, &[&target], content)?
        }
        None => sealing::nothing(turn, &target)?,
    };
    turn.counters_matter = true;
    Ok(letter.map(|letter| match &unsealed.receipt {
        Some((to, _)) => message::sealed_quietly(to, &letter),
        None => message::key_transport(&target.jid, &turn.random_id(), &letter),
    }))
}

/// Whether an answer may leave now: there is room, and nothing waits that came before it.
pub(crate) fn may_leave(turn: &mut Turn<'_>) -> Result<bool> {
    let ready = turn.counters.online && turn.counters.acks != Acks::Unknown;
    Ok(ready && turn.counters.has_room() && count(turn)? == 0)
}

/// How many are held back.
fn count(turn: &mut Turn<'_>) -> Result<usize> {
    if let Some(held) = turn.counters.held {
        return Ok(held);
    }
    let held = stored::count_held(turn.tx, turn.own.account)?;
    turn.counters.held = Some(held);
    Ok(held)
}

fn hold(turn: &mut Turn<'_>, store: impl FnOnce(&mut Turn<'_>) -> Result<()>) -> Result<()> {
    let held = count(turn)?;
    if held >= MOST_HELD {
        turn.notice_of(Kind::Unanswered, Notice::Unanswered);
        return Ok(());
    }
    store(turn)?;
    turn.counters.held = Some(held + 1);
    turn.counters_matter = true;
    Ok(())
}

fn send(turn: &mut Turn<'_>, stanza: Element, id: i64) {
    turn.counters_matter = true;
    turn.send_kept(stanza, Kept::Answer(id));
}

/// Sends what is held back, as far as there is room; what waits then waits for the answer to a request.
pub(crate) fn release(turn: &mut Turn<'_>) -> Result<()> {
    let ready = turn.counters.online && turn.counters.acks != Acks::Unknown && turn.loaded.seals.get();
    if !turn.own.present || !ready || count(turn)? == 0 {
        return Ok(());
    }
    while turn.counters.has_room() {
        let rows = stored::held(turn.tx, turn.own.account, AT_ONCE.min(turn.counters.room()))?;
        if rows.is_empty() {
            turn.counters.held = Some(0);
            break;
        }
        for (id, answer) in rows {
            release_one(turn, id, answer)?;
            turn.counters.held = turn.counters.held.map(|held| held.saturating_sub(1));
        }
    }
    turn.ask_for_ack_once();
    Ok(())
}

fn release_one(turn: &mut Turn<'_>, id: i64, answer: Answer) -> Result<()> {
    let stanza = match answer {
        Answer::Rendered(text) => parsed(turn, &text)?,
        // It waited: its key may have lost its trust meanwhile.
        Answer::Unsealed(unsealed) => match may_seal(turn, &unsealed)? {
            true => seal(turn, &unsealed)?,
            false => None,
        },
    };
    let Some(stanza) = stanza else {
        return stored::remove(turn.tx, id);
    };
    let sequence = turn.counters.next_out();
    stored::set_sent(turn.tx, id, &String::from(&stanza), sequence)?;
    send(turn, stanza, id);
    Ok(())
}

/// Whether the key is still one to write to (law 5).
fn may_seal(turn: &Turn<'_>, unsealed: &Unsealed) -> Result<bool> {
    let account = turn.own.account;
    let Unsealed {
        peer,
        device,
        dialect,
        receipt,
    } = unsealed;
    let Some(record) = keys::sealing_session(turn.tx, account, peer, *dialect, *device)? else {
        return Ok(false);
    };
    let trust = keys::trust(turn.tx, account, peer, &record.their_identity())?;
    // An empty message carries nothing: it may go to a key that nobody decided about.
    Ok(match receipt {
        Some(_) => trust.is_some_and(Trust::may_seal),
        None => trust != Some(Trust::Distrusted),
    })
}

/// A stanza as it was stored, if it may leave once more.
fn parsed(turn: &Turn<'_>, text: &str) -> Result<Option<Element>> {
    match text.parse::<Element>() {
        Ok(stanza) if resend::may_go(turn, &stanza)? => Ok(Some(stanza)),
        _ => Ok(None),
    }
}

/// The server has these.
pub(crate) fn acknowledged(turn: &mut Turn<'_>, acked: &Acked) -> Result<()> {
    for id in &acked.answers {
        stored::remove(turn.tx, *id)?;
    }
    acknowledged::acknowledged(turn, &acked.rows)
}

/// The stream was resumed: what the server did not get is sent again, in order.
pub(crate) fn send_again(turn: &mut Turn<'_>) -> Result<()> {
    for (id, _, text) in stored::sent(turn.tx, turn.own.account)? {
        match parsed(turn, &text)? {
            Some(stanza) => {
                let sequence = turn.counters.next_out();
                stored::set_sent(turn.tx, id, &text, sequence)?;
                send(turn, stanza, id);
            }
            None => stored::remove(turn.tx, id)?,
        }
    }
    turn.ask_for_ack_once();
    Ok(())
}

/// What the old stream's number `h` covers, of what is stored.
pub(crate) fn sent_up_to(turn: &Turn<'_>, h: u32) -> Result<Acked> {
    let covered = |sequence: u32| h.wrapping_sub(sequence) < u32::MAX / 2;
    let rows = outbox::all(turn.tx, turn.own.account)?;
    let rows = rows.iter().filter(|row| row.sequence.is_some_and(covered));
    let answers = stored::sent(turn.tx, turn.own.account)?;
    let answers = answers.iter().filter(|(_, sequence, _)| covered(*sequence));
    Ok(Acked {
        rows: rows.map(|row| row.id).collect(),
        answers: answers.map(|(id, ..)| *id).collect(),
    })
}
