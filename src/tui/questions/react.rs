//! Giving a message an emoji: one of eight by a digit, any other by typing or pasting it. What was given
//! already is taken away by the same key.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, Question};
use crate::history::Quote;
use crate::key::Key;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part};
use api::Command;
use model::{Clean, MessageId, shown};
use store::{messages, reactions};

/// What is offered, with a word for those who do not see it.
const OFFERED: [(&str, &str); 8] = [
    ("\u{1f44d}", "yes"),
    ("\u{2764}\u{fe0f}", "love"),
    ("\u{1f602}", "funny"),
    ("\u{1f62e}", "wow"),
    ("\u{1f622}", "sad"),
    ("\u{1f389}", "hooray"),
    ("\u{1f64f}", "thanks"),
    ("\u{1f44e}", "no"),
];
/// Bytes that are taken: more than one emoji has, so that a slip is seen.
const LONGEST: usize = 80;
const PROMPT: &str = "Or type or paste one, Enter: ";

/// The question; None if there is no such message, or nothing to react to.
pub fn question(world: &Context<'_>, id: MessageId) -> store::Result<Option<Box<dyn Question>>> {
    let mut react = React {
        id,
        given: Vec::new(),
        of: String::new(),
        typed: String::new(),
        wrong: false,
    };
    let asked = react.refresh(world)?;
    Ok(asked.then(|| Box::new(react) as Box<dyn Question>))
}

struct React {
    id: MessageId,
    /// What we gave it.
    given: Vec<Clean>,
    /// Whose words it is about, and how they begin.
    of: String,
    typed: String,
    /// Enter was pressed after something else than an emoji.
    wrong: bool,
}

impl React {
    fn sheet(&self, world: &Context<'_>, width: u16) -> Sheet {
        let mut sheet = Sheet::new(width);
        let head = "React to";
        let room = sheet.columns().saturating_sub(text::width(head) + 1).max(1);
        let of = text::fit(&self.of, room, world.theme.glyph(Glyph::Cut));
        sheet.flow(0, &[(head.to_owned(), Part::Waiting), (of, Part::Dim)]);
        let offers: Vec<(String, String)> = (1..)
            .zip(OFFERED)
            .map(|(digit, (emoji, word)): (u32, _)| {
                let mark = if self.has(emoji) { " (yours)" } else { "" };
                let emoji = match world.theme.capabilities.unicode {
                    true => format!("{} ", shown::one_line(&Clean::line(emoji))),
                    false => String::new(),
                };
                (digit.to_string(), format!("{emoji}{word}{mark}"))
            })
            .collect();
        let mut keys: Vec<(&str, &str)> = offers
            .iter()
            .map(|(key, what)| (key.as_str(), what.as_str()))
            .collect();
        if !self.given.is_empty() {
            keys.push(("0", "none"));
        }
        sheet.keys(&keys);
        if self.wrong {
            sheet.say(
                0,
                "That is not one emoji: a reaction is one picture, and no words.",
                Part::Bad,
            );
        }
        let others = self.others();
        if !others.is_empty() {
            sheet.say(0, &format!("Yours: {others}; typed again it goes."), Part::Dim);
        }
        sheet.push(
            0,
            vec![
                (PROMPT.to_owned(), Part::Plain),
                (shown::one_line(&Clean::line(&self.typed)), Part::Title),
            ],
        );
        let back = world.keymap.name(Action::Back);
        sheet.keys(&[(back.as_str(), "leave it as it is")]);
        sheet
    }

    fn has(&self, emoji: &str) -> bool {
        self.given.iter().any(|given| given.as_str() == emoji)
    }

    /// What we gave that is not offered.
    fn others(&self) -> String {
        let offered = |emoji: &Clean| OFFERED.iter().any(|(known, _)| *known == emoji.as_str());
        let others = self.given.iter().filter(|given| !offered(given));
        others.map(shown::one_line).collect::<Vec<_>>().join(" ")
    }

    /// All that we think of it, with or without this one now.
    fn toggled(&self, emoji: &Clean) -> Vec<Ask> {
        let mut emojis = self.given.clone();
        match emojis.iter().position(|given| given == emoji) {
            Some(at) => {
                emojis.remove(at);
            }
            None => emojis.push(emoji.clone()),
        }
        self.say(emojis)
    }

    fn say(&self, emojis: Vec<Clean>) -> Vec<Ask> {
        let command = Command::React {
            message: self.id,
            emojis,
            reveal: false,
        };
        vec![
            Ask::Close,
            Ask::SayAbout {
                command: Box::new(command),
                done: None,
            },
        ]
    }

    fn type_in(&mut self, text: &str) {
        // What was no emoji gives way to what comes next.
        if std::mem::take(&mut self.wrong) {
            self.typed.clear();
        }
        if self.typed.len() + text.len() <= LONGEST {
            self.typed.push_str(text);
        }
    }
}

impl Question for React {
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns).len()).unwrap_or(u16::MAX)
    }

    fn on_key(&mut self, key: Key, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        let typed = key.typed();
        let digit = typed
            .filter(|_| self.typed.is_empty())
            .and_then(|c| c.to_digit(10));
        match (key.code, typed) {
            _ if digit == Some(0) && !self.given.is_empty() => return Ok(self.say(Vec::new())),
            _ if digit.is_some() => {
                let offered = digit.and_then(|digit| OFFERED.get((digit as usize).checked_sub(1)?));
                if let Some((emoji, _)) = offered {
                    return Ok(self.toggled(&Clean::line(emoji)));
                }
            }
            (KeyCode::Enter, _) => match model::emoji(self.typed.trim()) {
                Some(emoji) => return Ok(self.toggled(&emoji)),
                None => self.wrong = !self.typed.is_empty(),
            },
            (KeyCode::Backspace, _) => {
                self.typed.pop();
                self.wrong = false;
            }
            (_, Some(c)) => self.type_in(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn on_paste(&mut self, text: &str) -> bool {
        self.type_in(text.trim());
        true
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let message = messages::get(&world.store, self.id)?;
        let Some((quote, chat)) = message.and_then(|message| Some((Quote::of(&message)?, message.peer)))
        else {
            return Ok(false);
        };
        self.of = match &quote.author {
            Some(author) => format!("{}: {}", list::name_of_author(world, &chat, author)?, quote.words),
            None => quote.words,
        };
        self.given = reactions::of_author(&world.store, self.id, world.own)?;
        Ok(true)
    }

    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let mut sheet = self.sheet(world, area.width);
        sheet.truncate(usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        let typed = text::width(&shown::one_line(&Clean::line(&self.typed)));
        parts::cursor(&sheet, PROMPT, text::width(PROMPT) + typed, area)
    }
}
