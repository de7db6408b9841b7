//! Other devices: lists and bundles, fetched when a message waits for them, and who may be written to (XEP-0384 0.3;
//! design §3 and §5). Our own other devices are handled alike.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use super::iq::{Answer, Purpose, Refusal};
use super::refusals::{no_list, no_own_keys, nobody_to_seal_for};
use super::trust;
use super::turn::Turn;
use crate::api::{Change, CommandId, Failure, Outcome};
use crate::model::{BareJid, Subscription, Timestamp};
use crate::omemo::{DeviceId, Dialect, SessionRecord, Trust, VerifiedBundle};
use crate::stanza::{legacy, ns, pubsub};
use crate::store::omemo::Device;
use crate::store::{Result, contacts, omemo as keys};

/// A device to seal for; its session is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) jid: BareJid,
    pub(super) device: DeviceId,
}

/// Whether a message to somebody can be sealed now.
pub(super) enum Readiness {
    /// Questions are on their way.
    Waits,
    /// It must not be sealed.
    Refused(Failure),
    /// Seal for these; the others are named, unless they were with the last message.
    Ready {
        targets: Vec<Target>,
        left_out: Vec<String>,
    },
}

/// Where the fetch of a bundle stands.
enum Fetch {
    Asked,
    Got(Box<VerifiedBundle>),
    /// Why, and when.
    Failed(String, Timestamp),
}

/// A list without notifications of its changes, and a bundle that could not be had, is asked for again after this long.
const LIST_AGE: Duration = Duration::from_secs(600);

/// What is known on the current stream.
#[derive(Default)]
pub(super) struct Devices {
    /// Whose list is known to be current, since when.
    fresh: BTreeMap<BareJid, Timestamp>,
    asked: BTreeSet<BareJid>,
    /// Why the last fetch of a list failed.
    refused: BTreeMap<BareJid, Refusal>,
    bundles: BTreeMap<(BareJid, DeviceId), Fetch>,
    /// Devices that were looked at for a verified key which no known device has.
    looked: BTreeSet<(BareJid, DeviceId)>,
    refreshing: Vec<(CommandId, BareJid)>,
    /// Who was left out of the last message to somebody, as it was told.
    named: BTreeMap<BareJid, Vec<String>>,
    /// Devices that something was sealed for on this stream; taken by the completions.
    written: Vec<Target>,
}

impl Devices {
    /// Nothing that was learnt on the old stream counts on the new one.
    pub(super) fn restart(&mut self, turn: &mut Turn<'_>) {
        for (command, _) in std::mem::take(self).refreshing {
            turn.not_connected(command);
        }
    }

    /// Gathers what sealing for `peer` needs; asks for what is missing.
    pub(super) fn prepare(&mut self, turn: &mut Turn<'_>, peer: &BareJid) -> Result<Readiness> {
        if let Some(refusal) = self.refused.remove(peer) {
            return Ok(Readiness::Refused(no_list(peer, &refusal)));
        }
        if keys::own_device(turn.tx, turn.own.account)?.is_none() {
            return Ok(Readiness::Refused(no_own_keys()));
        }
        let own = turn.own.jid.clone();
        if !self.is_fresh(turn, peer)? {
            self.ask_for_list(turn, peer);
            return Ok(Readiness::Waits);
        }
        let mut targets = Vec::new();
        let mut left_out = Vec::new();
        let mut waits = self.sort_out(turn, peer, &mut targets, &mut left_out)?;
        let theirs = targets.len();
        if *peer != own {
            waits |= self.sort_out(turn, &own, &mut targets, &mut left_out)?;
        }
        if waits {
            return Ok(Readiness::Waits);
        }
        if theirs == 0 {
            self.fresh.remove(peer);
            return Ok(Readiness::Refused(nobody_to_seal_for(peer, &left_out)));
        }
        self.bundles
            .retain(|_, fetch| matches!(fetch, Fetch::Asked | Fetch::Failed(..)));
        let news = self.named.insert(peer.clone(), left_out.clone()) != Some(left_out.clone());
        Ok(Readiness::Ready {
            targets,
            left_out: if news { left_out } else { Vec::new() },
        })
    }

