//! Strangers who ask to become contacts; they wait here and never pop up.

use std::collections::BTreeMap;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::ask::{Ask, Page, World};
use super::super::key::Key;
use super::super::list;
use super::super::theme::{Glyph, Part};
use super::sheet::{Scroll, Sheet};
use crate::api::Command;
use crate::model::BareJid;
use crate::store::{self, contacts};

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Requests::default();
    page.refresh(world)?;
    Ok(Box::new(page))
}

/// Somebody who asks.
struct Stranger {
    jid: BareJid,
    /// A contact (or we) with an address that looks like theirs.
    like: Option<BareJid>,
}

#[derive(Default)]
struct Requests {
    strangers: Vec<Stranger>,
    chosen: usize,
    scroll: Scroll,
    /// What is chosen was painted; only that can be answered.
    painted: bool,
}

impl Requests {
    fn choose(&mut self, place: usize) {
        self.chosen = place.min(self.strangers.len().saturating_sub(1));
        self.scroll.follow();
    }

    fn answer(&self, accept: bool) -> Vec<Ask> {
        let Some(stranger) = self.strangers.get(self.chosen).filter(|_| self.painted) else {
            return Vec::new();
        };
        let jid = stranger.jid.clone();
        let who = list::address(&jid);
        let (command, done) = if accept {
            (
                Command::AcceptContact(jid),
                format!("{who} is a contact now and sees when you are here."),
            )
        } else {
            (
                Command::DeclineContact(jid),
                format!("The request of {who} is declined."),
            )
        };
        vec![Ask::Command {
            command,
            done: Some(done),
        }]
    }

    fn sheet(&self, world: &World<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.strangers.is_empty() {
            sheet.say(0, "Nobody asks.", Part::Plain);
            return sheet;
        }
        let how =
            "They ask to see when you are here. Accept only whom you know; who is declined is not told why.";
        sheet.say(0, how, Part::Plain);
        sheet.gap();
        for (place, stranger) in self.strangers.iter().enumerate() {
            sheet.item(Some(place));
            let chosen = place == self.chosen;
            let (mark, part) = if chosen {
                (world.theme.glyph(Glyph::Current), Part::Chosen)
            } else {
                (" ", Part::Plain)
            };
            let mark = (format!("{mark} "), Part::Title);
            let who = list::address(&stranger.jid);
            if chosen {
                // Whole: who is accepted is read to the end.
                let lines = super::super::text::wrap(&who, sheet.columns().saturating_sub(2).max(1));
                let indented = (String::from("  "), Part::Plain);
                for (line, words) in lines.into_iter().enumerate() {
                    let first = if line == 0 { mark.clone() } else { indented.clone() };
                    sheet.push(0, vec![first, (words, part)]);
                }
            } else {
                sheet.push(0, vec![mark, (who, part)]);
            }
            if let Some(like) = &stranger.like {
                let glyph = world.theme.glyph(Glyph::Attention);
                let whom = if like == world.own {
                    "you".to_owned()
                } else {
                    format!("your contact {}", list::address(like))
                };
                sheet.say(
                    2,
                    &format!("{glyph} looks like {whom}, and is somebody else"),
                    Part::Bad,
                );
            }
        }
        sheet.item(None);
        sheet
    }
}

impl Page for Requests {
    fn title(&self) -> String {
        match self.strangers.len() {
            0 => "Requests".to_owned(),
            1 => "Requests: 1 asks to be a contact".to_owned(),
            many => format!("Requests: {many} ask to be contacts"),
        }
    }

    fn on_key(&mut self, key: Key, _world: &World<'_>) -> store::Result<Vec<Ask>> {
        match (key.code, key.typed()) {
            (KeyCode::Up, _) => self.choose(self.chosen.saturating_sub(1)),
            (KeyCode::Down, _) => self.choose(self.chosen + 1),
            (KeyCode::PageUp, _) => {
                let step = usize::try_from(self.scroll.page()).unwrap_or(1);
                self.choose(self.chosen.saturating_sub(step));
            }
            (KeyCode::PageDown, _) => {
                let step = usize::try_from(self.scroll.page()).unwrap_or(1);
                self.choose(self.chosen + step);
            }
            (KeyCode::Home, _) => self.choose(0),
            (KeyCode::End, _) => self.choose(usize::MAX),
            (KeyCode::Enter, _) | (_, Some('a')) => return Ok(self.answer(true)),
            (_, Some('d')) => return Ok(self.answer(false)),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.scroll.by(lines);
    }

    fn refresh(&mut self, world: &World<'_>) -> store::Result<()> {
        let before = self
            .strangers
            .get(self.chosen)
            .map(|stranger| stranger.jid.clone());
        let all = contacts::all(&world.store, world.account)?;
        let (asking, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|contact| contact.requests);
        let mut known: BTreeMap<String, &BareJid> = BTreeMap::new();
        if !asking.is_empty() {
            known.insert(list::look(world.own.as_str()), world.own);
            known.extend(
                others
                    .iter()
                    .map(|contact| (list::look(contact.jid.as_str()), &contact.jid)),
            );
        }
        self.strangers = asking
            .iter()
            .map(|contact| Stranger {
                like: known
                    .get(&list::look(contact.jid.as_str()))
                    .filter(|like| ***like != contact.jid)
                    .map(|like| (*like).clone()),
                jid: contact.jid.clone(),
            })
            .collect();
        let place = self
            .strangers
            .iter()
            .position(|stranger| Some(&stranger.jid) == before.as_ref());
        match place {
            Some(place) => self.chosen = place,
            None => {
                self.painted = false;
                self.choose(self.chosen);
            }
        }
        Ok(())
    }

    fn draw(&mut self, world: &World<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.scroll
            .draw(&sheet, Some(self.chosen), world.theme, area, buf);
        self.painted = true;
        None
    }

    fn keys(&self, _world: &World<'_>) -> Vec<(String, String)> {
        if self.strangers.is_empty() {
            return Vec::new();
        }
        [("a", "accept"), ("d", "decline")]
            .map(|(key, what)| (key.to_owned(), what.to_owned()))
            .to_vec()
    }
}

#[cfg(test)]
mod tests;
