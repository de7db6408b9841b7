//! Legacy messages (XEP-0384 0.3, libsignal's version 3).
//!
//! ```text
//! ratchet message   0x33 ‖ SignalMessage ‖ MAC (8 bytes)
//! key exchange      0x33 ‖ PreKeySignalMessage
//! public key        0x05 ‖ u (32 bytes)
//!
//! SignalMessage       { bytes ratchetKey=1; uint32 counter=2; uint32 previousCounter=3; bytes ciphertext=4; }
//! PreKeySignalMessage { uint32 preKeyId=1; bytes baseKey=2; bytes identityKey=3; bytes message=4;
//!                       uint32 registrationId=5; uint32 signedPreKeyId=6; }
//! ```

use super::protobuf::{Fields, put_bytes, put_number};
use super::{Dialect, Exchange, ExchangeHeader, Message, OpenError, RatchetHeader};
use super::{decode_identity, decode_key as decode, prekey_id, required};
use crate::SignedPreKeyId;

/// Stands before every public key.
pub(super) const KEY_PREFIX: u8 = 0x05;
/// Message version 3 in the high half (that is what receivers check), newest known version 3 in the low one.
const VERSION: u8 = 0x33;
const MAC: usize = 8;

const TRUNCATED: &str = "not a whole protobuf message";

pub(super) fn encode_key(key: &[u8; 32]) -> [u8; 33] {
    let mut encoded = [KEY_PREFIX; 33];
    let [_, rest @ ..] = &mut encoded;
    *rest = *key;
    encoded
}

pub(super) fn decode_key(bytes: &[u8]) -> Option<[u8; 32]> {
    match bytes.split_first() {
        Some((&KEY_PREFIX, key)) => key.try_into().ok(),
        _ => None,
    }
}

pub(super) fn read_message(bytes: &[u8]) -> Result<Message<'_>, OpenError> {
    let cut = bytes
        .len()
        .checked_sub(MAC)
        .ok_or(OpenError::Malformed("shorter than its MAC"))?;
    let (authenticated, mac) = bytes.split_at(cut);
    let (mut key, mut counter, mut ciphertext) = (None, None, None);
    for field in Fields::new(after_version(authenticated)?) {
        match required(field, TRUNCATED)? {
            (1, value) => key = value.bytes(),
            (2, value) => counter = Some(required(value.number(), "counter is no 32-bit number")?),
            (4, value) => ciphertext = value.bytes(),
            _ => {}
        }
    }
    let key = required(key, "no ratchet key")?;
    Ok(Message {
        ratchet_key: required(decode(Dialect::Legacy, key), "unusable ratchet key")?,
        counter: required(counter, "no counter")?,
        ciphertext: required(ciphertext, "no ciphertext")?,
        authenticated,
        mac,
    })
}

pub(super) fn read_exchange(bytes: &[u8]) -> Result<Exchange<'_>, OpenError> {
    let (mut prekey, mut signed, mut base, mut identity, mut message) = (None, None, None, None, None);
    for field in Fields::new(after_version(bytes)?) {
        match required(field, TRUNCATED)? {
            (1, value) => prekey = Some(required(value.number(), "prekey id is no 32-bit number")?),
            (2, value) => base = value.bytes(),
            (3, value) => identity = value.bytes(),
            (4, value) => message = value.bytes(),
            (6, value) => signed = Some(required(value.number(), "signed prekey id is no 32-bit number")?),
            _ => {}
        }
    }
    let prekey = prekey_id(prekey)?;
    let base = required(base, "no base key")?;
    let identity = required(identity, "no identity key")?;
    Ok(Exchange {
        prekey,
        signed_prekey: SignedPreKeyId(required(signed, "no signed prekey id")?),
        identity: required(
            decode_identity(Dialect::Legacy, identity),
            "unusable identity key",
        )?,
        base_key: required(decode(Dialect::Legacy, base), "unusable base key")?,
        message: required(message, "no message in the key exchange")?,
    })
}

pub(super) fn after_version(bytes: &[u8]) -> Result<&[u8], OpenError> {
    match bytes.split_first() {
        Some((version, rest)) if version >> 4 == VERSION >> 4 => Ok(rest),
        Some(_) => Err(OpenError::Malformed("unknown version")),
        None => Err(OpenError::Malformed("empty")),
    }
}

pub(super) fn write_message(header: &RatchetHeader, ciphertext: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + ciphertext.len());
    out.push(VERSION);
    put_bytes(&mut out, 1, &[&[KEY_PREFIX], &header.ratchet_key.0]);
    put_number(&mut out, 2, header.counter);
    put_number(&mut out, 3, header.previous);
    put_bytes(&mut out, 4, &[ciphertext]);
    out
}

pub(super) fn attach_mac(mut authenticated: Vec<u8>, mac: &[u8]) -> Vec<u8> {
    authenticated.extend_from_slice(mac);
    authenticated
}

pub(super) fn write_exchange(header: &ExchangeHeader<'_>, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(96 + message.len());
    out.push(VERSION);
    put_number(&mut out, 1, header.prekey.0);
    put_bytes(&mut out, 2, &[&[KEY_PREFIX], &header.base_key.0]);
    put_bytes(&mut out, 3, &[&[KEY_PREFIX], header.identity]);
    put_bytes(&mut out, 4, &[message]);
    if let Some(registration) = header.registration {
        put_number(&mut out, 5, registration);
    }
    put_number(&mut out, 6, header.signed_prekey.0);
    out
}
