//! The keys of messages that were jumped over in one receiving chain, until the messages arrive or room is needed.

use zeroize::{Zeroize, Zeroizing};

use super::message_key::MessageKey;

/// Keys by counter, ascending. Wiped when taken out, thrown out or dropped.
#[derive(Clone, Default)]
pub(in crate::omemo) struct Skipped(Zeroizing<Vec<Entry>>);

/// One key.
#[derive(Clone, Default)]
pub(in crate::omemo) struct Entry {
    pub(in crate::omemo) counter: u32,
    pub(in crate::omemo) key: [u8; 32],
}

impl Zeroize for Entry {
    fn zeroize(&mut self) {
        self.counter = 0;
        self.key.zeroize();
    }
}

impl Skipped {
    /// Empty, with room for so many: pushing them leaves no copy behind in memory given back.
    pub(in crate::omemo) fn with_room(keys: u32) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(keys as usize)))
    }

    /// Appends the key of `counter`, which is above all others.
    pub(in crate::omemo) fn push(&mut self, counter: u32, key: MessageKey) {
        self.push_stored(counter, &key.0);
    }

    /// As [`Skipped::push`], straight from the store's bytes: thousands of them must not be wrapped and wiped one by one.
    pub(in crate::omemo) fn push_stored(&mut self, counter: u32, key: &[u8; 32]) {
        self.0.push(Entry { counter, key: *key });
    }

    pub(in crate::omemo) fn len(&self) -> usize {
        self.0.len()
    }

    pub(in crate::omemo) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The key of this counter, if it is kept. It stays until [`Skipped::remove`].
    pub(super) fn get(&self, counter: u32) -> Option<MessageKey> {
        let entry = self.0.get(self.place(counter)?)?;
        Some(MessageKey(Zeroizing::new(entry.key)))
    }

    /// Wipes the key of a message that was opened.
    pub(super) fn remove(&mut self, counter: u32) {
        let Some(place) = self.place(counter) else { return };
        if let Some(entry) = self.0.get_mut(place) {
            entry.zeroize();
        }
        self.0.remove(place);
    }

    /// Takes over the keys of an advance; they are all above those already here.
    pub(super) fn append(&mut self, mut newer: Skipped) {
        if self.0.is_empty() {
            return std::mem::swap(self, &mut newer);
        }
        if newer.0.is_empty() {
            return;
        }
        // A new vector, not a grown one: growing would leave the old keys behind in memory given back.
        let mut all = Vec::with_capacity(self.len() + newer.len());
        all.extend_from_slice(&self.0);
        all.extend_from_slice(&newer.0);
        self.0 = Zeroizing::new(all);
    }

    /// Throws out the `count` oldest keys (fewer if there are fewer); how many went.
    pub(in crate::omemo) fn drop_oldest(&mut self, count: usize) -> usize {
        let count = count.min(self.len());
        for entry in self.0.iter_mut().take(count) {
            entry.zeroize();
        }
        self.0.drain(..count);
        count
    }

    fn place(&self, counter: u32) -> Option<usize> {
        self.0.binary_search_by_key(&counter, |entry| entry.counter).ok()
    }
}
