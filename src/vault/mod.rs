//! The vault: from the passphrase to the keys of the database. (Module page to be written by its author.)

use zeroize::Zeroizing;

/// K_db: the raw key of SQLCipher. Zeroised on drop, no Debug.
pub struct DatabaseKey(pub(crate) Zeroizing<[u8; 32]>);
