//! Trust of one identity key of one JID, and how a new one starts: blind trust before verification (BTBV).

/// What was decided about a key. Hangs on (account, bare JID, identity key), never on the
/// device id or the key alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Nothing decided: not written to.
    Undecided,
    /// Trusted blindly before any verification: written to, shown as blind.
    Blind,
    /// Compared by a person.
    Verified,
    /// Refused: not written to, and its messages are not opened.
    Distrusted,
}

impl Trust {
    /// Whether content may be sealed to a key of this trust.
    pub fn may_seal(self) -> bool {
        matches!(self, Trust::Blind | Trust::Verified)
    }
}

/// How a key that was never seen before starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Blind trust before verification.
    BlindBeforeVerification,
}

impl Policy {
    /// The trust of a new key of a contact, given the trust of the keys of that JID that are already known.
    ///
    /// Blind until one key of the JID was verified; undecided from then on. Keys that
    /// were blind before stay usable.
    pub fn first_trust(self, known: &[Trust]) -> Trust {
        match self {
            Policy::BlindBeforeVerification if known.contains(&Trust::Verified) => Trust::Undecided,
            Policy::BlindBeforeVerification => Trust::Blind,
        }
    }
}
