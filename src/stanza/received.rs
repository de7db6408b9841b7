//! One message stanza, unwrapped: live, carbon (sender checked) or archive -> [`Received`]. The only place where a
//! message's wrapping is trusted or not (threats 1-5, 14-17, 21, 22, 44, 45).

use jid::{BareJid, Jid};
use jiff::Timestamp;
use minidom::Element;

use super::iq::StanzaError;
use crate::model::{Clean, Direction};

/// How it reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Live,
    /// Live, with a delay stamp of our own server: from offline storage.
    Offline,
    Carbon,
    Archive,
}

/// A message stanza whose wrapping was checked.
#[derive(Debug, Clone)]
pub struct Received {
    pub origin: Origin,
    pub direction: Direction,
    /// The full sender (carbon: of the inner stanza).
    pub from: Jid,
    /// The other side's bare JID.
    pub peer: BareJid,
    /// origin-id, else the id attribute, else None.
    pub id: Option<String>,
    /// The id attribute alone: what a receipt must name.
    pub attribute_id: Option<String>,
    /// stanza-id by our own bare JID, only if the caller says that our server is trusted to set it.
    pub server_id: Option<String>,
    /// The delay stamp set by our own server.
    pub delay: Option<Timestamp>,
    pub content: Content,
    /// The other side asks for a receipt.
    pub wants_receipt: bool,
    /// The delivery receipt that it carries: the id that it names.
    pub receipt_for: Option<String>,
}

/// What the stanza carries.
#[derive(Debug, Clone)]
pub enum Content {
    /// The one `<encrypted xmlns='eu.siacs.conversations.axolotl'>`, unparsed; body and everything beside it is not
    /// believed.
    OmemoLegacy(Element),
    /// The body in clear.
    Clear(Clean),
    /// type="error" for the id in `Received::id`.
    Error(StanzaError),
    /// Encrypted by something that this program does not speak (EME name or namespace, in words).
    OtherEncryption(Clean),
    /// Nothing to show (chat states, receipts alone).
    Nothing,
}

/// Why a stanza is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// Somebody tries to pass for somebody else: nothing happens at all.
    #[error("forged: {0}")]
    Forged(&'static str),
    /// An element stands twice that may stand once, or the like.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// Of a kind that is not for the history (groupchat without a room, headline).
    #[error("not a chat message: {0}")]
    NotChat(&'static str),
}

/// Unwraps a `<message>`. `own` is our bare JID; `trust_stanza_id`: our server advertises urn:xmpp:sid:0.
pub fn unwrap(_message: &Element, _own: &BareJid, _trust_stanza_id: bool) -> Result<Received, Dropped> {
    todo!()
}
