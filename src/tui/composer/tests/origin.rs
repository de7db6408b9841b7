//! Threat 81: what was pasted is text, whatever it holds, and never becomes a command by itself.

use super::*;

#[test]
fn lines_of_a_paste_are_kept_and_control_sequences_vanish() {
    let mut composer = Composer::default();
    assert!(composer.paste("one\r\ntwo\u{1b}[201~\rthree\u{1b}[1;31m red\u{1b}[0m\u{9b}201~\u{7}!"));
    assert_eq!(composer.text(), "one\ntwo\nthree red!");
    let mut composer = Composer::default();
    composer.paste("\u{1b}[20\u{1b}[201~1~ \u{1b} \u{9b} \u{1b}[é");
    assert_eq!(
        composer.text(),
        "[201~   [é",
        "what is no sequence loses its controls"
    );
}

#[test]
fn ten_thousand_lines_are_taken_whole() {
    let text: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
    let mut composer = Composer::default();
    assert!(composer.paste(&text));
    assert_eq!(composer.text(), text);
    let window = composer.layout_window(58, 8);
    assert_eq!(window.above + window.lines.len() + window.below, 10_001);
}

#[test]
fn what_is_typed_began_by_hand() {
    let mut composer = typed("/add ");
    composer.paste("bob@mired.test");
    assert!(composer.began_by_hand());
    edits(&mut composer, &[Edit::RuboutWord, Edit::Yank]);
    assert!(composer.began_by_hand(), "the beginning is what counts");
    assert!(!Composer::default().began_by_hand());
}

#[test]
fn what_is_pasted_at_the_beginning_did_not() {
    let mut composer = Composer::default();
    composer.paste("/quit");
    assert!(!composer.began_by_hand());
    type_in(&mut composer, " now");
    assert!(!composer.began_by_hand());
    edits(&mut composer, &[Edit::TextStart]);
    composer.insert("/");
    assert!(composer.began_by_hand());
}

#[test]
fn a_pasted_slash_does_not_become_typed_when_what_stood_before_it_goes() {
    for remove in [
        Edit::DeleteLeft,
        Edit::RuboutWord,
        Edit::DeleteWordLeft,
        Edit::KillToStart,
    ] {
        let mut composer = typed("x");
        composer.paste("/quit");
        edits(&mut composer, &[Edit::TextStart, Edit::Right, remove]);
        assert_eq!(composer.text(), "/quit");
        assert!(!composer.began_by_hand(), "{remove:?}");
    }
    let mut composer = typed("x");
    composer.paste("/");
    composer.edit(Edit::Transpose);
    assert_eq!(composer.text(), "/x");
    assert!(!composer.began_by_hand());
}

#[test]
fn cutting_a_paste_out_and_putting_it_back_does_not_make_it_typed() {
    let mut composer = Composer::default();
    composer.paste("/quit");
    edits(&mut composer, &[Edit::KillToStart, Edit::Yank]);
    assert_eq!(composer.text(), "/quit");
    assert!(!composer.began_by_hand());
    composer.take();
    assert!(composer.older());
    assert!(!composer.began_by_hand(), "nor does sending it");
    let mut composer = typed("/add");
    edits(&mut composer, &[Edit::KillToStart, Edit::Yank]);
    assert!(composer.began_by_hand());
}

#[test]
fn an_emptied_composer_begins_anew() {
    let mut composer = Composer::default();
    composer.paste("/quit");
    composer.edit(Edit::KillToStart);
    type_in(&mut composer, "/lock");
    assert!(composer.began_by_hand());
    edits(&mut composer, &[Edit::Undo, Edit::Undo]);
    assert_eq!(composer.text(), "/quit");
    assert!(!composer.began_by_hand(), "undo brings the doubt back");
}

#[test]
fn a_draft_is_not_trusted_and_what_the_person_chose_is() {
    assert!(!Composer::with("/lock").began_by_hand());
    let mut composer = Composer::default();
    composer.set("/rename ");
    assert!(composer.began_by_hand());
    let mut composer = typed("/re");
    composer.replace(0..3, "/rename ");
    assert!(composer.began_by_hand());
}

#[test]
fn a_message_that_began_with_a_slash_comes_back_as_it_is_typed() {
    let mut composer = Composer::default();
    composer.remember(vec!["/lock".into()]);
    assert!(composer.older());
    assert_eq!(composer.text(), "//lock");
}
