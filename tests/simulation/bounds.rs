//! What somebody else could use up, have repeated, or make us keep: key exchanges, sessions,
//! repairs, what was on its way.

use std::time::Duration;

use susurro::api::Command;
use susurro::model::{BareJid, Trust, UnreadableReason};
use susurro::omemo::{self, DeviceId, Dialect, EncryptedMessage, PreKeyId};
use susurro::protocol::Timer;
use susurro::stanza::dialects::{bundle_item, bundle_node, devices_node};
use susurro::stanza::omemo2;
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, LEGACY, OMEMO2, heard, meet, tell, written};
use crate::own_keys::start_anew;
use crate::robot::Robot;
use crate::server::{Fault, xml};
use crate::wire;
use crate::world::{ANA, BOB, CAROL, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The server answers nothing about Ana's bundles any more: she never learns that a
/// spent prekey is gone from there.
fn keep_old_bundles(world: &mut World) {
    let device = DeviceId::new(world.clients[0].device()).unwrap();
    for dialect in Dialect::ALL {
        world
            .server
            .fault(ANA, &bundle_node(dialect, device), Fault::Silent);
    }
}

fn has_prekey(world: &mut World, id: PreKeyId) -> bool {
    world.clients[0].read(|tx, account| stored::prekey(tx, account, id).unwrap().is_some())
}

fn deliver(world: &mut World, robot: &Robot, id: &str, letter: &EncryptedMessage) {
    world.server.inject(ANA, &robot.stanza(ANA, id, letter));
    world.settle();
}

#[test]
fn a_key_exchange_that_was_opened_opens_under_no_other_number() {
    for dialect in Dialect::ALL {
        let mut bob = Robot::new(BOB, 77, 1);
        let mut world = meet(1, &mut [(&mut bob, BOTH)]);
        keep_old_bundles(&mut world);
        let ana = world.clients[0].device();
        bob.begin_in(dialect, &world, ANA, ana);
        let letters =
            ["pay him 100", "and 50 more"].map(|text| bob.write(dialect, (ANA, ana), world.now, text));
        deliver(&mut world, &bob, "m0", &letters[0]);
        let mut expected = vec!["pay him 100".to_owned()];
        for (round, wait) in [Duration::ZERO, DAY, 2 * DAY, 30 * DAY].into_iter().enumerate() {
            world.pass(wait);
            // The second one was never seen, but belongs to the same exchange.
            for (number, letter) in letters.iter().enumerate() {
                let sid = DeviceId::new(4000 + 10 * round as u32 + number as u32).unwrap();
                let again = EncryptedMessage {
                    sid,
                    ..letter.clone()
                };
                deliver(&mut world, &bob, &format!("again-{round}-{number}"), &again);
                expected.push(format!("!{:?}", UnreadableReason::UnknownPreKey));
            }
        }
        assert_eq!(world.clients[0].bodies(BOB), expected, "{dialect:?}");
        // From the device that wrote it, the second one is read.
        deliver(&mut world, &bob, "m1", &letters[1]);
        expected.push("and 50 more".to_owned());
        assert_eq!(world.clients[0].bodies(BOB), expected, "{dialect:?}");
    }
}

#[test]
fn a_key_beside_a_repeated_exchange_does_not_bring_its_prekey_back() {
    let mut bob = Robot::new(BOB, 77, 2);
    let mut world = meet(2, &mut [(&mut bob, BOTH)]);
    keep_old_bundles(&mut world);
    let ana = world.clients[0].device();
    bob.begin_in(Dialect::Legacy, &world, ANA, ana);
    let letter = bob.write(Dialect::Legacy, (ANA, ana), world.now, "pay him 100");
    deliver(&mut world, &bob, "m0", &letter);
    let mut again = letter.clone();
    again.sid = DeviceId::new(4711).unwrap();
    // The same exchange with another base key, which is new: it names the same prekey.
    let mut beside = again.keys[0].clone();
    let base = beside
        .bytes
        .windows(2)
        .position(|field| field == [0x12, 0x21])
        .unwrap();
    beside.bytes[base + 10] ^= 1;
    again.keys.push(beside.clone());
    again.keys.insert(0, beside);
    deliver(&mut world, &bob, "m1", &again);
    let unread = world.clients[0].bodies(BOB).pop().unwrap();
    assert!(unread.starts_with('!'), "{unread}");
}

#[test]
fn a_spent_prekey_is_erased_after_a_week_whatever_the_server_says() {
    let mut bob = Robot::new(BOB, 77, 3);
    let mut carol = Robot::new(CAROL, 88, 4);
    let mut world = meet(3, &mut [(&mut bob, BOTH), (&mut carol, BOTH)]);
    keep_old_bundles(&mut world);
    let ana = world.clients[0].device();
    bob.begin_in(Dialect::Omemo2, &world, ANA, ana);
    let letter = bob.write(Dialect::Omemo2, (ANA, ana), world.now, "hello");
    let prekey = omemo::key_exchange(Dialect::Omemo2, &letter.keys[0].bytes)
        .unwrap()
        .prekey;
    deliver(&mut world, &bob, "m0", &letter);
    // Who chose the same one meanwhile is read.
    while {
        carol.begin_in(Dialect::Omemo2, &world, ANA, ana);
        let letter = carol.write(Dialect::Omemo2, (ANA, ana), world.now, "me too");
        let same = omemo::key_exchange(Dialect::Omemo2, &letter.keys[0].bytes)
            .unwrap()
            .prekey
            == prekey;
        if same {
            deliver(&mut world, &carol, "c0", &letter);
        }
        !same
    } {}
    assert_eq!(world.clients[0].bodies(CAROL), ["me too"]);
    for (days, kept) in [(6, true), (2, false)] {
        world.pass(days * DAY);
        start_anew(&mut world);
        assert_eq!(has_prekey(&mut world, prekey), kept, "after {days} days");
    }
    // The sessions that came from it go on.
    let letter = bob.write(Dialect::Omemo2, (ANA, ana), world.now, "still here");
    deliver(&mut world, &bob, "m1", &letter);
    assert_eq!(world.clients[0].bodies(BOB), ["hello", "still here"]);
}

/// Devices of Bob with whom Ana has a session in this dialect.
fn sessions(world: &mut World, dialect: Dialect) -> Vec<u32> {
    let bob = BareJid::new(BOB).unwrap();
    world.clients[0].read(|tx, account| {
        let devices = stored::devices(tx, account, &bob).unwrap();
        let there = |id| stored::session(tx, account, &bob, dialect, id).unwrap().is_some();
        devices
            .into_iter()
            .filter(|device| device.dialect == dialect && there(device.id))
            .map(|device| device.id.get())
            .collect()
    })
}

#[test]
fn devices_that_are_on_no_list_leave_few_sessions_and_take_none_from_a_listed_one() {
    for dialect in Dialect::ALL {
        let mut bob = Robot::new(BOB, 77, 5);
        let mut world = meet(5, &mut [(&mut bob, &[dialect])]);
        tell(&mut world, &mut bob, dialect, "m0", "hello");
        let ana = world.clients[0].device();
        let mut faithful = Robot::new(BOB, 78, 6);
        for number in 0..70_u32 {
            let mut ghost = Robot::new(BOB, 5000 + number, 100 + u64::from(number));
            ghost.begin_in(dialect, &world, ANA, ana);
            let letter = ghost.seal_empty(dialect, (ANA, ana));
            deliver(&mut world, &ghost, &format!("g{number}"), &letter);
            world.pass(Duration::from_secs(1));
            // One of those that are on no list goes on writing.
            tell(
                &mut world,
                &mut faithful,
                dialect,
                &format!("f{number}"),
                "still me",
            );
        }
        let left = sessions(&mut world, dialect);
        let newest = (5021..5070).collect::<Vec<_>>();
        let expected: Vec<u32> = [77, 78].into_iter().chain(newest).collect();
        let mut left = left;
        left.sort_unstable();
        assert_eq!(left, expected, "{dialect:?}");
        // What was there for writing is there still.
        let fetched = |world: &World| {
            let asked = |stanza: &&(String, minidom::Element)| {
                stanza.0 == ANA && String::from(&stanza.1).contains("bundles")
            };
            world.server.log.iter().filter(asked).count()
        };
        let before = fetched(&world);
        written(&mut world, "to you");
        assert_eq!(fetched(&world), before);
        tell(&mut world, &mut bob, dialect, "m1", "and to you");
        assert_eq!(world.clients[0].bodies(BOB).pop().unwrap(), "and to you");
    }
}

#[test]
fn one_device_under_ever_new_numbers_leaves_no_more_of_them_than_there_are_sessions() {
    for dialect in Dialect::ALL {
        let mut bob = Robot::new(BOB, 77, 20);
        let mut world = meet(20, &mut [(&mut bob, &[dialect])]);
        tell(&mut world, &mut bob, dialect, "m0", "hello");
        let ana = world.clients[0].device();
        for number in 0..120_u32 {
            bob.begin_in(dialect, &world, ANA, ana);
            let mut letter = bob.seal_empty(dialect, (ANA, ana));
            letter.sid = DeviceId::new(5000 + number).unwrap();
            deliver(&mut world, &bob, &format!("k{number}"), &letter);
            world.pass(Duration::from_secs(1));
        }
        let jid = BareJid::new(BOB).unwrap();
        let known = world.clients[0].read(|tx, account| stored::devices(tx, account, &jid).unwrap().len());
        assert_eq!(
            (known, sessions(&mut world, dialect).len()),
            (51, 51),
            "{dialect:?}"
        );
        written(&mut world, "to you alone");
        let last = world
            .server
            .log
            .iter()
            .rev()
            .find_map(|(_, stanza)| wire::read(stanza));
        assert_eq!(last.unwrap().rids(dialect), [77], "{dialect:?}");
    }
}

/// A text that asks for no receipt, so that nothing answers it.
fn murmur(world: &mut World, robot: &mut Robot, id: &str) {
    let ana = world.clients[0].device();
    let body = vec![xml("<body xmlns='jabber:client'>more</body>")];
    let envelope = robot.envelope(ANA, world.now, body);
    let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), &envelope);
    world.server.inject(ANA, &robot.stanza(ANA, id, &letter));
    world.flow();
}

