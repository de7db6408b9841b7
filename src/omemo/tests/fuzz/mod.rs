//! What must hold for any bytes: functions that a fuzzer calls with bytes of its making (`make fuzz`) and
//! that ordinary tests call with the corpus. A broken law is a panic.

pub mod hostile;
pub mod life;
pub mod record;
pub mod wire;

#[cfg(test)]
mod replay;
#[cfg(test)]
mod seeds;

/// Reads choices out of bytes. After the last byte every choice is 0.
pub(super) struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        first
    }

    pub(super) fn number(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    /// One of `0..count`; None if there is none.
    pub(super) fn below(&mut self, count: usize) -> Option<usize> {
        let choice = if count > 256 {
            self.number()
        } else {
            usize::from(self.byte())
        };
        (count > 0).then(|| choice % count)
    }

    /// As many of the next bytes as there are, at most `most`.
    pub(super) fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(most.min(self.rest.len()));
        self.rest = rest;
        taken
    }
}
