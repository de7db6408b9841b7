//! A key of the open chat's contact that nobody decided about.
//!
//! It opens by itself, so no answer may be given by somebody who just types. Its letters count only while the composer is empty
//! and only for what was painted: a key that arrives before counts for nothing here. And each has to be pressed twice; no word
//! begins with one of them twice. If something else follows the first, both go into the composer, where they were meant to go.
//! With text in the composer all letters belong to that text, and the question says so.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::action::Action;
use super::super::ask::{Ask, PageName, Question, World};
use super::super::key::Key;
use super::super::list;
use super::super::pages::sheet::Sheet;
use super::super::pages::words;
use super::super::recipients::Recipients;
use super::super::theme::Part;
use crate::api::Command;
use crate::model::{BareJid, DeviceKey, Fingerprint, Trust};
use crate::store;

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &World<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    let mut asked = NewDevice {
        jid: jid.clone(),
        name: String::new(),
        keys: Vec::new(),
        answered: 0,
        painted: false,
        sure: None,
    };
    Ok(if asked.refresh(world)? {
        Some(Box::new(asked))
    } else {
        None
    })
}

struct NewDevice {
    jid: BareJid,
    name: String,
    /// Those without a decision; the first one is asked about.
    keys: Vec<(Fingerprint, DeviceKey)>,
    /// How many were decided while this stood open.
    answered: usize,
    /// What is asked now was painted.
    painted: bool,
    /// What was pressed once.
    sure: Option<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Compare,
    Trust,
    LeaveOut,
}

impl Answer {
    fn of(letter: char) -> Option<Self> {
        [Self::Compare, Self::Trust, Self::LeaveOut]
            .into_iter()
            .find(|answer| answer.letter() == letter)
    }

    fn letter(self) -> char {
        match self {
            Self::Compare => 'v',
            Self::Trust => 't',
            Self::LeaveOut => 'x',
        }
    }

    /// What pressing it once more does.
    fn again(self) -> &'static str {
        match self {
            Self::Compare => "again: compare",
            Self::Trust => "again: trust it without comparing",
            Self::LeaveOut => "again: leave it out",
        }
    }
}

impl NewDevice {
    fn current(&self) -> Option<&(Fingerprint, DeviceKey)> {
        self.keys.first()
    }

    fn answered(&self, answer: Answer, world: &World<'_>) -> Vec<Ask> {
        match answer {
            Answer::Compare if self.jid == *world.own => vec![Ask::Close, Ask::Show(PageName::Devices)],
            Answer::Compare => vec![Ask::Close, Ask::Show(PageName::Fingerprints(self.jid.clone()))],
            Answer::Trust => {
                let done = format!("{}'s new device is trusted without comparing.", self.name);
                self.decide(Trust::Blind, &done)
            }
            Answer::LeaveOut => {
                let done = format!(
                    "{}'s new device is left out; nothing is encrypted to it.",
                    self.name
                );
                self.decide(Trust::Distrusted, &done)
            }
        }
    }

    fn decide(&self, trust: Trust, done: &str) -> Vec<Ask> {
        let Some((fingerprint, _)) = self.current() else {
            return vec![Ask::Close];
        };
        // It stays until the store has the answer, so it is not asked again meanwhile.
        vec![Ask::Command {
            command: Command::SetTrust {
                jid: self.jid.clone(),
                fingerprint: *fingerprint,
                trust,
            },
            done: Some(done.to_owned()),
        }]
    }

    fn head(&self, sheet: &mut Sheet, own: bool, key: &DeviceKey) {
        let device = key.device.map_or_else(String::new, |id| format!(" {id}"));
        let whose = if own {
            format!("Your account has a new device{device}.")
        } else {
            format!("{} has a new device{device}.", self.name)
        };
        let mut pieces = vec![(whose, Part::Waiting)];
        let all = self.answered + self.keys.len();
        if all > 1 {
            pieces.push((format!("({} of {all})", self.answered + 1), Part::Waiting));
        }
        pieces.push((list::address(&self.jid), Part::Title));
        sheet.flow(0, &pieces);
    }

