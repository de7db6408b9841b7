//! The keys and commands as they are now, made from the two tables, and what the signs mean.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::action::{Action, KeyContext, TABLE};
use crate::ask::{Ask, Context, Page, PageName};
use crate::commands;
use crate::composer::Edit;
use crate::key::Key;
use crate::keymap::Keymap;
use crate::text;
use crate::theme::{Glyph, Part, Theme};

/// The page.
pub fn page(world: &Context<'_>) -> store::Result<Box<dyn Page>> {
    Ok(Box::new(Help::new(world.keymap, world.theme)))
}

/// One thing to say, before it is wrapped.
struct Item {
    /// Keys, a command or a sign.
    left: String,
    words: String,
    part: Part,
}

/// One line of it.
struct HelpLine {
    left: String,
    words: String,
    part: Part,
    /// Which item it is of.
    item: usize,
}

struct Help {
    items: Vec<Item>,
    /// The items wrapped for the width they were last drawn in.
    lines: Vec<HelpLine>,
    columns: u16,
    /// The left column of these lines.
    left: u16,
    /// Rows that they were last drawn in.
    rows: usize,
    /// The first line in sight.
    top: usize,
}

impl Help {
    fn new(keymap: &Keymap, theme: &Theme) -> Self {
        let mut items = Vec::new();
        introduce(&mut items, keymap);
        for context in KeyContext::ALL {
            // The editor's keys are the longest part, and the one that people know.
            if context == KeyContext::Composer {
                tables_of_words(&mut items, theme);
            }
            heading(&mut items, context.words());
            for row in TABLE.iter().filter(|row| row.context == context) {
                let keys: Vec<String> = keymap.keys_of(row).iter().map(Key::to_string).collect();
                pair(&mut items, keys.join(", "), row.words);
            }
        }
        Self {
            items,
            lines: Vec::new(),
            columns: 0,
            left: 0,
            rows: 1,
            top: 0,
        }
    }

    /// Wraps anew where the width is another; the item at the top stays there.
    fn wrap(&mut self, columns: u16) {
        if columns == self.columns {
            return;
        }
        let item = self.lines.get(self.top).map_or(0, |line| line.item);
        // A third, but not more than the longest keys need.
        self.left = (columns * 2 / 5).clamp(6, 26);
        self.columns = columns;
        self.lines = self
            .items
            .iter()
            .enumerate()
            .fold(Vec::new(), |mut lines, (at, item)| {
                lines.extend(wrapped(item, at, self.left, columns));
                lines
            });
        self.top = self.lines.iter().position(|line| line.item >= item).unwrap_or(0);
    }

    fn last_top(&self) -> usize {
        self.lines.len().saturating_sub(self.rows)
    }

    fn go(&mut self, lines: isize) {
        self.top = self.top.saturating_add_signed(lines).min(self.last_top());
    }

    /// One line is kept in sight, to read on from.
    fn page(&self) -> isize {
        isize::try_from(self.rows.saturating_sub(1).max(1)).unwrap_or(1)
    }
}

fn introduce(items: &mut Vec<Item>, keymap: &Keymap) {
    let sentence = |action, words: &str| match keymap.name(action) {
        name if name.is_empty() => String::new(),
        name => format!(" {name} {words}."),
    };
    let words = format!(
        "Write a message.{}{}{}{}{} A line that begins with / is a command.",
        sentence(Action::Send, "sends it"),
        sentence(Action::Edit(Edit::Newline), "begins a new line"),
        sentence(Action::Find, "finds chats, contacts, commands and keys"),
        sentence(Action::Back, "goes back"),
        sentence(Action::Leave, "leaves"),
    );
    items.push(Item {
        left: String::new(),
        words,
        part: Part::Plain,
    });
}

fn tables_of_words(items: &mut Vec<Item>, theme: &Theme) {
    heading(items, "Commands");
    for row in commands::TABLE {
        pair(items, row.written.into(), row.words);
    }
    heading(items, "Signs");
    for (sign, words) in signs(theme) {
        pair(items, sign.into(), words);
    }
}

fn heading(items: &mut Vec<Item>, words: &str) {
    for words in ["", words] {
        items.push(Item {
            left: String::new(),
            words: words.into(),
            part: Part::Title,
        });
    }
}

fn pair(items: &mut Vec<Item>, left: String, words: &str) {
    items.push(Item {
        left: if left.is_empty() { "(no key)".into() } else { left },
        words: words.into(),
        part: Part::KeyName,
    });
}

