//! What this device writes on the list.

use super::*;
use crate::server::{Access, Counts, Fault, Most, Node};
use susurro::api::{Command, CommandId, Outcome, RoomCommand};
use susurro::model::Failure;
use susurro::model::room::RoomNotify;

fn leave(world: &mut World, at: usize, address: &str) -> CommandId {
    let command = Command::Room {
        room: chat(address),
        what: RoomCommand::Leave,
    };
    world.command(at, command)
}

fn done(world: &World, at: usize, id: CommandId) -> Option<Result<Outcome, Failure>> {
    world.clients[at].events.iter().find_map(|event| match event {
        Event::Done { command, result } if *command == id => Some(result.clone()),
        _ => None,
    })
}

#[test]
fn what_is_to_be_told_is_told_after_a_crash_too_and_the_other_device_goes_in() {
    for lists in [Lists::Compat, Lists::Conversion, Lists::Nothing] {
        let mut world = online(1, lists, 2);
        world.crash(0);
        keep(&mut world, 0, TEAM, |_| ());
        keep(&mut world, 0, CHOIR, |_| ());
        world.connect(0);
        world.settle();
        for address in [TEAM, CHOIR] {
            let written = listed(&mut world, address).unwrap();
            assert!(written.contains("autojoin='true'"), "{lists:?} {written}");
            assert_eq!(autojoin(&mut world, 1, address), Some(true), "{lists:?}");
            assert_eq!(went_in(&world, 1, address), 1, "{lists:?}");
            assert_eq!(room(&mut world, 0, address).unwrap().bookmarked, Bookmarked::Yes);
        }
        let node = match lists {
            Lists::Compat => ITEMS,
            _ => ONE_ITEM,
        };
        let node = world.server.node(ANA, node).unwrap();
        assert_eq!(node.access, Access::Whitelist);
        assert!(lists != Lists::Compat || node.most == Most::Max);
        // Nobody answers an echo.
        assert_eq!((writes(&world, 0), writes(&world, 1)), (2, 0), "{lists:?}");
    }
}

#[test]
fn a_room_that_is_left_goes_off_the_list_unless_something_would_be_lost() {
    for lists in [Lists::Compat, Lists::Conversion] {
        let mut world = online(2, lists, 2);
        write(&mut world, &[(TEAM, true), (CHOIR, true)]);
        if lists == Lists::Compat {
            world.server.put_item(ANA, ITEMS, CHOIR, conference(true, ""));
            world.settle();
        }
        for address in [TEAM, CHOIR] {
            let id = leave(&mut world, 0, address);
            world.settle();
            assert!(done(&world, 0, id).unwrap().is_ok());
            assert_eq!(autojoin(&mut world, 1, address), Some(false), "{lists:?}");
            assert!(went_out(&world, 1, address));
        }
        assert_eq!(listed(&mut world, CHOIR), None);
        match lists {
            Lists::Compat => {
                let kept = listed(&mut world, TEAM).unwrap();
                assert!(
                    kept.contains("autojoin='false'") && kept.contains("kept"),
                    "{kept}"
                );
            }
            _ => {
                let left = world.server.node(ANA, ONE_ITEM).unwrap().item().unwrap().clone();
                assert_eq!(left, storage(&[]));
            }
        }
        assert_eq!(notices(&world, 1), []);
    }
}

#[test]
fn a_command_of_a_moment_is_done_when_the_server_has_it_or_will_not() {
    for (fault, told) in [
        (None, 0),
        (Some(Fault::Silent), 1),
        (Some(Fault::Error("forbidden")), 1),
    ] {
        let mut world = online(3, Lists::Compat, 2);
        write(&mut world, &[(TEAM, true)]);
        world.quit(0);
        world.clients[0].present = false;
        world.clients[0].events.clear();
        world.connect(0);
        world.settle();
        if let Some(fault) = fault {
            world.server.fault(ANA, ITEMS, fault);
        }
        let id = leave(&mut world, 0, TEAM);
        assert_eq!(done(&world, 0, id), None);
        world.settle();
        assert!(done(&world, 0, id).unwrap().is_ok());
        assert_eq!(notices(&world, 0).len(), told);
        let expected = fault.is_some();
        assert_eq!(
            listed(&mut world, TEAM).unwrap().contains("autojoin='true'"),
            expected
        );
        assert_eq!(autojoin(&mut world, 1, TEAM), Some(expected));
    }
}

