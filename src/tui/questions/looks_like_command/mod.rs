//! A text that looks like a command was about to be sent, or a pasted command to be run.
//!
//! It comes up in the moment in which somebody has pressed Enter and may go on typing. So what was pressed before it was painted
//! is no answer, Enter is none, and an answer has to be pressed twice: no word begins with the same letter twice. Other
//! letters are no answer and do nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::commands;
use crate::key::Key;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part, Theme};
use model::{Clean, shown};

/// Columns of what was typed, and of the command that is offered.
const QUOTED: usize = 30;

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &Context<'_>, text: &str, pasted: bool) -> store::Result<Option<Box<dyn Question>>> {
    if let commands::Typed::Message(_) = commands::read(world, text)? {
        return Ok(None);
    }
    Ok(Some(Box::new(LooksLikeCommand {
        text: text.to_owned(),
        pasted,
        meant: commands::meant(text),
        painted: false,
        sure: None,
    })))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Send,
    Run,
}

struct LooksLikeCommand {
    text: String,
    pasted: bool,
    /// The line that can be run in its place.
    meant: Option<String>,
    painted: bool,
    /// What was pressed once.
    sure: Option<Answer>,
}

impl LooksLikeCommand {
    /// What is the matter, in our words and one word of the text.
    fn why(&self, theme: &Theme) -> String {
        let text = self.text.trim();
        let word = text.split_whitespace().next().unwrap_or_default();
        let known = self.meant.as_ref().is_some_and(|meant| meant.starts_with(word));
        if self.pasted {
            "This begins with a slash, and was pasted or kept from before.".to_owned()
        } else if text.contains('\n') {
            "This begins with a slash, but a command has only one line.".to_owned()
        } else if known {
            format!(
                "Something stands before {}, so it was not run.",
                quoted(word, theme)
            )
        } else {
            format!("{} is no command.", quoted(word, theme))
        }
    }

    /// The command that is offered is another one than what stands there.
    fn guessed(&self) -> bool {
        self.meant
            .as_deref()
            .is_some_and(|meant| meant != self.text.trim())
    }

    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let meant = self.meant.as_deref().map(|meant| quoted(meant, world.theme));
        let mut sheet = Sheet::new(width);
        let mut pieces = vec![(self.why(world.theme), Part::Waiting)];
        if let Some(meant) = meant.as_ref().filter(|_| self.guessed()) {
            pieces.push((format!("Did you mean {meant}?"), Part::Plain));
        }
        sheet.flow(0, &pieces);
        let mut end = Sheet::new(width);
        self.answers(&mut end, &world.keymap.name(Action::Back));
        sheet.truncate(height.saturating_sub(end.len()));
        sheet.append(end);
        sheet
    }

    fn answers(&self, sheet: &mut Sheet, back: &str) {
        let run = if self.guessed() {
            "run that"
        } else {
            "run it as a command"
        };
        let mut keys = Vec::new();
        match self.sure {
            Some(Answer::Send) => keys.push(("s", "again: send it as a message")),
            Some(Answer::Run) if self.guessed() => keys.push(("r", "again: run that")),
            Some(Answer::Run) => keys.push(("r", "again: run it")),
            None => {
                keys.extend(self.meant.as_ref().map(|_| ("r", run)));
                keys.push(("s", "send it as a message"));
            }
        }
        keys.push((back, "keep writing"));
        sheet.keys(&keys);
    }

    fn answered(&self, answer: Answer) -> Vec<Ask> {
        let mut asks = vec![Ask::Close];
        match (answer, &self.meant) {
            (Answer::Run, Some(line)) => {
                // What is run stands in the composer: if it fails, the person can go on with it.
                if *line != self.text {
                    asks.push(Ask::Compose(line.clone()));
                }
                asks.push(Ask::Run(line.clone()));
            }
            (Answer::Run, None) => {}
            (Answer::Send, _) => asks.push(Ask::Send(self.text.clone())),
        }
        asks
    }
}

/// Some of what was typed, as others' text is shown: it may have been pasted.
fn quoted(typed: &str, theme: &Theme) -> String {
    let shown = shown::one_line(&Clean::line_within(typed, 1024));
    let cut = text::fit(&shown, QUOTED, theme.glyph(Glyph::Cut));
    if theme.capabilities.unicode {
        format!("“{cut}”")
    } else {
        format!("\"{cut}\"")
    }
}

impl Question for LooksLikeCommand {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let answer = match key.typed() {
            Some('s') => Some(Answer::Send),
            Some('r') if self.meant.is_some() => Some(Answer::Run),
            _ => None,
        };
        let before = self.sure.take();
        match answer.filter(|_| self.painted) {
            Some(answer) if before == Some(answer) => Ok(self.answered(answer)),
            answer => {
                self.sure = answer;
                Ok(Vec::new())
            }
        }
    }

    fn refresh(&mut self, _world: &Context<'_>) -> store::Result<bool> {
        Ok(true)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if !area.is_empty() {
            self.painted = true;
            let sheet = self.sheet(world, area.width, usize::from(area.height));
            sheet.draw(world.theme, 0, area, buf);
        }
        None
    }
}

#[cfg(test)]
mod tests;
