//! A letter on the selected message: sent again, taken back.

use susurro::model::{
    Clean, Left, MessageFailure, MessageId, MessageState, Peer, ReplyTo, Trust, UnreadableReason,
};
use susurro::store::{left, messages};

use crate::stage::{MONO, Stage};

const BOB: &str = "bob@mired.test";

/// One message of ours that has come so far.
fn stage(state: MessageState, way: Left, why: &str) -> (Stage, MessageId) {
    let mut stage = Stage::new((80, 24), MONO);
    let id = stage.own("hello", state);
    stage.store(|tx, _| {
        let why = Some(why).filter(|why| !why.is_empty());
        let why = why.map(|why| MessageFailure::Words(Clean::new(why)));
        messages::set_state(tx, id, state, why.as_ref()).unwrap();
        left::set(tx, id, way).unwrap();
    });
    stage.start();
    stage.online();
    stage.draw();
    (stage, id)
}

fn rows(stage: &mut Stage) -> Vec<(MessageState, Option<MessageFailure>)> {
    stage.store(|tx, account| {
        let bob = susurro::model::BareJid::new(BOB).unwrap();
        let chat = susurro::store::chats::by_peer(tx, &Peer::new(account, bob.clone()))
            .unwrap()
            .unwrap();
        let rows = messages::history(tx, chat.id, None, 100).unwrap();
        rows.into_iter().map(|row| (row.state, row.failure)).collect()
    })
}

#[test]
fn a_failed_message_says_its_letters_and_is_sent_again_by_one() {
    let (mut stage, _) = stage(
        MessageState::Failed,
        Left::Not,
        "Cannot encrypt to bob@mired.test because they publish no OMEMO keys. Ask them to turn OMEMO on.",
    );
    let text = stage.text();
    // Nothing is selected: a letter is text, so the key that selects is named first.
    assert!(text.contains("Ctrl-Up, then r again · w take back"), "{text}");
    stage.press(&["r"]);
    assert_eq!(stage.app().chat_pane.composer.text(), "r");
    stage.press(&["Backspace", "Ctrl-Up"]);
    let text = stage.text();
    assert!(text.contains(" r again · w take back · d details"), "{text}");
    assert!(!text.contains("Ctrl-Up, then"), "{text}");
    stage.press(&["r"]);
    assert_eq!(rows(&mut stage), [(MessageState::Queued, None)]);
    assert!(
        stage
            .app()
            .chat_pane
            .open
            .as_ref()
            .unwrap()
            .history
            .selected()
            .is_none()
    );
    let text = stage.text();
    assert!(!text.contains("r again"), "{text}");
}

#[test]
fn what_may_have_arrived_takes_the_letter_twice() {
    for state in [MessageState::Failed, MessageState::Sent] {
        let (mut stage, _) = stage(state, Left::Perhaps, "The server returned a copy of it.");
        let before = rows(&mut stage);
        stage.press(&["Ctrl-Up", "r"]);
        assert_eq!(rows(&mut stage), before);
        let text = stage.text();
        assert!(text.contains("may have it. r once more sends it again"), "{text}");
        // Another key between them, and it is asked again.
        stage.press(&["c", "r"]);
        assert_eq!(rows(&mut stage), before);
        stage.press(&["r"]);
        assert_eq!(rows(&mut stage), [(MessageState::Queued, None)]);
    }
}

#[test]
fn what_waits_is_taken_back_and_its_words_stay_without_alarm() {
    let (mut stage, id) = stage(MessageState::Queued, Left::Not, "");
    stage.store(|tx, account| {
        let chat = messages::get(tx, id).unwrap().unwrap().chat;
        susurro::store::outbox::push(tx, account, chat, id, false).unwrap();
    });
    stage.press(&["Ctrl-Up"]);
    let text = stage.text();
    assert!(text.contains("w take back"), "{text}");
    stage.press(&["w"]);
    let why = MessageFailure::TakenBack;
    assert_eq!(rows(&mut stage), [(MessageState::Failed, Some(why))]);
    stage.press(&["Esc"]);
    let text = stage.text();
    assert!(
        text.contains("hello") && text.contains("Taken back before"),
        "{text}"
    );
    assert!(!text.contains("d details"), "{text}");
    // It may still be sent.
    stage.press(&["Ctrl-Up", "r"]);
    assert_eq!(rows(&mut stage), [(MessageState::Queued, None)]);
}

