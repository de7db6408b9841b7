//! Turning encryption off for one chat: answered by typing a word, never by one key.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::key::Key;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::Part;
use api::Command;
use model::{Peer, shown};
use store::{self, chats};

/// What has to be typed.
const WORD: &str = "clear";
/// Letters that are taken: more than the word, so that a slip is seen.
const LONGEST: usize = 20;
const SHORT_PROMPT: &str = "Type clear, Enter: ";

/// The question; None if there is nothing to ask any more.
pub fn question(world: &Context<'_>, peer: &Peer) -> store::Result<Option<Box<dyn Question>>> {
    if !is_encrypted(world, peer)? {
        return Ok(None);
    }
    Ok(Some(Box::new(GoClear {
        name: list::name_of_chat(world, peer)?,
        peer: peer.clone(),
        typed: String::new(),
        wrong: false,
    })))
}

fn is_encrypted(world: &Context<'_>, peer: &Peer) -> store::Result<bool> {
    let chat = chats::by_peer(&world.store, peer)?;
    Ok(chat.is_none_or(|chat| chat.encrypted))
}

struct GoClear {
    peer: Peer,
    name: String,
    typed: String,
    /// Enter was pressed after another word.
    wrong: bool,
}

impl GoClear {
    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut end = Sheet::new(width);
        if self.wrong {
            end.say(0, "That was not the word: nothing is changed.", Part::Bad);
        }
        let prompt = prompt(world, &end);
        end.push(
            0,
            vec![
                (prompt, Part::Plain),
                (shown::identifier(&self.typed), Part::Title),
            ],
        );
        let mut sheet = Sheet::new(width);
        let head = format!("Turn encryption off for {}?", self.name);
        sheet.flow(
            0,
            &[
                (head, Part::Bad),
                (list::address(&self.peer.address), Part::Title),
            ],
        );
        parts::explain(
            &mut sheet,
            height.saturating_sub(end.len()),
            "Both servers, and whoever gets into them, can then read everything that is written here.",
            "Both servers can then read it all.",
        );
        sheet.truncate(height.saturating_sub(end.len()));
        sheet.append(end);
        sheet
    }
}

fn prompt(world: &Context<'_>, sheet: &Sheet) -> String {
    let back = world.keymap.name(Action::Back);
    let long = format!("Type {WORD} and press Enter, or {back} to stay encrypted: ");
    if sheet.columns() > text::width(&long) + LONGEST {
        long
    } else {
        SHORT_PROMPT.to_owned()
    }
}

impl Question for GoClear {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) if self.typed.trim().eq_ignore_ascii_case(WORD) => {
                let done = format!(
                    "Messages to {} go in clear from now on: the servers can read them.",
                    self.name
                );
                return Ok(vec![
                    Ask::Close,
                    Ask::Command {
                        command: Command::SetEncryption {
                            chat: self.peer.clone(),
                            on: false,
                        },
                        done: Some(done),
                    },
                ]);
            }
            (KeyCode::Enter, _) => {
                self.typed.clear();
                self.wrong = true;
            }
            (KeyCode::Backspace, _) => {
                self.typed.pop();
            }
            (_, Some(c)) if self.typed.chars().count() < LONGEST => {
                self.wrong = false;
                self.typed.push(c);
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        self.name = list::name_of_chat(world, &self.peer)?;
        is_encrypted(world, &self.peer)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        let prompt = prompt(world, &sheet);
        let typed = text::width(&prompt) + text::width(&shown::identifier(&self.typed));
        parts::cursor(&sheet, &prompt, typed, area)
    }
}

#[cfg(test)]
mod tests;
