//! A plain text and a cursor, edited in the most obvious way, against the composer.

use unicode_segmentation::UnicodeSegmentation;

use super::*;
use ::model::Clean;

/// Graphemes to the left and to the right of the cursor. For texts whose graphemes
/// do not join when they meet.
#[derive(Debug, Default)]
struct Model {
    left: Vec<String>,
    right: Vec<String>,
    killed: String,
    joins: bool,
}

fn word(grapheme: &str) -> bool {
    grapheme.chars().next().unwrap().is_alphanumeric()
}

fn space(grapheme: &str) -> bool {
    grapheme.chars().next().unwrap().is_whitespace()
}

impl Model {
    fn text(&self) -> String {
        self.left.concat() + &self.right.concat()
    }

    fn insert(&mut self, text: &str) {
        self.left.extend(text.graphemes(true).map(str::to_owned));
        self.joins = false;
    }

    fn line_before(&self) -> usize {
        self.left.iter().rev().take_while(|g| *g != "\n").count()
    }

    fn line_after(&self) -> usize {
        self.right.iter().take_while(|g| *g != "\n").count()
    }

    /// How many graphemes a word to the left takes, with what stands between it and the cursor.
    fn left_run(&self, inside: fn(&str) -> bool) -> usize {
        let outside = self.left.iter().rev().take_while(|g| !inside(g)).count();
        outside
            + self
                .left
                .iter()
                .rev()
                .skip(outside)
                .take_while(|g| inside(g))
                .count()
    }

    fn right_run(&self) -> usize {
        let outside = self.right.iter().take_while(|g| !word(g)).count();
        outside + self.right.iter().skip(outside).take_while(|g| word(g)).count()
    }

    fn go_left(&mut self, count: usize) {
        let moved = self.left.split_off(self.left.len() - count.min(self.left.len()));
        self.right.splice(0..0, moved);
    }

    fn go_right(&mut self, count: usize) {
        self.left.extend(self.right.drain(..count.min(self.right.len())));
    }

    fn kill_left(&mut self, count: usize, joins: bool) {
        let cut = self.left.split_off(self.left.len() - count).concat();
        self.keep(&cut, joins, |old, cut| cut.to_owned() + old);
    }

    fn kill_right(&mut self, count: usize, joins: bool) {
        let cut: String = self.right.drain(..count).collect();
        self.keep(&cut, joins, |old, cut| old.to_owned() + cut);
    }

    fn keep(&mut self, cut: &str, joins: bool, join: fn(&str, &str) -> String) {
        if !cut.is_empty() {
            self.killed = if joins {
                join(&self.killed, cut)
            } else {
                cut.to_owned()
            };
            self.joins = true;
        }
    }

    fn edit(&mut self, edit: Edit) {
        let joins = std::mem::take(&mut self.joins);
        let (before, after) = (self.line_before(), self.line_after());
        match edit {
            Edit::Newline => self.left.push("\n".to_owned()),
            Edit::Left => self.go_left(1),
            Edit::Right => self.go_right(1),
            Edit::WordLeft => self.go_left(self.left_run(word)),
            Edit::WordRight => self.go_right(self.right_run()),
            Edit::LineStart => self.go_left(before),
            Edit::LineEnd => self.go_right(after),
            Edit::TextStart => self.go_left(usize::MAX),
            Edit::TextEnd => self.go_right(usize::MAX),
            Edit::DeleteLeft => drop(self.left.pop()),
            Edit::DeleteRight => drop(self.right.drain(..self.right.len().min(1))),
            Edit::RuboutWord => self.kill_left(self.left_run(|g| !space(g)), joins),
            Edit::DeleteWordLeft => self.kill_left(self.left_run(word), joins),
            Edit::DeleteWordRight => self.kill_right(self.right_run(), joins),
            Edit::KillToEnd if after == 0 => self.kill_right(self.right.len().min(1), joins),
            Edit::KillToEnd => self.kill_right(after, joins),
            Edit::KillToStart if before == 0 => self.kill_left(self.left.len().min(1), joins),
            Edit::KillToStart => self.kill_left(before, joins),
            Edit::KillAll => {
                self.go_left(usize::MAX);
                self.kill_right(self.right.len(), false);
            }
            Edit::Yank => {
                let killed = self.killed.clone();
                self.insert(&killed);
            }
            Edit::Transpose => self.transpose(before, after),
            Edit::LineUp | Edit::LineDown | Edit::YankPop | Edit::Undo | Edit::Redo => unreachable!(),
        }
    }

    fn transpose(&mut self, before: usize, after: usize) {
        if before == 0 || (after == 0 && before == 1) {
            return;
        }
        self.go_right(after.min(1));
        let last = self.left.pop().unwrap();
        let first = self.left.pop().unwrap();
        self.left.extend([last, first]);
    }
}

