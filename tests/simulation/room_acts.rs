//! What is done to a room, where the answer is no answer: another nick, a topic, and who asks into one.

use susurro::api::{Command, CommandId, Event, Failure, Outcome, RoomCommand};
use susurro::model::{BareJid, ChatEventKind, ChatKind, Clean, Peer, RoomsFailure, StreamFailure};
use susurro::store::{chats, invitations, rooms};

use crate::server::Room;
use crate::world::{ANA, BOB, World};

const ROOM: &str = "team@muc.mired.test";
const EVE: &str = "eve@evil.test";
const USER: &str = "http://jabber.org/protocol/muc#user";

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn peer(world: &World, address: &str) -> Peer {
    Peer::new(world.clients[0].account, jid(address))
}

fn act(world: &mut World, what: RoomCommand) -> CommandId {
    let room = peer(world, ROOM);
    world.command(0, Command::Room { room, what })
}

/// How a command ended.
fn end(world: &World, number: CommandId) -> Option<Result<Outcome, Failure>> {
    world.clients[0].events.iter().find_map(|event| match event {
        Event::Done { command, result } if *command == number => Some(result.clone()),
        _ => None,
    })
}

fn why(world: &World, number: CommandId) -> Failure {
    end(world, number).expect("an end").expect_err("a failure")
}

/// Ana is in a private group with Bob, who is away.
fn joined() -> World {
    let mut world = World::new(1, &[ANA]);
    world.server.add_account(BOB);
    let room = Room::private(ANA, &[BOB]);
    world.server.rooms.insert(ROOM.to_owned(), room);
    world.connect(0);
    world.settle();
    let (nick, password) = (None, None);
    act(&mut world, RoomCommand::Join { nick, password });
    world.settle();
    world
}

fn nick(nick: &str) -> RoomCommand {
    RoomCommand::SetNick(Clean::line(nick))
}

#[test]
fn another_nick_is_ours_when_the_room_says_so() {
    let mut world = joined();
    let number = act(&mut world, nick("Anna"));
    let renamed =
        "<item affiliation='owner' role='participant' nick='Anna'/><status code='303'/><status code='110'/>";
    world.deliver(
        0,
        &format!(
            "<presence xmlns='jabber:client' from='{ROOM}/ana' type='unavailable'><x xmlns='{USER}'>{renamed}</x></presence>"
        ),
    );
    world.settle();
    assert_eq!(
        end(&world, number),
        Some(Ok(Outcome::Joined(Clean::line("Anna"))))
    );
    let kept = world.clients[0].read(|tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, jid(ROOM)))
            .unwrap()
            .unwrap();
        rooms::get(tx, chat.id).unwrap().unwrap()
    });
    assert_eq!(kept.own_nick, "Anna");
    // That is our name already.
    let number = act(&mut world, nick("Anna"));
    assert_eq!(
        end(&world, number),
        Some(Ok(Outcome::Joined(Clean::line("Anna"))))
    );
}

#[test]
fn a_nick_that_somebody_has_or_nobody_can_have_is_not_ours() {
    let taken = RoomsFailure::NickTaken(jid(ROOM), Clean::line("Bob"));
    let bad = RoomsFailure::BadNick(Clean::line("Bob"));
    for (condition, expected) in [("conflict", taken), ("not-acceptable", bad)] {
        let mut world = joined();
        let number = act(&mut world, nick("Bob"));
        world.deliver(
            0,
            &format!(
                "<presence xmlns='jabber:client' from='{ROOM}/Bob' type='error'><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
            ),
        );
        world.settle();
        assert_eq!(why(&world, number), expected.into());
    }
}

#[test]
fn a_topic_is_there_when_it_comes_back_and_not_when_it_is_returned() {
    let mut world = joined();
    let number = act(&mut world, RoomCommand::SetTopic(Clean::line("Saturday")));
    world.settle();
    assert_eq!(end(&world, number), Some(Ok(Outcome::Done)));
    // What the room answers behind it comes, and no topic did.
    world.server.rooms.get_mut(ROOM).unwrap().occupants.clear();
    let number = act(&mut world, RoomCommand::SetTopic(Clean::line("Sunday")));
    world.settle();
    assert_eq!(
        why(&world, number),
        RoomsFailure::Refused(jid(ROOM), refusal("not-acceptable")).into()
    );
}

fn refusal(condition: &str) -> susurro::model::Refusal {
    let (condition, text) = (Clean::line(condition), None);
    susurro::model::Refusal::Error { condition, text }
}

