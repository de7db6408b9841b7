//! Lines that nobody wrote.

use super::*;
use store::events;

/// Messages at 09:12, 09:13 and 09:14 of the 19th, the first two around a hole, and before them what cannot
/// be read.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let account = scene.account;
    scene.change(|tx, who| {
        for (body, time) in [
            ("one", "2026-11-19T09:12:00Z"),
            ("two", "2026-11-19T09:13:00Z"),
            ("three", "2026-11-19T09:13:10Z"),
        ] {
            let message = NewMessage {
                time: at(time),
                ..who.bob_says(body)
            };
            put(tx, &message);
        }
        events::gap(
            tx,
            account,
            at("2026-11-19T09:12:00Z"),
            at("2026-11-19T09:13:00Z"),
        )
        .unwrap();
        events::before_device(tx, who.chat, at("2025-12-31T20:00:00Z")).unwrap();
        events::before_device(tx, who.chat, at("2026-11-18T10:00:00Z")).unwrap();
    });
    scene
}

fn selected(history: &History) -> Option<&str> {
    let row = history.selected()?;
    row.body.as_ref().map(|body| body.as_str())
}

#[test]
fn they_stand_among_the_messages_and_say_their_times() {
    let mut scene = scene();
    let mut history = scene.open((100, 10));
    let shown = shown(&mut scene, &mut history, (100, 10));
    let shown: Vec<&str> = shown.iter().map(|line| line.trim_matches([' ', '─'])).collect();
    assert_eq!(
        shown,
        [
            "",
            "",
            "",
            "Wednesday 18 November",
            "What was encrypted until 18 Nov 10:00 cannot be read here: this device was added later",
            "Thursday 19 November",
            "09:12 bob  one",
            "Messages from 19 Nov 09:12 to 19 Nov 09:13 may be missing: the server no longer has them",
            "09:13 bob  two",
            "·    three",
        ]
    );
}

#[test]
fn going_from_message_to_message_leaves_them_out() {
    let mut scene = scene();
    let mut history = scene.open((60, 10));
    let mut go = |history: &mut History, by| {
        scene.look(|world| history.select(world, by).unwrap());
        selected(history).map(str::to_owned)
    };
    let up: Vec<_> = (0..4).map(|_| go(&mut history, -1)).collect();
    assert_eq!(
        up,
        ["three", "two", "one", "one"].map(|body| Some(body.to_owned()))
    );
    let down: Vec<_> = (0..3).map(|_| go(&mut history, 1)).collect();
    assert_eq!(down, [Some("two".to_owned()), Some("three".to_owned()), None]);
}

#[test]
fn with_one_at_the_lower_edge_the_message_above_it_is_chosen_first() {
    let mut scene = scene();
    let account = scene.account;
    scene.change(|tx, _| {
        events::gap(
            tx,
            account,
            at("2026-11-19T10:00:00Z"),
            at("2026-11-19T11:00:00Z"),
        )
        .unwrap()
    });
    let mut history = scene.open((60, 10));
    scene.look(|world| history.select(world, -1).unwrap());
    assert_eq!(selected(&history), Some("three"));
    scene.look(|world| history.select(world, 1).unwrap());
    assert_eq!(selected(&history), None);
    scene.look(|world| history.select(world, -2).unwrap());
    assert_eq!(selected(&history), Some("two"));
}

#[test]
fn a_click_on_one_chooses_nothing() {
    let mut scene = scene();
    let mut history = scene.open((100, 7));
    let shown = shown(&mut scene, &mut history, (100, 7));
    for (y, line) in (0..).zip(&shown) {
        history.unselect();
        history.select_at(y);
        let of_a_message = ["one", "two", "three"].iter().any(|body| line.ends_with(body));
        assert_eq!(selected(&history).is_some(), of_a_message, "{line}");
    }
}

#[test]
fn a_chat_that_has_nothing_else_shows_them_and_nothing_can_be_chosen() {
    let mut scene = Scene::new();
    scene.change(|tx, who| events::before_device(tx, who.chat, at("2026-11-18T10:00:00Z")).unwrap());
    let mut history = scene.open((60, 6));
    let text = shown(&mut scene, &mut history, (60, 6)).join("\n");
    assert!(
        text.contains("18 Nov 10:00") && !text.contains("No messages yet"),
        "{text}"
    );
    scene.look(|world| history.select(world, -1).unwrap());
    assert_eq!(selected(&history), None);
}

#[test]
fn no_words_pass_the_pane_however_narrow_it_is() {
    let mut scene = scene();
    for width in 1..60 {
        let mut history = scene.open((width, 40));
        for line in shown(&mut scene, &mut history, (width, 40)) {
            assert!(crate::text::width(&line) <= usize::from(width), "{width}: {line}");
        }
    }
}
