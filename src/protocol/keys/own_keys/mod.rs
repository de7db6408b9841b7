//! Our own device: made at the first login, its bundle and its place on the device list published and kept
//! right, in both dialects (XEP-0384 0.3 §4.2-4.3, 0.9 §devices and §bundles; threats 39, 40, 55).
//!
//! The dialects do not wait for each other: what a server refuses in one is published in the other. Only
//! "item-not-found" starts a new list; on any other error nothing is published in that dialect.
//!
//! What is known in one dialect, and what is sent there, is a `Publication`: `publishing` sends, `repair`
//! sets nodes right that are in the way, `heard` takes the answers. Here the two are brought together;
//! `removal` takes another device of ours away, `naming` names this one, `upkeep` replaces what was used up,
//! `alarms` tells of devices that appear.

mod alarms;
mod heard;
mod naming;
mod progress;
mod publication;
mod publishing;
mod removal;
mod repair;
pub(crate) mod upkeep;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::iq::{Answer, Refusal};
use crate::keys::prekeys::{make_device, rotate};
use crate::keys::shown_list::ShownList;
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use api::{CommandId, State};
use model::{KeysFailure, KeysNotice, PublishFault, Refusal as Why};
use omemo::{DeviceId, Dialect, OwnDevice};
use progress::Age;
use publication::{Publication, PublicationState, ServerCopy};
use removal::Removals;
use stanza::dialects::{self, Label, Listed};
use stanza::pubsub;
use store::{Result, omemo as keys};

/// What is known of the server's copy on this stream.
pub(crate) struct OwnKeys {
    omemo2: Publication,
    legacy: Publication,
    /// What was said of our keys on this stream.
    told: Option<Told>,
    /// That the newer dialect alone is refused was said in this run.
    told_newer: bool,
    /// The time of gathering spent prekeys runs.
    gathering: bool,
    /// This device got another name while there was no connection.
    renamed: bool,
    /// What came while we were away is not here yet.
    pub(crate) catching_up: bool,
    /// Devices of ours that are being taken away.
    pub(crate) removals: Removals,
    /// Whether the vault is the newest there is.
    age: Age,
}

#[derive(PartialEq, Eq)]
enum Told {
    Published,
    Refused,
}

impl Default for OwnKeys {
    fn default() -> Self {
        Self {
            omemo2: Publication::of(Dialect::Omemo2),
            legacy: Publication::of(Dialect::Legacy),
            told: None,
            told_newer: false,
            gathering: false,
            renamed: false,
            catching_up: false,
            removals: Removals::default(),
            age: Age::default(),
        }
    }
}

impl OwnKeys {
    /// A new stream: look again, but remember what others did to the lists in this run.
    pub(crate) fn restart(&mut self) {
        *self = Self {
            omemo2: self.omemo2.anew(),
            legacy: self.legacy.anew(),
            told_newer: self.told_newer,
            removals: std::mem::take(&mut self.removals),
            ..Self::default()
        };
    }

    /// Whether our other devices are known as far as the server shows them, so that
    /// sealing leaves none of them out.
    pub(crate) fn list_known(&self) -> bool {
        self.omemo2.is_answered() && self.legacy.is_answered()
    }

    fn side(&mut self, dialect: Dialect) -> &mut Publication {
        match dialect {
            Dialect::Omemo2 => &mut self.omemo2,
            Dialect::Legacy => &mut self.legacy,
        }
    }

    fn sides(&mut self) -> [&mut Publication; 2] {
        [&mut self.omemo2, &mut self.legacy]
    }

    /// Asks the server what it has beside the lists.
    pub(crate) fn look(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.removals.abandon(turn);
        self.begin_to_look(turn)?;
        let Some(own) = turn.own_device()? else {
            return Ok(());
        };
        rotate(turn, &own)?;
        for dialect in Dialect::ALL {
            let fetch = dialects::fetch_bundle(dialect, own.id);
            turn.get(None, fetch, KeysPurpose::OwnBundle(dialect));
            let nodes = [
                dialects::devices_node(dialect).to_owned(),
                dialects::bundle_node(dialect, own.id),
            ];
            for node in nodes {
                turn.get(None, pubsub::get_config(&node), KeysPurpose::NodeConfig(node));
            }
        }
        Ok(())
    }

