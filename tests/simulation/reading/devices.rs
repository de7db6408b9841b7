//! Two devices of one account agree about what was read, whatever breaks.

use super::*;
use crate::archive::devices::calm_down;
use crate::laws::{Seed, seeds};

#[test]
fn what_is_read_on_one_device_is_read_on_the_other() {
    for manners in KEEPING {
        let mut world = written(1, manners, &["one", "two", "three"]);
        assert_eq!(unread_on_both(&mut world), [3, 3], "{manners:?}");
        world.clients[2].events.clear();
        read_all(&mut world, 0, BOB);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 0], "{manners:?}");
        assert_eq!(told(&mut world, BOB), archived(&world).last().cloned());
        assert_eq!(world.server.node(ANA, NODE).unwrap().access, Access::Whitelist);
        // The other way round, and whoever heard it says nothing in turn.
        write(&mut world, &["four"]);
        read_all(&mut world, 2, BOB);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 0], "{manners:?}");
    }
}

#[test]
fn what_was_read_without_a_connection_is_told_at_the_next_login_and_what_was_read_meanwhile_is_heard() {
    for manners in KEEPING {
        let mut world = written(2, manners, &["one", "two"]);
        world.quit(0);
        world.settle();
        read_all(&mut world, 0, BOB);
        world.crash(0);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 2], "{manners:?}");
        world.connect(0);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 0], "{manners:?}");
        // Away: what came meanwhile was read on the other device, up to the last but one.
        world.quit(2);
        write(&mut world, &["three", "four"]);
        read_all(&mut world, 0, BOB);
        world.settle();
        write(&mut world, &["five"]);
        world.connect(2);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [1, 1], "{manners:?}");
        assert_eq!(
            world.clients[2].bodies(BOB),
            ["one", "two", "three", "four", "five"]
        );
    }
}

#[test]
fn a_chat_that_began_while_this_device_was_away_is_read_as_far_as_another_one_read_it() {
    let mut world = online(3, Manners::Prosody, &[ANA, BOB, ANA]);
    world.settle();
    verify_each_other(&mut world, 0, 2);
    world.quit(2);
    write(&mut world, &["one", "two"]);
    read_all(&mut world, 0, BOB);
    world.settle();
    write(&mut world, &["three"]);
    world.connect(2);
    world.settle();
    assert_eq!(unread_on_both(&mut world), [1, 1]);
}

#[test]
fn whoever_writes_has_read_what_stands_there() {
    let mut world = written(4, Manners::Ejabberd, &["one", "two"]);
    world.send(0, BOB, "answer");
    world.settle();
    assert_eq!(unread_on_both(&mut world), [0, 0]);
    assert_eq!(told(&mut world, BOB), archived(&world).last().cloned());
}

#[test]
fn a_hundred_messages_that_are_read_one_by_one_are_told_once() {
    let bodies: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let mut world = written(5, Manners::Prosody, &bodies);
    let before = world.clients[0].trace.len();
    let rows = world.clients[0].history(BOB);
    for row in rows {
        let what = Remembered::Read(row.position);
        let chat = chat(BOB);
        world.command(0, Command::Remember { chat, what });
        world.flow();
    }
    world.settle();
    let published =
        |said: &&String| said.starts_with("C: ") && said.contains("<publish ") && said.contains(NODE);
    assert_eq!(
        world.clients[0].trace[before..].iter().filter(published).count(),
        1
    );
    assert_eq!(unread_on_both(&mut world), [0, 0]);
}

#[test]
fn of_two_devices_that_tell_at_once_the_further_one_stands_on_the_server_in_the_end() {
    let mut world = written(7, Manners::Prosody, &["one", "two"]);
    let first = world.clients[0].history(BOB)[0].position;
    let what = Remembered::Read(first);
    let chat = chat(BOB);
    world.command(0, Command::Remember { chat, what });
    read_all(&mut world, 2, BOB);
    let telling = |_: &crate::client::Client, timer| timer == susurro::protocol::Timer::Reading;
    for _ in [0, 2] {
        assert!(world.next_timer_where(telling).is_some());
    }
    let (one, other) = (world.clients[0].conn.unwrap(), world.clients[2].conn.unwrap());
    while world.server.read_one(other) {}
    while world.server.read_one(one) {}
    assert_eq!(told(&mut world, BOB), archived(&world).first().cloned());
    world.settle();
    assert_eq!(unread_on_both(&mut world), [0, 0]);
    assert_eq!(told(&mut world, BOB), archived(&world).pop());
}

/// Bob puts other words in the place of those of his message.
fn correct(world: &mut World, number: usize, text: &str) {
    later(world, 2);
    let message = world.clients[1].history(ANA)[number].id;
    let body = susurro::model::Clean::new(text);
    let reveal = false;
    world.command(
        1,
        Command::Edit {
            message,
            body,
            reveal,
        },
    );
    world.settle();
}

#[test]
fn other_words_that_nobody_was_shown_stay_unread_whatever_was_said_of_the_chat_before() {
    for manners in KEEPING {
        let mut world = written(8, manners, &["one", "two"]);
        read_all(&mut world, 0, BOB);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 0]);
        correct(&mut world, 0, "one, but better");
        assert_eq!(unread_on_both(&mut world), [1, 1], "{manners:?}");
        // What the node has is from before these words.
        for at in [0, 2] {
            world.crash(at);
            world.connect(at);
            world.settle();
        }
        assert_eq!(unread_on_both(&mut world), [1, 1], "{manners:?}");
        let first = archived(&world)[0].clone();
        read_by_another(&mut world, BOB, &first);
        assert_eq!(unread_on_both(&mut world), [1, 1], "{manners:?}");
    }
}

