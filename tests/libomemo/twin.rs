//! One device that two engines play at once: ours and libomemo-c have the same secrets, draw the
//! same random bytes and are told the same things. So whatever they write must be the same, and so
//! must be what they open and refuse.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use susurro::omemo::{Bundle, Dialect};

use crate::parties::{BadBundle, Keys, Message, Ours, Party, Refusal};
use crate::peers::Peer;
use crate::wire::{self, Field, Parts};

pub struct Twin {
    dialect: Dialect,
    pub ours: Ours,
    pub theirs: Peer,
    /// Whose words are used when both have said the same.
    coin: ChaCha20Rng,
}

impl Twin {
    pub fn new(dialect: Dialect, keys: &Keys) -> Self {
        Self {
            dialect,
            ours: Ours::new(dialect, keys),
            theirs: Peer::new(crate::LIBOMEMO_C, dialect, keys),
            coin: ChaCha20Rng::seed_from_u64(u64::from(keys.id)),
        }
    }

    fn choose<T>(&mut self, ours: T, theirs: T) -> T {
        if self.coin.next_u32() & 1 == 0 {
            ours
        } else {
            theirs
        }
    }

    /// What each of them makes of a message, without keeping anything.
    pub fn probe(&mut self, message: &Message) -> [Result<Vec<u8>, Refusal>; 2] {
        [self.ours.probe(message), self.theirs.probe(message)]
    }
}

/// libomemo-c writes PN one too low, and that is all. The MAC covers it.
fn assert_same_but_for_pn(ours: &Parts, theirs: &Parts) {
    let previous = wire::numbers(ours.dialect).previous;
    let [pn, theirs_pn] = [ours, theirs].map(|parts| wire::number_of(&parts.ratchet, previous).unwrap());
    assert_eq!(theirs_pn, pn.saturating_sub(1));
    let without = |parts: &Parts| {
        let mut parts = parts.clone();
        parts
            .ratchet
            .retain(|field| !matches!(field, Field::Number(id, _) if *id == previous));
        if pn > 0 {
            parts.mac.clear();
        }
        parts
    };
    assert_eq!(without(ours), without(theirs));
}

impl Party for Twin {
    fn bundle(&mut self, prekey: u32) -> Bundle {
        let bundle = self.ours.bundle(prekey);
        assert_eq!(bundle, self.theirs.bundle(prekey));
        bundle
    }

    fn begin(&mut self, bundle: &Bundle) -> Result<(), BadBundle> {
        let ours = self.ours.begin(bundle);
        assert_eq!(ours, self.theirs.begin(bundle));
        ours
    }

    fn has_session(&self) -> bool {
        assert_eq!(self.ours.has_session(), self.theirs.has_session());
        self.ours.has_session()
    }

    fn encrypt(&mut self, data: &[u8]) -> Message {
        let (ours, theirs) = (self.ours.encrypt(data), self.theirs.encrypt(data));
        assert_eq!(ours.is_kex, theirs.is_kex);
        let [of_ours, of_theirs] =
            [&ours, &theirs].map(|message| wire::take_apart(self.dialect, message).unwrap());
        assert_eq!(of_ours.put_together(), ours);
        assert_eq!(of_theirs.put_together(), theirs);
        assert_same_but_for_pn(&of_ours, &of_theirs);
        self.choose(ours, theirs)
    }

    fn decrypt(&mut self, message: &Message) -> Result<Vec<u8>, Refusal> {
        let ours = self.ours.decrypt(message);
        assert_eq!(ours, self.theirs.decrypt(message));
        ours
    }

    fn restart(&mut self) {
        self.ours.restart();
        self.theirs.restart();
    }
}
