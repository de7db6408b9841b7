//! Chats, contacts and commands, found by a few letters (Ctrl-P); or a chat alone, to forward a message to.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;

use crate::action::{Action, KeyContext};
use crate::ask::{Ask, Context, Page};
use crate::composer::{Composer, Edit};
use crate::key::Key;
use crate::text;
use crate::theme::{Glyph, Part};
use model::{Clean, MessageId, shown};
use rows::{FindRows, FoundItem, FoundRow};

mod paint;
mod rows;

/// Bytes that can be typed: a long address.
const LONGEST: usize = 512;
/// From this height on a rule divides what is typed from what is found.
const WITH_RULE: u16 = 5;

/// What somebody looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Anything to be opened, run or done.
    Go,
    /// The chat that this message is to be forwarded to.
    Forward(MessageId),
}

/// The page.
pub fn page(world: &Context<'_>, purpose: Purpose) -> store::Result<Box<dyn Page>> {
    Ok(Box::new(Find::new(world, purpose)?))
}

struct Find {
    purpose: Purpose,
    typed: Composer,
    rows: FindRows,
    found: Vec<FoundRow>,
    chosen: usize,
    /// The first row in sight.
    top: usize,
    /// Rows in sight when it was last drawn.
    height: usize,
}

impl Purpose {
    fn rows(self, world: &Context<'_>) -> store::Result<FindRows> {
        match self {
            Self::Go => FindRows::read(world),
            Self::Forward(_) => FindRows::people(world),
        }
    }

    /// What is said where nothing is found.
    fn nothing(self) -> &'static str {
        match self {
            Self::Go => "Nothing has such a name. An address, as in bob@mired.test, can be added here.",
            Self::Forward(_) => "Nobody has such a name.",
        }
    }
}

impl Find {
    fn new(world: &Context<'_>, purpose: Purpose) -> store::Result<Self> {
        let mut rows = purpose.rows(world)?;
        Ok(Self {
            purpose,
            found: rows.find(""),
            typed: Composer::default(),
            rows,
            chosen: 0,
            top: 0,
            height: 1,
        })
    }

    fn search(&mut self) {
        self.found = self.rows.find(self.typed.text());
        self.chosen = 0;
        self.top = 0;
    }

    fn type_in(&mut self, text: &str) {
        if self.typed.text().len() + text.len() <= LONGEST {
            self.typed.insert(text);
            self.search();
        }
    }

    fn go(&mut self, rows: isize) {
        let last = self.found.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(rows).min(last);
    }

