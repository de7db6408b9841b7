//! The rooms of an account: one item each of a PEP node (XEP-0402), or all of them in one (XEP-0048), as
//! the server of an account and the person's other clients have it. What others put beside a room is kept
//! as it came.

use minidom::Element;

use super::occupants::can_be_room;
use super::{extensions, nick};
use crate::ns;
use crate::xml::{Build, children, element, is_true, only_child};
use model::{BareJid, Clean};

/// At most so many rooms are read.
pub const MAX_ROOMS: usize = 1000;
/// Longest name of a room, in bytes.
const MAX_NAME: usize = 200;
/// Longest password, in bytes.
const MAX_PASSWORD: usize = 1023;
/// What others put beside a room is kept up to so many bytes.
const MAX_KEPT: usize = 16 * 1024;

/// One room of the account.
#[derive(Clone, PartialEq)]
pub struct Bookmark {
    pub room: BareJid,
    pub name: Option<Clean>,
    /// To be joined by itself.
    pub autojoin: bool,
    pub nick: Option<String>,
    pub password: Option<String>,
    /// The children of `<extensions/>` (XEP-0402 §3.2), whoever made them.
    pub extensions: Vec<Element>,
}

impl Bookmark {
    /// A room that is to be there again after every start.
    pub fn new(room: BareJid) -> Self {
        Self {
            room,
            name: None,
            autojoin: true,
            nick: None,
            password: None,
            extensions: Vec::new(),
        }
    }

    /// The payload of an item whose id is the room's address.
    pub fn to_conference(&self) -> Element {
        let mut conference = self.common("conference", ns::BOOKMARKS);
        if !self.extensions.is_empty() {
            conference = conference.child(extensions::wrapped(&self.extensions));
        }
        conference
    }

    /// The same in the place of what stood there; what others put into it stays.
    fn over(&self, mut before: Element) -> Element {
        for name in ["nick", "password"] {
            while before.remove_child(name, ns::BOOKMARKS_BEFORE).is_some() {}
        }
        let ours = self.common("conference", ns::BOOKMARKS_BEFORE);
        for (name, value) in [("autojoin", ours.attr("autojoin")), ("name", ours.attr("name"))] {
            if let Some(value) = value {
                before = before.with(name, value);
            }
        }
        ours.children().cloned().fold(before, Build::child)
    }

    fn common(&self, name: &'static str, namespace: &'static str) -> Element {
        let autojoin = if self.autojoin { "true" } else { "false" };
        let mut built = element(name, namespace).with("autojoin", autojoin);
        if let Some(name) = &self.name {
            built = built.with("name", name.as_str());
        }
        if let Some(nick) = &self.nick {
            built = built.child(element("nick", namespace).content(nick));
        }
        if let Some(password) = &self.password {
            built = built.child(element("password", namespace).content(password));
        }
        built
    }
}

/// One item of the node (XEP-0402 §3); None for what is no room.
pub fn read_item(id: &str, payload: &Element) -> Option<Bookmark> {
    if !payload.is("conference", ns::BOOKMARKS) {
        return None;
    }
    let mut bookmark = common(can_be_room(id)?, payload, ns::BOOKMARKS);
    if let Some(extensions) = only_child(payload, "extensions", ns::BOOKMARKS) {
        bookmark.extensions = kept(extensions);
    }
    Some(bookmark)
}

/// All rooms of a `<storage/>` (XEP-0048), in which a room that stands twice is read once, as it stands
/// first.
pub fn read_storage(storage: &Element) -> Option<Vec<Bookmark>> {
    if !storage.is("storage", ns::BOOKMARKS_BEFORE) {
        return None;
    }
    let mut rooms: Vec<Bookmark> = Vec::new();
    for conference in children(storage, "conference", ns::BOOKMARKS_BEFORE).take(MAX_ROOMS) {
        let Some(room) = conference.attr("jid").and_then(can_be_room) else {
            continue;
        };
        if rooms.iter().all(|known| known.room != room) {
            rooms.push(common(room, conference, ns::BOOKMARKS_BEFORE));
        }
    }
    Some(rooms)
}

/// The `<storage/>` with this one room as it is from now on (None: without it); what else is in it stays,
/// as it stands.
pub fn with_room(before: Option<&Element>, room: &BareJid, now: Option<&Bookmark>) -> Element {
    let is_it = |child: &Element| {
        let jid = child.attr("jid").and_then(can_be_room);
        child.is("conference", ns::BOOKMARKS_BEFORE) && jid.as_ref() == Some(room)
    };
    let mut now = now;
    let mut storage = element("storage", ns::BOOKMARKS_BEFORE);
    for child in before.into_iter().flat_map(Element::children) {
        match is_it(child) {
            false => storage.append_child(child.clone()),
            true => match now.take() {
                Some(bookmark) => storage.append_child(bookmark.over(child.clone())),
                None => continue,
            },
        };
    }
    match now {
        Some(bookmark) => storage.child(
            bookmark
                .common("conference", ns::BOOKMARKS_BEFORE)
                .with("jid", room.as_str()),
        ),
        None => storage,
    }
}

fn common(room: BareJid, conference: &Element, namespace: &str) -> Bookmark {
    let text = |name: &str| only_child(conference, name, namespace).map(Element::text);
    let name = conference
        .attr("name")
        .map(|name| Clean::line_within(name.trim(), MAX_NAME));
    Bookmark {
        room,
        name: name.filter(|name| !name.as_str().is_empty()),
        autojoin: is_true(conference.attr("autojoin")),
        nick: text("nick").and_then(|text| nick(&text)),
        password: text("password").filter(|word| !word.is_empty() && word.len() <= MAX_PASSWORD),
        extensions: Vec::new(),
    }
}

