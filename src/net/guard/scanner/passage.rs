//! The bytes on their way: those that may be passed on, and those of a stanza that is not complete yet.

use super::syntax::At;

/// After this much the buffer is given back to the allocator once it is empty.
const KEEP: usize = 32 * 1024;

/// Passed on up to `ready`, of which `taken` is consumed; what is beyond it is held back.
#[derive(Default)]
pub(super) struct Passage {
    bytes: Vec<u8>,
    taken: usize,
    ready: usize,
    /// The stanza that is coming will be replaced, so nothing of it is kept.
    discarding: bool,
}

impl Passage {
    /// Whether everything that came in went out.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == self.bytes.len() && !self.discarding
    }

    /// What may be passed on.
    pub(super) fn ready(&self) -> &[u8] {
        self.bytes.get(self.taken..self.ready).unwrap_or_default()
    }

    /// `amount` bytes of [`Passage::ready`] were used.
    pub(super) fn consume(&mut self, amount: usize) {
        self.taken = self.taken.saturating_add(amount).min(self.ready);
        if self.taken == self.ready && self.ready > 0 {
            self.bytes.drain(..self.ready);
            self.taken = 0;
            self.ready = 0;
            if self.bytes.is_empty() && self.bytes.capacity() > KEEP {
                self.bytes = Vec::new();
            }
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// What is held back: the current stanza as far as it came.
    pub(super) fn held(&self) -> &[u8] {
        self.bytes.get(self.ready..).unwrap_or_default()
    }

    /// Holds more back, unless it is thrown away.
    pub(super) fn hold(&mut self, run: &[u8]) {
        if !self.discarding {
            self.bytes.extend_from_slice(run);
        }
    }

    /// All that there is may be passed on.
    pub(super) fn pass(&mut self) -> At {
        self.ready = self.bytes.len();
        At::Text
    }

    /// Holds this back in the place of what was.
    pub(super) fn replace(&mut self, bytes: &[u8]) {
        self.bytes.truncate(self.ready);
        self.bytes.extend_from_slice(bytes);
    }

    /// Throws away what is held back, and what still comes of it.
    pub(super) fn discard(&mut self) {
        self.discarding = true;
        self.bytes.truncate(self.ready);
    }

    pub(super) fn is_discarding(&self) -> bool {
        self.discarding
    }

    /// What comes next is kept again.
    pub(super) fn keep_again(&mut self) {
        self.discarding = false;
    }
}
