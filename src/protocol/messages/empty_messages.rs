//! Empty messages (KeyTransportElement in the legacy dialect): they complete a session that the other side
//! began, move a ratchet on that ran long in one direction, repair a session that is missing, and begin anew
//! where the person wants it (omemo-facts: XEP-0384 rules; threats 34, 36, 37).
//!
//! They are gathered for a moment and sent together; one device gets one. What was written to meanwhile needs
//! none. Strangers get none: it would tell them that we are here.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::acquaintance::is_met;
use crate::device_address::DeviceAddress;
use crate::effect::Timer;
use crate::follow_ups::FollowUp;
use crate::messages::held;
use crate::turn::Turn;
use api::{CommandId, Outcome};
use model::{BareJid, KeysFailure, Trust};
use omemo::{DeviceId, SessionRecord, VerifiedBundle};
use store::{Result, omemo as keys};

/// How long empty messages are gathered.
const GATHER: Duration = Duration::from_millis(1500);
/// At most this many devices of one JID are repaired in one run: who has more of them uses up nobody else's.
const MOST_REPAIRS: usize = 20;

/// So many devices are remembered until a catch-up is over.
const MOST_MUTE: usize = 1000;

/// What is due.
#[derive(Default)]
pub(crate) struct Completions {
    due: BTreeSet<DeviceAddress>,
    /// Devices whose missing session was repaired in this run; once is enough.
    repaired: BTreeSet<DeviceAddress>,
    /// Repairs that wait for the bundle.
    repairing: BTreeSet<DeviceAddress>,
    resets: Vec<Reset>,
    /// What came while we were away is being read, from the oldest on: what repairs a session may come with
    /// it.
    catching_up: bool,
    /// Devices of which the newest message that was read could not be opened.
    mute: BTreeSet<DeviceAddress>,
}

/// Somebody's sessions begin anew because the person wants it.
struct Reset {
    command: CommandId,
    jid: BareJid,
    /// None: every device that may be written to.
    device: Option<DeviceId>,
    /// Whose bundle is awaited; None while the lists are.
    waits: Option<BTreeSet<DeviceAddress>>,
    begun: usize,
}

impl Completions {
    /// An empty message to this device is due, if its owner may know us.
    pub(crate) fn due(&mut self, turn: &mut Turn<'_>, target: &DeviceAddress) -> Result<()> {
        if is_met(turn, &target.jid)? {
            // A timer that was set again with each one would never go off in a steady stream of them.
            if self.due.is_empty() {
                turn.wake(Timer::Completions, GATHER);
            }
            self.due.insert(target.clone());
        }
        Ok(())
    }

    /// These devices got something to read meanwhile.
    pub(crate) fn written_to(&mut self, targets: &[DeviceAddress]) {
        for target in targets {
            self.due.remove(target);
        }
    }

    /// A new stream: what was asked on the old one is not answered any more, and may be asked again.
    pub(crate) fn restart(&mut self, turn: &mut Turn<'_>) {
        for target in std::mem::take(&mut self.repairing) {
            self.repaired.remove(&target);
        }
        for reset in std::mem::take(&mut self.resets) {
            turn.not_connected(reset.command);
        }
    }

    /// There is a stream again: what was due while there was none is sent soon.
    pub(crate) fn on_online(&self, turn: &mut Turn<'_>) {
        if !self.due.is_empty() {
            turn.wake(Timer::Completions, GATHER);
        }
    }

    /// The moment of gathering is over, or this is the last one: one empty message for each device.
    pub(crate) fn send(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if !turn.counters.online {
            return Ok(());
        }
        for target in std::mem::take(&mut self.due) {
            held::empty(turn, &target)?;
        }
        Ok(())
    }

    /// What came while we were away is being read, or not any more: whom we still cannot hear then is
    /// repaired.
    pub(crate) fn on_catching_up(&mut self, turn: &mut Turn<'_>, is_so: bool) -> Result<()> {
        self.catching_up = is_so;
        if !is_so {
            for target in std::mem::take(&mut self.mute) {
                self.repair(turn, target)?;
            }
        }
        Ok(())
    }

    /// A message of this device was opened.
    pub(crate) fn heard(&mut self, target: &DeviceAddress) {
        self.mute.remove(target);
    }

