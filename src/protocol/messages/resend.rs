//! What was sent and not acknowledged when a stream is resumed, and has no row in the outbox: receipts, empty
//! messages, requests. A key may have lost its trust meanwhile.

use minidom::Element;

use crate::turn::Turn;
use model::{Trust, address};
use omemo::Dialect;
use stanza::{announced, dialects};
use store::{Result, omemo as keys};

/// Whether this stanza may leave once more: nothing does that was sealed for a key which may not be written
/// to any more (law 5), nor what is larger than the server takes. Empty messages carry nothing, so for them
/// it is enough that no key is distrusted.
pub(crate) fn may_go(turn: &Turn<'_>, stanza: &Element) -> Result<bool> {
    if announced::size(stanza) > turn.counters.bounds.whole {
        return Ok(false);
    }
    let Some(to) = stanza.attr("to").and_then(|to| address::jid(to).ok()) else {
        return Ok(true);
    };
    let to = to.to_bare();
    for dialect in Dialect::ALL {
        let namespace = dialects::namespace(dialect);
        let Some(encrypted) = stanza.get_child("encrypted", namespace) else {
            continue;
        };
        let empty = !encrypted.has_child("payload", namespace);
        for (jid, device) in dialects::sealed_for(dialect, encrypted) {
            let jid = jid.as_ref().unwrap_or(&to);
            let device = keys::device(turn.tx, turn.own.account, jid, dialect, device)?;
            let trust = match device.and_then(|device| device.identity) {
                Some(identity) => keys::trust(turn.tx, turn.own.account, jid, &identity)?,
                None => None,
            };
            let good = match trust {
                Some(trust) => trust.may_seal() || (empty && trust != Trust::Distrusted),
                None => empty,
            };
            if !good {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
