//! New devices, the truth line, clear chats: nothing is decided by accident.

use susurro::api::{Change, Event};
use susurro::model::{ChatEventKind, Peer, Protection, Trust};
use susurro::store::omemo;

use crate::stage::{MONO, Stage, identity, jid, peer};

fn stage() -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    stage.bob("hello");
    stage.start();
    stage.online();
    stage
}

fn with_new_device() -> Stage {
    let mut stage = stage();
    stage.device("bob@mired.test", 815, identity(9), Trust::Undecided);
    stage.draw();
    stage
}

fn trust_of(stage: &mut Stage, seed: u8) -> Trust {
    let bob = jid("bob@mired.test");
    stage.store(|tx, account| omemo::trust(tx, account, &bob, &identity(seed)).unwrap().unwrap())
}

#[test]
fn a_new_device_asks_and_one_key_answers() {
    // Twice: a text can begin with that letter.
    for (keys, trust) in [(["t", "t"], Trust::Blind), (["x", "x"], Trust::Distrusted)] {
        let mut stage = with_new_device();
        assert!(stage.text().contains("new device"), "{}", stage.text());
        for key in keys {
            stage.press(&[key]);
            stage.draw();
        }
        assert_eq!(trust_of(&mut stage, 9), trust);
        assert!(stage.app().asking.question.is_none());
        assert!(stage.app().chat_pane.composer.is_empty());
    }
}

#[test]
fn esc_decides_later_and_it_does_not_ask_again_at_once() {
    let mut stage = with_new_device();
    stage.press(&["Esc"]);
    assert_eq!(trust_of(&mut stage, 9), Trust::Undecided);
    stage.event(Event::Changed(Change::Devices(jid("bob@mired.test"))));
    stage.draw();
    assert!(stage.app().asking.question.is_none());
    assert!(
        stage.text().contains("left out"),
        "the truth line says it: {}",
        stage.text()
    );
}

#[test]
fn who_is_typing_decides_nothing() {
    let mut stage = stage();
    stage.type_in("we me");
    stage.device("bob@mired.test", 815, identity(9), Trust::Undecided);
    stage.draw();
    stage.type_in("t x v");
    assert_eq!(trust_of(&mut stage, 9), Trust::Undecided);
    assert_eq!(stage.app().chat_pane.composer.text(), "we met x v");
}

#[test]
fn verifying_takes_one_key_on_the_page_of_fingerprints() {
    let mut stage = stage();
    stage.type_in("/fingerprint");
    stage.press(&["Enter"]);
    stage.draw();
    stage.press(&["v"]);
    assert_eq!(trust_of(&mut stage, 1), Trust::Verified);
    stage.press(&["Esc"]);
    assert!(stage.text().contains("verified"), "{}", stage.text());
}

#[test]
fn going_clear_takes_a_typed_word_and_is_marked_everywhere() {
    let mut stage = stage();
    stage.type_in("/plaintext");
    stage.press(&["Enter"]);
    stage.press(&["Enter", "y"]);
    stage.type_in("lear");
    stage.press(&["Enter"]);
    stage.type_in("x");
    stage.press(&["Esc"]);
    assert!(!stage.text().contains("IN CLEAR"), "{}", stage.text());
    stage.press(&["Ctrl-U"]);
    stage.type_in("/plaintext");
    stage.press(&["Enter"]);
    stage.draw();
    stage.type_in("clear");
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(text.contains("IN CLEAR, the servers can read this"), "{text}");
    assert!(text.contains("PLAIN"), "{text}");
    stage.type_in("everybody may know");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test")[0].2, Protection::Clear);
    stage.type_in("/encrypt");
    stage.press(&["Enter"]);
    assert!(!stage.text().contains("IN CLEAR"), "{}", stage.text());
}

/// Whether Bob's request to stop encrypting waits for an answer, and whether his chat is encrypted.
fn asked(stage: &mut Stage) -> (bool, bool) {
    let bob = jid("bob@mired.test");
    stage.store(|tx, account| {
        let chat = susurro::store::chats::by_peer(tx, &Peer::new(account, bob.clone()))
            .unwrap()
            .unwrap();
        (chat.opted_out.is_some(), chat.encrypted)
    })
}

