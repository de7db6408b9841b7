//! Our bundle and our place on the list on their way to the server. The bundle goes first.

use super::publication::{Number, Publication};
use crate::keys::prekeys::bundle;
use crate::purpose::KeysPurpose;
use crate::sizes;
use crate::turn::Turn;
use model::PublishFault;
use omemo::OwnDevice;
use stanza::dialects::{self, Listed};
use stanza::pubsub::MaxItems;
use store::Result;

impl Publication {
    /// Publishes our bundle as it is now, or notes that it must be published when
    /// what is under way has ended.
    pub(crate) fn publish_bundle(&mut self, turn: &mut Turn<'_>, own: &OwnDevice) -> Result<()> {
        let node = dialects::bundle_node(self.dialect, own.id);
        if self.publishing {
            self.publish_again = true;
            return Ok(());
        }
        if self.configuring.contains(&node) {
            self.behind = self.behind.max(1);
            return Ok(());
        }
        self.publishing = true;
        self.behind = 0;
        let items = (self.number == Number::WithItem).then(|| self.items.unwrap_or(MaxItems::Max));
        let bundle = bundle(turn, own, self.dialect)?;
        let publish = dialects::publish_bundle(own.id, &bundle, items);
        turn.set(None, publish, KeysPurpose::PublishBundle(self.dialect));
        Ok(())
    }

    /// Publishes the list as it should be, if it is another one than the server has.
    pub(crate) fn complete_list(&mut self, turn: &mut Turn<'_>, ours: &Listed) {
        let Some(wanted) = self.wanted(ours) else {
            return;
        };
        let node = dialects::devices_node(self.dialect);
        let asked_for = self.may_publish() || (!self.leaving.is_empty() && !self.is_closed());
        if self.listing.is_some() || self.configuring.contains(node) || !asked_for {
            return;
        }
        let publish = dialects::publish_devices(self.dialect, &wanted);
        // It would end the stream, at each login anew.
        if sizes::of_request(&publish) > turn.counters.bounds.whole {
            self.refuse(PublishFault::ListTooLarge);
            return;
        }
        self.listing = Some(wanted);
        self.tidy_up();
        turn.set(None, publish, KeysPurpose::PublishList(self.dialect));
    }
}
