//! What is done with a selected message: answering, editing, reacting, taking back. Each one with the key that
//! leaves it.

use susurro::api::{Change, Event};
use susurro::model::{Clean, Message, MessageId, MessageState, Protection, Retracted};
use susurro::store::about::corrections::{self, Correction};
use susurro::store::{Way, chats, messages, outbox};

use crate::stage::{ASCII, MONO, Stage, jid};

pub const BOB: &str = "bob@mired.test";

/// A morning with Bob, whose device reads OMEMO 2 if `modern`.
pub fn stage(modern: bool) -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    if modern {
        stage.labelled(BOB, 4711, 1, "phone");
    }
    stage.own("The hall is free at eight", MessageState::Delivered);
    stage.bob("Shall we move the meeting?");
    stage.start();
    stage.online();
    stage.settle();
    stage
}

pub fn composed(stage: &Stage) -> String {
    stage.app().chat_pane.composer.text().to_owned()
}

pub fn rows(stage: &mut Stage) -> Vec<Message> {
    let bob = stage.chat(&jid(BOB));
    stage.store(|tx, _| messages::history(tx, bob, None, 100).unwrap())
}

pub fn body(message: &Message) -> &str {
    message.body.as_ref().map_or("", Clean::as_str)
}

pub fn emojis(message: &Message) -> Vec<&str> {
    let each = message.reactions.iter();
    each.map(|reaction| reaction.emoji.as_str()).collect()
}

#[test]
fn an_answer_says_above_the_composer_what_it_answers_and_leaves_as_one() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up"]);
    insta::assert_snapshot!("selected", stage.text());
    stage.press(&["a"]);
    stage.type_in("Yes, to Friday");
    insta::assert_snapshot!("answering", stage.text());
    stage.press(&["Enter"]);
    insta::assert_snapshot!("answered", stage.text());
    let all = rows(&mut stage);
    let to = all[2].reply_to.as_ref().unwrap();
    assert_eq!((body(&all[2]), &to.id), ("Yes, to Friday", &all[1].stanza_id));
    // What is written next is a message of its own.
    stage.type_in("See you");
    stage.press(&["Enter"]);
    assert_eq!(rows(&mut stage)[3].reply_to, None);
}

#[test]
fn esc_lets_an_answer_be_a_message_of_its_own() {
    let mut stage = stage(true);
    stage.type_in("/reply");
    stage.press(&["Enter"]);
    stage.type_in("Yes");
    assert!(stage.text().contains("│ Answer to Bob: Shall we move"));
    stage.press(&["Esc"]);
    assert!(!stage.text().contains("Answer to"));
    assert_eq!(composed(&stage), "Yes", "Esc loses nothing");
    stage.press(&["Enter"]);
    assert_eq!(rows(&mut stage)[2].reply_to, None);
}

#[test]
fn other_words_take_the_place_of_the_old_ones() {
    let mut stage = stage(true);
    stage.type_in("half a message");
    stage.press(&["Ctrl-Up", "Ctrl-Up", "e"]);
    assert_eq!(composed(&stage), "The hall is free at eight");
    stage.type_in(" thirty");
    insta::assert_snapshot!("editing", stage.text());
    stage.press(&["Enter"]);
    insta::assert_snapshot!("edited", stage.text());
    let all = rows(&mut stage);
    assert_eq!(
        (body(&all[0]), all[0].edited, all.len()),
        ("The hall is free at eight thirty", 1, 2)
    );
    assert_eq!(
        composed(&stage),
        "half a message",
        "what was there before is there again"
    );
}

#[test]
fn esc_brings_back_what_stood_in_the_composer_before_a_correction() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "a"]);
    stage.type_in("half an answer");
    stage.press(&["Ctrl-Up", "Ctrl-Up", "e"]);
    stage.type_in(" thirty");
    stage.press(&["Esc"]);
    assert_eq!(composed(&stage), "half an answer");
    assert!(
        stage.text().contains("Answer to Bob"),
        "it is an answer as before"
    );
    assert_eq!(rows(&mut stage)[0].edited, 0);
    // The new words are not lost either.
    stage.press(&["Ctrl-X", "Ctrl-Y", "Alt-Y"]);
    assert_eq!(composed(&stage), "The hall is free at eight thirty");
}

#[test]
fn what_begins_with_a_slash_is_edited_as_text() {
    let mut stage = stage(true);
    stage.own("/quit is how to leave", MessageState::Delivered);
    stage.type_in("/edit");
    stage.press(&["Enter"]);
    assert_eq!(composed(&stage), "//quit is how to leave");
    stage.type_in("!");
    stage.press(&["Enter"]);
    assert_eq!(body(&rows(&mut stage)[2]), "/quit is how to leave!");
}

#[test]
fn only_what_this_device_wrote_can_be_edited_or_taken_back() {
    let mut stage = stage(true);
    stage.row(|new| {
        new.author = susurro::model::Author::Us;
        new.body = Some(Clean::new("from the phone"));
        new.device = Some(7);
        new.state = MessageState::Sent;
    });
    for keys in [["Ctrl-Up", "e"], ["Ctrl-Up", "w"]] {
        stage.press(&["Esc"]);
        stage.press(&keys);
        assert!(
            stage
                .text()
                .contains("Only the device that wrote a message can change it"),
            "{}",
            stage.text()
        );
    }
    stage.press(&["Esc", "Ctrl-Up", "Ctrl-Up", "w"]);
    assert!(
        stage
            .text()
            .contains("Only a message that you wrote can be taken back.")
    );
}

