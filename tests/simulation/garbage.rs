//! What stands in the place of our own device lists and is none, or is written as nobody should write it.

use susurro::omemo::Dialect;
use susurro::stanza::dialects::devices_node;
use susurro::stanza::ns;

use crate::dialects::BOTH;
use crate::own_keys::{publications, start_anew};
use crate::robot::Robot;
use crate::server::xml;
use crate::world::{ANA, World};

#[test]
fn garbage_in_the_place_of_our_list_is_replaced_while_we_look_on_and_three_times_only() {
    for dialect in Dialect::ALL {
        let mut world = World::online(5, &[ANA]);
        let device = world.clients[0].device();
        world.server.log.clear();
        for round in 1..=6 {
            let garbage = match round % 2 {
                0 => "<x xmlns='urn:x'/>",
                _ => "<list xmlns='urn:x'>text</list>",
            };
            world.server.put(ANA, devices_node(dialect), xml(garbage));
            world.settle();
            let there = world.server.list_in(dialect, ANA) == [device];
            assert_eq!(there, round <= 3, "{dialect:?} {round}");
        }
        assert_eq!(publications(&world, devices_node(dialect)), 3);
    }
}

/// A list of these ids, written as they are.
fn list(dialect: Dialect, ids: &[String]) -> minidom::Element {
    let devices: String = ids.iter().map(|id| format!("<device id='{id}'/>")).collect();
    xml(&match dialect {
        Dialect::Legacy => format!("<list xmlns='{}'>{devices}</list>", ns::OMEMO_LEGACY),
        Dialect::Omemo2 => format!("<devices xmlns='{}'>{devices}</devices>", ns::OMEMO2),
    })
}

#[test]
fn a_list_of_ours_that_names_devices_twice_or_impossible_ones_is_put_right_once() {
    for dialect in Dialect::ALL {
        for wrong in ["", "0", "-1", "4294967296", "me", "4242"] {
            for online in [true, false] {
                let mut world = World::new(5, &[ANA]);
                Robot::new(ANA, 4242, 5).appear(&mut world, BOTH);
                world.connect(0);
                world.settle();
                let device = world.clients[0].device();
                let wrong = wrong.replace("me", &device.to_string());
                let ids = [device.to_string(), wrong, "4242".to_owned()];
                world.server.log.clear();
                if !online {
                    world.crash(0);
                }
                world.server.put(ANA, devices_node(dialect), list(dialect, &ids));
                if !online {
                    start_anew(&mut world);
                }
                world.settle();
                let what = format!("{dialect:?} {ids:?} {online}");
                let item = world
                    .server
                    .node(ANA, devices_node(dialect))
                    .unwrap()
                    .item()
                    .cloned();
                let right = [device.to_string(), "4242".to_owned()];
                assert_eq!(item.unwrap(), list(dialect, &right), "{what}");
                assert_eq!(publications(&world, ""), 1, "{what}");
                // Whoever writes it so again and again is left alone.
                for _ in 0..3 {
                    world.server.put(ANA, devices_node(dialect), list(dialect, &ids));
                    world.settle();
                }
                assert_eq!(publications(&world, ""), 1, "{what}");
            }
        }
    }
}
