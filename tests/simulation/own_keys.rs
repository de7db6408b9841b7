//! Our own device in both dialects: made, published, kept right.

use std::time::Duration;

use susurro::omemo::{DeviceId, Dialect};
use susurro::stanza::dialects::{bundle_item, bundle_node, devices_node};
use susurro::stanza::{ns, omemo2};
use susurro::store::omemo as stored;

use crate::client::said;
use crate::keys::{on_server, on_server_in};
use crate::robot::Robot;
use crate::server::{Access, Counts, Fault, Most, Node, text, xml};
use crate::world::{ANA, BOB, World};

pub fn publications(world: &World, node: &str) -> usize {
    let of_node = world.server.log.iter().filter(|(from, stanza)| {
        let text = String::from(stanza);
        let is_progress = text.contains(crate::went_back::NODE);
        from == ANA && text.contains("<publish ") && text.contains(node) && !is_progress
    });
    of_node.count()
}

pub fn told(world: &World, part: &str) -> usize {
    let notices = world.clients[0].notices();
    notices.iter().filter(|notice| notice.contains(part)).count()
}

/// A new process with a new stream.
pub fn start_anew(world: &mut World) {
    world.crash(0);
    world.server.restart();
    world.clients[0].events.clear();
    world.server.log.clear();
    world.connect(0);
    world.settle();
}

#[test]
fn the_first_login_publishes_one_device_in_both_dialects_and_a_second_one_changes_nothing() {
    let mut world = World::online(1, &[ANA]);
    assert!(world.clients[0].keys_published());
    let device = world.clients[0].device();
    for dialect in Dialect::ALL {
        assert_eq!(world.server.list_in(dialect, ANA), [device]);
    }
    assert_eq!(on_server(&mut world, 0).len(), 100);
    let nodes = &world.server.accounts[ANA].nodes;
    assert!(nodes.values().all(|node| node.access == Access::Open));
    assert_eq!(nodes[ns::OMEMO2_BUNDLES].most, Most::Max);
    start_anew(&mut world);
    assert!(world.clients[0].keys_published());
    assert_eq!(publications(&world, ""), 0);
    assert_eq!(world.clients[0].notices(), [""; 0]);
}

#[test]
fn the_id_of_our_device_is_on_neither_list() {
    // The same random source makes the same device again; its id is taken in one dialect.
    for dialect in Dialect::ALL {
        let taken = World::online(3, &[ANA]).clients[0].device();
        let mut world = World::new(3, &[ANA]);
        world.server.put_list_in(dialect, ANA, &[taken]);
        world.connect(0);
        world.settle();
        let device = world.clients[0].device();
        assert_ne!(device, taken);
        assert_eq!(world.server.list_in(dialect, ANA), [taken, device]);
    }
}

#[test]
fn nothing_is_made_before_both_lists_are_known() {
    let mut world = World::new(4, &[ANA]);
    world
        .server
        .fault(ANA, devices_node(Dialect::Legacy), Fault::Silent);
    world.connect(0);
    world.flow();
    let made = world.clients[0].read(|tx, account| stored::own_device(tx, account).unwrap().is_some());
    assert!(!made);
    world.settle();
    // No answer is a refusal at last.
    let device = world.clients[0].device();
    assert_eq!(world.server.list_in(Dialect::Omemo2, ANA), [device]);
    assert_eq!(on_server_in(Dialect::Legacy, &mut world, 0).len(), 0);
}

#[test]
fn the_labels_of_others_are_published_again_as_they_were() {
    let mut world = World::new(7, &[ANA]);
    let theirs = "<device id='77' label='a label &amp; with\u{202e} marks' labelsig='AAECAw=='/>";
    let list = format!("<devices xmlns='urn:xmpp:omemo:2'>{theirs}<device id='78'/></devices>");
    world.server.put(ANA, ns::OMEMO2_DEVICES, xml(&list));
    world.connect(0);
    world.settle();
    let device = world.clients[0].device();
    let item = world
        .server
        .node(ANA, ns::OMEMO2_DEVICES)
        .unwrap()
        .item()
        .cloned()
        .unwrap();
    let expected = format!(
        "<devices xmlns='urn:xmpp:omemo:2'>{theirs}<device id='78'/><device id='{device}'/></devices>"
    );
    assert_eq!(item, xml(&expected), "{}", text(&item));
}

