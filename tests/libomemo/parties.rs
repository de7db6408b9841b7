//! The two parties: our engine, and libomemo-c in a process of its own. What they can do is the same.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use susurro::omemo::{
    Bundle, DeviceId, Dialect, IdentityKeyPair, LocalKeys, OpenError, OwnDevice, PreKeyId, PreKeyPair,
    SessionRecord, SignedPreKeyId, SignedPreKeyPair, key_exchange,
};

use crate::libomemo::Talk;

const DIALECT: Dialect = Dialect::Legacy;
pub const PREKEYS: u32 = 100;
/// libomemo-c's code for a message that was opened before.
const DUPLICATE: i32 = -1001;

/// Why a message was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Duplicate,
    Other,
}

/// What one party writes to the other.
#[derive(Debug, Clone)]
pub struct Message {
    pub is_kex: bool,
    pub bytes: Vec<u8>,
}

pub trait Party {
    /// What it publishes, with this one-time prekey only, so that no two sessions begin with the same.
    fn bundle(&mut self, prekey: u32) -> Bundle;
    fn begin(&mut self, bundle: &Bundle);
    fn has_session(&self) -> bool;
    fn encrypt(&mut self, data: &[u8]) -> Message;
    fn decrypt(&mut self, message: &Message) -> Result<Vec<u8>, Refusal>;
    /// Everything goes but what a store would hold.
    fn restart(&mut self);
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "an odd number of digits");
    pairs
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

// --- our engine -----------------------------------------------------------------------------------------------------

/// Secrets and record as they lie in the store; the record is loaded and stored with every message.
pub struct Ours {
    own: OwnDevice,
    signed: SignedPreKeyPair,
    signature: [u8; 64],
    prekeys: Vec<PreKeyPair>,
    stored: Option<Vec<u8>>,
}

impl Ours {
    pub fn new() -> Self {
        let rng = &mut UnwrapErr(SysRng);
        let own = OwnDevice {
            id: DeviceId::new(1).unwrap(),
            identity: IdentityKeyPair::generate(rng),
        };
        let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
        Self {
            signature: signed.sign(&own.identity, DIALECT, rng),
            own,
            signed,
            prekeys: (1..=PREKEYS)
                .map(|id| PreKeyPair::generate(PreKeyId(id), rng))
                .collect(),
            stored: None,
        }
    }

    fn load(&self) -> Option<SessionRecord> {
        let stored = self.stored.as_ref()?;
        Some(SessionRecord::from_bytes(stored).unwrap())
    }

    fn store(&mut self, record: &SessionRecord) {
        self.stored = Some(record.to_bytes().to_vec());
    }

    fn accept(&mut self, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        let needs = key_exchange(DIALECT, bytes)?;
        let mut record = self.load();
        let local = LocalKeys {
            own: &self.own,
            signed_prekeys: std::slice::from_ref(&self.signed),
            prekeys: &self.prekeys,
        };
        let rng = &mut UnwrapErr(SysRng);
        let material = SessionRecord::accept(&mut record, DIALECT, &local, bytes, rng)?;
        self.store(&record.unwrap());
        self.prekeys.retain(|key| key.id != needs.prekey);
        Ok(material.to_vec())
    }

    fn open(&mut self, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        let mut record = self.load().ok_or(OpenError::NoSession)?;
        let material = record.decrypt(&self.own, bytes, &mut UnwrapErr(SysRng))?;
        self.store(&record);
        Ok(material.to_vec())
    }
}

impl Party for Ours {
    fn bundle(&mut self, prekey: u32) -> Bundle {
        let key = self.prekeys.iter().find(|key| key.id.0 == prekey).unwrap();
        let public = [(key.id, key.public())];
        self.own.bundle(&self.signed, &self.signature, &public)
    }

    fn begin(&mut self, bundle: &Bundle) {
        let verified = bundle.verify().unwrap();
        let record = SessionRecord::initiate(&self.own, &verified, self.load(), &mut UnwrapErr(SysRng));
        self.store(&record);
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
        let before = self.stored.clone();
        let result = if message.is_kex {
            self.accept(&message.bytes)
        } else {
            self.open(&message.bytes)
        };
        assert!(result.is_ok() || self.stored == before);
        result.map_err(|error| match error {
            OpenError::Duplicate => Refusal::Duplicate,
            _ => Refusal::Other,
        })
    }

    fn restart(&mut self) {
        self.own.identity = IdentityKeyPair::from_secret(&self.own.identity.secret());
        self.signed = SignedPreKeyPair::from_secret(self.signed.id, &self.signed.secret());
        for key in &mut self.prekeys {
            *key = PreKeyPair::from_secret(key.id, &key.secret());
        }
    }
}

// --- libomemo-c -----------------------------------------------------------------------------------------------------

/// `benches/libomemo/serve.c`, which says what its lines mean.
pub struct Theirs {
    talk: Talk,
    has_session: bool,
}

impl Theirs {
    pub fn new() -> Self {
        let mut talk = Talk::start(crate::program());
        assert_eq!(talk.ask("init 2 1"), "ok");
        Self {
            talk,
            has_session: false,
        }
    }

    fn ask(&mut self, line: &str) -> Vec<String> {
        let answer = self.talk.ask(line);
        let words = answer.strip_prefix("ok").unwrap_or_else(|| panic!("{answer}"));
        words.split_whitespace().map(str::to_owned).collect()
    }
}

impl Party for Theirs {
    fn bundle(&mut self, prekey: u32) -> Bundle {
        let words = self.ask("bundle");
        let [identity, signed_prekey, signature, prekeys] = words.as_slice() else {
            panic!("{words:?}");
        };
        let wanted = format!("{prekey}:");
        let key = prekeys.split(',').find_map(|key| key.strip_prefix(&wanted));
        Bundle {
            dialect: DIALECT,
            identity: unhex(identity),
            signed_prekey_id: 1,
            signed_prekey: unhex(signed_prekey),
            signature: unhex(signature),
            prekeys: vec![(prekey, unhex(key.unwrap()))],
        }
    }

    fn begin(&mut self, bundle: &Bundle) {
        let (prekey, key) = &bundle.prekeys[0];
        self.ask(&format!(
            "begin 1 {} {} {} {prekey} {}",
            hex(&bundle.identity),
            hex(&bundle.signed_prekey),
            hex(&bundle.signature),
            hex(key)
        ));
        self.has_session = true;
    }

    fn has_session(&self) -> bool {
        self.has_session
    }

    fn encrypt(&mut self, data: &[u8]) -> Message {
        let words = self.ask(&format!("encrypt {}", hex(data)));
        let [kind, bytes] = words.as_slice() else {
            panic!("{words:?}");
        };
        Message {
            is_kex: kind == "prekey",
            bytes: unhex(bytes),
        }
    }

    fn decrypt(&mut self, message: &Message) -> Result<Vec<u8>, Refusal> {
        let kind = if message.is_kex { "prekey" } else { "message" };
        let answer = self.talk.ask(&format!("decrypt {kind} {}", hex(&message.bytes)));
        if let Some(code) = answer.strip_prefix("no ") {
            let code: i32 = code.parse().unwrap();
            return Err(if code == DUPLICATE {
                Refusal::Duplicate
            } else {
                Refusal::Other
            });
        }
        self.has_session = true;
        Ok(unhex(answer.strip_prefix("ok ").unwrap()))
    }

    fn restart(&mut self) {
        let saved = self.ask("save").join(" ");
        self.talk = Talk::start(crate::program());
        assert!(self.ask(&format!("restore {saved}")).is_empty());
    }
}
