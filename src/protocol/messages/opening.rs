//! Opening a letter with what is stored about its sender. A failure changes nothing (law 1).

use crate::keys::trust;
use crate::messages::sender::Sender;
use crate::turn::Turn;
use model::{BareJid, Trust, UnreadableReason};
use omemo::{
    self, DeviceId, EncryptedMessage, IdentityKey, LocalKeys, OpenError, PreKeyId, PreKeyPair, SessionRecord,
    SignedPreKeyPair,
};
use store::{Result, omemo as keys};

/// Why a letter stays closed; no reason: there is nothing to tell.
pub(crate) struct DecryptFailure {
    pub(crate) reason: Option<UnreadableReason>,
    pub(crate) identity: Option<IdentityKey>,
    /// There was something to show, and somebody on the way took it out.
    pub(crate) stripped: bool,
}

fn closed<T>(
    reason: UnreadableReason,
    identity: IdentityKey,
) -> Result<std::result::Result<T, DecryptFailure>> {
    Ok(Err(DecryptFailure {
        reason: Some(reason),
        identity: Some(identity),
        stripped: false,
    }))
}

/// What the store has for opening a letter.
struct Stored {
    signed_prekeys: Vec<SignedPreKeyPair>,
    prekeys: Vec<PreKeyPair>,
    /// The sending device's identity key, if it is known.
    identity: Option<IdentityKey>,
    /// That key takes the place of another one, whose session does not count any more.
    replaces: bool,
}

/// A letter that was opened, and where the session lay that opened it.
pub(crate) struct Found {
    pub(crate) opened: omemo::Opened,
    pub(crate) sender: Sender,
    /// Its exchange came under this other number first: nothing in an exchange binds it to one.
    pub(crate) number: Option<DeviceId>,
}

/// Opens a letter with what is stored about its sender. Nothing is stored here: on an error nothing has
/// changed but, for a device that shows another key, the undecided entry of that key.
pub(crate) fn open(
    turn: &mut Turn<'_>,
    own: &omemo::OwnDevice,
    sender: &BareJid,
    letter: &EncryptedMessage,
) -> Result<std::result::Result<Found, DecryptFailure>> {
    let account = turn.own.account;
    let known = Sender::read(turn, sender, letter)?;
    let stored = match gather(turn, own, sender, &known, letter)? {
        Ok(stored) => stored,
        Err(unopened) => return Ok(Err(unopened)),
    };
    if let Some(identity) = stored.identity
        && known.trust_of(turn, sender, &identity)? == Some(Trust::Distrusted)
    {
        return closed(UnreadableReason::Distrusted, identity);
    }
    let mut record = if stored.replaces {
        None
    } else {
        keys::session(turn.tx, account, sender, letter.dialect, letter.sid)?
    };
    let mut number = None;
    if let Some((other, begun)) = begun_elsewhere(turn, sender, letter, record.as_ref())? {
        (record, number) = (Some(begun), Some(other));
    }
    let local = LocalKeys {
        own,
        signed_prekeys: &stored.signed_prekeys,
        prekeys: &stored.prekeys,
    };
    let opened = omemo::open(letter, &local, record, stored.identity, turn.rng);
    Ok(match opened {
        Ok(opened) => Ok(Found {
            opened,
            sender: known,
            number,
        }),
        Err(error) => Err(DecryptFailure {
            reason: reason_of(letter, &error),
            identity: stored.identity,
            stripped: error == OpenError::Stripped,
        }),
    })
}

/// The session of an exchange that was opened before under another number than this letter has. Whoever
/// delivers a letter can change the number on it, and of two numbers the one that came first need not be the
/// true one. Where the device list names the first alone, it is, and the exchange opens under no other.
fn begun_elsewhere(
    turn: &Turn<'_>,
    sender: &BareJid,
    letter: &EncryptedMessage,
    record: Option<&SessionRecord>,
) -> Result<Option<(DeviceId, SessionRecord)>> {
    let account = turn.own.account;
    for exchange in letter.exchanges() {
        let Ok(exchange) = omemo::key_exchange(letter.dialect, &exchange.bytes) else {
            continue;
        };
        if record.is_some_and(|record| record.knows_exchange(&exchange.base_key)) {
            return Ok(None);
        }
        let listed = |id| keys::is_listed(turn.tx, account, sender, letter.dialect, id);
        let others = keys::devices(turn.tx, account, sender)?
            .into_iter()
            .filter(|device| {
                device.dialect == letter.dialect
                    && device.id != letter.sid
                    && device.identity == Some(exchange.identity)
            });
        for other in others {
            if listed(other.id)? && !listed(letter.sid)? {
                continue;
            }
            let begun = keys::session(turn.tx, account, sender, letter.dialect, other.id)?;
            if let Some(begun) = begun.filter(|begun| begun.knows_exchange(&exchange.base_key)) {
                return Ok(Some((other.id, begun)));
            }
        }
    }
    Ok(None)
}

