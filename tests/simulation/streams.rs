//! Streams that pause, end, lie or never begin.

use std::time::Duration;

use susurro::api::{Command, Connection, Event, State};
use susurro::model::{BareJid, Clean, Fact, MessageState};
use susurro::omemo::Trust;
use susurro::protocol::Timer;

use crate::client::send;
use crate::wire;
use crate::world::{ANA, BOB, Mishap, World};

/// How often a message of this sender with a payload reached the server.
fn arrivals(world: &World, from: &str) -> usize {
    let messages = world.server.log.iter().filter(|(sender, _)| sender == from);
    messages
        .filter(|(_, stanza)| wire::read(stanza).is_some_and(|seen| seen.payload))
        .count()
}

#[test]
fn requests_wait_through_a_pause_of_the_stream_however_long() {
    let mut world = World::new(1, &[ANA]);
    world.connect(0);
    // Bound and enabled, but no answer about keys was read yet.
    while !world.clients[0].read(|tx, account| susurro::store::stream::get(tx, account).unwrap().is_some()) {
        assert!(world.step());
    }
    world.cut(0);
    while world.next_timer().is_some() {}
    assert!(world.clients[0].keys_refused().is_none());
    world.connect(0);
    world.settle();
    assert!(world.clients[0].keys_published());
    assert!(world.clients[0].keys_refused().is_none());
    let device = world.clients[0].device();
    assert_eq!(world.server.list(ANA), [device]);
}

#[test]
fn what_a_failed_resumption_counts_as_handled_is_not_sent_again() {
    for crash in [false, true] {
        let mut world = World::online(2, &[ANA, BOB]);
        world.send(0, BOB, "once");
        let conn = world.clients[0].conn.unwrap();
        while world.clients[0].history(BOB)[0].state == MessageState::Queued && world.server.read_one(conn) {}
        while arrivals(&world, ANA) == 0 {
            assert!(world.step());
        }
        assert_eq!(world.clients[0].outbox(), 1, "not acknowledged yet");
        if crash {
            world.crash(0);
        }
        world.server.restart();
        world.settle();
        world.connect_all();
        world.settle();
        assert_eq!(arrivals(&world, ANA), 1, "crash: {crash}");
        assert_eq!(world.clients[0].outbox(), 0);
        assert_eq!(world.clients[1].bodies(ANA), ["once"]);
    }
}

#[test]
fn a_server_that_never_enables_stream_management_is_given_up() {
    let mut world = World::new(3, &[ANA]);
    world.server.options.enables = false;
    world.connect(0);
    world.flow();
    while world.clients[0].aborts.is_empty() {
        assert!(world.next_timer().is_some(), "nothing watches over <enable/>");
        world.flow();
    }
}

#[test]
fn without_stream_management_a_ping_tells_that_a_message_is_at_the_server() {
    let mut world = World::new(4, &[ANA, BOB]);
    world.server.options.sm = false;
    world.connect_all();
    world.settle();
    world.send(0, BOB, "hello");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
    assert_eq!(world.clients[0].outbox(), 0);
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
}

#[test]
fn what_comes_before_enabled_is_not_counted() {
    let mut world = World::new(5, &[ANA]);
    world.connect(0);
    let conn = world.clients[0].conn.unwrap();
    world.server.read_one(conn);
    world.deliver(0, "<presence xmlns='jabber:client' from='bob@mired.test/early'/>");
    world.settle();
    // The server panics if more is acknowledged than it sent.
    world.server.ask_all();
    world.settle();
    world.cut(0);
    world.connect(0);
    world.settle();
    assert!(world.clients[0].aborts.is_empty());
}

