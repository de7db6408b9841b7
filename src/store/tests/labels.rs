//! What devices call themselves: believed only from the key that signed it, and never endless.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{account, at, jid};
use crate::omemo::{self, DeviceLabel};
use crate::{Transaction, Writer};
use ::omemo::{DeviceId, Dialect, IdentityKeyPair, OwnDevice};
use model::{AccountId, BareJid, Clean};

fn device(number: u32) -> OwnDevice {
    OwnDevice {
        id: DeviceId::new(number).unwrap(),
        identity: IdentityKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(number.into())),
    }
}

fn signed(by: &OwnDevice, text: &str) -> DeviceLabel {
    DeviceLabel {
        text: Clean::line(text),
        signature: by.sign_label(text, &mut ChaCha20Rng::seed_from_u64(99)).to_vec(),
    }
}

/// Bob's devices on his OMEMO 2 list; the keys of those with `true` were seen.
fn listed(tx: &Transaction<'_>, ana: AccountId, devices: &[(&OwnDevice, bool)]) -> BareJid {
    let bob = jid("bob@mired.test");
    let ids: Vec<DeviceId> = devices.iter().map(|(device, _)| device.id).collect();
    omemo::set_device_list(tx, ana, &bob, Dialect::Omemo2, &ids, at(1)).unwrap();
    for (device, _) in devices.iter().filter(|(_, seen)| *seen) {
        show(tx, ana, &bob, Dialect::Omemo2, device);
    }
    bob
}

fn show(tx: &Transaction<'_>, ana: AccountId, bob: &BareJid, dialect: Dialect, device: &OwnDevice) {
    let key = device.identity.public();
    assert!(omemo::set_identity(tx, ana, bob, dialect, device.id, key, at(1)).unwrap());
}

fn set(tx: &Transaction<'_>, ana: AccountId, bob: &BareJid, labels: &[(&OwnDevice, DeviceLabel)]) {
    let labels: Vec<_> = labels
        .iter()
        .map(|(device, label)| (device.id, label.clone()))
        .collect();
    omemo::set_labels(tx, ana, bob, Dialect::Omemo2, &labels).unwrap();
}

/// Every device with what it is called, by number.
fn called(tx: &Transaction<'_>, ana: AccountId, bob: &BareJid) -> Vec<(u32, Option<String>)> {
    let mut all: Vec<_> = omemo::device_keys(tx, ana, bob)
        .unwrap()
        .into_iter()
        .filter_map(|key| Some((key.device?, key.label.map(|label| label.as_str().to_owned()))))
        .collect();
    all.sort();
    all
}

#[test]
fn a_label_is_shown_from_the_key_that_signed_it_and_from_no_other() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (phone, desk, unseen) = (device(1), device(2), device(3));
    let bob = listed(&tx, ana, &[(&phone, true), (&desk, true), (&unseen, false)]);
    let text = "Bob's phone \u{1f4f1}";
    let phones = signed(&phone, text);
    // The one that is true; one that was moved to another device; one whose key nobody has seen.
    set(
        &tx,
        ana,
        &bob,
        &[
            (&phone, phones.clone()),
            (&desk, phones.clone()),
            (&unseen, signed(&unseen, "new")),
        ],
    );
    assert_eq!(
        called(&tx, ana, &bob),
        [(1, Some(text.to_owned())), (2, None), (3, None)]
    );
    // Once its key is seen, what it said before is believed.
    show(&tx, ana, &bob, Dialect::Omemo2, &unseen);
    assert_eq!(called(&tx, ana, &bob)[2], (3, Some("new".to_owned())));
    // Another text than what was signed, another signature, none at all.
    let mut damaged = phones.clone();
    damaged.signature[10] ^= 1;
    let renamed = DeviceLabel {
        text: Clean::line("Bob's verified phone"),
        ..phones.clone()
    };
    let short = DeviceLabel {
        signature: Vec::new(),
        ..phones
    };
    for wrong in [damaged, renamed, short] {
        set(&tx, ana, &bob, &[(&phone, wrong)]);
        assert_eq!(called(&tx, ana, &bob)[0], (1, None));
    }
}

#[test]
fn who_has_no_label_on_the_newest_list_has_none() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (phone, desk) = (device(1), device(2));
    let bob = listed(&tx, ana, &[(&phone, true), (&desk, true)]);
    set(
        &tx,
        ana,
        &bob,
        &[(&phone, signed(&phone, "one")), (&desk, signed(&desk, "two"))],
    );
    set(&tx, ana, &bob, &[(&desk, signed(&desk, "three"))]);
    assert_eq!(called(&tx, ana, &bob), [(1, None), (2, Some("three".to_owned()))]);
    // Somebody else's device with the same number keeps its own.
    let carol = jid("carol@mired.test");
    omemo::set_device_list(&tx, ana, &carol, Dialect::Omemo2, &[desk.id], at(1)).unwrap();
    show(&tx, ana, &carol, Dialect::Omemo2, &desk);
    set(&tx, ana, &carol, &[]);
    assert_eq!(called(&tx, ana, &bob)[1], (2, Some("three".to_owned())));
    assert_eq!(called(&tx, ana, &carol), [(2, None)]);
}

#[test]
fn a_device_of_both_dialects_has_its_label_and_a_long_one_is_cut() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let phone = device(1);
    let bob = listed(&tx, ana, &[(&phone, true)]);
    omemo::set_device_list(&tx, ana, &bob, Dialect::Legacy, &[phone.id], at(1)).unwrap();
    show(&tx, ana, &bob, Dialect::Legacy, &phone);
    for (length, shown) in [(52, 52), (53, 53), (54, 53), (1000, 53)] {
        let text = "\u{e9}".repeat(length);
        set(&tx, ana, &bob, &[(&phone, signed(&phone, &text))]);
        assert_eq!(
            called(&tx, ana, &bob),
            [(1, Some("\u{e9}".repeat(shown)))],
            "{length}"
        );
    }
}
