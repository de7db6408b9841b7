//! What goes wrong with files at rest.

use std::io;
use std::path::Path;

use model::{Clean, FilesFailure};

pub type FilesResult<T> = std::result::Result<T, FilesError>;

/// Why a file was not taken in, kept, read or saved.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A container is not what was written.
    #[error("what is kept of the file is damaged")]
    Damaged,
    /// There is none of this name.
    #[error("the file is not here")]
    Absent,
    /// More bytes than are taken: how many at least, and how many are.
    #[error("the file is too large")]
    TooLarge { size: u64, largest: u64 },
    /// A folder, a device, a pipe.
    #[error("it is no ordinary file")]
    NotAFile,
    /// Something is there already, and stays.
    #[error("there is something of this name already")]
    Exists,
    /// A picture of which it is not known what is written into it.
    #[error("what is written into the picture cannot be taken out")]
    Unclear,
    /// Copies are opened from where nothing reaches a disk, and there is no such place.
    #[error("there is no place in memory for a copy (XDG_RUNTIME_DIR): save one and open that")]
    NoMemory,
    /// There is no such program.
    #[error("there is no program {0} to open it with: save a copy and open that")]
    NoProgram(String),
    /// OpenSSL refuses, which it does for no input.
    #[error("the cipher failed")]
    Cipher,
}

impl FilesError {
    /// As a code for whoever tells people.
    pub fn failure(&self) -> FilesFailure {
        match self {
            Self::Damaged => FilesFailure::Damaged,
            Self::Absent => FilesFailure::NotHere,
            Self::TooLarge { size, largest } => FilesFailure::TooLarge {
                size: *size,
                largest: *largest,
            },
            Self::Io(_)
            | Self::NotAFile
            | Self::Exists
            | Self::Unclear
            | Self::NoMemory
            | Self::NoProgram(_)
            | Self::Cipher => FilesFailure::Disk(Clean::line(&self.to_string())),
        }
    }

    /// The sentence about a path that the person named.
    pub fn of(&self, path: &Path) -> String {
        let path = path.display();
        match self {
            Self::NotAFile => format!("{path} is no ordinary file: only files can be sent."),
            Self::Exists => {
                format!("There is a {path} already, and nothing is written over it. Choose another name.")
            }
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => format!("There is no {path}."),
            Self::Unclear => format!(
                "What is written into {path} (place, time, device) cannot be taken out. --original sends it as it is."
            ),
            other => format!("{path}: {other}."),
        }
    }
}

impl From<openssl::error::ErrorStack> for FilesError {
    fn from(error: openssl::error::ErrorStack) -> Self {
        tracing::error!("OpenSSL: {error}");
        Self::Cipher
    }
}

impl From<FilesError> for io::Error {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Io(error) => error,
            other => Self::other(other),
        }
    }
}
