//! In-band registration (XEP-0077), the legacy form; other forms are described in words.

use minidom::Element;

use super::ns;
use super::xml::{Build, children, element, only_child};
use model::Clean;

/// Fields of a form that are named to people; more are not.
const MAX_FIELDS: usize = 20;
/// Longest part of a server's words that is repeated, in bytes.
const MAX_WORDS: usize = 300;

/// What the server wants of somebody who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Username and password are enough.
    Simple,
    /// More fields, a data form, a web page: what it is, in words.
    Other(Clean),
}

/// Asks what the server wants.
pub fn query() -> Element {
    element("query", ns::REGISTER)
}

/// None if it is not a registration query. A server may send the legacy fields and a data form beside them
/// (XEP-0077 §4): the legacy fields are enough if the form requires nothing more.
pub fn parse_form(query: &Element) -> Option<Form> {
    if !query.is("query", ns::REGISTER) {
        return None;
    }
    if query.has_child("registered", ns::REGISTER) {
        return Some(other("says that this account is already registered"));
    }
    let legacy: Vec<&str> = query
        .children()
        .filter(|child| child.has_ns(ns::REGISTER))
        .map(Element::name)
        .filter(|name| *name != "instructions")
        .collect();
    let form = query.get_child("x", ns::DATA_FORMS);
    let mut wanted: Vec<&str> = legacy.clone();
    wanted.extend(form.into_iter().flat_map(required));
    wanted.retain(|name| !matches!(*name, "username" | "password"));
    wanted.dedup();
    if wanted.is_empty() && legacy.contains(&"username") && legacy.contains(&"password") {
        return Some(Form::Simple);
    }
    Some(other(&in_words(query, &wanted)))
}

/// The `var`s of the required fields of a data form (XEP-0004 §3.2).
fn required(form: &Element) -> impl Iterator<Item = &str> {
    children(form, "field", ns::DATA_FORMS)
        .filter(|field| field.has_child("required", ns::DATA_FORMS))
        .filter_map(|field| field.attr("var"))
        .filter(|var| *var != "FORM_TYPE")
}

fn in_words(query: &Element, wanted: &[&str]) -> String {
    let page = query
        .get_child("x", "jabber:x:oob")
        .and_then(|x| only_child(x, "url", "jabber:x:oob"))
        .map(|url| Clean::line_within(url.text().trim(), MAX_WORDS));
    let instructions = only_child(query, "instructions", ns::REGISTER)
        .map(|words| Clean::line_within(words.text().trim(), MAX_WORDS));
    let fields: Vec<&str> = wanted.iter().copied().take(MAX_FIELDS).collect();
    let mut words = match (&page, fields.is_empty()) {
        (Some(page), _) => format!("wants the registration to be done at {}", page.as_str()),
        (None, false) => format!("wants more than a name and a password: {}", fields.join(", ")),
        (None, true) => "wants a form that this program cannot fill in".to_owned(),
    };
    if let Some(instructions) = instructions.filter(|words| !words.as_str().is_empty()) {
        words.push_str(&format!("; it says: {}", instructions.as_str()));
    }
    words
}

fn other(words: &str) -> Form {
    Form::Other(Clean::line_within(&format!("the server {words}"), 4 * MAX_WORDS))
}

/// Registers. Name and password must have passed SASLprep before: characters that XML
/// does not permit are left out.
pub fn submit(username: &str, password: &str) -> Element {
    query()
        .child(element("username", ns::REGISTER).content(username))
        .child(element("password", ns::REGISTER).content(password))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn form(inside: &str) -> Form {
        let query = format!("<query xmlns='jabber:iq:register'>{inside}</query>");
        parse_form(&query.parse().unwrap()).unwrap()
    }

    fn words(inside: &str) -> String {
        match form(inside) {
            Form::Other(words) => words.as_str().to_owned(),
            Form::Simple => panic!("simple: {inside}"),
        }
    }

    const FIELDS: &str = "<instructions>Choose</instructions><username/><password/>";

    #[test]
    fn a_name_and_a_password_are_enough_if_nothing_else_is_wanted() {
        assert_eq!(form(FIELDS), Form::Simple);
        let beside = "<x xmlns='jabber:x:data'><field var='FORM_TYPE'><required/></field><field var='username'><required/>\
                      </field><field var='password'><required/></field><field var='email'/></x>";
        assert_eq!(form(&format!("{FIELDS}{beside}")), Form::Simple);
    }

    #[test]
    fn whatever_else_is_wanted_is_said_in_words() {
        let email = words(&format!("{FIELDS}<email/><name/>"));
        assert_eq!(
            email,
            "the server wants more than a name and a password: email, name; it says: Choose"
        );
        let captcha = words(&format!(
            "{FIELDS}<x xmlns='jabber:x:data'><field var='ocr'><required/></field></x>"
        ));
        assert!(captcha.contains("ocr"), "{captcha}");
        assert!(words("<x xmlns='jabber:x:data'/>").contains("a form"));
        assert!(words("").contains("a form"));
        let page = words("<x xmlns='jabber:x:oob'><url>https://mired.test/join</url></x>");
        assert!(page.contains("at https://mired.test/join"), "{page}");
        assert!(words(&format!("<registered/>{FIELDS}")).contains("already"));
    }

    #[test]
    fn the_words_of_a_server_are_short_and_clean() {
        let long = "x".repeat(10_000);
        let many: String = (0..500).map(|n| format!("<f{n}/>")).collect();
        let said = words(&format!("<instructions>&#x9b;2J&#10;{long}</instructions>{many}"));
        assert!(said.len() < 1300 && !said.chars().any(char::is_control), "{said}");
    }

    #[test]
    fn another_query_is_no_form() {
        assert_eq!(
            parse_form(&"<query xmlns='jabber:iq:roster'/>".parse().unwrap()),
            None
        );
    }

    #[test]
    fn what_is_submitted_is_read_back() {
        let submitted = submit("ana", "<p&ss'\">");
        assert_renders(&submitted);
        assert_eq!(
            submitted.get_child("password", ns::REGISTER).unwrap().text(),
            "<p&ss'\">"
        );
        assert_renders(&query());
    }
}
