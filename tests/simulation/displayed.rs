//! Markers (XEP-0333) of the other side: what we wrote was read, as they say. Only contacts say it, and it
//! only moves forward.

use susurro::api::Command;
use susurro::model::Clean;

use crate::client::chat;
use crate::world::{ANA, BOB, CAROL, World};

/// Which of our messages to somebody were read, in order.
fn read(world: &mut World, peer: &str) -> Vec<bool> {
    let ours = world.clients[0].history(peer);
    ours.iter().map(|row| row.displayed).collect()
}

fn write_in_clear(world: &mut World, to: &str, body: &str) -> String {
    let clear = Command::Send {
        to: chat(to),
        body: Clean::new(body),
        clear: true,
    };
    world.command(0, clear);
    world.settle();
    world.clients[0].history(to).pop().unwrap().stanza_id
}

fn mark(world: &mut World, from: &str, id: &str) {
    let marker = format!(
        "<message xmlns='jabber:client' type='chat' from='{from}' to='{ANA}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/></message>"
    );
    world.deliver(0, &marker);
    world.settle();
}

#[test]
fn what_a_contact_has_read_only_moves_forward() {
    let mut world = World::online(1, &[ANA, BOB]);
    let ids: Vec<String> = ["one", "two", "three"]
        .map(|body| write_in_clear(&mut world, BOB, body))
        .into();
    assert_eq!(read(&mut world, BOB), [false, false, false]);
    mark(&mut world, "bob@mired.test/phone", &ids[1]);
    assert_eq!(read(&mut world, BOB), [true, true, false]);
    for said in [ids[0].as_str(), "of nothing", ""] {
        mark(&mut world, BOB, said);
        assert_eq!(read(&mut world, BOB), [true, true, false], "{said}");
    }
    world.crash(0);
    world.connect(0);
    world.settle();
    mark(&mut world, BOB, &ids[2]);
    assert_eq!(read(&mut world, BOB), [true, true, true]);
}

#[test]
fn neither_others_nor_strangers_nor_words_in_clear_about_what_was_sealed_say_that_it_was_read() {
    let mut world = World::online(2, &[ANA, BOB]);
    let clear = write_in_clear(&mut world, BOB, "in clear");
    for from in [CAROL, "eve@evil.test", "mired.test", ANA] {
        mark(&mut world, from, &clear);
    }
    world.send(0, BOB, "sealed");
    world.settle();
    let sealed = world.clients[0].history(BOB).pop().unwrap();
    assert_eq!(sealed.protection, susurro::model::Protection::Omemo2);
    mark(&mut world, BOB, &sealed.stanza_id);
    assert_eq!(read(&mut world, BOB), [false, false]);
    // Nor by the way, about what was written in clear after it.
    let after = write_in_clear(&mut world, BOB, "in clear again");
    mark(&mut world, BOB, &after);
    assert_eq!(read(&mut world, BOB), [false, false, false]);
    mark(&mut world, BOB, &clear);
    assert_eq!(read(&mut world, BOB), [true, false, false]);
    let stranger = write_in_clear(&mut world, "eve@evil.test", "who are you?");
    mark(&mut world, "eve@evil.test", &stranger);
    assert_eq!(read(&mut world, "eve@evil.test"), [false]);
}
