//! The little of protobuf (proto2) that OMEMO needs: a reader over borrowed bytes and a writer.
//!
//! The reader accepts what protobuf parsers must (unknown fields are skipped, of a repeated field the
//! last one counts) and refuses groups, numbers that do not fit 32 bits where a `uint32` is due, and
//! anything cut short. The writer writes what it is told, zero included: libsignal calls a message
//! without its counter incomplete.

/// A value of one field.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A fixed32 or fixed64; no field of ours has one.
    Fixed,
}

impl<'a> Value<'a> {
    /// The value of a `uint32`.
    pub(super) fn number(self) -> Option<u32> {
        match self {
            Value::Number(number) => u32::try_from(number).ok(),
            _ => None,
        }
    }
    /// The value of a `bytes` or embedded message.
    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Walks over the fields of a message. After an error it ends.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for place in 0..10 {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte holds the one bit that is left of 64.
            if place == 9 && bits > 1 {
                return None;
            }
            value |= bits << (7 * place);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        (tag >> 3 != 0).then_some((tag >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    /// Field number and value, or None for bytes that are no protobuf.
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Appends a `uint32` field.
pub(super) fn put_number(out: &mut Vec<u8>, field: u8, number: u32) {
    out.push(field << 3);
    put_varint(out, u64::from(number));
}

/// Appends a `bytes` field made of these parts in a row.
pub(super) fn put_bytes(out: &mut Vec<u8>, field: u8, parts: &[&[u8]]) {
    out.push(field << 3 | 2);
    put_varint(out, parts.iter().map(|part| part.len() as u64).sum());
    for part in parts {
        out.extend_from_slice(part);
    }
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}
