//! Beyond the oldest message that is here: the archive is asked, and the screen says so, says when there is nothing
//! more, and stays where it was when something comes.

use susurro::api::{Change, Connection, Event, Failure, Older, Outcome, State};
use susurro::model::{
    Author, ChatEventId, Clean, MessageId, MessageState, MessagesFailure, Protection, Refusal, StreamFailure,
    Timestamp,
};
use susurro::store::messages::{Archived, Inserted, NewMessage, insert_archived};
use susurro::store::{chats, events};

use crate::stage::{ASCII, MONO, Stage, jid, peer};

const READING: &str = "reading older messages";
const NOTHING: &str = "nothing older at the server";

/// A chat of so many numbered messages, a minute apart, online.
fn online(count: usize, capabilities: susurro::tui::theme::Capabilities) -> Stage {
    let mut stage = Stage::new((80, 24), capabilities);
    for n in 0..count {
        stage.minutes(1);
        stage.bob(&format!("message number {n}."));
    }
    stage.chat(&jid("bob@mired.test"));
    stage.start();
    stage.online();
    stage.press(&["Ctrl-End"]);
    stage
}

/// The archive brings a message of Bob's that is so many minutes older than the first one here.
fn past(stage: &mut Stage, minutes: i64) {
    let bob = jid("bob@mired.test");
    let chat = stage.chat(&bob);
    let begins: Timestamp = "2026-11-20T11:05:00Z".parse().unwrap();
    let new = NewMessage {
        chat,
        author: Author::Contact(bob),
        stanza_id: format!("past-{minutes}"),
        server_id: None,
        time: begins - std::time::Duration::from_secs(60 * minutes.unsigned_abs()),
        body: Some(Clean::new(&format!("older by {minutes}."))),
        unreadable: None,
        protection: Protection::Clear,
        unstyled: false,
        markable: false,
        device: None,
        fingerprint: None,
        trust: None,
        state: MessageState::Received,
    };
    let id: MessageId =
        stage.store(
            |tx, _| match insert_archived(tx, &new, Archived::Past { behind: None }).unwrap() {
                Inserted::New(id) => id,
                Inserted::Duplicate(_) => panic!("a duplicate"),
            },
        );
    stage.event(Event::Changed(Change::Messages(vec![id])));
}

fn ends(stage: &mut Stage, result: Result<Older, Failure>) {
    let (command, _) = *stage.read_back.last().unwrap();
    let result = result.map(Outcome::ReadBack);
    stage.event(Event::Done { command, result });
}

/// Where a text stands, from the lower edge of the screen.
fn from_below(stage: &mut Stage, what: &str) -> Option<usize> {
    stage.text().lines().rev().position(|line| line.contains(what))
}

#[test]
fn whoever_goes_up_at_the_oldest_message_asks_and_stays_where_they_are() {
    for key in ["PgUp", "Shift-Up", "Ctrl-Home"] {
        let mut stage = online(60, MONO);
        // Somewhere in the middle nobody asks.
        stage.press(&["PgUp"]);
        assert!(stage.read_back.is_empty());
        stage.press(&["Ctrl-Home"]);
        assert_eq!(stage.read_back.len(), 1, "{key}");
        let text = stage.text();
        assert!(
            text.contains(READING) && text.contains("message number 0."),
            "{key}\n{text}"
        );
        // While it is on its way it is not asked again.
        stage.press(&[key]);
        assert_eq!(stage.read_back.len(), 1, "{key}");
        let seen = ["message number 0.", "message number 5.", "message number 15."];
        let before = seen.map(|what| from_below(&mut stage, what));
        for minutes in (1..=50).rev() {
            past(&mut stage, minutes);
            stage.draw();
        }
        ends(&mut stage, Ok(Older::More));
        assert_eq!(
            seen.map(|what| from_below(&mut stage, what)),
            before,
            "{}",
            stage.text()
        );
        let text = stage.text();
        assert!(
            !text.contains(READING) && text.contains("older by 1."),
            "{key}\n{text}"
        );
        assert_eq!(stage.app().list_pane.list.entries[0].unread, 0);
        stage.press(&["Ctrl-Home"]);
        assert!(stage.text().contains("older by 50."), "{}", stage.text());
        assert_eq!(stage.read_back.len(), 2, "{key}");
    }
}

#[test]
fn a_chat_that_fills_no_screen_asks_at_a_key_that_goes_up() {
    let mut stage = online(3, ASCII);
    assert!(stage.read_back.is_empty());
    stage.press(&["PgUp"]);
    assert_eq!(stage.read_back.len(), 1);
    assert!(
        stage.text().contains("reading older messages~"),
        "{}",
        stage.text()
    );
    let before = from_below(&mut stage, "message number 2.");
    past(&mut stage, 5);
    ends(&mut stage, Ok(Older::Nothing));
    let text = stage.text();
    assert!(text.contains(NOTHING) && text.contains("older by 5."), "{text}");
    assert_eq!(from_below(&mut stage, "message number 2."), before);
    // Nor is it asked again.
    stage.press(&["PgUp", "Ctrl-Home", "Shift-Up"]);
    assert_eq!(stage.read_back.len(), 1);
    // A new message comes as ever.
    stage.bob("message number 3.");
    assert_eq!(from_below(&mut stage, "message number 3."), before);
}

