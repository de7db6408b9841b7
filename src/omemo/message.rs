//! A letter: one encrypted payload with its key for each device. Sealing and opening, in either dialect.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::record::StepBudget;
use super::session::Unlocked;
use super::{
    DeviceId, Dialect, IdentityKey, LocalKeys, OpenError, OwnDevice, PreKeyId, PublicKey, SessionRecord,
    SignedPreKeyId, payload, primitives, wire,
};

/// Of the keys for our device so many are tried; more are somebody's attempt to make us work.
const KEYS_MOST: usize = 8;

/// One `<encrypted>` element as values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedMessage {
    /// Which OMEMO.
    pub dialect: Dialect,
    /// The sending device.
    pub sid: DeviceId,
    /// The key for each device. In a letter that was read: only those with our own device id (at most 8).
    pub keys: Vec<EncryptedKey>,
    /// Legacy: 12 or 16 bytes. OMEMO 2: empty.
    pub iv: Vec<u8>,
    /// Absent in a key transport or heartbeat.
    pub payload: Option<Vec<u8>>,
}

/// One `<key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedKey {
    /// OMEMO 2: the bare JID of `<keys>`. Legacy: empty.
    pub jid: String,
    /// The receiving device.
    pub rid: DeviceId,
    /// The attribute `prekey` or `kex`. No more than a hint: see [`EncryptedKey::is_exchange`].
    pub kex: bool,
    /// The ratchet message.
    pub bytes: Vec<u8>,
}

impl EncryptedKey {
    /// Whether it is a key exchange. Its bytes say so in either dialect, and they are believed: deployed
    /// clients leave the attribute out, on all repeats of an exchange or for good. The attribute counts only
    /// where the bytes tell nothing.
    pub fn is_exchange(&self, dialect: Dialect) -> bool {
        wire::is_exchange(dialect, &self.bytes).unwrap_or(self.kex)
    }
}

impl EncryptedMessage {
    /// Those of its keys that are key exchanges.
    pub fn exchanges(&self) -> impl Iterator<Item = &EncryptedKey> {
        self.keys.iter().filter(|key| key.is_exchange(self.dialect))
    }

    /// What is the same in every copy of this letter from `sender`, and in no other letter: a digest of its
    /// payload, which is encrypted under a key of its own. None without a payload.
    pub fn payload_digest(&self, sender: &str) -> Option<[u8; 16]> {
        let payload = self.payload.as_deref()?;
        Some(primitives::digest(&[
            b"payload",
            self.dialect.constants().x3dh_info,
            sender.as_bytes(),
            &self.sid.get().to_be_bytes(),
            &self.iv,
            payload,
        ]))
    }

    /// The same of its keys for our device: what is left of a letter whose payload was damaged or
    /// taken away. None without keys.
    pub fn keys_digest(&self, sender: &str) -> Option<[u8; 16]> {
        let sid = self.sid.get().to_be_bytes();
        let mut parts = vec![b"keys".as_slice(), sender.as_bytes(), &sid];
        parts.extend(self.keys.iter().map(|key| key.bytes.as_slice()));
        (!self.keys.is_empty()).then(|| primitives::digest(&parts))
    }
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
    /// The sender's ephemeral key: the name of the exchange, which no other one has.
    pub base_key: PublicKey,
}

/// Reads the ids of a key exchange without opening it. Refuses one without a prekey id.
pub fn key_exchange(dialect: Dialect, bytes: &[u8]) -> Result<KeyExchange, OpenError> {
    let exchange = wire::read_exchange(dialect, bytes)?;
    Ok(KeyExchange {
        prekey: exchange.prekey,
        signed_prekey: exchange.signed_prekey,
        identity: exchange.identity.key,
        base_key: exchange.base_key,
    })
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
    /// It is the first message on its ratchet key whose counter is 53 or more, or a later one and nothing was
    /// sealed since that key came: a heartbeat is due (XEP-0384 §rules).
    pub heartbeat_due: bool,
}

