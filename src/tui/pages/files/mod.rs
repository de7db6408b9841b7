//! The files of a chat, the newest first: what each is, how far it has come, and what can be done with it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use super::words;
use crate::ask::{Ask, Context, FileDeed, Page};
use crate::file_words;
use crate::key::Key;
use crate::list;
use crate::theme::{Glyph, Part};
use api::{Command, FileCommand};
use crossterm::event::KeyCode;
use model::{FileState, MessageFile, Peer, Timestamp};
use store::{self, chats, files, messages};

/// Files that are shown.
const MOST: usize = 500;

/// The page.
pub fn page(world: &Context<'_>, peer: &Peer) -> store::Result<Box<dyn Page>> {
    let mut page = Files {
        peer: peer.clone(),
        name: list::name_of_chat(world, peer)?,
        entries: Vec::new(),
        pick: Pick::default(),
        sure: None,
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct Files {
    peer: Peer,
    name: String,
    entries: Vec<FileEntry>,
    pick: Pick,
    /// Which one the key that deletes was pressed for.
    sure: Option<usize>,
}

/// A file, and who sent it when.
struct FileEntry {
    file: MessageFile,
    who: String,
    time: Timestamp,
}

impl Files {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.entries.is_empty() {
            let words = "There are no files in this chat. /attach sends one.";
            sheet.say(0, words, Part::Plain);
            return sheet;
        }
        for (place, entry) in self.entries.iter().enumerate() {
            sheet.item(Some(place));
            let chosen = self.pick.is(place);
            let (mark, part) = match (chosen, entry.file.state) {
                (true, _) => (world.theme.glyph(Glyph::Current), Part::Chosen),
                (false, FileState::Failed) => (world.theme.glyph(Glyph::Failed), Part::Bad),
                (false, FileState::Here) => (world.theme.glyph(Glyph::File), Part::Plain),
                (false, _) => (" ", Part::Plain),
            };
            let room = sheet.columns().saturating_sub(2);
            let progress = world.transfers.of(entry.file.id);
            let line = file_words::line(&entry.file, progress.as_ref(), world.theme, room);
            sheet.push(0, vec![(format!("{mark} "), Part::Title), (line, part)]);
            let from = format!("{} {}", entry.who, words::second(entry.time, world.zone));
            sheet.push(2, vec![(from, Part::Dim)]);
        }
        sheet.item(None);
        sheet
    }

    fn here(&self) -> (usize, u64) {
        let here = self.entries.iter().filter(|entry| entry.file.container.is_some());
        here.fold((0, 0), |(count, bytes), entry| {
            (count + 1, bytes + entry.file.stored.unwrap_or(0))
        })
    }
}

impl Page for Files {
    fn title(&self) -> String {
        match (self.entries.len(), self.here()) {
            (0, _) => format!("Files: {}", self.name),
            (all, (0, _)) => format!("Files: {all}, none of them here, {}", self.name),
            (all, (here, bytes)) => format!(
                "Files: {all}, {here} here ({}), {}",
                ::words::size(bytes),
                self.name
            ),
        }
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let sure = self.sure.take();
        if let Some(place) = self.pick.moved(key) {
            self.pick.choose(place, self.entries.len());
            return Ok(Vec::new());
        }
        let Some(entry) = self.pick.seen_of(&self.entries) else {
            return Ok(Vec::new());
        };
        let id = entry.file.id;
        let place = self.entries.iter().position(|entry| entry.file.id == id);
        let deed = match (key.code, key.typed()) {
            (KeyCode::Enter, _) => FileDeed::Go(Some(id)),
            (_, Some('t')) => FileDeed::Stop(Some(id)),
            (_, Some('s')) => save(&entry.file),
            (_, Some('o')) => open_with(id),
            (_, Some('g')) => return Ok(vec![Ask::Show(crate::ask::PageName::Message(entry.file.message))]),
            (_, Some('x')) if entry.file.container.is_some() => {
                if sure != place || sure.is_none() {
                    self.sure = place;
                    return Ok(vec![Ask::Say(
                        "x again deletes what is here of it; its message stays.".to_owned(),
                    )]);
                }
                return Ok(vec![Ask::Command {
                    command: Command::File(FileCommand::Delete(id)),
                    done: Some("The file is deleted here.".to_owned()),
                }]);
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![Ask::File(deed)])
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let before = self.pick.of(&self.entries).map(|entry| entry.file.id);
        self.entries.clear();
        let Some(chat) = chats::by_peer(&world.store, &self.peer)? else {
            return Ok(());
        };
        let all = files::of_chat(&world.store, chat.id)?;
        // The newest message first, and its files as it names them.
        let by_message = all.chunk_by(|one, next| one.message == next.message).rev();
        for file in by_message.flatten().take(MOST) {
            let Some(message) = messages::get(&world.store, file.message)? else {
                continue;
            };
            let who = list::name_of_author(world, &message.peer, &message.author)?;
            let time = message.time;
            let file = file.clone();
            self.entries.push(FileEntry { file, who, time });
        }
        let place = self
            .entries
            .iter()
            .position(|entry| Some(entry.file.id) == before);
        self.pick.keep(place, self.entries.len());
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let Some(entry) = self.pick.of(&self.entries) else {
            return Vec::new();
        };
        let keys: &[(&str, &str)] = match entry.file.state {
            FileState::Here => &[
                ("Enter", "open"),
                ("o", "open with"),
                ("s", "save"),
                ("x", "delete"),
            ],
            FileState::Moving => &[("t", "stop")],
            _ => &[("Enter", "get")],
        };
        let own = |(key, words): &(&str, &str)| ((*key).to_owned(), (*words).to_owned());
        keys.iter().map(own).collect()
    }
}

/// Puts a command into the composer that saves a file, under its name in the folder of what is downloaded.
pub fn save(file: &MessageFile) -> FileDeed {
    let name = file.name.as_ref().map_or("file", |name| name.as_str());
    // What could lead elsewhere, or be read otherwise than it is written.
    let safe: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | '\'' | '"' | '\n' | '\t' => '_',
            c => c,
        })
        .collect();
    let safe = safe.trim().trim_start_matches('.');
    let safe = if safe.is_empty() { "file" } else { safe };
    FileDeed::TakeInHand {
        id: file.id,
        line: format!("/save ~/Downloads/{safe}"),
    }
}

/// Puts a command into the composer that opens a file with a program.
pub fn open_with(id: model::FileId) -> FileDeed {
    FileDeed::TakeInHand {
        id,
        line: "/openwith ".to_owned(),
    }
}

#[cfg(test)]
mod tests;