#[test]
fn whoever_waits_is_told_when_the_connection_goes() {
    let mut world = joined();
    let waiting = [
        RoomCommand::Look,
        RoomCommand::Form,
        RoomCommand::SetTopic(Clean::line("Saturday")),
        nick("Anna"),
    ];
    let numbers: Vec<CommandId> = waiting.map(|what| act(&mut world, what)).to_vec();
    world.cut(0);
    for number in numbers {
        assert_eq!(why(&world, number), StreamFailure::NotConnected.into());
    }
}

#[test]
fn what_needs_us_in_a_room_is_refused_outside() {
    let mut world = World::new(1, &[ANA]);
    world.connect(0);
    world.settle();
    let nobody = Clean::line("Bob");
    for what in [
        nick("Anna"),
        RoomCommand::SetTopic(Clean::line("Saturday")),
        RoomCommand::SetRole {
            nick: nobody,
            to: susurro::model::room::Role::None,
            reason: None,
        },
        RoomCommand::Invite {
            who: jid(BOB),
            reason: None,
        },
    ] {
        let number = act(&mut world, what);
        assert_eq!(why(&world, number), RoomsFailure::NotIn(jid(ROOM)).into());
    }
    let number = act(&mut world, RoomCommand::Decline { reason: None });
    assert_eq!(why(&world, number), RoomsFailure::NotInvited(jid(ROOM)).into());
}

fn mediated(room: &str, by: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{room}'><x xmlns='{USER}'><invite from='{by}'><reason>come</reason></invite></x>\
         <x xmlns='jabber:x:conference' jid='{room}'/><body>come</body></message>"
    )
}

fn direct(by: &str, room: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{by}'><x xmlns='jabber:x:conference' jid='{room}'/></message>"
    )
}

fn kind_of(world: &mut World, address: &str) -> Option<ChatKind> {
    let address = jid(address);
    world.clients[0].read(move |tx, account| {
        let chat = chats::by_peer(tx, &Peer::new(account, address)).unwrap();
        chat.map(|chat| chat.kind)
    })
}

fn asked(world: &mut World, chat: &str) -> usize {
    let events = world.clients[0].events(chat);
    events
        .iter()
        .filter(|(kind, _)| *kind == ChatEventKind::Invited)
        .count()
}

#[test]
fn a_room_asks_once_in_a_chat_of_its_own_that_waits() {
    let mut world = World::new(1, &[ANA]);
    world.connect(0);
    world.settle();
    for _ in 0..2 {
        world.deliver(0, &mediated(ROOM, "bob@mired.test/pc"));
        world.settle();
    }
    assert_eq!(asked(&mut world, ROOM), 1, "the same once more is nothing new");
    assert_eq!(kind_of(&mut world, ROOM), Some(ChatKind::Room));
    assert!(world.clients[0].history(ROOM).is_empty());
    let (request, invited, autojoin) = world.clients[0].read(|tx, account| {
        let room = Peer::new(account, jid(ROOM));
        let chat = chats::by_peer(tx, &room).unwrap().unwrap();
        let kept = rooms::get(tx, chat.id).unwrap().unwrap();
        (
            chat.request,
            invitations::newest(tx, &room).unwrap().unwrap(),
            kept.autojoin,
        )
    });
    assert!(request && !autojoin);
    assert_eq!(
        (invited.who().as_str(), invited.reason.as_str()),
        ("bob@mired.test", "come")
    );
    let number = act(&mut world, RoomCommand::Decline { reason: None });
    assert_eq!(end(&world, number), Some(Ok(Outcome::Done)));
    assert_eq!(kind_of(&mut world, ROOM), None);
}

// Threats 10 and 58.
#[test]
fn nobody_makes_a_room_of_somebody_elses_address() {
    let mut world = World::new(1, &[ANA]);
    world.server.add_account(BOB);
    world.connect(0);
    world.settle();
    let add = Command::AddContact {
        jid: jid(BOB),
        name: None,
    };
    world.command(0, add);
    world.settle();
    // Past a room: a line in the chat of whoever says so.
    world.deliver(0, &direct(&format!("{EVE}/pc"), "carol@mired.test"));
    world.settle();
    assert_eq!(kind_of(&mut world, "carol@mired.test"), None);
    assert_eq!(kind_of(&mut world, EVE), Some(ChatKind::Person));
    assert_eq!(asked(&mut world, EVE), 1);
    // A contact is no room, whatever comes from their address.
    world.deliver(0, &mediated(BOB, EVE));
    world.settle();
    assert_ne!(kind_of(&mut world, BOB), Some(ChatKind::Room));
    assert_eq!(asked(&mut world, BOB), 0);
    // Somebody in a room of ours asks under a nick: that is nobody's word.
    let mut world = joined();
    world.deliver(0, &direct(&format!("{ROOM}/Eve"), "trap@evil.test"));
    world.settle();
    assert_eq!(asked(&mut world, ROOM), 0);
}
