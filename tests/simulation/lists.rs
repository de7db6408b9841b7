//! Device lists: our own kept right, those of others in every way that they can be missing.

use susurro::api::FailureKind;
use susurro::model::{MessageState, Trust};
use susurro::omemo::Dialect;
use susurro::stanza::dialects::namespace;
use susurro::store::omemo as stored;

use crate::client::said;
use crate::robot::Robot;
use crate::server::{Access, Fault, Node};
use crate::wire;
use crate::world::{ANA, BOB, World};

const LIST: &str = "eu.siacs.conversations.axolotl.devicelist";
const BUNDLES: &str = "eu.siacs.conversations.axolotl.bundles:";

fn publications(world: &World, jid: &str, node: &str) -> usize {
    let sets = world
        .server
        .log
        .iter()
        .filter(|(from, stanza)| from == jid && stanza.attr("type") == Some("set"));
    let of_node = sets.filter(|(_, stanza)| {
        let text = String::from(stanza);
        text.contains("<publish ") && text.contains(node)
    });
    of_node.count()
}

#[test]
fn a_device_that_is_taken_off_its_list_returns_three_times_at_most_and_then_says_so() {
    let mut world = World::online(1, &[ANA]);
    let device = world.clients[0].device();
    world.server.log.clear();
    for _ in 0..6 {
        world.server.put_list(ANA, &[]);
        world.settle();
    }
    let returns = publications(&world, ANA, LIST);
    assert!((1..=3).contains(&returns), "{returns} returns");
    assert!(!world.server.list(ANA).contains(&device));
    let notices = world.clients[0].notices();
    let warnings = notices
        .iter()
        .filter(|notice| notice.contains("keeps removing this device"))
        .count();
    assert_eq!(warnings, 1, "{notices:?}");
}

#[test]
fn others_on_our_own_list_are_kept_when_we_return_to_it() {
    let mut world = World::online(2, &[ANA]);
    let device = world.clients[0].device();
    world.server.put_list(ANA, &[4242]);
    world.settle();
    assert_eq!(world.server.list(ANA), [4242, device]);
}

#[test]
fn a_stranger_on_our_own_list_raises_an_alarm_and_gets_nothing() {
    // The clock may be set back after the first login: what comes later is still later.
    for hours_back in [0, 48] {
        let mut world = World::online(3, &[ANA, BOB]);
        let device = world.clients[0].device();
        world.now -= std::time::Duration::from_secs(3600 * hours_back);
        let mut stranger = Robot::new(ANA, 4242, 3);
        stranger.publish(&mut world);
        world.server.put_list(ANA, &[device, 4242]);
        world.settle();
        let alarms = world.clients[0].notices();
        assert!(
            alarms
                .iter()
                .any(|notice| notice.contains("4242") && notice.contains("change")),
            "{alarms:?}"
        );
        world.server.log.clear();
        world.send(0, BOB, "for bob alone");
        world.settle();
        assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
        for (_, stanza) in &world.server.log {
            let keys = wire::read(stanza).map(|seen| seen.keys).unwrap_or_default();
            assert!(keys.iter().all(|key| key.rid != 4242));
        }
        let key = stranger.own.identity.public();
        let own = world.clients[0].jid.clone();
        let trust = world.clients[0].read(|tx, account| stored::trust(tx, account, &own, &key).unwrap());
        assert_eq!(trust, Some(Trust::Undecided));
    }
}

#[test]
fn devices_that_were_there_before_us_are_named_and_get_everything() {
    let mut world = World::new(4, &[ANA, BOB]);
    let mut older = Robot::new(ANA, 4242, 4);
    older.publish(&mut world);
    world.server.put_list(ANA, &[4242]);
    world.connect_all();
    world.settle();
    let notices = world.clients[0].notices();
    assert!(
        notices
            .iter()
            .any(|notice| notice.contains("4242") && notice.contains("already")),
        "{notices:?}"
    );
    world.server.log.clear();
    world.send(0, BOB, "for all of mine too");
    world.settle();
    let read: Vec<_> = world
        .server
        .log
        .clone()
        .iter()
        .filter_map(|(_, stanza)| older.read(stanza))
        .collect();
    assert_eq!(read, ["for all of mine too"]);
}

