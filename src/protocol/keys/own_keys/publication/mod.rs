//! What is known of our device's list and bundle in one dialect, and what should stand there.

use std::collections::BTreeSet;

use crate::keys::shown_list::ShownList;
use model::PublishFault;
use omemo::{DeviceId, Dialect};
use stanza::dialects::Listed;
use stanza::pubsub::MaxItems;
use store::omemo::MOST_LISTED;

/// How often we put ourselves, or our name, back on our own list in one run before
/// we stop and warn (threat 39).
const MOST_RETURNS: u8 = 3;
/// How often on one stream a list is published again because another one crossed it.
const MOST_CROSSINGS: u8 = 3;

/// The server's copy of our bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerCopy {
    Unknown,
    /// Missing, or not ours.
    Wrong,
    /// It is ours; it may be [behind](Publication::behind).
    Right,
}

/// Where one dialect has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicationState {
    Pending,
    Right,
    /// The server does not let us publish; why.
    Refused(PublishFault),
    /// Somebody else does not let us stay on the list.
    GivenUp,
}

/// Where a server wants to hear how many items the node of all bundles is to hold. XEP-0384 §bundles
/// says it with the item; ejabberd refuses an item with such a precondition, and takes the number
/// from the owner of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    WithItem,
    /// In the node's configuration, before the item: the node may hold bundles of others
    /// that must not be pushed out.
    Apart,
    /// There is no node yet: after the item that makes it.
    Afterwards,
    /// That was done.
    Said,
}

/// What another client did to our place on the list, once too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListConflict {
    Removed,
    Renamed,
}

/// One dialect on this stream.
pub(crate) struct Publication {
    pub(crate) dialect: Dialect,
    /// Our device list as the server has it, the labels of others untouched.
    list: Option<Vec<Listed>>,
    /// The server did not show the list: nothing is published.
    closed: bool,
    pub(crate) copy: ServerCopy,
    /// A bundle is on its way; another one follows if this is said meanwhile.
    pub(crate) publishing: bool,
    pub(crate) publish_again: bool,
    /// Prekeys spent since the bundle was rendered last; at least 1 if the server's copy
    /// is behind for another reason.
    pub(crate) behind: usize,
    /// The list that is on its way.
    pub(crate) listing: Option<Vec<Listed>>,
    /// A list of somebody else arrived since that was sent.
    crossed: bool,
    crossings: u8,
    list_right: bool,
    /// The list is not written as it is read: it names a device twice, or an impossible one. Put right once
    /// in a run, lest two clients do it for ever.
    untidy: bool,
    tidied: bool,
    /// Devices that are to leave the list.
    pub(crate) leaving: BTreeSet<DeviceId>,
    /// Why the last attempt to publish failed.
    refused: Option<PublishFault>,
    /// Which settings of which nodes were repaired already, and which repairs are on their way.
    pub(crate) repaired: Vec<(String, Option<MaxItems>)>,
    pub(crate) configuring: BTreeSet<String>,
    /// How many items the node of all bundles is asked to hold; None: as many as it can.
    pub(crate) items: Option<MaxItems>,
    pub(crate) number: Number,
    returns: u8,
    renames: u8,
}