#[test]
fn a_message_is_not_sent_again_once_trust_was_withdrawn() {
    let mut world = World::online(6, &[ANA, BOB]);
    world.send(0, BOB, "first");
    world.settle();
    world.mishap = Some((0, Mishap::Cut(0)));
    world.send(0, BOB, "second");
    assert_eq!(world.clients[0].outbox(), 1, "sealed, and not at the server");
    let fingerprint = world.clients[1].identity().fingerprint();
    let distrust = Command::SetTrust {
        jid: BareJid::new(BOB).unwrap(),
        fingerprint,
        trust: Trust::Distrusted,
    };
    world.command(0, distrust);
    world.connect(0);
    world.settle();
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    insta::assert_snapshot!(why, @"Not sent again: a key that it was encrypted to is no longer trusted. Send it anew if it is still to go.");
    assert_eq!(world.clients[0].outbox(), 0);
    assert_eq!(world.clients[1].bodies(ANA), ["first"]);
    world.send(0, BOB, "third");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
    assert_eq!(world.clients[1].bodies(ANA), ["first"]);
}

#[test]
fn nothing_waiting_in_clear_leaves_once_encryption_is_on() {
    let mut world = World::online(7, &[ANA, BOB]);
    world.cut(0);
    let chat = crate::client::chat(BOB);
    world.command(
        0,
        Command::SetEncryption {
            chat: chat.clone(),
            on: false,
        },
    );
    world.send(0, BOB, "open words");
    world.command(0, Command::SetEncryption { chat, on: true });
    world.observer.secrets.push("open words".to_owned());
    world.send(0, BOB, "closed words");
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["closed words"]);
    let states: Vec<_> = world.clients[0]
        .history(BOB)
        .into_iter()
        .map(|row| row.state)
        .collect();
    assert_eq!(states, [MessageState::Failed, MessageState::Delivered]);
}

#[test]
fn clear_text_leaves_only_by_a_deliberate_switch_and_is_marked_on_the_other_side() {
    let mut world = World::online(8, &[ANA, BOB]);
    let clear = Command::Send {
        to: crate::client::chat(BOB),
        body: Clean::new("for everybody"),
        clear: true,
    };
    world.command(0, clear);
    world.observer.secrets.push("for bob".to_owned());
    world.command(0, send(BOB, "for bob"));
    world.settle();
    let rows = world.clients[1].history(ANA);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.body.as_ref().unwrap().as_str(), row.protection))
        .collect();
    use susurro::model::Protection::{Clear, Omemo2};
    assert_eq!(seen, [("for everybody", Clear), ("for bob", Omemo2)]);
}

#[test]
fn an_empty_message_that_came_due_during_a_pause_is_sent_after_it() {
    // Under OMEMO 2 the receipt inside the envelope would do what the empty message does.
    let mut world = World::legacy(9, &[ANA, BOB]);
    world.send(0, BOB, "hello");
    while world.clients[1].bodies(ANA).is_empty() {
        assert!(world.step());
    }
    world.cut(1);
    while world
        .next_timer_where(|_, timer| timer == Timer::Completions)
        .is_some()
    {}
    world.connect(1);
    world.settle();
    let empties: usize = world.observer.empties.values().sum();
    assert_eq!(empties, 1);
}

#[test]
fn prekeys_spent_during_a_pause_are_replaced_after_it() {
    let mut world = World::online(10, &[ANA, BOB]);
    let before = crate::keys::on_server(&mut world, 1).len();
    assert_eq!(before, 100);
    world.send(0, BOB, "hello");
    while world.clients[1].bodies(ANA).is_empty() {
        assert!(world.step());
    }
    world.cut(1);
    while world
        .next_timer_where(|_, timer| timer == Timer::Publish)
        .is_some()
    {}
    assert_eq!(crate::keys::usable(&mut world, 1), 99);
    world.connect(1);
    world.settle();
    assert_eq!(crate::keys::usable(&mut world, 1), 100);
}

