//! Copies of what other devices of ours send and get (XEP-0280): switching them on. What they bring is
//! unwrapped in `received`.

use minidom::Element;

use super::ns;
use super::xml::element;

/// The payload of the request that switches them on for this stream (§4).
pub fn enable() -> Element {
    element("enable", ns::CARBONS)
}
