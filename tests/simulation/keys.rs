//! Prekeys, empty messages, identity keys that change.

use std::collections::BTreeSet;

use susurro::api::Command;
use susurro::model::{BareJid, Trust, UnreadableReason};
use susurro::omemo::{DeviceId, Dialect, IdentityKey};
use susurro::stanza::{dialects, legacy, omemo2};
use susurro::store::omemo as stored;

use crate::robot::Robot;
use crate::wire;
use crate::world::{ANA, BOB, CAROL, World};

/// The prekey ids of a client's bundle as the server has it; none if it has no bundle.
pub fn on_server_in(dialect: Dialect, world: &mut World, at: usize) -> BTreeSet<u32> {
    let id = DeviceId::new(world.clients[at].device()).unwrap();
    let jid = world.clients[at].jid.to_string();
    let node = world.server.node(&jid, &dialects::bundle_node(dialect, id));
    let item = node.and_then(|node| node.named(&dialects::bundle_item(dialect, id)).cloned());
    let Some(item) = item else {
        return BTreeSet::new();
    };
    let bundle = match dialect {
        Dialect::Legacy => legacy::parse_bundle(&item),
        Dialect::Omemo2 => omemo2::parse_bundle(&item),
    };
    bundle.unwrap().prekeys.into_iter().map(|(id, _)| id).collect()
}

/// The same of both dialects, which must hold the same.
pub fn on_server(world: &mut World, at: usize) -> BTreeSet<u32> {
    let [newer, legacy] = Dialect::ALL.map(|dialect| on_server_in(dialect, world, at));
    assert_eq!(newer, legacy);
    legacy
}

/// How many of those the client would still take for the first time, in the dialect that has fewer.
pub fn usable(world: &mut World, at: usize) -> usize {
    let fresh = world.clients[at].read(|tx, account| stored::published_prekeys(tx, account).unwrap());
    let fresh: BTreeSet<u32> = fresh.into_iter().map(|(id, _)| id.0).collect();
    let usable = Dialect::ALL.map(|dialect| on_server_in(dialect, world, at).intersection(&fresh).count());
    usable.into_iter().min().unwrap()
}

/// In OMEMO 2, which is what clients that speak both use between them.
fn identity_of(world: &mut World, at: usize, jid: &str, device: u32) -> Option<IdentityKey> {
    let jid = BareJid::new(jid).unwrap();
    let id = DeviceId::new(device).unwrap();
    world.clients[at].read(|tx, account| {
        let device = stored::device(tx, account, &jid, Dialect::Omemo2, id).unwrap();
        device.and_then(|device| device.identity)
    })
}

fn session_of(world: &mut World, at: usize, jid: &str, device: u32) -> Option<Vec<u8>> {
    let jid = BareJid::new(jid).unwrap();
    let id = DeviceId::new(device).unwrap();
    world.clients[at].read(|tx, account| {
        let record = stored::session(tx, account, &jid, Dialect::Omemo2, id).unwrap();
        record.map(|record| record.to_bytes().to_vec())
    })
}

fn trust_of(world: &mut World, at: usize, jid: &str, key: &IdentityKey) -> Option<Trust> {
    let jid = BareJid::new(jid).unwrap();
    world.clients[at].read(|tx, account| stored::trust(tx, account, &jid, key).unwrap())
}

fn set_trust(world: &mut World, at: usize, jid: &str, key: &IdentityKey, trust: Trust) {
    let command = Command::SetTrust {
        jid: BareJid::new(jid).unwrap(),
        fingerprint: key.fingerprint(),
        trust,
    };
    world.command(at, command);
}

#[test]
fn a_burst_of_key_exchanges_never_leaves_the_server_short_of_prekeys() {
    let mut world = World::online(1, &[ANA, CAROL]);
    let device = world.clients[0].device();
    for number in 0..180 {
        let mut robot = Robot::new(CAROL, 1000 + number, u64::from(number));
        robot.begin(&world, ANA, device);
        let letter = robot.seal(device, &format!("number {number}"));
        let stanza = robot.stanza(ANA, &format!("burst-{number}"), &letter);
        world.server.inject(ANA, &stanza);
        // One a second: a timer that is set again by each would never go off.
        world.flow();
        world.pass(std::time::Duration::from_secs(1));
        world.fire_due();
        let usable = usable(&mut world, 0);
        assert!(usable >= 25, "{usable} prekeys are left after {number} exchanges");
    }
    world.settle();
    assert_eq!(usable(&mut world, 0), 100);
    let read = world.clients[0].bodies(CAROL);
    assert_eq!(read.len(), 180);
    assert!(read.iter().all(|body| body.starts_with("number")), "{read:?}");
}