#[test]
fn a_server_that_refuses_omemo_2_keeps_nothing_else_back_and_that_is_told_once() {
    for (node, fault) in [
        (ns::OMEMO2, Fault::Error("feature-not-implemented")),
        (ns::OMEMO2_BUNDLES, Fault::Error("not-allowed")),
        (ns::OMEMO2_DEVICES, Fault::Silent),
        (ns::OMEMO2_BUNDLES, Fault::Silent),
    ] {
        let mut world = World::new(8, &[ANA, BOB]);
        world.server.fault(ANA, node, fault);
        world.connect_all();
        world.settle();
        assert!(world.clients[0].keys_published(), "{node} {fault:?}");
        assert!(world.clients[0].keys_refused().is_none());
        assert_eq!(on_server_in(Dialect::Legacy, &mut world, 0).len(), 100);
        assert_eq!(world.server.list_in(Dialect::Omemo2, ANA), [0; 0]);
        assert_eq!(told(&world, "our keys for OMEMO 2"), 1, "{node} {fault:?}");
        world.send(0, BOB, "hello");
        world.send(1, ANA, "hello");
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA).len(), 2);
        assert_eq!(world.clients[0].bodies(BOB).len(), 2);
        // Spent prekeys are gone all the same, and replaced where that is possible.
        assert_eq!(on_server_in(Dialect::Legacy, &mut world, 0).len(), 100);
        world.server.restart();
        world.settle();
        world.connect(0);
        world.settle();
        assert_eq!(told(&world, "our keys for OMEMO 2"), 1);
    }
}

#[test]
fn a_server_that_refuses_the_older_omemo_is_told_as_a_refusal_and_omemo_2_is_published() {
    let mut world = World::new(9, &[ANA]);
    world
        .server
        .fault(ANA, ns::OMEMO_LEGACY, Fault::Error("not-allowed"));
    world.connect(0);
    world.settle();
    let why = said(world.clients[0].keys_refused().unwrap());
    insta::assert_snapshot!(why, @"The server keeps us from publishing our keys for the older OMEMO, which most programs speak: it does not show our device list (not-allowed). Only people whose program speaks OMEMO 2 can encrypt to this device; ask the server's administrator about it.");
    assert!(!world.clients[0].keys_published());
    let device = world.clients[0].device();
    assert_eq!(world.server.list_in(Dialect::Omemo2, ANA), [device]);
}

#[test]
fn a_list_that_is_not_shown_is_not_overwritten_in_its_dialect() {
    for dialect in Dialect::ALL {
        let mut world = World::new(10, &[ANA]);
        world.clients[0].present = false;
        world.server.put_list_in(dialect, ANA, &[1, 2, 3]);
        let fault = Fault::Error("internal-server-error");
        world.server.fault(ANA, devices_node(dialect), fault);
        world.connect(0);
        world.settle();
        assert_eq!(world.server.list_in(dialect, ANA), [1, 2, 3]);
        assert_eq!(publications(&world, devices_node(dialect)), 0);
        assert_eq!(on_server_in(dialect, &mut world, 0).len(), 0);
        world.server.faults.clear();
        start_anew(&mut world);
        assert_eq!(on_server(&mut world, 0).len(), 100);
        assert_eq!(world.server.list_in(dialect, ANA)[..3], [1, 2, 3]);
    }
}

#[test]
fn a_server_that_does_not_know_max_is_asked_for_a_number() {
    for (largest, kept) in [(1000, 1000), (256, 100), (50, 10)] {
        let mut world = World::new(11, &[ANA]);
        world.server.options.counts = Counts {
            knows_max: false,
            largest,
            with_item: true,
        };
        world.connect(0);
        world.settle();
        assert!(world.clients[0].keys_published());
        assert_eq!(on_server(&mut world, 0).len(), 100);
        let node = world.server.node(ANA, ns::OMEMO2_BUNDLES).unwrap();
        assert_eq!(node.most, Most::Number(kept), "largest {largest}");
        assert_eq!(world.clients[0].notices(), [""; 0]);
    }
    let mut world = World::new(11, &[ANA]);
    world.server.options.counts = Counts {
        knows_max: false,
        largest: 1,
        with_item: true,
    };
    world.connect(0);
    world.settle();
    assert!(world.clients[0].keys_published());
    assert_eq!(told(&world, "our keys for OMEMO 2"), 1);
    assert!(publications(&world, ns::OMEMO2_BUNDLES) <= 12);
}