/// Bob's monologue up to the message that makes a heartbeat due; Ana has not sent it yet.
fn heartbeat_due(seed: u64) -> (World, Robot) {
    let mut bob = Robot::new(BOB, 77, seed);
    let mut world = meet(seed, &mut [(&mut bob, BOTH)]);
    tell(&mut world, &mut bob, Dialect::Omemo2, "hello", "hello");
    heard(&world, &mut bob);
    for number in 0..54 {
        murmur(&mut world, &mut bob, &format!("m{number}"));
    }
    world.server.log.clear();
    (world, bob)
}

fn empties(world: &World) -> usize {
    let messages = world.server.log.iter().filter(|(from, stanza)| {
        let seen = wire::read(stanza);
        from == ANA && seen.is_some_and(|seen| !seen.payload)
    });
    messages.count()
}

#[test]
fn a_heartbeat_that_is_due_leaves_before_the_stream_is_closed() {
    let (mut world, mut bob) = heartbeat_due(7);
    assert_eq!(empties(&world), 0);
    world.quit(0);
    world.flow();
    assert_eq!(empties(&world), 1);
    assert_eq!(heard(&world, &mut bob).len(), 1);
    let last = world.server.log.last().unwrap();
    assert_eq!(
        last.1.attr("type"),
        Some("unavailable"),
        "who leaves says so last"
    );
    // It was sent, so the next message asks for none.
    world.server.log.clear();
    world.connect(0);
    world.settle();
    murmur(&mut world, &mut bob, "n0");
    world.settle();
    assert_eq!(empties(&world), 0);
}

