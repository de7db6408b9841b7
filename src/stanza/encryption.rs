//! Which encryption a message uses, where it is none that this program speaks: by its elements, by the mark
//! of XEP-0380, and OTR by how its body begins.

use minidom::Element;

use super::ns;
use super::xml::children;
use model::Clean;

/// Longest name that is shown, in bytes.
const MAX_NAME: usize = 80;

/// The encryptions that are known by their element, with the name that people know.
const ELEMENTS: [(&str, &str, &str); 3] = [
    ("encrypted", ns::OMEMO1, "OMEMO 0.4"),
    ("openpgp", ns::OPENPGP, "OpenPGP"),
    ("x", ns::OPENPGP_LEGACY, "OpenPGP (old form)"),
];

/// Those that are known by the namespace in their mark alone.
const MARKS: [(&str, &str); 3] = [
    (ns::OTR, "OTR"),
    (ns::OMEMO2, "OMEMO 2, but the encrypted part is missing"),
    (ns::OMEMO_LEGACY, "OMEMO, but the encrypted part is missing"),
];

/// How the body of an OTR message begins (OTR version 3, "Overview of high level message formats").
const OTR_PREFIXES: [&str; 6] = ["?OTR:", "?OTR,", "?OTR|", "?OTR?", "?OTRv", "?OTR Error:"];

/// The name of an encryption that this program does not speak, if `message` uses one; the caller has looked
/// for OMEMO before. A name that the sender chose is believed only where we have none for the namespace.
pub fn unspoken(message: &Element, body: &str) -> Option<Clean> {
    by_element(message).or_else(|| by_mark(message)).or_else(|| {
        OTR_PREFIXES
            .iter()
            .any(|prefix| body.starts_with(prefix))
            .then(|| Clean::line("OTR"))
    })
}

/// What is encrypted in it: the same in every copy of it, whatever servers put beside it.
pub fn sealed(message: &Element, body: &str) -> String {
    let elements = message.children().filter(|child| {
        ELEMENTS
            .iter()
            .any(|(name, namespace, _)| child.is(*name, *namespace))
    });
    elements
        .map(String::from)
        .fold(body.to_owned(), |all, one| all + &one)
}

fn by_element(message: &Element) -> Option<Clean> {
    ELEMENTS
        .iter()
        .find(|(element, namespace, _)| message.has_child(element, *namespace))
        .map(|(_, _, name)| Clean::line(name))
}

fn by_mark(message: &Element) -> Option<Clean> {
    let mark = children(message, "encryption", ns::EME).next()?;
    let namespace = mark.attr("namespace").unwrap_or_default();
    let known = ELEMENTS
        .iter()
        .map(|(_, namespace, name)| (*namespace, *name))
        .chain(MARKS)
        .find(|(known, _)| *known == namespace)
        .map(|(_, name)| name);
    let name = known
        .or(mark.attr("name").filter(|name| !name.trim().is_empty()))
        .unwrap_or(namespace);
    let name = Clean::line_within(name.trim(), MAX_NAME);
    Some(if name.is_empty() {
        Clean::line("unknown")
    } else {
        name
    })
}
