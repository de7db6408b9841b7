//! Rooms on the screen: in the list beside people, with everybody's name beside their words, what stays in view above the
//! history, who is in it.

use susurro::api::{Change, CommandId, Event, OccupantView, Outcome, RoomStanding, RoomState, State};
use susurro::model::room::{Affiliation, Role, RoomFeature, RoomFeatures, RoomNotify};
use susurro::model::{
    Author, Clean, MessageId, MessageState, Peer, Presence, RoomsFailure, RoomsNotice, Trust,
};
use susurro::store::rooms::{self, Member};
use susurro::store::{Transaction, chats, messages};
use susurro::tui::app::Effect;

use crate::picture::styled;
use crate::stage::{COLOUR, MONO, Stage, jid, peer};

pub const TEAM: &str = "team@rooms.mired.test";

pub fn room() -> Peer {
    peer(TEAM)
}

/// Somebody who is in it.
pub fn occupant(
    nick: &str,
    who: Option<&str>,
    affiliation: Affiliation,
    role: Role,
) -> (Clean, OccupantView) {
    let view = OccupantView {
        occupant_id: None,
        affiliation,
        role,
        real: who.map(|who| jid(&format!("{who}@mired.test"))),
        presence: Presence::here(),
    };
    (Clean::line(nick), view)
}

pub fn tell(stage: &mut Stage, state: RoomState) {
    let room = room();
    stage.event(Event::State(State::Room { room, state }));
}

/// A group of Ana, Bob, Carol and Dave, encrypted; Ana is one of its members.
pub fn keep(tx: &Transaction<'_>) -> rooms::Room {
    let mut room = rooms::open(tx, &room(), "ana").unwrap().unwrap();
    room.name = Some(Clean::line("The team"));
    rooms::set_bookmark(tx, &room).unwrap();
    let features = [
        RoomFeature::MembersOnly,
        RoomFeature::NonAnonymous,
        RoomFeature::Persistent,
        RoomFeature::Hidden,
        RoomFeature::Archive,
    ];
    rooms::set_features(tx, room.chat, &RoomFeatures::from(features)).unwrap();
    chats::set_encrypted(tx, room.chat, true).unwrap();
    let all = [
        ("ana", Affiliation::Member),
        ("bob", Affiliation::Owner),
        ("carol", Affiliation::Admin),
        ("dave", Affiliation::Member),
        ("eve", Affiliation::Outcast),
    ];
    for (who, affiliation) in all {
        let (jid, nick) = (jid(&format!("{who}@mired.test")), None);
        rooms::set_member(
            tx,
            room.chat,
            &Member {
                jid,
                affiliation,
                nick,
            },
        )
        .unwrap();
    }
    rooms::get(tx, room.chat).unwrap().unwrap()
}

/// We are in it, with Bob and Carol.
pub fn go_in(stage: &mut Stage) {
    let nick = Clean::line("ana");
    tell(stage, RoomState::Standing(RoomStanding::In { nick }));
    let everybody = vec![
        occupant("ana", Some("ana"), Affiliation::Member, Role::Participant),
        occupant("Bobby", Some("bob"), Affiliation::Owner, Role::Moderator),
        occupant("carol 漢字", Some("carol"), Affiliation::Admin, Role::Moderator),
    ];
    tell(stage, RoomState::Everybody(everybody));
    let topic = Clean::line("Friday: who brings what, and when we meet");
    tell(stage, RoomState::Topic(topic));
}

/// Somebody says something in it.
pub fn said(stage: &mut Stage, nick: &str, who: Option<&str>, body: &str) -> MessageId {
    let chat = stage.store(|tx, _| chats::by_peer(tx, &room()).unwrap().unwrap().id);
    stage.row(|new| {
        new.chat = chat;
        new.author = Author::Occupant {
            nick: Clean::line(nick),
            occupant_id: None,
            real: who.map(|who| jid(&format!("{who}@mired.test"))),
        };
        new.body = Some(Clean::new(body));
    })
}

/// We do.
pub fn ours(stage: &mut Stage, body: &str) -> MessageId {
    let chat = stage.store(|tx, _| chats::by_peer(tx, &room()).unwrap().unwrap().id);
    stage.row(|new| {
        new.chat = chat;
        new.author = Author::Us;
        new.body = Some(Clean::new(body));
        new.trust = None;
        new.state = MessageState::Sent;
    })
}

