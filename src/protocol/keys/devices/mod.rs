//! Other devices: lists and bundles, fetched when a message waits for them, and who may be written to in
//! which dialect (XEP-0384 0.3 and 0.9; design §3 and §5). Our own other devices are handled alike.
//!
//! Here is what is known on the current stream, and what a message needs; `fetching` asks and reads the
//! answers, `means` says with what could be sealed for whom, `many` does for a room what stands here for a
//! person.

mod ahead;
mod fetching;
mod many;
mod means;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::device_address::DeviceAddress;
use crate::iq::Refusal;
use crate::notices::Kind;
use crate::refusals::NobodyFound;
use crate::turn::Turn;
use api::CommandId;
use model::{
    AddressedDevice, AddressedPerson, Audience, BareJid, ChatId, DeviceProblem, Excluded, Fate, KeysNotice,
    LeftOut, Subscription, Timestamp, Unreachable, Why,
};
use omemo::{DeviceId, Dialect, VerifiedBundle};
use store::{Result, contacts, omemo as keys};

/// Whether a message to somebody can be sealed now.
pub(crate) enum Readiness {
    /// Questions are on their way.
    Waits,
    /// It must not be sealed.
    Refused(Unreachable),
    /// A note to ourselves that no other device of ours can read: it stays here. They are named as below.
    Kept { left_out: Vec<LeftOut> },
    /// Seal for them. Who is left out is named if that is news: unless they were named before, or are left
    /// out because the person distrusts their keys.
    Ready {
        audience: Audience,
        left_out: Vec<LeftOut>,
        /// Members of the room of whom no device gets it, and whether that is news.
        excluded: Vec<Excluded>,
        is_news: bool,
    },
}

/// Where the fetch of a bundle stands.
enum Fetch {
    Asked,
    /// It came then.
    Got(Box<VerifiedBundle>, Timestamp),
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
    /// The same for whoever is in a room, and since when: there nobody is asked again for each message.
    failed: BTreeMap<(BareJid, Dialect), (Refusal, Timestamp)>,
    /// Lists that were asked for because of a room alone.
    in_passing: BTreeSet<(BareJid, Dialect)>,
    bundles: BTreeMap<DeviceAddress, Fetch>,
    /// Bundles that were asked for to learn a key and not to begin a session: by the
    /// time of one they would be old.
    learning: BTreeSet<DeviceAddress>,
    /// Devices that were looked at for a verified key which no known device has.
    looked: BTreeSet<DeviceAddress>,
    refreshing: Vec<(CommandId, BareJid)>,
    /// Those who are looked up before anything is written to them.
    ahead: BTreeSet<BareJid>,
    /// Rooms that a message waits for, since when.
    gathering: BTreeMap<ChatId, Timestamp>,
    /// Whose devices were left out of the last message that went to them, as it was told.
    /// This holds for every stream.
    named: BTreeMap<BareJid, Vec<LeftOut>>,
    /// The same of rooms, and of people without any device.
    named_in: BTreeMap<ChatId, Vec<Excluded>>,
}

impl Devices {
    /// Nothing that was learnt on the old stream counts on the new one.
    pub(crate) fn restart(&mut self, turn: &mut Turn<'_>) {
        let new = Self {
            named: std::mem::take(&mut self.named),
            named_in: std::mem::take(&mut self.named_in),
            ..Self::default()
        };
        for (command, _) in std::mem::replace(self, new).refreshing {
            turn.not_connected(command);
        }
    }

    /// Gathers what sealing for `peer` needs; asks for what is missing.
    fn prepare_one(&mut self, turn: &mut Turn<'_>, peer: &BareJid) -> Result<Readiness> {
        let own = turn.own.jid.clone();
        // Ours is asked for only where a device wrote that is not on it.
        if self.ask_for_lists(turn, peer)? || !self.lists_answered(&own) {
            return Ok(Readiness::Waits);
        }
        for jid in [peer, &own] {
            if self.awaits_keys(turn, jid)? {
                return Ok(Readiness::Waits);
            }
        }
        let audience = self.audience(turn, std::slice::from_ref(peer))?;
        if self.ask_for_bundles(turn, &audience)? {
            return Ok(Readiness::Waits);
        }
        let refusals = Dialect::ALL.map(|dialect| self.refused.remove(&(peer.clone(), dialect)));
        let nobody = |person: &AddressedPerson| !person.ours && !person.is_written();
        if let Some(person) = audience.others().find(|person| nobody(person)) {
            for dialect in Dialect::ALL {
                self.fresh.remove(&(peer.clone(), dialect));
            }
            return why_nobody(turn, person, refusals).map(Readiness::Refused);
        }
        self.ready(turn, audience, Vec::new(), false)
    }

