//! What a server, or whoever has the password of an account, writes with keys that nobody decided about, and
//! how it relabels what is genuine.

use susurro::api::Command;
use susurro::model::{BareJid, Direction, Protection, Trust, UnreadableReason};
use susurro::omemo::Dialect;
use susurro::stanza::dialects::{bundle_item, bundle_node};
use susurro::stanza::message;
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, heard, meet, tell, written};
use crate::own_keys::told;
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

/// What this robot, a device of Ana's, is said to have written to somebody: as a carbon,
/// or as the server delivers it.
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
        assert_eq!(row.direction(), Direction::Out);
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

/// Bob's two devices, one of them verified, and a letter of the verified one under the number of the other.
fn renumbered(dialect: Dialect) -> (World, Robot, Robot) {
    let (mut phone, mut tablet) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 88, 2));
    let spoken = &[dialect];
    let mut world = meet(12, &mut [(&mut phone, spoken), (&mut tablet, spoken)]);
    tell(&mut world, &mut tablet, dialect, "t1", "tablet here");
    tell(&mut world, &mut phone, dialect, "p1", "phone here");
    decide(&mut world, &phone, Trust::Verified);
    written(&mut world, "to both of you");
    for robot in [&mut phone, &mut tablet] {
        heard(&world, robot);
    }
    (world, phone, tablet)
}

/// Both devices are what they were, and it was told.
fn assert_both_go_on(world: &mut World, phone: &mut Robot, tablet: &mut Robot, dialect: Dialect) {
    assert_eq!(
        told(world, "the key of another device"),
        1,
        "{:?}",
        world.clients[0].notices()
    );
    tell(world, tablet, dialect, "t2", "tablet again");
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "tablet again");
    world.server.log.clear();
    written(world, "to both again");
    for robot in [phone, tablet] {
        let heard = heard(world, robot);
        let bodies: Vec<_> = heard.iter().filter_map(|heard| heard.body.as_deref()).collect();
        assert_eq!(bodies, ["to both again"]);
    }
}

#[test]
fn a_letter_of_a_verified_device_under_the_number_of_another_displaces_nobody() {
    for dialect in Dialect::ALL {
        let (mut world, mut phone, mut tablet) = renumbered(dialect);
        // The phone begins anew, as after a repair; the server changes the number on it.
        let ana = world.clients[0].device();
        let session = phone.records.get(&(dialect, ana)).cloned();
        phone.begin_in(dialect, &world, ANA, ana);
        let mut letter = phone.write(dialect, (ANA, ana), world.now, "who am I");
        letter.sid = tablet.own.id;
        let stanza = phone.stanza(ANA, "p2", &letter);
        world.server.inject(ANA, &stanza);
        world.settle();
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.unreadable, Some(UnreadableReason::IdentityChanged));
        phone.records.insert((dialect, ana), session.unwrap());
        assert_both_go_on(&mut world, &mut phone, &mut tablet, dialect);
    }
}

#[test]
fn a_bundle_of_a_verified_device_under_the_number_of_another_displaces_nobody() {
    for dialect in Dialect::ALL {
        let (mut world, mut phone, mut tablet) = renumbered(dialect);
        let its = |robot: &Robot| {
            (
                bundle_node(dialect, robot.own.id),
                bundle_item(dialect, robot.own.id),
            )
        };
        let (node, item) = its(&phone);
        let bundle = world
            .server
            .node(BOB, &node)
            .unwrap()
            .named(&item)
            .cloned()
            .unwrap();
        let (node, item) = its(&tablet);
        world.server.put_item(BOB, &node, &item, bundle);
        let bob = BareJid::new(BOB).unwrap();
        world.command(
            0,
            Command::ResetSessions {
                jid: bob,
                device: Some(88),
            },
        );
        world.settle();
        assert_both_go_on(&mut world, &mut phone, &mut tablet, dialect);
    }
}

#[test]
fn a_verified_key_that_takes_a_devices_place_is_told() {
    let (mut old, mut new) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 77, 2));
    let dialect = Dialect::Omemo2;
    let mut world = meet(13, &mut [(&mut old, BOTH)]);
    tell(&mut world, &mut old, dialect, "m1", "the old one");
    tell(&mut world, &mut new, dialect, "m2", "the new one");
    decide(&mut world, &new, Trust::Verified);
    world.pass(std::time::Duration::from_secs(61));
    assert_eq!(told(&world, "the key that you verified"), 0);
    tell(&mut world, &mut new, dialect, "m3", "and open");
    assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and open");
    assert_eq!(
        told(
            &world,
            "Device 77 of bob@mired.test has the key that you verified"
        ),
        1
    );
}

#[test]
fn a_row_that_was_read_after_all_says_how_its_text_came() {
    let mut bob = Robot::new(BOB, 77, 1);
    let mut world = meet(15, &mut [(&mut bob, BOTH)]);
    let ana = world.clients[0].device();
    tell(&mut world, &mut bob, Dialect::Omemo2, "m0", "hello");
    for (number, (first, second, protection)) in [
        (Dialect::Omemo2, Dialect::Legacy, Protection::OmemoLegacy),
        (Dialect::Legacy, Dialect::Omemo2, Protection::Omemo2),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("m{}", number + 1);
        if !bob.records.contains_key(&(first, ana)) {
            bob.begin_in(first, &world, ANA, ana);
        }
        let mut letter = bob.write(first, (ANA, ana), world.now, "x");
        letter.payload = Some(vec![1; 64]);
        let stanza = bob.stanza(ANA, &id, &letter);
        world.server.inject(ANA, &stanza);
        world.settle();
        assert!(world.clients[0].history(BOB).pop().unwrap().unreadable.is_some());
        tell(&mut world, &mut bob, second, &id, "at last");
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.body.unwrap().as_str(), "at last");
        assert_eq!(row.protection, protection);
    }
}
