//! Lives of three devices, told by bytes: letters to one or two of them come late, twice, damaged or to the
//! wrong one; devices restart, begin anew, and are put back to an old copy.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rand_chacha::ChaCha20Rng;

use super::Choices;
use crate::tests::{DIALECTS, Person, seeded};
use crate::{
    Content, Dialect, EncryptedMessage, LocalKeys, OpenError, Opened, PreKeyId, PreKeyPair, PublicKey,
    Recipient, SessionRecord, open, seal, seal_key_transport, wire,
};

const DEVICES: usize = 3;
/// So much happens in one life at most, and so many letters are lost in a burst.
const EVENTS_MOST: usize = 150;
const BURSTS_MOST: usize = 6;
/// A record keeps that many states; a life that begins anew more often may lose letters.
const STATES_MOST: usize = 40;

/// Lives as the bytes say, and checks the laws at every step.
pub fn life(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut world = World::new(DIALECTS[usize::from(choices.byte() & 1)]);
    for _ in 0..EVENTS_MOST {
        if choices.is_empty() {
            break;
        }
        world.happen(&mut choices);
    }
    world.settle();
}

/// A letter on its way to one device.
#[derive(Clone)]
struct Sent {
    from: usize,
    /// With the one key for that device.
    letter: EncryptedMessage,
    text: Option<String>,
    /// Ratchet key and counter.
    name: (PublicKey, u32),
}

#[derive(Default)]
struct Device {
    prekeys: Vec<PreKeyPair>,
    prekeys_made: u32,
    records: [Option<SessionRecord>; DEVICES],
    copies: [Option<SessionRecord>; DEVICES],
    coming: Vec<Sent>,
    arrived: Vec<Sent>,
    opened: BTreeSet<(PublicKey, u32)>,
    /// It was once put back to an old copy.
    restored: bool,
}

struct World {
    dialect: Dialect,
    people: &'static [Person; DEVICES],
    devices: [Device; DEVICES],
    rng: ChaCha20Rng,
    letters: usize,
    bursts: usize,
    /// Messages sealed, by sender and receiver, and sessions begun by either of a pair.
    sealed: [[usize; DEVICES]; DEVICES],
    begun: [[usize; DEVICES]; DEVICES],
}

/// Identities and signed prekeys, the same in every life.
fn people() -> &'static [Person; DEVICES] {
    static PEOPLE: OnceLock<[Person; DEVICES]> = OnceLock::new();
    PEOPLE.get_or_init(|| [1, 2, 3].map(|id| Person::new(id, &mut seeded(70 + u64::from(id)))))
}