#[test]
fn many_key_exchanges_at_once_are_published_away_before_the_last_is_read() {
    let mut world = World::online(2, &[ANA, CAROL]);
    let device = world.clients[0].device();
    for number in 0..180 {
        let mut robot = Robot::new(CAROL, 1000 + number, u64::from(number));
        robot.begin(&world, ANA, device);
        let letter = robot.seal(device, "hello");
        let stanza = robot.stanza(ANA, &format!("burst-{number}"), &letter);
        world.server.inject(ANA, &stanza);
    }
    let conn = world.clients[0].conn.unwrap();
    while !world.server.conns[&conn].to_client.is_empty() {
        world.read_next(0);
        while world.server.read_one(conn) {}
        assert!(usable(&mut world, 0) >= 25);
    }
}

#[test]
fn one_key_exchange_is_answered_by_one_empty_message_and_nothing_answers_that() {
    let mut world = World::legacy(3, &[ANA, BOB]);
    for number in 0..5 {
        world.send(0, BOB, &format!("number {number}"));
    }
    world.settle();
    world.settle();
    let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
    assert_eq!(world.observer.empties.get(&(bob, ana)), Some(&1));
    assert_eq!(world.observer.empties.get(&(ana, bob)), None);
    assert_eq!(
        world.clients[0].bodies(BOB).len(),
        5,
        "an empty message is no row"
    );
}

#[test]
fn an_exchange_is_completed_although_the_process_died_before_it_could_be() {
    let mut world = World::legacy(4, &[ANA, BOB]);
    world.send(0, BOB, "one");
    world.flow();
    world.crash(1);
    world.connect(1);
    world.send(0, BOB, "two");
    world.settle();
    let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
    assert_eq!(world.observer.empties.get(&(bob, ana)), Some(&1));
}

#[test]
fn what_was_written_meanwhile_needs_no_empty_message() {
    let mut world = World::online(5, &[ANA, BOB]);
    world.send(0, BOB, "question");
    world.flow();
    world.send(1, ANA, "answer");
    world.settle();
    assert!(world.observer.empties.is_empty(), "{:?}", world.observer.empties);
}

#[test]
fn a_stranger_gets_neither_receipt_nor_empty_message() {
    let mut world = World::online(6, &[ANA]);
    world.server.add_account(BOB);
    let device = world.clients[0].device();
    let mut robot = Robot::new(BOB, 77, 6);
    robot.begin(&world, ANA, device);
    let letter = robot.seal(device, "do you know me?");
    let stanza = robot.stanza(ANA, "s1", &letter);
    world.server.log.clear();
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["do you know me?"]);
    let told: Vec<_> = world
        .server
        .log
        .iter()
        .filter(|(_, stanza)| stanza.attr("to").is_some())
        .collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_long_monologue_gets_one_heartbeat_for_each_ratchet_key() {
    let mut world = World::legacy(7, &[ANA, BOB]);
    let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
    let beats = |world: &World| {
        world
            .observer
            .empties
            .get(&(bob, ana))
            .copied()
            .unwrap_or_default()
    };
    world.send(0, BOB, "hello");
    world.settle();
    assert_eq!(beats(&world), 1, "the completion");
    for number in 0..160 {
        world.send(0, BOB, &format!("number {number}"));
        world.settle();
        // Counters begin at 0, so message 54 of a ratchet key carries 53.
        assert_eq!(beats(&world), 1 + (number + 1) / 54, "after {number}");
    }
}

