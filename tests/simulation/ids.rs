//! Ids that others choose: they are unique per stream at best, so a text hides no other one, and what an id
//! means is not taken for granted.

use minidom::Element;
use susurro::model::{Direction, MessageState, UnreadableReason};
use susurro::omemo::Dialect;

use crate::copies::{clear, damaged, inject, letter, stripped_of};
use crate::dialects::{BOTH, LEGACY, OMEMO2, meet, tell};
use crate::robot::Robot;
use crate::world::{ANA, BOB, World};

#[test]
fn a_second_session_that_counts_from_one_again_is_read_in_clear() {
    let mut world = World::online(1, &[ANA]);
    for _ in 0..2 {
        clear(&mut world, "1", "good morning");
        clear(&mut world, "2", "see you");
    }
    for _ in 0..2 {
        clear(&mut world, "1", "the meeting is cancelled");
        clear(&mut world, "1", "good morning");
    }
    let expected = ["good morning", "see you", "the meeting is cancelled"];
    assert_eq!(world.clients[0].bodies(BOB), expected);
}

#[test]
fn an_id_that_was_used_before_hides_no_encrypted_text() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 1);
        let mut world = meet(1, &mut [(&mut robot, BOTH)]);
        let first = letter(&mut world, &mut robot, dialect, "1", "good morning");
        let second = letter(&mut world, &mut robot, dialect, "1", "the meeting is cancelled");
        // Said again word by word it is another message all the same: its session says so.
        let third = letter(&mut world, &mut robot, dialect, "1", "the meeting is cancelled");
        let mut renamed = first.clone();
        renamed.set_attr(
            minidom::rxml::Namespace::NONE,
            "id".try_into().unwrap(),
            "another",
        );
        renamed.remove_child("origin-id", "urn:xmpp:sid:0");
        for stanza in [&first, &second, &first, &third, &second, &renamed, &third] {
            inject(&mut world, stanza);
        }
        let said = [
            "good morning",
            "the meeting is cancelled",
            "the meeting is cancelled",
        ];
        assert_eq!(world.clients[0].bodies(BOB), said, "{dialect:?}");
        tell(&mut world, &mut robot, dialect, "1", "and on it goes");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and on it goes");
    }
}

#[test]
fn a_copy_stays_a_copy_when_its_session_is_gone() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 2);
        let mut world = meet(2, &mut [(&mut robot, BOTH)]);
        let stanza = letter(&mut world, &mut robot, dialect, "m1", "once");
        inject(&mut world, &stanza);
        let bob = susurro::model::BareJid::new(BOB).unwrap();
        let reset = susurro::api::Command::ResetSessions {
            jid: bob,
            device: None,
        };
        world.command(0, reset);
        world.settle();
        inject(&mut world, &stanza);
        assert_eq!(world.clients[0].bodies(BOB), ["once"], "{dialect:?}");
    }
}

/// The same stanza as a copy of what another device of ours wrote to Bob.
fn copied(world: &mut World, id: &str, body: &str) {
    let stanza = format!(
        "<message xmlns='jabber:client' from='{ANA}' to='{ANA}/x'><sent xmlns='urn:xmpp:carbons:2'><forwarded \
         xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' id='{id}' from='{ANA}/other' \
         to='{BOB}'><body>{body}</body></message></forwarded></sent></message>"
    );
    world.deliver(0, &stanza);
    world.settle();
}

fn receipt(world: &mut World, of: &str) {
    let stanza = format!(
        "<message xmlns='jabber:client' from='{BOB}/x' to='{ANA}' id='r'><received xmlns='urn:xmpp:receipts' id='{of}'/></message>"
    );
    world.deliver(0, &stanza);
    world.settle();
}

