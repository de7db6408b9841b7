//! A chat is with one person, or with everybody in a room: what is meant for one of them stays out of the other.

use susurro::api::Command;
use susurro::model::{BareJid, ChatKind, Clean, MessageState, Peer};
use susurro::store::{Reads, chats};

use crate::client::chat;
use crate::world::{ANA, BOB, World};

/// Ana and Bob, and the chat at Bob's address is a room's, as a version that knows rooms would have made it.
fn with_room() -> World {
    let mut world = World::online(1, &[ANA, BOB]);
    world.send(1, ANA, "before");
    world.settle();
    let client = &mut world.clients[0];
    let tx = client.writer.transaction().unwrap();
    let sql = format!("UPDATE chats SET kind = 1 WHERE peer = '{BOB}'");
    assert_eq!(tx.conn().execute(&sql, []).unwrap(), 1);
    tx.commit().unwrap();
    world
}

#[test]
fn what_is_said_to_us_alone_does_not_come_into_the_chat_of_a_room() {
    let mut world = with_room();
    world.send(1, ANA, "for you alone");
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["before"]);
    let told = world.clients[0].notices();
    assert!(
        told.iter().any(|told| told.contains("in the name of the room")),
        "{told:?}"
    );
    // Nor does what they say of what we wrote.
    let bob = BareJid::new(BOB).unwrap();
    let (chat, persons) = world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, bob.clone()))
            .unwrap()
            .unwrap();
        (
            chat,
            chats::with_person(tx, &Peer::new(account, bob.clone())).unwrap(),
        )
    });
    assert_eq!((chat.kind, persons), (ChatKind::Room, None));
}

#[test]
fn nothing_is_sealed_for_one_person_in_the_chat_of_a_room() {
    let mut world = with_room();
    let before = world.server.log.len();
    world.send(0, BOB, "for whom?");
    world.settle();
    // It waits until we are in the room.
    assert_eq!(world.clients[0].bodies(BOB), ["before", "for whom?"]);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Queued);
    assert_eq!(world.server.log.len(), before);
}

#[test]
fn what_waits_in_a_chat_that_became_a_rooms_is_not_sent() {
    let mut world = World::online(2, &[ANA, BOB]);
    world.cut(0);
    world.settle();
    let late = Command::Send {
        to: chat(BOB),
        body: Clean::new("too late"),
        clear: false,
    };
    world.command(0, late);
    let client = &mut world.clients[0];
    let tx = client.writer.transaction().unwrap();
    let sql = format!("UPDATE chats SET kind = 1 WHERE peer = '{BOB}'");
    assert_eq!(tx.conn().execute(&sql, []).unwrap(), 1);
    tx.commit().unwrap();
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Queued);
    assert_eq!(world.clients[1].bodies(ANA), [""; 0]);
}
