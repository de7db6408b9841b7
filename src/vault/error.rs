//! Why a vault cannot be used.

use std::io;
use std::path::Path;

use thiserror::Error;

/// Result of the functions of the vault.
pub type Result<T> = std::result::Result<T, VaultError>;

/// Why a vault could not be made, opened or changed. None of them tells anything about passphrase or keys.
#[derive(Debug, Error)]
pub enum VaultError {
    #[error("there is no vault here")]
    Absent,
    #[error("there is a vault already")]
    Exists,
    /// One error for all: a wrong passphrase, a slot that was changed, a salt that was
    /// changed, a kind of a later program.
    #[error("that passphrase does not open this vault")]
    WrongPassphrase,
    #[error("the vault's header is damaged, both copies of it; put it back from a backup")]
    Damaged,
    /// Only who has ROOT gets here.
    #[error(
        "the passphrase is right, but the vault's header was changed by something that is not Susurro; put the file `vault` \
         back from a backup"
    )]
    Tampered,
    /// Version and marks.
    #[error(
        "the vault was made by another version of Susurro (header version {0}.{1}, this program reads up to 2.1)"
    )]
    OtherVersion(u8, u8),
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
    pub(super) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            what,
            path: path.display().to_string(),
            source,
        }
    }
}
