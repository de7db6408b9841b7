//! Random lives of our engine and python's: as in `libomemo/lives.rs`, but python
//! opens less, and this knows what.
//!
//! `OMEMO_LIVES=500 cargo test --test pyomemo lives` tries more lives than the usual
//! number, from `OMEMO_FROM` on.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use susurro::omemo::Dialect;

use crate::parties::{Keys, Message, Ours, Party, Refusal};
use crate::peers::Peer;
use crate::wire;

const STEPS: usize = 120;
const PREKEYS: u32 = 20;
/// We keep the chains of the five newest ratchet keys of the other side.
const CHAINS: usize = 5;

const OURS: usize = 0;

/// A message that was written.
struct EncryptedMessage {
    from: usize,
    text: Vec<u8>,
    message: Message,
    /// Number of its ratchet key among those of its sender.
    chain: usize,
    /// Number of its session.
    session: u32,
}

struct Life {
    rng: ChaCha20Rng,
    dialect: Dialect,
    ours: Ours,
    python: Peer,
    under_way: Vec<EncryptedMessage>,
    opened: Vec<EncryptedMessage>,
    /// The ratchet keys that each has used, in order.
    chains: [Vec<Vec<u8>>; 2],
    /// The next unused prekey of each.
    prekeys: [u32; 2],
    /// How many sessions have begun; the one that each writes in (0: none).
    sessions: u32,
    current: [u32; 2],
    /// Our sessions that python has had; it never takes up one again.
    had: Vec<u32>,
    /// Opened by each, and letters that python refused for a reason that we know.
    accepted: [u32; 2],
    lost: u32,
}

