//! A file that is a text, shown as messages are: nothing of it reaches the terminal but letters.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::sheet::{Scroll, Sheet};
use crate::ask::{Ask, Context, FileDeed, Page};
use crate::desk::MOST_TEXT;
use crate::file_words;
use crate::key::Key;
use crate::theme::Part;
use model::{Clean, MessageFile, shown};

/// Drawn lines at most.
const MOST_LINES: usize = 10_000;

/// The page, of how the file begins.
pub fn page(file: &MessageFile, text: &[u8]) -> Box<dyn Page> {
    let all = text.len() < MOST_TEXT;
    // A letter that was cut in two is left out.
    let text = String::from_utf8_lossy(text);
    let text = if all {
        text.as_ref()
    } else {
        text.trim_end_matches('\u{fffd}')
    };
    Box::new(Text {
        file: file.clone(),
        text: Clean::new(text),
        all,
        scroll: Scroll::default(),
        laid_out: None,
    })
}

struct Text {
    file: MessageFile,
    text: Clean,
    /// There is nothing more of it.
    all: bool,
    scroll: Scroll,
    /// For which width.
    laid_out: Option<(u16, Sheet)>,
}

impl Text {
    fn sheet(&self, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let mut lines = 0;
        for line in shown::lines(&self.text) {
            sheet.say(0, &line, Part::Plain);
            lines += 1;
            if sheet.len() >= MOST_LINES {
                break;
            }
        }
        let rest = shown::lines(&self.text).nth(lines).is_some();
        if rest || !self.all {
            sheet.say(0, "There is more of it: o opens it with a program.", Part::Dim);
        }
        if self.text.as_str().is_empty() {
            sheet.say(0, "The file is empty.", Part::Dim);
        }
        sheet
    }
}

impl Page for Text {
    fn title(&self) -> String {
        file_words::name(&self.file)
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let page = self.scroll.page();
        match (key.code, key.typed()) {
            (KeyCode::Up, _) | (_, Some('k')) => self.scroll.by(-1),
            (KeyCode::Down | KeyCode::Enter, _) | (_, Some('j')) => self.scroll.by(1),
            (KeyCode::PageUp, _) | (_, Some('b')) => self.scroll.by(-page),
            (KeyCode::PageDown, _) | (_, Some(' ')) => self.scroll.by(page),
            (KeyCode::Home, _) | (_, Some('g')) => self.scroll.by(i32::MIN / 2),
            (KeyCode::End, _) | (_, Some('G')) => self.scroll.by(i32::MAX / 2),
            (_, Some('o')) => return Ok(vec![Ask::File(super::files::open_with(self.file.id))]),
            (_, Some('s')) => return Ok(vec![Ask::File(super::files::save(&self.file))]),
            (_, Some('c')) => return Ok(vec![Ask::Copy(self.text.as_str().to_owned())]),
            (_, Some('e')) => {
                let deed = FileDeed::Open {
                    id: self.file.id,
                    with: None,
                    sure: true,
                };
                return Ok(vec![Ask::File(deed)]);
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.scroll.by(lines);
    }

    fn refresh(&mut self, _world: &Context<'_>) -> store::Result<()> {
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if self
            .laid_out
            .as_ref()
            .is_none_or(|(width, _)| *width != area.width)
        {
            self.laid_out = Some((area.width, self.sheet(area.width)));
        }
        if let Some((_, sheet)) = &self.laid_out {
            self.scroll.draw(sheet, None, world.theme, area, buf);
        }
        None
    }

    fn keys(&self, _world: &Context<'_>) -> Vec<(String, String)> {
        let keys = [
            ("PgDn", "on"),
            ("c", "copy"),
            ("s", "save"),
            ("o", "open with"),
            ("e", "open"),
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
    use model::{FileId, FileState, MessageId};

    #[test]
    fn what_a_text_holds_stays_text_and_a_long_one_scrolls() {
        let mut stage = Stage::new();
        let file = MessageFile {
            id: FileId(1),
            message: MessageId(1),
            number: 0,
            name: Some(Clean::line("notes.txt")),
            media_type: Some(Clean::line("text/plain")),
            size: None,
            sha256: None,
            host: None,
            encrypted: true,
            state: FileState::Here,
            failure: None,
            container: None,
            stored: None,
        };
        let mut text = b"first\x1b[31mred\x07\n\xff\xfe\n".to_vec();
        for line in 0..100 {
            text.extend(format!("line {line}\n").bytes());
        }
        let mut page = page(&file, &text);
        assert_eq!(page.title(), "notes.txt");
        let picture = |stage: &mut Stage, page: &mut Box<dyn Page>| {
            stage.picture(40, 4, |world, area, buf| {
                page.draw(world, area, buf);
            })
        };
        let begin = picture(&mut stage, &mut page);
        assert!(begin.contains("first") && !begin.contains('\u{1b}'), "{begin}");
        stage.look(|world| page.on_key(key("End"), world).unwrap());
        let end = picture(&mut stage, &mut page);
        assert!(end.contains("line 99"), "{end}");
    }
}
