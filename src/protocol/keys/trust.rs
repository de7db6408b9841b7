//! Who is trusted (design §5): the first trust of a key, a device that changes its key,
//! and decisions of the person.

use std::time::Duration;

use crate::acquaintance::is_met;
use crate::device_address::DeviceAddress;
use crate::notices::Kind;
use crate::turn::Turn;
use api::Change;
use model::{AccountId, BareJid, KeysNotice, MessageFailure, MessageId, MessageState, Timestamp};
use omemo::{DeviceId, Dialect, IdentityKey, Policy, Trust};
use store::{Result, Transaction, about, chats, messages, omemo as keys, outbox, sealed};

/// Identity keys that are kept for one JID: as many as devices of one list are read.
const MOST_KEYS: usize = 200;

/// Keys that were claimed for a device of one JID and not proved: so many are kept, the newest ones. They are
/// kept apart from those of devices, so that whoever makes keys up locks no new device out.
const MOST_CLAIMS: u32 = 20;

/// Our own devices that were there before this one are trusted blindly if they show their keys
/// within this time of its making. A number without keys may stand on a list for ever, and whoever
/// has the password may give it one.
const ACQUAINTANCE: Duration = Duration::from_secs(24 * 3600);

/// The trust of a key, which starts according to the policy when it is seen for the first
/// time. Our own devices that were there before us are blind if they show their keys soon,
/// later ones are undecided (design §5).
pub(crate) fn of_key(
    turn: &mut Turn<'_>,
    jid: &BareJid,
    device: DeviceId,
    identity: &IdentityKey,
) -> Result<Trust> {
    let account = turn.own.account;
    if let Some(trust) = keys::trust(turn.tx, account, jid, identity)? {
        return Ok(trust);
    }
    let trust = if *jid == turn.own.jid {
        first_trust_of_own(turn, device)?
    } else {
        first_trust_of_theirs(turn, jid, identity)?
    };
    keys::set_trust(turn.tx, account, jid, identity, trust, turn.now)?;
    turn.changed(Change::Devices(jid.clone()));
    Ok(trust)
}

/// Who distrusted a key has looked at them, as who verified one: nothing is trusted blindly after that. Else
/// the end of a verified phone that was stolen would be a new beginning of blind trust.
///
/// Nor is a key trusted blindly that somebody else has: a legacy key exchange names no addresses, so whoever
/// delivers it can say that it comes from anybody (threats 26, 49).
fn first_trust_of_theirs(turn: &mut Turn<'_>, jid: &BareJid, identity: &IdentityKey) -> Result<Trust> {
    if let Some(other) = keys::held_elsewhere(turn.tx, turn.own.account, jid, identity)? {
        let notice = KeysNotice::SharedKey {
            jid: jid.clone(),
            other,
        };
        tell_of_key(turn, jid, notice)?;
        return Ok(Trust::Undecided);
    }
    let known = keys::keys(turn.tx, turn.own.account, jid)?;
    let known: Vec<Trust> = known.iter().map(|key| key.trust).collect();
    if known.contains(&Trust::Distrusted) {
        return Ok(Trust::Undecided);
    }
    Ok(Policy::BlindBeforeVerification.first_trust(&known))
}

/// Who appeared later was an alarm then; who was there and says nothing until today is one now.
fn first_trust_of_own(turn: &mut Turn<'_>, device: DeviceId) -> Result<Trust> {
    let account = turn.own.account;
    let made = keys::own_created(turn.tx, account)?;
    let mut seen = keys::devices(turn.tx, account, &turn.own.jid)?.into_iter();
    // The time that was noted when ours was made. An earlier one proves nothing: the
    // clock may have been set back.
    if !seen.any(|known| known.id == device && Some(known.first_seen) == made) {
        return Ok(Trust::Undecided);
    }
    if makes_acquaintance(turn)? {
        return Ok(Trust::Blind);
    }
    turn.notice_of(Kind::OwnDevice(device), KeysNotice::LateKey(device.get()));
    Ok(Trust::Undecided)
}

/// Whether our own device is so new that those that were there before it may still show their keys.
pub(crate) fn makes_acquaintance(turn: &Turn<'_>) -> Result<bool> {
    let made = keys::own_created(turn.tx, turn.own.account)?;
    Ok(made.is_some_and(|made| turn.now.duration_since(made).unsigned_abs() < ACQUAINTANCE))
}

/// The key that the same device showed in the other dialect.
fn in_the_other_dialect(turn: &Turn<'_>, target: &DeviceAddress) -> Result<Option<IdentityKey>> {
    let dialect = match target.dialect {
        Dialect::Legacy => Dialect::Omemo2,
        Dialect::Omemo2 => Dialect::Legacy,
    };
    let device = keys::device(turn.tx, turn.own.account, &target.jid, dialect, target.device)?;
    Ok(device.and_then(|device| device.identity))
}

/// The number of another device of `jid` that has this key. A key has one device: who shows it under the
/// number of a second one, which has a key of its own, has changed the number, however well the key is known.
pub(crate) fn owner_of(
    turn: &Turn<'_>,
    jid: &BareJid,
    device: DeviceId,
    identity: &IdentityKey,
) -> Result<Option<DeviceId>> {
    let mut known = keys::devices(turn.tx, turn.own.account, jid)?.into_iter();
    let other = known.find(|known| known.id != device && known.identity == Some(*identity));
    Ok(other.map(|other| other.id))
}

