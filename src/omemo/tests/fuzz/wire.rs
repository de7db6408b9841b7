//! The bytes of `<key>` in either dialect, read beside a second reader that is as simple as can be.

use std::collections::BTreeMap;

use crate::keys::ID_MOST;
use crate::tests::DIALECTS;
use crate::wire::{self, Exchange, ExchangeHeader, Message, RatchetHeader};
use crate::{Dialect, PreKeyId, PublicKey, SignedPreKeyId, key_exchange, primitives};

/// Bytes are a message or none, and the two readers agree about it; written again,
/// what was read reads the same.
pub fn wire(data: &[u8]) {
    for dialect in DIALECTS {
        message(dialect, data);
        exchange(dialect, data);
    }
}

fn message(dialect: Dialect, data: &[u8]) {
    let read = wire::read_message(dialect, data).ok();
    assert_eq!(read.as_ref().map(Plain::from), Plain::read(dialect, data));
    let Some(read) = read else { return };
    assert!(data.len() <= wire::MESSAGE_MOST);
    assert_eq!(read.mac.len(), dialect.constants().mac_length);
    let header = RatchetHeader {
        ratchet_key: read.ratchet_key,
        counter: read.counter,
        previous: 7,
    };
    let framed = wire::write_message(dialect, &header, read.ciphertext);
    let written = wire::attach_mac(dialect, framed.clone(), read.mac);
    if written.len() <= wire::MESSAGE_MOST {
        let again = wire::read_message(dialect, &written).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            Plain::from(&again),
            Plain {
                authenticated: framed,
                ..Plain::from(&read)
            }
        );
    }
}

fn exchange(dialect: Dialect, data: &[u8]) {
    let read = wire::read_exchange(dialect, data);
    let ids = key_exchange(dialect, data);
    match (&read, &ids) {
        (Ok(read), Ok(ids)) => {
            assert_eq!((ids.prekey, ids.signed_prekey), (read.prekey, read.signed_prekey));
            assert_eq!(ids.identity, read.identity.key);
        }
        (Err(one), Err(other)) => assert_eq!(one, other),
        _ => panic!("read and not read"),
    }
    let expected = PlainExchange::read(dialect, data);
    assert_eq!(read.as_ref().ok().map(PlainExchange::from), expected);
    let Ok(read) = read else { return };
    assert!(data.len() <= wire::MESSAGE_MOST);
    assert!(read.prekey.0 <= ID_MOST);
    let header = ExchangeHeader {
        prekey: read.prekey,
        signed_prekey: read.signed_prekey,
        identity: &read.identity.encoded,
        base_key: read.base_key,
        registration: Some(1),
    };
    let written = wire::write_exchange(dialect, &header, read.message);
    if written.len() <= wire::MESSAGE_MOST {
        let again = wire::read_exchange(dialect, &written).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(PlainExchange::from(&again), PlainExchange::from(&read));
    }
}

/// What a ratchet message says, as owned values.
#[derive(Debug, PartialEq, Eq)]
struct Plain {
    ratchet_key: PublicKey,
    counter: u32,
    ciphertext: Vec<u8>,
    authenticated: Vec<u8>,
    mac: Vec<u8>,
}

impl From<&Message<'_>> for Plain {
    fn from(read: &Message<'_>) -> Self {
        Self {
            ratchet_key: read.ratchet_key,
            counter: read.counter,
            ciphertext: read.ciphertext.to_vec(),
            authenticated: read.authenticated.to_vec(),
            mac: read.mac.to_vec(),
        }
    }
}

impl Plain {
    /// The second reader: a table of fields, the last of each kept.
    fn read(dialect: Dialect, data: &[u8]) -> Option<Self> {
        if data.len() > wire::MESSAGE_MOST {
            return None;
        }
        let (authenticated, mac, fields, places) = match dialect {
            Dialect::Legacy => {
                let (authenticated, mac) = data.split_at_checked(data.len().checked_sub(8)?)?;
                (
                    authenticated,
                    mac,
                    Table::read(version_3(authenticated)?, &[2])?,
                    [1, 2, 4],
                )
            }
            Dialect::Omemo2 => {
                let outer = Table::read(data, &[])?;
                let (mac, authenticated) = (outer.bytes(1)?, outer.bytes(2)?);
                let fields = Table::read(authenticated, &[1, 2])?;
                fields.number(2)?;
                (authenticated, mac, fields, [3, 1, 4])
            }
        };
        let [key, counter, ciphertext] = places;
        Some(Self {
            ratchet_key: PublicKey(point(dialect, fields.bytes(key)?)?),
            counter: fields.number(counter)?,
            ciphertext: fields.bytes(ciphertext)?.to_vec(),
            authenticated: authenticated.to_vec(),
            mac: (mac.len() == dialect.constants().mac_length).then(|| mac.to_vec())?,
        })
    }
}

