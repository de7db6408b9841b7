//! Asking for lists and bundles, and what the answers and events say.

use jid::Jid;

use super::{Devices, Fetch, is_unanswered};
use crate::device_address::DeviceAddress;
use crate::iq::{Answer, Refusal};
use crate::keys::priority::ranks;
use crate::keys::shown_list::ShownList;
use crate::keys::trust;
use crate::purpose::KeysPurpose;
use crate::refusals::NobodyFound;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{BareJid, Clean, DeviceProblem, KeysFailure};
use omemo::{DeviceId, Dialect, VerifiedBundle};
use stanza::dialects::{self, Listed};
use store::omemo::DeviceLabel;
use store::{Result, omemo as keys};

impl Devices {
    pub(crate) fn ask_for_list(&mut self, turn: &mut Turn<'_>, jid: &BareJid, dialect: Dialect) {
        self.in_passing.remove(&(jid.clone(), dialect));
        if self.asked.insert((jid.clone(), dialect)) {
            // Our own account is asked without an address.
            let to = (*jid != turn.own.jid).then(|| Jid::from(jid.clone()));
            let purpose = KeysPurpose::List(jid.clone(), dialect);
            turn.get(to.as_ref(), dialects::fetch_devices(dialect), purpose);
        }
    }

    /// Asks for the bundle of one device, unless that is under way.
    pub(crate) fn ask_for_bundle(&mut self, turn: &mut Turn<'_>, target: &DeviceAddress) {
        self.learning.remove(target);
        if matches!(self.bundles.get(target), Some(Fetch::Asked)) {
            return;
        }
        self.bundles.insert(target.clone(), Fetch::Asked);
        let DeviceAddress { jid, device, dialect } = target;
        let to = Jid::from(jid.clone());
        let purpose = KeysPurpose::Bundle(target.clone());
        turn.get(Some(&to), dialects::fetch_bundle(*dialect, *device), purpose);
    }

    /// Our devices that were there before this one are trusted blindly only if they show their keys soon, and
    /// one that appears now can be decided about only by its key: those that showed none are asked for them,
    /// though nothing is to be sent.
    pub(crate) fn learn_own(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let soon = trust::makes_acquaintance(turn)?;
        let (account, jid) = (turn.own.account, turn.own.jid.clone());
        let this = turn.own_device()?.map(|own| own.id);
        let known = keys::devices(turn.tx, account, &jid)?;
        let mute = |id: DeviceId| {
            let mut rows = known.iter().filter(|row| row.id == id);
            Some(id) != this && rows.all(|row| row.identity.is_none())
        };
        let wanted = |row: &&keys::Device| row.active && mute(row.id) && (soon || row.first_seen == turn.now);
        let wanted: Vec<&keys::Device> = known.iter().filter(wanted).collect();
        for row in wanted {
            let target = DeviceAddress {
                jid: jid.clone(),
                device: row.id,
                dialect: row.dialect,
            };
            if !self.bundles.contains_key(&target) {
                self.ask_for_bundle(turn, &target);
                self.learning.insert(target);
            }
        }
        Ok(())
    }

    /// The bundle that was fetched for a repair, if it came and was good.
    pub(crate) fn take_bundle(&mut self, target: &DeviceAddress) -> Option<Box<VerifiedBundle>> {
        match self.bundles.remove(target) {
            Some(Fetch::Got(bundle, _)) => Some(bundle),
            _ => None,
        }
    }

    /// A device list arrived, asked for or as an event.
    pub(crate) fn on_list(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        dialect: Dialect,
        shown: &ShownList,
    ) -> Result<()> {
        let listed = &shown.listed;
        let list = (jid.clone(), dialect);
        self.asked.remove(&list);
        self.refused.remove(&list);
        self.failed.remove(&list);
        self.in_passing.remove(&list);
        self.fresh.insert(list, turn.now);
        self.bundles.retain(|target, fetch| {
            target.jid != *jid || target.dialect != dialect || matches!(fetch, Fetch::Asked)
        });
        let account = turn.own.account;
        // In the order of their worth: of a long list the first ones are stored.
        let mut ids: Vec<DeviceId> = listed.iter().map(|device| device.id).collect();
        let rank = ranks(turn, jid)?;
        ids.sort_by_key(|id| rank(*id));
        keys::set_device_list(turn.tx, account, jid, dialect, &ids, turn.now)?;
        keys::set_impossible(turn.tx, account, jid, dialect, shown.impossible)?;
        if dialect == Dialect::Omemo2 {
            forget_lowering(turn, jid)?;
            keys::set_labels(turn.tx, account, jid, dialect, &labels(listed))?;
        }
        turn.changed(Change::Devices(jid.clone()));
        Ok(())
    }

