//! What the server does not take: known before it is sealed where the server says how much it takes, found
//! out where it does not, and never repeated for ever. Nothing else is held up by it.

use susurro::api::{Command, Failure, FailureKind};
use susurro::model::{Clean, Left, MessageState};
use susurro::omemo::{PreKeyId, PreKeyPair};
use susurro::protocol::{Ended, Input};

use crate::client::{said, send};
use crate::server::{Options, Parting};
use crate::wire;
use crate::world::{ANA, BOB, CAROL, World};

/// A text that grows a little beyond `bytes` on its way, in base64.
fn longer_than(bytes: usize) -> String {
    "x".repeat(bytes * 3 / 4 + 1_000)
}

/// Connects again whenever the connection is gone; how many streams that took.
fn live(world: &mut World, at: usize) -> usize {
    for stream in 1..20 {
        world.connect(at);
        world.settle();
        if world.clients[at].conn.is_some() {
            return stream;
        }
    }
    panic!("it never comes to rest");
}

fn bodies_of(world: &mut World, at: usize, from: &str) -> Vec<String> {
    world.clients[at].bodies(from)
}

#[test]
fn a_message_that_ends_streams_fails_and_the_others_leave() {
    for (parting, most) in [
        (Parting::Named, 1),
        (Parting::Unnamed, 2),
        (Parting::Closed, 2),
        (Parting::Cut, 3),
    ] {
        for (sm, resume, crash) in [
            (true, true, false),
            (true, true, true),
            (true, false, false),
            (false, false, false),
        ] {
            for takes in [10_000, 65_536, 240_000] {
                if takes == 240_000 && !resume {
                    continue;
                }
                let case = format!("{parting:?} sm {sm} resume {resume} crash {crash} takes {takes}");
                let mut world = World::new(1, &[ANA, BOB, CAROL]);
                world.server.options.sm = sm;
                world.server.options.resume = resume;
                world.connect_all();
                world.settle();
                world.server.options.takes = Some((takes, parting));
                world.send(0, CAROL, "before");
                world.send(0, BOB, &longer_than(takes));
                world.send(0, BOB, "after");
                world.send(0, CAROL, "to somebody else");
                world.settle();
                if crash {
                    world.crash(0);
                }
                live(&mut world, 0);
                assert_eq!(world.server.ended, most, "{case}");
                let ours = world.clients[0].history(BOB);
                assert_eq!(ours[0].state, MessageState::Failed, "{case}");
                let named = parting == Parting::Named;
                let left = if named { Left::Refused } else { Left::Perhaps };
                assert_eq!(ours[0].left, left, "{case}");
                let failure = ours[0].failure.clone().unwrap();
                let why = said(&Failure::Message(ours[0].peer.address.clone(), failure));
                assert!(why.contains("end it in parts"), "{why}");
                assert_eq!(bodies_of(&mut world, 1, ANA), ["after"], "{case}");
                assert_eq!(
                    bodies_of(&mut world, 2, ANA),
                    ["before", "to somebody else"],
                    "{case}"
                );
                assert_eq!(world.clients[0].outbox(), 0, "{case}");
                // What came to be known is kept to.
                if named {
                    world.send(0, BOB, &longer_than(takes + 3_000));
                    world.settle();
                    assert_eq!(world.server.ended, most, "{case}");
                    let why = world.clients[0].last(BOB).1;
                    assert!(why.starts_with("Not sent: this text of"), "{why}");
                }
            }
        }
    }
}

#[test]
fn what_is_larger_than_the_server_says_is_refused_before_it_is_sealed() {
    for takes in [10_000, 65_536, 262_144] {
        let mut world = World::new(2, &[ANA, BOB, ANA]);
        world.server.options.max_bytes = Some(takes);
        world.server.options.takes = Some((takes as usize, Parting::Named));
        world.connect_all();
        world.settle();
        world.send(0, BOB, "hello");
        world.settle();
        let before = world.clients[0].snapshot(&[BOB]);
        let rows = world.clients[0].history(BOB).len();
        let body = "<".repeat(takes as usize / 2);
        let id = world.command(0, send(BOB, &body));
        world.settle();
        let failure = world.clients[0].last_failure().unwrap().clone();
        assert_eq!(failure.kind(), FailureKind::Other);
        let why = said(&failure);
        assert!(
            why.contains(&format!("this text of {} bytes", body.len())),
            "{why}"
        );
        assert!(why.contains(&format!("takes {takes} at once")), "{why}");
        assert_eq!(world.server.ended, 0);
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!((row.state, row.left), (MessageState::Failed, Left::Not));
        // But for the row, nothing is changed: no session has been stepped on.
        let taken = susurro::store::left::remove;
        let tx = world.clients[0].writer.transaction().unwrap();
        taken(&tx, row.id).unwrap();
        tx.commit().unwrap();
        assert_eq!(world.clients[0].history(BOB).len(), rows);
        assert_eq!(world.clients[0].snapshot(&[BOB]), before, "{id:?}");
        // What is told to fit does fit.
        let part = why.split("at most ").nth(1).unwrap().split(' ').next().unwrap();
        let part: usize = part.parse().unwrap();
        world.send(0, BOB, &"<".repeat(part * 1000));
        world.settle();
        assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered, "{takes}");
        assert_eq!(world.server.ended, 0);
    }
}

#[test]
fn a_server_that_says_nothing_is_given_what_most_take_and_no_more() {
    let mut world = World::online(3, &[ANA, BOB]);
    world.send(0, BOB, &"x".repeat(190_000));
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
    world.send(0, BOB, &"x".repeat(200_000));
    world.settle();
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("takes 262144 at once"), "{why}");
}

