//! What the person reads about their own devices and keys.

use std::collections::BTreeSet;

use super::publication::ListConflict;
use crate::notices::Kind;
use crate::turn::Turn;
use api::{Failure, FailureKind};
use model::Trust;
use omemo::{DeviceId, Dialect, OwnDevice};
use stanza::dialects::Listed;
use store::{Result, omemo as keys};

/// The dialect, where it matters which.
fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Legacy => "OMEMO",
        Dialect::Omemo2 => "OMEMO 2",
    }
}

impl ListConflict {
    pub(crate) fn words(self, dialect: Dialect) -> String {
        let name = name(dialect);
        match self {
            Self::Removed => format!(
                "Another client keeps removing this device from your {name} device list. It stays off the list until the \
                 next start: look at your other clients, or remove it there."
            ),
            Self::Renamed => format!(
                "Another client keeps taking this device's name off your {name} device list. It stays without a name until \
                 the next start: look at your other clients."
            ),
        }
    }
}

/// Nothing can be published.
pub(crate) fn refused(why: &str) -> Failure {
    let text = format!(
        "The server keeps us from publishing our OMEMO keys: {why}. Nobody can encrypt to this device; ask the server's \
         administrator whether PEP (XEP-0163) is enabled."
    );
    Failure::new(FailureKind::Answered, text)
}

/// Only OMEMO 2 can be published: that is nearly nobody, so it counts as refused.
pub(crate) fn legacy_refused(why: &str) -> Failure {
    let text = format!(
        "The server keeps us from publishing our keys for the older OMEMO, which most programs speak: {why}. Only people \
         whose program speaks OMEMO 2 can encrypt to this device; ask the server's administrator about it."
    );
    Failure::new(FailureKind::Answered, text)
}

/// Only the legacy dialect can be published: nearly everybody reads that.
pub(crate) fn newer_refused(why: &str) -> String {
    format!(
        "The server keeps us from publishing our keys for OMEMO 2: {why}. People whose program speaks only OMEMO 2 cannot \
         encrypt to this device, all others can; ask the server's administrator about it."
    )
}

/// Tells, once, which devices of this account were there before this one.
pub(crate) fn introduce(turn: &mut Turn<'_>, taken: &BTreeSet<DeviceId>) {
    if !taken.is_empty() {
        let ids: Vec<String> = taken.iter().map(|id| id.get().to_string()).collect();
        turn.notice(&format!(
            "Your account has other devices already: {}. They will read what you write here; compare their keys \
             (`/devices`, or `susurro devices`).",
            ids.join(", ")
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
        let text = format!(
            "Device {} is at work on your own account again after it was taken off your device lists. If it is yours, end its \
             session there before you take it away; if not, somebody has your password: change it. It gets nothing to read \
             until you verify its key (`/devices`, or `susurro devices`).",
            id.get()
        );
        turn.notice_of(Kind::OwnDevice(id), &text);
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
    let ids: Vec<String> = new.iter().map(|id| id.get().to_string()).collect();
    let (devices, are, they) = match new.len() {
        1 => (
            "A new device",
            "it is",
            "It gets nothing to read until you verify its key",
        ),
        _ => (
            "New devices",
            "they are",
            "They get nothing to read until you verify their keys",
        ),
    };
    let text = format!(
        "{devices} ({}) appeared on your own account. If {are} not yours, somebody has your password: change it. {they} \
         (`/devices`, or `susurro devices`).",
        ids.join(", ")
    );
    turn.notice_of(Kind::OwnDevice(*first), &text);
}
