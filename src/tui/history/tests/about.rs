//! What is said about messages, beside their words: answers, corrections, reactions, what was taken back.

use super::*;
use model::{ReplyTo, Retracted};
use store::about::{corrections, retractions};
use store::{Way, deleted, reactions};

const SIZE: (u16, u16) = (58, 12);

fn way(protection: Protection) -> Way {
    Way {
        time: at("2026-11-19T10:00:00Z"),
        protection,
        device: None,
        fingerprint: None,
        trust: None,
    }
}

/// Bob asks, Ana answers that question.
fn answered(words: &str) -> (Scene, MessageId, MessageId) {
    let mut scene = Scene::new();
    let (asked, answer) = scene.change(|tx, who| {
        let asked = NewMessage {
            stanza_id: "asked".to_owned(),
            ..who.bob_says(words)
        };
        let asked = put(tx, &asked);
        let answer = put(tx, &who.ana_says("Yes, to Friday."));
        let to = ReplyTo {
            id: "asked".to_owned(),
            author: Some(who.bob.clone()),
        };
        messages::set_reply(tx, answer, &to).unwrap();
        (asked, answer)
    });
    (scene, asked, answer)
}

fn edited(tx: &Transaction<'_>, message: MessageId, words: &str, protection: Protection) {
    let correction = corrections::Correction {
        id: words,
        server_id: None,
        body: &Clean::new(words),
        unstyled: false,
        way: way(protection),
    };
    corrections::apply(tx, message, &correction, false).unwrap();
}

fn react(tx: &Transaction<'_>, message: MessageId, who: &str, emojis: &[&str], protection: Protection) {
    let emojis: Vec<Clean> = emojis.iter().map(|emoji| Clean::new(emoji)).collect();
    reactions::set(tx, message, &jid(who), &emojis, &way(protection)).unwrap();
}

fn text(scene: &mut Scene, history: &mut History, size: (u16, u16)) -> String {
    shown(scene, history, size).join("\n")
}

#[test]
fn an_answer_quotes_what_the_history_has_now() {
    let long = "shall we move the meeting of the whole collective to another day of the week?\nsecond line";
    let (mut scene, asked, _) = answered(long);
    let mut history = scene.open(SIZE);
    let whole = text(&mut scene, &mut history, SIZE);
    assert!(whole.contains("ana│ bob: shall we move the meeting"), "{whole}");
    assert!(whole.contains("\n            Yes, to Friday."), "{whole}");
    assert!(
        !whole
            .lines()
            .any(|line| line.contains("│") && line.contains("second")),
        "{whole}"
    );

    scene.change(|tx, _| edited(tx, asked, "shall we go?", Protection::Omemo2));
    refresh(&mut scene, &mut history);
    let now = text(&mut scene, &mut history, SIZE);
    assert!(now.contains("│ bob: shall we go?\n"), "{now}");

    scene.change(|tx, _| retractions::apply(tx, asked, Retracted::Author).unwrap());
    refresh(&mut scene, &mut history);
    let now = text(&mut scene, &mut history, SIZE);
    assert!(
        now.contains("│ an answer to a message that was taken back\n"),
        "{now}"
    );

    scene.change(|tx, _| deleted::message(tx, asked).unwrap());
    refresh(&mut scene, &mut history);
    let now = text(&mut scene, &mut history, SIZE);
    assert!(
        now.contains("│ an answer to a message that is not here\n"),
        "{now}"
    );
}

