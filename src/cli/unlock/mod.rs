//! Opening the vault: the lock of the profile, the passphrase, the key of the database.

pub(super) mod database;
mod prompt;
mod secret;

use std::sync::Arc;

use getrandom::SysRng;
use rand_core::UnwrapErr;

pub use secret::{SecretSource, new_form};
pub(super) use secret::{Terminal, open_terminal};

use super::{Code, Exit};
use crate::paths::{PathError, Profile, ProfileLock};
use vault::{self, AttachmentKey, DatabaseKey, Forms, Keys, Locked, Unmarked, VaultError};

/// The one sentence for every way of not opening: it tells nobody which it was.
const WRONG: &str = "That passphrase does not open this vault.";

/// An open vault, for as long as this value lives. The database is opened after it and closed before it.
pub struct Unlocked {
    pub profile: Profile,
    /// On a page of its own; `&unlocked.database_key` passes for a `&DatabaseKey`.
    pub database_key: Locked<DatabaseKey>,
    /// Of the files; shared by whoever reads or writes one.
    pub attachments: Arc<Locked<AttachmentKey>>,
    /// Whether all keys are locked into memory.
    pub held: bool,
    /// There while the header does not say that the database was made.
    pub unmarked: Option<Box<Unmarked>>,
    pub lock: ProfileLock,
}

impl Unlocked {
    /// The vault of `profile`, which `lock` is the lock of, opened with `passphrase`.
    pub fn open(
        profile: &Profile,
        passphrase: &Forms,
        lock: ProfileLock,
    ) -> Result<Self, (VaultError, ProfileLock)> {
        match vault::open(&profile.vault(), passphrase, &mut UnwrapErr(SysRng)) {
            Ok(open) => Ok(Self {
                unmarked: open.unmarked.map(Box::new),
                ..Self::made(profile, open.keys, lock)
            }),
            Err(error) => Err((error, lock)),
        }
    }

    /// The vault of `profile`, made just now with these keys.
    pub fn made(profile: &Profile, keys: Keys, lock: ProfileLock) -> Self {
        Self {
            profile: profile.clone(),
            held: keys.are_held(),
            database_key: keys.database,
            attachments: Arc::new(keys.attachments),
            unmarked: None,
            lock,
        }
    }
}

/// Takes the lock of the profile, asks for the passphrase, opens the vault.
///
/// Exit: 3 no vault, in use, not usable, without its database or wrong passphrase, with nothing written;
/// else as [`SecretSource::read`].
pub fn unlock(profile: &Profile, source: &SecretSource) -> Result<Unlocked, Exit> {
    let lock = lock_vault(profile)?;
    let passphrase = source.read("Passphrase", false)?;
    Unlocked::open(profile, &passphrase, lock).map_err(|(error, _)| error.into())
}

/// The lock of a profile that has a vault with its database. Asking comes after this, so nobody
/// types a passphrase for nothing.
pub(super) fn lock_vault(profile: &Profile) -> Result<ProfileLock, Exit> {
    if !profile.exists() {
        return Err(VaultError::Absent.into());
    }
    profile.check()?;
    if !vault::exists(&profile.vault()) {
        database::refuse_orphan(profile)?;
        return Err(VaultError::Absent.into());
    }
    database::refuse_lost(profile)?;
    Ok(profile.lock()?)
}

impl From<PathError> for Exit {
    fn from(error: PathError) -> Self {
        Self::new(Code::Vault, error.to_string())
    }
}

impl From<VaultError> for Exit {
    fn from(error: VaultError) -> Self {
        let text = match error {
            VaultError::WrongPassphrase => return Self::new(Code::Vault, WRONG),
            VaultError::Exists => {
                let text = "There is a vault in this profile already. Nothing was changed.";
                return Self::new(Code::Other, text);
            }
            VaultError::Absent => "There is no vault here yet. Make one with `susurro init`.".into(),
            other => {
                let text = other.to_string();
                let mut letters = text.chars();
                let first = letters.next().map(|letter| letter.to_uppercase().to_string());
                format!("{}{}.", first.unwrap_or_default(), letters.as_str())
            }
        };
        Self::new(Code::Vault, text)
    }
}

#[cfg(test)]
pub(super) mod tests;
