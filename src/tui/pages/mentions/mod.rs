//! What calls the person by name, in all their rooms, the newest first; Enter goes there.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::list;
use crate::text;
use crate::theme::{Glyph, Part};
use model::{MessageId, Peer, Timestamp, shown};
use store::rooms;

/// Messages of others that are looked through in each room, the newest ones.
const LOOKED_THROUGH: usize = 500;
/// Mentions that are shown.
const MOST: usize = 200;

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Mentions::default();
    page.refresh(world)?;
    Ok(Box::new(page))
}

/// A message that calls the person.
struct Mention {
    id: MessageId,
    room: Peer,
    /// The room's name, and the writer's in it.
    head: String,
    time: Timestamp,
    words: String,
}

#[derive(Default)]
struct Mentions {
    mentions: Vec<Mention>,
    pick: Pick,
}

impl Mentions {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.mentions.is_empty() {
            sheet.say(0, "Nobody calls you by name in your rooms.", Part::Plain);
            return sheet;
        }
        for (place, mention) in self.mentions.iter().enumerate() {
            sheet.item(Some(place));
            let (mark, part) = match self.pick.is(place) {
                true => (world.theme.glyph(Glyph::Current), Part::Chosen),
                false => (" ", Part::Plain),
            };
            let cut = world.theme.glyph(Glyph::Cut);
            let when = mention.time.to_zoned(world.zone.clone());
            let when = when.strftime("%-d %b %H:%M").to_string();
            let room = sheet.columns().saturating_sub(text::width(&when) + 3).max(1);
            let head = text::fit(&mention.head, room, cut);
            sheet.push(
                0,
                vec![
                    (format!("{mark} "), Part::Title),
                    (format!("{head} "), Part::Title),
                    (when, Part::Dim),
                ],
            );
            let room = sheet.columns().saturating_sub(2).max(1);
            sheet.push(2, vec![(text::fit(&mention.words, room, cut), part)]);
        }
        sheet
    }
}

impl Page for Mentions {
    fn title(&self) -> String {
        match self.mentions.len() {
            0 => "Mentions".to_owned(),
            1 => "Mentions: 1 in your rooms".to_owned(),
            many => format!("Mentions: {many} in your rooms, the newest first"),
        }
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        if let Some(place) = self.pick.moved(key) {
            self.pick.choose(place, self.mentions.len());
            return Ok(Vec::new());
        }
        let chosen = self.pick.seen_of(&self.mentions);
        Ok(match (key.code, chosen) {
            (KeyCode::Enter, Some(mention)) => vec![Ask::GoTo {
                chat: mention.room.clone(),
                message: mention.id,
            }],
            _ => Vec::new(),
        })
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let chosen = self.pick.of(&self.mentions).map(|mention| mention.id);
        self.mentions.clear();
        for room in rooms::all(&world.store, world.account)? {
            let name = list::name_of_room(&room);
            for message in rooms::mentioning(&world.store, room.chat, LOOKED_THROUGH)? {
                let who = list::name_of_author(world, &message.peer, &message.author)?;
                self.mentions.push(Mention {
                    id: message.id,
                    room: message.peer,
                    head: format!("{name} · {who}"),
                    time: message.time,
                    words: message.body.as_ref().map(shown::one_line).unwrap_or_default(),
                });
            }
        }
        self.mentions
            .sort_by_key(|mention| std::cmp::Reverse((mention.time, mention.id)));
        self.mentions.truncate(MOST);
        let place = self.mentions.iter().position(|one| Some(one.id) == chosen);
        self.pick.keep(place, self.mentions.len());
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let key = ("Enter".to_owned(), "go there".to_owned());
        (!self.mentions.is_empty()).then_some(key).into_iter().collect()
    }
}
