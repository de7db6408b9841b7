//! What a room says in messages: what changed about it, who stands to it otherwise, invitations (XEP-0045
//! §7.8, §9, §10.2.1) and those that people send by themselves (XEP-0249).

use minidom::Element;

use super::{MAX_REASON, affiliation, bare, codes, reason};
use crate::ns;
use crate::xml::{Build, children, element, only_child};
use model::room::Affiliation;
use model::{BareJid, Clean, Jid, address};

/// Something about the room changed: it is asked anew what it is.
pub const CHANGED: std::ops::RangeInclusive<u16> = 102..=104;
/// The same of who sees whom, and of what is logged.
pub const LOGGED_OR_SEEN: std::ops::RangeInclusive<u16> = 170..=174;
/// Longest password of a room, in bytes.
const MAX_PASSWORD: usize = 1023;
/// One message names no more people.
const MAX_PEOPLE: usize = 64;

/// What a message of a room says beside its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomNotice {
    /// These people stand so to the room from now on.
    Affiliations(Vec<(BareJid, Affiliation)>),
    /// It is not what it was.
    Changed(Vec<u16>),
    Invitation(Invitation),
    /// Somebody does not want to come.
    Declined {
        who: BareJid,
        reason: Option<Clean>,
    },
}

/// Somebody wants us in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub room: BareJid,
    /// Who says so: of what a room passes on that is the room's word, and may be a nick.
    pub by: Option<Jid>,
    pub reason: Option<Clean>,
    pub password: Option<String>,
}

/// What a room's own message says; it is to come from the room's bare address. None if it says nothing of
/// that, or says it twice.
pub fn parse(message: &Element, room: &BareJid) -> Option<RoomNotice> {
    let x = only_child(message, "x", ns::MUC_USER)?;
    if let Some(invite) = only_child(x, "invite", ns::MUC_USER) {
        return Some(RoomNotice::Invitation(Invitation {
            room: room.clone(),
            by: invite.attr("from").and_then(|from| address::jid(from).ok()),
            reason: reason(invite),
            password: only_child(x, "password", ns::MUC_USER).and_then(|word| password(word.text())),
        }));
    }
    if let Some(decline) = only_child(x, "decline", ns::MUC_USER) {
        let who = bare(decline, "from")?;
        let reason = reason(decline);
        return Some(RoomNotice::Declined { who, reason });
    }
    let people: Vec<_> = children(x, "item", ns::MUC_USER)
        .take(MAX_PEOPLE)
        .filter_map(|item| Some((bare(item, "jid")?, affiliation(item.attr("affiliation"))?)))
        .collect();
    if !people.is_empty() {
        return Some(RoomNotice::Affiliations(people));
    }
    let codes = codes(x);
    let matters = codes
        .iter()
        .any(|code| CHANGED.contains(code) || LOGGED_OR_SEEN.contains(code));
    matters.then_some(RoomNotice::Changed(codes))
}

/// An invitation that somebody sent by themselves (XEP-0249). One beside a room's own is the same once more.
pub fn parse_direct(message: &Element, by: Jid) -> Option<Invitation> {
    let x = only_child(message, "x", ns::CONFERENCE)?;
    let room = super::occupants::can_be_room(x.attr("jid")?)?;
    let reason = x
        .attr("reason")
        .map(|reason| Clean::within(reason.trim(), MAX_REASON));
    Some(Invitation {
        room,
        by: Some(by),
        reason: reason.filter(|reason| !reason.as_str().is_empty()),
        password: x.attr("password").and_then(|word| password(word.to_owned())),
    })
}

fn password(text: String) -> Option<String> {
    (!text.is_empty() && text.len() <= MAX_PASSWORD).then_some(text)
}

/// The subject of a room (§8.1), from a message that has nothing but one: whoever writes words beside it
/// writes words.
pub fn subject(message: &Element) -> Option<Clean> {
    let subject = only_child(message, "subject", ns::CLIENT)?;
    let words = ["body", "thread"]
        .iter()
        .any(|name| message.has_child(name, ns::CLIENT));
    (!words).then(|| Clean::within(&subject.text(), MAX_REASON))
}

/// Gives a room a subject.
pub fn set_subject(room: &BareJid, id: &str, subject: &str) -> Element {
    element("message", ns::CLIENT)
        .with("to", room.as_str())
        .with("type", "groupchat")
        .with("id", id)
        .child(element("subject", ns::CLIENT).content(subject))
}

/// Has the room invite somebody.
pub fn invite(room: &BareJid, id: &str, whom: &BareJid, why: Option<&str>) -> Element {
    let mut invite = element("invite", ns::MUC_USER).with("to", whom.as_str());
    if let Some(why) = why.filter(|why| why.len() <= MAX_REASON) {
        invite = invite.child(element("reason", ns::MUC_USER).content(why));
    }
    to_room(room, id, invite)
}

/// Asks somebody to come, past the room (XEP-0249).
pub fn invite_directly(
    room: &BareJid,
    id: &str,
    whom: &BareJid,
    why: Option<&str>,
    password: Option<&str>,
) -> Element {
    let mut x = element("x", ns::CONFERENCE).with("jid", room.as_str());
    if let Some(why) = why.filter(|why| why.len() <= MAX_REASON) {
        x = x.with("reason", why);
    }
    if let Some(password) = password {
        x = x.with("password", password);
    }
    element("message", ns::CLIENT)
        .with("to", whom.as_str())
        .with("id", id)
        .child(x)
        // Without words a server keeps it for nobody who is away, unless it is told to.
        .child(element("store", ns::HINTS))
}

