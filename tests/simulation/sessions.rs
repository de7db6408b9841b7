//! Sessions in both dialects: completed, kept moving, repaired where that is allowed, begun anew, bounded.

use susurro::api::{Command, Event, Outcome};
use susurro::model::{BareJid, UnreadableReason};
use susurro::omemo::{DeviceId, Dialect, SessionRecord};
use susurro::stanza::message::text_content;
use susurro::stanza::{dialects, legacy, omemo2};
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, heard, meet, tell};
use crate::robot::Robot;
use crate::server::Fault;
use crate::wire;
use crate::world::{ANA, BOB, World};

/// The empty messages that Ana sent, by the dialects of their elements.
fn empties(world: &World) -> Vec<Vec<Dialect>> {
    let seen = world
        .server
        .log
        .iter()
        .filter_map(|(_, stanza)| wire::read(stanza));
    seen.filter(|seen| !seen.payload)
        .map(|seen| seen.keys.iter().map(|key| key.dialect).collect())
        .collect()
}

/// A text that asks for nothing, so that nothing but an empty message answers it.
fn mutter(world: &mut World, robot: &mut Robot, dialect: Dialect, id: &str, body: &str) {
    let ana = world.clients[0].device();
    let plaintext = match dialect {
        Dialect::Legacy => body.as_bytes().to_vec(),
        Dialect::Omemo2 => robot.envelope(ANA, world.now, vec![text_content(body).remove(0)]),
    };
    let letter = robot.seal_in(dialect, (ANA, ana), &plaintext);
    let stanza = robot.stanza_of(ANA, id, &[letter], false);
    world.server.inject(ANA, &stanza);
    world.settle();
}

#[test]
fn an_exchange_is_completed_in_its_own_dialect() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 1);
        let mut world = meet(1, &mut [(&mut robot, BOTH)]);
        let ana = world.clients[0].device();
        robot.begin_in(dialect, &world, ANA, ana);
        mutter(&mut world, &mut robot, dialect, "m1", "hello");
        assert_eq!(empties(&world), [[dialect]]);
        let said = heard(&world, &mut robot);
        assert_eq!(said.len(), 1, "it can be opened");
        assert_eq!((said[0].dialect, said[0].body.as_deref()), (dialect, None));
        // From then on it is no exchange any more.
        let letter = robot.write(dialect, (ANA, ana), world.now, "again");
        assert!(!letter.keys[0].kex);
    }
}

#[test]
fn a_receipt_in_the_envelope_completes_as_well() {
    let mut robot = Robot::new(BOB, 77, 2);
    let mut world = meet(2, &mut [(&mut robot, BOTH)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    assert_eq!(empties(&world), Vec::<Vec<Dialect>>::new());
    assert_eq!(heard(&world, &mut robot)[0].receipt_for.as_deref(), Some("m1"));
}

#[test]
fn a_receipt_to_one_resource_completes_nothing_for_the_other_devices() {
    let (mut one, mut two) = (Robot::new(BOB, 77, 20), Robot::new(BOB, 78, 21));
    let mut world = meet(20, &mut [(&mut one, BOTH), (&mut two, BOTH)]);
    let ana = world.clients[0].device();
    two.begin_in(Dialect::Omemo2, &world, ANA, ana);
    let plaintext = two.envelope(ANA, world.now, vec![text_content("no hurry").remove(0)]);
    let letter = two.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
    let stanza = two.stanza(ANA, "two-1", &letter);
    world.server.inject(ANA, &stanza);
    world.flow();
    tell(&mut world, &mut one, Dialect::Omemo2, "one-1", "did you get it?");
    // Not every server sends copies to the other resources.
    world
        .server
        .log
        .retain(|(_, stanza)| stanza.attr("to") == Some(BOB));
    assert_eq!(heard(&world, &mut two).len(), 1, "its exchange is completed");
    assert_eq!(heard(&world, &mut one), [], "the receipt did it for this one");
}

#[test]
fn a_monologue_in_either_dialect_gets_one_heartbeat_for_each_ratchet_key() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 3);
        let mut world = meet(3, &mut [(&mut robot, BOTH)]);
        let ana = world.clients[0].device();
        robot.begin_in(dialect, &world, ANA, ana);
        mutter(&mut world, &mut robot, dialect, "hello", "hello");
        heard(&world, &mut robot);
        for number in 0..160 {
            mutter(
                &mut world,
                &mut robot,
                dialect,
                &format!("m{number}"),
                "on and on",
            );
            heard(&world, &mut robot);
            // Counters begin at 0, so message 54 of a ratchet key carries 53; and one completed the exchange.
            assert_eq!(
                empties(&world).len(),
                1 + (number + 1) / 54,
                "after {number} in {dialect:?}"
            );
        }
    }
}

