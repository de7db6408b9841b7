//! Who is here, as the front ends are told; what of it outlives the process.

use susurro::api::{Connection, Event, State};
use susurro::model::{Availability, BareJid, Presence};
use susurro::store::presences;

use crate::world::{ANA, BOB, CAROL, EVE, World};

/// Ana, who has Bob and Carol on her roster; neither is online.
fn ana(seed: u64) -> World {
    let mut world = World::new(seed, &[ANA]);
    for jid in [BOB, CAROL] {
        world.server.add_account(jid);
        world.server.befriend(ANA, jid);
    }
    world.connect(0);
    world.settle();
    world.clients[0].events.clear();
    world
}

fn says(world: &mut World, from: &str, attributes: &str, inside: &str) {
    world.deliver(
        0,
        &format!("<presence xmlns='jabber:client' from='{from}' {attributes}>{inside}</presence>"),
    );
    world.flow();
}

/// What was told of somebody since the last look, in words.
fn told(world: &mut World, jid: &str) -> Vec<String> {
    let jid = BareJid::new(jid).unwrap();
    let words = |presence: &Option<Presence>| match presence {
        None => "offline".to_owned(),
        Some(Presence { availability, status }) => {
            let status = status
                .as_ref()
                .map_or_else(String::new, |status| format!(": {}", status.as_str()));
            format!("{}{status}", susurro::words::availability(*availability))
        }
    };
    let events = world.clients[0].events.drain(..);
    let told = events.filter_map(|event| match event {
        Event::State(State::Presence { jid: of, presence }) if of == jid => Some(words(&presence)),
        _ => None,
    });
    told.collect()
}

/// How often the front ends were told of a stream on which nobody is here yet.
fn new_streams(events: &[Event]) -> usize {
    let new = |event: &&Event| match event {
        Event::State(State::Connection(Connection::Online(online))) => !online.resumed,
        _ => false,
    };
    events.iter().filter(new).count()
}

fn stored(world: &mut World) -> usize {
    world.clients[0].read(|tx, account| presences::all(tx, account).unwrap().len())
}

#[test]
fn the_bare_address_speaks_for_all_its_clients_when_it_goes() {
    for kind in ["type='unavailable'", "type='error'"] {
        let mut world = ana(1);
        for client in ["a", "b"] {
            says(&mut world, &format!("{BOB}/{client}"), "", "");
        }
        assert_eq!(told(&mut world, BOB), ["here"]);
        says(&mut world, &format!("{BOB}/never-seen"), kind, "");
        assert_eq!(told(&mut world, BOB), [""; 0]);
        says(&mut world, BOB, kind, "");
        assert_eq!(told(&mut world, BOB), ["offline"]);
        // Its clients may come back.
        says(&mut world, &format!("{BOB}/a"), "", "");
        says(&mut world, &format!("{BOB}/a"), kind, "");
        assert_eq!(told(&mut world, BOB), ["here", "offline"]);
        // A gateway has no clients, and is here itself.
        says(&mut world, CAROL, "", "<show>away</show>");
        says(&mut world, CAROL, kind, "");
        assert_eq!(told(&mut world, CAROL), ["away", "offline"]);
    }
}

#[test]
fn what_people_say_of_themselves_is_told_for_the_client_that_speaks_for_them() {
    let mut world = ana(2);
    let pc = format!("{BOB}/pc");
    says(
        &mut world,
        &pc,
        "",
        "<show>dnd</show><status>In the assembly</status>",
    );
    says(
        &mut world,
        &pc,
        "",
        "<show>dnd</show><status>In the assembly</status>",
    );
    // A client whose resource no library takes.
    says(&mut world, &format!("{BOB}/📱"), "", "<show>away</show>");
    says(
        &mut world,
        &pc,
        "",
        "<show>dnd</show><status>At the printer's</status><priority>5</priority>",
    );
    says(
        &mut world,
        &pc,
        "type='unavailable'",
        "<status>gone home</status>",
    );
    says(&mut world, &format!("{BOB}/📱"), "type='unavailable'", "");
    assert_eq!(
        told(&mut world, BOB),
        [
            "do not disturb: In the assembly",
            "away",
            "do not disturb: At the printer's",
            "away",
            "offline"
        ]
    );
}

