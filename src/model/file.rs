//! Files that come with messages: what a message says of one, what opens it, and what is kept of it here.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::failure::FilesFailure;
use super::{Clean, FileId, MessageId};

/// How a file is encrypted where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileCipher {
    /// AES-256-GCM with its tag of 16 bytes at the end (XEP-0454, XEP-0448).
    Gcm,
    /// AES-256-GCM of which the tag may be missing: the hash alone says that it is whole (XEP-0448).
    GcmPerhapsBare,
    /// AES-256-CBC with PKCS#7 padding (XEP-0448); the hash alone says that it is whole.
    Cbc,
}

/// What opens a file: 32 bytes of key; an IV of 12 bytes, in GCM of 16 too, in CBC of 16. Zeroised on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct FileSecret {
    #[zeroize(skip)]
    pub cipher: FileCipher,
    pub key: [u8; 32],
    pub iv: Vec<u8>,
}

/// So that what carries one can be shown; says nothing of it.
impl fmt::Debug for FileSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSecret")
    }
}

/// What a message says of one file. The address is an `https` one without a fragment: keys stand nowhere
/// but in `secret`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFile {
    pub url: String,
    /// None: it lies there in clear.
    pub secret: Option<FileSecret>,
    pub name: Option<Clean>,
    pub media_type: Option<Clean>,
    /// Of the clear file, in bytes.
    pub size: Option<u64>,
    /// SHA-256 of the clear file.
    pub sha256: Option<[u8; 32]>,
}

/// How far a file of a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// It lies at its address, and not here. Of ours: it is not there yet, or was not kept here.
    Remote,
    /// It is on its way here, or there.
    Moving,
    /// It is here, whole.
    Here,
    /// It did not come, or not whole.
    Failed,
    /// It was here, and was deleted.
    Deleted,
}

/// The name of what is kept of a file in the vault's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerId(pub [u8; 16]);

/// A file that was taken into the vault's folder and can be sent: what stands in its container is what
/// leaves, whatever becomes of where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    pub container: ContainerId,
    /// What the container takes on the disk, in bytes.
    pub stored: u64,
    pub name: Clean,
    pub media_type: Clean,
    /// Of the clear file, in bytes.
    pub size: u64,
    pub sha256: [u8; 32],
}

/// A file of a message, as the front ends see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFile {
    pub id: FileId,
    pub message: MessageId,
    /// From 0, in the order in which the message names them.
    pub number: u32,
    pub name: Option<Clean>,
    pub media_type: Option<Clean>,
    pub size: Option<u64>,
    pub sha256: Option<[u8; 32]>,
    /// The host where it lies; None: it was not sent yet.
    pub host: Option<Clean>,
    /// It is encrypted where it lies.
    pub encrypted: bool,
    pub state: FileState,
    /// Why it failed.
    pub failure: Option<FilesFailure>,
    /// Where it lies here.
    pub container: Option<ContainerId>,
    /// What that takes on the disk, in bytes.
    pub stored: Option<u64>,
}

/// The upload service of our server (XEP-0363), as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadService {
    pub address: super::BareJid,
    /// The largest file, encrypted, in bytes; None: it names no limit.
    pub largest: Option<u64>,
}
