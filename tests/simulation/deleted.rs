//! What was deleted here stays deleted, whichever road brings a copy of it: offline, resumed, as a carbon.

use susurro::api::{Change, Command, Remembered};
use susurro::model::{BareJid, Clean, Peer, Place};
use susurro::omemo::Dialect;
use susurro::store::chats;

use crate::client::chat;
use crate::dialects::{meet, tell};
use crate::robot::Robot;
use crate::world::{ANA, BOB, World};

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn message(id: &str, server_id: &str, body: &str, delayed: bool) -> String {
    let delay = match delayed {
        true => "<delay xmlns='urn:xmpp:delay' from='mired.test' stamp='2026-11-20T11:00:00Z'/>",
        false => "",
    };
    format!(
        "<message xmlns='jabber:client' type='chat' from='{BOB}/x' to='{ANA}' id='{id}'><body>{body}</body>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='{server_id}'/>{delay}</message>"
    )
}

fn as_carbon(inner: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{ANA}' to='{ANA}/susurro.0'><received xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></received></message>"
    )
}

fn has_chat(world: &mut World) -> bool {
    world.clients[0].read(|tx, account| {
        chats::by_peer(tx, &Peer::new(account, jid(BOB)))
            .unwrap()
            .is_some()
    })
}

#[test]
fn no_copy_of_a_deleted_message_comes_back_and_what_only_shares_its_id_does() {
    let mut world = World::online(1, &[ANA, BOB]);
    world.deliver(0, &message("1", "s1", "to be forgotten", false));
    world.deliver(0, &message("2", "s2", "stays", false));
    world.settle();
    let row = world.clients[0].history(BOB)[0].id;
    world.clients[0].events.clear();
    world.command(0, Command::DeleteMessage(row));
    assert!(world.clients[0].changes().contains(&&Change::Chats));
    assert_eq!(world.clients[0].bodies(BOB), ["stays"]);
    world.command(0, Command::DeleteMessage(row));
    assert!(
        world.clients[0].last_failure().is_some(),
        "there is nothing to delete"
    );
    for copy in [
        message("1", "s1", "to be forgotten", true),
        message("1", "", "to be forgotten", true),
        message("another", "s1", "to be forgotten", true),
        as_carbon(&message("1", "s1", "to be forgotten", false)),
    ] {
        world.deliver(0, &copy);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["stays"], "{copy}");
    }
    world.crash(0);
    world.connect(0);
    world.settle();
    world.deliver(0, &message("1", "s3", "the meeting is cancelled", false));
    world.settle();
    assert_eq!(
        world.clients[0].bodies(BOB),
        ["stays", "the meeting is cancelled"]
    );
}

#[test]
fn no_copy_brings_a_deleted_chat_back_and_nothing_that_a_screen_remembers_does() {
    let mut world = World::online(2, &[ANA, BOB]);
    for n in 1..=3 {
        world.deliver(
            0,
            &message(&format!("{n}"), &format!("s{n}"), &format!("secret {n}"), false),
        );
    }
    world.settle();
    let last = world.clients[0].history(BOB).pop().unwrap().position;
    world.command(0, Command::DeleteChat(chat(BOB)));
    assert!(!has_chat(&mut world));
    for n in 1..=3 {
        let copy = message(&format!("{n}"), &format!("s{n}"), &format!("secret {n}"), true);
        world.deliver(0, &copy);
        world.deliver(0, &as_carbon(&copy));
    }
    world.settle();
    for what in [
        Remembered::Read(last),
        Remembered::Place(Some(Place {
            position: last,
            hidden: 0,
        })),
        Remembered::Draft {
            text: Clean::default(),
            about: None,
        },
    ] {
        world.command(
            0,
            Command::Remember {
                chat: chat(BOB),
                what,
            },
        );
    }
    assert!(!has_chat(&mut world), "{:?}", world.clients[0].bodies(BOB));
    world.command(0, Command::DeleteChat(chat(BOB)));
    assert!(
        world.clients[0].last_failure().is_some(),
        "there is nothing to delete"
    );
    // What is new begins a new one.
    world.deliver(0, &message("4", "s4", "good morning", false));
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["good morning"]);
}

