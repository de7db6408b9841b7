//! What is archived, copied to other devices and kept for those who are away: three servers, three manners.
//! Prosody's as its modules say (mod_mam, mod_carbons, mod_offline of 0.12), ejabberd's as it was seen (23.01),
//! Openfire's as its code says (5.x).

use minidom::Element;
use susurro::model::Timestamp;

const HINTS: &str = "urn:xmpp:hints";

/// Whose manners the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manners {
    #[default]
    Prosody,
    Ejabberd,
    Openfire,
}

/// What becomes of a message for somebody who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    Kept,
    Dropped,
    Bounced,
}

/// The type of a message; what has none, or an unknown one, is normal (RFC 6121, 5.2.2).
pub fn kind(message: &Element) -> &str {
    match message.attr("type") {
        Some(known @ ("chat" | "error" | "groupchat" | "headline")) => known,
        _ => "normal",
    }
}

fn hinted(message: &Element, hint: &str) -> bool {
    message.has_child(hint, HINTS)
}

fn has(message: &Element, name: &str) -> bool {
    message.has_child(name, "jabber:client")
}

fn any_of(message: &Element, namespaces: &[&str]) -> bool {
    message
        .children()
        .any(|child| namespaces.contains(&child.ns().as_str()))
}

fn bare(jid: Option<&str>) -> bool {
    jid.is_none_or(|jid| !jid.contains('/'))
}

/// A chat state and nothing beside it that counts.
fn only_chat_state(message: &Element) -> bool {
    let mut rest = message.children().filter(|child| {
        !matches!(child.name(), "thread")
            && !["urn:xmpp:hints", "urn:xmpp:sid:0", "urn:xmpp:delay"].contains(&child.ns().as_str())
    });
    let all = rest.all(|child| child.ns() == "http://jabber.org/protocol/chatstates");
    all && any_of(message, &["http://jabber.org/protocol/chatstates"])
}

impl Manners {
    /// How often a client is told what changed on a node.
    pub fn events_of_each(self) -> usize {
        match self {
            Self::Ejabberd => 2,
            Self::Prosody | Self::Openfire => 1,
        }
    }

    pub fn archives(self, message: &Element) -> bool {
        match self {
            Self::Prosody => prosody_archives(message),
            Self::Ejabberd => match kind(message) {
                "error" | "groupchat" | "headline" => false,
                _ if hinted(message, "no-store") || hinted(message, "no-permanent-store") => false,
                _ => hinted(message, "store") || has(message, "body") || has(message, "subject"),
            },
            Self::Openfire => matches!(kind(message), "chat" | "normal") && has(message, "body"),
        }
    }

    /// Whether other devices get a copy.
    pub fn copies(self, message: &Element) -> bool {
        if message.has_child("private", "urn:xmpp:carbons:2") || hinted(message, "no-copy") {
            return false;
        }
        match kind(message) {
            "chat" => true,
            "normal" if has(message, "body") => true,
            // Bounces of what went to a bare address, and calls.
            "error" => self == Self::Prosody && bare(message.attr("from")),
            "normal" => self == Self::Prosody && any_of(message, &JINGLE),
            _ => false,
        }
    }

    pub fn away(self, message: &Element) -> Away {
        match (self, kind(message)) {
            (_, "headline" | "error") => Away::Dropped,
            (_, "groupchat") => Away::Bounced,
            (Self::Ejabberd, _) if hinted(message, "store") => Away::Kept,
            (Self::Ejabberd, _) if hinted(message, "no-store") || only_chat_state(message) => Away::Bounced,
            (Self::Openfire, _) if !has(message, "body") => Away::Dropped,
            _ => Away::Kept,
        }
    }

    /// As it lies in the archive.
    pub fn stripped(self, message: &Element) -> Element {
        let mut kept = message.clone();
        if self == Self::Prosody {
            remove(&mut kept, |child| {
                child.ns() == "http://jabber.org/protocol/chatstates"
            });
        }
        kept
    }

    /// The time of an archived message as it is written.
    pub fn stamp(self, when: Timestamp) -> String {
        match self {
            Self::Prosody => format!("{when:.0}"),
            Self::Ejabberd => format!("{when:.6}"),
            Self::Openfire => format!("{when:.3}"),
        }
    }
}

/// What is announced of archives: on the account by Prosody, on the domain by Openfire, on both by ejabberd, with
/// names that nobody should use any more.
pub fn archive_features(manners: Manners, account: bool) -> &'static [&'static str] {
    match (manners, account) {
        (Manners::Prosody, true) => &["urn:xmpp:mam:2", "urn:xmpp:mam:2#extended"],
        (Manners::Ejabberd, _) => &[
            "urn:xmpp:mam:tmp",
            "urn:xmpp:mam:0",
            "urn:xmpp:mam:1",
            "urn:xmpp:mam:2",
        ],
        (Manners::Openfire, false) => &["urn:xmpp:mam:2"],
        _ => &[],
    }
}

const JINGLE: [&str; 2] = ["urn:xmpp:jingle-message:0", "urn:xmpp:jingle-message:1"];

fn prosody_archives(message: &Element) -> bool {
    match kind(message) {
        "headline" | "groupchat" => return false,
        // Bounces are kept; errors of the account itself are not.
        "error" => return !bare(message.attr("to")),
        _ => {}
    }
    if hinted(message, "no-store") || hinted(message, "no-permanent-store") {
        return false;
    }
    hinted(message, "store")
        || has(message, "body")
        || has(message, "subject")
        || message.has_child("encryption", "urn:xmpp:eme:0")
        || any_of(message, &["urn:xmpp:receipts", "urn:xmpp:chat-markers:0"])
        || message.has_child("x", "jabber:x:conference")
        || message
            .get_child("x", "http://jabber.org/protocol/muc#user")
            .is_some_and(|x| x.children().any(|child| child.name() == "invite"))
        || any_of(message, &JINGLE)
}

/// Takes children out, the text around them stays.
pub fn remove(element: &mut Element, gone: impl Fn(&Element) -> bool) {
    for node in element.take_nodes() {
        if !node.as_element().is_some_and(&gone) {
            element.append_node(node);
        }
    }
}
