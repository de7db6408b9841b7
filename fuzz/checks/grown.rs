//! XML grown from bytes: elements, attributes and texts that the program knows, in
//! any order and at any place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const LEGACY: &str = "eu.siacs.conversations.axolotl";
const OMEMO2: &str = "urn:xmpp:omemo:2";
const SCE: &str = "urn:xmpp:sce:1";
const CLIENT: &str = "jabber:client";
const CARBONS: &str = "urn:xmpp:carbons:2";
const SID: &str = "urn:xmpp:sid:0";
const RECEIPTS: &str = "urn:xmpp:receipts";
const STATES: &str = "http://jabber.org/protocol/chatstates";

/// At most this many elements in one document.
const ELEMENTS_MOST: usize = 400;

const ELEMENTS: [(&str, &str); 48] = [
    ("message", CLIENT),
    ("body", CLIENT),
    ("error", CLIENT),
    ("subject", CLIENT),
    ("received", CARBONS),
    ("sent", CARBONS),
    ("private", CARBONS),
    ("forwarded", "urn:xmpp:forward:0"),
    ("delay", "urn:xmpp:delay"),
    ("result", "urn:xmpp:mam:2"),
    ("result", "urn:xmpp:mam:1"),
    ("origin-id", SID),
    ("stanza-id", SID),
    ("occupant-id", "urn:xmpp:occupant-id:0"),
    ("request", RECEIPTS),
    ("received", RECEIPTS),
    ("encryption", "urn:xmpp:eme:0"),
    ("store", "urn:xmpp:hints"),
    ("openpgp", "urn:xmpp:openpgp:0"),
    ("x", "jabber:x:encrypted"),
    ("encrypted", "urn:xmpp:omemo:1"),
    ("item-not-found", "urn:ietf:params:xml:ns:xmpp-stanzas"),
    ("text", "urn:ietf:params:xml:ns:xmpp-stanzas"),
    ("list", LEGACY),
    ("device", LEGACY),
    ("bundle", LEGACY),
    ("signedPreKeyPublic", LEGACY),
    ("signedPreKeySignature", LEGACY),
    ("identityKey", LEGACY),
    ("prekeys", LEGACY),
    ("preKeyPublic", LEGACY),
    ("encrypted", LEGACY),
    ("header", LEGACY),
    ("key", LEGACY),
    ("iv", LEGACY),
    ("payload", LEGACY),
    ("devices", OMEMO2),
    ("device", OMEMO2),
    ("bundle", OMEMO2),
    ("spk", OMEMO2),
    ("spks", OMEMO2),
    ("ik", OMEMO2),
    ("prekeys", OMEMO2),
    ("pk", OMEMO2),
    ("encrypted", OMEMO2),
    ("header", OMEMO2),
    ("keys", OMEMO2),
    ("key", OMEMO2),
];

const MORE: [(&str, &str); 16] = [
    ("payload", OMEMO2),
    ("opt-out", OMEMO2),
    ("reason", OMEMO2),
    ("envelope", SCE),
    ("content", SCE),
    ("rpad", SCE),
    ("from", SCE),
    ("to", SCE),
    ("time", SCE),
    ("body", SCE),
    ("active", STATES),
    ("composing", STATES),
    ("gone", STATES),
    ("displayed", "urn:xmpp:chat-markers:0"),
    ("replace", "urn:xmpp:message-correct:0"),
    ("addresses", "http://jabber.org/protocol/address"),
];

const ATTRIBUTES: [&str; 20] = [
    "id",
    "from",
    "to",
    "type",
    "by",
    "stamp",
    "xml:lang",
    "namespace",
    "name",
    "sid",
    "rid",
    "prekey",
    "kex",
    "jid",
    "preKeyId",
    "signedPreKeyId",
    "label",
    "labelsig",
    "code",
    "queryid",
];

const VALUES: [&str; 40] = [
    "",
    "0",
    "1",
    "2",
    " 2 ",
    "+2",
    "-1",
    "31415",
    "2147483647",
    "2147483648",
    "4294967297",
    "true",
    "false",
    "chat",
    "error",
    "groupchat",
    "headline",
    "normal",
    "ana@mired.test",
    "ana@mired.test/pc",
    "Ana@Mired.test",
    "mired.test",
    "mired.test/x",
    "bob@mired.test",
    "bob@mired.test/phone",
    "@",
    "a@b@c",
    "2026-11-01T08:00:00Z",
    "2026-11-01T08:00:00.123+02:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "de",
    "DE",
    "OMEMO",
    LEGACY,
    OMEMO2,
    "hello",
    "?OTRv23?",
    "a&#x202e;b&#xa;c",
    "a&#xfeff;&#x301;&#x301;&#x301;&#x301;&#x301;&#x301;&#x301;&#x301;&#x301;&#x301;b",
];

/// Bytes left to choose by.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first
    }

    fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// A document as the bytes choose. Each step opens an element, closes one, or gives the open one a text.
pub fn grown(data: &[u8]) -> String {
    let mut choices = Choices(data);
    let mut out = String::new();
    let mut open = Vec::new();
    open_element(&mut out, &mut open, &mut choices);
    for _ in 0..ELEMENTS_MOST {
        if choices.0.is_empty() || open.is_empty() {
            break;
        }
        match choices.byte() % 8 {
            0..=3 => open_element(&mut out, &mut open, &mut choices),
            4 | 5 if open.len() > 1 => close(&mut out, &mut open),
            6 => out.push_str(VALUES[usize::from(choices.byte()) % VALUES.len()]),
            _ => {
                let length = usize::from(choices.byte());
                out.push_str(&STANDARD.encode(choices.take(length)));
            }
        }
    }
    while !open.is_empty() {
        close(&mut out, &mut open);
    }
    out
}

/// Flags in the first byte: up to three attributes, and whether it is closed at once.
fn open_element(out: &mut String, open: &mut Vec<&'static str>, choices: &mut Choices<'_>) {
    let flags = choices.byte();
    let place = usize::from(choices.byte()) % (ELEMENTS.len() + MORE.len());
    let (name, namespace) = ELEMENTS.iter().chain(&MORE).nth(place).unwrap();
    out.push_str(&format!("<{name} xmlns='{namespace}'"));
    let mut used = 0u32;
    for _ in 0..flags & 3 {
        let attribute = usize::from(choices.byte()) % ATTRIBUTES.len();
        let value = VALUES[usize::from(choices.byte()) % VALUES.len()];
        // An attribute that stands twice is no XML.
        if used & 1 << attribute == 0 {
            used |= 1 << attribute;
            out.push_str(&format!(" {}='{value}'", ATTRIBUTES[attribute]));
        }
    }
    out.push('>');
    open.push(name);
    if flags & 4 != 0 && open.len() > 1 {
        close(out, open);
    }
}

fn close(out: &mut String, open: &mut Vec<&'static str>) {
    if let Some(name) = open.pop() {
        out.push_str(&format!("</{name}>"));
    }
}
