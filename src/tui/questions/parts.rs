//! What several questions are made of.

use ratatui::layout::{Position, Rect};

use crate::action::Action;
use crate::composer::Edit;
use crate::keymap::Keymap;
use crate::pages::sheet::Sheet;
use crate::theme::Part;

/// Where the cursor stands in the sheet's line that begins with `prompt`: `columns` after
/// its start, inside of the area.
pub fn cursor(sheet: &Sheet, prompt: &str, columns: usize, area: Rect) -> Option<Position> {
    let line = u16::try_from(sheet.line_of(prompt)?).ok()?;
    let column = u16::try_from(columns).unwrap_or(u16::MAX);
    let y = area.y.checked_add(line).filter(|y| *y < area.bottom())?;
    let last = area.right().checked_sub(1)?;
    Some(Position::new(
        area.x.saturating_add(1).saturating_add(column).min(last),
        y,
    ))
}

/// One sentence that says what the question is about: the long one if it ends within
/// `lines`, else the short one.
pub fn explain(sheet: &mut Sheet, lines: usize, long: &str, short: &str) {
    let mut whole = sheet.blank();
    whole.say(0, long, Part::Plain);
    if sheet.len() + whole.len() <= lines {
        sheet.append(whole);
    } else {
        sheet.say(0, short, Part::Plain);
    }
}

/// How the composer is emptied, with its key: "cut it (Ctrl-X)".
pub fn cut(keymap: &Keymap, what: &str) -> String {
    let key = keymap.name(Action::Edit(Edit::KillAll));
    match key.is_empty() {
        true => format!("clear {what}"),
        false => format!("cut {what} ({key})"),
    }
}
