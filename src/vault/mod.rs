//! The vault: from the passphrase to the keys of everything that is stored.
//!
//! ```text
//! passphrase --Argon2id(salt, m, t, p)--> K_pw --HKDF(slot salt)--> KEK --opens--> ROOT --HKDF--> K_db, K_att, K_misc
//! ```
//!
//! - [`kdf`]: Argon2id, its parameters, their calibration, floor and cap;
//! - `slots`: sealing ROOT and trying to open it; `header`: the file that holds the slots;
//! - `durable`: writing that file so that a kill or power cut leaves the old one or the new one;
//! - `keys`: ROOT and what is made from it;
//! - [`strength`], [`words`]: which passphrases are refused, and six random words as an offer;
//! - [`process`]: pages for keys, no dumps: the only `unsafe` of the program.
//!
//! Every function here takes the path of the header file. The caller holds the lock of the profile.
//!
//! What a vault cannot do: the passphrase cannot be recovered by anyone. Changing it does not change ROOT: who has a
//! copy of the old header and knows the old passphrase still has the keys. And whoever controls the machine while the
//! vault is open has everything.

mod durable;
mod header;
pub mod kdf;
mod keys;
pub mod process;
mod slots;
pub mod strength;
pub mod words;

use std::io;
use std::path::Path;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use thiserror::Error;

use durable::Watch;
use header::Header;
pub use kdf::{Params, Strength};
use keys::Root;
pub use keys::{AttachmentKey, DatabaseKey, Keys, MiscKey};
pub use process::Locked;
use slots::{Input, Kind};
pub use strength::{Weakness, check_strength};
pub use words::six_words;

/// Result of the functions of the vault.
pub type Result<T> = std::result::Result<T, VaultError>;

/// Why a vault could not be made, opened or changed. None of them tells anything about passphrase or keys.
#[derive(Debug, Error)]
pub enum VaultError {
    #[error("there is no vault here")]
    Absent,
    #[error("there is a vault already")]
    Exists,
    /// One error for all: a wrong passphrase, a slot that was changed, a salt that was changed.
    #[error("that passphrase does not open this vault")]
    WrongPassphrase,
    #[error("the vault's header is damaged, both copies of it; put it back from a backup")]
    Damaged,
    #[error("the vault was made by another version of Susurro (header version {0}, this program reads 1)")]
    OtherVersion(u16),
    #[error("the vault's header asks for more or less work than any vault of Susurro; it was tampered with")]
    Params,
    #[error("opening this vault takes {0} MiB of memory, which this machine does not have to spare")]
    TooLittleMemory(u32),
    #[error(
        "the new vault could not be opened again, so it was not put in place; this machine may be faulty"
    )]
    NotProven,
    #[error("could not {what} {path}: {source}")]
    Io {
        what: &'static str,
        path: String,
        source: io::Error,
    },
    #[error("a fault in Susurro itself (expected that {0}); please report it")]
    Internal(&'static str),
}

impl VaultError {
    fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            what,
            path: path.display().to_string(),
            source,
        }
    }
}

/// Makes a vault with a new ROOT at `path`, where none may be yet. The folder exists and is private.
///
/// Whether the passphrase is good enough is for the caller to ask ([`check_strength`]).
pub fn create(path: &Path, passphrase: &str, strength: Strength, rng: &mut dyn CryptoRng) -> Result<()> {
    if exists(path) {
        return Err(VaultError::Exists);
    }
    let root = Root::random(rng)?;
    let header = sealed(Params::choose(strength)?, passphrase, &root, rng)?;
    rewrite(path, &header, passphrase, &root, &mut |_| Ok(()))
}

/// Opens the vault. Wrong passphrase: nothing is written. Right one: a damaged copy in the header is healed and what
/// a killed change left behind is taken away.
pub fn open(path: &Path, passphrase: &str) -> Result<Keys> {
    let (read, root) = open_root(path, passphrase)?;
    let keys = root.keys()?;
    if !read.whole && rewrite(path, &read.header, passphrase, &root, &mut |_| Ok(())).is_err() {
        tracing::warn!("one copy in the vault's header is damaged and could not be healed");
    }
    durable::sweep(path);
    Ok(keys)
}

/// A change of the passphrase whose old passphrase was right; the new one can be asked for.
pub struct Change<'p> {
    path: &'p Path,
    params: Params,
    root: Root,
}

impl<'p> Change<'p> {
    /// Opens the vault with the old passphrase. Writes nothing.
    pub fn begin(path: &'p Path, old: &str) -> Result<Self> {
        let (read, root) = open_root(path, old)?;
        let params = read.header.params;
        Ok(Self { path, params, root })
    }

    /// Changes it to `new`: fresh salts, all slots anew, same ROOT and same parameters. The new header has been read
    /// back and opened with `new` before it takes the place of the old one; a kill at any point leaves one of the two.
    pub fn finish(self, new: &str, rng: &mut dyn CryptoRng) -> Result<()> {
        let header = sealed(self.params, new, &self.root, rng)?;
        rewrite(self.path, &header, new, &self.root, &mut |_| Ok(()))
    }
}

/// Whether there is something at `path`, be it a vault or not.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The parameters and whether both copies of the header are good, for `doctor`. Needs no passphrase.
pub fn inspect(path: &Path) -> Result<(Params, bool)> {
    let read = read(path)?;
    Ok((read.header.params, read.whole))
}

/// A header whose one used slot opens with `passphrase`.
fn sealed(params: Params, passphrase: &str, root: &Root, rng: &mut dyn CryptoRng) -> Result<Header> {
    let mut header = Header::new(params, rng);
    let key = params.derive(passphrase.as_bytes(), &header.salt)?;
    let input = Input {
        kind: Kind::Passphrase,
        key: &key,
    };
    header.seal(root, &input, rng)?;
    Ok(header)
}

/// Writes `header` whole, once it is proven that what was written opens with `passphrase` and gives `root`.
fn rewrite(path: &Path, header: &Header, passphrase: &str, root: &Root, watch: Watch<'_>) -> Result<()> {
    let mut proof = |file: &[u8]| {
        let read = Header::from_file(file)?;
        let again = unlock(&read.header, passphrase)?.ok_or(VaultError::NotProven)?;
        let same: bool = again.0.ct_eq(&*root.0).into();
        (same && read.whole).then_some(()).ok_or(VaultError::NotProven)
    };
    durable::replace(path, &header.to_file(), &mut proof, watch)
}

fn open_root(path: &Path, passphrase: &str) -> Result<(header::Read, Root)> {
    let read = read(path)?;
    let root = unlock(&read.header, passphrase)?.ok_or(VaultError::WrongPassphrase)?;
    Ok((read, root))
}

/// One run of Argon2id, whatever the slots; then every slot.
fn unlock(header: &Header, passphrase: &str) -> Result<Option<Root>> {
    let key = header.params.derive(passphrase.as_bytes(), &header.salt)?;
    header.open(&[Input {
        kind: Kind::Passphrase,
        key: &key,
    }])
}

fn read(path: &Path) -> Result<header::Read> {
    let file = durable::read(path, header::FILE_LENGTH).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => VaultError::Absent,
        _ => VaultError::io("read", path, error),
    })?;
    Header::from_file(&file)
}

#[cfg(test)]
mod tests;