/// The room is open, and something was said in it and elsewhere.
pub fn in_the_room(size: (u16, u16), colour: bool) -> Stage {
    let mut stage = Stage::new(size, if colour { COLOUR } else { MONO });
    stage.this_device();
    stage.device(
        "carol@mired.test",
        4712,
        crate::stage::identity(2),
        Trust::Verified,
    );
    let chat = stage.store(|tx, _| keep(tx).chat);
    stage.now = "2026-11-20T10:58:00Z".parse().unwrap();
    said(&mut stage, "Bobby", Some("bob"), "Shall we move the meeting?");
    said(&mut stage, "Bobby", Some("bob"), "To Friday, at eight");
    stage.minutes(4);
    ours(&mut stage, "The hall is free at eight");
    stage.minutes(1);
    said(
        &mut stage,
        "carol 漢字",
        Some("carol"),
        "ana: thanks! @Ana, and the list?",
    );
    stage.said_by("bob@mired.test", "And between us?");
    stage.store(|tx, account| chats::set_current(tx, account, chat).unwrap());
    stage.minutes(1);
    stage.start();
    stage.online();
    go_in(&mut stage);
    stage.settle();
    stage
}

#[test]
fn a_room_stands_beside_people_with_who_said_what_and_what_it_is_about() {
    for (columns, rows) in [(80, 24), (40, 12), (160, 50)] {
        let mut stage = in_the_room((columns, rows), false);
        insta::assert_snapshot!(format!("room-{columns}x{rows}-mono"), stage.text());
    }
    let mut stage = in_the_room((80, 24), true);
    let (buffer, _) = stage.draw();
    insta::assert_snapshot!("room-80x24-colour", styled(&buffer));
}

#[test]
fn a_room_is_in_the_list_before_anybody_said_anything() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.start();
    stage.online();
    let chat = stage.store(|tx, _| keep(tx).chat);
    stage.event(Event::Changed(Change::Room(chat)));
    let text = stage.text();
    assert!(text.contains("#The team"), "{text}");
    // Its name is nobody's.
    stage.store(|tx, _| {
        let mut room = rooms::get(tx, chat).unwrap().unwrap();
        room.name = None;
        rooms::set_bookmark(tx, &room).unwrap();
    });
    stage.event(Event::Changed(Change::Room(chat)));
    let text = stage.text();
    assert!(text.contains("#team") && !text.contains("#The team"), "{text}");
}

#[test]
fn nobody_looks_up_the_devices_of_a_room() {
    let mut stage = in_the_room((80, 24), false);
    stage.event(Event::Changed(Change::Devices(jid("bob@mired.test"))));
    stage.settle();
    assert!(!stage.looked_up.contains(&jid(TEAM)), "{:?}", stage.looked_up);
}

#[test]
fn whoever_takes_our_nick_is_not_shown_as_us() {
    let mut stage = in_the_room((80, 24), false);
    said(&mut stage, "Аna", None, "I am Ana, trust me");
    let text = stage.text();
    assert!(text.contains("!Аna"), "{text}");
}

#[test]
fn more_speak_than_names_are_kept_and_each_is_named() {
    let mut stage = in_the_room((80, 24), false);
    for number in 0..100 {
        said(&mut stage, &format!("n{number}"), None, "hello");
        stage.settle();
    }
    let text = stage.text();
    assert!(text.contains("n99 ") && text.contains("n90 "), "{text}");
}

/// The lines between title and history.
fn above(stage: &mut Stage) -> String {
    let text = stage.text();
    let lines = text.lines().skip(3).take(3);
    let chat = lines.map(|line| line.chars().skip(25).collect::<String>());
    let words: Vec<String> = chat.map(|line| line.trim().to_owned()).collect();
    words.join(" ").trim().to_owned()
}

