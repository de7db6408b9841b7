//! Rooms at the worst moment: a line that breaks on the way in, somebody who takes a nick, a room that does not
//! answer. The room is played by hand.

use minidom::Element;

use susurro::api::{Command, RoomCommand};
use susurro::model::{BareJid, Clean, MessageState, Peer};
use susurro::protocol::Timer;
use susurro::store::{chats, rooms};

use crate::client::chat;
use crate::played::{BOB, EVE, HUT, Hut, gone, join, occupant, room, words};
use crate::server::{text, xml};
use crate::world::{ANA, World};

fn online() -> World {
    let mut world = World::new(1, &[ANA]);
    world.clients[0].archive = Some(30);
    world.connect(0);
    world.settle();
    world
}

/// Ana is in it.
fn inside() -> (World, Hut) {
    let (mut world, mut hut) = (online(), Hut::new());
    join(&mut world, None);
    hut.serve(&mut world);
    (world, hut)
}

fn is_for_members(world: &mut World) {
    world.clients[0].read(|tx, account| {
        let peer = Peer::new(account, BareJid::new(HUT).unwrap());
        let chat = chats::by_peer(tx, &peer).unwrap().unwrap();
        assert!(chat.encrypted && rooms::get(tx, chat.id).unwrap().is_some());
    });
}

/// What Ana writes there in clear arrives there.
fn writes(world: &mut World, hut: &mut Hut, body: &str) -> bool {
    let words = Command::Send {
        to: chat(HUT),
        body: Clean::new(body),
        clear: true,
    };
    world.command(0, words);
    let came = hut.serve(world);
    came.iter()
        .any(|stanza| stanza.name() == "message" && text(stanza).contains(body))
}

fn bodies(world: &mut World) -> Vec<String> {
    world.clients[0].bodies(HUT)
}

#[test]
fn whoever_is_in_a_room_writes_and_hears_there() {
    let (mut world, mut hut) = inside();
    is_for_members(&mut world);
    assert!(writes(&mut world, &mut hut, "hello"));
    world.deliver(0, &words("Bob", "1", "hi"));
    world.flow();
    assert_eq!(bodies(&mut world), ["hello", "hi"]);
}

/// The line breaks, and the stream goes on.
fn resumes(world: &mut World) {
    world.cut(0);
    world.connect(0);
    world.flow();
}

#[test]
fn a_line_that_breaks_while_a_room_is_read_does_not_shut_it() {
    let (mut world, mut hut) = (online(), Hut::new());
    hut.silent = vec!["archive"];
    join(&mut world, None);
    let came = hut.serve(&mut world);
    let asked = came
        .iter()
        .rfind(|stanza| text(stanza).contains("urn:xmpp:mam:2"))
        .cloned();
    resumes(&mut world);
    hut.silent.clear();
    for answer in hut.answer(&asked.expect("a question")) {
        world.deliver(0, &answer);
    }
    hut.serve(&mut world);
    assert!(writes(&mut world, &mut hut, "hello"), "nothing leaves");
}

#[test]
fn a_line_that_breaks_on_the_way_in_does_not_leave_us_half_inside() {
    let (mut world, mut hut) = (online(), Hut::new());
    hut.silent = vec!["join"];
    join(&mut world, None);
    let came = hut.serve(&mut world);
    assert!(came.iter().any(|stanza| stanza.name() == "presence"));
    resumes(&mut world);
    hut.silent.clear();
    for presence in hut.entered("ana") {
        world.deliver(0, &presence);
    }
    let came = hut.serve(&mut world);
    assert!(
        came.iter().any(|stanza| text(stanza).contains("muc#admin")),
        "nobody asks who is a member of it: {:?}",
        came.iter().map(text).collect::<Vec<_>>()
    );
    assert!(writes(&mut world, &mut hut, "hello"), "nothing leaves");
}

#[test]
fn a_nick_that_somebody_has_does_not_put_us_out() {
    let (mut world, mut hut) = inside();
    hut.refuses = vec![("Bob", "conflict")];
    join(&mut world, Some("Bob"));
    hut.serve(&mut world);
    world.deliver(0, &words("Bob", "1", "still there?"));
    world.flow();
    assert_eq!(bodies(&mut world), ["still there?"]);
    assert!(writes(&mut world, &mut hut, "yes"), "nothing leaves");
}

/// We asked to be let in, and nothing comes back.
fn at_the_door() -> (World, Hut) {
    let (mut world, mut hut) = (online(), Hut::new());
    hut.silent = vec!["join"];
    join(&mut world, None);
    hut.serve(&mut world);
    (world, hut)
}

fn assert_left(came: &[Element]) {
    let left = |stanza: &Element| stanza.name() == "presence" && stanza.attr("type") == Some("unavailable");
    assert!(
        came.iter().any(left),
        "{:?}",
        came.iter().map(text).collect::<Vec<_>>()
    );
}

