//! What a server wraps: a copy of what another device of ours sent or got (XEP-0280), and what an archive has
//! (XEP-0313). Both are believed only of our own account, and hold no further wrapper.

use jid::{BareJid, Jid};
use jiff::Timestamp;
use minidom::Element;

use super::{Dropped, Origin, Received, address_in, delay, ns, read, stamp};
use crate::xml::{only_child, sane_id};
use model::Direction;

/// XEP-0313 of whatever version.
pub(super) fn is_archive_result(message: &Element) -> bool {
    message
        .children()
        .any(|child| child.name() == "result" && child.ns().starts_with("urn:xmpp:mam:"))
}

/// The carbon wrapper (XEP-0280), if there is one. `<private/>` of the same namespace wraps
/// nothing.
pub(super) fn carbon(message: &Element) -> Result<Option<&Element>, Dropped> {
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
pub(super) fn read_carbon(
    carbon: &Element,
    own: &BareJid,
    trust_stanza_id: bool,
) -> Result<Received, Dropped> {
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
    let mut received = read(inner, from, own, trust_stanza_id, Origin::Carbon)?;
    received.delay = received.delay.max(copied);
    name_peer(&mut received, inner, own)?;
    Ok(received)
}

/// The other side of what we wrote is whom it went to.
fn name_peer(received: &mut Received, inner: &Element, own: &BareJid) -> Result<(), Dropped> {
    if received.direction == Direction::Out {
        let to = address_in(inner, "to")?;
        let nick = to
            .as_ref()
            .and_then(|to| to.resource().map(|nick| nick.as_str().to_owned()));
        received.by_way.nick = nick;
        received.peer = to.map_or_else(|| own.clone(), Jid::into_bare);
    }
    Ok(())
}

/// What a `<message>` holds that brings one result of a query of an archive.
#[derive(Debug)]
pub struct Found<'a> {
    /// Of the query.
    pub query: &'a str,
    /// The archive's own, of the message.
    pub id: String,
    /// When the archive got it.
    pub time: Timestamp,
    forwarded: &'a Element,
}

impl Found<'_> {
    /// Who sent the message, as it says.
    pub fn sender(&self) -> Option<&str> {
        self.forwarded.get_child("message", ns::CLIENT)?.attr("from")
    }
}

/// The result of a query that a stanza brings; None: it brings none, or none that says what it must.
pub fn result(message: &Element) -> Option<Found<'_>> {
    let result = only_child(message, "result", ns::MAM)?;
    let forwarded = only_child(result, "forwarded", ns::FORWARD)?;
    // Whatever is inside was said by others: only the stamp of the archive itself counts.
    let time = stamp(only_child(forwarded, "delay", ns::DELAY)?.attr("stamp")?)?;
    Some(Found {
        query: result.attr("queryid")?,
        id: sane_id(result.attr("id"))?,
        time,
        forwarded,
    })
}

/// The message itself.
pub(super) fn inner<'a>(found: &Found<'a>) -> Result<&'a Element, Dropped> {
    only_child(found.forwarded, "message", ns::CLIENT)
        .ok_or(Dropped::Malformed("an archived message that is none"))
}

/// What an archive of our own account has, from the answer to a query that is open. It must concern us. The
/// id and the time are the archive's: those inside are not (one server keeps what senders forged).
pub fn archived(found: &Found<'_>, own: &BareJid, origin: Origin) -> Result<Received, Dropped> {
    let inner = inner(found)?;
    if is_archive_result(inner) || !matches!(carbon(inner), Ok(None)) {
        return Err(Dropped::Forged("a wrapper inside an archived message"));
    }
    let from = address_in(inner, "from")?.ok_or(Dropped::Malformed("an archived message from nobody"))?;
    let to = address_in(inner, "to")?;
    let is_ours = from.to_bare() == *own;
    if !is_ours && to.is_some_and(|to| to.to_bare() != *own) {
        return Err(Dropped::Malformed("an archived message of others"));
    }
    if is_ours && inner.attr("type") == Some("error") {
        return Err(Dropped::NotChat("an error that we sent"));
    }
    let mut received = read(inner, from, own, false, origin)?;
    received.server_id = Some(found.id.clone());
    received.delay = Some(found.time);
    name_peer(&mut received, inner, own)?;
    Ok(received)
}