/// Loads what the key exchanges of a letter name, unless they show a key that is not to be opened.
fn gather(
    turn: &mut Turn<'_>,
    own: &omemo::OwnDevice,
    sender: &BareJid,
    known: &Sender,
    letter: &EncryptedMessage,
) -> Result<std::result::Result<Stored, DecryptFailure>> {
    let account = turn.own.account;
    let mut stored = Stored {
        signed_prekeys: Vec::new(),
        prekeys: Vec::new(),
        identity: known.identity,
        replaces: false,
    };
    let mut repeated: Vec<PreKeyId> = Vec::new();
    for exchange in letter.exchanges() {
        let Ok(exchange) = omemo::key_exchange(letter.dialect, &exchange.bytes) else {
            continue;
        };
        let identity = exchange.identity;
        // Our own key, sent back to us under another name.
        if identity == own.identity.public() {
            return closed(UnreadableReason::Damaged, identity);
        }
        let trust = known.trust_of(turn, sender, &identity)?;
        if trust == Some(Trust::Distrusted) {
            return closed(UnreadableReason::Distrusted, identity);
        }
        if stored.identity.is_some_and(|known| known != identity) {
            // A verified key may take the old one's place, but only once this letter proves that it is
            // theirs, and never that of another device: the number stands in no signature.
            let owned = trust::owner_of(turn, sender, letter.sid, &identity)?.is_some();
            if owned || trust != Some(Trust::Verified) {
                trust::note_changed(turn, sender, letter.sid, &identity)?;
                return closed(UnreadableReason::IdentityChanged, identity);
            }
            (stored.identity, stored.replaces) = (Some(identity), true);
        }
        if stored.identity.is_none() && trust.is_none() && trust::is_full(turn, sender)? {
            return closed(UnreadableReason::Damaged, identity);
        }
        if keys::is_exchange_spent(turn.tx, account, &exchange.base_key)? {
            repeated.push(exchange.prekey);
        }
        let signed = keys::signed_prekey(turn.tx, account, exchange.signed_prekey)?;
        stored.signed_prekeys.extend(signed);
        stored
            .prekeys
            .extend(keys::prekey(turn.tx, account, exchange.prekey)?);
    }
    // Nothing in a key exchange binds it to the number of its device or to the stanza: what was opened once
    // would open again under another number. In the session that came from it no prekey is asked for.
    stored.prekeys.retain(|prekey| !repeated.contains(&prekey.id));
    Ok(Ok(stored))
}

/// The row's reason, if the failure deserves a row (threats 29, 35).
fn reason_of(letter: &EncryptedMessage, error: &OpenError) -> Option<UnreadableReason> {
    match error {
        // An exact copy was known by its payload before it was tried.
        OpenError::Duplicate => letter.payload.is_some().then_some(UnreadableReason::Repeated),
        OpenError::NotForThisDevice => letter
            .payload
            .is_some()
            .then_some(UnreadableReason::NotForThisDevice),
        OpenError::NoSession => Some(UnreadableReason::NoSession),
        OpenError::UnknownPreKey => Some(UnreadableReason::UnknownPreKey),
        OpenError::IdentityChanged(_) => Some(UnreadableReason::IdentityChanged),
        OpenError::Malformed(_) => Some(UnreadableReason::Malformed),
        OpenError::Damaged | OpenError::Stripped => Some(UnreadableReason::Damaged),
        OpenError::TooManySkipped => Some(UnreadableReason::TooManySkipped),
    }
}