#[test]
fn what_is_the_matter_with_a_room_stays_in_view() {
    let mut stage = in_the_room((80, 24), false);
    assert!(!above(&mut stage).starts_with('!'));
    tell(&mut stage, RoomState::Standing(RoomStanding::Joining));
    assert!(above(&mut stage).starts_with("! Going in …"));
    let why = Some(RoomsFailure::Banned(jid(TEAM)));
    tell(&mut stage, RoomState::Standing(RoomStanding::Out { why }));
    assert_eq!(above(&mut stage), "! You are banned from #The team.");
    stage.press(&["a", "Backspace"]);
    assert!(above(&mut stage).starts_with("! "), "a key takes it away");
    tell(&mut stage, RoomState::Standing(RoomStanding::Out { why: None }));
    assert_eq!(above(&mut stage), "! You are not in this room: /join goes in.");
    go_in(&mut stage);
    let eve = occupant("Eve", Some("eve"), Affiliation::Outcast, Role::Participant);
    let (nick, view) = eve;
    tell(
        &mut stage,
        RoomState::Occupant {
            nick,
            here: Some(view),
        },
    );
    assert_eq!(
        above(&mut stage),
        "! Eve is in #The team though the room says that they are no member: they can read what is not encrypted."
    );
    let chat = stage.store(|tx, _| {
        let chat = chats::by_peer(tx, &room()).unwrap().unwrap().id;
        let features = RoomFeatures::from([RoomFeature::MembersOnly]);
        rooms::set_features(tx, chat, &features).unwrap();
        rooms::set_suspect(tx, chat, true).unwrap();
        chat
    });
    stage.event(Event::Changed(Change::Room(chat)));
    assert_eq!(
        above(&mut stage),
        "! The room #The team is not what it was: it does not show its members who everybody is. Nothing is sent into it encrypted."
    );
    // Where there is little room it is cut, and the history keeps most of it.
    stage.resize(40, 12);
    insta::assert_snapshot!("room-warning-40x12", stage.text());
}

#[test]
fn without_a_connection_nobody_is_said_to_be_in_it() {
    let mut stage = in_the_room((80, 24), false);
    assert!(stage.text().contains("3 here"));
    let step = susurro::model::Step::Starting;
    stage.event(Event::State(State::Connection(
        susurro::api::Connection::Connecting { step },
    )));
    let text = stage.text();
    assert!(!text.contains("3 here") && text.contains("#The team"), "{text}");
}

#[test]
fn a_room_in_clear_says_so_and_shows_no_keys() {
    let mut stage = in_the_room((160, 50), false);
    assert!(stage.text().contains("○ Bobby"), "{}", stage.text());
    let chat = stage.store(|tx, _| {
        let chat = chats::by_peer(tx, &room()).unwrap().unwrap().id;
        chats::set_encrypted(tx, chat, false).unwrap();
        chat
    });
    said(&mut stage, "Bobby", None, "in clear");
    stage.event(Event::Changed(Change::Room(chat)));
    let text = stage.text();
    assert!(text.contains("IN CLEAR") && !text.contains("○ Bobby"), "{text}");
}

/// Somebody asks to go into the room: the command.
fn asks_to_join(stage: &mut Stage) -> CommandId {
    stage.deaf = true;
    stage.type_in(&format!("/join {TEAM}"));
    stage.press(&["Enter"]);
    *stage.rooms_asked.last().unwrap()
}

#[test]
fn a_room_is_opened_once_we_are_in_it() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.said_by("bob@mired.test", "hello");
    stage.start();
    stage.online();
    let command = asks_to_join(&mut stage);
    assert!(!stage.text().contains("#"), "nobody is in it yet");
    let chat = stage.store(|tx, _| keep(tx).chat);
    go_in(&mut stage);
    stage.event(Event::Changed(Change::Room(chat)));
    let result = Ok(Outcome::Joined(Clean::line("ana")));
    stage.event(Event::Done { command, result });
    let text = stage.text();
    assert!(text.contains("#The team · 3 here"), "{text}");
}

#[test]
fn whoever_writes_something_else_by_then_is_only_told() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.said_by("bob@mired.test", "hello");
    stage.start();
    stage.online();
    let command = asks_to_join(&mut stage);
    stage.type_in("dear Bob");
    let chat = stage.store(|tx, _| keep(tx).chat);
    stage.event(Event::Changed(Change::Room(chat)));
    let result = Ok(Outcome::Joined(Clean::line("ana")));
    stage.event(Event::Done { command, result });
    let text = stage.text();
    assert!(text.contains("You are in #The team now."), "{text}");
    assert!(text.contains(" Bob · bob@mired.test"), "{text}");
}

#[test]
fn the_people_of_a_room_are_shown_at_every_width() {
    for (columns, rows) in [(80, 24), (40, 12)] {
        let mut stage = in_the_room((columns, rows), false);
        stage.press(&["F3"]);
        insta::assert_snapshot!(format!("room-members-{columns}x{rows}"), stage.text());
        stage.press(&["F3"]);
        assert!(stage.text().contains("Shall we move"), "it goes as it came");
        stage.press(&["Alt-V"]);
        assert!(stage.text().contains("3 here, 4 members"), "{}", stage.text());
    }
    let mut stage = in_the_room((160, 50), false);
    stage.press(&["F3"]);
    assert!(!stage.text().contains("Not here"), "the pane goes");
}

