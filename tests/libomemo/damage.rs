//! Damaged messages: both engines make the same of them, but for the differences listed here. In each of
//! those ours refuses what libomemo-c accepts; `differences.rs` shows each one by itself.

use susurro::omemo::Dialect;

use crate::lives::Life;
use crate::parties::{Message, Refusal};
use crate::wire::{self, Field, Parts};

/// Why ours refuses a message that libomemo-c may accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// A `uint32` above 32 bits: libomemo-c takes the low bits.
    LongNumber,
    /// No prekey id, or one above 2^31-1: libomemo-c does not look at it if the session is known.
    PrekeyId,
    /// A base key with its highest bit set: X25519 ignores that bit, so it is
    /// another name for the same session.
    BaseKey,
    /// Another sign bit of an Ed25519 identity: libomemo-c compares Curve25519 forms, which do not tell it,
    /// and the MAC of a session that it knows is made with the identity that it knows.
    IdentitySign,
    /// A new session whose first message belongs to another session.
    Unproved,
}

/// The difference that a message shows, if it is one that both can read.
pub fn difference(dialect: Dialect, message: &Message) -> Option<Difference> {
    let Parts {
        exchange, ratchet, ..
    } = wire::take_apart(dialect, message)?;
    let exchange = exchange.unwrap_or_default();
    let is_long = |field: &Field| matches!(field, Field::Number(_, value) if *value > u64::from(u32::MAX));
    if exchange.iter().chain(&ratchet).any(is_long) {
        return Some(Difference::LongNumber);
    }
    let numbers = wire::numbers(dialect);
    let prekey = wire::number_of(&exchange, numbers.prekey);
    if message.is_kex && prekey.is_none_or(|id| id > 0x7fff_ffff) {
        return Some(Difference::PrekeyId);
    }
    let has_high_bit = |field| wire::bytes_of(&exchange, field).is_some_and(|key| key.last() >= Some(&0x80));
    if has_high_bit(numbers.base_key) {
        return Some(Difference::BaseKey);
    }
    // Both engines publish the Ed25519 form with sign bit 0.
    (dialect == Dialect::Omemo2 && has_high_bit(numbers.identity)).then_some(Difference::IdentitySign)
}

/// Shows the receiver a damaged copy of a letter that is under way.
pub fn damage(life: &mut Life, place: usize) {
    let from = life.under_way[place].from;
    let whole = life.under_way[place].message.clone();
    let (damaged, grafted) = match life.below(8) {
        0..3 => (flip(life, &whole), None),
        3 => (cut(life, &whole), None),
        4 => (lengthen(life, &whole), None),
        5 => (other_kind(&whole), None),
        6 => {
            let other = life.any(|life| &life.under_way).unwrap_or(place);
            (graft(life, &whole, other), Some(other))
        }
        _ => (edit(life, &whole), None),
    };
    let verdicts = life.twins[1 - from].probe(&damaged);
    let [ours, theirs] = &verdicts;
    if ours == theirs {
        // What can be changed unseen is outside of what the MAC covers.
        let text = &life.under_way[grafted.unwrap_or(place)].text;
        assert!(
            ours.is_err() || ours.as_ref() == Ok(text),
            "{damaged:?} {verdicts:?}"
        );
        return;
    }
    let known = match grafted {
        Some(_) if damaged.is_kex => Some(Difference::Unproved),
        _ => difference(life.dialect, &damaged),
    };
    assert!(known.is_some(), "{damaged:?} {verdicts:?}");
    assert_eq!(*ours, Err(Refusal::Other), "{damaged:?} {known:?}");
}

/// One bit.
fn flip(life: &mut Life, whole: &Message) -> Message {
    let mut message = whole.clone();
    let bit = life.below(8 * message.bytes.len());
    message.bytes[bit / 8] ^= 1 << (bit % 8);
    message
}

/// Its end is missing.
fn cut(life: &mut Life, whole: &Message) -> Message {
    let mut message = whole.clone();
    let length = life.below(message.bytes.len());
    message.bytes.truncate(length);
    message
}

/// A byte more, somewhere.
fn lengthen(life: &mut Life, whole: &Message) -> Message {
    let mut message = whole.clone();
    let place = life.below(message.bytes.len() + 1);
    let byte = u8::try_from(life.below(256)).unwrap();
    message.bytes.insert(place, byte);
    message
}

/// A key exchange that is said to be none, or the other way round.
fn other_kind(whole: &Message) -> Message {
    Message {
        is_kex: !whole.is_kex,
        bytes: whole.bytes.clone(),
    }
}

/// The ratchet message of another letter in this one's key exchange, or only its MAC.
fn graft(life: &mut Life, whole: &Message, other: usize) -> Message {
    let other = wire::take_apart(life.dialect, &life.under_way[other].message).unwrap();
    let mut parts = wire::take_apart(life.dialect, whole).unwrap();
    if life.below(2) == 0 {
        parts.ratchet = other.ratchet;
    }
    parts.mac = other.mac;
    parts.put_together()
}

/// A field is missing, doubled, unknown or another.
fn edit(life: &mut Life, whole: &Message) -> Message {
    let mut parts = wire::take_apart(life.dialect, whole).unwrap();
    let draw = life.below(1 << 16) as u64;
    let (what, place) = (life.below(5), life.below(16));
    let fields = match &mut parts.exchange {
        Some(exchange) if draw.is_multiple_of(2) => exchange,
        _ => &mut parts.ratchet,
    };
    let place = place % fields.len();
    match what {
        0 => drop(fields.remove(place)),
        1 => fields.push(fields[place].clone()),
        2 => fields.push(Field::Number(9 + draw % 7, draw)),
        _ => match &mut fields[place] {
            Field::Number(_, value) if what == 3 => *value += 1 + draw % 3,
            Field::Number(_, value) => *value = draw << (draw % 40),
            Field::Bytes(_, bytes) => bytes.truncate(usize::try_from(draw).unwrap() % (bytes.len() + 1)),
        },
    }
    parts.put_together()
}
