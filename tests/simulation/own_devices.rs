//! Our other devices and the name of ours: strangers among them, those that were there
//! before us, taking one away.

use susurro::api::{Command, Event, FailureKind, Outcome};
use susurro::model::{BareJid, Clean, Trust};
use susurro::omemo::{DeviceId, Dialect, IdentityKey};
use susurro::stanza::dialects::{bundle_item, bundle_node, devices_node};
use susurro::stanza::{ns, omemo2};
use susurro::store::omemo as stored;

use crate::client::said;
use crate::own_keys::{publications, start_anew, told};
use crate::robot::Robot;
use crate::server::Fault;
use crate::world::{ANA, BOB, World};

/// Whether the bundle of a device stands on the server.
fn has_bundle(world: &mut World, dialect: Dialect, device: u32) -> bool {
    let id = DeviceId::new(device).unwrap();
    let node = world.server.node(ANA, &bundle_node(dialect, id));
    node.is_some_and(|node| node.named(&bundle_item(dialect, id)).is_some())
}

fn trust_of_own(world: &mut World, key: &IdentityKey) -> Option<Trust> {
    let own = world.clients[0].jid.clone();
    world.clients[0].read(|tx, account| stored::trust(tx, account, &own, key).unwrap())
}

fn results(world: &World) -> Vec<Result<Outcome, FailureKind>> {
    let results = world.clients[0].events.iter().filter_map(|event| match event {
        Event::Done { result, .. } => Some(result.clone().map_err(|failure| failure.kind())),
        _ => None,
    });
    results.collect()
}

/// The label of our device on the OMEMO 2 list, if our key signed it.
fn label_on_server(world: &mut World) -> Option<String> {
    let (device, key) = (world.clients[0].device(), world.clients[0].identity());
    let item = world
        .server
        .node(ANA, ns::OMEMO2_DEVICES)
        .unwrap()
        .item()
        .cloned();
    let list = omemo2::parse_device_list(&item.unwrap(), &|_| 0).unwrap();
    let ours = list.into_iter().find(|listed| listed.id.get() == device).unwrap();
    let label = ours.label?;
    assert!(key.has_signed(&label.text, &label.signature));
    Some(label.text)
}

#[test]
fn devices_on_either_list_were_there_before_us_and_get_everything() {
    let mut world = World::new(2, &[ANA, BOB]);
    let mut robots = [
        (4001, &[Dialect::Omemo2][..]),
        (4002, &[Dialect::Legacy]),
        (4003, &Dialect::ALL),
    ]
    .map(|(id, spoken)| {
        let mut robot = Robot::new(ANA, id, u64::from(id));
        robot.appear(&mut world, spoken);
        robot
    });
    world.connect_all();
    world.settle();
    let device = world.clients[0].device();
    assert_eq!(world.server.list_in(Dialect::Omemo2, ANA), [4001, 4003, device]);
    assert_eq!(world.server.list_in(Dialect::Legacy, ANA), [4002, 4003, device]);
    assert_eq!(told(&world, "4001, 4002, 4003"), 1);
    assert_eq!(told(&world, "appeared"), 0);
    world.server.log.clear();
    world.send(0, BOB, "for all of mine too");
    world.settle();
    let log = world.server.log.clone();
    for robot in &mut robots {
        let read: Vec<_> = log.iter().filter_map(|(_, stanza)| robot.read(stanza)).collect();
        assert_eq!(read, ["for all of mine too"], "{}", robot.own.id.get());
        assert_eq!(
            trust_of_own(&mut world, &robot.own.identity.public()),
            Some(Trust::Blind)
        );
    }
}

#[test]
fn a_stranger_raises_one_alarm_whatever_it_speaks() {
    for spoken in [&[Dialect::Legacy][..], &[Dialect::Omemo2], &Dialect::ALL] {
        let mut world = World::online(5, &[ANA, BOB]);
        let mut stranger = Robot::new(ANA, 4242, 5);
        stranger.appear(&mut world, spoken);
        world.settle();
        assert_eq!(told(&world, "A new device (4242) appeared"), 1, "{spoken:?}");
        world.server.log.clear();
        world.send(0, BOB, "for bob alone");
        world.settle();
        let log = world.server.log.clone();
        assert_eq!(
            log.iter().filter_map(|(_, stanza)| stranger.read(stanza)).count(),
            0
        );
        let trust = trust_of_own(&mut world, &stranger.own.identity.public());
        assert_eq!(trust, Some(Trust::Undecided), "{spoken:?}");
    }
}

