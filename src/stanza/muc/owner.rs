//! What only an owner does (XEP-0045 §10): the room's form, and its end.

use minidom::Element;

use super::MAX_REASON;
use crate::forms::{self, RoomForm};
use crate::ns;
use crate::xml::{Build, element, only_child};
use model::BareJid;

/// Asks for the form.
pub fn query() -> Element {
    element("query", ns::MUC_OWNER)
}

/// The form of the answer.
pub fn parse(query: &Element) -> Option<RoomForm> {
    if !query.is("query", ns::MUC_OWNER) {
        return None;
    }
    forms::parse(only_child(query, "x", ns::DATA_FORMS)?)
}

/// Sends the form back.
pub fn submit(form: &RoomForm) -> Element {
    query().child(forms::submit(form))
}

/// Does not want it (§10.1.3): a new room that is not configured goes.
pub fn cancel() -> Element {
    query().child(element("x", ns::DATA_FORMS).with("type", "cancel"))
}

/// Ends the room; `venue`: where it goes on.
pub fn destroy(venue: Option<&BareJid>, why: Option<&str>) -> Element {
    let mut destroy = element("destroy", ns::MUC_OWNER);
    if let Some(venue) = venue {
        destroy = destroy.with("jid", venue.as_str());
    }
    if let Some(why) = why.filter(|why| why.len() <= MAX_REASON) {
        destroy = destroy.child(element("reason", ns::MUC_OWNER).content(why));
    }
    query().child(destroy)
}

/// The fields of a private group: what OMEMO needs, and what nobody should be surprised by. Servers name some
/// of them in their own way, and have others not at all: what the form does not have is left out, and what
/// came of it is read from the room itself ([`super::features`]).
pub const PRIVATE_GROUP: &[(&str, &str)] = &[
    ("muc#roomconfig_persistentroom", "1"),
    ("muc#roomconfig_membersonly", "1"),
    ("muc#roomconfig_publicroom", "0"),
    ("public_list", "0"),
    ("muc#roomconfig_whois", "anyone"),
    ("muc#roomconfig_moderatedroom", "0"),
    ("muc#roomconfig_passwordprotectedroom", "0"),
    ("muc#roomconfig_changesubject", "1"),
    // Whoever is to be a member is made one by an admin.
    ("muc#roomconfig_allowinvites", "0"),
    (
        "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites",
        "0",
    ),
    ("muc#roomconfig_enablearchiving", "1"),
    ("muc#roomconfig_mam", "1"),
    ("mam", "1"),
];

/// Those of a public channel.
pub const PUBLIC_CHANNEL: &[(&str, &str)] = &[
    ("muc#roomconfig_persistentroom", "1"),
    ("muc#roomconfig_membersonly", "0"),
    ("muc#roomconfig_publicroom", "1"),
    ("public_list", "1"),
    ("muc#roomconfig_whois", "moderators"),
    ("muc#roomconfig_moderatedroom", "0"),
    ("muc#roomconfig_enablearchiving", "1"),
    ("muc#roomconfig_mam", "1"),
    ("mam", "1"),
];

/// Fills in those fields that the form has.
pub fn fill(form: &mut RoomForm, fields: &[(&str, &str)]) {
    for (var, value) in fields {
        form.set(var, &[value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    #[test]
    fn a_private_group_is_what_the_form_can_say_of_it() {
        let answer = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>\
            <field type='boolean' var='muc#roomconfig_membersonly'/><field type='list-single' var='muc#roomconfig_whois'/>\
            <field type='boolean' var='mam'><value>0</value></field></x></query>";
        let mut form = parse(&answer.parse().unwrap()).unwrap();
        fill(&mut form, PRIVATE_GROUP);
        let sent = submit(&form);
        assert_renders(&sent);
        let expected = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>\
            <field var='muc#roomconfig_membersonly'><value>1</value></field><field var='muc#roomconfig_whois'>\
            <value>anyone</value></field><field var='mam'><value>1</value></field></x></query>";
        assert_eq!(sent, expected.parse().unwrap());
        assert_eq!(
            parse(
                &"<query xmlns='http://jabber.org/protocol/muc#owner'/>"
                    .parse()
                    .unwrap()
            ),
            None
        );
    }

    #[test]
    fn a_room_that_ends_says_where_it_goes_on() {
        let venue = BareJid::new("next@muc.mired.test").unwrap();
        let ended = destroy(Some(&venue), Some("moved"));
        let expected = "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='next@muc.mired.test'>\
            <reason>moved</reason></destroy></query>";
        assert_eq!(ended, expected.parse().unwrap());
        assert_renders(&destroy(None, None));
        assert_renders(&cancel());
    }
}
