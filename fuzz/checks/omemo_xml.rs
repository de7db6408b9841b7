//! Device lists, bundles and `<encrypted>` elements of others.

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::omemo::{
    Bundle, DeviceId, Dialect, IdentityKeyPair, Letter, OwnDevice, Recipient, SessionRecord, seal,
};
use susurro::stanza::{Element, legacy};

use super::{element, rendered};

/// The device that reads.
pub fn own() -> DeviceId {
    DeviceId::new(2).unwrap()
}

/// An element is a list, a bundle or a letter or none; what was read is within its bounds and, written, reads the same.
pub fn omemo_xml(data: &[u8]) {
    let Some(element) = element(data) else { return };
    rendered(&element);
    if let Some(devices) = legacy::parse_device_list(&element) {
        distinct(&devices, legacy::MAX_DEVICES);
        let written = rendered(&legacy::device_list(&devices));
        assert_eq!(legacy::parse_device_list(&written), Some(devices));
    }
    if let Some(bundle) = legacy::parse_bundle(&element) {
        assert!(bundle.prekeys.len() <= legacy::MAX_PREKEYS);
        let written = rendered(&legacy::bundle(&bundle));
        assert_eq!(legacy::parse_bundle(&written).as_ref(), Some(&bundle));
        usable_if_verified(&bundle);
    }
    letter(&element);
}

fn distinct(devices: &[DeviceId], most: usize) {
    assert!(devices.len() <= most);
    let set: BTreeSet<_> = devices.iter().collect();
    assert_eq!(set.len(), devices.len());
}

/// A session can be had from every bundle that was found good.
pub fn usable_if_verified(bundle: &Bundle) {
    let Ok(verified) = bundle.verify() else { return };
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let own = OwnDevice {
        id: own(),
        identity: IdentityKeyPair::generate(rng),
    };
    let mut record = SessionRecord::initiate(&own, &verified, None, rng);
    assert_eq!(record.their_identity(), verified.identity());
    let mut recipients = [Recipient {
        jid: "bob@mired.test",
        device: own.id,
        record: &mut record,
    }];
    let letter = seal(bundle.dialect, &own, b"hello", &mut recipients, rng);
    let named = susurro::omemo::key_exchange(bundle.dialect, &letter.keys[0].bytes).unwrap();
    assert!(bundle.prekeys.iter().any(|(id, _)| *id == named.prekey.0));
    assert_eq!(named.signed_prekey.0, bundle.signed_prekey_id);
}

fn letter(element: &Element) {
    let Ok(letter) = legacy::parse_encrypted(element, own()) else {
        return;
    };
    within_bounds(&letter, Dialect::Legacy);
    assert!(matches!(letter.iv.len(), 12 | 16));
    let written = rendered(&legacy::encrypted(&letter));
    assert_eq!(legacy::parse_encrypted(&written, own()), Ok(letter));
}

fn within_bounds(letter: &Letter, dialect: Dialect) {
    assert_eq!(letter.dialect, dialect);
    assert!(letter.keys.len() <= legacy::MAX_KEYS);
    assert!(letter.keys.iter().all(|key| key.rid == own()));
}
