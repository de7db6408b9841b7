//! What is asked under the composer, one at a time, each question in a file of its own.

mod go_clear;
mod looks_like_command;
mod new_device;
mod password;
mod remove_contact;

use ratatui::layout::{Position, Rect};

use super::ask::{Question, QuestionName, World};
use super::pages::sheet::Sheet;
use super::theme::Part;
use crate::store;

/// Makes a question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn make(world: &World<'_>, name: &QuestionName) -> store::Result<Option<Box<dyn Question>>> {
    match name {
        QuestionName::NewDevice(jid) => new_device::question(world, jid),
        QuestionName::GoClear(jid) => go_clear::question(world, jid),
        QuestionName::LooksLikeCommand { text, pasted } => looks_like_command::question(world, text, *pasted),
        QuestionName::RemoveContact(jid) => remove_contact::question(world, jid),
        QuestionName::Password { why } => password::question(world, why),
    }
}

/// Where the cursor stands in the sheet's line that begins with `prompt`: `columns` after its start, inside of the area.
fn cursor(sheet: &Sheet, prompt: &str, columns: usize, area: Rect) -> Option<Position> {
    let line = u16::try_from(sheet.line_of(prompt)?).ok()?;
    let column = u16::try_from(columns).unwrap_or(u16::MAX);
    let y = area.y.checked_add(line).filter(|y| *y < area.bottom())?;
    let last = area.right().checked_sub(1)?;
    Some(Position::new(
        area.x.saturating_add(1).saturating_add(column).min(last),
        y,
    ))
}

/// One sentence that says what the question is about: the long one if it ends within `lines`, else the short one.
fn explain(sheet: &mut Sheet, lines: usize, long: &str, short: &str) {
    let mut whole = sheet.blank();
    whole.say(0, long, Part::Plain);
    if sheet.len() + whole.len() <= lines {
        sheet.append(whole);
    } else {
        sheet.say(0, short, Part::Plain);
    }
}
