//! The versions of one message that was edited: what it says now, and what it said before, with the times.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::details::doubt;
use super::sheet::{Scroll, Sheet};
use super::words;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::theme::Part;
use model::{Clean, MessageId, Timestamp, shown};
use store::about::corrections;
use store::messages;

/// Bytes of one version that are shown.
const LONGEST: usize = 8 * 1024;

/// The page.
pub fn page(world: &Context<'_>, id: MessageId) -> store::Result<Box<dyn Page>> {
    let mut page = Versions {
        id,
        versions: Vec::new(),
        doubt: None,
        scroll: Scroll::default(),
    };
    page.refresh(world)?;
    Ok(Box::new(page))
}

struct Versions {
    id: MessageId,
    /// The oldest first; the last one is what it says now.
    versions: Vec<(Timestamp, Clean)>,
    doubt: Option<&'static str>,
    scroll: Scroll,
}

impl Versions {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.versions.is_empty() {
            sheet.say(0, "This message is not in the history any more.", Part::Plain);
            return sheet;
        }
        if let Some(doubt) = self.doubt {
            sheet.say(0, doubt, Part::Waiting);
            sheet.gap();
        }
        let newest = self.versions.len() - 1;
        for (at, (time, body)) in self.versions.iter().enumerate() {
            let what = match at {
                _ if at == newest => "Now",
                0 => "At first",
                _ => "Then",
            };
            let time = words::second(*time, world.zone);
            sheet.flow(0, &[(what.to_owned(), Part::Title), (time, Part::Dim)]);
            for line in shown::lines(&Clean::within(body.as_str(), LONGEST)) {
                sheet.say(2, &line, Part::Plain);
            }
            sheet.gap();
        }
        sheet
    }
}

impl Page for Versions {
    fn title(&self) -> String {
        "Versions".to_owned()
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        match key.code {
            KeyCode::Up => self.scroll.by(-1),
            KeyCode::Down => self.scroll.by(1),
            KeyCode::PageUp => self.scroll.by(-self.scroll.page()),
            KeyCode::PageDown => self.scroll.by(self.scroll.page()),
            KeyCode::Home => self.scroll.to(false),
            KeyCode::End => self.scroll.to(true),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let message = messages::get(&world.store, self.id)?;
        let message = message.filter(|message| message.peer.account == world.account);
        self.versions.clear();
        let Some(message) = message else { return Ok(()) };
        let earlier = corrections::versions(&world.store, self.id)?;
        let earlier = earlier.into_iter().map(|version| (version.time, version.body));
        self.versions = earlier.collect();
        self.doubt = doubt(&message);
        let edited = corrections::newest(&world.store, self.id)?;
        let since = edited.map_or(message.time, |(_, time)| time);
        self.versions.extend(message.body.map(|body| (since, body)));
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.scroll.draw(&sheet, None, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        Vec::new()
    }
}
