//! What is told of our own devices: which ones were there before, which ones appear.

use std::collections::BTreeSet;

use super::publication::ListConflict;
use crate::notices::Kind;
use crate::turn::Turn;
use model::{KeysNotice, Trust};
use omemo::{DeviceId, Dialect, OwnDevice};
use stanza::dialects::Listed;
use store::{Result, omemo as keys};

impl ListConflict {
    pub(crate) fn told(self, dialect: Dialect) -> KeysNotice {
        match self {
            Self::Removed => KeysNotice::KeepsRemoving(dialect),
            Self::Renamed => KeysNotice::KeepsRenaming(dialect),
        }
    }
}

/// Tells, once, which devices of this account were there before this one.
pub(crate) fn introduce(turn: &mut Turn<'_>, taken: &BTreeSet<DeviceId>) {
    if !taken.is_empty() {
        turn.notice(KeysNotice::OtherDevices(
            taken.iter().map(|id| id.get()).collect(),
        ));
    }
}

/// A device that appears on our own account later may be an attacker at the server (threat 40). One that was
/// seen in the other dialect is not new.
pub(crate) fn alarm(turn: &mut Turn<'_>, own: &OwnDevice, listed: &[Listed]) -> Result<()> {
    let listed = listed.iter().map(|device| device.id);
    let others: Vec<DeviceId> = listed.filter(|id| *id != own.id).collect();
    alarm_about(turn, &others)
}

/// The same of devices that turned up anywhere: with the next word about them they are known, so it is told
/// now or never. One that was taken away is as good as new.
pub(crate) fn alarm_about(turn: &mut Turn<'_>, others: &[DeviceId]) -> Result<()> {
    let known = keys::devices(turn.tx, turn.own.account, &turn.own.jid)?;
    let (mut new, mut back) = (Vec::new(), Vec::new());
    for id in others {
        let rows: Vec<&keys::Device> = known.iter().filter(|device| device.id == *id).collect();
        if rows.is_empty() {
            new.push(*id);
        } else if is_away(turn, &rows)? {
            back.push(*id);
        }
    }
    tell_new(turn, &new);
    for id in back {
        turn.notice_of(Kind::OwnDevice(id), KeysNotice::DeviceBack(id.get()));
    }
    Ok(())
}

/// Whether a device is on no list, nothing came from it since, and its key is none that the person wants to
/// write to: it was taken away, or a stranger came and went.
fn is_away(turn: &Turn<'_>, rows: &[&keys::Device]) -> Result<bool> {
    for row in rows {
        let trust = match &row.identity {
            Some(key) => keys::trust(turn.tx, turn.own.account, &turn.own.jid, key)?,
            None => None,
        };
        if row.active || row.last_seen.is_some() || trust.is_some_and(Trust::may_seal) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn tell_new(turn: &mut Turn<'_>, new: &[DeviceId]) {
    let Some(first) = new.first() else { return };
    let numbers = new.iter().map(|id| id.get()).collect();
    turn.notice_of(Kind::OwnDevice(*first), KeysNotice::NewDevices(numbers));
}
