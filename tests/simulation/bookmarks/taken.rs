//! What other devices and programs do to the list.

use super::*;
use susurro::api::{Command, RoomCommand};
use susurro::model::room::RoomNotify;

const BOTH: [Lists; 2] = [Lists::Compat, Lists::Conversion];

#[test]
fn a_room_that_another_program_joins_is_entered_on_all_devices_once_and_left_with_it() {
    for lists in BOTH {
        let mut world = online(1, lists, 2);
        write(&mut world, &[(TEAM, true), (CHOIR, false)]);
        for at in [0, 1] {
            assert_eq!(autojoin(&mut world, at, TEAM), Some(true), "{lists:?}");
            assert_eq!(room(&mut world, at, CHOIR), None, "not until it is joined");
            assert_eq!(went_in(&world, at, TEAM), 1, "{lists:?}");
            assert!(went_in(&world, at, CHOIR) == 0 && writes(&world, at) == 0);
        }
        let team = room(&mut world, 0, TEAM).unwrap();
        assert_eq!(team.name.unwrap().as_str(), "Name");
        write(&mut world, &[(TEAM, false), (CHOIR, true)]);
        for at in [0, 1] {
            assert_eq!(autojoin(&mut world, at, TEAM), Some(false));
            assert_eq!(autojoin(&mut world, at, CHOIR), Some(true));
            assert!(went_out(&world, at, TEAM) && went_in(&world, at, CHOIR) == 1);
            assert_eq!(writes(&world, at), 0);
        }
    }
}

#[test]
fn what_changed_while_a_device_was_away_it_hears_at_its_next_login() {
    for lists in BOTH {
        let mut world = online(2, lists, 1);
        write(&mut world, &[(TEAM, true), (CHOIR, true)]);
        world.quit(0);
        world.settle();
        match lists {
            Lists::Compat => {
                world.server.take_off(ANA, ITEMS, TEAM);
                world
                    .server
                    .put_item(ANA, ITEMS, "new@muc.mired.test", conference(true, ""));
            }
            _ => write(&mut world, &[(CHOIR, true), ("new@muc.mired.test", true)]),
        }
        world.connect(0);
        world.settle();
        for (address, expected) in [(TEAM, false), (CHOIR, true), ("new@muc.mired.test", true)] {
            assert_eq!(
                autojoin(&mut world, 0, address),
                Some(expected),
                "{lists:?} {address}"
            );
        }
        assert_eq!(notices(&world, 0), []);
        assert_eq!(writes(&world, 0), 0);
    }
}

#[test]
fn one_room_that_is_taken_off_is_left_even_if_it_is_the_only_one() {
    for lists in BOTH {
        let mut world = online(3, lists, 1);
        write(&mut world, &[(TEAM, true)]);
        match lists {
            Lists::Compat => {
                world.server.take_off(ANA, ITEMS, TEAM);
                world.settle();
            }
            _ => write(&mut world, &[]),
        }
        assert_eq!(autojoin(&mut world, 0, TEAM), Some(false), "{lists:?}");
        assert!(went_out(&world, 0, TEAM));
        assert_eq!(notices(&world, 0), []);
    }
}

