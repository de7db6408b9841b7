//! Chats in private with somebody in a room, on the screen: how one is opened, what it is called, and that nothing says it
//! is encrypted.

use susurro::api::{Change, Event, RoomState};
use susurro::model::room::{Affiliation, Role};
use susurro::model::{Author, Clean, InPrivate, Peer, Protection};
use susurro::store::{chats, messages};

use crate::rooms::{TEAM, in_the_room, occupant, room, tell};
use crate::stage::{Stage, jid, peer};

fn with(nick: &str, id: &str) -> Peer {
    let within = InPrivate {
        nick: Clean::line(nick),
        occupant_id: Some(id.to_owned()),
    };
    Peer::in_private(peer(TEAM).account, jid(TEAM), within)
}

/// The room is open, with somebody in it whom it tells from others over all nicks.
fn beside_zoe() -> Stage {
    let mut stage = in_the_room((100, 24), false);
    let (nick, mut here) = occupant("Zoe Ann", None, Affiliation::None, Role::Participant);
    here.occupant_id = Some("z".into());
    tell(
        &mut stage,
        RoomState::Occupant {
            nick,
            here: Some(here),
        },
    );
    stage
}

fn types(stage: &mut Stage, line: &str) {
    stage.type_in(line);
    stage.press(&["Enter"]);
    stage.settle();
}

fn in_clear(stage: &mut Stage) {
    let chat = stage.store(|tx, _| {
        let chat = chats::by_peer(tx, &room()).unwrap().unwrap().id;
        chats::set_encrypted(tx, chat, false).unwrap();
        chat
    });
    stage.event(Event::Changed(Change::Room(chat)));
    stage.event(Event::Changed(Change::Chats));
    stage.settle();
}

/// What was written in private to Zoe.
fn sent(stage: &mut Stage) -> Vec<String> {
    stage.store(|tx, _| {
        let Some(chat) = chats::by_peer(tx, &with("Zoe Ann", "z")).unwrap() else {
            return Vec::new();
        };
        let rows = messages::history(tx, chat.id, None, 100).unwrap();
        rows.into_iter()
            .map(|row| row.body.unwrap().as_str().to_owned())
            .collect()
    })
}

#[test]
fn words_behind_a_nick_go_to_whoever_has_it_alone() {
    let mut stage = beside_zoe();
    in_clear(&mut stage);
    types(&mut stage, "/msg Zoe Ann are you coming?");
    assert_eq!(sent(&mut stage), ["are you coming?"]);
    let text = stage.text();
    assert!(text.contains("Zoe Ann in #The team"), "{text}");
    assert!(text.contains("IN CLEAR"), "{text}");
}

#[test]
fn in_an_encrypted_group_nothing_goes_in_clear_before_the_person_says_so() {
    let mut stage = beside_zoe();
    types(&mut stage, "/msg zoe");
    let text = stage.text();
    assert!(text.contains("Zoe Ann in #The team"), "{text}");
    assert!(text.contains("cannot be encrypted: /plaintext"), "{text}");
    assert!(sent(&mut stage).is_empty());
}

#[test]
fn what_came_in_private_stands_in_the_list_beside_its_room() {
    let mut stage = in_the_room((100, 24), false);
    let chat = stage.store(|tx, _| chats::open(tx, &with("Bobby", "b")).unwrap().id);
    stage.row(|new| {
        new.chat = chat;
        new.author = Author::Occupant {
            nick: Clean::line("Bobby"),
            occupant_id: None,
            real: None,
        };
        new.body = Some(Clean::new("psst"));
        new.protection = Protection::Clear;
    });
    stage.event(Event::Changed(Change::Chats));
    stage.settle();
    let text = stage.text();
    assert!(text.contains("Bobby in #"), "{text}");
    types(&mut stage, "/open Bobby in #The team");
    let text = stage.text();
    assert!(text.contains("psst") && !text.contains("/leave"), "{text}");
    types(&mut stage, "/topic nothing");
    assert!(stage.text().contains("no room"), "{}", stage.text());
}

#[test]
fn whom_a_room_shows_no_address_of_is_written_to_from_the_page_of_its_people() {
    let mut stage = beside_zoe();
    in_clear(&mut stage);
    types(&mut stage, "/members");
    for _ in 0..8 {
        let text = stage.text();
        if text
            .lines()
            .any(|line| line.contains("Zoe Ann") && line.contains('▸'))
        {
            break;
        }
        stage.press(&["Down"]);
    }
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(text.contains("Zoe Ann in #The team"), "{text}");
}
