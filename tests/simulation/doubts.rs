//! Devices that turn up and are not what they seem: after a key was found out, under an
//! old number, under another one.

use std::time::Duration;

use susurro::api::Command;
use susurro::model::{BareJid, Trust};
use susurro::omemo::{DeviceId, Dialect};
use susurro::stanza::dialects::bundle_node;

use crate::dialects::{BOTH, LEGACY, meet, tell, written};
use crate::forgeries::{decide, trust_of};
use crate::own_keys::{start_anew, told};
use crate::robot::Robot;
use crate::wire;
use crate::world::{ANA, BOB, World};

/// The devices that the next message to Bob is sealed for.
fn rids(world: &mut World, body: &str) -> Vec<u32> {
    let seen = wire::read(&written(world, body)).unwrap();
    seen.keys.iter().map(|key| key.rid).collect()
}

#[test]
fn who_distrusts_a_key_is_not_made_to_trust_the_next_one_blindly() {
    for verified in [true, false] {
        let (mut phone, mut tablet) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 88, 2));
        let mut ghost = Robot::new(BOB, 666, 3);
        let mut world = meet(5, &mut [(&mut phone, BOTH), (&mut tablet, BOTH)]);
        tell(&mut world, &mut phone, Dialect::Omemo2, "m1", "hello");
        tell(&mut world, &mut tablet, Dialect::Omemo2, "m2", "hello");
        if verified {
            decide(&mut world, &phone, Trust::Verified);
        }
        // The phone was stolen.
        decide(&mut world, &phone, Trust::Distrusted);
        ghost.appear(&mut world, BOTH);
        world.settle();
        assert_eq!(rids(&mut world, "secret"), [88], "verified before: {verified}");
        assert_eq!(trust_of(&mut world, &ghost), Some(Trust::Undecided));
        assert_eq!(
            trust_of(&mut world, &tablet),
            Some(Trust::Blind),
            "it stays as it was"
        );
    }
}

#[test]
fn a_device_of_ours_that_writes_before_it_is_listed_raises_the_alarm_and_only_one() {
    for dialect in Dialect::ALL {
        let mut ghost = Robot::new(ANA, 666, 2);
        let mut world = World::online(3, &[ANA, BOB]);
        let ana = world.clients[0].device();
        ghost.begin_in(dialect, &world, ANA, ana);
        let letter = ghost.seal_empty(dialect, (ANA, ana));
        let stanza = ghost.stanza(ANA, "kt1", &letter);
        world.server.inject(ANA, &stanza);
        world.settle();
        assert_eq!(told(&world, "A new device (666) appeared"), 1);
        // A second message of it, and its place on the lists, are no news.
        let letter = ghost.seal_empty(dialect, (ANA, ana));
        let stanza = ghost.stanza(ANA, "kt2", &letter);
        world.server.inject(ANA, &stanza);
        ghost.appear(&mut world, BOTH);
        world.settle();
        assert_eq!(told(&world, "appeared"), 1, "{:?}", world.clients[0].notices());
        start_anew(&mut world);
        assert_eq!(told(&world, "appeared"), 0);
        assert_eq!(trust_of(&mut world, &ghost), Some(Trust::Undecided));
    }
}

#[test]
fn a_look_at_our_own_devices_swallows_no_alarm() {
    let mut world = World::new(4, &[ANA]);
    // Who is not there hears of no change.
    world.clients[0].present = false;
    world.connect(0);
    world.settle();
    Robot::new(ANA, 666, 2).appear(&mut world, BOTH);
    world.settle();
    assert_eq!(told(&world, "appeared"), 0);
    world.command(0, Command::RefreshDevices(BareJid::new(ANA).unwrap()));
    world.settle();
    assert_eq!(told(&world, "A new device (666) appeared"), 1);
    start_anew(&mut world);
    assert_eq!(told(&world, "appeared"), 0);
}

