//! Our other devices where they do not stand on a list that was pushed to us; and what the person asks about
//! their devices: one of the others is taken away, this one gets a name.

use std::collections::BTreeSet;

use super::OwnKeys;
use super::alarms;
use super::publication::Publication;
use crate::iq::Answer;
use crate::keys::trust;
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{Clean, KeysFailure, LONGEST_DEVICE_NAME, Refusal, Trust};
use omemo::{DeviceId, Dialect};
use stanza::dialects;
use store::omemo::OwnLabel;
use store::{Result, omemo as keys};

/// A device of ours that is being taken away: off the lists first, then its bundles.
pub(crate) struct Removal {
    pub(crate) command: CommandId,
    device: DeviceId,
    /// The dialects that it was seen in.
    dialects: Vec<Dialect>,
    /// Bundles whose removal was asked for and not answered; None while it may still be on a list.
    bundles: Option<usize>,
    /// Why a bundle is still there.
    kept: Option<Refusal>,
}

impl OwnKeys {
    /// A front end asks to take another device of ours away. Done when the server has confirmed all of it.
    pub(crate) fn remove(&mut self, turn: &mut Turn<'_>, command: CommandId, device: u32) -> Result<()> {
        let own = keys::own_device(turn.tx, turn.own.account)?;
        let (Some(own), true) = (own, self.list_known()) else {
            turn.refuse(command, KeysFailure::ListsUnknown);
            return Ok(());
        };
        let listed = |id: &DeviceId| self.omemo2.lists(*id) || self.legacy.lists(*id);
        let Some(id) = DeviceId::new(device).filter(|id| *id != own.id && listed(id)) else {
            turn.refuse(command, not_to_remove(device, device == own.id.get()));
            return Ok(());
        };
        let Some(dialects) = self.seen_in(turn, id)? else {
            turn.refuse(command, KeysFailure::Hidden(device));
            return Ok(());
        };
        for side in self.sides() {
            side.leaving.insert(id);
        }
        self.removals.push(Removal {
            command,
            device: id,
            dialects,
            bundles: None,
            kept: None,
        });
        self.advance(turn, &own)
    }

    /// The dialects that a device of ours was seen in; None if it may be on a list
    /// that the server does not show.
    fn seen_in(&mut self, turn: &Turn<'_>, id: DeviceId) -> Result<Option<Vec<Dialect>>> {
        let mut seen = Vec::new();
        for dialect in Dialect::ALL {
            let row = keys::device(turn.tx, turn.own.account, &turn.own.jid, dialect, id)?;
            let side = self.side(dialect);
            if side.is_closed() && row.as_ref().is_some_and(|row| row.active) {
                return Ok(None);
            }
            if row.is_some() || side.lists(id) {
                seen.push(dialect);
            }
        }
        Ok(Some(seen))
    }

    /// Devices that are off both lists: their bundles go next.
    pub(crate) fn go_on_removing(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let mut removals = std::mem::take(&mut self.removals);
        for removal in removals.iter_mut().filter(|removal| removal.bundles.is_none()) {
            let id = removal.device;
            let off = |side: &&mut Publication| side.listing.is_none() && !side.lists(id);
            if !self.sides().iter().all(off) {
                continue;
            }
            for side in self.sides() {
                side.leaving.remove(&id);
            }
            withdraw_trust(turn, id)?;
            removal.bundles = Some(removal.dialects.len());
            for dialect in &removal.dialects {
                let remove = dialects::remove_bundle(*dialect, id);
                turn.set(None, remove, KeysPurpose::RemoveBundle(removal.command));
            }
        }
        self.removals = removals;
        Ok(())
    }

    /// The server's answer to taking a bundle away. That there is none is as good.
    pub(crate) fn on_bundle_removed(&mut self, turn: &mut Turn<'_>, command: CommandId, answer: Answer) {
        let mut removals = self.removals.iter_mut();
        let Some(removal) = removals.find(|removal| removal.command == command) else {
            return;
        };
        match answer {
            Err(refusal) if !refusal.is("item-not-found") => removal.kept = Some(refusal.told()),
            _ => {}
        }
        let left = removal.bundles.unwrap_or_default().saturating_sub(1);
        removal.bundles = Some(left);
        if left > 0 {
            return;
        }
        let result = match &removal.kept {
            None => Ok(Outcome::Done),
            Some(why) => Err(KeysFailure::BundleKept {
                device: removal.device.get(),
                why: why.clone(),
            }),
        };
        self.removals.retain(|removal| removal.command != command);
        turn.changed(Change::Devices(turn.own.jid.clone()));
        turn.done(command, result.map_err(Into::into));
    }

