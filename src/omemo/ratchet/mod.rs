//! The double ratchet of one session.
//!
//! Opening a message has three parts: *find* the message key (reads only), *check* the MAC and decrypt
//! with it, then *commit*. Nothing is written before the message proved genuine, so there is nothing
//! to undo and nothing to clone.
//!
//! What it promises: old receiving chains are kept (five with the newest), found by ratchet key and continued
//! without a step, since deployed clients disagree about PN by one. A key is wiped when its message was
//! opened. All work that a message can cause is bounded before it begins.

mod chains;
mod message_key;
mod skipped;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub(super) use chains::{ChainKey, ReceivingChain, RootKey, SendingChain};
pub(super) use message_key::MessageKey;
pub(super) use skipped::Skipped;

use super::dialect::Constants;
use super::keys::KeyPair;
use super::primitives::{Point, Secret};
use super::wire::{Message, RatchetHeader};
use super::{OpenError, PublicKey};
use chains::Advance;

/// Receiving chains of one session, the newest included.
pub(super) const RECEIVING_MOST: usize = 5;

/// From this counter on the other side should hear from us, so that its ratchet moves on (XEP-0384 §rules).
const HEARTBEAT: u32 = 53;

/// The state between messages. It can always send: the initiator begins with a sending chain, and the
/// responder comes into being with the first message that it opens.
#[derive(Clone)]
pub(super) struct Ratchet {
    pub(super) root: RootKey,
    pub(super) sending: SendingChain,
    /// PN: length of our sending chain before this one.
    pub(super) previous: u32,
    /// Oldest first.
    pub(super) receiving: Vec<ReceivingChain>,
}

/// A message that was opened.
pub(super) struct Opening {
    pub(super) plaintext: Zeroizing<Vec<u8>>,
    /// It is the first one opened on its ratchet key whose counter is [`HEARTBEAT`] or more; or a later one,
    /// and nothing was sealed since that key came: what was due then never left.
    pub(super) heartbeat_due: bool,
}

/// Where the key of a message comes from.
enum KeySource {
    /// The message was jumped over earlier.
    Skipped { chain: usize, key: MessageKey },
    /// It lies ahead in a chain that we know.
    Ahead { chain: usize, advance: Advance },
    /// Its ratchet key is new.
    Step(Box<RatchetStep>),
}

/// The receiving half of a step: the chain of a new ratchet key, advanced to one message.
struct RatchetStep {
    /// The new ratchet key.
    theirs: Point,
    root: RootKey,
    advance: Advance,
}

impl Ratchet {
    /// The initiator's state. Bob's first ratchet key is his signed prekey; Alice makes a fresh pair.
    pub(super) fn initiate(
        constants: &Constants,
        shared: Secret,
        signed_prekey: &Point,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let (root, sending) = turn(constants, &RootKey(shared), signed_prekey, rng);
        Self {
            root,
            sending,
            previous: 0,
            receiving: Vec::with_capacity(1),
        }
    }

    /// The responder's state, made by opening the initiator's message.
    pub(super) fn respond(
        constants: &Constants,
        shared: Secret,
        signed_prekey: &KeyPair,
        associated: &[u8],
        message: &Message<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Opening), OpenError> {
        let step = step(constants, &RootKey(shared), signed_prekey, message)?;
        let plaintext = step.advance.message.open(constants, associated, message)?;
        let heartbeat_due = is_heartbeat_due(0, step.advance.next);
        let (root, sending) = turn(constants, &step.root, &step.theirs, rng);
        let receiving = vec![step.advance.into_chain(message.ratchet_key)];
        Ok((
            Self {
                root,
                sending,
                previous: 0,
                receiving,
            },
            Opening {
                plaintext,
                heartbeat_due,
            },
        ))
    }

    /// Encrypts the next message of our chain; `frame` builds the bytes that the MAC covers.
    pub(super) fn seal(
        &mut self,
        constants: &Constants,
        associated: &[u8],
        plaintext: &[u8],
        frame: impl FnOnce(&RatchetHeader, &[u8]) -> Vec<u8>,
    ) -> (Vec<u8>, Secret) {
        let (key, following) = self.sending.key.turn();
        let header = RatchetHeader {
            ratchet_key: self.sending.ratchet.public,
            counter: self.sending.next,
            previous: self.previous,
        };
        self.sending.key = following;
        self.sending.next = self.sending.next.saturating_add(1);
        key.seal(constants, associated, plaintext, |ciphertext| {
            frame(&header, ciphertext)
        })
    }

    /// Whether one of the receiving chains grew from this ratchet key.
    pub(super) fn knows(&self, ratchet_key: &PublicKey) -> bool {
        self.receiving
            .iter()
            .any(|chain| chain.ratchet_key == *ratchet_key)
    }

