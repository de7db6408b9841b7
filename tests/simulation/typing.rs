//! That somebody writes (XEP-0085), as it is told and heard; whether somebody looks (XEP-0352).

use std::time::Duration;

use minidom::Element;
use susurro::api::{AsideKind, Command, Event};
use susurro::model::{ChatState, Protection, Telling};

use crate::client::chat;
use crate::laws::{Seed, calm_down, seeds};
use crate::world::{ANA, BOB, EVE, Mishap, World};

const STATES: &str = "http://jabber.org/protocol/chatstates";

fn types(world: &mut World, state: ChatState) {
    let chat = chat(BOB);
    world.command(0, Command::Typing { chat, state });
    world.settle();
}

/// What somebody was told of the other side, and how it was protected.
fn heard(world: &World, at: usize) -> Vec<(ChatState, Protection)> {
    let said = world.clients[at].events.iter().filter_map(|event| match event {
        Event::Aside(said) => match said.kind {
            AsideKind::State(state) => Some((state, said.protection)),
            _ => None,
        },
        _ => None,
    });
    said.collect()
}

/// The messages that Ana sent since the log was cleared.
fn sent(world: &World) -> Vec<&Element> {
    let sent = world.server.log.iter();
    sent.filter(|(from, stanza)| {
        from == ANA
            && stanza.name() == "message"
            && !stanza.has_child("event", "http://jabber.org/protocol/pubsub#event")
    })
    .map(|(_, stanza)| stanza)
    .collect()
}

/// Ana and Bob, who have written to each other.
fn acquainted(seed: u64, legacy: bool, telling: Telling) -> World {
    let mut world = match legacy {
        true => World::legacy(seed, &[ANA, BOB]),
        false => World::online(seed, &[ANA, BOB]),
    };
    world.clients[0].sharing.typing = telling;
    world.quit(0);
    world.settle();
    world.connect(0);
    world.settle();
    world.send(0, BOB, "hello");
    world.settle();
    world.send(1, ANA, "hello yourself");
    world.settle();
    world.server.log.clear();
    world.clients[1].events.clear();
    world
}

#[test]
fn a_contact_hears_in_an_envelope_that_something_is_being_written_and_nothing_of_it_stays() {
    let mut world = acquainted(1, false, Telling::Sealed);
    let rows =
        |world: &mut World| [(0, BOB), (1, ANA)].map(|(at, peer)| world.clients[at].history(peer).len());
    let before = rows(&mut world);
    for _ in 0..20 {
        types(&mut world, ChatState::Composing);
    }
    world.pass(Duration::from_secs(8));
    types(&mut world, ChatState::Paused);
    let told = |state| (state, Protection::Omemo2);
    assert_eq!(
        heard(&world, 1),
        [told(ChatState::Composing), told(ChatState::Paused)]
    );
    for message in sent(&world) {
        assert!(!message.children().any(|child| child.ns() == STATES), "in clear");
        assert!(message.has_child("no-store", "urn:xmpp:hints") && message.attr("type") == Some("chat"));
        assert_eq!(message.attr("id"), None);
    }
    assert_eq!(sent(&world).len(), 2);
    assert_eq!(rows(&mut world), before);
    // The ratchet went on with them.
    for at in [0, 1] {
        world.crash(at);
        world.connect(at);
        world.settle();
    }
    world.send(0, BOB, "what was written");
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA).last().unwrap(), "what was written");
    assert_eq!(world.clients[0].outbox(), 0);
}

#[test]
fn that_nobody_writes_any_more_is_said_only_to_whom_the_other_was_said() {
    let mut world = acquainted(2, false, Telling::Sealed);
    types(&mut world, ChatState::Active);
    types(&mut world, ChatState::Paused);
    assert_eq!(sent(&world).len(), 0);
    types(&mut world, ChatState::Composing);
    world.send(0, BOB, "sent");
    world.settle();
    let messages = sent(&world).len();
    types(&mut world, ChatState::Active);
    assert_eq!(sent(&world).len(), messages);
}

#[test]
fn in_clear_it_is_told_only_if_the_person_wants_that() {
    for legacy in [true, false] {
        for (telling, told) in [(Telling::Never, 0), (Telling::Sealed, 0), (Telling::Always, 1)] {
            let mut world = acquainted(3, legacy, telling);
            if !legacy {
                let chat = chat(BOB);
                world.command(0, Command::SetEncryption { chat, on: false });
                // Of whose newest message was in OMEMO 2 nothing in clear is believed.
                world.send(0, BOB, "in clear");
                world.settle();
                world.server.log.clear();
                world.clients[1].events.clear();
            }
            types(&mut world, ChatState::Composing);
            let expected = vec![(ChatState::Composing, Protection::Clear); told];
            assert_eq!(heard(&world, 1), expected, "{legacy} {telling:?}");
            assert_eq!(sent(&world).len(), told, "{legacy} {telling:?}");
            for message in sent(&world) {
                assert!(
                    message.has_child("composing", STATES) && message.has_child("no-store", "urn:xmpp:hints")
                );
            }
        }
    }
}

