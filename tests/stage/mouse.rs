//! The mouse, where it was turned on.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use susurro::tui::app::{Effect, Input};

use crate::stage::{MONO, Stage};

fn event(stage: &mut Stage, kind: MouseEventKind, column: u16, row: u16) {
    stage.input(Input::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    }));
    stage.draw();
}

fn stage() -> Stage {
    let mut stage = Stage::new((80, 24), MONO);
    for n in 0..50 {
        stage.minutes(1);
        stage.bob(&format!("message number {n}."));
    }
    stage.start();
    stage.press(&["Ctrl-End"]);
    stage
}

#[test]
fn it_is_off_until_it_is_asked_for() {
    let mut stage = stage();
    stage.type_in("/mouse");
    stage.press(&["Enter"]);
    assert!(stage.effects.contains(&Effect::Mouse(true)));
    stage.type_in("/mouse off");
    stage.press(&["Enter"]);
    assert!(stage.effects.contains(&Effect::Mouse(false)));
}

#[test]
fn the_wheel_scrolls_the_history() {
    let mut stage = stage();
    assert!(stage.text().contains("number 49."));
    event(&mut stage, MouseEventKind::ScrollUp, 40, 10);
    assert!(!stage.text().contains("number 49.") && stage.text().contains("number 46."));
    event(&mut stage, MouseEventKind::ScrollDown, 40, 10);
    assert!(stage.text().contains("number 49."));
}

#[test]
fn a_click_opens_a_chat_or_selects_a_message() {
    let mut stage = stage();
    event(&mut stage, MouseEventKind::Down(MouseButton::Left), 40, 10);
    let selected = stage
        .app()
        .chat_pane
        .open
        .as_ref()
        .unwrap()
        .history
        .selected()
        .cloned();
    let row = stage.text().lines().nth(10).unwrap().to_owned();
    assert!(row.contains(selected.unwrap().body.unwrap().as_str()), "{row}");
    // The list begins below its title and the rule: Bob, and the contacts, which a click opens: Carol, Dave.
    event(&mut stage, MouseEventKind::Down(MouseButton::Left), 5, 4);
    event(&mut stage, MouseEventKind::Down(MouseButton::Left), 5, 5);
    assert_eq!(
        stage.app().facts.chat.as_ref().unwrap().address.as_str(),
        "carol@mired.test"
    );
    for (column, row) in [(0, 0), (79, 23), (5, 20), (20, 10), (200, 200)] {
        event(&mut stage, MouseEventKind::Down(MouseButton::Left), column, row);
        event(&mut stage, MouseEventKind::ScrollUp, column, row);
    }
}
