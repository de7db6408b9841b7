//! What strangers write stays in its place (threats 73–80), and nothing that lies in the store
//! prevents a start (threat 86).

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use susurro::model::{Clean, Contact, Subscription};
use susurro::store::contacts;
use susurro::tui::layout::{Wanted, areas};

use crate::stage::{MONO, Stage, jid};

/// Text in which what hurts terminals is frequent.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\u{9b}31m",
        "\u{202e}",
        "\u{2067}",
        "\u{2069}",
        "\u{200b}",
        "\u{200d}",
        "👨\u{200d}👩\u{200d}👧",
        "❤\u{fe0f}",
        "🇩🇪",
        "1\u{fe0f}\u{20e3}",
        "漢字",
        "שלום",
        "a\u{301}\u{301}\u{301}",
        "\n",
        "\t",
        " ",
        "│",
        "✓✓",
        "09:12 ana",
        "word",
        "/lock",
        "\u{ad}",
        "\u{e0041}",
        "ﷺ",
        "\u{fffd}",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

/// Cells outside the parts that show what others wrote.
fn frame_of(stage: &Stage, buffer: &Buffer) -> Vec<(u16, u16, String)> {
    let wanted = Wanted {
        heading: false,
        list: true,
        details: true,
        on_list: false,
        warning: 0,
        composer: 1,
        question: 0,
        footer: 1,
    };
    let areas = areas(stage.size, wanted);
    let walls = areas
        .walls
        .iter()
        .flatten()
        .flat_map(|x| (1..stage.size.1 - 1).map(|y| (*x, y)));
    walls
        .chain((0..stage.size.0).map(|x| (x, areas.footer.y)))
        .chain((areas.truth.x..areas.truth.right()).map(|x| (x, areas.truth.y)))
        .map(|(x, y)| (x, y, buffer[(x, y)].symbol().to_owned()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn messages_do_not_touch_what_is_ours(bodies in prop::collection::vec(nasty(), 1..6)) {
        let mut stage = Stage::new((80, 24), MONO);
        stage.bob("plain");
        stage.start();
        stage.online();
        let (calm, _) = stage.draw();
        for body in &bodies {
            stage.bob(body);
        }
        let (buffer, _) = stage.draw();
        prop_assert_eq!(frame_of(&stage, &buffer), frame_of(&stage, &calm));
        for cell in buffer.content() {
            prop_assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
        }
    }

    #[test]
    fn names_do_not_touch_what_is_ours(name in nasty(), columns in 1_u16..120, rows in 1_u16..40) {
        let mut stage = Stage::new((columns, rows), MONO);
        stage.store(|tx, account| {
            let contact = Contact {
                jid: jid("bob@mired.test"),
                name: Some(Clean::line(&name)),
                in_roster: true,
                subscription: Subscription::Both,
                asked: false,
                requests: false,
            };
            contacts::put(tx, account, &contact).unwrap();
        });
        stage.bob(&name);
        stage.start();
        stage.online();
        for keys in [&[][..], &["Alt-V"], &["Esc", "Ctrl-P"], &["Esc", "Ctrl-Up", "d"], &["Esc", "Esc", "Ctrl-O"]] {
            stage.press(keys);
            let (buffer, _) = stage.draw();
            for cell in buffer.content() {
                prop_assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn a_poisonous_history_does_not_prevent_a_start() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.bob(&"a\u{301}".repeat(10_000));
    stage.bob(&"x".repeat(200_000));
    stage.bob(&"\n".repeat(100_000));
    stage.bob(&"👨\u{200d}👩\u{200d}👧".repeat(5_000));
    stage.bob("");
    stage.bob("\u{2067}\u{202e}\u{200b}");
    for _ in 0..3 {
        stage.start();
        for key in ["PgUp", "PgUp", "Ctrl-Home", "Ctrl-Up", "Ctrl-End", "PgUp"] {
            stage.press(&[key]);
            stage.draw();
        }
        stage.press(&["Ctrl-Q"]);
    }
}

#[test]
fn a_title_and_a_bell_hold_nothing_of_a_message() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.start();
    stage.said_by("carol@mired.test", "secret\x1b]0;secret\x07");
    stage.settle();
    let said = format!("{:?}", stage.effects);
    assert!(said.contains("Bell") && said.contains("susurro (1)"), "{said}");
    assert!(!said.contains("secret") && !said.contains("carol"), "{said}");
}
