//! OMEMO 2 on the wire (XEP-0384 0.9, `urn:xmpp:omemo:2`): device list with labels, bundle, `<encrypted>`.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;

use super::bundles::BundleNames;
use super::limits::{BadLetter, MAX_KEYS, MAX_LABEL, device_id, most_wanted};
use super::ns::OMEMO2 as NS;
use super::xml::{
    Build, at_most_one, children, decode, decode_text, element, encode_text, encoded_in, is_true, only_child,
};
use model::address;
use omemo::{Bundle, DeviceId, Dialect, EncryptedKey, EncryptedMessage};

/// A device on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: DeviceId,
    /// As it stands there: nobody has checked the signature.
    pub label: Option<Label>,
}

/// What its owner calls a device, with the signature of the device's identity key over the UTF-8 text
/// (XEP-0384 §devices). Raw: it is published again as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub text: String,
    pub signature: Vec<u8>,
}

/// The devices of a `<devices>`, in order, without duplicates and without impossible ones; at most 200, those
/// of the lowest `rank` first. A label without a signature, or one that is too long, is left out.
pub fn parse_device_list(list: &Element, rank: &dyn Fn(DeviceId) -> u8) -> Option<Vec<Listed>> {
    if !list.is("devices", NS) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let devices = children(list, "device", NS)
        .filter_map(|device| Some((device_id(device.attr("id"))?, device)))
        .filter(|(id, _)| seen.insert(*id));
    let devices = most_wanted(devices.collect(), |(id, _)| rank(*id)).into_iter();
    Some(
        devices
            .map(|(id, device)| Listed {
                id,
                label: label(device),
            })
            .collect(),
    )
}

fn label(device: &Element) -> Option<Label> {
    let text = device.attr("label")?;
    let signature = device.attr("labelsig")?;
    // A signature has 64 bytes, so 88 digits; a few blanks do no harm.
    if text.is_empty() || text.chars().nth(MAX_LABEL).is_some() || signature.len() > 200 {
        return None;
    }
    Some(Label {
        text: text.to_owned(),
        signature: decode_text(signature.to_owned())?,
    })
}

/// The `<devices>` to publish.
pub fn device_list(devices: &[Listed]) -> Element {
    devices.iter().fold(element("devices", NS), |list, device| {
        let mut item = element("device", NS).with("id", device.id.get().to_string());
        if let Some(label) = &device.label {
            item = item
                .with("label", &label.text)
                .with("labelsig", encode_text(&label.signature));
        }
        list.child(item)
    })
}

const BUNDLE: BundleNames = BundleNames {
    dialect: Dialect::Omemo2,
    namespace: NS,
    identity: "ik",
    signed_prekey: "spk",
    signed_prekey_id: "id",
    signature: "spks",
    prekey: "pk",
    prekey_id: "id",
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

/// Reads an `<encrypted>`. Of its keys only those below `<keys>` of `account` for `own` are kept, at most 8;
/// two `<header>` or `<payload>` are refused.
pub fn parse_encrypted(
    encrypted: &Element,
    account: &BareJid,
    own: DeviceId,
) -> Result<EncryptedMessage, BadLetter> {
    if !encrypted.is("encrypted", NS) {
        return Err(BadLetter("not an <encrypted>"));
    }
    let header = only_child(encrypted, "header", NS).ok_or(BadLetter("no header, or several"))?;
    let sid = device_id(header.attr("sid")).ok_or(BadLetter("no sending device, or an impossible one"))?;
    let payload = at_most_one(encrypted, "payload", NS).map_err(|_| BadLetter("several payloads"))?;
    let payload = payload
        .map(|payload| decode(payload).ok_or(BadLetter("payload is not base64")))
        .transpose()?;
    let keys = children(header, "keys", NS)
        .filter(|keys| keys.attr("jid").and_then(|jid| address::bare(jid).ok()).as_ref() == Some(account))
        .flat_map(|keys| children(keys, "key", NS))
        .filter(|key| device_id(key.attr("rid")) == Some(own))
        .take(MAX_KEYS)
        .map(|key| {
            Ok(EncryptedKey {
                jid: account.to_string(),
                rid: own,
                kex: is_true(key.attr("kex")),
                bytes: decode(key).ok_or(BadLetter("key is not base64"))?,
            })
        })
        .collect::<Result<_, BadLetter>>()?;
    Ok(EncryptedMessage {
        dialect: Dialect::Omemo2,
        sid,
        keys,
        iv: Vec::new(),
        payload,
    })
}

/// The `<encrypted>` of a letter of this dialect: one `<keys>` for each JID, in the
/// order in which they come first.
pub fn encrypted(letter: &EncryptedMessage) -> Element {
    let mut jids: Vec<&str> = Vec::new();
    for key in &letter.keys {
        if !jids.contains(&key.jid.as_str()) {
            jids.push(&key.jid);
        }
    }
    let mut header = element("header", NS).with("sid", letter.sid.get().to_string());
    for jid in jids {
        let keys = letter.keys.iter().filter(|key| key.jid == jid);
        header = header.child(keys.fold(element("keys", NS).with("jid", jid), |keys, key| {
            let element = encoded("key", &key.bytes).with("rid", key.rid.get().to_string());
            keys.child(if key.kex {
                element.with("kex", "true")
            } else {
                element
            })
        }));
    }
    let encrypted = element("encrypted", NS).child(header);
    match &letter.payload {
        Some(payload) => encrypted.child(encoded("payload", payload)),
        None => encrypted,
    }
}

#[cfg(test)]
pub(super) mod tests;
