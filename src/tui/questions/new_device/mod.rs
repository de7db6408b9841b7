//! A key of the open chat's contact that nobody decided about.
//!
//! It opens by itself, so its letters have to be pressed twice.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts;
use super::press_twice::{self, Pressed, Twice};
use crate::action::Action;
use crate::ask::{Ask, Context, PageName, Question};
use crate::key::Key;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::pages::words;
use crate::recipients::Recipients;
use crate::theme::Part;
use api::Command;
use model::{BareJid, DeviceKey, Fingerprint, Form, Trust};

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &Context<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    let mut asked = NewDevice {
        jid: jid.clone(),
        name: String::new(),
        keys: Vec::new(),
        answered: 0,
        twice: Twice::new(),
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
    twice: Twice<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Compare,
    Trust,
    LeaveOut,
}

impl press_twice::Answer for Answer {
    const ALL: &'static [Self] = &[Self::Compare, Self::Trust, Self::LeaveOut];

    fn letter(self) -> char {
        match self {
            Self::Compare => 'v',
            Self::Trust => 't',
            Self::LeaveOut => 'x',
        }
    }

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

    fn answered(&self, answer: Answer, world: &Context<'_>) -> Vec<Ask> {
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

    fn answers(&self, sheet: &mut Sheet, world: &Context<'_>) {
        let back = world.keymap.name(Action::Back);
        if world.composing {
            let key = world.keymap.name(Action::Fingerprints);
            let compare = if key.is_empty() {
                String::new()
            } else {
                format!(", or press {key} to compare")
            };
            let cut = parts::cut(world.keymap, "it");
            let words = format!("To answer, send your text or {cut}{compare}.");
            sheet.say(0, &words, Part::Plain);
            return;
        }
        let short = [
            ("v", "compare"),
            ("t", "trust"),
            ("x", "leave out"),
            (&*back, "later"),
        ];
        let long = [
            ("v", "compare and verify"),
            ("t", "trust unverified"),
            ("x", "leave it out"),
            (&*back, "decide later"),
        ];
        let asked = if sheet.columns() < 66 { short } else { long };
        self.twice.keys(sheet, &back, &asked);
    }

    /// The question in at most `height` lines: who and the answers always, then the address, the fingerprint whole or not at
    /// all, and since when.
    fn sheet(&self, world: &Context<'_>, width: u16, height: usize) -> Sheet {
        let mut sheet = Sheet::new(width);
        let Some((fingerprint, key)) = self.current() else {
            return sheet;
        };
        let mut answers = Sheet::new(width);
        self.answers(&mut answers, world);
        self.head(&mut sheet, self.jid == *world.own, key);
        let mut groups = Sheet::new(width);
        match key.ed25519.filter(|_| key.form() == Form::Omemo2) {
            Some(form) => {
                groups.say(0, words::form(Form::Omemo2), Part::Dim);
                groups.fingerprint(0, &form.grouped(), Part::Plain);
            }
            None => groups.fingerprint(0, &fingerprint.grouped(), Part::Plain),
        }
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
    fn height(&self, world: &Context<'_>, columns: u16) -> u16 {
        u16::try_from(self.sheet(world, columns, usize::MAX).len()).unwrap_or(u16::MAX)
    }

    fn wants(&self, key: Key, world: &Context<'_>) -> bool {
        self.twice.wants(key, world)
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>> {
        Ok(match self.twice.press(key, world) {
            Pressed::Answered(answer) => self.answered(answer, world),
            Pressed::Typed(ask) => vec![ask],
            Pressed::Nothing => Vec::new(),
        })
    }

    fn left(&self) -> Vec<Ask> {
        self.keys
            .iter()
            .map(|(fingerprint, _)| Ask::Later(*fingerprint))
            .collect()
    }

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
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
            self.twice = Twice::new();
        }
        Ok(recipients.encrypted && !self.keys.is_empty())
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
