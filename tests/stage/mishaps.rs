//! What goes wrong loses nothing: refused commands, sessions that end, strangers who write first.

use susurro::api::{CatchUp, Change, Connection, Event, Failure, State};
use susurro::model::failure::{DatabaseFault, LoginFailure, LoginRefusal, NetFailure, TcpFault};
use susurro::model::{Clean, KeysFailure, MessageFailure, PublishFault, StreamFailure, Trust, Unreachable};
use susurro::tui::app::Effect;

use crate::stage::{MONO, Stage, identity};

/// As the connection says it.
const UNREACHABLE: &str =
    "No connection to 127.0.0.1:54073 (connection refused); check the network, or the address.";

fn stage() -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    stage.bob("hello");
    stage.said_by("carol@mired.test", "hi");
    stage.start();
    stage.online();
    stage.draw();
    stage
}

fn composed(stage: &Stage) -> String {
    stage.app().chat_pane.composer.text().to_owned()
}

/// Types a message, and has the session answer that it could not be stored.
fn refused(stage: &mut Stage, meanwhile: impl FnOnce(&mut Stage)) {
    stage.deaf = true;
    stage.type_in("precious");
    stage.press(&["Enter"]);
    let id = stage.unheard.last().copied().unwrap();
    stage.deaf = false;
    meanwhile(stage);
    let why = StreamFailure::Database(DatabaseFault::Full);
    stage.event(Event::Done {
        command: id,
        result: Err(why.into()),
    });
    stage.draw();
}

#[test]
fn a_message_that_could_not_be_stored_comes_back() {
    let mut stage = stage();
    refused(&mut stage, |_| {});
    assert_eq!(composed(&stage), "precious");
    assert!(stage.text().contains("the disk is full"), "{}", stage.text());
}

#[test]
fn it_comes_back_before_what_was_written_since() {
    let mut stage = stage();
    refused(&mut stage, |stage| stage.type_in("next"));
    assert_eq!(composed(&stage), "precious\nnext");
}

#[test]
fn it_comes_back_to_its_own_chat() {
    let mut stage = stage();
    let there = stage.app().facts.chat.clone().unwrap();
    refused(&mut stage, |stage| stage.press(&["Alt-Down"]));
    assert_ne!(stage.app().facts.chat.as_ref(), Some(&there));
    assert_eq!(composed(&stage), "");
    stage.press(&["Alt-Up"]);
    assert_eq!(composed(&stage), "precious");
}

#[test]
fn a_refused_login_does_not_take_what_is_being_typed() {
    let mut stage = stage();
    stage.type_in("my secret pl");
    let why = Some(LoginFailure::Refused(LoginRefusal::Password).into());
    stage.event(Event::State(State::Connection(Connection::Stopped { why })));
    stage.draw();
    stage.type_in("an");
    assert_eq!(composed(&stage), "my secret plan");
    stage.press(&["Enter"]);
    assert_eq!(composed(&stage), "", "it is queued as the message that it is");
    let sent = stage.sent(stage.app().facts.chat.clone().unwrap().address.as_str());
    assert_eq!(sent.last().unwrap().0, "my secret plan");
}

#[test]
fn half_a_message_is_not_moved_to_somebody_who_writes_first() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.store(|tx, account| {
        for name in ["bob", "carol", "dave"] {
            let jid = crate::stage::jid(&format!("{name}@mired.test"));
            susurro::store::contacts::remove(tx, account, &jid).unwrap();
        }
    });
    stage.start();
    stage.type_in("dear");
    stage.said_by("mallory@mired.test", "hi");
    stage.draw();
    assert_eq!(stage.app().facts.chat, None);
    assert_eq!(composed(&stage), "dear");
}

#[test]
fn a_notice_goes_with_the_next_key() {
    let mut stage = stage();
    stage.press(&["Alt-A", "Alt-A", "Alt-A"]);
    assert!(stage.text().contains("Nothing is unread."), "{}", stage.text());
    stage.press(&["Ctrl-P"]);
    assert!(!stage.text().contains("Nothing is unread."), "{}", stage.text());
}

