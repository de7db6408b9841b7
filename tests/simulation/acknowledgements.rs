//! Acknowledgements that are withheld, and streams that break at every place around one: what may not have
//! arrived is sent again as it was sealed, and whoever has it already reads it once.

use susurro::api::Command;
use susurro::model::MessageState;

use crate::server::text;
use crate::wire;
use crate::world::{ANA, BOB, World};

/// At a server that forgets a stream as soon as it breaks, and what it had handled.
fn forgetful(seed: u64) -> World {
    let mut world = World::new(seed, &[ANA, BOB]);
    world.server.options.resume = false;
    world.server.options.remembers = false;
    for client in 0..2 {
        world.connect(client);
        world.settle();
    }
    world
}

/// Every sealed message of Ana's that reached the server with a text, without what the server adds to it.
fn arrived(world: &World) -> Vec<String> {
    let messages = world.server.log.iter().filter(|(sender, _)| sender == ANA);
    messages
        .filter(|(_, stanza)| wire::read(stanza).is_some_and(|seen| seen.payload))
        .map(|(_, stanza)| text(stanza))
        .collect()
}

#[test]
fn a_message_whose_acknowledgement_was_withheld_goes_again_as_it_was_and_is_read_once() {
    for (bob_is_there, crash) in [(true, false), (true, true), (false, false), (false, true)] {
        let case = format!("bob is there: {bob_is_there}, crash: {crash}");
        // Of one in which Bob's receipt is not the first to come after the break.
        let mut world = forgetful(3);
        world.send(0, BOB, "before");
        world.settle();
        if !bob_is_there {
            world.quit(1);
        }
        world.server.mute = true;
        let before = arrived(&world).len();
        world.send(0, BOB, "once");
        // No further: Bob's receipt would say as much as an acknowledgement.
        while arrived(&world).len() == before {
            assert!(world.step(), "{case}");
        }
        assert_eq!(world.clients[0].outbox(), 1, "{case}: not acknowledged");
        world.server.mute = false;
        if crash {
            world.crash(0);
        } else {
            world.cut(0);
        }
        world.connect_all();
        world.settle();
        let sent = &arrived(&world)[before..];
        assert_eq!(sent.len(), 2, "{case}");
        assert_eq!(sent[0], sent[1], "{case}");
        assert_eq!(world.clients[1].bodies(ANA), ["before", "once"], "{case}");
        assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered, "{case}");
        assert_eq!(world.clients[0].outbox(), 0, "{case}");
    }
}

/// Whatever somebody writes while the server says nothing: what has left is bounded, the rest is queued and
/// can be taken back, and all of it is read in order when the server speaks again.
#[test]
fn what_is_written_while_nothing_is_acknowledged_stays_queued_beyond_a_bound() {
    const MANY: usize = 230;
    const BOUND: usize = 200;
    let mut world = World::online(52, &[ANA, BOB]);
    world.send(0, BOB, "before");
    world.settle();
    world.server.mute = true;
    let before = arrived(&world).len();
    for number in 0..MANY {
        world.send(0, BOB, &number.to_string());
    }
    let conn = world.clients[0].conn.unwrap();
    while world.server.read_one(conn) {}
    assert_eq!(arrived(&world).len() - before, BOUND);
    assert_eq!(world.clients[0].outbox(), MANY);
    let newest = world.clients[0].history(BOB).pop().unwrap().id;
    world.command(0, Command::Withdraw(newest));
    assert_eq!(world.clients[0].outbox(), MANY - 1, "it had not left");
    world.server.mute = false;
    world.cut(0);
    world.connect(0);
    world.settle();
    let numbers = (0..MANY - 1).map(|number| number.to_string());
    let read = world.clients[1].bodies(ANA);
    assert_eq!(read[1..], numbers.collect::<Vec<_>>());
    assert_eq!(world.clients[0].outbox(), 0);
}

/// Before it leaves, on its way, with the acknowledgement on its way, and behind that.
#[test]
fn wherever_the_stream_breaks_around_a_message_it_is_read_once() {
    let mut times = Vec::new();
    for (seed, point) in (19..23).flat_map(|seed| (0..16).step_by(2).map(move |point| (seed, point))) {
        let mut world = forgetful(seed);
        world.send(0, BOB, "before");
        world.settle();
        let before = arrived(&world).len();
        world.send(0, BOB, "once");
        for _ in 0..point {
            world.step();
        }
        world.cut(0);
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA), ["before", "once"], "point {point}");
        assert_eq!(world.clients[0].outbox(), 0, "point {point}");
        let sent = arrived(&world).split_off(before);
        assert!(sent.iter().all(|stanza| *stanza == sent[0]), "point {point}");
        times.push(sent.len());
    }
    // The points lie on both sides of the acknowledgement.
    assert!(times.contains(&1) && times.contains(&2), "{times:?}");
    assert!(times.iter().all(|times| (1..=2).contains(times)), "{times:?}");
}
