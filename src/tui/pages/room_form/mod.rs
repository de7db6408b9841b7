//! The form of a room, which its owner fills in: one field after the other, changed where it stands; nothing
//! leaves before it is sent as a whole.

mod field;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::field::Filled;
use super::pick::Pick;
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::list;
use crate::theme::{Glyph, Part};
use api::{Command, RoomCommand};
use model::form::{FieldKind, RoomForm};
use model::{Clean, Peer, shown};

/// Fields that are shown at most.
const MOST: usize = 200;
/// Bytes of a text of the room's that are looked at.
const LONGEST: usize = 2_000;

/// The page.
pub fn page(world: &Context<'_>, room: &Peer, form: &RoomForm) -> store::Result<Box<dyn Page>> {
    let is_shown = |field: &&model::form::Field| field.kind != FieldKind::Hidden;
    let fields = form.fields.iter().filter(is_shown).take(MOST);
    let mut page = FormPage {
        room: room.clone(),
        name: list::name_of_chat(world, room)?,
        instructions: form.instructions.as_ref().map(said),
        fields: Vec::new(),
        pick: Pick::default(),
        typing: false,
    };
    page.fields = read(fields);
    Ok(Box::new(page))
}

struct FormPage {
    room: Peer,
    name: String,
    instructions: Option<String>,
    fields: Vec<FormLine>,
    pick: Pick,
    /// Letters belong to the chosen field.
    typing: bool,
}

/// Something that can be filled in, with the words of the room that stand above it.
struct FormLine {
    above: Vec<String>,
    filled: Filled,
}

/// What the room says, on one line and bounded.
fn said(words: &Clean) -> String {
    shown::one_line(&Clean::within(words.as_str(), LONGEST))
}

fn read<'a>(fields: impl Iterator<Item = &'a model::form::Field>) -> Vec<FormLine> {
    let mut lines = Vec::new();
    let mut above = Vec::new();
    for field in fields {
        if field.kind == FieldKind::Fixed {
            above.extend(field.values.iter().map(|words| said(&Clean::new(words))));
            continue;
        }
        lines.push(FormLine {
            above: std::mem::take(&mut above),
            filled: Filled::new(field),
        });
    }
    lines
}

impl FormPage {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if let Some(words) = &self.instructions {
            sheet.say(0, words, Part::Dim);
            sheet.gap();
        }
        if self.fields.is_empty() {
            sheet.say(0, "There is nothing to change.", Part::Plain);
        }
        for (place, line) in self.fields.iter().enumerate() {
            sheet.item(None);
            if !line.above.is_empty() {
                sheet.gap();
            }
            for words in &line.above {
                sheet.say(0, words, Part::Title);
            }
            sheet.item(Some(place));
            let chosen = self.pick.is(place);
            let (mark, part) = match chosen {
                true => (world.theme.glyph(Glyph::Current), Part::Chosen),
                false => (" ", Part::Plain),
            };
            let filled = &line.filled;
            let typing = self.typing && chosen;
            let value = match (filled.is_changed(), typing) {
                (true, _) | (_, true) => Part::New,
                (false, false) => Part::Title,
            };
            let cursor = if typing { "_" } else { "" };
            let pieces = [
                (format!("{}:", filled.label()), part),
                (format!("{}{cursor}", filled.shown(world.theme)), value),
            ];
            sheet.labelled((mark, Part::Title), 2, &pieces);
        }
        sheet.item(None);
        sheet
    }

    fn type_into(&mut self, key: Key) {
        let Some(line) = self.chosen() else { return };
        match (key.code, key.typed()) {
            (KeyCode::Backspace, _) => line.filled.rub_out(),
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => line.filled.empty(),
            (_, Some(c)) => line.filled.add(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
    }

    fn chosen(&mut self) -> Option<&mut FormLine> {
        let place = (0..self.fields.len()).find(|place| self.pick.is(*place))?;
        self.fields.get_mut(place)
    }

    /// What Enter does with the chosen field.
    fn change(&mut self) -> Vec<Ask> {
        let Some(line) = self.chosen() else {
            return Vec::new();
        };
        if line.filled.is_typed() {
            self.typing = true;
        } else if !line.filled.next() {
            let words = "That cannot be changed here; `susurro room config` can.";
            return vec![Ask::Say(words.to_owned())];
        }
        Vec::new()
    }

    fn send(&self) -> Vec<Ask> {
        let changed = self.fields.iter().map(|line| &line.filled);
        let changed: Vec<_> = changed.filter_map(Filled::change).collect();
        if changed.is_empty() {
            return vec![Ask::Say("Nothing is changed.".to_owned())];
        }
        let command = Command::Room {
            room: self.room.clone(),
            what: RoomCommand::Configure(changed),
        };
        let done = Some(format!("{} is what you made of it.", self.name));
        vec![Ask::Close, Ask::Command { command, done }]
    }
}

impl Page for FormPage {
    fn title(&self) -> String {
        let changed = self.fields.iter().filter(|line| line.filled.is_changed()).count();
        match changed {
            0 => format!("What {} is", self.name),
            many => format!("What {} is: {many} changed, not sent yet", self.name),
        }
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        if self.typing && !matches!(key.code, KeyCode::Enter | KeyCode::Up | KeyCode::Down) {
            self.type_into(key);
            return Ok(Vec::new());
        }
        if let Some(place) = self.pick.moved(key) {
            self.typing = false;
            self.pick.choose(place, self.fields.len());
            return Ok(Vec::new());
        }
        Ok(match (key.code, key.typed()) {
            (KeyCode::Enter, _) if self.typing => {
                self.typing = false;
                Vec::new()
            }
            (KeyCode::Enter, _) | (_, Some(' ')) => self.change(),
            (_, Some('s')) => self.send(),
            _ => Vec::new(),
        })
    }

    fn on_paste(&mut self, text: &str, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let line = text.lines().next().unwrap_or_default().to_owned();
        if self.typing
            && let Some(chosen) = self.chosen()
        {
            chosen.filled.add(&line);
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        self.name = list::name_of_chat(world, &self.room)?;
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let pairs: &[(&str, &str)] = match self.typing {
            true => &[("Enter", "keep it"), ("Ctrl-U", "empty")],
            false => &[("Enter", "change"), ("s", "send"), ("Up Down", "choose")],
        };
        let pair = |(key, words): &(&str, &str)| ((*key).to_owned(), (*words).to_owned());
        pairs.iter().map(pair).collect()
    }
}

#[cfg(test)]
mod tests;
