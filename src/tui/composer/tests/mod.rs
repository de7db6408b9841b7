//! Tests of the editor: a model beside it, and the things that a model does not tell.

mod drawing;
mod history;
mod model;
mod origin;
mod undoing;

use proptest::prelude::*;

use super::{Composer, Edit};

pub(super) const EDITS: [Edit; 24] = [
    Edit::Newline,
    Edit::Left,
    Edit::Right,
    Edit::WordLeft,
    Edit::WordRight,
    Edit::LineStart,
    Edit::LineEnd,
    Edit::TextStart,
    Edit::TextEnd,
    Edit::LineUp,
    Edit::LineDown,
    Edit::DeleteLeft,
    Edit::DeleteRight,
    Edit::RuboutWord,
    Edit::DeleteWordLeft,
    Edit::DeleteWordRight,
    Edit::KillToEnd,
    Edit::KillToStart,
    Edit::KillAll,
    Edit::Yank,
    Edit::YankPop,
    Edit::Transpose,
    Edit::Undo,
    Edit::Redo,
];

/// One act of a person.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Insert(char),
    Paste(String),
    Edit(Edit),
    Take,
    Older,
    Newer,
}

pub(super) fn act(composer: &mut Composer, act: &Act) {
    match act {
        Act::Insert(c) => composer.insert(&c.to_string()),
        Act::Paste(text) => {
            composer.paste(text);
        }
        Act::Edit(edit) => {
            let before = (composer.text().to_owned(), composer.cursor());
            let told = composer.edit(*edit);
            let after = (composer.text().to_owned(), composer.cursor());
            if !told {
                assert_eq!(before, after, "{edit:?} told that nothing happened");
            }
        }
        Act::Take => {
            composer.take();
        }
        Act::Older => {
            composer.older();
        }
        Act::Newer => {
            composer.newer();
        }
    }
}

/// Characters that join, widen, hide or break lines.
pub(super) fn nasty_char() -> impl Strategy<Value = char> {
    let special = "\u{301}\u{fe0f}\u{200d}\u{200b}\u{1f1e9}\u{1f1ea}👩👧\u{1f3fd}漢字éא\u{202e}\u{2067}\u{94d}क\u{1100}\u{1161}\
                   \u{11a8}\t\n \r\u{1b}\u{9b}\u{2028}\u{ffff}\u{e0061}\u{600}";
    prop_oneof![
        4 => prop::sample::select(special.chars().collect::<Vec<_>>()),
        4 => prop::sample::select("ab c/".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
}

pub(super) fn nasty(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(nasty_char(), 0..most).prop_map(|chars| chars.into_iter().collect())
}

pub(super) fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let one = prop_oneof![
        6 => nasty_char().prop_map(Act::Insert),
        1 => nasty(20).prop_map(Act::Paste),
        8 => prop::sample::select(EDITS.to_vec()).prop_map(Act::Edit),
    ];
    prop::collection::vec(one, 0..most)
}

pub(super) fn acts_with_history(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let one = prop_oneof![
        6 => nasty_char().prop_map(Act::Insert),
        1 => nasty(20).prop_map(Act::Paste),
        6 => prop::sample::select(EDITS.to_vec()).prop_map(Act::Edit),
        1 => Just(Act::Take),
        2 => Just(Act::Older),
        1 => Just(Act::Newer),
    ];
    prop::collection::vec(one, 0..most)
}

/// Typed character by character.
pub(super) fn typed(text: &str) -> Composer {
    let mut composer = Composer::default();
    type_in(&mut composer, text);
    composer
}

pub(super) fn type_in(composer: &mut Composer, text: &str) {
    for c in text.chars() {
        composer.insert(&c.to_string());
    }
}

pub(super) fn edits(composer: &mut Composer, edits: &[Edit]) {
    for edit in edits {
        composer.edit(*edit);
    }
}

/// The text with "|" where the cursor stands.
pub(super) fn shown(composer: &Composer) -> String {
    let (before, after) = composer.text().split_at(composer.cursor());
    format!("{before}|{after}")
}