#[test]
fn a_heartbeat_that_a_killed_process_owed_is_sent_after_the_next_message() {
    let (mut world, mut bob) = heartbeat_due(8);
    world.crash(0);
    world.connect(0);
    world.settle();
    assert_eq!(empties(&world), 0);
    for number in 0..3 {
        murmur(&mut world, &mut bob, &format!("n{number}"));
        world.settle();
        assert_eq!(empties(&world), 1, "after {number}");
    }
    assert_eq!(heard(&world, &mut bob).len(), 1);
}

#[test]
fn the_completion_of_an_exchange_leaves_before_the_stream_is_closed() {
    for dialect in Dialect::ALL {
        let mut bob = Robot::new(BOB, 77, 9);
        let mut world = meet(9, &mut [(&mut bob, BOTH)]);
        let ana = world.clients[0].device();
        bob.begin_in(dialect, &world, ANA, ana);
        let letter = bob.seal_empty(dialect, (ANA, ana));
        world.server.inject(ANA, &bob.stanza(ANA, "k0", &letter));
        world.flow();
        assert_eq!(empties(&world), 0);
        world.quit(0);
        world.flow();
        assert_eq!(empties(&world), 1, "{dialect:?}");
    }
}

/// A letter that no session opens.
fn garbage(world: &World, robot: &mut Robot, ana: u32) -> EncryptedMessage {
    robot.begin(world, ANA, ana);
    let mut letter = robot.seal(ana, "garbage");
    letter.keys[0].kex = false;
    let mut bytes = vec![0x33, 0x0a, 0x21, 0x05];
    bytes.extend([9; 32]);
    bytes.extend([0x10, 0, 0x18, 0, 0x22, 16]);
    bytes.extend([7; 24]);
    letter.keys[0].bytes = bytes;
    letter
}