#[test]
fn a_device_of_ours_that_was_taken_away_is_not_written_to_because_it_writes() {
    let (mut bob, mut lost) = (Robot::new(BOB, 77, 1), Robot::new(ANA, 4242, 2));
    let mut world = World::new(6, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    bob.appear(&mut world, BOTH);
    lost.appear(&mut world, BOTH);
    world.connect(0);
    world.settle();
    assert_eq!(rids(&mut world, "for the other one too"), [77, 4242]);
    world.command(0, Command::RemoveDevice(4242));
    world.settle();
    let ana = world.clients[0].device();
    lost.begin_in(Dialect::Omemo2, &world, ANA, ana);
    let letter = lost.seal_empty(Dialect::Omemo2, (ANA, ana));
    let stanza = lost.stanza(ANA, "kt1", &letter);
    world.server.inject(ANA, &stanza);
    // While the server is still to be asked, too.
    world.read_next(0);
    assert_eq!(rids(&mut world, "not for that one"), [77]);
    assert_eq!(told(&world, "appeared"), 0, "it is an old acquaintance");
}

const HOUR: Duration = Duration::from_secs(3600);

/// Ana at her first login, with a number on this list of hers that has no keys; and Bob.
fn with_an_empty_number(dialect: Dialect, bob: &mut Robot) -> World {
    let mut world = World::new(7, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    bob.appear(&mut world, BOTH);
    world.server.put_list_in(dialect, ANA, &[4242]);
    world.connect(0);
    world.settle();
    world
}

#[test]
fn an_old_number_of_ours_is_trusted_blindly_for_a_day_and_no_longer() {
    for (dialect, later, trust) in [
        (Dialect::Legacy, HOUR, Trust::Blind),
        (Dialect::Omemo2, HOUR, Trust::Blind),
        (Dialect::Legacy, 90 * 24 * HOUR, Trust::Undecided),
        (Dialect::Omemo2, 90 * 24 * HOUR, Trust::Undecided),
    ] {
        let mut bob = Robot::new(BOB, 77, 1);
        let mut world = with_an_empty_number(dialect, &mut bob);
        rids(&mut world, "one");
        world.pass(later);
        let mut other = Robot::new(ANA, 4242, 9);
        other.publish_in(dialect, &mut world);
        start_anew(&mut world);
        let read = rids(&mut world, "two").contains(&4242);
        assert_eq!(read, trust == Trust::Blind, "{dialect:?} {later:?}");
        assert_eq!(trust_of(&mut world, &other), Some(trust));
        let alarms = usize::from(trust == Trust::Undecided);
        assert_eq!(
            told(&world, "4242 of your own account"),
            alarms,
            "{:?}",
            world.clients[0].notices()
        );
    }
}

#[test]
fn a_message_under_an_old_number_of_ours_is_not_trusted_either() {
    let mut bob = Robot::new(BOB, 77, 1);
    let mut world = with_an_empty_number(Dialect::Legacy, &mut bob);
    world.pass(90 * 24 * HOUR);
    let mut thief = Robot::new(ANA, 4242, 9);
    let ana = world.clients[0].device();
    thief.begin(&world, ANA, ana);
    let letter = thief.seal_empty(Dialect::Legacy, (ANA, ana));
    let stanza = thief.stanza(ANA, "kt1", &letter);
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(trust_of(&mut world, &thief), Some(Trust::Undecided));
    assert_eq!(told(&world, "4242 of your own account"), 1);
    assert_eq!(rids(&mut world, "for bob alone"), [77]);
}

#[test]
fn the_keys_of_our_other_devices_are_learnt_at_the_first_login_though_nothing_is_sent() {
    for spoken in [BOTH, &[Dialect::Legacy], &[Dialect::Omemo2]] {
        let (mut bob, mut other) = (Robot::new(BOB, 77, 1), Robot::new(ANA, 4242, 2));
        let mut world = World::new(8, &[ANA]);
        world.server.add_account(BOB);
        world.server.befriend(ANA, BOB);
        bob.appear(&mut world, BOTH);
        other.appear(&mut world, spoken);
        world.connect(0);
        world.settle();
        assert_eq!(trust_of(&mut world, &other), Some(Trust::Blind));
        world.pass(90 * 24 * HOUR);
        // What was fetched then is not what a session is begun with now.
        world.server.log.clear();
        assert_eq!(rids(&mut world, "for both").len(), 2);
        let asked = world.server.log.iter().filter(|(_, stanza)| {
            let text = crate::server::text(stanza);
            text.contains("<items ") && text.contains("bundles") && text.contains("4242")
        });
        assert_eq!(asked.count(), 1, "{spoken:?}");
        let log = world.server.log.clone();
        assert_eq!(log.iter().filter_map(|(_, stanza)| other.read(stanza)).count(), 1);
    }
}

/// The server shows Bob's legacy keys under another number, on these lists, and
/// hides what he really published.
fn alias(world: &mut World, bob: &Robot, number: u32, lists: &[Dialect]) {
    let node = bundle_node(Dialect::Legacy, bob.own.id);
    let item = world.server.node(BOB, &node).unwrap().item().cloned().unwrap();
    let node = bundle_node(Dialect::Legacy, DeviceId::new(number).unwrap());
    world.server.put_item(BOB, &node, "current", item);
    for dialect in Dialect::ALL {
        let listed: &[u32] = if lists.contains(&dialect) { &[number] } else { &[] };
        world.server.put_list_in(dialect, BOB, listed);
    }
    world.settle();
}

#[test]
fn a_downgrade_under_another_number_is_told_too_and_once_until_the_device_is_back() {
    // On the newer list too, where the number has no keys.
    for lists in [LEGACY, BOTH] {
        let mut bob = Robot::new(BOB, 77, 1);
        let mut world = meet(11, &mut [(&mut bob, BOTH)]);
        tell(&mut world, &mut bob, Dialect::Omemo2, "m1", "hello");
        decide(&mut world, &bob, Trust::Verified);
        assert_eq!(rids(&mut world, "good evening"), [77]);
        for times in 1..=2 {
            alias(&mut world, &bob, 78, lists);
            for number in 0..2 {
                let seen = wire::read(&written(&mut world, &format!("{times} {number}"))).unwrap();
                assert_eq!((seen.rids(Dialect::Legacy), seen.keys.len()), (vec![78], 1));
                assert_eq!(told(&world, "(downgrade)"), times, "{lists:?}");
                world.pass(Duration::from_secs(61));
            }
            for dialect in Dialect::ALL {
                world.server.put_list_in(dialect, BOB, &[77]);
            }
            world.settle();
            assert_eq!(rids(&mut world, &format!("back {times}")), [77]);
        }
    }
}
