//! A session record: the current ratchet state with one device and the archived ones (at most 40).
//!
//! Two devices may begin sessions with each other at the same time, and either may begin anew whenever it
//! likes. So a record holds every state that a late message might still need; the one that last opened a
//! message is the current one, and it is the one that seals.

mod encoding;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::keys::PeerIdentity;
use crate::session::{Session, Unlocked};
use crate::wire::{self, Exchange, Message};
use crate::{
    Dialect, Ed25519Fingerprint, IdentityKey, LocalKeys, OpenError, OwnDevice, PublicKey, VerifiedBundle,
};

/// States kept beside the current one.
pub(crate) const ARCHIVED_MOST: usize = 40;

/// How far one letter may walk the chains of archived states, in steps. Each attempt walks a chain of its own
/// up to the counter before anything can prove to be a forgery, and there are many states and several keys to
/// try them with. This is enough for all states at ordinary counters, and for several at the highest.
pub(crate) struct StepBudget(u32);

impl StepBudget {
    pub(crate) fn of(dialect: Dialect) -> Self {
        Self(16 * dialect.constants().skip_most)
    }

    /// Takes the steps to this counter away; false if there are not so many left.
    fn suffices(&mut self, counter: u32) -> bool {
        let left = self.0.checked_sub(counter);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Everything that is kept between messages about one device in one dialect. No Debug; zeroised on drop.
///
/// It does not say which device that is: the caller keeps records by account, device id and dialect.
#[derive(Clone)]
pub struct SessionRecord {
    pub(crate) dialect: Dialect,
    pub(crate) theirs: PeerIdentity,
    pub(crate) current: Session,
    /// Oldest first.
    pub(crate) archived: Vec<Session>,
}

impl SessionRecord {
    /// X3DH as the initiator. The record is in its prekey phase: everything sealed with it is a key exchange
    /// until the first message of the other side was opened. `previous`: what was stored for that device; it
    /// is archived, not lost (unless it is of another dialect or identity key: such states can open nothing
    /// that this record may accept).
    ///
    /// Draws 8 bytes for the choice of the prekey, 32 for EK, 32 for the first ratchet key.
    pub fn initiate(
        own: &OwnDevice,
        bundle: &VerifiedBundle,
        previous: Option<SessionRecord>,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let session = Session::initiate(own, bundle, rng);
        let fitting =
            previous.filter(|record| record.dialect == bundle.dialect && record.theirs == bundle.identity);
        match fitting {
            Some(mut record) => {
                record.replace(session);
                record
            }
            None => Self::new(bundle.dialect, bundle.identity, session),
        }
    }

    /// Encrypts key material for the other device. Gives whether it is a key
    /// exchange, and the bytes of `<key>`. Never with a record that is retired.
    pub fn encrypt(&mut self, own: &OwnDevice, key_material: &[u8]) -> (bool, Vec<u8>) {
        self.current.seal(self.dialect, own, &self.theirs, key_material)
    }

    /// Decrypts a ratchet message (not a key exchange: see [`SessionRecord::accept`]) to its key material. On
    /// an error nothing has changed.
    pub fn decrypt(
        &mut self,
        own: &OwnDevice,
        bytes: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let patience = &mut StepBudget::of(self.dialect);
        self.unlock(own, bytes, patience, rng)
            .map(|unlocked| unlocked.material)
    }

    /// Opens a key exchange to its key material. An unknown base key makes a new session, which becomes the
    /// current one (and the record, if there was none); a known one is that session, and no prekey is asked
    /// for. On an error nothing has changed.
    pub fn accept(
        record: &mut Option<SessionRecord>,
        dialect: Dialect,
        local: &LocalKeys<'_>,
        bytes: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let exchange = wire::read_exchange(dialect, bytes)?;
        let patience = &mut StepBudget::of(dialect);
        Self::unlock_exchange(record, dialect, local, &exchange, patience, rng)
            .map(|unlocked| unlocked.material)
    }

    /// The dialect that it speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
    /// The other side's identity key.
    pub fn their_identity(&self) -> IdentityKey {
        self.theirs.key
    }
    /// The same key as OMEMO 2 shows it, with its sign bit; None in the legacy dialect.
    pub fn their_ed25519(&self) -> Option<Ed25519Fingerprint> {
        self.theirs.ed25519(self.dialect)
    }
    /// The base key of the exchange that the current state came from.
    pub fn base_key(&self) -> PublicKey {
        self.current.base_key
    }
    /// Whether one of its states came from the exchange with this base key.
    pub fn knows_exchange(&self, base_key: &PublicKey) -> bool {
        self.states().any(|state| state.base_key == *base_key)
    }
    /// Archives the states of another record of the same device that this one does not have, as older ones:
    /// the same device was known by two numbers.
    pub fn keep_states_of(&mut self, other: SessionRecord) {
        if other.dialect != self.dialect || other.theirs != self.theirs {
            return;
        }
        let mut older = other.archived;
        older.push(other.current);
        older.retain(|state| !self.knows_exchange(&state.base_key));
        older.append(&mut self.archived);
        self.archived = older;
        self.bound();
    }
    /// Whether the current state is still in its prekey phase.
    pub fn is_unanswered(&self) -> bool {
        self.current.unanswered.is_some()
    }
    /// Lets none of its states seal any more; what is late they still open. For ratchets that may be older
    /// than what was sealed with them: the next session is begun anew ([`SessionRecord::initiate`] with this
    /// record as the one before).
    pub fn retire(&mut self) {
        self.current.retired = true;
        for state in &mut self.archived {
            state.retired = true;
        }
    }
    /// Whether nothing is to be sealed with it.
    pub fn is_retired(&self) -> bool {
        self.current.retired
    }
    /// Whether the other side began the current state and nothing was sealed with it yet.
    pub fn is_unused(&self) -> bool {
        self.current.is_unused()
    }

    fn new(dialect: Dialect, theirs: PeerIdentity, session: Session) -> Self {
        Self {
            dialect,
            theirs,
            current: session,
            archived: Vec::new(),
        }
    }

    /// Opens a ratchet message with whichever state it fits.
    pub(crate) fn unlock(
        &mut self,
        own: &OwnDevice,
        bytes: &[u8],
        patience: &mut StepBudget,
        rng: &mut dyn CryptoRng,
    ) -> Result<Unlocked, OpenError> {
        let message = wire::read_message(self.dialect, bytes)?;
        let Self {
            dialect,
            theirs,
            current,
            archived,
        } = self;
        let (dialect, theirs) = (*dialect, &*theirs);
        // Ratchet keys are random, so a state that knows this one is the only
        // state that can open the message.
        if current.ratchet.knows(&message.ratchet_key) {
            return current.open(dialect, own, theirs, &message, rng);
        }
        if let Some(place) = archived
            .iter()
            .rposition(|state| state.ratchet.knows(&message.ratchet_key))
        {
            return self.open_archived(place, own, &message, rng);
        }
        // A new ratchet key: the newest state is the likeliest.
        let mut error = match current.open(dialect, own, theirs, &message, rng) {
            Ok(unlocked) => return Ok(unlocked),
            Err(error) => error,
        };
        for place in (0..self.archived.len()).rev() {
            if !patience.suffices(message.counter) {
                break;
            }
            match self.open_archived(place, own, &message, rng) {
                Ok(unlocked) => return Ok(unlocked),
                Err(other) => error = error.more_telling(other),
            }
        }
        Err(error)
    }

    /// Opens with an archived state, which becomes the current one if it succeeds, unless it seals nothing.
    fn open_archived(
        &mut self,
        place: usize,
        own: &OwnDevice,
        message: &Message<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Unlocked, OpenError> {
        let state = self.archived.get_mut(place).ok_or(OpenError::NoSession)?;
        let unlocked = state.open(self.dialect, own, &self.theirs, message, rng)?;
        if state.retired {
            return Ok(unlocked);
        }
        let promoted = self.archived.remove(place);
        self.replace(promoted);
        Ok(unlocked)
    }

    /// As [`SessionRecord::accept`], telling all.
    pub(crate) fn unlock_exchange(
        record: &mut Option<SessionRecord>,
        dialect: Dialect,
        local: &LocalKeys<'_>,
        exchange: &Exchange<'_>,
        patience: &mut StepBudget,
        rng: &mut dyn CryptoRng,
    ) -> Result<Unlocked, OpenError> {
        if let Some(record) = record {
            if record.dialect != dialect {
                return Err(OpenError::Malformed("record of the other dialect"));
            }
            if record.theirs.key != exchange.identity.key {
                return Err(OpenError::IdentityChanged(exchange.identity.key));
            }
            // Sent in the prekey phase of a session that exists, or replayed: its prekey may be long gone.
            if record.theirs == exchange.identity && record.knows_exchange(&exchange.base_key) {
                return record.unlock(local.own, exchange.message, patience, rng);
            }
        }
        let (session, unlocked) = Session::respond(dialect, local, exchange, rng)?;
        match record {
            Some(record) if record.theirs == exchange.identity => record.replace(session),
            // Also of the same key with the other sign bit (OMEMO 2): the old states'
            // associated data ends with them.
            _ => *record = Some(Self::new(dialect, exchange.identity, session)),
        }
        Ok(unlocked)
    }

    fn states(&self) -> impl Iterator<Item = &Session> {
        std::iter::once(&self.current).chain(&self.archived)
    }

    /// Makes `session` the current one and archives the old one. Whoever makes us archive without end
    /// gets the oldest states dropped, and the archive's skipped keys (the newest states' last)
    /// bounded like those of one state.
    fn replace(&mut self, session: Session) {
        self.archived.push(std::mem::replace(&mut self.current, session));
        self.bound();
    }

    fn bound(&mut self) {
        let too_many = self.archived.len().saturating_sub(ARCHIVED_MOST);
        self.archived.drain(..too_many);
        let mut room = self.dialect.constants().skip_most as usize;
        for state in self.archived.iter_mut().rev() {
            state.ratchet.bound_skipped(room);
            room = room.saturating_sub(state.ratchet.skipped());
        }
    }
}
