//! What was read together shares a transaction: all of it happened or nothing did, wherever the process dies,
//! and it comes to the same as if each had been read alone. That no message key is used twice, and that no
//! message changes when it is sent again, the observer holds.

use susurro::model::MessageState;

use crate::world::{ANA, BOB, Mishap, World};

const WORDS: [&str; 5] = ["one", "two", "three", "four", "five"];

fn messages_for_bob(world: &World) -> usize {
    let conn = world.clients[1].conn.unwrap();
    let waiting = world.server.conns[&conn].to_client.iter();
    waiting.filter(|element| element.name() == "message").count()
}

/// Ana has written five messages in a new session, and they wait for Bob, with what the server says beside them.
fn backlog(seed: u64, legacy: bool) -> World {
    let people = [ANA, BOB];
    let mut world = match legacy {
        true => World::legacy(seed, &people),
        false => World::online(seed, &people),
    };
    for words in WORDS {
        world.send(0, BOB, words);
    }
    while messages_for_bob(&world) < WORDS.len() {
        let conn = world.clients[0].conn.unwrap();
        if !world.server.read_one(conn) {
            world.read_next(0);
        }
    }
    world
}

/// Everybody is here again, and both write once more, in both directions.
fn goes_on(world: &mut World, case: &str) {
    world.mishap = None;
    for _ in 0..2 {
        world.connect_all();
        world.settle();
        world.server.ask_all();
        world.settle();
    }
    assert_eq!(world.clients[1].bodies(ANA), WORDS, "{case}");
    world.send(1, ANA, "back");
    world.settle();
    world.send(0, BOB, "and forth");
    world.settle();
    assert_eq!(
        world.clients[1].bodies(ANA)[WORDS.len()..],
        ["back", "and forth"],
        "{case}"
    );
    assert_eq!(
        world.clients[0].bodies(BOB)[WORDS.len()..],
        ["back", "and forth"],
        "{case}"
    );
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered, "{case}");
    for client in 0..2 {
        assert_eq!(world.clients[client].outbox(), 0, "{case}");
        assert!(world.clients[client].aborts.is_empty(), "{case}");
    }
}

#[test]
fn a_process_that_dies_before_the_commit_of_a_batch_has_read_nothing_of_it() {
    for legacy in [false, true] {
        for together in 2..=WORDS.len() + 2 {
            let case = format!("{together} together, legacy: {legacy}");
            let mut world = backlog(31, legacy);
            let before = world.clients[1].snapshot(&[ANA]);
            world.mishap = Some((1, Mishap::BeforeCommit));
            world.read_together(1, together);
            assert!(world.clients[1].core.is_none(), "{case}: it died");
            assert_eq!(world.clients[1].snapshot(&[ANA]), before, "{case}");
            goes_on(&mut world, &case);
        }
    }
}

#[test]
fn a_process_that_dies_among_the_effects_of_a_batch_loses_nothing_and_says_nothing_twice() {
    for legacy in [false, true] {
        for effect in 0..24 {
            for mishap in [Mishap::Crash(effect), Mishap::Cut(effect)] {
                let case = format!("{mishap:?}, legacy: {legacy}");
                let mut world = backlog(32, legacy);
                world.mishap = Some((1, mishap));
                world.read_together(1, usize::MAX);
                assert_eq!(world.clients[1].bodies(ANA), WORDS, "{case}: it was committed");
                goes_on(&mut world, &case);
            }
        }
    }
}

#[test]
fn together_or_alone_it_comes_to_the_same() {
    let ends = |together: usize| {
        let mut world = backlog(33, false);
        while world.waiting(1) > 0 {
            world.read_together(1, together);
        }
        let mut seen = vec![world.clients[1].bodies(ANA).join(" ")];
        world.settle();
        for (client, peer) in [(0, BOB), (1, ANA)] {
            let rows = world.clients[client].history(peer);
            let rows = rows
                .iter()
                .map(|row| format!("{:?} {:?}", row.state, row.protection));
            seen.extend(rows);
            seen.push(format!("{:?}", world.clients[client].notices()));
        }
        // Receipts, and one empty message at most.
        let empties = world.observer.empties.values().sum::<usize>();
        seen.push(format!("{empties} {}", world.clients[0].outbox()));
        seen
    };
    let alone = ends(1);
    for together in [2, 3, usize::MAX] {
        assert_eq!(ends(together), alone, "{together}");
    }
}

#[test]
fn behind_what_ends_the_stream_nothing_is_read() {
    let mut world = backlog(34, false);
    let conn = world.clients[1].conn.unwrap();
    let waiting = &mut world.server.conns.get_mut(&conn).unwrap().to_client;
    let error = "<error xmlns='http://etherx.jabber.org/streams'><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>";
    waiting.push_front(crate::server::xml(error));
    world.read_together(1, usize::MAX);
    assert_eq!(world.clients[1].bodies(ANA), Vec::<String>::new());
    world.clients[1].aborts.clear();
    goes_on(&mut world, "after a reset");
}
