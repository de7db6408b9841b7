//! What is to stand on the list of one room.
//!
//! Whoever goes out for good is out on all devices, by a bookmark that joins nothing or by none. It stays
//! only if something stands in it that cannot be had again from the room: a password, or what others put
//! beside it. A list that keeps every room that was ever entered grows until the server takes no more.

use model::room::RoomNotify;
use stanza::muc::bookmark_list::ListForm;
use stanza::muc::bookmarks::Bookmark;
use stanza::muc::extensions;
use store::rooms::Room;

/// None: no bookmark. `found`: what stands there now, of which what we do not know stays.
pub(super) fn wanted(
    room: &Room,
    password: Option<&str>,
    found: Option<&Bookmark>,
    form: ListForm,
) -> Option<Bookmark> {
    let is_worth = |found: &Bookmark| found.password.is_some() || !found.extensions.is_empty();
    if !room.autojoin && !found.is_some_and(is_worth) {
        return None;
    }
    let mut now = found
        .cloned()
        .unwrap_or_else(|| Bookmark::new(room.peer.address.clone()));
    now.autojoin = room.autojoin;
    if room.name.is_some() {
        now.name.clone_from(&room.name);
    }
    if !room.own_nick.is_empty() {
        now.nick = Some(room.own_nick.clone());
    }
    if let Some(password) = password {
        now.password = Some(password.to_owned());
    }
    if form == ListForm::Items {
        if found.is_none() {
            now.extensions = extensions::from_text(&room.extensions);
        }
        extensions::set_pinned(&mut now.extensions, room.pinned);
        let said = extensions::notify(&now.extensions);
        if said.unwrap_or(RoomNotify::Always) != room.notify {
            extensions::set_notify(&mut now.extensions, room.notify);
        }
    }
    Some(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountId, ChatId, Clean, Peer, address};
    use stanza::muc::bookmarks::read_item;
    use store::bookmarks::Bookmarked;

    fn room() -> Room {
        Room {
            chat: ChatId(1),
            peer: Peer::new(AccountId(1), address::bare("team@muc.mired.test").unwrap()),
            name: Some(Clean::line("Team")),
            own_nick: "Ana".into(),
            autojoin: true,
            notify: RoomNotify::Always,
            pinned: false,
            features: Default::default(),
            bookmarked: Bookmarked::Due,
            extensions: String::new(),
            suspect: false,
        }
    }

    fn found(inside: &str) -> Bookmark {
        let item = format!(
            "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true' name='T'>{inside}</conference>"
        );
        read_item("team@muc.mired.test", &item.parse().unwrap()).unwrap()
    }

    const EXTENSIONS: &str = "<extensions><mine xmlns='urn:other'>kept</mine></extensions>";

    fn written(room: &Room, found: Option<&Bookmark>, form: ListForm) -> String {
        wanted(room, None, found, form).map_or_else(String::new, |now| String::from(&now.to_conference()))
    }

    #[test]
    fn a_room_that_is_joined_stands_there_with_what_others_put_beside_it() {
        let new = written(&room(), None, ListForm::Items);
        assert_eq!(
            new,
            "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true' name='Team'><nick>Ana</nick></conference>"
        );
        let pinned = Room {
            pinned: true,
            notify: RoomNotify::Never,
            ..room()
        };
        let kept = written(&pinned, Some(&found(EXTENSIONS)), ListForm::Items);
        for part in ["<mine xmlns='urn:other'>kept</mine>", "<pinned ", "<never/>"] {
            assert!(kept.contains(part), "{kept}");
        }
        assert_eq!(written(&pinned, None, ListForm::OneItem), new);
        let back = Room {
            extensions: EXTENSIONS.replace("<extensions>", "<extensions xmlns='urn:xmpp:bookmarks:1'>"),
            ..room()
        };
        assert!(written(&back, None, ListForm::Items).contains("kept"));
    }

    #[test]
    fn a_room_that_was_left_stands_there_only_with_what_would_be_lost() {
        let left = Room {
            autojoin: false,
            ..room()
        };
        assert_eq!(written(&left, None, ListForm::Items), "");
        assert_eq!(written(&left, Some(&found("")), ListForm::Items), "");
        for inside in [EXTENSIONS, "<password>secret</password>"] {
            let kept = written(&left, Some(&found(inside)), ListForm::Items);
            assert!(kept.contains("autojoin='false'"), "{kept}");
        }
    }
}
