//! Sent again, as a new message in the place of the old one; taken back while it
//! was never written to a stream.

use susurro::api::{Command, FailureKind, Outcome};
use susurro::model::{BareJid, Left, Message, MessageFailure, MessageId, MessageState, Peer};
use susurro::store::chats;

use crate::client::{said, send};
use crate::server::Fault;
use crate::world::{ANA, BOB, World};

fn rows(world: &mut World) -> Vec<Message> {
    world.clients[0].history(BOB)
}

fn last(world: &mut World) -> Message {
    rows(world).pop().unwrap()
}

fn retry(world: &mut World, message: MessageId, again: bool) {
    world.command(
        0,
        Command::Retry {
            message,
            again,
            reveal: false,
        },
    );
    world.settle();
}

/// How the last command ended badly; None: it did not.
fn refused(world: &World) -> Option<(FailureKind, String)> {
    let done = world.clients[0]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            susurro::api::Event::Done { result, .. } => Some(result.clone()),
            _ => None,
        });
    done.unwrap()
        .err()
        .map(|failure| (failure.kind(), said(&failure)))
}

/// Bob, who publishes nothing: what is written to him fails before it is sealed.
fn bob_without_keys() -> World {
    let mut world = World::new(1, &[ANA, BOB]);
    world.connect(0);
    world.settle();
    world.send(0, BOB, "hello");
    world.settle();
    let row = last(&mut world);
    assert_eq!((row.state, row.left), (MessageState::Failed, Left::Not));
    world
}

#[test]
fn what_failed_before_it_left_is_sent_again_as_a_new_message_in_its_place() {
    let mut world = bob_without_keys();
    let old = last(&mut world);
    // Nothing has changed: it fails again, in one row.
    retry(&mut world, old.id, false);
    assert_eq!(rows(&mut world).len(), 1);
    let failed = last(&mut world);
    assert_ne!(failed.stanza_id, old.stanza_id);
    assert_eq!(failed.state, MessageState::Failed);
    world.connect(1);
    world.settle();
    retry(&mut world, failed.id, false);
    let new = last(&mut world);
    assert_eq!(rows(&mut world).len(), 1);
    assert_eq!(new.state, MessageState::Delivered);
    assert_eq!(new.body, old.body);
    assert!(![&old.stanza_id, &failed.stanza_id].contains(&&new.stanza_id));
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    assert_eq!(refused(&world), None);
    // And what is not there any more is said.
    retry(&mut world, old.id, true);
    assert_eq!(refused(&world).unwrap().0, FailureKind::Other);
}

#[test]
fn what_may_have_arrived_goes_again_only_when_that_is_asked_for() {
    let mut world = World::online(2, &[ANA, BOB]);
    world.quit(1);
    world.settle();
    world.send(0, BOB, "hello");
    world.settle();
    let sent = last(&mut world);
    assert_eq!(sent.state, MessageState::Sent);
    retry(&mut world, sent.id, false);
    let (kind, why) = refused(&world).unwrap();
    assert_eq!(kind, FailureKind::Unsafe);
    assert!(why.contains("may have arrived"), "{why}");
    assert_eq!(last(&mut world), sent);
    retry(&mut world, sent.id, true);
    assert_eq!(rows(&mut world).len(), 1);
    assert_ne!(last(&mut world).stanza_id, sent.stanza_id);
    world.connect(1);
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["hello", "hello"]);
    // What was delivered never.
    let delivered = last(&mut world);
    assert_eq!(delivered.state, MessageState::Delivered);
    retry(&mut world, delivered.id, true);
    assert_eq!(refused(&world).unwrap().0, FailureKind::Unsafe);
    assert_eq!(last(&mut world), delivered);
}

#[test]
fn what_waits_is_taken_back_and_what_left_is_not() {
    let mut world = World::online(3, &[ANA, BOB]);
    world.cut(0);
    world.send(0, BOB, "on second thoughts");
    world.send(0, BOB, "hello");
    let waiting = rows(&mut world)[0].id;
    world.command(0, Command::Withdraw(waiting));
    let row = rows(&mut world).remove(0);
    assert_eq!((row.state, row.left), (MessageState::Failed, Left::TakenBack));
    assert_eq!(row.failure, Some(MessageFailure::TakenBack));
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    let sent = last(&mut world);
    world.command(0, Command::Withdraw(sent.id));
    let (kind, why) = refused(&world).unwrap();
    assert_eq!(kind, FailureKind::Unsafe);
    assert!(why.contains("may have left"), "{why}");
    assert_eq!(last(&mut world), sent);
    // What was taken back can still be sent.
    retry(&mut world, waiting, false);
    assert_eq!(world.clients[1].bodies(ANA), ["hello", "on second thoughts"]);
}

