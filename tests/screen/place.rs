//! The place in the history, the size of the terminal, and what is pasted.

use crate::desk::{ANA, Table, USUAL};

/// A chat of some screens, scrolled up; returns the table and what is seen.
fn scrolled_up() -> (Table, String) {
    let mut table = Table::after_a_greeting();
    for number in 0..60 {
        table.bob.send(ANA, &format!("row {number:02} of a long evening"));
    }
    table.desk.wait("row 59");
    // Page by page, so that none is still on its way afterwards.
    let mut seen = table.desk.screen();
    for page in ["one page up", "two pages up"] {
        let before = rows(&seen);
        table.desk.keys(&["PPage"]);
        seen = table.desk.wait_for(page, |screen| {
            let now = rows(screen);
            now.last() < before.last() && now.len() > 5
        });
    }
    (table, seen)
}

/// The numbers of the rows that are seen, from above.
fn rows(screen: &str) -> Vec<u32> {
    let after = screen.split("row ").skip(1);
    after.filter_map(|text| text.get(..2)?.parse().ok()).collect()
}

#[test]
fn forty_sizes_in_a_row_neither_break_it_nor_lose_the_place() {
    let (table, before) = scrolled_up();
    let desk = &table.desk;
    let mut state = 7_u32;
    let mut random = |most: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u16::try_from((state >> 16) % most + 1).unwrap()
    };
    for turn in 0..40 {
        // Everything from one cell on, and now and then a large one.
        let size = if turn % 5 == 0 {
            (1, 1)
        } else {
            (random(200), random(60))
        };
        desk.resize(size);
        if turn % 8 == 0 {
            desk.settle(std::time::Duration::from_millis(100));
        }
    }
    desk.resize(USUAL);
    desk.wait_for("the place to be there again", |screen| {
        rows(screen) == rows(&before)
    });
    // Arrivals do not pull, and say that they are there.
    let Table {
        desk,
        mut bob,
        server: _server,
    } = table;
    bob.send(ANA, "row 60 of a long evening");
    let screen = desk.wait("1 new below");
    assert_eq!(rows(&screen), rows(&before));
    desk.keys(&["C-End"]);
    desk.wait("row 60");
    desk.line("still here");
    assert_eq!(bob.bodies(1), ["still here"]);
}

#[test]
fn a_restart_keeps_the_place() {
    let (table, seen) = scrolled_up();
    let before = rows(&seen);
    let Table {
        desk,
        bob: _bob,
        server: _server,
    } = table;
    desk.keys(&["C-q"]);
    desk.ended(0);
    let desk = desk.restart(&crate::desk::Start::default());
    desk.wait("online");
    desk.wait_for("the place to be there again", |screen| rows(screen) == before);
}

#[test]
fn ten_thousand_pasted_lines_are_neither_sent_nor_run_and_one_key_takes_them_back() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::after_a_greeting();
    desk.text("before the flood");
    desk.wait("before the flood");
    let flood: String = (0..10_000).map(|number| format!("/quit {number}\n")).collect();
    desk.paste(&flood);
    desk.wait("/quit 9999");
    // It answers at once, whatever it holds.
    desk.text("and-more");
    let mut screen = desk.wait("and-more");
    while screen.contains("/quit") {
        desk.keys(&["C-_"]);
        screen = desk.wait_for("one step back", |after| after != screen);
    }
    desk.wait("before the flood");
    desk.keys(&["Enter"]);
    // The first that comes: nothing else was sent before it.
    assert_eq!(bob.bodies(1), ["before the flood"]);
}

#[test]
fn what_is_pasted_is_text_and_never_a_command_by_itself() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::after_a_greeting();
    // With the end mark of a paste inside: what comes after must be text as well.
    desk.paste("/lock\u{1b}[201~\rsent by a trick\r");
    // The Enter behind the mark is taken for one, and asks.
    let screen = desk.wait("keep writing");
    assert!(screen.contains("good day to you"), "it was locked:\n{screen}");
    desk.keys(&["Escape"]);
    desk.wait_gone("keep writing");
    desk.keys(&["C-x"]);
    desk.wait_gone("/lock");
    desk.line("sent on purpose");
    assert_eq!(bob.bodies(1), ["sent on purpose"]);
}
