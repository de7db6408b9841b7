//! Which devices are written to, in which dialect, and that whoever counts them counts the same ones.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{account, at, jid};
use crate::omemo::{self, Device, KeyTally};
use crate::{Transaction, Writer};
use ::omemo::{DeviceId, Dialect, IdentityKey, IdentityKeyPair, OwnDevice, Trust};
use model::{AccountId, AddressedDevice, BareJid, DeviceKey, DeviceProblem, Means};

const LEGACY: Dialect = Dialect::Legacy;
const OMEMO2: Dialect = Dialect::Omemo2;

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

/// A row of the store: dialect, device, seed of its key, on the newest list.
type Row = (Dialect, u32, Option<u8>, bool);
/// A device that is written to: id, dialect, seed of its key, legacy too, downgraded.
type Chosen = (u32, Dialect, Option<u8>, bool, bool);

fn known(tx: &Transaction<'_>, ana: AccountId, bob: &BareJid, rows: &[Row]) {
    for dialect in Dialect::ALL {
        let of_it = || rows.iter().filter(|(of, ..)| *of == dialect);
        let list = |ids: Vec<DeviceId>| omemo::set_device_list(tx, ana, bob, dialect, &ids, at(1)).unwrap();
        list(of_it().map(|(_, device, ..)| id(*device)).collect());
        list(
            of_it()
                .filter(|(.., active)| *active)
                .map(|(_, device, ..)| id(*device))
                .collect(),
        );
    }
    for (dialect, device, key, _) in rows {
        if let Some(seed) = key {
            let key = IdentityKey([*seed; 32]);
            assert!(omemo::set_identity(tx, ana, bob, *dialect, id(*device), key, at(1)).unwrap());
        }
    }
}

/// What is chosen, `fallen` being what is where no OMEMO 2 bundle can be had.
fn chosen(device: &AddressedDevice, fallen: &[AddressedDevice]) -> Chosen {
    let again = |other: &AddressedDevice| (other.id, other.identity) == (device.id, device.identity);
    (
        device.id.get(),
        device.dialect,
        device.identity.map(|key| key.0[0]),
        fallen.iter().any(|other| again(other) && other.dialect == LEGACY),
        device.downgraded,
    )
}

/// What is known, and what is chosen of it.
const CASES: &[(&str, &[Row], &[Chosen])] = &[
    ("nobody", &[], &[]),
    (
        "legacy alone",
        &[(LEGACY, 1, Some(1), true)],
        &[(1, LEGACY, Some(1), true, false)],
    ),
    (
        "OMEMO 2 alone",
        &[(OMEMO2, 1, Some(1), true)],
        &[(1, OMEMO2, Some(1), false, false)],
    ),
    (
        "both with one key",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 1, Some(1), true)],
        &[(1, OMEMO2, Some(1), true, false)],
    ),
    (
        "both, and no key seen yet",
        &[(LEGACY, 1, None, true), (OMEMO2, 1, None, true)],
        &[(1, OMEMO2, None, true, false)],
    ),
    (
        "both, the key seen in the older dialect only",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 1, None, true)],
        &[(1, OMEMO2, Some(1), true, false)],
    ),
    (
        "both, with two keys: two devices, and none hides the other",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 1, Some(2), true)],
        &[
            (1, LEGACY, Some(1), true, false),
            (1, OMEMO2, Some(2), false, false),
        ],
    ),
    (
        "one key under two ids is one device",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 2, Some(1), true)],
        &[(2, OMEMO2, Some(1), false, false)],
    ),
    (
        "one key under two ids, of which the newer has left: downgraded, whatever the number says",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 2, Some(1), false)],
        &[(1, LEGACY, Some(1), true, true)],
    ),
    (
        "no key is no reason to take two ids for one device",
        &[(LEGACY, 1, None, true), (OMEMO2, 2, None, true)],
        &[(1, LEGACY, None, true, false), (2, OMEMO2, None, false, false)],
    ),
    (
        "gone from the older list: still on the newer one",
        &[(LEGACY, 1, Some(1), false), (OMEMO2, 1, Some(1), true)],
        &[(1, OMEMO2, Some(1), false, false)],
    ),
    (
        "gone from the newer list: downgraded",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 1, Some(1), false)],
        &[(1, LEGACY, Some(1), true, true)],
    ),
    (
        "downgraded before it showed a key in the older dialect: it is known by the one that it had",
        &[(LEGACY, 1, None, true), (OMEMO2, 1, Some(1), false)],
        &[(1, LEGACY, Some(1), true, true)],
    ),
    (
        "somebody else had the id in OMEMO 2: not downgraded",
        &[(LEGACY, 1, Some(1), true), (OMEMO2, 1, Some(2), false)],
        &[(1, LEGACY, Some(1), true, false)],
    ),
    (
        "gone from both",
        &[(LEGACY, 1, Some(1), false), (OMEMO2, 1, Some(1), false)],
        &[],
    ),
    (
        "many, by id",
        &[
            (LEGACY, 9, Some(9), true),
            (OMEMO2, 5, Some(5), true),
            (LEGACY, 5, Some(5), true),
            (OMEMO2, 7, None, true),
            (LEGACY, 1, None, true),
        ],
        &[
            (1, LEGACY, None, true, false),
            (5, OMEMO2, Some(5), true, false),
            (7, OMEMO2, None, false, false),
            (9, LEGACY, Some(9), true, false),
        ],
    ),
];