/// What sending to Bob ends with, after `prepare` did something to his side.
fn refusal(prepare: impl FnOnce(&mut World)) -> (FailureKind, String) {
    let mut world = World::new(5, &[ANA, BOB]);
    world.observer.secrets.push("never in clear".to_owned());
    prepare(&mut world);
    world.connect(0);
    world.settle();
    world.send(0, BOB, "never in clear");
    world.settle();
    let (state, why) = world.clients[0].last(BOB);
    assert_eq!(state, MessageState::Failed);
    assert_eq!(world.clients[0].outbox(), 0);
    let failure = world.clients[0].last_failure().unwrap().clone();
    assert_eq!(said(&failure), why);
    (failure.kind(), why)
}

#[test]
fn somebody_without_keys_is_refused_with_the_remedy() {
    let (kind, why) = refusal(|_| {});
    assert_eq!(kind, FailureKind::Unsafe);
    insta::assert_snapshot!(why, @"Cannot encrypt to bob@mired.test because they publish no OMEMO keys. Ask them to turn OMEMO on in their client; if it is on, add each other as contacts (`susurro contact add bob@mired.test`). Nothing was sent.");
    let (kind, empty) = refusal(|world| world.server.put_list(BOB, &[]));
    assert_eq!((kind, empty), (FailureKind::Unsafe, why));
}

#[test]
fn closed_keys_are_refused_with_the_remedy() {
    let (kind, why) = refusal(|world| {
        let node = Node::new(Access::Whitelist);
        world
            .server
            .accounts
            .get_mut(BOB)
            .unwrap()
            .nodes
            .insert(LIST.to_owned(), node);
    });
    assert_eq!(kind, FailureKind::Unsafe);
    insta::assert_snapshot!(why, @"Cannot encrypt to bob@mired.test because their client shows its keys only to contacts: check the address and add each other first (`susurro contact add bob@mired.test`), then send again.");
    for condition in ["forbidden", "not-allowed"] {
        let closed = refusal(|world| world.server.fault(BOB, LIST, Fault::Error(condition)));
        assert_eq!(closed, (FailureKind::Unsafe, why.clone()));
    }
}

#[test]
fn a_list_that_cannot_be_had_is_refused_and_never_means_clear_text() {
    let (kind, why) = refusal(|world| {
        world
            .server
            .fault(BOB, LIST, Fault::Error("internal-server-error"))
    });
    assert_eq!(kind, FailureKind::Unsafe);
    insta::assert_snapshot!(why, @"Cannot encrypt to bob@mired.test because their keys could not be fetched: internal-server-error. Nothing was sent; send again later.");
    let (kind, why) = refusal(|world| world.server.fault(BOB, LIST, Fault::Silent));
    assert_eq!(kind, FailureKind::TimedOut);
    insta::assert_snapshot!(why, @"Cannot encrypt to bob@mired.test because their server did not answer in time. Send again later.");
}

#[test]
fn a_server_of_ours_without_pep_is_told_and_refuses_every_message() {
    let mut world = World::new(6, &[ANA, BOB]);
    world.server.options.pep = false;
    world.connect(0);
    world.settle();
    assert!(world.clients[0].keys_refused().is_some());
    world.send(0, BOB, "hello");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
    assert_eq!(
        world.clients[0].last_failure().unwrap().kind(),
        FailureKind::Unsafe
    );
}

