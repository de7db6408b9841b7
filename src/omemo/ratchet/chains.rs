//! The keys of the double ratchet and how one follows from another.
//!
//! A type for each role, so that a chain key cannot be taken for a message key. All are wiped when
//! dropped; none can be printed.
//!
//! ```text
//! KDF_RK   HKDF-SHA256(salt = root key, ikm = DH, root info, 64)      -> new root key ‖ chain key
//! KDF_CK   HMAC-SHA256(chain key, 0x01) -> message key,  HMAC-SHA256(chain key, 0x02) -> next chain key
//! keys     HKDF-SHA256(salt = 0 * 32, ikm = message key, message info, 80) -> cipher key ‖ MAC key ‖ IV
//! ```

use super::message_key::MessageKey;
use super::skipped::Skipped;
use crate::dialect::Constants;
use crate::keys::KeyPair;
use crate::primitives::{self, HmacKey, Secret};
use crate::{OpenError, PublicKey};

/// RK: turned at every step of the ratchet.
#[derive(Clone)]
pub(crate) struct RootKey(pub(crate) Secret);

/// CK: turned with every message of a chain.
#[derive(Clone)]
pub(crate) struct ChainKey(pub(crate) Secret);

impl RootKey {
    /// KDF_RK.
    pub(crate) fn turn(&self, constants: &Constants, product: &Secret) -> (RootKey, ChainKey) {
        let out = primitives::hkdf::<64>(&self.0, product.as_ref(), constants.root_info);
        let (mut root, mut chain) = (Secret::default(), Secret::default());
        if let Some((left, right)) = out.split_first_chunk::<32>() {
            *root = *left;
            chain.copy_from_slice(right);
        }
        (RootKey(root), ChainKey(chain))
    }
}

impl ChainKey {
    /// KDF_CK: the key of this message, and the chain key after it.
    pub(crate) fn turn(&self) -> (MessageKey, ChainKey) {
        let key = HmacKey::new(&self.0);
        (MessageKey(key.tag(&[&[1]])), ChainKey(key.tag(&[&[2]])))
    }
}

/// Our direction: the ratchet key pair that the other side knows of, and the chain that grew from it.
#[derive(Clone)]
pub(crate) struct SendingChain {
    pub(crate) ratchet: KeyPair,
    pub(crate) key: ChainKey,
    /// Counter of the next message.
    pub(crate) next: u32,
}

/// Their direction: one chain for each of their ratchet keys.
#[derive(Clone)]
pub(crate) struct ReceivingChain {
    pub(crate) ratchet_key: PublicKey,
    pub(crate) key: ChainKey,
    /// Counter of the first message that was neither opened nor skipped.
    pub(crate) next: u32,
    pub(crate) skipped: Skipped,
}

/// A receiving chain moved on to one message, not yet stored.
pub(super) struct Advance {
    /// Key of that message.
    pub(super) message: MessageKey,
    /// The chain key after it.
    pub(super) key: ChainKey,
    /// Counter after it.
    pub(super) next: u32,
    /// The keys jumped over.
    pub(super) skipped: Skipped,
}

impl ChainKey {
    /// Moves from counter `next` to message `counter`, which is not below `next`.
    /// Bounds come before the work.
    pub(super) fn advance(
        &self,
        constants: &Constants,
        next: u32,
        counter: u32,
    ) -> Result<Advance, OpenError> {
        let after = counter.checked_add(1).ok_or(OpenError::TooManySkipped)?;
        if counter.saturating_sub(next) > constants.skip_most {
            return Err(OpenError::TooManySkipped);
        }
        let mut skipped = Skipped::with_room(counter.saturating_sub(next));
        let mut key = self.clone();
        for passed in next..counter {
            let (message, following) = key.turn();
            skipped.push(passed, message);
            key = following;
        }
        let (message, key) = key.turn();
        Ok(Advance {
            message,
            key,
            next: after,
            skipped,
        })
    }
}
