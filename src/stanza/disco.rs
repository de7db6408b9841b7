//! Service discovery (XEP-0030) and the features that we advertise (XEP-0115 verification string, SHA-1).
//!
//! What is not needed is not told: no software version, no operating system, no last activity (threat 92).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;
use sha1::{Digest, Sha1};

use super::ns;
use super::xml::{Build, children, element};

/// At most this many identities and this many features are read.
const MAX_ENTRIES: usize = 1000;
/// Longer names, in bytes, are skipped.
const MAX_NAME: usize = 1024;

/// One identity of an entity (XEP-0030 §3.1); `lang` and `name` may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity<'a> {
    pub category: &'a str,
    pub kind: &'a str,
    pub lang: &'a str,
    pub name: &'a str,
}

/// What we are.
const IDENTITY: Identity<'static> = Identity {
    category: "client",
    kind: "console",
    lang: "",
    name: "Susurro",
};

/// What we advertise. What ends in `+notify` subscribes us to nodes: our contacts' device lists, our rooms
/// and, if it is to be known (`reads`), how far our other devices have read.
pub fn own_features(reads: bool) -> Vec<String> {
    let spoken = [
        ns::CAPS,
        ns::DISCO_INFO,
        ns::PING,
        ns::RECEIPTS,
        ns::CHAT_MARKERS,
        ns::CHAT_STATES,
    ];
    let mut features: Vec<String> = spoken.map(str::to_owned).into();
    let lists = [
        ns::OMEMO_LEGACY_DEVICES,
        ns::OMEMO2_DEVICES,
        ns::BOOKMARKS,
        ns::BOOKMARKS_BEFORE,
    ];
    let nodes = lists.into_iter().chain(reads.then_some(ns::MDS));
    features.extend(nodes.map(|node| format!("{node}+notify")));
    features.sort();
    features
}

/// The caps `node` of this client.
pub const NODE: &str = "https://susurro.im";

/// The verification string of [`own_features`] (XEP-0115 §5).
pub fn own_ver(reads: bool) -> String {
    let features = own_features(reads);
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    verification(&[IDENTITY], &features)
}

/// The verification string of an entity without extended forms: SHA-1 over sorted identities and features,
/// in base64 (XEP-0115 §5.1). "<" ends each entry, so an entry that contains it is left out: two different
/// entities could otherwise have the same string.
pub fn verification(identities: &[Identity<'_>], features: &[&str]) -> String {
    let mut identities = identities.to_vec();
    identities.sort();
    let identities = identities
        .iter()
        .map(|i| format!("{}/{}/{}/{}", i.category, i.kind, i.lang, i.name));
    let mut features = features.to_vec();
    features.sort_unstable();
    let mut hash = Sha1::new();
    for entry in identities.chain(features.into_iter().map(str::to_owned)) {
        if !entry.contains('<') {
            hash.update(entry.as_bytes());
            hash.update(b"<");
        }
    }
    STANDARD.encode(hash.finalize())
}

/// The `<c/>` of our presence.
pub fn caps(reads: bool) -> Element {
    element("c", ns::CAPS)
        .with("hash", "sha-1")
        .with("node", NODE)
        .with("ver", own_ver(reads))
}

/// Query payload.
pub fn info_query() -> Element {
    element("query", ns::DISCO_INFO)
}

/// The answer to a disco#info query; `node` echoed if the query had one that is ours;
/// None if the node is unknown.
pub fn own_info(query: &Element, reads: bool) -> Option<Element> {
    if !query.is("query", ns::DISCO_INFO) {
        return None;
    }
    let mut info = info_query();
    if let Some(node) = query.attr("node") {
        if node != format!("{NODE}#{}", own_ver(reads)) {
            return None;
        }
        info = info.with("node", node);
    }
    info = info.child(
        element("identity", ns::DISCO_INFO)
            .with("category", IDENTITY.category)
            .with("type", IDENTITY.kind)
            .with("name", IDENTITY.name),
    );
    Some(own_features(reads).iter().fold(info, |info, feature| {
        info.child(element("feature", ns::DISCO_INFO).with("var", feature))
    }))
}

/// The features and identities ("category/type") of a result; at most 1000 of each.
pub fn parse_info(query: &Element) -> Option<Info> {
    if !query.is("query", ns::DISCO_INFO) {
        return None;
    }
    let identities = children(query, "identity", ns::DISCO_INFO)
        .take(MAX_ENTRIES)
        .filter_map(|i| Some(format!("{}/{}", name(i, "category")?, name(i, "type")?)))
        .collect();
    let features = children(query, "feature", ns::DISCO_INFO)
        .take(MAX_ENTRIES)
        .filter_map(|f| name(f, "var").map(str::to_owned))
        .collect();
    Some(Info { identities, features })
}

fn name<'a>(element: &'a Element, attribute: &'a str) -> Option<&'a str> {
    element
        .attr(attribute)
        .filter(|name| !name.is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control))
}

