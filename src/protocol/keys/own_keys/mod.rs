//! Our own device: made at the first login, its bundle and its place on the device list published and kept
//! right, in both dialects (XEP-0384 0.3 §4.2-4.3, 0.9 §devices and §bundles; threats 39, 40, 55).
//!
//! The dialects do not wait for each other: what a server refuses in one is published in the other. Only
//! "item-not-found" starts a new list; on any other error nothing is published in that dialect.
//!
//! Here is what the server shows us; `side` is what is known of it in one dialect, `publishing` sends and
//! hears how it ended, `repair` sets nodes right that are in the way, `upkeep` replaces what was used up,
//! `others` takes another device of ours away and names this one, `alarms` is what is told of them.

mod alarms;
mod publication;
mod publishing;
mod removal;
mod repair;
mod upkeep;

use std::collections::BTreeSet;

use crate::iq::{Answer, Refusal};
use crate::keys::devices::ranks;
use crate::keys::prekeys::{bundle, make_device, rotate};
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use api::State;
use model::{KeysFailure, KeysNotice, PublishFault};
use omemo::{DeviceId, Dialect, OwnDevice};
use publication::{Publication, PublicationState, ServerCopy};
use removal::Removal;
use stanza::dialects::{self, Label, Listed};
use stanza::pubsub;
use store::{Result, omemo as keys};

/// What is known of the server's copy on this stream.
#[derive(Default)]
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
    /// Devices of ours that are being taken away.
    removals: Vec<Removal>,
}

#[derive(PartialEq, Eq)]
enum Told {
    Published,
    Refused,
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

    /// Asks the server what it has.
    pub(crate) fn look(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        // They were asked for on a stream that is gone.
        for removal in std::mem::take(&mut self.removals) {
            turn.not_connected(removal.command);
        }
        let own = keys::own_device(turn.tx, turn.own.account)?;
        if let Some(own) = &own {
            rotate(turn, own)?;
        }
        for dialect in Dialect::ALL {
            let list = dialects::fetch_devices(dialect);
            turn.get(None, list, KeysPurpose::OwnList(dialect));
            let Some(own) = &own else { continue };
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

    /// The server's answer about a device list of ours; the devices on it that are to be
    /// stored, if it can be trusted.
    pub(crate) fn on_list_answer(
        &mut self,
        turn: &mut Turn<'_>,
        dialect: Dialect,
        answer: Answer,
    ) -> Result<Option<Vec<Listed>>> {
        let listed = match answer {
            Ok(payload) => {
                let rank = ranks(turn, &turn.own.jid)?;
                let read = |answer| dialects::read_device_list_by(dialect, answer, &rank);
                let tidy = |answer| dialects::is_tidy_answer(dialect, answer);
                self.note_tidy(dialect, payload.as_ref().is_none_or(tidy));
                payload.as_ref().and_then(read).unwrap_or_default()
            }
            Err(refusal) if refusal.is("item-not-found") => Vec::new(),
            Err(refusal) => {
                let why = PublishFault::ListNotShown(refusal.told());
                self.side(dialect).close(why);
                let own = match keys::own_device(turn.tx, turn.own.account)? {
                    Some(own) => Some(own),
                    None => self.make_when_known(turn)?,
                };
                match own {
                    Some(own) => self.advance(turn, &own)?,
                    None => self.settle(turn),
                }
                return Ok(None);
            }
        };
        self.on_list(turn, dialect, &listed)?;
        Ok(Some(listed))
    }

    /// Whether the list that is about to be looked at is written as it is read.
    pub(crate) fn note_tidy(&mut self, dialect: Dialect, tidy: bool) {
        self.side(dialect).note_tidy(tidy);
    }

    /// A device list of ours as the server has it, fetched or as an event: make our device if there is none
    /// yet, put it on the list if it is missing, raise an alarm about strangers on it. What is stored of
    /// the list is not changed here.
    pub(crate) fn on_list(&mut self, turn: &mut Turn<'_>, dialect: Dialect, listed: &[Listed]) -> Result<()> {
        let own = match keys::own_device(turn.tx, turn.own.account)? {
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

    /// Makes our device once both lists are known, or one of them and the other is refused.
    fn make_when_known(&mut self, turn: &mut Turn<'_>) -> Result<Option<OwnDevice>> {
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

    /// The server's copy of our bundle: published anew when it is missing or differs.
    pub(crate) fn on_bundle_answer(
        &mut self,
        turn: &mut Turn<'_>,
        dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
            return Ok(());
        };
        let theirs = match answer {
            Ok(payload) => {
                let read = |answer| dialects::read_bundle(dialect, own.id, &answer).ok().flatten();
                payload.and_then(read)
            }
            Err(Refusal::TimedOut) => {
                self.side(dialect).refuse(PublishFault::KeysNotShown);
                self.settle(turn);
                return Ok(());
            }
            Err(_) => None,
        };
        let right = theirs == Some(bundle(turn, &own, dialect)?);
        let side = self.side(dialect);
        side.copy = if right {
            ServerCopy::Right
        } else {
            ServerCopy::Wrong
        };
        if right {
            side.behind = 0;
            self.erase_spent(turn)?;
        }
        self.advance(turn, &own)
    }

    /// Sends what is missing in both dialects, and says so when nothing is.
    fn advance(&mut self, turn: &mut Turn<'_>, own: &OwnDevice) -> Result<()> {
        let ours = ours(turn, own)?;
        for dialect in Dialect::ALL {
            let side = self.side(dialect);
            if side.copy == ServerCopy::Wrong && side.may_publish() && !side.publishing {
                self.publish_bundle(turn, own, dialect)?;
            }
            self.complete_list(turn, &ours, dialect);
        }
        self.go_on_removing(turn)?;
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