#[test]
fn a_bundle_that_does_not_come_is_left_out_and_named_after_ten_seconds() {
    let mut world = World::online(7, &[ANA, BOB]);
    let bob = world.clients[1].device();
    world.server.put_list(BOB, &[bob, 4711]);
    world.settle();
    world.server.fault(BOB, &format!("{BUNDLES}4711"), Fault::Silent);
    let before = world.now;
    world.send(0, BOB, "hello");
    world.flow();
    assert!(world.clients[1].bodies(ANA).is_empty());
    world.settle();
    assert!(world.now.duration_since(before).as_secs() >= 10);
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    let named = |world: &World| {
        world.clients[0]
            .notices()
            .into_iter()
            .filter(|n| n.contains("4711"))
            .count()
    };
    assert_eq!(named(&world), 1, "{:?}", world.clients[0].notices());
    // The next one does not wait, and does not say it again.
    world.send(0, BOB, "again");
    world.flow();
    assert_eq!(world.clients[1].bodies(ANA), ["hello", "again"]);
    assert_eq!(named(&world), 1);
}

#[test]
fn a_device_without_a_bundle_gets_messages_once_it_has_one() {
    let mut world = World::online(8, &[ANA, BOB]);
    let bob = world.clients[1].device();
    world.server.put_list(BOB, &[bob, 4711]);
    world.send(0, BOB, "for one");
    world.settle();
    let mut second = Robot::new(BOB, 4711, 8);
    second.publish(&mut world);
    world.pass(std::time::Duration::from_secs(900));
    world.server.log.clear();
    world.send(0, BOB, "for both");
    world.settle();
    let read: Vec<_> = world
        .server
        .log
        .clone()
        .iter()
        .filter_map(|(_, stanza)| second.read(stanza))
        .collect();
    assert_eq!(read, ["for both"]);
}

#[test]
fn nodes_with_a_wrong_access_model_are_repaired() {
    let mut world = World::new(9, &[ANA]);
    let node = Node::new(Access::Whitelist);
    world
        .server
        .accounts
        .get_mut(ANA)
        .unwrap()
        .nodes
        .insert(LIST.to_owned(), node);
    world.connect(0);
    world.settle();
    assert!(world.clients[0].keys_published());
    assert_eq!(world.server.accounts[ANA].nodes[LIST].access, Access::Open);
    // And one that somebody closed afterwards, with everything else in place.
    for node in world.server.accounts.get_mut(ANA).unwrap().nodes.values_mut() {
        node.access = Access::Presence;
    }
    world.crash(0);
    world.connect(0);
    world.settle();
    let nodes = &world.server.accounts[ANA].nodes;
    for (name, node) in nodes
        .iter()
        .filter(|(name, _)| !name.starts_with(crate::went_back::NODE))
    {
        assert_eq!(node.access, Access::Open, "{name}");
    }
}

#[test]
fn a_list_that_is_refused_to_us_is_not_overwritten() {
    let mut world = World::new(10, &[ANA]);
    // A one-shot command is not notified, so the question is all that it has.
    world.clients[0].present = false;
    world.server.put_list(ANA, &[1, 2, 3]);
    world
        .server
        .fault(ANA, LIST, Fault::Error("internal-server-error"));
    world.connect(0);
    world.settle();
    assert!(world.clients[0].keys_refused().is_some());
    assert_eq!(world.server.list(ANA), [1, 2, 3]);
    assert_eq!(publications(&world, ANA, LIST), 0);
}

#[test]
fn a_bundle_that_was_replaced_on_the_server_is_put_right_at_the_next_login() {
    for dialect in Dialect::ALL {
        let mut world = World::online(11, &[ANA]);
        let device = world.clients[0].device();
        let right = crate::keys::on_server(&mut world, 0);
        Robot::new(ANA, device, 11).publish_in(dialect, &mut world);
        assert_eq!(crate::keys::on_server_in(dialect, &mut world, 0).len(), 1);
        world.crash(0);
        world.server.restart();
        world.server.log.clear();
        world.connect(0);
        world.settle();
        assert_eq!(crate::keys::on_server(&mut world, 0), right);
        // What is right is left alone.
        let all = Dialect::ALL.map(|dialect| publications(&world, ANA, namespace(dialect)));
        assert_eq!(all.into_iter().sum::<usize>(), 1, "{dialect:?}");
    }
}
