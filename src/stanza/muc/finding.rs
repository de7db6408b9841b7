//! Where rooms are: what a server or a service names (XEP-0030 §4), and services that search for rooms
//! everywhere (XEP-0433).

use minidom::Element;

use super::occupants::can_be_room;
use crate::disco::{self, Info};
use crate::ns;
use crate::xml::{Build, children, element, number, only_child};
use model::room::FoundRoom;
use model::{BareJid, Clean, address};

/// At most so many are read.
const MAX_ITEMS: usize = 1000;
/// Longest name, in bytes.
const MAX_NAME: usize = 200;
/// What its form is called.
const SEARCH_PARAMS: &str = "urn:xmpp:channel-search:0:search-params";
/// So many are asked for.
const MAX_FOUND: u32 = 100;

/// Asks what somebody names.
pub fn items_query() -> Element {
    element("query", ns::DISCO_ITEMS)
}

/// The addresses that a server names: its services.
pub fn parse_services(query: &Element) -> Vec<BareJid> {
    items(query)
        .filter_map(|item| address::jid(item.attr("jid")?).ok())
        .filter(|jid| jid.is_bare())
        .map(model::Jid::into_bare)
        .collect()
}

/// The rooms that a service names. Ejabberd writes behind each name how many are in it, in parentheses.
pub fn parse_rooms(query: &Element) -> Vec<FoundRoom> {
    let counts = items(query).all(|item| item.attr("name").is_some_and(|name| counted(name).is_some()));
    let read = |item: &Element| {
        let shown = item.attr("name");
        let (shown, occupants) = match shown.and_then(counted).filter(|_| counts) {
            Some((shown, count)) => (Some(shown), Some(count)),
            None => (shown, None),
        };
        Some(FoundRoom {
            jid: can_be_room(item.attr("jid")?)?,
            name: shown.and_then(name),
            occupants,
        })
    };
    items(query).filter_map(read).collect()
}

/// `Team (3)`, or `Team (private, 3)` where it is shown to its members alone.
fn counted(name: &str) -> Option<(&str, u32)> {
    let (name, count) = name.strip_suffix(')')?.rsplit_once('(')?;
    let count = count.rsplit_once(", ").map_or(count, |(_, count)| count);
    Some((name.trim_end(), number(count)?))
}

fn items(query: &Element) -> impl Iterator<Item = &Element> {
    let is_answer = query.is("query", ns::DISCO_ITEMS);
    // What has a node is no entity of its own.
    children(query, "item", ns::DISCO_ITEMS)
        .filter(move |item| is_answer && item.attr("node").is_none())
        .take(MAX_ITEMS)
}

fn name(text: &str) -> Option<Clean> {
    Some(Clean::line_within(text.trim(), MAX_NAME)).filter(|name| !name.as_str().is_empty())
}

/// What a service is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// It has rooms.
    Rooms,
    /// It knows rooms elsewhere.
    Search,
}

/// What an entity is; None: nothing of that. A gateway into another network has rooms of that network, and
/// says so.
pub fn service(info: &Element) -> Option<Service> {
    let Info { identities, features } = disco::parse_info(info)?;
    let has = |name: &str| features.iter().any(|feature| feature == name);
    if has(ns::CHANNEL_SEARCH) {
        return Some(Service::Search);
    }
    let has_rooms = has(ns::MUC) && identities.iter().any(|identity| identity == "conference/text");
    has_rooms.then_some(Service::Rooms)
}

/// Searches for rooms by these words, those with the most people first.
pub fn search(words: &str) -> Element {
    let field = |var: &str, value: &str| {
        let value = element("value", ns::DATA_FORMS).content(value);
        element("field", ns::DATA_FORMS).with("var", var).child(value)
    };
    let form = element("x", ns::DATA_FORMS)
        .with("type", "submit")
        .child(field("FORM_TYPE", SEARCH_PARAMS).with("type", "hidden"))
        .child(field("q", words))
        .child(field("sinname", "true"))
        .child(field("sindescription", "true"))
        .child(field("sinaddr", "true"))
        .child(field("key", "{urn:xmpp:channel-search:0:order}nusers"));
    let most = element("max", ns::RSM).content(&MAX_FOUND.to_string());
    element("search", ns::CHANNEL_SEARCH)
        .child(element("set", ns::RSM).child(most))
        .child(form)
}

