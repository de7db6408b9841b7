//! What is in a folder, to choose a file that is to be sent.

use std::path::{Path, PathBuf};

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pick::Pick;
use super::sheet::Sheet;
use crate::ask::{Ask, Context, FileDeed, Page};
use crate::desk::{ListedFile, MOST_NAMES};
use crate::key::Key;
use crate::theme::{Glyph, Part};
use model::shown;

/// The page, of what was found in the folder.
pub fn page(folder: &Path, names: &[ListedFile]) -> Box<dyn Page> {
    Box::new(Browse {
        folder: folder.to_owned(),
        names: names.to_vec(),
        pick: Pick::default(),
        hidden: false,
    })
}

struct Browse {
    folder: PathBuf,
    names: Vec<ListedFile>,
    pick: Pick,
    /// Names that begin with a dot are shown.
    hidden: bool,
}

impl Browse {
    fn shown(&self) -> Vec<&ListedFile> {
        let shown = |one: &&ListedFile| self.hidden || !one.name.starts_with('.');
        self.names.iter().filter(shown).collect()
    }

    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let shown = self.shown();
        if shown.is_empty() {
            sheet.say(0, "There is no file in this folder.", Part::Plain);
        }
        for (place, one) in shown.into_iter().enumerate() {
            sheet.item(Some(place));
            let (mark, part) = match self.pick.is(place) {
                true => (world.theme.glyph(Glyph::Current), Part::Chosen),
                false => (" ", Part::Plain),
            };
            let size = match one.is_file {
                true => format!("  {}", words::size(one.size)),
                false => "/".to_owned(),
            };
            let room = sheet.columns().saturating_sub(2 + size.len());
            let name = crate::text::fit(
                &shown::identifier(&one.name),
                room.max(1),
                world.theme.glyph(Glyph::Cut),
            );
            sheet.push(
                0,
                vec![(format!("{mark} "), Part::Title), (name, part), (size, Part::Dim)],
            );
        }
        sheet.item(None);
        if self.names.len() >= MOST_NAMES {
            sheet.say(0, "There are more: /attach and the path takes those.", Part::Dim);
        }
        sheet
    }

    fn up(&self) -> Vec<Ask> {
        let parent = self.folder.parent().map(Path::to_owned);
        parent
            .map(|parent| Ask::File(FileDeed::Look(parent)))
            .into_iter()
            .collect()
    }
}

impl Page for Browse {
    fn title(&self) -> String {
        shown::identifier(&self.folder.display().to_string())
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let count = self.shown().len();
        if let Some(place) = self.pick.moved(key) {
            self.pick.choose(place, count);
            return Ok(Vec::new());
        }
        let chosen = self.pick.seen_of(&self.shown()).map(|one| (*one).clone());
        Ok(match (key.code, key.typed(), chosen) {
            (KeyCode::Left | KeyCode::Backspace, ..) => self.up(),
            (KeyCode::Enter | KeyCode::Right, _, Some(one)) if !one.is_file => {
                vec![Ask::File(FileDeed::Look(self.folder.join(one.name)))]
            }
            (KeyCode::Enter, _, Some(one)) => {
                let paths = vec![self.folder.join(one.name)];
                let original = false;
                vec![Ask::Close, Ask::File(FileDeed::Attach { paths, original })]
            }
            (_, Some('.'), _) => {
                self.hidden = !self.hidden;
                self.pick.choose(0, self.shown().len());
                Vec::new()
            }
            (_, Some(c), _) if c.is_alphanumeric() => {
                // To the next name that begins so.
                let begins =
                    |one: &&ListedFile| one.name.to_lowercase().starts_with(&c.to_lowercase().to_string());
                let shown = self.shown();
                let after = (0..count).filter(|place| !self.pick.is(*place));
                let from = (0..count).find(|place| self.pick.is(*place)).unwrap_or(0);
                let mut after: Vec<usize> = after
                    .filter(|place| shown.get(*place).is_some_and(begins))
                    .collect();
                after.sort_by_key(|place| (*place < from, *place));
                if let Some(place) = after.first().copied() {
                    self.pick.choose(place, count);
                }
                Vec::new()
            }
            _ => Vec::new(),
        })
    }

    fn on_wheel(&mut self, lines: i32) {
        self.pick.scroll.by(lines);
    }

    fn refresh(&mut self, _world: &Context<'_>) -> store::Result<()> {
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let sheet = self.sheet(world, area.width);
        self.pick.draw(&sheet, world.theme, area, buf);
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let keys = [
            ("Enter", "open or send"),
            ("Left", "folder above"),
            (".", "hidden"),
        ];
        keys.iter()
            .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipients::fixture::*;

    fn one(name: &str, is_file: bool) -> ListedFile {
        ListedFile {
            is_file,
            name: name.to_owned(),
            size: 2_048,
        }
    }

    #[test]
    fn folders_are_gone_into_and_a_file_is_sent_once_it_was_seen() {
        let mut stage = Stage::new();
        let names = [
            one("pictures", false),
            one("a\u{202e}b.jpg", true),
            one("cat.jpg", true),
            one(".x", true),
        ];
        let mut page = page(Path::new("/home/ana"), &names);
        let picture = |stage: &mut Stage, page: &mut Box<dyn Page>| {
            stage.picture(40, 5, |world, area, buf| {
                page.draw(world, area, buf);
            })
        };
        let press = |stage: &mut Stage, page: &mut Box<dyn Page>, name: &str| {
            stage.look(|world| page.on_key(key(name), world).unwrap())
        };
        assert_eq!(press(&mut stage, &mut page, "Enter"), []);
        let seen = picture(&mut stage, &mut page);
        assert!(
            seen.contains("▸ pictures/") && seen.contains("cat.jpg  2.0 KiB"),
            "{seen}"
        );
        // A name that others may have chosen is shown as it is, and hidden ones are not.
        assert!(seen.contains("\\u{202e}") && !seen.contains(".x"), "{seen}");
        let look = |folder: &str| vec![Ask::File(FileDeed::Look(folder.into()))];
        assert_eq!(press(&mut stage, &mut page, "Enter"), look("/home/ana/pictures"));
        assert_eq!(press(&mut stage, &mut page, "Left"), look("/home"));
        press(&mut stage, &mut page, "c");
        picture(&mut stage, &mut page);
        let sent = FileDeed::Attach {
            paths: vec!["/home/ana/cat.jpg".into()],
            original: false,
        };
        assert_eq!(
            press(&mut stage, &mut page, "Enter"),
            [Ask::Close, Ask::File(sent)]
        );
        press(&mut stage, &mut page, ".");
        assert!(picture(&mut stage, &mut page).contains(".x"));
    }
}
