//! Our own devices: which is this one, which are new, which are trusted; naming this one, removing another.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::keys::{KeyList, Owner};
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page, QuestionName};
use crate::key::Key;
use crate::list;
use crate::recipients::is_undecided;
use crate::theme::Part;
use api::Command;
use model::DeviceKey;

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = DevicesPage {
        keys: KeyList::default(),
        sure: None,
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct DevicesPage {
    keys: KeyList,
    /// What is removed if the key is pressed once more.
    sure: Option<u32>,
}

impl DevicesPage {
    /// The chosen device, if it can be taken off our list: it stands there, and is not this one.
    fn removable(&self) -> Option<u32> {
        let (_, _, key) = self.keys.chosen()?;
        key.device.filter(|_| key.active && self.keys.was_seen())
    }

    /// Asks, and if that was just asked about the same device, has it removed.
    fn remove(&mut self, before: Option<u32>) -> Vec<Ask> {
        let Some(device) = self.removable() else {
            return Vec::new();
        };
        if before != Some(device) {
            self.sure = Some(device);
            return vec![Ask::Say(format!(
                "Press d again: device {device} is removed and reads nothing more."
            ))];
        }
        vec![Ask::Command {
            command: Command::RemoveDevice(device),
            done: Some(format!(
                "Device {device} is off your account. If it is lost, change your password too."
            )),
        }]
    }

    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let devices = |wanted: &dyn Fn(&DeviceKey) -> bool| {
            let keys = self.keys.owners.iter().flat_map(|owner| &owner.keys);
            keys.filter(|key| !key.this && key.active && wanted(key)).count()
        };
        let new = devices(&is_undecided);
        let mute = devices(&|key| key.fingerprint.is_none());
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
        if mute > 0 {
            let words = if world.online {
                "One has shown no key yet: it is asked for. When it is here, compare it there and press v."
            } else {
                "One has shown no key yet. It is asked for when there is a connection."
            };
            sheet.say(0, words, Part::Waiting);
        }
        if devices(&|key| key.is_stale(world.now)) > 0 {
            sheet.say(
                0,
                "One that you do not use any more: choose it and press d.",
                Part::Plain,
            );
        }
        if let Some(which) = self.keys.which_form(world) {
            sheet.say(0, which, Part::Plain);
        }
        for owner in &self.keys.owners {
            sheet.gap();
            sheet.say(0, &list::address(&owner.jid), Part::Title);
            self.keys.write(&mut sheet, world, owner, 0);
        }
        sheet
    }
}

impl Page for DevicesPage {
    fn title(&self) -> String {
        "Your devices".to_owned()
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let before = self.sure.take();
        if let Some(asks) = self.keys.on_key(key) {
            return Ok(asks);
        }
        Ok(match key.typed() {
            Some('r') => vec![Ask::Command {
                command: Command::RefreshDevices(world.own.clone()),
                done: Some("Your devices are as your server lists them now.".to_owned()),
            }],
            Some('d') => self.remove(before),
            Some('n') => vec![Ask::Close, Ask::Question(QuestionName::NameDevice)],
            _ => Vec::new(),
        })
    }

    fn opened(&self, world: &Context<'_>) -> Vec<Command> {
        self.keys.missing(world)
    }

    fn on_wheel(&mut self, lines: i32) {
        self.keys.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        self.keys.show(vec![Owner::read(world, world.own)?]);
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.keys.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let mut hints = self.keys.hints();
        if let Some(device) = self.sure {
            hints.insert(0, ("d".to_owned(), format!("again: remove {device}")));
        } else if self.removable().is_some() {
            // More often wanted here than a new session, and there is not room for everything.
            let place = hints.iter().position(|(key, _)| key == "s");
            let place = place.unwrap_or(hints.len());
            hints.insert(place, ("d".to_owned(), "remove".to_owned()));
        }
        hints.push(("n".to_owned(), "name this one".to_owned()));
        hints.push(("r".to_owned(), "refresh".to_owned()));
        hints
    }
}

#[cfg(test)]
mod tests;
