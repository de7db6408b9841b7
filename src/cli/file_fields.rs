//! The fields by which JSON tells of a file of a message.

use serde::Serialize;

use super::words;
use model::MessageFile;

/// A file of a message, in `files` of a line of `listen` and `history`.
#[derive(Debug, Serialize)]
pub struct FileFields<'a> {
    name: Option<&'a str>,
    media_type: Option<&'a str>,
    size: Option<u64>,
    sha256: Option<String>,
    state: &'static str,
    /// A code.
    reason: Option<&'static str>,
}

impl<'a> FileFields<'a> {
    pub fn new(file: &'a MessageFile) -> Self {
        Self {
            name: file.name.as_ref().map(|name| name.as_str()),
            media_type: file.media_type.as_ref().map(|kind| kind.as_str()),
            size: file.size,
            sha256: file.sha256.map(hex),
            state: words::file_state(file.state),
            reason: file.failure.as_ref().map(words::file_failure),
        }
    }
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
