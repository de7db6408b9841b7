//! Affiliations and roles (XEP-0045 §8, §9): the lists, and changing one person at a time: Prosody applies
//! only the first item of a request, and answers as if it had applied all.

use minidom::Element;

use super::{MAX_REASON, affiliation, affiliation_word, nick};
use crate::ns;
use crate::xml::{Build, children, element};
use model::room::{Affiliation, Role};
use model::{BareJid, Jid, address};

/// At most so many people of one list are read.
pub const MAX_LISTED: usize = 20_000;

/// Somebody on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// A person; a whole domain stands on such lists too, and is no person.
    pub jid: BareJid,
    pub affiliation: Affiliation,
    /// The nick that is kept for them.
    pub nick: Option<String>,
}

fn query(item: Element) -> Element {
    element("query", ns::MUC_ADMIN).child(item)
}

fn item() -> Element {
    element("item", ns::MUC_ADMIN)
}

/// Asks for a list.
pub fn list(of: Affiliation) -> Element {
    query(item().with("affiliation", affiliation_word(of)))
}

/// The people of a list; impossible addresses are left out, and so is who stands there by another affiliation
/// than was asked for.
pub fn parse_list(query: &Element, of: Affiliation) -> Option<Vec<Listed>> {
    if !query.is("query", ns::MUC_ADMIN) {
        return None;
    }
    let items = children(query, "item", ns::MUC_ADMIN).take(MAX_LISTED);
    let read = |item: &Element| {
        let jid = address::jid(item.attr("jid")?).ok().filter(Jid::is_bare)?;
        let affiliation = affiliation(item.attr("affiliation")).unwrap_or(of);
        Some(Listed {
            jid: jid.into_bare(),
            affiliation,
            nick: item.attr("nick").and_then(nick),
        })
    };
    let listed = items.filter_map(read);
    Some(listed.filter(|one| one.affiliation == of).collect())
}

/// Lets somebody stand so to the room.
pub fn set_affiliation(jid: &BareJid, to: Affiliation, why: Option<&str>) -> Element {
    let item = item()
        .with("affiliation", affiliation_word(to))
        .with("jid", jid.as_str());
    query(with_reason(item, why))
}

/// Lets somebody who is in the room do so much; [`Role::None`] throws them out.
pub fn set_role(of: &str, to: Role, why: Option<&str>) -> Element {
    let word = match to {
        Role::Moderator => "moderator",
        Role::Participant => "participant",
        Role::Visitor => "visitor",
        Role::None => "none",
    };
    query(with_reason(item().with("nick", of).with("role", word), why))
}

fn with_reason(item: Element, why: Option<&str>) -> Element {
    match why.filter(|why| why.len() <= MAX_REASON) {
        Some(why) => item.child(element("reason", ns::MUC_ADMIN).content(why)),
        None => item,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    #[test]
    fn one_person_is_changed_at_a_time() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        let member = set_affiliation(&bob, Affiliation::Member, Some("one of us"));
        assert_renders(&member);
        let expected = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='bob@mired.test'>\
            <reason>one of us</reason></item></query>";
        assert_eq!(member, expected.parse().unwrap());
        let kicked = set_role("Bob", Role::None, None);
        let expected =
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Bob' role='none'/></query>";
        assert_eq!(kicked, expected.parse().unwrap());
    }

    #[test]
    fn a_list_has_people_and_no_nonsense() {
        let answer = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='bob@mired.test' nick='Bob'/>\
            <item affiliation='member' jid='example.test'/><item jid='carol@mired.test'/><item affiliation='outcast' jid='eve@mired.test'/>\
            <item affiliation='member' jid='dave@mired.test/pc'/><item affiliation='member' jid='@@'/><item/></query>";
        let listed = parse_list(&answer.parse().unwrap(), Affiliation::Member).unwrap();
        let people: Vec<_> = listed
            .iter()
            .map(|one| (one.jid.as_str(), one.nick.as_deref()))
            .collect();
        assert_eq!(
            people,
            [
                ("bob@mired.test", Some("Bob")),
                ("example.test", None),
                ("carol@mired.test", None)
            ]
        );
        assert_eq!(
            parse_list(&"<query xmlns='x'/>".parse().unwrap(), Affiliation::Member),
            None
        );
        let asked = list(Affiliation::Outcast);
        assert_eq!(
            asked,
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast'/></query>"
                .parse()
                .unwrap()
        );
    }
}