#[test]
fn a_ratchet_key_that_runs_on_gets_no_second_heartbeat() {
    let mut robot = Robot::new(BOB, 77, 4);
    let mut world = meet(4, &mut [(&mut robot, BOTH)]);
    let ana = world.clients[0].device();
    robot.begin_in(Dialect::Omemo2, &world, ANA, ana);
    mutter(&mut world, &mut robot, Dialect::Omemo2, "hello", "hello");
    heard(&world, &mut robot);
    for number in 0..120 {
        // Deaf to what Ana sends, it stays with its key.
        mutter(
            &mut world,
            &mut robot,
            Dialect::Omemo2,
            &format!("m{number}"),
            "on and on",
        );
    }
    assert_eq!(empties(&world).len(), 2);
}

/// The robot begins with a prekey that Ana does not have.
fn begin_with_unknown_prekey(robot: &mut Robot, world: &World, dialect: Dialect) {
    let ana = world.clients[0]
        .core
        .as_ref()
        .map(|_| world.server.list_in(dialect, ANA)[0])
        .unwrap();
    let id = DeviceId::new(ana).unwrap();
    let node = &world.server.accounts[ANA].nodes[&dialects::bundle_node(dialect, id)];
    let item = node.named(&dialects::bundle_item(dialect, id)).unwrap();
    let mut bundle = match dialect {
        Dialect::Legacy => legacy::parse_bundle(item).unwrap(),
        Dialect::Omemo2 => omemo2::parse_bundle(item).unwrap(),
    };
    for prekey in &mut bundle.prekeys {
        prekey.0 += 1_000_000;
    }
    let bundle = bundle.verify().unwrap();
    let record = SessionRecord::initiate(&robot.own, &bundle, None, &mut robot.rng);
    robot.records.insert((dialect, ana), record);
}

#[test]
fn an_unknown_prekey_is_answered_with_a_new_session_in_legacy_alone() {
    for (dialect, repairs) in [(Dialect::Legacy, 1), (Dialect::Omemo2, 0)] {
        let mut robot = Robot::new(BOB, 77, 5);
        let mut world = meet(5, &mut [(&mut robot, BOTH)]);
        begin_with_unknown_prekey(&mut robot, &world, dialect);
        for id in ["m1", "m2"] {
            mutter(&mut world, &mut robot, dialect, id, "lost");
            let row = world.clients[0].history(BOB).pop().unwrap();
            assert_eq!(row.unreadable, Some(UnreadableReason::UnknownPreKey));
        }
        assert_eq!(empties(&world), vec![vec![dialect]; repairs]);
        assert_eq!(heard(&world, &mut robot).len(), repairs);
    }
}

#[test]
fn a_missing_session_is_repaired_once_per_device_and_run_in_both_dialects() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 6);
        let mut world = meet(6, &mut [(&mut robot, BOTH)]);
        let ana = world.clients[0].device();
        for id in ["m1", "m2", "m3"] {
            robot.begin_in(dialect, &world, ANA, ana);
            let letter = robot.write(dialect, (ANA, ana), world.now, "lost");
            let letter = Robot::without_exchange(letter);
            let stanza = robot.stanza(ANA, id, &letter);
            world.server.inject(ANA, &stanza);
            world.settle();
        }
        let rows = world.clients[0].history(BOB);
        assert_eq!(rows[0].unreadable, Some(UnreadableReason::NoSession));
        assert_eq!(rows.len(), 3);
        let seen: Vec<_> = world
            .server
            .log
            .iter()
            .filter_map(|(_, stanza)| wire::read(stanza))
            .collect();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].keys[0].kex && seen[0].keys[0].dialect == dialect);
        assert_eq!(
            heard(&world, &mut robot).len(),
            1,
            "the robot can open what repairs"
        );
        mutter(&mut world, &mut robot, dialect, "found", "found");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "found");
    }
}

