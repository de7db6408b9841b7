//! Devices that write to us and are on no list: what is stored says beforehand what
//! becomes of them, and it does.

use minidom::Element;
use susurro::api::Command;
use susurro::model::{BareJid, Fate, MessageState, Trust, Why};
use susurro::omemo::Dialect;
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, LEGACY, OMEMO2, bodies, heard, meet, tell, written};
use crate::forgeries::decide;
use crate::own_keys::told;
use crate::robot::Robot;
use crate::wire;
use crate::world::{ANA, BOB, World};

/// What the store says of Bob's devices, by number.
fn fates(world: &mut World) -> Vec<(u32, Fate)> {
    let bob = BareJid::new(BOB).unwrap();
    world.clients[0].read(|tx, account| {
        let all = stored::addressed(tx, account, &bob).unwrap();
        all.iter().map(|device| (device.id.get(), device.fate)).collect()
    })
}

/// Whom the next message will be for, as the store says now.
fn promised(world: &mut World) -> Vec<u32> {
    let fates = fates(world).into_iter();
    fates
        .filter(|(_, fate)| *fate == Fate::Written)
        .map(|(id, _)| id)
        .collect()
}

/// Whom a message was for.
fn read_by(stanza: &Element) -> Vec<u32> {
    let mut rids: Vec<u32> = wire::read(stanza)
        .unwrap()
        .keys
        .iter()
        .map(|key| key.rid)
        .collect();
    rids.sort_unstable();
    rids
}

/// Ana writes to Bob, and it is for whom the store said.
fn kept_promise(world: &mut World, body: &str) -> Vec<u32> {
    let promised = promised(world);
    let read = read_by(&written(world, body));
    assert_eq!(read, promised, "{body}");
    read
}

/// The screen looks at Bob's lists when his chat is opened.
fn look(world: &mut World) {
    let bob = BareJid::new(BOB).unwrap();
    world.command(0, Command::RefreshDevices(bob));
    world.settle();
}

#[test]
fn who_writes_first_and_never_publishes_a_list_is_answered() {
    let mut silent = Robot::new(BOB, 77, 1);
    let mut world = meet(1, &mut [(&mut silent, &[])]);
    tell(&mut world, &mut silent, Dialect::Legacy, "b1", "hello");
    for round in 0..3 {
        let body = format!("answer {round}");
        assert_eq!(kept_promise(&mut world, &body), [77]);
        assert_eq!(
            bodies(&heard(&world, &mut silent)),
            [(Dialect::Legacy, body.as_str())]
        );
        world.server.log.clear();
        look(&mut world);
        tell(
            &mut world,
            &mut silent,
            Dialect::Legacy,
            &format!("c{round}"),
            "more",
        );
        world.server.log.clear();
    }
    assert_eq!(told(&world, "without"), 0, "nobody was left out");
}

#[test]
fn beside_devices_of_the_other_dialect_it_is_answered_too() {
    let (mut silent, mut listed) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 88, 2));
    let mut world = meet(2, &mut [(&mut silent, &[]), (&mut listed, OMEMO2)]);
    tell(&mut world, &mut silent, Dialect::Legacy, "b1", "hello");
    // The other one is asked for its key first.
    written(&mut world, "one");
    assert_eq!(kept_promise(&mut world, "two"), [77, 88]);
    for robot in [&mut silent, &mut listed] {
        let heard = heard(&world, robot);
        let texts: Vec<&str> = bodies(&heard).iter().map(|(_, body)| *body).collect();
        assert_eq!(texts, ["one", "two"]);
    }
}