#[test]
fn a_login_of_every_kind_ends_with_the_message_delivered() {
    for (sm, resume, remembers) in [
        (true, true, true),
        (true, true, false),
        (true, false, true),
        (false, false, false),
    ] {
        let mut world = World::new(11, &[ANA, BOB]);
        let options = &mut world.server.options;
        (options.sm, options.resume, options.remembers) = (sm, resume, remembers);
        world.send(0, BOB, "written before the first login");
        world.connect(1);
        world.settle();
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA), ["written before the first login"]);
        world.crash(0);
        world.send(0, BOB, "written offline");
        world.crash(0);
        world.pass(Duration::from_secs(3600));
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
        assert_eq!(world.clients[1].bodies(ANA).len(), 2);
    }
}

#[test]
fn a_server_that_acknowledges_nothing_is_given_up_when_nothing_else_comes_and_the_stream_is_resumed() {
    let mut world = World::online(12, &[ANA, BOB]);
    world.send(0, BOB, "hello");
    world.settle();
    world.server.mute = true;
    let asks = |number: u32| {
        format!(
            "<iq xmlns='jabber:client' type='get' id='q{number}' from='{BOB}/x' to='{ANA}/susurro.0'><ping xmlns='urn:xmpp:ping'/></iq>"
        )
    };
    for number in 0..5_100 {
        world.deliver(0, &asks(number));
        world.flow();
        world.fire_due();
    }
    assert_eq!(world.clients[0].aborts, [], "it has much to say");
    // Half a minute of nothing, with a request open.
    let silent = world.now;
    while world.clients[0].aborts.is_empty() {
        assert!(world.next_timer().is_some(), "nothing watches over the server");
        world.flow();
    }
    assert!(world.now.duration_since(silent).as_secs() <= 30);
    world.server.mute = false;
    world.clients[0].trace.clear();
    world.connect(0);
    world.settle();
    assert!(
        world.clients[0]
            .trace
            .iter()
            .any(|line| line.contains("<resumed"))
    );
    let pongs = world.server.log.iter().filter(|(from, stanza)| {
        let id = stanza.attr("id").unwrap_or_default();
        from == ANA && stanza.attr("type") == Some("result") && id.starts_with('q')
    });
    assert_eq!(pongs.count(), 5_100);
    world.send(0, BOB, "and again");
    world.settle();
    assert_eq!(world.clients[0].aborts.len(), 1);
    assert_eq!(world.clients[1].bodies(ANA), ["hello", "and again"]);
}

#[test]
fn requests_on_a_dead_connection_do_not_keep_it_alive() {
    let mut world = World::online(13, &[ANA, BOB]);
    world.send(0, BOB, "hello");
    world.settle();
    let conn = world.clients[0].conn.unwrap();
    let written = world.now;
    // Somebody who goes on writing, into nothing.
    for number in 0..10 {
        world.send(0, BOB, &format!("number {number}"));
        world.server.conns.get_mut(&conn).unwrap().to_server.clear();
        world.pass(Duration::from_secs(10));
        world.fire_due();
        if !world.clients[0].aborts.is_empty() {
            break;
        }
    }
    assert_eq!(world.clients[0].aborts.len(), 1);
    assert!(world.now.duration_since(written).as_secs() <= 40);
}

#[test]
fn what_the_server_says_that_it_takes_is_told_as_it_is_at_each_login() {
    let mut world = World::new(13, &[ANA]);
    let told = |world: &World| {
        let mut facts = world.clients[0].events.iter().filter_map(|event| match event {
            Event::State(State::Connection(Connection::Online(online))) => Some(&online.facts),
            _ => None,
        });
        let mut last = facts.next_back().unwrap().iter();
        last.find_map(|fact| match fact {
            Fact::MaxBytes(most) => Some(*most),
            _ => None,
        })
    };
    world.server.options.max_bytes = Some(262_144);
    world.connect(0);
    world.settle();
    assert_eq!(told(&world), Some(262_144));
    // It goes for the connection, resumed or not.
    world.cut(0);
    world.server.options.max_bytes = None;
    world.connect(0);
    world.settle();
    assert_eq!(told(&world), None);
}