/// Tells whoever invited us that we do not come.
pub fn decline(room: &BareJid, id: &str, to: &Jid, why: Option<&str>) -> Element {
    let mut decline = element("decline", ns::MUC_USER).with("to", to.as_str());
    if let Some(why) = why.filter(|why| why.len() <= MAX_REASON) {
        decline = decline.child(element("reason", ns::MUC_USER).content(why));
    }
    to_room(room, id, decline)
}

fn to_room(room: &BareJid, id: &str, what: Element) -> Element {
    element("message", ns::CLIENT)
        .with("to", room.as_str())
        .with("id", id)
        .child(element("x", ns::MUC_USER).child(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn room() -> BareJid {
        BareJid::new("team@muc.mired.test").unwrap()
    }

    fn bob() -> BareJid {
        BareJid::new("bob@mired.test").unwrap()
    }

    fn message(inside: &str) -> Element {
        format!("<message xmlns='jabber:client' from='team@muc.mired.test'>{inside}</message>")
            .parse()
            .unwrap()
    }

    fn said(inside: &str) -> Option<RoomNotice> {
        parse(
            &message(&format!(
                "<x xmlns='http://jabber.org/protocol/muc#user'>{inside}</x>"
            )),
            &room(),
        )
    }

    #[test]
    fn people_who_are_not_in_the_room_are_members_by_a_message_alone() {
        let item = "<item jid='bob@mired.test' affiliation='member' role='none'/><status code='301'/>";
        assert_eq!(
            said(item),
            Some(RoomNotice::Affiliations(vec![(bob(), Affiliation::Member)]))
        );
        assert_eq!(said("<item jid='bob@mired.test' affiliation='king'/>"), None);
    }

    #[test]
    fn a_room_that_changed_says_so() {
        assert_eq!(said("<status code='104'/>"), Some(RoomNotice::Changed(vec![104])));
        assert_eq!(
            said("<status code='173'/><status code='170'/>"),
            Some(RoomNotice::Changed(vec![173, 170]))
        );
        assert_eq!(said("<status code='110'/>"), None);
        let x = "<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>";
        assert_eq!(
            parse(&message(&x.repeat(2)), &room()),
            None,
            "said twice, by whom ever"
        );
    }

    #[test]
    fn an_invitation_is_one_however_it_comes() {
        let mediated = said(
            "<invite from='bob@mired.test/pc'><reason>come</reason></invite><password>secret</password>",
        );
        let Some(RoomNotice::Invitation(invitation)) = mediated else {
            panic!("{mediated:?}")
        };
        assert_eq!(invitation.by.as_ref().unwrap().as_str(), "bob@mired.test/pc");
        assert_eq!(
            (
                invitation.reason.unwrap().as_str(),
                invitation.password.as_deref()
            ),
            ("come", Some("secret"))
        );
        let direct = message("<x xmlns='jabber:x:conference' jid='team@muc.mired.test' reason=' come '/>");
        let direct = parse_direct(&direct, bob().into()).unwrap();
        assert_eq!((direct.room, direct.reason.unwrap().as_str()), (room(), "come"));
        let service = message("<x xmlns='jabber:x:conference' jid='muc.mired.test'/>");
        assert_eq!(parse_direct(&service, bob().into()), None);
        let declined = said("<decline from='bob@mired.test/pc'><reason>busy</reason></decline>");
        let busy = Some(Clean::new("busy"));
        assert_eq!(
            declined,
            Some(RoomNotice::Declined {
                who: bob(),
                reason: busy
            })
        );
    }

    #[test]
    fn a_subject_stands_alone() {
        assert_eq!(
            subject(&message("<subject>Plans</subject>")).unwrap().as_str(),
            "Plans"
        );
        assert_eq!(subject(&message("<subject/>")).unwrap().as_str(), "");
        assert_eq!(subject(&message("<subject>Plans</subject><body>hi</body>")), None);
        assert_eq!(subject(&message("<body>hi</body>")), None);
    }

    #[test]
    fn what_is_sent_is_as_the_xep_writes_it() {
        for (built, expected) in [
            (
                invite(&room(), "1", &bob(), Some("come")),
                "<message xmlns='jabber:client' to='team@muc.mired.test' id='1'><x xmlns='http://jabber.org/protocol/muc#user'>\
                 <invite to='bob@mired.test'><reason>come</reason></invite></x></message>",
            ),
            (
                decline(&room(), "2", &bob(), None),
                "<message xmlns='jabber:client' to='team@muc.mired.test' id='2'><x xmlns='http://jabber.org/protocol/muc#user'>\
                 <decline to='bob@mired.test'/></x></message>",
            ),
            (
                set_subject(&room(), "3", "Plans"),
                "<message xmlns='jabber:client' to='team@muc.mired.test' type='groupchat' id='3'><subject>Plans</subject></message>",
            ),
        ] {
            assert_renders(&built);
            assert_eq!(built, expected.parse().unwrap());
        }
    }
}
