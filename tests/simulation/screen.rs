//! What the screen asks for and is told: encryption of a chat, what is remembered, whose presence is
//! known, notices that cannot flood.

use susurro::api::{Change, Command, Connection, Event, FailureKind, Remembered, State};
use susurro::model::{BareJid, Clean, MessageState, Peer, Place, Presence, Protection};
use susurro::store::chats;

use crate::client::chat;
use crate::world::{ANA, BOB, CAROL, EVE, World};

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn set_encryption(world: &mut World, on: bool) {
    world.command(0, Command::SetEncryption { chat: chat(BOB), on });
}

fn remember(world: &mut World, chat: &str, what: Remembered) -> usize {
    world.clients[0].events.clear();
    let chat = crate::client::chat(chat);
    let read = matches!(what, Remembered::Read(_));
    world.command(0, Command::Remember { chat, what });
    assert!(world.clients[0].last_failure().is_none());
    let changes = world.clients[0].changes();
    // When something was read, only that chat looks different.
    let told = |change: &Change| match read {
        true => matches!(change, Change::Chat(_)),
        false => *change == Change::Chats,
    };
    assert!(changes.iter().all(|change| told(change)));
    changes.len()
}

fn draft(text: &str) -> Remembered {
    Remembered::Draft {
        text: Clean::new(text),
        about: None,
    }
}

/// How the messages that Bob has were protected.
fn protections(world: &mut World) -> Vec<Protection> {
    let history = world.clients[1].history(ANA);
    history.iter().map(|message| message.protection).collect()
}

#[test]
fn a_chat_goes_in_clear_only_between_off_and_on() {
    use Protection::{Clear, Omemo2};
    let mut world = World::online(1, &[ANA, BOB]);
    for secret in ["first secret", "second secret", "too late to be in clear"] {
        world.observer.secrets.push(secret.to_owned());
    }
    world.send(0, BOB, "first secret");
    world.settle();
    world.clients[0].events.clear();
    set_encryption(&mut world, false);
    assert!(world.clients[0].changes().contains(&&Change::Chats));
    world.send(0, BOB, "everybody may read this");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
    assert_eq!(protections(&mut world), [Omemo2, Clear]);
    // What is written while there is no connection, and encryption is turned on before there is one.
    world.cut(0);
    world.send(0, BOB, "too late to be in clear");
    world.clients[0].events.clear();
    set_encryption(&mut world, true);
    let told = world.clients[0].changes();
    assert!(told.contains(&&Change::Chats));
    let failure = world.clients[0].last_failure().unwrap();
    assert_eq!(failure.kind(), FailureKind::Unsafe);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
    assert_eq!(world.clients[0].outbox(), 0);
    world.send(0, BOB, "second secret");
    world.connect(0);
    world.settle();
    assert_eq!(
        world.clients[1].bodies(ANA),
        ["first secret", "everybody may read this", "second secret"]
    );
    assert_eq!(protections(&mut world), [Omemo2, Clear, Omemo2]);
}

#[test]
fn what_went_out_in_clear_and_was_not_confirmed_is_not_repeated_once_encryption_is_on() {
    let mut world = World::online(4, &[ANA, BOB]);
    set_encryption(&mut world, false);
    // Handed to a connection that breaks before the server has it.
    world.send(0, BOB, "everybody may read this");
    world.cut(0);
    assert_eq!(world.clients[0].outbox(), 1);
    set_encryption(&mut world, true);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
    assert_eq!(world.clients[0].outbox(), 0);
    world.connect(0);
    world.send(0, BOB, "sealed again");
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["sealed again"]);
}