    /// Whether the list of `jid` needs no question: ours comes with the login; contacts notify us of changes while
    /// we are present; everybody else is asked again now and then.
    fn is_fresh(&self, turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
        let Some(since) = self.fresh.get(jid) else {
            return Ok(false);
        };
        if *jid == turn.own.jid {
            return Ok(true);
        }
        let notifies = turn.own.present
            && contacts::get(turn.tx, turn.own.account, jid)?
                .is_some_and(|c| matches!(c.subscription, Subscription::To | Subscription::Both));
        Ok(notifies || turn.now.duration_since(*since).unsigned_abs() < LIST_AGE)
    }

    fn ask_for_list(&mut self, turn: &mut Turn<'_>, jid: &BareJid) {
        if self.asked.insert(jid.clone()) {
            let to = Jid::from(jid.clone());
            let purpose = Purpose::DeviceList(jid.clone());
            turn.get(Some(&to), pubsub::fetch(ns::OMEMO_LEGACY_DEVICES), purpose);
        }
    }

    /// Sorts the active devices of `jid` into those to seal for and those left out; true if a bundle is still awaited.
    fn sort_out(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        targets: &mut Vec<Target>,
        left_out: &mut Vec<String>,
    ) -> Result<bool> {
        let account = turn.own.account;
        let own_id = keys::own_device(turn.tx, account)?.map(|own| own.id);
        let mut waits = false;
        let searches = misses_verified(turn, jid)?;
        for device in active(turn, jid)? {
            if *jid == turn.own.jid && Some(device.id) == own_id {
                continue;
            }
            if searches && self.looked.insert((jid.clone(), device.id)) {
                self.ask_for_bundle(turn, jid, device.id);
            }
            match self.consider(turn, &device)? {
                Verdict::Seal => targets.push(Target {
                    jid: jid.clone(),
                    device: device.id,
                }),
                Verdict::Waits => waits = true,
                Verdict::LeaveOut(why) => left_out.push(format!("{jid} device {}, {why}", device.id.get())),
            }
        }
        Ok(waits)
    }

    fn consider(&mut self, turn: &mut Turn<'_>, device: &Device) -> Result<Verdict> {
        let account = turn.own.account;
        let key = (device.jid.clone(), device.id);
        if matches!(self.bundles.get(&key), Some(Fetch::Asked)) {
            return Ok(Verdict::Waits);
        }
        if let Some(identity) = &device.identity {
            let trust = keys::trust(turn.tx, account, &device.jid, identity)?.unwrap_or(Trust::Undecided);
            if !trust.may_seal() {
                return Ok(Verdict::LeaveOut(trust::why_not(trust).to_owned()));
            }
            if keys::session(turn.tx, account, &device.jid, Dialect::Legacy, device.id)?.is_some() {
                return Ok(Verdict::Seal);
            }
        }
        match self.bundles.get(&key) {
            Some(Fetch::Got(bundle)) => start_session(turn, device, bundle),
            Some(Fetch::Failed(why, at)) if turn.now.duration_since(*at).unsigned_abs() < LIST_AGE => {
                Ok(Verdict::LeaveOut(why.clone()))
            }
            _ => {
                self.ask_for_bundle(turn, &device.jid, device.id);
                Ok(Verdict::Waits)
            }
        }
    }

    /// Asks for the bundle of one device, unless that is under way.
    pub(super) fn ask_for_bundle(&mut self, turn: &mut Turn<'_>, jid: &BareJid, device: DeviceId) {
        let key = (jid.clone(), device);
        if matches!(self.bundles.get(&key), Some(Fetch::Asked)) {
            return;
        }
        self.bundles.insert(key, Fetch::Asked);
        let to = Jid::from(jid.clone());
        let purpose = Purpose::Bundle(jid.clone(), device);
        turn.get(Some(&to), pubsub::fetch(&legacy::bundle_node(device)), purpose);
    }