impl Publication {
    /// Nothing is known yet.
    pub(crate) fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            list: None,
            closed: false,
            copy: ServerCopy::Unknown,
            publishing: false,
            publish_again: false,
            behind: 0,
            listing: None,
            crossed: false,
            crossings: 0,
            list_right: false,
            untidy: false,
            tidied: false,
            leaving: BTreeSet::new(),
            refused: None,
            repaired: Vec::new(),
            configuring: BTreeSet::new(),
            items: None,
            number: Number::WithItem,
            returns: 0,
            renames: 0,
        }
    }

    /// The same on a new stream: what was learnt of others and of the server's abilities stays.
    pub(crate) fn anew(&self) -> Self {
        Self {
            items: self.items,
            number: match self.number {
                Number::WithItem => Number::WithItem,
                Number::Apart | Number::Afterwards | Number::Said => Number::Apart,
            },
            returns: self.returns,
            renames: self.renames,
            tidied: self.tidied,
            ..Self::of(self.dialect)
        }
    }

    /// The devices on the list, as far as it is known.
    pub(crate) fn list(&self) -> &[Listed] {
        self.list.as_deref().unwrap_or_default()
    }

    pub(crate) fn lists(&self, id: DeviceId) -> bool {
        self.list().iter().any(|device| device.id == id)
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.list.is_some() || self.closed
    }

    /// The list was asked for and cannot be read.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed && self.list.is_none()
    }

    pub(crate) fn close(&mut self, why: PublishFault) {
        self.closed = true;
        // An event may have shown it meanwhile.
        if self.list.is_none() {
            self.refuse(why);
        }
    }

    pub(crate) fn refuse(&mut self, why: PublishFault) {
        self.refused = Some(why);
    }

    /// The server took something: what it refused before may go now.
    pub(crate) fn accepted(&mut self) {
        self.refused = None;
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Whether anything may be published: the list is known and nothing was refused.
    pub(crate) fn may_publish(&self) -> bool {
        self.list.is_some() && self.refused.is_none()
    }

    /// The list while we have no device yet.
    pub(crate) fn begin(&mut self, listed: &[Listed]) {
        self.list = Some(listed.to_vec());
    }

    /// The list arrived. What somebody does to our place on it is counted; told when it was once too often.
    pub(crate) fn see(&mut self, ours: &Listed, listed: &[Listed]) -> Option<ListConflict> {
        let place = |list: &[Listed]| list.iter().find(|device| device.id == ours.id).cloned();
        let before = self.list.as_deref().and_then(place);
        let now = place(listed);
        if self.is_closed() {
            self.closed = false;
            self.refused = None;
        }
        let ours_again = self.listing.as_deref() == Some(listed);
        if self.listing.is_some() && !ours_again && self.crossings < MOST_CROSSINGS {
            self.crossings += 1;
            self.crossed = true;
        }
        self.list = Some(listed.to_vec());
        let (count, grievance) = match (before, now) {
            (Some(_), None) => (&mut self.returns, ListConflict::Removed),
            (Some(before), Some(now)) if before.label == ours.label && now.label != ours.label => {
                (&mut self.renames, ListConflict::Renamed)
            }
            _ => return None,
        };
        *count = count.saturating_add(1);
        (*count == MOST_RETURNS + 1).then_some(grievance)
    }

    /// Whether the list that the server shows is written as it is read.
    pub(crate) fn note_tidy(&mut self, tidy: bool) {
        self.untidy = !tidy;
    }

    /// The list as the server has it by now.
    pub(crate) fn shown(&self) -> ShownList {
        ShownList {
            listed: self.list().to_vec(),
            tidy: !self.untidy,
            impossible: false,
        }
    }

    /// A list is on its way, and it is written as it is to be.
    pub(crate) fn tidy_up(&mut self) {
        self.tidied |= std::mem::take(&mut self.untidy);
    }

    /// Our label is another one now.
    pub(crate) fn rename(&mut self) {
        self.renames = 0;
    }

    /// The list that should stand on the server, if it is another one than does. Labels count where
    /// the dialect has them.
    pub(crate) fn wanted(&mut self, ours: &Listed) -> Option<Vec<Listed>> {
        let list = self.list.as_ref()?;
        let label = match self.dialect {
            Dialect::Legacy => None,
            Dialect::Omemo2 => ours.label.clone(),
        };
        let mut wanted = list.clone();
        wanted.retain(|device| !self.leaving.contains(&device.id));
        let place = wanted.iter_mut().find(|device| device.id == ours.id);
        self.list_right = false;
        match place {
            Some(place) if place.label == label || self.renames > MOST_RETURNS => self.list_right = true,
            Some(place) => place.label = label,
            None if self.copy == ServerCopy::Right && self.returns <= MOST_RETURNS => {
                // At the end of a list that is too long for others (and for us) nobody would see it.
                let place = match wanted.len() < MOST_LISTED {
                    true => wanted.len(),
                    false => 0,
                };
                wanted.insert(place, Listed { id: ours.id, label });
            }
            None => {}
        }
        let tidies = self.untidy && !self.tidied && self.list_right;
        (wanted != *list || tidies).then_some(wanted)
    }

    /// How publishing the list ended. What crossed it is merged with the next one.
    pub(crate) fn listed(&mut self, taken: bool) {
        let sent = self.listing.take();
        let crossed = std::mem::take(&mut self.crossed);
        if taken && !crossed && sent.is_some() {
            self.list = sent;
        }
    }

    pub(crate) fn standing(&self) -> PublicationState {
        match &self.refused {
            _ if self.copy == ServerCopy::Right && self.list_right => PublicationState::Right,
            Some(why) => PublicationState::Refused(why.clone()),
            None if self.list.is_some() && self.returns > MOST_RETURNS => PublicationState::GivenUp,
            None => PublicationState::Pending,
        }
    }
}

#[cfg(test)]
mod tests;
