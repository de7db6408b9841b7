//! Devices that write to us and are on no list: which of them are written to.

use rusqlite::params;

use super::{account, at, jid};
use crate::omemo::{self, KeyTally};
use crate::{Reads, Transaction, Writer};
use ::omemo::{DeviceId, Dialect, IdentityKey, Trust};
use model::{AccountId, BareJid, Fate, Why};

const LEGACY: Dialect = Dialect::Legacy;
const OMEMO2: Dialect = Dialect::Omemo2;

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

/// A house of one account and one contact.
struct House<'a> {
    tx: &'a Transaction<'a>,
    ana: AccountId,
    bob: BareJid,
}

impl House<'_> {
    fn list(&self, dialect: Dialect, ids: &[u32], ms: i64) {
        let ids: Vec<DeviceId> = ids.iter().copied().map(id).collect();
        omemo::set_device_list(self.tx, self.ana, &self.bob, dialect, &ids, at(ms)).unwrap();
    }

    /// A message of the device is opened, in a session that it began.
    fn hears(&self, dialect: Dialect, device: u32, trust: Trust, ms: i64) {
        let (tx, ana, bob) = (self.tx, self.ana, &self.bob);
        let key = IdentityKey([device as u8; 32]);
        assert!(omemo::set_identity(tx, ana, bob, dialect, id(device), key, at(ms)).unwrap());
        omemo::set_trust(tx, ana, bob, &key, trust, at(ms)).unwrap();
        omemo::set_seen(tx, ana, bob, dialect, id(device), at(ms)).unwrap();
        let code = i64::from(dialect == OMEMO2);
        let sql = "INSERT OR REPLACE INTO omemo_sessions (account, jid, dialect, device, record)
                   VALUES (?1, ?2, ?3, ?4, zeroblob(9))";
        tx.conn()
            .execute(sql, params![ana.0, bob.as_str(), code, device])
            .unwrap();
    }

    fn fates(&self) -> Vec<(u32, Dialect, bool, Fate)> {
        let all = omemo::addressed(self.tx, self.ana, &self.bob).unwrap();
        all.iter()
            .map(|device| (device.id.get(), device.dialect, device.listed, device.fate))
            .collect()
    }
}

fn in_house(live: impl FnOnce(&House<'_>)) {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    live(&House {
        ana: account(&tx),
        bob: jid("bob@mired.test"),
        tx: &tx,
    });
}

#[test]
fn who_writes_before_any_list_is_written_to_as_far_as_its_key_is_trusted() {
    for (trust, fate) in [
        (Trust::Blind, Fate::Written),
        (Trust::Verified, Fate::Written),
        (Trust::Undecided, Fate::LeftOut(Why::Undecided)),
        (Trust::Distrusted, Fate::LeftOut(Why::Distrusted)),
    ] {
        in_house(|house| {
            house.hears(LEGACY, 7, trust, 10);
            assert_eq!(house.fates(), [(7, LEGACY, false, fate)]);
            // The server says that there is no list, as often as it is asked.
            house.list(LEGACY, &[], 20);
            house.list(OMEMO2, &[], 21);
            assert_eq!(house.fates(), [(7, LEGACY, false, fate)]);
            // Nor does a device of the other dialect change anything.
            house.list(OMEMO2, &[8], 22);
            assert_eq!(house.fates()[0], (7, LEGACY, false, fate));
        });
    }
}

#[test]
fn beside_a_list_that_it_could_be_on_only_a_verified_key_is_enough() {
    for (trust, fate) in [
        (Trust::Blind, Fate::LeftOut(Why::NotListed)),
        (Trust::Undecided, Fate::LeftOut(Why::NotListed)),
        (Trust::Distrusted, Fate::LeftOut(Why::Distrusted)),
        (Trust::Verified, Fate::Written),
    ] {
        in_house(|house| {
            house.hears(LEGACY, 7, trust, 10);
            house.list(LEGACY, &[8], 20);
            assert_eq!(house.fates()[0], (7, LEGACY, false, fate));
        });
        in_house(|house| {
            house.hears(OMEMO2, 7, trust, 10);
            assert_eq!(house.fates(), [(7, OMEMO2, false, fate)], "in OMEMO 2 always");
        });
    }
}

