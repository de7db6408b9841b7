//! Other devices: lists and bundles, fetched when a message waits for them, and who may be written to in
//! which dialect (XEP-0384 0.3 and 0.9; design §3 and §5). Our own other devices are handled alike.
//!
//! Here is what is known on the current stream, and what a message needs; `fetching` asks
//! and reads the answers, `eligibility` decides about one device.

mod eligibility;
mod fetching;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::device_address::DeviceAddress;
use crate::iq::Refusal;
use crate::notices::Kind;
use crate::refusals::NobodyFound;
use crate::turn::Turn;
use api::CommandId;
use eligibility::Verdict;
use model::{BareJid, DeviceProblem, Fate, KeysNotice, LeftOut, Subscription, Timestamp, Unreachable, Why};
use omemo::{DeviceId, Dialect, VerifiedBundle};
use store::{Result, chats, contacts, omemo as keys};

/// Whether a message to somebody can be sealed now.
pub(crate) enum Readiness {
    /// Questions are on their way.
    Waits,
    /// It must not be sealed.
    Refused(Unreachable),
    /// A note to ourselves that no other device of ours can read: it stays here. They are named as below.
    Kept { left_out: Vec<LeftOut> },
    /// Seal for these. The others are named if that is news: unless they were named before, or are left out
    /// because the person distrusts their keys.
    Ready {
        targets: Vec<DeviceAddress>,
        left_out: Vec<LeftOut>,
    },
}

/// Where the fetch of a bundle stands.
enum Fetch {
    Asked,
    Got(Box<VerifiedBundle>),
    /// Why, and when.
    Failed(DeviceProblem, Timestamp),
}

/// A list without notifications of its changes, and a bundle that could not be had, is
/// asked for again after this long.
const LIST_AGE: Duration = Duration::from_secs(600);

/// What is known on the current stream.
#[derive(Default)]
pub(crate) struct Devices {
    /// Which lists are known to be current, since when.
    fresh: BTreeMap<(BareJid, Dialect), Timestamp>,
    asked: BTreeSet<(BareJid, Dialect)>,
    /// Why the last fetch of a list failed.
    refused: BTreeMap<(BareJid, Dialect), Refusal>,
    bundles: BTreeMap<DeviceAddress, Fetch>,
    /// Bundles that were asked for to learn a key and not to begin a session: by the
    /// time of one they would be old.
    learning: BTreeSet<DeviceAddress>,
    /// Devices that were looked at for a verified key which no known device has.
    looked: BTreeSet<DeviceAddress>,
    refreshing: Vec<(CommandId, BareJid)>,
    /// Whose devices were left out of the last message that went to them, as it was told.
    /// This holds for every stream.
    named: BTreeMap<BareJid, Vec<LeftOut>>,
}

/// What was found about the devices of somebody that a message goes to.
#[derive(Default)]
struct Sorted {
    targets: Vec<DeviceAddress>,
    left_out: Vec<LeftOut>,
    /// Devices that are written to in a worse dialect than before.
    downgraded: Vec<DeviceAddress>,
    waits: bool,
    /// Somebody was left out because of what was, or was not, decided about a key.
    by_trust: bool,
}

impl Sorted {
    /// A device that is on no list and began a session with us: what is stored decides,
    /// there is nothing to ask for.
    fn take_unlisted(&mut self, target: DeviceAddress, fate: Fate) {
        match fate {
            Fate::Written => self.targets.push(target),
            Fate::LookedUp => {}
            Fate::LeftOut(why) => {
                self.by_trust |= why != Why::TakenOff;
                self.leave_out(&target.jid, target.device, DeviceProblem::Kept(why));
            }
        }
    }

    fn leave_out(&mut self, jid: &BareJid, device: DeviceId, why: DeviceProblem) {
        self.left_out.push(LeftOut {
            jid: jid.clone(),
            device: device.get(),
            why,
        });
    }
}

