//! Our own device: made at the first login, its bundle and its place on the device list published and kept right
//! (omemo-facts of the wire: XEP-0384 0.3 §4.2-4.3; threats 39, 40, 55).
//!
//! The bundle is published first, then the list. Only "item-not-found" starts a new list; on any other error nothing is
//! published. A node with another access model than `open` is repaired once.

use std::collections::BTreeSet;
use std::time::Duration;

use super::effect::Timer;
use super::iq::{Answer, Purpose, Refusal};
use super::notices::Kind;
use super::prekeys::{bundle, make_device, rotate, top_up};
use super::turn::Turn;
use crate::api::{CommandId, Failure, FailureKind, State};
use crate::model::Clean;
use crate::omemo::{DeviceId, Dialect, OwnDevice};
use crate::stanza::dialects::{self, Listed};
use crate::stanza::{legacy, ns, pubsub};
use crate::store::{Result, omemo as keys};

/// The item id of both nodes.
const ITEM: &str = "current";
/// How often we put ourselves back on our own list in one run before we stop and warn (threat 39).
const MOST_RETURNS: u8 = 3;
/// Spent prekeys are replaced on the server this long after the first of them was spent.
const GATHER: Duration = Duration::from_secs(2);
/// So many spent prekeys are replaced at once, so that the server's copy never runs low (threat 55).
const MOST_SPENT: usize = 50;

/// What is known of the server's copy on this stream.
#[derive(Default)]
pub(super) struct OwnKeys {
    /// Our device list on the server, once it is known.
    list: Option<Vec<DeviceId>>,
    bundle_right: bool,
    list_right: bool,
    told: bool,
    /// A bundle is on its way; another one follows if this is said meanwhile.
    publishing: bool,
    publish_again: bool,
    /// Prekeys spent since the bundle was rendered last.
    spent: usize,
    /// Nodes whose access model was repaired already.
    repaired: BTreeSet<String>,
    returns: u8,
}

impl OwnKeys {
    /// A new stream: look again, but remember how often we returned to the list.
    pub(super) fn restart(&mut self) {
        *self = Self {
            returns: self.returns,
            ..Self::default()
        };
    }

    /// Whether our other devices are known, so that sealing leaves none of them out.
    pub(super) fn list_known(&self) -> bool {
        self.list.is_some()
    }

    /// Asks the server what it has.
    pub(super) fn look(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let list = pubsub::fetch(ns::OMEMO_LEGACY_DEVICES);
        turn.get(None, list, Purpose::OwnDeviceList(Dialect::Legacy));
        if let Some(own) = keys::own_device(turn.tx, turn.own.account)? {
            rotate(turn, &own)?;
            let node = legacy::bundle_node(own.id);
            turn.get(None, pubsub::fetch(&node), Purpose::OwnBundle(Dialect::Legacy));
            for node in [ns::OMEMO_LEGACY_DEVICES.to_owned(), node] {
                turn.get(None, pubsub::get_config(&node), Purpose::NodeConfig(node));
            }
        }
        Ok(())
    }

    /// The server's answer about our device list; the ids on it that are to be stored, if it can be trusted.
    pub(super) fn on_list_answer(
        &mut self,
        turn: &mut Turn<'_>,
        dialect: Dialect,
        answer: Answer,
    ) -> Result<Option<Vec<Listed>>> {
        match answer {
            Ok(payload) => {
                let read = |answer| dialects::read_device_list(dialect, answer);
                let listed = payload.as_ref().and_then(read).unwrap_or_default();
                self.on_list(turn, dialect, &listed)?;
                Ok(Some(listed))
            }
            Err(refusal) if refusal.is("item-not-found") => {
                self.on_list(turn, dialect, &[])?;
                Ok(Some(Vec::new()))
            }
            Err(refusal) => {
                self.refused(
                    turn,
                    &format!("it does not show our device list ({})", refusal.words()),
                );
                Ok(None)
            }
        }
    }

    /// Our device list as the server has it, fetched or as an event: make our device if there is none yet, put it on
    /// the list if it is missing, raise an alarm about strangers on it.
    pub(super) fn on_list(&mut self, turn: &mut Turn<'_>, dialect: Dialect, listed: &[Listed]) -> Result<()> {
        if dialect != Dialect::Legacy {
            return Ok(());
        }
        let ids: Vec<DeviceId> = listed.iter().map(|device| device.id).collect();
        let ids = ids.as_slice();
        let account = turn.own.account;
        let own = match keys::own_device(turn.tx, account)? {
            Some(own) => {
                alarm(turn, &own, ids)?;
                own
            }
            None => {
                let own = make_device(turn, ids)?;
                introduce(turn, ids);
                self.list = Some(ids.to_vec());
                self.publish_bundle(turn, &own)?;
                own
            }
        };
        let returned = self.list_right && !ids.contains(&own.id);
        self.list = Some(ids.to_vec());
        self.list_right = ids.contains(&own.id);
        if returned {
            self.returns += 1;
            if self.returns == MOST_RETURNS {
                turn.notice(
                    "Another client keeps removing this device from your OMEMO device list. It stays off the list \
                     until the next start: look at your other clients, or remove it there.",
                );
            }
        }
        self.complete_list(turn, own.id);
        self.settle(turn);
        Ok(())
    }

