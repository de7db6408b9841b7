//! Strangers who ask to become contacts or wrote first; they wait here and never pop up. Whoever waits is
//! told of nothing, and what they wrote can be read here, marked as what it is.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::list;
use crate::theme::{Glyph, Part};
use api::Command;
use model::{Clean, Message, Protection, shown};
use store::{self, messages};

mod stranger;

use stranger::{Stranger, accepted, declined, read, wants};

/// Messages of the chosen one that are shown, the newest; the chat has them all.
const SHOWN: usize = 3;
/// Characters of each that are shown.
const LONGEST: usize = 400;

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Requests::default();
    page.refresh(world)?;
    // Back from what one of them wrote, it is still the one.
    let open = page
        .strangers
        .iter()
        .position(|stranger| Some(&stranger.peer) == world.chat);
    page.choose(open.unwrap_or_default(), world)?;
    Ok(Box::new(page))
}

#[derive(Default)]
struct Requests {
    strangers: Vec<Stranger>,
    pick: Pick,
    /// What the chosen one wrote last, oldest first, and whether there is more.
    words: (Vec<Message>, bool),
    /// The letter that was pressed once, of those that have to be pressed twice.
    sure: Option<char>,
}

impl Requests {
    fn choose(&mut self, place: usize, world: &Context<'_>) -> store::Result<()> {
        self.pick.choose(place, self.strangers.len());
        self.read_words(world)
    }

    fn read_words(&mut self, world: &Context<'_>) -> store::Result<()> {
        let chat = self.pick.of(&self.strangers).and_then(|stranger| stranger.chat);
        self.words = match chat {
            None => (Vec::new(), false),
            Some(chat) => {
                let mut newest = messages::history(&world.store, chat, None, SHOWN + 1)?;
                let more = newest.len() > SHOWN;
                if more {
                    newest.remove(0);
                }
                (newest, more)
            }
        };
        Ok(())
    }

    fn answer(&mut self, letter: char) -> Vec<Ask> {
        let before = self.sure.take();
        let Some(stranger) = self.pick.seen_of(&self.strangers) else {
            return Vec::new();
        };
        let wrote = stranger.chat.is_some();
        // What takes words or a person away is pressed twice.
        let twice = letter == 'b' || (letter == 'd' && wrote);
        if twice && before != Some(letter) {
            self.sure = Some(letter);
            return Vec::new();
        }
        match letter {
            'a' => accepted(stranger),
            'b' => {
                let who = list::address(&stranger.peer.address);
                vec![Ask::Command {
                    command: Command::Block(stranger.peer.address.clone().into()),
                    done: Some(format!("{who} is blocked on all your devices.")),
                }]
            }
            _ => declined(stranger),
        }
    }

    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.strangers.is_empty() {
            sheet.say(0, "Nobody waits.", Part::Plain);
            return sheet;
        }
        let how =
            "You do not know them, and they are told nothing until you accept. Accept only whom you know.";
        sheet.say(0, how, Part::Plain);
        sheet.gap();
        for (place, stranger) in self.strangers.iter().enumerate() {
            sheet.item(Some(place));
            let chosen = self.pick.is(place);
            self.head(&mut sheet, world, stranger, chosen);
            if chosen {
                self.said(&mut sheet, world);
            }
        }
        sheet.item(None);
        sheet
    }

    fn head(&self, sheet: &mut Sheet, world: &Context<'_>, stranger: &Stranger, chosen: bool) {
        let (mark, part) = if chosen {
            (world.theme.glyph(Glyph::Current), Part::Chosen)
        } else {
            (" ", Part::Plain)
        };
        let mark = (format!("{mark} "), Part::Title);
        let who = list::address(&stranger.peer.address);
        if chosen {
            // Whole: who is accepted is read to the end.
            let lines = crate::text::wrap(&who, sheet.columns().saturating_sub(2).max(1));
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
            let words = format!("{glyph} looks like {whom}, and is somebody else");
            sheet.say(2, &words, Part::Bad);
        }
        sheet.say(2, &wants(stranger), Part::Dim);
    }

    /// What the chosen one wrote: when, how it came, and the words.
    fn said(&self, sheet: &mut Sheet, world: &Context<'_>) {
        let (messages, more) = &self.words;
        if *more {
            sheet.say(4, "there is more above; Enter shows all", Part::Dim);
        }
        for message in messages {
            let time = message.time.to_zoned(world.zone.clone());
            let how = match (message.protection, &message.body) {
                (_, None) => "cannot be read",
                (Protection::Clear, _) => "in clear",
                _ => "encrypted",
            };
            let head = format!("{} {how}", time.strftime("%a %-d %b %H:%M"));
            sheet.say(4, &head, Part::Dim);
            if let Some(body) = &message.body {
                let start: String = body.as_str().chars().take(LONGEST).collect();
                for line in shown::lines(&Clean::new(&start)) {
                    sheet.say(4, &line, Part::Plain);
                }
            }
        }
    }
}

impl Page for Requests {
    fn title(&self) -> String {
        match self.strangers.len() {
            0 => "Requests".to_owned(),
            1 => "Requests: 1 stranger waits".to_owned(),
            many => format!("Requests: {many} strangers wait"),
        }
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        if let Some(place) = self.pick.moved(key) {
            self.sure = None;
            self.choose(place, world)?;
            return Ok(Vec::new());
        }
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) => {
                self.sure = None;
                let chosen = self.pick.seen_of(&self.strangers);
                let wrote = chosen.filter(|stranger| stranger.chat.is_some());
                Ok(wrote.map_or_else(Vec::new, |stranger| vec![Ask::Open(stranger.peer.clone())]))
            }
            (_, Some(letter @ ('a' | 'd' | 'b'))) => Ok(self.answer(letter)),
            _ => {
                self.sure = None;
                Ok(Vec::new())
            }
        }
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let before = self
            .pick
            .of(&self.strangers)
            .map(|stranger| stranger.peer.clone());
        self.strangers = read(world)?;
        let mut strangers = self.strangers.iter();
        let place = strangers.position(|stranger| Some(&stranger.peer) == before.as_ref());
        if !self.pick.keep(place, self.strangers.len()) {
            self.sure = None;
        }
        self.read_words(world)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let Some(stranger) = self.pick.of(&self.strangers) else {
            return Vec::new();
        };
        let wrote = stranger.chat.is_some();
        let keys: &[(&str, &str)] = match (self.sure, wrote) {
            (Some('b'), _) => &[("b", "again: block")],
            (Some(_), _) => &[("d", "again: delete")],
            (None, true) => &[
                ("a", "accept"),
                ("d", "delete"),
                ("b", "block"),
                ("Enter", "read"),
            ],
            (None, false) => &[("a", "accept"), ("d", "decline"), ("b", "block")],
        };
        keys.iter()
            .map(|(key, what)| ((*key).to_owned(), (*what).to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests;
