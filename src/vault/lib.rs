//! The vault: from the passphrase to the keys of everything that is stored.
//!
//! ```text
//! passphrase --Argon2id(salt, m, t, p)--> K_pw --HKDF(slot salt)--> KEK --opens--> ROOT --HKDF--> K_db, K_att, K_misc
//!                                                                                  ROOT --HKDF--> the header's directory
//! ```
//!
//! - [`kdf`]: Argon2id, its parameters, their calibration, floor and cap;
//! - `slots`: sealing an area for a secret and trying to open it; `header`: the file that holds
//!   the slots, in two versions;
//! - `atomic_file`: writing that file so that a kill or power cut leaves the old one or the new one;
//! - `keys`: ROOT and what is made from it; [`Forms`]: one passphrase in the ways in
//!   which it can be written down;
//! - [`strength`], `wordlist`: which passphrases are refused, and six random words as an offer;
//! - [`hardening`]: pages for keys, no dumps: the only `unsafe` of the program.
//!
//! Every function here takes the path of the header file. The caller holds the lock of the profile.
//!
//! What a vault cannot do: the passphrase cannot be recovered by anyone. Changing it does not change ROOT:
//! who has a copy of the old header and knows the old passphrase still has the keys. And whoever controls the
//! machine while the vault is open has everything.

mod atomic_file;
mod error;
mod forms;
pub mod hardening;
mod header;
pub mod kdf;
mod keys;
mod slots;
pub mod strength;
pub mod wordlist;

use std::io;
use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use atomic_file::Watch;
pub use error::{Result, VaultError};
pub use forms::{Forms, LONGEST};
pub use hardening::Locked;
use header::{Fields, Header, OpenedHeader};
pub use kdf::{Params, Strength};
use keys::Root;
pub use keys::{AttachmentKey, DatabaseKey, Keys, MiscKey};
use slots::{SecretKind, SlotSecret};
pub use strength::{Weakness, check_strength};
pub use wordlist::six_words;

/// K_pw.
type PassphraseKey = Locked<[u8; kdf::KEY_LENGTH]>;

/// A vault that is to be made: its keys are there, so what belongs into it can be made before its header.
pub struct New {
    header: Header,
    root: Root,
}

impl New {
    /// Draws a new ROOT and seals it. Writes nothing. `now` is in seconds since 1970.
    ///
    /// Whether the passphrase is good enough is for the caller to ask ([`check_strength`]).
    pub fn draw(passphrase: &str, strength: Strength, now: u64, rng: &mut dyn CryptoRng) -> Result<Self> {
        let root = Root::random(rng)?;
        let mut fields = Fields {
            salt: [0; kdf::SALT_LENGTH],
            params: Params::choose(strength)?,
            database_made: true,
        };
        rng.fill_bytes(&mut fields.salt);
        let key = fields.params.derive(passphrase.as_bytes(), &fields.salt)?;
        let header = Header::new(fields, &root, &secret(&key), now, rng)?;
        Ok(Self { header, root })
    }

    pub fn keys(&self) -> Result<Keys> {
        self.root.keys()
    }

    /// Writes the header to `path`, where none may be yet. The folder exists and is
    /// private, the database is made.
    pub fn put(self, path: &Path, passphrase: &str) -> Result<()> {
        if exists(path) {
            return Err(VaultError::Exists);
        }
        rewrite(path, &self.header, passphrase, &self.root, &mut |_| Ok(()))
    }
}

/// Opens the vault with the first of the passphrase's forms that fits. Wrong passphrase: nothing is written.
/// Right one: a damaged copy in the header is healed, what a killed change left behind is taken away, and the
/// slot of an old form is written anew with the new form.
pub fn open(path: &Path, passphrase: &Forms, rng: &mut dyn CryptoRng) -> Result<Open> {
    let mut tried = open_root(path, passphrase)?;
    let keys = tried.opened.root.keys()?;
    if let Some(new) = passphrase.new_form().filter(|new| *new != tried.form) {
        match renewed(path, &tried.opened, new, rng) {
            Ok((opened, key)) => (tried.opened, tried.key, tried.whole) = (opened, key, true),
            Err(error) => tracing::warn!("the passphrase's slot could not be written anew: {error}"),
        }
    }
    let Tried {
        opened, key, whole, ..
    } = tried;
    if !whole && rewrite_with(path, &opened.header, &key, &opened.root, &mut |_| Ok(())).is_err() {
        tracing::warn!("one copy in the vault's header is damaged and could not be healed");
    }
    atomic_file::sweep(path);
    let unmarked = (!opened.header.fields().database_made).then(|| Unmarked {
        path: path.to_owned(),
        opened,
        key,
    });
    Ok(Open { keys, unmarked })
}

/// A vault that is opened.
pub struct Open {
    pub keys: Keys,
    /// There while the header does not say that the database was made.
    pub unmarked: Option<Unmarked>,
}

/// An open vault whose header does not say yet that its database was made: one of the first programs made it.
pub struct Unmarked {
    path: PathBuf,
    opened: OpenedHeader,
    key: PassphraseKey,
}

impl Unmarked {
    /// Has the header remember that the database is there: a missing one is a lost one from now on.
    pub fn mark(self, rng: &mut dyn CryptoRng) -> Result<()> {
        let marked = self.opened.marked(&secret(&self.key), rng)?;
        rewrite_with(&self.path, &marked, &self.key, &self.opened.root, &mut |_| Ok(()))
    }
}

/// A change of the passphrase whose old passphrase was right; the new one can be asked for.
pub struct Change<'p> {
    path: &'p Path,
    opened: OpenedHeader,
    old: Zeroizing<String>,
}