#[test]
fn what_left_is_taken_back_or_sent_again_after_a_question() {
    let (mut stage, _) = stage(MessageState::Delivered, Left::Perhaps, "");
    let before = rows(&mut stage);
    stage.press(&["Ctrl-Up", "w"]);
    let text = stage.text();
    assert!(text.contains("Take back this message? hello"), "{text}");
    stage.press(&["Esc", "r"]);
    let text = stage.text();
    assert!(text.contains("Send this to Bob again? hello"), "{text}");
    assert_eq!(rows(&mut stage), before);
}

#[test]
fn what_somebody_else_wrote_is_neither_sent_again_nor_taken_back() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.bob("hello");
    stage.start();
    stage.online();
    for (key, words) in [("r", "can be sent again"), ("w", "can be taken back")] {
        stage.press(&["Ctrl-Up", key]);
        let text = stage.text();
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(rows(&mut stage), [(MessageState::Received, None)]);
}

#[test]
fn what_cannot_be_read_says_its_letter_which_shows_what_is_written_before_it_is() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.row(|new| new.unreadable = Some(UnreadableReason::Damaged));
    stage.start();
    stage.online();
    let text = stage.text();
    assert!(text.contains("Ctrl-Up, then r ask to send it again"), "{text}");
    stage.press(&["Ctrl-Up", "r"]);
    let text = stage.text();
    assert!(text.contains("Ask Bob to send it again? This writes:"), "{text}");
    assert!(text.contains("I could not read your message of"), "{text}");
    stage.press(&["Esc"]);
    assert_eq!(rows(&mut stage), [(MessageState::Received, None)]);
    stage.press(&["r", "y", "y", "s", "s"]);
    let asked = [(MessageState::Received, None), (MessageState::Queued, None)];
    assert_eq!(rows(&mut stage), asked);
    let text = stage.text();
    assert!(text.contains("you asked to send it again"), "{text}");
    assert!(!text.contains("r ask to send it again"), "{text}");
    stage.press(&["Ctrl-Up", "Ctrl-Up", "r"]);
    let text = stage.text();
    assert!(text.contains("It was asked for already."), "{text}");
    assert_eq!(rows(&mut stage), asked);
}

#[test]
fn what_a_key_wrote_that_is_not_trusted_is_not_asked_for_and_says_why() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.row(|new| {
        new.unreadable = Some(UnreadableReason::Distrusted);
        new.trust = Some(Trust::Distrusted);
    });
    stage.start();
    stage.online();
    assert!(!stage.text().contains("ask to send it again"));
    stage.press(&["Ctrl-Up", "r"]);
    let text = stage.text();
    assert!(text.contains("has a key that is not trusted"), "{text}");
    assert_eq!(rows(&mut stage), [(MessageState::Received, None)]);
}

#[test]
fn an_answer_to_a_message_of_ours_sends_that_again() {
    let mut stage = Stage::new((80, 24), MONO);
    let ours = stage.own("one", MessageState::Delivered);
    let answer = stage.bob("I could not read your message.");
    stage.store(|tx, _| {
        left::set(tx, ours, Left::Perhaps).unwrap();
        let id = messages::get(tx, ours).unwrap().unwrap().stanza_id;
        messages::set_reply(tx, answer, &ReplyTo { id, author: None }).unwrap();
    });
    stage.start();
    stage.online();
    stage.press(&["Ctrl-Up", "r"]);
    let text = stage.text();
    assert!(text.contains("Send this to Bob again? one"), "{text}");
    stage.press(&["y", "y", "s", "s"]);
    let text = stage.text();
    assert!(text.contains("It is sent again"), "{text}");
    let waiting = stage.store(|tx, _| susurro::store::outbox::about(tx, ours).unwrap());
    assert_eq!(waiting.len(), 1);
}