/// Selecting goes through what is here; whoever goes on at the oldest message asks.
#[test]
fn selecting_asks_where_nothing_stands_above_the_selected_message() {
    let mut stage = online(3, MONO);
    stage.press(&["Ctrl-Up", "Ctrl-Up", "Ctrl-Up"]);
    assert!(stage.read_back.is_empty());
    stage.press(&["Ctrl-Up"]);
    assert_eq!(stage.read_back.len(), 1);
    past(&mut stage, 5);
    ends(&mut stage, Ok(Older::More));
    stage.draw();
    stage.press(&["Ctrl-Up"]);
    assert_eq!(stage.read_back.len(), 1);
    let selected = stage.app().chat_pane.open.as_ref().unwrap().history.selected();
    let body = selected.and_then(|row| row.body.as_ref()).unwrap();
    assert_eq!(body.as_str(), "older by 5.");
}

#[test]
fn an_empty_chat_asks_too() {
    let mut stage = online(0, MONO);
    stage.press(&["PgUp"]);
    assert_eq!(stage.read_back.len(), 1);
    assert!(stage.text().contains(READING), "{}", stage.text());
    ends(&mut stage, Ok(Older::Deleted));
    assert!(
        stage.text().contains("what is older was deleted here"),
        "{}",
        stage.text()
    );
}

#[test]
fn what_is_said_belongs_to_its_chat() {
    let mut stage = online(3, MONO);
    stage.press(&["PgUp"]);
    ends(&mut stage, Ok(Older::Nothing));
    stage.said_by("carol@mired.test", "hello");
    stage.press(&["Alt-A"]);
    assert!(!stage.text().contains(NOTHING), "{}", stage.text());
    stage.press(&["PgUp"]);
    assert_eq!(stage.read_back.len(), 2);
    assert!(stage.app().chat_pane.open.as_ref().unwrap().peer == peer("carol@mired.test"));
}

#[test]
fn offline_it_says_so_and_a_failure_says_what_to_do() {
    let mut stage = online(3, MONO);
    stage.press(&["PgUp"]);
    let failure = MessagesFailure::NoOlder(Refusal::TimedOut);
    ends(&mut stage, Err(failure.into()));
    let text = stage.text();
    assert!(
        text.contains("go up once more to ask again") && !text.contains(READING),
        "{text}"
    );
    stage.press(&["PgUp"]);
    assert_eq!(stage.read_back.len(), 2);
    let lost = Connection::Waiting {
        why: StreamFailure::Silent.into(),
        next_try: stage.now,
    };
    ends(&mut stage, Err(StreamFailure::NotConnected.into()));
    stage.event(Event::State(State::Connection(lost)));
    assert!(!stage.text().contains(READING), "{}", stage.text());
    stage.press(&["PgUp"]);
    assert_eq!(stage.read_back.len(), 2);
    let offline = "offline: cannot read older messages";
    assert!(stage.text().contains(offline), "{}", stage.text());
    stage.online();
    assert!(!stage.text().contains("offline:"), "{}", stage.text());
    stage.press(&["PgUp"]);
    assert_eq!(stage.read_back.len(), 3);
    // Where it begins is known without a connection too.
    ends(&mut stage, Ok(Older::Nothing));
    let why = StreamFailure::Silent.into();
    let next_try = stage.now;
    stage.event(Event::State(State::Connection(Connection::Waiting {
        why,
        next_try,
    })));
    stage.press(&["PgUp"]);
    assert!(stage.text().contains(NOTHING), "{}", stage.text());
}

#[test]
fn a_hole_that_comes_into_sight_is_asked_for_once() {
    let mut stage = online(60, MONO);
    let hole = stage.store(|tx, account| {
        let bob = chats::by_peer(tx, &peer("bob@mired.test")).unwrap().unwrap().id;
        let at = |minute: i64| {
            let begins: Timestamp = "2026-11-20T11:05:00Z".parse().unwrap();
            begins + std::time::Duration::from_secs(60 * minute.unsigned_abs())
        };
        events::gap(tx, account, at(30), at(31)).unwrap();
        let lines = events::before(tx, bob, (None, None), 10).unwrap();
        lines[0].id
    });
    stage.event(Event::Changed(Change::Chats));
    assert!(stage.read_back.is_empty());
    let asked = |stage: &Stage| -> Vec<Option<ChatEventId>> {
        stage.read_back.iter().map(|(_, hole)| *hole).collect()
    };
    stage.press(&["PgUp"]);
    assert_eq!(asked(&stage), [Some(hole)]);
    assert!(
        stage
            .text()
            .contains("Asking the server for what is missing here"),
        "{}",
        stage.text()
    );
    ends(&mut stage, Ok(Older::Nothing));
    assert!(
        stage
            .text()
            .contains("The server has nothing of what is missing here."),
        "{}",
        stage.text()
    );
    stage.press(&["Shift-Up", "PgDn", "PgUp"]);
    assert_eq!(asked(&stage), [Some(hole)]);
    stage.press(&["Ctrl-Home"]);
    assert_eq!(asked(&stage), [Some(hole), None]);
}