    fn answers(&self, sheet: &mut Sheet, world: &World<'_>) {
        let back = world.keymap.name(Action::Back);
        if world.composing {
            let key = world.keymap.name(Action::Fingerprints);
            let compare = if key.is_empty() {
                String::new()
            } else {
                format!(", or press {key} to compare")
            };
            let words = format!("To answer, first send or clear your text{compare}.");
            sheet.say(0, &words, Part::Plain);
        } else if let Some(answer) = self.sure {
            sheet.keys(&[(&answer.letter().to_string(), answer.again()), (&back, "do not")]);
        } else if sheet.columns() < 66 {
            sheet.keys(&[
                ("v", "compare"),
                ("t", "trust"),
                ("x", "leave out"),
                (&back, "later"),
            ]);
        } else {
            sheet.keys(&[
                ("v", "compare and verify"),
                ("t", "trust unverified"),
                ("x", "leave it out"),
                (&back, "decide later"),
            ]);
        }
    }

    /// The question in at most `height` lines: who and the answers always, then the address, the fingerprint whole or not at
    /// all, and since when.
    fn sheet(&self, world: &World<'_>, width: u16, height: usize) -> Sheet {
        let mut sheet = Sheet::new(width);
        let Some((fingerprint, key)) = self.current() else {
            return sheet;
        };
        let mut answers = Sheet::new(width);
        self.answers(&mut answers, world);
        self.head(&mut sheet, self.jid == *world.own, key);
        let mut groups = Sheet::new(width);
        groups.fingerprint(0, &fingerprint.grouped(), Part::Plain);
        let mut since = Sheet::new(width);
        let seen = words::minute(key.first_seen, world.zone);
        let sent = if world.chat == Some(&self.jid) {
            "It gets nothing until you decide."
        } else {
            ""
        };
        since.say(0, format!("First seen {seen}. {sent}").trim_end(), Part::Dim);
        for extra in [groups, since] {
            if sheet.len() + extra.len() + answers.len() <= height {
                sheet.append(extra);
            }
        }
        sheet.truncate(height.saturating_sub(answers.len()));
        sheet.append(answers);
        sheet
    }
}

impl Question for NewDevice {
    fn height(&self, world: &World<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, key: Key, world: &World<'_>) -> bool {
        if world.composing || !self.painted {
            return false;
        }
        match key.typed() {
            Some(c) => self.sure.is_some() || Answer::of(c).is_some(),
            // They are for the letter that waits here.
            None => self.sure.is_some() && matches!(key.code, KeyCode::Enter | KeyCode::Backspace),
        }
    }

    fn on_key(&mut self, key: Key, world: &World<'_>) -> store::Result<Vec<Ask>> {
        if !self.wants(key, world) {
            return Ok(Vec::new());
        }
        Ok(match (self.sure.take(), key.typed()) {
            (Some(answer), Some(c)) if c == answer.letter() => self.answered(answer, world),
            (Some(answer), Some(c)) => vec![Ask::Compose(format!("{}{c}", answer.letter()))],
            (Some(answer), None) if key.code == KeyCode::Enter => {
                vec![Ask::Compose(answer.letter().to_string())]
            }
            (Some(_), None) => Vec::new(),
            (None, typed) => {
                self.sure = typed.and_then(Answer::of);
                Vec::new()
            }
        })
    }

    fn left(&self) -> Vec<Ask> {
        self.keys
            .iter()
            .map(|(fingerprint, _)| Ask::Later(*fingerprint))
            .collect()
    }

    fn refresh(&mut self, world: &World<'_>) -> store::Result<bool> {
        let before = self.current().map(|(fingerprint, _)| *fingerprint);
        let recipients = Recipients::read(world, &self.jid)?;
        let waiting = recipients
            .undecided()
            .filter_map(|key| Some((key.fingerprint?, key.clone())));
        let mut keys: Vec<(Fingerprint, DeviceKey)> = waiting.collect();
        // New ones come last: what is asked does not change under the person's finger.
        keys.sort_by_key(|(fingerprint, key)| {
            let place = self.keys.iter().position(|(known, _)| known == fingerprint);
            (place.unwrap_or(usize::MAX), key.first_seen, key.device)
        });
        self.answered += self
            .keys
            .iter()
            .filter(|(known, _)| !keys.iter().any(|(fingerprint, _)| fingerprint == known))
            .count();
        self.keys = keys;
        self.name = list::name_of(world, &self.jid)?;
        if self.current().map(|(fingerprint, _)| *fingerprint) != before {
            self.painted = false;
            self.sure = None;
        }
        Ok(recipients.encrypted && !self.keys.is_empty())
    }

    fn draw(&mut self, world: &World<'_>, area: Rect, buf: &mut Buffer) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        self.painted = true;
        if world.composing {
            self.sure = None;
        }
        let sheet = self.sheet(world, area.width, usize::from(area.height));
        sheet.draw(world.theme, 0, area, buf);
        None
    }
}

#[cfg(test)]
mod tests;
