//! Session records as bytes, for the store: flat, little endian, no field that is
//! derived from another when loading.
//!
//! ```text
//! record    version = 1 (1) ‖ dialect (1) ‖ identity, Curve25519 form (32) ‖ OMEMO 2: Ed25519 form (32)
//!           ‖ archived states (1) ‖ current state ‖ archived states, oldest first
//! state     flags (1: initiator = 1, unanswered = 2, retired = 4) ‖ base key (32) ‖ if unanswered: prekey id (4), signed id (4)
//!           ‖ root key (32) ‖ ratchet secret (32) ‖ ratchet public (32) ‖ sending chain key (32) ‖ next (4) ‖ PN (4)
//!           ‖ receiving chains (1) ‖ receiving chains, oldest first
//! chain     ratchet key (32) ‖ chain key (32) ‖ next (4) ‖ skipped keys (2) ‖ skipped: counter (4) ‖ key (32)
//! ```
//! A record without archived states and skipped keys has at most 600 bytes or so. Whoever can write these
//! bytes holds the keys already, so they carry no MAC of their own (the store's pages do); reading is total
//! nevertheless: any input gives a record within its bounds or an error.

use zeroize::Zeroizing;

use super::ARCHIVED_MOST;
use crate::keys::{KeyPair, PeerIdentity};
use crate::primitives::Secret;
use crate::ratchet::{ChainKey, RECEIVING_MOST, Ratchet, ReceivingChain, RootKey, SendingChain, Skipped};
use crate::session::{Role, Session};
use crate::{Dialect, IdentityKey, PreKeyId, PublicKey, RecordError, SessionRecord, SignedPreKeyId};

const VERSION: u8 = 1;
const INITIATOR: u8 = 1;
const UNANSWERED: u8 = 2;
const RETIRED: u8 = 4;
/// Bytes of a chain before its skipped keys, and of a skipped key.
const CHAIN: usize = 70;
const SKIPPED: usize = 36;

impl SessionRecord {
    /// From the store.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut reader = RecordReader { rest: bytes };
        if reader.byte()? != VERSION {
            return Err(RecordError("unknown version"));
        }
        let dialect = match reader.byte()? {
            0 => Dialect::Legacy,
            1 => Dialect::Omemo2,
            _ => return Err(RecordError("unknown dialect")),
        };
        let key = IdentityKey(*reader.array()?);
        let encoded = match dialect {
            Dialect::Legacy => key.0,
            Dialect::Omemo2 => *reader.array()?,
        };
        let archived_states = reader.count(ARCHIVED_MOST)?;
        let current = reader.session(dialect)?;
        let mut archived = Vec::with_capacity(archived_states);
        for _ in 0..archived_states {
            archived.push(reader.session(dialect)?);
        }
        if !reader.rest.is_empty() {
            return Err(RecordError("longer than it says"));
        }
        Ok(Self {
            dialect,
            theirs: PeerIdentity { key, encoded },
            current,
            archived,
        })
    }

    /// For the store.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Sized beforehand: growing would leave key material behind in memory given back.
        let states: usize = self.archived.iter().map(size).sum();
        let mut out = Vec::with_capacity(67 + size(&self.current) + states);
        out.push(VERSION);
        match self.dialect {
            Dialect::Legacy => {
                out.push(0);
                out.extend_from_slice(&self.theirs.key.0);
            }
            Dialect::Omemo2 => {
                out.push(1);
                out.extend_from_slice(&self.theirs.key.0);
                out.extend_from_slice(&self.theirs.encoded);
            }
        }
        // At most ARCHIVED_MOST.
        out.push(u8::try_from(self.archived.len()).unwrap_or(u8::MAX));
        write_session(&mut out, &self.current);
        for state in &self.archived {
            write_session(&mut out, state);
        }
        Zeroizing::new(out)
    }
}

fn size(session: &Session) -> usize {
    178 + session.ratchet.receiving.len() * CHAIN + session.ratchet.skipped() * SKIPPED
}

