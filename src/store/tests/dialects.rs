//! What came with the second dialect: downgrades that were told, sessions of strangers,
//! requests to stop encrypting.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{account, at, chat, insert_new, jid, outgoing, peer};
use crate::omemo::{self, bound_strangers};
use crate::{Reads, Transaction, Writer, chats, contacts, messages};
use ::omemo::{
    DeviceId, Dialect, IdentityKey, IdentityKeyPair, OwnDevice, PreKeyId, PreKeyPair, SessionRecord,
    SignedPreKeyId, SignedPreKeyPair,
};
use model::{AccountId, BareJid, Clean, Contact, MessageState, Peer, Protection, Subscription, Trust};

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

#[test]
fn a_downgrade_is_told_once_until_there_is_nothing_to_tell() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob, carol) = (account(&tx), jid("bob@mired.test"), jid("carol@mired.test"));
    for (person, dialect) in [
        (&bob, Dialect::Legacy),
        (&bob, Dialect::Omemo2),
        (&carol, Dialect::Legacy),
    ] {
        omemo::set_device_list(&tx, ana, person, dialect, &[id(1), id(2)], at(1)).unwrap();
    }
    let told = |person, device| omemo::lowering_told(&tx, ana, person, id(device)).unwrap();
    assert!(!told(&bob, 1) && !told(&bob, 9));
    omemo::set_lowering_told(&tx, ana, &bob, id(1), true).unwrap();
    assert!(told(&bob, 1) && !told(&bob, 2) && !told(&carol, 1));
    // A list that comes again changes nothing of that.
    omemo::set_device_list(&tx, ana, &bob, Dialect::Legacy, &[id(1)], at(2)).unwrap();
    assert!(told(&bob, 1));
    omemo::set_lowering_told(&tx, ana, &bob, id(1), false).unwrap();
    assert!(!told(&bob, 1));
}

fn record() -> SessionRecord {
    let rng = &mut ChaCha20Rng::seed_from_u64(5);
    let [ours, theirs] = [1, 2].map(|number| OwnDevice {
        id: id(number),
        identity: IdentityKeyPair::generate(rng),
    });
    let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
    let signature = signed.sign(&theirs.identity, Dialect::Legacy, rng);
    let prekey = PreKeyPair::generate(PreKeyId(1), rng);
    let bundle = theirs.bundle_in(
        Dialect::Legacy,
        &signed,
        &signature,
        &[(prekey.id, prekey.public())],
    );
    SessionRecord::initiate(&ours, &bundle.verify().unwrap(), None, rng)
}

fn in_roster(tx: &Transaction<'_>, ana: AccountId, jid: &BareJid, in_roster: bool) {
    let contact = Contact {
        jid: jid.clone(),
        name: None,
        in_roster,
        subscription: Subscription::None,
        asked: false,
        requests: !in_roster,
    };
    contacts::put(tx, ana, &contact).unwrap();
}

/// A message of Ana's to `jid`.
fn written_to(tx: &Transaction<'_>, ana: AccountId, jid: &BareJid, state: MessageState) {
    let chat = chats::open(tx, &Peer::new(ana, jid.clone())).unwrap().id;
    let message = messages::NewMessage {
        state,
        ..outgoing(chat, "1", 1)
    };
    insert_new(tx, &message);
}

