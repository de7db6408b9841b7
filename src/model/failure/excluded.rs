//! Who of a room cannot read what is written into it, and why.

use jid::BareJid;

use super::{DeviceProblem, LeftOut};
use crate::Why;

/// Somebody who is a member of a room, and cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    pub jid: BareJid,
    pub why: Exclusion,
}

/// Why no device of somebody can read, or why the person's choice for the room stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// Nobody has asked for their devices yet.
    NotLookedUp,
    /// They publish no keys.
    NoKeys,
    /// Their client shows its keys only to contacts.
    OnlyToContacts,
    /// Their list could not be had.
    NoList,
    /// The keys of their devices cannot be had.
    NoBundles,
    /// Nobody decided about a key of theirs.
    Undecided,
    /// Every key of theirs is distrusted.
    Distrusted,
    /// Their devices write, and stand on no list.
    NotListed,
    /// They could read, but not all of their keys are verified.
    NotVerified,
}

impl Exclusion {
    /// What the devices of somebody have in common; what can be decided about comes first.
    pub fn of_devices(left_out: &[LeftOut]) -> Option<Self> {
        let whys = [
            (Why::Undecided, Self::Undecided),
            (Why::Distrusted, Self::Distrusted),
            (Why::NotListed, Self::NotListed),
            (Why::TakenOff, Self::NotListed),
        ];
        let its = |why: Why| {
            left_out
                .iter()
                .any(|device| device.why == DeviceProblem::Kept(why))
        };
        whys.into_iter()
            .find(|(why, _)| its(*why))
            .map(|(_, exclusion)| exclusion)
    }
}
