//! Devices of our own account that were taken away and come back, and alarms about
//! them that must not get lost.

use susurro::api::Command;
use susurro::model::Trust;
use susurro::omemo::Dialect;

use crate::dialects::{BOTH, written};
use crate::forgeries::{decide, trust_of};
use crate::own_keys::{start_anew, told};
use crate::robot::Robot;
use crate::wire;
use crate::world::{ANA, BOB, World};

/// Ana and another device of hers that was verified; Bob.
fn with_a_phone(phone: &mut Robot, bob: &mut Robot, spoken: &[Dialect]) -> World {
    let mut world = World::new(6, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    bob.appear(&mut world, BOTH);
    phone.appear(&mut world, spoken);
    world.connect(0);
    world.settle();
    assert_eq!(rids(&mut world, "for both"), [77, 4242]);
    decide(&mut world, phone, Trust::Verified);
    world
}

fn rids(world: &mut World, body: &str) -> Vec<u32> {
    let seen = wire::read(&written(world, body)).unwrap();
    seen.keys.iter().map(|key| key.rid).collect()
}

#[test]
fn a_device_that_was_taken_away_and_comes_back_is_an_alarm_and_gets_nothing_until_a_new_decision() {
    for spoken in [BOTH, &[Dialect::Legacy], &[Dialect::Omemo2]] {
        for restart in [true, false] {
            let (mut phone, mut bob) = (Robot::new(ANA, 4242, 2), Robot::new(BOB, 77, 1));
            let mut world = with_a_phone(&mut phone, &mut bob, spoken);
            world.command(0, Command::RemoveDevice(4242));
            world.settle();
            assert_eq!(trust_of(&mut world, &phone), Some(Trust::Undecided));
            if restart {
                world.crash(0);
            }
            phone.appear(&mut world, spoken);
            if restart {
                start_anew(&mut world);
            }
            world.settle();
            let notices = world.clients[0].notices();
            assert_eq!(told(&world, "4242 is at work"), 1, "{notices:?}");
            assert_eq!(told(&world, "appeared"), 0, "{notices:?}");
            assert_eq!(rids(&mut world, "not for that one"), [77], "{spoken:?} {restart}");
            // Told once for each time that it comes back.
            start_anew(&mut world);
            assert_eq!(told(&world, "4242"), 0);
            decide(&mut world, &phone, Trust::Verified);
            assert_eq!(rids(&mut world, "for both again"), [77, 4242]);
        }
    }
}

#[test]
fn a_device_that_never_showed_a_key_is_not_trusted_blindly_after_it_was_taken_away() {
    let (mut phone, mut bob) = (Robot::new(ANA, 4242, 2), Robot::new(BOB, 77, 1));
    let mut world = World::new(6, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    bob.appear(&mut world, BOTH);
    world.server.put_list_in(Dialect::Legacy, ANA, &[4242]);
    world.connect(0);
    world.settle();
    world.command(0, Command::RemoveDevice(4242));
    world.settle();
    phone.appear(&mut world, BOTH);
    world.settle();
    assert_eq!(told(&world, "4242 is at work"), 1);
    assert_eq!(rids(&mut world, "for bob alone"), [77]);
    assert_eq!(trust_of(&mut world, &phone), Some(Trust::Undecided));
}

#[test]
fn a_distrusted_device_stays_distrusted_when_it_is_taken_away() {
    let (mut phone, mut bob) = (Robot::new(ANA, 4242, 2), Robot::new(BOB, 77, 1));
    let mut world = with_a_phone(&mut phone, &mut bob, BOTH);
    decide(&mut world, &phone, Trust::Distrusted);
    world.command(0, Command::RemoveDevice(4242));
    world.settle();
    assert_eq!(trust_of(&mut world, &phone), Some(Trust::Distrusted));
    phone.appear(&mut world, BOTH);
    world.settle();
    assert_eq!(told(&world, "4242 is at work"), 1);
}

#[test]
fn a_trusted_device_that_another_one_takes_off_the_lists_is_no_alarm_when_it_is_back() {
    let (mut phone, mut bob) = (Robot::new(ANA, 4242, 2), Robot::new(BOB, 77, 1));
    let mut world = with_a_phone(&mut phone, &mut bob, BOTH);
    for dialect in Dialect::ALL {
        world.server.put_list_in(dialect, ANA, &[]);
    }
    world.settle();
    phone.appear(&mut world, BOTH);
    world.settle();
    assert_eq!(told(&world, "4242 is at work") + told(&world, "appeared"), 0);
    assert_eq!(rids(&mut world, "for both still"), [77, 4242]);
}

#[test]
fn each_new_device_of_ours_is_told_at_once_however_many_come_in_one_minute() {
    let mut world = World::online(5, &[ANA, BOB]);
    for (id, dialect) in [
        (7001, Dialect::Legacy),
        (7002, Dialect::Omemo2),
        (7003, Dialect::Omemo2),
    ] {
        Robot::new(ANA, id, 5).appear(&mut world, &[dialect]);
        world.flow();
    }
    for id in 7001..=7003 {
        assert_eq!(told(&world, &format!("A new device ({id}) appeared")), 1, "{id}");
    }
}

#[test]
fn what_is_held_back_is_told_when_the_run_ends() {
    for quits in [true, false] {
        let mut world = World::online(5, &[ANA, BOB]);
        for body in ["one", "two", "three"] {
            let text = format!(
                "<message xmlns='jabber:client' from='{BOB}/x' type='chat'><body>{body}</body><body/></message>"
            );
            world.deliver(0, &text);
        }
        world.flow();
        let before = world.clients[0].notices().len();
        match quits {
            true => world.quit(0),
            false => world.cut(0),
        }
        let notices = world.clients[0].notices();
        assert_eq!(notices.len(), before + 1, "{notices:?}");
        assert_eq!(told(&world, "2 more like this"), 1, "{notices:?}");
    }
}
