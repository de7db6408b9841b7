//! In-band registration (XEP-0077), the legacy form; other forms are described in words.

use minidom::Element;

use crate::model::Clean;

/// What the server wants of somebody who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Username and password are enough.
    Simple,
    /// More fields, a data form, a web page: what it is, in words.
    Other(Clean),
}

pub fn query() -> Element {
    todo!()
}
pub fn parse_form(_query: &Element) -> Option<Form> {
    todo!()
}
pub fn submit(_username: &str, _password: &str) -> Element {
    todo!()
}
