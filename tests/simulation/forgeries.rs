//! What a server, or whoever has the password of an account, writes with keys that nobody decided about, and how it
//! relabels what is genuine.

use susurro::api::Command;
use susurro::model::{BareJid, Direction, Trust, UnreadableReason};
use susurro::omemo::Dialect;
use susurro::stanza::message;
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, heard, meet, tell, written};
use crate::robot::{Heard, Robot};
use crate::server::text;
use crate::world::{ANA, BOB, World};

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

/// What this robot, a device of Ana's, is said to have written to somebody: as a carbon, or as the server delivers it.
fn said_by_us(world: &mut World, robot: &mut Robot, dialect: Dialect, (to, id): (&str, &str), carbon: bool) {
    let ana = world.clients[0].device();
    let body = "Bob, I take it all back";
    let plaintext = match dialect {
        Dialect::Legacy => body.as_bytes().to_vec(),
        Dialect::Omemo2 => robot.envelope(to, world.now, message::text_content(body)),
    };
    let letter = robot.seal_in(dialect, (ANA, ana), &plaintext);
    let mut stanza = text(&robot.stanza(to, id, &letter));
    if carbon {
        stanza = format!(
            "<message xmlns='jabber:client' from='{ANA}' to='{ANA}/x'><sent xmlns='urn:xmpp:carbons:2'><forwarded \
             xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></sent></message>"
        );
    }
    world.deliver(0, &stanza);
    world.settle();
}

#[test]
fn what_another_device_of_ours_wrote_carries_the_mark_of_its_key() {
    for (dialect, carbon) in [
        (Dialect::Legacy, true),
        (Dialect::Omemo2, true),
        (Dialect::Legacy, false),
    ] {
        let mut ghost = Robot::new(ANA, 666, 2);
        let mut world = World::online(2, &[ANA, BOB]);
        let (ana, to) = (world.clients[0].device(), if carbon { BOB } else { ANA });
        ghost.begin_in(dialect, &world, ANA, ana);
        said_by_us(&mut world, &mut ghost, dialect, (to, "forged-1"), carbon);
        let row = world.clients[0].history(to).pop().unwrap();
        assert_eq!(row.direction, Direction::Out);
        assert_eq!(row.body.unwrap().as_str(), "Bob, I take it all back");
        let fingerprint = ghost.own.identity.public().fingerprint();
        assert_eq!(
            (row.fingerprint, row.trust),
            (Some(fingerprint), Some(Trust::Undecided))
        );
        // One that stays closed says whose it was too.
        decide(&mut world, &ghost, Trust::Distrusted);
        said_by_us(&mut world, &mut ghost, dialect, (to, "forged-2"), carbon);
        let row = world.clients[0].history(to).pop().unwrap();
        assert_eq!(row.unreadable, Some(UnreadableReason::Distrusted));
        assert_eq!(
            (row.fingerprint, row.trust),
            (Some(fingerprint), Some(Trust::Distrusted))
        );
    }
}
