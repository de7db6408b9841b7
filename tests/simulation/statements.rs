//! What a message costs is counted in statements of the store, so that no clock decides.

use susurro::store::statements;

use crate::world::{ANA, BOB, World};

/// Both have written to each other: the session runs, and its first messages are behind it.
fn talking() -> World {
    let mut world = World::online(51, &[ANA, BOB]);
    for (from, to) in [(0, BOB), (1, ANA), (0, BOB), (1, ANA)] {
        world.send(from, to, "before");
        world.settle();
    }
    world
}

/// Statements of Bob's client for the next message that he reads, with all that follows at once.
fn cost(world: &mut World) -> u64 {
    let conn = world.clients[0].conn.unwrap();
    while world.server.read_one(conn) {}
    let bob = world.clients[1].conn.unwrap();
    let waiting = |world: &World| world.server.conns[&bob].to_client[0].name().to_owned();
    while waiting(world) != "message" {
        world.read_together(1, 1);
    }
    let before = statements();
    world.read_together(1, 1);
    statements() - before
}

#[test]
fn a_message_in_omemo_and_its_receipt_take_fewer_than_twenty() {
    let mut world = talking();
    world.send(0, BOB, "counted");
    let cost = cost(&mut world);
    assert_eq!(world.clients[1].bodies(ANA).last().unwrap(), "counted");
    assert!(cost < 20, "{cost} statements");
}

#[test]
fn a_message_in_clear_and_its_receipt_take_no_more_than_twelve() {
    let mut world = talking();
    let asking = "<message xmlns='jabber:client' from='ana@mired.test/a' to='bob@mired.test' type='chat' id='clear-1'>\
                  <body>counted</body><request xmlns='urn:xmpp:receipts'/></message>";
    world.deliver(1, asking);
    let cost = cost(&mut world);
    assert_eq!(world.clients[1].bodies(ANA).last().unwrap(), "counted");
    assert!(cost <= 12, "{cost} statements");
}