    fn page(&self) -> isize {
        isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// What Enter does with the chosen row. A command that needs something to be written after it is written
    /// to the composer, or here where no chat is open or the composer holds something else.
    fn enter(&mut self, world: &Context<'_>) -> Vec<Ask> {
        let Some(found) = self.found.get(self.chosen) else {
            return Vec::new();
        };
        let ask = match &found.row.target {
            FoundItem::Chat(peer) => match self.purpose {
                Purpose::Go => Ask::Open(peer.clone()),
                Purpose::Forward(message) => Ask::Forward {
                    message,
                    to: peer.clone(),
                },
            },
            FoundItem::Action(action) => Ask::Perform(*action),
            FoundItem::Line(line) => Ask::Run(line.clone()),
            FoundItem::Add(jid, None) => Ask::Run(format!("/add {jid}")),
            FoundItem::Add(jid, Some(called)) => Ask::Run(format!("/add {jid} {}", called.as_str())),
            FoundItem::Command(row) if rows::runs_alone(row, world.chat.is_some()) => {
                Ask::Run(format!("/{}", row.name))
            }
            FoundItem::Command(row) => {
                let begun = format!("/{} ", row.name);
                if world.chat.is_none() || world.composing {
                    self.typed.set(&begun);
                    self.search();
                    return Vec::new();
                }
                Ask::Compose(begun)
            }
        };
        vec![Ask::Close, ask]
    }

    /// Tab writes the chosen command out, to go on with its argument.
    fn complete(&mut self) {
        if let Some(FoundRow { row, .. }) = self.found.get(self.chosen)
            && let FoundItem::Command(row) = row.target
        {
            self.typed.set(&format!("/{} ", row.name));
            self.search();
        }
    }

    fn perform(&mut self, action: Action, world: &Context<'_>) -> Vec<Ask> {
        let page = self.page();
        match action {
            Action::Send => return self.enter(world),
            Action::Up | Action::LineUp | Action::Find => self.go(-1),
            Action::Down | Action::LineDown => self.go(1),
            Action::PageUp => self.go(-page),
            Action::PageDown => self.go(page),
            Action::Oldest => self.chosen = 0,
            Action::Newest => self.chosen = self.found.len().saturating_sub(1),
            Action::Complete => self.complete(),
            // One line is all there is.
            Action::Edit(Edit::Newline) => {}
            Action::Edit(edit) => {
                let before = self.typed.text().to_owned();
                self.typed.edit(edit);
                if self.typed.text() != before {
                    self.search();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// What is typed, the end that the cursor is at in sight; where the cursor stands.
    fn draw_typed(&self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Position {
        let x = text::put(
            buf,
            area.x,
            area.y,
            area.right(),
            " > ",
            world.theme.style(Part::KeyName),
        );
        let whole = self.typed.text();
        let (before, after) = whole.split_at_checked(self.typed.cursor()).unwrap_or((whole, ""));
        // The cursor's own cell stays free.
        let room = usize::from(area.right().saturating_sub(x)).saturating_sub(1);
        let mut seen = before;
        while text::width(&show(seen)) > room {
            let Some(first) = seen.graphemes(true).next() else {
                break;
            };
            seen = seen.get(first.len()..).unwrap_or_default();
        }
        let cursor = x.saturating_add(columns(&show(seen)));
        let line = show(&format!("{seen}{after}"));
        text::put(
            buf,
            x,
            area.y,
            area.right(),
            &line,
            world.theme.style(Part::Plain),
        );
        Position::new(cursor.min(area.right().saturating_sub(1)), area.y)
    }

    fn draw_rows(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) {
        self.height = usize::from(area.height);
        if self.found.is_empty() {
            return nothing(world, self.purpose.nothing(), area, buf);
        }
        let last_top = self.found.len().saturating_sub(self.height);
        let lowest = (self.chosen + 1).saturating_sub(self.height);
        self.top = self.top.clamp(lowest, self.chosen.max(lowest)).min(last_top);
        for ((at, found), y) in self
            .found
            .iter()
            .enumerate()
            .skip(self.top)
            .zip(area.y..area.bottom())
        {
            let area = Rect { y, height: 1, ..area };
            paint::row(world, found, at == self.chosen, area, buf);
        }
    }
}

/// What a person typed, as it may be drawn.
fn show(typed: &str) -> String {
    shown::one_line(&Clean::line(typed))
}

fn columns(text: &str) -> u16 {
    u16::try_from(text::width(text)).unwrap_or(u16::MAX)
}

fn nothing(world: &Context<'_>, words: &str, area: Rect, buf: &mut Buffer) {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    for (line, y) in text::wrap(words, width).iter().zip(area.y..area.bottom()) {
        text::put(
            buf,
            area.x + 3,
            y,
            area.right(),
            line,
            world.theme.style(Part::Dim),
        );
    }
}

impl Page for Find {
    fn title(&self) -> String {
        match self.purpose {
            Purpose::Go => "Find a chat, a contact, a command or a key".into(),
            Purpose::Forward(_) => "Forward the message to which chat?".into(),
        }
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let plain = key.modifiers.is_empty();
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Up if plain => self.go(-1),
            KeyCode::Down if plain => self.go(1),
            KeyCode::Char('p') if control => self.go(-1),
            KeyCode::Char('n') if control => self.go(1),
            KeyCode::Enter if plain => return Ok(self.enter(world)),
            _ => match (
                world
                    .keymap
                    .action(&[KeyContext::Composer, KeyContext::Main], key),
                key.typed(),
            ) {
                (Some(action), _) => return Ok(self.perform(action, world)),
                (None, Some(c)) => self.type_in(c.encode_utf8(&mut [0; 4])),
                (None, None) => {}
            },
        }
        Ok(Vec::new())
    }

    /// Only the first line: the rest of what was copied is no name.
    fn on_paste(&mut self, text: &str, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let line = text.trim_start().lines().next().unwrap_or_default();
        self.type_in(Clean::line(line).as_str().trim());
        Ok(Vec::new())
    }

    fn on_wheel(&mut self, lines: i32) {
        self.go(isize::try_from(lines.signum()).unwrap_or(0));
    }

    /// What is chosen stays chosen, wherever it stands now.
    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let chosen = self.found.get(self.chosen).map(|found| found.row.target.clone());
        self.rows = self.purpose.rows(world)?;
        self.found = self.rows.find(self.typed.text());
        let same = |found: &FoundRow| chosen.as_ref().is_some_and(|chosen| chosen.is(&found.row.target));
        self.chosen = self.found.iter().position(same).unwrap_or(0);
        Ok(())
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let cursor = self.draw_typed(world, area, buf);
        let mut below = area.y + 1;
        if area.height >= WITH_RULE {
            let rule = world.theme.glyph(Glyph::Rule).repeat(usize::from(area.width));
            text::put(
                buf,
                area.x,
                below,
                area.right(),
                &rule,
                world.theme.style(Part::Dim),
            );
            below += 1;
        }
        let height = area.bottom().saturating_sub(below);
        self.draw_rows(
            world,
            Rect {
                y: below,
                height,
                ..area
            },
            buf,
        );
        Some(cursor)
    }

    fn keys(&self, world: &Context<'_>) -> Vec<(String, String)> {
        let chosen = self.found.get(self.chosen).map(|found| &found.row.target);
        let enter = match chosen {
            Some(FoundItem::Chat(_)) => match self.purpose {
                Purpose::Go => "open",
                Purpose::Forward(_) => "write it there",
            },
            Some(FoundItem::Command(row)) if !rows::runs_alone(row, world.chat.is_some()) => "write it",
            Some(FoundItem::Command(_) | FoundItem::Line(_)) => "run",
            Some(FoundItem::Action(_)) => "do it",
            Some(FoundItem::Add(..)) => "add",
            None => "nothing found",
        };
        vec![
            ("Enter".into(), enter.into()),
            ("Up Down".into(), "choose".into()),
            (world.keymap.name(Action::Back), "close".into()),
        ]
    }
}

#[cfg(test)]
mod tests;
