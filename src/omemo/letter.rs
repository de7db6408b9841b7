//! A letter: one encrypted payload with its key for each device. Sealing and opening, in either dialect.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    DeviceId, Dialect, IdentityKey, OpenError, OwnDevice, PreKeyId, PreKeyPair, SessionRecord,
    SignedPreKeyId, SignedPreKeyPair,
};

/// One `<encrypted>` element as values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Which OMEMO.
    pub dialect: Dialect,
    /// The sending device.
    pub sid: DeviceId,
    /// The key for each device. In a letter that was read: only those with our own device id (at most 8).
    pub keys: Vec<LetterKey>,
    /// Legacy: 12 or 16 bytes. OMEMO 2: empty.
    pub iv: Vec<u8>,
    /// Absent in a key transport or heartbeat.
    pub payload: Option<Vec<u8>>,
}

/// One `<key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterKey {
    /// OMEMO 2: the bare JID of `<keys>`. Legacy: empty.
    pub jid: String,
    /// The receiving device.
    pub rid: DeviceId,
    /// A key exchange (`prekey` or `kex`).
    pub kex: bool,
    /// The ratchet message.
    pub bytes: Vec<u8>,
}

/// The ids that a key exchange names, so that the caller can load what opening it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyExchange {
    /// The one-time prekey.
    pub prekey: PreKeyId,
    /// The signed prekey.
    pub signed_prekey: SignedPreKeyId,
    /// The sender's identity key.
    pub identity: IdentityKey,
}

/// Reads the ids of a key exchange without opening it. Refuses one without a prekey id.
pub fn key_exchange(_dialect: Dialect, _bytes: &[u8]) -> Result<KeyExchange, OpenError> {
    todo!()
}

/// What of ours opening a letter needs.
pub struct LocalKeys<'a> {
    /// Our device.
    pub own: &'a OwnDevice,
    /// The signed prekeys that the letter's key exchanges name and that we have.
    pub signed_prekeys: &'a [SignedPreKeyPair],
    /// The one-time prekeys that they name and that we have.
    pub prekeys: &'a [PreKeyPair],
}

/// What a letter held.
pub enum Content {
    /// The decrypted payload: legacy the bytes of the body (not necessarily UTF-8), OMEMO 2 an SCE envelope.
    Payload(Zeroizing<Vec<u8>>),
    /// No payload: the ratchet moved, there is nothing to show.
    KeyTransport,
}

/// A letter that was opened, and what must be stored with it in the same transaction.
pub struct Opened {
    /// What it held.
    pub content: Content,
    /// The record to store in place of the one given.
    pub record: SessionRecord,
    /// The sender's identity key.
    pub identity: IdentityKey,
    /// The one-time prekey that was used up by a new session.
    pub spent: Option<PreKeyId>,
    /// A new session was built: an empty message must complete it.
    pub new_session: bool,
    /// Counter of the message in its chain.
    pub counter: u32,
    /// It is the first message on its ratchet key whose counter is 53 or more: a heartbeat is due (XEP-0384 §rules).
    pub heartbeat_due: bool,
}

/// Opens a letter from (the caller's) sender with the record stored for (sender, `letter.sid`, dialect), if any.
///
/// `known_identity`: the identity key stored for that device; another one is refused before anything is tried.
pub fn open(
    _letter: &Letter,
    _local: &LocalKeys<'_>,
    _record: Option<SessionRecord>,
    _known_identity: Option<IdentityKey>,
    _rng: &mut dyn CryptoRng,
) -> Result<Opened, OpenError> {
    todo!()
}

/// One device that a letter is sealed for; its record advances.
pub struct Recipient<'a> {
    /// Bare JID (used by OMEMO 2 on the wire).
    pub jid: &'a str,
    /// The device.
    pub device: DeviceId,
    /// Its session, all of one dialect.
    pub record: &'a mut SessionRecord,
}

/// Seals `plaintext` (legacy: the body's bytes, OMEMO 2: the SCE envelope) for every recipient.
pub fn seal(
    _dialect: Dialect,
    _own: &OwnDevice,
    _plaintext: &[u8],
    _recipients: &mut [Recipient<'_>],
    _rng: &mut dyn CryptoRng,
) -> Letter {
    todo!()
}

/// An empty message (legacy: KeyTransportElement): completes a session, or moves the ratchet on.
pub fn seal_key_transport(
    _dialect: Dialect,
    _own: &OwnDevice,
    _recipients: &mut [Recipient<'_>],
    _rng: &mut dyn CryptoRng,
) -> Letter {
    todo!()
}