/// Acts on text whose graphemes stay apart, without what the model does not know.
fn plain_acts() -> impl Strategy<Value = Vec<Act>> {
    let known: Vec<Edit> = EDITS
        .into_iter()
        .filter(|edit| {
            !matches!(
                edit,
                Edit::LineUp | Edit::LineDown | Edit::YankPop | Edit::Undo | Edit::Redo
            )
        })
        .collect();
    let one = prop_oneof![
        4 => prop::sample::select("ab1 -漢👩é\t\n".chars().collect::<Vec<_>>()).prop_map(Act::Insert),
        1 => "([a-c]|é|-|👍\u{1f3fd}|e\u{301}|👩\u{200d}👧| |\n){0,8}".prop_map(Act::Paste),
        6 => prop::sample::select(known).prop_map(Act::Edit),
    ];
    prop::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn the_composer_does_what_a_plain_list_of_graphemes_does(acts in plain_acts()) {
        let (mut model, mut composer) = (Model::default(), Composer::default());
        for one in &acts {
            match one {
                Act::Insert(c) => model.insert(&c.to_string()),
                Act::Paste(text) => model.insert(text),
                Act::Edit(edit) => model.edit(*edit),
                _ => {}
            }
            act(&mut composer, one);
            prop_assert_eq!(composer.text(), model.text());
            prop_assert_eq!(composer.cursor(), model.left.concat().len());
        }
    }

    #[test]
    fn text_and_cursor_are_sound_whatever_is_done(acts in acts_with_history(80)) {
        let mut composer = Composer::default();
        composer.remember(vec!["/an older one".into(), "two\nlines".into(), "e\u{301}".into()]);
        for one in &acts {
            act(&mut composer, one);
            let text = composer.text();
            let clean = Clean::new(text);
            prop_assert_eq!(clean.as_str(), text);
            let boundary = composer.cursor() == text.len()
                || text.grapheme_indices(true).any(|(at, _)| at == composer.cursor());
            prop_assert!(boundary, "{:?} at {}", text, composer.cursor());
            prop_assert!(!text.is_empty() || !composer.began_by_hand());
        }
    }

    #[test]
    fn every_way_to_put_text_in_leaves_it_clean(old in nasty(30), at in 0..30_usize, end in 0..30_usize, new in nasty(30)) {
        let mut composer = Composer::with(&old);
        let places: Vec<usize> = composer.text().char_indices().map(|(at, _)| at).collect();
        let place = |n: usize| places.get(n).copied().unwrap_or(composer.text().len());
        let range = place(at.min(end))..place(at.max(end));
        composer.replace(range, &new);
        let clean = Clean::new(composer.text());
        prop_assert_eq!(clean.as_str(), composer.text());
        composer.set(&new);
        let clean = Clean::new(composer.text());
        prop_assert_eq!(clean.as_str(), composer.text());
        prop_assert_eq!(composer.cursor(), composer.text().len());
    }
}

#[test]
fn words_are_letters_and_digits_for_alt_and_what_stands_between_spaces_for_ctrl_w() {
    let mut composer = typed("see ../a-b_c.txt");
    composer.edit(Edit::DeleteWordLeft);
    assert_eq!(shown(&composer), "see ../a-b_c.|");
    composer.edit(Edit::WordLeft);
    assert_eq!(shown(&composer), "see ../a-b_|c.");
    composer.edit(Edit::RuboutWord);
    assert_eq!(shown(&composer), "see |c.");
    composer.edit(Edit::RuboutWord);
    assert_eq!(shown(&composer), "|c.");
    composer.edit(Edit::DeleteWordRight);
    assert_eq!(shown(&composer), "|.");
}

#[test]
fn cuts_in_a_row_are_one_text_and_older_ones_come_after_it() {
    let mut composer = typed("one two three");
    edits(&mut composer, &[Edit::RuboutWord, Edit::RuboutWord]);
    assert_eq!(shown(&composer), "one |");
    edits(&mut composer, &[Edit::TextStart, Edit::DeleteWordRight]);
    assert_eq!(shown(&composer), "| ");
    composer.edit(Edit::Yank);
    assert_eq!(shown(&composer), "one| ");
    composer.edit(Edit::YankPop);
    assert_eq!(shown(&composer), "two three| ");
    composer.edit(Edit::YankPop);
    assert_eq!(shown(&composer), "one| ");
    composer.edit(Edit::Undo);
    assert_eq!(shown(&composer), "| ");
    assert!(!composer.edit(Edit::YankPop), "there is nothing to be replaced");
}

#[test]
fn an_emoji_of_many_parts_is_passed_and_deleted_as_one() {
    let family = "👨\u{200d}👩\u{200d}👧";
    let mut composer = typed(&format!("a{family}e\u{301}b"));
    edits(&mut composer, &[Edit::Left, Edit::DeleteLeft]);
    assert_eq!(shown(&composer), format!("a{family}|b"));
    composer.edit(Edit::Left);
    assert_eq!(shown(&composer), format!("a|{family}b"));
    composer.edit(Edit::DeleteRight);
    assert_eq!(shown(&composer), "a|b");
}

#[test]
fn transposing_swaps_around_the_cursor_and_before_the_end_of_a_line() {
    let mut composer = typed("teh\nx");
    composer.edit(Edit::Transpose);
    assert_eq!(shown(&composer), "teh\nx|", "one character has none to swap with");
    edits(&mut composer, &[Edit::LineUp, Edit::LineEnd, Edit::Transpose]);
    assert_eq!(shown(&composer), "the|\nx");
    edits(&mut composer, &[Edit::LineStart, Edit::Right, Edit::Transpose]);
    assert_eq!(shown(&composer), "hte|\nx".replace("hte|", "ht|e"));
}

#[test]
fn lines_are_joined_where_there_is_nothing_left_to_cut() {
    let mut composer = typed("one\ntwo\nthree");
    edits(&mut composer, &[Edit::LineUp, Edit::LineEnd, Edit::KillToEnd]);
    assert_eq!(shown(&composer), "one\ntwo|three");
    edits(&mut composer, &[Edit::KillToStart, Edit::KillToStart]);
    assert_eq!(shown(&composer), "one|three");
}