/// What a key exchange says, as owned values.
#[derive(Debug, PartialEq, Eq)]
struct PlainExchange {
    prekey: PreKeyId,
    signed_prekey: SignedPreKeyId,
    identity: [u8; 32],
    base_key: PublicKey,
    message: Vec<u8>,
}

impl From<&Exchange<'_>> for PlainExchange {
    fn from(read: &Exchange<'_>) -> Self {
        Self {
            prekey: read.prekey,
            signed_prekey: read.signed_prekey,
            identity: read.identity.encoded,
            base_key: read.base_key,
            message: read.message.to_vec(),
        }
    }
}

impl PlainExchange {
    fn read(dialect: Dialect, data: &[u8]) -> Option<Self> {
        if data.len() > wire::MESSAGE_MOST {
            return None;
        }
        let (fields, [prekey, signed, identity, base, message]) = match dialect {
            Dialect::Legacy => (Table::read(version_3(data)?, &[1, 6])?, [1, 6, 3, 2, 4]),
            Dialect::Omemo2 => (Table::read(data, &[1, 2])?, [1, 2, 3, 4, 5]),
        };
        let identity = fields.bytes(identity)?;
        let identity = match dialect {
            Dialect::Legacy => point(dialect, identity)?,
            Dialect::Omemo2 => {
                let encoded = identity.try_into().ok()?;
                // Whether it has torsion is looked at where it is used.
                primitives::ed25519_to_plain_point(&encoded)?;
                encoded
            }
        };
        Some(Self {
            prekey: PreKeyId(fields.number(prekey).filter(|id| *id <= ID_MOST)?),
            signed_prekey: SignedPreKeyId(fields.number(signed)?),
            identity,
            base_key: PublicKey(point(dialect, fields.bytes(base)?)?),
            message: fields.bytes(message)?.to_vec(),
        })
    }
}

fn version_3(data: &[u8]) -> Option<&[u8]> {
    let (version, rest) = data.split_first()?;
    (version >> 4 == 3).then_some(rest)
}

fn point(dialect: Dialect, bytes: &[u8]) -> Option<[u8; 32]> {
    let key = match dialect {
        Dialect::Legacy => bytes.strip_prefix(&[5])?,
        Dialect::Omemo2 => bytes,
    };
    let key = key.try_into().ok()?;
    primitives::is_plain_point(&key).then_some(key)
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a protobuf message, of each number the last one.
struct Table<'a>(BTreeMap<u64, Field<'a>>);

impl<'a> Table<'a> {
    /// None if it is no protobuf, or if one of `numbers` holds anything but a number of 32
    /// bits, be it overruled or not.
    fn read(mut data: &'a [u8], numbers: &[u64]) -> Option<Self> {
        let mut fields = BTreeMap::new();
        while !data.is_empty() {
            let tag = varint(&mut data)?;
            let value = match tag % 8 {
                0 => Field::Number(varint(&mut data)?),
                kind @ (1 | 5) => {
                    (_, data) = data.split_at_checked(if kind == 1 { 8 } else { 4 })?;
                    Field::Other
                }
                2 => {
                    let length = varint(&mut data)?.try_into().ok()?;
                    let (bytes, rest) = data.split_at_checked(length)?;
                    data = rest;
                    Field::Bytes(bytes)
                }
                _ => return None,
            };
            let name = tag / 8;
            let fits = match value {
                Field::Number(number) => u32::try_from(number).is_ok(),
                _ => false,
            };
            if name == 0 || numbers.contains(&name) && !fits {
                return None;
            }
            fields.insert(name, value);
        }
        Some(Self(fields))
    }

    fn number(&self, name: u64) -> Option<u32> {
        match self.0.get(&name)? {
            Field::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    fn bytes(&self, name: u64) -> Option<&'a [u8]> {
        match self.0.get(&name)? {
            Field::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// In 128 bits, so that what does not fit into 64 shows by itself.
fn varint(data: &mut &[u8]) -> Option<u64> {
    let length = data.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let (bytes, rest) = data.split_at_checked(length).filter(|_| length <= 10)?;
    *data = rest;
    let value = bytes
        .iter()
        .rev()
        .fold(0u128, |value, byte| value << 7 | u128::from(byte & 0x7f));
    u64::try_from(value).ok()
}
