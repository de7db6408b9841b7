//! What every engine under test can do, and ours. The others are in `peers.rs`.

#![allow(dead_code)] // shared by two tests, which each use a part

use std::convert::Infallible;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _, TryCryptoRng, TryRng};
use susurro::omemo::{
    Bundle, DeviceId, Dialect, IdentityKeyPair, LocalKeys, OpenError, OwnDevice, PreKeyId, PreKeyPair,
    SessionRecord, SignedPreKeyId, SignedPreKeyPair, key_exchange,
};

/// Why a message was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Duplicate,
    Other,
}

/// What one party writes to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub is_kex: bool,
    pub bytes: Vec<u8>,
}

/// A bundle that is not good enough to begin a session with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadBundle;

pub trait Party {
    /// What it publishes, with this one-time prekey only, so that no two sessions begin with the same.
    fn bundle(&mut self, prekey: u32) -> Bundle;
    fn begin(&mut self, bundle: &Bundle) -> Result<(), BadBundle>;
    fn has_session(&self) -> bool;
    fn encrypt(&mut self, data: &[u8]) -> Message;
    fn decrypt(&mut self, message: &Message) -> Result<Vec<u8>, Refusal>;
    /// Everything goes but what a store would hold.
    fn restart(&mut self);
}

/// The secrets of a device and what it draws later, all from one seed.
#[derive(Clone)]
pub struct Keys {
    pub id: u32,
    pub identity: [u8; 32],
    pub signed_prekey: [u8; 32],
    /// Their ids count from 1.
    pub prekeys: Vec<[u8; 32]>,
    pub rng: ChaCha20Rng,
}

impl Keys {
    pub fn new(id: u32, seed: u64, prekeys: u32) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut secret = || {
            let mut secret = [0; 32];
            rng.fill_bytes(&mut secret);
            secret[0] &= 0xf8;
            secret[31] = secret[31] & 0x7f | 0x40;
            secret
        };
        Self {
            id,
            identity: secret(),
            signed_prekey: secret(),
            prekeys: (0..prekeys).map(|_| secret()).collect(),
            rng,
        }
    }

    /// What the next operation draws.
    pub fn draws(&mut self) -> Draws {
        let mut draws = [[0; 32]; 2];
        for draw in &mut draws {
            self.rng.fill_bytes(draw);
        }
        Draws { draws, drawn: 0 }
    }

    /// What opening a message draws: libomemo-c draws for every state that it tries, we
    /// draw for the one that fits.
    pub fn draw(&mut self) -> Draws {
        let mut draws = self.draws();
        draws.draws[1] = draws.draws[0];
        draws
    }
}

/// The random source of one operation: of 32 bytes the first draw is the first half, any later one the
/// second; a draw of 64 bytes is both. One of 8 chooses among prekeys, of which there is one.
pub struct Draws {
    pub draws: [[u8; 32]; 2],
    drawn: usize,
}

impl TryRng for Draws {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only fill_bytes is drawn from")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only fill_bytes is drawn from")
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        match out.len() {
            8 => out.fill(0),
            32 => {
                out.copy_from_slice(&self.draws[self.drawn.min(1)]);
                self.drawn += 1;
            }
            64 => out.copy_from_slice(self.draws.as_flattened()),
            length => panic!("a draw of {length} bytes"),
        }
        Ok(())
    }
}

impl TryCryptoRng for Draws {}

/// Our engine. Secrets and record as they lie in the store; the record is loaded
/// and stored with every message.
pub struct Ours {
    dialect: Dialect,
    keys: Keys,
    own: OwnDevice,
    signed: SignedPreKeyPair,
    signature: [u8; 64],
    prekeys: Vec<PreKeyPair>,
    stored: Option<Vec<u8>>,
}

