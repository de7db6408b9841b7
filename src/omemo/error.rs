//! What can go wrong in the engine, one enum for each operation.

use super::IdentityKey;

/// Why a bundle cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Wrong lengths, ids or points; says which.
    #[error("malformed bundle: {0}")]
    Malformed(&'static str),
    /// The signed prekey is not signed by the identity key.
    #[error("the signature of the signed prekey does not verify")]
    BadSignature,
    /// Not one usable prekey.
    #[error("the bundle holds no usable prekey")]
    NoPreKeys,
}

/// Why a letter was not opened. Nothing has changed then (law 1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No `<key>` for our device.
    #[error("not encrypted for this device")]
    NotForThisDevice,
    /// A message that was opened before (old counter, no stored key): ignored in silence.
    #[error("a message that was read before")]
    Duplicate,
    /// A ratchet message without any session.
    #[error("no session with that device")]
    NoSession,
    /// A key exchange with a prekey or signed prekey id that we do not have.
    #[error("unknown prekey")]
    UnknownPreKey,
    /// The record or message carries another identity key than the one given.
    #[error("another identity key than the known one")]
    IdentityChanged(IdentityKey),
    /// Authentication failed in every state.
    #[error("authentication failed")]
    Damaged,
    /// Not well-formed; says what.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// The key came with a payload, which somebody took out (OMEMO 2; the legacy key does not tell).
    #[error("its payload was taken away")]
    Stripped,
    /// More skipped messages than a session may store.
    #[error("too many messages skipped")]
    TooManySkipped,
}

/// Why a stored session record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored session record cannot be read: {0}")]
pub struct RecordError(pub &'static str);

impl OpenError {
    /// Of two reasons why the same message was not opened (in two states, or by two keys), the one to tell.
    pub(super) fn more_telling(self, other: Self) -> Self {
        if other.weight() > self.weight() {
            other
        } else {
            self
        }
    }

    fn weight(&self) -> u8 {
        match self {
            OpenError::Duplicate => 7,
            OpenError::IdentityChanged(_) => 6,
            OpenError::Damaged | OpenError::Stripped => 5,
            OpenError::TooManySkipped => 4,
            OpenError::UnknownPreKey => 3,
            OpenError::NoSession => 2,
            OpenError::Malformed(_) => 1,
            OpenError::NotForThisDevice => 0,
        }
    }
}
