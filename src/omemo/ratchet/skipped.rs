//! The keys of messages that were jumped over in one receiving chain, until the
//! messages arrive or room is needed.

use zeroize::{Zeroize, Zeroizing};

use super::message_key::MessageKey;

/// Keys by counter, ascending. Wiped when taken out, thrown out or dropped.
#[derive(Clone, Default)]
pub(crate) struct Skipped(Zeroizing<Vec<Entry>>);

/// One key.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    pub(crate) counter: u32,
    pub(crate) key: [u8; 32],
}

impl Zeroize for Entry {
    fn zeroize(&mut self) {
        self.counter = 0;
        self.key.zeroize();
    }
}

impl Skipped {
    /// Empty, with room for so many: pushing them leaves no copy behind in memory given back.
    pub(crate) fn with_room(keys: u32) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(keys as usize)))
    }

    /// Appends the key of `counter`, which is above all others.
    pub(crate) fn push(&mut self, counter: u32, key: MessageKey) {
        self.push_stored(counter, &key.0);
    }

    /// As [`Skipped::push`], straight from the store's bytes: thousands of them must not be
    /// wrapped and wiped one by one.
    pub(crate) fn push_stored(&mut self, counter: u32, key: &[u8; 32]) {
        self.0.push(Entry { counter, key: *key });
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
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
    pub(crate) fn drop_oldest(&mut self, count: usize) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(counters: std::ops::Range<u32>) -> Skipped {
        let mut keys = Skipped::with_room(counters.len() as u32);
        for counter in counters {
            keys.push(counter, MessageKey(Zeroizing::new([counter as u8; 32])));
        }
        keys
    }

    #[test]
    fn a_wiped_entry_holds_nothing() {
        let mut entry = Entry {
            counter: 7,
            key: [7; 32],
        };
        entry.zeroize();
        assert_eq!((entry.counter, entry.key), (0, [0; 32]));
    }

    #[test]
    fn pushing_and_joining_never_move_keys_to_a_larger_place() {
        let mut some = keys(0..5);
        assert_eq!(some.0.capacity(), 5);
        some.append(keys(8..20));
        assert_eq!((some.0.capacity(), some.len()), (17, 17));
        // Joining nothing, or to nothing, copies nothing.
        let place = some.0.as_ptr();
        some.append(Skipped::default());
        let mut none = Skipped::default();
        none.append(some);
        assert_eq!((none.0.as_ptr(), none.len()), (place, 17));
    }

    #[test]
    fn keys_are_found_taken_out_and_thrown_out_from_the_oldest_on() {
        let mut some = keys(10..16);
        assert!(some.get(9).is_none() && some.get(16).is_none());
        assert_eq!(*some.get(12).map(|key| key.0).unwrap_or_default(), [12; 32]);
        some.remove(12);
        some.remove(12);
        assert!(some.get(12).is_none());
        assert_eq!(some.drop_oldest(2), 2);
        let left: Vec<_> = some.entries().iter().map(|entry| entry.counter).collect();
        assert_eq!(left, [13, 14, 15]);
        assert_eq!(some.drop_oldest(9), 3);
        assert_eq!(some.len(), 0);
    }
}