impl Ours {
    pub fn new(dialect: Dialect, keys: &Keys) -> Self {
        let mut keys = keys.clone();
        let own = OwnDevice {
            id: DeviceId::new(keys.id).unwrap(),
            identity: IdentityKeyPair::from_secret(&keys.identity),
        };
        let signed = SignedPreKeyPair::from_secret(SignedPreKeyId(1), &keys.signed_prekey);
        let signature = signed.sign(&own.identity, dialect, &mut keys.draws());
        let prekeys = (1..).zip(&keys.prekeys);
        Self {
            dialect,
            own,
            signed,
            signature,
            prekeys: prekeys
                .map(|(id, secret)| PreKeyPair::from_secret(PreKeyId(id), secret))
                .collect(),
            stored: None,
            keys,
        }
    }

    /// Bytes of the session record.
    pub fn record(&self) -> &[u8] {
        self.stored.as_deref().unwrap_or_default()
    }

    fn load(&self) -> Option<SessionRecord> {
        let stored = self.stored.as_ref()?;
        Some(SessionRecord::from_bytes(stored).unwrap())
    }

    fn store(&mut self, record: &SessionRecord) {
        self.stored = Some(record.to_bytes().to_vec());
    }

    /// What a message says, the record after it and the prekey that it used up.
    fn open(&mut self, message: &Message) -> Result<(Vec<u8>, SessionRecord, Option<PreKeyId>), OpenError> {
        let mut draws = self.keys.draw();
        let mut record = self.load();
        if !message.is_kex {
            let mut record = record.ok_or(OpenError::NoSession)?;
            let material = record.decrypt(&self.own, &message.bytes, &mut draws)?;
            return Ok((material.to_vec(), record, None));
        }
        let needs = key_exchange(self.dialect, &message.bytes)?;
        let local = LocalKeys {
            own: &self.own,
            signed_prekeys: std::slice::from_ref(&self.signed),
            prekeys: &self.prekeys,
        };
        let before = record.as_ref().map(SessionRecord::to_bytes);
        let opened = SessionRecord::accept(&mut record, self.dialect, &local, &message.bytes, &mut draws);
        if opened.is_err() {
            assert_eq!(record.as_ref().map(SessionRecord::to_bytes), before);
        }
        Ok((opened?.to_vec(), record.unwrap(), Some(needs.prekey)))
    }

    /// As `decrypt`, but nothing changes even if it succeeds.
    pub fn probe(&mut self, message: &Message) -> Result<Vec<u8>, Refusal> {
        let opened = self.open(message);
        opened.map(|(material, ..)| material).map_err(refusal)
    }
}

fn refusal(error: OpenError) -> Refusal {
    match error {
        OpenError::Duplicate => Refusal::Duplicate,
        _ => Refusal::Other,
    }
}

impl Party for Ours {
    fn bundle(&mut self, prekey: u32) -> Bundle {
        let key = self.prekeys.iter().find(|key| key.id.0 == prekey).unwrap();
        let public = [(key.id, key.public())];
        self.own
            .bundle_in(self.dialect, &self.signed, &self.signature, &public)
    }

    fn begin(&mut self, bundle: &Bundle) -> Result<(), BadBundle> {
        let mut draws = self.keys.draws();
        let verified = bundle.verify().map_err(|_| BadBundle)?;
        let record = SessionRecord::initiate(&self.own, &verified, self.load(), &mut draws);
        self.store(&record);
        Ok(())
    }

    fn has_session(&self) -> bool {
        self.stored.is_some()
    }

    fn encrypt(&mut self, data: &[u8]) -> Message {
        let mut record = self.load().unwrap();
        let (is_kex, bytes) = record.encrypt(&self.own, data);
        self.store(&record);
        Message { is_kex, bytes }
    }

    fn decrypt(&mut self, message: &Message) -> Result<Vec<u8>, Refusal> {
        let (material, record, spent) = self.open(message).map_err(refusal)?;
        self.store(&record);
        self.prekeys.retain(|key| Some(key.id) != spent);
        Ok(material)
    }

    fn restart(&mut self) {
        self.own.identity = IdentityKeyPair::from_secret(&self.own.identity.secret());
        self.signed = SignedPreKeyPair::from_secret(self.signed.id, &self.signed.secret());
        for key in &mut self.prekeys {
            *key = PreKeyPair::from_secret(key.id, &key.secret());
        }
    }
}