#[test]
fn the_oldest_sessions_of_strangers_go_and_those_of_people_we_know_stay() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let record = record();
    let put = |person: &BareJid, dialect, device| {
        omemo::put_session(&tx, ana, person, dialect, id(device), &record).unwrap();
    };
    let has = |person: &BareJid, dialect, device| {
        omemo::session(&tx, ana, person, dialect, id(device))
            .unwrap()
            .is_some()
    };
    let people = [
        "contact", "written", "waiting", "failed", "asks", "heard", "one", "two",
    ]
    .map(|name| jid(&format!("{name}@mired.test")));
    let [contact, written, waiting, failed, asks, heard, one, two] = &people;
    let own = jid("ana@mired.test");
    // The oldest sessions are those with people whom we know, and with ourselves.
    for person in [&own].into_iter().chain(&people) {
        for dialect in Dialect::ALL {
            put(person, dialect, 1);
        }
    }
    in_roster(&tx, ana, contact, true);
    in_roster(&tx, ana, asks, false);
    written_to(&tx, ana, written, MessageState::Delivered);
    written_to(&tx, ana, waiting, MessageState::Queued);
    // What never left tells nobody that we know them.
    written_to(&tx, ana, failed, MessageState::Failed);
    let chat = chats::open(&tx, &Peer::new(ana, heard.clone())).unwrap().id;
    insert_new(&tx, &super::incoming(chat, "1", 1));
    // It was replaced since, and is as old as before.
    put(failed, Dialect::Omemo2, 1);

    assert_eq!(bound_strangers(&tx, ana, 10).unwrap(), 0);
    // Strangers: failed, asks, heard, one, two, each with two sessions.
    assert_eq!(bound_strangers(&tx, ana, 4).unwrap(), 6);
    for gone in [failed, asks, heard] {
        assert!(
            !Dialect::ALL.into_iter().any(|dialect| has(gone, dialect, 1)),
            "{gone}"
        );
    }
    for kept in [&own, contact, written, waiting, one, two] {
        assert!(
            Dialect::ALL.into_iter().all(|dialect| has(kept, dialect, 1)),
            "{kept}"
        );
    }
    // The newest stays, whoever it is.
    put(one, Dialect::Legacy, 7);
    assert_eq!(bound_strangers(&tx, ana, 1).unwrap(), 4);
    assert!(has(one, Dialect::Legacy, 7) && !has(two, Dialect::Legacy, 1));
    assert_eq!(bound_strangers(&tx, ana, 0).unwrap(), 1);
    assert!(has(contact, Dialect::Legacy, 1));
}

#[test]
fn of_unlisted_devices_the_sessions_of_the_most_silent_ones_go_and_a_listed_one_never() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (bob, carol) = (jid("bob@mired.test"), jid("carol@mired.test"));
    let record = record();
    let put = |person: &BareJid, dialect, device| {
        omemo::put_session(&tx, ana, person, dialect, id(device), &record).unwrap();
    };
    let left = |person: &BareJid, dialect| {
        let has = |device: &u32| {
            omemo::session(&tx, ana, person, dialect, id(*device))
                .unwrap()
                .is_some()
        };
        (1..=9).filter(has).collect::<Vec<u32>>()
    };
    let (legacy, newer) = (Dialect::Legacy, Dialect::Omemo2);
    omemo::set_device_list(&tx, ana, &bob, legacy, &[id(1), id(2), id(3)], at(1)).unwrap();
    for device in 1..=9 {
        put(&bob, legacy, device);
    }
    put(&bob, newer, 1);
    put(&carol, legacy, 1);
    // One that wrote is active until the next list, but not listed; 9 is known by its session alone.
    for (device, seen) in [(4, 40), (5, 20), (6, 30), (7, 60), (8, 10), (1, 1)] {
        omemo::set_seen(&tx, ana, &bob, legacy, id(device), at(seen)).unwrap();
    }
    let bound = |most| omemo::bound_unlisted(&tx, ana, &bob, legacy, most).unwrap();
    assert_eq!((bound(6), left(&bob, legacy).len()), (0, 9));
    assert_eq!((bound(5), left(&bob, legacy)), (1, vec![1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!((bound(3), left(&bob, legacy)), (2, vec![1, 2, 3, 4, 6, 7]));
    // Who comes to the list stays; who leaves it counts.
    omemo::set_device_list(&tx, ana, &bob, legacy, &[id(1), id(6)], at(2)).unwrap();
    assert_eq!((bound(2), left(&bob, legacy)), (2, vec![1, 4, 6, 7]));
    assert_eq!((bound(0), left(&bob, legacy)), (2, vec![1, 6]));
    assert_eq!((left(&bob, newer), left(&carol, legacy)), (vec![1], vec![1]));
}

#[test]
fn of_numbers_with_one_key_the_first_is_remembered_and_the_others_go_with_their_sessions() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (bob, record) = (jid("bob@mired.test"), record());
    let legacy = Dialect::Legacy;
    let show = |device: u32, key: u8, seen: i64| {
        let identity = IdentityKey([key; 32]);
        assert!(omemo::set_identity(&tx, ana, &bob, legacy, id(device), identity, at(seen)).unwrap());
        omemo::put_session(&tx, ana, &bob, legacy, id(device), &record).unwrap();
        omemo::set_seen(&tx, ana, &bob, legacy, id(device), at(seen)).unwrap();
    };
    omemo::set_device_list(&tx, ana, &bob, legacy, &[id(1), id(20)], at(1)).unwrap();
    show(1, 7, 1);
    // One listed, three that are not, with the key of device 1; others with keys of their own.
    for (device, key) in [(9, 8), (11, 7), (12, 7), (13, 8), (14, 9), (20, 7)] {
        show(device, key, i64::from(device));
    }
    let known = || {
        let devices = omemo::devices(&tx, ana, &bob).unwrap().into_iter();
        let mut known: Vec<u32> = devices.map(|device| device.id.get()).collect();
        known.sort_unstable();
        known
    };
    assert_eq!(omemo::bound_unlisted(&tx, ana, &bob, legacy, 2).unwrap(), 3);
    // 9 showed its key first, 13 and 14 have their sessions yet.
    assert_eq!(known(), [1, 9, 13, 14, 20]);
    assert_eq!(omemo::bound_unlisted(&tx, ana, &bob, legacy, 0).unwrap(), 2);
    assert_eq!(known(), [1, 9, 14, 20]);
}

#[test]
fn a_request_to_stop_encrypting_stands_in_its_chat_until_it_is_answered() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let carols = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap();
    assert_eq!(carols.opted_out, None);
    let asked = || chats::get(&tx, bobs).unwrap().unwrap().opted_out;
    // Without a reason it is a request all the same.
    for reason in ["my phone cannot", ""] {
        chats::set_opted_out(&tx, bobs, Some(&Clean::new(reason))).unwrap();
        assert_eq!(asked(), Some(Clean::new(reason)));
        assert!(chats::get(&tx, bobs).unwrap().unwrap().encrypted);
        let bob = jid("bob@mired.test");
        assert_eq!(
            chats::open(&tx, &Peer::new(ana, bob.clone())).unwrap().opted_out,
            asked()
        );
        let shown = chats::overview(&tx, ana).unwrap();
        assert!(
            shown
                .iter()
                .any(|row| row.chat.peer.address == bob && row.chat.opted_out == asked())
        );
    }
    chats::set_opted_out(&tx, bobs, None).unwrap();
    assert_eq!(asked(), None);
    assert_eq!(chats::get(&tx, carols.id).unwrap().unwrap().opted_out, None);
    tx.conn()
        .execute("DELETE FROM chats WHERE id = ?1", [bobs.0])
        .unwrap();
    assert!(chats::set_opted_out(&tx, bobs, None).is_err());
}