/// It is no message, but a chat in which somebody only asks is not silent.
#[test]
fn who_only_asks_to_stop_encrypting_is_heard_of() {
    let mut stage = stage();
    stage.resize(160, 50);
    stage.effects.clear();
    stage.asks_for_clear("carol@mired.test", ChatEventKind::UntrustedOptOut, "no\nkey");
    stage.settle();
    let said = format!("{:?}", stage.effects);
    assert!(said.contains("Bell") && said.contains("susurro (1)"), "{said}");
    let text = stage.text();
    assert!(text.contains("asks to go on without encryp"), "{text}");
    stage.press(&["Alt-A"]);
    let text = stage.text();
    assert!(text.contains("A device of Carol that you do not trust"), "{text}");
    assert!(stage.app().asking.question.is_none(), "nothing follows from that");
    assert_eq!(
        stage
            .app()
            .list_pane
            .list
            .find(&peer("carol@mired.test"))
            .unwrap()
            .unread,
        0
    );
    // In the chat that is open and in sight nothing rings.
    stage.now += std::time::Duration::from_secs(10);
    stage.effects.clear();
    stage.asks_for_clear("carol@mired.test", ChatEventKind::OptOut, "");
    stage.settle();
    let said = format!("{:?}", stage.effects);
    assert!(!said.contains("Bell"), "{said}");
    assert!(
        stage.text().contains("Carol asks to go on without encryption"),
        "{}",
        stage.text()
    );
}

#[test]
fn a_request_to_stop_encrypting_is_asked_once_and_nothing_is_sent_before_the_answer() {
    let mut stage = stage();
    stage.opts_out("my phone is old");
    let text = stage.text();
    assert!(text.contains("asks to go on without encryption"), "{text}");
    assert!(text.contains("decide"), "{text}");
    stage.press(&["Esc"]);
    stage.event(Event::Changed(Change::Chats));
    stage.draw();
    assert!(stage.app().asking.question.is_none());
    // The text stays where it was written.
    stage.type_in("still here?");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test"), []);
    assert_eq!(stage.app().chat_pane.composer.text(), "still here?");
    assert!(
        stage.text().contains("Nothing is sent until you decide"),
        "{}",
        stage.text()
    );
    assert_eq!(asked(&mut stage), (true, true));
    stage.press(&["Ctrl-U"]);
    stage.type_in("/encrypt");
    stage.press(&["Enter"]);
    assert_eq!(asked(&mut stage), (false, true));
    stage.type_in("encrypted");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test")[0].0, "encrypted");
    // The next request is a new one.
    stage.opts_out("");
    stage.draw();
    stage.press(&["s", "s"]);
    assert_eq!(asked(&mut stage), (false, true));
    assert!(stage.app().asking.question.is_none());
}

#[test]
fn going_clear_because_the_peer_asked_takes_the_typed_word_too() {
    let mut stage = stage();
    stage.opts_out("");
    stage.draw();
    stage.press(&["p", "p"]);
    assert_eq!(asked(&mut stage), (true, true));
    stage.type_in("clear");
    stage.press(&["Enter"]);
    assert_eq!(asked(&mut stage), (false, false));
    assert!(stage.text().contains("IN CLEAR"), "{}", stage.text());
}

#[test]
fn a_message_does_not_go_because_the_peer_asked_in_the_same_moment() {
    let mut stage = stage();
    stage.type_in("only encrypted");
    // Told, but not painted when Enter is pressed.
    stage.opts_out("");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test"), []);
    assert_eq!(stage.app().chat_pane.composer.text(), "only encrypted");
}

#[test]
fn this_device_is_named_from_its_page() {
    let mut stage = stage();
    stage.this_device();
    stage.type_in("/devices");
    stage.press(&["Enter", "n"]);
    stage.type_in("the desk");
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(
        text.contains("Your devices") && text.contains("\"the desk\""),
        "{text}"
    );
}

#[test]
fn a_message_does_not_go_with_less_protection_than_the_line_above_it_said() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.device("bob@mired.test", 4711, identity(1), Trust::Verified);
    stage.bob("hello");
    stage.start();
    stage.online();
    assert!(stage.text().contains("1 device · verified"), "{}", stage.text());
    stage.type_in("only for the one");
    // Told, but not painted when Enter is pressed.
    stage.device("bob@mired.test", 815, identity(9), Trust::Blind);
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test"), []);
    assert!(stage.text().contains("has just changed"), "{}", stage.text());
    assert_eq!(stage.app().chat_pane.composer.text(), "only for the one");
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("bob@mired.test").len(), 1);
}

#[test]
fn a_first_message_goes_though_the_keys_came_with_the_enter_key() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.said_by("carol@mired.test", "hello");
    stage.start();
    stage.online();
    stage.draw();
    stage.type_in("hello");
    stage.device("carol@mired.test", 815, identity(9), Trust::Blind);
    stage.press(&["Enter"]);
    assert_eq!(stage.sent("carol@mired.test").len(), 1);
}

#[test]
fn the_question_names_the_key_that_empties_the_composer() {
    let mut stage = stage();
    stage.type_in("we met");
    stage.device("bob@mired.test", 815, identity(9), Trust::Undecided);
    stage.draw();
    assert!(stage.text().contains("Ctrl-X"), "{}", stage.text());
    stage.press(&["Ctrl-X"]);
    stage.draw();
    stage.press(&["x", "x"]);
    assert_eq!(trust_of(&mut stage, 9), Trust::Distrusted);
}
