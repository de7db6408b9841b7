//! OMEMO legacy on the wire (XEP-0384 0.3): device list, bundle, `<encrypted>`.

use std::collections::BTreeSet;

use minidom::Element;

use super::bundles::BundleNames;
pub use super::limits::{BadLetter, MAX_DEVICES, MAX_KEYS, MAX_PREKEYS};
use super::limits::{device_id, most_wanted};
use super::ns::{self, OMEMO_LEGACY as NS};
use super::xml::{Build, at_most_one, children, decode, element, encoded_in, is_true, only_child};
use omemo::{Bundle, DeviceId, Dialect, EncryptedKey, EncryptedMessage};

/// The ids of a `<list>`, in order, without duplicates and without impossible ones; at most 200, those
/// of the lowest `rank` first.
pub fn parse_device_list(list: &Element, rank: &dyn Fn(DeviceId) -> u8) -> Option<Vec<DeviceId>> {
    if !list.is("list", NS) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let ids = children(list, "device", NS)
        .filter_map(|device| device_id(device.attr("id")))
        .filter(|id| seen.insert(*id));
    Some(most_wanted(ids.collect(), |id| rank(*id)))
}

/// The `<list>` of these devices.
pub fn device_list(devices: &[DeviceId]) -> Element {
    devices.iter().fold(element("list", NS), |list, device| {
        list.child(element("device", NS).with("id", device.get().to_string()))
    })
}

const BUNDLE: BundleNames = BundleNames {
    dialect: Dialect::Legacy,
    namespace: NS,
    identity: "identityKey",
    signed_prekey: "signedPreKeyPublic",
    signed_prekey_id: "signedPreKeyId",
    signature: "signedPreKeySignature",
    prekey: "preKeyPublic",
    prekey_id: "preKeyId",
};

/// Reads a `<bundle>`; base64 with white space is accepted; at most 1000 prekeys. What it says is checked by
/// `Bundle::verify`, so that one bad prekey does not spoil the others.
pub fn parse_bundle(bundle: &Element) -> Option<Bundle> {
    BUNDLE.parse(bundle)
}

/// The `<bundle>` to publish.
pub fn bundle(bundle: &Bundle) -> Element {
    BUNDLE.write(bundle)
}

fn encoded(name: &'static str, bytes: &[u8]) -> Element {
    encoded_in(name, NS, bytes)
}

/// Reads an `<encrypted>`. Of its keys only those for `own` are kept, at most 8 (threat 51); two `<header>`,
/// `<payload>` or `<iv>` are refused; an iv of another length than 12 or 16 is refused.
pub fn parse_encrypted(encrypted: &Element, own: DeviceId) -> Result<EncryptedMessage, BadLetter> {
    if !encrypted.is("encrypted", NS) {
        return Err(BadLetter("not an <encrypted>"));
    }
    let header = one(encrypted, "header", BadLetter("no header, or several"))?;
    let sid = device_id(header.attr("sid")).ok_or(BadLetter("no sending device, or an impossible one"))?;
    let iv =
        decode(one(header, "iv", BadLetter("no iv, or several"))?).ok_or(BadLetter("iv is not base64"))?;
    if !matches!(iv.len(), 12 | 16) {
        return Err(BadLetter("iv of a wrong length"));
    }
    let payload = at_most_one(encrypted, "payload", NS).map_err(|_| BadLetter("several payloads"))?;
    let payload = payload
        .map(|payload| decode(payload).ok_or(BadLetter("payload is not base64")))
        .transpose()?;
    let keys = children(header, "key", NS)
        .filter(|key| device_id(key.attr("rid")) == Some(own))
        .take(MAX_KEYS)
        .map(|key| {
            Ok(EncryptedKey {
                jid: String::new(),
                rid: own,
                kex: is_true(key.attr("prekey")),
                bytes: decode(key).ok_or(BadLetter("key is not base64"))?,
            })
        })
        .collect::<Result<_, BadLetter>>()?;
    Ok(EncryptedMessage {
        dialect: Dialect::Legacy,
        sid,
        keys,
        iv,
        payload,
    })
}

fn one<'a>(parent: &'a Element, name: &'static str, otherwise: BadLetter) -> Result<&'a Element, BadLetter> {
    only_child(parent, name, NS).ok_or(otherwise)
}

/// The `<encrypted>` of a letter of this dialect.
pub fn encrypted(letter: &EncryptedMessage) -> Element {
    let header = letter.keys.iter().fold(
        element("header", NS).with("sid", letter.sid.get().to_string()),
        |header, key| {
            let element = encoded("key", &key.bytes).with("rid", key.rid.get().to_string());
            header.child(if key.kex {
                element.with("prekey", "true")
            } else {
                element
            })
        },
    );
    let encrypted = element("encrypted", NS).child(header.child(encoded("iv", &letter.iv)));
    match &letter.payload {
        Some(payload) => encrypted.child(encoded("payload", payload)),
        None => encrypted,
    }
}

/// The node that holds the bundle of this device.
pub fn bundle_node(device: DeviceId) -> String {
    format!("{}{}", ns::OMEMO_LEGACY_BUNDLES, device.get())
}

#[cfg(test)]
pub(super) mod tests;
