//! What a room says that it is (XEP-0045 §6.4): features of its disco#info, and the parts of the form beside
//! them that are shown.

use minidom::Element;

use crate::disco::{self, Info};
use crate::ns;
use crate::xml::{children, number, only_child};
use model::Clean;
use model::room::{RoomFeature, RoomInfo};

/// Longest name and description, in bytes.
const MAX_WORDS: usize = 1000;
/// The form of it.
const ROOM_INFO: &str = "http://jabber.org/protocol/muc#roominfo";

/// None if it is no room.
pub fn parse(query: &Element) -> Option<RoomInfo> {
    let info = disco::parse_info(query)?;
    if !is_room(&info) {
        return None;
    }
    let identity =
        children(query, "identity", ns::DISCO_INFO).find(|one| one.attr("category") == Some("conference"));
    let name = identity.and_then(|identity| words(identity.attr("name")?));
    let form = children(query, "x", ns::DATA_FORMS)
        .find(|form| value(form, "FORM_TYPE").as_deref() == Some(ROOM_INFO));
    let said = |var: &str| form.and_then(|form| value(form, var));
    let shown = |var: &str| said(var).and_then(|text| words(&text));
    Some(RoomInfo {
        features: info.features.iter().filter_map(|feature| read(feature)).collect(),
        name: name.or_else(|| shown("muc#roomconfig_roomname")),
        description: shown("muc#roominfo_description"),
        subject: shown("muc#roominfo_subject"),
        occupants: said("muc#roominfo_occupants").and_then(|text| number(&text)),
    })
}

/// A service answers for its rooms, and says the feature itself; what has a form or a lasting kind is a room.
fn is_room(info: &Info) -> bool {
    info.features.iter().any(|feature| feature == ns::MUC)
        && info
            .identities
            .iter()
            .any(|identity| identity.starts_with("conference/"))
}

fn read(feature: &str) -> Option<RoomFeature> {
    Some(match feature {
        "muc_membersonly" => RoomFeature::MembersOnly,
        "muc_nonanonymous" => RoomFeature::NonAnonymous,
        "muc_persistent" => RoomFeature::Persistent,
        "muc_hidden" => RoomFeature::Hidden,
        "muc_moderated" => RoomFeature::Moderated,
        "muc_passwordprotected" | "muc_password" => RoomFeature::PasswordProtected,
        ns::MAM => RoomFeature::Archive,
        ns::SID | "http://jabber.org/protocol/muc#stable_id" => RoomFeature::StableIds,
        ns::OCCUPANT_ID => RoomFeature::OccupantIds,
        "http://jabber.org/protocol/muc#self-ping-optimization" => RoomFeature::SelfPing,
        ns::MODERATE => RoomFeature::Moderation,
        ns::MODERATE_0 => RoomFeature::ModerationBefore,
        _ => return None,
    })
}

fn value(form: &Element, var: &str) -> Option<String> {
    let field = children(form, "field", ns::DATA_FORMS).find(|field| field.attr("var") == Some(var))?;
    only_child(field, "value", ns::DATA_FORMS).map(Element::text)
}

fn words(text: &str) -> Option<Clean> {
    Some(Clean::line_within(text.trim(), MAX_WORDS)).filter(|words| !words.as_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::room::RoomFeatures;

    const ROOM: &str = "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='Team'/>\
        <feature var='http://jabber.org/protocol/muc'/><feature var='muc_membersonly'/><feature var='muc_nonanonymous'/>\
        <feature var='muc_persistent'/><feature var='urn:xmpp:mam:2'/><feature var='urn:xmpp:sid:0'/><feature var='muc_open'/>\
        <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roominfo</value></field>\
        <field var='muc#roominfo_description'><value>Who meets</value></field><field var='muc#roominfo_occupants'><value>12</value></field>\
        </x></query>";

    #[test]
    fn a_room_says_what_it_is() {
        let room = parse(&ROOM.parse().unwrap()).unwrap();
        let expected = [
            RoomFeature::MembersOnly,
            RoomFeature::NonAnonymous,
            RoomFeature::Persistent,
            RoomFeature::Archive,
            RoomFeature::StableIds,
        ];
        assert_eq!(room.features, RoomFeatures::from(expected));
        assert_eq!(room.name.unwrap().as_str(), "Team");
        assert_eq!(room.description.unwrap().as_str(), "Who meets");
        assert_eq!(room.occupants, Some(12));
    }

    #[test]
    fn what_is_no_room_is_none() {
        for other in [
            ROOM.replace("category='conference'", "category='client'"),
            ROOM.replace("<feature var='http://jabber.org/protocol/muc'/>", ""),
            "<query xmlns='http://jabber.org/protocol/disco#items'/>".to_owned(),
        ] {
            assert_eq!(parse(&other.parse().unwrap()), None, "{other}");
        }
    }
}
