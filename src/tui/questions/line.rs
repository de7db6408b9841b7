//! A question that is answered by a line of words and Enter. What is asked is a [`LineMatter`]; how it is
//! typed and painted stands here, once for all of them.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::key::Key;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::Part;
use model::{Clean, shown};

/// What is asked.
pub(super) trait LineMatter {
    /// Characters of an answer at most.
    const LONGEST: usize;
    /// What stands before the answer.
    const PROMPT: &'static str;

    /// Reads it again. False: there is nothing to ask any more.
    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool>;

    /// The question itself, in at most `lines` lines.
    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, lines: usize);

    /// What Enter does with this answer.
    fn enter(&self, typed: &str) -> &'static str;

    /// What the key that goes back does.
    fn back(&self) -> &'static str;

    /// What follows from this answer; None: it is not the right one.
    fn answered(&self, typed: Clean) -> Option<Vec<Ask>>;

    /// What is said of a wrong one.
    fn wrong(&self) -> &'static str {
        ""
    }
}

/// The question about a matter; None if there is nothing to ask any more.
pub(super) fn about<M: LineMatter + 'static>(
    world: &Context<'_>,
    mut matter: M,
) -> store::Result<Option<Box<dyn Question>>> {
    let asked = matter.refresh(world)?;
    let line = TypedLine {
        matter,
        typed: String::new(),
        wrong: false,
        painted: false,
    };
    Ok(asked.then(|| Box::new(line) as Box<dyn Question>))
}

struct TypedLine<M> {
    matter: M,
    typed: String,
    /// Enter was pressed after a wrong answer.
    wrong: bool,
    /// Keys that were pressed before it was seen belong to what was there before.
    painted: bool,
}

impl<M: LineMatter> TypedLine<M> {
    fn take(&mut self, c: char) -> bool {
        let takes = !c.is_control() && self.typed.chars().count() < M::LONGEST;
        if takes {
            self.wrong = false;
            self.typed.push(c);
        }
        takes
    }

    /// The end of what was typed, as much of it as there is room for before the cursor.
    fn seen(&self, sheet: &Sheet) -> String {
        let room = sheet.columns().saturating_sub(text::width(M::PROMPT) + 1);
        let shown = shown::identifier(&self.typed);
        let mut from = shown.as_str();
        while text::width(from) > room {
            let mut rest = from.chars();
            rest.next();
            from = rest.as_str();
        }
        from.to_owned()
    }

    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut end = Sheet::new(width);
        if self.wrong {
            end.say(0, self.matter.wrong(), Part::Bad);
        }
        let seen = self.seen(&end);
        end.push(0, vec![(M::PROMPT.to_owned(), Part::Plain), (seen, Part::Title)]);
        let back = world.keymap.name(Action::Back);
        end.keys(&[
            ("Enter", self.matter.enter(self.typed.trim())),
            (&back, self.matter.back()),
        ]);
        let lines = height.saturating_sub(end.len());
        let mut sheet = Sheet::new(width);
        self.matter.ask(world, &mut sheet, lines);
        sheet.truncate(lines);
        sheet.append(end);
        sheet
    }
}

impl<M: LineMatter> Question for TypedLine<M> {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, _key: Key, _world: &Context<'_>) -> bool {
        self.painted
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        match (key.code, key.typed()) {
            (KeyCode::Enter, _) => {
                if let Some(mut asks) = self.matter.answered(Clean::line(self.typed.trim())) {
                    asks.insert(0, Ask::Close);
                    return Ok(asks);
                }
                self.typed.clear();
                self.wrong = true;
            }
            (KeyCode::Backspace, _) => {
                self.typed.pop();
            }
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => self.typed.clear(),
            (_, Some(c)) => {
                self.take(c);
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    /// The first line of it; what does not fit is not taken.
    fn on_paste(&mut self, text: &str) -> bool {
        for c in text.lines().next().unwrap_or_default().chars() {
            if !self.take(c) {
                break;
            }
        }
        true
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        self.matter.refresh(world)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        self.painted = true;
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        let typed = text::width(M::PROMPT) + text::width(&self.seen(&sheet));
        parts::cursor(&sheet, M::PROMPT, typed, area)
    }
}
