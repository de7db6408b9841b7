//! What the store knows of the device that wrote a letter, read once for all that is asked about
//! it.

use crate::turn::Turn;
use model::{BareJid, Timestamp, Trust};
use omemo::{Ed25519Fingerprint, EncryptedMessage, IdentityKey};
use store::Result;
use store::omemo::{self as keys, Device, KeyTrust};

/// The device as it was before the letter was opened.
pub(crate) struct Sender {
    /// In the letter's dialect.
    device: Option<Device>,
    /// The key that it showed in the other one.
    elsewhere: Option<IdentityKey>,
    /// The key that it showed in this dialect, else in the other one: it has only one.
    pub(crate) identity: Option<IdentityKey>,
    /// What was decided about that key.
    key: Option<KeyTrust>,
}

impl Sender {
    pub(crate) fn read(turn: &Turn<'_>, jid: &BareJid, letter: &EncryptedMessage) -> Result<Self> {
        let account = turn.own.account;
        let mut known = keys::in_every_dialect(turn.tx, account, jid, letter.sid)?;
        let here = known.iter().position(|device| device.dialect == letter.dialect);
        let device = here.map(|place| known.swap_remove(place));
        let elsewhere = known.iter().find_map(|device| device.identity);
        let identity = device.as_ref().and_then(|device| device.identity).or(elsewhere);
        let key = match &identity {
            Some(identity) => keys::key(turn.tx, account, jid, identity)?,
            None => None,
        };
        Ok(Self {
            device,
            elsewhere,
            identity,
            key,
        })
    }

    /// The trust of a key of this JID, the device's or another one.
    pub(crate) fn trust_of(
        &self,
        turn: &Turn<'_>,
        jid: &BareJid,
        identity: &IdentityKey,
    ) -> Result<Option<Trust>> {
        match self.identity == Some(*identity) {
            true => Ok(self.key.as_ref().map(|key| key.trust)),
            false => keys::trust(turn.tx, turn.own.account, jid, identity),
        }
    }

    /// The trust of this key, if there is nothing to note about it: the device showed it before, no
    /// other one in the other dialect, and its trust began.
    pub(crate) fn settled(&self, identity: &IdentityKey) -> Option<Trust> {
        let shown = self.device.as_ref().and_then(|device| device.identity);
        let agrees = self.elsewhere.is_none_or(|other| other == *identity);
        let key = self.key.as_ref().filter(|key| key.identity == *identity)?;
        (shown == Some(*identity) && agrees).then_some(key.trust)
    }

    /// Whether it is known in which form OMEMO 2 publishes this key.
    pub(crate) fn has_form(&self, identity: &IdentityKey, form: &Ed25519Fingerprint) -> bool {
        let key = self.key.as_ref().filter(|key| key.identity == *identity);
        key.is_some_and(|key| key.ed25519 == Some(*form))
    }

    /// Whether it is on no list, and this is its first message since the list was read, which
    /// `read` tells.
    pub(crate) fn is_news_unlisted(&self, read: impl FnOnce() -> Result<Option<Timestamp>>) -> Result<bool> {
        match &self.device {
            None => Ok(true),
            Some(device) if device.active => Ok(false),
            Some(device) => Ok(device.last_seen <= read()?),
        }
    }
}