#[test]
fn each_device_is_written_to_once_in_the_best_dialect_that_it_publishes() {
    let mut writer = Writer::in_memory().unwrap();
    for (what, rows, expected) in CASES {
        // Rolled back at the end of the round.
        let tx = writer.transaction().unwrap();
        let (ana, bob) = (account(&tx), jid("bob@mired.test"));
        known(&tx, ana, &bob, rows);
        for seed in 1..10 {
            omemo::set_trust(&tx, ana, &bob, &IdentityKey([seed; 32]), Trust::Blind, at(1)).unwrap();
        }
        let lacking = |row: &Device| match row.dialect {
            LEGACY => Ok(Means::Bundle),
            OMEMO2 => Ok(Means::Lacking(DeviceProblem::NotPublished)),
        };
        let fallen = omemo::audience_by(&tx, ana, std::slice::from_ref(&bob), lacking).unwrap();
        let found: Vec<Chosen> = omemo::addressed(&tx, ana, &bob)
            .unwrap()
            .iter()
            .map(|device| chosen(device, &fallen.people[0].devices))
            .collect();
        assert_eq!(found, *expected, "{what}");
    }
}

/// Rows without sense or order: few ids, few keys, so that they collide often.
fn some_rows(rng: &mut ChaCha20Rng) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..rng.next_u32() % 9 {
        let dialect = Dialect::ALL[rng.next_u32() as usize % 2];
        let device = 1 + rng.next_u32() % 4;
        let key = Some((rng.next_u32() % 4) as u8).filter(|seed| *seed > 0);
        if !rows.iter().any(|(of, id, ..)| (*of, *id) == (dialect, device)) {
            rows.push((dialect, device, key, !rng.next_u32().is_multiple_of(4)));
        }
    }
    rows
}

#[test]
fn the_tallies_and_the_shown_devices_are_those_that_are_written_to() {
    let mut rng = ChaCha20Rng::seed_from_u64(40);
    let trusts = [
        None,
        Some(Trust::Undecided),
        Some(Trust::Blind),
        Some(Trust::Verified),
        Some(Trust::Distrusted),
    ];
    let mut writer = Writer::in_memory().unwrap();
    for round in 0..60 {
        // Rolled back at the end of the round.
        let tx = writer.transaction().unwrap();
        let ana = account(&tx);
        let this = OwnDevice {
            id: id(2),
            identity: IdentityKeyPair::generate(&mut rng),
        };
        omemo::put_own_device(&tx, ana, &this, at(5)).unwrap();
        let people = [
            "ana@mired.test",
            "bob@mired.test",
            "bob@mired.test.example",
            "carol@mired.test",
        ]
        .map(jid);
        for person in &people {
            known(&tx, ana, person, &some_rows(&mut rng));
            for seed in 1..4 {
                if let Some(trust) = trusts[rng.next_u32() as usize % trusts.len()] {
                    omemo::set_trust(&tx, ana, person, &IdentityKey([seed; 32]), trust, at(1)).unwrap();
                }
            }
        }
        let tallies = omemo::key_tallies(&tx, ana).unwrap();
        for person in &people {
            let ours = *person == people[0];
            let written: Vec<AddressedDevice> = omemo::addressed(&tx, ana, person)
                .unwrap()
                .into_iter()
                .filter(|device| !(ours && device.id == this.id))
                .collect();
            let expected = (!written.is_empty()).then(|| counted(&tx, ana, person, &written));
            assert_eq!(tallies.get(person).copied(), expected, "{person}, round {round}");
            let shown = omemo::device_keys(&tx, ana, person).unwrap();
            for device in &written {
                shown_once(&shown, device);
            }
        }
    }
}

fn counted(tx: &Transaction<'_>, ana: AccountId, person: &BareJid, written: &[AddressedDevice]) -> KeyTally {
    let mut tally = KeyTally::default();
    for device in written {
        let decided = |key| omemo::trust(tx, ana, person, &key).unwrap();
        tally.count(device.fate, device.identity.and_then(decided));
    }
    tally
}

/// Whoever shows these devices finds this one, with the same key.
fn shown_once(shown: &[DeviceKey], device: &AddressedDevice) {
    let fingerprint = device.identity.map(|key| key.fingerprint());
    let is = |key: &&DeviceKey| {
        !key.this && key.active && key.device == Some(device.id.get()) && key.fingerprint == fingerprint
    };
    let [its] = shown.iter().filter(is).collect::<Vec<_>>()[..] else {
        panic!("{device:?} is not shown once: {shown:?}");
    };
    assert_eq!(its.downgraded, device.downgraded, "{device:?}");
    assert_eq!(its.dialects.first(), Some(&device.dialect), "{device:?}");
}