    /// Opens a message; on an error nothing has changed.
    pub(super) fn open(
        &mut self,
        constants: &Constants,
        associated: &[u8],
        message: &Message<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opening, OpenError> {
        let found = self.find(constants, message)?;
        let plaintext = found.key().open(constants, associated, message)?;
        let heartbeat_due = match &found {
            KeySource::Skipped { .. } => false,
            KeySource::Ahead { chain, advance } => {
                let newest = *chain + 1 == self.receiving.len();
                let unanswered = newest && self.sending.next == 0;
                let before = if unanswered { 0 } else { self.next_of(*chain) };
                is_heartbeat_due(before, advance.next)
            }
            KeySource::Step(step) => is_heartbeat_due(0, step.advance.next),
        };
        self.commit(constants, found, message, rng);
        Ok(Opening {
            plaintext,
            heartbeat_due,
        })
    }

    fn find(&self, constants: &Constants, message: &Message<'_>) -> Result<KeySource, OpenError> {
        let known = self
            .receiving
            .iter()
            .position(|chain| chain.ratchet_key == message.ratchet_key);
        let Some((place, chain)) = known.and_then(|place| Some((place, self.receiving.get(place)?))) else {
            return step(constants, &self.root, &self.sending.ratchet, message)
                .map(|step| KeySource::Step(Box::new(step)));
        };
        if message.counter < chain.next {
            let key = chain.skipped.get(message.counter).ok_or(OpenError::Duplicate)?;
            return Ok(KeySource::Skipped { chain: place, key });
        }
        let advance = chain.key.advance(constants, chain.next, message.counter)?;
        Ok(KeySource::Ahead {
            chain: place,
            advance,
        })
    }

    /// The next counter of a receiving chain.
    fn next_of(&self, chain: usize) -> u32 {
        self.receiving.get(chain).map_or(0, |chain| chain.next)
    }

    fn commit(
        &mut self,
        constants: &Constants,
        found: KeySource,
        message: &Message<'_>,
        rng: &mut dyn CryptoRng,
    ) {
        match found {
            KeySource::Skipped { chain, .. } => {
                if let Some(chain) = self.receiving.get_mut(chain) {
                    chain.skipped.remove(message.counter);
                }
                return;
            }
            KeySource::Ahead { chain, advance } => {
                if let Some(chain) = self.receiving.get_mut(chain) {
                    chain.key = advance.key;
                    chain.next = advance.next;
                    chain.skipped.append(advance.skipped);
                }
            }
            KeySource::Step(step) => {
                if self.receiving.len() >= RECEIVING_MOST {
                    self.receiving.remove(0);
                }
                let RatchetStep {
                    theirs,
                    root,
                    advance,
                } = *step;
                self.receiving.push(advance.into_chain(message.ratchet_key));
                self.previous = self.sending.next;
                (self.root, self.sending) = turn(constants, &root, &theirs, rng);
            }
        }
        self.bound_skipped(constants.skip_most as usize);
    }

    /// How many skipped keys are kept.
    pub(super) fn skipped(&self) -> usize {
        self.receiving.iter().map(|chain| chain.skipped.len()).sum()
    }

    /// Throws out the oldest skipped keys above `most`, those of the oldest chain first.
    pub(super) fn bound_skipped(&mut self, most: usize) {
        let mut surplus = self.skipped().saturating_sub(most);
        for chain in &mut self.receiving {
            if surplus == 0 {
                return;
            }
            surplus -= chain.skipped.drop_oldest(surplus);
        }
    }
}

impl KeySource {
    fn key(&self) -> &MessageKey {
        match self {
            KeySource::Skipped { key, .. } => key,
            KeySource::Ahead { advance, .. } => &advance.message,
            KeySource::Step(step) => &step.advance.message,
        }
    }
}

impl Advance {
    fn into_chain(self, ratchet_key: PublicKey) -> ReceivingChain {
        ReceivingChain {
            ratchet_key,
            key: self.key,
            next: self.next,
            skipped: self.skipped,
        }
    }
}

/// Whether a receiving chain that moves on from `before` to `after` (the next counters) passes the heartbeat,
/// whatever is lost or comes out of order.
fn is_heartbeat_due(before: u32, after: u32) -> bool {
    before <= HEARTBEAT && after > HEARTBEAT
}

/// The receiving half of a step, with our newest ratchet pair and their new key.
fn step(
    constants: &Constants,
    root: &RootKey,
    ours: &KeyPair,
    message: &Message<'_>,
) -> Result<RatchetStep, OpenError> {
    // Before the multiplication: a counter out of bounds costs an attacker more than us.
    if message.counter > constants.skip_most {
        return Err(OpenError::TooManySkipped);
    }
    let theirs = Point::lift(&message.ratchet_key.0);
    let product = ours
        .agree_checked(&theirs)
        .ok_or(OpenError::Malformed("low-order ratchet key"))?;
    let (root, chain) = root.turn(constants, &product);
    let advance = chain.advance(constants, 0, message.counter)?;
    Ok(RatchetStep {
        theirs,
        root,
        advance,
    })
}

/// The sending half of a step: a fresh pair, and the chain that grows from it. `theirs` is a key that is
/// known to contribute: from a verified bundle, or one that just gave a non-zero product.
fn turn(
    constants: &Constants,
    root: &RootKey,
    theirs: &Point,
    rng: &mut dyn CryptoRng,
) -> (RootKey, SendingChain) {
    let ratchet = KeyPair::generate(rng);
    let (root, key) = root.turn(constants, &ratchet.agree(theirs));
    (
        root,
        SendingChain {
            ratchet,
            key,
            next: 0,
        },
    )
}
