//! What the person sends: words, or a file.

use crate::turn::Turn;
use model::{Clean, MessageId, ReplyTo, StagedFile};
use store::{Result, files, messages};

/// What becomes a message of ours.
pub(crate) enum Composed<'a> {
    /// Words, and what they answer.
    Words(Clean, Option<&'a ReplyTo>),
    /// A file that was taken into the vault's folder.
    File(&'a StagedFile),
    /// The files of another message of ours, which is sent once more.
    FilesOf(MessageId),
}

impl Composed<'_> {
    /// Words that answer nothing.
    pub(crate) fn words(words: Clean) -> Self {
        Self::Words(words, None)
    }

    pub(super) fn body(&self) -> Clean {
        match self {
            Self::Words(body, _) => body.clone(),
            Self::File(_) | Self::FilesOf(_) => Clean::default(),
        }
    }

    /// What belongs to the row beside its words.
    pub(super) fn keep(&self, turn: &Turn<'_>, row: MessageId) -> Result<()> {
        match self {
            Self::Words(_, Some(answers)) => messages::set_reply(turn.tx, row, answers),
            Self::Words(_, None) => Ok(()),
            Self::File(file) => {
                let of = (turn.own.account, row);
                files::put_staged(turn.tx, of, file, is_shown(file)).map(|_| ())
            }
            Self::FilesOf(other) => files::move_to(turn.tx, *other, row),
        }
    }
}

/// Pictures and sounds stay here, since the history shows them.
fn is_shown(file: &StagedFile) -> bool {
    let kinds = ["image/", "audio/"];
    kinds
        .iter()
        .any(|kind| file.media_type.as_str().starts_with(kind))
}
