//! The links of the open chat, the newest first: each whole, where a text in the
//! history breaks it into lines.

use crossterm::event::KeyCode;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::sheet::{Scroll, Sheet};
use super::words;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::list;
use crate::text::links;
use crate::theme::{Glyph, Part};
use model::{Author, Message, Timestamp, shown};
use store::{self, chats, messages};

/// Messages that are looked through, the newest ones.
const MESSAGES: usize = 2_000;
/// Links that are shown.
const MOST: usize = 200;

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Links::default();
    page.refresh(world)?;
    Ok(Box::new(page))
}

/// A link, and who sent it when.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    address: String,
    who: String,
    time: Timestamp,
}

#[derive(Default)]
struct Links {
    links: Vec<Link>,
    chosen: usize,
    scroll: Scroll,
}

impl Links {
    fn choose(&mut self, place: usize) {
        self.chosen = place.min(self.links.len().saturating_sub(1));
        self.scroll.follow();
    }

    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.links.is_empty() {
            sheet.say(
                0,
                "There is no link in the newest messages of this chat.",
                Part::Plain,
            );
            return sheet;
        }
        for (place, link) in self.links.iter().enumerate() {
            sheet.item(Some(place));
            let chosen = place == self.chosen;
            let (mark, part) = if chosen {
                (world.theme.glyph(Glyph::Current), Part::Chosen)
            } else {
                (" ", Part::Plain)
            };
            let from = format!("{} {}", link.who, when(link.time, world.zone));
            sheet.push(0, vec![(format!("{mark} "), Part::Title), (from, Part::Dim)]);
            let address = shown::identifier(&link.address);
            if chosen {
                // Whole, and from the edge on: nothing of ours stands in it.
                for line in crate::text::wrap(&address, sheet.columns()) {
                    sheet.push(0, vec![(line, part)]);
                }
            } else {
                sheet.push(2, vec![(address, part)]);
            }
        }
        sheet
    }
}

fn when(time: Timestamp, zone: &TimeZone) -> String {
    words::second(time, zone)
}

/// The links of a message that can be read.
fn of(message: &Message, name: &str) -> Vec<Link> {
    let Some(body) = &message.body else {
        return Vec::new();
    };
    links::of(body.as_str())
        .map(|address| Link {
            address: address.to_owned(),
            who: name.to_owned(),
            time: message.time,
        })
        .collect()
}

impl Page for Links {
    fn title(&self) -> String {
        match self.links.len() {
            0 => "Links".to_owned(),
            1 => "Links: 1 in this chat".to_owned(),
            many => format!("Links: {many} in this chat, the newest first"),
        }
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let page = usize::try_from(self.scroll.page()).unwrap_or(1);
        match (key.code, key.typed()) {
            (KeyCode::Up, _) => self.choose(self.chosen.saturating_sub(1)),
            (KeyCode::Down, _) => self.choose(self.chosen + 1),
            (KeyCode::PageUp, _) => self.choose(self.chosen.saturating_sub(page)),
            (KeyCode::PageDown, _) => self.choose(self.chosen + page),
            (KeyCode::Home, _) => self.choose(0),
            (KeyCode::End, _) => self.choose(usize::MAX),
            (KeyCode::Enter, _) | (_, Some('c')) => {
                let link = self.links.get(self.chosen);
                return Ok(link
                    .map(|link| Ask::Copy(link.address.clone()))
                    .into_iter()
                    .collect());
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let chosen = self
            .links
            .get(self.chosen)
            .map(|link| (link.address.clone(), link.time));
        self.links.clear();
        let chat = match world.chat {
            Some(peer) => chats::by_peer(&world.store, peer)?,
            None => None,
        };
        let Some(chat) = chat else { return Ok(()) };
        let mut known: Vec<(Author, String)> = Vec::new();
        for message in messages::history(&world.store, chat.id, None, MESSAGES)?
            .iter()
            .rev()
        {
            if !known.iter().any(|(author, _)| *author == message.author) {
                let name = list::name_of_author(world, &message.peer, &message.author)?;
                known.push((message.author.clone(), name));
            }
            let name = known.iter().find(|(author, _)| *author == message.author);
            let name = name.map_or("", |(_, name)| name);
            self.links.extend(of(message, name));
            if self.links.len() >= MOST {
                self.links.truncate(MOST);
                break;
            }
        }
        let same = |link: &Link| {
            chosen
                .as_ref()
                .is_some_and(|(address, time)| link.address == *address && link.time == *time)
        };
        let place = self.links.iter().position(same).unwrap_or(self.chosen);
        self.choose(place);
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.scroll
            .draw(&sheet, Some(self.chosen), world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let key = ("Enter".to_owned(), "copy the link".to_owned());
        (!self.links.is_empty()).then_some(key).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
