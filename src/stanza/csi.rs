//! Whether somebody looks at what comes (XEP-0352).

use minidom::Element;

use super::ns;

/// What the server is told. It is no stanza, and is not counted.
pub fn state(active: bool) -> Element {
    let name = if active { "active" } else { "inactive" };
    Element::bare(name, ns::CSI)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    #[test]
    fn it_is_as_the_xep_writes_it() {
        for (active, xml) in [
            (true, "<active xmlns='urn:xmpp:csi:0'/>"),
            (false, "<inactive xmlns='urn:xmpp:csi:0'/>"),
        ] {
            assert_eq!(state(active), xml.parse().unwrap());
            assert_renders(&state(active));
        }
    }
}