    /// The bundle that was fetched for a repair, if it came and was good.
    pub(super) fn take_bundle(&mut self, jid: &BareJid, device: DeviceId) -> Option<Box<VerifiedBundle>> {
        match self.bundles.remove(&(jid.clone(), device)) {
            Some(Fetch::Got(bundle)) => Some(bundle),
            _ => None,
        }
    }

    /// A device list arrived, asked for or as an event.
    pub(super) fn on_list(&mut self, turn: &mut Turn<'_>, jid: &BareJid, ids: &[DeviceId]) -> Result<()> {
        self.asked.remove(jid);
        self.refused.remove(jid);
        self.fresh.insert(jid.clone(), turn.now);
        self.bundles
            .retain(|(other, _), fetch| other != jid || matches!(fetch, Fetch::Asked));
        keys::set_device_list(turn.tx, turn.own.account, jid, Dialect::Legacy, ids, turn.now)?;
        turn.changed(Change::Devices(jid.clone()));
        Ok(())
    }

    /// A message came from a device that is not on the list: the list is asked for again before the next message.
    pub(super) fn doubt_list(&mut self, jid: &BareJid) {
        self.fresh.remove(jid);
    }

    /// The answer to a question for somebody's device list.
    pub(super) fn on_list_answer(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        answer: Answer,
    ) -> Result<()> {
        self.asked.remove(jid);
        match answer {
            Ok(payload) => {
                let ids = payload.as_ref().and_then(read_list).unwrap_or_default();
                self.on_list(turn, jid, &ids)?;
            }
            Err(refusal) if refusal.is("item-not-found") => self.on_list(turn, jid, &[])?,
            Err(refusal) => {
                self.refused.insert(jid.clone(), refusal);
            }
        }
        self.refresh_bundles(turn, jid)?;
        self.finish_refreshes(turn);
        Ok(())
    }

    /// The answer to a question for a bundle.
    pub(super) fn on_bundle_answer(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        device: DeviceId,
        answer: Answer,
    ) -> Result<()> {
        let fetch = match answer {
            Err(refusal) => {
                let why = format!("its keys could not be fetched ({})", refusal.words());
                Fetch::Failed(why, turn.now)
            }
            Ok(payload) => match payload.as_ref().and_then(|p| read_bundle(p, device)) {
                None => Fetch::Failed("its keys are not published".to_owned(), turn.now),
                Some(bundle) => match bundle.verify() {
                    Err(error) => Fetch::Failed(format!("its keys are not valid: {error}"), turn.now),
                    Ok(bundle) => self.check_identity(turn, jid, device, bundle)?,
                },
            },
        };
        self.bundles.insert((jid.clone(), device), fetch);
        turn.changed(Change::Devices(jid.clone()));
        self.finish_refreshes(turn);
        Ok(())
    }

    /// A device keeps its identity key for ever; a new key is a new, undecided entry (threats 24, 25).
    fn check_identity(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        device: DeviceId,
        bundle: VerifiedBundle,
    ) -> Result<Fetch> {
        let identity = bundle.identity();
        if trust::admit(turn, jid, device, identity)? {
            Ok(Fetch::Got(Box::new(bundle)))
        } else {
            Ok(Fetch::Failed(
                "it shows another identity key than before".to_owned(),
                turn.now,
            ))
        }
    }

    /// A front end asks for the keys of `jid`.
    pub(super) fn refresh(&mut self, turn: &mut Turn<'_>, command: CommandId, jid: BareJid) -> Result<()> {
        self.refused.remove(&jid);
        self.bundles
            .retain(|(other, _), fetch| *other != jid || matches!(fetch, Fetch::Asked));
        self.fresh.remove(&jid);
        self.ask_for_list(turn, &jid);
        self.refreshing.push((command, jid));
        Ok(())
    }