#[test]
fn who_asks_to_be_a_contact_is_told_in_one_line() {
    let mut stage = stage();
    stage.store(|tx, account| {
        let stranger = crate::stage::jid("mallory@elsewhere.test");
        susurro::store::contacts::set_request(tx, account, &stranger, true).unwrap();
    });
    stage.event(Event::Changed(susurro::api::Change::Contacts));
    assert!(
        stage
            .text()
            .contains("/requests: somebody asks to be your contact"),
        "{}",
        stage.text()
    );
    assert!(!stage.text().contains("mallory"), "{}", stage.text());
}

#[test]
fn a_session_that_ended_is_told_and_nothing_typed_is_lost() {
    let mut stage = stage();
    stage.app.as_mut().unwrap().session_ended();
    assert!(stage.text().contains("The session has ended"), "{}", stage.text());
    assert!(!stage.effects.contains(&Effect::Quit));
}

/// There is no connection, for this reason; the next try is at 11:05:30.
fn waiting(stage: &mut Stage, why: TcpFault) {
    let why = NetFailure::Unreached {
        host: Clean::line("127.0.0.1"),
        port: 54073,
        why,
    };
    let waiting = Connection::Waiting {
        why: why.into(),
        next_try: "2026-11-20T11:05:30Z".parse().unwrap(),
    };
    stage.event(Event::State(State::Connection(waiting)));
}

fn refused_connection() -> TcpFault {
    TcpFault::Other(Clean::line("connection refused"))
}

/// What the system says, over and over.
fn endless(words: &str) -> TcpFault {
    TcpFault::Other(Clean::line(&words.repeat(400)))
}

