//! What is said in private to somebody in a room: in a chat of its own, with whoever the room says that it is.

use minidom::Element;

use susurro::api::{Command, Event, Failure};
use susurro::model::{
    AccountId, Author, BareJid, ChatKind, Clean, Direction, InPrivate, Message, MessageFailure, MessageState,
    Peer,
};
use susurro::store::chats::Chat;
use susurro::store::{in_private, messages};

use crate::played::{BOB, EVE, HUT, Hut, gone, join};
use crate::server::text;
use crate::world::{ANA, World};

const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";

fn inside() -> (World, Hut) {
    let mut world = World::new(1, &[ANA]);
    world.clients[0].archive = Some(30);
    world.connect(0);
    world.settle();
    let mut hut = Hut::new();
    hut.features.push(OCCUPANT_ID);
    join(&mut world, None);
    hut.serve(&mut world);
    for (nick, jid, id) in [("Bob", BOB, "b"), ("Eve", EVE, "e")] {
        world.deliver(0, &here(nick, jid, id));
    }
    world.flow();
    (world, hut)
}

fn here(nick: &str, jid: &str, id: &str) -> String {
    format!(
        "<presence xmlns='jabber:client' from='{HUT}/{nick}' to='{ANA}'><occupant-id xmlns='{OCCUPANT_ID}' id='{id}'/>\
         <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant' jid='{jid}/r'/></x></presence>"
    )
}

fn whispers(nick: &str, id: &str, body: &str) -> String {
    format!(
        "<message xmlns='jabber:client' type='chat' from='{HUT}/{nick}' to='{ANA}' id='{id}'><body>{body}</body>\
         <x xmlns='http://jabber.org/protocol/muc#user'/></message>"
    )
}

fn with(nick: &str, id: Option<&str>) -> Peer {
    let within = InPrivate {
        nick: Clean::line(nick),
        occupant_id: id.map(str::to_owned),
    };
    Peer::in_private(AccountId(1), BareJid::new(HUT).unwrap(), within)
}

/// The chats in private, each with what stands in it.
fn all(world: &mut World) -> Vec<(Chat, Vec<Message>)> {
    world.clients[0].read(|tx, account| {
        let room = Peer::new(account, BareJid::new(HUT).unwrap());
        let chats = in_private::all(tx, &room).unwrap().into_iter();
        chats
            .map(|chat| {
                let rows = messages::history(tx, chat.id, None, 100).unwrap();
                (chat, rows)
            })
            .collect()
    })
}

fn told(world: &mut World) -> Vec<(String, Vec<String>)> {
    let body = |row: &Message| row.body.as_ref().map_or("?", Clean::as_str).to_owned();
    let mut all: Vec<(String, Vec<String>)> = all(world)
        .into_iter()
        .map(|(chat, rows)| (chat.peer.written(), rows.iter().map(body).collect()))
        .collect();
    for (_, bodies) in &mut all {
        bodies.sort();
    }
    all
}

fn says(nick: &str, bodies: &[&str]) -> (String, Vec<String>) {
    (
        format!("{HUT}/{nick}"),
        bodies.iter().map(|body| (*body).to_owned()).collect(),
    )
}

fn sends(world: &mut World, hut: &mut Hut, to: Peer, clear: bool) -> Vec<Element> {
    let body = Clean::new("psst");
    world.command(0, Command::Send { to, body, clear });
    let came = hut.serve(world);
    came.into_iter()
        .filter(|stanza| stanza.name() == "message")
        .collect()
}

fn why(world: &mut World) -> Vec<MessageFailure> {
    all(world)
        .into_iter()
        .flat_map(|(_, rows)| rows)
        .filter_map(|row| row.failure)
        .collect()
}

#[test]
fn what_is_said_in_private_stands_in_a_chat_of_its_own() {
    let (mut world, _) = inside();
    world.deliver(0, &whispers("Bob", "1", "between us"));
    world.flow();
    let (chat, rows) = all(&mut world).pop().expect("a chat");
    assert_eq!(chat.kind, ChatKind::PrivateInRoom);
    assert_eq!(chat.peer, with("Bob", Some("b")));
    let real = Some(BareJid::new(BOB).unwrap());
    let author = Author::Occupant {
        nick: Clean::line("Bob"),
        occupant_id: Some("b".into()),
        real,
    };
    assert_eq!(rows[0].author, author);
    assert!(!rows[0].in_room);
    assert!(
        world.clients[0].bodies(HUT).is_empty(),
        "it is for nobody else in the room"
    );
    assert!(
        world.clients[0].bodies(BOB).is_empty(),
        "nor is it their own chat"
    );
}

#[test]
fn whoever_takes_a_nick_does_not_go_on_with_the_chat_of_who_had_it() {
    let (mut world, mut hut) = inside();
    world.deliver(0, &whispers("Bob", "1", "I am Bob"));
    world.deliver(0, &gone("Bob"));
    world.deliver(0, &gone("Eve"));
    world.deliver(0, &here("Bob", EVE, "e"));
    world.deliver(0, &whispers("Bob", "2", "so am I"));
    world.flow();
    assert_eq!(
        told(&mut world),
        [says("Bob", &["I am Bob"]), says("Bob", &["so am I"])]
    );
    // What is for Bob does not go to her.
    assert!(sends(&mut world, &mut hut, with("Bob", Some("b")), true).is_empty());
    assert_eq!(why(&mut world), [MessageFailure::OccupantGone]);
    // Under another nick he is the same.
    world.deliver(0, &here("Robert", BOB, "b"));
    world.deliver(0, &whispers("Robert", "3", "back"));
    world.flow();
    let bobs = told(&mut world).remove(0);
    assert_eq!(bobs, says("Robert", &["I am Bob", "back", "psst"]));
    let came = sends(&mut world, &mut hut, with("Bob", Some("b")), true);
    assert_eq!(came[0].attr("to"), Some(format!("{HUT}/Robert").as_str()));
}

