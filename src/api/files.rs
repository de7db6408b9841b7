//! What is asked about files, and how far one has come.

use model::{FileId, Peer, StagedFile};

/// What a front end asks about files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileCommand {
    /// Who takes files of ours, and how large they may be. Done = [`crate::Outcome::UploadService`].
    Service,
    /// Stores a message that is this file, and sends it as soon as it is uploaded and can be sealed: as
    /// [`crate::Command::Send`], in its order among the words. Its container belongs to the message then.
    Send {
        to: Peer,
        file: Box<StagedFile>,
        clear: bool,
    },
    /// Fetches a file of a message into the vault's folder. Done = it is here, and whole.
    Get(FileId),
    /// Stops it on its way, here or there. What was to be sent fails, and can be tried again.
    Stop(FileId),
    /// Deletes what is here of a file; the message stays. Done = deleted.
    Delete(FileId),
}

/// How far a file has come on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    pub file: FileId,
    /// It leaves; else it comes.
    pub leaves: bool,
    /// Bytes on the wire so far, and how many there are, if that is known.
    pub done: u64,
    pub total: Option<u64>,
    /// The line is broken, and it goes on when it is back.
    pub waits: bool,
}