impl<'p> Change<'p> {
    /// Opens the vault with the old passphrase. Writes nothing.
    pub fn begin(path: &'p Path, old: &Forms) -> Result<Self> {
        let tried = open_root(path, old)?;
        Ok(Self {
            path,
            opened: tried.opened,
            old: Zeroizing::new(tried.form.to_owned()),
        })
    }

    /// Whether `new` is, to the byte, the passphrase that opened the vault.
    pub fn is_none(&self, new: &str) -> bool {
        *self.old == *new
    }

    /// Changes it to `new`, at the time `now`: the slot that the old one opened is sealed anew; ROOT, salt,
    /// parameters and all other slots stay as they are. The new header has been read back and opened with
    /// `new` before it takes the place of the old one; a kill at any point leaves one of the two. A header of
    /// version 1 becomes one of version 2.
    pub fn finish(self, new: &str, now: u64, rng: &mut dyn CryptoRng) -> Result<()> {
        let (header, _) = resealed(&self.opened, new, Some(now), rng)?;
        rewrite(self.path, &header, new, &self.opened.root, &mut |_| Ok(()))
    }
}

/// Whether there is something at `path`, be it a vault or not.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// What a header says without a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What a guess of the passphrase costs.
    pub params: Params,
    /// Whether both copies are good.
    pub whole: bool,
    /// Whether it says that the database was made. One that was tampered with does not open.
    pub database_made: bool,
}

/// Reads the header; needs no passphrase and proves nothing.
pub fn inspect(path: &Path) -> Result<Facts> {
    let read = read(path)?;
    let fields = read.header.fields();
    Ok(Facts {
        params: fields.params,
        whole: read.whole,
        database_made: fields.database_made,
    })
}

/// The header that was opened with `new` as the passphrase of its slot; and K_pw.
fn resealed(
    opened: &OpenedHeader,
    new: &str,
    made: Option<u64>,
    rng: &mut dyn CryptoRng,
) -> Result<(Header, PassphraseKey)> {
    let fields = opened.header.fields();
    let key = fields.params.derive(new.as_bytes(), &fields.salt)?;
    let header = opened.resealed(&secret(&key), made, rng)?;
    Ok((header, key))
}

/// Has the slot that opened written anew for `new`, which is the same passphrase in
/// its new form; and opens it so.
fn renewed(
    path: &Path,
    opened: &OpenedHeader,
    new: &str,
    rng: &mut dyn CryptoRng,
) -> Result<(OpenedHeader, PassphraseKey)> {
    let (header, key) = resealed(opened, new, None, rng)?;
    let renewed = header.open(&[secret(&key)])?.ok_or(VaultError::NotProven)?;
    rewrite(path, &header, new, &opened.root, &mut |_| Ok(()))?;
    Ok((renewed, key))
}

/// Writes `header` whole, once it is proven that what was written opens with `passphrase` and gives `root`.
fn rewrite(path: &Path, header: &Header, passphrase: &str, root: &Root, watch: Watch<'_>) -> Result<()> {
    put_proven(path, header, root, watch, &|header| {
        Ok(unlock(header, passphrase)?.map(|(opened, _)| opened))
    })
}

/// Writes `header` whole, once it is proven that what was written opens with K_pw, which has opened this
/// vault just now, and gives `root`.
fn rewrite_with(
    path: &Path,
    header: &Header,
    key: &PassphraseKey,
    root: &Root,
    watch: Watch<'_>,
) -> Result<()> {
    put_proven(path, header, root, watch, &|header| header.open(&[secret(key)]))
}

fn put_proven(
    path: &Path,
    header: &Header,
    root: &Root,
    watch: Watch<'_>,
    again: &dyn Fn(&Header) -> Result<Option<OpenedHeader>>,
) -> Result<()> {
    let mut proof = |file: &[u8]| {
        let read = Header::from_file(file)?;
        let again = again(&read.header)?.ok_or(VaultError::NotProven)?;
        let same: bool = again.root.0.ct_eq(&*root.0).into();
        (same && read.whole).then_some(()).ok_or(VaultError::NotProven)
    };
    atomic_file::replace(path, &header.to_file(), &mut proof, watch)
}

/// An opened header with what opened it.
struct Tried<'f> {
    opened: OpenedHeader,
    whole: bool,
    key: PassphraseKey,
    form: &'f str,
}

fn open_root<'f>(path: &Path, passphrase: &'f Forms) -> Result<Tried<'f>> {
    let header::Read { header, whole } = read(path)?;
    for form in passphrase.each() {
        if let Some((opened, key)) = unlock(&header, form)? {
            return Ok(Tried {
                opened,
                whole,
                key,
                form,
            });
        }
    }
    Err(VaultError::WrongPassphrase)
}

/// One run of Argon2id, whatever the slots; then every slot.
fn unlock(header: &Header, passphrase: &str) -> Result<Option<(OpenedHeader, PassphraseKey)>> {
    let fields = header.fields();
    let key = fields.params.derive(passphrase.as_bytes(), &fields.salt)?;
    let opened = header.open(&[secret(&key)])?;
    Ok(opened.map(|opened| (opened, key)))
}

fn secret(key: &PassphraseKey) -> SlotSecret<'_> {
    SlotSecret {
        kind: SecretKind::Passphrase,
        key,
    }
}

fn read(path: &Path) -> Result<header::Read> {
    let file = atomic_file::read(path, header::LONGEST_FILE).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => VaultError::Absent,
        _ => VaultError::io("read", path, error),
    })?;
    Header::from_file(&file)
}

#[cfg(test)]
mod tests;
