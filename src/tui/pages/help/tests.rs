//! The help at several sizes, scrolled and resized.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::recipients::fixture::{Stage, key};
use crate::theme::Glyph;

fn help(stage: &mut Stage) -> Help {
    stage.look(|world| Help::new(world.keymap, world.theme))
}

fn picture(stage: &mut Stage, help: &mut Help, columns: u16, lines: u16) -> String {
    stage.picture(columns, lines, |world, area, buf| {
        assert_eq!(help.draw(world, area, buf), None);
    })
}

fn press(stage: &mut Stage, help: &mut Help, name: &str) -> Vec<Ask> {
    stage.look(|world| help.on_key(key(name), world).unwrap())
}

/// Everything that it says, at this width.
fn whole(stage: &mut Stage, columns: u16) -> String {
    let mut help = help(stage);
    picture(stage, &mut help, columns, 500)
}

#[test]
fn it_fits_80_columns() {
    let mut stage = Stage::new();
    let mut help = help(&mut stage);
    insta::assert_snapshot!("help_80x24", picture(&mut stage, &mut help, 80, 24));
    press(&mut stage, &mut help, "End");
    insta::assert_snapshot!("help_80x24_end", picture(&mut stage, &mut help, 80, 24));
}

#[test]
fn our_words_are_ascii_where_only_that_can_be_shown() {
    let mut stage = Stage::new().capabilities(false, false);
    for columns in [40, 80] {
        let mut help = help(&mut stage);
        let text = picture(&mut stage, &mut help, columns, 400);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn it_fits_40_columns() {
    let mut stage = Stage::new().capabilities(false, false);
    let mut help = help(&mut stage);
    insta::assert_snapshot!("help_40x12", picture(&mut stage, &mut help, 40, 12));
    press(&mut stage, &mut help, "PgDn");
    insta::assert_snapshot!("help_40x12_next", picture(&mut stage, &mut help, 40, 12));
}

#[test]
fn every_action_its_keys_every_command_and_every_sign_are_in_it_at_any_width() {
    for columns in [160, 80, 40, 30] {
        let mut stage = Stage::new();
        // Wrapped words are one text again, wherever they were broken.
        let text = whole(&mut stage, columns);
        let words: Vec<&str> = text.split_whitespace().collect();
        let has = |word: &str| words.iter().any(|one| one.trim_end_matches([',', '.']) == word);
        for row in TABLE {
            for word in row.words.split_whitespace() {
                assert!(
                    has(word.trim_end_matches([',', '.'])),
                    "{columns}: {word} of {}",
                    row.name
                );
            }
            if columns >= 40 {
                for key in row.keys {
                    assert!(has(key), "{columns}: {key}");
                }
            }
        }
        for row in commands::TABLE.iter().filter(|_| columns >= 40) {
            for word in row.written.split(' ') {
                assert!(has(word), "{columns}: {word} of {}", row.written);
            }
        }
        let theme = stage.look(|world| world.theme.clone());
        for glyph in [
            Glyph::Verified,
            Glyph::Unverified,
            Glyph::Delivered,
            Glyph::Failed,
            Glyph::Here,
        ] {
            assert!(has(theme.glyph(glyph)), "{columns}: {glyph:?}");
        }
    }
}

#[test]
fn it_shows_the_keys_as_they_are_now_and_says_where_there_is_none() {
    let changes = [("find", vec!["F7"]), ("redraw", vec![])];
    let changes: BTreeMap<String, Vec<String>> = changes
        .into_iter()
        .map(|(name, keys)| (name.to_owned(), keys.into_iter().map(str::to_owned).collect()))
        .collect();
    let keymap = Keymap::new(&changes).unwrap();
    let mut stage = Stage::new();
    let mut help = stage.look(|world| Help::new(&keymap, world.theme));
    let text = picture(&mut stage, &mut help, 80, 500);
    assert!(text.contains("F7 finds chats"), "{text}");
    assert!(
        text.lines()
            .any(|line| line.contains("F7") && line.contains("Find a chat")),
        "{text}"
    );
    assert!(
        text.lines()
            .any(|line| line.contains("(no key)") && line.contains("Draw the screen anew"))
    );
    assert!(!text.contains("Ctrl-P"), "{text}");
}

#[test]
fn it_scrolls_as_far_as_there_are_lines() {
    let mut stage = Stage::new();
    let mut help = help(&mut stage);
    let first = picture(&mut stage, &mut help, 80, 24);
    press(&mut stage, &mut help, "Up");
    assert_eq!(picture(&mut stage, &mut help, 80, 24), first);
    press(&mut stage, &mut help, "Down");
    let second = picture(&mut stage, &mut help, 80, 24);
    assert_eq!(first.lines().nth(1), second.lines().next());
    press(&mut stage, &mut help, "PgDn");
    let third = picture(&mut stage, &mut help, 80, 24);
    // One line is in sight before and after.
    assert_eq!(second.lines().nth(22), third.lines().next());
    for _ in 0..100 {
        help.on_wheel(3);
    }
    let last = picture(&mut stage, &mut help, 80, 24);
    press(&mut stage, &mut help, "Home");
    press(&mut stage, &mut help, "End");
    assert_eq!(picture(&mut stage, &mut help, 80, 24), last);
    assert!(last.contains(&format!("of {}", help.lines.len())), "{last}");
    press(&mut stage, &mut help, "Ctrl-Home");
    assert_eq!(picture(&mut stage, &mut help, 80, 24), first);
}

#[test]
fn another_width_leaves_what_is_read_at_the_top() {
    let mut stage = Stage::new();
    let mut help = help(&mut stage);
    picture(&mut stage, &mut help, 80, 24);
    for _ in 0..20 {
        press(&mut stage, &mut help, "Down");
    }
    let wide = picture(&mut stage, &mut help, 80, 24);
    let narrow = picture(&mut stage, &mut help, 40, 12);
    let top = |text: &str| text.split_whitespace().next().map(str::to_owned);
    assert_eq!(top(&wide), top(&narrow));
    assert_eq!(picture(&mut stage, &mut help, 80, 24), wide);
}

#[test]
fn the_finder_is_one_key_away() {
    let mut stage = Stage::new();
    let mut help = help(&mut stage);
    assert_eq!(
        press(&mut stage, &mut help, "Ctrl-P"),
        [Ask::Show(PageName::Find)]
    );
    assert_eq!(press(&mut stage, &mut help, "x"), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_size_and_no_key_break_it(
        sizes in prop::collection::vec((1_u16..90, 1_u16..30), 1..6),
        keys in prop::collection::vec(prop::sample::select(vec!["Up", "Down", "PgUp", "PgDn", "End", "Home", "Space"]), 6),
    ) {
        let mut stage = Stage::new();
        let mut help = help(&mut stage);
        for ((columns, lines), name) in sizes.into_iter().zip(keys) {
            press(&mut stage, &mut help, name);
            stage.painted(columns, lines, |world, area, buf| {
                help.draw(world, area, buf);
            });
            let last = help.lines.len().saturating_sub(usize::from(lines)) + 1;
            prop_assert!(help.top <= last, "{} of {}", help.top, help.lines.len());
        }
    }
}