#[test]
fn whoever_leaves_on_the_way_in_does_not_stay_inside() {
    let (mut world, mut hut) = at_the_door();
    room(&mut world, RoomCommand::Leave);
    let came = hut.serve(&mut world);
    assert_left(&came);
}

#[test]
fn a_room_that_lets_us_in_too_late_is_left() {
    let (mut world, mut hut) = at_the_door();
    world.next_timer_where(|_, timer| matches!(timer, Timer::Entry(_)));
    let came = hut.serve(&mut world);
    assert_left(&came);
}

/// What waits for the archive was written by whoever had the nick when it came.
#[test]
fn nobody_gets_the_words_of_who_had_their_nick_before() {
    let (mut world, mut hut) = (online(), Hut::new());
    hut.silent = vec!["archive"];
    join(&mut world, None);
    let came = hut.serve(&mut world);
    let asked = came
        .iter()
        .rfind(|stanza| text(stanza).contains("urn:xmpp:mam:2"))
        .cloned();
    world.deliver(0, &occupant("Carol", Some(EVE), ""));
    world.deliver(0, &words("Carol", "1", "give Eve the keys"));
    world.deliver(0, &gone("Carol"));
    world.deliver(0, &occupant("Carol", Some("carol@mired.test"), ""));
    hut.silent.clear();
    hut.serve(&mut world);
    for answer in hut.answer(&asked.expect("a question")) {
        world.deliver(0, &answer);
    }
    hut.serve(&mut world);
    let told = world.clients[0].history(HUT);
    assert_eq!(told.len(), 1);
    assert!(
        format!("{:?}", told[0].author).contains(EVE),
        "{:?}",
        told[0].author
    );
}

/// What Ana writes there for its members alone: what becomes of it.
fn seals(world: &mut World, hut: &mut Hut) -> (MessageState, String) {
    world.command(0, crate::client::send(HUT, "for whom?"));
    hut.serve(world);
    world.clients[0].last(HUT)
}

/// Nothing is sealed for whom the room may have put out meanwhile.
#[test]
fn lists_that_cannot_be_had_are_not_those_of_last_time() {
    let (mut world, mut hut) = inside();
    world.crash(0);
    world.server.restart();
    hut.refuses = vec![("list", "resource-constraint")];
    world.connect(0);
    hut.serve(&mut world);
    let (state, why) = seals(&mut world, &mut hut);
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("who its members are"), "{why}");
    // It is asked again.
    hut.refuses.clear();
    world.next_timer_where(|_, timer| timer == Timer::Rooms);
    hut.serve(&mut world);
    let (_, why) = seals(&mut world, &mut hut);
    assert!(!why.contains("who its members are"), "{why}");
}

#[test]
fn a_room_that_changes_gets_nothing_sealed_before_it_said_what_it_is_now() {
    let (mut world, mut hut) = inside();
    hut.silent = vec!["info"];
    let changed = format!(
        "<message xmlns='jabber:client' type='groupchat' from='{HUT}' to='{ANA}'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <status code='104'/></x></message>"
    );
    world.deliver(0, &changed);
    let came = hut.serve(&mut world);
    assert_eq!(seals(&mut world, &mut hut).0, MessageState::Queued);
    // It is for everybody now, and says nothing else of itself.
    hut.features.clear();
    hut.silent.clear();
    for answer in hut.answer(came.last().expect("a question")) {
        world.deliver(0, &answer);
    }
    hut.serve(&mut world);
    let (state, why) = world.clients[0].last(HUT);
    assert_eq!(state, MessageState::Failed, "{why}");
    // Whoever goes in again all the same writes nothing in clear without saying so.
    room(&mut world, RoomCommand::Leave);
    hut.serve(&mut world);
    join(&mut world, None);
    hut.serve(&mut world);
    is_for_members(&mut world);
    assert_eq!(seals(&mut world, &mut hut).0, MessageState::Failed);
}

/// An invitation that came while we were away stands in the archive, with words that the server made.
#[test]
fn an_invitation_out_of_the_archive_does_not_take_the_address_of_the_room() {
    let (mut world, mut hut) = (online(), Hut::new());
    let invitation = format!(
        "<message xmlns='jabber:client' from='{HUT}' to='{ANA}' id='i1'><body>bob invites you</body>\
         <x xmlns='http://jabber.org/protocol/muc#user'><invite from='{BOB}/x'/></x></message>"
    );
    world.server.options.archive = true;
    world.cut(0);
    world.server.restart();
    world.server.relay(HUT, xml(&invitation));
    world.connect(0);
    world.flow();
    hut.serve(&mut world);
    assert_eq!(bodies(&mut world), [""; 0]);
    join(&mut world, None);
    hut.serve(&mut world);
    assert!(writes(&mut world, &mut hut, "hello"), "nobody gets in");
}