#[test]
fn turning_encryption_on_stops_nothing_in_other_chats_and_nothing_sealed() {
    let mut world = World::online(2, &[ANA, BOB, CAROL]);
    world.send(0, BOB, "sealed before");
    world.settle();
    world.cut(0);
    world.send(0, BOB, "waits to be sealed");
    let clear = Command::Send {
        to: chat(CAROL),
        body: Clean::new("in clear to carol"),
        clear: true,
    };
    world.command(0, clear);
    set_encryption(&mut world, true);
    world.connect(0);
    world.settle();
    assert_eq!(
        world.clients[1].bodies(ANA),
        ["sealed before", "waits to be sealed"]
    );
    assert_eq!(world.clients[2].bodies(ANA), ["in clear to carol"]);
}

#[test]
fn what_the_screen_remembers_outlives_the_process_and_is_told_only_when_the_list_changes() {
    let mut world = World::online(3, &[ANA, BOB]);
    world.send(1, ANA, "one");
    world.send(1, ANA, "two");
    world.settle();
    let rows: Vec<_> = world.clients[0]
        .history(BOB)
        .iter()
        .map(|row| row.position)
        .collect();
    let place = Some(Place {
        position: rows[0],
        hidden: 3,
    });
    // Without a connection too.
    world.cut(0);
    assert_eq!(remember(&mut world, BOB, draft("half")), 1);
    assert_eq!(remember(&mut world, BOB, draft("half a sentence")), 0);
    assert_eq!(remember(&mut world, BOB, Remembered::Place(place)), 0);
    assert_eq!(remember(&mut world, BOB, Remembered::Read(rows[0])), 1);
    assert_eq!(remember(&mut world, BOB, Remembered::Read(rows[0])), 0);
    assert_eq!(
        remember(&mut world, CAROL, Remembered::Current),
        1,
        "a chat is made"
    );
    assert_eq!(remember(&mut world, CAROL, Remembered::Current), 0);
    world.crash(0);
    world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, jid(BOB)))
            .unwrap()
            .unwrap();
        let expected = chats::View {
            draft: Clean::new("half a sentence"),
            draft_about: None,
            place,
            first_unread: Some(rows[1]),
        };
        assert_eq!(chats::view(tx, chat.id).unwrap(), Some(expected));
        let current = chats::current(tx, account).unwrap().unwrap();
        assert_eq!(current.peer.address, jid(CAROL));
    });
    assert_eq!(remember(&mut world, BOB, draft("")), 1);
}

#[test]
fn whose_presence_is_known_is_told_anew_after_every_loss() {
    let mut world = World::online(4, &[ANA, BOB]);
    for process_dies in [false, true] {
        let here = State::Presence {
            jid: jid(BOB),
            presence: Some(Presence::here()),
        };
        assert!(world.clients[0].events.contains(&Event::State(here.clone())));
        world.clients[0].events.clear();
        if process_dies {
            world.crash(0);
        } else {
            world.cut(0);
        }
        world.connect(0);
        world.settle();
        let events = &world.clients[0].events;
        let online = |event: &Event| {
            matches!(
                event,
                Event::State(State::Connection(Connection::Online(online))) if online.resumed
            )
        };
        let online = events.iter().position(online).expect("resumed");
        let told = events
            .iter()
            .position(|event| *event == Event::State(here.clone()))
            .expect("told again");
        assert!(online < told, "{events:?}");
    }
}

#[test]
fn a_flood_of_broken_messages_is_two_lines() {
    let mut world = World::online(5, &[ANA]);
    world.clients[0].events.clear();
    for n in 0..500 {
        // A carbon from somebody who is not us.
        world.deliver(
            0,
            &format!(
                "<message xmlns='jabber:client' from='{EVE}/x{n}'><sent xmlns='urn:xmpp:carbons:2'>\
                 <forwarded xmlns='urn:xmpp:forward:0'/></sent></message>"
            ),
        );
        world.deliver(
            0,
            &format!("<message xmlns='jabber:client' from='@{n}'><body>x</body></message>"),
        );
    }
    world.settle();
    let notices = world.clients[0].notices();
    assert_eq!(notices.len(), 2, "{notices:#?}");
    assert!(notices[1].starts_with("499 more like this"), "{notices:#?}");
}
