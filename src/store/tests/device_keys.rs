//! Devices and keys as people see them: every device once, every key somewhere.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{account, at, jid};
use crate::omemo::{self, device_keys};
use crate::{Transaction, Writer};
use ::omemo::{DeviceId, Dialect, IdentityKey, IdentityKeyPair, OwnDevice, Trust};
use model::{AccountId, BareJid, DeviceKey, Fate};

const BOTH: [Dialect; 2] = [Dialect::Legacy, Dialect::Omemo2];

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

fn key(seed: u64) -> IdentityKeyPair {
    IdentityKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

fn list(tx: &Transaction<'_>, ana: AccountId, jid: &BareJid, dialect: Dialect, ids: &[u32], ms: i64) {
    let ids: Vec<DeviceId> = ids.iter().copied().map(id).collect();
    omemo::set_device_list(tx, ana, jid, dialect, &ids, at(ms)).unwrap();
}

fn show(
    tx: &Transaction<'_>,
    ana: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    device: u32,
    key: IdentityKey,
) -> bool {
    omemo::set_identity(tx, ana, jid, dialect, id(device), key, at(1)).unwrap()
}

/// Device, first half of the marks: active, this; then the trust.
fn short(all: &[DeviceKey]) -> Vec<(Option<u32>, bool, bool, Option<Trust>)> {
    all.iter()
        .map(|key| (key.device, key.active, key.this, key.trust))
        .collect()
}

#[test]
fn of_a_stranger_nothing_is_known_and_no_list_was_seen() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let bob = jid("bob@mired.test");
    assert_eq!(device_keys(&tx, ana, &bob).unwrap(), []);
    assert!(!omemo::list_known(&tx, ana, &bob).unwrap());
    list(&tx, ana, &bob, Dialect::Omemo2, &[], 1);
    assert!(
        omemo::list_known(&tx, ana, &bob).unwrap(),
        "an empty list is a list"
    );
}

#[test]
fn active_devices_come_first_and_a_key_that_no_device_holds_comes_last() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let bob = jid("bob@mired.test");
    list(&tx, ana, &bob, Dialect::Legacy, &[1, 5], 10);
    list(&tx, ana, &bob, Dialect::Legacy, &[5, 9], 20);
    let (old, new) = (key(1).public(), key(2).public());
    assert!(show(&tx, ana, &bob, Dialect::Legacy, 5, old));
    assert!(!show(&tx, ana, &bob, Dialect::Legacy, 5, new));
    omemo::set_trust(&tx, ana, &bob, &old, Trust::Verified, at(11)).unwrap();
    omemo::set_trust(&tx, ana, &bob, &new, Trust::Undecided, at(12)).unwrap();
    let all = device_keys(&tx, ana, &bob).unwrap();
    assert_eq!(
        short(&all),
        [
            (Some(5), true, false, Some(Trust::Verified)),
            (Some(9), true, false, None),
            (Some(1), false, false, None),
            (None, false, false, Some(Trust::Undecided)),
        ]
    );
    let fingerprints: Vec<_> = all.iter().map(|key| key.fingerprint).collect();
    assert_eq!(
        fingerprints,
        [Some(old.fingerprint()), None, None, Some(new.fingerprint())]
    );
}

#[test]
fn a_device_that_speaks_both_dialects_is_one_even_while_only_one_showed_its_key() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let bob = jid("bob@mired.test");
    for (dialect, ms) in BOTH.into_iter().zip([30, 20]) {
        list(&tx, ana, &bob, dialect, &[7], ms);
    }
    list(&tx, ana, &bob, Dialect::Legacy, &[], 40);
    let shown = key(3).public();
    show(&tx, ana, &bob, Dialect::Omemo2, 7, shown);
    omemo::set_trust(&tx, ana, &bob, &shown, Trust::Blind, at(1)).unwrap();
    let expected = DeviceKey {
        device: Some(7),
        fingerprint: Some(shown.fingerprint()),
        ed25519: None,
        fate: Some(Fate::Written),
        trust: Some(Trust::Blind),
        active: true,
        this: false,
        first_seen: at(20),
        last_seen: None,
        label: None,
        dialects: vec![Dialect::Omemo2],
        downgraded: false,
    };
    let before = device_keys(&tx, ana, &bob).unwrap();
    assert_eq!(before, std::slice::from_ref(&expected));
    show(&tx, ana, &bob, Dialect::Legacy, 7, shown);
    assert_eq!(device_keys(&tx, ana, &bob).unwrap(), [expected]);
}

#[test]
fn two_keys_under_one_number_are_two_devices() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let bob = jid("bob@mired.test");
    for (dialect, seed) in BOTH.into_iter().zip([1, 2]) {
        list(&tx, ana, &bob, dialect, &[7], 1);
        show(&tx, ana, &bob, dialect, 7, key(seed).public());
    }
    assert_eq!(device_keys(&tx, ana, &bob).unwrap().len(), 2);
}

#[test]
fn this_device_comes_first_of_our_own_and_a_foreign_key_under_its_number_is_shown() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let own = jid("ana@mired.test");
    let this = OwnDevice {
        id: id(50),
        identity: key(1),
    };
    omemo::put_own_device(&tx, ana, &this, at(5)).unwrap();
    list(&tx, ana, &own, Dialect::Legacy, &[50, 3], 6);
    assert_eq!(
        short(&device_keys(&tx, ana, &own).unwrap()),
        [(Some(50), true, true, None), (Some(3), true, false, None)]
    );
    let foreign = key(9).public();
    show(&tx, ana, &own, Dialect::Legacy, 50, foreign);
    assert_eq!(
        short(&device_keys(&tx, ana, &own).unwrap()),
        [
            (Some(50), true, true, None),
            (Some(3), true, false, None),
            (Some(50), true, false, None)
        ]
    );
    // Under another name it is a device like others.
    let bob = jid("bob@mired.test");
    list(&tx, ana, &bob, Dialect::Legacy, &[50], 6);
    assert_eq!(
        short(&device_keys(&tx, ana, &bob).unwrap()),
        [(Some(50), true, false, None)]
    );
}
