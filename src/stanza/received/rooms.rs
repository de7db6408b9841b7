//! Messages of rooms (XEP-0045 §7.4), live and from a room's archive. What the room itself says of a message
//! is believed of it alone, and what a sender wrote in its name is not (threats 5, 15, 17, 109).

use jid::{BareJid, Jid};
use minidom::Element;

use super::wrapping::{Found, carbon, inner, is_archive_result};
use super::{Dropped, Occupant, Origin, Received, address_in, delay, ns, read, stanza_id};
use crate::muc::moderation::{self, Moderation};
use crate::xml::{children, only_child, sane_id};
use model::address;

/// What a message says that may have come by way of a room (XEP-0045 §7.5).
#[derive(Debug, Clone, Default)]
pub struct ByWay {
    /// Of the other side's address.
    pub nick: Option<String>,
    /// It says that it did; whoever sends it can write that.
    pub is_marked: bool,
    /// Who that is over all nicks: the room's word, where it is known to say so.
    pub occupant_id: Option<String>,
}

/// What a room vouches for, as it announces.
#[derive(Debug, Clone, Copy)]
pub struct RoomWord<'a> {
    pub room: &'a BareJid,
    /// Its messages have ids that can be relied on (XEP-0359).
    pub stable_ids: bool,
    /// It says who somebody is over all nicks (XEP-0421).
    pub occupant_ids: bool,
    /// It shows who everybody is.
    pub non_anonymous: bool,
}

/// A message to all in a room. Who has the nick is for the caller to say: the message does not.
pub fn of_room(message: &Element, word: RoomWord<'_>, own: &BareJid) -> Result<Received, Dropped> {
    let from = address_in(message, "from")?.ok_or(Dropped::Malformed("a message of nobody in a room"))?;
    let mut received = said(message, from, word, own, Origin::Live)?;
    received.server_id = stanza_id(message, word.room).filter(|_| word.stable_ids);
    received.delay = delay(message, word.room, false);
    received.origin = match received.delay {
        Some(_) => Origin::Offline,
        None => Origin::Live,
    };
    Ok(received)
}

/// What the archive of a room has, from the answer to a query that is open. Its id and time are the
/// archive's; who wrote it is believed where the room shows that and says one thing.
pub fn archived_in_room(
    found: &Found<'_>,
    word: RoomWord<'_>,
    own: &BareJid,
    origin: Origin,
) -> Result<Received, Dropped> {
    let message = inner(found)?;
    if is_archive_result(message) || !matches!(carbon(message), Ok(None)) {
        return Err(Dropped::Forged("a wrapper inside an archived message"));
    }
    let from = address_in(message, "from")?.ok_or(Dropped::Malformed("an archived message from nobody"))?;
    let mut received = said(message, from, word, own, origin)?;
    received.server_id = Some(found.id.clone());
    received.delay = Some(found.time);
    if let Some(occupant) = &mut received.occupant {
        occupant.real = real(message).filter(|_| word.non_anonymous);
    }
    Ok(received)
}

/// What the archive of a room says of a message that a moderator took away: in the room's own words, or in
/// the place of that message.
pub fn moderated(found: &Found<'_>, room: &BareJid) -> Option<Moderation> {
    let message = inner(found).ok()?;
    let from = address_in(message, "from").ok()??;
    if from.to_bare() != *room {
        return None;
    }
    if from.is_bare() {
        return moderation::parse(message);
    }
    let reason = moderation::tombstone(message)?;
    let of = found.id.clone();
    Some(Moderation { of, reason })
}

fn said(
    message: &Element,
    from: Jid,
    word: RoomWord<'_>,
    own: &BareJid,
    origin: Origin,
) -> Result<Received, Dropped> {
    if from.to_bare() != *word.room {
        return Err(Dropped::Forged("a message of another room"));
    }
    let Some(nick) = from.resource().map(|nick| nick.as_str().to_owned()) else {
        return Err(Dropped::NotChat("a message of the room itself"));
    };
    let mut received = read(message, from, own, false, origin)?;
    let id = only_child(message, "occupant-id", ns::OCCUPANT_ID).and_then(|id| sane_id(id.attr("id")));
    received.is_groupchat = true;
    received.occupant = Some(Occupant {
        nick,
        id: id.filter(|_| word.occupant_ids),
        real: None,
    });
    Ok(received)
}

