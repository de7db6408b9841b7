//! The open chat's peer asked, inside an encrypted message, to go on without encryption (XEP-0384 0.9 §opt-out). Nothing is
//! sent until the person decided.
//!
//! It opens by itself, so its letters have to be pressed twice. Going on in clear asks for a typed word after that.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use super::press_twice::{self, Pressed, Twice};
use crate::action::Action;
use crate::ask::{Ask, Context, Question, QuestionName};
use crate::key::Key;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::Command;
use model::{BareJid, Clean, shown};
use store::{self, chats};

/// Characters of their reason that are shown; the history has it whole.
const LONGEST: usize = 200;

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &Context<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    let mut asked = OptedOut {
        jid: jid.clone(),
        name: String::new(),
        reason: Clean::default(),
        twice: Twice::new(),
    };
    Ok(if asked.refresh(world)? {
        Some(Box::new(asked))
    } else {
        None
    })
}

struct OptedOut {
    jid: BareJid,
    name: String,
    reason: Clean,
    twice: Twice<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Encrypt,
    Clear,
}

impl press_twice::Answer for Answer {
    const ALL: &'static [Self] = &[Self::Encrypt, Self::Clear];

    fn letter(self) -> char {
        match self {
            Self::Encrypt => 's',
            Self::Clear => 'p',
        }
    }

    fn again(self) -> &'static str {
        match self {
            Self::Encrypt => "again: stay encrypted",
            Self::Clear => "again: turn encryption off",
        }
    }
}

impl OptedOut {
    fn answered(&self, answer: Answer) -> Vec<Ask> {
        match answer {
            // It stays until the store has the answer.
            Answer::Encrypt => vec![Ask::Command {
                command: Command::SetEncryption {
                    chat: self.jid.clone(),
                    on: true,
                },
                done: Some(format!("What you write to {} stays encrypted.", self.name)),
            }],
            Answer::Clear => vec![Ask::Close, Ask::Question(QuestionName::GoClear(self.jid.clone()))],
        }
    }

    fn answers(&self, sheet: &mut Sheet, world: &Context<'_>) {
        let back = world.keymap.name(Action::Back);
        if world.composing {
            let cut = parts::cut(world.keymap, "your text");
            sheet.say(0, &format!("To answer, first {cut}."), Part::Plain);
            return;
        }
        let short = [("s", "encrypted"), ("p", "in clear"), (&*back, "later")];
        let long = [
            ("s", "stay encrypted"),
            ("p", "turn encryption off"),
            (&*back, "decide later"),
        ];
        let asked = if sheet.columns() < 57 { short } else { long };
        self.twice.keys(sheet, &back, &asked);
    }

    /// In at most `height` lines: who and the answers always, then what it means, then their reason.
    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut answers = Sheet::new(width);
        self.answers(&mut answers, world);
        let mut sheet = Sheet::new(width);
        let head = format!("{} asks to go on without encryption.", self.name);
        sheet.flow(
            0,
            &[(head, Part::Waiting), (list::address(&self.jid), Part::Title)],
        );
        let lines = height.saturating_sub(answers.len());
        parts::explain(
            &mut sheet,
            lines,
            "Nothing is sent until you decide. In clear, both servers can read all that is written here.",
            "Nothing is sent until you decide.",
        );
        let mut reason = Sheet::new(width);
        if !self.reason.is_empty() {
            let words = format!("They say: \"{}\"", shown::one_line(&self.reason));
            reason.say(0, &words, Part::Dim);
        }
        if sheet.len() + reason.len() <= lines {
            sheet.append(reason);
        }
        sheet.truncate(lines);
        sheet.append(answers);
        sheet
    }
}

impl Question for OptedOut {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, key: Key, world: &Context<'_>) -> bool {
        self.twice.wants(key, world)
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        Ok(match self.twice.press(key, world) {
            Pressed::Answered(answer) => self.answered(answer),
            Pressed::Typed(ask) => vec![ask],
            Pressed::Nothing => Vec::new(),
        })
    }

    fn left(&self) -> Vec<Ask> {
        vec![Ask::LaterAbout(self.jid.clone())]
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        self.name = list::name_of(world, &self.jid)?;
        let chat = chats::by_peer(&world.store, world.account, &self.jid)?;
        let asked = chat.filter(|chat| chat.encrypted).and_then(|chat| chat.opted_out);
        let Some(reason) = asked else {
            return Ok(false);
        };
        let reason: String = reason.as_str().chars().take(LONGEST).collect();
        self.reason = Clean::line(&reason);
        Ok(true)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        self.twice.painted(world);
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        None
    }
}

#[cfg(test)]
mod tests;
