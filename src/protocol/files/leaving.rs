//! Files of ours on their way to the service: a slot, an upload with a key that was made for it, and where it
//! lies then. A slot that is lost, or a try that failed, is followed by a new slot and a new key (threat 72).

use std::fmt::Write as _;

use super::Files;
use super::tasks::Moving;
use crate::follow_ups::FollowUp;
use crate::iq::{Answer, Refusal};
use crate::purpose::FilesPurpose;
use crate::task::{Task, TaskEvent, Upload};
use crate::turn::Turn;
use model::{ContainerId, FileCipher, FileId, FileSecret, FilesFailure, MessageFile};
use stanza::upload::{self, Slot};
use store::{Result, files};

/// So often a file is tried before its message fails.
const TRIES: u8 = 4;
/// What the tag of an encrypted file adds to it.
const TAG: u64 = 16;

/// How far one is.
#[derive(Debug)]
pub(super) struct Leaving {
    /// It goes encrypted.
    sealed: bool,
    tries: u8,
    step: UploadStep,
}

#[derive(Debug)]
enum UploadStep {
    /// It needs a slot.
    Waits,
    SlotAsked,
    /// Where it is found then, and what opens it.
    Moves(String, Option<FileSecret>),
}

impl Leaving {
    /// Who was asked for a slot does not answer any more.
    pub(super) fn lose_slot(&mut self) {
        if matches!(self.step, UploadStep::SlotAsked) {
            self.step = UploadStep::Waits;
        }
    }
}

impl Files {
    /// A message waits for this file. Asked again and again while it does.
    pub(crate) fn send(&mut self, turn: &mut Turn<'_>, file: FileId, sealed: bool) -> Result<()> {
        let leaving = self.leaving.entry(file).or_insert(Leaving {
            sealed,
            tries: 0,
            step: UploadStep::Waits,
        });
        if !matches!(leaving.step, UploadStep::Waits) || !turn.counters.online {
            return Ok(());
        }
        leaving.sealed = sealed;
        let Some((found, _)) = here(turn, file)? else {
            return self.not_sent(turn, file, FilesFailure::NotHere);
        };
        let service = match self.service.known() {
            None => {
                self.ask_service(turn, None);
                return Ok(());
            }
            Some(None) => return self.not_sent(turn, file, FilesFailure::NoService),
            Some(Some(service)) => service.clone(),
        };
        let size = found.size.unwrap_or(0) + if sealed { TAG } else { 0 };
        if let Some(largest) = service.largest.filter(|largest| size > *largest) {
            return self.not_sent(turn, file, FilesFailure::TooLarge { size, largest });
        }
        if let Some(leaving) = self.leaving.get_mut(&file) {
            leaving.step = UploadStep::SlotAsked;
        }
        let name = slot_name(turn, &found);
        let to = service.address.into();
        turn.get(Some(&to), upload::request(&name, size), FilesPurpose::Slot(file));
        Ok(())
    }

    pub(super) fn on_slot(&mut self, turn: &mut Turn<'_>, file: FileId, answer: Answer) -> Result<()> {
        let Some(leaving) = self.leaving.get_mut(&file) else {
            return Ok(());
        };
        if !matches!(leaving.step, UploadStep::SlotAsked) {
            return Ok(());
        }
        let slot = match answer {
            Ok(slot) => slot.as_ref().and_then(upload::parse_slot),
            Err(refusal) => {
                let why = self.refused(turn, file, &refusal)?;
                return self.not_sent(turn, file, why);
            }
        };
        let Some(Slot { put, headers, get }) = slot else {
            return self.not_sent(turn, file, FilesFailure::BadAddress);
        };
        let Some((found, container)) = here(turn, file)? else {
            return self.not_sent(turn, file, FilesFailure::NotHere);
        };
        let secret = leaving.sealed.then(|| new_secret(turn));
        leaving.step = UploadStep::Moves(get, secret.clone());
        let upload = Upload {
            put,
            headers,
            container,
            size: found.size.unwrap_or(0),
            secret,
        };
        let moving = Moving {
            file,
            leaves: true,
            container,
        };
        self.tasks.start(turn, moving, Task::Upload(upload));
        Ok(())
    }

