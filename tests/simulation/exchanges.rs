//! Key exchanges as deployed clients, or somebody on the way, deliver them: without the attribute that names
//! them, again and again, under another device number.

use minidom::Element;
use susurro::model::UnreadableReason;
use susurro::omemo::{DeviceId, Dialect, EncryptedMessage};

use crate::copies::inject;
use crate::dialects::{BOTH, heard, meet, tell, written};
use crate::robot::Robot;
use crate::world::{ANA, BOB, EVE, World};

/// What the robot writes to Ana next.
fn letter(world: &mut World, robot: &mut Robot, dialect: Dialect, body: &str) -> EncryptedMessage {
    let ana = world.clients[0].device();
    if !robot.records.contains_key(&(dialect, ana)) {
        robot.begin_in(dialect, world, ANA, ana);
    }
    robot.write(dialect, (ANA, ana), world.now, body)
}

fn deliver(world: &mut World, robot: &Robot, id: &str, letter: &EncryptedMessage) {
    let stanza = robot.stanza(ANA, id, letter);
    inject(world, &stanza);
}

#[test]
fn the_bytes_of_an_exchange_are_believed_and_not_its_attribute() {
    for dialect in Dialect::ALL {
        // Kaidan says so on the first one only; others never do, or always.
        for says in [[true, false, false], [false; 3], [false, true, false], [true; 3]] {
            let mut robot = Robot::new(BOB, 77, 1);
            let mut world = meet(1, &mut [(&mut robot, BOTH)]);
            let mut expected = Vec::new();
            for (number, says) in says.into_iter().enumerate() {
                let body = format!("number {number}");
                let mut letter = letter(&mut world, &mut robot, dialect, &body);
                assert!(letter.keys[0].kex, "nobody answered yet");
                letter.keys[0].kex = says;
                deliver(&mut world, &robot, &body, &letter);
                expected.push(body);
            }
            assert_eq!(world.clients[0].bodies(BOB), expected, "{dialect:?} {says:?}");
            // Once it was answered, what follows is no exchange, whatever it says.
            written(&mut world, "hi bob");
            assert!(!heard(&world, &mut robot).is_empty());
            for says in [true, false] {
                let mut letter = letter(&mut world, &mut robot, dialect, "answered");
                assert!(!letter.keys[0].kex);
                letter.keys[0].kex = says;
                deliver(&mut world, &robot, &format!("after {says}"), &letter);
                assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "answered");
            }
            assert!(
                world.clients[0]
                    .history(BOB)
                    .iter()
                    .all(|row| row.unreadable.is_none())
            );
        }
    }
}

#[test]
fn the_repeated_exchanges_of_a_stranger_are_read_every_time_and_answered_never() {
    for dialect in Dialect::ALL {
        let mut eve = Robot::new(EVE, 77, 2);
        let mut world = World::online(2, &[ANA]);
        world.server.add_account(EVE);
        eve.appear(&mut world, BOTH);
        world.server.log.clear();
        let mut empty = eve_begins(&mut world, &mut eve, dialect);
        empty.keys[0].kex = true;
        deliver(&mut world, &eve, "begins", &empty);
        let mut expected = Vec::new();
        for number in 0..8 {
            let body = format!("number {number}");
            let mut letter = letter(&mut world, &mut eve, dialect, &body);
            letter.keys[0].kex = false;
            deliver(&mut world, &eve, &body, &letter);
            expected.push(body);
        }
        assert_eq!(world.clients[0].bodies(EVE), expected, "{dialect:?}");
        let told: Vec<&Element> = world
            .server
            .log
            .iter()
            .filter(|(from, stanza)| from == ANA && stanza.name() == "message")
            .map(|(_, stanza)| stanza)
            .collect();
        assert!(told.is_empty(), "{told:?}");
    }
}

fn eve_begins(world: &mut World, eve: &mut Robot, dialect: Dialect) -> EncryptedMessage {
    let ana = world.clients[0].device();
    eve.begin_in(dialect, world, ANA, ana);
    eve.seal_empty(dialect, (ANA, ana))
}

#[test]
fn an_exchange_under_a_changed_number_closes_nothing_that_follows() {
    for dialect in Dialect::ALL {
        // Which of the exchanges the number is changed on.
        for changed in [vec![0], vec![1], vec![0, 2], vec![0, 1, 2, 3]] {
            let mut robot = Robot::new(BOB, 77, 3);
            let mut world = meet(3, &mut [(&mut robot, BOTH)]);
            let (mut expected, mut known) = (Vec::new(), false);
            for number in 0..5 {
                let body = format!("number {number}");
                let mut letter = letter(&mut world, &mut robot, dialect, &body);
                assert!(letter.keys[0].kex);
                let is_changed = changed.contains(&number);
                if is_changed {
                    letter.sid = DeviceId::new(600 + number).unwrap();
                }
                deliver(&mut world, &robot, &body, &letter);
                // Once the true number is known, the exchange opens under no other.
                expected.push(match is_changed && known {
                    true => format!("!{:?}", UnreadableReason::UnknownPreKey),
                    false => body,
                });
                known |= !is_changed;
            }
            assert_eq!(world.clients[0].bodies(BOB), expected, "{dialect:?} {changed:?}");
            // And the true device is the one that is answered.
            let ana = world.clients[0].device();
            assert!(robot.records[&(dialect, ana)].is_unanswered());
            written(&mut world, "hi bob");
            let said = heard(&world, &mut robot);
            assert!(said.iter().any(|heard| heard.body.as_deref() == Some("hi bob")));
            tell(&mut world, &mut robot, dialect, "last", "and on it goes");
            assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and on it goes");
            let changes = world.clients[0].notices();
            let told = changes.iter().any(|notice| notice.contains("identity key"));
            assert!(!told, "{changes:?}");
        }
    }
}

#[test]
fn an_exchange_that_was_opened_opens_nothing_under_the_number_of_another_device() {
    for dialect in Dialect::ALL {
        let (mut phone, mut tablet) = (Robot::new(BOB, 77, 4), Robot::new(BOB, 88, 5));
        let mut world = meet(4, &mut [(&mut phone, BOTH), (&mut tablet, BOTH)]);
        tell(&mut world, &mut tablet, dialect, "t1", "tablet here");
        tell(&mut world, &mut phone, dialect, "p1", "phone here");
        let mut moved = letter(&mut world, &mut phone, dialect, "who am I");
        assert!(moved.keys[0].kex);
        moved.sid = tablet.own.id;
        deliver(&mut world, &phone, "p2", &moved);
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.unreadable, Some(UnreadableReason::IdentityChanged));
        for robot in [&mut phone, &mut tablet] {
            tell(
                &mut world,
                robot,
                dialect,
                &format!("{}", robot.own.id.get()),
                "still me",
            );
            assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "still me");
        }
    }
}