/// Opens a letter from (the caller's) sender with the record stored for (sender,
/// `letter.sid`, dialect), if any.
///
/// `known_identity`: the identity key stored for that device; another one is refused before anything is
/// tried. Every `<key>` for our device is tried, since ids of different accounts can be equal; if none opens,
/// the most telling reason is given. On an error the record in the store is still the right one.
pub fn open(
    letter: &EncryptedMessage,
    local: &LocalKeys<'_>,
    record: Option<SessionRecord>,
    known_identity: Option<IdentityKey>,
    rng: &mut dyn CryptoRng,
) -> Result<Opened, OpenError> {
    if let Some(record) = &record {
        if record.dialect() != letter.dialect {
            return Err(OpenError::Malformed("record of the other dialect"));
        }
        if known_identity.is_some_and(|known| known != record.their_identity()) {
            return Err(OpenError::IdentityChanged(record.their_identity()));
        }
    }
    let mut record = record;
    let mut patience = StepBudget::of(letter.dialect);
    let mut error = OpenError::NotForThisDevice;
    for key in letter
        .keys
        .iter()
        .filter(|key| key.rid == local.own.id)
        .take(KEYS_MOST)
    {
        match unlock(
            letter.dialect,
            key,
            local,
            &mut record,
            known_identity,
            &mut patience,
            rng,
        ) {
            Ok(unlocked) => {
                let record = record.ok_or(OpenError::NoSession)?;
                return finish(letter, unlocked, record);
            }
            Err(other) => error = error.more_telling(other),
        }
    }
    Err(error)
}

/// Opens one `<key>`; on an error the record has not changed.
fn unlock(
    dialect: Dialect,
    key: &EncryptedKey,
    local: &LocalKeys<'_>,
    record: &mut Option<SessionRecord>,
    known_identity: Option<IdentityKey>,
    patience: &mut StepBudget,
    rng: &mut dyn CryptoRng,
) -> Result<Unlocked, OpenError> {
    if !key.is_exchange(dialect) {
        let record = record.as_mut().ok_or(OpenError::NoSession)?;
        return record.unlock(local.own, &key.bytes, patience, rng);
    }
    let exchange = wire::read_exchange(dialect, &key.bytes)?;
    if known_identity.is_some_and(|known| known != exchange.identity.key) {
        return Err(OpenError::IdentityChanged(exchange.identity.key));
    }
    SessionRecord::unlock_exchange(record, dialect, local, &exchange, patience, rng)
}

fn finish(letter: &EncryptedMessage, unlocked: Unlocked, record: SessionRecord) -> Result<Opened, OpenError> {
    let content = match &letter.payload {
        None if payload::is_missing(letter.dialect, &unlocked.material) => {
            return Err(OpenError::Stripped);
        }
        None => Content::KeyTransport,
        Some(ciphertext) => Content::Payload(payload::open(
            letter.dialect,
            &unlocked.material,
            &letter.iv,
            ciphertext,
        )?),
    };
    Ok(Opened {
        content,
        identity: record.their_identity(),
        record,
        spent: unlocked.spent,
        new_session: unlocked.spent.is_some(),
        counter: unlocked.counter,
        heartbeat_due: unlocked.heartbeat_due,
    })
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
///
/// A recipient whose record speaks the other dialect, or is retired, gets no key.
pub fn seal(
    dialect: Dialect,
    own: &OwnDevice,
    plaintext: &[u8],
    recipients: &mut [Recipient<'_>],
    rng: &mut dyn CryptoRng,
) -> EncryptedMessage {
    let payload::Sealed {
        material,
        iv,
        ciphertext,
    } = payload::seal(dialect, plaintext, rng);
    let keys = seal_keys(dialect, own, &material, recipients);
    EncryptedMessage {
        dialect,
        sid: own.id,
        keys,
        iv,
        payload: Some(ciphertext),
    }
}

/// An empty message (legacy: KeyTransportElement): completes a session, or moves the ratchet on.
pub fn seal_key_transport(
    dialect: Dialect,
    own: &OwnDevice,
    recipients: &mut [Recipient<'_>],
    rng: &mut dyn CryptoRng,
) -> EncryptedMessage {
    let (material, iv) = payload::empty(dialect, rng);
    let keys = seal_keys(dialect, own, &material, recipients);
    EncryptedMessage {
        dialect,
        sid: own.id,
        keys,
        iv,
        payload: None,
    }
}

fn seal_keys(
    dialect: Dialect,
    own: &OwnDevice,
    material: &[u8],
    recipients: &mut [Recipient<'_>],
) -> Vec<EncryptedKey> {
    let mut keys = Vec::with_capacity(recipients.len());
    let seals = |record: &SessionRecord| record.dialect() == dialect && !record.is_retired();
    for recipient in recipients.iter_mut().filter(|recipient| seals(recipient.record)) {
        let (kex, bytes) = recipient.record.encrypt(own, material);
        let jid = match dialect {
            Dialect::Legacy => String::new(),
            Dialect::Omemo2 => recipient.jid.to_owned(),
        };
        keys.push(EncryptedKey {
            jid,
            rid: recipient.device,
            kex,
            bytes,
        });
    }
    keys
}
