//! Messages that moderators take away (XEP-0425): believed of the room itself alone, whatever comes first, and
//! for good.

use susurro::api::{AsideKind, Command, CommandId, Event, Failure, Outcome, RoomCommand};
use susurro::model::{Clean, Message, MessagesFailure, Retracted, RoomsFailure};

use crate::client::chat;
use crate::played::{BOB, HUT, Hut, join, words};
use crate::server::text;
use crate::world::{ANA, World};

/// Ana is in the room, which lets its moderators do this.
fn inside(features: &[&'static str]) -> (World, Hut) {
    let (mut world, mut hut) = (World::new(1, &[ANA]), Hut::new());
    world.clients[0].archive = Some(30);
    world.connect(0);
    world.settle();
    hut.features.extend(features);
    join(&mut world, None);
    hut.serve(&mut world);
    (world, hut)
}

const NEWER: &str = "urn:xmpp:message-moderate:1";
const OLDER: &str = "urn:xmpp:message-moderate:0";

/// What the room (or somebody in it) says: the message that it calls so was taken away.
fn notice(from: &str, id: &str) -> String {
    format!(
        "<message xmlns='jabber:client' type='groupchat' id='n{id}' from='{from}' to='{ANA}'>\
         <retract xmlns='urn:xmpp:message-retract:1' id='{id}'><moderated xmlns='{NEWER}'/><reason>spam</reason></retract></message>"
    )
}

fn say(world: &mut World, stanza: &str) {
    world.deliver(0, stanza);
    world.flow();
}

fn rows(world: &mut World) -> Vec<Message> {
    world.clients[0].history(HUT)
}

/// The one message: whether its words are gone, and why.
fn taken(world: &mut World) -> (bool, Option<String>) {
    let rows = rows(world);
    let [row] = rows.as_slice() else {
        panic!("not one message: {rows:?}")
    };
    let by_moderator = row.retracted == Some(Retracted::Moderator);
    assert_eq!(row.body.is_none(), by_moderator);
    let why = row.moderated.as_ref().map(|why| why.as_str().to_owned());
    (by_moderator, why)
}

const GONE: (bool, Option<&str>) = (true, Some("spam"));

fn is_gone(world: &mut World) {
    let (gone, why) = taken(world);
    assert_eq!((gone, why.as_deref()), GONE);
}

#[test]
fn what_a_moderator_took_away_is_gone_for_good() {
    let (mut world, _) = inside(&[NEWER]);
    say(&mut world, &words("Bob", "1", "buy this"));
    say(&mut world, &notice(HUT, "s1"));
    is_gone(&mut world);
    let told = world.clients[0].events.iter().any(
        |event| matches!(event, Event::Aside(aside) if aside.kind == AsideKind::Retracted("1".to_owned())),
    );
    assert!(told, "nobody is told of it");
    // Another copy of it brings nothing back.
    say(&mut world, &words("Bob", "1", "buy this"));
    is_gone(&mut world);
}

#[test]
fn the_form_of_before_says_the_same() {
    let (mut world, _) = inside(&[OLDER]);
    say(&mut world, &words("Bob", "1", "buy this"));
    let older = format!(
        "<message xmlns='jabber:client' type='groupchat' id='n1' from='{HUT}' to='{ANA}'><apply-to xmlns='urn:xmpp:fasten:0' \
         id='s1'><moderated xmlns='{OLDER}' by='{HUT}/Bob'><retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason>\
         </moderated></apply-to></message>"
    );
    say(&mut world, &older);
    is_gone(&mut world);
}

#[test]
fn nobody_but_the_room_says_it() {
    let (mut world, _) = inside(&[NEWER]);
    say(&mut world, &words("Bob", "1", "hello"));
    for from in [
        format!("{HUT}/Carol"),
        BOB.to_owned(),
        format!("{BOB}/x"),
        "other@played.mired.test".to_owned(),
    ] {
        say(&mut world, &notice(&from, "s1"));
        assert_eq!(taken(&mut world), (false, None), "{from}");
    }
    // Nor does the room mean it by an id that its author chose.
    say(&mut world, &notice(HUT, "1"));
    assert_eq!(taken(&mut world), (false, None));
    // Whoever wrote it may take it back, and is no moderator by saying so.
    say(&mut world, &notice(&format!("{HUT}/Bob"), "s1"));
    assert_eq!(rows(&mut world)[0].retracted, Some(Retracted::Author));
}

#[test]
fn it_may_be_said_before_the_message_is_here() {
    let (mut world, _) = inside(&[NEWER]);
    say(&mut world, &notice(HUT, "s1"));
    assert_eq!(rows(&mut world).len(), 0);
    // Somebody takes the id for their own message: what waits does not mean that one.
    say(&mut world, &words("Eve", "s1", "look elsewhere"));
    assert_eq!(taken(&mut world), (false, None));
    say(&mut world, &words("Bob", "1", "buy this"));
    let rows = rows(&mut world);
    assert_eq!((rows.len(), rows[0].body.is_some()), (2, true));
    assert_eq!(rows[1].retracted, Some(Retracted::Moderator));
    assert_eq!(rows[1].body, None);
}

#[test]
fn a_correction_stands_for_its_message() {
    let (mut world, _) = inside(&[NEWER]);
    say(&mut world, &words("Bob", "1", "buy this"));
    let corrected = words("Bob", "2", "buy that").replace(
        "<stanza-id",
        "<replace xmlns='urn:xmpp:message-correct:0' id='1'/><stanza-id",
    );
    say(&mut world, &corrected);
    assert_eq!(rows(&mut world)[0].edited, 1);
    say(&mut world, &notice(HUT, "s2"));
    is_gone(&mut world);
}

/// The archive of the room has these, in this order; the client reads it while it goes in.
fn archived(world: &mut World, hut: &mut Hut, has: &[(&str, &str)]) {
    hut.silent = vec!["archive"];
    join(world, None);
    let came = hut.serve(world);
    let question = came
        .iter()
        .rfind(|stanza| text(stanza).contains("urn:xmpp:mam:2"))
        .expect("a question")
        .clone();
    let query = question.children().next().unwrap().attr("queryid").unwrap();
    for (id, message) in has {
        let found = format!(
            "<message xmlns='jabber:client' from='{HUT}' to='{ANA}'><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='{id}'>\
             <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-01T00:00:00Z'/>{message}\
             </forwarded></result></message>"
        );
        world.deliver(0, &found);
    }
    hut.silent.clear();
    for answer in hut.answer(&question) {
        world.deliver(0, &answer);
    }
    hut.serve(world);
}

fn outside() -> (World, Hut) {
    let (mut world, mut hut) = (World::new(1, &[ANA]), Hut::new());
    world.clients[0].archive = Some(30);
    world.connect(0);
    world.settle();
    hut.features.push(NEWER);
    (world, hut)
}

#[test]
fn the_word_of_the_room_counts_in_its_archive_too() {
    let (mut world, mut hut) = outside();
    let has = [("s1", words("Bob", "1", "buy this")), ("s2", notice(HUT, "s1"))];
    let has = has.each_ref().map(|(id, message)| (*id, message.as_str()));
    archived(&mut world, &mut hut, &has);
    is_gone(&mut world);
}

#[test]
fn what_stands_in_its_place_in_the_archive_takes_it_away() {
    let (mut world, mut hut) = outside();
    let stone = |beside: &str| {
        format!(
            "<message xmlns='jabber:client' type='groupchat' id='1' from='{HUT}/Bob' to='{ANA}'><retracted \
             xmlns='urn:xmpp:message-retract:1'><moderated xmlns='{NEWER}'/><reason>spam</reason></retracted>{beside}</message>"
        )
    };
    let words = words("Bob", "1", "buy this");
    let (stone, made_up) = (stone(""), stone("<body>trust me</body>"));
    archived(
        &mut world,
        &mut hut,
        &[("s1", &words), ("s1", &stone), ("s2", &made_up)],
    );
    let rows = rows(&mut world);
    let gone: Vec<bool> = rows.iter().map(|row| row.retracted.is_some()).collect();
    assert_eq!(gone, [true, false], "{rows:?}");
}

fn moderate(world: &mut World, reason: Option<&str>) -> CommandId {
    let message = rows(world).last().unwrap().id;
    let reason = reason.map(Clean::line);
    let what = RoomCommand::Moderate { message, reason };
    let room = chat(HUT);
    world.command(0, Command::Room { room, what })
}

fn end(world: &World, number: CommandId) -> Result<Outcome, Failure> {
    let done = world.clients[0].events.iter().find_map(|event| match event {
        Event::Done { command, result } if *command == number => Some(result.clone()),
        _ => None,
    });
    done.expect("an end")
}

/// What the room was asked for.
fn asked(hut: &mut Hut, world: &mut World) -> Vec<String> {
    let came = hut.serve(world);
    let asked = came
        .iter()
        .filter(|stanza| stanza.name() == "iq" && stanza.attr("type") == Some("set"));
    asked.map(|iq| text(iq.children().next().unwrap())).collect()
}

#[test]
fn a_moderator_asks_the_room_in_the_form_that_it_knows() {
    for (feature, moderates) in [(NEWER, "<moderate "), (OLDER, "<apply-to ")] {
        let (mut world, mut hut) = inside(&[feature]);
        say(&mut world, &words("Bob", "1", "buy this"));
        let number = moderate(&mut world, Some("spam"));
        let asked = asked(&mut hut, &mut world);
        assert!(
            asked.len() == 1 && asked[0].starts_with(moderates) && asked[0].contains("s1"),
            "{asked:?}"
        );
        assert_eq!(end(&world, number), Ok(Outcome::Done));
        is_gone(&mut world);
    }
}

#[test]
fn every_version_of_a_message_is_taken_away() {
    let (mut world, mut hut) = inside(&[NEWER]);
    say(&mut world, &words("Bob", "1", "buy this"));
    let corrected = words("Bob", "2", "buy that").replace(
        "<stanza-id",
        "<replace xmlns='urn:xmpp:message-correct:0' id='1'/><stanza-id",
    );
    say(&mut world, &corrected);
    let number = moderate(&mut world, None);
    let asked = asked(&mut hut, &mut world);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].contains("s1") && asked[1].contains("s2"), "{asked:?}");
    assert_eq!(end(&world, number), Ok(Outcome::Done));
    assert_eq!(taken(&mut world), (true, None));
}

