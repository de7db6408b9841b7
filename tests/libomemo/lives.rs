//! Random lives of two devices: messages are lost, late, repeated and damaged, programs restart, sessions begin anew.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::parties::{Message, Ours, PREKEYS, Party, Refusal, Theirs};

const STEPS: usize = 300;
/// Both libraries keep the chains of the five newest ratchet keys of the other side.
const CHAINS: usize = 5;
/// Well below the forty that both archive.
const SESSIONS: u32 = 30;

/// A message that is under way.
struct Letter {
    from: usize,
    text: Vec<u8>,
    message: Message,
    /// Number of its ratchet key among those of its sender.
    chain: usize,
}

struct Life {
    rng: ChaCha20Rng,
    /// Ours, theirs.
    parties: [Box<dyn Party>; 2],
    under_way: Vec<Letter>,
    opened: Vec<Letter>,
    /// The ratchet keys that each has used, in order.
    chains: [Vec<Vec<u8>>; 2],
    /// The next unused prekey of each.
    prekeys: [u32; 2],
    sent: u32,
    /// Opened by each.
    accepted: [u32; 2],
}

/// Where in a message the part lies that the MAC covers, and its ratchet key.
pub fn inner(message: &Message) -> (std::ops::Range<usize>, Vec<u8>) {
    let bytes = &message.bytes;
    let range = if message.is_kex {
        // 0x33, then fields; the message is field 4 with a length of one or two bytes.
        let mut place = 1;
        loop {
            let tag = bytes[place];
            let (mut value, mut shift) = (0, 0);
            loop {
                place += 1;
                value |= usize::from(bytes[place] & 0x7f) << shift;
                shift += 7;
                if bytes[place] & 0x80 == 0 {
                    break;
                }
            }
            place += 1;
            match (tag >> 3, tag & 7) {
                (4, _) => break place..place + value,
                (_, 2) => place += value,
                _ => {}
            }
        }
    } else {
        0..bytes.len()
    };
    let start = range.start;
    assert_eq!(bytes[start..start + 4], [0x33, 0x0a, 0x21, 0x05]);
    (range, bytes[start + 4..start + 36].to_vec())
}

impl Life {
    fn new(seed: u64) -> Self {
        Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            parties: [Box::new(Ours::new()), Box::new(Theirs::new())],
            under_way: Vec::new(),
            opened: Vec::new(),
            chains: [Vec::new(), Vec::new()],
            prekeys: [1, 1],
            sent: 0,
            accepted: [0, 0],
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u32()).unwrap() % bound
    }

    fn any<T>(&mut self, from: impl Fn(&Self) -> &Vec<T>) -> Option<usize> {
        let count = from(self).len();
        (count > 0).then(|| self.below(count))
    }

    /// The party fetches the other one's bundle and begins a session.
    fn begin(&mut self, party: usize) {
        let other = 1 - party;
        let prekey = self.prekeys[other];
        assert!(prekey <= PREKEYS);
        self.prekeys[other] += 1;
        let bundle = self.parties[other].bundle(prekey);
        self.parties[party].begin(&bundle);
    }

    fn send(&mut self, party: usize) {
        if !self.parties[party].has_session() {
            self.begin(party);
        }
        self.sent += 1;
        let mut text = format!("message {} and the rest of it", self.sent).into_bytes();
        text.truncate(16 + self.below(17));
        let message = self.parties[party].encrypt(&text);
        let (_, key) = inner(&message);
        let chains = &mut self.chains[party];
        let chain = chains.iter().position(|known| *known == key);
        let chain = chain.unwrap_or_else(|| {
            chains.push(key);
            chains.len() - 1
        });
        self.under_way.push(Letter {
            from: party,
            text,
            message,
            chain,
        });
        // What both may have forgotten never arrives.
        let newest = self.chains[party].len();
        self.under_way
            .retain(|letter| letter.from != party || letter.chain + CHAINS >= newest);
    }

    fn deliver(&mut self, place: usize) {
        let letter = self.under_way.remove(place);
        let receiver = 1 - letter.from;
        let opened = self.parties[receiver].decrypt(&letter.message);
        assert_eq!(opened.as_ref(), Ok(&letter.text), "party {receiver}");
        self.accepted[receiver] += 1;
        let again = self.parties[receiver].decrypt(&letter.message);
        assert_eq!(again, Err(Refusal::Duplicate), "party {receiver}");
        self.opened.push(letter);
    }

    fn replay(&mut self, place: usize) {
        let Letter { from, message, .. } = &self.opened[place];
        assert!(self.parties[1 - from].decrypt(message).is_err());
    }

    fn damage(&mut self, place: usize) {
        let draw = self.below(1 << 20);
        let Letter { from, message, .. } = &self.under_way[place];
        let (range, _) = inner(message);
        let mut damaged = message.clone();
        damaged.bytes[range.start + draw / 8 % range.len()] ^= 1 << (draw % 8);
        assert!(self.parties[1 - from].decrypt(&damaged).is_err());
    }

    fn step(&mut self) {
        let party = self.below(2);
        match self.below(100) {
            0..40 => self.send(party),
            40..75 => {
                if let Some(place) = self.any(|life| &life.under_way) {
                    self.deliver(place);
                }
            }
            75..80 => {
                if let Some(place) = self.any(|life| &life.under_way) {
                    self.under_way.remove(place);
                }
            }
            80..87 => {
                if let Some(place) = self.any(|life| &life.opened) {
                    self.replay(place);
                }
            }
            87..94 => {
                if let Some(place) = self.any(|life| &life.under_way) {
                    self.damage(place);
                }
            }
            94..97 => self.parties[party].restart(),
            _ => {
                if self.prekeys.iter().sum::<u32>() < SESSIONS {
                    self.begin(party);
                }
            }
        }
    }
}

#[test]
fn in_random_lives_both_open_every_message_once_and_refuse_what_is_damaged() {
    for seed in 0..6 {
        let mut life = Life::new(seed);
        for _ in 0..STEPS {
            life.step();
        }
        while !life.under_way.is_empty() {
            life.deliver(0);
        }
        let least = life.accepted.iter().min();
        assert!(least > Some(&20), "{:?} opened only, seed {seed}", life.accepted);
    }
}
