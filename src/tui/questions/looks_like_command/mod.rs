//! A text that looks like a command was about to be sent, or a pasted command to be run.
//!
//! It comes up in the moment in which somebody has pressed Enter and may go on typing. So what was pressed
//! before it was painted is no answer, Enter is none, and an answer has to be pressed twice: no word begins
//! with the same letter twice. Other letters are no answer and do nothing.

use super::choice::{self, Matter, Offered, Offers, Words};
use crate::ask::{Ask, Context, Question};
use crate::commands;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part, Theme};
use model::{Clean, shown};

/// Columns of what was typed, and of the command that is offered.
const QUOTED: usize = 30;

/// The question; None if there is nothing to ask any more.
pub fn question(world: &Context<'_>, text: &str, pasted: bool) -> store::Result<Option<Box<dyn Question>>> {
    if let commands::Entered::Message(_) = commands::read(world, text)? {
        return Ok(None);
    }
    let asked = LooksLikeCommand {
        text: text.to_owned(),
        pasted,
        meant: commands::meant(text),
    };
    choice::about(world, asked)
}

struct LooksLikeCommand {
    text: String,
    pasted: bool,
    /// The line that can be run in its place.
    meant: Option<String>,
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

    fn run(&self, line: &str) -> Vec<Ask> {
        let mut asks = vec![Ask::Close];
        // What is run stands in the composer: if it fails, the person can go on with it.
        if line != self.text {
            asks.push(Ask::Compose(line.to_owned()));
        }
        asks.push(Ask::Run(line.to_owned()));
        asks
    }
}

impl Matter for LooksLikeCommand {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, _world: &Context<'_>) -> store::Result<bool> {
        Ok(true)
    }

    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, _lines: usize) {
        let meant = self.meant.as_deref().map(|meant| quoted(meant, world.theme));
        let mut pieces = vec![(self.why(world.theme), Part::Waiting)];
        if let Some(meant) = meant.as_ref().filter(|_| self.guessed()) {
            pieces.push((format!("Did you mean {meant}?"), Part::Plain));
        }
        sheet.flow(0, &pieces);
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let offer = |letter, word, sure, asks| Offered {
            letter,
            words: Words {
                short: word,
                long: word,
                sure,
            },
            asks,
        };
        let (run, again) = if self.guessed() {
            ("run that", "again: run that")
        } else {
            ("run it as a command", "again: run it")
        };
        let mut answers: Vec<Offered> = self
            .meant
            .iter()
            .map(|line| offer('r', run, again, self.run(line)))
            .collect();
        answers.push(offer(
            's',
            "send it as a message",
            "again: send it as a message",
            vec![Ask::Close, Ask::Send(self.text.clone())],
        ));
        Offers {
            answers,
            back: Words {
                short: "keep writing",
                long: "keep writing",
                sure: "keep writing",
            },
            wide: 0,
        }
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

#[cfg(test)]
mod tests;
