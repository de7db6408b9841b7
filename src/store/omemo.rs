//! OMEMO: our device, prekeys, other devices, sessions, trust.

use super::{Reads, Result, Transaction};
use crate::model::{AccountId, BareJid, Timestamp};
use crate::omemo::{
    DeviceId, Dialect, IdentityKey, OwnDevice, PreKeyId, PreKeyPair, PublicKey, SessionRecord,
    SignedPreKeyId, SignedPreKeyPair, Trust,
};

// --- our device -----------------------------------------------------------------------------------------------------

pub fn own_device(_r: &impl Reads, _account: AccountId) -> Result<Option<OwnDevice>> {
    todo!()
}
pub fn put_own_device(_tx: &Transaction<'_>, _account: AccountId, _own: &OwnDevice) -> Result<()> {
    todo!()
}

/// A signed prekey with the signature that was published with it.
pub struct StoredSignedPreKey {
    pub pair: SignedPreKeyPair,
    /// Legacy signature.
    pub signature: [u8; 64],
    pub created: Timestamp,
}

/// Newest first.
pub fn signed_prekeys(_r: &impl Reads, _account: AccountId) -> Result<Vec<StoredSignedPreKey>> {
    todo!()
}
pub fn put_signed_prekey(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _key: &StoredSignedPreKey,
) -> Result<()> {
    todo!()
}
pub fn signed_prekey(
    _r: &impl Reads,
    _account: AccountId,
    _id: SignedPreKeyId,
) -> Result<Option<SignedPreKeyPair>> {
    todo!()
}
pub fn remove_signed_prekey(_tx: &Transaction<'_>, _account: AccountId, _id: SignedPreKeyId) -> Result<()> {
    todo!()
}

/// Public halves of the prekeys that are to be published (spent ones are not), by id.
pub fn published_prekeys(_r: &impl Reads, _account: AccountId) -> Result<Vec<(PreKeyId, PublicKey)>> {
    todo!()
}
/// A prekey, spent ones included while they are kept.
pub fn prekey(_r: &impl Reads, _account: AccountId, _id: PreKeyId) -> Result<Option<PreKeyPair>> {
    todo!()
}
pub fn put_prekey(_tx: &Transaction<'_>, _account: AccountId, _key: &PreKeyPair) -> Result<()> {
    todo!()
}
/// Marks a prekey as spent: no longer published, kept until [`erase_spent`].
pub fn spend_prekey(_tx: &Transaction<'_>, _account: AccountId, _id: PreKeyId) -> Result<()> {
    todo!()
}
/// Erases spent prekeys; how many.
pub fn erase_spent(_tx: &Transaction<'_>, _account: AccountId) -> Result<usize> {
    todo!()
}
/// The id for the next prekey: ids ascend for ever (wrapping at 2^24-2 to 1), so none is used twice.
pub fn next_prekey_id(_tx: &Transaction<'_>, _account: AccountId) -> Result<PreKeyId> {
    todo!()
}

// --- other devices (and our other ones) -----------------------------------------------------------------------------

/// What is known about one device of one JID in one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub jid: BareJid,
    pub id: DeviceId,
    pub dialect: Dialect,
    /// Its identity key, once a bundle or message showed it; it never changes then (threat 25).
    pub identity: Option<IdentityKey>,
    /// On the newest device list.
    pub active: bool,
    pub first_seen: Timestamp,
    /// A message from it was opened last at.
    pub last_seen: Option<Timestamp>,
}

/// Every device known of `jid`, active first, then by id.
pub fn devices(_r: &impl Reads, _account: AccountId, _jid: &BareJid) -> Result<Vec<Device>> {
    todo!()
}
pub fn device(
    _r: &impl Reads,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
    _id: DeviceId,
) -> Result<Option<Device>> {
    todo!()
}
/// Every JID with at least one device known.
pub fn jids_with_devices(_r: &impl Reads, _account: AccountId) -> Result<Vec<BareJid>> {
    todo!()
}
/// Stores a device list: these are active, all others of the JID and dialect are not; new ones are made. Returns the new ids.
pub fn set_device_list(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
    _ids: &[DeviceId],
    _now: Timestamp,
) -> Result<Vec<DeviceId>> {
    todo!()
}
/// When the list of `jid` was stored last; None: never.
pub fn device_list_seen(
    _r: &impl Reads,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
) -> Result<Option<Timestamp>> {
    todo!()
}
/// Sets the identity of a device that has none (making the device, inactive, if it is unknown); false if it has another one,
/// and then nothing changes.
pub fn set_identity(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
    _id: DeviceId,
    _identity: IdentityKey,
    _now: Timestamp,
) -> Result<bool> {
    todo!()
}
/// A message from the device was opened: it is active and seen.
pub fn set_seen(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
    _id: DeviceId,
    _now: Timestamp,
) -> Result<()> {
    todo!()
}

// --- sessions -------------------------------------------------------------------------------------------------------

pub fn session(
    _r: &impl Reads,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
    _id: DeviceId,
) -> Result<Option<SessionRecord>> {
    todo!()
}
pub fn put_session(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _jid: &BareJid,
    _dialect: Dialect,
    _id: DeviceId,
    _record: &SessionRecord,
) -> Result<()> {
    todo!()
}

// --- trust ----------------------------------------------------------------------------------------------------------

/// A key of a JID and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTrust {
    pub identity: IdentityKey,
    pub trust: Trust,
    pub first_seen: Timestamp,
}

/// None: this key was never seen for this JID.
pub fn trust(
    _r: &impl Reads,
    _account: AccountId,
    _jid: &BareJid,
    _identity: &IdentityKey,
) -> Result<Option<Trust>> {
    todo!()
}
/// Every key of the JID, oldest first.
pub fn keys(_r: &impl Reads, _account: AccountId, _jid: &BareJid) -> Result<Vec<KeyTrust>> {
    todo!()
}
pub fn set_trust(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _jid: &BareJid,
    _identity: &IdentityKey,
    _trust: Trust,
    _now: Timestamp,
) -> Result<()> {
    todo!()
}
