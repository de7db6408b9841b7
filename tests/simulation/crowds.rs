//! Device lists that are too long: whoever writes one chooses what stands before the devices that we know.

use susurro::api::Command;
use susurro::model::{BareJid, MessageState, Trust};
use susurro::omemo::Dialect;

use crate::dialects::{BOTH, LEGACY, bodies, heard, meet, tell};
use crate::robot::Robot;
use crate::world::{ANA, BOB, World};

fn verify(world: &mut World, robot: &Robot) {
    let verify = Command::SetTrust {
        jid: BareJid::new(&robot.jid).unwrap(),
        fingerprint: robot.own.identity.public().fingerprint(),
        trust: Trust::Verified,
    };
    world.command(0, verify);
}

#[test]
fn a_list_of_thousands_of_devices_does_not_push_out_the_one_that_is_verified() {
    let mut robot = Robot::new(BOB, 111, 1);
    let mut world = meet(1, &mut [(&mut robot, BOTH)]);
    for dialect in Dialect::ALL {
        tell(&mut world, &mut robot, dialect, &format!("{dialect:?}"), "hello");
    }
    verify(&mut world, &robot);
    let crowd: Vec<u32> = (1000..3000).chain([111]).collect();
    for dialect in Dialect::ALL {
        world.server.put_list_in(dialect, BOB, &crowd);
    }
    world.settle();
    world.server.log.clear();
    world.send(0, BOB, "for you alone");
    world.settle();
    assert_eq!(world.clients[0].last(BOB), (MessageState::Sent, String::new()));
    assert_eq!(
        bodies(&heard(&world, &mut robot)),
        [(Dialect::Omemo2, "for you alone")]
    );
    // The others are counted, in one line that can be read.
    let notices = world.clients[0].notices();
    let left_out: Vec<_> = notices
        .iter()
        .filter(|notice| notice.contains("without:"))
        .collect();
    assert_eq!(left_out.len(), 1, "{notices:?}");
    assert!(left_out[0].contains("and 196 more."), "{left_out:?}");
    assert!(left_out[0].len() < 600, "{left_out:?}");
}

#[test]
fn a_known_list_that_is_fetched_anew_keeps_the_verified_one_too() {
    let mut robot = Robot::new(BOB, 111, 2);
    let mut world = meet(2, &mut [(&mut robot, LEGACY)]);
    tell(&mut world, &mut robot, Dialect::Legacy, "m1", "hello");
    verify(&mut world, &robot);
    world.crash(0);
    world.server.restart();
    let crowd: Vec<u32> = (1000..2000).chain([111]).collect();
    world.server.put_list(BOB, &crowd);
    world.connect(0);
    world.settle();
    world.server.log.clear();
    world.send(0, BOB, "for you alone");
    world.settle();
    assert_eq!(
        bodies(&heard(&world, &mut robot)),
        [(Dialect::Legacy, "for you alone")]
    );
}

#[test]
fn nobody_to_write_to_among_many_is_one_sentence() {
    let mut robot = Robot::new(BOB, 111, 3);
    let mut world = meet(3, &mut [(&mut robot, LEGACY)]);
    let crowd: Vec<u32> = (1000..1035).collect();
    world.server.put_list(BOB, &crowd);
    world.send(0, BOB, "for whom?");
    world.settle();
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("; and 32 more)"), "{why}");
    assert!(why.len() < 600, "{why}");
}

#[test]
fn this_device_at_the_end_of_its_own_long_list_is_still_on_it() {
    let mut world = World::online(4, &[ANA]);
    let device = world.clients[0].device();
    let crowd: Vec<u32> = (1000..1300).chain([device]).collect();
    for dialect in Dialect::ALL {
        world.server.log.clear();
        world.server.put_list_in(dialect, ANA, &crowd);
        world.settle();
        assert_eq!(world.server.list_in(dialect, ANA), crowd, "it is left alone");
    }
    world.crash(0);
    world.server.restart();
    world.connect(0);
    world.settle();
    for dialect in Dialect::ALL {
        assert_eq!(world.server.list_in(dialect, ANA), crowd, "it is left alone");
    }
}