    /// Begins the sessions that are missing: it can be sealed for them now.
    fn ready(
        &mut self,
        turn: &mut Turn<'_>,
        audience: Audience,
        excluded: Vec<Excluded>,
        is_news: bool,
    ) -> Result<Readiness> {
        if !self.begin_sessions(turn, &audience)? {
            return Ok(Readiness::Waits);
        }
        for (jid, device) in audience.written().filter(|(_, device)| device.downgraded) {
            tell_lowered(turn, jid, device.id)?;
        }
        self.forget_bundles(turn.now, &audience);
        let mut left_out = Vec::new();
        for person in &audience.people {
            left_out.extend(self.news(person));
        }
        let goes = audience.written().next().is_some() || !excluded.is_empty();
        Ok(match goes {
            true => Readiness::Ready {
                audience,
                left_out,
                excluded,
                is_news,
            },
            false => Readiness::Kept { left_out },
        })
    }

    /// Which devices of somebody are left out, if that is not what was told last. A choice
    /// that was made needs no words.
    fn news(&mut self, person: &AddressedPerson) -> Vec<LeftOut> {
        let distrusted = DeviceProblem::Kept(Why::Distrusted);
        let its: Vec<LeftOut> = person
            .left_out()
            .filter(|device| device.why != distrusted)
            .collect();
        match self.named.insert(person.jid.clone(), its.clone()) {
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
        if *jid == turn.own.jid || turn.now.duration_since(*since).unsigned_abs() < LIST_AGE {
            return Ok(true);
        }
        let notifies = turn.own.present
            && contacts::get(turn.tx, turn.own.account, jid)?
                .is_some_and(|c| matches!(c.subscription, Subscription::To | Subscription::Both));
        Ok(notifies)
    }

    /// Whether a bundle of a device of `jid` that is looked at was asked for and is not there yet. Nothing
    /// else is looked at until all are: a list can be long, and this is asked again after every answer.
    fn awaits_keys(&mut self, turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
        let asked = |(address, fetch): &(&DeviceAddress, &Fetch)| {
            address.jid == *jid && matches!(fetch, Fetch::Asked)
        };
        let mut asked: Vec<DeviceAddress> = self
            .bundles
            .iter()
            .filter(asked)
            .map(|(address, _)| address.clone())
            .collect();
        if asked.is_empty() {
            return Ok(false);
        }
        let addressed = keys::addressed(turn.tx, turn.own.account, jid)?;
        asked.retain(|address| addressed.iter().any(|device| device.id == address.device));
        for address in &asked {
            self.learning.remove(address);
        }
        Ok(!asked.is_empty())
    }
}

/// Why nothing can be sealed for somebody. It is theirs alone: what was decided about our own devices has
/// nothing to do with it.
fn why_nobody(
    turn: &Turn<'_>,
    person: &AddressedPerson,
    [newer, legacy]: [Option<Refusal>; 2],
) -> Result<Unreachable> {
    let by_trust = |device: &AddressedDevice| match device.fate {
        Fate::LeftOut(why) => why != Why::TakenOff,
        Fate::Written | Fate::LookedUp | Fate::Unavailable => false,
    };
    let found = NobodyFound {
        left_out: person.left_out().collect(),
        by_trust: person.devices.iter().any(by_trust),
        // The legacy dialect is the one that nearly everybody publishes.
        refusal: legacy.or(newer),
        impossible: keys::is_impossible(turn.tx, turn.own.account, &person.jid)?,
        unanswered: is_unanswered(turn, &person.jid)?,
    };
    Ok(found.why())
}

/// Whether `jid` stands on our roster and never answered: neither lets us see them, nor wrote.
fn is_unanswered(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let contact = contacts::get(turn.tx, turn.own.account, jid)?;
    let added = contact.is_some_and(|c| c.in_roster && matches!(c.subscription, Subscription::None));
    Ok(added && !contacts::heard_from(turn.tx, &turn.peer(jid))?)
}

/// A device that spoke OMEMO 2 is written to in the legacy dialect: that may be its owner's wish, or somebody
/// at their server hides the better keys (threat 52). Told once, until it speaks OMEMO 2 again.
fn tell_lowered(turn: &mut Turn<'_>, jid: &BareJid, id: DeviceId) -> Result<()> {
    let account = turn.own.account;
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
