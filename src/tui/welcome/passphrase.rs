//! Step 1: the passphrase of the new vault, typed twice, with six random words on offer.

use crossterm::event::KeyCode;

use super::field::{Field, FieldChange};
use super::moves::{moved, neighbour};
use super::page::Page;
use crate::host::Start;
use crate::key::Key;
use crate::theme::Part;
use api::Secret;
use model::{Clean, shown};

const NOT_THE_SAME: &str = "The two are not the same. Type it once more here, or change the first one.";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PassphraseRow {
    First,
    Again,
}

pub struct Passphrase {
    first: Field,
    again: Field,
    focus: PassphraseRow,
    /// Six words on offer, shown in clear.
    words: Option<Secret>,
    /// How good the first one is.
    strength: Option<Clean>,
    note: Option<(PassphraseRow, String)>,
    /// The program makes the vault: keys change nothing.
    making: bool,
    weakness: fn(&str) -> Option<Clean>,
    judge: fn(&str) -> Clean,
    six_words: fn() -> Secret,
}

impl Passphrase {
    pub fn new(start: &Start) -> Self {
        Self {
            first: Field::hidden(),
            again: Field::hidden(),
            focus: PassphraseRow::First,
            words: None,
            strength: None,
            note: None,
            making: false,
            weakness: start.weakness,
            judge: start.strength,
            six_words: start.six_words,
        }
    }

    /// The passphrase, when both are typed and it will do.
    pub fn on_key(&mut self, key: Key) -> Option<Secret> {
        if self.making {
            return None;
        }
        match (key.code, moved(key)) {
            (KeyCode::Enter, _) => return self.enter(),
            (KeyCode::Esc, _) => self.back(),
            (KeyCode::F(2), _) => self.words = Some((self.six_words)()),
            (KeyCode::F(3), _) => self.use_words(),
            (_, Some(step)) => {
                self.focus = neighbour(&[PassphraseRow::First, PassphraseRow::Again], self.focus, step)
            }
            (_, None) => {
                let typed = self.field().on_key(key);
                self.typed(typed);
            }
        }
        None
    }

    pub fn on_paste(&mut self, text: &str) {
        if !self.making {
            let typed = self.field().on_paste(text);
            self.typed(typed);
        }
    }

    fn field(&mut self) -> &mut Field {
        match self.focus {
            PassphraseRow::First => &mut self.first,
            PassphraseRow::Again => &mut self.again,
        }
    }

    fn typed(&mut self, typed: FieldChange) {
        if typed == FieldChange::NotMine {
            return;
        }
        self.note = typed.complaint().map(|words| (self.focus, words.to_owned()));
        if self.focus == PassphraseRow::First {
            self.strength = (!self.first.is_empty()).then(|| (self.judge)(self.first.text()));
        }
    }

    fn enter(&mut self) -> Option<Secret> {
        if let Some(weakness) = (self.weakness)(self.first.text()) {
            self.focus = PassphraseRow::First;
            self.note = Some((PassphraseRow::First, weakness.as_str().to_owned()));
            return None;
        }
        if self.focus == PassphraseRow::First {
            self.focus = PassphraseRow::Again;
            self.note = None;
            return None;
        }
        if self.again.text() != self.first.text() {
            self.again.wipe();
            self.note = Some((PassphraseRow::Again, NOT_THE_SAME.to_owned()));
            return None;
        }
        self.note = None;
        self.making = true;
        Some(self.first.secret())
    }

    /// Nothing is before this step; an offer can be put away.
    fn back(&mut self) {
        if self.words.take().is_none() {
            let words = "This is the first step, and nothing is made yet.";
            self.note = Some((self.focus, words.to_owned()));
        }
    }

    fn use_words(&mut self) {
        let Some(words) = &self.words else {
            return;
        };
        self.first.set(&words.0);
        self.again.wipe();
        self.strength = Some((self.judge)(self.first.text()));
        self.focus = PassphraseRow::Again;
        self.note = None;
    }

    /// The vault is made: nothing of what was typed is needed any more.
    pub fn made(&mut self) {
        self.first.wipe();
        self.again.wipe();
        self.words = None;
        self.strength = None;
        self.making = false;
    }

    pub fn refused(&mut self, why: String) {
        self.making = false;
        self.note = Some((self.focus, why));
    }

    /// The fields can be typed in.
    pub fn has_fields(&self) -> bool {
        !self.making
    }

    pub fn keys(&self) -> Vec<(String, &'static str)> {
        if self.making {
            return Vec::new();
        }
        let mut keys = vec![("Enter".to_owned(), "continue")];
        match self.words {
            None => keys.push(("F2".to_owned(), "six random words")),
            Some(_) => {
                keys.push(("F3".to_owned(), "use these words"));
                keys.push(("F2".to_owned(), "six others"));
            }
        }
        keys
    }

    pub fn draw<'t>(&'t self, page: &mut Page<'t>) {
        match &self.words {
            // In the place of everything else, so that they are seen beside the fields on a small screen too.
            Some(words) if !self.making => {
                page.say("Six random words; write them down:", Part::Plain);
                page.secret(2, &words.0, Part::Title);
            }
            _ => explain(page),
        }
        page.gap();
        if self.making {
            page.say("Making the vault; this takes a few seconds.", Part::Waiting);
            return;
        }
        page.field(
            "Passphrase",
            &self.first,
            self.focus == PassphraseRow::First,
            self.below_first()
                .as_ref()
                .map(|(words, part)| (words.as_str(), *part)),
        );
        let note = match &self.note {
            Some((PassphraseRow::Again, words)) => Some((words.as_str(), Part::Bad)),
            _ => None,
        };
        page.field("Again", &self.again, self.focus == PassphraseRow::Again, note);
        page.gap();
        let hint = match &self.words {
            None => "A few words that do not belong together are good; F2 draws six of them.",
            Some(_) => {
                "Drawn at random just now, and shown nowhere else; type them once more in the second field."
            }
        };
        page.say(hint, Part::Dim);
    }

    /// What is said of the first one: what is wrong with it, else how good it is.
    fn below_first(&self) -> Option<(String, Part)> {
        if let Some((PassphraseRow::First, words)) = &self.note {
            return Some((words.clone(), Part::Bad));
        }
        let strength = self.strength.as_ref()?;
        let enough = (self.weakness)(self.first.text()).is_none();
        let part = if enough { Part::Good } else { Part::Waiting };
        Some((shown::one_line(strength), part))
    }
}

fn explain(page: &mut Page<'_>) {
    page.say(
        "Everything that is kept on this machine is encrypted with a passphrase that you choose now.",
        Part::Plain,
    );
    page.say(
        "Nobody can recover it for you: without it, all that is kept here is lost.",
        Part::Waiting,
    );
}
