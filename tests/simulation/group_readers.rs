//! Who reads what is written into an encrypted room: its members, there or not; whoever was put out reads
//! the next one no more; and nobody waits for keys that nobody gives.

use std::time::Duration;

use susurro::api::{Command, RoomCommand};
use susurro::model::{BareJid, MessageState, Peer, Policy, Trust};
use susurro::store::{chats, omemo as keys, policies, rooms, sealed};

use crate::dialects::{BOTH, LEGACY};
use crate::robot::Robot;
use crate::server::{Fault, Room};
use crate::world::{ANA, BOB, CAROL, World};

const ROOM: &str = "team@muc.mired.test";
const DAN: &str = "dan@mired.test";

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

/// Ana is in a private group with these people, who have no keys yet.
fn group(members: &[&str]) -> World {
    let mut world = World::new(1, &[ANA]);
    for member in members {
        world.server.add_account(member);
    }
    let room = Room::private(ANA, members);
    world.server.rooms.insert(ROOM.to_owned(), room);
    world.connect(0);
    world.settle();
    world
}

fn appear(world: &mut World, who: &str, id: u32) -> Robot {
    let mut robot = Robot::new(who, id, u64::from(id));
    robot.appear(world, BOTH);
    robot
}

fn room(world: &World) -> Peer {
    Peer::new(world.clients[0].account, jid(ROOM))
}

fn join(world: &mut World) {
    let what = RoomCommand::Join {
        nick: None,
        password: None,
    };
    let room = room(world);
    world.command(0, Command::Room { room, what });
    world.settle();
}

/// Writes; how far it came, why not, and who reads it.
fn write(world: &mut World, body: &str) -> (MessageState, String, Vec<String>) {
    world.observer.secrets.push(body.to_owned());
    world.send(0, ROOM, body);
    world.settle();
    let (state, why) = world.clients[0].last(ROOM);
    let readers = world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, jid(ROOM)))
            .unwrap()
            .unwrap();
        let last = susurro::store::messages::history(tx, chat.id, None, 1).unwrap();
        let mut readers: Vec<String> = sealed::of(tx, last[0].id)
            .unwrap()
            .iter()
            .map(|device| device.jid.to_string())
            .collect();
        readers.sort();
        readers.dedup();
        readers
    });
    (state, why, readers)
}

/// How often somebody's device list was asked for.
fn asked_for(world: &World, whose: &str) -> usize {
    let of = |stanza: &minidom::Element| {
        stanza.name() == "iq"
            && stanza.attr("to") == Some(whose)
            && String::from(stanza).contains("devicelist")
    };
    world.server.log.iter().filter(|(_, stanza)| of(stanza)).count()
}

#[test]
fn whoever_is_put_out_is_out_of_the_very_next_message_and_whoever_is_added_reads_it() {
    let mut world = group(&[BOB, CAROL]);
    world.server.add_account(DAN);
    for (who, id) in [(BOB, 11), (CAROL, 21), (DAN, 31)] {
        appear(&mut world, who, id);
    }
    join(&mut world);
    assert_eq!(write(&mut world, "one").2, [BOB, CAROL]);
    world.server.set_affiliation(ROOM, BOB, "outcast");
    world.server.set_affiliation(ROOM, DAN, "member");
    // Read, and nothing else: no time passes until the next message.
    world.flow();
    assert_eq!(write(&mut world, "two").2, [CAROL, DAN]);
    world.server.set_affiliation(ROOM, CAROL, "none");
    world.flow();
    assert_eq!(write(&mut world, "three").2, [DAN]);
}

#[test]
fn the_devices_of_the_members_are_looked_up_before_anybody_writes() {
    let mut world = group(&[BOB, CAROL]);
    for (who, id) in [(BOB, 11), (CAROL, 21)] {
        appear(&mut world, who, id);
    }
    join(&mut world);
    let known = world.clients[0].read(|tx, account| {
        let devices = |who| keys::devices(tx, account, &jid(who)).unwrap();
        [BOB, CAROL].map(|who| {
            devices(who)
                .iter()
                .filter(|device| device.identity.is_some())
                .count()
        })
    });
    assert!(known.iter().all(|keys| *keys > 0), "{known:?}");
    let before = world.server.log.len();
    assert_eq!(write(&mut world, "hello").2, [BOB, CAROL]);
    let asks = world.server.log[before..].iter().filter(|(_, stanza)| {
        stanza.name() == "iq" && stanza.attr("to").is_some_and(|to| [BOB, CAROL].contains(&to))
    });
    assert_eq!(asks.count(), 0, "everything was there");
    // Whoever is added is looked up too.
    world.server.add_account(DAN);
    appear(&mut world, DAN, 31);
    world.server.set_affiliation(ROOM, DAN, "member");
    world.settle();
    assert!(asked_for(&world, DAN) > 0);
}

#[test]
fn nobody_waits_for_those_who_give_no_keys_and_they_are_named_once() {
    let people: Vec<String> = (0..60).map(|number| format!("p{number}@mired.test")).collect();
    let mut all: Vec<&str> = people.iter().map(String::as_str).collect();
    all.push(BOB);
    let mut world = group(&all);
    appear(&mut world, BOB, 11);
    for silent in &people {
        for node in ["eu.siacs.conversations", "urn:xmpp:omemo:2"] {
            world.server.fault(silent, node, Fault::Silent);
        }
    }
    join(&mut world);
    let before = world.now;
    let (state, _, readers) = write(&mut world, "hello");
    assert_eq!((state, readers), (MessageState::Sent, vec![BOB.to_owned()]));
    let took = world.now.duration_since(before).unsigned_abs();
    assert!(took < Duration::from_secs(300), "{took:?}");
    let named = |world: &World| {
        let notices = world.clients[0].notices();
        notices
            .iter()
            .filter(|notice| notice.contains("without some of its members"))
            .count()
    };
    assert_eq!(named(&world), 1);
    let asked = asked_for(&world, &people[0]);
    assert_eq!(write(&mut world, "again").2, [BOB]);
    assert_eq!(named(&world), 1, "that is known");
    assert_eq!(
        asked_for(&world, &people[0]),
        asked,
        "nobody is asked again so soon"
    );
}

