//! OMEMO 2 messages (XEP-0384 §protobuf-schema).
//!
//! ```text
//! OMEMOMessage              { required uint32 n=1; uint32 pn=2; bytes dh_pub=3; optional bytes ciphertext=4; }
//! OMEMOAuthenticatedMessage { required bytes mac=1; bytes message=2; }
//! OMEMOKeyExchange          { required uint32 pk_id=1; uint32 spk_id=2; bytes ik=3; bytes ek=4;
//!                             OMEMOAuthenticatedMessage message=5; }
//! ```
//! The MAC has 16 bytes; `ik` is the Ed25519 form of the identity key, every other key its u coordinate.

use super::protobuf::{Fields, put_bytes, put_number};
use super::{Dialect, Exchange, ExchangeHeader, Message, OpenError, RatchetHeader};
use super::{decode_identity, decode_key, prekey_id, required};
use crate::SignedPreKeyId;

const MAC: usize = 16;

const TRUNCATED: &str = "not a whole protobuf message";

pub(super) fn read_message(bytes: &[u8]) -> Result<Message<'_>, OpenError> {
    let (mut mac, mut authenticated) = (None, None);
    for field in Fields::new(bytes) {
        match required(field, TRUNCATED)? {
            (1, value) => mac = value.bytes(),
            (2, value) => authenticated = value.bytes(),
            _ => {}
        }
    }
    let mac = required(mac.filter(|mac| mac.len() == MAC), "no MAC of 16 bytes")?;
    let authenticated = required(authenticated, "no message")?;

    let (mut counter, mut previous, mut key, mut ciphertext) = (None, None, None, None);
    for field in Fields::new(authenticated) {
        match required(field, TRUNCATED)? {
            (1, value) => counter = Some(required(value.number(), "n is no 32-bit number")?),
            (2, value) => previous = Some(required(value.number(), "pn is no 32-bit number")?),
            (3, value) => key = value.bytes(),
            (4, value) => ciphertext = value.bytes(),
            _ => {}
        }
    }
    // The receiving chains are kept, so pn is not needed; but it is a required field.
    required(previous, "no pn")?;
    let key = required(key, "no dh_pub")?;
    Ok(Message {
        ratchet_key: required(decode_key(Dialect::Omemo2, key), "unusable dh_pub")?,
        counter: required(counter, "no n")?,
        ciphertext: required(ciphertext, "no ciphertext")?,
        authenticated,
        mac,
    })
}

pub(super) fn read_exchange(bytes: &[u8]) -> Result<Exchange<'_>, OpenError> {
    let (mut prekey, mut signed, mut identity, mut base, mut message) = (None, None, None, None, None);
    for field in Fields::new(bytes) {
        match required(field, TRUNCATED)? {
            (1, value) => prekey = Some(required(value.number(), "pk_id is no 32-bit number")?),
            (2, value) => signed = Some(required(value.number(), "spk_id is no 32-bit number")?),
            (3, value) => identity = value.bytes(),
            (4, value) => base = value.bytes(),
            (5, value) => message = value.bytes(),
            _ => {}
        }
    }
    let prekey = prekey_id(prekey)?;
    let base = required(base, "no ek")?;
    let identity = required(identity, "no ik")?;
    Ok(Exchange {
        prekey,
        signed_prekey: SignedPreKeyId(required(signed, "no spk_id")?),
        identity: required(decode_identity(Dialect::Omemo2, identity), "unusable ik")?,
        base_key: required(decode_key(Dialect::Omemo2, base), "unusable ek")?,
        message: required(message, "no message in the key exchange")?,
    })
}

pub(super) fn write_message(header: &RatchetHeader, ciphertext: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + ciphertext.len());
    put_number(&mut out, 1, header.counter);
    put_number(&mut out, 2, header.previous);
    put_bytes(&mut out, 3, &[&header.ratchet_key.0]);
    put_bytes(&mut out, 4, &[ciphertext]);
    out
}

pub(super) fn attach_mac(authenticated: &[u8], mac: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + authenticated.len());
    put_bytes(&mut out, 1, &[mac]);
    put_bytes(&mut out, 2, &[authenticated]);
    out
}

pub(super) fn write_exchange(header: &ExchangeHeader<'_>, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(96 + message.len());
    put_number(&mut out, 1, header.prekey.0);
    put_number(&mut out, 2, header.signed_prekey.0);
    put_bytes(&mut out, 3, &[header.identity]);
    put_bytes(&mut out, 4, &[&header.base_key.0]);
    put_bytes(&mut out, 5, &[message]);
    out
}
