//! OMEMO legacy on the wire (XEP-0384 0.3): device list, bundle, `<encrypted>`.

use minidom::Element;

use crate::omemo::{Bundle, DeviceId, Letter};

/// At most this many devices of one list are read; the rest is ignored.
pub const MAX_DEVICES: usize = 200;

/// The ids of a `<list>`, in order, without duplicates and without impossible ones.
pub fn parse_device_list(_list: &Element) -> Option<Vec<DeviceId>> {
    todo!()
}
pub fn device_list(_devices: &[DeviceId]) -> Element {
    todo!()
}
/// Reads a `<bundle>`; base64 with white space is accepted; at most 1000 prekeys. What it says is checked by `Bundle::verify`.
pub fn parse_bundle(_bundle: &Element) -> Option<Bundle> {
    todo!()
}
pub fn bundle(_bundle: &Bundle) -> Element {
    todo!()
}
/// Why an `<encrypted>` cannot be read as a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed OMEMO element: {0}")]
pub struct BadLetter(pub &'static str);

/// Reads an `<encrypted>`. Of its keys only those for `own` are kept, at most 8 (threat 51); two `<header>`,
/// `<payload>` or `<iv>` are refused; an iv of another length than 12 or 16 is refused.
pub fn parse_encrypted(_encrypted: &Element, _own: DeviceId) -> Result<Letter, BadLetter> {
    todo!()
}
pub fn encrypted(_letter: &Letter) -> Element {
    todo!()
}
/// The node that holds the bundle of this device.
pub fn bundle_node(device: DeviceId) -> String {
    format!("{}{}", super::ns::OMEMO_LEGACY_BUNDLES, device.get())
}
