//! OMEMO: our device, prekeys, other devices, sessions, trust.
//!
//! Everything hangs on the account; devices and sessions on (account, bare JID, dialect, device id), trust on
//! (account, bare JID, identity key).

mod audience;
mod chat_security;
mod device_keys;
mod devices;
mod labels;
mod opened;
mod own;
mod prekeys;
mod progress;
mod sessions;
mod trust;

pub use audience::{addressed, audience, audience_by, audience_of, people_of};
pub use chat_security::{KeyTally, key_tallies};
pub use device_keys::{device_keys, list_known};
#[cfg(test)]
pub(super) use devices::{DEVICES, EVERY as EVERY_DEVICE, IN_EVERY_DIALECT};
pub use devices::{
    Device, DeviceLabel, MOST_LISTED, device, device_list_seen, devices, every_device, forget_number,
    in_every_dialect, is_impossible, is_listed, jids_with_devices, lowering_told, replace_identity,
    set_device_list, set_identity, set_impossible, set_lowering_told, set_seen,
};
pub use labels::set_labels;
pub use opened::{is_opened, set_opened};
pub use own::{
    OwnLabel, forget_sight, own_created, own_device, own_label, put_own_device, set_first_seen, set_own_label,
};
pub use prekeys::{
    StoredSignedPreKey, bound_spent, erase_old_spent, is_exchange_spent, next_prekey_id, prekey,
    published_prekeys, put_prekey, put_signed_prekey, remove_signed_prekey, set_back_signed_prekeys,
    set_signature2, signed_prekey, signed_prekeys, spend_prekey,
};
pub use progress::{
    OwnProgress, forget_own_mark, next_prekey, own_progress, pass_over_prekeys, retire_sessions,
    set_own_progress, was_passed_over,
};
#[cfg(test)]
pub(super) use sessions::BOUND_STRANGERS;
pub use sessions::{
    bound_strangers, bound_unlisted, has_session, put_session, retire_session, sealing_session,
    sealing_sessions, session, with_sessions,
};
pub use trust::{
    KeyTrust, forget_claims, held_elsewhere, key, key_named, keys, set_ed25519, set_trust, trust,
};
