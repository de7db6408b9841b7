//! Tests of the question: what it says, and that nobody answers it by accident.

use insta::assert_snapshot;

use super::*;
use crate::recipients::fixture::{Stage, key};

fn asked(stage: &mut Stage, text: &str, pasted: bool) -> Box<dyn Question> {
    stage
        .look(|world| question(world, text, pasted))
        .unwrap()
        .unwrap()
}

fn painted(stage: &mut Stage, question: &mut dyn Question, columns: u16) -> String {
    let lines = stage.look(|world| question.height(world, columns));
    stage.picture(columns, lines, |world, area, buf| {
        question.draw(world, area, buf);
    })
}

fn press(stage: &mut Stage, question: &mut dyn Question, name: &str) -> Vec<Ask> {
    stage.look(|world| question.on_key(key(name), world)).unwrap()
}

/// Pictures of the question for these texts, typed and pasted.
fn pictures(columns: u16) -> String {
    let mut stage = Stage::new();
    let mut all = String::new();
    for (text, pasted) in [
        ("/hepl", false),
        ("/opne bob and the others of the collective", false),
        (" /lock", false),
        ("/frobnicate", false),
        ("/one\ntwo", false),
        ("/lock", true),
        ("/hepl", true),
        ("/\u{202e}漢字漢字漢字漢字漢字漢字漢字漢字漢字", false),
    ] {
        let mut question = asked(&mut stage, text, pasted);
        all.push_str(&painted(&mut stage, question.as_mut(), columns));
        all.push_str("\n\n");
    }
    let mut question = asked(&mut stage, "/hepl", false);
    painted(&mut stage, question.as_mut(), columns);
    for name in ["s", "r"] {
        press(&mut stage, question.as_mut(), name);
        all.push_str(&painted(&mut stage, question.as_mut(), columns));
        all.push_str("\n\n");
    }
    all
}

#[test]
fn it_says_what_is_the_matter_and_what_can_be_done() {
    assert_snapshot!(pictures(80));
}

#[test]
fn it_says_the_same_on_forty_columns() {
    assert_snapshot!(pictures(40));
}

/// Twice, each press an answer to what stands there.
fn twice(stage: &mut Stage, question: &mut dyn Question, name: &str) -> Vec<Ask> {
    painted(stage, question, 80);
    assert_eq!(press(stage, question, name), []);
    painted(stage, question, 80);
    press(stage, question, name)
}

#[test]
fn it_is_answered_by_the_same_letter_twice() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, "/hepl me", false);
    assert_eq!(
        twice(&mut stage, question.as_mut(), "s"),
        [Ask::Close, Ask::Send("/hepl me".into())]
    );
    let line = "/help me".to_owned();
    assert_eq!(
        twice(&mut stage, question.as_mut(), "r"),
        [Ask::Close, Ask::Compose(line.clone()), Ask::Run(line)]
    );
    let mut pasted = asked(&mut stage, "/lock", true);
    assert_eq!(
        twice(&mut stage, pasted.as_mut(), "r"),
        [Ask::Close, Ask::Run("/lock".into())]
    );
}

#[test]
fn a_row_of_letters_that_came_at_once_was_typed_ahead() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, "/hepl me", false);
    painted(&mut stage, question.as_mut(), 80);
    for _ in 0..6 {
        assert_eq!(press(&mut stage, question.as_mut(), "s"), []);
    }
}

#[test]
fn who_goes_on_typing_does_not_answer_it() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, "/hepl", false);
    for name in ["s", "s", "r", "r"] {
        assert_eq!(
            press(&mut stage, question.as_mut(), name),
            [],
            "it was not painted yet"
        );
    }
    painted(&mut stage, question.as_mut(), 80);
    for name in [
        "Enter", "Enter", "s", "o", "s", "r", "s", "Space", "y", "Y", "Alt-s", "Ctrl-S",
    ] {
        assert_eq!(press(&mut stage, question.as_mut(), name), []);
    }
    assert!(!question.on_paste("ss"), "it is for the composer");
    assert_eq!(press(&mut stage, question.as_mut(), "s"), []);
}

#[test]
fn our_words_are_ascii_where_only_that_can_be_shown() {
    let mut stage = Stage::new().capabilities(false, false);
    for (text, pasted) in [
        ("/hepl", false),
        ("/opne bob and the others of the collective", false),
        (" /lock", false),
        ("/frobnicate", true),
    ] {
        let mut question = asked(&mut stage, text, pasted);
        let text = painted(&mut stage, question.as_mut(), 80);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn what_cannot_be_run_is_not_offered() {
    let mut stage = Stage::new();
    for text in ["/lock\nnow", "/frobnicate", "/"] {
        let mut question = asked(&mut stage, text, true);
        assert!(
            !painted(&mut stage, question.as_mut(), 80).contains("r run"),
            "{text}"
        );
        assert_eq!(press(&mut stage, question.as_mut(), "r"), []);
        assert_eq!(press(&mut stage, question.as_mut(), "r"), []);
    }
}

#[test]
fn a_message_is_not_asked_about() {
    let mut stage = Stage::new();
    assert!(
        stage
            .look(|world| question(world, "hello", true))
            .unwrap()
            .is_none()
    );
    assert!(
        stage
            .look(|world| question(world, "//lock", true))
            .unwrap()
            .is_none()
    );
}

#[test]
fn it_fits_any_box() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, &format!("/{}", "👩\u{200d}👧".repeat(1000)), false);
    for (columns, lines) in [(1, 1), (2, 1), (7, 3), (20, 2), (200, 1)] {
        stage.painted(columns, lines, |world, area, buf| {
            question.draw(world, area, buf);
        });
        assert!(stage.look(|world| question.height(world, columns)) > 0);
    }
}
