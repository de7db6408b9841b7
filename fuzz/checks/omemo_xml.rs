//! Device lists, bundles and `<encrypted>` elements of others.

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::model::BareJid;
use susurro::omemo::{
    Bundle, DeviceId, Dialect, EncryptedMessage, IdentityKeyPair, OwnDevice, Recipient, SessionRecord,
    key_exchange, seal,
};
use susurro::stanza::dialects::{self, Listed};
use susurro::stanza::{Element, legacy, omemo2};

use super::{element, is_plain, rendered};

/// The device that reads, and its account.
pub fn own() -> DeviceId {
    DeviceId::new(2).unwrap()
}
pub fn account() -> BareJid {
    BareJid::new("ana@mired.test").unwrap()
}

/// An element is a list, a bundle or a letter or none; what was read is within its bounds
/// and, written, reads the same.
pub fn omemo_xml(data: &[u8]) {
    let Some(element) = element(data) else { return };
    if is_plain(&element) {
        rendered(&element);
    }
    for dialect in Dialect::ALL {
        if let Some(devices) = dialects::parse_device_list(dialect, &element) {
            listed(dialect, &devices);
            let written = rendered(&dialects::device_list(dialect, &devices));
            assert_eq!(dialects::parse_device_list(dialect, &written), Some(devices));
        }
    }
    if let Some(read) = legacy::parse_bundle(&element) {
        bundle(&read, Dialect::Legacy);
        assert_eq!(
            legacy::parse_bundle(&rendered(&legacy::bundle(&read))),
            Some(read)
        );
    }
    if let Some(read) = omemo2::parse_bundle(&element) {
        bundle(&read, Dialect::Omemo2);
        assert_eq!(
            omemo2::parse_bundle(&rendered(&omemo2::bundle(&read))),
            Some(read)
        );
    }
    if let Ok(read) = dialects::parse_encrypted(&element, &account(), own()) {
        letter(&element, &read);
        let written = rendered(&dialects::encrypted(&read));
        assert_eq!(dialects::parse_encrypted(&written, &account(), own()), Ok(read));
    }
}

fn listed(dialect: Dialect, devices: &[Listed]) {
    assert!(devices.len() <= legacy::MAX_DEVICES);
    let set: BTreeSet<_> = devices.iter().map(|device| device.id).collect();
    assert_eq!(set.len(), devices.len());
    for label in devices.iter().filter_map(|device| device.label.as_ref()) {
        assert_eq!(dialect, Dialect::Omemo2);
        assert!((1..=1000).contains(&label.text.chars().count()));
        assert!(label.signature.len() <= 150);
    }
}

fn bundle(bundle: &Bundle, dialect: Dialect) {
    assert_eq!(bundle.dialect, dialect);
    assert!(bundle.prekeys.len() <= legacy::MAX_PREKEYS);
    usable_if_verified(bundle);
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
    let named = key_exchange(bundle.dialect, &letter.keys[0].bytes).unwrap();
    assert!(bundle.prekeys.iter().any(|(id, _)| *id == named.prekey.0));
    assert_eq!(named.signed_prekey.0, bundle.signed_prekey_id);
}

fn letter(element: &Element, letter: &EncryptedMessage) {
    assert!(element.is("encrypted", dialects::namespace(letter.dialect)));
    assert!(letter.keys.len() <= legacy::MAX_KEYS);
    let jid = match letter.dialect {
        Dialect::Legacy => String::new(),
        Dialect::Omemo2 => account().to_string(),
    };
    assert!(letter.keys.iter().all(|key| key.rid == own() && key.jid == jid));
    let lengths: &[usize] = match letter.dialect {
        Dialect::Legacy => &[12, 16],
        Dialect::Omemo2 => &[0],
    };
    assert!(lengths.contains(&letter.iv.len()));
}
