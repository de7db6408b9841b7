//! Ratchet messages and key exchanges as bytes: what both dialects share, and
//! which file reads or writes what.
//!
//! Reading borrows from the input and never allocates by a length that the input names.

mod legacy;
mod omemo2;
mod protobuf;

use super::keys::{ID_MOST, PeerIdentity};
use super::{Dialect, IdentityKey, OpenError, PreKeyId, PublicKey, SignedPreKeyId, primitives};

/// A ratchet message or key exchange longer than this is refused unread. Honest ones have about 250 bytes.
pub(super) const MESSAGE_MOST: usize = 8 * 1024;

/// A ratchet message as read: nothing is authenticated yet.
pub(super) struct Message<'a> {
    /// The sender's ratchet key.
    pub(super) ratchet_key: PublicKey,
    /// Its number in the sending chain, from 0.
    pub(super) counter: u32,
    /// AES-256-CBC ciphertext of the key material.
    pub(super) ciphertext: &'a [u8],
    /// The exact bytes that the MAC covers, after the associated data.
    pub(super) authenticated: &'a [u8],
    /// The MAC: 8 bytes legacy, 16 bytes OMEMO 2.
    pub(super) mac: &'a [u8],
}

/// The header of a ratchet message to be written.
pub(super) struct RatchetHeader {
    pub(super) ratchet_key: PublicKey,
    pub(super) counter: u32,
    pub(super) previous: u32,
}

/// A key exchange as read.
pub(super) struct Exchange<'a> {
    pub(super) prekey: PreKeyId,
    pub(super) signed_prekey: SignedPreKeyId,
    pub(super) identity: PeerIdentity,
    /// The initiator's ephemeral key EK.
    pub(super) base_key: PublicKey,
    /// The ratchet message in it.
    pub(super) message: &'a [u8],
}

/// A key exchange to be written around a ratchet message.
pub(super) struct ExchangeHeader<'a> {
    pub(super) prekey: PreKeyId,
    pub(super) signed_prekey: SignedPreKeyId,
    /// Our identity key in the dialect's form, 32 bytes.
    pub(super) identity: &'a [u8; 32],
    pub(super) base_key: PublicKey,
    /// Legacy only: libsignal clients put their device id here, python clients
    /// leave it out; nobody checks it.
    pub(super) registration: Option<u32>,
}

/// Whether these bytes are a key exchange or a ratchet message, in either dialect told by their first field:
/// the number of a prekey, or bytes (OMEMO 2: first byte 0x08 or 0x0a). None if they are neither, or an
/// exchange that names no prekey.
pub(super) fn is_exchange(dialect: Dialect, bytes: &[u8]) -> Option<bool> {
    bounded(bytes).ok()?;
    let fields = match dialect {
        Dialect::Legacy => legacy::after_version(bytes).ok()?,
        Dialect::Omemo2 => bytes,
    };
    let (_, first) = protobuf::Fields::new(fields)
        .flatten()
        .find(|(number, _)| *number == 1)?;
    match first {
        protobuf::Value::Number(_) => Some(true),
        protobuf::Value::Bytes(_) => Some(false),
        protobuf::Value::Fixed => None,
    }
}

/// Reads a ratchet message.
pub(super) fn read_message(dialect: Dialect, bytes: &[u8]) -> Result<Message<'_>, OpenError> {
    bounded(bytes)?;
    match dialect {
        Dialect::Legacy => legacy::read_message(bytes),
        Dialect::Omemo2 => omemo2::read_message(bytes),
    }
}

/// Reads a key exchange; refuses one without a prekey id.
pub(super) fn read_exchange(dialect: Dialect, bytes: &[u8]) -> Result<Exchange<'_>, OpenError> {
    bounded(bytes)?;
    match dialect {
        Dialect::Legacy => legacy::read_exchange(bytes),
        Dialect::Omemo2 => omemo2::read_exchange(bytes),
    }
}

/// Writes the part of a ratchet message that the MAC covers. Spare room is left for the MAC.
pub(super) fn write_message(dialect: Dialect, header: &RatchetHeader, ciphertext: &[u8]) -> Vec<u8> {
    match dialect {
        Dialect::Legacy => legacy::write_message(header, ciphertext),
        Dialect::Omemo2 => omemo2::write_message(header, ciphertext),
    }
}

