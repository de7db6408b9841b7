//! The node of read positions: who may speak there, what servers make of it, and what is said to whom.

use super::*;
use crate::server::{Counts, Fault, Most, Node};
use susurro::api::{Change, Event};

/// An event that says it is of somebody's node.
fn event(from: &str, item: &str, id: &str) -> String {
    let displayed = crate::server::text(&displayed(ANA, id));
    format!(
        "<message xmlns='jabber:client' type='headline' from='{from}' to='{ANA}'><event \
         xmlns='http://jabber.org/protocol/pubsub#event'><items node='{NODE}'><item id='{item}'>{displayed}</item>\
         </items></event></message>"
    )
}

// Threats 8, 9.
#[test]
fn only_our_own_account_says_what_its_devices_have_read() {
    let mut world = written(1, Manners::Prosody, &["one", "two"]);
    let newest = archived(&world).pop().unwrap();
    for from in [
        BOB,
        "bob@mired.test/phone",
        EVE,
        "mired.test",
        "pubsub.mired.test",
    ] {
        world.deliver(0, &event(from, BOB, &newest));
        world.settle();
        assert_eq!(unread(&mut world, 0, BOB), 2, "{from}");
    }
    world.deliver(0, &event(ANA, BOB, &newest));
    world.settle();
    assert_eq!(unread(&mut world, 0, BOB), 0);
}

#[test]
fn what_is_said_of_no_chat_or_of_another_chat_s_message_reads_nothing_and_makes_no_chat() {
    let mut world = written(2, Manners::Prosody, &["one", "two"]);
    let ids = archived(&world);
    read_by_another(&mut world, EVE, &ids[1]);
    read_by_another(&mut world, "nobody@mired.test", "x");
    read_by_another(&mut world, "room@muc.mired.test/nick", &ids[1]);
    world
        .server
        .put_item(ANA, NODE, BOB, displayed("muc.mired.test", &ids[1]));
    world
        .server
        .put_item(ANA, NODE, BOB, xml("<displayed xmlns='urn:x'/>"));
    world.settle();
    assert_eq!(unread_on_both(&mut world), [2, 2]);
    let chats = world.clients[0].read(|tx, account| chats::all(tx, account).unwrap().len());
    assert_eq!(chats, 1);
    // Back is no way.
    read_by_another(&mut world, BOB, &ids[1]);
    read_by_another(&mut world, BOB, &ids[0]);
    assert_eq!(unread_on_both(&mut world), [0, 0]);
}

#[test]
fn an_id_that_is_not_here_waits_and_what_this_device_read_since_is_told_in_its_place() {
    let mut world = written(3, Manners::Prosody, &["one", "two"]);
    read_by_another(&mut world, BOB, "of long ago");
    assert_eq!(unread_on_both(&mut world), [2, 2]);
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(unread_on_both(&mut world), [0, 0]);
    assert_eq!(told(&mut world, BOB), archived(&world).pop());
}

#[test]
fn a_node_that_others_can_read_is_closed_before_anything_is_told() {
    let mut world = online(4, Manners::Prosody, &[ANA, BOB, ANA]);
    world.settle();
    for at in [0, 2] {
        world.quit(at);
    }
    world.settle();
    let nodes = &mut world.server.accounts.get_mut(ANA).unwrap().nodes;
    nodes.insert(NODE.to_owned(), Node::new(Access::Presence));
    world.connect(0);
    world.settle();
    let node = world.server.node(ANA, NODE).unwrap();
    assert_eq!((node.access, node.most), (Access::Whitelist, Most::Max));
    write(&mut world, &["one"]);
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(told(&mut world, BOB), archived(&world).pop());
}

