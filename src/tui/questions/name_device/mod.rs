//! What this device is called: one line, seen by everybody who may write to us.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, PageName, Question};
use crate::key::Key;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::Part;
use api::Command;
use model::{Clean, LONGEST_DEVICE_NAME as LONGEST, shown};
use store::{self, omemo};

const PROMPT: &str = "Name: ";

/// The question; None before this device has keys: they sign the name.
pub fn question(world: &Context<'_>) -> store::Result<Option<Box<dyn Question>>> {
    let keys = omemo::device_keys(&world.store, world.account, world.own)?;
    let Some(this) = keys.into_iter().find(|key| key.this) else {
        return Ok(None);
    };
    let typed = this
        .label
        .map_or_else(String::new, |label| label.as_str().to_owned());
    Ok(Some(Box::new(NameDevice {
        typed,
        painted: false,
    })))
}

struct NameDevice {
    typed: String,
    /// Keys that were pressed before it was seen belong to what was there before.
    painted: bool,
}

impl NameDevice {
    fn take(&mut self, c: char) -> bool {
        let takes = !c.is_control() && self.typed.chars().count() < LONGEST;
        if takes {
            self.typed.push(c);
        }
        takes
    }

    /// The end of what was typed, as much of it as there is room for before the cursor.
    fn seen(&self, sheet: &Sheet) -> String {
        let room = sheet.columns().saturating_sub(text::width(PROMPT) + 1);
        let shown = shown::identifier(&self.typed);
        let mut from = shown.as_str();
        while text::width(from) > room {
            let mut rest = from.chars();
            rest.next();
            from = rest.as_str();
        }
        from.to_owned()
    }

    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut end = Sheet::new(width);
        let seen = self.seen(&end);
        end.push(0, vec![(PROMPT.to_owned(), Part::Plain), (seen, Part::Title)]);
        end.keys(&[
            (
                "Enter",
                if self.typed.trim().is_empty() {
                    "no name"
                } else {
                    "save"
                },
            ),
            ("Ctrl-U", "empty"),
            (&world.keymap.name(Action::Back), "leave as it is"),
        ]);
        let mut sheet = Sheet::new(width);
        sheet.say(0, "What shall this device be called?", Part::Waiting);
        parts::explain(
            &mut sheet,
            height.saturating_sub(end.len()),
            "Your contacts and your server see the name; it helps you to tell your devices apart.",
            "Your contacts see the name.",
        );
        sheet.truncate(height.saturating_sub(end.len()));
        sheet.append(end);
        sheet
    }
}

impl Question for NameDevice {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, _key: Key, _world: &Context<'_>) -> bool {
        self.painted
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) => {
                let name = Clean::line(self.typed.trim());
                let done = if name.is_empty() {
                    "This device has no name now.".to_owned()
                } else {
                    format!("This device is called {} now.", shown::identifier(name.as_str()))
                };
                return Ok(vec![
                    Ask::Close,
                    Ask::Command {
                        command: Command::RenameDevice(name),
                        done: Some(done),
                    },
                    Ask::Show(PageName::Devices),
                ]);
            }
            (KeyCode::Backspace, _) => {
                self.typed.pop();
            }
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => self.typed.clear(),
            (_, Some(c)) => {
                self.take(c);
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    /// The first line of it; what does not fit is not taken.
    fn on_paste(&mut self, text: &str) -> bool {
        for c in text.lines().next().unwrap_or_default().chars() {
            if !self.take(c) {
                break;
            }
        }
        true
    }

    fn refresh(&mut self, _world: &Context<'_>) -> store::Result<bool> {
        Ok(true)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        self.painted = true;
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        let typed = text::width(PROMPT) + text::width(&self.seen(&sheet));
        parts::cursor(&sheet, PROMPT, typed, area)
    }
}

#[cfg(test)]
mod tests;
