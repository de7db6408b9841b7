//! Random lives of two devices, each of them a twin: messages are lost, late, repeated and damaged, programs
//! restart, sessions begin anew, and both begin at once.
//!
//! `OMEMO_LIVES=3000 cargo test --test libomemo lives` tries more lives than the usual
//! number, from `OMEMO_FROM` on.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use susurro::omemo::Dialect;

use crate::damage;
use crate::parties::{Keys, Message, Party, Refusal};
use crate::twin::Twin;
use crate::wire;

const STEPS: usize = 250;
const PREKEYS: u32 = 50;
/// Both libraries keep the chains of the five newest ratchet keys of the other side.
const CHAINS: usize = 5;
/// Both keep so many sessions beside the current one.
const ARCHIVED: u32 = 40;

/// A message that was written.
pub struct EncryptedMessage {
    pub from: usize,
    pub text: Vec<u8>,
    pub message: Message,
    /// Number of its ratchet key among those of its sender.
    chain: usize,
    /// How many sessions had begun when it was written.
    sessions: u32,
}

pub struct Life {
    pub rng: ChaCha20Rng,
    pub dialect: Dialect,
    pub twins: [Twin; 2],
    pub under_way: Vec<EncryptedMessage>,
    opened: Vec<EncryptedMessage>,
    /// The ratchet keys that each has used, in order.
    chains: [Vec<Vec<u8>>; 2],
    /// The next unused prekey of each.
    prekeys: [u32; 2],
    sent: u32,
    /// Begins so many sessions that old ones are forgotten.
    is_restless: bool,
    /// Opened by each.
    accepted: [u32; 2],
}

