//! A device that is no susurro: keys of its own, driven by hand, so that tests can do what no honest client does.

use minidom::Element;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use susurro::model::BareJid;
use susurro::omemo::{
    self, Content, DeviceId, Dialect, IdentityKeyPair, Letter, LocalKeys, OwnDevice, PreKeyId, PreKeyPair,
    Recipient, SessionRecord, SignedPreKeyId, SignedPreKeyPair,
};
use susurro::stanza::{legacy, message};

use crate::world::World;

pub struct Robot {
    pub jid: String,
    pub own: OwnDevice,
    signed: SignedPreKeyPair,
    prekey: PreKeyPair,
    pub record: Option<SessionRecord>,
    pub rng: ChaCha20Rng,
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
            record: None,
            rng,
        }
    }

    /// Publishes its bundle; the device list is left as it is.
    pub fn publish(&mut self, world: &mut World) {
        let signature = self
            .signed
            .sign(&self.own.identity, Dialect::Legacy, &mut self.rng);
        let prekeys = [(self.prekey.id, self.prekey.public())];
        let bundle = self.own.bundle(&self.signed, &signature, &prekeys);
        world.server.put(
            &self.jid,
            &legacy::bundle_node(self.own.id),
            legacy::bundle(&bundle),
        );
    }

    /// Begins a session with a device whose bundle is on the server.
    pub fn begin(&mut self, world: &World, jid: &str, device: u32) {
        let node = legacy::bundle_node(DeviceId::new(device).unwrap());
        let (_, item) = world.server.accounts[jid].nodes[&node].item.clone().unwrap();
        let bundle = legacy::parse_bundle(&item).unwrap().verify().unwrap();
        let old = self.record.take();
        self.record = Some(SessionRecord::initiate(&self.own, &bundle, old, &mut self.rng));
    }

    pub fn seal(&mut self, device: u32, body: &str) -> Letter {
        let mut recipients = [Recipient {
            jid: "",
            device: DeviceId::new(device).unwrap(),
            record: self.record.as_mut().unwrap(),
        }];
        omemo::seal(
            Dialect::Legacy,
            &self.own,
            body.as_bytes(),
            &mut recipients,
            &mut self.rng,
        )
    }

    /// The stanza of a letter, as the server delivers it.
    pub fn stanza(&self, to: &str, id: &str, letter: &Letter) -> Element {
        let mut stanza = message::sealed(&BareJid::new(to).unwrap(), id, std::slice::from_ref(letter), true);
        let from = format!("{}/robot", self.jid);
        stanza.set_attr(minidom::rxml::Namespace::NONE, "from".try_into().unwrap(), from);
        stanza
    }

    /// What an `<encrypted>` says to it, if it can be opened.
    pub fn read(&mut self, stanza: &Element) -> Option<String> {
        let encrypted = stanza.get_child("encrypted", "eu.siacs.conversations.axolotl")?;
        let letter = legacy::parse_encrypted(encrypted, self.own.id).ok()?;
        let local = LocalKeys {
            own: &self.own,
            signed_prekeys: std::slice::from_ref(&self.signed),
            prekeys: std::slice::from_ref(&self.prekey),
        };
        let opened = omemo::open(&letter, &local, self.record.clone(), None, &mut self.rng).ok()?;
        self.record = Some(opened.record);
        match opened.content {
            Content::Payload(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
            Content::KeyTransport => Some(String::new()),
        }
    }
}
