//! Our bundle and our place on the list on their way to the server, and how that
//! ended. The bundle goes first.

use super::OwnKeys;
use super::publication::{Number, ServerCopy};
use crate::iq::Answer;
use crate::keys::prekeys::bundle;
use crate::purpose::KeysPurpose;
use crate::sizes;
use crate::turn::Turn;
use api::Change;
use model::PublishFault;
use omemo::{DeviceId, Dialect, OwnDevice};
use stanza::dialects::{self, Listed};
use stanza::pubsub::MaxItems;
use store::{Result, omemo as keys};

impl OwnKeys {
    /// Publishes our bundle as it is now, or notes that it must be published when
    /// what is under way has ended.
    pub(crate) fn publish_bundle(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        dialect: Dialect,
    ) -> Result<()> {
        let node = dialects::bundle_node(dialect, own.id);
        let side = self.side(dialect);
        if side.publishing {
            side.publish_again = true;
            return Ok(());
        }
        if side.configuring.contains(&node) {
            side.behind = side.behind.max(1);
            return Ok(());
        }
        side.publishing = true;
        side.behind = 0;
        let items = (side.number == Number::WithItem).then(|| side.items.unwrap_or(MaxItems::Max));
        let bundle = bundle(turn, own, dialect)?;
        let publish = dialects::publish_bundle(own.id, &bundle, items);
        turn.set(None, publish, KeysPurpose::PublishBundle(dialect));
        Ok(())
    }

    /// How publishing the bundle ended.
    pub(crate) fn on_bundle_published(
        &mut self,
        turn: &mut Turn<'_>,
        dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
            return Ok(());
        };
        let side = self.side(dialect);
        side.publishing = false;
        let again = std::mem::take(&mut side.publish_again);
        if let Err(refusal) = answer {
            side.behind = side.behind.max(1);
            let node = dialects::bundle_node(dialect, own.id);
            self.on_refused(turn, &own, &node, &refusal)?;
            return self.advance(turn, &own);
        }
        side.accepted();
        side.copy = ServerCopy::Right;
        if side.number == Number::Afterwards {
            side.configure_made(turn, &dialects::bundle_node(dialect, own.id));
        }
        if again {
            self.publish_bundle(turn, &own, dialect)?;
        } else {
            self.erase_spent(turn)?;
        }
        self.advance(turn, &own)
    }

    /// Publishes the list as it should be, if it is another one than the server has.
    pub(crate) fn complete_list(&mut self, turn: &mut Turn<'_>, ours: &Listed, dialect: Dialect) {
        let side = self.side(dialect);
        let Some(wanted) = side.wanted(ours, dialect) else {
            return;
        };
        let node = dialects::devices_node(dialect);
        let asked_for = side.may_publish() || (!side.leaving.is_empty() && !side.is_closed());
        if side.listing.is_some() || side.configuring.contains(node) || !asked_for {
            return;
        }
        let publish = dialects::publish_devices(dialect, &wanted);
        // It would end the stream, at each login anew.
        if sizes::of_request(&publish) > turn.counters.bounds.whole {
            side.refuse(PublishFault::ListTooLarge);
            return;
        }
        side.listing = Some(wanted);
        side.tidy_up();
        turn.set(None, publish, KeysPurpose::PublishList(dialect));
    }

    /// How publishing the list ended.
    pub(crate) fn on_list_published(
        &mut self,
        turn: &mut Turn<'_>,
        dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
            return Ok(());
        };
        let side = self.side(dialect);
        side.listed(answer.is_ok());
        match answer {
            Ok(_) => {
                side.accepted();
                let ids: Vec<DeviceId> = side.list().iter().map(|device| device.id).collect();
                // Who is not present gets no event that says so.
                let (account, jid) = (turn.own.account, &turn.own.jid);
                keys::set_device_list(turn.tx, account, jid, dialect, &ids, turn.now)?;
                turn.changed(Change::Devices(turn.own.jid.clone()));
            }
            Err(refusal) => {
                let node = dialects::devices_node(dialect);
                self.on_refused(turn, &own, node, &refusal)?;
            }
        }
        self.advance(turn, &own)
    }
}
