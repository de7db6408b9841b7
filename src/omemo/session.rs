//! One state of a session record: a ratchet, how it began, and which identities its messages are bound to.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::keys::{KeyPair, PeerIdentity};
use super::primitives::Point;
use super::ratchet::Ratchet;
use super::wire::{self, AssociatedData, Exchange, ExchangeHeader, Message};
use super::x3dh;
use super::{Dialect, LocalKeys, OpenError, OwnDevice, PreKeyId, PublicKey, SignedPreKeyId, VerifiedBundle};

/// One state: a ratchet and how it began.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) role: Role,
    /// EK of the X3DH that it came from: its name, as it were.
    pub(super) base_key: PublicKey,
    /// The initiator's, until the first message of the other side: the prekeys that every message must name.
    pub(super) unanswered: Option<(PreKeyId, SignedPreKeyId)>,
    /// It still opens what was sealed for it, and seals nothing any more.
    pub(super) retired: bool,
    pub(super) ratchet: Ratchet,
}

/// Who began a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Initiator,
    Responder,
}

/// What one `<key>` held, and how it was opened.
pub(super) struct Unlocked {
    pub(super) material: Zeroizing<Vec<u8>>,
    pub(super) counter: u32,
    pub(super) heartbeat_due: bool,
    /// The one-time prekey that a new session used up.
    pub(super) spent: Option<PreKeyId>,
}

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Sending,
    Receiving,
}

impl Session {
    /// Whether the other side began it and nothing was sealed with it yet.
    pub(super) fn is_unused(&self) -> bool {
        let Ratchet {
            sending, previous, ..
        } = &self.ratchet;
        self.role == Role::Responder && sending.next == 0 && *previous == 0
    }

    /// X3DH as the initiator. Draws as [`super::SessionRecord::initiate`] says.
    pub(super) fn initiate(own: &OwnDevice, bundle: &VerifiedBundle, rng: &mut dyn CryptoRng) -> Self {
        let (prekey_id, prekey) = bundle.pick_point(rng);
        let ephemeral = KeyPair::generate(rng);
        let responder = x3dh::Responder {
            identity: bundle.identity_point,
            signed_prekey: bundle.signed_prekey,
            prekey,
        };
        let shared = x3dh::initiate(bundle.dialect, &own.identity, &ephemeral, &responder);
        let constants = bundle.dialect.constants();
        Session {
            role: Role::Initiator,
            base_key: ephemeral.public,
            unanswered: Some((prekey_id, bundle.signed_prekey_id)),
            retired: false,
            ratchet: Ratchet::initiate(constants, shared, &bundle.signed_prekey, rng),
        }
    }

    /// X3DH as the responder, proved by the message inside.
    pub(super) fn respond(
        dialect: Dialect,
        local: &LocalKeys<'_>,
        exchange: &Exchange<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Unlocked), OpenError> {
        let message = wire::read_message(dialect, exchange.message)?;
        let signed_prekey = local
            .signed_prekeys
            .iter()
            .find(|key| key.id == exchange.signed_prekey);
        let signed_prekey = &signed_prekey.ok_or(OpenError::UnknownPreKey)?.pair;
        let prekey = local.prekeys.iter().find(|key| key.id == exchange.prekey);
        let prekey = &prekey.ok_or(OpenError::UnknownPreKey)?.pair;
        let identity = exchange
            .identity
            .point()
            .ok_or(OpenError::Malformed("unusable identity key"))?;
        let shared = x3dh::respond(
            dialect,
            &local.own.identity,
            signed_prekey,
            prekey,
            &identity,
            &Point::lift(&exchange.base_key.0),
        )
        .ok_or(OpenError::Malformed("low-order key in a key exchange"))?;
        let associated = associated_data(
            Role::Responder,
            Direction::Receiving,
            dialect,
            local.own,
            &exchange.identity,
        );
        let (ratchet, opening) = Ratchet::respond(
            dialect.constants(),
            shared,
            signed_prekey,
            associated.as_slice(),
            &message,
            rng,
        )?;
        let session = Session {
            role: Role::Responder,
            base_key: exchange.base_key,
            unanswered: None,
            retired: false,
            ratchet,
        };
        let unlocked = Unlocked {
            material: opening.plaintext,
            counter: message.counter,
            heartbeat_due: opening.heartbeat_due,
            spent: Some(exchange.prekey),
        };
        Ok((session, unlocked))
    }

    /// Seals key material: whether it is a key exchange, and the bytes of `<key>`.
    pub(super) fn seal(
        &mut self,
        dialect: Dialect,
        own: &OwnDevice,
        theirs: &PeerIdentity,
        key_material: &[u8],
    ) -> (bool, Vec<u8>) {
        let associated = self.associated_data(dialect, own, theirs, Direction::Sending);
        let (authenticated, mac) = self.ratchet.seal(
            dialect.constants(),
            associated.as_slice(),
            key_material,
            |header, ciphertext| wire::write_message(dialect, header, ciphertext),
        );
        let mac = mac.get(..dialect.constants().mac_length).unwrap_or_default();
        let message = wire::attach_mac(dialect, authenticated, mac);
        let Some((prekey, signed_prekey)) = self.unanswered else {
            return (false, message);
        };
        let header = ExchangeHeader {
            prekey,
            signed_prekey,
            identity: own.identity.encoded(dialect),
            base_key: self.base_key,
            registration: Some(own.id.get()),
        };
        (true, wire::write_exchange(dialect, &header, &message))
    }

    /// Opens a message; on an error nothing has changed.
    pub(super) fn open(
        &mut self,
        dialect: Dialect,
        own: &OwnDevice,
        theirs: &PeerIdentity,
        message: &Message<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Unlocked, OpenError> {
        let associated = self.associated_data(dialect, own, theirs, Direction::Receiving);
        let opening = self
            .ratchet
            .open(dialect.constants(), associated.as_slice(), message, rng)?;
        self.unanswered = None;
        Ok(Unlocked {
            material: opening.plaintext,
            counter: message.counter,
            heartbeat_due: opening.heartbeat_due,
            spent: None,
        })
    }

    fn associated_data(
        &self,
        dialect: Dialect,
        own: &OwnDevice,
        theirs: &PeerIdentity,
        direction: Direction,
    ) -> AssociatedData {
        associated_data(self.role, direction, dialect, own, theirs)
    }
}

/// Legacy orders the identities by sender and receiver of the message, OMEMO 2 by initiator and responder.
fn associated_data(
    role: Role,
    direction: Direction,
    dialect: Dialect,
    own: &OwnDevice,
    theirs: &PeerIdentity,
) -> AssociatedData {
    let own_first = match dialect {
        Dialect::Legacy => direction == Direction::Sending,
        Dialect::Omemo2 => role == Role::Initiator,
    };
    let own = own.identity.encoded(dialect);
    let (first, second) = if own_first {
        (own, &theirs.encoded)
    } else {
        (&theirs.encoded, own)
    };
    wire::associated_data(dialect, first, second)
}
