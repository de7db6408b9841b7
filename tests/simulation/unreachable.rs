//! People who cannot be written to, or only nearly: damaged keys, impossible numbers,
//! addresses that may not exist.

use minidom::Element;
use susurro::api::Command;
use susurro::model::{BareJid, MessageState};
use susurro::omemo::Dialect;
use susurro::stanza::dialects;

use crate::client::said;
use crate::dialects::{LEGACY, OMEMO2, bodies, heard, meet, tell};
use crate::robot::Robot;
use crate::server::{Fault, xml};
use crate::world::{ANA, BOB, World};

/// Puts something else in the place of the robot's bundle.
fn spoil(world: &mut World, robot: &Robot, dialect: Dialect, change: impl FnOnce(String) -> String) {
    let (node, item) = (
        dialects::bundle_node(dialect, robot.own.id),
        dialects::bundle_item(dialect, robot.own.id),
    );
    let found = world.server.node(BOB, &node).unwrap();
    let bundle = match dialect {
        Dialect::Legacy => found.item(),
        Dialect::Omemo2 => found.named(&item),
    };
    let spoilt = change(String::from(bundle.unwrap()));
    world.server.put_item(BOB, &node, &item, xml(&spoilt));
}

fn refusal(world: &mut World) -> String {
    world.observer.secrets.push("never in clear".to_owned());
    world.send(0, BOB, "never in clear");
    world.settle();
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    why
}

#[test]
fn a_bundle_with_damaged_prekeys_is_used_while_one_good_one_is_in_it() {
    for (dialect, start, more) in [
        (
            Dialect::Legacy,
            "<prekeys>",
            "<preKeyPublic preKeyId='5'>BQ==</preKeyPublic><preKeyPublic preKeyId='6'>no base64</preKeyPublic>\
             <preKeyPublic>BQgJ</preKeyPublic><preKeyPublic preKeyId='-1'/>",
        ),
        (
            Dialect::Omemo2,
            "<prekeys>",
            "<pk id='5'>BQ==</pk><pk id='6'>no base64</pk><pk>BQgJ</pk><pk id='-1'/>",
        ),
    ] {
        let mut bob = Robot::new(BOB, 77, 1);
        let spoken = if dialect == Dialect::Legacy {
            LEGACY
        } else {
            OMEMO2
        };
        let mut world = meet(1, &mut [(&mut bob, spoken)]);
        spoil(&mut world, &bob, dialect, |bundle| {
            assert!(bundle.contains(start), "{bundle}");
            bundle.replacen(start, &format!("{start}{more}"), 1)
        });
        world.send(0, BOB, "hello");
        world.settle();
        assert_eq!(bodies(&heard(&world, &mut bob)), [(dialect, "hello")]);
    }
}

#[test]
fn keys_that_cannot_be_used_are_not_said_to_be_missing() {
    for (change, said) in [
        (("<prekeys>", "<x>"), "its keys are damaged"),
        (("<spks>", "<spks>AAAA"), "its keys are not valid"),
        (
            ("<pk id", "<pk x"),
            "its keys are not valid: the bundle holds no usable prekey",
        ),
    ] {
        let mut bob = Robot::new(BOB, 77, 1);
        let mut world = meet(2, &mut [(&mut bob, OMEMO2)]);
        spoil(&mut world, &bob, Dialect::Omemo2, |bundle| {
            let spoilt = bundle.replacen(change.0, change.1, 1);
            spoilt.replace(
                "</prekeys>",
                if change.1 == "<x>" { "</x>" } else { "</prekeys>" },
            )
        });
        let why = refusal(&mut world);
        assert!(why.contains(said), "{said}: {why}");
    }
}

#[test]
fn a_list_of_impossible_numbers_is_called_that() {
    let lists = [
        "<list xmlns='eu.siacs.conversations.axolotl'><device id='0'/></list>",
        "<list xmlns='eu.siacs.conversations.axolotl'><device id='2147483648'/><device id='x'/><device/></list>",
        "<devices xmlns='urn:xmpp:omemo:2'><device id='-5'/></devices>",
    ];
    for list in lists {
        let list: Element = xml(list);
        let dialect = if list.name() == "list" {
            Dialect::Legacy
        } else {
            Dialect::Omemo2
        };
        let mut world = World::new(3, &[ANA]);
        world.server.add_account(BOB);
        world.server.befriend(ANA, BOB);
        world
            .server
            .put_item(BOB, dialects::devices_node(dialect), "current", list);
        world.connect(0);
        world.settle();
        let why = refusal(&mut world);
        assert!(
            why.contains("publishes only an impossible device number"),
            "{why}"
        );
        world.server.put_list_in(dialect, BOB, &[]);
        world.settle();
        let why = refusal(&mut world);
        assert!(why.contains("publish no OMEMO keys"), "{why}");
    }
}

#[test]
fn an_address_that_was_added_and_shows_nothing_may_be_mistyped() {
    for condition in ["service-unavailable", "item-not-found", "forbidden"] {
        let mut world = World::new(4, &[ANA]);
        world.server.add_account(BOB);
        for dialect in Dialect::ALL {
            let node = dialects::devices_node(dialect);
            world.server.fault(BOB, node, Fault::Error(condition));
        }
        world.connect(0);
        world.settle();
        let before = refusal(&mut world);
        assert!(!before.contains("mistyped"), "not added yet: {before}");
        let jid = BareJid::new(BOB).unwrap();
        world.command(0, Command::AddContact { jid, name: None });
        world.settle();
        let why = refusal(&mut world);
        assert!(
            why.contains("mistyped: the server does not say"),
            "{condition}: {why}"
        );
        assert!(!why.contains("add each other"), "{condition}: {why}");
        // Whoever only looks at the keys is told the same.
        let jid = BareJid::new(BOB).unwrap();
        world.command(0, Command::RefreshDevices(jid));
        world.settle();
        let why = said(world.clients[0].last_failure().unwrap());
        assert!(
            why.contains("mistyped: the server does not say"),
            "{condition}: {why}"
        );
        // Whoever wrote exists.
        let mut bob = Robot::new(BOB, 77, 1);
        tell(&mut world, &mut bob, Dialect::Omemo2, "b1", "hello");
        let why = refusal(&mut world);
        assert!(!why.contains("mistyped"), "{condition}: {why}");
    }
}