#[test]
fn other_words_that_are_read_on_one_device_are_read_on_the_other() {
    for manners in KEEPING {
        for number in [0, 1] {
            let mut world = written(9, manners, &["one", "two"]);
            read_all(&mut world, 0, BOB);
            world.settle();
            correct(&mut world, number, "other words");
            assert_eq!(unread_on_both(&mut world), [1, 1], "{manners:?} {number}");
            read_all(&mut world, 2, BOB);
            world.settle();
            assert_eq!(unread_on_both(&mut world), [0, 0], "{manners:?} {number}");
        }
    }
}

#[test]
fn words_that_are_corrected_before_the_others_are_told_stay_unread_everywhere() {
    for manners in KEEPING {
        let mut world = written(12, manners, &["one"]);
        read_all(&mut world, 0, BOB);
        let message = world.clients[1].history(ANA)[0].id;
        let body = susurro::model::Clean::new("one, but better");
        let reveal = false;
        world.command(
            1,
            Command::Edit {
                message,
                body,
                reveal,
            },
        );
        world.flow();
        world.settle();
        assert_eq!(unread_on_both(&mut world), [1, 1], "{manners:?}");
        read_all(&mut world, 0, BOB);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 0], "{manners:?}");
    }
}

/// A device that tells of less than was read, or of nonsense, again and again: what was read stands there in
/// the end, or the other devices give in, but nobody quarrels for ever.
#[test]
fn a_device_that_tells_of_less_is_corrected_once_and_not_for_ever() {
    for manners in KEEPING {
        let mut world = written(10, manners, &["one", "two"]);
        read_all(&mut world, 0, BOB);
        world.settle();
        let [first, last] = [0, 1].map(|at| archived(&world)[at].clone());
        read_by_another(&mut world, BOB, &first);
        assert_eq!(told(&mut world, BOB), Some(last), "{manners:?}");
        for _ in 0..50 {
            read_by_another(&mut world, BOB, &first);
            read_by_another(&mut world, BOB, "nonsense");
        }
        let published = [0, 2].map(|at: usize| {
            let said = world.clients[at].trace.iter();
            said.filter(|said| said.starts_with("C: ") && said.contains("<publish "))
                .count()
        });
        assert!(published.iter().all(|count| *count < 20), "{published:?}");
        assert_eq!(unread_on_both(&mut world), [0, 0]);
    }
}

// What the server does not vouch for exactly once has no id (law 9), and the archive brings it later.
#[test]
fn a_message_without_an_id_of_the_server_learns_it_from_a_copy_and_is_told_then() {
    let mut world = written(6, Manners::Prosody, &["one"]);
    read_all(&mut world, 0, BOB);
    world.settle();
    later(&mut world, 2);
    world.send(1, ANA, "two");
    let (ana, bob) = (world.clients[0].conn.unwrap(), world.clients[1].conn.unwrap());
    let is_message = |stanza: &Element| stanza.has_child("encrypted", "urn:xmpp:omemo:2");
    while !world.server.conns[&ana].to_client.iter().any(is_message) {
        assert!(world.server.read_one(bob));
    }
    let queue = &mut world.server.conns.get_mut(&ana).unwrap().to_client;
    let message = queue.iter_mut().find(|stanza| is_message(stanza)).unwrap();
    message.append_child(xml(&format!(
        "<stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='forged'/>"
    )));
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["one", "two"]);
    assert_eq!(world.clients[0].history(BOB)[1].server_id, None);
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(unread_on_both(&mut world), [0, 1]);
    world.quit(0);
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[0].history(BOB)[1].server_id, archived(&world).pop());
    assert_eq!(world.clients[0].bodies(BOB), ["one", "two"]);
    assert_eq!(unread_on_both(&mut world), [0, 0]);
}

/// What one device reads is read on both in the end, and nothing else is: with what is written last nobody
/// has read it.
#[test]
fn whatever_breaks_both_devices_agree_what_was_read() {
    for seed in seeds(90) {
        let _seed = Seed(seed);
        let manners = KEEPING[usize::try_from(seed % 2).unwrap()];
        let mut world = written(seed, manners, &["first"]);
        for number in 0..60 {
            happen(&mut world, number);
        }
        calm_down(&mut world);
        let [one, other] = unread_on_both(&mut world);
        assert_eq!(one, other);
        read_all(&mut world, 2, BOB);
        world.settle();
        write(&mut world, &["last"]);
        assert_eq!(unread_on_both(&mut world), [1, 1]);
    }
}

fn happen(world: &mut World, number: usize) {
    later(world, 1);
    let who = world.below(3);
    match world.below(14) {
        0..3 if world.clients[1].conn.is_some() => world.send(1, ANA, &format!("message {number}")),
        3..6 => read_all(world, [0, 2][who % 2], BOB),
        6 => world.cut(who),
        7 => world.crash(who),
        8 => world.quit(who),
        9 | 10 => world.connect(who),
        11 => {
            world.next_timer_where(|_, timer| timer == susurro::protocol::Timer::Reading);
        }
        _ => {
            for _ in 0..=world.below(40) {
                world.step();
            }
        }
    }
}
