//! One message stanza, unwrapped: live, carbon (sender checked) or archived -> [`Received`]. With
//! `wrapping`, the only place where a message's wrapping is trusted or not (threats 1-5, 14-17, 21, 22,
//! 44, 45).

use jid::{BareJid, Jid};
use jiff::Timestamp;
use minidom::Element;

use super::content::{self, Scope};
use super::iq::{self, StanzaError};
use super::muc::notices::{self, Invitation, RoomNotice};
use super::words::Ambiguous;
use super::xml::{Several, at_most_one, children, sane_id};
use super::{encryption, ns, resource, words};
use model::{Author, Clean, Content, Direction, InPrivate, address};
use omemo::Dialect;
pub use rooms::{ByWay, RoomWord, archived_in_room, moderated, of_room};
pub use wrapping::{Found, archived, result};
use wrapping::{carbon, is_archive_result, read_carbon};

/// The attribute of ours that marks a message whose words could not be read, by whoever read it before the
/// parser. A sender who writes it says so of nothing but this message.
pub const LOST: &str = "susurro-lost";

/// A timestamp is shorter than this, in bytes.
const MAX_STAMP: usize = 64;
/// 1999-01-01T00:00:00Z, the year of the first Jabber server: nothing was delayed since before.
const OLDEST_STAMP: i64 = 915_148_800;

/// How it reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Live,
    /// Live, with a delay stamp of our own server: from offline storage.
    Offline,
    Carbon,
    /// An archive has it: it came since we were last here.
    Archive,
    /// An archive has it, of a time before: nobody waits for it, and nothing answers it by itself.
    Past,
}

impl Origin {
    /// Whether an archive brought it.
    pub fn is_archived(self) -> bool {
        matches!(self, Self::Archive | Self::Past)
    }
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
    pub carried: Carried,
    /// It says that it is of a group: of a room, or of a contact who got the type wrong.
    pub is_groupchat: bool,
    /// Who wrote it, if it is of a room that we are in: `peer` is the room's address then.
    pub occupant: Option<Occupant>,
    /// By whose way it came, if `peer` is a room's address.
    pub by_way: ByWay,
    /// With whom in that room it is in private: for whoever knows the room to say.
    pub within: Option<InPrivate>,
}

/// Somebody in a room, as far as the room vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupant {
    pub nick: String,
    /// Who that is over all nicks (XEP-0421).
    pub id: Option<String>,
    /// Their address.
    pub real: Option<BareJid>,
}

impl Received {
    /// The address that stands for whoever wrote it: theirs, or the room's where that does not show it.
    pub fn writer(&self) -> BareJid {
        let real = self.occupant.as_ref().and_then(|occupant| occupant.real.clone());
        real.unwrap_or_else(|| self.from.to_bare())
    }

    /// Who wrote it, as the history names them.
    pub fn author(&self) -> Author {
        match (self.direction, &self.occupant) {
            (Direction::Out, _) => Author::Us,
            (Direction::In, None) => Author::Contact(self.from.to_bare()),
            (Direction::In, Some(occupant)) => Author::Occupant {
                nick: Clean::line(&occupant.nick),
                occupant_id: occupant.id.clone(),
                real: occupant.real.clone(),
            },
        }
    }

    /// Whether somebody else wrote it to us alone, under an id that others can name it by.
    pub fn names_itself(&self) -> bool {
        self.direction == Direction::In
            && !self.is_groupchat
            && self.attribute_id.is_some()
            && self.attribute_id == self.id
    }
}

/// What the stanza carries.
#[derive(Debug, Clone)]
pub enum Carried {
    /// Nothing encrypted: what it says in clear, be it nothing.
    Clear(Content),
    /// OMEMO, unparsed, and what is believed beside it.
    Omemo(Box<Encrypted>),
    /// type="error" for the id in `Received::id`.
    Error(StanzaError),
    /// Encrypted by something that this program does not speak.
    OtherEncryption(OtherEncryption),
    /// Somebody wants us in a room: the room says so from its own address, or they do.
    Invited(Box<Invitation>),
    /// Whom we invited does not come, as the room says.
    Declined { who: BareJid, reason: Option<Clean> },
    /// Words that could not be read ([`LOST`]); what stands beside them says nothing.
    Lost,
}

/// A message that is encrypted by something that this program does not speak.
#[derive(Debug, Clone)]
pub struct OtherEncryption {
    /// EME name or namespace, in words.
    pub name: Clean,
    /// What is encrypted.
    pub sealed: String,
    /// What is believed beside it.
    pub beside: Content,
}

