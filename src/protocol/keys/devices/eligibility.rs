//! What becomes of one device when a message is about to be sealed: trust first, then
//! a session, else its bundle.

use super::{Devices, Fetch, LIST_AGE};
use crate::device_address::DeviceAddress;
use crate::turn::Turn;
use model::{BareJid, DeviceProblem, Why};
use omemo::{SessionRecord, Trust, VerifiedBundle};
use store::{Result, omemo as keys};

/// What becomes of one device.
pub(crate) enum Verdict {
    Seal,
    Waits,
    /// Its key is not to be written to, because of what was or was not decided about it.
    LeaveOut(Why),
    /// Its keys of this dialect cannot be had.
    Unavailable(DeviceProblem),
}

impl Devices {
    pub(crate) fn consider(&mut self, turn: &mut Turn<'_>, target: &DeviceAddress) -> Result<Verdict> {
        let account = turn.own.account;
        let DeviceAddress { jid, device, dialect } = target;
        if matches!(self.bundles.get(target), Some(Fetch::Asked)) {
            self.learning.remove(target);
            return Ok(Verdict::Waits);
        }
        let known = keys::device(turn.tx, account, jid, *dialect, *device)?;
        if let Some(identity) = known.and_then(|device| device.identity) {
            let trust = keys::trust(turn.tx, account, jid, &identity)?.unwrap_or(Trust::Undecided);
            if let Some(why) = why_not(trust) {
                return Ok(Verdict::LeaveOut(why));
            }
            if keys::session(turn.tx, account, jid, *dialect, *device)?.is_some() {
                return Ok(Verdict::Seal);
            }
        }
        match self.bundles.get(target) {
            Some(Fetch::Got(bundle)) => start_session(turn, target, bundle),
            Some(Fetch::Failed(why, at)) if turn.now.duration_since(*at).unsigned_abs() < LIST_AGE => {
                Ok(Verdict::Unavailable(why.clone()))
            }
            _ => {
                self.ask_for_bundle(turn, target);
                Ok(Verdict::Waits)
            }
        }
    }
}

/// Why a key of this trust is not written to; None: it is.
fn why_not(trust: Trust) -> Option<Why> {
    match trust {
        Trust::Undecided => Some(Why::Undecided),
        Trust::Distrusted => Some(Why::Distrusted),
        Trust::Blind | Trust::Verified => None,
    }
}

/// X3DH with a device whose key may be written to; its session is stored.
fn start_session(turn: &mut Turn<'_>, target: &DeviceAddress, bundle: &VerifiedBundle) -> Result<Verdict> {
    let account = turn.own.account;
    let DeviceAddress { jid, device, dialect } = target;
    let trust = keys::trust(turn.tx, account, jid, &bundle.identity())?;
    let trust = trust.unwrap_or(Trust::Undecided);
    if let Some(why) = why_not(trust) {
        return Ok(Verdict::LeaveOut(why));
    }
    let Some(own) = turn.own_device()? else {
        return Ok(Verdict::Waits);
    };
    let record = SessionRecord::initiate(&own, bundle, None, turn.rng);
    keys::put_session(turn.tx, account, jid, *dialect, *device, &record)?;
    Ok(Verdict::Seal)
}

/// Whether the person verified a key of `jid` that no device of theirs is known to have: then one of them has
/// changed its key, and its new bundle must be looked at before anything is sealed for it.
pub(crate) fn misses_verified(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    let known = keys::devices(turn.tx, account, jid)?;
    let verified = keys::keys(turn.tx, account, jid)?;
    Ok(verified
        .iter()
        .filter(|key| key.trust == Trust::Verified)
        .any(|key| known.iter().all(|device| device.identity != Some(key.identity))))
}
