//! Rooms (XEP-0045) on the wire, as deployed servers speak it:
//!
//! - [`occupants`]: who is in a room, joining and leaving;
//! - [`notices`]: what a room says of itself and of people who are not in it, invitations;
//! - [`admin`]: affiliations and roles; [`owner`]: its form, its end;
//! - [`moderation`]: what moderators take away; [`features`]: what it is;
//! - [`bookmarks`]: the rooms of an account; [`extensions`]: what stands beside one of them;
//!   [`bookmark_list`]: where servers keep them.
//!
//! A room stands between us and everybody in it: what comes from `room@service/nick` is that room's word.
//! Elements that a room makes are passed on by some when an occupant makes them up, live and in archives, so
//! what stands twice is nobody's word.

pub mod admin;
pub mod bookmark_list;
pub mod bookmarks;
pub mod extensions;
pub mod features;
pub mod finding;
pub mod moderation;
pub mod notices;
pub mod occupants;
pub mod owner;

use minidom::Element;

use super::xml::only_child;
use super::{ns, xml};
use model::room::{Affiliation, Role};
use model::{BareJid, Clean, address};

/// Longest nickname, in bytes: it is a resource (RFC 7622 §3.4).
pub const MAX_NICK: usize = 1023;
/// Longest reason that is kept, in bytes.
const MAX_REASON: usize = 1000;

/// A nickname as it stands in an address; None if it cannot be one.
pub(crate) fn nick(text: &str) -> Option<String> {
    let possible = !text.is_empty() && text.len() <= MAX_NICK && !text.chars().any(char::is_control);
    possible.then(|| text.to_owned())
}

/// Why somebody did something.
fn reason(parent: &Element) -> Option<Clean> {
    let reason = only_child(parent, "reason", ns::MUC_USER)?.text();
    Some(Clean::within(reason.trim(), MAX_REASON)).filter(|reason| !reason.as_str().is_empty())
}

/// Unknown ones are none at all.
pub(crate) fn affiliation(text: Option<&str>) -> Option<Affiliation> {
    Some(match text? {
        "owner" => Affiliation::Owner,
        "admin" => Affiliation::Admin,
        "member" => Affiliation::Member,
        "outcast" => Affiliation::Outcast,
        "none" => Affiliation::None,
        _ => return None,
    })
}

/// How it is written.
pub(crate) fn affiliation_word(affiliation: Affiliation) -> &'static str {
    match affiliation {
        Affiliation::Owner => "owner",
        Affiliation::Admin => "admin",
        Affiliation::Member => "member",
        Affiliation::Outcast => "outcast",
        Affiliation::None => "none",
    }
}

fn role(text: Option<&str>) -> Option<Role> {
    Some(match text? {
        "moderator" => Role::Moderator,
        "participant" => Role::Participant,
        "visitor" => Role::Visitor,
        "none" => Role::None,
        _ => return None,
    })
}

/// The address in an attribute, without its resource.
fn bare(element: &Element, attribute: &str) -> Option<BareJid> {
    Some(address::jid(element.attr(attribute)?).ok()?.into_bare())
}

/// The numbers of the `<status/>`es; what is no number of three digits is left out.
fn codes(x: &Element) -> Vec<u16> {
    xml::children(x, "status", ns::MUC_USER)
        .take(MAX_CODES)
        .filter_map(|status| xml::number(status.attr("code")?))
        .filter_map(|code| u16::try_from(code).ok())
        .filter(|code| (100..1000).contains(code))
        .collect()
}

/// What a room is about from now on (§8.1): a message that has a subject and no words. It may be empty.
pub fn subject(message: &Element) -> Option<String> {
    let subject = only_child(message, "subject", ns::CLIENT)?;
    let is_topic = message.attr("type") == Some("groupchat") && !message.has_child("body", ns::CLIENT);
    is_topic.then(|| subject.text())
}

/// No presence has so many.
const MAX_CODES: usize = 16;
