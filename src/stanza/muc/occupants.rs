//! Who is in a room: presence from `room/nick` (XEP-0045 §7), joining, leaving, another nick.

use minidom::Element;

use super::{MAX_REASON, affiliation, bare, codes, nick, reason, role};
use crate::xml::{Build, children, element, only_child, sane_id};
use crate::{disco, ns, presence};
use model::room::{Affiliation, Role};
use model::{BareJid, Clean, Presence, address};

/// This presence is our own (§15.6.2).
pub const SELF: u16 = 110;
/// Nobody is anonymous in this room.
pub const NON_ANONYMOUS: u16 = 100;
/// The room was not there before.
pub const CREATED: u16 = 201;
/// The room gave another nick than was asked for.
pub const NICK_CHOSEN: u16 = 210;
/// Banned.
pub const BANNED: u16 = 301;
/// Goes under another nick from now on.
pub const NICK_CHANGED: u16 = 303;
/// Thrown out.
pub const KICKED: u16 = 307;
/// Is no member any more.
pub const NO_MEMBER: u16 = 321;
/// The room is for members only from now on.
pub const MEMBERS_ONLY: u16 = 322;
/// The service ends.
pub const SHUTDOWN: u16 = 332;
/// The line to the room broke.
pub const TECHNICAL: u16 = 333;

/// Own resources under one nick, and more than anybody has.
const MAX_ITEMS: usize = 64;

/// What a room says of somebody in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupant {
    pub room: BareJid,
    pub nick: String,
    /// None: gone.
    pub here: Option<Presence>,
    pub affiliation: Affiliation,
    pub role: Role,
    /// Who that is, where the room says it, and says one thing.
    pub real: Option<BareJid>,
    /// Which of them that is over all nicks (XEP-0421); to be believed where the room announces such.
    pub occupant_id: Option<String>,
    /// What happened, in the codes of §15.6.2.
    pub codes: Vec<u16>,
    /// With [`NICK_CHANGED`]: the nick from now on.
    pub new_nick: Option<String>,
    /// Who did it, as the room calls them.
    pub actor: Option<Clean>,
    pub reason: Option<Clean>,
    /// The room is no more.
    pub destroyed: Option<Destroyed>,
}

/// A room that its owner ended (§10.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Where it goes on.
    pub venue: Option<BareJid>,
    pub reason: Option<Clean>,
}

impl Occupant {
    pub fn has(&self, code: u16) -> bool {
        self.codes.contains(&code)
    }
}

/// None if it is not the presence of an occupant: of another kind, from the room itself, or with no or
/// several `<x xmlns='http://jabber.org/protocol/muc#user'>`.
pub fn parse(stanza: &Element) -> Option<Occupant> {
    let read = presence::parse(stanza)?;
    let from = read.from?;
    let here = match read.kind {
        presence::PresenceKind::Available => Some(read.shown),
        presence::PresenceKind::Unavailable => None,
        _ => return None,
    };
    let x = only_child(stanza, "x", ns::MUC_USER)?;
    let items: Vec<&Element> = children(x, "item", ns::MUC_USER).take(MAX_ITEMS).collect();
    let item = items.last().copied();
    let actor = item.and_then(|item| only_child(item, "actor", ns::MUC_USER));
    Some(Occupant {
        room: from.jid,
        nick: nick(&from.resource)?,
        here,
        affiliation: item
            .and_then(|item| affiliation(item.attr("affiliation")))
            .unwrap_or(Affiliation::None),
        role: item
            .and_then(|item| role(item.attr("role")))
            .unwrap_or(Role::None),
        real: one_address(&items),
        occupant_id: only_child(stanza, "occupant-id", ns::OCCUPANT_ID).and_then(|id| sane_id(id.attr("id"))),
        codes: codes(x),
        new_nick: item.and_then(|item| nick(item.attr("nick")?)),
        actor: actor.and_then(called),
        reason: item.and_then(reason),
        destroyed: only_child(x, "destroy", ns::MUC_USER).map(|destroy| Destroyed {
            venue: bare(destroy, "jid"),
            reason: reason(destroy),
        }),
    })
}

/// The address that all items name. Prosody writes an item for each resource of a person.
fn one_address(items: &[&Element]) -> Option<BareJid> {
    let mut named = items.iter().map(|item| bare(item, "jid"));
    let first = named.next()??;
    named.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// Who did something: the nick, else the address.
fn called(actor: &Element) -> Option<Clean> {
    let name = actor.attr("nick").or(actor.attr("jid"))?;
    Some(Clean::line_within(name, MAX_REASON))
}

/// What a room is to send of what was said before (§7.2.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// Nothing: its archive is asked.
    None,
    /// So many messages at most.
    Newest(u32),
}

/// The address of somebody in a room.
fn occupant(room: &BareJid, nick: &str) -> String {
    format!("{room}/{nick}")
}

/// Asks to be let in, or for everything anew.
pub fn join(room: &BareJid, nick: &str, password: Option<&str>, history: Backlog, reads: bool) -> Element {
    let most = match history {
        Backlog::None => 0,
        Backlog::Newest(most) => most,
    };
    let history = element("history", ns::MUC).with("maxstanzas", most.to_string());
    let mut x = element("x", ns::MUC).child(history);
    if let Some(password) = password {
        x = x.child(element("password", ns::MUC).content(password));
    }
    change_nick(room, nick).child(x).child(disco::caps(reads))
}

/// Goes by another nick in a room (§7.6).
pub fn change_nick(room: &BareJid, nick: &str) -> Element {
    element("presence", ns::CLIENT).with("to", occupant(room, nick))
}