    fn complete_list(&mut self, turn: &mut Turn<'_>, own: DeviceId) {
        if self.list_right || !self.bundle_right || self.returns >= MOST_RETURNS {
            return;
        }
        if let Some(list) = &self.list {
            let mut ids = list.clone();
            ids.push(own);
            let item = legacy::device_list(&ids);
            let publish = pubsub::publish_open(ns::OMEMO_LEGACY_DEVICES, ITEM, item, None);
            turn.set(None, publish, Purpose::PublishDeviceList(Dialect::Legacy));
        }
    }

    /// The server's copy of our bundle: published anew when it is missing or differs.
    pub(super) fn on_bundle_answer(
        &mut self,
        turn: &mut Turn<'_>,
        _dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
            return Ok(());
        };
        let node = legacy::bundle_node(own.id);
        let theirs = match answer {
            Ok(payload) => payload
                .as_ref()
                .and_then(|p| pubsub::items(p, &node))
                .and_then(|items| items.last().and_then(|(_, bundle)| legacy::parse_bundle(bundle))),
            Err(Refusal::TimedOut) => {
                self.refused(turn, "it does not show our keys (no answer came in time)");
                return Ok(());
            }
            Err(_) => None,
        };
        if theirs.as_ref() == Some(&bundle(turn, &own)?) {
            self.bundle_right = true;
            self.complete_list(turn, own.id);
            self.settle(turn);
            Ok(())
        } else {
            self.publish_bundle(turn, &own)
        }
    }

    fn publish_bundle(&mut self, turn: &mut Turn<'_>, own: &OwnDevice) -> Result<()> {
        if self.publishing {
            self.publish_again = true;
            return Ok(());
        }
        self.publishing = true;
        self.spent = 0;
        let item = legacy::bundle(&bundle(turn, own)?);
        let node = legacy::bundle_node(own.id);
        turn.set(
            None,
            pubsub::publish_open(&node, ITEM, item, None),
            Purpose::PublishBundle(Dialect::Legacy),
        );
        Ok(())
    }

    /// How publishing the bundle ended.
    pub(super) fn on_bundle_published(
        &mut self,
        turn: &mut Turn<'_>,
        _dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
            return Ok(());
        };
        self.publishing = false;
        if let Err(refusal) = answer {
            return self.repair_or_give_up(turn, &legacy::bundle_node(own.id), &refusal);
        }
        self.bundle_right = true;
        if std::mem::take(&mut self.publish_again) {
            self.publish_bundle(turn, &own)?;
        } else if self.spent == 0 {
            // What was spent since stands in the copy that was just published: others may still name it.
            keys::erase_spent(turn.tx, turn.own.account)?;
        }
        self.complete_list(turn, own.id);
        self.settle(turn);
        Ok(())
    }

    /// How publishing the list ended.
    pub(super) fn on_list_published(
        &mut self,
        turn: &mut Turn<'_>,
        _dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        if let Err(refusal) = answer {
            return self.repair_or_give_up(turn, ns::OMEMO_LEGACY_DEVICES, &refusal);
        }
        self.list_right = true;
        if let (Some(own), Some(list)) = (keys::own_device(turn.tx, turn.own.account)?, &mut self.list)
            && !list.contains(&own.id)
        {
            list.push(own.id);
        }
        self.settle(turn);
        Ok(())
    }

    /// A node whose settings are in the way is set to `open` once; then what was refused is published again.
    fn repair_or_give_up(&mut self, turn: &mut Turn<'_>, node: &str, refusal: &Refusal) -> Result<()> {
        let precondition = refusal.is("conflict")
            || matches!(refusal, Refusal::Error(e) if e.specific.as_deref() == Some("precondition-not-met"));
        if precondition && self.repaired.insert(node.to_owned()) {
            turn.set(
                None,
                pubsub::set_config_open(node, None),
                Purpose::SetNodeConfig(node.to_owned()),
            );
        } else {
            self.refused(turn, &format!("it refuses them ({})", refusal.words()));
        }
        Ok(())
    }

    /// The configuration of one of our nodes: keys that only some can see are repaired.
    pub(super) fn on_config(&mut self, turn: &mut Turn<'_>, node: &str, answer: Answer) {
        let model = answer.ok().flatten().and_then(|form| pubsub::access_model(&form));
        if model.is_some_and(|model| model != "open") && self.repaired.insert(node.to_owned()) {
            turn.set(
                None,
                pubsub::set_config_open(node, None),
                Purpose::SetNodeConfig(node.to_owned()),
            );
        }
    }

    /// A node was configured: publish again what is still missing.
    pub(super) fn on_configured(&mut self, turn: &mut Turn<'_>, _node: &str, answer: Answer) -> Result<()> {
        let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
            return Ok(());
        };
        if let Err(refusal) = answer {
            if !(self.bundle_right && self.list_right) {
                self.refused(
                    turn,
                    &format!("their access cannot be opened ({})", refusal.words()),
                );
            }
            return Ok(());
        }
        if !self.bundle_right {
            self.publish_bundle(turn, &own)?;
        }
        self.complete_list(turn, own.id);
        Ok(())
    }

    /// Prekeys were spent: the store is topped up at once, the server's copy a little later, all together.
    pub(super) fn on_spent(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        top_up(turn)?;
        self.spent += 1;
        match keys::own_device(turn.tx, turn.own.account)? {
            Some(own) if self.spent >= MOST_SPENT && turn.link.online => self.publish_bundle(turn, &own),
            _ if self.spent == 1 => {
                turn.wake(Timer::Publish, GATHER);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The stream goes on after a pause, in which the time of gathering may have ended.
    pub(super) fn on_resumed(&mut self, turn: &mut Turn<'_>) {
        if self.spent > 0 {
            turn.wake(Timer::Publish, GATHER);
        }
    }

    /// The time of gathering is over.
    pub(super) fn on_publish_timer(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match keys::own_device(turn.tx, turn.own.account)? {
            Some(own) if turn.link.online && self.spent > 0 => self.publish_bundle(turn, &own),
            _ => Ok(()),
        }
    }

    /// Now and then: a signed prekey that grew old is replaced.
    pub(super) fn on_silence(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match keys::own_device(turn.tx, turn.own.account)? {
            Some(own) if turn.link.online && rotate(turn, &own)? => self.publish_bundle(turn, &own),
            _ => Ok(()),
        }
    }

    /// A front end asks to take another device of ours away.
    pub(super) fn remove(&mut self, turn: &mut Turn<'_>, command: CommandId, _device: u32) -> Result<()> {
        turn.not_connected(command);
        Ok(())
    }

    /// The server's answer to taking its bundle away.
    pub(super) fn on_bundle_removed(&mut self, turn: &mut Turn<'_>, command: CommandId, _answer: Answer) {
        turn.not_connected(command);
    }

    /// A front end names this device.
    pub(super) fn rename(&mut self, turn: &mut Turn<'_>, command: CommandId, _label: &Clean) -> Result<()> {
        turn.not_connected(command);
        Ok(())
    }

    fn settle(&mut self, turn: &mut Turn<'_>) {
        if self.bundle_right && self.list_right && !self.told {
            self.told = true;
            turn.state(State::KeysPublished);
        }
    }

    fn refused(&mut self, turn: &mut Turn<'_>, why: &str) {
        let text = format!(
            "The server keeps us from publishing our OMEMO keys: {why}. Nobody can encrypt to this device; ask the \
             server's administrator whether PEP (XEP-0163) is enabled."
        );
        self.list.get_or_insert_default();
        turn.state(State::KeysRefused(Failure::new(FailureKind::Answered, text)));
    }
}

/// Tells, once, which devices of this account were there before this one.
fn introduce(turn: &mut Turn<'_>, ids: &[DeviceId]) {
    if !ids.is_empty() {
        let ids: Vec<String> = ids.iter().map(|id| id.get().to_string()).collect();
        turn.notice(&format!(
            "Your account has other devices already: {}. They will read what you write here; compare their keys \
             (`/devices`, or `susurro devices`).",
            ids.join(", ")
        ));
    }
}

/// A device that appears on our own account later may be an attacker at the server (threat 40).
fn alarm(turn: &mut Turn<'_>, own: &OwnDevice, ids: &[DeviceId]) -> Result<()> {
    let jid = turn.own.jid.clone();
    let mut new = Vec::new();
    for id in ids.iter().filter(|id| **id != own.id) {
        if keys::device(turn.tx, turn.own.account, &jid, Dialect::Legacy, *id)?.is_none() {
            new.push(id.get().to_string());
        }
    }
    let (devices, are, they) = match new.len() {
        0 => return Ok(()),
        1 => (
            "A new device",
            "it is",
            "It gets nothing to read until you verify its key",
        ),
        _ => (
            "New devices",
            "they are",
            "They get nothing to read until you verify their keys",
        ),
    };
    let text = format!(
        "{devices} ({}) appeared on your own account. If {are} not yours, somebody has your password: change it. {they} \
         (`/devices`, or `susurro devices`).",
        new.join(", ")
    );
    turn.notice_of(Kind::OwnDevice, &text);
    Ok(())
}
