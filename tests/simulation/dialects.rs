//! Which dialect a device is written to in, and what becomes of it when that changes. The
//! other side is made of robots.

use minidom::Element;
use susurro::model::Protection;
use susurro::omemo::Dialect;

use crate::robot::{Heard, Robot};
use crate::server::{Fault, Most};
use crate::wire;
use crate::world::{ANA, BOB, World};

pub const LEGACY: &[Dialect] = &[Dialect::Legacy];
pub const OMEMO2: &[Dialect] = &[Dialect::Omemo2];
pub const BOTH: &[Dialect] = &Dialect::ALL;

/// Ana, logged in, who is acquainted with the owners of these robots; each has published in its dialects.
pub fn meet(seed: u64, robots: &mut [(&mut Robot, &[Dialect])]) -> World {
    let mut world = World::new(seed, &[ANA]);
    for (robot, spoken) in robots {
        if !world.server.accounts.contains_key(&robot.jid) {
            world.server.add_account(&robot.jid);
            world.server.befriend(ANA, &robot.jid);
        }
        robot.appear(&mut world, spoken);
    }
    world.connect(0);
    world.settle();
    world.server.log.clear();
    world
}

/// A robot writes to Ana, and says with which id.
pub fn tell(world: &mut World, robot: &mut Robot, dialect: Dialect, id: &str, body: &str) {
    let ana = world.clients[0].device();
    if !robot.records.contains_key(&(dialect, ana)) {
        robot.begin_in(dialect, world, ANA, ana);
    }
    let letter = robot.write(dialect, (ANA, ana), world.now, body);
    let stanza = robot.stanza(ANA, id, &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
}

/// What Ana sent, as the robot hears it, since it was asked last.
pub fn heard(world: &World, robot: &mut Robot) -> Vec<Heard> {
    // What was heard before is a duplicate now.
    let messages = world.server.log.iter().filter(|(from, _)| from == ANA);
    messages.flat_map(|(_, stanza)| robot.hear(stanza)).collect()
}

/// The texts among it.
pub fn bodies(heard: &[Heard]) -> Vec<(Dialect, &str)> {
    let bodies = heard
        .iter()
        .filter_map(|heard| Some((heard.dialect, heard.body.as_deref()?)));
    bodies.collect()
}

/// Ana writes to Bob; the stanza that leaves.
pub fn written(world: &mut World, body: &str) -> Element {
    let before = world.server.log.len();
    world.observer.secrets.push(body.to_owned());
    world.send(0, BOB, body);
    world.settle();
    let mut stanzas = world.server.log[before..]
        .iter()
        .filter(|(_, stanza)| wire::read(stanza).is_some_and(|seen| seen.payload));
    let (_, stanza) = stanzas.next().expect("a message");
    assert!(stanzas.next().is_none(), "one message is one stanza");
    stanza.clone()
}

fn protection(world: &mut World) -> Protection {
    world.clients[0].history(BOB).pop().unwrap().protection
}

fn lowered(world: &World) -> usize {
    let notices = world.clients[0].notices();
    notices
        .iter()
        .filter(|notice| notice.contains("(downgrade)"))
        .count()
}

fn asks_in_clear(stanza: &Element) -> bool {
    stanza.has_child("request", "urn:xmpp:receipts")
}

#[test]
fn a_device_is_written_to_once_in_the_best_dialect_that_it_publishes() {
    for (spoken, used, expected) in [
        (LEGACY, Dialect::Legacy, Protection::OmemoLegacy),
        (OMEMO2, Dialect::Omemo2, Protection::Omemo2),
        (BOTH, Dialect::Omemo2, Protection::Omemo2),
    ] {
        let mut robot = Robot::new(BOB, 77, 1);
        let mut world = meet(1, &mut [(&mut robot, spoken)]);
        for number in 0..2 {
            let body = format!("number {number} for {spoken:?}");
            let stanza = written(&mut world, &body);
            let seen = wire::read(&stanza).unwrap();
            assert_eq!(seen.rids(used), [77]);
            assert_eq!(seen.keys.len(), 1);
            let legacy = used == Dialect::Legacy;
            assert_eq!(stanza.has_child("body", "jabber:client"), legacy);
            assert_eq!(asks_in_clear(&stanza), legacy);
            assert!(stanza.has_child("store", "urn:xmpp:hints"));
            let said = heard(&world, &mut robot);
            assert_eq!(bodies(&said), [(used, body.as_str())]);
            assert_eq!(said[0].asks, !legacy, "in the envelope, or beside it");
            assert_eq!(protection(&mut world), expected);
        }
        assert_eq!(lowered(&world), 0);
    }
}

#[test]
fn devices_of_different_dialects_get_one_stanza_with_an_element_for_each() {
    let (mut old, mut new, mut able) = (
        Robot::new(BOB, 1, 1),
        Robot::new(BOB, 2, 2),
        Robot::new(BOB, 3, 3),
    );
    let mut world = meet(
        2,
        &mut [(&mut old, LEGACY), (&mut new, OMEMO2), (&mut able, BOTH)],
    );
    let stanza = written(&mut world, "for all three");
    let seen = wire::read(&stanza).unwrap();
    assert_eq!(
        (seen.rids(Dialect::Legacy), seen.rids(Dialect::Omemo2)),
        (vec![1], vec![2, 3])
    );
    assert!(
        seen.keys
            .iter()
            .all(|key| key.jid.as_deref().is_none_or(|jid| jid == BOB))
    );
    assert!(
        !stanza.has_child("body", "jabber:client"),
        "no fallback beside OMEMO 2"
    );
    assert!(asks_in_clear(&stanza), "for the legacy device");
    assert_eq!(protection(&mut world), Protection::OmemoLegacy);
    for (robot, dialect) in [
        (&mut old, Dialect::Legacy),
        (&mut new, Dialect::Omemo2),
        (&mut able, Dialect::Omemo2),
    ] {
        let said = heard(&world, robot);
        assert_eq!(bodies(&said), [(dialect, "for all three")]);
        assert_eq!(said[0].asks, dialect == Dialect::Omemo2);
    }
}

#[test]
fn an_old_device_of_our_own_takes_nothing_from_the_peers_protection() {
    let (mut mine, mut theirs) = (Robot::new(ANA, 1, 1), Robot::new(BOB, 2, 2));
    let mut world = World::new(3, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    mine.appear(&mut world, LEGACY);
    theirs.appear(&mut world, OMEMO2);
    world.connect(0);
    world.settle();
    let stanza = written(&mut world, "for bob and for me");
    let seen = wire::read(&stanza).unwrap();
    assert_eq!(
        (seen.rids(Dialect::Legacy), seen.rids(Dialect::Omemo2)),
        (vec![1], vec![2])
    );
    assert!(!stanza.has_child("body", "jabber:client"));
    assert!(!asks_in_clear(&stanza));
    assert_eq!(protection(&mut world), Protection::Omemo2);
    for robot in [&mut mine, &mut theirs] {
        assert_eq!(
            heard(&world, robot)[0].body.as_deref(),
            Some("for bob and for me")
        );
    }
}

#[test]
fn a_device_that_falls_back_is_told_of_once_and_once_more_after_it_had_come_back() {
    let mut robot = Robot::new(BOB, 77, 5);
    let mut world = meet(5, &mut [(&mut robot, BOTH)]);
    let used = |world: &mut World, body: &str| {
        let seen = wire::read(&written(world, body)).unwrap();
        assert_eq!(seen.keys.len(), 1);
        // Notices of one kind are gathered for a minute.
        world.pass(std::time::Duration::from_secs(61));
        seen.keys[0].dialect
    };
    assert_eq!(used(&mut world, "at first"), Dialect::Omemo2);
    for (times, bodies) in [(1, ["fallen", "still"]), (2, ["fallen again", "still again"])] {
        world.server.put_list_in(Dialect::Omemo2, BOB, &[]);
        world.settle();
        for body in bodies {
            assert_eq!(used(&mut world, body), Dialect::Legacy);
            assert_eq!(protection(&mut world), Protection::OmemoLegacy);
            assert_eq!(lowered(&world), times, "{:?}", world.clients[0].notices());
        }
        world.server.put_list_in(Dialect::Omemo2, BOB, &[77]);
        world.settle();
        assert_eq!(used(&mut world, &format!("back {times}")), Dialect::Omemo2);
        assert_eq!(lowered(&world), times);
    }
    let said = heard(&world, &mut robot);
    assert_eq!(said.iter().filter(|heard| heard.body.is_some()).count(), 7);
}

#[test]
fn a_list_that_is_refused_or_silent_lowers_nobody() {
    for fault in [
        Fault::Error("internal-server-error"),
        Fault::Error("forbidden"),
        Fault::Silent,
    ] {
        let mut robot = Robot::new(BOB, 77, 10);
        let mut world = meet(10, &mut [(&mut robot, BOTH)]);
        written(&mut world, "at first");
        // Nobody is notified any more, so that only questions are left.
        world.server.accounts.get_mut(BOB).unwrap().roster.clear();
        world.server.fault(BOB, "urn:xmpp:omemo:2", fault);
        world.server.restart();
        world.settle();
        world.connect(0);
        world.settle();
        let seen = wire::read(&written(&mut world, "and then")).unwrap();
        assert_eq!(
            (seen.rids(Dialect::Omemo2), seen.keys.len()),
            (vec![77], 1),
            "{fault:?}"
        );
        assert_eq!(lowered(&world), 0);
    }
}

#[test]
fn a_list_that_is_taken_away_lowers_its_devices() {
    for gone in [
        "<items node='urn:xmpp:omemo:2:devices'><retract id='current'/></items>",
        "<delete node='urn:xmpp:omemo:2:devices'/>",
        "<purge node='urn:xmpp:omemo:2:devices'/>",
    ] {
        let mut robot = Robot::new(BOB, 77, 11);
        let mut world = meet(11, &mut [(&mut robot, BOTH)]);
        written(&mut world, "at first");
        let event = format!(
            "<message xmlns='jabber:client' from='{BOB}' type='headline'><event \
             xmlns='http://jabber.org/protocol/pubsub#event'>{gone}</event></message>"
        );
        // An old item, perhaps: the list is asked for, and still stands.
        world.deliver(0, &event);
        world.settle();
        let seen = wire::read(&written(&mut world, "still there")).unwrap();
        assert_eq!(seen.rids(Dialect::Omemo2), [77], "{gone}");
        assert_eq!(lowered(&world), 0);
        let node = world.server.node(BOB, "urn:xmpp:omemo:2:devices").unwrap();
        node.items.clear();
        world.deliver(0, &event);
        world.settle();
        let seen = wire::read(&written(&mut world, "and then")).unwrap();
        assert_eq!(
            (seen.rids(Dialect::Legacy), seen.keys.len()),
            (vec![77], 1),
            "{gone}"
        );
        assert_eq!(lowered(&world), 1);
    }
}

#[test]
fn a_device_whose_newer_keys_cannot_be_had_is_written_to_in_legacy_until_they_can() {
    let mut robot = Robot::new(BOB, 77, 6);
    let mut world = meet(6, &mut [(&mut robot, BOTH)]);
    let bundles = "urn:xmpp:omemo:2:bundles";
    let node = world
        .server
        .accounts
        .get_mut(BOB)
        .unwrap()
        .nodes
        .remove(bundles)
        .unwrap();
    assert_eq!(node.most, Most::Max);
    let stanza = written(&mut world, "in legacy then");
    let seen = wire::read(&stanza).unwrap();
    assert_eq!((seen.rids(Dialect::Legacy), seen.keys.len()), (vec![77], 1));
    assert_eq!(lowered(&world), 0, "it never showed a key in OMEMO 2");
    // Another one's bundle under its id is not taken either.
    Robot::new(BOB, 77, 666).publish_in(Dialect::Omemo2, &mut world);
    world.pass(std::time::Duration::from_secs(601));
    let stanza = written(&mut world, "still in legacy");
    assert_eq!(wire::read(&stanza).unwrap().rids(Dialect::Omemo2), [0; 0]);
    robot.publish_in(Dialect::Omemo2, &mut world);
    world.pass(std::time::Duration::from_secs(601));
    let stanza = written(&mut world, "in omemo 2 at last");
    let seen = wire::read(&stanza).unwrap();
    assert_eq!((seen.rids(Dialect::Omemo2), seen.keys.len()), (vec![77], 1));
    let said = heard(&world, &mut robot);
    let expected = [
        (Dialect::Legacy, "in legacy then"),
        (Dialect::Legacy, "still in legacy"),
        (Dialect::Omemo2, "in omemo 2 at last"),
    ];
    assert_eq!(bodies(&said), expected);
}

#[test]
fn what_is_in_both_elements_is_one_message() {
    let mut robot = Robot::new(BOB, 77, 9);
    let mut world = meet(9, &mut [(&mut robot, BOTH)]);
    let ana = world.clients[0].device();
    for dialect in Dialect::ALL {
        robot.begin_in(dialect, &world, ANA, ana);
    }
    let both = |robot: &mut Robot, world: &World, body: &str| {
        Dialect::ALL.map(|dialect| robot.write(dialect, (ANA, ana), world.now, body))
    };
    let letters = both(&mut robot, &world, "twice");
    let stanza = robot.stanza_of(ANA, "m1", &letters, true);
    for _ in 0..2 {
        world.server.inject(ANA, &stanza);
        world.settle();
    }
    assert_eq!(world.clients[0].bodies(BOB), ["twice"]);
    let row = world.clients[0].history(BOB).pop().unwrap();
    assert_eq!(row.protection, Protection::Omemo2);
    // One of them that cannot be opened does not hide the other.
    let mut letters = both(&mut robot, &world, "once");
    letters[0].keys[0].bytes.reverse();
    let stanza = robot.stanza_of(ANA, "m2", &letters, true);
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["twice", "once"]);
    assert_eq!(
        world.clients[0].history(BOB)[1].protection,
        Protection::OmemoLegacy
    );
}
