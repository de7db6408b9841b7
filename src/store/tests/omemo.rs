//! The OMEMO tables: each function.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{account, at, jid};
use crate::omemo::{self, Device, KeyTrust, StoredSignedPreKey};
use crate::{Reads, StoreError, Transaction, Writer, accounts};
use ::omemo::{
    DeviceId, Dialect, IdentityKey, IdentityKeyPair, OwnDevice, PreKeyId, PreKeyPair, PublicKey,
    SessionRecord, SignedPreKeyId, SignedPreKeyPair, Trust,
};
use model::AccountId;

pub(super) const LEGACY: Dialect = Dialect::Legacy;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

pub(super) fn device_id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

pub(super) fn with_account(test: impl FnOnce(&Transaction<'_>, AccountId)) {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    test(&tx, ana);
}

fn own_device(id: u32) -> OwnDevice {
    OwnDevice {
        id: device_id(id),
        identity: IdentityKeyPair::generate(&mut rng()),
    }
}

fn signed(id: u32, ms: i64) -> StoredSignedPreKey {
    StoredSignedPreKey {
        pair: SignedPreKeyPair::generate(SignedPreKeyId(id), &mut rng()),
        signature: [id as u8; 64],
        signature2: None,
        created: at(ms),
    }
}

#[test]
fn our_device_is_put_and_replaced() {
    with_account(|tx, ana| {
        assert!(omemo::own_device(tx, ana).unwrap().is_none());
        assert_eq!(omemo::own_created(tx, ana).unwrap(), None);
        for (own, made) in [(own_device(1), at(10)), (own_device(0x7fff_ffff), at(20))] {
            omemo::put_own_device(tx, ana, &own, made).unwrap();
            assert_eq!(omemo::own_created(tx, ana).unwrap(), Some(made));
            let found = omemo::own_device(tx, ana).unwrap().unwrap();
            assert_eq!(
                (found.id, found.identity.public()),
                (own.id, own.identity.public())
            );
            assert_eq!(*found.identity.secret(), *own.identity.secret());
        }
    });
}

#[test]
fn signed_prekeys_come_newest_first_and_are_never_replaced() {
    with_account(|tx, ana| {
        for (id, ms) in [(2, 20), (1, 30), (3, 10)] {
            omemo::put_signed_prekey(tx, ana, &signed(id, ms)).unwrap();
        }
        let found = omemo::signed_prekeys(tx, ana).unwrap();
        let ids: Vec<u32> = found.iter().map(|key| key.pair.id.0).collect();
        assert_eq!(ids, [1, 2, 3]);
        assert_eq!((found[0].signature, found[0].created), ([1; 64], at(30)));
        let expected = signed(1, 30).pair;
        assert_eq!(found[0].pair.public(), expected.public());
        let one = omemo::signed_prekey(tx, ana, SignedPreKeyId(1)).unwrap().unwrap();
        assert_eq!(*one.secret(), *expected.secret());
        assert!(omemo::put_signed_prekey(tx, ana, &signed(1, 99)).is_err());
        omemo::remove_signed_prekey(tx, ana, SignedPreKeyId(1)).unwrap();
        assert!(
            omemo::signed_prekey(tx, ana, SignedPreKeyId(1))
                .unwrap()
                .is_none()
        );
        assert_eq!(omemo::signed_prekeys(tx, ana).unwrap().len(), 2);
    });
}

#[test]
fn a_spent_prekey_is_kept_unpublished_until_it_is_erased() {
    with_account(|tx, ana| {
        let keys: Vec<PreKeyPair> = (0..3)
            .map(|_| PreKeyPair::generate(omemo::next_prekey_id(tx, ana).unwrap(), &mut rng()))
            .collect();
        for key in &keys {
            omemo::put_prekey(tx, ana, key).unwrap();
        }
        let published = || omemo::published_prekeys(tx, ana).unwrap();
        let expected: Vec<_> = keys.iter().map(|key| (key.id, key.public())).collect();
        assert_eq!(published(), expected);
        assert!(
            omemo::put_prekey(tx, ana, &keys[0]).is_err(),
            "a prekey is never replaced"
        );

        let spend = |base_key| {
            let exchange = (PreKeyId(2), PublicKey([base_key; 32]));
            omemo::spend_prekey(tx, ana, exchange, at(1)).unwrap();
        };
        spend(1);
        assert_eq!(published(), [expected[0], expected[2]]);
        let spent = omemo::prekey(tx, ana, PreKeyId(2)).unwrap().unwrap();
        assert_eq!(
            (spent.public(), *spent.secret()),
            (expected[1].1, *keys[1].secret())
        );
        assert_eq!(omemo::bound_spent(tx, ana, 1).unwrap(), 0);
        assert_eq!(omemo::bound_spent(tx, ana, 0).unwrap(), 1);
        assert_eq!(omemo::bound_spent(tx, ana, 0).unwrap(), 0);
        assert!(omemo::prekey(tx, ana, PreKeyId(2)).unwrap().is_none());
        assert!(omemo::prekey(tx, ana, PreKeyId(3)).unwrap().is_some());
        spend(1);
        assert_eq!(
            omemo::next_prekey_id(tx, ana).unwrap(),
            PreKeyId(4),
            "an erased id does not come again"
        );
    });
}

#[test]
fn an_exchange_is_remembered_as_long_as_its_prekey_is_kept() {
    with_account(|tx, ana| {
        let key = |base: u8| PublicKey([base; 32]);
        let spent = |base: u8| omemo::is_exchange_spent(tx, ana, &key(base)).unwrap();
        let spend = |id: u32, base: u8| {
            omemo::spend_prekey(tx, ana, (PreKeyId(id), key(base)), at(i64::from(base))).unwrap();
        };
        let there = |id| omemo::prekey(tx, ana, PreKeyId(id)).unwrap().is_some();
        for id in 1..=3 {
            omemo::put_prekey(tx, ana, &PreKeyPair::generate(PreKeyId(id), &mut rng())).unwrap();
        }
        spend(9, 99);
        assert!(!spent(99), "there is no such prekey");
        spend(1, 10);
        spend(1, 20);
        spend(1, 20);
        spend(2, 30);
        assert_eq!([10, 20, 30, 40].map(spent), [true, true, true, false]);
        // Counted from the first exchange that spent it; a time to come is a wrong clock's.
        let age = Duration::from_millis(15);
        assert_eq!(omemo::erase_old_spent(tx, ana, at(25), age).unwrap(), 0);
        assert_eq!(omemo::erase_old_spent(tx, ana, at(26), age).unwrap(), 1);
        assert_eq!([10, 20, 30].map(spent), [false, false, true]);
        assert_eq!([1, 2, 3].map(there), [false, true, true]);
        assert_eq!(omemo::erase_old_spent(tx, ana, at(14), age).unwrap(), 1);
        assert_eq!(([2, 3].map(there), spent(30)), ([false, true], false));
        // One prekey serves so many exchanges and no more.
        for base in 100..149 {
            spend(3, base);
        }
        assert!(there(3) && spent(148));
        spend(3, 149);
        assert!(!there(3) && !spent(100));
    });
}

#[test]
fn prekey_ids_ascend_and_wrap_past_those_that_are_there() {
    with_account(|tx, ana| {
        let next = || omemo::next_prekey_id(tx, ana).unwrap().0;
        assert_eq!([next(), next(), next()], [1, 2, 3]);
        omemo::put_prekey(tx, ana, &PreKeyPair::generate(PreKeyId(1), &mut rng())).unwrap();
        omemo::put_prekey(tx, ana, &PreKeyPair::generate(PreKeyId(2), &mut rng())).unwrap();
        tx.conn()
            .execute_batch("UPDATE accounts SET next_prekey_id = 16777213")
            .unwrap();
        assert_eq!([next(), next(), next(), next()], [16_777_213, 16_777_214, 3, 4]);
        let nobody = omemo::next_prekey_id(tx, AccountId(99));
        assert!(matches!(nobody, Err(StoreError::Missing(_))));
    });
}

#[test]
fn a_device_list_makes_activates_and_retires_devices() {
    with_account(|tx, ana| {
        let bob = jid("bob@mired.test");
        let list = |ids: &[u32], ms| {
            let ids: Vec<DeviceId> = ids.iter().copied().map(device_id).collect();
            let new = omemo::set_device_list(tx, ana, &bob, LEGACY, &ids, at(ms)).unwrap();
            new.into_iter().map(DeviceId::get).collect::<Vec<u32>>()
        };
        let active = || -> Vec<(u32, bool)> {
            let devices = omemo::devices(tx, ana, &bob).unwrap();
            devices
                .iter()
                .map(|device| (device.id.get(), device.active))
                .collect()
        };
        assert_eq!(omemo::device_list_seen(tx, ana, &bob, LEGACY).unwrap(), None);
        assert_eq!(list(&[9, 4, 9], 100), [9, 4], "a repetition is one device");
        assert_eq!(list(&[9, 2], 200), [2]);
        assert_eq!(active(), [(2, true), (9, true), (4, false)]);
        assert_eq!(list(&[4], 300), [0; 0], "it was known before");
        assert_eq!(active(), [(4, true), (2, false), (9, false)]);
        assert_eq!(
            omemo::device_list_seen(tx, ana, &bob, LEGACY).unwrap(),
            Some(at(300))
        );
        assert_eq!(
            omemo::device_list_seen(tx, ana, &bob, Dialect::Omemo2).unwrap(),
            None
        );
        assert_eq!(list(&[], 400), [0; 0]);
        assert_eq!(active(), [(2, false), (4, false), (9, false)]);
        let four = omemo::device(tx, ana, &bob, LEGACY, device_id(4))
            .unwrap()
            .unwrap();
        let expected = Device {
            jid: bob.clone(),
            id: device_id(4),
            dialect: LEGACY,
            identity: None,
            active: false,
            taken_off: Some(at(400)),
            writes: false,
            first_seen: at(100),
            last_seen: None,
            label: None,
        };
        assert_eq!(four, expected);
        assert_eq!(
            omemo::device(tx, ana, &bob, Dialect::Omemo2, device_id(4)).unwrap(),
            None
        );
        assert_eq!(omemo::jids_with_devices(tx, ana).unwrap(), vec![bob.clone()]);
    });
}

#[test]
fn dialects_and_jids_have_device_lists_of_their_own() {
    with_account(|tx, ana| {
        let (bob, carol) = (jid("bob@mired.test"), jid("carol@mired.test"));
        for (who, dialect) in [(&bob, LEGACY), (&bob, Dialect::Omemo2), (&carol, LEGACY)] {
            let new = omemo::set_device_list(tx, ana, who, dialect, &[device_id(5)], at(1)).unwrap();
            assert_eq!(new, [device_id(5)]);
        }
        omemo::set_device_list(tx, ana, &bob, LEGACY, &[], at(2)).unwrap();
        let active = |who| -> Vec<(Dialect, bool)> {
            let devices = omemo::devices(tx, ana, who).unwrap();
            devices
                .iter()
                .map(|device| (device.dialect, device.active))
                .collect()
        };
        assert_eq!(active(&bob), [(Dialect::Omemo2, true), (LEGACY, false)]);
        assert_eq!(active(&carol), [(LEGACY, true)]);
        assert_eq!(omemo::jids_with_devices(tx, ana).unwrap(), vec![bob, carol]);
    });
}

#[test]
fn a_list_that_changes_for_ever_does_not_fill_the_table() {
    with_account(|tx, ana| {
        let bob = jid("bob@mired.test");
        omemo::set_identity(tx, ana, &bob, LEGACY, device_id(1), IdentityKey([1; 32]), at(0)).unwrap();
        omemo::set_seen(tx, ana, &bob, LEGACY, device_id(2), at(0)).unwrap();
        for n in 1..40 {
            let ids: Vec<DeviceId> = (0..10).map(|i| device_id(n * 100 + i)).collect();
            omemo::set_device_list(tx, ana, &bob, LEGACY, &ids, at(i64::from(n))).unwrap();
        }
        let devices = omemo::devices(tx, ana, &bob).unwrap();
        assert_eq!(
            devices.len(),
            10 + 200 + 2,
            "the active ones, the newest keyless ones, the two that we know"
        );
        for known in [1, 2] {
            assert!(devices.iter().any(|device| device.id.get() == known));
        }
    });
}

#[test]
fn an_identity_is_set_once() {
    with_account(|tx, ana| {
        let bob = jid("bob@mired.test");
        let (key, other) = (IdentityKey([1; 32]), IdentityKey([2; 32]));
        let set = |id, key| omemo::set_identity(tx, ana, &bob, LEGACY, device_id(id), key, at(50)).unwrap();
        let get = |id| {
            omemo::device(tx, ana, &bob, LEGACY, device_id(id))
                .unwrap()
                .unwrap()
        };
        assert!(set(7, key), "an unknown device is made");
        assert_eq!(
            (get(7).identity, get(7).active, get(7).first_seen),
            (Some(key), false, at(50))
        );
        assert!(set(7, key));
        assert!(!set(7, other));
        assert_eq!(get(7).identity, Some(key));
        omemo::set_device_list(tx, ana, &bob, LEGACY, &[device_id(8)], at(60)).unwrap();
        assert!(set(8, other));
        assert_eq!(
            (get(8).identity, get(8).active, get(8).first_seen),
            (Some(other), true, at(60))
        );
    });
}

#[test]
fn a_device_that_wrote_is_seen_and_on_no_list_for_it() {
    with_account(|tx, ana| {
        let bob = jid("bob@mired.test");
        let get = |id| {
            omemo::device(tx, ana, &bob, LEGACY, device_id(id))
                .unwrap()
                .unwrap()
        };
        omemo::set_seen(tx, ana, &bob, LEGACY, device_id(1), at(10)).unwrap();
        assert_eq!(
            (get(1).active, get(1).first_seen, get(1).last_seen),
            (false, at(10), Some(at(10)))
        );
        omemo::set_device_list(tx, ana, &bob, LEGACY, &[], at(20)).unwrap();
        assert_eq!(get(1).taken_off, None, "no list named it");
        omemo::set_seen(tx, ana, &bob, LEGACY, device_id(1), at(30)).unwrap();
        assert_eq!(
            (get(1).active, get(1).first_seen, get(1).last_seen),
            (false, at(10), Some(at(30)))
        );
    });
}

#[test]
fn trust_hangs_on_account_jid_and_key() {
    with_account(|tx, ana| {
        let (bob, carol) = (jid("bob@mired.test"), jid("carol@mired.test"));
        let (one, two) = (IdentityKey([1; 32]), IdentityKey([2; 32]));
        assert_eq!(omemo::trust(tx, ana, &bob, &one).unwrap(), None);
        omemo::set_trust(tx, ana, &bob, &two, Trust::Blind, at(10)).unwrap();
        omemo::set_trust(tx, ana, &bob, &one, Trust::Undecided, at(20)).unwrap();
        for trust in [Trust::Undecided, Trust::Distrusted, Trust::Blind, Trust::Verified] {
            omemo::set_trust(tx, ana, &bob, &one, trust, at(99)).unwrap();
            assert_eq!(omemo::trust(tx, ana, &bob, &one).unwrap(), Some(trust));
        }
        assert_eq!(
            omemo::trust(tx, ana, &carol, &one).unwrap(),
            None,
            "another JID with the same key"
        );
        let keys = omemo::keys(tx, ana, &bob).unwrap();
        let expected = [(two, Trust::Blind, 10), (one, Trust::Verified, 20)];
        let expected = expected.map(|(identity, trust, ms)| KeyTrust {
            identity,
            ed25519: None,
            trust,
            first_seen: at(ms),
        });
        assert_eq!(keys, expected);
        let options = model::AccountOptions::default();
        let other = accounts::add(tx, &jid("dave@mired.test"), "x", &options, "r").unwrap();
        assert_eq!(
            omemo::trust(tx, other, &bob, &one).unwrap(),
            None,
            "another account"
        );
    });
}

/// A session of ours with a new device of the peer.
pub(super) fn record() -> SessionRecord {
    let (ours, theirs) = (own_device(1), own_device(2));
    let signed = signed(1, 0);
    let signature = signed.pair.sign(&theirs.identity, LEGACY, &mut rng());
    let prekey = PreKeyPair::generate(PreKeyId(1), &mut rng());
    let bundle = theirs.bundle_in(LEGACY, &signed.pair, &signature, &[(prekey.id, prekey.public())]);
    SessionRecord::initiate(&ours, &bundle.verify().unwrap(), None, &mut rng())
}

#[test]
fn a_session_is_put_replaced_and_comes_back_byte_for_byte() {
    with_account(|tx, ana| {
        let bob = jid("bob@mired.test");
        let get = |dialect, id| omemo::session(tx, ana, &bob, dialect, device_id(id)).unwrap();
        assert!(get(LEGACY, 5).is_none());
        let record = record();
        for _ in 0..2 {
            omemo::put_session(tx, ana, &bob, LEGACY, device_id(5), &record).unwrap();
            assert_eq!(*get(LEGACY, 5).unwrap().to_bytes(), *record.to_bytes());
        }
        assert!(get(LEGACY, 6).is_none());
        assert!(get(Dialect::Omemo2, 5).is_none());
    });
}

#[test]
fn a_session_that_cannot_be_read_is_corrupt() {
    with_account(|tx, ana| {
        let bob = jid("bob@mired.test");
        omemo::put_session(tx, ana, &bob, LEGACY, device_id(5), &record()).unwrap();
        tx.conn()
            .execute_batch("UPDATE omemo_sessions SET record = x'00'")
            .unwrap();
        let got = omemo::session(tx, ana, &bob, LEGACY, device_id(5));
        assert!(matches!(got.err(), Some(StoreError::Corrupt("session"))));
    });
}