#[test]
fn another_identity_key_is_an_undecided_entry_and_the_old_session_goes_on() {
    for dialect in Dialect::ALL {
        let mut world = World::online(8, &[ANA, BOB]);
        world.send(1, ANA, "it is me");
        world.settle();
        let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
        let genuine = world.clients[1].identity();
        let session = session_of(&mut world, 0, BOB, bob);
        let mut other = Robot::new(BOB, bob, 8);
        let key = other.own.identity.public();
        other.begin_in(dialect, &world, ANA, ana);
        let letter = other.write(dialect, (ANA, ana), world.now, "no, it is me");
        let stanza = other.stanza(ANA, "other-1", &letter);
        world.server.inject(ANA, &stanza);
        world.settle();
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.unreadable, Some(UnreadableReason::IdentityChanged));
        assert_eq!(
            (row.fingerprint, row.trust),
            (Some(key.fingerprint()), Some(Trust::Undecided))
        );
        assert_eq!(trust_of(&mut world, 0, BOB, &key), Some(Trust::Undecided));
        assert_eq!(identity_of(&mut world, 0, BOB, bob), Some(genuine));
        assert_eq!(
            session_of(&mut world, 0, BOB, bob),
            session,
            "the session is as it was"
        );
        assert!(
            world.clients[0]
                .notices()
                .iter()
                .any(|notice| notice.contains("another identity key"))
        );
        world.send(1, ANA, "still me");
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "still me");
    }
}

#[test]
fn a_verified_new_key_takes_over_with_the_next_message() {
    let mut world = World::online(9, &[ANA, BOB]);
    world.send(1, ANA, "from the old one");
    world.send(0, BOB, "to the old one");
    world.settle();
    let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
    world.quit(1);
    world.flow();
    // Bob starts anew, under the same device id.
    let mut new = Robot::new(BOB, bob, 9);
    for dialect in Dialect::ALL {
        new.publish_in(dialect, &mut world);
    }
    new.begin(&world, ANA, ana);
    let letter = new.seal(ana, "closed");
    let stanza = new.stanza(ANA, "new-1", &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
    let key = new.own.identity.public();
    set_trust(&mut world, 0, BOB, &key, Trust::Verified);
    world.server.log.clear();
    world.send(0, BOB, "to the new one");
    world.settle();
    assert_eq!(identity_of(&mut world, 0, BOB, bob), Some(key));
    let read: Vec<_> = world
        .server
        .log
        .clone()
        .iter()
        .filter_map(|(_, stanza)| new.read(stanza))
        .collect();
    assert_eq!(read, ["to the new one"]);
    let letter = new.seal(ana, "open");
    let stanza = new.stanza(ANA, "new-2", &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "open");
}

#[test]
fn a_letter_that_proves_nothing_moves_no_device_to_another_key() {
    let mut world = World::online(10, &[ANA, BOB]);
    let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
    let mut second = Robot::new(BOB, 4711, 10);
    second.publish(&mut world);
    world.server.put_list(BOB, &[bob, 4711]);
    world.send(1, ANA, "from the first");
    world.settle();
    second.begin(&world, ANA, ana);
    let mut letter = second.seal(ana, "from the second");
    let stanza = second.stanza(ANA, "second-1", &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
    let key = second.own.identity.public();
    set_trust(&mut world, 0, BOB, &key, Trust::Verified);
    let genuine = world.clients[1].identity();
    // The server sends it once more, as if the first device had written it.
    letter.sid = DeviceId::new(bob).unwrap();
    let forged = second.stanza(ANA, "second-2", &letter);
    world.server.inject(ANA, &forged);
    world.flow();
    assert_eq!(identity_of(&mut world, 0, BOB, bob), Some(genuine));
    world.send(1, ANA, "still the first");
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "still the first");
}

#[test]
fn distrusted_keys_are_neither_read_nor_written_to() {
    let mut world = World::online(11, &[ANA, BOB]);
    world.send(1, ANA, "hello");
    world.settle();
    let key = world.clients[1].identity();
    set_trust(&mut world, 0, BOB, &key, Trust::Distrusted);
    world.send(1, ANA, "hello again");
    world.settle();
    let row = world.clients[0].history(BOB).pop().unwrap();
    assert_eq!(
        (row.unreadable, row.trust),
        (Some(UnreadableReason::Distrusted), Some(Trust::Distrusted))
    );
    world.server.log.clear();
    world.send(0, BOB, "nothing");
    world.settle();
    assert!(
        world
            .server
            .log
            .iter()
            .all(|(_, stanza)| wire::read(stanza).is_none())
    );
}

#[test]
fn claimed_keys_do_not_fill_the_store_and_lock_nobody_out() {
    let mut world = World::online(12, &[ANA, BOB]);
    world.send(1, ANA, "hello");
    world.settle();
    let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
    let mut claimed = Vec::new();
    for number in 0..230 {
        let mut robot = Robot::new(BOB, bob, 500 + number);
        claimed.push(robot.own.identity.public());
        robot.begin(&world, ANA, ana);
        let letter = robot.seal(ana, "let me in");
        let stanza = robot.stanza(ANA, &format!("claim-{number}"), &letter);
        world.server.inject(ANA, &stanza);
        world.flow();
        if number == 0 {
            // What was decided about is kept; and no key is trusted blindly from here on.
            set_trust(&mut world, 0, BOB, &claimed[0], Trust::Distrusted);
        }
    }
    let jid = BareJid::new(BOB).unwrap();
    let kept = world.clients[0].read(|tx, account| stored::keys(tx, account, &jid).unwrap());
    let kept: BTreeSet<_> = kept.into_iter().map(|key| key.identity.0).collect();
    let mut expected: BTreeSet<_> = claimed[210..].iter().map(|key| key.0).collect();
    expected.extend([claimed[0].0, world.clients[1].identity().0]);
    assert!(kept == expected, "the newest ones, but {} are kept", kept.len());
    world.send(1, ANA, "still me");
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "still me");
    let mut second = Robot::new(BOB, 4711, 12);
    second.begin(&world, ANA, ana);
    let letter = second.seal(ana, "my new device");
    let stanza = second.stanza(ANA, "second-1", &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "my new device");
}

