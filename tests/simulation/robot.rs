//! A device that is no susurro: keys of its own, either dialect or both, driven by hand, so that tests can do
//! what no honest client does.

use std::collections::BTreeMap;

use minidom::Element;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use susurro::model::{BareJid, Timestamp};
use susurro::omemo::{
    self, Content, DeviceId, Dialect, EncryptedMessage, IdentityKeyPair, LocalKeys, OwnDevice, PreKeyId,
    PreKeyPair, Recipient, SessionRecord, SignedPreKeyId, SignedPreKeyPair,
};
use susurro::stanza::envelope::{self, Envelope};
use susurro::stanza::{dialects, message};

use crate::world::World;

pub struct Robot {
    pub jid: String,
    pub own: OwnDevice,
    signed: SignedPreKeyPair,
    prekey: PreKeyPair,
    /// By dialect and the other device.
    pub records: BTreeMap<(Dialect, u32), SessionRecord>,
    pub rng: ChaCha20Rng,
}

/// What an `<encrypted>` said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub dialect: Dialect,
    /// The device that said it.
    pub sid: u32,
    /// None in an empty message, or in an envelope without one.
    pub body: Option<String>,
    /// The envelope asks for a receipt.
    pub asks: bool,
    /// The envelope is a receipt for this message.
    pub receipt_for: Option<String>,
    /// It began a session, or is the first on a ratchet key after many: an empty message should answer it.
    pub wants_answer: bool,
}

impl Robot {
    pub fn new(jid: &str, id: u32, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        Self {
            jid: jid.to_owned(),
            own: OwnDevice {
                id: DeviceId::new(id).unwrap(),
                identity: IdentityKeyPair::generate(&mut rng),
            },
            signed: SignedPreKeyPair::generate(SignedPreKeyId(1), &mut rng),
            prekey: PreKeyPair::generate(PreKeyId(1), &mut rng),
            records: BTreeMap::new(),
            rng,
        }
    }

    /// Publishes its legacy bundle; the device list is left as it is.
    pub fn publish(&mut self, world: &mut World) {
        self.publish_in(Dialect::Legacy, world);
    }

    /// Publishes its bundle of this dialect; the device list is left as it is.
    pub fn publish_in(&mut self, dialect: Dialect, world: &mut World) {
        let signature = self.signed.sign(&self.own.identity, dialect, &mut self.rng);
        let prekeys = [(self.prekey.id, self.prekey.public())];
        let bundle = self.own.bundle_in(dialect, &self.signed, &signature, &prekeys);
        let element = match dialect {
            Dialect::Legacy => susurro::stanza::legacy::bundle(&bundle),
            Dialect::Omemo2 => susurro::stanza::omemo2::bundle(&bundle),
        };
        let node = dialects::bundle_node(dialect, self.own.id);
        let item = dialects::bundle_item(dialect, self.own.id);
        world.server.put_item(&self.jid, &node, &item, element);
    }

    /// Publishes its bundles of these dialects and puts itself on the lists.
    pub fn appear(&mut self, world: &mut World, spoken: &[Dialect]) {
        for dialect in spoken {
            self.publish_in(*dialect, world);
            let mut ids = world.server.list_in(*dialect, &self.jid);
            ids.push(self.own.id.get());
            world.server.put_list_in(*dialect, &self.jid, &ids);
        }
    }

    /// Begins a legacy session with a device whose bundle is on the server.
    pub fn begin(&mut self, world: &World, jid: &str, device: u32) {
        self.begin_in(Dialect::Legacy, world, jid, device);
    }

    /// Begins a session with a device whose bundle is on the server.
    pub fn begin_in(&mut self, dialect: Dialect, world: &World, jid: &str, device: u32) {
        let id = DeviceId::new(device).unwrap();
        let node = &world.server.accounts[jid].nodes[&dialects::bundle_node(dialect, id)];
        let bundle = match dialect {
            Dialect::Legacy => susurro::stanza::legacy::parse_bundle(node.item().unwrap()),
            Dialect::Omemo2 => {
                let item = node.named(&dialects::bundle_item(dialect, id));
                susurro::stanza::omemo2::parse_bundle(item.expect("a bundle"))
            }
        };
        let bundle = bundle.unwrap().verify().unwrap();
        let old = self.records.remove(&(dialect, device));
        let record = SessionRecord::initiate(&self.own, &bundle, old, &mut self.rng);
        self.records.insert((dialect, device), record);
    }

    /// A legacy letter for one device.
    pub fn seal(&mut self, device: u32, body: &str) -> EncryptedMessage {
        self.seal_in(Dialect::Legacy, ("", device), body.as_bytes())
    }

    /// A letter for a device of somebody; in OMEMO 2 the plaintext should be an envelope.
    pub fn seal_in(
        &mut self,
        dialect: Dialect,
        (to, device): (&str, u32),
        plaintext: &[u8],
    ) -> EncryptedMessage {
        let mut recipients = [Recipient {
            jid: to,
            device: DeviceId::new(device).unwrap(),
            record: self.records.get_mut(&(dialect, device)).expect("a session"),
        }];
        omemo::seal(dialect, &self.own, plaintext, &mut recipients, &mut self.rng)
    }