impl Devices {
    /// Nothing that was learnt on the old stream counts on the new one.
    pub(crate) fn restart(&mut self, turn: &mut Turn<'_>) {
        let new = Self {
            named: std::mem::take(&mut self.named),
            ..Self::default()
        };
        for (command, _) in std::mem::replace(self, new).refreshing {
            turn.not_connected(command);
        }
    }

    /// Gathers what sealing for `peer` needs; asks for what is missing.
    pub(crate) fn prepare(&mut self, turn: &mut Turn<'_>, peer: &BareJid) -> Result<Readiness> {
        if turn.own_device()?.is_none() {
            return Ok(Readiness::Refused(Unreachable::NoOwnKeys));
        }
        let own = turn.own.jid.clone();
        // Ours is asked for only where a device wrote that is not on it.
        if self.ask_for_lists(turn, peer)? || !self.lists_answered(&own) {
            return Ok(Readiness::Waits);
        }
        let theirs = self.sort_out(turn, peer)?;
        let ours = if *peer == own {
            Sorted::default()
        } else {
            self.sort_out(turn, &own)?
        };
        if theirs.waits || ours.waits {
            return Ok(Readiness::Waits);
        }
        let refusals = Dialect::ALL.map(|dialect| self.refused.remove(&(peer.clone(), dialect)));
        if theirs.targets.is_empty() && *peer != own {
            // Why it is so is theirs alone: what was decided about our own devices has nothing to do with it.
            for dialect in Dialect::ALL {
                self.fresh.remove(&(peer.clone(), dialect));
            }
            let [newer, legacy] = refusals;
            let found = NobodyFound {
                left_out: theirs.left_out,
                by_trust: theirs.by_trust,
                // The legacy dialect is the one that nearly everybody publishes.
                refusal: legacy.or(newer),
                impossible: keys::is_impossible(turn.tx, turn.own.account, peer)?,
                unanswered: is_unanswered(turn, peer)?,
            };
            return Ok(Readiness::Refused(found.why()));
        }
        for target in theirs.downgraded.into_iter().chain(ours.downgraded) {
            tell_lowered(turn, &target)?;
        }
        let mut targets = theirs.targets;
        targets.extend(ours.targets);
        self.bundles
            .retain(|_, fetch| matches!(fetch, Fetch::Asked | Fetch::Failed(..)));
        let mut left_out = self.news(peer, &theirs.left_out);
        if *peer != own {
            left_out.extend(self.news(&own, &ours.left_out));
        }
        if targets.is_empty() {
            return Ok(Readiness::Kept { left_out });
        }
        Ok(Readiness::Ready { targets, left_out })
    }

    /// Which devices of `owner` are left out, if that is not what was told last. A choice
    /// that was made needs no words.
    fn news(&mut self, owner: &BareJid, left_out: &[LeftOut]) -> Vec<LeftOut> {
        let distrusted = DeviceProblem::Kept(Why::Distrusted);
        let its = left_out.iter().filter(|device| device.why != distrusted);
        let its: Vec<LeftOut> = its.cloned().collect();
        match self.named.insert(owner.clone(), its.clone()) {
            Some(told) if told == its => Vec::new(),
            _ => its,
        }
    }