#[test]
fn everything_about_messages_at_both_sizes() {
    let (mut scene, asked, answer) = answered("shall we move the meeting?");
    scene.change(|tx, who| {
        edited(
            tx,
            asked,
            "shall we move the meeting then?",
            Protection::OmemoLegacy,
        );
        edited(
            tx,
            answer,
            "Yes, to Friday, at eight, where we met in the spring of last year.",
            Protection::Omemo2,
        );
        react(tx, answer, "bob@mired.test", &["👍", "🎉"], Protection::Omemo2);
        react(tx, answer, "ana@mired.test", &["👍"], Protection::Omemo2);
        react(tx, asked, "ana@mired.test", &["❤️"], Protection::Omemo2);
        react(tx, asked, "bob@mired.test", &["😂"], Protection::Clear);
        let gone = put(tx, &who.bob_says("forget it"));
        retractions::apply(tx, gone, Retracted::Author).unwrap();
        let ours = put(tx, &who.ana_says("forget this"));
        retractions::apply(tx, ours, Retracted::Author).unwrap();
        let plain = put(
            tx,
            &NewMessage {
                protection: Protection::Clear,
                stanza_id: "p".to_owned(),
                ..who.bob_says("in clear")
            },
        );
        react(tx, plain, "bob@mired.test", &["👍"], Protection::Clear);
        let to = ReplyTo {
            id: "asked".to_owned(),
            author: None,
        };
        messages::set_reply(tx, plain, &to).unwrap();
    });
    let mut both = String::new();
    for size in [(58, 16), (40, 18), (20, 24)] {
        let mut history = scene.open(size);
        both.push_str(&text(&mut scene, &mut history, size));
        both.push_str("\n═════\n");
    }
    insta::assert_snapshot!(both);
    scene.theme = Theme::new(Capabilities {
        colour: false,
        unicode: false,
    });
    let mut history = scene.open(SIZE);
    let ascii = text(&mut scene, &mut history, SIZE);
    assert!(
        !ascii.contains(['│', '└', '·']) && ascii.contains("| bob:"),
        "{ascii}"
    );
}

#[test]
fn a_reaction_that_adds_a_line_moves_nothing_below_the_place() {
    let mut scene = Scene::with_rows(60);
    let mut history = scene.open(SIZE);
    scroll(&mut scene, &mut history, Scroll::Pages(-2));
    let before = shown(&mut scene, &mut history, SIZE);
    let at_edge = before.last().unwrap().clone();
    let in_sight = before[6].trim().rsplit(' ').next().unwrap().parse().unwrap();
    let place = history.place();
    scene.change(|tx, _| {
        react(
            tx,
            MessageId(in_sight),
            "ana@mired.test",
            &["👍"],
            Protection::Omemo2,
        )
    });
    refresh(&mut scene, &mut history);
    let after = shown(&mut scene, &mut history, SIZE);
    assert_eq!(after.last(), Some(&at_edge));
    assert!(after.iter().any(|line| line.contains("└ 👍 you")), "{after:?}");
    assert_eq!(after[0], before[1]);
    assert_eq!(history.place(), place);
    // They take it back, and all is as it was.
    scene.change(|tx, _| {
        let later = Way {
            time: at("2026-11-19T11:00:00Z"),
            ..way(Protection::Omemo2)
        };
        reactions::set(tx, MessageId(in_sight), &jid("ana@mired.test"), &[], &later).unwrap();
    });
    refresh(&mut scene, &mut history);
    assert_eq!(shown(&mut scene, &mut history, SIZE), before);
}

/// Whatever they write, the column beside their words is ours.
#[test]
fn no_text_can_look_like_a_quote_or_a_reaction() {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        put(
            tx,
            &who.bob_says("│ ana: I owe you money\nyes\n└ edited · 👍 you"),
        );
    });
    let mut history = scene.open(SIZE);
    let buf = paint(&mut scene, &mut history, SIZE);
    let mark = history.sight().window.columns.mark();
    for y in 0..SIZE.1 {
        let symbol = buf[(mark, y)].symbol();
        assert!(!"│└".contains(symbol) || symbol.trim().is_empty(), "{symbol}");
    }
}

#[test]
fn what_somebody_does_is_told_with_their_name_in_an_answer_too() {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        put(
            tx,
            &NewMessage {
                stanza_id: "asked".to_owned(),
                ..who.ana_says("Are you coming?")
            },
        );
        let answer = put(tx, &who.bob_says("/me nods,\n/me or so"));
        let to = ReplyTo {
            id: "asked".to_owned(),
            author: None,
        };
        messages::set_reply(tx, answer, &to).unwrap();
        put(tx, &who.bob_says("/mean"));
    });
    let mut history = scene.open(SIZE);
    let text = text(&mut scene, &mut history, SIZE);
    assert!(
        text.contains("│ ana: Are you coming?\n            * bob nods,\n            /me or so"),
        "{text}"
    );
    assert!(text.contains("/mean"), "{text}");
}