/// The one address that stands in it. What a sender forged stands beside what the room says (on one server
/// before it), so of two none is believed.
fn real(message: &Element) -> Option<BareJid> {
    let mut named = children(message, "x", ns::MUC_USER)
        .flat_map(|x| children(x, "item", ns::MUC_USER))
        .filter_map(|item| item.attr("jid"));
    let one = named.next()?;
    match named.next() {
        None => Some(address::jid(one).ok()?.into_bare()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Author, Direction};

    fn own() -> BareJid {
        BareJid::new("ana@mired.test").unwrap()
    }

    fn room() -> BareJid {
        BareJid::new("team@muc.mired.test").unwrap()
    }

    fn word(room: &BareJid) -> RoomWord<'_> {
        RoomWord {
            room,
            stable_ids: true,
            occupant_ids: true,
            non_anonymous: true,
        }
    }

    fn live(attributes: &str, inside: &str) -> Result<Received, Dropped> {
        let stanza =
            format!("<message xmlns='jabber:client' type='groupchat' id='1' {attributes}>{inside}</message>");
        of_room(&stanza.parse().unwrap(), word(&room()), &own())
    }

    const BOB: &str = "from='team@muc.mired.test/Bob'";
    const ID: &str = "<stanza-id xmlns='urn:xmpp:sid:0' by='team@muc.mired.test' id='s1'/>";
    const OCCUPANT: &str = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/>";

    #[test]
    fn a_message_of_somebody_in_the_room_has_what_the_room_says_of_it() {
        let bob = live(BOB, &format!("<body>hi</body>{ID}{OCCUPANT}")).unwrap();
        assert_eq!((bob.peer.clone(), bob.server_id.as_deref()), (room(), Some("s1")));
        assert_eq!((bob.direction, bob.writer()), (Direction::In, room()));
        let occupant = bob.occupant.clone().unwrap();
        assert_eq!(
            (occupant.nick.as_str(), occupant.id.as_deref()),
            ("Bob", Some("o1"))
        );
        assert!(matches!(bob.author(), Author::Occupant { real: None, .. }));
    }

    #[test]
    fn what_a_sender_writes_in_the_name_of_the_room_is_not_believed() {
        let item = "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='eve@mired.test'/></x>";
        let bob = live(BOB, &format!("<body>hi</body>{ID}{ID}{item}")).unwrap();
        assert_eq!((bob.server_id, bob.occupant.unwrap().real), (None, None));
        let delay = |from: &str| {
            format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='2026-01-01T00:00:00Z'/>")
        };
        assert_eq!(live(BOB, &delay("mired.test")).unwrap().delay, None);
        assert!(live(BOB, &delay("team@muc.mired.test")).unwrap().delay.is_some());
        assert!(live("from='other@muc.mired.test/Bob'", "").is_err());
        assert!(live("from='team@muc.mired.test'", "").is_err());
        let team = room();
        let unannounced = RoomWord {
            stable_ids: false,
            occupant_ids: false,
            ..word(&team)
        };
        let stanza = format!("<message xmlns='jabber:client' {BOB}><body>hi</body>{ID}{OCCUPANT}</message>");
        let bob = of_room(&stanza.parse().unwrap(), unannounced, &own()).unwrap();
        assert_eq!((bob.server_id, bob.occupant.unwrap().id), (None, None));
    }

    #[test]
    fn an_archive_says_who_wrote_it_if_it_says_one_thing() {
        let item = |jid: &str| {
            format!(
                "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='{jid}'/></x>"
            )
        };
        let read = |inside: &str| {
            let stanza: Element = format!(
                "<message xmlns='jabber:client'><result xmlns='urn:xmpp:mam:2' queryid='q' id='a1'><forwarded \
                 xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/><message \
                 xmlns='jabber:client' type='groupchat' {BOB}><body>hi</body>{inside}</message></forwarded></result></message>"
            )
            .parse()
            .unwrap();
            let found = crate::received::result(&stanza).unwrap();
            archived_in_room(&found, word(&room()), &own(), Origin::Archive).unwrap()
        };
        let bob = read(&item("bob@mired.test/pc"));
        assert_eq!(
            (bob.writer().as_str(), bob.server_id.as_deref()),
            ("bob@mired.test", Some("a1"))
        );
        assert_eq!(
            read(&(item("eve@mired.test") + &item("bob@mired.test"))).writer(),
            room()
        );
        assert_eq!(read("").writer(), room());
    }
}