    /// A list cannot be published: whoever waits for that is told.
    pub(crate) fn stop_removing(&mut self, turn: &mut Turn<'_>, dialect: Dialect, why: &Refusal) {
        let left: BTreeSet<DeviceId> = self.side(dialect).list().iter().map(|device| device.id).collect();
        let mut stopped = Vec::new();
        self.removals.retain(|removal| {
            let stops = removal.bundles.is_none() && left.contains(&removal.device);
            if stops {
                stopped.push((removal.command, removal.device));
            }
            !stops
        });
        for (command, device) in stopped {
            for side in self.sides() {
                side.leaving.remove(&device);
            }
            let (device, why) = (device.get(), why.clone());
            turn.refuse(command, KeysFailure::ListRefused { device, why });
        }
    }

    /// A list of ours that was asked for among those of others; it is about to be stored.
    pub(crate) fn look_over(&self, turn: &mut Turn<'_>, dialect: Dialect, answer: &Answer) -> Result<()> {
        let listed = answer.as_ref().ok().and_then(Option::as_ref);
        let listed = listed.and_then(|answer| dialects::read_device_list(dialect, answer));
        match (keys::own_device(turn.tx, turn.own.account)?, listed) {
            (Some(own), Some(listed)) => alarms::alarm(turn, &own, &listed),
            _ => Ok(()),
        }
    }

    /// A front end names this device. Stored at once, published when there is a connection.
    pub(crate) fn rename(&mut self, turn: &mut Turn<'_>, command: CommandId, label: &Clean) -> Result<()> {
        let account = turn.own.account;
        let Some(own) = keys::own_device(turn.tx, account)? else {
            turn.refuse(command, KeysFailure::NoDevice);
            return Ok(());
        };
        let text = Clean::line(Clean::line(label.as_str()).as_str().trim());
        let length = text.as_str().chars().count();
        if length > LONGEST_DEVICE_NAME {
            let most = LONGEST_DEVICE_NAME;
            turn.refuse(command, KeysFailure::NameTooLong { length, most });
            return Ok(());
        }
        let before = keys::own_label(turn.tx, account)?;
        if before.map_or_else(Clean::default, |label| label.text) != text {
            let label = (!text.is_empty()).then(|| OwnLabel {
                signature: own.sign_label(text.as_str(), turn.rng),
                text,
            });
            keys::set_own_label(turn.tx, account, label.as_ref())?;
            turn.changed(Change::Devices(turn.own.jid.clone()));
        }
        for side in self.sides() {
            side.rename();
        }
        turn.done(command, Ok(Outcome::Done));
        self.renamed = !turn.counters.online;
        if turn.counters.online {
            self.advance(turn, &own)?;
        }
        Ok(())
    }
}

/// Whoever takes a device away wants nothing encrypted to it, when it puts itself back either: that needs a
/// new decision, and it counts as a device that was never there. What was distrusted stays so.
fn withdraw_trust(turn: &mut Turn<'_>, id: DeviceId) -> Result<()> {
    let (account, jid) = (turn.own.account, &turn.own.jid);
    for dialect in Dialect::ALL {
        let row = keys::device(turn.tx, account, jid, dialect, id)?;
        let Some(key) = row.and_then(|row| row.identity) else {
            continue;
        };
        if keys::trust(turn.tx, account, jid, &key)?.is_some_and(Trust::may_seal) {
            let failed = trust::decide(turn.tx, account, jid, jid, &key, Trust::Undecided, turn.now)?;
            let failed = failed.unwrap_or_default();
            if !failed.is_empty() {
                turn.changed(Change::Messages(failed));
            }
        }
    }
    keys::forget_sight(turn.tx, account, jid, id, turn.now)
}

fn not_to_remove(device: u32, this: bool) -> KeysFailure {
    if this {
        KeysFailure::ThisDevice
    } else {
        KeysFailure::NotListed(device)
    }
}
