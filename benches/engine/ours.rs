//! The rows of the benchmark on our engine: the same work as `benches/libomemo/measure.c`, line by line.

use std::time::Duration;

use getrandom::SysRng;
use rand_core::UnwrapErr;
use rustix::time::{ClockId, clock_gettime};
use susurro::omemo::{
    Bundle, DeviceId, Dialect, IdentityKeyPair, LocalKeys, OwnDevice, PreKeyId, PreKeyPair, Recipient,
    SessionRecord, SignedPreKeyId, SignedPreKeyPair, key_exchange, seal,
};
use zeroize::Zeroizing;

/// What goes through the ratchet in OMEMO: key and tag of the payload.
const MATERIAL: [u8; 32] = [7; 32];

/// A record as it lies in the store.
type Stored = Zeroizing<Vec<u8>>;

/// Ana and Bob, with all that a store would hold as the bytes that it would hold.
pub struct Ours {
    dialect: Dialect,
    ana: OwnDevice,
    bob: OwnDevice,
    bundle: Bundle,
    signed_prekey: Zeroizing<[u8; 32]>,
    prekeys: Vec<Zeroizing<[u8; 32]>>,
    anas: Stored,
    bobs: Stored,
}

/// CPU time, not the clock's: other programs on the machine do not count.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

/// One message sealed by the owner of `stored`.
fn encrypt(own: &OwnDevice, stored: &mut Stored, expect_kex: bool) -> Vec<u8> {
    let mut record = SessionRecord::from_bytes(stored).unwrap();
    let (kex, message) = record.encrypt(own, &MATERIAL);
    assert_eq!(kex, expect_kex);
    *stored = record.to_bytes();
    message
}

/// One ratchet message opened by the owner of `stored`.
fn decrypt(own: &OwnDevice, stored: &mut Stored, message: &[u8]) {
    let mut record = SessionRecord::from_bytes(stored).unwrap();
    let material = record.decrypt(own, message, &mut UnwrapErr(SysRng)).unwrap();
    assert_eq!(*material, MATERIAL);
    *stored = record.to_bytes();
}

impl Ours {
    pub fn new(dialect: Dialect) -> Self {
        let rng = &mut UnwrapErr(SysRng);
        let [ana, bob] = [1, 2].map(|id| OwnDevice {
            id: DeviceId::new(id).unwrap(),
            identity: IdentityKeyPair::generate(rng),
        });
        let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
        let signature = signed.sign(&bob.identity, dialect, rng);
        let pairs: Vec<_> = (1..=100)
            .map(|id| PreKeyPair::generate(PreKeyId(id), rng))
            .collect();
        let public: Vec<_> = pairs.iter().map(|pair| (pair.id, pair.public())).collect();
        Self {
            dialect,
            bundle: bob.bundle_in(dialect, &signed, &signature, &public),
            ana,
            bob,
            signed_prekey: signed.secret(),
            prekeys: pairs.iter().map(PreKeyPair::secret).collect(),
            anas: Stored::default(),
            bobs: Stored::default(),
        }
    }

    /// CPU time of each of `count` operations of a row.
    pub fn run(&mut self, row: &str, count: u32) -> Duration {
        self.become_acquainted();
        let took = match row {
            "encrypt" => self.encrypt(count),
            "decrypt" => self.decrypt(count),
            "skipped" => self.skipped(count),
            "step" => self.step(count),
            "initiate" => self.initiate(count),
            "accept" => self.accept(count),
            _ => panic!("no such row: {row}"),
        };
        took / count
    }

    /// Bytes of a session record that has been in use, without skipped keys.
    pub fn record(&mut self) -> usize {
        self.become_acquainted();
        self.anas.len()
    }

