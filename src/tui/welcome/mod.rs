//! Unlocking and the first run: one screen a step, back at any time, nothing typed is lost.
//!
//! - [`Welcome`]: which step is shown, and what leads from one to the next;
//! - `unlock`; `passphrase`, `account`, `login`, `contact`: the steps, each a state machine of its own;
//! - `field`: one line that is typed; `moves`: from field to field; `page`: how a step is laid out.

mod account;
mod contact;
mod field;
mod login;
mod moves;
mod page;
mod passphrase;
mod unlock;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::action::{Action, KeyContext};
use super::host::{Answer, First, Refused, Request, Start};
use super::key::Key;
use super::keymap::Keymap;
use super::theme::{Glyph, Part, Theme};
use account::Account;
use contact::Contact;
use login::{Asked, Login};
use model::shown;
use page::{Frame, Page};
use passphrase::Passphrase;
use store::wizard::AccountDraft;
use unlock::Unlock;

/// What the welcome wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostRequest {
    Request(Request),
    /// The main screen may begin.
    Begin,
    Leave,
}

/// What the welcome hears of an answer; the session itself stays with the loop.
pub enum HostEvent {
    Answer(Answer),
    /// The session runs (its channels are the loop's).
    Live,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Unlock,
    Passphrase,
    Account,
    Login,
    Contact,
}

/// The unlock screen or the wizard.
pub struct Welcome {
    step: Step,
    unlock: Unlock,
    passphrase: Passphrase,
    account: Account,
    login: Login,
    contact: Contact,
    keymap: Keymap,
    /// Something about the terminal that the person has to know.
    warning: Option<&'static str>,
    /// The key that leaves was pressed once.
    sure: bool,
}

impl Welcome {
    pub fn new(start: &Start) -> Self {
        Self {
            step: match start.first {
                First::MakeVault => Step::Passphrase,
                First::Unlock | First::Opening => Step::Unlock,
            },
            unlock: Unlock::new(start.first == First::Opening),
            passphrase: Passphrase::new(start),
            account: Account::new(start),
            login: Login::new(None, false),
            contact: Contact::new(start),
            keymap: start.keymap.clone(),
            warning: None,
            sure: false,
        }
    }

    /// A key that means nothing everywhere (leaving, locking and drawing anew are the loop's).
    pub fn on_key(&mut self, key: Key) -> Vec<HostRequest> {
        let sure = std::mem::take(&mut self.sure);
        if self.keymap.action(&[KeyContext::Everywhere], key) == Some(Action::Interrupt) {
            return self.interrupt(sure);
        }
        match self.step {
            Step::Unlock => ask(self.unlock.on_key(key).map(Request::Unlock)),
            Step::Passphrase => ask(self.passphrase.on_key(key).map(Request::MakeVault)),
            Step::Account if key.code == KeyCode::Esc => {
                self.account.first();
                Vec::new()
            }
            Step::Account => {
                let request = self.account.on_key(key);
                self.log_in(request)
            }
            Step::Login => match self.login.on_key(key) {
                Some(asked) => self.asked(asked),
                None => Vec::new(),
            },
            Step::Contact => ask(self.contact.on_key(key)),
        }
    }

    /// While the vault is open, leaving costs its passphrase: then only pressed twice.
    fn interrupt(&mut self, sure: bool) -> Vec<HostRequest> {
        let open = !matches!(self.step, Step::Unlock | Step::Passphrase);
        self.sure = open && !sure;
        match self.sure {
            true => Vec::new(),
            false => vec![HostRequest::Leave],
        }
    }

    /// What was typed about an account that is not made yet, if it is not kept as it is now.
    pub fn unkept(&mut self) -> Option<AccountDraft> {
        match self.step {
            Step::Account | Step::Login if !self.login.is_ready() => self.account.unkept(),
            _ => None,
        }
    }

    /// Says something about the terminal, for as long as the welcome lasts.
    pub fn warn(&mut self, words: &'static str) {
        self.warning = Some(words);
    }

    pub fn on_paste(&mut self, text: &str) {
        match self.step {
            Step::Unlock => self.unlock.on_paste(text),
            Step::Passphrase => self.passphrase.on_paste(text),
            Step::Account => self.account.on_paste(text),
            Step::Login => {}
            Step::Contact => self.contact.on_paste(text),
        }
    }

