//! Who is blocked, and letting them go.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use crate::ask::{Ask, Context, Page};
use crate::key::Key;
use crate::theme::{Glyph, Part};
use api::Command;
use model::shown;
use store::blocked::{self, Blocked as Entry};

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    let mut page = Blocked::default();
    page.refresh(world)?;
    Ok(Box::new(page))
}

#[derive(Default)]
struct Blocked {
    entries: Vec<Entry>,
    pick: Pick,
}

impl Blocked {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        if self.entries.is_empty() {
            sheet.say(0, "Nobody is blocked. /block keeps somebody away.", Part::Plain);
            return sheet;
        }
        sheet.say(
            0,
            "Nothing of theirs reaches you. They are not told.",
            Part::Plain,
        );
        sheet.gap();
        for (place, entry) in self.entries.iter().enumerate() {
            sheet.item(Some(place));
            let chosen = self.pick.is(place);
            let (mark, part) = match chosen {
                true => (world.theme.glyph(Glyph::Current), Part::Chosen),
                false => (" ", Part::Plain),
            };
            let mut pieces = vec![
                (format!("{mark} "), Part::Title),
                (shown::identifier(entry.jid.as_str()), part),
            ];
            if !entry.at_server {
                pieces.push(("  on this device only".to_owned(), Part::Waiting));
            }
            sheet.push(0, pieces);
        }
        sheet.item(None);
        sheet
    }
}

impl Page for Blocked {
    fn title(&self) -> String {
        match self.entries.len() {
            0 => "Blocked".to_owned(),
            many => format!("Blocked: {many}"),
        }
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        if let Some(place) = self.pick.moved(key) {
            self.pick.choose(place, self.entries.len());
        }
        let chosen = self.pick.seen_of(&self.entries);
        let asks = chosen.filter(|_| key.typed() == Some('u')).map(|entry| {
            let who = shown::identifier(entry.jid.as_str());
            vec![Ask::Command {
                command: Command::Unblock(entry.jid.clone()),
                done: Some(format!("{who} can write to you again.")),
            }]
        });
        Ok(asks.unwrap_or_default())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let before = self.pick.of(&self.entries).map(|entry| entry.jid.clone());
        self.entries = blocked::all(&world.store, world.account)?;
        let mut entries = self.entries.iter();
        let place = entries.position(|entry| Some(&entry.jid) == before.as_ref());
        self.pick.keep(place, self.entries.len());
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        match self.entries.is_empty() {
            true => Vec::new(),
            false => vec![("u".to_owned(), "unblock".to_owned())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipients::fixture::*;

    #[test]
    fn who_is_blocked_is_listed_and_let_go_once_it_was_seen() {
        let mut stage = Stage::new();
        let account = stage.account;
        stage.write(|tx| {
            blocked::put(tx, account, &jid("eve@evil.test").into(), true).unwrap();
            blocked::put(tx, account, &jid("spam.test").into(), false).unwrap();
        });
        let mut page = stage.look(|world| page(world).unwrap());
        let press = |stage: &mut Stage, page: &mut Box<dyn Page>, name: &str| {
            stage.look(|world| page.on_key(key(name), world).unwrap())
        };
        assert_eq!(press(&mut stage, &mut page, "u"), []);
        let text = stage.picture(60, 8, |world, area, buf| {
            page.draw(world, area, buf);
        });
        assert!(
            text.contains("▸ eve@evil.test") && text.contains("spam.test  on this device only"),
            "{text}"
        );
        press(&mut stage, &mut page, "Down");
        // That one was not seen as the chosen one yet.
        assert_eq!(press(&mut stage, &mut page, "u"), []);
        stage.picture(60, 8, |world, area, buf| {
            page.draw(world, area, buf);
        });
        let asks = press(&mut stage, &mut page, "u");
        let unblock = Command::Unblock(jid("spam.test").into());
        assert!(matches!(asks.as_slice(), [Ask::Command { command, .. }] if *command == unblock));
    }

    #[test]
    fn an_empty_list_says_so() {
        let mut stage = Stage::new();
        let mut page = stage.look(|world| page(world).unwrap());
        assert_eq!(page.title(), "Blocked");
        let text = stage.picture(60, 4, |world, area, buf| {
            page.draw(world, area, buf);
        });
        assert!(text.contains("Nobody is blocked."), "{text}");
    }
}