    /// Loads a session with each of so many devices, seals one text for all of them, stores the sessions.
    pub fn letter(&mut self, devices: u32) -> Duration {
        self.become_acquainted();
        let mut stored: Vec<Stored> = (0..devices).map(|_| self.anas.clone()).collect();
        let begun = now();
        let mut records: Vec<_> = stored
            .iter()
            .map(|bytes| SessionRecord::from_bytes(bytes).unwrap())
            .collect();
        let mut recipients: Vec<_> = (1..)
            .zip(&mut records)
            .map(|(id, record)| Recipient {
                jid: "bob@mired.test",
                device: DeviceId::new(id).unwrap(),
                record,
            })
            .collect();
        let text = [b'x'; 200];
        let letter = seal(
            self.dialect,
            &self.ana,
            &text,
            &mut recipients,
            &mut UnwrapErr(SysRng),
        );
        for (stored, record) in stored.iter_mut().zip(&records) {
            *stored = record.to_bytes();
        }
        let took = now() - begun;
        assert_eq!(letter.keys.len(), usize::try_from(devices).unwrap());
        for (key, stored) in letter.keys.iter().zip(&stored) {
            assert!(!key.kex && **stored != *self.anas);
        }
        took
    }

    /// A session that has been in use: as many receiving chains as both libraries keep.
    fn become_acquainted(&mut self) {
        let hello = self.begin();
        self.answer(&hello);
        for _ in 0..10 {
            let message = encrypt(&self.bob, &mut self.bobs, false);
            decrypt(&self.ana, &mut self.anas, &message);
            let message = encrypt(&self.ana, &mut self.anas, false);
            decrypt(&self.bob, &mut self.bobs, &message);
        }
    }

    /// From the bundle as published to the first message.
    fn begin(&mut self) -> Vec<u8> {
        let verified = self.bundle.verify().unwrap();
        let record = SessionRecord::initiate(&self.ana, &verified, None, &mut UnwrapErr(SysRng));
        self.anas = record.to_bytes();
        encrypt(&self.ana, &mut self.anas, true)
    }

    /// The responder's side of that: the keys that the message names are loaded.
    fn answer(&mut self, message: &[u8]) {
        let needs = key_exchange(self.dialect, message).unwrap();
        let place = usize::try_from(needs.prekey.0).unwrap() - 1;
        let prekey = PreKeyPair::from_secret(needs.prekey, &self.prekeys[place]);
        let signed = SignedPreKeyPair::from_secret(needs.signed_prekey, &self.signed_prekey);
        let local = LocalKeys {
            own: &self.bob,
            signed_prekeys: &[signed],
            prekeys: &[prekey],
        };
        let mut record = None;
        let rng = &mut UnwrapErr(SysRng);
        let material = SessionRecord::accept(&mut record, self.dialect, &local, message, rng).unwrap();
        assert_eq!(*material, MATERIAL);
        self.bobs = record.unwrap().to_bytes();
    }

    fn encrypt(&mut self, count: u32) -> Duration {
        let begun = now();
        for _ in 0..count {
            encrypt(&self.ana, &mut self.anas, false);
        }
        now() - begun
    }

    fn decrypt(&mut self, count: u32) -> Duration {
        let messages: Vec<_> = (0..count)
            .map(|_| encrypt(&self.ana, &mut self.anas, false))
            .collect();
        let begun = now();
        for message in &messages {
            decrypt(&self.bob, &mut self.bobs, message);
        }
        now() - begun
    }

    /// Decryption while the keys of 1000 messages that never arrived are kept.
    fn skipped(&mut self, count: u32) -> Duration {
        for _ in 0..1000 {
            encrypt(&self.ana, &mut self.anas, false);
        }
        let message = encrypt(&self.ana, &mut self.anas, false);
        decrypt(&self.bob, &mut self.bobs, &message);
        self.decrypt(count)
    }

    /// Every message is an answer, so each has a ratchet step on either side.
    fn step(&mut self, count: u32) -> Duration {
        let begun = now();
        for turn in 0..count {
            if turn % 2 == 0 {
                let message = encrypt(&self.bob, &mut self.bobs, false);
                decrypt(&self.ana, &mut self.anas, &message);
            } else {
                let message = encrypt(&self.ana, &mut self.anas, false);
                decrypt(&self.bob, &mut self.bobs, &message);
            }
        }
        now() - begun
    }

    fn initiate(&mut self, count: u32) -> Duration {
        let begun = now();
        for _ in 0..count {
            self.begin();
        }
        now() - begun
    }

    fn accept(&mut self, count: u32) -> Duration {
        let mut took = Duration::ZERO;
        for _ in 0..count {
            let message = self.begin();
            let begun = now();
            self.answer(&message);
            took += now() - begun;
        }
        took
    }
}