    fn refresh_bundles(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<()> {
        if self.refreshing.iter().any(|(_, other)| other == jid) {
            let this = keys::own_device(turn.tx, turn.own.account)?.map(|own| own.id);
            for device in active(turn, jid)?.into_iter().filter(|d| d.identity.is_none()) {
                if *jid != turn.own.jid || Some(device.id) != this {
                    self.ask_for_bundle(turn, jid, device.id);
                }
            }
        }
        Ok(())
    }

    fn finish_refreshes(&mut self, turn: &mut Turn<'_>) {
        for (command, jid) in std::mem::take(&mut self.refreshing) {
            let open = self
                .bundles
                .iter()
                .any(|((j, _), f)| *j == jid && matches!(f, Fetch::Asked));
            if self.asked.contains(&jid) || open {
                self.refreshing.push((command, jid));
            } else if let Some(refusal) = self.refused.remove(&jid) {
                turn.done(command, Err(no_list(&jid, &refusal)));
            } else {
                turn.done(command, Ok(Outcome::Done));
            }
        }
    }

    /// These devices were written to; a session among them needs no empty message any more.
    pub(super) fn written_to(&mut self, targets: &[Target]) {
        self.written.extend_from_slice(targets);
    }

    pub(super) fn take_written(&mut self) -> Vec<Target> {
        std::mem::take(&mut self.written)
    }
}

enum Verdict {
    Seal,
    Waits,
    LeaveOut(String),
}

fn active(turn: &Turn<'_>, jid: &BareJid) -> Result<Vec<Device>> {
    let mut devices = keys::devices(turn.tx, turn.own.account, jid)?;
    devices.retain(|device| device.active && device.dialect == Dialect::Legacy);
    Ok(devices)
}

/// X3DH with a device whose key may be written to; its session is stored.
fn start_session(turn: &mut Turn<'_>, device: &Device, bundle: &VerifiedBundle) -> Result<Verdict> {
    let account = turn.own.account;
    let trust = keys::trust(turn.tx, account, &device.jid, &bundle.identity())?;
    let trust = trust.unwrap_or(Trust::Undecided);
    if !trust.may_seal() {
        return Ok(Verdict::LeaveOut(trust::why_not(trust).to_owned()));
    }
    let Some(own) = keys::own_device(turn.tx, account)? else {
        return Ok(Verdict::Waits);
    };
    let record = SessionRecord::initiate(&own, bundle, None, turn.rng);
    keys::put_session(turn.tx, account, &device.jid, Dialect::Legacy, device.id, &record)?;
    Ok(Verdict::Seal)
}

/// The device ids of a fetch result or event; any item id, the last item counts.
pub(super) fn read_list(pubsub: &Element) -> Option<Vec<DeviceId>> {
    let items = pubsub::items(pubsub, ns::OMEMO_LEGACY_DEVICES)?;
    items.last().and_then(|(_, list)| legacy::parse_device_list(list))
}

fn read_bundle(pubsub: &Element, device: DeviceId) -> Option<crate::omemo::Bundle> {
    let items = pubsub::items(pubsub, &legacy::bundle_node(device))?;
    items.last().and_then(|(_, bundle)| legacy::parse_bundle(bundle))
}

/// Whether the person verified a key of `jid` that no device of theirs is known to have: then one of them has changed its
/// key, and its new bundle must be looked at before anything is sealed for it.
fn misses_verified(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    let known = keys::devices(turn.tx, account, jid)?;
    let verified = keys::keys(turn.tx, account, jid)?;
    Ok(verified
        .iter()
        .filter(|key| key.trust == Trust::Verified)
        .any(|key| known.iter().all(|device| device.identity != Some(key.identity))))
}
