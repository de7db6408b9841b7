//! The unlock screen: one hidden field, and nothing that tells whose vault it is or what is in it.

use crossterm::event::KeyCode;

use super::field::{Field, FieldChange};
use super::page::Page;
use crate::key::Key;
use crate::theme::Part;
use api::Secret;

pub struct Unlock {
    passphrase: Field,
    /// The program works on it: keys change nothing.
    opening: bool,
    note: Option<String>,
}

impl Unlock {
    /// With `opening` the vault is being opened without anybody typing anything.
    pub fn new(opening: bool) -> Self {
        Self {
            passphrase: Field::hidden(),
            opening,
            note: None,
        }
    }

    /// The passphrase, when Enter was pressed.
    pub fn on_key(&mut self, key: Key) -> Option<Secret> {
        if self.opening {
            return None;
        }
        if key.code != KeyCode::Enter {
            let typed = self.passphrase.on_key(key);
            self.typed(typed);
            return None;
        }
        if self.passphrase.is_empty() {
            self.note = Some("Type the passphrase first.".to_owned());
            return None;
        }
        let passphrase = self.passphrase.secret();
        self.passphrase.wipe();
        self.opening = true;
        self.note = None;
        Some(passphrase)
    }

    pub fn on_paste(&mut self, text: &str) {
        if !self.opening {
            let typed = self.passphrase.on_paste(text);
            self.typed(typed);
        }
    }

    fn typed(&mut self, typed: FieldChange) {
        if typed != FieldChange::NotMine {
            self.note = typed.complaint().map(str::to_owned);
        }
    }

    /// It was not opened; `why` says what to do.
    pub fn refused(&mut self, why: String) {
        self.opening = false;
        self.note = Some(why);
    }

    pub fn draw(&self, page: &mut Page<'_>) {
        page.gap();
        if self.opening {
            page.say("Opening the vault.", Part::Waiting);
            return;
        }
        let note = self.note.as_deref().map(|note| (note, Part::Bad));
        page.field("Passphrase", &self.passphrase, true, note);
    }
}