/// Leaves.
pub fn leave(room: &BareJid, nick: &str) -> Element {
    change_nick(room, nick).with("type", "unavailable")
}

/// Whether an address can be that of a room: it has both parts and nothing behind.
pub fn can_be_room(text: &str) -> Option<BareJid> {
    let jid = address::jid(text).ok()?;
    (jid.node().is_some() && jid.is_bare()).then(|| jid.into_bare())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn room() -> BareJid {
        BareJid::new("team@muc.mired.test").unwrap()
    }

    fn read(attributes: &str, inside: &str) -> Option<Occupant> {
        let stanza = format!("<presence xmlns='jabber:client' {attributes}>{inside}</presence>");
        parse(&stanza.parse().unwrap())
    }

    fn x(inside: &str) -> String {
        format!("<x xmlns='http://jabber.org/protocol/muc#user'>{inside}</x>")
    }

    const BOB: &str = "from='team@muc.mired.test/Bob'";

    #[test]
    fn an_occupant_is_read_with_who_they_are() {
        let item = "<item affiliation='admin' role='moderator' jid='bob@mired.test/pc'/><status code='100'/><status code='110'/>";
        let id =
            "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72603deec90a38ba552f7c68cbcc61bca202cd'/>";
        let bob = read(BOB, &format!("<show>away</show>{}{id}", x(item))).unwrap();
        assert_eq!((&bob.room, bob.nick.as_str()), (&room(), "Bob"));
        assert_eq!((bob.affiliation, bob.role), (Affiliation::Admin, Role::Moderator));
        assert_eq!(bob.real.as_ref().unwrap().as_str(), "bob@mired.test");
        assert_eq!(bob.occupant_id.as_deref().map(str::len), Some(40));
        assert!(bob.has(SELF) && bob.has(NON_ANONYMOUS) && !bob.has(CREATED));
        assert!(bob.here.is_some() && bob.destroyed.is_none());
    }

    #[test]
    fn somebody_with_two_devices_is_one_if_the_room_says_so() {
        let item = |jid: &str| format!("<item affiliation='member' role='participant' jid='{jid}'/>");
        let of = |one: &str, other: &str| read(BOB, &x(&(item(one) + &item(other)))).unwrap().real;
        let bob = Some(BareJid::new("bob@mired.test").unwrap());
        assert_eq!(of("bob@mired.test/a", "bob@mired.test/b"), bob);
        assert_eq!(of("bob@mired.test/a", "ana@mired.test/b"), None);
        assert_eq!(of("bob@mired.test/a", "@@"), None);
    }

    #[test]
    fn who_goes_says_how() {
        let gone = format!("type='unavailable' {BOB}");
        let item = "<item affiliation='none' role='none'><reason> too loud </reason><actor nick='Ana'/></item><status code='307'/>";
        let kicked = read(&gone, &x(item)).unwrap();
        assert!(kicked.here.is_none() && kicked.has(KICKED));
        assert_eq!(kicked.reason.unwrap().as_str(), "too loud");
        assert_eq!(kicked.actor.unwrap().as_str(), "Ana");
        let renamed = read(&gone, &x("<item nick='Robert'/><status code='303'/>")).unwrap();
        assert_eq!(renamed.new_nick.as_deref(), Some("Robert"));
        let end = "<item affiliation='none' role='none'/><destroy jid='next@muc.mired.test'><reason>moved</reason></destroy>";
        let destroyed = read(&gone, &x(end)).unwrap().destroyed.unwrap();
        assert_eq!(destroyed.venue.unwrap().as_str(), "next@muc.mired.test");
        assert_eq!(destroyed.reason.unwrap().as_str(), "moved");
    }

    #[test]
    fn what_is_no_occupant_or_stands_twice_is_none() {
        let item = "<item affiliation='owner' role='moderator'/>";
        for (attributes, inside) in [
            ("from='team@muc.mired.test'", x(item)),
            (BOB, String::new()),
            (BOB, x(item) + &x(item)),
            ("from='team@muc.mired.test/Bob' type='error'", x(item)),
            ("from='team@muc.mired.test/Bob' type='subscribe'", x(item)),
            ("from='@@/Bob'", x(item)),
        ] {
            assert_eq!(read(attributes, &inside), None, "{attributes} {inside}");
        }
        let twice = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='a'/>".repeat(2);
        assert_eq!(read(BOB, &(x(item) + &twice)).unwrap().occupant_id, None);
        // Nothing in it: somebody of whom the room says nothing.
        let bare = read(BOB, &x("<status code='x'/><status code='99'/><status/>")).unwrap();
        assert_eq!(
            (bare.affiliation, bare.role, bare.codes),
            (Affiliation::None, Role::None, vec![])
        );
    }

    #[test]
    fn joining_and_leaving_are_as_the_xep_writes_them() {
        let joined = join(&room(), "Ana", Some("se<cret"), Backlog::None, true);
        assert_renders(&joined);
        let text = String::from(&joined);
        assert!(text.starts_with(
            "<presence xmlns='jabber:client' to=\"team@muc.mired.test/Ana\"><x xmlns='http://jabber.org/protocol/muc'>\
             <history maxstanzas=\"0\"/><password>se&lt;cret</password></x><c "
        ) || text.contains("maxstanzas='0'"), "{text}");
        let left = leave(&room(), "Ana");
        assert_eq!(
            (left.attr("type"), left.attr("to")),
            (Some("unavailable"), Some("team@muc.mired.test/Ana"))
        );
        assert_eq!(can_be_room("team@muc.mired.test"), Some(room()));
        assert_eq!(can_be_room("muc.mired.test"), None);
        assert_eq!(can_be_room("team@muc.mired.test/Ana"), None);
    }
}
