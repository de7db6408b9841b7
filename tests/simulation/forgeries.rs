//! What a server, or whoever has the password of an account, writes with keys that nobody decided about, and how it
//! relabels what is genuine.

use susurro::api::Command;
use susurro::model::{BareJid, Trust};
use susurro::omemo::Dialect;
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, heard, meet, tell, written};
use crate::robot::{Heard, Robot};
use crate::world::{BOB, World};

/// Ana decides about a key of Bob's.
pub fn decide(world: &mut World, robot: &Robot, trust: Trust) {
    let command = Command::SetTrust {
        jid: BareJid::new(&robot.jid).unwrap(),
        fingerprint: robot.own.identity.public().fingerprint(),
        trust,
    };
    world.command(0, command);
}

pub fn trust_of(world: &mut World, robot: &Robot) -> Option<Trust> {
    let jid = BareJid::new(&robot.jid).unwrap();
    let key = robot.own.identity.public();
    world.clients[0].read(|tx, account| stored::trust(tx, account, &jid, &key).unwrap())
}

fn receipts(heard: &[Heard]) -> Vec<&str> {
    heard
        .iter()
        .filter_map(|heard| heard.receipt_for.as_deref())
        .collect()
}

#[test]
fn a_key_that_nobody_decided_about_gets_no_receipt_for_a_message_that_was_dropped() {
    let mut bob = Robot::new(BOB, 77, 1);
    let mut ghost = Robot::new(BOB, 666, 2);
    let mut world = meet(1, &mut [(&mut bob, BOTH)]);
    tell(&mut world, &mut bob, Dialect::Omemo2, "m1", "hello");
    decide(&mut world, &bob, Trust::Verified);
    written(&mut world, "hi bob");
    assert_eq!(receipts(&heard(&world, &mut bob)), ["m1"]);
    // Bob's own "m-lost" never arrives.
    tell(&mut world, &mut ghost, Dialect::Omemo2, "m-lost", "x");
    assert_eq!(world.clients[0].bodies(BOB), ["hello", "hi bob", "x"]);
    assert_eq!(trust_of(&mut world, &ghost), Some(Trust::Undecided));
    for robot in [&mut bob, &mut ghost] {
        assert_eq!(receipts(&heard(&world, robot)), [""; 0]);
    }
}

#[test]
fn a_receipt_is_sealed_for_nobody_but_the_device_that_asked() {
    let mut bob = Robot::new(BOB, 77, 3);
    let mut ghost = Robot::new(BOB, 666, 4);
    let mut world = meet(3, &mut [(&mut bob, BOTH)]);
    tell(&mut world, &mut bob, Dialect::Omemo2, "m1", "hello");
    written(&mut world, "hi bob");
    heard(&world, &mut bob);
    tell(&mut world, &mut ghost, Dialect::Omemo2, "m-lost", "x");
    assert_eq!(trust_of(&mut world, &ghost), Some(Trust::Blind));
    assert_eq!(receipts(&heard(&world, &mut bob)), [""; 0]);
    assert_eq!(receipts(&heard(&world, &mut ghost)), ["m-lost"]);
}