/// The `<encrypted>` elements of a message, at most one of each dialect; at least one is there.
#[derive(Debug, Clone, Default)]
pub struct Encrypted {
    pub omemo2: Option<Element>,
    pub legacy: Option<Element>,
    /// It has an id, a body or the mark of XEP-0380, as every message that a person wrote has; what
    /// programs tell each other may have none.
    pub is_marked: bool,
    beside_omemo2: Content,
    beside_legacy: Content,
}

impl Encrypted {
    /// Those that are there, the one of the newer dialect first.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.omemo2.iter().chain(&self.legacy)
    }

    /// What is believed beside the one of this dialect once that one was opened.
    pub fn beside(&self, dialect: Dialect) -> &Content {
        match dialect {
            Dialect::Omemo2 => &self.beside_omemo2,
            Dialect::Legacy => &self.beside_legacy,
        }
    }
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
    /// Of a kind that is not for the history.
    #[error("not a chat message: {0}")]
    NotChat(&'static str),
}

/// Unwraps a `<message>`. `own` is our bare JID; `trust_stanza_id`: our server advertises
/// urn:xmpp:sid:0.
///
/// An archive result is refused: whoever asked an archive takes it by [`archived`]. A stray `<forwarded>` is
/// never looked into.
pub fn unwrap(message: &Element, own: &BareJid, trust_stanza_id: bool) -> Result<Received, Dropped> {
    if !message.is("message", ns::CLIENT) {
        return Err(Dropped::Malformed("not a <message>"));
    }
    let from = address_in(message, "from")?.unwrap_or_else(|| own.clone().into());
    if is_archive_result(message) {
        return Err(Dropped::Forged("an archive result that nobody asked for"));
    }
    match carbon(message)? {
        None => read(message, from, own, trust_stanza_id, Origin::Live),
        // To the letter: an own device may have a resource that is left out when it is read.
        Some(_) if from != *own || message.attr("from").is_some_and(|from| from.contains('/')) => {
            Err(Dropped::Forged("a carbon that is not from our own account"))
        }
        Some(_) if message.attr("type") == Some("error") => {
            Err(Dropped::Forged("a carbon that came back as an error"))
        }
        Some(carbon) => read_carbon(carbon, own, trust_stanza_id),
    }
}

/// The JID in an attribute; absent is not wrong, nor is a resource that we cannot read.
fn address_in(message: &Element, attribute: &str) -> Result<Option<Jid>, Dropped> {
    message
        .attr(attribute)
        .map(|jid| resource::lenient(jid).ok_or(Dropped::Malformed("an impossible JID")))
        .transpose()
}

/// A message without its wrapping, from a sender that was checked.
fn read(
    message: &Element,
    from: Jid,
    own: &BareJid,
    trust_stanza_id: bool,
    origin: Origin,
) -> Result<Received, Dropped> {
    let kind = message.attr("type");
    let occupant_id = once(message, "occupant-id", ns::OCCUPANT_ID, "several occupant-ids")?;
    let nick = from.resource().map(|nick| nick.as_str().to_owned());
    let origin_id = once(message, "origin-id", ns::SID, "several origin-ids")?;
    once(message, "received", ns::RECEIPTS, "several receipts")?;
    let attribute_id = sane_id(message.attr("id"));
    let peer = from.to_bare();
    let is_own = peer == *own;
    let mut received = Received {
        origin,
        direction: if is_own { Direction::Out } else { Direction::In },
        from,
        peer,
        id: attribute_id.clone(),
        attribute_id,
        server_id: None,
        delay: delay(message, own, false),
        carried: Carried::Clear(Content::default()),
        is_groupchat: kind == Some("groupchat"),
        occupant: None,
        by_way: ByWay {
            nick: nick.filter(|_| !is_own),
            is_marked: message.has_child("x", ns::MUC_USER),
            occupant_id: occupant_id.and_then(|id| sane_id(id.attr("id"))),
        },
        within: None,
    };
    if origin == Origin::Live && received.delay.is_some() {
        received.origin = Origin::Offline;
    }
    // What an error echoes of the message that it answers is not ours to read (threat 22).
    if let Some(error) = iq::error_of(message).filter(|_| kind == Some("error")) {
        received.carried = Carried::Error(error);
        return Ok(received);
    }
    received.carried = match message.attr(LOST) {
        Some(_) => Carried::Lost,
        None => carried(message, &received)?,
    };
    received.id = origin_id
        .and_then(|origin| sane_id(origin.attr("id")))
        .or(received.id);
    received.server_id = stanza_id(message, own).filter(|_| trust_stanza_id);
    Ok(received)
}

fn once<'a>(
    message: &'a Element,
    name: &'a str,
    namespace: &'a str,
    otherwise: &'static str,
) -> Result<Option<&'a Element>, Dropped> {
    at_most_one(message, name, namespace).map_err(|Several| Dropped::Malformed(otherwise))
}

