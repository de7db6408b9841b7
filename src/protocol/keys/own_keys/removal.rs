//! Another device of ours is taken away, because a front end asked for it: off the lists first, then its
//! bundles. Done when the server has confirmed all of it.

use std::collections::BTreeSet;

use super::publication::Publication;
use crate::iq::Answer;
use crate::keys::trust;
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{KeysFailure, Refusal, Trust};
use omemo::{DeviceId, Dialect, OwnDevice};
use stanza::dialects;
use store::{Result, omemo as keys};

/// A device of ours that is being taken away.
struct Removal {
    command: CommandId,
    device: DeviceId,
    /// The dialects that it was seen in.
    dialects: Vec<Dialect>,
    /// Bundles whose removal was asked for and not answered; None while it may still be on a list.
    bundles: Option<usize>,
    /// Why a bundle is still there.
    kept: Option<Refusal>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Removals(Vec<Removal>);

impl Removals {
    /// A front end asks for it. The device, if it can be taken away; the lists are to be published without
    /// it.
    pub(crate) fn begin(
        &mut self,
        turn: &mut Turn<'_>,
        sides: [&Publication; 2],
        own: &OwnDevice,
        (command, device): (CommandId, u32),
    ) -> Result<Option<DeviceId>> {
        let listed = |id: &DeviceId| sides.iter().any(|side| side.lists(*id));
        let Some(id) = DeviceId::new(device).filter(|id| *id != own.id && listed(id)) else {
            turn.refuse(command, not_to_remove(device, device == own.id.get()));
            return Ok(None);
        };
        let Some(dialects) = seen_in(turn, sides, id)? else {
            turn.refuse(command, KeysFailure::Hidden(device));
            return Ok(None);
        };
        self.0.push(Removal {
            command,
            device: id,
            dialects,
            bundles: None,
            kept: None,
        });
        Ok(Some(id))
    }

    /// Those that are off both lists: their bundles go next. Returns them.
    pub(crate) fn go_on(&mut self, turn: &mut Turn<'_>, sides: [&Publication; 2]) -> Result<Vec<DeviceId>> {
        let mut gone = Vec::new();
        for removal in self.0.iter_mut().filter(|removal| removal.bundles.is_none()) {
            let id = removal.device;
            let off = |side: &&Publication| side.listing.is_none() && !side.lists(id);
            if !sides.iter().all(off) {
                continue;
            }
            gone.push(id);
            withdraw_trust(turn, id)?;
            removal.bundles = Some(removal.dialects.len());
            for dialect in &removal.dialects {
                let remove = dialects::remove_bundle(*dialect, id);
                turn.set(None, remove, KeysPurpose::RemoveBundle(removal.command));
            }
        }
        Ok(gone)
    }

    /// The server's answer to taking a bundle away. That there is none is as good.
    pub(crate) fn on_answer(&mut self, turn: &mut Turn<'_>, command: CommandId, answer: Answer) {
        let mut removals = self.0.iter_mut();
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
        self.0.retain(|removal| removal.command != command);
        turn.changed(Change::Devices(turn.own.jid.clone()));
        turn.done(command, result.map_err(Into::into));
    }

    /// The list of this side cannot be published: whoever waits for that is told. Returns the devices that
    /// stay.
    pub(crate) fn stop(&mut self, turn: &mut Turn<'_>, side: &Publication, why: &Refusal) -> Vec<DeviceId> {
        let left: BTreeSet<DeviceId> = side.list().iter().map(|device| device.id).collect();
        let stops = |removal: &mut Removal| removal.bundles.is_none() && left.contains(&removal.device);
        let stopped: Vec<Removal> = self.0.extract_if(.., stops).collect();
        for removal in &stopped {
            let (device, why) = (removal.device.get(), why.clone());
            turn.refuse(removal.command, KeysFailure::ListRefused { device, why });
        }
        stopped.iter().map(|removal| removal.device).collect()
    }

    /// They were asked for on a stream that is gone.
    pub(crate) fn abandon(&mut self, turn: &mut Turn<'_>) {
        for removal in std::mem::take(&mut self.0) {
            turn.not_connected(removal.command);
        }
    }
}

/// The dialects that a device of ours was seen in; None if it may be on a list
/// that the server does not show.
fn seen_in(turn: &Turn<'_>, sides: [&Publication; 2], id: DeviceId) -> Result<Option<Vec<Dialect>>> {
    let mut seen = Vec::new();
    for side in sides {
        let row = keys::device(turn.tx, turn.own.account, &turn.own.jid, side.dialect, id)?;
        if side.is_closed() && row.as_ref().is_some_and(|row| row.active) {
            return Ok(None);
        }
        if row.is_some() || side.lists(id) {
            seen.push(side.dialect);
        }
    }
    Ok(Some(seen))
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
