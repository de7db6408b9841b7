//! `susurro file` and `susurro storage`, and the files that `susurro send` takes.

mod getting;
mod list;
mod sending;
mod storage;

use super::args::{Common, DeleteFile, File, WhichFile};
use super::ids::{self, Named};
use super::open::{OpenProfile, with_profile};
use super::{Exit, offline};
use api::{Command, FileCommand};
use model::{FilesFailure, MessageFile, Peer};
use store::files;

pub use sending::send;
pub use storage::run as storage;

pub fn run(common: &Common, args: &File) -> Result<(), Exit> {
    match args {
        File::List(args) => list::run(common, args),
        File::Get(args) => getting::get(common, args),
        File::Open(args) => getting::open(common, args),
        File::Delete(args) => delete(common, args),
    }
}

/// What is here of it; the message stays.
fn delete(common: &Common, args: &DeleteFile) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let file = find(opened, &args.which)?;
        remove(opened, &[file])
    })
}

/// Deletes what is here of these.
fn remove(opened: &mut OpenProfile, which: &[MessageFile]) -> Result<(), Exit> {
    let deleted = |file: &MessageFile| Command::File(FileCommand::Delete(file.id));
    offline::perform(opened, which.iter().map(deleted).collect())?;
    Ok(())
}

/// The one file that is meant.
fn find(opened: &mut OpenProfile, which: &WhichFile) -> Result<MessageFile, Exit> {
    let chat = Peer::new(opened.account()?.id, which.jid.clone());
    let named = Named {
        word: &which.id,
        is_ref: which.is_ref,
    };
    let message = opened.read(|tx| ids::in_chat(tx, &chat, named))??;
    let of_message = opened.read(|tx| files::of_message(tx, message.id))?;
    of_message
        .into_iter()
        .find(|file| file.number == which.index)
        .ok_or_else(|| Exit::from(api::Failure::Files(FilesFailure::NoFile)))
}
