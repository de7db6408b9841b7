//! The line of a room: how many people read, on how many devices, and who does not.

use super::*;
use model::room::{Affiliation, RoomFeature, RoomFeatures};
use model::{ChatId, Policy};
use store::rooms::{self, Member};
use store::{Transaction, policies};

const TEAM: &str = "team@muc.mired.test";

fn put(tx: &Transaction<'_>, chat: ChatId, who: &str, affiliation: Affiliation) {
    let jid = jid(&format!("{who}@mired.test"));
    let nick = None;
    let member = Member {
        jid,
        affiliation,
        nick,
    };
    rooms::set_member(tx, chat, &member).unwrap();
}

/// A private group of Ana's with these people.
fn team(people: &[&str]) -> (Stage, ChatId) {
    let mut stage = Stage::new();
    let room = stage.write(|tx| {
        let room = rooms::open(tx, &peer(TEAM), "Ana").unwrap().unwrap();
        let features = RoomFeatures::from([RoomFeature::MembersOnly, RoomFeature::NonAnonymous]);
        rooms::set_features(tx, room.chat, &features).unwrap();
        chats::set_encrypted(tx, room.chat, true).unwrap();
        put(tx, room.chat, "ana", Affiliation::Owner);
        for who in people {
            put(tx, room.chat, who, Affiliation::Member);
        }
        room.chat
    });
    (stage, room)
}

fn read(stage: &mut Stage) -> Recipients {
    stage.look(|world| Recipients::read(world, &peer(TEAM)).unwrap())
}

fn words(stage: &mut Stage) -> String {
    read(stage).line("The team", " · ", false)
}

fn within(stage: &mut Stage, columns: usize) -> String {
    stage.look(|world| {
        let recipients = Recipients::read(world, &peer(TEAM)).unwrap();
        recipients.words_in("The team", columns, world.theme)
    })
}

#[test]
fn the_line_counts_people_and_devices_and_names_who_is_left_out() {
    let (mut stage, _) = team(&["bob", "carol", "dan", "eve"]);
    stage.devices("bob@mired.test", &[(1, 1, BLIND), (2, 2, BLIND)]);
    stage.devices("carol@mired.test", &[(3, 3, BLIND), (4, 4, UNDECIDED)]);
    stage.devices(ANA, &[(8, 8, BLIND)]);
    assert_eq!(
        words(&mut stage),
        "to The team · readable by 2 people, 3 devices + 1 of yours · not verified · 2 more looked up when you write \
         · 1 new device left out"
    );
    stage.devices("dan@mired.test", &[]);
    stage.devices("eve@mired.test", &[(5, 5, UNDECIDED)]);
    assert_eq!(
        words(&mut stage),
        "to The team · readable by 2 people, 3 devices + 1 of yours · not verified · left out: dan (no keys), eve (new key) \
         · 1 new device left out"
    );
    assert_eq!(
        within(&mut stage, 77),
        "2 people, 3 dev + 1 · not verified · dan + 1 more left out · 1 dev left out"
    );
    assert_eq!(read(&mut stage).security, ChatSecurity::Encrypted);
}

#[test]
fn a_room_of_verified_people_says_so() {
    let (mut stage, _) = team(&["bob", "carol"]);
    stage.devices("bob@mired.test", &[(1, 1, VERIFIED)]);
    stage.devices("carol@mired.test", &[(3, 3, VERIFIED)]);
    assert_eq!(
        words(&mut stage),
        "to The team · readable by 2 people, 2 devices · verified"
    );
    assert_eq!(read(&mut stage).security, ChatSecurity::Verified);
    let (mut alone, _) = team(&[]);
    assert_eq!(words(&mut alone), "to The team · nobody else is in it");
}

#[test]
fn what_the_person_asks_of_a_room_stops_it_and_the_line_says_why() {
    let (mut stage, chat) = team(&["bob", "dan"]);
    stage.devices("bob@mired.test", &[(1, 1, BLIND)]);
    stage.devices("dan@mired.test", &[]);
    stage.write(|tx| policies::set(tx, chat, Policy::HighRisk).unwrap());
    assert_eq!(
        words(&mut stage),
        "to The team · nothing can be sent · left out: dan (no keys)"
    );
    assert_eq!(read(&mut stage).security, ChatSecurity::NoKeys);
    stage.write(|tx| policies::set(tx, chat, Policy::Verified).unwrap());
    assert_eq!(
        words(&mut stage),
        "to The team · its members changed: nothing is sent until you confirm them, /policy verified"
    );
    stage.write(|tx| {
        let members = rooms::recipients(tx, chat).unwrap();
        policies::set_confirmed(tx, chat, &members).unwrap();
    });
    assert_eq!(
        words(&mut stage),
        "to The team · nothing can be sent · left out: bob (not verified), dan (no keys)"
    );
    stage.write(|tx| put(tx, chat, "dan", Affiliation::None));
    assert!(words(&mut stage).contains("its members changed"));
}

#[test]
fn a_room_that_is_none_for_omemo_says_what_it_is() {
    let (mut stage, chat) = team(&["bob"]);
    stage.devices("bob@mired.test", &[(1, 1, BLIND)]);
    stage.write(|tx| {
        let open = RoomFeatures::from([RoomFeature::NonAnonymous]);
        rooms::set_features(tx, chat, &open).unwrap();
    });
    assert_eq!(
        words(&mut stage),
        "to The team · anybody may enter it: nothing can be sent encrypted"
    );
    assert_eq!(within(&mut stage, 40), "to The team · cannot be sent");
    stage.write(|tx| rooms::set_suspect(tx, chat, true).unwrap());
    assert_eq!(
        words(&mut stage),
        "to The team · not the room that it was: nothing is sent"
    );
    stage.write(|tx| chats::set_encrypted(tx, chat, false).unwrap());
    assert_eq!(
        words(&mut stage),
        "to The team · IN CLEAR, the servers can read this"
    );
}