#[test]
fn in_clear_the_length_counts_as_it_is_on_the_wire() {
    let mut world = World::new(4, &[ANA, BOB]);
    world.server.options.max_bytes = Some(10_000);
    world.connect_all();
    world.settle();
    for (letters, state) in [(2_000, MessageState::Delivered), (3_000, MessageState::Failed)] {
        let clear = Command::Send {
            to: crate::client::chat(BOB),
            body: Clean::new(&"<".repeat(letters)),
            clear: true,
        };
        world.command(0, clear);
        world.settle();
        assert_eq!(world.clients[0].last(BOB).0, state, "{letters}");
    }
}

#[test]
fn a_message_on_a_line_that_breaks_twice_behind_it_is_delivered() {
    let mut world = World::online(5, &[ANA, BOB]);
    world.server.options.takes = Some((3_000, Parting::Cut));
    world.send(0, BOB, &"x".repeat(2_000));
    world.settle();
    world.connect(0);
    world.settle();
    assert_eq!(world.server.ended, 2);
    assert_eq!(world.clients[0].outbox(), 1);
    world.server.options.takes = None;
    live(&mut world, 0);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
    assert_eq!(bodies_of(&mut world, 1, ANA).len(), 1);
}

#[test]
fn streams_that_end_for_their_own_reasons_are_held_against_nobody() {
    let mut world = World::online(6, &[ANA, BOB]);
    for reason in [
        "system-shutdown",
        "conflict",
        "see-other-host",
        "reset",
        "connection-timeout",
    ] {
        world.send(0, BOB, reason);
        let error = format!(
            "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><{reason} \
             xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        );
        for _ in 0..4 {
            world.feed(0, Input::Element(crate::server::xml(&error)));
            world.connect(0);
            // Until it is on its way, and not acknowledged.
            while wire_rows(&world) == 0 && world.step() {}
        }
        world.settle();
        live(&mut world, 0);
        assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered, "{reason}");
    }
}

/// Messages on their way to the server.
fn wire_rows(world: &World) -> usize {
    let Some(conn) = world.clients[0]
        .conn
        .and_then(|conn| world.server.conns.get(&conn))
    else {
        return 0;
    };
    conn.to_server
        .iter()
        .filter(|stanza| wire::read(stanza).is_some())
        .count()
}

#[test]
fn silence_is_held_against_nobody() {
    let mut world = World::online(7, &[ANA, BOB]);
    world.send(0, BOB, "hello");
    for _ in 0..6 {
        world.cut(0);
        world.connect(0);
        while wire_rows(&world) == 0 && world.step() {}
    }
    live(&mut world, 0);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
}

#[test]
fn a_bundle_that_the_server_does_not_take_gets_smaller() {
    for parting in [Parting::Named, Parting::Closed, Parting::Cut] {
        for (sm, announced) in [(true, false), (true, true), (false, false)] {
            let mut world = World::new(8, &[ANA, BOB]);
            world.server.options = Options {
                sm,
                max_bytes: announced.then_some(10_000),
                takes: Some((10_000, parting)),
                ..Options::default()
            };
            // The numbers of a device that has been used for long are long as well.
            let client = &mut world.clients[0];
            let tx = client.writer.transaction().unwrap();
            for number in 0..100 {
                let id = PreKeyId(16_000_000 + number);
                let pair = PreKeyPair::generate(id, &mut client.rng);
                susurro::store::omemo::put_prekey(&tx, client.account, &pair).unwrap();
            }
            tx.commit().unwrap();
            let case = format!("{parting:?} sm {sm} announced {announced}");
            let streams = live(&mut world, 0);
            assert!(
                announced == (world.server.ended == 0),
                "{case}: {}",
                world.server.ended
            );
            assert!(streams <= 4, "{case}: {streams}");
            live(&mut world, 1);
            assert!(world.clients[0].keys_published(), "{case}");
            world.send(1, ANA, "hello");
            world.settle();
            assert_eq!(bodies_of(&mut world, 0, BOB), ["hello"], "{case}");
            // At the next login it is known.
            let ended = world.server.ended;
            world.crash(0);
            world.server.restart();
            live(&mut world, 0);
            assert_eq!(world.server.ended, ended, "{case}");
        }
    }
}

#[test]
fn one_after_the_other_goes_only_while_somebody_is_under_suspicion() {
    let mut world = World::online(9, &[ANA, BOB, CAROL]);
    world.server.options.takes = Some((10_000, Parting::Closed));
    for text in ["one", "two", "three"] {
        world.send(0, CAROL, text);
    }
    world.send(0, BOB, &longer_than(10_000));
    // The server reads nothing of it yet.
    let conn = world.clients[0].conn.unwrap();
    world.server.partings.insert(conn, Parting::Closed);
    let _ = Ended::Closed;
    world.feed(0, Input::Ended(Ended::Closed));
    world.cut(0);
    live(&mut world, 0);
    assert_eq!(bodies_of(&mut world, 2, ANA), ["one", "two", "three"]);
    assert_eq!(world.clients[0].history(BOB)[0].state, MessageState::Failed);
    for text in ["four", "five"] {
        world.send(0, CAROL, text);
    }
    assert!(wire_rows(&world) >= 2, "both at once");
    world.settle();
    assert_eq!(bodies_of(&mut world, 2, ANA).len(), 5);
}
