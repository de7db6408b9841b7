//! The laws of the ratchet as random lives of two devices: letters are lost, reordered, repeated and damaged,
//! devices restart, begin anew, and are restored from old copies.

use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::wire;

/// One thing that happens. `who` is 0 or 1; indices choose among what is there.
#[derive(Debug, Clone)]
enum Event {
    Send {
        who: usize,
    },
    /// A letter on its way to `who` arrives, whichever was sent when.
    Deliver {
        who: usize,
        which: prop::sample::Index,
    },
    Lose {
        who: usize,
        which: prop::sample::Index,
    },
    /// A letter that arrived before arrives again.
    Repeat {
        who: usize,
        which: prop::sample::Index,
    },
    /// A letter on its way arrives with a bit flipped, and stays on its way.
    Damage {
        who: usize,
        which: prop::sample::Index,
        bit: prop::sample::Index,
    },
    /// The record goes through the store.
    Restart {
        who: usize,
    },
    /// A new session from a bundle, whatever there is.
    Anew {
        who: usize,
    },
    /// A copy of the record is made, and put back.
    Copy {
        who: usize,
    },
    Restore {
        who: usize,
    },
}

fn events(forks: bool) -> impl Strategy<Value = Vec<Event>> {
    let who = 0usize..2;
    let which = any::<prop::sample::Index>;
    let event = prop_oneof![
        8 => who.clone().prop_map(|who| Event::Send { who }),
        8 => (who.clone(), which()).prop_map(|(who, which)| Event::Deliver { who, which }),
        1 => (who.clone(), which()).prop_map(|(who, which)| Event::Lose { who, which }),
        2 => (who.clone(), which()).prop_map(|(who, which)| Event::Repeat { who, which }),
        2 => (who.clone(), which(), which()).prop_map(|(who, which, bit)| Event::Damage { who, which, bit }),
        2 => who.clone().prop_map(|who| Event::Restart { who }),
        1 => who.clone().prop_map(|who| Event::Anew { who }),
        u32::from(forks) => who.clone().prop_map(|who| Event::Copy { who }),
        u32::from(forks) => who.prop_map(|who| Event::Restore { who }),
    ];
    proptest::collection::vec(event, 1..120)
}

/// A letter with its text, and what it is called.
#[derive(Clone)]
struct Sent {
    letter: EncryptedMessage,
    text: String,
    /// Ratchet key and counter.
    name: (PublicKey, u32),
}

/// One of the two devices, with the letters on their way to it.
struct Device {
    person: Person,
    record: Option<SessionRecord>,
    copy: Option<SessionRecord>,
    coming: Vec<Sent>,
    arrived: Vec<Sent>,
    /// Names of the letters that it opened.
    opened: BTreeSet<(PublicKey, u32)>,
    /// It was once put back to an old copy.
    restored: bool,
}

struct World {
    dialect: Dialect,
    devices: [Device; 2],
    rng: ChaCha20Rng,
    written: usize,
    /// Chain keys that sealed.
    sealed_with: HashSet<[u8; 32]>,
}

impl World {
    fn new(dialect: Dialect, seed: u64) -> Self {
        let mut rng = seeded(seed);
        let mut device = |id| Device {
            person: Person::new(id, &mut rng),
            record: None,
            copy: None,
            coming: Vec::new(),
            arrived: Vec::new(),
            opened: BTreeSet::new(),
            restored: false,
        };
        let devices = [device(1), device(2)];
        Self {
            dialect,
            devices,
            rng,
            written: 0,
            sealed_with: HashSet::new(),
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Send { who } => self.send(*who),
            Event::Deliver { who, which } => {
                if let Some(at) = self.choose(*who, which) {
                    let sent = self.devices[*who].coming.remove(at);
                    self.deliver(*who, &sent);
                    self.devices[*who].arrived.push(sent);
                }
            }
            Event::Lose { who, which } => {
                if let Some(at) = self.choose(*who, which) {
                    self.devices[*who].coming.remove(at);
                }
            }
            Event::Repeat { who, which } => {
                let arrived = &self.devices[*who].arrived;
                if !arrived.is_empty() {
                    let sent = arrived[which.index(arrived.len())].clone();
                    self.repeat(*who, &sent);
                }
            }
            Event::Damage { who, which, bit } => {
                if let Some(at) = self.choose(*who, which) {
                    let sent = self.devices[*who].coming[at].clone();
                    self.damage(*who, sent, bit);
                }
            }
            Event::Restart { who } => {
                let device = &mut self.devices[*who];
                let stored = device.record.take().map(|record| record.to_bytes());
                device.record = stored.map(|bytes| SessionRecord::from_bytes(&bytes).unwrap());
            }
            Event::Anew { who } => self.anew(*who),
            Event::Copy { who } => self.devices[*who].copy = self.devices[*who].record.clone(),
            Event::Restore { who } => {
                if let Some(copy) = self.devices[*who].copy.clone() {
                    self.devices[*who].record = Some(copy);
                    self.devices[*who].restored = true;
                }
            }
        }
    }