/// What the screen shows, its lines joined.
fn joined(stage: &mut Stage) -> String {
    let text = stage.text();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_said_of_a_lost_connection_goes_when_it_is_back_and_nothing_else_does() {
    let mut stage = stage();
    waiting(&mut stage, refused_connection());
    assert!(joined(&mut stage).contains("connection refused"));
    stage.online();
    let text = stage.text();
    assert!(!text.contains("connection refused"), "{text}");
    waiting(&mut stage, refused_connection());
    refused(&mut stage, |_| {});
    stage.online();
    assert!(stage.text().contains("the disk is full"), "{}", stage.text());
}

#[test]
fn what_fails_says_what_to_do_and_when_the_next_try_is_at_every_size() {
    for size in [(80, 24), (40, 12)] {
        let mut stage = stage();
        stage.resize(size.0, size.1);
        waiting(&mut stage, refused_connection());
        let text = joined(&mut stage);
        assert!(text.contains(UNREACHABLE), "{}", stage.text());
        assert!(text.contains("offline, next try at 11:05:30"), "{}", stage.text());
        // The place of the conversation is its own again with the next key.
        stage.press(&["Ctrl-L"]);
        assert!(
            !joined(&mut stage).contains("check the network"),
            "{}",
            stage.text()
        );
    }
}

#[test]
fn a_notice_of_any_length_leaves_room_to_write_and_is_marked_where_it_is_cut() {
    for size in [(80, 24), (40, 12), (40, 6), (20, 3)] {
        let mut stage = stage();
        stage.resize(size.0, size.1);
        waiting(&mut stage, endless("nobody knows why, "));
        stage.type_in("kept");
        waiting(&mut stage, endless("and still nobody knows, "));
        let text = stage.text();
        assert!(text.contains("kept"), "{size:?}\n{text}");
        assert!(size.1 < 6 || text.contains('…'), "{size:?}\n{text}");
    }
}

#[test]
fn who_asks_for_a_connection_is_told_again_why_there_is_none() {
    let mut stage = stage();
    waiting(&mut stage, refused_connection());
    stage.press(&["Ctrl-L"]);
    waiting(&mut stage, refused_connection());
    assert!(!joined(&mut stage).contains("check the network"));
    stage.type_in("/connect");
    stage.press(&["Enter"]);
    waiting(&mut stage, refused_connection());
    assert!(
        joined(&mut stage).contains("check the network"),
        "{}",
        stage.text()
    );
}

/// Whether this is said, and still so after another frame.
fn is_said(stage: &mut Stage, words: &str) -> bool {
    stage.text();
    stage.text().contains(words)
}

#[test]
fn that_nothing_is_unread_is_not_said_beside_what_is() {
    let mut stage = stage();
    stage.press(&["Alt-A", "Alt-A", "Alt-A"]);
    assert!(is_said(&mut stage, "Nothing is unread."));
    let id = stage.said_by("dave@mired.test", "are you there?");
    stage.event(Event::Changed(Change::Messages(vec![id])));
    assert!(!is_said(&mut stage, "Nothing is unread."), "{}", stage.text());
}

#[test]
fn that_somebody_has_no_keys_is_not_said_beside_encrypted() {
    let mut stage = stage();
    stage.press(&["Alt-A"]);
    let jid = stage.app().facts.chat.clone().unwrap().address;
    assert_eq!(jid.as_str(), "carol@mired.test", "she has no key yet");
    stage.deaf = true;
    stage.type_in("hello?");
    stage.press(&["Enter"]);
    stage.deaf = false;
    let why = MessageFailure::Unreachable(Unreachable::NoKeys);
    let why = Failure::Message(jid.clone(), why);
    let id = stage.unheard.last().copied().unwrap();
    stage.event(Event::Done {
        command: id,
        result: Err(why),
    });
    assert!(is_said(&mut stage, "publish no OMEMO keys"), "{}", stage.text());
    stage.device(jid.as_str(), 31, identity(31), Trust::Blind);
    stage.event(Event::Changed(Change::Devices(jid)));
    assert!(!is_said(&mut stage, "publish no OMEMO keys"), "{}", stage.text());
}

/// An answer to a request that was given on another device.
#[test]
fn that_somebody_asks_is_said_until_they_are_answered() {
    let mut stage = stage();
    let stranger = crate::stage::jid("mallory@elsewhere.test");
    for asks in [true, false] {
        stage.store(|tx, account| {
            susurro::store::contacts::set_request(tx, account, &stranger, asks).unwrap();
        });
        stage.event(Event::Changed(Change::Contacts));
        assert_eq!(is_said(&mut stage, "somebody asks"), asks, "{}", stage.text());
    }
}

#[test]
fn that_nobody_can_write_to_this_device_is_said_until_its_keys_are_published() {
    let mut stage = stage();
    let why = KeysFailure::NotPublished(PublishFault::ListTooLarge);
    stage.event(Event::State(State::KeysRefused(why.into())));
    assert!(is_said(&mut stage, "keeps us from publishing"));
    stage.event(Event::State(State::KeysPublished));
    assert!(
        !is_said(&mut stage, "keeps us from publishing"),
        "{}",
        stage.text()
    );
}

#[test]
fn that_the_details_have_no_room_is_said_until_they_have() {
    let mut stage = stage();
    stage.press(&["F3"]);
    assert!(is_said(&mut stage, "needs 120 columns"), "{}", stage.text());
    stage.resize(100, 24);
    assert!(is_said(&mut stage, "needs 120 columns"));
    stage.resize(130, 24);
    assert!(!is_said(&mut stage, "needs 120 columns"), "{}", stage.text());
}

#[test]
fn what_is_read_of_the_archive_is_said_where_the_connection_is_and_gives_way_where_there_is_no_room() {
    let mut stage = stage();
    let head = |stage: &mut Stage| stage.text().lines().next().unwrap().to_owned();
    let catch_up = |stage: &mut Stage, state: CatchUp| stage.event(Event::State(State::CatchUp(state)));
    catch_up(&mut stage, CatchUp::Since { messages: 0 });
    assert!(!head(&mut stage).contains("catching"), "{}", head(&mut stage));
    catch_up(&mut stage, CatchUp::Since { messages: 12 });
    assert!(head(&mut stage).contains("online, catching up: 12 messages"));
    let reached = "2026-09-03T10:00:00Z".parse().unwrap();
    catch_up(
        &mut stage,
        CatchUp::Back {
            messages: 300,
            reached,
        },
    );
    assert!(head(&mut stage).contains("online, reading back to 3 Sep"));
    stage.resize(40, 12);
    assert!(!head(&mut stage).contains("back"), "{}", head(&mut stage));
    stage.resize(80, 24);
    let next_try = reached;
    catch_up(&mut stage, CatchUp::Failed { next_try });
    assert!(
        head(&mut stage).contains("online, archive does not answer"),
        "{}",
        head(&mut stage)
    );
    catch_up(&mut stage, CatchUp::Done);
    assert!(!head(&mut stage).contains("reading"), "{}", head(&mut stage));
}