#[test]
fn a_server_that_wants_no_number_with_an_item_hears_it_apart_and_nobody_loses_a_bundle() {
    for (knows_max, largest, kept) in [
        (true, 10_000, Most::Max),
        (false, 1000, Most::Number(1000)),
        (false, 50, Most::Number(10)),
    ] {
        for others in [false, true] {
            let mut world = World::new(15, &[ANA]);
            world.server.options.counts = Counts {
                knows_max,
                largest,
                with_item: false,
            };
            if others {
                let mut other = Robot::new(ANA, 4242, 15);
                other.appear(&mut world, &[Dialect::Omemo2]);
                let node = world.server.node(ANA, ns::OMEMO2_BUNDLES).unwrap();
                node.most = Most::Number(1);
            }
            world.connect(0);
            world.settle();
            assert!(world.clients[0].keys_published());
            let node = world.server.node(ANA, ns::OMEMO2_BUNDLES).unwrap();
            assert_eq!((node.most, node.items.len()), (kept, 1 + usize::from(others)));
            assert_eq!(node.access, Access::Open);
            assert_eq!(told(&world, "OMEMO 2"), 0);
            assert!(publications(&world, ns::OMEMO2_BUNDLES) <= 3);
        }
    }
}

#[test]
fn a_node_for_one_bundle_is_made_wide_and_nobody_loses_theirs_again() {
    for at_first in [true, false] {
        let mut world = World::new(12, &[ANA]);
        if !at_first {
            world.connect(0);
            world.settle();
        }
        let nodes = &mut world.server.accounts.get_mut(ANA).unwrap().nodes;
        let node = nodes
            .entry(ns::OMEMO2_BUNDLES.to_owned())
            .or_insert(Node::new(Access::Presence));
        node.most = Most::Number(1);
        node.access = Access::Presence;
        let mut other = Robot::new(ANA, 4242, 12);
        other.appear(&mut world, &[Dialect::Omemo2]);
        start_anew(&mut world);
        assert!(world.clients[0].keys_published(), "at first: {at_first}");
        let node = world.server.node(ANA, ns::OMEMO2_BUNDLES).unwrap();
        assert_eq!((node.access, node.most), (Access::Open, Most::Max));
        assert_eq!(node.items.len(), 2);
    }
}

#[test]
fn closed_nodes_are_opened_in_both_dialects() {
    let mut world = World::online(13, &[ANA]);
    for node in world.server.accounts.get_mut(ANA).unwrap().nodes.values_mut() {
        node.access = Access::Whitelist;
    }
    start_anew(&mut world);
    assert!(world.clients[0].keys_published());
    assert!(world.clients[0].keys_refused().is_none());
    let nodes = world.server.accounts[ANA].nodes.iter();
    let ours = nodes.filter(|(name, _)| !name.starts_with(crate::went_back::NODE));
    let access: Vec<Access> = ours.map(|(_, node)| node.access).collect();
    assert_eq!(access, [Access::Open; 4]);
}

#[test]
fn what_is_gone_from_the_server_is_published_again_at_the_next_login() {
    let mut world = World::online(14, &[ANA]);
    let (device, right) = (world.clients[0].device(), on_server(&mut world, 0));
    let all: Vec<String> = world.server.accounts[ANA].nodes.keys().cloned().collect();
    for node in all {
        for retracted in [false, true] {
            world.crash(0);
            match world.server.node(ANA, &node) {
                Some(found) if retracted => found.items.clear(),
                _ => drop(world.server.accounts.get_mut(ANA).unwrap().nodes.remove(&node)),
            }
            start_anew(&mut world);
            assert_eq!(on_server(&mut world, 0), right, "{node}");
            for dialect in Dialect::ALL {
                assert_eq!(world.server.list_in(dialect, ANA), [device], "{node}");
            }
            assert_eq!(publications(&world, ""), 1, "{node}");
        }
    }
}

#[test]
fn each_dialect_is_returned_to_three_times_and_then_given_up() {
    for dialect in Dialect::ALL {
        let mut world = World::online(15, &[ANA]);
        let device = world.clients[0].device();
        world.server.log.clear();
        for round in 1..=6 {
            world.server.put_list_in(dialect, ANA, &[]);
            world.settle();
            let there = world.server.list_in(dialect, ANA).contains(&device);
            assert_eq!(there, round <= 3, "{dialect:?} {round}");
            if round == 2 {
                world.server.restart();
                world.settle();
                world.connect(0);
                world.settle();
            }
        }
        assert_eq!(publications(&world, devices_node(dialect)), 3);
        assert_eq!(told(&world, "keeps removing this device"), 1);
        let other = Dialect::ALL.into_iter().find(|other| *other != dialect).unwrap();
        assert_eq!(publications(&world, devices_node(other)), 0);
        assert_eq!(world.server.list_in(other, ANA), [device]);
    }
}

