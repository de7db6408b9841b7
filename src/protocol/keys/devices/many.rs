//! The devices of many people at once: what a message into a room needs. Each list and each bundle is asked
//! for once in its time, a few together; whoever gives no answer is left out, and nobody waits for them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::means::{is_recent, misses_verified};
use super::{Devices, Fetch, Readiness, why_nobody};
use crate::device_address::DeviceAddress;
use crate::iq::Refusal;
use crate::turn::Turn;
use model::{AddressedPerson, Audience, BareJid, ChatId, Excluded, Timestamp, Unreachable};
use omemo::Dialect;
use store::chats::Chat;
use store::{Result, omemo as keys};

/// A message waits so long for answers; whoever's are not there then is left out of it.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many questions about the devices of others are on their way at once, for rooms.
const AT_ONCE: usize = 20;

impl Devices {
    /// Gathers what sealing for those in a chat needs; asks for what is missing.
    pub(crate) fn prepare(&mut self, turn: &mut Turn<'_>, chat: &Chat) -> Result<Readiness> {
        if turn.own_device()?.is_none() {
            return Ok(Readiness::Refused(Unreachable::NoOwnKeys));
        }
        match chat.is_persons() {
            true => self.prepare_one(turn, &chat.peer.address),
            false => self.prepare_many(turn, chat),
        }
    }

    fn prepare_many(&mut self, turn: &mut Turn<'_>, chat: &Chat) -> Result<Readiness> {
        let people = keys::people_of(turn.tx, chat)?;
        let waited = self.waited_for(turn, chat.id);
        let is_late = waited >= PATIENCE;
        let audience = match self.gather(turn, &people)? {
            Some(audience) => audience,
            None if is_late => self.audience_without(turn, &people)?,
            None => return Ok(Readiness::Waits),
        };
        self.gathering.remove(&chat.id);
        let mut excluded = Vec::new();
        for person in &audience.people {
            if !person.ours && !person.is_written() {
                excluded.push(self.excluded(turn, person)?);
            }
        }
        let told = self.named_in.insert(chat.id, excluded.clone());
        let is_news = told.unwrap_or_default() != excluded;
        self.ready(turn, audience, excluded, is_news)
    }

    /// How long a message into this room has waited; one that was taken back meanwhile does not count for
    /// the next.
    fn waited_for(&mut self, turn: &Turn<'_>, chat: ChatId) -> Duration {
        let since = |then: Timestamp| turn.now.duration_since(then).unsigned_abs();
        let began = self.gathering.get(&chat).copied();
        let began = began
            .filter(|began| since(*began) < PATIENCE * 2)
            .unwrap_or(turn.now);
        self.gathering.insert(chat, began);
        since(began)
    }

    /// Why nobody of theirs gets it.
    fn excluded(&self, turn: &Turn<'_>, person: &AddressedPerson) -> Result<Excluded> {
        let refusals = Dialect::ALL.map(|dialect| {
            let list = (person.jid.clone(), dialect);
            let failed = self.failed.get(&list).map(|(refusal, _)| refusal.clone());
            let silent = (!self.fresh.contains_key(&list)).then_some(Refusal::TimedOut);
            failed.or(silent)
        });
        let why = why_nobody(turn, person, refusals)?;
        Ok(Excluded {
            jid: person.jid.clone(),
            why: person.exclusion_by(&why),
        })
    }

    /// Everything that can be known of them, once it is; None while questions are on their way.
    fn gather(&mut self, turn: &mut Turn<'_>, people: &[BareJid]) -> Result<Option<Audience>> {
        // Many answers come one after the other: all of it is looked at again when it is worth it.
        if self.open_questions(people) > AT_ONCE / 2 {
            return Ok(None);
        }
        let waits = self.ask_for_lists_of(turn, people)?;
        if waits || !self.lists_answered(&turn.own.jid) {
            return Ok(None);
        }
        let audience = self.audience(turn, people)?;
        let waits = self.ask_for_bundles_of(turn, &audience)?;
        Ok((!waits).then_some(audience))
    }

    /// How many questions about these people are on their way.
    fn open_questions(&self, people: &[BareJid]) -> usize {
        let people: BTreeSet<&BareJid> = people.iter().collect();
        let lists = self.asked.iter().filter(|(jid, _)| people.contains(jid));
        let asked = |(address, fetch): &(&DeviceAddress, &Fetch)| {
            matches!(fetch, Fetch::Asked) && people.contains(&address.jid)
        };
        lists.count() + self.bundles.iter().filter(asked).count()
    }

    /// How many more may be asked.
    pub(super) fn free(&self) -> usize {
        let bundles = self.bundles.values();
        let open = bundles.filter(|fetch| matches!(fetch, Fetch::Asked)).count() + self.asked.len();
        AT_ONCE.saturating_sub(open)
    }

    /// Asks for the lists that are not current and were not refused a while ago; whether one is awaited.
    pub(super) fn ask_for_lists_of(&mut self, turn: &mut Turn<'_>, people: &[BareJid]) -> Result<bool> {
        let mut waits = false;
        let mut free = self.free();
        for jid in people {
            for dialect in Dialect::ALL {
                let list = (jid.clone(), dialect);
                let failed = self.failed.get(&list);
                let is_asked = self.asked.contains(&list);
                let answered = failed.is_some_and(|(_, at)| is_recent(turn.now, *at))
                    || self.is_fresh(turn, jid, dialect)?;
                if answered && !is_asked {
                    continue;
                }
                waits = true;
                if !is_asked && free > 0 {
                    free -= 1;
                    self.ask_for_list(turn, jid, dialect);
                    self.in_passing.insert(list);
                }
            }
        }
        Ok(waits)
    }

    /// Asks for the bundles that are missing; whether one is awaited.
    pub(super) fn ask_for_bundles_of(&mut self, turn: &mut Turn<'_>, audience: &Audience) -> Result<bool> {
        let mut waits = false;
        let mut free = self.free();
        for person in &audience.people {
            let searches = misses_verified(turn, &person.jid)?;
            for device in person.devices.iter().filter(|device| device.listed) {
                let address = DeviceAddress::of(&person.jid, device);
                if matches!(self.bundles.get(&address), Some(Fetch::Asked)) {
                    // It is kept when it comes.
                    self.learning.remove(&address);
                    waits = true;
                } else if device.wants_bundle() || (searches && !self.looked.contains(&address)) {
                    waits = true;
                    if free > 0 {
                        free -= 1;
                        self.ask_for_bundle(turn, &address);
                        if searches {
                            self.looked.insert(address);
                        }
                    }
                }
            }
        }
        Ok(waits)
    }
}
