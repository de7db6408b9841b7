//! A session record: the current ratchet state with one device and the archived ones (at most 40).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{DeviceId, Dialect, IdentityKey, OwnDevice, RecordError, VerifiedBundle};

/// Everything that is kept between messages about one device in one dialect. No Debug; zeroised on drop.
#[derive(Clone)]
pub struct SessionRecord {
    _private: (),
}

impl SessionRecord {
    /// X3DH as the initiator. The record is in its prekey phase: everything sealed with it is a key exchange until
    /// the first message of the other side was opened.
    /// `previous`: what was stored for that device; it is archived, not lost.
    pub fn initiate(
        _own: &OwnDevice,
        _bundle: &VerifiedBundle,
        _previous: Option<SessionRecord>,
        _rng: &mut dyn CryptoRng,
    ) -> Self {
        todo!()
    }
    /// From the store.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, RecordError> {
        todo!()
    }
    /// For the store.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }
    /// The dialect that it speaks.
    pub fn dialect(&self) -> Dialect {
        todo!()
    }
    /// The other side's identity key.
    pub fn their_identity(&self) -> IdentityKey {
        todo!()
    }
    /// Whether the current state is still in its prekey phase.
    pub fn is_unanswered(&self) -> bool {
        todo!()
    }
    /// The id that the record was made for is not part of it; this only documents the pairing.
    pub fn _device(_d: DeviceId) {}
}
