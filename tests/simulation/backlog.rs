//! A server that has much to say: everything is read, everything is answered, on one stream,
//! and nothing grows meanwhile.

use std::collections::BTreeSet;

use minidom::Element;
use susurro::api::Command;
use susurro::model::BareJid;
use susurro::omemo::{Dialect, Trust};
use susurro::protocol::Timer;
use susurro::store::{answers, contacts};

use crate::client::said;
use crate::dialects::{LEGACY, OMEMO2, bodies, heard, meet};
use crate::robot::Robot;
use crate::server::{Fault, xml};
use crate::world::{ANA, BOB, World};

/// Answers that may be on their way unacknowledged, with the few other stanzas of a login.
const OPEN: usize = 450;

/// Ana, who knows Bob and nobody else, before her first login.
fn before_login(seed: u64) -> World {
    let mut world = World::new(seed, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    world
}

fn asking(id: &str, body: &str) -> Element {
    xml(&format!(
        "<message xmlns='jabber:client' type='chat' from='{BOB}/pc' to='{ANA}' id='{id}'><body>{body}</body>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    ))
}

/// Bob's messages wait for Ana at her server.
fn leave(world: &mut World, many: usize) {
    for number in 0..many {
        world.server.relay(
            &format!("{BOB}/pc"),
            asking(&format!("m{number}"), &number.to_string()),
        );
    }
}

/// Ana reads everything that is on its way to her, slowly, while the server reads nothing.
/// What is due by time happens.
fn read_all(world: &mut World) {
    let waits = |world: &World| {
        let conn = world.clients[0]
            .conn
            .and_then(|conn| world.server.conns.get(&conn));
        conn.is_some_and(|conn| !conn.to_client.is_empty())
    };
    while waits(world) {
        world.pass(std::time::Duration::from_millis(15));
        world.read_next(0);
        let now = world.now;
        let due =
            |client: &crate::client::Client, timer| timer != Timer::Silence && client.timers[&timer] <= now;
        while world.next_timer_where(due).is_some() {}
    }
}

/// Logs in, and reads everything that waited before the server reads any answer.
fn log_in_and_read(world: &mut World) {
    world.connect(0);
    let conn = world.clients[0].conn.unwrap();
    // All up to the presence, behind which the server says the rest.
    while !world
        .server
        .log
        .iter()
        .any(|(_, stanza)| stanza.name() == "presence")
    {
        while world.server.read_one(conn) && world.server.conns[&conn].to_client.is_empty() {}
        let told = world
            .server
            .log
            .iter()
            .any(|(_, stanza)| stanza.name() == "presence");
        if !told && !world.server.conns[&conn].to_client.is_empty() {
            world.read_next(0);
        }
    }
    read_all(world);
}

/// The ids that Ana's receipts name, in the order in which the server read them.
fn receipts(world: &World) -> Vec<String> {
    let receipt = |stanza: &Element| {
        let received = stanza.get_child("received", "urn:xmpp:receipts")?;
        Some(received.attr("id")?.to_owned())
    };
    let log = world.server.log.iter().filter(|(from, _)| from == ANA);
    log.filter_map(|(_, stanza)| receipt(stanza)).collect()
}

/// Stanzas of Ana that are on their way to the server.
fn on_the_way(world: &World) -> usize {
    let conn = &world.server.conns[&world.clients[0].conn.unwrap()];
    let stanzas = conn
        .to_server
        .iter()
        .filter(|element| element.ns() == "jabber:client");
    stanzas.count()
}

fn held(world: &mut World) -> usize {
    world.clients[0].read(|tx, account| answers::count_held(tx, account).unwrap())
}

fn streams(world: &World) -> usize {
    let begun = world.clients[0]
        .trace
        .iter()
        .filter(|line| line.contains("<enabled"));
    begun.count()
}

fn expected(many: usize) -> Vec<String> {
    (0..many).map(|number| format!("m{number}")).collect()
}

fn texts(many: usize) -> Vec<String> {
    (0..many).map(|number| number.to_string()).collect()
}

#[test]
fn ten_thousand_messages_before_the_first_acknowledgement_are_read_and_answered_on_one_stream() {
    const MANY: usize = 10_000;
    let mut world = before_login(1);
    leave(&mut world, MANY);
    log_in_and_read(&mut world);
    assert_eq!(world.clients[0].bodies(BOB), texts(MANY));
    assert!(
        on_the_way(&world) <= OPEN,
        "{} unacknowledged",
        on_the_way(&world)
    );
    assert!(held(&mut world) > MANY - OPEN);
    world.settle();
    assert_eq!(receipts(&world), expected(MANY));
    assert_eq!(held(&mut world), 0);
    assert_eq!(world.clients[0].aborts, []);
    assert_eq!(streams(&world), 1);
}

#[test]
fn what_a_killed_process_held_back_is_answered_once_by_the_next() {
    const MANY: usize = 1_500;
    for resumes in [true, false] {
        let mut world = before_login(2);
        world.server.options.resume = resumes;
        leave(&mut world, MANY);
        log_in_and_read(&mut world);
        // The server reads some of it, and half of what it says of that arrives.
        let conn = world.clients[0].conn.unwrap();
        for _ in 0..250 {
            world.server.read_one(conn);
        }
        for _ in 0..world.server.conns[&conn].to_client.len() / 2 {
            world.read_next(0);
        }
        world.crash(0);
        for _ in 0..3 {
            world.connect(0);
            world.step();
            world.step();
            world.crash(0);
        }
        world.connect(0);
        world.settle();
        let answered = receipts(&world);
        let all: BTreeSet<&String> = answered.iter().collect();
        assert_eq!(all.len(), MANY, "resumes: {resumes}");
        if resumes {
            assert_eq!(answered, expected(MANY));
        }
        assert_eq!(world.clients[0].bodies(BOB), texts(MANY));
        assert_eq!(held(&mut world), 0);
        // What is answered is not answered again.
        world.quit(0);
        world.server.log.clear();
        world.connect(0);
        world.settle();
        assert_eq!(receipts(&world), [""; 0]);
    }
}

#[test]
fn five_thousand_roster_pushes_are_taken_and_answered_on_one_stream() {
    const MANY: usize = 5_100;
    let mut world = World::online(3, &[ANA]);
    for number in 0..MANY {
        world.deliver(
            0,
            &format!(
                "<iq xmlns='jabber:client' type='set' id='p{number}'><query xmlns='jabber:iq:roster'>\
                 <item jid='friend{number}@mired.test' subscription='both'/></query></iq>"
            ),
        );
    }
    read_all(&mut world);
    assert!(on_the_way(&world) <= OPEN);
    assert_eq!(
        world.clients[0].read(|tx, account| contacts::all(tx, account).unwrap().len()),
        MANY
    );
    world.settle();
    let log = world.server.log.iter().map(|(_, stanza)| stanza);
    let results = log.filter(|stanza| stanza.name() == "iq" && stanza.attr("type") == Some("result"));
    let ids: Vec<String> = results
        .filter_map(|stanza| stanza.attr("id").map(str::to_owned))
        .collect();
    assert_eq!(
        ids,
        (0..MANY).map(|number| format!("p{number}")).collect::<Vec<_>>()
    );
    assert_eq!(world.clients[0].aborts, []);
    assert_eq!(streams(&world), 1);
}

/// Bob wrote so much in OMEMO 2 before Ana could answer anything.
fn sealed_backlog(many: usize, seed: u64) -> (World, Robot) {
    let mut bob = Robot::new(BOB, 77, seed);
    let mut world = meet(seed, &mut [(&mut bob, OMEMO2)]);
    let ana = world.clients[0].device();
    bob.begin_in(Dialect::Omemo2, &world, ANA, ana);
    for number in 0..many {
        let letter = bob.write(Dialect::Omemo2, (ANA, ana), world.now, &number.to_string());
        let stanza = bob.stanza(ANA, &format!("m{number}"), &letter);
        world.server.inject(ANA, &stanza);
    }
    read_all(&mut world);
    assert_eq!(world.clients[0].bodies(BOB), texts(many));
    assert!(held(&mut world) >= many - OPEN);
    (world, bob)
}

#[test]
fn a_message_written_while_receipts_wait_is_read_and_so_are_they() {
    const MANY: usize = 1_700;
    let (mut world, mut bob) = sealed_backlog(MANY, 4);
    world.observer.secrets.push("I am back".to_owned());
    world.send(0, BOB, "I am back");
    world.settle();
    let said = heard(&world, &mut bob);
    assert_eq!(bodies(&said), [(Dialect::Omemo2, "I am back")]);
    let receipts: BTreeSet<&str> = said
        .iter()
        .filter_map(|heard| heard.receipt_for.as_deref())
        .collect();
    assert_eq!(receipts.len(), MANY);
    // No more than an empty message or two beside them: what is due for one device is due once.
    assert!(said.len() <= MANY + 4, "{}", said.len());
}

#[test]
fn receipts_that_wait_are_not_sealed_for_a_key_that_lost_its_trust() {
    const MANY: usize = 700;
    let (mut world, mut bob) = sealed_backlog(MANY, 5);
    let fingerprint = bob.own.identity.public().fingerprint();
    let jid = BareJid::new(BOB).unwrap();
    let trust = Trust::Distrusted;
    world.command(
        0,
        Command::SetTrust {
            jid,
            fingerprint,
            trust,
        },
    );
    world.settle();
    let said = heard(&world, &mut bob);
    assert!(said.len() <= OPEN, "{}", said.len());
    assert_eq!(held(&mut world), 0);
}

/// Everything that Ana asks is answered behind this much that others say meanwhile, of which she reads
/// a stanza every two seconds.
const BETWEEN: usize = 25;

/// Ana reads until nothing is left to happen, while the server answers what she asks behind a backlog.
fn read_behind_others(world: &mut World) {
    let mut number = 0;
    for _ in 0..2_000 {
        let Some(conn) = world.clients[0].conn else { return };
        let asks = |stanza: &Element| stanza.name() == "iq" && stanza.attr("type") == Some("get");
        let asked = world.server.conns[&conn].to_server.iter().any(asks);
        for _ in 0..if asked { BETWEEN } else { 0 } {
            number += 1;
            world
                .server
                .inject(ANA, &asking(&format!("b{number}"), "meanwhile"));
        }
        while world.server.read_one(conn) {}
        world.pass(std::time::Duration::from_secs(2));
        if !world.server.conns[&conn].to_client.is_empty() {
            world.read_next(0);
        }
        let now = world.now;
        let due =
            |client: &crate::client::Client, timer| timer != Timer::Silence && client.timers[&timer] <= now;
        while world.next_timer_where(due).is_some() {}
        let waits = world.clients[0]
            .timers
            .keys()
            .any(|timer| matches!(timer, Timer::Iq(_)));
        if !waits && world.server.conns[&conn].to_client.is_empty() {
            return;
        }
    }
    panic!("it never ends");
}

#[test]
fn keys_that_stand_behind_a_backlog_are_waited_for() {
    for managed in [true, false] {
        let mut world = World::new(21, &[ANA, BOB]);
        world.server.options.sm = managed;
        world.connect_all();
        world.settle();
        world.send(0, BOB, "hello");
        read_behind_others(&mut world);
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA), ["hello"], "{managed}");
        assert_eq!(world.clients[0].last_failure(), None);
        assert!(world.clients[0].aborts.is_empty());
    }
}

#[test]
fn keys_that_never_come_are_not_waited_for_however_much_others_say() {
    for managed in [true, false] {
        let mut robot = Robot::new(BOB, 77, 22);
        let mut dead = Robot::new(BOB, 78, 23);
        let mut world = meet(22, &mut [(&mut robot, LEGACY), (&mut dead, LEGACY)]);
        if !managed {
            world.cut(0);
            world.server.options.sm = false;
            world.connect(0);
            world.settle();
        }
        world
            .server
            .fault(BOB, "eu.siacs.conversations.axolotl.bundles:78", Fault::Silent);
        world.send(0, BOB, "hello");
        read_behind_others(&mut world);
        let notices = world.clients[0].notices();
        let named =
            |notice: &String| notice.contains("device 78") && notice.contains("no answer came in time");
        assert!(notices.iter().any(named), "{managed} {notices:?}");
        world.settle();
        assert_eq!(world.clients[0].outbox(), 0);
    }
}

#[test]
fn what_was_asked_before_a_resumption_is_given_up_in_time_after_it() {
    let mut robot = Robot::new(BOB, 77, 24);
    let mut world = meet(24, &mut [(&mut robot, LEGACY)]);
    world
        .server
        .fault(BOB, "eu.siacs.conversations.axolotl.bundles:77", Fault::Silent);
    world.send(0, BOB, "hello");
    world.flow();
    world.cut(0);
    world.connect(0);
    let resumed = world.now;
    world.settle();
    let failure = world.clients[0].last_failure().expect("no keys came");
    assert!(said(failure).contains("no answer came in time"), "{failure:?}");
    let took = world.now.duration_since(resumed).as_secs();
    assert!((10..40).contains(&took), "{took}");
}
