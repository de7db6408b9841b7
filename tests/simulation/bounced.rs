//! Errors that answer our messages: they outweigh no receipt, and of what our server has
//! they say that a copy came back.

use susurro::api::FailureKind;
use susurro::model::{Left, MessageState};

use crate::world::{ANA, BOB, CAROL, World};

/// An error from `from` about the newest message to `to`.
fn bounce(world: &mut World, to: &str, from: &str, kind: &str, condition: &str) {
    let id = world.clients[0].history(to).pop().unwrap().stanza_id;
    let error = format!(
        "<message xmlns='jabber:client' type='error' from='{from}' to='{ANA}' id='{id}'><error type='{kind}'><{condition} \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    );
    world.deliver(0, &error);
}

fn last(world: &mut World, peer: &str) -> (MessageState, Left, String) {
    let row = world.clients[0].history(peer).pop().unwrap();
    let (state, why) = world.clients[0].last(peer);
    (state, row.left, why)
}

#[test]
fn a_message_that_was_delivered_stays_delivered_whatever_comes_back() {
    let mut world = World::online(1, &[ANA, BOB]);
    for (from, condition) in [
        ("bob@mired.test/old", "recipient-unavailable"),
        (BOB, "recipient-unavailable"),
        (BOB, "service-unavailable"),
        (BOB, "forbidden"),
        ("mired.test", "remote-server-not-found"),
    ] {
        world.send(0, BOB, condition);
        world.settle();
        bounce(&mut world, BOB, from, "wait", condition);
        world.settle();
        let state = last(&mut world, BOB);
        assert_eq!(state, (MessageState::Delivered, Left::Perhaps, String::new()));
    }
}

#[test]
fn of_what_our_server_has_a_copy_came_back_and_a_receipt_mends_it() {
    for (from, condition) in [
        ("bob@mired.test/old", "recipient-unavailable"),
        ("bob@mired.test/old", "forbidden"),
        (BOB, "recipient-unavailable"),
        (BOB, "service-unavailable"),
        (BOB, "item-not-found"),
        (BOB, "remote-server-timeout"),
        (BOB, "undefined-condition"),
        ("mired.test", "internal-server-error"),
        (ANA, "resource-constraint"),
    ] {
        // Bob is away, so that no receipt comes.
        let mut world = World::online(2, &[ANA, BOB]);
        world.quit(1);
        world.settle();
        world.send(0, BOB, "hello");
        world.settle();
        assert_eq!(last(&mut world, BOB).0, MessageState::Sent);
        bounce(&mut world, BOB, from, "cancel", condition);
        world.settle();
        let (state, left, why) = last(&mut world, BOB);
        assert_eq!(
            (state, left),
            (MessageState::Sent, Left::Perhaps),
            "{from} {condition}"
        );
        assert_eq!(
            why,
            format!(
                "The server returned a copy of it (\"{condition}\"); bob@mired.test may have it all the same. Ask before you \
                 send it again."
            )
        );
        // It had arrived, or arrives now.
        world.connect(1);
        world.settle();
        assert_eq!(
            last(&mut world, BOB),
            (MessageState::Delivered, Left::Perhaps, String::new()),
            "{from} {condition}"
        );
        assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    }
}

#[test]
fn what_a_server_refuses_has_failed_and_a_late_receipt_still_mends_it() {
    for condition in ["remote-server-not-found", "forbidden", "jid-malformed"] {
        let mut world = World::online(3, &[ANA, BOB]);
        world.quit(1);
        world.settle();
        world.send(0, BOB, "hello");
        world.settle();
        bounce(&mut world, BOB, BOB, "cancel", condition);
        world.settle();
        let (state, left, why) = last(&mut world, BOB);
        assert_eq!(
            (state, left),
            (MessageState::Failed, Left::Refused),
            "{condition}"
        );
        assert!(why.contains(&format!("answered \"{condition}\"")), "{why}");
        assert_eq!(
            world.clients[0].last_failure().unwrap().kind(),
            FailureKind::Answered
        );
        world.connect(1);
        world.settle();
        assert_eq!(last(&mut world, BOB).0, MessageState::Delivered);
    }
}

#[test]
fn our_own_server_says_at_once_that_there_is_nobody() {
    let mut world = World::online(4, &[ANA]);
    let nobody = "nobody@mired.test";
    let clear = susurro::api::Command::Send {
        to: crate::client::chat(nobody),
        body: susurro::model::Clean::new("anybody there?"),
        clear: true,
    };
    world.command(0, clear);
    world.settle();
    let (state, left, why) = last(&mut world, nobody);
    assert_eq!((state, left), (MessageState::Failed, Left::Refused));
    assert!(why.contains("service-unavailable"), "{why}");
    assert_eq!(world.clients[0].outbox(), 0);
}

#[test]
fn what_came_back_before_it_was_acknowledged_is_not_sent_again_by_itself() {
    let mut world = World::online(5, &[ANA, BOB]);
    world.quit(1);
    world.settle();
    world.server.mute = true;
    world.send(0, BOB, "hello");
    world.flow();
    assert_eq!(last(&mut world, BOB).0, MessageState::Queued);
    bounce(&mut world, BOB, BOB, "cancel", "recipient-unavailable");
    world.flow();
    assert_eq!(last(&mut world, BOB).0, MessageState::Sent);
    world.server.mute = false;
    world.cut(0);
    world.server.restart();
    world.settle();
    world.connect_all();
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    assert_eq!(last(&mut world, BOB).0, MessageState::Delivered);
}

#[test]
fn nobody_else_and_nobody_beforehand_says_what_became_of_a_message() {
    let mut world = World::online(6, &[ANA, BOB, CAROL]);
    world.quit(1);
    world.settle();
    world.send(0, BOB, "hello");
    world.settle();
    for from in [CAROL, "evil.test", "bob@evil.test"] {
        bounce(&mut world, BOB, from, "cancel", "forbidden");
        world.settle();
        assert_eq!(last(&mut world, BOB).0, MessageState::Sent, "{from}");
    }
    // What never left is not answered.
    world.cut(0);
    world.send(0, BOB, "not yet");
    let id = world.clients[0].history(BOB).pop().unwrap().stanza_id;
    let error = format!(
        "<message xmlns='jabber:client' type='error' from='{BOB}' to='{ANA}' id='{id}'><error type='cancel'><forbidden \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    );
    world.feed(0, susurro::protocol::Input::Element(crate::server::xml(&error)));
    assert_eq!(
        last(&mut world, BOB),
        (MessageState::Queued, Left::Not, String::new())
    );
}