/// What an entity says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    pub identities: Vec<String>,
    pub features: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    #[test]
    fn the_verification_string_is_that_of_the_simple_example_of_xep_0115() {
        let exodus = Identity {
            category: "client",
            kind: "pc",
            lang: "",
            name: "Exodus 0.9.1",
        };
        let features = [
            "http://jabber.org/protocol/muc",
            "http://jabber.org/protocol/disco#items",
            "http://jabber.org/protocol/disco#info",
            "http://jabber.org/protocol/caps",
        ];
        assert_eq!(verification(&[exodus], &features), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    }

    #[test]
    fn identities_are_sorted_by_category_type_and_language() {
        let psi = |lang, name| Identity {
            category: "client",
            kind: "pc",
            lang,
            name,
        };
        let (english, greek) = (psi("en", "Psi 0.11"), psi("el", "Ψ 0.11"));
        assert_eq!(
            verification(&[english, greek], &[]),
            verification(&[greek, english], &[])
        );
    }

    #[test]
    fn an_entry_cannot_pass_for_two() {
        assert_eq!(verification(&[], &["a<b"]), verification(&[], &[]));
        assert_ne!(verification(&[], &["a<b"]), verification(&[], &["a", "b"]));
    }

    #[test]
    fn what_we_advertise_hashes_to_what_our_presence_says() {
        let caps = caps(true);
        let node = format!("{}#{}", caps.attr("node").unwrap(), caps.attr("ver").unwrap());
        assert!(own_info(&info_query().with("node", &node), false).is_none());
        let info = own_info(&info_query().with("node", &node), true).unwrap();
        assert_eq!(info.attr("node"), Some(node.as_str()));
        assert_renders(&info);
        assert_renders(&caps);
        let identity = only_identity(&info);
        let read = parse_info(&info).unwrap();
        let features: Vec<&str> = read.features.iter().map(String::as_str).collect();
        assert_eq!(
            Some(verification(&[identity], &features).as_str()),
            caps.attr("ver")
        );
        assert_eq!(read.identities, ["client/console"]);
    }

    fn only_identity(info: &Element) -> Identity<'_> {
        let identity = info.get_child("identity", ns::DISCO_INFO).unwrap();
        Identity {
            category: identity.attr("category").unwrap(),
            kind: identity.attr("type").unwrap(),
            lang: "",
            name: identity.attr("name").unwrap(),
        }
    }

    #[test]
    fn another_node_is_unknown() {
        assert!(own_info(&info_query(), true).is_some());
        assert!(own_info(&info_query().with("node", NODE), true).is_none());
        assert!(own_info(&info_query().with("node", "x"), true).is_none());
        assert!(own_info(&element("query", ns::DISCO_ITEMS), true).is_none());
    }

    // Threat 92.
    #[test]
    fn we_subscribe_to_device_lists_and_tell_nothing_of_the_system() {
        let features = own_features(true);
        let reading = "urn:xmpp:mds:displayed:0+notify".to_owned();
        assert!(features.contains(&reading) && !own_features(false).contains(&reading));
        assert!(features.contains(&"eu.siacs.conversations.axolotl.devicelist+notify".to_owned()));
        for told in ["jabber:iq:version", "jabber:iq:last", "urn:xmpp:time"] {
            assert!(!features.contains(&told.to_owned()), "{told}");
        }
    }

    #[test]
    fn what_is_read_of_others_is_bounded() {
        let features: String = (0..1500).map(|n| format!("<feature var='f{n}'/>")).collect();
        let long = "x".repeat(2000);
        let query = format!(
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client'/><identity type='x'/>\
             <identity category='pubsub' type='pep'/><feature/><feature var=''/><feature var='a&#9;b'/>\
             <feature var='{long}'/>{features}</query>"
        );
        let info = parse_info(&query.parse().unwrap()).unwrap();
        assert_eq!(info.identities, ["pubsub/pep"]);
        assert_eq!(info.features.len(), 996);
        assert_eq!(parse_info(&element("query", ns::DISCO_ITEMS)), None);
    }
}
