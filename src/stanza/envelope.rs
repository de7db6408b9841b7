//! The SCE envelope (XEP-0420): what an OMEMO 2 message holds. Whatever belongs to the conversation travels in it, and who
//! wrote to whom when is said once more where no server can change it (XEP-0384 §sce).

use std::str::FromStr as _;

use jid::BareJid;
use jiff::Timestamp;
use minidom::Element;

use super::ns;
use super::received::{self, stamp};
use super::xml::{Build, Several, at_most_one, element, only_child, sane_id};
use crate::model::Clean;
use crate::omemo::CryptoRng;

/// Elements may lie this deep in each other; the parser recurses. No envelope that a person's client makes comes near.
const MAX_DEPTH: usize = 64;
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
        .child(element("time", ns::SCE).with("stamp", time.to_string()));
    let bare = String::from(&envelope).len() + "<rpad></rpad>".len();
    let rpad = element("rpad", ns::SCE).content(&padding(bare, rng));
    String::from(&envelope.child(rpad)).into_bytes()
}

fn padding(bare: usize, rng: &mut dyn CryptoRng) -> String {
    let mut draw = [0; 4];
    rng.fill_bytes(&mut draw);
    // The remainder favours some lengths by at most 2^-24.
    let random = u32::from_le_bytes(draw) % (MOST_RANDOM + 1);
    let length = LEAST.saturating_sub(bare) + random as usize;
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte & 63)))
        .map(|letter| char::from(*letter))
        .collect()
}

impl Envelope {
    /// Reads a decrypted envelope. Server-processed elements inside the content are dropped (XEP-0420 §server-processed).
    ///
    /// # Errors
    /// [`BadEnvelope::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BadEnvelope> {
        use BadEnvelope::Malformed;
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed("not UTF-8"))?;
        if !is_shallow(text) {
            return Err(Malformed("too deep, or no XML"));
        }
        let envelope = Element::from_str(text).map_err(|_| Malformed("no XML"))?;
        if !envelope.is("envelope", ns::SCE) {
            return Err(Malformed("not an <envelope>"));
        }
        let content = only_child(&envelope, "content", ns::SCE).ok_or(Malformed("no content, or several"))?;
        let time = affix(&envelope, "time", "stamp")?
            .map(|time| stamp(&time).ok_or(Malformed("an impossible time")))
            .transpose()?;
        Ok(Self {
            from: address(&envelope, "from")?,
            to: address(&envelope, "to")?,
            time,
            content: without_server_processed(content),
        })
    }

    /// Whether it says the same of sender and recipient as the stanza that brought it. What it does not say cannot be
    /// checked: both are optional in a chat of two (XEP-0384 §sce).
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

    /// The text of the message, if it has one.
    ///
    /// # Errors
    /// [`BadEnvelope::Malformed`] if it has several.
    pub fn body(&self) -> Result<Option<Clean>, BadEnvelope> {
        let body = received::body(&self.content).map_err(|_| BadEnvelope::Malformed("several bodies"))?;
        Ok(body.map(|body| Clean::new(&body)).filter(|body| !body.is_empty()))
    }

    /// Whether the sender wants a receipt (XEP-0184).
    pub fn wants_receipt(&self) -> bool {
        self.content.has_child("request", ns::RECEIPTS)
    }

    /// The id of the message that this is a receipt of. Of two receipts neither is believed.
    pub fn receipt_for(&self) -> Option<String> {
        sane_id(only_child(&self.content, "received", ns::RECEIPTS)?.attr("id"))
    }

    /// The sender asks to go on without encryption (XEP-0384 §opt-out): the reason, empty if none is given.
    pub fn opt_out(&self) -> Option<Clean> {
        let opt_out = self.content.get_child("opt-out", ns::OMEMO2)?;
        let reason = only_child(opt_out, "reason", ns::OMEMO2);
        Some(reason.map_or_else(Clean::default, |reason| Clean::new(reason.text().trim())))
    }

    /// What lies inside, server-processed elements left out.
    pub fn content(&self) -> &Element {
        &self.content
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
            let jid = jid::Jid::new(&jid).map_err(|_| BadEnvelope::Malformed("an impossible JID"))?;
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
}

/// Whether no more than [`MAX_DEPTH`] elements lie in each other. Looked at before parsing, since the parser would run out
/// of stack. Comments, declarations and instructions have no place in XMPP (RFC 6120 §11.1).
fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(cdata) = tag.strip_prefix("![CDATA[") {
            let Some((_, after)) = cdata.split_once("]]>") else {
                return false;
            };
            rest = after;
            continue;
        }
        if tag.starts_with(['!', '?']) {
            return false;
        }
        let Some(end) = end_of_tag(tag) else { return false };
        let (inside, after) = tag.split_at(end);
        if inside.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !inside.ends_with('/') {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return false;
        }
        rest = after;
    }
    true
}

/// Where the `>` stands that ends a tag: not one in an attribute's value.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.char_indices().find_map(|(at, c)| match (quote, c) {
        (None, '>') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), c) if c == open => {
            quote = None;
            None
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests;