#[test]
fn nobody_uses_up_the_repairs_of_others() {
    let mut bob = Robot::new(BOB, 77, 10);
    let mut carol = Robot::new(CAROL, 1000, 11);
    let mut world = meet(10, &mut [(&mut bob, LEGACY), (&mut carol, LEGACY)]);
    let ids: Vec<u32> = (1000..1200).collect();
    world.server.put_list(CAROL, &ids);
    start_anew(&mut world);
    let ana = world.clients[0].device();
    let mut letter = garbage(&world, &mut carol, ana);
    for id in ids {
        letter.sid = DeviceId::new(id).unwrap();
        deliver(&mut world, &carol, &format!("g{id}"), &letter);
    }
    let asked = |world: &World, jid: &str| {
        let to = |stanza: &minidom::Element| stanza.attr("to").is_some_and(|to| to.starts_with(jid));
        let log = world.server.log.iter();
        log.filter(|(_, stanza)| stanza.name() == "iq" && to(stanza))
            .count()
    };
    assert!(asked(&world, CAROL) < 60, "{} of 200", asked(&world, CAROL));
    world.server.log.clear();
    let letter = garbage(&world, &mut bob, ana);
    deliver(&mut world, &bob, "b0", &letter);
    assert_eq!(asked(&world, BOB), 1, "his bundle");
    assert_eq!(heard(&world, &mut bob).len(), 1, "a new session begins");
}

fn set_trust(world: &mut World, robot: &Robot, trust: Trust) {
    let fingerprint = robot.own.identity.public().fingerprint();
    let jid = BareJid::new(&robot.jid).unwrap();
    world.command(
        0,
        Command::SetTrust {
            jid,
            fingerprint,
            trust,
        },
    );
}

/// Ana's answer to something is on its way when the connection breaks; she resumes after
/// `meanwhile`. What Bob hears then.
fn resumed_after(dialect: Dialect, spoken: &[Dialect], trust: Trust) -> usize {
    let mut bob = Robot::new(BOB, 77, 12);
    let mut world = meet(12, &mut [(&mut bob, spoken)]);
    let ana = world.clients[0].device();
    bob.begin_in(dialect, &world, ANA, ana);
    let letter = bob.write(dialect, (ANA, ana), world.now, "are you there?");
    world.server.inject(ANA, &bob.stanza(ANA, "m0", &letter));
    world.read_next(0);
    // The receipt of OMEMO 2 is sealed; the legacy session is completed by an empty message.
    world.next_timer_where(|_, timer| timer == Timer::Completions);
    assert_eq!(empties(&world), 0, "nothing of it reached the server");
    world.cut(0);
    set_trust(&mut world, &bob, trust);
    world.connect(0);
    world.settle();
    let resumed = world.clients[0]
        .trace
        .iter()
        .any(|line| line.contains("<resumed"));
    assert!(resumed, "the old stream goes on");
    heard(&world, &mut bob).len()
}