#[test]
fn how_a_message_left_is_noted_when_it_is_sealed() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let [one, two] = ["1", "2"].map(|stanza_id| insert_new(&tx, &outgoing(chat, stanza_id, 1)));
    messages::set_protection(&tx, one, Protection::Omemo2).unwrap();
    let of = |id| messages::get(&tx, id).unwrap().unwrap().protection;
    assert_eq!((of(one), of(two)), (Protection::Omemo2, Protection::OmemoLegacy));
}

#[test]
fn a_device_is_found_in_both_dialects_by_its_number_and_a_key_by_itself() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob, carol) = (account(&tx), jid("bob@mired.test"), jid("carol@mired.test"));
    let rng = &mut ChaCha20Rng::seed_from_u64(6);
    let [key, other] = [1, 2].map(|_| IdentityKeyPair::generate(rng).public());
    for (person, dialect, device, key) in [
        (&bob, Dialect::Legacy, 1, key),
        (&bob, Dialect::Omemo2, 1, key),
        (&bob, Dialect::Omemo2, 2, other),
        (&carol, Dialect::Legacy, 1, other),
    ] {
        assert!(omemo::set_identity(&tx, ana, person, dialect, id(device), key, at(1)).unwrap());
        omemo::set_trust(&tx, ana, person, &key, Trust::Blind, at(1)).unwrap();
    }
    let found = |person, device| {
        let found = omemo::in_every_dialect(&tx, ana, person, id(device)).unwrap();
        let mut found: Vec<_> = found
            .iter()
            .map(|device| (device.dialect, device.identity))
            .collect();
        found.sort_by_key(|(dialect, _)| *dialect);
        found
    };
    let both = vec![(Dialect::Legacy, Some(key)), (Dialect::Omemo2, Some(key))];
    assert_eq!(found(&bob, 1), both);
    assert_eq!(found(&bob, 2), [(Dialect::Omemo2, Some(other))]);
    assert_eq!(found(&carol, 2), []);
    let known = |person: &BareJid, key: &IdentityKey| omemo::key(&tx, ana, person, key).unwrap();
    for one in omemo::keys(&tx, ana, &bob).unwrap() {
        assert_eq!(known(&bob, &one.identity), Some(one));
    }
    assert_eq!(known(&carol, &key), None);
}