    /// Asks for the lists of `jid` that are not current; whether an answer is awaited. A list that was
    /// refused is not waited for: what is stored of it stays in force.
    fn ask_for_lists(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<bool> {
        let mut waits = false;
        for dialect in Dialect::ALL {
            let list = (jid.clone(), dialect);
            if !self.refused.contains_key(&list) && !self.is_fresh(turn, jid, dialect)? {
                self.ask_for_list(turn, jid, dialect);
                waits = true;
            }
        }
        Ok(waits)
    }

    /// Whether a list of `jid` needs no question: ours comes with the login; contacts notify us of changes
    /// while we are present; everybody else is asked again now and then.
    fn is_fresh(&self, turn: &Turn<'_>, jid: &BareJid, dialect: Dialect) -> Result<bool> {
        let Some(since) = self.fresh.get(&(jid.clone(), dialect)) else {
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

    /// Sorts the devices of `jid` into those to seal for and those left out.
    fn sort_out(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<Sorted> {
        let account = turn.own.account;
        let mut sorted = Sorted::default();
        let own_id = turn.own_device()?.map(|own| own.id);
        let addressed = keys::addressed(turn.tx, account, jid)?;
        if self.awaits_keys(jid, &addressed) {
            sorted.waits = true;
            return Ok(sorted);
        }
        let searches = eligibility::misses_verified(turn, jid)?;
        for device in addressed {
            if *jid == turn.own.jid && Some(device.id) == own_id {
                continue;
            }
            let target = DeviceAddress {
                jid: jid.clone(),
                device: device.id,
                dialect: device.dialect,
            };
            if !device.listed {
                sorted.take_unlisted(target, device.fate);
                continue;
            }
            if searches && self.looked.insert(target.clone()) {
                self.ask_for_bundle(turn, &target);
            }
            let verdict = self.consider(turn, &target)?;
            let (target, verdict, fell) = match verdict {
                Verdict::Unavailable(_) if target.dialect == Dialect::Omemo2 && device.also_legacy => {
                    let legacy = DeviceAddress {
                        dialect: Dialect::Legacy,
                        ..target
                    };
                    let verdict = self.consider(turn, &legacy)?;
                    let fell = matches!(verdict, Verdict::Seal)
                        && keys::spoke_omemo2(turn.tx, account, jid, device.id)?;
                    (legacy, verdict, fell)
                }
                verdict => (target, verdict, device.downgraded),
            };
            match verdict {
                Verdict::Seal => {
                    if fell {
                        sorted.downgraded.push(target.clone());
                    }
                    sorted.targets.push(target);
                }
                Verdict::Waits => sorted.waits = true,
                Verdict::LeaveOut(why) => {
                    sorted.by_trust = true;
                    sorted.leave_out(jid, device.id, DeviceProblem::Kept(why));
                }
                Verdict::Unavailable(why) => sorted.leave_out(jid, device.id, why),
            }
        }
        Ok(sorted)
    }

    /// Whether a bundle of one of these devices was asked for and is not there yet. Nothing else is looked at
    /// until all are: a list can be long, and this is asked again after every answer.
    fn awaits_keys(&mut self, jid: &BareJid, addressed: &[keys::Addressed]) -> bool {
        let mut awaits = false;
        for device in addressed {
            for dialect in Dialect::ALL {
                let target = DeviceAddress {
                    jid: jid.clone(),
                    device: device.id,
                    dialect,
                };
                if matches!(self.bundles.get(&target), Some(Fetch::Asked)) {
                    self.learning.remove(&target);
                    awaits = true;
                }
            }
        }
        awaits
    }
}

/// Whether `jid` stands on our roster and never answered: neither lets us see them, nor wrote.
fn is_unanswered(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let contact = contacts::get(turn.tx, turn.own.account, jid)?;
    let added = contact.is_some_and(|c| c.in_roster && matches!(c.subscription, Subscription::None));
    Ok(added && !chats::heard_from(turn.tx, turn.own.account, jid)?)
}

/// A device that spoke OMEMO 2 is written to in the legacy dialect: that may be its owner's wish, or somebody
/// at their server hides the better keys (threat 52). Told once, until it speaks OMEMO 2 again.
fn tell_lowered(turn: &mut Turn<'_>, target: &DeviceAddress) -> Result<()> {
    let (account, jid, id) = (turn.own.account, &target.jid, target.device);
    if keys::lowering_told(turn.tx, account, jid, id)? {
        return Ok(());
    }
    keys::set_lowering_told(turn.tx, account, jid, id, true)?;
    let notice = KeysNotice::Downgraded {
        jid: jid.clone(),
        device: id.get(),
    };
    turn.notice_of(Kind::Lowered(jid.clone()), notice);
    Ok(())
}