    pub fn hear(&mut self, heard: HostEvent) -> Vec<HostRequest> {
        match heard {
            // At once, so that the main screen hears everything that the session tells.
            HostEvent::Answer(Answer::Live(_)) | HostEvent::Live => return vec![HostRequest::Begin],
            HostEvent::Answer(Answer::NoAccount(typed)) => {
                self.passphrase.made();
                self.account.begin(typed.unwrap_or_default());
                self.step = Step::Account;
            }
            HostEvent::Answer(Answer::Reached(check)) => self.login.reached(check),
            HostEvent::Answer(Answer::Step(step)) => self.login.step(&step),
            HostEvent::Answer(Answer::Added {
                facts,
                fingerprint,
                ed25519,
            }) => {
                self.account.done();
                self.login.added(&facts, (fingerprint, ed25519));
            }
            HostEvent::Answer(Answer::Refused(failure)) => self.refused(&failure),
            // What the session says is the main screen's to show.
        }
        Vec::new()
    }

    fn refused(&mut self, failure: &Refused) {
        let why = shown::one_line(&failure.text);
        match self.step {
            Step::Unlock => self.unlock.refused(why),
            Step::Passphrase => self.passphrase.refused(why),
            Step::Account => {}
            Step::Contact => self.contact.refused(failure.kind, why),
            Step::Login => {
                let wanted = self.login.refused(failure.kind, why);
                if self.login.made() {
                    self.account.made();
                }
                if wanted {
                    self.step = Step::Account;
                }
            }
        }
    }

    fn log_in(&mut self, request: Option<Request>) -> Vec<HostRequest> {
        if let Some(Request::Add(new) | Request::Register(new)) = &request {
            let make = matches!(request, Some(Request::Register(_)));
            self.login = Login::new(Some(&new.jid), make);
            self.contact.own(Some(new.jid.clone()));
            self.step = Step::Login;
        }
        ask(request)
    }

    fn asked(&mut self, asked: Asked) -> Vec<HostRequest> {
        match asked {
            Asked::Cancel => vec![HostRequest::Request(Request::Cancel)],
            Asked::Retry => {
                let request = self.account.request();
                if request.is_none() {
                    // Right when it was asked for, and not any more: the CA file has gone.
                    self.account.complain();
                    self.step = Step::Account;
                }
                self.log_in(request)
            }
            Asked::Back => {
                self.step = Step::Account;
                if let Some((check, why)) = self.login.failed() {
                    self.account.failed(check, why);
                }
                Vec::new()
            }
            Asked::Continue => {
                self.step = Step::Contact;
                Vec::new()
            }
        }
    }

    /// Paints the whole screen; where the cursor stands.
    pub fn draw(&mut self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let mut page = Page::new(theme, area);
        let mut still = 0;
        let (title, place, mut keys) = match self.step {
            Step::Unlock => ("susurro", "locked", vec![("Enter".to_owned(), "open")]),
            Step::Passphrase => ("a passphrase", "step 1 of 4", self.passphrase.keys()),
            Step::Account => ("your account", "step 2 of 4", self.account.keys()),
            Step::Login => ("first login", "step 3 of 4", self.login.keys()),
            Step::Contact => ("first contact", "step 4 of 4", self.contact.keys()),
        };
        if self.sure {
            let key = self.keymap.name(Action::Interrupt);
            page.say(
                &format!("{key} again leaves; to come back you need the passphrase."),
                Part::Waiting,
            );
            page.gap();
        }
        if let Some(warning) = self.warning {
            page.say(warning, Part::Bad);
            page.gap();
        }
        match self.step {
            Step::Unlock => self.unlock.draw(&mut page),
            Step::Passphrase => self.passphrase.draw(&mut page),
            Step::Account => self.account.draw(theme, &mut page),
            Step::Login => self.login.draw(theme, &mut page),
            Step::Contact => self.contact.draw(&mut page),
        }
        keys.push((self.keymap.name(Action::Leave), "leave"));
        let fields = match self.step {
            Step::Passphrase => self.passphrase.has_fields(),
            Step::Account => true,
            Step::Contact => self.contact.has_fields(),
            Step::Unlock | Step::Login => false,
        };
        if fields {
            keys.push(("Tab".to_owned(), "other fields"));
        }
        let title = match self.step {
            Step::Unlock => title.to_owned(),
            _ => format!("susurro {} {title}", theme.glyph(Glyph::Dot)),
        };
        let frame = Frame {
            title: &title,
            place,
            keys: &keys,
        };
        let scroll = match self.step {
            Step::Login => &mut self.login.scroll,
            _ => &mut still,
        };
        page.draw(&frame, scroll, area, buf)
    }
}

fn ask(request: Option<Request>) -> Vec<HostRequest> {
    request.map(HostRequest::Request).into_iter().collect()
}

#[cfg(test)]
mod tests;