/// What the signs mean, in the list, in the marks column and in the title.
fn signs(theme: &Theme) -> [(&'static str, &'static str); 13] {
    [
        (
            theme.glyph(Glyph::Verified),
            "Encrypted, and you have verified every key",
        ),
        (
            theme.glyph(Glyph::Unverified),
            "Encrypted, not every key is verified",
        ),
        ("PLAIN", "In clear: the servers can read it"),
        (
            theme.glyph(Glyph::Attention),
            "Needs you: a key to decide about, or a message that failed",
        ),
        (theme.glyph(Glyph::Here), "This contact is online"),
        (theme.glyph(Glyph::Queued), "Waits to be sent"),
        (theme.glyph(Glyph::Sent), "Has reached the server"),
        (theme.glyph(Glyph::Delivered), "Has reached a device of theirs"),
        (theme.glyph(Glyph::Displayed), "Has been read, as they say"),
        (theme.glyph(Glyph::Failed), "Was not sent"),
        (theme.glyph(Glyph::Wall), "Above a message: what it answers"),
        (
            theme.glyph(Glyph::Foot),
            "Beneath a message: that it was edited, what people think of it",
        ),
        (
            "?",
            "After one of these: the servers could have made it up; the details say why",
        ),
    ]
}

/// The lines of an item: two columns, or one where there is nothing for the left one.
fn wrapped(item: &Item, at: usize, left: u16, columns: u16) -> Vec<HelpLine> {
    let one = item.left.is_empty();
    let indent = if one { 1 } else { left + 1 };
    let words = text::wrap(&item.words, usize::from(columns.saturating_sub(indent)).max(1));
    let keys = match one {
        true => Vec::new(),
        false => text::wrap(&item.left, usize::from(left.saturating_sub(2)).max(1)),
    };
    let count = words.len().max(keys.len());
    let mut words = words.into_iter();
    let mut keys = keys.into_iter();
    let line = |_| HelpLine {
        left: keys.next().unwrap_or_default(),
        words: words.next().unwrap_or_default(),
        part: item.part,
        item: at,
    };
    (0..count).map(line).collect()
}

impl Page for Help {
    fn title(&self) -> String {
        "Help".into()
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let page = self.page();
        match world.keymap.action(&[KeyContext::Main], key) {
            Some(Action::Find) => return Ok(vec![Ask::Show(PageName::Find)]),
            Some(Action::PageUp) => self.go(-page),
            Some(Action::PageDown) => self.go(page),
            Some(Action::LineUp) => self.go(-1),
            Some(Action::LineDown) => self.go(1),
            Some(Action::Oldest) => self.top = 0,
            Some(Action::Newest) => self.top = self.last_top(),
            _ => match key.code {
                KeyCode::Up | KeyCode::Char('k') => self.go(-1),
                KeyCode::Down | KeyCode::Char('j') | KeyCode::Enter => self.go(1),
                KeyCode::PageUp | KeyCode::Backspace => self.go(-page),
                KeyCode::PageDown | KeyCode::Char(' ') => self.go(page),
                KeyCode::Home => self.top = 0,
                KeyCode::End => self.top = self.last_top(),
                _ => {}
            },
        }
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.go(isize::try_from(lines).unwrap_or(0));
    }

    /// The tables do not change while the screen runs.
    fn refresh(&mut self, _world: &Context<'_>) -> store::Result<()> {
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        self.wrap(area.width);
        let all = usize::from(area.height);
        let whole = self.lines.len() <= all;
        // The last row says where one is, if there is more than fits.
        self.rows = if whole || all == 1 { all } else { all - 1 };
        self.go(0);
        let theme = world.theme;
        let shown = self.lines.iter().skip(self.top).take(self.rows);
        for (line, y) in shown.zip(area.y..) {
            let (left, words) = match line.part {
                Part::KeyName => (line.left.as_str(), line.words.as_str()),
                _ => ("", line.words.as_str()),
            };
            let indent = if line.part == Part::KeyName {
                self.left + 1
            } else {
                1
            };
            let style = match line.part {
                Part::KeyName => theme.style(Part::Plain),
                part => theme.style(part),
            };
            text::put(buf, area.x + 1, y, area.right(), left, theme.style(Part::KeyName));
            text::put(buf, area.x.saturating_add(indent), y, area.right(), words, style);
        }
        if self.rows < all {
            let last = (self.top + self.rows).min(self.lines.len());
            let below = if last < self.lines.len() {
                theme.glyph(Glyph::Below)
            } else {
                " "
            };
            let place = format!("{below} lines {} to {last} of {}", self.top + 1, self.lines.len());
            text::put(
                buf,
                area.x + 1,
                area.bottom() - 1,
                area.right(),
                &place,
                theme.style(Part::Dim),
            );
        }
        None
    }

    fn keys(&self, world: &Context<'_>) -> Vec<(String, String)> {
        vec![
            (world.keymap.name(Action::PageDown), "on".into()),
            (world.keymap.name(Action::PageUp), "back".into()),
            (world.keymap.name(Action::Find), "find".into()),
            (world.keymap.name(Action::Back), "close".into()),
        ]
    }
}

#[cfg(test)]
mod tests;