#[test]
fn what_our_other_device_wrote_under_a_used_id_is_there_and_a_receipt_guesses_nothing() {
    let mut world = World::online(3, &[ANA]);
    for _ in 0..2 {
        copied(&mut world, "1", "yes");
        copied(&mut world, "2", "maybe");
    }
    receipt(&mut world, "1");
    copied(&mut world, "1", "no");
    clear(&mut world, "1", "mine");
    let states = |world: &mut World| -> Vec<(String, MessageState)> {
        let rows = world.clients[0].history(BOB).into_iter();
        let own = rows.filter(|row| row.direction() == Direction::Out);
        own.map(|row| (row.body.unwrap().as_str().to_owned(), row.state))
            .collect()
    };
    let said = |body: &str, state| (body.to_owned(), state);
    let expected = [
        said("yes", MessageState::Delivered),
        said("maybe", MessageState::Sent),
        said("no", MessageState::Sent),
    ];
    assert_eq!(states(&mut world), expected);
    // "yes" was delivered, so this is for "no"; and of two that wait nobody can say which is meant.
    copied(&mut world, "2", "or not");
    receipt(&mut world, "1");
    receipt(&mut world, "2");
    let after: Vec<MessageState> = states(&mut world).into_iter().map(|(_, state)| state).collect();
    let (sent, delivered) = (MessageState::Sent, MessageState::Delivered);
    assert_eq!(after, [delivered, sent, delivered, sent]);
}

fn reasons(world: &mut World) -> Vec<Option<UnreadableReason>> {
    let rows = world.clients[0].history(BOB).into_iter();
    rows.map(|row| row.unreadable).collect()
}

#[test]
fn what_its_session_calls_a_copy_is_told_if_it_is_none() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 4);
        let mut world = meet(4, &mut [(&mut robot, BOTH)]);
        let stanza = letter(&mut world, &mut robot, dialect, "m1", "the words");
        inject(&mut world, &stanza);
        let other = damaged(&stanza, dialect);
        for _ in 0..2 {
            inject(&mut world, &other);
            inject(&mut world, &stanza);
            let expected = [None, Some(UnreadableReason::Repeated)];
            assert_eq!(reasons(&mut world), expected, "{dialect:?}");
        }
        assert_eq!(world.clients[0].bodies(BOB)[0], "the words");
        tell(&mut world, &mut robot, dialect, "m2", "and on it goes");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and on it goes");
    }
}

// The legacy key does not tell whether there was a payload: without one the message looks empty,
// and the whole one like a copy.
#[test]
fn a_legacy_message_that_came_without_its_payload_first_is_told_when_it_comes_whole() {
    let mut robot = Robot::new(BOB, 77, 5);
    let mut world = meet(5, &mut [(&mut robot, LEGACY)]);
    tell(&mut world, &mut robot, Dialect::Legacy, "m1", "hello");
    let whole = letter(&mut world, &mut robot, Dialect::Legacy, "m2", "the words");
    inject(&mut world, &stripped_of(&whole, Dialect::Legacy));
    assert_eq!(world.clients[0].bodies(BOB), ["hello"]);
    for _ in 0..2 {
        inject(&mut world, &whole);
        inject(&mut world, &stripped_of(&whole, Dialect::Legacy));
        assert_eq!(world.clients[0].bodies(BOB), ["hello", "!Repeated"]);
    }
}

#[test]
fn a_receipt_in_an_envelope_that_comes_again_is_no_line() {
    let mut robot = Robot::new(BOB, 77, 6);
    let mut world = meet(6, &mut [(&mut robot, OMEMO2)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    let ana = world.clients[0].device();
    let content = vec![
        "<received xmlns='urn:xmpp:receipts' id='x'/>"
            .parse::<Element>()
            .unwrap(),
    ];
    let plaintext = robot.envelope(ANA, world.now, content);
    let sealed = robot.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
    let stanza = robot.stanza(ANA, "r1", &sealed);
    for _ in 0..3 {
        inject(&mut world, &stanza);
    }
    assert_eq!(world.clients[0].bodies(BOB), ["hello"]);
}

#[test]
fn other_encryptions_under_one_id_are_each_a_line() {
    let mut world = World::online(7, &[ANA]);
    for sealed in ["b25l", "dHdv", "b25l"] {
        let stanza = format!(
            "<message xmlns='jabber:client' from='{BOB}/x' to='{ANA}' id='1'><openpgp \
             xmlns='urn:xmpp:openpgp:0'>{sealed}</openpgp><body>encrypted</body></message>"
        );
        world.deliver(0, &stanza);
        world.settle();
    }
    assert_eq!(world.clients[0].bodies(BOB), ["!OtherEncryption"; 2]);
}