#[test]
fn beside_a_list_that_it_could_be_on_it_is_left_out_by_name_until_its_key_is_verified() {
    let (mut silent, mut listed) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 88, 2));
    let mut world = meet(3, &mut [(&mut silent, &[]), (&mut listed, LEGACY)]);
    tell(&mut world, &mut silent, Dialect::Legacy, "b1", "hello");
    written(&mut world, "one");
    let left_out = Fate::LeftOut(Why::NotListed);
    assert_eq!(fates(&mut world), [(77, left_out), (88, Fate::Written)]);
    assert_eq!(told(&world, "device 77, it writes, but is on no device list"), 1);
    assert_eq!(kept_promise(&mut world, "two"), [88]);
    assert_eq!(told(&world, "device 77"), 1, "told once");
    decide(&mut world, &silent, Trust::Verified);
    assert_eq!(
        promised(&mut world),
        [77, 88],
        "what was trusted blindly before stays so"
    );
    decide(&mut world, &listed, Trust::Verified);
    assert_eq!(kept_promise(&mut world, "three"), [77, 88]);
    let spoken = heard(&world, &mut silent);
    assert_eq!(bodies(&spoken), [(Dialect::Legacy, "three")]);
}

#[test]
fn who_was_taken_off_the_list_gets_nothing_more_and_that_is_said() {
    let (mut gone, mut left) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 88, 2));
    let mut world = meet(4, &mut [(&mut gone, LEGACY), (&mut left, LEGACY)]);
    assert_eq!(read_by(&written(&mut world, "for both")), [77, 88]);
    world.server.put_list(BOB, &[88]);
    world.settle();
    assert_eq!(kept_promise(&mut world, "for one"), [88]);
    assert_eq!(
        told(&world, "device 77"),
        0,
        "it has left, and that was its owner's wish"
    );
    tell(&mut world, &mut gone, Dialect::Legacy, "b1", "I am still here");
    decide(&mut world, &gone, Trust::Verified);
    decide(&mut world, &left, Trust::Verified);
    assert_eq!(kept_promise(&mut world, "for one again"), [88]);
    assert_eq!(told(&world, "device 77, it writes, but was taken off"), 1);
    // Nor where nobody is left on the list.
    world.server.put_list(BOB, &[]);
    world.settle();
    assert_eq!(promised(&mut world), [0; 0]);
    world.send(0, BOB, "for nobody");
    world.settle();
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("device 77, it writes, but was taken off"), "{why}");
}

#[test]
fn an_unlisted_device_of_omemo_2_is_left_out_by_name() {
    let mut silent = Robot::new(BOB, 77, 1);
    let mut world = meet(5, &mut [(&mut silent, &[])]);
    tell(&mut world, &mut silent, Dialect::Omemo2, "b1", "hello");
    world.send(0, BOB, "nobody reads this");
    world.settle();
    assert_eq!(promised(&mut world), [0; 0]);
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    assert!(
        why.contains("device 77, it writes, but is on no device list"),
        "{why}"
    );
}

#[test]
fn a_device_that_was_never_heard_is_not_written_to_whatever_it_publishes() {
    let mut mute = Robot::new(BOB, 77, 1);
    let mut world = meet(6, &mut [(&mut mute, &[])]);
    mute.publish(&mut world);
    world.send(0, BOB, "nobody reads this");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
    assert_eq!(promised(&mut world), [0; 0]);
}

#[test]
fn what_was_decided_about_our_own_devices_is_no_reason_why_others_cannot_be_written_to() {
    for trust in [Trust::Undecided, Trust::Distrusted] {
        let (mut phone, mut bob) = (Robot::new(ANA, 4242, 1), Robot::new(BOB, 77, 2));
        let mut world = meet(7, &mut [(&mut phone, BOTH), (&mut bob, &[])]);
        decide(&mut world, &phone, trust);
        for listed in [&[][..], &[78]] {
            world.server.put_list(BOB, listed);
            world.settle();
            world.send(0, BOB, "never in clear");
            world.settle();
            let (state, why) = world.clients[0].last(BOB);
            assert_eq!(state, MessageState::Failed);
            assert!(!why.contains("4242") && !why.contains(ANA), "{why}");
            assert!(!why.contains("Compare"), "there is nothing to decide: {why}");
        }
    }
}
