//! Whatever is written stays between the gutter and the marks, on the terminal too (threats 73, 77, 79, 80).

use proptest::prelude::*;

use super::*;
use crate::emulated::{Emulated, assert_only_own_sequences};
use model::{Direction, ReplyTo};
use store::about::corrections::{self, Correction};
use store::{Way, reactions};

/// Text in which what is wide, invisible, combining, joined or turned around is
/// frequent, and what looks like ours.
fn nasty() -> impl Strategy<Value = String> {
    let special = "\u{1b}\u{9b}\u{7f}\n\t \u{301}\u{36f}\u{fe0f}\u{20e3}\u{200d}\u{200b}\u{202e}\u{2066}\u{2067}\u{2069}\u{e0067}\
                   👩🏽🇪🇸❤漢か한\u{1100}\u{1161}אبक\u{94d}ष│─▸✓✗!·…◆";
    let special: Vec<char> = special.chars().collect();
    let c =
        prop_oneof![4 => prop::sample::select(special), 2 => prop::char::range('a', 'e'), 1 => any::<char>()];
    prop::collection::vec(c, 0..120).prop_map(|chars| chars.into_iter().collect())
}

/// Every second one answers the one before, was edited into the words of that, and has them as emojis, too.
fn put_about(tx: &Transaction<'_>, who: &Facts, texts: &[(String, bool)]) {
    let way = Way {
        time: at("2026-11-19T10:00:00Z"),
        protection: Protection::OmemoLegacy,
        device: None,
        fingerprint: None,
        trust: None,
    };
    let mut before: Option<(String, Clean)> = None;
    for (n, (text, own)) in texts.iter().enumerate() {
        let new = if *own {
            who.ana_says(text)
        } else {
            who.bob_says(text)
        };
        let stanza_id = n.to_string();
        let id = put(
            tx,
            &NewMessage {
                stanza_id: stanza_id.clone(),
                ..new
            },
        );
        let Some((id_before, text_before)) = before.take() else {
            before = Some((stanza_id, Clean::new(text)));
            continue;
        };
        let to = ReplyTo {
            id: id_before,
            author: None,
        };
        messages::set_reply(tx, id, &to).unwrap();
        let correction = Correction {
            id: "c",
            server_id: None,
            body: &text_before,
            unstyled: false,
            way,
        };
        corrections::apply(tx, id, &correction, false).unwrap();
        let emojis = [Clean::line(text), text_before.clone()];
        let clear = Way {
            protection: Protection::Clear,
            ..way
        };
        reactions::set(tx, id, &who.bob, &emojis, &clear).unwrap();
    }
}

/// Nothing but a bar or a hook of ours stands in the gutter of lines that are no first ones, and the marks of
/// messages of others are blank.
fn check_margins(history: &History, buf: &Buffer) -> Result<(), TestCaseError> {
    let columns = history.sight().window.columns;
    let lines_in_sight = history.sight().lines();
    let first = buf.area.height - lines_in_sight.len() as u16;
    for (y, line) in (first..).zip(lines_in_sight) {
        let head = history.sight().window.head(line.row).len();
        let blank = |from: u16, to: u16| (from..to).all(|x| buf[(x, y)].symbol() == " ");
        if line.line > head && y > 0 {
            let mark = columns.mark();
            let ours = [" ", "│", "└"].contains(&buf[(mark, y)].symbol());
            let rest = blank(0, mark) && blank(mark + 1, columns.text(false));
            prop_assert!(ours && rest, "{:?}", lines(buf));
        }
        if line.line >= head {
            // Beside the last line of ours stands how far it came.
            let row = history.sight().window.get(line.row).unwrap();
            let last = row.block().unwrap().state_line();
            let marked =
                line.line == head + last && row.entry.message().unwrap().direction() == Direction::Out;
            let to = if marked {
                columns.right() + 1
            } else {
                columns.width
            };
            prop_assert!(blank(columns.right(), to), "{:?}", lines(buf));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_text_reaches_the_margins_and_terminals_show_what_was_drawn(
        texts in prop::collection::vec((nasty(), any::<bool>()), 1..8),
        size in (28..70_u16, 4..14_u16),
        steps in prop::collection::vec(-9..6_i32, 0..5),
    ) {
        let mut scene = Scene::new();
        scene.change(|tx, who| put_about(tx, who, &texts));
        let mut history = scene.open(size);
        let mut terminal = Emulated::new(size.0, size.1);
        for lines in std::iter::once(0).chain(steps) {
            scroll(&mut scene, &mut history, Scroll::Lines(lines));
            let buf = paint(&mut scene, &mut history, size);
            check_margins(&history, &buf)?;
            terminal.show(buf);
        }
        assert_only_own_sequences(terminal.bytes());
    }
}