impl World {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            people: people(),
            devices: Default::default(),
            rng: seeded(70),
            letters: 0,
            bursts: 0,
            sealed: Default::default(),
            begun: Default::default(),
        }
    }

    fn happen(&mut self, choices: &mut Choices<'_>) {
        let event = choices.byte();
        let who = usize::from(event >> 4) % DEVICES;
        let other = (who + 1 + usize::from(event >> 7)) % DEVICES;
        match event & 15 {
            0..=2 => self.send(who, &[other], true),
            3 => self.send(who, &[(who + 1) % DEVICES, (who + 2) % DEVICES], true),
            4 => self.send(who, &[other], false),
            5..=7 => {
                if let Some(at) = choices.below(self.devices[who].coming.len()) {
                    let sent = self.devices[who].coming.remove(at);
                    self.deliver(who, &sent);
                    self.devices[who].arrived.push(sent);
                }
            }
            8 => {
                if let Some(at) = choices.below(self.devices[who].coming.len()) {
                    self.devices[who].coming.remove(at);
                }
            }
            9 => {
                if let Some(at) = choices.below(self.devices[who].arrived.len()) {
                    let sent = self.devices[who].arrived[at].clone();
                    self.repeat(who, &sent);
                }
            }
            10 => {
                if let Some(at) = choices.below(self.devices[who].coming.len()) {
                    let sent = self.devices[who].coming[at].clone();
                    self.damage(who, sent, choices);
                }
            }
            11 => {
                if let Some(at) = choices.below(self.devices[who].coming.len()) {
                    let sent = self.devices[who].coming[at].clone();
                    self.mistake(who, &sent);
                }
            }
            12 => self.restart(who),
            13 => self.begin(who, other),
            14 => self.burst(who, other, choices.number()),
            _ => self.fork(who, choices.byte()),
        }
    }

    fn local(&self, who: usize) -> LocalKeys<'_> {
        LocalKeys {
            own: &self.people[who].own,
            signed_prekeys: &self.people[who].signed_prekeys,
            prekeys: &self.devices[who].prekeys,
        }
    }

    /// A session from a bundle whose one prekey nobody else uses.
    fn begin(&mut self, who: usize, other: usize) {
        let device = &mut self.devices[other];
        device.prekeys_made += 1;
        let id = PreKeyId(device.prekeys_made);
        let prekey = PreKeyPair::generate(id, &mut self.rng);
        let mut bundle = self.people[other].bundle(self.dialect, &mut self.rng);
        bundle.prekeys = vec![(id.0, wire::encode_key(self.dialect, &prekey.public().0))];
        device.prekeys.push(prekey);
        let bundle = bundle.verify().unwrap_or_else(|error| panic!("{error}"));
        let previous = self.devices[who].records[other].take();
        let record = SessionRecord::initiate(&self.people[who].own, &bundle, previous, &mut self.rng);
        assert!(record.is_unanswered());
        self.devices[who].records[other] = Some(record);
        self.begun[who.min(other)][who.max(other)] += 1;
    }

    fn send(&mut self, from: usize, to: &[usize], with_text: bool) {
        for &to in to {
            if self.devices[from].records[to].is_none() {
                self.begin(from, to);
            }
        }
        self.letters += 1;
        let text = with_text.then(|| format!("letter {}", self.letters));
        let (own, people) = (&self.people[from].own, self.people);
        let mut names = Vec::new();
        let mut recipients = Vec::new();
        for (place, record) in self.devices[from].records.iter_mut().enumerate() {
            if let Some(record) = record.as_mut().filter(|_| to.contains(&place)) {
                let sending = &record.current.ratchet.sending;
                names.push((place, (sending.ratchet.public, sending.next)));
                recipients.push(Recipient {
                    jid: "b@mired.test",
                    device: people[place].own.id,
                    record,
                });
            }
        }
        let rng = &mut self.rng;
        let letter = match &text {
            Some(text) => seal(self.dialect, own, text.as_bytes(), &mut recipients, rng),
            None => seal_key_transport(self.dialect, own, &mut recipients, rng),
        };
        assert_eq!(letter.keys.len(), to.len());
        for ((to, name), key) in names.into_iter().zip(&letter.keys) {
            self.sealed[from][to] += 1;
            let letter = EncryptedMessage {
                keys: vec![key.clone()],
                ..letter.clone()
            };
            self.devices[to].coming.push(Sent {
                from,
                letter,
                text: text.clone(),
                name,
            });
        }
    }

    fn open(&mut self, who: usize, from: usize, letter: &EncryptedMessage) -> Result<Opened, OpenError> {
        let record = self.devices[who].records[from].clone();
        let known = record.is_some().then(|| self.people[from].own.identity.public());
        let mut rng = self.rng.clone();
        let opened = open(letter, &self.local(who), record, known, &mut rng);
        self.rng = rng;
        opened
    }

    /// Whether letters from one to the other may be lost: somebody was put back to an old
    /// copy, or bounds were passed.
    fn may_lose(&self, from: usize, to: usize) -> bool {
        self.devices[from].restored
            || self.devices[to].restored
            || self.sealed[from][to] > self.dialect.constants().skip_most as usize
            || self.begun[from.min(to)][from.max(to)] > STATES_MOST
    }

    /// A letter arrives for the first time.
    fn deliver(&mut self, who: usize, sent: &Sent) {
        match self.open(who, sent.from, &sent.letter) {
            Ok(opened) => {
                self.says(sent, &opened);
                assert_eq!(opened.counter, sent.name.1);
                let forked = self.devices[who].restored || self.devices[sent.from].restored;
                let device = &mut self.devices[who];
                assert!(device.opened.insert(sent.name) || forked, "opened twice");
                if let Some(spent) = opened.spent {
                    assert!(opened.new_session);
                    device.prekeys.retain(|key| key.id != spent);
                }
                assert!(!opened.record.is_unanswered());
                device.records[sent.from] = Some(opened.record);
            }
            Err(error) => {
                // Otherwise only a letter of a chain that had to make room is lost.
                let chain_was_known = self.devices[who]
                    .opened
                    .iter()
                    .any(|(key, _)| *key == sent.name.0);
                assert!(
                    self.may_lose(sent.from, who)
                        || self.is_far(who, sent)
                        || chain_was_known && error == OpenError::Damaged,
                    "{error}"
                );
                self.in_place(who, sent.from, &sent.letter);
            }
        }
    }

    /// Whether finding the state of a letter may be too much work for one letter.
    fn is_far(&self, who: usize, sent: &Sent) -> bool {
        let record = self.devices[who].records[sent.from].as_ref();
        let archived = record.map_or(0, |record| record.archived.len());
        archived * sent.name.1 as usize > 15 * self.dialect.constants().skip_most as usize
    }

    fn says(&self, sent: &Sent, opened: &Opened) {
        assert_eq!(opened.identity, self.people[sent.from].own.identity.public());
        match (&opened.content, &sent.text) {
            (Content::KeyTransport, None) => {}
            (Content::Payload(read), Some(text)) => assert_eq!(read.as_slice(), text.as_bytes()),
            _ => panic!("a payload from nowhere, or one that went missing"),
        }
    }

    /// What was opened is not opened again.
    fn repeat(&mut self, who: usize, sent: &Sent) {
        if self.devices[who].restored || !self.devices[who].opened.contains(&sent.name) {
            return;
        }
        let error = self.open(who, sent.from, &sent.letter).err();
        let error = error.unwrap_or_else(|| panic!("opened twice"));
        assert!(
            matches!(error, OpenError::Duplicate | OpenError::Damaged) || self.may_lose(sent.from, who),
            "{error}"
        );
        self.in_place(who, sent.from, &sent.letter);
    }

    /// A changed letter is refused, or the change lies where nothing is
    /// authenticated and nothing depends on it.
    fn damage(&mut self, who: usize, mut sent: Sent, choices: &mut Choices<'_>) {
        let (what, place, change) = (choices.byte(), choices.number(), choices.byte());
        let letter = &mut sent.letter;
        let payload_changes = what % 6 == 3
            && letter.payload.as_ref().is_some_and(|payload| !payload.is_empty())
            || what % 6 == 4 && self.dialect == Dialect::Legacy && letter.payload.is_some();
        match what % 6 {
            0 => flip(&mut letter.keys[0].bytes, place, change),
            1 => {
                let length = letter.keys[0].bytes.len();
                letter.keys[0].bytes.truncate(place % (length + 1));
            }
            2 => letter.keys[0].bytes.extend(choices.take(usize::from(change))),
            3 => letter
                .payload
                .iter_mut()
                .for_each(|payload| flip(payload, place, change)),
            4 => flip(&mut letter.iv, place, change),
            _ => letter.keys[0].kex ^= true,
        }
        match self.open(who, sent.from, &sent.letter) {
            Ok(opened) => {
                assert!(!payload_changes, "a changed payload was opened");
                self.says(&sent, &opened);
            }
            Err(_) if payload_changes => {}
            Err(_) => self.in_place(who, sent.from, &sent.letter),
        }
    }

    /// The letter opens neither as somebody else's nor at another device.
    fn mistake(&mut self, who: usize, sent: &Sent) {
        let third = DEVICES - who - sent.from;
        let record = self.devices[who].records[third].clone();
        let known = Some(self.people[third].own.identity.public());
        let rng = &mut seeded(71);
        assert!(open(&sent.letter, &self.local(who), record, known, rng).is_err());
        let mut letter = sent.letter.clone();
        letter.keys[0].rid = self.people[third].own.id;
        let record = self.devices[third].records[sent.from].clone();
        assert!(open(&letter, &self.local(third), record, None, rng).is_err());
        letter.keys[0].rid = sent.letter.keys[0].rid;
        letter.dialect = DIALECTS[usize::from(self.dialect == Dialect::Legacy)];
        let record = self.devices[who].records[sent.from].clone();
        assert!(open(&letter, &self.local(who), record, None, rng).is_err());
        assert!(open(&letter, &self.local(who), None, None, rng).is_err());
    }

    /// All records go through the store.
    fn restart(&mut self, who: usize) {
        for record in self.devices[who].records.iter_mut().flatten() {
            let bytes = record.to_bytes();
            *record = SessionRecord::from_bytes(&bytes).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(*record.to_bytes(), *bytes);
        }
    }

    /// Many messages are sealed and lost. Only their keys matter, so nothing is encrypted.
    fn burst(&mut self, from: usize, to: usize, count: usize) {
        if self.bursts >= BURSTS_MOST {
            return;
        }
        self.bursts += 1;
        let count = count % 1024;
        if let Some(record) = &mut self.devices[from].records[to] {
            let sending = &mut record.current.ratchet.sending;
            for _ in 0..count {
                (_, sending.key) = sending.key.turn();
                sending.next += 1;
            }
            self.sealed[from][to] += count;
        }
    }

    /// Copies are made of all records, or put back.
    fn fork(&mut self, who: usize, choice: u8) {
        let device = &mut self.devices[who];
        if choice & 1 == 0 {
            device.copies = device.records.clone();
        } else if device.copies.iter().any(Option::is_some) {
            device.records = device.copies.clone();
            device.restored = true;
        }
    }

    /// Opening in place what cannot be opened leaves the record as it was, byte for byte.
    fn in_place(&mut self, who: usize, from: usize, letter: &EncryptedMessage) {
        let mut record = self.devices[who].records[from].clone();
        let before = record.as_ref().map(SessionRecord::to_bytes);
        let (key, local, rng) = (&letter.keys[0], self.local(who), &mut seeded(72));
        let refused = match (&mut record, key.kex) {
            (Some(record), false) => record.decrypt(local.own, &key.bytes, rng).is_err(),
            (None, false) => true,
            (record, true) => SessionRecord::accept(record, self.dialect, &local, &key.bytes, rng).is_err(),
        };
        assert!(refused);
        assert_eq!(record.as_ref().map(SessionRecord::to_bytes), before);
    }

    /// After everything: what is on its way arrives, and all who know each other still understand each other.
    fn settle(&mut self) {
        for who in 0..DEVICES {
            for sent in std::mem::take(&mut self.devices[who].coming) {
                self.deliver(who, &sent);
            }
        }
        for (one, two) in [(0, 1), (0, 2), (1, 2)] {
            let met = self.devices[one].records[two].is_some() || self.devices[two].records[one].is_some();
            if !met || self.may_lose(one, two) || self.may_lose(two, one) {
                continue;
            }
            for (from, to) in [(one, two), (two, one), (one, two), (two, one)] {
                self.send(from, &[to], true);
                if let Some(sent) = self.devices[to].coming.pop() {
                    // Far up its chain, in one of many states: they go on once somebody begins anew.
                    if self.is_far(to, &sent) {
                        return;
                    }
                    let opened = self
                        .open(to, from, &sent.letter)
                        .unwrap_or_else(|error| panic!("{error}"));
                    self.says(&sent, &opened);
                    self.devices[to].records[from] = Some(opened.record);
                }
                self.restart(to);
            }
            for (one, two) in [(one, two), (two, one)] {
                assert!(
                    self.devices[one].records[two]
                        .as_ref()
                        .is_some_and(|record| !record.is_unanswered())
                );
            }
        }
    }
}

/// Changes one byte, if there is one.
fn flip(bytes: &mut [u8], place: usize, change: u8) {
    if let Some(place) = place.checked_rem(bytes.len()) {
        bytes[place] ^= change.max(1);
    }
}