fn write_session(out: &mut Vec<u8>, session: &Session) {
    let flags = [
        (session.role == Role::Initiator, INITIATOR),
        (session.unanswered.is_some(), UNANSWERED),
        (session.retired, RETIRED),
    ];
    let set = flags.into_iter().filter(|(is_so, _)| *is_so);
    out.push(set.fold(0, |flags, (_, flag)| flags | flag));
    out.extend_from_slice(&session.base_key.0);
    if let Some((prekey, signed_prekey)) = session.unanswered {
        out.extend_from_slice(&prekey.0.to_le_bytes());
        out.extend_from_slice(&signed_prekey.0.to_le_bytes());
    }
    let Ratchet {
        root,
        sending,
        previous,
        receiving,
    } = &session.ratchet;
    out.extend_from_slice(root.0.as_ref());
    out.extend_from_slice(sending.ratchet.secret.as_ref());
    out.extend_from_slice(&sending.ratchet.public.0);
    out.extend_from_slice(sending.key.0.as_ref());
    out.extend_from_slice(&sending.next.to_le_bytes());
    out.extend_from_slice(&previous.to_le_bytes());
    // At most RECEIVING_MOST, and at most `skip_most` skipped keys.
    out.push(u8::try_from(receiving.len()).unwrap_or(u8::MAX));
    for chain in receiving {
        out.extend_from_slice(&chain.ratchet_key.0);
        out.extend_from_slice(chain.key.0.as_ref());
        out.extend_from_slice(&chain.next.to_le_bytes());
        let skipped = u16::try_from(chain.skipped.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&skipped.to_le_bytes());
        for entry in chain.skipped.entries() {
            out.extend_from_slice(&entry.counter.to_le_bytes());
            out.extend_from_slice(&entry.key);
        }
    }
}

struct RecordReader<'a> {
    rest: &'a [u8],
}

impl<'a> RecordReader<'a> {
    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], RecordError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(RecordError("cut short"))?;
        self.rest = rest;
        Ok(taken)
    }
    fn byte(&mut self) -> Result<u8, RecordError> {
        self.array::<1>().map(|[byte]| *byte)
    }
    fn number(&mut self) -> Result<u32, RecordError> {
        self.array().map(|bytes| u32::from_le_bytes(*bytes))
    }
    fn secret(&mut self) -> Result<Secret, RecordError> {
        self.array().map(|bytes| Zeroizing::new(*bytes))
    }
    fn public(&mut self) -> Result<PublicKey, RecordError> {
        self.array().map(|bytes| PublicKey(*bytes))
    }
    fn count(&mut self, most: usize) -> Result<usize, RecordError> {
        let count = usize::from(self.byte()?);
        if count > most {
            Err(RecordError("more states or chains than allowed"))
        } else {
            Ok(count)
        }
    }

    fn session(&mut self, dialect: Dialect) -> Result<Session, RecordError> {
        let flags = self.byte()?;
        if flags & !(INITIATOR | UNANSWERED | RETIRED) != 0 {
            return Err(RecordError("unknown flags"));
        }
        let role = if flags & INITIATOR != 0 {
            Role::Initiator
        } else {
            Role::Responder
        };
        let base_key = self.public()?;
        let unanswered = match flags & UNANSWERED {
            0 => None,
            _ => Some((PreKeyId(self.number()?), SignedPreKeyId(self.number()?))),
        };
        Ok(Session {
            role,
            base_key,
            unanswered,
            retired: flags & RETIRED != 0,
            ratchet: self.ratchet(dialect)?,
        })
    }

    fn ratchet(&mut self, dialect: Dialect) -> Result<Ratchet, RecordError> {
        let root = RootKey(self.secret()?);
        let ratchet = KeyPair {
            secret: self.secret()?,
            public: self.public()?,
        };
        let sending = SendingChain {
            ratchet,
            key: ChainKey(self.secret()?),
            next: self.number()?,
        };
        let previous = self.number()?;
        let chains = self.count(RECEIVING_MOST)?;
        let mut room = dialect.constants().skip_most;
        let mut receiving: Vec<ReceivingChain> = Vec::with_capacity(chains);
        for _ in 0..chains {
            let chain = self.chain(&mut room)?;
            if receiving
                .iter()
                .any(|other| other.ratchet_key == chain.ratchet_key)
            {
                return Err(RecordError("a ratchet key twice"));
            }
            receiving.push(chain);
        }
        Ok(Ratchet {
            root,
            sending,
            previous,
            receiving,
        })
    }

    fn chain(&mut self, room: &mut u32) -> Result<ReceivingChain, RecordError> {
        let ratchet_key = self.public()?;
        let key = ChainKey(self.secret()?);
        let next = self.number()?;
        let keys = u32::from(u16::from_le_bytes(*self.array()?));
        *room = room
            .checked_sub(keys)
            .ok_or(RecordError("more skipped keys than allowed"))?;
        let mut skipped = Skipped::with_room(keys);
        let mut least = 0;
        for _ in 0..keys {
            let counter = self.number()?;
            if counter < least || counter >= next {
                return Err(RecordError("skipped keys out of order"));
            }
            least = counter.saturating_add(1);
            skipped.push_stored(counter, self.array()?);
        }
        Ok(ReceivingChain {
            ratchet_key,
            key,
            next,
            skipped,
        })
    }
}