    /// A message came from a device that is not on the list: the list is asked for again before the next
    /// message. Ours is asked for at once, since it comes with the login and not with a message.
    pub(crate) fn on_unlisted(&mut self, turn: &mut Turn<'_>, target: &DeviceAddress) {
        if target.jid == turn.own.jid {
            self.ask_for_list(turn, &target.jid, target.dialect);
        } else {
            self.fresh.remove(&(target.jid.clone(), target.dialect));
        }
    }

    /// Something was taken from somebody's list: it is asked for again.
    pub(crate) fn look_again(&mut self, turn: &mut Turn<'_>, jid: &BareJid, dialect: Dialect) {
        self.fresh.remove(&(jid.clone(), dialect));
        self.ask_for_list(turn, jid, dialect);
    }

    /// A device list cannot be had.
    pub(crate) fn on_hidden_list(
        &mut self,
        turn: &Turn<'_>,
        jid: &BareJid,
        dialect: Dialect,
        refusal: Refusal,
    ) {
        let list = (jid.clone(), dialect);
        self.asked.remove(&list);
        self.failed.insert(list.clone(), (refusal.clone(), turn.now));
        if !self.in_passing.remove(&list) {
            self.refused.insert(list, refusal);
        }
    }

    /// A question for a list of `jid` was answered, whatever the answer was.
    pub(crate) fn on_answered(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<()> {
        self.refresh_bundles(turn, jid)?;
        self.finish_refreshes(turn)
    }

    /// The answer to a question for a bundle.
    pub(crate) fn on_bundle_answer(
        &mut self,
        turn: &mut Turn<'_>,
        target: &DeviceAddress,
        answer: Answer,
    ) -> Result<()> {
        let read = |answer| dialects::read_bundle(target.dialect, target.device, answer);
        let fetch = match answer {
            Err(refusal) => Fetch::Failed(DeviceProblem::NotFetched(refusal.told()), turn.now),
            Ok(payload) => match payload.as_ref().map(read).transpose().map(Option::flatten) {
                Ok(None) => Fetch::Failed(DeviceProblem::NotPublished, turn.now),
                Err(bad) => Fetch::Failed(DeviceProblem::Damaged(shown(&bad)), turn.now),
                Ok(Some(bundle)) => match bundle.verify() {
                    Err(error) => Fetch::Failed(DeviceProblem::Invalid(shown(&error)), turn.now),
                    Ok(bundle) => check_identity(turn, target, bundle)?,
                },
            },
        };
        if self.learning.remove(target) {
            self.bundles.remove(target);
        } else {
            self.bundles.insert(target.clone(), fetch);
        }
        turn.changed(Change::Devices(target.jid.clone()));
        self.finish_refreshes(turn)
    }

    /// A front end asks for the keys of `jid`.
    pub(crate) fn refresh(&mut self, turn: &mut Turn<'_>, command: CommandId, jid: BareJid) -> Result<()> {
        self.look_anew(turn, &jid);
        self.refreshing.push((command, jid));
        Ok(())
    }

    /// Asks for both lists of `jid`, whatever is known.
    pub(crate) fn look_anew(&mut self, turn: &mut Turn<'_>, jid: &BareJid) {
        self.bundles
            .retain(|target, fetch| target.jid != *jid || matches!(fetch, Fetch::Asked));
        for dialect in Dialect::ALL {
            let list = (jid.clone(), dialect);
            self.refused.remove(&list);
            self.failed.remove(&list);
            self.fresh.remove(&list);
            self.ask_for_list(turn, jid, dialect);
        }
    }

    /// Whether no answer about a list of `jid` is awaited.
    pub(crate) fn lists_answered(&self, jid: &BareJid) -> bool {
        !self.asked.iter().any(|(asked, _)| asked == jid)
    }

    fn refresh_bundles(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<()> {
        let wanted = self.refreshing.iter().any(|(_, other)| other == jid);
        if !wanted || !self.lists_answered(jid) {
            return Ok(());
        }
        let account = turn.own.account;
        let this = turn.own_device()?.map(|own| own.id);
        let trusts = keys::keys(turn.tx, account, jid)?;
        for device in keys::addressed(turn.tx, account, jid)? {
            let ours = *jid == turn.own.jid && Some(device.id) == this;
            let known = device.identity.is_some_and(|key| {
                let mut its = trusts.iter().filter(|known| known.identity == key);
                its.any(|known| known.ed25519.is_some() || device.dialect == Dialect::Legacy)
            });
            if !known && !ours && device.listed {
                let target = DeviceAddress {
                    jid: jid.clone(),
                    device: device.id,
                    dialect: device.dialect,
                };
                self.ask_for_bundle(turn, &target);
            }
        }
        Ok(())
    }

    fn finish_refreshes(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        for (command, jid) in std::mem::take(&mut self.refreshing) {
            let open = self
                .bundles
                .iter()
                .any(|(target, fetch)| target.jid == jid && matches!(fetch, Fetch::Asked));
            if !self.lists_answered(&jid) || open {
                self.refreshing.push((command, jid));
                continue;
            }
            let refusals = Dialect::ALL.map(|dialect| self.refused.remove(&(jid.clone(), dialect)));
            match refusals {
                // One of the two is enough: few publish both.
                [Some(_), refusal @ Some(_)] => {
                    let found = NobodyFound {
                        left_out: Vec::new(),
                        by_trust: false,
                        refusal,
                        impossible: false,
                        unanswered: is_unanswered(turn, &jid)?,
                    };
                    turn.refuse(command, KeysFailure::Unreachable(jid, found.why()));
                }
                _ => turn.done(command, Ok(Outcome::Done)),
            }
        }
        Ok(())
    }
}

/// Whoever is on the list of OMEMO 2 again, by number or by key, is told of anew
/// when it falls back once more.
fn forget_lowering(turn: &Turn<'_>, jid: &BareJid) -> Result<()> {
    let account = turn.own.account;
    let known = keys::devices(turn.tx, account, jid)?;
    let (newer, legacy): (Vec<_>, Vec<_>) =
        known.iter().partition(|device| device.dialect == Dialect::Omemo2);
    let back = |device: &keys::Device| {
        let mut newer = newer.iter().filter(|newer| newer.active);
        newer.any(|newer| {
            newer.id == device.id || newer.identity.is_some_and(|key| device.identity == Some(key))
        })
    };
    for device in legacy.into_iter().filter(|device| back(device)) {
        keys::set_lowering_told(turn.tx, account, jid, device.id, false)?;
    }
    Ok(())
}

/// Labels as they may be stored. One that would have to be changed to be shown safely is not believed.
fn labels(listed: &[Listed]) -> Vec<(DeviceId, DeviceLabel)> {
    let clean = |device: &Listed| {
        let label = device.label.as_ref()?;
        let text = Clean::line(&label.text);
        (text.as_str() == label.text).then(|| {
            let signature = label.signature.clone();
            (device.id, DeviceLabel { text, signature })
        })
    };
    listed.iter().filter_map(clean).collect()
}

/// In what way something is no bundle.
fn shown(bad: &impl std::fmt::Display) -> Clean {
    Clean::line(&bad.to_string())
}

/// A device keeps its identity key for ever, in both dialects; a new key is a new,
/// undecided entry (threats 24, 25).
fn check_identity(turn: &mut Turn<'_>, target: &DeviceAddress, bundle: VerifiedBundle) -> Result<Fetch> {
    let identity = bundle.identity();
    let ours = turn.own_device()?;
    if ours.is_some_and(|own| own.identity.public() == identity) {
        return Ok(Fetch::Failed(DeviceProblem::OurKey, turn.now));
    }
    let good = trust::admit(turn, target, identity)?;
    // Its signature was made with this form: a claim that was refused is one that can be compared, too.
    if let Some(form) = bundle.ed25519() {
        keys::set_ed25519(turn.tx, turn.own.account, &target.jid, &identity, &form)?;
    }
    if good {
        Ok(Fetch::Got(Box::new(bundle), turn.now))
    } else {
        Ok(Fetch::Failed(DeviceProblem::OtherKey, turn.now))
    }
}