    fn refused(&self, turn: &Turn<'_>, file: FileId, refusal: &Refusal) -> Result<FilesFailure> {
        let specific = match refusal {
            Refusal::Error(error) => error.specific.as_deref(),
            Refusal::TimedOut => return Ok(FilesFailure::TimedOut),
        };
        let largest = self.service.known().and_then(|known| known.as_ref()?.largest);
        Ok(match (specific, largest) {
            (Some("file-too-large"), Some(largest)) => FilesFailure::TooLarge {
                size: files::get(turn.tx, file)?.and_then(|file| file.size).unwrap_or(0),
                largest,
            },
            _ if refusal.is("resource-constraint") => FilesFailure::Quota,
            _ => FilesFailure::Refused(refusal.told()),
        })
    }

    /// The task is over.
    pub(super) fn on_left(&mut self, turn: &mut Turn<'_>, file: FileId, event: TaskEvent) -> Result<()> {
        let Some(leaving) = self.leaving.get_mut(&file) else {
            return Ok(());
        };
        if let TaskEvent::Failed(why) = event {
            leaving.tries += 1;
            leaving.step = UploadStep::Waits;
            if leaving.tries < TRIES && may_pass(&why) {
                turn.follow(FollowUp::LookAgain);
                return Ok(());
            }
            return self.not_sent(turn, file, why);
        }
        let Some(Leaving {
            step: UploadStep::Moves(url, secret),
            ..
        }) = self.leaving.remove(&file)
        else {
            return Ok(());
        };
        if let Some(found) = files::get(turn.tx, file)? {
            files::set_uploaded(turn.tx, file, &url, secret.as_ref())?;
            turn.message_changed(found.message);
            self.sent = true;
            turn.follow(FollowUp::LookAgain);
        }
        Ok(())
    }

    /// It does not leave, and neither does its message.
    pub(super) fn not_sent(&mut self, turn: &mut Turn<'_>, file: FileId, why: FilesFailure) -> Result<()> {
        self.leaving.remove(&file);
        if let Some(found) = files::get(turn.tx, file)? {
            files::set_not_sent(turn.tx, file, &why)?;
            turn.follow(FollowUp::FileNotSent(found.message, why));
        }
        Ok(())
    }
}

/// The file and its container, if it is here.
fn here(turn: &Turn<'_>, file: FileId) -> Result<Option<(MessageFile, ContainerId)>> {
    let found = files::get(turn.tx, file)?;
    Ok(found.and_then(|found| {
        let container = found.container?;
        Some((found, container))
    }))
}

/// Whether it may go with the next try.
fn may_pass(why: &FilesFailure) -> bool {
    matches!(
        why,
        FilesFailure::Net(_)
            | FilesFailure::TimedOut
            | FilesFailure::Broken
            | FilesFailure::Gone
            | FilesFailure::Status(403 | 409 | 500..)
    )
}

/// A name that says nothing but, coarsely, of what kind it is: others take that from the end of the address.
fn slot_name(turn: &mut Turn<'_>, file: &MessageFile) -> String {
    let name = turn.random_id();
    let kind = file.media_type.as_ref().map_or("", |kind| kind.as_str());
    let end = match kind {
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ if kind.starts_with("image/") => "jpg",
        "audio/mp4" | "audio/m4a" => "m4a",
        "audio/mpeg" => "mp3",
        _ if kind.starts_with("audio/") => "ogg",
        "video/webm" => "webm",
        _ if kind.starts_with("video/") => "mp4",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => "bin",
    };
    let mut slot = name;
    // Writing to a string does not fail.
    let _ = write!(slot, ".{end}");
    slot
}

/// For one upload, and no other.
fn new_secret(turn: &mut Turn<'_>) -> FileSecret {
    let (mut key, mut iv) = ([0; 32], vec![0; 12]);
    turn.rng.fill_bytes(&mut key);
    turn.rng.fill_bytes(&mut iv);
    FileSecret {
        cipher: FileCipher::Gcm,
        key,
        iv,
    }
}
