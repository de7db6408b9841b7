//! Forwarding a message: its words come to the other chat's composer, and nothing is sent before Enter.

use susurro::model::{Protection, Retracted, Trust, UnreadableReason};
use susurro::store::about::retractions;
use susurro::store::{chats, messages};

use crate::about::composed;
use crate::stage::{MONO, Stage, identity, jid};

const CAROL: &str = "carol@mired.test";
const DAVE: &str = "dave@mired.test";

/// Bob wrote something; Carol's chat is encrypted, Dave's in clear.
fn stage(body: &str) -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    stage.device(CAROL, 77, identity(3), Trust::Blind);
    let dave = stage.chat(&jid(DAVE));
    stage.store(|tx, _| chats::set_encrypted(tx, dave, false).unwrap());
    stage.said_by(CAROL, "hello?");
    stage.said_by(DAVE, "in clear");
    stage.minutes(1);
    stage.bob(body);
    let bob = stage.chat(&jid("bob@mired.test"));
    stage.store(|tx, account| chats::set_current(tx, account, bob).unwrap());
    stage.start();
    stage.online();
    stage.settle();
    stage
}

#[test]
fn a_message_comes_to_the_other_chat_and_leaves_when_the_person_sends_it() {
    let mut stage = stage("The key is under\nthe third pot");
    stage.press(&["Ctrl-Up", "f"]);
    insta::assert_snapshot!("whom", stage.text());
    stage.type_in("car");
    stage.press(&["Enter"]);
    insta::assert_snapshot!("brought", stage.text());
    assert_eq!(stage.sent(CAROL), []);
    stage.press(&["Enter"]);
    let sent = stage.sent(CAROL);
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].0.as_str(), sent[0].2),
        ("The key is under\nthe third pot", Protection::OmemoLegacy)
    );
}

#[test]
fn it_stands_behind_what_was_being_written_there() {
    let mut stage = stage("/quit is how one leaves");
    stage.type_in("half a message to Bob");
    stage.press(&["Ctrl-Up", "f"]);
    stage.type_in("carol");
    stage.press(&["Enter"]);
    // What begins with a slash is sent as it was written, and is no command.
    assert_eq!(composed(&stage), "//quit is how one leaves");
    stage.press(&["Ctrl-Up", "f"]);
    stage.type_in("bob");
    stage.press(&["Enter"]);
    assert_eq!(composed(&stage), "half a message to Bob\nhello?");
    stage.press(&["Ctrl-P"]);
    stage.type_in("carol");
    stage.press(&["Enter", "Enter"]);
    assert_eq!(stage.sent(CAROL)[0].0, "/quit is how one leaves");
}

#[test]
fn what_came_encrypted_and_goes_to_a_chat_in_clear_is_said() {
    let mut stage = stage("The key is under the third pot");
    stage.press(&["Ctrl-Up", "f"]);
    stage.type_in("dave");
    stage.press(&["Enter"]);
    insta::assert_snapshot!("to_a_chat_in_clear", stage.text());
    assert_eq!(stage.sent(DAVE), []);
}

#[test]
fn esc_leaves_everything_as_it_was() {
    let mut stage = stage("The key is under the third pot");
    stage.type_in("half a message");
    stage.press(&["Ctrl-Up", "f"]);
    stage.type_in("nobody of this name");
    assert!(
        stage.text().contains("Nobody has such a name."),
        "{}",
        stage.text()
    );
    stage.press(&["Enter"]);
    assert!(stage.text().contains("Forward the message to which chat?"));
    stage.press(&["Esc"]);
    assert_eq!(composed(&stage), "half a message");
    assert!(stage.text().contains("The key is under the third pot"));
}

#[test]
fn what_is_gone_or_was_never_read_is_not_forwarded() {
    let mut stage = stage("The key is under the third pot");
    stage.press(&["Ctrl-Up", "f"]);
    let bob = stage.chat(&jid("bob@mired.test"));
    // Its author takes it back while somebody looks for the other chat.
    stage.store(|tx, _| {
        let message = messages::history(tx, bob, None, 1).unwrap().remove(0);
        assert!(retractions::apply(tx, message.id, Retracted::Author).unwrap());
    });
    stage.type_in("carol");
    stage.press(&["Enter"]);
    assert_eq!(composed(&stage), "");
    assert!(
        stage.text().contains("not in the history any more"),
        "{}",
        stage.text()
    );
    stage.row(|new| {
        new.unreadable = Some(UnreadableReason::NoSession);
    });
    stage.press(&["Esc", "Ctrl-Up", "f"]);
    assert!(!stage.text().contains("to which chat"), "{}", stage.text());
}