#[test]
fn two_devices_of_one_account_read_what_others_write() {
    let mut world = World::online(13, &[ANA, ANA, BOB]);
    world.settle();
    world.send(2, ANA, "for both of you");
    world.settle();
    for at in [0, 1] {
        assert_eq!(world.clients[at].bodies(BOB), ["for both of you"]);
    }
    world.send(1, BOB, "from the second");
    world.send(0, BOB, "from the first");
    world.settle();
    assert_eq!(world.clients[2].bodies(ANA).len(), 3);
}

/// A letter that only a session could open which Ana does not have.
fn without_session(robot: &mut Robot, world: &World, ana: u32, id: &str) -> minidom::Element {
    robot.begin(world, ANA, ana);
    let letter = Robot::without_exchange(robot.seal(ana, "lost"));
    robot.stanza(ANA, id, &letter)
}

#[test]
fn a_missing_session_is_a_row_and_is_repaired_once() {
    for interrupted in [false, true] {
        let mut world = World::online(14, &[ANA, BOB]);
        let (ana, bob) = (world.clients[0].device(), world.clients[1].device());
        let mut robot = Robot::new(BOB, 4711, 14);
        robot.publish(&mut world);
        world.server.put_list(BOB, &[bob, 4711]);
        world.settle();
        world.server.log.clear();
        for number in 0..3 {
            let stanza = without_session(&mut robot, &world, ana, &format!("lost-{number}"));
            world.server.inject(ANA, &stanza);
            if interrupted && number == 0 {
                world.read_next(0);
                world.server.restart();
                world.settle();
                world.connect_all();
            }
            world.settle();
        }
        let rows = world.clients[0].history(BOB);
        assert_eq!(rows[0].unreadable, Some(UnreadableReason::NoSession));
        assert!(rows.iter().all(|row| row.unreadable.is_some()));
        assert_eq!(rows.len(), 3);
        assert_eq!(
            world.observer.empties.get(&(ana, 4711)),
            Some(&1),
            "interrupted: {interrupted}"
        );
        let read: Vec<_> = world
            .server
            .log
            .clone()
            .iter()
            .filter_map(|(_, stanza)| robot.read(stanza))
            .collect();
        assert_eq!(read, [""], "the robot can open what repairs");
        let letter = robot.seal(ana, "found");
        let stanza = robot.stanza(ANA, "found", &letter);
        world.server.inject(ANA, &stanza);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "found");
    }
}