/// Joins that part and its MAC.
pub(super) fn attach_mac(dialect: Dialect, authenticated: Vec<u8>, mac: &[u8]) -> Vec<u8> {
    match dialect {
        Dialect::Legacy => legacy::attach_mac(authenticated, mac),
        Dialect::Omemo2 => omemo2::attach_mac(&authenticated, mac),
    }
}

/// Wraps a whole ratchet message into a key exchange.
pub(super) fn write_exchange(dialect: Dialect, header: &ExchangeHeader<'_>, message: &[u8]) -> Vec<u8> {
    match dialect {
        Dialect::Legacy => legacy::write_exchange(header, message),
        Dialect::Omemo2 => omemo2::write_exchange(header, message),
    }
}

/// A Curve25519 public key on the wire: legacy `0x05 ‖ u` (33 bytes), OMEMO 2 `u` (32 bytes).
pub(super) fn encode_key(dialect: Dialect, key: &[u8; 32]) -> Vec<u8> {
    match dialect {
        Dialect::Legacy => legacy::encode_key(key).to_vec(),
        Dialect::Omemo2 => key.to_vec(),
    }
}

/// An identity key on the wire, from the dialect's own 32-byte form: legacy `0x05 ‖
/// u`, OMEMO 2 the Ed25519 key.
pub(super) fn encode_identity(dialect: Dialect, encoded: &[u8; 32]) -> Vec<u8> {
    encode_key(dialect, encoded)
}

/// The inverse of [`encode_key`]. The length, the prefix, the canonical form and small orders are checked.
pub(super) fn decode_key(dialect: Dialect, bytes: &[u8]) -> Option<PublicKey> {
    let key = match dialect {
        Dialect::Legacy => legacy::decode_key(bytes)?,
        Dialect::Omemo2 => bytes.try_into().ok()?,
    };
    primitives::is_plain_point(&key).then_some(PublicKey(key))
}

/// Reads an identity key: as [`decode_key`], in OMEMO 2 for the Ed25519 form. The torsion check costs nearly
/// as much as X25519 and is done where a session is made.
pub(super) fn decode_identity(dialect: Dialect, bytes: &[u8]) -> Option<PeerIdentity> {
    match dialect {
        Dialect::Legacy => {
            let PublicKey(encoded) = decode_key(dialect, bytes)?;
            Some(PeerIdentity {
                key: IdentityKey(encoded),
                encoded,
            })
        }
        Dialect::Omemo2 => {
            let encoded = bytes.try_into().ok()?;
            Some(PeerIdentity {
                key: IdentityKey(primitives::ed25519_to_plain_point(&encoded)?),
                encoded,
            })
        }
    }
}

/// The associated data of X3DH and of every message: both identities in the dialect's form.
///
/// Legacy: sender ‖ receiver of this message. OMEMO 2: initiator ‖ responder of the
/// session, in both directions.
pub(super) fn associated_data(dialect: Dialect, first: &[u8; 32], second: &[u8; 32]) -> AssociatedData {
    let mut data = AssociatedData {
        bytes: [0; 66],
        length: 0,
    };
    for identity in [first, second] {
        if dialect == Dialect::Legacy {
            data.push(&[legacy::KEY_PREFIX]);
        }
        data.push(identity);
    }
    data
}

/// Up to 66 bytes on the stack.
pub(super) struct AssociatedData {
    bytes: [u8; 66],
    length: usize,
}

impl AssociatedData {
    fn push(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(part);
            self.length = end;
        }
    }
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

fn bounded(bytes: &[u8]) -> Result<(), OpenError> {
    if bytes.len() > MESSAGE_MOST {
        return Err(OpenError::Malformed("a key longer than any honest one"));
    }
    Ok(())
}

/// Some clients number from 0; above 2^31-1 there are no ids.
fn prekey_id(id: Option<u32>) -> Result<PreKeyId, OpenError> {
    match id {
        Some(id @ 0..=ID_MOST) => Ok(PreKeyId(id)),
        Some(_) => Err(OpenError::Malformed("prekey id out of range")),
        None => Err(OpenError::Malformed("key exchange without a prekey id")),
    }
}

fn required<T>(field: Option<T>, what: &'static str) -> Result<T, OpenError> {
    field.ok_or(OpenError::Malformed(what))
}