    /// A message came that no session could open: build a new one, once per device and run, if the device is
    /// on the sender's list and the sender may know us. While a catch-up runs, a later message may bring the
    /// session (threat 37).
    pub(crate) fn repair(&mut self, turn: &mut Turn<'_>, target: DeviceAddress) -> Result<()> {
        if self.catching_up {
            if self.mute.len() < MOST_MUTE {
                self.mute.insert(target);
            }
            return Ok(());
        }
        let DeviceAddress { jid, device, dialect } = &target;
        let theirs = self.repaired.iter().filter(|other| other.jid == *jid).count();
        let enough = theirs >= MOST_REPAIRS || self.repaired.contains(&target);
        if enough || !is_met(turn, jid)? {
            return Ok(());
        }
        let listed = keys::device(turn.tx, turn.own.account, jid, *dialect, *device)?;
        if listed.is_none_or(|device| !device.active) {
            return Ok(());
        }
        self.repaired.insert(target.clone());
        self.repairing.insert(target.clone());
        turn.follow(FollowUp::FetchBundle(target));
        Ok(())
    }

    /// A front end wants the sessions with `jid` (or one device of theirs) to begin anew:
    /// the lists are looked at first.
    pub(crate) fn reset(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        jid: &BareJid,
        device: Option<u32>,
    ) {
        let id = device.map(DeviceId::new);
        if id == Some(None) {
            turn.refuse(command, KeysFailure::NothingToReset(jid.clone()));
            return;
        }
        self.resets.push(Reset {
            command,
            jid: jid.clone(),
            device: id.flatten(),
            waits: None,
            begun: 0,
        });
        turn.follow(FollowUp::FetchLists(jid.clone()));
    }

    /// The lists of `jid` were answered: a reset that waited for them asks for the bundles.
    pub(crate) fn on_lists(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<()> {
        let account = turn.own.account;
        let own = turn.own_device()?.map(|own| own.id);
        for reset in &mut self.resets {
            if reset.jid != *jid || reset.waits.is_some() {
                continue;
            }
            let mut waits = BTreeSet::new();
            for device in keys::addressed(turn.tx, account, jid)? {
                let ours = *jid == turn.own.jid && Some(device.id) == own;
                if ours || reset.device.is_some_and(|wanted| wanted != device.id) {
                    continue;
                }
                let target = DeviceAddress {
                    jid: jid.clone(),
                    device: device.id,
                    dialect: device.dialect,
                };
                turn.follow(FollowUp::FetchBundle(target.clone()));
                waits.insert(target);
            }
            reset.waits = Some(waits);
        }
        self.finish_resets(turn);
        Ok(())
    }

    /// Whether the bundle of this device is for a repair or a reset.
    pub(crate) fn awaits(&self, target: &DeviceAddress) -> bool {
        let waits = |reset: &Reset| reset.waits.as_ref().is_some_and(|waits| waits.contains(target));
        self.repairing.contains(target) || self.resets.iter().any(waits)
    }

    /// A bundle for one of these came, or none: a new session replaces whatever there is (which is archived),
    /// and an empty key exchange tells the other side.
    pub(crate) fn on_bundle(
        &mut self,
        turn: &mut Turn<'_>,
        target: &DeviceAddress,
        bundle: Option<&VerifiedBundle>,
    ) -> Result<()> {
        self.repairing.remove(target);
        let begun = begin_anew(turn, target, bundle)?;
        if begun {
            self.due.remove(target);
        }
        for reset in &mut self.resets {
            if reset.waits.as_mut().is_some_and(|waits| waits.remove(target)) {
                reset.begun += usize::from(begun);
            }
        }
        self.finish_resets(turn);
        Ok(())
    }

    fn finish_resets(&mut self, turn: &mut Turn<'_>) {
        let over = |reset: &mut Reset| reset.waits.as_ref().is_some_and(BTreeSet::is_empty);
        for reset in self.resets.extract_if(.., over) {
            let result = if reset.begun > 0 {
                Ok(Outcome::Done)
            } else {
                Err(KeysFailure::NothingToReset(reset.jid).into())
            };
            turn.done(reset.command, result);
        }
    }
}

/// A new session from the bundle that was fetched, and an empty key exchange; false if there is no good
/// bundle or its key is distrusted.
fn begin_anew(turn: &mut Turn<'_>, target: &DeviceAddress, bundle: Option<&VerifiedBundle>) -> Result<bool> {
    let account = turn.own.account;
    let DeviceAddress { jid, device, dialect } = target;
    let (Some(bundle), Some(own)) = (bundle, turn.own_device()?) else {
        return Ok(false);
    };
    if keys::trust(turn.tx, account, jid, &bundle.identity())? == Some(Trust::Distrusted) {
        return Ok(false);
    }
    let old = keys::session(turn.tx, account, jid, *dialect, *device)?;
    let record = SessionRecord::initiate(&own, bundle, old, turn.rng);
    keys::put_session(turn.tx, account, jid, *dialect, *device, &record)?;
    held::empty(turn, target)?;
    Ok(true)
}
