//! What a language has to say.

use super::Face;
use model::{BareJid, Failure, MessageFailure, Notice};

/// A language: a sentence for every code. A second one is a second implementation, and no caller changes.
pub(crate) trait Language {
    fn failure(&self, face: Face, failure: &Failure) -> String;
    fn of_message(&self, face: Face, peer: &BareJid, failure: &MessageFailure) -> String;
    fn notice(&self, face: Face, notice: &Notice) -> String;
}
