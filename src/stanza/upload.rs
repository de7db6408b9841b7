//! Where files are put (XEP-0363): which service takes them, and a slot for each.

use minidom::Element;

use super::disco;
use super::files::fetchable;
use super::ns;
use super::xml::{Build, children, element, only_child};

/// Headers that a service may ask for (XEP-0363 §header); no other is sent.
const HEADERS: [&str; 3] = ["Authorization", "Cookie", "Expires"];
/// The longest value of one, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// Whether an entity takes files, and how large they may be (None: it does not say).
pub fn service(info: &Element) -> Option<Option<u64>> {
    let offers = disco::parse_info(info)?;
    offers
        .features
        .iter()
        .any(|feature| feature == ns::UPLOAD)
        .then(|| largest(info))
}

fn largest(info: &Element) -> Option<u64> {
    let value = |form: &Element, var: &str| {
        let mut fields = children(form, "field", ns::DATA_FORMS);
        let field = fields.find(|field| field.attr("var") == Some(var))?;
        Some(only_child(field, "value", ns::DATA_FORMS)?.text())
    };
    let mut forms = children(info, "x", ns::DATA_FORMS);
    let form = forms.find(|form| value(form, "FORM_TYPE").as_deref() == Some(ns::UPLOAD))?;
    value(form, "max-file-size")?.trim().parse().ok()
}

/// Asks for a slot.
pub fn request(name: &str, size: u64) -> Element {
    element("request", ns::UPLOAD)
        .with("filename", name)
        .with("size", size.to_string())
        .with("content-type", "application/octet-stream")
}

/// Where a file may be put, and where it is found then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub put: String,
    pub headers: Vec<(String, String)>,
    pub get: String,
}

/// None if it is none, or names anything but `https` (threat 67).
pub fn parse_slot(slot: &Element) -> Option<Slot> {
    if !slot.is("slot", ns::UPLOAD) {
        return None;
    }
    let put = only_child(slot, "put", ns::UPLOAD)?;
    let get = only_child(slot, "get", ns::UPLOAD)?;
    Some(Slot {
        put: fetchable(put.attr("url")?)?,
        headers: children(put, "header", ns::UPLOAD).filter_map(header).collect(),
        get: fetchable(get.attr("url")?)?,
    })
}

fn header(header: &Element) -> Option<(String, String)> {
    let name = header.attr("name")?.trim();
    let mut known = HEADERS.iter();
    let known = known.find(|known| known.eq_ignore_ascii_case(name))?;
    let mut value = header.text();
    value.retain(|c| !matches!(c, '\r' | '\n'));
    let is_sane = value.len() <= MAX_HEADER && !value.chars().any(char::is_control);
    is_sane.then(|| ((*known).to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn read(text: &str) -> Element {
        text.parse().unwrap()
    }

    #[test]
    fn a_service_says_how_large_files_may_be_or_nothing_of_it() {
        let info = |inside: &str| {
            let feature = "<feature var='urn:xmpp:http:upload:0'/>";
            read(&format!(
                "<query xmlns='http://jabber.org/protocol/disco#info'>{feature}{inside}</query>"
            ))
        };
        let form = |kind: &str| {
            format!(
                "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>{kind}</value></field>\
                 <field var='max-file-size'><value>10485760</value></field></x>"
            )
        };
        assert_eq!(
            service(&info(&form("urn:xmpp:http:upload:0"))),
            Some(Some(10_485_760))
        );
        assert_eq!(service(&info(&form("urn:xmpp:http:upload"))), Some(None));
        assert_eq!(service(&info("")), Some(None));
        let other = read("<query xmlns='http://jabber.org/protocol/disco#info'><feature var='x'/></query>");
        assert_eq!(service(&other), None);
    }

    // Threat 67.
    #[test]
    fn a_slot_is_https_and_asks_for_three_headers_at_most() {
        let slot = |put: &str, headers: &str, get: &str| {
            parse_slot(&read(&format!(
                "<slot xmlns='urn:xmpp:http:upload:0'><put url='{put}'>{headers}</put><get url='{get}'/></slot>"
            )))
        };
        let (put, get) = ("https://h.test/p?t=1", "https://h.test/g/cat.jpg");
        let headers = "<header name='authorization'>Bearer a&#10;&#13;b</header><header name='Host'>evil</header>\
                       <header name='Cookie'> c=d </header><header name='Expires'>&#127;</header><header/>";
        let read = slot(put, headers, get).unwrap();
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read.headers,
            [named("Authorization", "Bearer ab"), named("Cookie", "c=d")]
        );
        assert_eq!((read.put.as_str(), read.get.as_str()), (put, get));
        for bad in [
            "http://h.test/p",
            "ftp://h.test/p",
            "https:///p",
            "https://u@h.test/p",
            "h.test",
        ] {
            assert_eq!(slot(bad, "", get), None, "{bad}");
            assert_eq!(slot(put, "", bad), None, "{bad}");
        }
        assert_renders(&request("x.jpg", 5));
    }
}
