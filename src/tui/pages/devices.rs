//! Our own devices: which is this one, which are new, which are trusted.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::ask::{Ask, Page, World};
use super::super::key::Key;
use super::super::list;
use super::super::recipients::is_undecided;
use super::super::theme::Part;
use super::keys::{Keys, Owner};
use super::sheet::Sheet;
use crate::api::Command;
use crate::model::DeviceKey;
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Devices {
        keys: Keys::default(),
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct Devices {
    keys: Keys,
}

impl Devices {
    fn sheet(&self, world: &World<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let devices = |wanted: &dyn Fn(&DeviceKey) -> bool| {
            let keys = self.keys.owners.iter().flat_map(|owner| &owner.keys);
            keys.filter(|key| !key.this && key.active && wanted(key)).count()
        };
        let new = devices(&is_undecided);
        if new > 0 {
            let what = match new {
                1 => "A device is new".to_owned(),
                many => format!("{many} devices are new"),
            };
            let words = format!(
                "{what}. If it is yours, compare the fingerprint there and press v. If you do not know it, press x and change \
                 your password: somebody else is logged in."
            );
            sheet.say(0, &words, Part::Waiting);
        } else if devices(&|_| true) == 0 {
            sheet.say(
                0,
                "This is the only device of your account that reads OMEMO.",
                Part::Plain,
            );
        } else {
            let words = "These devices read what you write and what is written to you. If you do not know one, press x and \
                         change your password.";
            sheet.say(0, words, Part::Plain);
        }
        for owner in &self.keys.owners {
            sheet.gap();
            sheet.say(0, &list::address(&owner.jid), Part::Title);
            self.keys.write(&mut sheet, world, owner, 0);
        }
        sheet
    }
}

impl Page for Devices {
    fn title(&self) -> String {
        "Your devices".to_owned()
    }

    fn on_key(&mut self, key: Key, world: &World<'_>) -> store::Result<Vec<Ask>> {
        if let Some(asks) = self.keys.on_key(key) {
            return Ok(asks);
        }
        Ok(match key.typed() {
            Some('r') => vec![Ask::Command {
                command: Command::RefreshDevices(world.own.clone()),
                done: Some("Your devices are as your server lists them now.".to_owned()),
            }],
            _ => Vec::new(),
        })
    }

    fn on_wheel(&mut self, lines: i32) {
        self.keys.scroll.by(lines);
    }

    fn refresh(&mut self, world: &World<'_>) -> store::Result<()> {
        self.keys.show(vec![Owner::read(world, world.own)?]);
        Ok(())
    }

    fn draw(&mut self, world: &World<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        let place = self.keys.place();
        self.keys.scroll.draw(&sheet, place, world.theme, area, buf);
        self.keys.seen(area);
        None
    }

    fn keys(&self, _world: &World<'_>) -> Vec<(String, String)> {
        let mut hints = self.keys.hints();
        hints.push(("r".to_owned(), "ask the server".to_owned()));
        hints
    }
}

#[cfg(test)]
mod tests;
