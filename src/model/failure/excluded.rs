//! Who of a room cannot read what is written into it, and why.

use jid::BareJid;

use super::{LeftOut, Unreachable};
use crate::{AddressedPerson, DeviceProblem, Fate, Trust, Why};

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
    /// Why nothing can be encrypted to this person, in short.
    pub fn of(why: &Unreachable, person: &AddressedPerson) -> Self {
        match why {
            Unreachable::OnlyToContacts | Unreachable::Mistyped => Self::OnlyToContacts,
            Unreachable::NoList(_) => Self::NoList,
            Unreachable::NoOwnKeys | Unreachable::Impossible | Unreachable::NoKeys => Self::NoKeys,
            Unreachable::NoBundles(_) => Self::NoBundles,
            Unreachable::NotTrusted(_) => person.exclusion(true).unwrap_or(Self::Undecided),
        }
    }

    /// What the devices of somebody have in common; what can be decided about comes first.
    fn of_devices(left_out: &[LeftOut]) -> Option<Self> {
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

impl AddressedPerson {
    /// Why nobody of theirs can read, as far as the store alone tells: None if somebody can, or may once their keys are
    /// looked up. `list_known`: whether a list of theirs was ever seen.
    pub fn exclusion(&self, list_known: bool) -> Option<Exclusion> {
        if self.devices.is_empty() {
            return Some(match list_known {
                true => Exclusion::NoKeys,
                false => Exclusion::NotLookedUp,
            });
        }
        let may = |fate| matches!(fate, Fate::Written | Fate::LookedUp);
        if self.devices.iter().any(|device| may(device.fate)) {
            return None;
        }
        let left_out: Vec<LeftOut> = self.left_out().collect();
        Some(Exclusion::of_devices(&left_out).unwrap_or(Exclusion::NoBundles))
    }

    /// Whether all of their devices that get it have a key that the person verified, and no other waits for a decision.
    pub fn is_verified(&self) -> bool {
        let verified = |trust| trust == Some(Trust::Verified);
        let mut written = self.devices.iter().filter(|device| device.is_written());
        written.all(|device| verified(device.trust)) && !self.has_undecided()
    }

    /// Whether a key of theirs waits for a decision.
    pub fn has_undecided(&self) -> bool {
        let mut fates = self.devices.iter().map(|device| device.fate);
        fates.any(|fate| fate == Fate::LeftOut(Why::Undecided))
    }
}