    fn choose(&self, who: usize, which: &prop::sample::Index) -> Option<usize> {
        let coming = self.devices[who].coming.len();
        (coming > 0).then(|| which.index(coming))
    }

    /// A session with a prekey that nothing else uses, as if bundles were always fresh.
    fn anew(&mut self, who: usize) {
        let rng = &mut self.rng;
        let other = &mut self.devices[1 - who].person;
        let id = PreKeyId(other.prekeys.len() as u32 + 1);
        let prekey = PreKeyPair::generate(id, rng);
        let mut bundle = other.bundle(self.dialect, rng);
        bundle.prekeys = vec![(id.0, wire::encode_key(self.dialect, &prekey.public().0))];
        other.prekeys.push(prekey);
        let device = &mut self.devices[who];
        let previous = device.record.take();
        let bundle = bundle.verify().unwrap();
        device.record = Some(SessionRecord::initiate(
            &device.person.own,
            &bundle,
            previous,
            rng,
        ));
    }

    fn send(&mut self, who: usize) {
        if self.devices[who].record.is_none() {
            self.anew(who);
        }
        self.written += 1;
        let text = format!("letter {}", self.written);
        let [first, second] = &mut self.devices;
        let (from, to) = if who == 0 {
            (first, second)
        } else {
            (second, first)
        };
        let record = from.record.as_mut().unwrap();
        let fresh = self.sealed_with.insert(*record.current.ratchet.sending.key.0);
        assert!(fresh || from.restored, "a message key sealed twice");
        let ratchet = &record.current.ratchet.sending;
        let name = (ratchet.ratchet.public, ratchet.next);
        let letter = letter(&from.person, &to.person, record, &text, &mut self.rng);
        to.coming.push(Sent { letter, text, name });
    }

    fn open(&mut self, who: usize, letter: &EncryptedMessage) -> Result<Opened, OpenError> {
        let device = &self.devices[who];
        open(
            letter,
            &device.person.local(),
            device.record.clone(),
            None,
            &mut self.rng,
        )
    }

    fn forked(&self) -> bool {
        self.devices.iter().any(|device| device.restored)
    }

    /// A letter arrives for the first time.
    fn deliver(&mut self, who: usize, sent: &Sent) {
        match self.open(who, &sent.letter) {
            Ok(opened) => {
                assert_eq!(text(&opened), sent.text);
                let device = &mut self.devices[who];
                let first = device.opened.insert(sent.name);
                assert!(
                    first || device.restored,
                    "two letters opened under one message key"
                );
                device.record = Some(opened.record);
            }
            Err(error) => {
                // Without forks only a letter of a chain that had to make room is lost.
                let device = &self.devices[who];
                let chain_was_known = device.opened.iter().any(|(key, _)| *key == sent.name.0);
                assert!(
                    self.forked() || (chain_was_known && error == OpenError::Damaged),
                    "{error} at {}",
                    sent.text
                );
            }
        }
    }

    /// What was opened once is not opened again, and the attempt changes nothing.
    fn repeat(&mut self, who: usize, sent: &Sent) {
        if self.devices[who].restored || !self.devices[who].opened.contains(&sent.name) {
            return;
        }
        let error = self.open(who, &sent.letter).err().expect("opened twice");
        assert!(
            matches!(error, OpenError::Duplicate | OpenError::Damaged),
            "{error}"
        );
        self.in_place(who, &sent.letter);
    }

    fn damage(&mut self, who: usize, mut sent: Sent, bit: &prop::sample::Index) {
        let bytes = &mut sent.letter.keys[0].bytes;
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        // Neither the registration id nor the numbers of a prekey phase are authenticated; a
        // changed one may be harmless.
        if let Ok(opened) = self.open(who, &sent.letter) {
            assert!(sent.letter.keys[0].kex);
            assert_eq!(text(&opened), sent.text);
        } else {
            self.in_place(who, &sent.letter);
        }
    }

    /// Opening in place what cannot be opened leaves the record as it was, byte for byte.
    fn in_place(&mut self, who: usize, letter: &EncryptedMessage) {
        let device = &mut self.devices[who];
        let before = device.record.as_ref().map(|record| record.to_bytes());
        let (key, local) = (&letter.keys[0], device.person.local());
        let refused = match (&mut device.record, key.kex) {
            (Some(record), false) => record.decrypt(local.own, &key.bytes, &mut self.rng).is_err(),
            (None, false) => true,
            (record, true) => {
                SessionRecord::accept(record, self.dialect, &local, &key.bytes, &mut self.rng).is_err()
            }
        };
        assert!(refused);
        assert_eq!(device.record.as_ref().map(|record| record.to_bytes()), before);
    }

