//! Lists that nobody expects, and two who write at once.

use super::*;
use crate::world::BOB;

#[test]
fn a_thousand_rooms_a_person_s_address_and_what_is_no_nick_break_nothing() {
    for lists in [Lists::Compat, Lists::Conversion] {
        let mut world = World::new(1, &[ANA, BOB]);
        world.server.options.lists = lists;
        world.connect_all();
        world.settle();
        world.send(1, ANA, "I am a person");
        world.settle();
        world.quit(0);
        let much = format!(
            "<extensions><mine xmlns='urn:other'>{}</mine></extensions>",
            "x".repeat(16_000)
        );
        match lists {
            Lists::Compat => {
                for number in 0..998 {
                    let address = format!("room{number}@muc.mired.test");
                    world
                        .server
                        .put_item(ANA, ITEMS, &address, conference(number < 20, ""));
                }
                let nick = format!("<nick>{}</nick>", "n".repeat(2000));
                let odd = xml(&format!(
                    "<conference xmlns='{ITEMS}' autojoin='true'>{nick}{much}</conference>"
                ));
                world.server.put_item(ANA, ITEMS, BOB, odd.clone());
                world.server.put_item(ANA, ITEMS, TEAM, odd);
            }
            _ => {
                let addresses: Vec<String> = (0..1000)
                    .map(|number| format!("room{number}@muc.mired.test"))
                    .collect();
                let mut rooms = vec![(BOB, true), (TEAM, true)];
                rooms.extend(
                    addresses
                        .iter()
                        .enumerate()
                        .map(|(number, address)| (address.as_str(), number < 20)),
                );
                world.server.put(ANA, ONE_ITEM, storage(&rooms));
            }
        }
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["I am a person"]);
        let kept = world.clients[0].read(|tx, account| rooms::all(tx, account).unwrap().len());
        assert_eq!(kept, 21, "{lists:?}");
        assert_eq!(room(&mut world, 0, TEAM).unwrap().own_nick, "");
        assert_eq!(went_in(&world, 0, TEAM), 1);
        // A list that is cut off says nothing of what is not on it.
        world.quit(0);
        world.connect(0);
        world.settle();
        assert_eq!(
            autojoin(&mut world, 0, "room0@muc.mired.test"),
            Some(true),
            "{lists:?}"
        );
        assert_eq!(notices(&world, 0), []);
    }
}

#[test]
fn of_two_devices_that_change_a_room_at_once_the_last_one_holds_on_both() {
    for seed in 0..12 {
        for lists in [Lists::Compat, Lists::Conversion] {
            let mut world = online(seed, lists, 2);
            write(&mut world, &[(TEAM, true), (CHOIR, true)]);
            for at in [0, 1] {
                world.command(
                    at,
                    susurro::api::Command::Room {
                        room: chat(TEAM),
                        what: susurro::api::RoomCommand::Leave,
                    },
                );
                let room = world.server.options.lists;
                if at == 1 && room == Lists::Compat {
                    world
                        .server
                        .put_item(ANA, ITEMS, TEAM, conference(true, EXTENSIONS));
                }
            }
            world.settle();
            let there = listed(&mut world, TEAM).is_some_and(|text| text.contains("autojoin='true'"));
            for at in [0, 1] {
                let case = format!("{seed} {lists:?} {at}");
                assert_eq!(autojoin(&mut world, at, TEAM), Some(there), "{case}");
                assert_eq!(autojoin(&mut world, at, CHOIR), Some(true), "{case}");
                assert_ne!(
                    room(&mut world, at, TEAM).unwrap().bookmarked,
                    Bookmarked::Due,
                    "{case}"
                );
                assert!(writes(&world, at) < 4, "{case}");
            }
        }
    }
}
