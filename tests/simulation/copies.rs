//! Several stanzas under one id: a message appears once, and nothing that can be read is
//! lost behind something else.

use minidom::Element;
use susurro::model::{Protection, UnreadableReason};
use susurro::omemo::Dialect;

use crate::dialects::{BOTH, OMEMO2, meet, tell};
use crate::robot::Robot;
use crate::world::{ANA, BOB, World};

/// The stanza with which the robot says this to Ana.
pub fn letter(world: &mut World, robot: &mut Robot, dialect: Dialect, id: &str, body: &str) -> Element {
    let ana = world.clients[0].device();
    if !robot.records.contains_key(&(dialect, ana)) {
        robot.begin_in(dialect, world, ANA, ana);
    }
    let letter = robot.write(dialect, (ANA, ana), world.now, body);
    robot.stanza(ANA, id, &letter)
}

pub fn inject(world: &mut World, stanza: &Element) {
    world.server.inject(ANA, stanza);
    world.settle();
}

pub fn clear(world: &mut World, id: &str, body: &str) {
    let stanza = format!(
        "<message xmlns='jabber:client' from='{BOB}/x' to='{ANA}' id='{id}' type='chat'><body>{body}</body></message>"
    );
    world.deliver(0, &stanza);
    world.settle();
}

/// The same without the payload, as a server makes it of an OMEMO 2 message.
fn stripped(stanza: &Element) -> Element {
    stripped_of(stanza, Dialect::Omemo2)
}

pub fn stripped_of(stanza: &Element, dialect: Dialect) -> Element {
    let namespace = susurro::stanza::dialects::namespace(dialect);
    let mut stanza = stanza.clone();
    let encrypted = stanza.get_child_mut("encrypted", namespace).unwrap();
    encrypted.remove_child("payload", namespace).unwrap();
    stanza
}

/// The same with another text than was sealed.
pub fn damaged(stanza: &Element, dialect: Dialect) -> Element {
    let namespace = susurro::stanza::dialects::namespace(dialect);
    let mut stanza = stanza.clone();
    let encrypted = stanza.get_child_mut("encrypted", namespace).unwrap();
    encrypted.remove_child("payload", namespace).unwrap();
    let other =
        format!("<payload xmlns='{namespace}'>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</payload>");
    encrypted.append_child(other.parse().unwrap());
    stanza
}

#[test]
fn a_message_in_clear_does_not_hide_an_encrypted_one_with_its_id() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 1);
        let mut world = meet(1, &mut [(&mut robot, BOTH)]);
        tell(&mut world, &mut robot, dialect, "m1", "hello");
        clear(&mut world, "m2", ".");
        let sealed = letter(&mut world, &mut robot, dialect, "m2", "meet me at nine");
        // Each once, however often both of them come.
        for _ in 0..3 {
            inject(&mut world, &sealed);
            clear(&mut world, "m2", ".");
            assert_eq!(world.clients[0].bodies(BOB), ["hello", ".", "meet me at nine"]);
        }
        let rows = world.clients[0].history(BOB);
        assert_eq!(rows[1].protection, Protection::Clear);
        assert!(rows[2].protection != Protection::Clear && rows[2].fingerprint.is_some());
        assert_eq!(
            [rows[1].stanza_id.as_str(), rows[2].stanza_id.as_str()],
            ["m2", "m2"]
        );
        tell(&mut world, &mut robot, dialect, "m3", "and on it goes");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and on it goes");
    }
}

#[test]
fn a_message_in_both_dialects_behind_one_in_clear_appears_once() {
    let mut robot = Robot::new(BOB, 77, 2);
    let mut world = meet(2, &mut [(&mut robot, BOTH)]);
    for dialect in Dialect::ALL {
        tell(&mut world, &mut robot, dialect, &format!("{dialect:?}"), "hello");
    }
    clear(&mut world, "m2", ".");
    let ana = world.clients[0].device();
    let letters = Dialect::ALL.map(|dialect| robot.write(dialect, (ANA, ana), world.now, "once"));
    let stanza = robot.stanza_of(ANA, "m2", &letters, false);
    for _ in 0..3 {
        inject(&mut world, &stanza);
        assert_eq!(world.clients[0].bodies(BOB), ["hello", "hello", ".", "once"]);
    }
}

