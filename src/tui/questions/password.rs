//! The server refused the login: another password, typed hidden.
//!
//! What is typed is held in one buffer that never grows, so that no copy stays behind, and is wiped with the question.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use zeroize::{Zeroize, Zeroizing};

use super::super::ask::{Ask, Question, World};
use super::super::key::Key;
use super::super::list;
use super::super::pages::sheet::Sheet;
use super::super::text;
use super::super::theme::{Glyph, Part};
use super::parts;
use crate::api::{Command, Secret};
use crate::model::{Clean, shown};
use crate::store;

/// Bytes of the longest password that is taken.
const LONGEST: usize = 1024;
/// Characters of the server's reason that are shown.
const LONGEST_REASON: usize = 200;
const PROMPT: &str = "Password: ";

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &World<'_>, why: &Clean) -> store::Result<Option<Box<dyn Question>>> {
    let mut reason: String = why.as_str().chars().take(LONGEST_REASON).collect();
    if reason.len() < why.as_str().len() {
        reason.push('…');
    }
    Ok(Some(Box::new(Password {
        account: list::address(world.own),
        why: shown::one_line(&Clean::new(&reason)),
        typed: empty(),
        wrong: None,
    })))
}

fn empty() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(LONGEST))
}

/// No Debug: it holds what is typed.
struct Password {
    account: String,
    why: String,
    typed: Zeroizing<String>,
    /// What is wrong with what was typed.
    wrong: Option<&'static str>,
}

impl Password {
    fn take(&mut self, c: char) {
        if c.is_control() {
            return;
        }
        self.wrong = None;
        if self.typed.len() + c.len_utf8() <= LONGEST {
            self.typed.push(c);
        } else {
            self.wrong = Some("That is longer than any password can be.");
        }
    }

    fn sheet(&self, world: &World<'_>, width: u16, height: usize) -> Sheet {
        let mut end = Sheet::new(width);
        if let Some(wrong) = self.wrong {
            end.say(0, wrong, Part::Bad);
        }
        let dots = self.dots(&end);
        let dots = world.theme.glyph(Glyph::Here).repeat(dots);
        end.push(0, vec![(PROMPT.to_owned(), Part::Plain), (dots, Part::Title)]);
        let mut hints = Sheet::new(width);
        hints.keys(&[("Enter", "log in"), ("Ctrl-U", "empty"), ("Esc", "stay offline")]);
        let mut sheet = Sheet::new(width);
        sheet.flow(
            0,
            &[
                ("Password of".to_owned(), Part::Title),
                (self.account.clone(), Part::Title),
            ],
        );
        sheet.say(0, &self.why, Part::Plain);
        sheet.truncate(height.saturating_sub(end.len()));
        sheet.append(end);
        if sheet.len() + hints.len() <= height {
            sheet.append(hints);
        }
        sheet
    }

    /// A dot for every character, as many as there is room for; the cursor's column stays free.
    fn dots(&self, sheet: &Sheet) -> usize {
        let room = sheet.columns().saturating_sub(text::width(PROMPT) + 1);
        self.typed.chars().count().min(room)
    }
}

impl Question for Password {
    fn height(&self, world: &World<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn on_key(&mut self, key: Key, _world: &World<'_>) -> store::Result<Vec<Ask>> {
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) if self.typed.is_empty() => {
                self.wrong = Some("Nothing is typed yet.");
            }
            (KeyCode::Enter, _) => {
                let typed = std::mem::replace(&mut self.typed, empty());
                return Ok(vec![
                    Ask::Close,
                    Ask::Command {
                        command: Command::SetPassword(Secret(typed)),
                        done: None,
                    },
                ]);
            }
            (KeyCode::Backspace, _) => {
                self.typed.pop();
            }
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => self.typed.zeroize(),
            (_, Some(c)) => self.take(c),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_paste(&mut self, text: &str) {
        text.chars().for_each(|c| self.take(c));
    }

    fn refresh(&mut self, _world: &World<'_>) -> store::Result<bool> {
        Ok(true)
    }

    fn draw(&mut self, world: &World<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        let typed = text::width(PROMPT) + self.dots(&sheet);
        parts::cursor(&sheet, PROMPT, typed, area)
    }
}

#[cfg(test)]
mod tests;
