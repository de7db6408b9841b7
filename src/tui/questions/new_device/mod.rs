//! A key of the open chat's contact that nobody decided about.
//!
//! It opens by itself, so its letters have to be pressed twice.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::action::Action;
use crate::ask::{Ask, Context, PageName, Question};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::pages::words;
use crate::recipients::Recipients;
use crate::theme::Part;
use api::Command;
use model::{DeviceKey, Fingerprint, Form, Peer, Trust};

/// The question; None if there is nothing to ask any more.
pub fn question(world: &Context<'_>, peer: &Peer) -> store::Result<Option<Box<dyn Question>>> {
    let asked = NewDevice {
        peer: peer.clone(),
        name: String::new(),
        keys: Vec::new(),
        answered: 0,
    };
    choice::about(world, asked)
}

struct NewDevice {
    peer: Peer,
    name: String,
    /// Those without a decision; the first one is asked about.
    keys: Vec<(Fingerprint, DeviceKey)>,
    /// How many were decided while this stood open.
    answered: usize,
}

impl NewDevice {
    fn current(&self) -> Option<&(Fingerprint, DeviceKey)> {
        self.keys.first()
    }

    fn decide(&self, trust: Trust, done: &str) -> Vec<Ask> {
        let Some((fingerprint, _)) = self.current() else {
            return vec![Ask::Close];
        };
        // It stays until the store has the answer, so it is not asked again meanwhile.
        vec![Ask::Command {
            command: Command::SetTrust {
                jid: self.peer.address.clone(),
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
        pieces.push((list::address(&self.peer.address), Part::Title));
        sheet.flow(0, &pieces);
    }
}

impl Matter for NewDevice {
    const BY_ITSELF: bool = true;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let recipients = Recipients::read(world, &self.peer)?;
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
        self.name = list::name_of(world, &self.peer.address)?;
        Ok(recipients.encrypted && !self.keys.is_empty())
    }

    fn key(&self) -> Option<Fingerprint> {
        self.current().map(|(fingerprint, _)| *fingerprint)
    }

    /// Who first, then the address, the fingerprint whole or not at all, and since when.
    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let Some((fingerprint, key)) = self.current() else {
            return;
        };
        self.head(sheet, self.peer.address == *world.own, key);
        let mut groups = sheet.blank();
        match key.ed25519.filter(|_| key.form() == Form::Omemo2) {
            Some(form) => {
                groups.say(0, words::form(Form::Omemo2), Part::Dim);
                groups.fingerprint(0, &form.grouped(), Part::Plain);
            }
            None => groups.fingerprint(0, &fingerprint.grouped(), Part::Plain),
        }
        let mut since = sheet.blank();
        let seen = words::minute(key.first_seen, world.zone);
        let sent = if world.chat == Some(&self.peer) {
            "It gets nothing until you decide."
        } else {
            ""
        };
        since.say(0, format!("First seen {seen}. {sent}").trim_end(), Part::Dim);
        for extra in [groups, since] {
            if sheet.len() + extra.len() <= lines {
                sheet.append(extra);
            }
        }
    }

    fn offers(&self, world: &Context<'_>) -> Offers {
        let page = if self.peer.address == *world.own {
            PageName::Devices
        } else {
            PageName::Fingerprints(self.peer.clone())
        };
        let trusted = format!("{}'s new device is trusted without comparing.", self.name);
        let left_out = format!(
            "{}'s new device is left out; nothing is encrypted to it.",
            self.name
        );
        let offer = |letter, [short, long, sure]: [&'static str; 3], asks| Offered {
            letter,
            words: Words { short, long, sure },
            asks,
        };
        Offers {
            answers: vec![
                offer(
                    'v',
                    ["compare", "compare and verify", "again: compare"],
                    vec![Ask::Close, Ask::Show(page)],
                ),
                offer(
                    't',
                    ["trust", "trust unverified", "again: trust it without comparing"],
                    self.decide(Trust::Blind, &trusted),
                ),
                offer(
                    'x',
                    ["leave out", "leave it out", "again: leave it out"],
                    self.decide(Trust::Distrusted, &left_out),
                ),
            ],
            back: Words::LATER,
            wide: 66,
        }
    }

    fn meanwhile(&self, world: &Context<'_>) -> String {
        let key = world.keymap.name(Action::Fingerprints);
        let compare = if key.is_empty() {
            String::new()
        } else {
            format!(", or press {key} to compare")
        };
        let cut = parts::cut(world.keymap, "it");
        format!("To answer, send your text or {cut}{compare}.")
    }

    fn left(&self) -> Vec<Ask> {
        self.keys
            .iter()
            .map(|(fingerprint, _)| Ask::Later(*fingerprint))
            .collect()
    }
}

#[cfg(test)]
mod tests;
