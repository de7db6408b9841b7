//! How the text lies in its box.

use super::*;
use crate::text;

proptest! {
    #[test]
    fn every_line_and_the_cursor_stay_in_the_box(written in nasty(80), left in 0..20_usize, columns in 2..24_usize) {
        let mut composer = Composer::with(&written);
        edits(&mut composer, &vec![Edit::Left; left]);
        let layout = composer.layout(columns);
        for line in &layout.lines {
            prop_assert!(text::width(line) <= columns, "{line:?}");
        }
        let (row, column) = layout.cursor;
        prop_assert!(row < layout.lines.len() && column < columns);
        prop_assert!(column <= text::width(&layout.lines[row]).max(1));
    }

    #[test]
    fn no_character_is_lost_where_lines_are_broken(written in "[a-c  漢é👍]{0,80}", columns in 3..20_usize) {
        let composer = Composer::with(&written);
        prop_assert_eq!(composer.layout(columns).lines.concat(), written);
    }

    #[test]
    fn the_cursor_stands_behind_what_is_drawn_before_it(written in nasty(60), left in 0..20_usize, columns in 10..24_usize) {
        let mut composer = Composer::with(&written);
        edits(&mut composer, &vec![Edit::Left; left]);
        // The beginning alone is drawn as it is drawn in the whole, up to the cursor's row.
        let before = Composer::with(composer.text().get(..composer.cursor()).unwrap());
        let (row, column) = composer.layout(columns).cursor;
        let part = before.layout(columns);
        if part.cursor.0 == row {
            prop_assert_eq!(text::width(&part.lines[row]), column);
        }
    }

    #[test]
    fn what_was_broken_before_a_change_is_as_if_it_were_broken_now(
        start in nasty(120), acts in acts_with_history(30), columns in 2..14_usize,
    ) {
        let mut composer = Composer::with(&start);
        composer.layout(columns);
        for one in &acts {
            act(&mut composer, one);
            let mut fresh = Composer::with(composer.text());
            fresh.cursor = composer.cursor();
            prop_assert_eq!(composer.layout(columns), fresh.layout(columns));
        }
    }

    #[test]
    fn a_window_is_a_piece_of_the_whole_that_holds_the_cursor(
        written in nasty(120), acts in acts(20), columns in 2..14_usize, rows in 1..9_usize,
    ) {
        let mut composer = Composer::with(&written);
        for one in &acts {
            act(&mut composer, one);
            let whole = composer.layout(columns);
            let window = composer.layout_window(columns, rows);
            prop_assert_eq!(window.above + window.lines.len() + window.below, whole.lines.len());
            prop_assert_eq!(window.lines.len(), rows.min(whole.lines.len()));
            prop_assert_eq!(&whole.lines[window.above..][..window.lines.len()], &window.lines[..]);
            prop_assert_eq!((window.cursor.0 + window.above, window.cursor.1), whole.cursor);
        }
    }

    #[test]
    fn going_up_and_down_is_a_drawn_line_and_leads_back(written in nasty(80), up in 0..6_usize, columns in 2..14_usize) {
        let mut composer = Composer::with(&written);
        composer.layout(columns);
        edits(&mut composer, &vec![Edit::LineUp; up]);
        let (start, row) = (composer.cursor(), composer.layout(columns).cursor.0);
        if composer.edit(Edit::LineUp) {
            prop_assert_eq!(composer.layout(columns).cursor.0 + 1, row);
            composer.edit(Edit::LineDown);
            prop_assert_eq!(composer.layout(columns).cursor.0, row);
            prop_assert!(up > 0 || composer.cursor() == start);
        } else {
            prop_assert!(row == 0 || composer.cursor() == start);
        }
    }
}

#[test]
fn a_line_is_broken_behind_its_spaces() {
    let composer = Composer::with("one two  three\n\nx");
    let layout = composer.layout(6);
    assert_eq!(layout.lines, ["one ", "two  ", "three", "", "x"]);
    assert_eq!(layout.cursor, (4, 1));
}

#[test]
fn a_word_longer_than_the_box_is_broken_where_it_must() {
    assert_eq!(
        Composer::with("aaaaaaaaa b").layout(5).lines,
        ["aaaa", "aaaa", "a b"]
    );
    assert_eq!(Composer::with("漢字漢字").layout(6).lines, ["漢字", "漢字"]);
}

#[test]
fn the_cursor_behind_a_space_in_the_last_column_stands_on_the_next_line() {
    let mut composer = typed("abcd ");
    assert_eq!(composer.layout(5).lines, ["abcd ", ""]);
    assert_eq!(composer.layout(5).cursor, (1, 0));
    composer.insert("e");
    assert_eq!(composer.layout(5).lines, ["abcd ", "e"]);
    composer.edit(Edit::Left);
    assert_eq!(composer.layout(5).cursor, (1, 0));
}

#[test]
fn the_column_that_was_aimed_at_is_kept_over_short_lines() {
    let mut composer = typed("abcdef\nx\nuvwxyz");
    edits(&mut composer, &[Edit::Left, Edit::Left, Edit::LineUp]);
    assert_eq!(shown(&composer), "abcdef\nx|\nuvwxyz");
    composer.edit(Edit::LineUp);
    assert_eq!(shown(&composer), "abcd|ef\nx\nuvwxyz");
    assert!(!composer.edit(Edit::LineUp));
    edits(&mut composer, &[Edit::LineDown, Edit::LineDown]);
    assert_eq!(shown(&composer), "abcdef\nx\nuvwx|yz");
}

#[test]
fn the_window_moves_only_when_the_cursor_leaves_it() {
    let mut composer = Composer::with(&(0..20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n"));
    let window = composer.layout_window(10, 4);
    assert_eq!((window.above, window.below, window.cursor), (16, 0, (3, 2)));
    edits(&mut composer, &[Edit::LineUp; 3]);
    assert_eq!(composer.layout_window(10, 4).above, 16);
    edits(&mut composer, &[Edit::LineUp; 2]);
    let window = composer.layout_window(10, 4);
    assert_eq!((window.above, window.below), (14, 2));
    assert_eq!(window.lines, ["14", "15", "16", "17"]);
}

#[test]
fn what_cannot_be_seen_or_turns_the_line_takes_no_cell() {
    let composer = Composer::with("a\u{202e}b\u{200b}c\td");
    assert_eq!(composer.layout(20).lines, ["abc d"]);
    assert_eq!(
        composer.text(),
        "a\u{202e}b\u{200b}c\td",
        "it is sent nevertheless"
    );
}

#[test]
fn a_grapheme_without_end_is_one_cell_and_flags_without_end_are_passed_over() {
    let chain = "\u{915}\u{94d}".repeat(40_000);
    let mut composer = Composer::with(&chain);
    assert_eq!(composer.layout(40).lines, ["\u{fffd}"]);
    composer.edit(Edit::DeleteLeft);
    assert!(composer.is_empty());
    composer.set(&"\u{1f1e9}\u{1f1ea}".repeat(30_000));
    assert_eq!(composer.layout_window(40, 3).lines.len(), 3);
    composer.edit(Edit::WordLeft);
    assert_eq!(composer.cursor(), 0);
    composer.edit(Edit::WordRight);
    composer.edit(Edit::RuboutWord);
    assert!(composer.is_empty());
}
