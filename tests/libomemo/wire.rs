//! Messages taken apart and put together again, to compare them and to damage them: written anew for the tests, so that
//! what the engine reads is not judged by its own reader.

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

const VERSION: usize = 1;
const MAC_LEGACY: usize = 8;

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
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

pub fn read(mut bytes: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let value = varint(&mut bytes);
        fields.push(match tag & 7 {
            0 => Field::Number(tag >> 3, value),
            2 => {
                let (taken, rest) = bytes.split_at(usize::try_from(value).unwrap());
                bytes = rest;
                Field::Bytes(tag >> 3, taken.to_vec())
            }
            other => panic!("wire type {other}"),
        });
    }
    fields
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

/// Numbers of the fields that hold the ratchet message in a key exchange, its ratchet key, its counter and PN, and of the base
/// key.
pub struct Numbers {
    pub message: u64,
    pub ratchet_key: u64,
    pub counter: u64,
    pub previous: u64,
    pub base_key: u64,
    pub prekey: u64,
}

pub fn numbers(dialect: Dialect) -> Numbers {
    let [message, ratchet_key, counter, previous, base_key, prekey] = match dialect {
        Dialect::Legacy => [4, 1, 2, 3, 2, 1],
        Dialect::Omemo2 => [5, 3, 1, 2, 4, 1],
    };
    Numbers {
        message,
        ratchet_key,
        counter,
        previous,
        base_key,
        prekey,
    }
}

pub fn bytes_of(fields: &[Field], wanted: u64) -> &[u8] {
    let found = fields.iter().find_map(|field| match field {
        Field::Bytes(id, bytes) if *id == wanted => Some(bytes),
        _ => None,
    });
    found.unwrap()
}

pub fn number_of(fields: &[Field], wanted: u64) -> u64 {
    let found = fields.iter().find_map(|field| match field {
        Field::Number(id, value) if *id == wanted => Some(*value),
        _ => None,
    });
    found.unwrap()
}

/// Takes a message apart that an engine wrote.
pub fn take_apart(dialect: Dialect, message: &Message) -> Parts {
    let (exchange, ratchet) = if message.is_kex {
        let start = if dialect == Dialect::Legacy { VERSION } else { 0 };
        let fields = read(&message.bytes[start..]);
        let inner = bytes_of(&fields, numbers(dialect).message).to_vec();
        let rest = fields.into_iter();
        let rest = rest.filter(|field| field.id() != numbers(dialect).message);
        (Some(rest.collect()), inner)
    } else {
        (None, message.bytes.clone())
    };
    let (ratchet, mac) = match dialect {
        Dialect::Legacy => {
            assert_eq!(ratchet[0], 0x33);
            let (covered, mac) = ratchet.split_at(ratchet.len() - MAC_LEGACY);
            (read(&covered[VERSION..]), mac.to_vec())
        }
        Dialect::Omemo2 => {
            let fields = read(&ratchet);
            (read(bytes_of(&fields, 2)), bytes_of(&fields, 1).to_vec())
        }
    };
    Parts {
        dialect,
        exchange,
        ratchet,
        mac,
    }
}

impl Parts {
    pub fn ratchet_key(&self) -> Vec<u8> {
        bytes_of(&self.ratchet, numbers(self.dialect).ratchet_key).to_vec()
    }

    /// The ratchet message with its MAC, as it stands alone or in a key exchange.
    fn inner(&self) -> Vec<u8> {
        let covered = write(&self.ratchet);
        match self.dialect {
            Dialect::Legacy => [&[0x33], covered.as_slice(), &self.mac].concat(),
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
            bytes.insert(0, 0x33);
        }
        Message { is_kex: true, bytes }
    }
}