/// Notes the identity key that a device shows. False if it has another one: the stored key and session stay,
/// the new key is an undecided entry (threat 25). Only a new key that the person verified, and that no other
/// device has, takes the old one's place.
pub(crate) fn admit(turn: &mut Turn<'_>, target: &DeviceAddress, identity: IdentityKey) -> Result<bool> {
    let account = turn.own.account;
    let DeviceAddress { jid, device, dialect } = target;
    let (dialect, device) = (*dialect, *device);
    let verified = keys::trust(turn.tx, account, jid, &identity)? == Some(Trust::Verified);
    let takes_over = verified && owner_of(turn, jid, device, &identity)?.is_none();
    let elsewhere = in_the_other_dialect(turn, target)?;
    let contradicts = elsewhere.is_some_and(|known| known != identity) && !takes_over;
    if !contradicts && keys::set_identity(turn.tx, account, jid, dialect, device, identity, turn.now)? {
        of_key(turn, jid, device, &identity)?;
        return Ok(true);
    }
    match takes_over {
        true => {
            keys::replace_identity(turn.tx, account, jid, dialect, device, identity)?;
            let (jid, device) = (jid.clone(), device.get());
            tell_of_key(turn, &target.jid, KeysNotice::VerifiedKeyTaken { jid, device })?;
            Ok(true)
        }
        false => {
            note_changed(turn, jid, device, &identity)?;
            Ok(false)
        }
    }
}

/// One line about a key of somebody, gathered with others of theirs.
fn tell_of_key(turn: &mut Turn<'_>, jid: &BareJid, notice: KeysNotice) -> Result<()> {
    let kind = if is_met(turn, jid)? {
        Kind::KeyChanged(jid.clone())
    } else {
        Kind::StrangersKey
    };
    turn.notice_of(kind, notice);
    Ok(())
}

/// Notes that a device shows another identity key than the stored one: an undecided entry and one line. It is
/// a claim that nobody proved, but what the person compares: without it the new key could never be verified.
pub(crate) fn note_changed(
    turn: &mut Turn<'_>,
    jid: &BareJid,
    device: DeviceId,
    identity: &IdentityKey,
) -> Result<()> {
    let account = turn.own.account;
    if let Some(owner) = owner_of(turn, jid, device, identity)? {
        let notice = KeysNotice::KeyOfOtherDevice {
            jid: jid.clone(),
            device: device.get(),
            owner: owner.get(),
        };
        return tell_of_key(turn, jid, notice);
    }
    if keys::trust(turn.tx, account, jid, identity)?.is_some() {
        return Ok(());
    }
    keys::forget_claims(turn.tx, account, jid, MOST_CLAIMS - 1)?;
    keys::set_trust(turn.tx, account, jid, identity, Trust::Undecided, turn.now)?;
    turn.changed(Change::Devices(jid.clone()));
    let notice = KeysNotice::KeyChanged {
        jid: jid.clone(),
        device: device.get(),
    };
    tell_of_key(turn, jid, notice)
}

/// Whether so many keys of `jid` are known that no further ones are taken in (threat 55).
pub(crate) fn is_full(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    Ok(keys::keys(turn.tx, turn.own.account, jid)?.len() >= MOST_KEYS)
}

/// A decision of the person. Withdrawn trust also stops what was sealed and not acknowledged: it
/// becomes failed, a retry is a new message (law 5). Returns the messages that failed; None if the key
/// was never seen for this JID.
pub fn decide(
    tx: &Transaction<'_>,
    account: AccountId,
    own: &BareJid,
    jid: &BareJid,
    identity: &IdentityKey,
    trust: Trust,
    now: Timestamp,
) -> Result<Option<Vec<MessageId>>> {
    let Some(before) = keys::trust(tx, account, jid, identity)? else {
        return Ok(None);
    };
    keys::set_trust(tx, account, jid, identity, trust, now)?;
    // Nothing was sealed to a key that could not be sealed to.
    if trust.may_seal() || !before.may_seal() {
        return Ok(Some(Vec::new()));
    }
    let mut failed = Vec::new();
    for row in outbox::all(tx, account)?
        .into_iter()
        .filter(|row| row.stanza.is_some() && !row.clear)
    {
        if jid == own || reads(tx, &row, jid)? {
            outbox::remove(tx, row.id)?;
            let why = MessageFailure::TrustWithdrawn;
            match &row.about {
                Some(said) => about::undo(tx, row.message, said, own)?,
                None => messages::set_state(tx, row.message, MessageState::Failed, Some(&why))?,
            }
            failed.push(row.message);
        }
    }
    Ok(Some(failed))
}

/// Whether what this row says was sealed for somebody, or may have been.
fn reads(tx: &Transaction<'_>, row: &outbox::Outgoing, jid: &BareJid) -> Result<bool> {
    let Some(chat) = chats::get(tx, row.chat)? else {
        return Ok(false);
    };
    if chat.is_persons() {
        return Ok(chat.peer.address == *jid);
    }
    let sealed = sealed::of(tx, row.message)?;
    Ok(sealed.iter().any(|device| device.jid == *jid) || keys::people_of(tx, &chat)?.contains(jid))
}
