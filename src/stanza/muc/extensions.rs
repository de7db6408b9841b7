//! What stands beside the bookmark of a room (XEP-0402 §3.2): that it is pinned (XEP-0469), what of it is
//! told to the person (XEP-0492), and what others put there, which is kept as it came.

use minidom::Element;

use crate::ns;
use crate::xml::{Build, children, element};
use model::room::RoomNotify;

/// All of it in its element.
pub fn wrapped(extensions: &[Element]) -> Element {
    let whole = element("extensions", ns::BOOKMARKS);
    extensions.iter().cloned().fold(whole, Build::child)
}

/// As it is stored.
pub fn to_text(extensions: &[Element]) -> String {
    match extensions {
        [] => String::new(),
        some => String::from(&wrapped(some)),
    }
}

/// As it was stored; what cannot be read is nothing.
pub fn from_text(text: &str) -> Vec<Element> {
    let whole: Option<Element> = text.parse().ok();
    let whole = whole.filter(|whole| whole.is("extensions", ns::BOOKMARKS));
    whole.map_or_else(Vec::new, |whole| whole.children().cloned().collect())
}

/// Marked by the person to stand above the others.
pub fn is_pinned(extensions: &[Element]) -> bool {
    extensions.iter().any(|one| one.is("pinned", ns::PINNED))
}

/// It is pinned from now on, or not.
pub fn set_pinned(extensions: &mut Vec<Element>, pinned: bool) {
    match (pinned, is_pinned(extensions)) {
        (true, false) => extensions.push(element("pinned", ns::PINNED)),
        (false, true) => extensions.retain(|one| !one.is("pinned", ns::PINNED)),
        _ => {}
    }
}

/// What is told to the person by a program like this one; None: nobody said.
pub fn notify(extensions: &[Element]) -> Option<RoomNotify> {
    let settings = extensions.iter().find(|one| one.is("notify", ns::NOTIFY))?;
    read(ours(settings)?)
}

/// So much is told from now on. What is said for other kinds of programs stays, and so does what stands
/// inside.
pub fn set_notify(extensions: &mut Vec<Element>, notify: RoomNotify) {
    let name = match notify {
        RoomNotify::Always => "always",
        RoomNotify::Mentions => "on-mention",
        RoomNotify::Never => "never",
    };
    match extensions.iter_mut().find(|one| one.is("notify", ns::NOTIFY)) {
        Some(settings) => *settings = changed(settings, name),
        None => extensions.push(element("notify", ns::NOTIFY).child(element(name, ns::NOTIFY))),
    }
}

fn changed(settings: &Element, name: &'static str) -> Element {
    let before = ours(settings);
    let mut found = false;
    let mut now = element("notify", ns::NOTIFY);
    for child in settings.children() {
        let is_ours = before.is_some_and(|before| std::ptr::eq(before, child));
        found |= is_ours;
        now.append_child(match is_ours {
            true => renamed(child, name),
            false => child.clone(),
        });
    }
    match found {
        true => now,
        false => now.child(element(name, ns::NOTIFY)),
    }
}

fn renamed(setting: &Element, name: &'static str) -> Element {
    let mut now = element(name, ns::NOTIFY);
    for attribute in ["identity-category", "identity-type"] {
        if let Some(value) = setting.attr(attribute) {
            now = now.with(attribute, value);
        }
    }
    setting.children().cloned().fold(now, Build::child)
}

/// The setting that is for us: said for what we are, for what is like us, or for all.
fn ours(settings: &Element) -> Option<&Element> {
    let said_for =
        |setting: &&Element| match (setting.attr("identity-category"), setting.attr("identity-type")) {
            (Some("client"), Some("console")) => Some(2),
            (Some("client"), None) => Some(1),
            (None, None) => Some(0),
            _ => None,
        };
    let settings = ["always", "on-mention", "never"]
        .into_iter()
        .flat_map(|name| children(settings, name, ns::NOTIFY));
    settings
        .filter(|setting| said_for(setting).is_some())
        .max_by_key(said_for)
}

fn read(setting: &Element) -> Option<RoomNotify> {
    match setting.name() {
        "always" => Some(RoomNotify::Always),
        "on-mention" => Some(RoomNotify::Mentions),
        "never" => Some(RoomNotify::Never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    const OTHER: &str = "<mine xmlns='urn:other'>kept</mine>";

    fn settings(inside: &str) -> Vec<Element> {
        let notify = format!("<notify xmlns='urn:xmpp:notification-settings:1'>{inside}</notify>");
        vec![OTHER.parse().unwrap(), notify.parse().unwrap()]
    }

    #[test]
    fn what_is_stored_comes_back_as_it_was() {
        let kept = settings("<never/>");
        assert_eq!(from_text(&to_text(&kept)), kept);
        assert_eq!(to_text(&[]), "");
        for bad in ["", "<", OTHER, "+"] {
            assert_eq!(from_text(bad), Vec::<Element>::new(), "{bad}");
        }
    }

    #[test]
    fn the_setting_that_is_said_for_us_counts() {
        let phone = "<never identity-category='client' identity-type='phone'/>";
        for (inside, said) in [
            ("", None),
            (phone, None),
            ("<on-mention/>", Some(RoomNotify::Mentions)),
            (
                "<never identity-category='client'/><always/>",
                Some(RoomNotify::Never),
            ),
            (
                "<always identity-category='client' identity-type='console'/><never identity-category='client'/><on-mention/>",
                Some(RoomNotify::Always),
            ),
        ] {
            assert_eq!(notify(&settings(inside)), said, "{inside}");
        }
        assert_eq!(notify(&[]), None);
    }

    #[test]
    fn a_change_leaves_what_is_for_others_and_what_others_put_inside() {
        let inside = "<never identity-category='client' identity-type='phone'/><always><advanced><x xmlns='urn:x'/></advanced></always>";
        let mut kept = settings(inside);
        set_notify(&mut kept, RoomNotify::Mentions);
        let expected = inside.replace("always>", "on-mention>");
        assert_eq!(kept, settings(&expected));
        let mut kept: Vec<Element> = vec![OTHER.parse().unwrap()];
        set_notify(&mut kept, RoomNotify::Never);
        set_pinned(&mut kept, true);
        assert_eq!((notify(&kept), is_pinned(&kept)), (Some(RoomNotify::Never), true));
        assert_renders(&wrapped(&kept));
        set_pinned(&mut kept, false);
        assert_eq!(kept, settings("<never/>"));
    }
}
