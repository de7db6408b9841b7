//! One message stanza, unwrapped: live, carbon (sender checked) or archive -> [`Received`]. The only place where a
//! message's wrapping is trusted or not (threats 1-5, 14-17, 21, 22, 44, 45).

use jid::{BareJid, Jid};
use jiff::Timestamp;
use minidom::Element;

use super::iq::{self, StanzaError};
use super::words::Ambiguous;
use super::xml::{Several, at_most_one, children, only_child, sane_id};
use super::{encryption, ns, resource, words};
use model::{Clean, Direction, address};

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
    /// It says that it is of a group: of a room, or of a contact who got the type wrong.
    pub is_groupchat: bool,
    /// Its writer asks to show the text as it is (XEP-0393 §7).
    pub is_unstyled: bool,
}

/// What the stanza carries.
#[derive(Debug, Clone)]
pub enum Content {
    /// OMEMO, unparsed; body and everything beside it that OMEMO 2 would have inside is not believed.
    Omemo(Encrypted),
    /// What it says in clear: its body, its subject, a link.
    Clear(Clean),
    /// type="error" for the id in `Received::id`.
    Error(StanzaError),
    /// Encrypted by something that this program does not speak (EME name or namespace, in words), and what is encrypted.
    OtherEncryption(Clean, String),
    /// Nothing to show (chat states, receipts alone).
    Nothing,
}

/// The `<encrypted>` elements of a message, at most one of each dialect; at least one is there.
#[derive(Debug, Clone, Default)]
pub struct Encrypted {
    pub omemo2: Option<Element>,
    pub legacy: Option<Element>,
    /// It has an id, a body or the mark of XEP-0380, as every message that a person wrote has; what programs tell each other may have none.
    pub is_marked: bool,
}