    /// A device list of ours as the server has it, whichever road it came by: make our device if there is
    /// none yet, put it on the list if it is missing, raise an alarm about strangers on it. What is
    /// stored of the list is not changed here.
    pub(crate) fn on_list(&mut self, turn: &mut Turn<'_>, dialect: Dialect, shown: &ShownList) -> Result<()> {
        let listed = &shown.listed;
        self.side(dialect).note_tidy(shown.tidy);
        let own = match turn.own_device()? {
            Some(own) => {
                // The others are not stored, so nothing is sealed for them.
                let stored = listed.get(..keys::MOST_LISTED).unwrap_or(listed);
                alarms::alarm(turn, &own, stored)?;
                let ours = ours(turn, &own)?;
                if let Some(grievance) = self.side(dialect).see(&ours, listed) {
                    turn.notice(grievance.told(dialect));
                }
                own
            }
            None => {
                self.side(dialect).begin(listed);
                match self.make_when_known(turn)? {
                    Some(own) => own,
                    None => return Ok(()),
                }
            }
        };
        self.advance(turn, &own)
    }

    /// The server does not show a device list of ours.
    pub(crate) fn on_hidden_list(
        &mut self,
        turn: &mut Turn<'_>,
        dialect: Dialect,
        refusal: &Refusal,
    ) -> Result<()> {
        self.side(dialect)
            .close(PublishFault::ListNotShown(refusal.told()));
        let own = match turn.own_device()? {
            Some(own) => Some(own),
            None => self.make_when_known(turn)?,
        };
        match own {
            Some(own) => self.advance(turn, &own),
            None => {
                self.settle(turn);
                Ok(())
            }
        }
    }

