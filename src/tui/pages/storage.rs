//! What the files of all chats take on the disk, the largest first; deleting those of one chat, or the
//! oldest.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page, PageName};
use crate::key::Key;
use crate::list;
use crate::theme::{Glyph, Part};
use api::{Command, FileCommand};
use store::files::{self, FilesHeld};

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Storage::default();
    page.refresh(world)?;
    Ok(Box::new(page))
}

#[derive(Default)]
struct Storage {
    /// With what each chat is called.
    totals: Vec<(FilesHeld, String)>,
    pick: Pick,
    /// Which chat the key that deletes was pressed for.
    sure: Option<model::ChatId>,
}

impl Storage {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.totals.is_empty() {
            sheet.say(0, "No file of any chat is here.", Part::Plain);
            return sheet;
        }
        for (place, (total, name)) in self.totals.iter().enumerate() {
            sheet.item(Some(place));
            let (mark, part) = match self.pick.is(place) {
                true => (world.theme.glyph(Glyph::Current), Part::Chosen),
                false => (" ", Part::Plain),
            };
            let files = match total.files {
                1 => "1 file".to_owned(),
                many => format!("{many} files"),
            };
            let size = ::words::size(total.bytes);
            let dot = world.theme.glyph(Glyph::Dot);
            let room = sheet.columns().saturating_sub(2 + size.len() + files.len() + 6);
            let name = crate::text::fit(name, room.max(4), world.theme.glyph(Glyph::Cut));
            sheet.push(
                0,
                vec![
                    (format!("{mark} "), Part::Title),
                    (name, part),
                    (format!(" {dot} {size} {dot} {files}"), Part::Dim),
                ],
            );
        }
        sheet.item(None);
        sheet
    }

    fn all(&self) -> u64 {
        self.totals.iter().map(|(total, _)| total.bytes).sum()
    }
}

impl Page for Storage {
    fn title(&self) -> String {
        match self.totals.is_empty() {
            true => "Storage".to_owned(),
            false => format!("Storage: {} of files", ::words::size(self.all())),
        }
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let sure = self.sure.take();
        if let Some(place) = self.pick.moved(key) {
            self.pick.choose(place, self.totals.len());
            return Ok(Vec::new());
        }
        let Some((total, name)) = self.pick.seen_of(&self.totals) else {
            return Ok(Vec::new());
        };
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) => Ok(vec![Ask::Show(PageName::Files(world.peer(&total.peer)))]),
            (_, Some('x')) if sure == Some(total.chat) => {
                let mut kept = files::of_chat(&world.store, total.chat)?;
                kept.retain(|file| file.container.is_some() && file.host.is_some());
                let delete = |file: model::MessageFile| Ask::Command {
                    command: Command::File(FileCommand::Delete(file.id)),
                    done: None,
                };
                let said = Ask::Say(format!(
                    "The files of {name} are deleted here; what was not sent yet stays."
                ));
                Ok(kept.into_iter().map(delete).chain([said]).collect())
            }
            (_, Some('x')) => {
                self.sure = Some(total.chat);
                let words = format!("x again deletes all files of {name} here; the messages stay.");
                Ok(vec![Ask::Say(words)])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let before = self.pick.of(&self.totals).map(|(total, _)| total.chat);
        let mut totals = Vec::new();
        for total in files::held(&world.store, world.account)? {
            let name = list::name_of_chat(world, &world.peer(&total.peer))?;
            totals.push((total, name));
        }
        self.totals = totals;
        let place = self
            .totals
            .iter()
            .position(|(total, _)| Some(total.chat) == before);
        self.pick.keep(place, self.totals.len());
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let keys = [("Enter", "files of the chat"), ("x", "delete them here")];
        let shown = keys.iter().filter(|_| !self.totals.is_empty());
        shown
            .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
            .collect()
    }
}
