//! What takes longer than a turn of the core, as data: the shell does it beside the stream, and tells how far
//! it has come.

use model::{ContainerId, FileSecret, FilesFailure};

/// The name of one task, never used again on this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A file leaves.
    Upload(Upload),
    /// A file comes.
    Download(Download),
    /// Take these containers off the disk. Nothing is heard of it.
    Delete(Vec<ContainerId>),
}

/// Puts a file where the service said (XEP-0363 §put): what is in the container, encrypted on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// An `https` address.
    pub put: String,
    /// Headers that the service asks for, those of XEP-0363 alone.
    pub headers: Vec<(String, String)>,
    /// What leaves stands in it.
    pub container: ContainerId,
    /// Of the clear file, in bytes.
    pub size: u64,
    /// Made for this one upload; None: it goes in clear.
    pub secret: Option<FileSecret>,
}

/// Fetches a file into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// An `https` address.
    pub get: String,
    /// What comes stands in it, and is made by the task.
    pub container: ContainerId,
    /// None: it lies in clear.
    pub secret: Option<FileSecret>,
    /// Of the clear file, in bytes, as the message says; what is larger is broken off.
    pub size: Option<u64>,
    /// Of the clear file, as the message says; another one is broken off.
    pub sha256: Option<[u8; 32]>,
    /// No more than this, in bytes: what comes by itself may not be large, whatever was announced.
    pub most: Option<u64>,
}

/// What becomes of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskEvent {
    /// So many bytes went over the wire. Told some times a second at most.
    Progress {
        /// Until now.
        done: u64,
        /// In all, if that is known.
        total: Option<u64>,
    },
    /// The line broke, and it is tried again by itself.
    Waits,
    /// The file lies where it was put.
    Uploaded,
    /// The file is here, whole.
    Downloaded {
        /// In bytes.
        size: u64,
        /// Its hash.
        sha256: [u8; 32],
        /// What its first bytes say that it is.
        media_type: Option<String>,
        /// What its container takes on the disk, in bytes.
        stored: u64,
    },
    /// Nothing came of it, and nothing is left of it.
    Failed(FilesFailure),
}
