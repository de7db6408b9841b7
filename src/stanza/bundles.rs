//! A `<bundle>`: in both dialects the same, but for what its elements are called.

use minidom::Element;

use super::limits::{MAX_PREKEYS, prekey};
use super::xml::{Build, children, decode, element, encoded_in, number, only_child};
use omemo::{Bundle, Dialect};

/// What a dialect calls the parts of a bundle.
pub(super) struct BundleNames {
    pub(super) dialect: Dialect,
    pub(super) namespace: &'static str,
    pub(super) identity: &'static str,
    pub(super) signed_prekey: &'static str,
    pub(super) signed_prekey_id: &'static str,
    pub(super) signature: &'static str,
    pub(super) prekey: &'static str,
    pub(super) prekey_id: &'static str,
}

impl BundleNames {
    /// Reads a `<bundle>`; base64 with white space is accepted; at most 1000 prekeys. What it says is checked
    /// by `Bundle::verify`, so that one bad prekey does not spoil the others.
    pub(super) fn parse(&self, bundle: &Element) -> Option<Bundle> {
        let child = |name| only_child(bundle, name, self.namespace);
        if !bundle.is("bundle", self.namespace) {
            return None;
        }
        let signed = child(self.signed_prekey)?;
        let prekeys = child("prekeys")?;
        Some(Bundle {
            dialect: self.dialect,
            identity: decode(child(self.identity)?)?,
            signed_prekey_id: signed.attr(self.signed_prekey_id).and_then(number)?,
            signed_prekey: decode(signed)?,
            signature: decode(child(self.signature)?)?,
            prekeys: children(prekeys, self.prekey, self.namespace)
                .take(MAX_PREKEYS)
                .map(|key| prekey(key, self.prekey_id))
                .collect(),
        })
    }

    /// The `<bundle>` to publish.
    pub(super) fn write(&self, bundle: &Bundle) -> Element {
        let encoded = |name, bytes| encoded_in(name, self.namespace, bytes);
        let prekeys = bundle
            .prekeys
            .iter()
            .fold(element("prekeys", self.namespace), |prekeys, (id, key)| {
                prekeys.child(encoded(self.prekey, key).with(self.prekey_id, id.to_string()))
            });
        let signed = encoded(self.signed_prekey, &bundle.signed_prekey);
        element("bundle", self.namespace)
            .child(signed.with(self.signed_prekey_id, bundle.signed_prekey_id.to_string()))
            .child(encoded(self.signature, &bundle.signature))
            .child(encoded(self.identity, &bundle.identity))
            .child(prekeys)
    }
}
