//! The server refused the login, or a room asks for a password: it is typed hidden.
//!
//! What is typed is held in one buffer that never grows, so that no copy stays behind, and
//! is wiped with the question.
//!
//! It opens by itself, so somebody may be typing. It takes no key before its field was painted, and
//! none while there is text in the composer: the rest of a sentence would land in the password,
//! hidden, and Enter would keep it.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use zeroize::{Zeroize, Zeroizing};

use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::key::Key;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part};
use api::{Command, RoomCommand, Secret};
use model::{Clean, Peer, shown};

/// Bytes of the longest password that is taken.
const LONGEST: usize = 1024;
/// Characters of the server's reason that are shown.
const LONGEST_REASON: usize = 200;
const PROMPT: &str = "Password: ";

/// The question; None if there is nothing to ask any more.
pub fn question(world: &Context<'_>, why: &Clean) -> store::Result<Option<Box<dyn Question>>> {
    ask(world, Opens::Account, why)
}

/// The same of a room that lets in whoever knows its password.
pub fn of_room(world: &Context<'_>, room: &Peer, why: &Clean) -> store::Result<Option<Box<dyn Question>>> {
    ask(world, Opens::Room(room.clone()), why)
}

fn ask(world: &Context<'_>, opens: Opens, why: &Clean) -> store::Result<Option<Box<dyn Question>>> {
    let mut reason: String = why.as_str().chars().take(LONGEST_REASON).collect();
    if reason.len() < why.as_str().len() {
        reason.push_str(world.theme.glyph(Glyph::Cut));
    }
    Ok(Some(Box::new(Password {
        whose: match &opens {
            Opens::Account => list::address(world.own),
            Opens::Room(room) => list::address(&room.address),
        },
        opens,
        why: shown::one_line(&Clean::new(&reason)),
        typed: empty(),
        wrong: None,
        painted: false,
    })))
}

fn empty() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(LONGEST))
}

/// What a password opens.
enum Opens {
    Account,
    Room(Peer),
}

impl Opens {
    fn with(&self, typed: Secret) -> Command {
        match self {
            Self::Account => Command::SetPassword(typed),
            Self::Room(room) => Command::Room {
                room: room.clone(),
                what: RoomCommand::Join {
                    nick: None,
                    password: Some(typed),
                },
            },
        }
    }

    /// What is done with it, and what is so without it.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Account => ("log in", "stay offline"),
            Self::Room(_) => ("go in", "stay out"),
        }
    }
}

/// No Debug: it holds what is typed.
struct Password {
    opens: Opens,
    whose: String,
    why: String,
    typed: Zeroizing<String>,
    /// What is wrong with what was typed.
    wrong: Option<&'static str>,
    /// The field was painted, and nothing is in the composer since.
    painted: bool,
}

impl Password {
    fn take(&mut self, c: char) {
        if c.is_control() {
            return;
        }
        self.add(c.encode_utf8(&mut [0; 4]));
    }

    fn add(&mut self, text: &str) {
        self.wrong = None;
        if self.typed.len() + text.len() <= LONGEST {
            self.typed.push_str(text);
        } else {
            self.wrong = Some("That is longer than any password can be, so it was not taken.");
        }
    }

    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut end = Sheet::new(width);
        let mut hints = Sheet::new(width);
        let back = world.keymap.name(Action::Back);
        let (enter, stay) = self.opens.words();
        if world.composing {
            let cut = parts::cut(world.keymap, "it");
            let words = format!("To type the password, first send your text or {cut}.");
            end.say(0, &words, Part::Plain);
            hints.keys(&[(&back, stay)]);
        } else {
            if let Some(wrong) = self.wrong {
                end.say(0, wrong, Part::Bad);
            }
            let dots = self.dots(&end);
            let dots = world.theme.glyph(Glyph::Here).repeat(dots);
            end.push(0, vec![(PROMPT.to_owned(), Part::Plain), (dots, Part::Title)]);
            hints.keys(&[("Enter", enter), ("Ctrl-U", "empty"), (&back, stay)]);
        }
        let mut sheet = Sheet::new(width);
        sheet.flow(
            0,
            &[
                ("Password of".to_owned(), Part::Title),
                (self.whose.clone(), Part::Title),
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
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, _key: Key, world: &Context<'_>) -> bool {
        self.painted && !world.composing
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        if !self.wants(key, world) {
            return Ok(Vec::new());
        }
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) if self.typed.is_empty() => {
                self.wrong = Some("Nothing is typed yet.");
            }
            (KeyCode::Enter, _) => {
                let typed = std::mem::replace(&mut self.typed, empty());
                return Ok(vec![
                    Ask::Close,
                    Ask::Command {
                        command: self.opens.with(Secret(typed)),
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

    /// The newline that copying often adds is cut; what has more lines is no password.
    fn on_paste(&mut self, text: &str) -> bool {
        if !self.painted {
            return false;
        }
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.chars().any(char::is_control) {
            self.wrong = Some("That is more than one line, so nothing of it was taken.");
        } else {
            self.add(line);
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
        self.painted = !world.composing;
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        if world.composing {
            return None;
        }
        let typed = text::width(PROMPT) + self.dots(&sheet);
        parts::cursor(&sheet, PROMPT, typed, area)
    }
}

#[cfg(test)]
mod tests;