impl Encrypted {
    /// Those that are there, the one of the newer dialect first.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.omemo2.iter().chain(&self.legacy)
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

/// Unwraps a `<message>`. `own` is our bare JID; `trust_stanza_id`: our server advertises urn:xmpp:sid:0.
///
/// An archive result is refused: no archive query is ever open. A stray `<forwarded>` is never looked into.
pub fn unwrap(message: &Element, own: &BareJid, trust_stanza_id: bool) -> Result<Received, Dropped> {
    if !message.is("message", ns::CLIENT) {
        return Err(Dropped::Malformed("not a <message>"));
    }
    let from = address_in(message, "from")?.unwrap_or_else(|| own.clone().into());
    if is_archive_result(message) {
        return Err(Dropped::Forged("an archive result, but no archive query is open"));
    }
    match carbon(message)? {
        None => read(message, from, own, trust_stanza_id),
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

/// XEP-0313 of whatever version.
fn is_archive_result(message: &Element) -> bool {
    message
        .children()
        .any(|child| child.name() == "result" && child.ns().starts_with("urn:xmpp:mam:"))
}

/// The carbon wrapper (XEP-0280), if there is one. `<private/>` of the same namespace wraps nothing.
fn carbon(message: &Element) -> Result<Option<&Element>, Dropped> {
    let mut wrappers = message
        .children()
        .filter(|child| child.has_ns(ns::CARBONS) && matches!(child.name(), "received" | "sent"));
    let carbon = wrappers.next();
    match wrappers.next() {
        None => Ok(carbon),
        // Whoever sent it: only one that is not our server makes such a thing.
        Some(_) => Err(Dropped::Forged("several carbons in one")),
    }
}

/// A carbon from our own account: what it holds must concern us, and hold no further wrapper.
fn read_carbon(carbon: &Element, own: &BareJid, trust_stanza_id: bool) -> Result<Received, Dropped> {
    let forwarded = only_child(carbon, "forwarded", ns::FORWARD)
        .ok_or(Dropped::Malformed("a carbon without its copy"))?;
    let inner = only_child(forwarded, "message", ns::CLIENT)
        .ok_or(Dropped::Malformed("a carbon without its message"))?;
    if is_archive_result(inner) || !matches!(self::carbon(inner), Ok(None)) {
        return Err(Dropped::Forged("a wrapper inside a carbon"));
    }
    let from = address_in(inner, "from")?.ok_or(Dropped::Forged("a carbon of a message from nobody"))?;
    if carbon.name() == "sent" {
        if from.to_bare() != *own {
            return Err(Dropped::Forged("a carbon of a message that we did not send"));
        }
        if inner.attr("type") == Some("error") {
            return Err(Dropped::NotChat("an error that our other device sent"));
        }
    } else if address_in(inner, "to")?.is_none_or(|to| to.to_bare() != *own) {
        return Err(Dropped::Forged("a carbon of a message that was not for us"));
    }
    let copied = delay(forwarded, own, true);
    let mut received = read(inner, from, own, trust_stanza_id)?;
    received.origin = Origin::Carbon;
    received.delay = received.delay.max(copied);
    // The client that the message was delivered to answers (XEP-0280 §11).
    received.wants_receipt = false;
    if received.direction == Direction::Out {
        received.peer = address_in(inner, "to")?.map_or_else(|| own.clone(), Jid::into_bare);
    }
    Ok(received)
}

/// A message without its wrapping, from a sender that was checked.
fn read(message: &Element, from: Jid, own: &BareJid, trust_stanza_id: bool) -> Result<Received, Dropped> {
    let kind = message.attr("type");
    once(message, "occupant-id", ns::OCCUPANT_ID, "several occupant-ids")?;
    let origin_id = once(message, "origin-id", ns::SID, "several origin-ids")?;
    let receipt = once(message, "received", ns::RECEIPTS, "several receipts")?;
    let attribute_id = sane_id(message.attr("id"));
    let peer = from.to_bare();
    let is_own = peer == *own;
    let mut received = Received {
        origin: Origin::Live,
        direction: if is_own { Direction::Out } else { Direction::In },
        from,
        peer,
        id: attribute_id.clone(),
        attribute_id,
        server_id: None,
        delay: delay(message, own, false),
        content: Content::Nothing,
        wants_receipt: false,
        receipt_for: None,
        is_groupchat: kind == Some("groupchat"),
        is_unstyled: message.has_child("unstyled", ns::STYLING),
    };
    if received.delay.is_some() {
        received.origin = Origin::Offline;
    }
    // What an error echoes of the message that it answers is not ours to read (threat 22).
    if let Some(error) = iq::error_of(message).filter(|_| kind == Some("error")) {
        received.content = Content::Error(error);
        return Ok(received);
    }
    received.content = content(message)?;
    received.id = origin_id
        .and_then(|origin| sane_id(origin.attr("id")))
        .or(received.id);
    received.server_id = stanza_id(message, own).filter(|_| trust_stanza_id);
    if !is_own {
        // A receipt must name the id attribute, so there is none without (XEP-0184 §5.3).
        let answered = received.attribute_id.is_some() && !matches!(kind, Some("groupchat" | "headline"));
        received.wants_receipt = answered && message.has_child("request", ns::RECEIPTS);
        received.receipt_for = receipt.and_then(|receipt| sane_id(receipt.attr("id")));
    }
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

/// XEP-0203: the stamp of our own account or domain. Of several the latest: one that a sender forged can then be
/// overruled by the one that our server adds. `anonymous`: one without `from` is our server's too.
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
fn content(message: &Element) -> Result<Content, Dropped> {
    let encrypted = Encrypted {
        omemo2: once(message, "encrypted", ns::OMEMO2, "several <encrypted>")?.cloned(),
        legacy: once(message, "encrypted", ns::OMEMO_LEGACY, "several <encrypted>")?.cloned(),
        is_marked: message.attr("id").is_some()
            || message.has_child("body", ns::CLIENT)
            || message.has_child("encryption", ns::EME),
    };
    if encrypted.elements().next().is_some() {
        return Ok(Content::Omemo(encrypted));
    }
    let body = words::body(message).ok().flatten().unwrap_or_default();
    if let Some(name) = encryption::unspoken(message, &body) {
        return Ok(Content::OtherEncryption(name, encryption::sealed(message, &body)));
    }
    let said = words::of(message).map_err(|Ambiguous(what)| Dropped::Malformed(what))?;
    Ok(said.map_or(Content::Nothing, Content::Clear))
}

#[cfg(test)]
mod tests;