impl Life {
    fn new(dialect: Dialect, seed: u64) -> Self {
        let [ours, python] = [1, 2].map(|id| Keys::new(id, seed << 2 | u64::from(id), PREKEYS));
        Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            dialect,
            ours: Ours::new(dialect, &ours),
            python: Peer::new(crate::PYTHON, dialect, &python),
            under_way: Vec::new(),
            opened: Vec::new(),
            chains: [Vec::new(), Vec::new()],
            prekeys: [1, 1],
            sessions: 0,
            current: [0, 0],
            had: Vec::new(),
            accepted: [0, 0],
            lost: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u32()).unwrap() % bound
    }

    fn any<T>(&mut self, from: impl Fn(&Self) -> &Vec<T>) -> Option<usize> {
        let count = from(self).len();
        (count > 0).then(|| self.below(count))
    }

    fn party(&mut self, party: usize) -> &mut dyn Party {
        if party == OURS {
            &mut self.ours
        } else {
            &mut self.python
        }
    }

    /// A session begins with a message.
    fn begin(&mut self, party: usize) {
        let other = 1 - party;
        let prekey = self.prekeys[other];
        if prekey <= PREKEYS {
            self.prekeys[other] += 1;
            let bundle = self.party(other).bundle(prekey);
            self.party(party).begin(&bundle).unwrap();
            self.sessions += 1;
            self.current[party] = self.sessions;
            self.write(party);
        }
    }

    fn send(&mut self, party: usize) {
        if self.current[party] == 0 {
            self.begin(party);
        } else {
            self.write(party);
        }
    }

    fn write(&mut self, party: usize) {
        let mut text = vec![0; 32 + self.below(17)];
        self.rng.fill_bytes(&mut text);
        let message = self.party(party).encrypt(&text);
        let parts = wire::take_apart(self.dialect, &message).unwrap();
        assert_eq!(parts.put_together(), message);
        let key = parts.ratchet_key();
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
            session: self.current[party],
        });
    }

    /// Whether a letter that was not opened yet can be.
    fn opens(&self, letter: &EncryptedMessage) -> bool {
        if letter.from == OURS {
            let is_current = letter.session == self.current[1];
            is_current || letter.message.is_kex && !self.had.contains(&letter.session)
        } else {
            letter.chain + CHAINS >= self.chains[1].len()
        }
    }

    fn deliver(&mut self, place: usize) {
        let letter = self.under_way.remove(place);
        let receiver = 1 - letter.from;
        let expected = self.opens(&letter);
        let opened = self.party(receiver).decrypt(&letter.message);
        if receiver == OURS && !expected && opened.is_err() {
            return;
        }
        if !expected && receiver != OURS {
            assert_eq!(opened, Err(Refusal::Other));
            self.lost += 1;
            return;
        }
        assert_eq!(opened.as_ref(), Ok(&letter.text), "party {receiver}");
        self.accepted[receiver] += 1;
        self.current[receiver] = letter.session;
        if letter.message.is_kex && receiver != OURS {
            self.had.push(letter.session);
        }
        assert!(self.party(receiver).decrypt(&letter.message).is_err());
        self.opened.push(letter);
    }

    fn replay(&mut self, place: usize) {
        let EncryptedMessage { from, message, .. } = &self.opened[place];
        let (from, message) = (*from, message.clone());
        assert!(self.party(1 - from).decrypt(&message).is_err());
    }

    /// A bit of the ratchet message or of its MAC, or all behind some byte.
    fn damage(&mut self, place: usize) {
        let draw = self.below(1 << 20);
        let EncryptedMessage { from, message, .. } = &self.under_way[place];
        let (from, mut damaged) = (*from, message.clone());
        // A key exchange ends with it but for an id of two bytes in the legacy dialect, or two such.
        let end = damaged.bytes.len() - if damaged.is_kex { 4 } else { 0 };
        if draw.is_multiple_of(5) {
            damaged.bytes.truncate(draw / 5 % end);
        } else {
            let place = end - 1 - draw / 8 % 60;
            damaged.bytes[place] ^= 1 << (draw % 8);
        }
        let opened = self.party(1 - from).decrypt(&damaged);
        assert!(opened.is_err(), "{damaged:?}");
    }

    fn step(&mut self) {
        let party = self.below(2);
        let letter = self.any(|life| &life.under_way);
        match (self.below(100), letter) {
            (0..38, _) => self.send(party),
            (38..74, Some(place)) => self.deliver(place),
            (74..79, Some(place)) => drop(self.under_way.remove(place)),
            (79..85, _) => {
                if let Some(place) = self.any(|life| &life.opened) {
                    self.replay(place);
                }
            }
            (85..93, Some(place)) => self.damage(place),
            (93..95, _) => self.party(party).restart(),
            (95..98, _) => self.begin(party),
            (98, _) => {
                self.begin(0);
                self.begin(1);
            }
            _ => {}
        }
    }

    fn whole(dialect: Dialect, seed: u64) -> [u32; 3] {
        let mut life = Life::new(dialect, seed);
        for _ in 0..STEPS {
            life.step();
        }
        while let Some(place) = life.any(|life| &life.under_way) {
            life.deliver(place);
        }
        // Whatever has happened: once python has written, both understand each other.
        for party in [1, 0, 1] {
            life.send(party);
            let before = life.accepted;
            life.deliver(life.under_way.len() - 1);
            assert_ne!(life.accepted, before);
        }
        [life.accepted[0], life.accepted[1], life.lost]
    }
}

/// Which life it was that failed.
struct Tell(u64);

impl Drop for Tell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the life of seed {}", self.0);
        }
    }
}

fn lives(dialect: Dialect, usual: u64) {
    let number = |name| std::env::var(name).map(|text| text.parse().unwrap());
    let first = number("OMEMO_FROM").unwrap_or(0);
    let mut sum = [0; 3];
    for seed in first..first + number("OMEMO_LIVES").unwrap_or(usual) {
        let _tell = Tell(seed);
        let counts = Life::whole(dialect, seed);
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    // Something of everything has happened.
    assert!(sum.iter().all(|sum| *sum > 20), "{sum:?}");
}

#[test]
fn in_random_lives_we_open_all_of_pythons_and_it_ours_of_its_session_in_the_legacy_dialect() {
    lives(Dialect::Legacy, 6);
}

#[test]
fn in_random_lives_we_open_all_of_pythons_and_it_ours_of_its_session_in_omemo_2() {
    lives(Dialect::Omemo2, 6);
}