#[test]
fn who_was_taken_off_a_list_is_written_to_no_more_however_often_it_writes() {
    in_house(|house| {
        house.list(LEGACY, &[7], 10);
        house.hears(LEGACY, 7, Trust::Verified, 20);
        assert_eq!(house.fates(), [(7, LEGACY, true, Fate::Written)]);
        house.list(LEGACY, &[], 30);
        assert_eq!(house.fates(), [], "it has left");
        house.list(LEGACY, &[], 40);
        house.hears(LEGACY, 7, Trust::Verified, 50);
        let left_out = Fate::LeftOut(Why::TakenOff);
        assert_eq!(house.fates(), [(7, LEGACY, false, left_out)]);
        house.list(LEGACY, &[], 60);
        assert_eq!(house.fates(), [(7, LEGACY, false, left_out)]);
        house.list(LEGACY, &[7], 70);
        assert_eq!(house.fates(), [(7, LEGACY, true, Fate::Written)]);
    });
}

#[test]
fn who_was_taken_off_one_list_has_left_in_both_dialects() {
    in_house(|house| {
        house.list(OMEMO2, &[7], 10);
        house.hears(OMEMO2, 7, Trust::Verified, 20);
        house.list(OMEMO2, &[], 30);
        house.hears(LEGACY, 7, Trust::Verified, 40);
        let left_out = Fate::LeftOut(Why::TakenOff);
        assert_eq!(house.fates(), [(7, LEGACY, false, left_out)]);
    });
}

#[test]
fn without_a_session_of_its_own_making_nothing_is_written() {
    in_house(|house| {
        house.hears(LEGACY, 7, Trust::Blind, 10);
        house.tx.conn().execute("DELETE FROM omemo_sessions", []).unwrap();
        assert_eq!(house.fates(), []);
        // A key that was only shown.
        let key = IdentityKey([8; 32]);
        omemo::set_identity(house.tx, house.ana, &house.bob, LEGACY, id(8), key, at(1)).unwrap();
        assert_eq!(house.fates(), []);
    });
}

#[test]
fn one_device_under_two_numbers_is_one_and_a_listed_one_is_written_to_as_listed() {
    in_house(|house| {
        house.list(OMEMO2, &[7], 5);
        house.hears(OMEMO2, 7, Trust::Blind, 6);
        // The same key without a list in the other dialect.
        house.hears(LEGACY, 7, Trust::Blind, 10);
        assert_eq!(house.fates(), [(7, OMEMO2, true, Fate::Written)]);
    });
}

#[test]
fn the_list_of_chats_and_the_page_of_keys_say_the_same() {
    in_house(|house| {
        house.hears(LEGACY, 7, Trust::Blind, 10);
        house.list(LEGACY, &[], 20);
        let tally = |house: &House<'_>| omemo::key_tallies(house.tx, house.ana).unwrap()[&house.bob];
        let one = KeyTally {
            blind: 1,
            ..KeyTally::default()
        };
        assert_eq!(tally(house), one);
        let shown = omemo::device_keys(house.tx, house.ana, &house.bob).unwrap();
        assert_eq!((shown[0].active, shown[0].fate), (false, Some(Fate::Written)));
        assert!(shown[0].wrote_first());
        house.list(LEGACY, &[8], 30);
        let left = KeyTally {
            keyless: 1,
            unlisted: 1,
            ..KeyTally::default()
        };
        assert_eq!(tally(house), left);
    });
}

#[test]
fn our_own_devices_are_those_on_our_lists() {
    in_house(|house| {
        let own = House {
            bob: jid("ana@mired.test"),
            ..*house
        };
        own.hears(LEGACY, 7, Trust::Verified, 10);
        assert_eq!(own.fates(), []);
    });
}

#[test]
fn a_list_of_impossible_numbers_is_known_as_that_until_another_one_comes() {
    in_house(|house| {
        let look = |house: &House<'_>| omemo::is_impossible(house.tx, house.ana, &house.bob).unwrap();
        assert!(!look(house));
        house.list(LEGACY, &[], 1);
        omemo::set_impossible(house.tx, house.ana, &house.bob, LEGACY, true).unwrap();
        assert!(look(house));
        omemo::set_impossible(house.tx, house.ana, &house.bob, LEGACY, false).unwrap();
        assert!(!look(house));
    });
}
