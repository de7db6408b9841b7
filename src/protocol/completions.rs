//! Empty messages (KeyTransportElement): they complete a session that the other side began, move a ratchet on that ran
//! long in one direction, and repair a session that is missing (omemo-facts: XEP-0384 rules; threats 34, 36, 37).
//!
//! They are gathered for a moment and sent together; one device gets one. What was written to meanwhile needs none.
//! Strangers get none: it would tell them that we are here.

use std::collections::BTreeSet;
use std::time::Duration;

use super::devices::{Devices, Target};
use super::effect::Timer;
use super::receipts::may_know_us;
use super::turn::Turn;
use crate::model::{BareJid, Trust};
use crate::omemo::{self, DeviceId, Dialect, Recipient, SessionRecord};
use crate::stanza::message;
use crate::store::{Result, omemo as keys};

/// How long empty messages are gathered.
const GATHER: Duration = Duration::from_millis(1500);
/// At most this many devices are repaired in one run.
const MOST_REPAIRS: usize = 200;

/// What is due.
#[derive(Default)]
pub(super) struct Completions {
    due: BTreeSet<(BareJid, DeviceId)>,
    /// Devices whose missing session was repaired in this run; once is enough.
    repaired: BTreeSet<(BareJid, DeviceId)>,
    /// Repairs that wait for the bundle.
    repairing: BTreeSet<(BareJid, DeviceId)>,
}

impl Completions {
    /// An empty message to this device is due, if its owner may know us.
    pub(super) fn due(&mut self, turn: &mut Turn<'_>, jid: &BareJid, device: DeviceId) -> Result<()> {
        if may_know_us(turn, jid)? {
            // A timer that was set again with each one would never go off in a steady stream of them.
            if self.due.is_empty() {
                turn.wake(Timer::Completions, GATHER);
            }
            self.due.insert((jid.clone(), device));
        }
        Ok(())
    }

    /// These devices got something to read meanwhile.
    pub(super) fn written_to(&mut self, targets: Vec<Target>) {
        for target in targets {
            self.due.remove(&(target.jid, target.device));
        }
    }

    /// A new stream: what was asked on the old one is not answered any more, and may be asked again.
    pub(super) fn restart(&mut self) {
        for key in std::mem::take(&mut self.repairing) {
            self.repaired.remove(&key);
        }
    }

    /// There is a stream again: what was due while there was none is sent soon.
    pub(super) fn on_online(&self, turn: &mut Turn<'_>) {
        if !self.due.is_empty() {
            turn.wake(Timer::Completions, GATHER);
        }
    }

    /// The moment of gathering is over: one empty message for each device.
    pub(super) fn send(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if !turn.link.online {
            return Ok(());
        }
        for (jid, device) in std::mem::take(&mut self.due) {
            send_empty(turn, &jid, device)?;
        }
        Ok(())
    }

    /// A message came without a session that could open it: build a new one, once per device and run, if the sender is
    /// trusted or was answered before.
    pub(super) fn repair(
        &mut self,
        turn: &mut Turn<'_>,
        devices: &mut Devices,
        jid: &BareJid,
        device: DeviceId,
    ) -> Result<()> {
        let key = (jid.clone(), device);
        if self.repaired.len() >= MOST_REPAIRS || self.repaired.contains(&key) || !may_know_us(turn, jid)? {
            return Ok(());
        }
        let listed = keys::device(turn.tx, turn.own.account, jid, Dialect::Legacy, device)?;
        if listed.is_none_or(|device| !device.active) {
            return Ok(());
        }
        self.repaired.insert(key.clone());
        self.repairing.insert(key);
        devices.ask_for_bundle(turn, jid, device);
        Ok(())
    }

    /// A bundle came: if it is for a repair, a new session replaces whatever there is (which is archived), and an empty
    /// key exchange tells the other side.
    pub(super) fn on_bundle(
        &mut self,
        turn: &mut Turn<'_>,
        devices: &mut Devices,
        jid: &BareJid,
        device: DeviceId,
    ) -> Result<()> {
        if !self.repairing.remove(&(jid.clone(), device)) {
            return Ok(());
        }
        let account = turn.own.account;
        let (Some(bundle), Some(own)) = (
            devices.take_bundle(jid, device),
            keys::own_device(turn.tx, account)?,
        ) else {
            return Ok(());
        };
        if keys::trust(turn.tx, account, jid, &bundle.identity())? == Some(Trust::Distrusted) {
            return Ok(());
        }
        let old = keys::session(turn.tx, account, jid, Dialect::Legacy, device)?;
        let record = SessionRecord::initiate(&own, &bundle, old, turn.rng);
        keys::put_session(turn.tx, account, jid, Dialect::Legacy, device, &record)?;
        send_empty(turn, jid, device)
    }
}

/// Empty messages may go to keys that nobody decided about (they carry nothing), never to distrusted ones.
fn send_empty(turn: &mut Turn<'_>, jid: &BareJid, device: DeviceId) -> Result<()> {
    let account = turn.own.account;
    let (Some(own), Some(mut record)) = (
        keys::own_device(turn.tx, account)?,
        keys::session(turn.tx, account, jid, Dialect::Legacy, device)?,
    ) else {
        return Ok(());
    };
    if keys::trust(turn.tx, account, jid, &record.their_identity())? == Some(Trust::Distrusted) {
        return Ok(());
    }
    let name = jid.to_string();
    let mut recipients = [Recipient {
        jid: &name,
        device,
        record: &mut record,
    }];
    let letter = omemo::seal_key_transport(Dialect::Legacy, &own, &mut recipients, turn.rng);
    keys::put_session(turn.tx, account, jid, Dialect::Legacy, device, &record)?;
    turn.counters_matter = true;
    let id = turn.random_id();
    turn.send(message::key_transport(jid, &id, &letter));
    Ok(())
}