#[test]
fn a_room_that_tells_of_nobody_who_they_are_has_them_by_nick() {
    let (mut world, mut hut) = inside();
    hut.features.retain(|feature| *feature != OCCUPANT_ID);
    world.deliver(
        0,
        &format!(
            "<message xmlns='jabber:client' type='groupchat' from='{HUT}'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <status code='104'/></x></message>"
        ),
    );
    hut.serve(&mut world);
    // Anybody can write one.
    let forged = whispers("Bob", "1", "hi").replace(
        "<body>",
        &format!("<occupant-id xmlns='{OCCUPANT_ID}' id='x'/><body>"),
    );
    world.deliver(0, &forged);
    world.flow();
    let (chat, _) = all(&mut world).pop().expect("a chat");
    assert_eq!(chat.peer, with("Bob", None));
}

#[test]
fn what_is_written_in_private_goes_to_one_alone_and_is_sent_once_the_server_has_it() {
    let (mut world, mut hut) = inside();
    let came = sends(&mut world, &mut hut, with("Bob", None), true);
    let [stanza] = came.as_slice() else {
        panic!("{:?}", came.iter().map(text).collect::<Vec<_>>());
    };
    assert_eq!(stanza.attr("to"), Some(format!("{HUT}/Bob").as_str()));
    assert_eq!(stanza.attr("type"), Some("chat"));
    assert!(!text(stanza).contains("receipts"), "nobody acknowledges it");
    world.settle();
    let (chat, rows) = all(&mut world).pop().expect("a chat");
    assert_eq!(chat.peer, with("Bob", Some("b")), "whoever has the nick now");
    assert_eq!(rows[0].state, MessageState::Sent);
    assert!(world.clients[0].bodies(HUT).is_empty());
}

#[test]
fn nothing_is_said_in_clear_from_an_encrypted_group_unless_the_person_says_so() {
    let (mut world, mut hut) = inside();
    assert!(sends(&mut world, &mut hut, with("Bob", Some("b")), false).is_empty());
    let real = Some(BareJid::new(BOB).unwrap());
    assert_eq!(why(&mut world), [MessageFailure::NotInPrivate(real)]);
    let chat = with("Bob", Some("b"));
    world.command(
        0,
        Command::SetEncryption {
            chat: chat.clone(),
            on: false,
        },
    );
    world.flow();
    assert_eq!(sends(&mut world, &mut hut, chat, false).len(), 1);
}

#[test]
fn what_a_room_does_not_pass_on_says_why() {
    for (condition, expected) in [
        ("item-not-found", MessageFailure::OccupantGone),
        ("recipient-unavailable", MessageFailure::OccupantGone),
        ("forbidden", MessageFailure::PrivateForbidden),
    ] {
        let (mut world, mut hut) = inside();
        let came = sends(&mut world, &mut hut, with("Bob", Some("b")), true);
        let id = came[0].attr("id").unwrap();
        // The server has it by then.
        world.settle();
        world.deliver(
            0,
            &format!(
                "<message xmlns='jabber:client' type='error' from='{HUT}/Bob' to='{ANA}' id='{id}'><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
            ),
        );
        world.flow();
        assert_eq!(why(&mut world), [expected], "{condition}");
    }
}

#[test]
fn nobody_of_that_nick_is_told_at_once() {
    let (mut world, mut hut) = inside();
    assert!(sends(&mut world, &mut hut, with("Zoe", None), true).is_empty());
    let refused = world.clients[0].events.iter().any(|event| {
        matches!(
            event,
            Event::Done {
                result: Err(Failure::Message(_, MessageFailure::OccupantGone)),
                ..
            }
        )
    });
    assert!(refused);
    assert!(all(&mut world).is_empty());
}

/// What another device of ours wrote, as our server gives us a copy.
fn copied(to: &str, id: &str, body: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{ANA}' to='{ANA}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
         <message xmlns='jabber:client' type='chat' from='{ANA}/other' to='{HUT}/{to}' id='{id}'><body>{body}</body></message>\
         </forwarded></sent></message>"
    )
}

#[test]
fn what_another_device_of_ours_wrote_stands_there_too() {
    let (mut world, _) = inside();
    world.deliver(0, &whispers("Bob", "1", "well?"));
    world.deliver(0, &copied("Bob", "2", "yes"));
    world.deliver(0, &copied("Eve", "3", "no"));
    world.flow();
    assert_eq!(
        told(&mut world),
        [says("Bob", &["well?", "yes"]), says("Eve", &["no"])]
    );
    let own = all(&mut world).remove(0).1;
    assert!(own.iter().any(|row| row.author.direction() == Direction::Out));
    assert!(world.clients[0].bodies(HUT).is_empty());
}

#[test]
fn a_contact_who_says_that_it_came_by_a_room_stays_who_they_are() {
    let (mut world, _) = inside();
    let known = whispers("Bob", "0", "hello").replace("http://jabber.org/protocol/muc#user", "x:nothing");
    world.deliver(0, &known.replace(&format!("{HUT}/Bob"), &format!("{BOB}/phone")));
    world.flow();
    let marked = whispers("Bob", "1", "it is me").replace(&format!("{HUT}/Bob"), &format!("{BOB}/phone"));
    world.deliver(0, &marked);
    world.flow();
    assert_eq!(world.clients[0].bodies(BOB), ["hello", "it is me"]);
    assert!(all(&mut world).is_empty());
}