// Threats 46, 92.
#[test]
fn neither_who_is_away_nor_a_stranger_nor_anybody_at_all_hears_what_is_not_for_them() {
    let mut world = acquainted(4, false, Telling::Never);
    types(&mut world, ChatState::Composing);
    assert_eq!(sent(&world).len(), 0);
    let mut world = acquainted(5, false, Telling::Always);
    world.quit(1);
    world.settle();
    types(&mut world, ChatState::Composing);
    assert_eq!(sent(&world).len(), 0);
    world.deliver(
        0,
        &format!(
            "<message xmlns='jabber:client' type='chat' from='{EVE}/x' id='e1'><body>hello</body></message>"
        ),
    );
    world.settle();
    world.server.log.clear();
    let chat = chat(EVE);
    let state = ChatState::Composing;
    world.command(0, Command::Typing { chat, state });
    world.settle();
    assert_eq!(sent(&world).len(), 0);
}

#[test]
fn what_is_old_forged_or_of_strangers_says_nothing_of_now() {
    let mut world = acquainted(6, true, Telling::Sealed);
    world.clients[0].events.clear();
    let composing = format!("<composing xmlns='{STATES}'/>");
    let message = |from: &str, inside: &str| {
        format!("<message xmlns='jabber:client' type='chat' from='{from}/x' to='{ANA}'>{inside}</message>")
    };
    let delay = "<delay xmlns='urn:xmpp:delay' from='mired.test' stamp='2026-11-20T11:00:00Z'/>";
    let carbon = format!(
        "<message xmlns='jabber:client' from='{ANA}' to='{ANA}/susurro.0'><received xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded></received></message>",
        message(BOB, &composing)
    );
    let two = format!("{composing}<active xmlns='{STATES}'/>");
    for nothing in [
        message(BOB, &format!("{composing}{delay}")),
        message(EVE, &composing),
        message(ANA, &composing),
        message(BOB, &two),
        message(BOB, &composing).replace("type='chat'", "type='groupchat'"),
        message(BOB, &composing).replace("type='chat'", "type='error'"),
        carbon,
    ] {
        world.deliver(0, &nothing);
        world.settle();
        assert_eq!(heard(&world, 0), [], "{nothing}");
    }
    world.deliver(0, &message(BOB, &composing));
    world.settle();
    assert_eq!(heard(&world, 0), [(ChatState::Composing, Protection::Clear)]);
    let mut world = acquainted(7, false, Telling::Sealed);
    world.clients[0].events.clear();
    world.deliver(0, &message(BOB, &composing));
    world.settle();
    assert_eq!(heard(&world, 0), [], "in clear, where they write in OMEMO 2");
}

/// What was said of it on the wire.
fn said_to_look(world: &World) -> Vec<&str> {
    let said = world.clients[0].trace.iter();
    said.filter(|said| said.starts_with("C: ") && said.contains("urn:xmpp:csi:0"))
        .map(|said| {
            if said.contains("inactive") {
                "inactive"
            } else {
                "active"
            }
        })
        .collect()
}

#[test]
fn a_server_that_wants_to_know_hears_whether_somebody_looks_and_loses_nothing() {
    for csi in [true, false] {
        let mut world = World::new(8, &[ANA, BOB]);
        world.server.options.csi = csi;
        world.connect_all();
        world.settle();
        for looks in [true, false, false] {
            world.command(0, Command::Looks(looks));
            world.settle();
        }
        world.send(1, ANA, "hello");
        world.settle();
        // A stream that goes on begins anew with that.
        world.cut(0);
        world.connect(0);
        world.settle();
        world.command(0, Command::Looks(true));
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["hello"]);
        let expected: &[&str] = match csi {
            true => &["inactive", "inactive", "active"],
            false => &[],
        };
        assert_eq!(said_to_look(&world), expected);
    }
}

/// Whatever breaks between them: what is said of writing costs no message, and is never one.
#[test]
fn however_it_breaks_no_message_is_lost_to_what_is_said_of_writing() {
    for seed in seeds(60) {
        let _seed = Seed(seed);
        let mut world = World::online(seed, &[ANA, BOB]);
        let mut sent = Vec::new();
        for number in 0..80 {
            world.pass(Duration::from_secs(3));
            let who = world.below(2);
            let peer = [BOB, ANA][who];
            match world.below(14) {
                0..3 => {
                    let body = format!("{number} of {who}");
                    world.send(who, peer, &body);
                    if world.clients[who].bodies(peer).contains(&body) {
                        sent.push(body);
                    }
                }
                3..7 => {
                    let state = [ChatState::Composing, ChatState::Paused, ChatState::Active][world.below(3)];
                    let chat = chat(peer);
                    world.command(who, Command::Typing { chat, state });
                }
                7 => world.cut(who),
                8 => world.crash(who),
                9 => world.mishap = Some((who, Mishap::Crash(world.below(6)))),
                10 | 11 => world.connect(who),
                _ => {
                    for _ in 0..=world.below(20) {
                        world.step();
                    }
                }
            }
        }
        world.mishap = None;
        calm_down(&mut world);
        for (at, peer) in [(0, BOB), (1, ANA)] {
            let mut bodies = world.clients[at].bodies(peer);
            bodies.sort();
            sent.sort();
            assert_eq!(bodies, sent, "client {at}");
        }
    }
}
