//! Where the rooms of an account lie: servers differ. A node with an item for each (XEP-0402); all in one
//! item of a node (XEP-0048), which one server can do alone and keeps equal with what stood before that; or
//! all in one element of a private store (XEP-0049).

use minidom::Element;

use super::bookmarks::{self, Bookmark, read_item, read_storage};
use crate::ns;
use crate::pubsub::{self, MaxItems};
use crate::xml::{Build, element, only_child};
use model::BareJid;

/// The id of the one item that has all of them.
const ALL: &str = "current";

/// One of the three ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListForm {
    /// One item for each room.
    Items,
    /// One item for all.
    OneItem,
    /// No node.
    PrivateStore,
}

/// What is there.
#[derive(Clone, Default)]
pub struct BookmarkList {
    pub rooms: Vec<Bookmark>,
    /// The element that has all of them, where there is one.
    pub storage: Option<Element>,
    /// There may be more.
    pub cut: bool,
}

impl BookmarkList {
    pub fn find(&self, room: &BareJid) -> Option<&Bookmark> {
        self.rooms.iter().find(|bookmark| bookmark.room == *room)
    }
}

impl ListForm {
    /// The node, where it is one.
    pub fn node(self) -> Option<&'static str> {
        match self {
            Self::Items => Some(ns::BOOKMARKS),
            Self::OneItem => Some(ns::BOOKMARKS_BEFORE),
            Self::PrivateStore => None,
        }
    }

    /// Asks for all of them: the payload of a get.
    pub fn fetch(self) -> Element {
        match self {
            Self::Items => pubsub::fetch_newest(ns::BOOKMARKS, pubsub::MAX_ITEMS),
            Self::OneItem => pubsub::fetch(ns::BOOKMARKS_BEFORE),
            Self::PrivateStore => private(element("storage", ns::BOOKMARKS_BEFORE)),
        }
    }

    /// The same for what has to be known before one is changed.
    pub fn fetch_for(self, room: &BareJid) -> Element {
        match self {
            Self::Items => pubsub::fetch_item(ns::BOOKMARKS, room.as_str()),
            other => other.fetch(),
        }
    }

    /// What an answer to either says; None: it is none.
    pub fn read(self, payload: &Element) -> Option<BookmarkList> {
        match self {
            Self::PrivateStore if payload.is("query", ns::PRIVATE) => {
                let storage = only_child(payload, "storage", ns::BOOKMARKS_BEFORE)?;
                Some(of_storage(storage))
            }
            Self::PrivateStore => None,
            node => Some(node.of_items(&pubsub::items(payload, node.node()?)?)),
        }
    }

    /// What the items of the node say.
    pub fn of_items(self, items: &[(String, Element)]) -> BookmarkList {
        if self != Self::Items {
            let storage = items
                .iter()
                .find(|(_, payload)| payload.is("storage", ns::BOOKMARKS_BEFORE));
            return storage.map_or_else(BookmarkList::default, |(_, storage)| of_storage(storage));
        }
        let rooms = items.iter().filter_map(|(id, payload)| read_item(id, payload));
        BookmarkList {
            rooms: rooms.collect(),
            storage: None,
            cut: items.len() >= pubsub::MAX_ITEMS,
        }
    }

    /// Writes this one (None: takes it away); `list`: what was there. `items`: what its node is to hold,
    /// where that is said with it.
    pub fn write(
        self,
        list: &BookmarkList,
        room: &BareJid,
        now: Option<&Bookmark>,
        items: Option<MaxItems>,
    ) -> Element {
        let all = || bookmarks::with_room(list.storage.as_ref(), room, now);
        match (self, now) {
            (Self::Items, None) => pubsub::retract(ns::BOOKMARKS, room.as_str()),
            (Self::Items, Some(now)) => {
                pubsub::publish_private(ns::BOOKMARKS, room.as_str(), now.to_conference(), items)
            }
            (Self::OneItem, _) => pubsub::publish_private(ns::BOOKMARKS_BEFORE, ALL, all(), None),
            (Self::PrivateStore, _) => private(all()),
        }
    }

    /// Owner: what the node has to be; None: there is none.
    pub fn configure(self, items: MaxItems) -> Option<Element> {
        let items = Some(items).filter(|_| self == Self::Items);
        Some(pubsub::set_config_private(self.node()?, items))
    }
}

fn of_storage(storage: &Element) -> BookmarkList {
    let rooms = read_storage(storage).unwrap_or_default();
    BookmarkList {
        cut: rooms.len() >= bookmarks::MAX_ROOMS,
        rooms,
        storage: Some(storage.clone()),
    }
}

fn private(inside: Element) -> Element {
    element("query", ns::PRIVATE).child(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    const FORMS: [ListForm; 3] = [ListForm::Items, ListForm::OneItem, ListForm::PrivateStore];

    fn room() -> BareJid {
        BareJid::new("team@muc.mired.test").unwrap()
    }

    /// The request that writes it, as the answer to the one that reads it would be.
    fn as_answer(form: ListForm, written: &Element) -> Element {
        let text = String::from(written)
            .replace("<publish ", "<items ")
            .replace("</publish>", "</items>");
        let answer: Element = text.parse().unwrap();
        match form {
            ListForm::PrivateStore => answer,
            _ => {
                let items = only_child(&answer, "items", ns::PUBSUB).unwrap().clone();
                element("pubsub", ns::PUBSUB).child(items)
            }
        }
    }

    #[test]
    fn what_is_written_in_any_form_is_read_back_and_taken_away_again() {
        let mut team = Bookmark::new(room());
        team.nick = Some("Ana".into());
        for form in FORMS {
            assert_renders(&form.fetch());
            assert_renders(&form.fetch_for(&room()));
            let written = form.write(
                &BookmarkList::default(),
                &room(),
                Some(&team),
                Some(MaxItems::Max),
            );
            assert_renders(&written);
            let list = form.read(&as_answer(form, &written)).unwrap();
            assert!(list.find(&room()) == Some(&team) && !list.cut, "{form:?}");
            let gone = form.write(&list, &room(), None, None);
            assert_renders(&gone);
            if form != ListForm::Items {
                let list = form.read(&as_answer(form, &gone)).unwrap();
                assert!(list.rooms.is_empty() && list.storage.is_some(), "{form:?}");
            }
            assert!(form.read(&element("query", ns::ROSTER)).is_none());
        }
    }

    #[test]
    fn nobody_else_reads_a_node_of_either_kind_and_one_item_may_be_pushed() {
        let team = Bookmark::new(room());
        for form in [ListForm::Items, ListForm::OneItem] {
            let set = form.configure(MaxItems::Max).unwrap();
            assert_renders(&set);
            let config = pubsub::config(&set).unwrap();
            assert_eq!(config.access_model.as_deref(), Some("whitelist"));
            assert_eq!(config.max_items.is_some(), form == ListForm::Items);
            let written = form.write(
                &BookmarkList::default(),
                &room(),
                Some(&team),
                Some(MaxItems::Max),
            );
            let written = String::from(&written);
            assert!(written.contains("<value>whitelist</value>"), "{written}");
            assert_eq!(written.contains("<value>never</value>"), form == ListForm::Items);
        }
        assert!(ListForm::PrivateStore.configure(MaxItems::Max).is_none());
    }
}