#[test]
fn whoever_empties_the_list_takes_no_room_away() {
    for lists in BOTH {
        for how in ["purge", "delete", "one after the other"] {
            for away in [false, true] {
                let mut world = online(4, lists, 1);
                write(&mut world, &[(TEAM, true), (CHOIR, true)]);
                if away {
                    world.quit(0);
                    world.settle();
                }
                let node = match lists {
                    Lists::Compat => ITEMS,
                    _ => ONE_ITEM,
                };
                match (how, lists) {
                    ("purge", _) => world.server.purge(ANA, node),
                    ("delete", _) => world.server.drop_node(ANA, node),
                    (_, Lists::Compat) => {
                        for each in [TEAM, CHOIR] {
                            world.server.take_off(ANA, ITEMS, each);
                        }
                    }
                    _ => world.server.put(ANA, ONE_ITEM, storage(&[])),
                }
                world.connect(0);
                world.settle();
                let case = format!("{lists:?} {how} {away}");
                for address in [TEAM, CHOIR] {
                    assert_eq!(autojoin(&mut world, 0, address), Some(true), "{case}");
                    assert!(!went_out(&world, 0, address), "{case}");
                }
                assert_eq!(notices(&world, 0), [RoomsNotice::ListEmptied(2)], "{case}");
                assert_eq!(writes(&world, 0), 0, "{case}");
                // It is said once, and the person can put a room back or leave it.
                world.quit(0);
                world.connect(0);
                world.settle();
                assert_eq!(notices(&world, 0).len(), 1, "{case}");
                world.command(
                    0,
                    Command::Room {
                        room: chat(TEAM),
                        what: RoomCommand::Leave,
                    },
                );
                world.settle();
                assert_eq!(autojoin(&mut world, 0, TEAM), Some(false));
            }
        }
    }
}

#[test]
fn what_stands_beside_a_room_comes_with_it() {
    let mut world = online(5, Lists::Compat, 2);
    let beside = "<extensions><pinned xmlns='urn:xmpp:bookmarks-pinning:0'/><notify xmlns='urn:xmpp:notification-settings:1'>\
                  <on-mention/></notify><mine xmlns='urn:other'>kept</mine></extensions>";
    world.server.put_item(
        ANA,
        ITEMS,
        TEAM,
        conference(true, &format!("<password>secret</password>{beside}")),
    );
    world.settle();
    for at in [0, 1] {
        let team = room(&mut world, at, TEAM).unwrap();
        assert!(team.pinned && team.notify == RoomNotify::Mentions && team.extensions.contains("kept"));
        let password = world.clients[at].read(|tx, _| rooms::password(tx, team.chat).unwrap());
        assert_eq!(password.unwrap().as_str(), "secret");
    }
    // What the person changes here changes nothing else there.
    keep(&mut world, 0, TEAM, |team| team.notify = RoomNotify::Never);
    world.quit(0);
    world.connect(0);
    world.settle();
    let now = listed(&mut world, TEAM).unwrap();
    for part in ["<pinned", "<never/>", "kept", "secret"] {
        assert!(now.contains(part), "{now}");
    }
    let other = room(&mut world, 1, TEAM).unwrap();
    assert!(other.notify == RoomNotify::Never && other.pinned);
}

// Threat 8.
#[test]
fn only_our_own_account_says_what_our_rooms_are() {
    let mut world = online(6, Lists::Compat, 1);
    for from in ["bob@mired.test", "mired.test", "muc.mired.test", TEAM] {
        let item = text(&conference(true, ""));
        world.deliver(
            0,
            &format!(
                "<message xmlns='jabber:client' type='headline' from='{from}' to='{ANA}'><event \
                 xmlns='http://jabber.org/protocol/pubsub#event'><items node='{ITEMS}'><item id='{TEAM}'>{item}</item></items>\
                 </event></message>"
            ),
        );
        world.settle();
        assert_eq!(room(&mut world, 0, TEAM), None, "{from}");
    }
}

#[test]
fn of_two_forms_that_are_one_the_one_that_is_written_is_listened_to() {
    let mut world = online(7, Lists::Compat, 1);
    // Prosody tells of both, the older first.
    for autojoin in [true, false, true] {
        world.server.put(ANA, ONE_ITEM, storage(&[(TEAM, autojoin)]));
        world.server.put_item(ANA, ITEMS, TEAM, conference(autojoin, ""));
        world.settle();
        assert_eq!(super::autojoin(&mut world, 0, TEAM), Some(autojoin));
    }
    assert_eq!((went_in(&world, 0, TEAM), writes(&world, 0)), (2, 0));
}
