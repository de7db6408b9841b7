//! Lists of rooms: what servers say of them, and the private store that was before PEP (XEP-0049).

use minidom::Element;

use super::{Server, text};

pub const PRIVATE: &str = "jabber:iq:private";
/// The node with an item for each room (XEP-0402).
pub const ITEMS: &str = "urn:xmpp:bookmarks:1";
/// The one with all of them in one item (XEP-0048).
pub const ONE_ITEM: &str = "storage:bookmarks";

/// What an account says that its server does with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    Nothing,
    /// All forms are one (Prosody, newer ejabberd).
    Compat,
    /// The older forms are one (ejabberd 23.01, Openfire).
    Conversion,
}

impl Lists {
    pub(super) fn features(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Compat => &[
                "urn:xmpp:bookmarks:1#compat",
                "urn:xmpp:bookmarks:1#compat-pep",
                "urn:xmpp:bookmarks-conversion:0",
            ],
            Self::Conversion => &["urn:xmpp:bookmarks-conversion:0"],
        }
    }
}

impl Server {
    pub(super) fn on_private(&mut self, id: u64, own: &str, iq: &Element, query: &Element) {
        let Some(stored) = &mut self.accounts.get_mut(own).unwrap().private else {
            return self.reply_error(id, iq, "service-unavailable", "");
        };
        let asked = query.children().next().unwrap();
        assert!(asked.is("storage", ONE_ITEM));
        if iq.attr("type") == Some("set") {
            *stored = asked.clone();
            return self.reply(id, iq, "");
        }
        let answer = format!("<query xmlns='{PRIVATE}'>{}</query>", text(stored));
        self.reply(id, iq, &answer);
    }
}
