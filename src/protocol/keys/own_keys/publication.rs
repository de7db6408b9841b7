//! What is known of our device's list and bundle in one dialect, and what should stand there.

use std::collections::BTreeSet;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ServerCopy {
    #[default]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Number {
    #[default]
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
#[derive(Default)]
pub(crate) struct Publication {
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
            ..Self::default()
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

    /// A list is on its way, and it is written as it is to be.
    pub(crate) fn tidy_up(&mut self) {
        self.tidied |= std::mem::take(&mut self.untidy);
    }

    /// Our label is another one now.
    pub(crate) fn rename(&mut self) {
        self.renames = 0;
    }

    /// The list that should stand on the server, if it is another one than does. `dialect`
    /// decides whether labels count.
    pub(crate) fn wanted(&mut self, ours: &Listed, dialect: Dialect) -> Option<Vec<Listed>> {
        let list = self.list.as_ref()?;
        let label = match dialect {
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
mod tests {
    use super::*;
    use stanza::dialects::Label;

    fn device(id: u32, label: &str) -> Listed {
        Listed {
            id: DeviceId::new(id).unwrap(),
            label: (!label.is_empty()).then(|| Label {
                text: label.to_owned(),
                signature: vec![7; 64],
            }),
        }
    }

    fn right(list: &[Listed]) -> Publication {
        Publication {
            list: Some(list.to_vec()),
            copy: ServerCopy::Right,
            ..Publication::default()
        }
    }

    #[test]
    fn labels_of_others_stay_as_they_are_and_ours_is_put_right() {
        let ours = device(1, "boat");
        let mut side = right(&[device(2, "theirs"), device(1, "old"), device(3, "")]);
        let wanted = side.wanted(&ours, Dialect::Omemo2).unwrap();
        assert_eq!(wanted, [device(2, "theirs"), device(1, "boat"), device(3, "")]);
        let mut side = right(&[device(2, ""), device(1, "")]);
        assert_eq!(side.wanted(&ours, Dialect::Legacy), None);
        assert_eq!(side.standing(), PublicationState::Right);
    }

    #[test]
    fn nobody_is_listed_before_the_bundle_is_there() {
        let ours = device(1, "");
        let mut side = right(&[device(2, "")]);
        side.copy = ServerCopy::Wrong;
        assert_eq!(side.wanted(&ours, Dialect::Legacy), None);
        assert_eq!(side.standing(), PublicationState::Pending);
        side.copy = ServerCopy::Right;
        assert_eq!(side.wanted(&ours, Dialect::Legacy).unwrap().len(), 2);
    }

    #[test]
    fn on_a_list_that_is_too_long_we_come_first_and_nobody_is_dropped() {
        let ours = device(1, "boat");
        for (others, place) in [(199, 199), (200, 0), (900, 0)] {
            let list: Vec<Listed> = (2..others + 2).map(|id| device(id, "theirs")).collect();
            let mut wanted = right(&list).wanted(&ours, Dialect::Omemo2).unwrap();
            assert_eq!(wanted.remove(place), ours);
            assert_eq!(wanted, list);
        }
    }

    #[test]
    fn three_returns_are_made_and_the_fourth_is_a_grievance_in_a_new_stream_too() {
        let ours = device(1, "");
        let mut side = right(std::slice::from_ref(&ours));
        for round in 1..=4 {
            let grievance = side.see(&ours, &[]);
            assert_eq!(grievance.is_some(), round == 4, "{round}");
            assert_eq!(
                side.wanted(&ours, Dialect::Legacy).is_some(),
                round < 4,
                "{round}"
            );
            side.list = Some(vec![ours.clone()]);
            if round == 2 {
                side = Publication {
                    list: side.list.take(),
                    copy: ServerCopy::Right,
                    ..side.anew()
                };
            }
        }
        side.see(&ours, &[]);
        assert_eq!(side.standing(), PublicationState::GivenUp);
    }

    #[test]
    fn a_name_that_is_taken_off_again_and_again_is_left_off_and_the_device_stays() {
        let (ours, bare) = (device(1, "boat"), device(1, ""));
        let mut side = right(std::slice::from_ref(&ours));
        for round in 1..=4 {
            let grievance = side.see(&ours, std::slice::from_ref(&bare));
            assert_eq!(
                grievance,
                (round == 4).then_some(ListConflict::Renamed),
                "{round}"
            );
            if round < 4 {
                let wanted = side.wanted(&ours, Dialect::Omemo2);
                assert_eq!(wanted, Some(vec![ours.clone()]));
                side.list = wanted;
            }
        }
        assert_eq!(side.wanted(&ours, Dialect::Omemo2), None);
        assert_eq!(side.standing(), PublicationState::Right);
    }

    #[test]
    fn a_list_that_crossed_ours_is_not_lost() {
        let ours = device(1, "");
        let mut side = right(&[device(2, "")]);
        side.listing = side.wanted(&ours, Dialect::Legacy);
        side.see(&ours, &[device(2, ""), device(3, "")]);
        side.listed(true);
        let wanted = side.wanted(&ours, Dialect::Legacy).unwrap();
        assert_eq!(wanted, [device(2, ""), device(3, ""), device(1, "")]);
        // Nor is it published for ever.
        for _ in 0..10 {
            side.listing = Some(wanted.clone());
            side.see(&ours, &[]);
            side.listed(true);
        }
        assert_eq!(side.list(), wanted);
    }
}