/// What it found; None if it is no answer to that.
pub fn parse_found(result: &Element) -> Option<Vec<FoundRoom>> {
    if !result.is("result", ns::CHANNEL_SEARCH) {
        return None;
    }
    let read = |item: &Element| {
        let text = |name: &str| only_child(item, name, ns::CHANNEL_SEARCH).map(Element::text);
        Some(FoundRoom {
            jid: can_be_room(item.attr("address")?)?,
            name: text("name").and_then(|text| name(&text)),
            occupants: text("nusers").and_then(|text| number(text.trim())),
        })
    };
    let items = children(result, "item", ns::CHANNEL_SEARCH).take(MAX_ITEMS);
    Some(items.filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn read(text: &str) -> Element {
        text.parse().unwrap()
    }

    #[test]
    fn services_and_rooms_are_what_is_named_and_can_be_one() {
        let items = read(
            "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='muc.mired.test'/><item jid='@'/><item/>\
             <item jid='team@muc.mired.test' name=' Team '/><item jid='muc.mired.test' node='x'/></query>",
        );
        let services = parse_services(&items);
        let services: Vec<_> = services.iter().map(|one| one.as_str()).collect();
        assert_eq!(services, ["muc.mired.test", "team@muc.mired.test"]);
        let rooms = parse_rooms(&items);
        assert_eq!(rooms.len(), 1);
        assert_eq!(rooms[0].jid.as_str(), "team@muc.mired.test");
        assert_eq!(rooms[0].name.as_ref().unwrap().as_str(), "Team");
        assert!(parse_rooms(&read("<query xmlns='x'/>")).is_empty());
        assert_renders(&items_query());
    }

    #[test]
    fn how_many_are_in_a_room_is_no_part_of_its_name_where_a_service_counts() {
        let rooms = |names: &[&str]| -> Vec<(String, Option<u32>)> {
            let items: String = names
                .iter()
                .map(|name| format!("<item jid='a@muc.mired.test' name='{name}'/>"))
                .collect();
            let query = format!("<query xmlns='http://jabber.org/protocol/disco#items'>{items}</query>");
            let rooms = parse_rooms(&read(&query)).into_iter();
            rooms
                .map(|room| (room.name.unwrap().as_str().to_owned(), room.occupants))
                .collect()
        };
        let one = |name: &str, count| (name.to_owned(), count);
        assert_eq!(
            rooms(&["Team (3)", "Hut (private, 0)"]),
            [one("Team", Some(3)), one("Hut", Some(0))]
        );
        assert_eq!(
            rooms(&["Team (3)", "Hut"]),
            [one("Team (3)", None), one("Hut", None)]
        );
    }

    #[test]
    fn a_gateway_to_another_network_has_no_rooms_of_ours() {
        let info = |kind: &str, feature: &str| {
            let text = format!(
                "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='{kind}'/>\
                 <feature var='{feature}'/></query>"
            );
            service(&read(&text))
        };
        assert_eq!(
            info("text", "http://jabber.org/protocol/muc"),
            Some(Service::Rooms)
        );
        assert_eq!(info("irc", "http://jabber.org/protocol/muc"), None);
        assert_eq!(info("text", "x"), None);
        assert_eq!(
            info("text", "urn:xmpp:channel-search:0:search"),
            Some(Service::Search)
        );
    }

    #[test]
    fn what_a_search_finds_is_read() {
        assert_renders(&search("rust"));
        let found = read(
            "<result xmlns='urn:xmpp:channel-search:0:search'><item address='rust@muc.mired.test'><name>Rust</name>\
             <nusers>12</nusers><is-open/></item><item address='muc.mired.test'/><item/></result>",
        );
        let found = parse_found(&found).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].jid.as_str(), found[0].occupants),
            ("rust@muc.mired.test", Some(12))
        );
        assert_eq!(parse_found(&read("<search xmlns='x'/>")), None);
    }
}