#[test]
fn servers_that_take_no_number_with_an_item_or_know_no_maximum_keep_every_chat() {
    let counts = |knows_max, with_item| Counts {
        knows_max,
        largest: 1000,
        with_item,
    };
    for counts in [counts(true, false), counts(false, true), counts(false, false)] {
        let mut world = online(
            5,
            Manners::Ejabberd,
            &[ANA, BOB, "carol@mired.test", "dave@mired.test"],
        );
        world.server.options.counts = counts;
        for from in [1, 2, 3] {
            world.send(from, ANA, "hello");
            world.settle();
        }
        let people = [BOB, "carol@mired.test", "dave@mired.test"];
        for peer in people {
            read_all(&mut world, 0, peer);
        }
        world.settle();
        let node = world.server.node(ANA, NODE).unwrap();
        assert_eq!(
            (node.access, node.items.len()),
            (Access::Whitelist, 3),
            "{counts:?}"
        );
    }
}

#[test]
fn who_turned_it_off_tells_nothing_asks_nothing_and_hears_nothing() {
    let mut world = online(6, Manners::Prosody, &[ANA, BOB, ANA]);
    world.settle();
    world.quit(0);
    world.clients[0].sharing.read_sync = false;
    world.clients[0].trace.clear();
    world.connect(0);
    world.settle();
    write(&mut world, &["one"]);
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(unread_on_both(&mut world), [0, 1]);
    assert!(
        !world.clients[0]
            .trace
            .iter()
            .any(|said| said.starts_with("C: ") && said.contains(NODE))
    );
    write(&mut world, &["two"]);
    let newest = archived(&world).pop().unwrap();
    read_by_another(&mut world, BOB, &newest);
    assert_eq!(unread_on_both(&mut world), [1, 0]);
}

#[test]
fn a_server_without_conditions_or_that_refuses_is_told_nothing_twice_and_all_else_goes_on() {
    let mut world = written(7, Manners::Prosody, &["one"]);
    world.server.fault(ANA, NODE, Fault::Error("forbidden"));
    read_all(&mut world, 0, BOB);
    world.settle();
    let asked = |world: &World| {
        world.clients[0]
            .trace
            .iter()
            .filter(|said| said.contains(NODE))
            .count()
    };
    let before = asked(&world);
    write(&mut world, &["two"]);
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(asked(&world), before);
    assert_eq!(world.clients[0].bodies(BOB), ["one", "two"]);
    assert_eq!(told(&mut world, BOB), None);
}

#[test]
fn what_a_server_cannot_do_for_now_is_tried_again_later() {
    let mut world = written(9, Manners::Prosody, &["one"]);
    world
        .server
        .fault(ANA, NODE, Fault::Error("internal-server-error"));
    read_all(&mut world, 0, BOB);
    let reading = |_: &crate::client::Client, timer| timer == susurro::protocol::Timer::Reading;
    for _ in 0..4 {
        world.flow();
        world.next_timer_where(reading);
    }
    assert_eq!(told(&mut world, BOB), None);
    world.server.faults.clear();
    world.settle();
    assert_eq!(told(&mut world, BOB), archived(&world).pop());
    assert_eq!(unread_on_both(&mut world), [0, 0]);
}

#[test]
fn ten_thousand_positions_are_as_good_as_the_thousand_newest() {
    let mut world = written(8, Manners::Prosody, &["one", "two"]);
    let newest = archived(&world).pop().unwrap();
    world.quit(0);
    world.settle();
    for number in 0..9_999 {
        let peer = format!("somebody{number}@mired.test");
        let displayed = displayed(ANA, "x");
        let nodes = &mut world.server.accounts.get_mut(ANA).unwrap().nodes;
        let node = nodes.entry(NODE.to_owned()).or_insert_with(|| {
            let mut node = Node::new(Access::Whitelist);
            node.most = Most::Max;
            node
        });
        node.items.push((peer, displayed));
    }
    read_by_another(&mut world, BOB, &newest);
    world.connect(0);
    world.settle();
    assert_eq!(unread(&mut world, 0, BOB), 0);
    let chats = world.clients[0].read(|tx, account| chats::all(tx, account).unwrap().len());
    assert_eq!(chats, 1);
    // Whoever looks at the list is told of the one chat.
    let changed = |event: &&Event| matches!(event, Event::Changed(Change::Chat(_)));
    assert!(world.clients[0].events.iter().filter(changed).count() >= 1);
}