#[test]
fn what_was_sealed_for_a_device_is_not_sent_again_once_it_is_distrusted() {
    for (dialect, spoken) in [(Dialect::Omemo2, OMEMO2), (Dialect::Legacy, LEGACY)] {
        assert_eq!(resumed_after(dialect, spoken, Trust::Verified), 1, "{dialect:?}");
        assert_eq!(
            resumed_after(dialect, spoken, Trust::Distrusted),
            0,
            "{dialect:?}"
        );
    }
}

#[test]
fn a_long_list_and_a_long_label_are_published_again_as_they_were() {
    let mut world = World::new(13, &[ANA]);
    let label = "ß".repeat(300);
    let ids: String = (1000..1400).map(|id| format!("<device id='{id}'/>")).collect();
    let list = xml(&format!(
        "<devices xmlns='urn:xmpp:omemo:2'>{ids}<device id='1' label='{label}' labelsig='AAAA'/></devices>"
    ));
    world
        .server
        .put_item(ANA, devices_node(Dialect::Omemo2), "current", list);
    let ids: Vec<u32> = (1000..1400).collect();
    world.server.put_list(ANA, &ids);
    world.connect(0);
    world.settle();
    let ours = world.clients[0].device();
    // In front, where those who read only so many see it.
    assert_eq!(world.server.list(ANA), [&[ours], &ids[..]].concat());
    assert_eq!(
        world.server.list_in(Dialect::Omemo2, ANA),
        [&[ours], &ids[..], &[1]].concat()
    );
    let node = world.server.node(ANA, devices_node(Dialect::Omemo2)).unwrap();
    let labels: Vec<_> = node
        .item()
        .unwrap()
        .children()
        .filter_map(|d| d.attr("label"))
        .collect();
    assert_eq!(labels, [label.as_str()]);
    // What is kept of it is bounded.
    let jid = BareJid::new(ANA).unwrap();
    let kept = world.clients[0].read(|tx, account| stored::devices(tx, account, &jid).unwrap().len());
    assert_eq!(
        kept, 402,
        "two hundred of each list, and one that stood there before ours came"
    );
    start_anew(&mut world);
    assert_eq!(world.clients[0].notices(), [""; 0], "none of them is new");
}

#[test]
fn a_signed_prekey_from_a_clock_that_ran_ahead_is_replaced_a_week_after_it_was_put_right() {
    let mut world = World::new(14, &[ANA]);
    let now = world.now;
    world.pass(400 * DAY);
    world.connect(0);
    world.settle();
    let spk = |world: &mut World| {
        let id = DeviceId::new(world.clients[0].device()).unwrap();
        let node = world.server.node(ANA, &bundle_node(Dialect::Omemo2, id)).unwrap();
        let item = node.named(&bundle_item(Dialect::Omemo2, id)).unwrap();
        let bundle = omemo2::parse_bundle(item).unwrap().verify().unwrap();
        bundle.signed_prekey_id().0
    };
    assert_eq!(spk(&mut world), 1);
    world.now = now;
    start_anew(&mut world);
    assert_eq!(spk(&mut world), 1, "its age begins now");
    for (week, days) in [(2, 8), (3, 8)] {
        world.pass(days * DAY);
        start_anew(&mut world);
        assert_eq!(spk(&mut world), week);
    }
    // The ones before it are erased in their time.
    world.pass(31 * DAY);
    start_anew(&mut world);
    let ids = world.clients[0].read(|tx, account| {
        let stored = stored::signed_prekeys(tx, account).unwrap();
        stored.into_iter().map(|key| key.pair.id.0).collect::<Vec<_>>()
    });
    assert_eq!(ids, [4, 3]);
    let mut bob = Robot::new(BOB, 77, 15);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    world.settle();
    tell(&mut world, &mut bob, Dialect::Omemo2, "m0", "hello");
    assert_eq!(world.clients[0].bodies(BOB), ["hello"], "the newest one opens");
}
