//! Where the server would see of which message something is; and what becomes of it over a restart, in another
//! chat, when its message goes.

use susurro::model::{MessageId, Retracted, Trust};
use susurro::store::about::retractions;
use susurro::store::chats;

use crate::about::{BOB, body, composed, emojis, rows, stage};
use crate::stage::jid;

/// Bob's device reads the old dialect only.
#[test]
fn what_the_server_would_see_is_asked_about_and_nothing_is_lost() {
    let mut stage = stage(false);
    stage.press(&["Ctrl-Up", "a"]);
    stage.type_in("Yes, to Friday");
    stage.press(&["Enter"]);
    insta::assert_snapshot!("would-reveal", stage.text());
    assert_eq!(rows(&mut stage).len(), 2);
    stage.press(&["Esc"]);
    assert_eq!(composed(&stage), "Yes, to Friday");
    assert!(stage.text().contains("Answer to Bob"), "it is still an answer");
    stage.press(&["Enter", "s", "s"]);
    let all = rows(&mut stage);
    assert_eq!(body(&all[2]), "Yes, to Friday");
    assert!(all[2].reply_to.is_some());
    assert_eq!(composed(&stage), "");
    // It is remembered.
    stage.press(&["Ctrl-Up", "Ctrl-Up", "+", "1"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), ["👍"]);
}

#[test]
fn a_correction_that_would_reveal_stays_one() {
    let mut stage = stage(false);
    stage.type_in("half");
    stage.press(&["Ctrl-Up", "Ctrl-Up", "e"]);
    stage.type_in("!");
    stage.press(&["Enter"]);
    assert!(
        stage
            .text()
            .contains("The server would see that you change a message"),
        "{}",
        stage.text()
    );
    stage.press(&["Esc"]);
    assert_eq!(composed(&stage), "The hall is free at eight!");
    assert!(stage.text().contains("Editing: The hall is free at eight"));
    stage.press(&["Enter", "s", "s"]);
    assert_eq!(body(&rows(&mut stage)[0]), "The hall is free at eight!");
    assert_eq!(composed(&stage), "half");
    assert_eq!(rows(&mut stage).len(), 2);
}

#[test]
fn a_reaction_or_a_retraction_that_would_reveal_is_asked_about_too() {
    let mut stage = stage(false);
    stage.press(&["Ctrl-Up", "+", "2"]);
    assert!(
        stage.text().contains("which message you react to"),
        "{}",
        stage.text()
    );
    stage.press(&["Esc"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), Vec::<&str>::new());
    stage.press(&["Ctrl-Up", "w", "y", "y"]);
    assert!(
        stage.text().contains("that you take back a message"),
        "{}",
        stage.text()
    );
    stage.press(&["s", "s"]);
    assert!(rows(&mut stage)[0].retracted.is_some());
}

#[test]
fn a_draft_is_what_it_was_after_a_restart() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "a"]);
    stage.type_in("half an answer");
    stage.press(&["Ctrl-Q"]);
    stage.start();
    assert!(
        stage.text().contains("Answer to Bob: Shall we move"),
        "{}",
        stage.text()
    );
    stage.press(&["Enter"]);
    assert!(rows(&mut stage)[2].reply_to.is_some());

    stage.press(&["Ctrl-Up", "Ctrl-Up", "Ctrl-Up", "e"]);
    stage.type_in("!");
    stage.press(&["Ctrl-Q"]);
    stage.start();
    assert_eq!(composed(&stage), "The hall is free at eight!");
    assert!(stage.text().contains("Editing: The hall"), "{}", stage.text());
    // Meanwhile it goes.
    let first: MessageId = rows(&mut stage)[0].id;
    stage.press(&["Ctrl-Q"]);
    stage.store(|tx, _| assert!(susurro::store::deleted::message(tx, first).unwrap()));
    stage.start();
    assert!(
        stage.text().contains("Editing a message that is gone"),
        "{}",
        stage.text()
    );
    let before = rows(&mut stage).len();
    stage.press(&["Enter"]);
    assert_eq!(
        rows(&mut stage).len(),
        before,
        "a correction never leaves as a new message"
    );
    assert_eq!(composed(&stage), "The hall is free at eight!");
    stage.press(&["Esc"]);
    assert_eq!(composed(&stage), "");
    stage.press(&["Ctrl-Y"]);
    assert_eq!(composed(&stage), "The hall is free at eight!");
}

#[test]
fn another_chat_has_its_own_draft_and_the_answer_waits() {
    let mut stage = stage(true);
    stage.said_by("carol@mired.test", "hello?");
    stage.press(&["Ctrl-Up", "a"]);
    stage.type_in("half an answer");
    stage.press(&["Alt-A"]);
    assert_eq!(composed(&stage), "");
    assert!(!stage.text().contains("Answer to"));
    stage.press(&["Alt-Up"]);
    assert_eq!(composed(&stage), "half an answer");
    assert!(stage.text().contains("Answer to Bob"), "{}", stage.text());
}

#[test]
fn an_answer_to_what_was_taken_back_meanwhile_comes_back() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "a"]);
    stage.type_in("Yes");
    let asked = rows(&mut stage)[1].id;
    stage.store(|tx, _| assert!(retractions::apply(tx, asked, Retracted::Author).unwrap()));
    stage.event(susurro::api::Event::Changed(susurro::api::Change::Messages(
        vec![asked],
    )));
    assert!(stage.text().contains("Answer to a message that is gone"));
    stage.press(&["Enter"]);
    assert_eq!(composed(&stage), "Yes");
    assert_eq!(rows(&mut stage).len(), 2);
}

/// The list of keys of Bob changes while the question stands.
#[test]
fn what_was_allowed_before_is_not_asked_again() {
    let mut stage = stage(false);
    let bob = stage.chat(&jid(BOB));
    stage.store(|tx, _| chats::set_reveal(tx, bob).unwrap());
    stage.device(BOB, 4712, crate::stage::identity(9), Trust::Blind);
    stage.press(&["Ctrl-Up", "+", "1"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), ["👍"]);
}