#[test]
fn spent_prekeys_are_erased_when_neither_bundle_names_them_any_more() {
    for late in Dialect::ALL {
        let mut world = World::online(16, &[ANA, BOB]);
        let before = on_server(&mut world, 1);
        let id = DeviceId::new(world.clients[1].device()).unwrap();
        world.send(0, BOB, "hello");
        world.flow();
        let node = bundle_node(late, id);
        world
            .server
            .fault(BOB, &node, Fault::Error("internal-server-error"));
        world.settle();
        let kept = |world: &mut World| {
            world.clients[1].read(|tx, account| {
                let ids = before.iter().map(|id| susurro::omemo::PreKeyId(*id));
                let kept = ids.filter(|id| stored::prekey(tx, account, *id).unwrap().is_some());
                kept.count()
            })
        };
        assert_eq!(kept(&mut world), 100, "{late:?}");
        assert!(world.clients[1].keys_refused().is_none());
        // It is tried again by itself.
        world.server.faults.clear();
        world.pass(Duration::from_secs(300));
        let silence = |world: &mut World| {
            world.next_timer_where(|_, timer| timer == susurro::protocol::Timer::Silence);
            world.next_timer_where(|_, timer| timer == susurro::protocol::Timer::Silence);
            world.settle();
        };
        silence(&mut world);
        // Somebody else may have chosen the same one before.
        assert_eq!(kept(&mut world), 100, "{late:?}");
        world.pass(Duration::from_secs(300));
        silence(&mut world);
        silence(&mut world);
        assert_eq!(kept(&mut world), 99, "{late:?}");
        let after = on_server(&mut world, 1);
        assert_eq!(after.len(), 100);
        assert_eq!(after.intersection(&before).count(), 99);
    }
}

#[test]
fn a_signed_prekey_is_replaced_in_both_bundles_after_a_week_with_two_signatures() {
    let mut world = World::online(17, &[ANA, BOB]);
    let spk = |world: &mut World| {
        let id = DeviceId::new(world.clients[0].device()).unwrap();
        Dialect::ALL.map(|dialect| {
            let node = world.server.node(ANA, &bundle_node(dialect, id)).unwrap();
            let item = node.named(&bundle_item(dialect, id)).unwrap();
            let bundle = match dialect {
                Dialect::Legacy => susurro::stanza::legacy::parse_bundle(item),
                Dialect::Omemo2 => omemo2::parse_bundle(item),
            };
            let bundle = bundle.unwrap().verify().unwrap();
            bundle.signed_prekey_id().0
        })
    };
    assert_eq!(spk(&mut world), [1, 1]);
    world.pass(Duration::from_secs(8 * 24 * 3600));
    world.next_timer_where(|client, timer| {
        client.jid.as_str() == ANA && timer == susurro::protocol::Timer::Silence
    });
    world.settle();
    assert_eq!(spk(&mut world), [2, 2]);
    assert_eq!(on_server(&mut world, 0).len(), 100);
}

#[test]
fn a_device_from_before_omemo_2_signs_its_prekey_and_publishes() {
    let mut world = World::legacy(18, &[ANA]);
    let device = world.clients[0].device();
    let account = world.clients[0].account;
    let tx = world.clients[0].writer.transaction().unwrap();
    let signed = stored::signed_prekeys(&tx, account).unwrap().remove(0);
    stored::remove_signed_prekey(&tx, account, signed.pair.id).unwrap();
    let old = stored::StoredSignedPreKey {
        signature2: None,
        ..signed
    };
    stored::put_signed_prekey(&tx, account, &old).unwrap();
    tx.commit().unwrap();
    world.server.faults.clear();
    start_anew(&mut world);
    assert_eq!(world.server.list_in(Dialect::Omemo2, ANA), [device]);
    assert_eq!(on_server(&mut world, 0).len(), 100);
    let mut robot = Robot::new(BOB, 77, 18);
    robot.begin_in(Dialect::Omemo2, &world, ANA, device);
    start_anew(&mut world);
    assert_eq!(publications(&world, ""), 0, "the signature is kept");
}