    /// The letter without the exchanges around its ratchet messages, as if it were not
    /// the first ones of a session.
    pub fn without_exchange(mut letter: EncryptedMessage) -> EncryptedMessage {
        for key in &mut letter.keys {
            key.bytes = match letter.dialect {
                Dialect::Legacy => crate::wire::field(&key.bytes[1..], 4),
                Dialect::Omemo2 => crate::wire::field(&key.bytes, 5),
            };
            key.kex = false;
        }
        letter
    }

    /// A letter without anything to show.
    pub fn seal_empty(&mut self, dialect: Dialect, (to, device): (&str, u32)) -> EncryptedMessage {
        let mut recipients = [Recipient {
            jid: to,
            device: DeviceId::new(device).unwrap(),
            record: self.records.get_mut(&(dialect, device)).expect("a session"),
        }];
        omemo::seal_key_transport(dialect, &self.own, &mut recipients, &mut self.rng)
    }

    /// The envelope for this content, as it says who wrote it to whom.
    pub fn envelope(&mut self, to: &str, now: Timestamp, content: Vec<Element>) -> Vec<u8> {
        let (from, to) = (BareJid::new(&self.jid).unwrap(), BareJid::new(to).unwrap());
        envelope::seal(content, &from, &to, now, &mut self.rng)
    }

    /// A text for a device of somebody, in an envelope if the dialect has one; it asks for a receipt there.
    pub fn write(
        &mut self,
        dialect: Dialect,
        (to, device): (&str, u32),
        now: Timestamp,
        body: &str,
    ) -> EncryptedMessage {
        let plaintext = match dialect {
            Dialect::Legacy => body.as_bytes().to_vec(),
            Dialect::Omemo2 => self.envelope(to, now, message::text_content(body)),
        };
        self.seal_in(dialect, (to, device), &plaintext)
    }

    /// The stanza of a letter, as the server delivers it.
    pub fn stanza(&self, to: &str, id: &str, letter: &EncryptedMessage) -> Element {
        let asks = letter.dialect == Dialect::Legacy;
        self.stanza_of(to, id, std::slice::from_ref(letter), asks)
    }

    /// The same of one letter of each dialect; `asks`: a receipt request beside them.
    pub fn stanza_of(&self, to: &str, id: &str, letters: &[EncryptedMessage], asks: bool) -> Element {
        let mut stanza = message::sealed(
            &BareJid::new(to).unwrap(),
            id,
            letters,
            if asks { message::requests() } else { Vec::new() },
        );
        let from = format!("{}/robot", self.jid);
        stanza.set_attr(minidom::rxml::Namespace::NONE, "from".try_into().unwrap(), from);
        stanza
    }

    /// What a message says to it, if any part of it can be opened; an empty message says "".
    pub fn read(&mut self, stanza: &Element) -> Option<String> {
        let heard = self.hear(stanza);
        heard.first().map(|heard| heard.body.clone().unwrap_or_default())
    }

    /// What the parts of a message say to it that can be opened. The sessions advance.
    pub fn hear(&mut self, stanza: &Element) -> Vec<Heard> {
        let namespaces = Dialect::ALL.map(dialects::namespace);
        namespaces
            .into_iter()
            .filter_map(|namespace| self.open(stanza.get_child("encrypted", namespace)?))
            .collect()
    }

    fn open(&mut self, encrypted: &Element) -> Option<Heard> {
        let account = BareJid::new(&self.jid).unwrap();
        let letter = dialects::parse_encrypted(encrypted, &account, self.own.id).ok()?;
        let local = LocalKeys {
            own: &self.own,
            signed_prekeys: std::slice::from_ref(&self.signed),
            prekeys: std::slice::from_ref(&self.prekey),
        };
        let place = (letter.dialect, letter.sid.get());
        let record = self.records.get(&place).cloned();
        let opened = omemo::open(&letter, &local, record, None, &mut self.rng).ok()?;
        self.records.insert(place, opened.record);
        let mut heard = Heard {
            dialect: letter.dialect,
            sid: letter.sid.get(),
            body: None,
            asks: false,
            receipt_for: None,
            wants_answer: opened.new_session || opened.heartbeat_due,
        };
        match (opened.content, letter.dialect) {
            (Content::KeyTransport, _) => {}
            (Content::Payload(bytes), Dialect::Legacy) => {
                heard.body = Some(String::from_utf8(bytes.to_vec()).unwrap());
            }
            (Content::Payload(bytes), Dialect::Omemo2) => {
                let envelope = Envelope::parse(&bytes).expect("an envelope");
                let said = envelope.said().unwrap();
                heard.body = said.text.map(|text| text.as_str().to_owned());
                heard.asks = said.wants_receipt;
                heard.receipt_for = said.receipt_for;
            }
        }
        Some(heard)
    }
}
