//! A message that can be read, as it is stored, and whether it is one that could not be read before.

use model::{Clean, Fingerprint, Message, Protection, Timestamp, Trust};
use store::Way;

/// What is stored of a message that can be read.
pub(crate) struct Readable {
    pub(crate) body: Clean,
    pub(crate) protection: Protection,
    /// The device that wrote it, if that is known.
    pub(crate) device: Option<u32>,
    pub(crate) key: Option<(Fingerprint, Trust)>,
    /// Its writer asks to show it as it is.
    pub(crate) unstyled: bool,
    /// Its writer asks to be told when it was read.
    pub(crate) markable: bool,
}

impl Readable {
    pub(crate) fn way(&self, time: Timestamp) -> Way {
        let (fingerprint, trust) = self.key.unzip();
        Way {
            time,
            protection: self.protection,
            device: self.device,
            fingerprint,
            trust,
        }
    }
}

/// Whether what came this way may be what could not be read: sealed as well, and by the same key if that is
/// known. What was sealed with all that belongs to it takes nothing less.
pub(crate) fn is_read_now(message: &Message, way: &Way) -> bool {
    let same_key = message.fingerprint.is_none_or(|key| way.fingerprint == Some(key));
    let as_sealed = message.protection != Protection::Omemo2 || way.protection == Protection::Omemo2;
    message.protection != Protection::Clear && way.fingerprint.is_some() && same_key && as_sealed
}