#[test]
fn presences_of_strangers_are_neither_told_nor_kept_and_those_of_contacts_are_bounded() {
    let mut world = ana(3);
    for number in 0..3_000 {
        says(
            &mut world,
            &format!("{EVE}/{number}"),
            "",
            "<status>look at me</status>",
        );
        says(&mut world, &format!("bot{number}@evil.test/x"), "", "");
    }
    for number in 0..3_000 {
        says(&mut world, &format!("{BOB}/{number}"), "", "");
    }
    let here = |event: &Event| matches!(event, Event::State(State::Presence { .. }));
    let all = world.clients[0].events.iter().filter(|event| here(event)).count();
    assert_eq!(all, 1, "Bob is here");
    world.server.ask_all();
    world.settle();
    assert_eq!(stored(&mut world), 32);
    for number in 0..3_000 {
        says(&mut world, &format!("{EVE}/{number}"), "type='unavailable'", "");
        says(&mut world, &format!("{BOB}/{number}"), "type='unavailable'", "");
    }
    assert_eq!(told(&mut world, BOB), ["here", "offline"]);
    world.server.ask_all();
    world.settle();
    assert_eq!(stored(&mut world), 0);
}

#[test]
fn after_a_killed_process_everybodys_presence_is_known_again_on_the_old_stream() {
    for asked in [true, false] {
        let mut world = ana(4);
        says(
            &mut world,
            &format!("{BOB}/pc"),
            "",
            "<show>xa</show><status>back on Monday</status>",
        );
        says(&mut world, &format!("{CAROL}/pc"), "", "");
        if asked {
            // They are acknowledged, so the server tells them no more.
            world.server.ask_all();
            world.settle();
            assert_eq!(stored(&mut world), 2);
        }
        world.crash(0);
        world.clients[0].events.clear();
        says(&mut world, &format!("{CAROL}/pc"), "type='unavailable'", "");
        world.connect(0);
        world.settle();
        assert!(
            world.clients[0]
                .trace
                .iter()
                .any(|line| line.contains("<resumed"))
        );
        let events = world.clients[0].events.clone();
        // A stream that is told of as a new one is told of before anybody who is here on it.
        assert_eq!(new_streams(&events), 0);
        let bob = told(&mut world, BOB);
        assert_eq!(
            bob.last().map(String::as_str),
            Some("away for long: back on Monday"),
            "asked: {asked}"
        );
        world.clients[0].events = events;
        assert_eq!(
            told(&mut world, CAROL).last().map(String::as_str),
            Some("offline")
        );
        // A new stream begins with nobody.
        world.quit(0);
        world.clients[0].events.clear();
        world.connect(0);
        world.settle();
        assert_eq!(new_streams(&world.clients[0].events), 1);
        assert_eq!(told(&mut world, BOB), [""; 0]);
        assert_eq!(stored(&mut world), 0);
    }
}

#[test]
fn who_is_no_contact_any_more_is_not_here_any_more() {
    let mut world = ana(5);
    says(&mut world, &format!("{BOB}/pc"), "", "");
    says(&mut world, &format!("{CAROL}/pc"), "", "");
    assert_eq!(told(&mut world, BOB), ["here"]);
    let push = format!(
        "<iq xmlns='jabber:client' type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='{BOB}' \
         subscription='remove'/></query></iq>"
    );
    world.deliver(0, &push);
    world.settle();
    assert_eq!(told(&mut world, BOB), ["offline"]);
    says(&mut world, &format!("{BOB}/pc"), "", "");
    assert_eq!(told(&mut world, BOB), [""; 0]);
}

#[test]
fn whether_the_server_vouches_for_ids_is_known_before_it_is_asked_on_a_resumed_stream() {
    let mut world = ana(6);
    world.server.ask_all();
    world.settle();
    world.crash(0);
    world.deliver(
        0,
        &format!(
            "<message xmlns='jabber:client' type='chat' from='{BOB}/pc' to='{ANA}' id='m'><body>hello</body>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='of-the-server'/></message>"
        ),
    );
    world.connect(0);
    world.settle();
    let row = world.clients[0].history(BOB).pop().unwrap();
    assert_eq!(row.server_id.as_deref(), Some("of-the-server"));
}

#[test]
fn every_word_for_being_here_is_another() {
    let mut words = Availability::ALL.map(susurro::words::availability).to_vec();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Availability::ALL.len());
}