#[test]
fn neither_does_it_hide_one_that_is_damaged_and_comes_again_whole() {
    let mut robot = Robot::new(BOB, 77, 3);
    let mut world = meet(3, &mut [(&mut robot, BOTH)]);
    for dialect in Dialect::ALL {
        tell(&mut world, &mut robot, dialect, &format!("{dialect:?}"), "hello");
        let before = world.clients[0].history(BOB).len();
        let id = format!("m {dialect:?}");
        clear(&mut world, &id, ".");
        let sealed = letter(&mut world, &mut robot, dialect, &id, "the words");
        let damaged = damaged(&sealed, dialect);
        for _ in 0..2 {
            inject(&mut world, &damaged);
            clear(&mut world, &id, ".");
            assert_eq!(world.clients[0].bodies(BOB)[before..], [".", "!Damaged"]);
        }
        inject(&mut world, &sealed);
        inject(&mut world, &damaged);
        assert_eq!(world.clients[0].bodies(BOB)[before..], [".", "the words"]);
    }
}

#[test]
fn the_servers_own_id_hides_nothing_either() {
    let mut robot = Robot::new(BOB, 77, 4);
    let mut world = meet(4, &mut [(&mut robot, OMEMO2)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    let stamp = format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='s1'/>");
    for (id, stamp) in [("m2", ""), ("m3", stamp.as_str())] {
        let in_clear = format!(
            "<message xmlns='jabber:client' from='{BOB}/x' to='{ANA}' id='{id}'><body>in clear {id}</body>{stamp}</message>"
        );
        world.deliver(0, &in_clear);
        world.settle();
    }
    let mut sealed = letter(&mut world, &mut robot, Dialect::Omemo2, "m2", "the words");
    sealed.append_child(stamp.parse().unwrap());
    inject(&mut world, &sealed);
    inject(&mut world, &sealed);
    let shown = world.clients[0].bodies(BOB);
    assert_eq!(shown, ["hello", "in clear m2", "in clear m3", "the words"]);
}

// Threat 32.
#[test]
fn a_message_whose_payload_was_taken_away_is_told_and_replaced_by_the_true_one() {
    for first in [true, false] {
        let mut robot = Robot::new(BOB, 77, 5);
        let mut world = meet(5, &mut [(&mut robot, OMEMO2)]);
        let before = match first {
            true => 0,
            false => {
                tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
                1
            }
        };
        let whole = letter(&mut world, &mut robot, Dialect::Omemo2, "m2", "the words");
        for _ in 0..2 {
            inject(&mut world, &stripped(&whole));
            assert_eq!(world.clients[0].bodies(BOB)[before..], ["!Damaged"]);
        }
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.protection, Protection::Omemo2);
        inject(&mut world, &whole);
        inject(&mut world, &stripped(&whole));
        assert_eq!(world.clients[0].bodies(BOB)[before..], ["the words"]);
        assert_eq!(row.unreadable, Some(UnreadableReason::Damaged));
        tell(&mut world, &mut robot, Dialect::Omemo2, "m3", "and on it goes");
        assert_eq!(
            world.clients[0].bodies(BOB)[before..],
            ["the words", "and on it goes"]
        );
    }
}

#[test]
fn an_empty_message_stays_without_a_row_whatever_is_wrong_with_it() {
    let mut robot = Robot::new(BOB, 77, 6);
    let mut world = meet(6, &mut [(&mut robot, BOTH)]);
    for dialect in Dialect::ALL {
        tell(&mut world, &mut robot, dialect, &format!("{dialect:?}"), "hello");
    }
    let ana = world.clients[0].device();
    for dialect in Dialect::ALL {
        for (number, spoilt) in [0, 5].into_iter().enumerate() {
            let mut empty = robot.seal_empty(dialect, (ANA, ana));
            for byte in empty.keys[0].bytes.iter_mut().take(spoilt) {
                *byte ^= 0xff;
            }
            let stanza = robot.stanza(ANA, &format!("e{number}"), &empty);
            inject(&mut world, &stanza);
        }
    }
    assert_eq!(world.clients[0].bodies(BOB), ["hello", "hello"]);
}
