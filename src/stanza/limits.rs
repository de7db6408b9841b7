//! What both dialects of OMEMO share when they are read: limits, ids, why a letter cannot be read.

use minidom::Element;

use super::xml::{decode, number};
use omemo::DeviceId;

/// At most this many devices of one list are read; the rest is ignored, see [`most_wanted`]. More than are
/// ever stored: our own list is published again as it was.
pub const MAX_DEVICES: usize = 1000;
/// At most this many one-time prekeys of one bundle are read; the rest is ignored.
pub const MAX_PREKEYS: usize = 1000;
/// At most this many keys of one letter for one device are read (threat 51); the rest is ignored.
pub const MAX_KEYS: usize = 8;
/// A device label of more code points is not read; XEP-0384 §devices recommends fewer than 53.
pub const MAX_LABEL: usize = 1000;

/// Why an `<encrypted>` cannot be read as a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed OMEMO element: {0}")]
pub struct BadLetter(pub &'static str);

/// Of the devices of a list those that are read, in their order: the ones of the lowest rank, of
/// equal ones the first. Whoever writes the list must not push out the devices that are known by
/// writing others before them.
pub(super) fn most_wanted<T>(devices: Vec<T>, rank: impl Fn(&T) -> u8) -> Vec<T> {
    if devices.len() <= MAX_DEVICES {
        return devices;
    }
    let mut devices: Vec<(usize, T)> = devices.into_iter().enumerate().collect();
    devices.sort_by_key(|(place, device)| (rank(device), *place));
    devices.truncate(MAX_DEVICES);
    devices.sort_by_key(|(place, _)| *place);
    devices.into_iter().map(|(_, device)| device).collect()
}

/// A device id in an attribute.
pub(super) fn device_id(id: Option<&str>) -> Option<DeviceId> {
    id.and_then(number).and_then(DeviceId::new)
}

/// One of the one-time prekeys of a bundle. What cannot be read stands for no key under a number that no key
/// has: whoever compares bundles sees that it is there, and whoever uses them leaves it out.
pub(super) fn prekey(key: &Element, id: &str) -> (u32, Vec<u8>) {
    let id = key.attr(id).and_then(number);
    id.zip(decode(key)).unwrap_or((u32::MAX, Vec::new()))
}

/// Why something that was published for others cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is published in its place is not readable")]
pub struct BadBundle;
