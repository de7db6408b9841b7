//! Damaged messages: both engines make the same of them, but for what is listed here.

use susurro::omemo::Dialect;

use crate::lives::Life;
use crate::parties::{Message, Refusal};
use crate::wire::{self, Field};

/// Shows the receiver a damaged copy of a letter that is under way.
pub fn damage(life: &mut Life, place: usize) {
    let kind = life.below(8);
    let from = life.under_way[place].from();
    let whole = life.under_way[place].message.clone();
    let damaged = match kind {
        0..3 => flip(life, &whole),
        3 => cut(life, &whole),
        4 => lengthen(life, &whole),
        5 => Message {
            is_kex: !whole.is_kex,
            bytes: whole.bytes.clone(),
        },
        6 => graft(life, &whole),
        _ => edit(life, &whole),
    };
    let [ours, theirs] = life.twins[1 - from].probe(&damaged);
    if ours != theirs {
        println!(
            "DIFF kind {kind} {ours:?} {theirs:?} {:?} {} {}",
            life.dialect,
            crate::peers::hex(&damaged.bytes),
            crate::peers::hex(&whole.bytes)
        );
    }
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

/// The ratchet message of another letter in the key exchange of this one, or one's MAC on the other.
fn graft(life: &mut Life, whole: &Message) -> Message {
    let Some(other) = life.any(|life| &life.under_way) else {
        return whole.clone();
    };
    let other = wire::take_apart(life.dialect, &life.under_way[other].message);
    let mut parts = wire::take_apart(life.dialect, whole);
    if life.below(2) == 0 {
        parts.ratchet = other.ratchet;
    }
    parts.mac = other.mac;
    parts.put_together()
}

/// A field is missing, doubled, unknown or another.
fn edit(life: &mut Life, whole: &Message) -> Message {
    let mut parts = wire::take_apart(life.dialect, whole);
    let draw = life.below(1 << 16) as u64;
    let (what, place) = (life.below(5), life.below(16));
    let fields = match &mut parts.exchange {
        Some(exchange) if draw % 2 == 0 => exchange,
        _ => &mut parts.ratchet,
    };
    let place = place % fields.len();
    match what {
        0 => drop(fields.remove(place)),
        1 => fields.push(fields[place].clone()),
        2 => fields.push(Field::Number(9 + draw % 7, draw)),
        _ => match &mut fields[place] {
            Field::Number(_, value) if what == 3 => *value = value.wrapping_add(1 + draw % 3),
            Field::Number(_, value) => *value = draw << (draw % 40),
            Field::Bytes(_, bytes) => bytes.truncate(usize::try_from(draw).unwrap() % (bytes.len() + 1)),
        },
    }
    parts.put_together()
}