#[test]
fn a_line_that_breaks_lets_nobody_wait() {
    let mut world = online(4, Lists::Compat, 1);
    write(&mut world, &[(TEAM, true)]);
    world.quit(0);
    world.clients[0].present = false;
    world.connect(0);
    world.settle();
    let id = leave(&mut world, 0, TEAM);
    world.cut(0);
    assert!(done(&world, 0, id).unwrap().is_ok());
    world.clients[0].present = true;
    world.crash(0);
    world.connect(0);
    world.settle();
    let kept = listed(&mut world, TEAM).unwrap();
    assert!(kept.contains("autojoin='false'"), "{kept}");
}

#[test]
fn a_node_that_others_can_read_or_that_keeps_one_item_is_set_right_first() {
    let counts = |knows_max, with_item| Counts {
        knows_max,
        largest: 1000,
        with_item,
    };
    for counts in [
        counts(true, true),
        counts(true, false),
        counts(false, true),
        counts(false, false),
    ] {
        for there in [false, true] {
            for lists in [Lists::Compat, Lists::Conversion] {
                let mut world = online(5, lists, 1);
                world.server.options.counts = counts;
                world.quit(0);
                let node = match lists {
                    Lists::Compat => ITEMS,
                    _ => ONE_ITEM,
                };
                if there {
                    let nodes = &mut world.server.accounts.get_mut(ANA).unwrap().nodes;
                    nodes.insert(node.to_owned(), Node::new(Access::Presence));
                }
                for address in [TEAM, CHOIR] {
                    keep(&mut world, 0, address, |_| ());
                }
                world.connect(0);
                world.settle();
                let case = format!("{counts:?} {there} {lists:?}");
                for address in [TEAM, CHOIR] {
                    assert!(listed(&mut world, address).is_some(), "{case}");
                }
                let node = world.server.node(ANA, node).unwrap();
                assert_eq!(node.access, Access::Whitelist, "{case}");
                assert_eq!(notices(&world, 0), [], "{case}");
            }
        }
    }
}

#[test]
fn where_nodes_are_refused_the_store_that_was_before_them_is_used() {
    for pep in [false, true] {
        let mut world = World::new(6, &[ANA, ANA]);
        world.server.options.pep = pep;
        world.server.options.lists = Lists::Conversion;
        world
            .server
            .fault(ANA, ONE_ITEM, Fault::Error("feature-not-implemented"));
        world.server.accounts.get_mut(ANA).unwrap().private = Some(storage(&[(CHOIR, true)]));
        keep(&mut world, 0, TEAM, |team| team.notify = RoomNotify::Never);
        world.connect(0);
        world.settle();
        let stored = world.server.accounts[ANA].private.clone().unwrap();
        let stored = text(&stored);
        for part in [TEAM, CHOIR, "https://mired.test"] {
            assert!(stored.contains(part), "{stored}");
        }
        let only_here = RoomsNotice::SetHereOnly(TEAM.parse().unwrap());
        assert_eq!(notices(&world, 0), [only_here]);
        world.connect(1);
        world.settle();
        for address in [TEAM, CHOIR] {
            assert_eq!(autojoin(&mut world, 1, address), Some(true));
        }
    }
}

#[test]
fn where_nothing_keeps_the_list_it_is_said_once_and_the_rooms_stay_here() {
    let mut world = World::new(7, &[ANA]);
    world.server.options.pep = false;
    world.connect(0);
    world.settle();
    assert_eq!(notices(&world, 0), [], "there is nothing to keep");
    world.quit(0);
    keep(&mut world, 0, TEAM, |_| ());
    keep(&mut world, 0, CHOIR, |_| ());
    world.connect(0);
    world.settle();
    assert!(matches!(notices(&world, 0)[..], [RoomsNotice::NotListed(_)]));
    for address in [TEAM, CHOIR] {
        assert_eq!(autojoin(&mut world, 0, address), Some(true));
        assert_eq!(went_in(&world, 0, address), 1);
    }
}

#[test]
fn a_chat_that_is_deleted_is_on_no_list_any_more() {
    let mut world = online(8, Lists::Compat, 2);
    write(&mut world, &[(TEAM, true)]);
    world.command(0, Command::DeleteChat(chat(TEAM)));
    world.settle();
    assert_eq!(listed(&mut world, TEAM), None);
    assert_eq!(room(&mut world, 0, TEAM), None);
    assert_eq!(autojoin(&mut world, 1, TEAM), Some(false));
}
