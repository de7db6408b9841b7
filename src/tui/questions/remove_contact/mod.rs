//! Removing a contact: y twice, or back. One y may be the end of what somebody typed before this was seen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::key::Key;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::Command;
use model::BareJid;
use store::{self, contacts};

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &Context<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    if !is_contact(world, jid)? {
        return Ok(None);
    }
    Ok(Some(Box::new(RemoveContact {
        name: list::name_of(world, jid)?,
        jid: jid.clone(),
        painted: false,
        sure: false,
    })))
}

fn is_contact(world: &Context<'_>, jid: &BareJid) -> store::Result<bool> {
    let contact = contacts::get(&world.store, world.account, jid)?;
    Ok(contact.is_some_and(|contact| contact.in_roster))
}

struct RemoveContact {
    jid: BareJid,
    name: String,
    /// What it says now was seen: keys that were pressed before that are no answer.
    painted: bool,
    /// It was pressed once.
    sure: bool,
}

impl RemoveContact {
    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut end = Sheet::new(width);
        let what = if self.sure { "again: remove" } else { "remove" };
        end.keys(&[("y", what), (&world.keymap.name(Action::Back), "keep")]);
        let mut sheet = Sheet::new(width);
        let head = format!("Remove {} from your contacts?", self.name);
        sheet.flow(
            0,
            &[(head, Part::Waiting), (list::address(&self.jid), Part::Title)],
        );
        parts::explain(
            &mut sheet,
            height.saturating_sub(end.len()),
            "You no longer see when the other is here; what was written stays on this device.",
            "What was written stays here.",
        );
        sheet.truncate(height.saturating_sub(end.len()));
        sheet.append(end);
        sheet
    }
}

impl Question for RemoveContact {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let pressed = self.painted && key.typed() == Some('y');
        let before = std::mem::replace(&mut self.sure, pressed);
        if !(before && pressed) {
            // Each press answers what was seen: a row of them that came at once is no answer.
            self.painted &= !pressed;
            return Ok(Vec::new());
        }
        Ok(vec![
            Ask::Close,
            Ask::Command {
                command: Command::RemoveContact(self.jid.clone()),
                done: Some(format!("{} is no contact of yours any more.", self.name)),
            },
        ])
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        is_contact(world, &self.jid)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if !area.is_empty() {
            self.painted = true;
            let sheet = self.sheet(world, area.width, usize::from(area.height));
            sheet.draw(world.theme, 0, area, buf);
        }
        None
    }
}

#[cfg(test)]
mod tests;
