//! What anybody can see on the wire: which ratchet key and counter each `<key>` was encrypted with, and whether anything
//! was sent that must not be.

use std::collections::BTreeMap;

use base64::Engine as _;
use minidom::Element;

const AXOLOTL: &str = "eu.siacs.conversations.axolotl";

/// One `<key>` as an observer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub rid: u32,
    pub kex: bool,
    pub ratchet_key: Vec<u8>,
    pub counter: u64,
    pub bytes: Vec<u8>,
}

/// One `<encrypted>` as an observer reads it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub sid: u32,
    pub keys: Vec<Key>,
    pub payload: bool,
}

/// None if the message is not encrypted.
pub fn read(message: &Element) -> Option<Seen> {
    let encrypted = message.get_child("encrypted", AXOLOTL)?;
    let header = encrypted.get_child("header", AXOLOTL).unwrap();
    let keys = header
        .children()
        .filter(|child| child.name() == "key")
        .map(|key| {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(key.text())
                .unwrap();
            let kex = key.attr("prekey") == Some("true");
            let inner = if kex { field(&bytes[1..], 4) } else { bytes.clone() };
            let body = &inner[1..inner.len() - 8];
            Key {
                rid: key.attr("rid").unwrap().parse().unwrap(),
                kex,
                ratchet_key: field(body, 1),
                counter: number(body, 2),
                bytes,
            }
        });
    Some(Seen {
        sid: header.attr("sid").unwrap().parse().unwrap(),
        keys: keys.collect(),
        payload: encrypted.has_child("payload", AXOLOTL),
    })
}

enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

/// The fields of a protobuf, enough of it for these messages.
fn fields(mut rest: &[u8]) -> Vec<(u64, Value)> {
    fn varint(rest: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = rest[0];
            *rest = &rest[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !rest.is_empty() {
        let tag = varint(&mut rest);
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut rest)),
            2 => {
                let length = usize::try_from(varint(&mut rest)).unwrap();
                let bytes = rest[..length].to_vec();
                rest = &rest[length..];
                Value::Bytes(bytes)
            }
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, value));
    }
    found
}

fn field(message: &[u8], wanted: u64) -> Vec<u8> {
    let found = fields(message)
        .into_iter()
        .find_map(|(number, value)| match value {
            Value::Bytes(bytes) if number == wanted => Some(bytes),
            _ => None,
        });
    found.expect("a field of bytes")
}

fn number(message: &[u8], wanted: u64) -> u64 {
    let found = fields(message)
        .into_iter()
        .find_map(|(number, value)| match value {
            Value::Number(found) if number == wanted => Some(found),
            _ => None,
        });
    found.expect("a number")
}

/// Which device, for which device, with which ratchet key and counter.
type MessageKey = (u32, u32, Vec<u8>, u64);

/// Somebody who reads everything that leaves a client, and keeps it.
#[derive(Default)]
pub struct Observer {
    used: BTreeMap<MessageKey, Vec<u8>>,
    stanzas: BTreeMap<(String, String), String>,
    /// Ids of the messages with a payload, in the order of their first appearance, by sender and addressee.
    pub order: BTreeMap<(String, String), Vec<String>>,
    /// Empty messages, by sending and receiving device.
    pub empties: BTreeMap<(u32, u32), usize>,
    /// Words that must never be read.
    pub secrets: Vec<String>,
}

impl Observer {
    /// Looks at an element that leaves the client of `from`; panics where a law is broken.
    pub fn see(&mut self, from: &str, element: &Element) {
        let rendered = String::from(element);
        for secret in &self.secrets {
            assert!(
                !rendered.contains(secret.as_str()),
                "{secret} leaves in clear: {rendered}"
            );
        }
        let (true, Some(id)) = (element.name() == "message", element.attr("id")) else {
            return;
        };
        let place = (from.to_owned(), id.to_owned());
        let first = self.stanzas.insert(place, rendered.clone());
        if let Some(first) = &first {
            assert_eq!(*first, rendered, "a message changed when it was sent again");
        }
        let Some(seen) = read(element) else { return };
        if first.is_none() && seen.payload {
            let chat = (from.to_owned(), element.attr("to").unwrap().to_owned());
            self.order.entry(chat).or_default().push(id.to_owned());
        }
        for key in seen.keys {
            if first.is_none() && !seen.payload {
                *self.empties.entry((seen.sid, key.rid)).or_default() += 1;
            }
            let name = (seen.sid, key.rid, key.ratchet_key, key.counter);
            let before = self.used.insert(name, key.bytes.clone());
            assert!(
                before.is_none_or(|before| before == key.bytes),
                "one message key encrypted two things: {rendered}"
            );
        }
    }
}
