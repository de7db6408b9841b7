//! In-band registration (XEP-0077), the legacy form; of other forms it is said what they want.

use minidom::Element;

use super::ns;
use super::xml::{Build, children, element, only_child};
use model::Clean;
use model::failure::Wanted;

/// Fields of a form that are named to people; more are not.
const MAX_FIELDS: usize = 20;
/// Longest name of a field, in bytes.
const LONGEST_FIELD: usize = 40;
/// Longest part of a server's words that is repeated, in bytes.
const MAX_WORDS: usize = 300;

/// What the server wants of somebody who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Username and password are enough.
    Simple,
    /// More fields, a data form, a web page; and what the server says about it.
    Other { wants: Wanted, says: Option<Clean> },
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
        let (wants, says) = (Wanted::Nothing, None);
        return Some(Form::Other { wants, says });
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
    Some(Form::Other {
        wants: what(query, &wanted),
        says: only_child(query, "instructions", ns::REGISTER)
            .map(|words| Clean::line_within(words.text().trim(), MAX_WORDS))
            .filter(|words| !words.as_str().is_empty()),
    })
}

/// The `var`s of the required fields of a data form (XEP-0004 §3.2).
fn required(form: &Element) -> impl Iterator<Item = &str> {
    children(form, "field", ns::DATA_FORMS)
        .filter(|field| field.has_child("required", ns::DATA_FORMS))
        .filter_map(|field| field.attr("var"))
        .filter(|var| *var != "FORM_TYPE")
}

fn what(query: &Element, wanted: &[&str]) -> Wanted {
    let page = query
        .get_child("x", "jabber:x:oob")
        .and_then(|x| only_child(x, "url", "jabber:x:oob"));
    match (page, wanted.is_empty()) {
        (Some(url), _) => Wanted::Page(Clean::line_within(url.text().trim(), MAX_WORDS)),
        (None, true) => Wanted::Form,
        (None, false) => {
            let named = wanted.iter().take(MAX_FIELDS);
            Wanted::Fields(
                named
                    .map(|name| Clean::line_within(name, LONGEST_FIELD))
                    .collect(),
            )
        }
    }
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

    fn other(inside: &str) -> (Wanted, Option<String>) {
        match form(inside) {
            Form::Other { wants, says } => (wants, says.map(|says| says.as_str().to_owned())),
            Form::Simple => panic!("simple: {inside}"),
        }
    }

    fn fields(names: &[&str]) -> Wanted {
        Wanted::Fields(names.iter().map(|name| Clean::line(name)).collect())
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
    fn whatever_else_is_wanted_is_told_and_what_the_server_says() {
        assert_eq!(
            other(&format!("{FIELDS}<email/><name/>")),
            (fields(&["email", "name"]), Some("Choose".to_owned()))
        );
        let ocr = "<x xmlns='jabber:x:data'><field var='ocr'><required/></field></x>";
        assert_eq!(other(&format!("{FIELDS}{ocr}")).0, fields(&["ocr"]));
        assert_eq!(other("<x xmlns='jabber:x:data'/>"), (Wanted::Form, None));
        assert_eq!(other(""), (Wanted::Form, None));
        let page = "<x xmlns='jabber:x:oob'><url>https://mired.test/join</url></x>";
        assert_eq!(
            other(page).0,
            Wanted::Page(Clean::line("https://mired.test/join"))
        );
        assert_eq!(other(&format!("<registered/>{FIELDS}")), (Wanted::Nothing, None));
    }

    #[test]
    fn the_words_of_a_server_are_short_and_clean() {
        let long = "x".repeat(10_000);
        let many: String = (0..500).map(|n| format!("<f{n}{}/>", "x".repeat(100))).collect();
        let (wants, says) = other(&format!("<instructions>&#x9b;2J&#10;{long}</instructions>{many}"));
        let Wanted::Fields(named) = wants else {
            panic!("{wants:?}");
        };
        assert_eq!(named.len(), MAX_FIELDS);
        assert!(named.iter().all(|name| name.as_str().len() <= LONGEST_FIELD));
        let says = says.unwrap();
        assert!(
            says.len() <= MAX_WORDS && !says.chars().any(char::is_control),
            "{says}"
        );
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
