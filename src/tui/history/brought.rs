//! Files that a message brings, as far as they are painted otherwise than words.

use crate::ask::Context;
use crate::theme::{Glyph, Part};
use crate::transfers::Progress;
use model::{Direction, FileState, Message, MessageFile, MessageState, Trust};

/// Whether its key was not decided about, or is known to be wrong.
pub(super) fn is_doubtful(message: &Message) -> bool {
    matches!(message.trust, Some(Trust::Undecided | Trust::Distrusted))
}

/// Whether nothing but files can stand in place of its words.
pub(super) fn may_bring_files(message: &Message) -> bool {
    message.body.is_none() && message.unreadable.is_none() && message.retracted.is_none()
}

/// How far a file of this message has come, while it is on its way.
pub(super) fn progress_of(world: &Context<'_>, message: &Message, file: &MessageFile) -> Option<Progress> {
    let progress = world.transfers.of(file.id)?;
    let leaves = message.direction() == Direction::Out && message.state == MessageState::Queued;
    (leaves || !progress.transfer.leaves).then_some(progress)
}

/// The sign before a file: that its sender's key is in doubt, that it failed, or that it is one.
pub(super) fn sign_of_file(
    message: &Message,
    file: &MessageFile,
    line: Option<usize>,
) -> (Option<Glyph>, Part) {
    match file.state {
        FileState::Failed => (Some(Glyph::Failed), Part::Bad),
        _ if line == Some(0) && is_doubtful(message) => (Some(Glyph::Attention), Part::Plain),
        FileState::Deleted => (Some(Glyph::Dot), Part::Dim),
        FileState::Remote | FileState::Moving => (Some(Glyph::Below), Part::Plain),
        FileState::Here => (Some(Glyph::File), Part::Plain),
    }
}
