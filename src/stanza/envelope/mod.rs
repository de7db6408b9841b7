//! The SCE envelope (XEP-0420): what an OMEMO 2 message holds. Whatever belongs to the conversation travels
//! in it, and who wrote to whom when is said once more where no server can change it (XEP-0384 §sce).

mod bounds;

use std::str::FromStr as _;

use jid::BareJid;
use jiff::Timestamp;
use minidom::Element;

use self::bounds::Bounds;
use super::content::{self, Scope};
use super::ns;
use super::received::stamp;
use super::words::Ambiguous;
use super::xml::{Build, Several, at_most_one, element, only_child};
use model::{Content, address};
use omemo::CryptoRng;

/// An envelope without its random padding is filled up to so many bytes, so that short messages look alike.
const LEAST: usize = 400;
/// At most so many characters are added on top at random (XEP-0420 §affix_elements).
const MOST_RANDOM: u32 = 200;
/// The padding is made of these, none of which XML would write longer.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Why an envelope is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEnvelope {
    /// Not well-formed, or something stands twice that may stand once.
    #[error("malformed envelope: {0}")]
    Malformed(&'static str),
    /// It says inside that somebody else wrote it than the stanza says.
    #[error("the envelope names another sender than the stanza")]
    OtherSender,
    /// It says inside that it is for somebody else than the stanza says.
    #[error("the envelope names another recipient than the stanza")]
    OtherRecipient,
}

/// An envelope that was opened. Its affixes are checked with [`Envelope::check`].
#[derive(Debug, Clone)]
pub struct Envelope {
    from: Option<BareJid>,
    to: Option<BareJid>,
    /// When the sender sealed it, by the sender's clock.
    pub time: Option<Timestamp>,
    /// It says a time that is none, or one that cannot be.
    pub impossible_time: bool,
    content: Element,
}

/// The envelope for `content`, padded. `from` and `to` are bare JIDs; `to` is the room's in a group.
pub fn seal(
    content: Vec<Element>,
    from: &BareJid,
    to: &BareJid,
    time: Timestamp,
    rng: &mut dyn CryptoRng,
) -> Vec<u8> {
    let content = content
        .into_iter()
        .fold(element("content", ns::SCE), Build::child);
    let envelope = element("envelope", ns::SCE)
        .child(content)
        .child(element("from", ns::SCE).with("jid", from.as_str()))
        .child(element("to", ns::SCE).with("jid", to.as_str()))
        .child(element("time", ns::SCE).with("stamp", in_milliseconds(time).to_string()));
    let bare = String::from(&envelope).len() + "<rpad></rpad>".len();
    let rpad = element("rpad", ns::SCE).content(&padding(bare, rng));
    String::from(&envelope.child(rpad)).into_bytes()
}

/// A finer clock is nobody's business, and some programs read three digits only (XEP-0082 §3.2).
fn in_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

fn padding(bare: usize, rng: &mut dyn CryptoRng) -> String {
    let mut draw = [0; 4];
    rng.fill_bytes(&mut draw);
    // The remainder favours some lengths by at most 2^-24.
    let random = u32::from_le_bytes(draw) % (MOST_RANDOM + 1);
    // An empty element would be written shorter than `bare` counts.
    let length = (LEAST.saturating_sub(bare) + random as usize).max(1);
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte & 63)))
        .map(|letter| char::from(*letter))
        .collect()
}

impl Envelope {
    /// Reads a decrypted envelope. Server-processed elements inside the content are dropped
    /// (XEP-0420 §server-processed).
    ///
    /// # Errors
    /// [`BadEnvelope::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BadEnvelope> {
        use BadEnvelope::Malformed;
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed("not UTF-8"))?;
        let text = without_prolog(text);
        if !bounds::are_kept(text.as_bytes(), &Bounds::default()) {
            return Err(Malformed("too deep, too large, or no XML"));
        }
        let envelope = Element::from_str(text).map_err(|_| Malformed("no XML"))?;
        if !envelope.is("envelope", ns::SCE) {
            return Err(Malformed("not an <envelope>"));
        }
        let content = only_child(&envelope, "content", ns::SCE).ok_or(Malformed("no content, or several"))?;
        let said = affix(&envelope, "time", "stamp")?;
        let time = said.as_deref().and_then(stamp);
        Ok(Self {
            // It is for the person to judge, as every other time is: a message is not
            // thrown away for a wrong clock.
            impossible_time: said.is_some() && time.is_none(),
            from: address(&envelope, "from")?,
            to: address(&envelope, "to")?,
            time,
            content: without_server_processed(content),
        })
    }

    /// Whether it says the same of sender and recipient as the stanza that brought it. What it does not say
    /// cannot be checked: both are optional in a chat of two (XEP-0384 §sce).
    ///
    /// # Errors
    /// If it does not.
    pub fn check(&self, sender: &BareJid, recipient: &BareJid) -> Result<(), BadEnvelope> {
        if self.from.as_ref().is_some_and(|from| from != sender) {
            return Err(BadEnvelope::OtherSender);
        }
        if self.to.as_ref().is_some_and(|to| to != recipient) {
            return Err(BadEnvelope::OtherRecipient);
        }
        Ok(())
    }

    /// What the message says.
    ///
    /// # Errors
    /// [`BadEnvelope::Malformed`] if it has several texts.
    pub fn said(&self) -> Result<Content, BadEnvelope> {
        let said = content::read(&self.content, Scope::Envelope);
        said.map_err(|Ambiguous(what)| BadEnvelope::Malformed(what))
    }

    /// What lies inside, server-processed elements left out.
    pub fn content(&self) -> &Element {
        &self.content
    }
}

/// The text without white space and comments before the first element, which XML allows (§2.8)
/// and streams of XMPP do not.
fn without_prolog(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches([' ', '\t', '\r', '\n']);
        let comment = text.strip_prefix("<!--").and_then(|rest| rest.split_once("--"));
        match comment.and_then(|(_, rest)| rest.strip_prefix('>')) {
            Some(rest) => text = rest,
            None => return text,
        }
    }
}

fn affix(
    envelope: &Element,
    name: &'static str,
    attribute: &'static str,
) -> Result<Option<String>, BadEnvelope> {
    let affix = at_most_one(envelope, name, ns::SCE)
        .map_err(|Several| BadEnvelope::Malformed("an affix that stands twice"))?;
    affix
        .map(|affix| {
            let value = affix.attr(attribute).map(str::to_owned);
            value.ok_or(BadEnvelope::Malformed("an affix without its value"))
        })
        .transpose()
}

fn address(envelope: &Element, name: &'static str) -> Result<Option<BareJid>, BadEnvelope> {
    affix(envelope, name, "jid")?
        .map(|jid| {
            let jid = address::jid(&jid).map_err(|_| BadEnvelope::Malformed("an impossible JID"))?;
            Ok(jid.into_bare())
        })
        .transpose()
}

fn without_server_processed(content: &Element) -> Element {
    let mut kept = element("content", ns::SCE);
    for child in content.children().filter(|child| !is_server_processed(child)) {
        kept.append_child(child.clone());
    }
    kept
}

/// What only servers may read or set: it must not be taken from inside (XEP-0420 §server-processed).
fn is_server_processed(child: &Element) -> bool {
    child.has_ns(ns::HINTS)
        || child.has_ns(ns::EME)
        || child.has_ns(ns::ADDRESSES)
        || child.is("stanza-id", ns::SID)
        || child.is("occupant-id", ns::OCCUPANT_ID)
}

#[cfg(test)]
mod tests;