#[test]
fn a_damaged_message_begins_nothing_in_omemo_2() {
    let mut robot = Robot::new(BOB, 77, 7);
    let mut world = meet(7, &mut [(&mut robot, BOTH)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    heard(&world, &mut robot);
    world.server.log.clear();
    let ana = world.clients[0].device();
    let mut letter = robot.write(Dialect::Omemo2, (ANA, ana), world.now, "damaged");
    *letter.keys[0].bytes.last_mut().unwrap() ^= 1;
    let stanza = robot.stanza(ANA, "m2", &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
    let row = world.clients[0].history(BOB).pop().unwrap();
    assert_eq!(row.unreadable, Some(UnreadableReason::Damaged));
    assert_eq!(empties(&world), Vec::<Vec<Dialect>>::new());
    tell(&mut world, &mut robot, Dialect::Omemo2, "m3", "and on it goes");
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and on it goes");
}

fn reset(world: &mut World, device: Option<u32>) -> bool {
    let jid = BareJid::new(BOB).unwrap();
    let command = world.command(0, Command::ResetSessions { jid, device });
    world.settle();
    let mut results = world.clients[0].events.iter().filter_map(|event| match event {
        Event::Done {
            command: done,
            result,
        } if *done == command => Some(matches!(result, Ok(Outcome::Done))),
        _ => None,
    });
    let result = results.next().expect("a reset ends");
    assert!(results.next().is_none());
    result
}

#[test]
fn sessions_begin_anew_where_the_person_wants_it() {
    for dialect in Dialect::ALL {
        let (mut one, mut two) = (Robot::new(BOB, 77, 8), Robot::new(BOB, 78, 9));
        let mut world = meet(8, &mut [(&mut one, &[dialect]), (&mut two, &[dialect])]);
        world.send(0, BOB, "hello");
        world.settle();
        for (device, expected) in [(None, vec![77, 78]), (Some(78), vec![78])] {
            heard(&world, &mut one);
            heard(&world, &mut two);
            // They lost everything.
            one.records.clear();
            two.records.clear();
            world.server.log.clear();
            assert!(reset(&mut world, device));
            let seen: Vec<_> = world
                .server
                .log
                .iter()
                .filter_map(|(_, stanza)| wire::read(stanza))
                .collect();
            assert!(
                seen.iter()
                    .all(|seen| !seen.payload && seen.keys.iter().all(|key| key.kex))
            );
            let mut rids: Vec<u32> = seen.iter().flat_map(|seen| seen.rids(dialect)).collect();
            rids.sort_unstable();
            assert_eq!(rids, expected);
        }
        assert_eq!(heard(&world, &mut two).len(), 1);
        mutter(&mut world, &mut two, dialect, "m1", "back again");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "back again");
        for nobody in [Some(4711), Some(0), Some(u32::MAX)] {
            assert!(!reset(&mut world, nobody), "{nobody:?}");
        }
        world
            .server
            .fault(BOB, dialects::namespace(dialect), Fault::Error("item-not-found"));
        assert!(!reset(&mut world, None));
    }
}

// Threat 55.
#[test]
fn strangers_begin_no_more_than_a_thousand_sessions_and_push_out_nobody_who_is_known() {
    let mut robot = Robot::new(BOB, 77, 10);
    let mut world = meet(10, &mut [(&mut robot, BOTH)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    let ana = world.clients[0].device();
    let record = robot.records[&(Dialect::Omemo2, ana)].clone();
    let stranger = |number: usize| BareJid::new(&format!("stranger{number}@evil.test")).unwrap();
    let account = world.clients[0].account;
    let tx = world.clients[0].writer.transaction().unwrap();
    let id = DeviceId::new(1).unwrap();
    for number in 0..1000 {
        stored::put_session(&tx, account, &stranger(number), Dialect::Omemo2, id, &record).unwrap();
    }
    tx.commit().unwrap();
    let mut knocking = Robot::new("new@evil.test", 1, 11);
    tell(&mut world, &mut knocking, Dialect::Omemo2, "k1", "let me in");
    assert_eq!(world.clients[0].bodies("new@evil.test"), ["let me in"]);
    let has = |world: &mut World, jid: &BareJid, device: u32| {
        let id = DeviceId::new(device).unwrap();
        let found = world.clients[0]
            .read(|tx, account| stored::session(tx, account, jid, Dialect::Omemo2, id).unwrap());
        found.is_some()
    };
    assert!(!has(&mut world, &stranger(0), 1), "the oldest one went");
    assert!(has(&mut world, &stranger(1), 1) && has(&mut world, &stranger(999), 1));
    assert!(has(&mut world, &BareJid::new("new@evil.test").unwrap(), 1));
    assert!(has(&mut world, &BareJid::new(BOB).unwrap(), 77));
}