#[test]
fn a_deleted_message_that_was_sealed_stays_deleted_when_it_is_delivered_again() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 3);
        let mut world = meet(3, &mut [(&mut robot, &[dialect])]);
        tell(&mut world, &mut robot, dialect, "m1", "first");
        let device = world.clients[0].device();
        let letter = match dialect {
            Dialect::Legacy => robot.seal_in(dialect, (ANA, device), b"to be forgotten"),
            Dialect::Omemo2 => {
                let body = "<body xmlns='jabber:client'>to be forgotten</body>"
                    .parse()
                    .unwrap();
                let envelope = robot.envelope(ANA, world.now, vec![body]);
                robot.seal_in(dialect, (ANA, device), &envelope)
            }
        };
        let stanza = crate::server::text(&robot.stanza(ANA, "m2", &letter));
        world.deliver(0, &stanza);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["first", "to be forgotten"]);
        let row = world.clients[0].history(BOB).pop().unwrap().id;
        world.command(0, Command::DeleteMessage(row));
        world.deliver(0, &stanza);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["first"], "{dialect:?}");
    }
}

#[test]
fn a_message_that_waits_to_be_sent_is_not_sent_once_it_is_deleted() {
    let mut world = World::online(4, &[ANA, BOB]);
    world.send(0, BOB, "first");
    world.settle();
    world.cut(0);
    world.send(0, BOB, "rather not");
    let row = world.clients[0].history(BOB).pop().unwrap().id;
    world.command(0, Command::DeleteMessage(row));
    assert_eq!(world.clients[0].outbox(), 0);
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["first"]);
}

#[test]
fn a_deleted_row_that_could_not_be_read_hides_no_other_one_under_its_id() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 5);
        let mut world = meet(5, &mut [(&mut robot, &[dialect])]);
        let device = world.clients[0].device();
        // Somebody else's device number: nothing here opens these.
        let sealed = |world: &World, body: &str| {
            let mut stranger = Robot::new(BOB, 78, 6);
            stranger.begin_in(dialect, world, ANA, device);
            let letter = stranger.seal_in(dialect, (ANA, device), body.as_bytes());
            let letter = Robot::without_exchange(letter);
            crate::server::text(&stranger.stanza(ANA, "1", &letter))
        };
        let (first, second) = (sealed(&world, "first"), sealed(&world, "second, longer"));
        world.deliver(0, &first);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["!NoSession"]);
        let row = world.clients[0].history(BOB)[0].id;
        world.command(0, Command::DeleteMessage(row));
        world.deliver(0, &first);
        world.settle();
        assert!(world.clients[0].bodies(BOB).is_empty(), "a copy");
        world.deliver(0, &second);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["!NoSession"], "{dialect:?}");
    }
}

#[test]
fn what_belongs_to_another_account_of_the_vault_is_none_of_this_one() {
    let mut world = World::online(9, &[ANA, BOB]);
    world.send(1, ANA, "to ana");
    world.settle();
    let other = world.clients[0].other_account("eva@mired.test", BOB, "to eva");
    let strange = susurro::model::Peer::new(other.peer.account, jid(BOB));
    for command in [
        Command::DeleteMessage(other.id),
        Command::Retry {
            message: other.id,
            again: true,
            reveal: false,
        },
        Command::Withdraw(other.id),
        Command::DeleteChat(strange.clone()),
        Command::AcceptRequest(strange.clone()),
        Command::SetEncryption {
            chat: strange.clone(),
            on: false,
        },
        Command::Remember {
            chat: strange.clone(),
            what: Remembered::Current,
        },
        Command::Send {
            to: strange.clone(),
            body: Clean::new("from the wrong one"),
            clear: true,
        },
    ] {
        world.clients[0].events.clear();
        world.command(0, command.clone());
        assert!(world.clients[0].last_failure().is_some(), "{command:?}");
    }
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["to ana"]);
    world.clients[0].read(|tx, _| {
        let there = susurro::store::messages::get(tx, other.id).unwrap();
        assert_eq!(there.as_ref(), Some(&other), "as it was");
        assert!(
            chats::by_peer(tx, &Peer::new(other.peer.account, jid(BOB)))
                .unwrap()
                .unwrap()
                .encrypted
        );
    });
}