impl Life {
    fn new(dialect: Dialect, seed: u64) -> Self {
        Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            dialect,
            twins: [1, 2].map(|id| Twin::new(dialect, &Keys::new(id, seed << 2 | u64::from(id), PREKEYS))),
            under_way: Vec::new(),
            opened: Vec::new(),
            chains: [Vec::new(), Vec::new()],
            prekeys: [1, 1],
            sent: 0,
            is_restless: seed % 8 == 7,
            accepted: [0, 0],
        }
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u32()).unwrap() % bound
    }

    pub fn any<T>(&mut self, from: impl Fn(&Self) -> &Vec<T>) -> Option<usize> {
        let count = from(self).len();
        (count > 0).then(|| self.below(count))
    }

    fn sessions(&self) -> u32 {
        self.prekeys.iter().sum()
    }

    /// The party fetches the other one's bundle and begins a session.
    fn begin(&mut self, party: usize) {
        let other = 1 - party;
        let prekey = self.prekeys[other];
        if prekey <= PREKEYS {
            self.prekeys[other] += 1;
            let bundle = self.twins[other].bundle(prekey);
            assert_eq!(self.twins[party].begin(&bundle), Ok(()));
        }
    }

    fn send(&mut self, party: usize) {
        if !self.twins[party].has_session() {
            self.begin(party);
        }
        self.sent += 1;
        let mut text = format!("message {} and what more there is to be said in it", self.sent).into_bytes();
        text.truncate(16 + self.below(33));
        let message = self.twins[party].encrypt(&text);
        let key = wire::take_apart(self.dialect, &message).unwrap().ratchet_key();
        let chains = &mut self.chains[party];
        let chain = chains.iter().position(|known| *known == key);
        let chain = chain.unwrap_or_else(|| {
            chains.push(key);
            chains.len() - 1
        });
        self.under_way.push(EncryptedMessage {
            from: party,
            text,
            message,
            chain,
            sessions: self.sessions(),
        });
    }

    /// Whether the receiver may have forgotten how to open it.
    fn is_old(&self, letter: &EncryptedMessage) -> bool {
        letter.chain + CHAINS < self.chains[letter.from].len()
            || letter.sessions + ARCHIVED <= self.sessions()
    }

    /// The twins agree about it, or they would have said so; and what is not old must open, once.
    fn deliver(&mut self, place: usize) {
        let letter = self.under_way.remove(place);
        let receiver = 1 - letter.from;
        let opened = self.twins[receiver].decrypt(&letter.message);
        if opened.is_err() && self.is_old(&letter) {
            return;
        }
        assert_eq!(opened.as_ref(), Ok(&letter.text), "party {receiver}");
        self.accepted[receiver] += 1;
        let again = self.twins[receiver].decrypt(&letter.message);
        assert_eq!(again, Err(Refusal::Duplicate), "party {receiver}");
        self.opened.push(letter);
    }

    fn replay(&mut self, place: usize) {
        let EncryptedMessage { from, message, .. } = &self.opened[place];
        assert!(self.twins[1 - from].decrypt(message).is_err());
    }

    /// Whoever sent it gets it back.
    fn reflect(&mut self, place: usize) {
        let EncryptedMessage { from, message, .. } = &self.under_way[place];
        assert!(self.twins[*from].decrypt(message).is_err());
    }

    /// Question and answer, several times, so that chains are forgotten.
    fn talk(&mut self) {
        for turn in 0..2 + self.below(12) {
            self.send(turn % 2);
            self.deliver(self.under_way.len() - 1);
        }
    }

    /// Some messages of one party in a row, of which few arrive.
    fn burst(&mut self, party: usize) {
        let first = self.under_way.len();
        for _ in 0..2 + self.below(30) {
            self.send(party);
        }
        while self.under_way.len() > first + 3 {
            let place = first + self.below(self.under_way.len() - first);
            self.under_way.remove(place);
        }
    }

    /// Neither knows yet that the other one has begun too.
    fn begin_at_once(&mut self) {
        for party in [0, 1] {
            self.begin(party);
            for _ in 0..1 + self.below(3) {
                self.send(party);
            }
        }
    }

    fn step(&mut self) {
        let party = self.below(2);
        let draw = self.below(100);
        let letter = self.any(|life| &life.under_way);
        match (draw, letter) {
            (0..8, _) if self.is_restless => self.begin(party),
            (0..32, _) => self.send(party),
            (32..62, Some(place)) => self.deliver(place),
            (62..66, Some(place)) => drop(self.under_way.remove(place)),
            (66..72, _) => {
                if let Some(place) = self.any(|life| &life.opened) {
                    self.replay(place);
                }
            }
            (72..86, Some(place)) => damage::damage(self, place),
            (86, Some(place)) => self.reflect(place),
            (87..91, _) => self.twins[party].restart(),
            (91..94, _) => self.begin(party),
            (94..96, _) => self.begin_at_once(),
            (96..98, _) => self.talk(),
            (98, _) => self.burst(party),
            _ => {}
        }
    }

    fn whole(dialect: Dialect, seed: u64) {
        let mut life = Life::new(dialect, seed);
        for _ in 0..STEPS {
            life.step();
        }
        while let Some(place) = life.any(|life| &life.under_way) {
            life.deliver(place);
        }
        life.talk();
        let least = life.accepted.iter().min();
        assert!(least > Some(&15), "{:?} opened only", life.accepted);
    }
}

/// The lives of this run: `usual` many, unless the environment says otherwise.
pub fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).map(|text| text.parse().unwrap());
    let first = number("OMEMO_FROM").unwrap_or(0);
    first..first + number("OMEMO_LIVES").unwrap_or(usual)
}

/// Which life it was that failed.
pub struct Tell(pub u64);

impl Drop for Tell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the life of seed {}", self.0);
        }
    }
}

fn lives(dialect: Dialect, usual: u64) {
    for (done, seed) in (1..).zip(seeds(usual)) {
        let _tell = Tell(seed);
        Life::whole(dialect, seed);
        if done % 50 == 0 {
            eprintln!("{done} lives from seed {} on", seed + 1 - done);
        }
    }
}

#[test]
fn in_random_lives_both_write_and_open_and_refuse_the_same_in_the_legacy_dialect() {
    lives(Dialect::Legacy, 10);
}

#[test]
fn in_random_lives_both_write_and_open_and_refuse_the_same_in_omemo_2() {
    lives(Dialect::Omemo2, 10);
}
