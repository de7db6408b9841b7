//! The own history, and what is kept of a text.

use super::*;

#[test]
fn the_own_history_goes_from_newest_to_oldest_and_back() {
    let mut composer = Composer::default();
    composer.remember(vec!["second".into(), "first\nof two lines".into()]);
    type_in(&mut composer, "third");
    composer.take();
    let mut seen = Vec::new();
    while composer.older() {
        seen.push(shown(&composer));
    }
    assert_eq!(seen, ["third|", "second|", "first\nof two lines|"]);
    assert!(composer.newer() && composer.newer());
    assert_eq!(shown(&composer), "third|");
    assert!(composer.newer());
    assert!(composer.is_empty());
    assert!(!composer.newer());
}

#[test]
fn a_text_of_its_own_is_not_replaced_by_an_older_one() {
    let mut composer = Composer::default();
    composer.remember(vec!["b".into(), "a".into()]);
    type_in(&mut composer, "new");
    assert!(!composer.older());
    assert_eq!(composer.text(), "new");
    composer.set("");
    assert!(composer.older());
    composer.insert("!");
    assert!(!composer.older(), "it was changed, so it is a text of its own");
    assert!(!composer.newer());
    assert_eq!(composer.text(), "b!");
}

#[test]
fn walking_through_the_history_is_one_step_for_undo() {
    let mut composer = Composer::default();
    composer.remember(vec!["b".into(), "a".into()]);
    assert!(composer.older() && composer.older());
    assert!(composer.edit(Edit::Undo));
    assert!(composer.is_empty());
    assert!(!composer.newer());
}

#[test]
fn a_text_sent_twice_is_in_the_history_once() {
    let mut composer = Composer::default();
    for text in ["a", "b", "a", " "] {
        composer.set(text);
        composer.take();
    }
    assert!(composer.older() && composer.older());
    assert_eq!(composer.text(), "b");
    assert!(!composer.older());
}

#[test]
fn the_history_is_bounded() {
    let mut composer = Composer::default();
    composer.remember((0..1000).map(|n| n.to_string()).collect());
    let mut count = 0;
    while composer.older() {
        count += 1;
    }
    assert_eq!(count, 200);
}

#[test]
fn what_is_too_long_is_left_out_and_told() {
    let mut composer = typed("a");
    assert!(!composer.paste(&"漢".repeat(Composer::MOST)));
    let kept = composer.text().len();
    assert!(kept <= Composer::MOST && kept > Composer::MOST - 3);
    assert!(!composer.text().contains('…'));
    assert!(!composer.paste("漢"));
    composer.insert("漢");
    assert_eq!(composer.text().len(), kept);
    composer.edit(Edit::Undo);
    assert_eq!(composer.text(), "a");
    assert!(composer.paste(&"b".repeat(Composer::MOST - 1)));
    assert!(!composer.edit(Edit::Newline));
}

#[test]
fn a_draft_comes_back_with_the_cursor_at_its_end() {
    let composer = Composer::with("one\r\ntwo\u{7}");
    assert_eq!(shown(&composer), "one\ntwo|");
}

#[test]
fn nothing_of_what_is_written_is_in_a_debug_line() {
    assert!(!format!("{:?}", typed("whisper")).contains("whisper"));
}