#[test]
fn a_room_that_refuses_leaves_the_words_here() {
    let (mut world, mut hut) = inside(&[NEWER]);
    hut.refuses = vec![("moderate", "forbidden")];
    say(&mut world, &words("Bob", "1", "hello"));
    let number = moderate(&mut world, None);
    hut.serve(&mut world);
    let not_allowed = RoomsFailure::NotAllowed(chat(HUT).address);
    assert_eq!(end(&world, number), Err(not_allowed.into()));
    assert_eq!(taken(&mut world), (false, None));
}

#[test]
fn what_cannot_be_asked_for_is_not_asked_for() {
    let (mut world, mut hut) = inside(&[]);
    say(&mut world, &words("Bob", "1", "hello"));
    let number = moderate(&mut world, None);
    let none = RoomsFailure::NoModeration(chat(HUT).address);
    assert_eq!(end(&world, number), Err(none.into()));
    let (mut other, _) = inside(&[NEWER]);
    let nameless = words("Bob", "1", "hello").replace("stanza-id", "no-id");
    say(&mut other, &nameless);
    let number = moderate(&mut other, None);
    assert_eq!(end(&other, number), Err(MessagesFailure::Nameless.into()));
    assert_eq!(asked(&mut hut, &mut world), Vec::<String>::new());
}