/// As much of it as is no burden.
fn kept(extensions: &Element) -> Vec<Element> {
    let mut room = MAX_KEPT;
    let mut fits = |child: &&Element| match room.checked_sub(String::from(*child).len()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    extensions.children().filter(&mut fits).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn item(inside: &str) -> Bookmark {
        read_item("team@muc.mired.test", &inside.parse().unwrap()).unwrap()
    }

    const ITEM: &str = "<conference xmlns='urn:xmpp:bookmarks:1' name='Team' autojoin='1'><nick>Ana</nick><password>secret</password>\
        <extensions><pinned xmlns='urn:xmpp:bookmarks-pinning:0'/><mine xmlns='urn:other'>kept</mine></extensions></conference>";

    #[test]
    fn a_room_is_read_and_written_with_what_others_put_beside_it() {
        let team = item(ITEM);
        assert!(team.autojoin && extensions::is_pinned(&team.extensions));
        assert_eq!(
            (team.name.as_ref().unwrap().as_str(), team.nick.as_deref()),
            ("Team", Some("Ana"))
        );
        assert_eq!(team.password.as_deref(), Some("secret"));
        let written = team.to_conference();
        assert_renders(&written);
        assert_eq!(
            written,
            ITEM.replace("autojoin='1'", "autojoin='true'").parse().unwrap()
        );
        assert!(item(&String::from(&written)) == team);
    }

    #[test]
    fn a_bare_item_is_a_room_that_is_not_joined_by_itself() {
        let bare = item("<conference xmlns='urn:xmpp:bookmarks:1'/>");
        assert!(!bare.autojoin && bare.name.is_none() && bare.nick.is_none() && bare.extensions.is_empty());
        for (id, payload) in [
            ("muc.mired.test", ITEM.to_owned()),
            ("team@muc.mired.test/Ana", ITEM.to_owned()),
            (
                "team@muc.mired.test",
                ITEM.replace("urn:xmpp:bookmarks:1", "urn:xmpp:bookmarks:0"),
            ),
        ] {
            assert!(
                read_item(id, &payload.parse().unwrap()).is_none(),
                "{id} {payload}"
            );
        }
    }

    #[test]
    fn what_is_a_burden_is_not_kept() {
        let much = format!("<mine xmlns='urn:other'>{}</mine>", "x".repeat(MAX_KEPT));
        let read = item(&ITEM.replace("<mine", &format!("{much}<mine")));
        assert_eq!(read.extensions.len(), 2);
    }

    #[test]
    fn all_rooms_in_one_item_keep_what_is_no_room() {
        let storage: Element = "<storage xmlns='storage:bookmarks'><url name='Home' url='https://mired.test'/>\
            <conference jid='team@muc.mired.test' autojoin='true' name='Team'><nick>Ana</nick></conference>\
            <conference jid='team@muc.mired.test' autojoin='false'/><conference jid='muc.mired.test'/></storage>"
            .parse()
            .unwrap();
        let rooms = read_storage(&storage).unwrap();
        assert_eq!(rooms.len(), 1);
        assert!(rooms[0].autojoin);
        assert!(read_storage(&ITEM.parse().unwrap()).is_none());
    }

    fn changed(before: &str, now: Option<&Bookmark>) -> Element {
        let before: Element = format!("<storage xmlns='storage:bookmarks'>{before}</storage>")
            .parse()
            .unwrap();
        let room = BareJid::new("team@muc.mired.test").unwrap();
        let written = with_room(Some(&before), &room, now);
        assert_renders(&written);
        written
    }

    #[test]
    fn one_room_of_all_is_changed_and_the_others_stand_as_they_stood() {
        let others = "<url name='Home' url='https://mired.test'/><conference jid='muc.mired.test'/>\
            <conference jid='other@muc.mired.test' autojoin='1' minimize='1'><mine xmlns='urn:other'/></conference>";
        let mut team = Bookmark::new(BareJid::new("team@muc.mired.test").unwrap());
        team.nick = Some("Ana".into());
        let twice = "<conference jid='Team@muc.mired.test' name='Team' minimize='1'><nick>A</nick><mine xmlns='urn:other'/></conference>\
            <conference jid='team@muc.mired.test'/>";
        let whole = |inside: &str| -> Element {
            let xml = format!("<storage xmlns='storage:bookmarks'>{inside}</storage>");
            xml.parse().unwrap()
        };
        assert_eq!(
            changed(&format!("{twice}{others}"), Some(&team)),
            whole(&format!(
                "<conference jid='Team@muc.mired.test' name='Team' minimize='1' autojoin='true'><mine xmlns='urn:other'/>\
                 <nick>Ana</nick></conference>{others}"
            ))
        );
        assert_eq!(
            changed(others, Some(&team)),
            whole(&format!(
                "{others}<conference jid='team@muc.mired.test' autojoin='true'><nick>Ana</nick></conference>"
            ))
        );
        assert_eq!(changed(&format!("{twice}{others}"), None), whole(others));
        let alone = with_room(None, &team.room, Some(&team));
        assert_eq!(read_storage(&alone).unwrap().len(), 1);
    }
}