#[test]
fn a_known_device_that_learns_the_other_dialect_is_not_new() {
    for (first, second) in [
        (Dialect::Legacy, Dialect::Omemo2),
        (Dialect::Omemo2, Dialect::Legacy),
    ] {
        let mut world = World::new(6, &[ANA]);
        let mut older = Robot::new(ANA, 4242, 6);
        older.appear(&mut world, &[first]);
        world.connect(0);
        world.settle();
        older.appear(&mut world, &[second]);
        world.settle();
        start_anew(&mut world);
        assert_eq!(told(&world, "4242"), 0);
    }
}

#[test]
fn another_device_of_ours_is_taken_off_both_lists_with_its_keys() {
    for (spoken, present) in [
        (&Dialect::ALL[..], true),
        (&Dialect::ALL, false),
        (&[Dialect::Legacy], true),
        (&[Dialect::Omemo2], false),
    ] {
        let mut world = World::new(19, &[ANA, BOB]);
        world.clients[0].present = present;
        let mut other = Robot::new(ANA, 4242, 19);
        other.appear(&mut world, spoken);
        Robot::new(ANA, 4243, 20).appear(&mut world, &Dialect::ALL);
        world.connect_all();
        world.settle();
        let device = world.clients[0].device();
        world.command(0, Command::RemoveDevice(4242));
        assert_eq!(results(&world), [], "not before the server has it");
        world.settle();
        assert_eq!(results(&world), [Ok(Outcome::Done)]);
        for dialect in Dialect::ALL {
            assert_eq!(world.server.list_in(dialect, ANA), [4243, device]);
            assert!(!has_bundle(&mut world, dialect, 4242));
            assert!(has_bundle(&mut world, dialect, 4243));
        }
        let own = BareJid::new(ANA).unwrap();
        let rows = world.clients[0].read(|tx, account| stored::devices(tx, account, &own).unwrap());
        assert!(
            rows.iter().all(|row| row.active == (row.id.get() != 4242)),
            "{rows:?}"
        );
        world.server.log.clear();
        world.send(0, BOB, "not for that one");
        world.settle();
        let log = world.server.log.clone();
        assert_eq!(log.iter().filter_map(|(_, stanza)| other.read(stanza)).count(), 0);
        // It still runs, and puts itself back.
        if present {
            other.appear(&mut world, &spoken[..1]);
            world.settle();
            assert_eq!(told(&world, "4242 is at work"), 1);
        }
    }
}

#[test]
fn what_is_not_to_be_taken_away_is_refused_in_a_sentence() {
    let mut world = World::online(20, &[ANA]);
    let device = world.clients[0].device();
    world.server.log.clear();
    for id in [device, 4242, 0, u32::MAX] {
        world.command(0, Command::RemoveDevice(id));
        world.settle();
    }
    assert_eq!(results(&world), vec![Err(FailureKind::Other); 4]);
    assert_eq!(publications(&world, ""), 0);
    world.clients[0].events.clear();
    world.command(0, Command::RemoveDevice(device));
    insta::assert_snapshot!(said(world.clients[0].last_failure().unwrap()), @"This is the device that you are using: it would put itself back at once. Take it away from another device, or choose one of the others.");
    world.command(0, Command::RemoveDevice(4242));
    insta::assert_snapshot!(said(world.clients[0].last_failure().unwrap()), @"Device 4242 is on none of your device lists. Look which ones are (`susurro devices`).");
    world.cut(0);
    world.command(0, Command::RemoveDevice(4242));
    assert_eq!(
        world.clients[0].last_failure().unwrap().kind(),
        FailureKind::NoConnection
    );
}

