//! OMEMO: our device, prekeys, other devices, sessions, trust.
//!
//! Everything hangs on the account; devices and sessions on (account, bare JID, dialect, device id), trust on
//! (account, bare JID, identity key).

mod device_keys;
mod devices;
mod own;
mod prekeys;
mod sessions;
mod shields;
mod trust;

pub use device_keys::{device_keys, list_known};
pub use devices::{
    Device, device, device_list_seen, devices, jids_with_devices, replace_identity, set_device_list,
    set_identity, set_seen,
};
pub use own::{own_created, own_device, put_own_device};
pub use prekeys::{
    StoredSignedPreKey, erase_spent, next_prekey_id, prekey, published_prekeys, put_prekey,
    put_signed_prekey, remove_signed_prekey, signed_prekey, signed_prekeys, spend_prekey,
};
pub use sessions::{put_session, session};
pub use shields::{KeyTally, key_tallies};
pub use trust::{KeyTrust, keys, set_trust, trust};
