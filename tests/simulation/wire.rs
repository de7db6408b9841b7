//! What anybody can see on the wire: which ratchet key and counter each `<key>` was encrypted with, and
//! whether anything was sent that must not be.

use std::collections::BTreeMap;

use base64::Engine as _;
use minidom::Element;

use susurro::omemo::Dialect;
use susurro::stanza::dialects::namespace;

/// One `<key>` as an observer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub dialect: Dialect,
    /// Whose device it is for; the legacy dialect does not say.
    pub jid: Option<String>,
    pub rid: u32,
    pub kex: bool,
    pub ratchet_key: Vec<u8>,
    pub counter: u64,
    pub bytes: Vec<u8>,
}

/// What is encrypted in one message, of both dialects together.
#[derive(Debug, Clone)]
pub struct Seen {
    pub sid: u32,
    pub keys: Vec<Key>,
    pub payload: bool,
}

impl Seen {
    /// For which devices there are keys in this dialect, in order.
    pub fn rids(&self, dialect: Dialect) -> Vec<u32> {
        let keys = self.keys.iter().filter(|key| key.dialect == dialect);
        let mut rids: Vec<u32> = keys.map(|key| key.rid).collect();
        rids.sort_unstable();
        rids
    }
}

/// None if the message is not encrypted.
pub fn read(message: &Element) -> Option<Seen> {
    let mut seen: Option<Seen> = None;
    for dialect in Dialect::ALL {
        let ns = namespace(dialect);
        let Some(encrypted) = message.get_child("encrypted", ns) else {
            continue;
        };
        let header = encrypted.get_child("header", ns).unwrap();
        let sid = header.attr("sid").unwrap().parse().unwrap();
        let seen = seen.get_or_insert(Seen {
            sid,
            keys: Vec::new(),
            payload: false,
        });
        assert_eq!(seen.sid, sid, "one device has one id in both dialects");
        seen.payload |= encrypted.has_child("payload", ns);
        match dialect {
            Dialect::Legacy => seen.keys.extend(keys(header, None).map(legacy)),
            Dialect::Omemo2 => {
                for of_one in header.children() {
                    let jid = of_one.attr("jid").expect("a JID");
                    seen.keys.extend(keys(of_one, Some(jid)).map(omemo2));
                }
            }
        }
    }
    seen
}

/// The `<key>` elements and whose they are.
fn keys<'a>(
    parent: &'a Element,
    jid: Option<&'a str>,
) -> impl Iterator<Item = (&'a Element, Option<&'a str>)> {
    let keys = parent.children().filter(|child| child.name() == "key");
    keys.map(move |key| (key, jid))
}

fn decode(key: &Element) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(key.text())
        .unwrap()
}

fn legacy((key, _): (&Element, Option<&str>)) -> Key {
    let bytes = decode(key);
    let kex = key.attr("prekey") == Some("true");
    let inner = if kex { field(&bytes[1..], 4) } else { bytes.clone() };
    let body = &inner[1..inner.len() - 8];
    Key {
        dialect: Dialect::Legacy,
        jid: None,
        rid: key.attr("rid").unwrap().parse().unwrap(),
        kex,
        ratchet_key: field(body, 1),
        counter: number(body, 2),
        bytes,
    }
}

fn omemo2((key, jid): (&Element, Option<&str>)) -> Key {
    let bytes = decode(key);
    let kex = key.attr("kex") == Some("true");
    let authenticated = if kex { field(&bytes, 5) } else { bytes.clone() };
    let body = field(&authenticated, 2);
    Key {
        dialect: Dialect::Omemo2,
        jid: jid.map(str::to_owned),
        rid: key.attr("rid").unwrap().parse().unwrap(),
        kex,
        ratchet_key: field(&body, 3),
        counter: number(&body, 1),
        bytes,
    }
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

pub fn field(message: &[u8], wanted: u64) -> Vec<u8> {
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
        // What goes to a full address answers what came from there: a receipt in an
        // envelope, no message of a person.
        let to = element.attr("to").unwrap();
        if first.is_none() && seen.payload && !to.contains('/') {
            let chat = (from.to_owned(), to.to_owned());
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