#[test]
fn what_was_written_to_a_stream_and_not_acknowledged_may_have_left() {
    let mut world = World::online(4, &[ANA, BOB]);
    world.send(0, BOB, "with a session");
    world.settle();
    world.command(0, send(BOB, "hello"));
    let row = last(&mut world);
    assert_eq!((row.state, row.left), (MessageState::Queued, Left::Perhaps));
    world.crash(0);
    world.command(0, Command::Withdraw(row.id));
    assert_eq!(refused(&world).unwrap().0, FailureKind::Unsafe);
    world.command(
        0,
        Command::Retry {
            message: row.id,
            again: false,
            reveal: false,
        },
    );
    assert_eq!(refused(&world).unwrap().0, FailureKind::Unsafe);
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["with a session", "hello"]);
}

#[test]
fn a_failed_message_that_never_left_is_laid_to_rest_by_taking_it_back() {
    let mut world = bob_without_keys();
    let row = last(&mut world);
    world.command(0, Command::Withdraw(row.id));
    assert_eq!(refused(&world), None);
    let row = last(&mut world);
    assert_eq!((row.state, row.left), (MessageState::Failed, Left::TakenBack));
    assert_eq!(row.body.unwrap().as_str(), "hello");
}

#[test]
fn what_was_to_be_encrypted_is_not_sent_again_in_clear() {
    let mut world = bob_without_keys();
    let row = last(&mut world);
    let chat = crate::client::chat(BOB);
    world.command(0, Command::SetEncryption { chat, on: false });
    retry(&mut world, row.id, true);
    let (kind, why) = refused(&world).unwrap();
    assert_eq!(kind, FailureKind::Unsafe);
    assert!(why.contains("written to be encrypted"), "{why}");
    assert_eq!(last(&mut world), row);
}

#[test]
fn only_what_we_wrote_is_sent_again_or_taken_back() {
    let mut world = World::online(5, &[ANA, BOB]);
    world.send(1, ANA, "hello");
    world.settle();
    let theirs = last(&mut world);
    retry(&mut world, theirs.id, true);
    assert_eq!(refused(&world).unwrap().0, FailureKind::Other);
    world.command(0, Command::Withdraw(theirs.id));
    assert_eq!(refused(&world).unwrap().0, FailureKind::Other);
    assert_eq!(last(&mut world), theirs);
}

#[test]
fn a_retry_while_there_is_no_connection_waits_for_one() {
    let mut world = bob_without_keys();
    let row = last(&mut world);
    world.cut(0);
    let command = Command::Retry {
        message: row.id,
        again: false,
        reveal: false,
    };
    let id = world.command(0, command);
    let stored = world.clients[0].events.iter().find_map(|event| match event {
        susurro::api::Event::Done {
            command,
            result: Ok(Outcome::Stored(new)),
        } if *command == id => Some(*new),
        _ => None,
    });
    assert_eq!(last(&mut world).id, stored.unwrap());
    assert_eq!(last(&mut world).state, MessageState::Queued);
    for client in [1, 0] {
        world.connect(client);
        world.settle();
    }
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
}

#[test]
fn a_place_at_a_row_that_was_replaced_is_the_newest_one() {
    let mut world = bob_without_keys();
    let row = last(&mut world);
    let chat = BareJid::new(BOB).unwrap();
    let place = susurro::model::Place {
        position: row.position,
        hidden: 0,
    };
    world.command(
        0,
        Command::Remember {
            chat: crate::client::chat(BOB),
            what: susurro::api::Remembered::Place(Some(place)),
        },
    );
    world
        .server
        .fault(BOB, "urn:xmpp:omemo:2", Fault::Error("item-not-found"));
    retry(&mut world, row.id, false);
    let view = world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, chat.clone()))
            .unwrap()
            .unwrap();
        chats::view(tx, chat.id).unwrap().unwrap()
    });
    assert_eq!(view.place, None);
}
