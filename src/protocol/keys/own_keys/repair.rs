//! Nodes of ours whose settings are in the way: an access model other than `open`, or a node of all bundles
//! that holds one item only (XEP-0060 §8.2, XEP-0384 0.9 §bundles). Each is set right once; a server that
//! does not know the number `max` is asked for a thousand items, a hundred, ten. One that wants no number
//! with an item (ejabberd) hears it apart.

use super::publication::{Number, Publication, PublicationState, ServerCopy};
use crate::iq::{Answer, Refusal};
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use model::{PublishFault, Refusal as Why};
use omemo::{Dialect, OwnDevice};
use stanza::pubsub::{self, MaxItems};
use stanza::{dialects, ns};
use store::Result;

/// The dialect that a node of ours belongs to.
pub(super) fn dialect_of(node: &str) -> Dialect {
    if node.starts_with(ns::OMEMO2) {
        Dialect::Omemo2
    } else {
        Dialect::Legacy
    }
}

/// Conditions with which a server may say that it cannot hold so many items, or did not
/// make the node for that reason.
const TOO_MANY: [&str; 6] = [
    "conflict",
    "item-not-found",
    "bad-request",
    "not-acceptable",
    "resource-constraint",
    "feature-not-implemented",
];

fn is_precondition(refusal: &Refusal) -> bool {
    let specific = match refusal {
        Refusal::Error(error) => error.specific.as_deref(),
        Refusal::TimedOut => None,
    };
    refusal.is("conflict") || specific == Some("precondition-not-met")
}

impl Publication {
    /// How many items this node is to hold; None: it is nobody's business.
    fn items_of(&self, node: &str) -> Option<MaxItems> {
        (node == ns::OMEMO2_BUNDLES).then(|| self.items.unwrap_or(MaxItems::Max))
    }

    /// Sets a node right, unless that was tried.
    fn configure(&mut self, turn: &mut Turn<'_>, node: &str) -> bool {
        let items = self.items_of(node);
        let repair = (node.to_owned(), items);
        if self.repaired.contains(&repair) {
            return false;
        }
        self.repaired.push(repair);
        self.configuring.insert(node.to_owned());
        let set = pubsub::set_config_open(node, items);
        turn.set(None, set, KeysPurpose::SetNodeConfig(node.to_owned()));
        true
    }

    /// Says the number of items apart from the item, if its being there may be what was refused.
    fn say_number_apart(&mut self, turn: &mut Turn<'_>, node: &str, refusal: &Refusal) -> bool {
        let number = TOO_MANY.iter().any(|condition| refusal.is(condition));
        if self.items_of(node).is_none() || self.number != Number::WithItem || !number {
            return false;
        }
        self.number = Number::Apart;
        self.configure(turn, node);
        true
    }

    /// The node that our item made is to hold those of others, too.
    pub(crate) fn configure_made(&mut self, turn: &mut Turn<'_>, node: &str) {
        self.number = Number::Said;
        self.repaired.retain(|(repaired, _)| repaired != node);
        self.configure(turn, node);
    }

    /// Asks for fewer items, if that may be what was refused.
    fn ask_for_fewer(&mut self, node: &str, refusal: &Refusal) -> bool {
        let fewer = self.items_of(node).and_then(MaxItems::fewer);
        let number = is_precondition(refusal) || TOO_MANY.iter().any(|condition| refusal.is(condition));
        match fewer {
            Some(fewer) if number => {
                self.items = Some(fewer);
                true
            }
            _ => false,
        }
    }
}

impl Publication {
    /// Publishing on a node was refused: its settings are repaired, or fewer items asked for, and it is
    /// published again; else nothing is published in this dialect on this stream, and why.
    pub(crate) fn on_refused(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        node: &str,
        refusal: &Refusal,
    ) -> Result<Option<Why>> {
        // It is published again when that is done.
        if self.configuring.contains(node) || (is_precondition(refusal) && self.configure(turn, node)) {
            return Ok(None);
        }
        if is_precondition(refusal) && self.ask_for_fewer(node, refusal) {
            return self.publish_bundle(turn, own).map(|()| None);
        }
        if self.say_number_apart(turn, node, refusal) {
            return Ok(None);
        }
        // A bundle of ours stands there that is only behind: it is tried again later.
        if node == dialects::devices_node(self.dialect) || self.copy != ServerCopy::Right {
            self.refuse(PublishFault::Refused(refusal.told()));
        }
        Ok(Some(refusal.told()))
    }

    /// The configuration of one of our nodes: keys that only some can see are repaired, and a node of all
    /// bundles that does not hold as many as there are devices.
    pub(crate) fn on_config(&mut self, turn: &mut Turn<'_>, node: &str, answer: Answer) {
        let Some(config) = answer.ok().flatten().and_then(|form| pubsub::config(&form)) else {
            return;
        };
        let closed = config.access_model.is_some_and(|model| model != "open");
        let devices = self.list().len().max(2);
        let number = config.max_items.and_then(|number| number.parse::<usize>().ok());
        let narrow = self.items_of(node).is_some() && number.is_some_and(|number| number < devices);
        if closed || narrow {
            self.configure(turn, node);
        }
    }

    /// A node was configured: publish again what is still missing. Why nothing can be, if so.
    pub(crate) fn on_configured(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        node: &str,
        answer: Answer,
    ) -> Result<Option<Why>> {
        self.configuring.remove(node);
        let numbered = self.items_of(node).is_some();
        match answer {
            Err(refusal) if numbered && self.number == Number::Apart && refusal.is("item-not-found") => {
                self.number = Number::Afterwards;
                self.publish_bundle(turn, own)?;
            }
            Err(refusal) if self.number != Number::WithItem && self.ask_for_fewer(node, &refusal) => {
                self.configure(turn, node);
            }
            // Our bundle stands there: a node of one item is better than none.
            Err(_) if numbered && self.number == Number::Said => {}
            // Published with a smaller number, which is configured in its turn if need be.
            Err(refusal) if self.may_publish() && self.ask_for_fewer(node, &refusal) => {
                self.publish_bundle(turn, own)?;
            }
            Err(refusal) => {
                if self.standing() != PublicationState::Right {
                    self.refuse(PublishFault::AccessClosed(refusal.told()));
                }
                return Ok(Some(refusal.told()));
            }
            Ok(_) if self.copy == ServerCopy::Right && self.behind > 0 => {
                self.publish_bundle(turn, own)?;
            }
            Ok(_) => {}
        }
        Ok(None)
    }
}
