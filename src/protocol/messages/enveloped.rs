//! What an OMEMO 2 message holds, once it was opened: everything that belongs to the conversation
//! lies in its envelope, and what stands beside it is not believed (XEP-0384 §sce; XEP-0420).

use std::time::Duration;

use crate::acquaintance::may_know_us;
use crate::device_address::DeviceAddress;
use crate::messages::apply::apply;
use crate::messages::arrivals::{sane_time, store_unreadable};
use crate::messages::known::Arrival;
use crate::messages::road::{Key, Road};
use crate::notices::Kind;
use crate::turn::Turn;
use model::{Direction, Notice, Protection, Timestamp, UnreadableReason};
use stanza::envelope::{BadEnvelope, Envelope};
use stanza::received::{Origin, Received};
use store::Result;

/// An envelope whose time differs more than that from the time of the stanza is remarkable
/// (XEP-0420 §affix_elements).
const CLOCKS_DIFFER: Duration = Duration::from_secs(3600);

/// What an envelope holds, once it says the same of sender and recipient as the stanza (threats 47,
/// 48).
pub(crate) fn take_envelope(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    target: &DeviceAddress,
    bytes: &[u8],
    key: Key,
) -> Result<()> {
    let received = arrival.received;
    // What is written into a room is for all in it (XEP-0384 §sce).
    let recipient = match received.direction {
        Direction::In if !received.is_groupchat => turn.own.jid.clone(),
        Direction::In | Direction::Out => received.peer.clone(),
    };
    let parts = Envelope::parse(bytes).and_then(|envelope| {
        envelope.check(&received.writer(), &recipient)?;
        let said = envelope.said()?;
        Ok((envelope, said))
    });
    let (envelope, said) = match parts {
        Ok(parts) => parts,
        Err(bad) => {
            tracing::debug!(account = turn.own.account.0, %bad, "an envelope was refused");
            let reason = match bad {
                BadEnvelope::Malformed(_) => UnreadableReason::Malformed,
                BadEnvelope::OtherSender | BadEnvelope::OtherRecipient => UnreadableReason::OtherEnvelope,
            };
            let by = Some((target.device, Some(key.0.identity_key())));
            return store_unreadable(turn, arrival, reason, by, Protection::Omemo2).map(|_| ());
        }
    };
    if received.origin != Origin::Past {
        compare_clocks(turn, received, &envelope)?;
    }
    apply(turn, arrival, said, &Road::Envelope(key, target))
}

/// A message that was held back, or a wrong clock: the ratchet forbids replays, so the message
/// stands, but not in silence.
fn compare_clocks(turn: &mut Turn<'_>, received: &Received, envelope: &Envelope) -> Result<()> {
    let arrived = sane_time(received.delay, turn.now);
    let differs = |written: &Timestamp| arrived.duration_since(*written).unsigned_abs() > CLOCKS_DIFFER;
    let written = match envelope.time.filter(differs) {
        Some(written) => Some(written),
        None if envelope.impossible_time => None,
        None => return Ok(()),
    };
    let from = received.writer();
    let notice = Notice::ClocksDiffer {
        from: from.clone(),
        written,
        arrived,
    };
    let kind = match may_know_us(turn, &from)? {
        true => Kind::Clock(from),
        false => Kind::StrangersClock,
    };
    turn.notice_of(kind, notice);
    Ok(())
}
