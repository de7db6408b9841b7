//! The place is kept: over resize, new messages, another chat, a restart.

use proptest::prelude::*;
use susurro::tui::app::Effect;

use crate::stage::{MONO, Stage, jid, peer};

/// A chat of `count` numbered messages, a minute apart, all read.
fn long(count: usize) -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    for n in 0..count {
        stage.minutes(1);
        stage.bob(&format!("message number {n}."));
    }
    let bob = stage.chat(&jid("bob@mired.test"));
    stage.store(|tx, _| {
        let newest = susurro::store::messages::history(tx, bob, None, 1).unwrap().pop();
        let up_to = newest.map(|row| row.position).unwrap_or_default();
        susurro::store::messages::set_read(tx, bob, up_to).unwrap();
    });
    stage.start();
    stage
}

/// The number of the lowest message in sight.
fn lowest(stage: &mut Stage) -> usize {
    let text = stage.text();
    let last = text
        .lines()
        .rev()
        .find_map(|line| line.split_once("message number "));
    let (_, number) = last.unwrap_or_else(|| panic!("no message in\n{text}"));
    number.split('.').next().unwrap().parse().unwrap()
}

#[test]
fn it_opens_at_the_newest_message_and_follows() {
    let mut stage = long(100);
    assert_eq!(lowest(&mut stage), 99);
    stage.bob("message number 100.");
    assert_eq!(lowest(&mut stage), 100);
}

#[test]
fn arrivals_below_say_so_and_do_not_pull() {
    let mut stage = long(100);
    stage.press(&["PgUp", "PgUp"]);
    let before = lowest(&mut stage);
    for _ in 0..3 {
        stage.bob("message number 100.");
    }
    assert_eq!(lowest(&mut stage), before);
    assert!(stage.text().contains("3 new below"), "{}", stage.text());
    stage.press(&["Ctrl-End"]);
    assert_eq!(lowest(&mut stage), 100);
    assert!(!stage.text().contains("new below"));
}

#[test]
fn a_restart_keeps_place_draft_and_chat() {
    let mut stage = long(200);
    stage.said_by("carol@mired.test", "message number 7.");
    stage.press(&["PgUp", "PgUp", "PgUp"]);
    stage.type_in("half a thought");
    let before = stage.text();
    stage.press(&["Ctrl-Q"]);
    assert!(stage.effects.contains(&Effect::Quit));
    stage.start();
    assert_eq!(stage.text(), before);
}

#[test]
fn another_chat_and_back_keeps_place_draft_and_undo() {
    let mut stage = long(200);
    stage.said_by("carol@mired.test", "hello");
    stage.press(&["PgUp", "PgUp"]);
    stage.type_in("half a thought");
    let place = lowest(&mut stage);
    stage.press(&["Alt-A"]);
    assert!(stage.text().contains("hello"));
    assert!(!stage.text().contains("half a thought"));
    stage.type_in("/open bob@mired.test");
    stage.press(&["Enter"]);
    assert_eq!(lowest(&mut stage), place);
    assert!(stage.text().contains("half a thought"));
}

#[test]
fn a_chat_that_was_scrolled_back_tells_what_is_new_when_it_is_opened_again() {
    let mut stage = long(100);
    stage.said_by("carol@mired.test", "hello");
    stage.press(&["Alt-A"]);
    stage.bob("message number 100.");
    stage.settle();
    let list = stage
        .app()
        .list_pane
        .list
        .find(&peer("bob@mired.test"))
        .unwrap()
        .unread;
    assert_eq!(list, 1);
    stage.press(&["Alt-A"]);
    assert!(stage.text().contains("─ new ─"), "{}", stage.text());
    assert_eq!(lowest(&mut stage), 100);
    stage.draw();
    assert_eq!(
        stage
            .app()
            .list_pane
            .list
            .find(&peer("bob@mired.test"))
            .unwrap()
            .unread,
        0
    );
}

#[test]
fn only_what_was_in_sight_is_read() {
    let mut stage = Stage::new((80, 24), MONO);
    for n in 0..60 {
        stage.minutes(1);
        stage.bob(&format!("message number {n}."));
    }
    stage.start();
    stage.draw();
    let last = lowest(&mut stage);
    assert!(last < 59, "with so many unread it does not open at the end");
    stage.draw();
    let unread = stage
        .app()
        .list_pane
        .list
        .find(&peer("bob@mired.test"))
        .unwrap()
        .unread;
    assert_eq!(usize::try_from(unread).unwrap(), 59 - last, "{}", stage.text());
}

#[test]
fn the_next_unread_chat_can_be_the_open_one() {
    let mut stage = long(100);
    stage.press(&["PgUp", "PgUp"]);
    stage.bob("message number 100.");
    stage.press(&["Alt-A"]);
    assert_eq!(lowest(&mut stage), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However the window is pulled about, in the end everything stands where it stood.
    #[test]
    fn a_storm_of_sizes_leaves_the_place(
        pages in 0_usize..8,
        sizes in prop::collection::vec((1_u16..200, 1_u16..60), 1..30),
    ) {
        let mut stage = long(150);
        for _ in 0..pages {
            stage.press(&["PgUp"]);
        }
        stage.type_in("half a thought");
        let before = stage.text();
        for (columns, rows) in sizes {
            stage.resize(columns, rows);
            stage.draw();
        }
        stage.resize(80, 24);
        prop_assert_eq!(stage.text(), before);
    }
}
