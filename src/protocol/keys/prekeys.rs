//! The keys of our own device as they are made, used up and replaced (X3DH §2.2; XEP-0384 0.3 §4.3).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::sizes;
use crate::turn::Turn;
use model::Timestamp;
use omemo::{
    Bundle, DeviceId, Dialect, IdentityKeyPair, OwnDevice, PreKeyPair, SignedPreKeyId, SignedPreKeyPair,
};
use stanza::dialects;
use stanza::pubsub::MaxItems;
use store::omemo::{self as keys, StoredSignedPreKey};
use store::{Result, StoreError};

/// A spent prekey is kept no longer than this, whether the server ever says that the bundle without it
/// stands or not: it would open what was recorded.
const SPENT_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Identity, device id (not on the list), signed prekey and prekeys of a device that did not exist before.
///
/// The devices that are known of our account by now were there before it: their time becomes that of ours,
/// which is what `trust` asks.
pub(crate) fn make_device(turn: &mut Turn<'_>, taken: &BTreeSet<DeviceId>) -> Result<Arc<OwnDevice>> {
    let mut id = DeviceId::random(turn.rng);
    while taken.contains(&id) {
        id = DeviceId::random(turn.rng);
    }
    let own = OwnDevice {
        id,
        identity: IdentityKeyPair::generate(turn.rng),
    };
    keys::put_own_device(turn.tx, turn.own.account, &own, turn.now)?;
    keys::set_first_seen(turn.tx, turn.own.account, &turn.own.jid, turn.now)?;
    sign_new(turn, &own, SignedPreKeyId(1))?;
    top_up(turn)?;
    turn.own_device()?.ok_or(StoreError::Missing("own device"))
}

/// Makes prekeys until there are a hundred to publish.
pub(crate) fn top_up(turn: &mut Turn<'_>) -> Result<()> {
    let account = turn.own.account;
    for _ in keys::published_prekeys(turn.tx, account)?.len()..OwnDevice::PREKEYS {
        let id = keys::next_prekey_id(turn.tx, account)?;
        keys::put_prekey(turn.tx, account, &PreKeyPair::generate(id, turn.rng))?;
    }
    Ok(())
}

fn sign_new(turn: &mut Turn<'_>, own: &OwnDevice, id: SignedPreKeyId) -> Result<()> {
    let pair = SignedPreKeyPair::generate(id, turn.rng);
    let signature = pair.sign(&own.identity, Dialect::Legacy, turn.rng);
    let stored = StoredSignedPreKey {
        signature,
        signature2: Some(pair.sign(&own.identity, Dialect::Omemo2, turn.rng)),
        pair,
        created: turn.now,
    };
    keys::put_signed_prekey(turn.tx, turn.own.account, &stored)
}

/// Makes a signed prekey and prekeys anew, since what is stored may be older than what was published.
/// `beyond`: a signed prekey with this id was published.
pub(crate) fn renew(turn: &mut Turn<'_>, own: &OwnDevice, beyond: u32) -> Result<()> {
    let stored = keys::signed_prekeys(turn.tx, turn.own.account)?;
    let newest = stored.iter().map(|key| key.pair.id.0).max().unwrap_or(0);
    let id = newest
        .max(beyond)
        .checked_add(1)
        .unwrap_or(newest.saturating_add(1));
    sign_new(turn, own, SignedPreKeyId(id))?;
    top_up(turn)
}

/// Replaces a signed prekey that is too old, erases those whose time is over and prekeys that were spent
/// long ago; true if there is a new one.
pub(crate) fn rotate(turn: &mut Turn<'_>, own: &OwnDevice) -> Result<bool> {
    let account = turn.own.account;
    keys::erase_old_spent(turn.tx, account, turn.now, SPENT_KEPT)?;
    keys::set_back_signed_prekeys(turn.tx, account, turn.now)?;
    let stored = keys::signed_prekeys(turn.tx, account)?;
    let age = |created: Timestamp| turn.now.duration_since(created).as_hours() / 24;
    let newest = stored.first().map(|key| (key.pair.id.0, age(key.created)));
    // Counted from the day that its successor came: until then others were told to use it.
    for (successor, old) in stored.iter().zip(stored.iter().skip(1)) {
        if age(successor.created) > OwnDevice::SIGNED_PREKEY_KEPT_DAYS {
            keys::remove_signed_prekey(turn.tx, account, old.pair.id)?;
        }
    }
    match newest {
        Some((_, days)) if days < OwnDevice::SIGNED_PREKEY_DAYS => Ok(false),
        newest => {
            let id = newest.map_or(0, |(id, _)| id) + 1;
            sign_new(turn, own, SignedPreKeyId(id))?;
            Ok(true)
        }
    }
}

/// The bundle that is to be published now, with as many prekeys as the server takes at once. The signatures
/// are stored, so that it is the same bytes each time.
pub(crate) fn bundle(turn: &mut Turn<'_>, own: &OwnDevice, dialect: Dialect) -> Result<Bundle> {
    let account = turn.own.account;
    let signed = keys::signed_prekeys(turn.tx, account)?;
    let newest = signed.first().ok_or(StoreError::Corrupt("signed prekey"))?;
    let signature = match (dialect, newest.signature2) {
        (Dialect::Legacy, _) => newest.signature,
        (Dialect::Omemo2, Some(signature)) => signature,
        // Made before we spoke this dialect.
        (Dialect::Omemo2, None) => {
            let signature = newest.pair.sign(&own.identity, dialect, turn.rng);
            keys::set_signature2(turn.tx, account, newest.pair.id, &signature)?;
            signature
        }
    };
    let mut prekeys = keys::published_prekeys(turn.tx, account)?;
    let bound = turn.counters.bounds.careful;
    loop {
        let bundle = own.bundle_in(dialect, &newest.pair, &signature, &prekeys);
        let publish = dialects::publish_bundle(own.id, &bundle, Some(MaxItems::Max));
        let size = sizes::of_request(&publish);
        let each = (size / (prekeys.len() + 1)).max(1);
        let beyond = size.saturating_sub(bound).div_ceil(each);
        if beyond == 0 || prekeys.len() < 2 {
            return Ok(bundle);
        }
        prekeys.truncate(prekeys.len().saturating_sub(beyond).max(1));
    }
}