/// XEP-0359: the id that our own server gave; of two neither is believed.
fn stanza_id(message: &Element, own: &BareJid) -> Option<String> {
    let mut ids = children(message, "stanza-id", ns::SID).filter(|id| {
        id.attr("by")
            .and_then(|by| address::jid(by).ok())
            .is_some_and(|by| by == *own)
    });
    let id = ids.next()?;
    if ids.next().is_some() {
        return None;
    }
    sane_id(id.attr("id"))
}

/// XEP-0203: the stamp of our own account or domain. Of several the latest: one that a sender
/// forged can then be overruled by the one that our server adds. `anonymous`: one without `from` is
/// our server's too.
fn delay(parent: &Element, own: &BareJid, anonymous: bool) -> Option<Timestamp> {
    children(parent, "delay", ns::DELAY)
        .filter(|delay| match delay.attr("from").map(address::jid) {
            None => anonymous,
            Some(Err(_)) => false,
            Some(Ok(from)) => {
                from == *own || (from.node().is_none() && from.is_bare() && from.domain() == own.domain())
            }
        })
        .filter_map(|delay| stamp(delay.attr("stamp")?))
        .max()
}

/// A XEP-0082 date and time; None if it is none, or lies before there was anything to delay.
pub(super) fn stamp(text: &str) -> Option<Timestamp> {
    // The parser reads more forms than XEP-0082 permits: a space for the T, time zones by name.
    if text.len() > MAX_STAMP || !text.bytes().all(|b| b.is_ascii_digit() || b"-:.TZ+".contains(&b)) {
        return None;
    }
    let stamp: Timestamp = text.parse().ok()?;
    (stamp.as_second() >= OLDEST_STAMP).then_some(stamp)
}

/// What it carries. A body beside something encrypted is for others and never read (threat 44).
fn carried(message: &Element, received: &Received) -> Result<Carried, Dropped> {
    let said = |scope| said(message, received, scope);
    let omemo2 = once(message, "encrypted", ns::OMEMO2, "several <encrypted>")?.cloned();
    let legacy = once(message, "encrypted", ns::OMEMO_LEGACY, "several <encrypted>")?.cloned();
    if omemo2.is_some() || legacy.is_some() {
        return Ok(Carried::Omemo(Box::new(Encrypted {
            omemo2,
            legacy,
            is_marked: message.attr("id").is_some()
                || message.has_child("body", ns::CLIENT)
                || message.has_child("encryption", ns::EME),
            beside_omemo2: said(Scope::Beside(Dialect::Omemo2))?,
            beside_legacy: said(Scope::Beside(Dialect::Legacy))?,
        })));
    }
    if let Some(carried) = invitation(message, received) {
        return Ok(carried);
    }
    let body = words::body(message).ok().flatten().unwrap_or_default();
    if let Some(name) = encryption::unspoken(message, &body) {
        return Ok(Carried::OtherEncryption(OtherEncryption {
            name,
            sealed: encryption::sealed(message, &body),
            beside: said(Scope::BesideOther)?,
        }));
    }
    said(Scope::Clear).map(Carried::Clear)
}

/// An invitation, whatever words a server or a program wrote beside it.
fn invitation(message: &Element, received: &Received) -> Option<Carried> {
    let from = &received.from;
    if matches!(message.attr("type"), Some("groupchat" | "headline")) {
        return None;
    }
    if from.is_bare() && from.node().is_some() {
        match notices::parse(message, &from.to_bare()) {
            Some(RoomNotice::Invitation(invitation)) => return Some(Carried::Invited(Box::new(invitation))),
            Some(RoomNotice::Declined { who, reason }) => return Some(Carried::Declined { who, reason }),
            _ => {}
        }
    }
    let invitation = notices::parse_direct(message, from.clone())?;
    Some(Carried::Invited(Box::new(invitation)))
}

/// What it says outside of anything encrypted. Nobody acknowledges or asks for anything in our own
/// name.
fn said(message: &Element, received: &Received, scope: Scope) -> Result<Content, Dropped> {
    let mut said = content::read(message, scope).map_err(|Ambiguous(what)| Dropped::Malformed(what))?;
    let is_own = received.direction == Direction::Out;
    // A receipt must name the id attribute, so there is none without (XEP-0184 §5.3). Of a copy the
    // client answers that the message was delivered to (XEP-0280 §11).
    let answered = received.attribute_id.is_some()
        && !matches!(received.origin, Origin::Carbon | Origin::Past)
        && !matches!(message.attr("type"), Some("groupchat" | "headline"));
    said.wants_receipt &= answered && !is_own;
    said.receipt_for = said.receipt_for.filter(|_| !is_own);
    Ok(said)
}

mod rooms;
mod wrapping;

#[cfg(test)]
mod tests;
