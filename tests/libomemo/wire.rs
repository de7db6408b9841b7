//! Messages taken apart and put together again, to compare them and to damage them: written anew for the
//! tests, so that what the engine reads is not judged by its own reader.

#![allow(dead_code)] // shared by two tests, which each use a part

use susurro::omemo::Dialect;

use crate::parties::Message;

/// A protobuf field: its number, and a number or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    Number(u64, u64),
    Bytes(u64, Vec<u8>),
}

/// The parts of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub dialect: Dialect,
    /// The fields of the key exchange but for the ratchet message.
    pub exchange: Option<Vec<Field>>,
    /// The fields that the MAC covers.
    pub ratchet: Vec<Field>,
    pub mac: Vec<u8>,
}

/// Before a legacy message, and before the one in a key exchange.
const VERSION: u8 = 0x33;
const LEGACY_MAC: usize = 8;

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

/// None if that is no protobuf of numbers and bytes.
pub fn read(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let value = varint(&mut bytes)?;
        fields.push(match tag & 7 {
            0 => Field::Number(tag >> 3, value),
            2 => {
                let (taken, rest) = bytes.split_at_checked(usize::try_from(value).ok()?)?;
                bytes = rest;
                Field::Bytes(tag >> 3, taken.to_vec())
            }
            _ => return None,
        });
    }
    Some(fields)
}

pub fn write(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for field in fields {
        match field {
            Field::Number(number, value) => {
                put_varint(&mut out, number << 3);
                put_varint(&mut out, *value);
            }
            Field::Bytes(number, bytes) => {
                put_varint(&mut out, number << 3 | 2);
                put_varint(&mut out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
        }
    }
    out
}

impl Field {
    pub fn id(&self) -> u64 {
        match self {
            Field::Number(id, _) | Field::Bytes(id, _) => *id,
        }
    }
}

/// The numbers of fields.
pub struct Numbers {
    /// In a key exchange: the prekey's id, the base key, the identity key, the ratchet message.
    pub prekey: u64,
    pub base_key: u64,
    pub identity: u64,
    pub message: u64,
    /// In a ratchet message: the ratchet key and PN.
    pub ratchet_key: u64,
    pub previous: u64,
}

pub fn numbers(dialect: Dialect) -> Numbers {
    let [prekey, base_key, identity, message, ratchet_key, previous] = match dialect {
        Dialect::Legacy => [1, 2, 3, 4, 1, 3],
        Dialect::Omemo2 => [1, 4, 3, 5, 3, 2],
    };
    Numbers {
        prekey,
        base_key,
        identity,
        message,
        ratchet_key,
        previous,
    }
}

/// Of a repeated field the last one counts.
pub fn bytes_of(fields: &[Field], wanted: u64) -> Option<&[u8]> {
    fields.iter().rev().find_map(|field| match field {
        Field::Bytes(id, bytes) if *id == wanted => Some(bytes.as_slice()),
        _ => None,
    })
}

pub fn number_of(fields: &[Field], wanted: u64) -> Option<u64> {
    fields.iter().rev().find_map(|field| match field {
        Field::Number(id, value) if *id == wanted => Some(*value),
        _ => None,
    })
}

/// Takes a message apart; None if that cannot be done.
pub fn take_apart(dialect: Dialect, message: &Message) -> Option<Parts> {
    let after_version = |bytes: &[u8]| match dialect {
        Dialect::Legacy => bytes.strip_prefix(&[VERSION]).map(<[u8]>::to_vec),
        Dialect::Omemo2 => Some(bytes.to_vec()),
    };
    let (exchange, ratchet) = if message.is_kex {
        let mut fields = read(&after_version(&message.bytes)?)?;
        let inner = bytes_of(&fields, numbers(dialect).message)?.to_vec();
        fields.retain(|field| field.id() != numbers(dialect).message);
        (Some(fields), inner)
    } else {
        (None, message.bytes.clone())
    };
    let (covered, mac) = match dialect {
        Dialect::Legacy => {
            let (covered, mac) = ratchet.split_at_checked(ratchet.len().checked_sub(LEGACY_MAC)?)?;
            (after_version(covered)?, mac.to_vec())
        }
        Dialect::Omemo2 => {
            let fields = read(&ratchet)?;
            (bytes_of(&fields, 2)?.to_vec(), bytes_of(&fields, 1)?.to_vec())
        }
    };
    Some(Parts {
        dialect,
        exchange,
        ratchet: read(&covered)?,
        mac,
    })
}

impl Parts {
    pub fn ratchet_key(&self) -> Vec<u8> {
        bytes_of(&self.ratchet, numbers(self.dialect).ratchet_key)
            .unwrap()
            .to_vec()
    }

    /// The ratchet message with its MAC, as it stands alone or in a key exchange.
    fn inner(&self) -> Vec<u8> {
        let covered = write(&self.ratchet);
        match self.dialect {
            Dialect::Legacy => [&[VERSION], covered.as_slice(), &self.mac].concat(),
            Dialect::Omemo2 => write(&[Field::Bytes(1, self.mac.clone()), Field::Bytes(2, covered)]),
        }
    }

    pub fn put_together(&self) -> Message {
        let Some(exchange) = &self.exchange else {
            return Message {
                is_kex: false,
                bytes: self.inner(),
            };
        };
        let message = numbers(self.dialect).message;
        let mut fields = exchange.clone();
        let place = fields.iter().position(|field| field.id() > message);
        fields.insert(place.unwrap_or(fields.len()), Field::Bytes(message, self.inner()));
        let mut bytes = write(&fields);
        if self.dialect == Dialect::Legacy {
            bytes.insert(0, VERSION);
        }
        Message { is_kex: true, bytes }
    }
}