#[test]
fn a_device_is_not_called_gone_before_it_is() {
    for (node, fault) in [
        (devices_node(Dialect::Omemo2), Fault::Error("not-allowed")),
        (devices_node(Dialect::Legacy), Fault::Silent),
        (ns::OMEMO2_BUNDLES, Fault::Error("internal-server-error")),
        ("eu.siacs.conversations.axolotl.bundles:4242", Fault::Silent),
    ] {
        let mut world = World::new(21, &[ANA]);
        Robot::new(ANA, 4242, 21).appear(&mut world, &Dialect::ALL);
        world.connect(0);
        world.settle();
        world.server.fault(ANA, node, fault);
        world.command(0, Command::RemoveDevice(4242));
        world.settle();
        assert_eq!(results(&world), [Err(FailureKind::Answered)], "{node} {fault:?}");
        assert!(
            world.clients[0].keys_refused().is_none(),
            "ours are published as before"
        );
        // Later it goes, if it is still there.
        world.server.faults.clear();
        world.clients[0].events.clear();
        if world.server.list(ANA).contains(&4242)
            || world.server.list_in(Dialect::Omemo2, ANA).contains(&4242)
        {
            world.command(0, Command::RemoveDevice(4242));
            world.settle();
            assert_eq!(results(&world), [Ok(Outcome::Done)], "{node} {fault:?}");
        }
        for dialect in Dialect::ALL {
            assert!(!world.server.list_in(dialect, ANA).contains(&4242));
        }
    }
}

#[test]
fn a_removal_that_is_cut_off_is_told_and_not_finished_behind_the_back() {
    let mut world = World::new(22, &[ANA]);
    Robot::new(ANA, 4242, 22).appear(&mut world, &Dialect::ALL);
    world.connect(0);
    world.settle();
    world.server.fault(ANA, ns::OMEMO2_DEVICES, Fault::Silent);
    world.command(0, Command::RemoveDevice(4242));
    world.flow();
    world.server.faults.clear();
    world.server.restart();
    world.settle();
    world.connect(0);
    world.settle();
    assert_eq!(results(&world), [Err(FailureKind::NoConnection)]);
    assert!(world.server.list_in(Dialect::Omemo2, ANA).contains(&4242));
}

#[test]
fn this_device_gets_a_name_that_its_key_signed() {
    let mut world = World::online(23, &[ANA]);
    assert_eq!(label_on_server(&mut world), None);
    let name = |world: &mut World, label: &str| {
        world.clients[0].events.clear();
        world.command(0, Command::RenameDevice(Clean::new(label)));
        let done = results(world);
        world.settle();
        done
    };
    assert_eq!(name(&mut world, "  boat\n⛵ "), [Ok(Outcome::Done)]);
    assert_eq!(label_on_server(&mut world).as_deref(), Some("boat ⛵"));
    // The same again is nothing new.
    world.server.log.clear();
    name(&mut world, "boat ⛵");
    start_anew(&mut world);
    assert_eq!(publications(&world, ""), 0);
    let longest = "ä".repeat(52);
    assert_eq!(name(&mut world, &longest), [Ok(Outcome::Done)]);
    assert_eq!(name(&mut world, &"ä".repeat(53)), [Err(FailureKind::Other)]);
    assert_eq!(label_on_server(&mut world), Some(longest));
    assert_eq!(name(&mut world, " "), [Ok(Outcome::Done)]);
    assert_eq!(label_on_server(&mut world), None);
    assert_eq!(
        publications(&world, ns::OMEMO_LEGACY),
        0,
        "the older list has no names"
    );
}

#[test]
fn a_name_given_without_a_connection_is_published_with_the_next_one() {
    for resumed in [true, false] {
        let mut world = World::online(24, &[ANA]);
        world.cut(0);
        if !resumed {
            world.server.restart();
        }
        world.command(0, Command::RenameDevice(Clean::new("boat")));
        assert_eq!(results(&world), [Ok(Outcome::Done)]);
        world.settle();
        world.connect(0);
        world.settle();
        assert_eq!(
            label_on_server(&mut world).as_deref(),
            Some("boat"),
            "resumed: {resumed}"
        );
    }
    let mut world = World::new(25, &[ANA]);
    world.command(0, Command::RenameDevice(Clean::new("boat")));
    assert_eq!(
        results(&world),
        [Err(FailureKind::Other)],
        "there is no device yet"
    );
}

#[test]
fn a_name_that_others_take_off_is_put_back_three_times() {
    let mut world = World::online(26, &[ANA]);
    let device = world.clients[0].device();
    world.command(0, Command::RenameDevice(Clean::new("boat")));
    world.settle();
    world.server.log.clear();
    for _ in 0..6 {
        world.server.put_list_in(Dialect::Omemo2, ANA, &[device]);
        world.settle();
    }
    assert_eq!(publications(&world, ns::OMEMO2_DEVICES), 3);
    assert_eq!(told(&world, "name off your OMEMO 2 device list"), 1);
    // A new name is a new try.
    world.command(0, Command::RenameDevice(Clean::new("ship")));
    world.settle();
    assert_eq!(label_on_server(&mut world).as_deref(), Some("ship"));
}