fn set_policy(world: &mut World, policy: Policy, members: &[&str]) {
    let command = Command::SetPolicy {
        room: room(world),
        policy,
        members: members.iter().map(|who| jid(who)).collect(),
    };
    world.command(0, command);
    world.settle();
}

#[test]
fn under_high_risk_nothing_goes_until_everybody_can_read() {
    let mut world = group(&[BOB, CAROL]);
    appear(&mut world, BOB, 11);
    join(&mut world);
    assert_eq!(write(&mut world, "everyday").2, [BOB]);
    set_policy(&mut world, Policy::HighRisk, &[]);
    let (state, why, readers) = write(&mut world, "high risk");
    assert_eq!((state, readers.len()), (MessageState::Failed, 0));
    assert!(
        why.contains("carol@mired.test") && why.contains("--policy everyday"),
        "{why}"
    );
    assert!(!why.contains("bob@mired.test"), "{why}");
    appear(&mut world, CAROL, 21);
    world.pass(Duration::from_secs(601));
    assert_eq!(write(&mut world, "again").2, [BOB, CAROL]);
}

#[test]
fn a_verified_group_writes_to_verified_keys_of_confirmed_members_alone() {
    let mut world = group(&[BOB]);
    let bob = appear(&mut world, BOB, 11);
    world.server.add_account(CAROL);
    let carol = appear(&mut world, CAROL, 21);
    join(&mut world);
    set_policy(&mut world, Policy::Verified, &[BOB]);
    let (state, why, _) = write(&mut world, "not verified");
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("not all verified"), "{why}");
    let now = world.now;
    for robot in [&bob, &carol] {
        let (who, key) = (jid(&robot.jid), robot.own.identity.public());
        let client = &mut world.clients[0];
        let tx = client.writer.transaction().unwrap();
        keys::set_trust(&tx, client.account, &who, &key, Trust::Verified, now).unwrap();
        tx.commit().unwrap();
    }
    assert_eq!(write(&mut world, "verified").2, [BOB]);
    // Whoever comes stops it, though their key is verified, and so does whoever goes.
    world.server.set_affiliation(ROOM, CAROL, "member");
    world.settle();
    let (state, why, _) = write(&mut world, "changed");
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("new in it: carol@mired.test"), "{why}");
    set_policy(&mut world, Policy::Verified, &[BOB, CAROL]);
    assert_eq!(write(&mut world, "confirmed").2, [BOB, CAROL]);
    world.server.set_affiliation(ROOM, BOB, "none");
    world.settle();
    let (state, why, _) = write(&mut world, "gone");
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("gone from it: bob@mired.test"), "{why}");
    let confirmed = world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, jid(ROOM)))
            .unwrap()
            .unwrap();
        policies::confirmed(tx, chat.id).unwrap()
    });
    assert_eq!(confirmed, [jid(BOB), jid(CAROL)]);
}

#[test]
fn nothing_goes_into_a_room_that_is_not_what_it_was() {
    let mut world = group(&[BOB]);
    appear(&mut world, BOB, 11);
    join(&mut world);
    assert_eq!(write(&mut world, "one").2, [BOB]);
    // It is opened to everybody, and says that something changed.
    world.server.rooms.get_mut(ROOM).unwrap().features = vec!["muc_nonanonymous"];
    let changed = format!(
        "<message xmlns='jabber:client' type='groupchat' from='{ROOM}'>\
         <x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>"
    );
    world.deliver(0, &changed);
    world.settle();
    let (state, why, readers) = write(&mut world, "two");
    assert_eq!((state, readers.len()), (MessageState::Failed, 0));
    assert!(why.contains("not the room that it was"), "{why}");
    let suspect = world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, jid(ROOM)))
            .unwrap()
            .unwrap();
        rooms::get(tx, chat.id).unwrap().unwrap().suspect
    });
    assert!(suspect);
}

#[test]
fn more_devices_than_the_server_takes_are_counted_and_nothing_is_sealed() {
    let mut world = group(&[BOB]);
    world.server.options.max_bytes = Some(12_000);
    for id in 1..=60 {
        let mut robot = Robot::new(BOB, id, u64::from(id));
        robot.appear(&mut world, LEGACY);
    }
    world.cut(0);
    world.connect(0);
    world.settle();
    join(&mut world);
    let (state, why, readers) = write(&mut world, "hello");
    assert_eq!((state, readers.len()), (MessageState::Failed, 0));
    assert!(why.contains("60 devices"), "{why}");
}

#[test]
fn what_waits_for_the_room_does_not_go_again_once_a_key_of_a_member_is_distrusted() {
    let mut world = group(&[BOB]);
    let bob = appear(&mut world, BOB, 11);
    join(&mut world);
    assert_eq!(write(&mut world, "one").2, [BOB]);
    world.server.mute = true;
    world.send(0, ROOM, "two");
    world.cut(0);
    let command = Command::SetTrust {
        jid: jid(BOB),
        fingerprint: bob.own.identity.public().fingerprint(),
        trust: Trust::Distrusted,
    };
    world.command(0, command);
    let (state, why) = world.clients[0].last(ROOM);
    assert_eq!(state, MessageState::Failed, "{why}");
    assert!(why.contains("no longer trusted"), "{why}");
}