#[test]
fn a_text_in_a_room_is_completed_with_nicks() {
    let mut stage = in_the_room((80, 24), false);
    stage.type_in("bo");
    stage.press(&["Tab"]);
    stage.type_in("and @car");
    stage.press(&["Tab"]);
    assert_eq!(stage.app().chat_pane.composer.text(), "Bobby: and @carol 漢字 ");
}

#[test]
fn the_form_of_a_room_is_shown_when_it_came_and_nobody_writes_something_else() {
    let mut stage = in_the_room((80, 24), false);
    stage.deaf = true;
    let ask = |stage: &mut Stage| {
        stage.type_in("/config");
        stage.press(&["Enter"]);
        *stage.rooms_asked.last().unwrap()
    };
    let answer = |stage: &mut Stage, command| {
        let result = Ok(Outcome::RoomForm(Box::default()));
        stage.event(Event::Done { command, result });
    };
    let command = ask(&mut stage);
    stage.type_in("hello");
    answer(&mut stage, command);
    let text = stage.text();
    assert!(
        text.contains("/config shows it") && text.contains("Shall we move"),
        "{text}"
    );
    stage.press(&["Ctrl-X"]);
    let command = ask(&mut stage);
    answer(&mut stage, command);
    let text = stage.text();
    assert!(text.contains("What #The team is"), "{text}");
    stage.press(&["Esc"]);
    assert!(stage.text().contains("Shall we move"));
}

#[test]
fn what_calls_us_is_counted_beside_what_is_unread() {
    let mut stage = in_the_room((80, 24), false);
    stage.press(&["Alt-Down"]);
    assert!(
        stage.text().contains(" Bob · bob@mired.test"),
        "another chat is open"
    );
    said(&mut stage, "Bobby", None, "hello");
    let id = said(&mut stage, "Bobby", None, "hello ana");
    stage.store(|tx, _| messages::set_mention(tx, id).unwrap());
    stage.event(Event::Changed(Change::Messages(vec![id])));
    let text = stage.text();
    assert!(text.contains("@1 2 "), "{text}");
}

#[test]
fn of_a_room_the_bell_rings_for_what_the_person_wants_to_hear() {
    let mut stage = in_the_room((80, 24), false);
    stage.press(&["Alt-Down"]);
    let bells = |stage: &mut Stage, notify, mention| {
        stage.minutes(1);
        stage.store(|tx, _| {
            let chat = chats::by_peer(tx, &room()).unwrap().unwrap().id;
            let mut kept = rooms::get(tx, chat).unwrap().unwrap();
            kept.notify = notify;
            rooms::set_bookmark(tx, &kept).unwrap();
        });
        // Told only once it is known whether it calls us, as the core does.
        let app = stage.app.take();
        let id = said(stage, "Bobby", None, "hello");
        if mention {
            stage.store(|tx, _| messages::set_mention(tx, id).unwrap());
        }
        stage.app = app;
        stage.effects.clear();
        stage.event(Event::Changed(Change::Messages(vec![id])));
        stage.effects.contains(&Effect::Bell)
    };
    assert!(bells(&mut stage, RoomNotify::Always, false));
    assert!(!bells(&mut stage, RoomNotify::Mentions, false));
    assert!(bells(&mut stage, RoomNotify::Mentions, true));
    assert!(!bells(&mut stage, RoomNotify::Never, true));
}

#[test]
fn an_invitation_is_asked_about_and_takes_nobody_into_a_room() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.said_by("bob@mired.test", "hello");
    stage.start();
    stage.online();
    stage.deaf = true;
    let notice = RoomsNotice::Invited {
        room: jid(TEAM),
        by: Some(Clean::line("carol@mired.test")),
        reason: None,
    };
    stage.event(Event::Notice(notice.into()));
    let text = stage.text();
    assert!(
        text.contains("carol@mired.test asks you to come into the room"),
        "{text}"
    );
    assert!(stage.rooms_asked.is_empty());
    stage.press(&["j", "j"]);
    assert_eq!(stage.rooms_asked.len(), 1);
}

#[test]
fn a_room_with_a_password_asks_for_it_hidden() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.said_by("bob@mired.test", "hello");
    stage.start();
    stage.online();
    let command = asks_to_join(&mut stage);
    let result = Err(RoomsFailure::WantsPassword(jid(TEAM)).into());
    stage.event(Event::Done { command, result });
    assert!(
        stage.text().contains("Password of team@rooms.mired.test"),
        "{}",
        stage.text()
    );
    stage.type_in("cake");
    assert!(!stage.text().contains("cake"));
    stage.press(&["Enter"]);
    assert_eq!(stage.rooms_asked.len(), 2);
    assert!(!stage.text().contains("Password of"));
}