    /// After everything: what is on its way arrives, and the two still understand each other.
    fn settle(&mut self) {
        for who in [0, 1] {
            for sent in std::mem::take(&mut self.devices[who].coming) {
                self.deliver(who, &sent);
            }
        }
        if self.forked() {
            return;
        }
        for who in [0, 1, 0, 1] {
            self.send(who);
            let sent = self.devices[1 - who].coming.pop().unwrap();
            let opened = self.open(1 - who, &sent.letter).ok().unwrap();
            assert_eq!(text(&opened), sent.text);
            self.devices[1 - who].record = Some(opened.record);
        }
        for device in &self.devices {
            assert!(!device.record.as_ref().unwrap().is_unanswered());
        }
    }
}

fn live(dialect: Dialect, seed: u64, events: &[Event]) {
    let mut world = World::new(dialect, seed);
    for event in events {
        world.happen(event);
    }
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(96), ..ProptestConfig::default() })]

    #[test]
    fn letters_open_once_in_any_order_with_loss_damage_restarts_and_new_sessions(
        seed: u64,
        omemo2: bool,
        events in events(false),
    ) {
        live(DIALECTS[usize::from(omemo2)], seed, &events);
    }

    #[test]
    fn a_restored_copy_makes_nobody_accept_a_message_key_twice(
        seed: u64,
        omemo2: bool,
        events in events(true),
    ) {
        live(DIALECTS[usize::from(omemo2)], seed, &events);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), ..ProptestConfig::default() })]

    #[test]
    fn three_devices_that_write_to_one_or_two_of_them_keep_the_laws(
        events in proptest::collection::vec(any::<u8>(), 0..250),
    ) {
        super::fuzz::life::life(&events);
    }
}

#[test]
fn what_was_sealed_in_one_dialect_opens_in_no_other() {
    for (dialect, other) in [(DIALECTS[0], DIALECTS[1]), (DIALECTS[1], DIALECTS[0])] {
        let (ana, anas, bob, bobs) = acquainted(dialect, 52);
        let (_, others, ..) = acquainted(other, 52);
        let rng = &mut seeded(52);
        let begun = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), None, rng);
        for mut record in [anas, begun] {
            let sealed = letter(&ana, &bob, &mut record, "x", rng);
            let posing = EncryptedMessage {
                dialect: other,
                ..sealed.clone()
            };
            assert!(open(&posing, &bob.local(), None, None, rng).is_err());
            assert!(open(&posing, &bob.local(), Some(others.clone()), None, rng).is_err());
            let mixed = open(&posing, &bob.local(), Some(bobs.clone()), None, rng);
            assert_eq!(
                mixed.err(),
                Some(OpenError::Malformed("record of the other dialect"))
            );
            let mut recipients = [Recipient {
                jid: "bob@mired.test",
                device: bob.own.id,
                record: &mut record,
            }];
            assert!(seal(other, &ana.own, b"x", &mut recipients, rng).keys.is_empty());
        }
    }
}

#[test]
fn a_letter_sealed_again_from_an_old_copy_is_a_duplicate() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, bobs) = acquainted(dialect, 50);
        let rng = &mut seeded(50);
        let old = anas.to_bytes();
        let first = letter(&ana, &bob, &mut anas, "before the backup was restored", rng);
        let mut restored = SessionRecord::from_bytes(&old).unwrap();
        let second = letter(&ana, &bob, &mut restored, "after it", rng);
        let opened = open(&first, &bob.local(), Some(bobs), None, rng).ok().unwrap();
        let error = open(&second, &bob.local(), Some(opened.record.clone()), None, rng).err();
        assert_eq!(error, Some(OpenError::Duplicate));
        // The next one comes through.
        let third = letter(&ana, &bob, &mut restored, "and on", rng);
        let opened = open(&third, &bob.local(), Some(opened.record), None, rng)
            .ok()
            .unwrap();
        assert_eq!(text(&opened), "and on");
    }
}

#[test]
fn two_that_keep_beginning_anew_still_understand_each_other() {
    for dialect in DIALECTS {
        let mut world = World::new(dialect, 51);
        for round in 0..30 {
            world.anew(round % 2);
            for who in [0, 1] {
                world.send(who);
            }
            for who in [0, 1] {
                let sent = world.devices[who].coming.remove(0);
                world.deliver(who, &sent);
            }
        }
        world.settle();
    }
}