    /// The answer to one of our questions about what is ours. A list that stands since then is to be
    /// looked at as one that the server shows.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: KeysPurpose,
        answer: Answer,
    ) -> Result<Option<(Dialect, ShownList)>> {
        let Some(own) = turn.own_device()? else {
            return Ok(None);
        };
        let (side, refused) = match &purpose {
            KeysPurpose::OwnBundle(dialect) => {
                if let Some(seen) = self.side(*dialect).on_bundle(turn, &own, answer)? {
                    self.on_later_bundle(turn, &own, seen)?;
                }
                (self.side(*dialect), None)
            }
            KeysPurpose::PublishBundle(dialect) => {
                let side = self.side(*dialect);
                let refused = side.on_bundle_published(turn, &own, answer)?;
                (side, refused)
            }
            KeysPurpose::PublishList(dialect) => {
                let side = self.side(*dialect);
                let taken = answer.is_ok();
                let refused = side.on_list_published(turn, &own, answer)?;
                if taken {
                    // Who is not present gets no event that says so.
                    return Ok(Some((*dialect, side.shown())));
                }
                (side, refused)
            }
            KeysPurpose::NodeConfig(node) => {
                self.side(repair::dialect_of(node)).on_config(turn, node, answer);
                return Ok(None);
            }
            KeysPurpose::SetNodeConfig(node) => {
                let side = self.side(repair::dialect_of(node));
                let refused = side.on_configured(turn, &own, node, answer)?;
                (side, refused)
            }
            KeysPurpose::Progress | KeysPurpose::TellProgress => {
                return self.on_age_answer(turn, &own, &purpose, answer).map(|()| None);
            }
            KeysPurpose::RemoveBundle(command) => {
                self.removals.on_answer(turn, *command, answer);
                return Ok(None);
            }
            KeysPurpose::List(..) | KeysPurpose::Bundle(_) => return Ok(None),
        };
        let (dialect, stands) = (side.dialect, side.copy == ServerCopy::Right);
        if stands && matches!(purpose, KeysPurpose::OwnBundle(_) | KeysPurpose::PublishBundle(_)) {
            upkeep::erase_spent(self, turn)?;
        }
        if let Some(why) = refused {
            self.stop_removing(turn, dialect, &why);
        }
        self.settle_age(turn);
        self.advance(turn, &own).map(|()| None)
    }

    /// The answer to how far we have come, which was asked or told.
    fn on_age_answer(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        purpose: &KeysPurpose,
        answer: Answer,
    ) -> Result<()> {
        if *purpose == KeysPurpose::TellProgress {
            return self.on_progress_told(turn, &answer);
        }
        self.on_progress(turn, own, answer)?;
        self.settle_age(turn);
        self.advance(turn, own)
    }

    /// A front end asks to take another device of ours away. Done when the server has confirmed all of it.
    pub(crate) fn remove(&mut self, turn: &mut Turn<'_>, command: CommandId, device: u32) -> Result<()> {
        let own = turn.own_device()?;
        let (Some(own), true) = (own, self.list_known()) else {
            turn.refuse(command, KeysFailure::ListsUnknown);
            return Ok(());
        };
        let sides = [&self.omemo2, &self.legacy];
        let Some(id) = self.removals.begin(turn, sides, &own, (command, device))? else {
            return Ok(());
        };
        for side in self.sides() {
            side.leaving.insert(id);
        }
        self.advance(turn, &own)
    }

    /// A list cannot be published.
    fn stop_removing(&mut self, turn: &mut Turn<'_>, dialect: Dialect, why: &Why) {
        let side = match dialect {
            Dialect::Omemo2 => &self.omemo2,
            Dialect::Legacy => &self.legacy,
        };
        for id in self.removals.stop(turn, side, why) {
            self.stays(id);
        }
    }

    /// This device is not on its way off the lists any more.
    fn stays(&mut self, id: DeviceId) {
        for side in self.sides() {
            side.leaving.remove(&id);
        }
    }

    /// Makes our device once both lists are known, or one of them and the other is refused.
    fn make_when_known(&mut self, turn: &mut Turn<'_>) -> Result<Option<Arc<OwnDevice>>> {
        if !self.list_known() || self.sides().iter().all(|side| side.is_closed()) {
            return Ok(None);
        }
        let listed = self.sides().into_iter().flat_map(|side| side.list().to_vec());
        let taken: BTreeSet<DeviceId> = listed.map(|device| device.id).collect();
        let own = make_device(turn, &taken)?;
        alarms::introduce(turn, &taken);
        for side in self.sides() {
            side.copy = ServerCopy::Wrong;
        }
        Ok(Some(own))
    }

    /// Sends what is missing in both dialects, and says so when nothing is.
    fn advance(&mut self, turn: &mut Turn<'_>, own: &OwnDevice) -> Result<()> {
        let ours = ours(turn, own)?;
        for side in self.sides() {
            if side.copy == ServerCopy::Wrong && side.may_publish() && !side.publishing {
                side.publish_bundle(turn, own)?;
            }
            side.complete_list(turn, &ours);
        }
        for id in self.removals.go_on(turn, [&self.omemo2, &self.legacy])? {
            self.stays(id);
        }
        self.settle(turn);
        Ok(())
    }

    /// Tells where we stand, when both dialects have come to an end and it is news.
    fn settle(&mut self, turn: &mut Turn<'_>) {
        use PublicationState::{GivenUp, Pending, Refused, Right};
        let (newer, legacy) = (self.omemo2.standing(), self.legacy.standing());
        let told = match (&newer, &legacy) {
            (Pending, _) | (_, Pending) => return,
            (Right | GivenUp, Right) | (Right, GivenUp) => Told::Published,
            (Refused(why), Right) => {
                if !std::mem::replace(&mut self.told_newer, true) {
                    turn.notice(KeysNotice::Omemo2NotPublished(why.clone()));
                }
                Told::Published
            }
            (Refused(why), Refused(_)) => {
                return self.tell_refused(turn, KeysFailure::NotPublished(why.clone()));
            }
            (_, Refused(why)) => {
                return self.tell_refused(turn, KeysFailure::LegacyNotPublished(why.clone()));
            }
            (GivenUp | Refused(_), GivenUp) => return,
        };
        if self.told != Some(Told::Published) {
            turn.state(State::KeysPublished);
        }
        self.told = Some(told);
    }

    fn tell_refused(&mut self, turn: &mut Turn<'_>, why: KeysFailure) {
        if self.told != Some(Told::Refused) {
            turn.state(State::KeysRefused(why.into()));
        }
        self.told = Some(Told::Refused);
    }
}

/// A message of this device of ours was opened; nothing of it is stored yet.
pub(crate) fn on_message(turn: &mut Turn<'_>, device: DeviceId) -> Result<()> {
    alarms::alarm_about(turn, &[device])
}

/// Our own device as it is to stand on a list; the legacy one has no room for the label.
fn ours(turn: &Turn<'_>, own: &OwnDevice) -> Result<Listed> {
    let label = keys::own_label(turn.tx, turn.own.account)?.map(|label| Label {
        text: label.text.as_str().to_owned(),
        signature: label.signature.to_vec(),
    });
    Ok(Listed { id: own.id, label })
}
