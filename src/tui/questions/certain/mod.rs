//! What takes something away: deleting a chat here, blocking somebody. y twice, or back: one y may be the end of what somebody
//! typed before this was seen.

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
use model::{BareJid, Jid, shown};
use store::{self, chats};

/// Asks whether a chat is to be deleted here; None if there is none.
///
/// # Errors
/// The store's.
pub fn delete(world: &Context<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    if !is_chat(world, jid)? {
        return Ok(None);
    }
    Ok(Some(Box::new(Certain {
        what: What::Delete(jid.clone()),
        name: list::name_of(world, jid)?,
        painted: false,
        sure: false,
    })))
}

/// Asks whether an address is to be blocked.
///
/// # Errors
/// The store's.
pub fn block(world: &Context<'_>, jid: &Jid) -> store::Result<Option<Box<dyn Question>>> {
    Ok(Some(Box::new(Certain {
        what: What::Block(jid.clone()),
        name: list::name_of(world, &jid.to_bare())?,
        painted: false,
        sure: false,
    })))
}

fn is_chat(world: &Context<'_>, jid: &BareJid) -> store::Result<bool> {
    Ok(chats::by_peer(&world.store, world.account, jid)?.is_some())
}

enum What {
    Delete(BareJid),
    Block(Jid),
}

struct Certain {
    what: What,
    name: String,
    /// What it says now was seen: keys that were pressed before that are no answer.
    painted: bool,
    /// It was pressed once.
    sure: bool,
}

impl Certain {
    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let (head, address, verb, long, short) = match &self.what {
            What::Delete(jid) => (
                format!("Delete the chat with {} here?", self.name),
                list::address(jid),
                "delete",
                "All its messages go from this device, and nothing brings them back; with the other side they stay.",
                "Nothing brings it back.",
            ),
            What::Block(jid) => (
                format!("Block {}?", self.name),
                shown::identifier(jid.as_str()),
                "block",
                "Nothing of theirs reaches you any more, on any device if your server can do that. They are not told.",
                "Nothing of theirs reaches you.",
            ),
        };
        let mut end = Sheet::new(width);
        let again = format!("again: {verb}");
        let what = if self.sure { again.as_str() } else { verb };
        end.keys(&[("y", what), (&world.keymap.name(Action::Back), "keep")]);
        let mut sheet = Sheet::new(width);
        sheet.flow(0, &[(head, Part::Waiting), (address, Part::Title)]);
        parts::explain(&mut sheet, height.saturating_sub(end.len()), long, short);
        sheet.truncate(height.saturating_sub(end.len()));
        sheet.append(end);
        sheet
    }

    fn done(&self) -> Ask {
        match &self.what {
            What::Delete(jid) => Ask::Command {
                command: Command::DeleteChat(jid.clone()),
                done: Some(format!("The chat with {} is deleted here.", self.name)),
            },
            What::Block(jid) => Ask::Command {
                command: Command::Block(jid.clone()),
                done: Some(format!("{} is blocked on all your devices.", self.name)),
            },
        }
    }
}

impl Question for Certain {
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
        Ok(vec![Ask::Close, self.done()])
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        match &self.what {
            What::Delete(jid) => is_chat(world, jid),
            What::Block(_) => Ok(true),
        }
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
