//! What is one step for a person, and that every step can be taken back.

use super::*;

proptest! {
    #[test]
    fn undoing_everything_brings_back_the_empty_text_and_redoing_everything_the_last(acts in acts(60)) {
        let mut composer = Composer::default();
        for one in &acts {
            act(&mut composer, one);
        }
        while composer.edit(Edit::Redo) {}
        let last = composer.text().to_owned();
        while composer.edit(Edit::Undo) {}
        prop_assert_eq!(composer.text(), "");
        while composer.edit(Edit::Redo) {}
        prop_assert_eq!(composer.text(), last);
    }

    #[test]
    fn a_step_back_and_forth_changes_nothing(acts in acts(40)) {
        let mut composer = Composer::default();
        for one in &acts {
            act(&mut composer, one);
            let after = (composer.text().to_owned(), composer.began_by_hand());
            if composer.edit(Edit::Undo) {
                prop_assert!(composer.edit(Edit::Redo));
            }
            prop_assert_eq!((composer.text().to_owned(), composer.began_by_hand()), after);
        }
    }
}

/// The texts that undoing passes through.
fn steps(composer: &mut Composer) -> Vec<String> {
    let mut steps = Vec::new();
    while composer.edit(Edit::Undo) {
        steps.push(shown(composer));
    }
    steps
}

#[test]
fn a_typed_word_with_its_space_is_a_step() {
    let mut composer = typed("one two  three");
    assert_eq!(steps(&mut composer), ["one two  |", "one |", "|"]);
}

#[test]
fn a_paste_a_newline_and_a_cut_are_steps() {
    let mut composer = typed("ab");
    composer.paste("c d\ne f");
    composer.edit(Edit::Newline);
    type_in(&mut composer, "gh");
    edits(&mut composer, &[Edit::RuboutWord, Edit::RuboutWord]);
    assert_eq!(
        steps(&mut composer),
        [
            "abc d\ne f\n|",
            "abc d\ne f\ngh|",
            "abc d\ne f\n|",
            "abc d\ne f|",
            "ab|",
            "|"
        ]
    );
}

#[test]
fn deleting_character_by_character_is_a_step_a_word() {
    let mut composer = typed("one two");
    edits(&mut composer, &[Edit::DeleteLeft; 6]);
    assert_eq!(steps(&mut composer), ["one|", "one two|", "one |", "|"]);
    let mut composer = typed("one two");
    composer.edit(Edit::TextStart);
    edits(&mut composer, &[Edit::DeleteRight; 6]);
    assert_eq!(steps(&mut composer), ["|two", "|one two", "one |", "|"]);
}

#[test]
fn moving_the_cursor_begins_another_step() {
    let mut composer = typed("ad");
    composer.edit(Edit::Left);
    type_in(&mut composer, "bc");
    assert_eq!(steps(&mut composer), ["a|d", "|"]);
    edits(&mut composer, &[Edit::Redo, Edit::Redo]);
    assert_eq!(shown(&composer), "abc|d");
}

#[test]
fn what_is_put_in_the_place_of_a_text_is_one_step() {
    let mut composer = typed("/ad");
    composer.replace(1..3, "add ");
    assert_eq!(shown(&composer), "/add |");
    composer.set("other");
    assert_eq!(steps(&mut composer), ["/add |", "/ad|", "|"]);
    composer.replace(7..9, "nothing");
    assert_eq!(composer.text(), "");
}

#[test]
fn the_memory_for_undoing_is_bounded() {
    let mut composer = Composer::default();
    let most = "a".repeat(Composer::MOST);
    for _ in 0..50 {
        composer.paste(&most);
        composer.edit(Edit::KillToStart);
    }
    assert!(steps(&mut composer).len() < 10);
    let mut composer = Composer::default();
    for _ in 0..2000 {
        composer.edit(Edit::Newline);
    }
    assert_eq!(steps(&mut composer).len(), 500);
}

#[test]
fn what_was_sent_cannot_be_undone() {
    let mut composer = typed("secret");
    assert_eq!(composer.take(), "secret");
    assert!(!composer.edit(Edit::Undo));
    assert!(!composer.edit(Edit::Redo));
    assert!(composer.is_empty());
}
