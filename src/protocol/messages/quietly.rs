//! What is sealed beside messages for all devices of somebody that read OMEMO 2: markers, chat states.

use minidom::Element;

use crate::device_address::DeviceAddress;
use crate::follow_ups::FollowUp;
use crate::messages::sealing;
use crate::turn::Turn;
use model::{BareJid, Dialect};
use omemo::EncryptedMessage;
use store::{Result, omemo as keys};

/// For the devices of `peer` with which there are sessions, and whose keys may be written to; None if there
/// is none. What nobody waits for asks for no keys.
pub(crate) fn seal(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    content: Vec<Element>,
) -> Result<Option<EncryptedMessage>> {
    let account = turn.own.account;
    let mut targets = Vec::new();
    for device in keys::addressed(turn.tx, account, peer)? {
        let ready = device.is_written()
            && device.dialect == Dialect::Omemo2
            && keys::has_session(turn.tx, account, peer, device.dialect, device.id)?;
        if ready {
            targets.push(DeviceAddress::of(peer, &device));
        }
    }
    if targets.is_empty() {
        return Ok(None);
    }
    let chosen: Vec<&DeviceAddress> = targets.iter().collect();
    let letter = sealing::in_envelope(turn, peer, &chosen, content)?;
    turn.counters_matter = true;
    turn.follow(FollowUp::Written(targets));
    Ok(letter)
}