#[test]
fn a_reaction_is_chosen_by_a_digit_or_typed_and_taken_away_by_the_same() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "+"]);
    insta::assert_snapshot!("reacting", stage.text());
    stage.press(&["1"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), ["👍"]);
    assert!(stage.text().contains("└ 👍 you"), "{}", stage.text());
    // Another one, by pasting it; words are none.
    stage.press(&["+"]);
    assert!(stage.text().contains("1 👍 yes (yours)"), "{}", stage.text());
    stage.type_in("yes");
    stage.press(&["Enter"]);
    assert!(stage.text().contains("That is not one emoji"));
    stage.paste("🦀");
    stage.press(&["Enter"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), ["👍", "🦀"]);
    stage.press(&["+", "1"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), ["🦀"]);
    stage.press(&["+", "Esc"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), ["🦀"]);
    stage.press(&["+", "0"]);
    assert_eq!(emojis(&rows(&mut stage)[1]), Vec::<&str>::new());
}

#[test]
fn the_picker_says_in_words_what_a_terminal_cannot_show() {
    let mut stage = Stage::new((40, 16), ASCII);
    stage.bob("Shall we?");
    stage.start();
    stage.type_in("/react");
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(text.is_ascii() && text.contains("1 yes  2 love"), "{text}");
}

#[test]
fn what_left_is_taken_back_by_a_second_press_and_esc_keeps_it() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "Ctrl-Up", "w"]);
    insta::assert_snapshot!("taking-back", stage.text());
    stage.press(&["Esc"]);
    assert_eq!(body(&rows(&mut stage)[0]), "The hall is free at eight");
    stage.press(&["w", "y"]);
    assert!(rows(&mut stage)[0].retracted.is_none());
    stage.press(&["y"]);
    insta::assert_snapshot!("taken-back", stage.text());
    let first = &rows(&mut stage)[0];
    assert!(first.body.is_none() && first.retracted == Some(Retracted::Author));
    // Neither does the composer's own history bring it back.
    stage.press(&["Esc", "Up"]);
    assert_eq!(composed(&stage), "");
}

#[test]
fn what_never_left_is_taken_back_at_once() {
    let mut stage = stage(true);
    stage.type_in("too early");
    stage.press(&["Enter"]);
    stage.type_in("/retract");
    stage.press(&["Enter"]);
    assert!(
        stage.text().contains("Taken back: it was not sent."),
        "{}",
        stage.text()
    );
}

/// Bob puts other words in the place of those of his message.
fn bob_corrects(stage: &mut Stage, message: MessageId, id: &str) {
    let time = stage.now;
    stage.store(|tx, _| {
        let correction = Correction {
            id,
            server_id: None,
            body: &Clean::new(id),
            unstyled: false,
            way: Way {
                time,
                protection: Protection::OmemoLegacy,
                device: None,
                fingerprint: None,
                trust: None,
            },
        };
        corrections::apply(tx, message, &correction, true).unwrap();
    });
    stage.event(Event::Changed(Change::Messages(vec![message])));
    stage.settle();
}

#[test]
fn other_words_are_read_by_whoever_has_the_chat_before_them_each_time() {
    let mut stage = stage(true);
    let new = stage.bob("Or the day after?");
    stage.event(Event::Changed(Change::Messages(vec![new])));
    stage.settle();
    let unread = |stage: &mut Stage| {
        let chats = stage.store(|tx, account| chats::overview(tx, account).unwrap());
        chats.iter().map(|chat| chat.unread).sum::<u64>()
    };
    assert_eq!(unread(&mut stage), 0);
    for words in ["Or on Friday?", "Or on Thursday?", "Or never?"] {
        bob_corrects(&mut stage, new, words);
        assert!(stage.text().contains(words));
        assert_eq!(unread(&mut stage), 0, "{words}");
    }
}

#[test]
fn what_was_said_of_a_message_is_marked_until_the_server_has_it() {
    let mut stage = stage(true);
    stage.press(&["Ctrl-Up", "+"]);
    stage.type_in("1");
    stage.settle();
    stage.settle();
    assert!(stage.text().contains("👍 you · not sent yet"), "{}", stage.text());
    stage.press(&["Ctrl-Up", "Ctrl-Up", "e"]);
    stage.type_in("!");
    stage.press(&["Enter"]);
    stage.settle();
    assert!(stage.text().contains("edited · not sent yet"), "{}", stage.text());
    let said = rows(&mut stage).into_iter().map(|row| row.id);
    let said: Vec<MessageId> = said.collect();
    stage.store(|tx, _| {
        for message in &said {
            for row in outbox::about(tx, *message).unwrap() {
                outbox::remove(tx, row.id).unwrap();
            }
        }
    });
    stage.event(Event::Changed(Change::Messages(said)));
    stage.settle();
    assert!(!stage.text().contains("not sent yet"), "{}", stage.text());
}
