//! Who gets what is written into a chat.

use jid::BareJid;

use super::{DeviceProblem, Exclusion, Fate, LeftOut, Trust, Unreachable, Why};
use omemo::{DeviceId, Dialect, IdentityKey};

/// Who gets what is written into a chat: everybody in it and we ourselves, each with the devices that are
/// looked at and what becomes of them. Messages are sealed by it, and the line above the composer says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audience {
    pub people: Vec<AddressedPerson>,
}

/// One person of an audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressedPerson {
    pub jid: BareJid,
    /// It is us: these are our other devices, which get a copy.
    pub ours: bool,
    /// By id.
    pub devices: Vec<AddressedDevice>,
}

/// A device on somebody's newest list, or on both; or one that writes to us and is on none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressedDevice {
    pub id: DeviceId,
    /// The best dialect that it publishes: it is written to in this one.
    pub dialect: Dialect,
    /// The key that it showed, in this dialect or, if it showed none there, in the other.
    pub identity: Option<IdentityKey>,
    /// What was decided about that key.
    pub trust: Option<Trust>,
    /// It showed its key in this dialect. If it did not, it is asked for it whatever becomes of it.
    pub shown: bool,
    /// It published OMEMO 2 before, under this number or another, and is written to in the legacy dialect.
    pub downgraded: bool,
    pub listed: bool,
    pub means: Means,
    pub fate: Fate,
}

/// With what a message can be sealed for a device, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// Nobody looked. All that who only reads the store can say.
    Unknown,
    /// A session stands.
    Session,
    /// Its bundle is here.
    Bundle,
    /// Neither, and its bundle cannot be had.
    Lacking(DeviceProblem),
}

impl Audience {
    /// Those who are written to: everybody but us, or we alone where nobody else is there.
    pub fn others(&self) -> impl Iterator<Item = &AddressedPerson> {
        let alone = self.people.iter().all(|person| person.ours);
        self.people.iter().filter(move |person| alone || !person.ours)
    }

    /// We, where others are written to.
    pub fn ours(&self) -> Option<&AddressedPerson> {
        let others = self.people.iter().any(|person| !person.ours);
        self.people.iter().find(|person| others && person.ours)
    }

    /// Every device that it is sealed for, and whose that is.
    pub fn written(&self) -> impl Iterator<Item = (&BareJid, &AddressedDevice)> {
        let all = self
            .people
            .iter()
            .flat_map(|person| person.devices.iter().map(move |device| (&person.jid, device)));
        all.filter(|(_, device)| device.is_written())
    }
}

impl AddressedPerson {
    pub fn is_written(&self) -> bool {
        self.devices.iter().any(AddressedDevice::is_written)
    }

    /// Their devices that do not get it, each with the reason.
    pub fn left_out(&self) -> impl Iterator<Item = LeftOut> {
        self.devices.iter().filter_map(|device| {
            Some(LeftOut {
                jid: self.jid.clone(),
                device: device.id.get(),
                why: device.problem()?,
            })
        })
    }

    /// Why nobody of theirs can read, as far as the store alone tells: None if somebody can, or may once
    /// their keys are looked up. `list_known`: whether a list of theirs was ever seen.
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

    /// Whether all of their devices that get it have a key that the person verified, and no other waits for
    /// a decision.
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

    /// The same where it is known why nothing can be encrypted to them.
    pub fn exclusion_by(&self, why: &Unreachable) -> Exclusion {
        match why {
            Unreachable::OnlyToContacts | Unreachable::Mistyped => Exclusion::OnlyToContacts,
            Unreachable::NoList(_) => Exclusion::NoList,
            Unreachable::NoOwnKeys | Unreachable::Impossible | Unreachable::NoKeys => Exclusion::NoKeys,
            Unreachable::NoBundles(_) => Exclusion::NoBundles,
            Unreachable::NotTrusted(_) => self.exclusion(true).unwrap_or(Exclusion::Undecided),
        }
    }
}

impl AddressedDevice {
    pub fn is_written(&self) -> bool {
        self.fate == Fate::Written
    }

    /// Why it does not get it; None: it does, or that is not known yet.
    fn problem(&self) -> Option<DeviceProblem> {
        match (self.fate, &self.means) {
            (Fate::LeftOut(why), _) => Some(DeviceProblem::Kept(why)),
            (Fate::Unavailable, Means::Lacking(why)) => Some(why.clone()),
            _ => None,
        }
    }

    /// Whether its bundle is needed: to write to it, or to know its key. Of one that is on no list none is
    /// asked for: nothing says that what lies there is its.
    pub fn wants_bundle(&self) -> bool {
        self.listed && self.means == Means::Unknown && (self.is_written() || !self.shown)
    }
}
