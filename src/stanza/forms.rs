//! Data forms (XEP-0004): what a room asks its owner, and what is answered. Every type of field is read; what
//! is sent back are the fields that were asked, since some servers refuse a form with one that they do not
//! know.

use minidom::Element;

use super::ns;
use super::xml::{Build, children, element, only_child};
use model::Clean;
pub use model::form::{Field, FieldKind, RoomForm};

/// At most so many fields, values and options are read.
const MAX_FIELDS: usize = 200;
const MAX_VALUES: usize = 1000;
/// Longest name of a field, and longest value, in bytes.
const MAX_VAR: usize = 512;
const MAX_VALUE: usize = 64 * 1024;
/// Longest label, in bytes.
const MAX_LABEL: usize = 500;

/// The answer to a form: every field that has a name, with its value.
pub fn submit(form: &RoomForm) -> Element {
    let named = form.fields.iter().filter(|field| !field.var.is_empty());
    named.filter(|field| field.kind != FieldKind::Fixed).fold(
        element("x", ns::DATA_FORMS).with("type", "submit"),
        |built, field| {
            let answer = element("field", ns::DATA_FORMS).with("var", &field.var);
            built.child(field.values.iter().fold(answer, |answer, value| {
                answer.child(element("value", ns::DATA_FORMS).content(value))
            }))
        },
    )
}

/// None if it is no form to be filled in.
pub fn parse(x: &Element) -> Option<RoomForm> {
    if !x.is("x", ns::DATA_FORMS) || x.attr("type").is_some_and(|kind| kind != "form") {
        return None;
    }
    let fields = children(x, "field", ns::DATA_FORMS).take(MAX_FIELDS);
    Some(RoomForm {
        title: words(x, "title"),
        instructions: words(x, "instructions"),
        fields: fields.filter_map(field).collect(),
    })
}

fn kind(text: Option<&str>) -> FieldKind {
    match text {
        Some("boolean") => FieldKind::Boolean,
        Some("fixed") => FieldKind::Fixed,
        Some("hidden") => FieldKind::Hidden,
        Some("jid-multi") => FieldKind::Jids,
        Some("jid-single") => FieldKind::Jid,
        Some("list-multi") => FieldKind::ListMany,
        Some("list-single") => FieldKind::ListOne,
        Some("text-multi") => FieldKind::Lines,
        Some("text-private") => FieldKind::Secret,
        _ => FieldKind::Line,
    }
}

fn field(field: &Element) -> Option<Field> {
    let var = field.attr("var").unwrap_or_default();
    let kind = self::kind(field.attr("type"));
    let values = || {
        children(field, "value", ns::DATA_FORMS)
            .take(MAX_VALUES)
            .map(Element::text)
    };
    // A form that is nobody's is left alone rather than sent back cut.
    if var.len() > MAX_VAR || values().any(|value| value.len() > MAX_VALUE) {
        return None;
    }
    let options = children(field, "option", ns::DATA_FORMS).take(MAX_VALUES);
    Some(Field {
        var: var.to_owned(),
        kind,
        label: field.attr("label").map(label),
        values: values().collect(),
        options: options.filter_map(option).collect(),
        required: field.has_child("required", ns::DATA_FORMS),
    })
}

fn option(option: &Element) -> Option<(Clean, String)> {
    let value = only_child(option, "value", ns::DATA_FORMS)?.text();
    let words = option.attr("label").unwrap_or(&value);
    Some((label(words), value))
}

fn label(text: &str) -> Clean {
    Clean::line_within(text, MAX_LABEL)
}

fn words(x: &Element, name: &str) -> Option<Clean> {
    let text = children(x, name, ns::DATA_FORMS).next()?.text();
    Some(label(text.trim())).filter(|words| !words.as_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    const FORM: &str = "<x xmlns='jabber:x:data' type='form'><title>Team</title><instructions>Fill in</instructions>\
        <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
        <field type='fixed'><value>Who may</value></field>\
        <field type='boolean' var='muc#roomconfig_membersonly' label='Only members'/>\
        <field type='list-single' var='muc#roomconfig_whois'><value>moderators</value>\
        <option label='Anyone'><value>anyone</value></option><option><value>moderators</value></option><option/></field>\
        <field type='jid-multi' var='muc#roomconfig_roomowners'><value>a@x.test</value><value>b@x.test</value></field>\
        <field type='text-private' var='secret'><required/></field><field var='plain'><value>x</value></field></x>";

    #[test]
    fn every_field_is_read() {
        let form = parse(&FORM.parse().unwrap()).unwrap();
        assert_eq!(form.title.as_ref().unwrap().as_str(), "Team");
        assert_eq!(form.fields.len(), 7);
        let members = form.field("muc#roomconfig_membersonly").unwrap();
        assert!(!members.is_true() && members.kind == FieldKind::Boolean);
        let whois = form.field("muc#roomconfig_whois").unwrap();
        let words: Vec<_> = whois.options.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(
            (words, whois.value()),
            (vec!["Anyone", "moderators"], Some("moderators"))
        );
        assert!(form.field("muc#roomconfig_roomowners").unwrap().kind.takes_many());
        assert!(form.field("secret").unwrap().required);
        assert_eq!(form.field("plain").unwrap().kind, FieldKind::Line);
    }

    #[test]
    fn what_was_asked_is_answered_and_nothing_else() {
        let mut form = parse(&FORM.parse().unwrap()).unwrap();
        assert!(form.set("muc#roomconfig_membersonly", &["1"]));
        assert!(form.set("muc#roomconfig_roomowners", &[]));
        assert!(!form.set("muc#roomconfig_unknown", &["1"]) && !form.set("", &["1"]));
        let answer = submit(&form);
        assert_renders(&answer);
        let expected = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
            <value>http://jabber.org/protocol/muc#roomconfig</value></field>\
            <field var='muc#roomconfig_membersonly'><value>1</value></field>\
            <field var='muc#roomconfig_whois'><value>moderators</value></field><field var='muc#roomconfig_roomowners'/>\
            <field var='secret'/><field var='plain'><value>x</value></field></x>";
        assert_eq!(answer, expected.parse().unwrap());
    }

    #[test]
    fn what_is_no_form_or_too_much_is_none() {
        for other in [
            "<x xmlns='jabber:x:data' type='result'/>",
            "<x xmlns='jabber:x:oob'/>",
            "<y xmlns='jabber:x:data'/>",
        ] {
            assert_eq!(parse(&other.parse().unwrap()), None, "{other}");
        }
        let many = format!("<x xmlns='jabber:x:data'>{}</x>", "<field var='a'/>".repeat(300));
        assert_eq!(parse(&many.parse().unwrap()).unwrap().fields.len(), 200);
        let long = format!(
            "<x xmlns='jabber:x:data'><field var='a'><value>{}</value></field></x>",
            "x".repeat(MAX_VALUE + 1)
        );
        assert_eq!(parse(&long.parse().unwrap()).unwrap().fields, []);
    }
}
