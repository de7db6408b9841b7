//! Both sides' fingerprints in one chat, in groups of eight, to compare and verify.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::keys::{KeyList, Owner};
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::list;
use crate::theme::{Glyph, Part};
use api::Command;
use model::Peer;

/// The page.
pub fn page(world: &Context<'_>, peer: &Peer) -> store::Result<Box<dyn Page>> {
    let mut page = Fingerprints {
        peer: peer.clone(),
        keys: KeyList::default(),
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct Fingerprints {
    peer: Peer,
    keys: KeyList,
}

impl Fingerprints {
    /// How they are called.
    fn name(&self) -> &str {
        self.keys.owners.first().map_or("", |owner| owner.name.as_str())
    }

    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let how = "Compare by phone or face to face, not in this chat: every digit has to be the same.";
        sheet.say(0, how, Part::Plain);
        if let Some(which) = self.keys.which_form(world) {
            sheet.say(0, which, Part::Waiting);
        }
        let mut place = 0;
        for owner in &self.keys.owners {
            sheet.gap();
            sheet.flow(
                0,
                &[
                    (
                        format!("{} {}", owner.name, world.theme.glyph(Glyph::Dot)),
                        Part::Title,
                    ),
                    (list::address(&owner.jid), Part::Title),
                ],
            );
            if owner.keys.is_empty() {
                let words = if world.online {
                    "No keys are known yet; they are asked for now."
                } else {
                    "No keys are known yet. Press r to ask for them, once there is a connection."
                };
                sheet.say(0, words, Part::Waiting);
            }
            place = self.keys.write(&mut sheet, world, owner, place);
        }
        sheet
    }
}

impl Page for Fingerprints {
    fn title(&self) -> String {
        format!("Fingerprints of {} and you", self.name())
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        if let Some(asks) = self.keys.on_key(key) {
            return Ok(asks);
        }
        Ok(match key.typed() {
            Some('r') => vec![Ask::Command {
                command: Command::RefreshDevices(self.peer.address.clone()),
                done: Some(format!(
                    "The devices of {} are as their server lists them now.",
                    self.name()
                )),
            }],
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
        let mut owners = vec![Owner::read(world, &self.peer.address)?];
        if self.peer.address != *world.own {
            owners.push(Owner::read(world, world.own)?);
        }
        self.keys.show(owners);
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.keys.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let mut hints = self.keys.hints();
        hints.push(("r".to_owned(), "refresh".to_owned()));
        hints
    }
}

#[cfg(test)]
mod tests;
