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
use super::host::{First, HostAnswer, Refused, Request, Start};
use super::key::Key;
use super::keymap::Keymap;
use super::theme::{Glyph, Part, Theme};
use account::AccountPage;
use contact::ContactPage;
use login::{Login, LoginWish};
use model::{AccountDraft, shown};
use page::{Frame, Page};
use passphrase::Passphrase;
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
    Answer(HostAnswer),
    /// The session runs (its channels are the loop's).
    Live,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WelcomeStep {
    Unlock,
    Passphrase,
    Account,
    Login,
    Contact,
}

/// The unlock screen or the wizard.
pub struct Welcome {
    step: WelcomeStep,
    unlock: Unlock,
    passphrase: Passphrase,
    account: AccountPage,
    login: Login,
    contact: ContactPage,
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
                First::MakeVault => WelcomeStep::Passphrase,
                First::Unlock | First::Opening => WelcomeStep::Unlock,
            },
            unlock: Unlock::new(start.first == First::Opening),
            passphrase: Passphrase::new(start),
            account: AccountPage::new(start),
            login: Login::new(None, false),
            contact: ContactPage::new(start),
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
            WelcomeStep::Unlock => ask(self.unlock.on_key(key).map(Request::Unlock)),
            WelcomeStep::Passphrase => ask(self.passphrase.on_key(key).map(Request::MakeVault)),
            WelcomeStep::Account if key.code == KeyCode::Esc => {
                self.account.first();
                Vec::new()
            }
            WelcomeStep::Account => {
                let request = self.account.on_key(key);
                self.log_in(request)
            }
            WelcomeStep::Login => match self.login.on_key(key) {
                Some(asked) => self.asked(asked),
                None => Vec::new(),
            },
            WelcomeStep::Contact => ask(self.contact.on_key(key)),
        }
    }

    /// While the vault is open, leaving costs its passphrase: then only pressed twice.
    fn interrupt(&mut self, sure: bool) -> Vec<HostRequest> {
        let open = !matches!(self.step, WelcomeStep::Unlock | WelcomeStep::Passphrase);
        self.sure = open && !sure;
        match self.sure {
            true => Vec::new(),
            false => vec![HostRequest::Leave],
        }
    }

    /// What was typed about an account that is not made yet, if it is not kept as it is now.
    pub fn unkept(&mut self) -> Option<AccountDraft> {
        match self.step {
            WelcomeStep::Account | WelcomeStep::Login if !self.login.is_ready() => self.account.unkept(),
            _ => None,
        }
    }

    /// Says something about the terminal, for as long as the welcome lasts.
    pub fn warn(&mut self, words: &'static str) {
        self.warning = Some(words);
    }

    pub fn on_paste(&mut self, text: &str) {
        match self.step {
            WelcomeStep::Unlock => self.unlock.on_paste(text),
            WelcomeStep::Passphrase => self.passphrase.on_paste(text),
            WelcomeStep::Account => self.account.on_paste(text),
            WelcomeStep::Login => {}
            WelcomeStep::Contact => self.contact.on_paste(text),
        }
    }

    pub fn hear(&mut self, heard: HostEvent) -> Vec<HostRequest> {
        match heard {
            // At once, so that the main screen hears everything that the session tells.
            HostEvent::Answer(HostAnswer::Live(_)) | HostEvent::Live => return vec![HostRequest::Begin],
            HostEvent::Answer(HostAnswer::NoAccount(typed)) => {
                self.passphrase.made();
                self.account.begin(typed.unwrap_or_default());
                self.step = WelcomeStep::Account;
            }
            HostEvent::Answer(HostAnswer::Reached(check)) => self.login.reached(check),
            HostEvent::Answer(HostAnswer::Step(step)) => self.login.step(&step),
            HostEvent::Answer(HostAnswer::Added {
                facts,
                fingerprint,
                ed25519,
            }) => {
                self.account.done();
                self.login.added(&facts, (fingerprint, ed25519));
            }
            HostEvent::Answer(HostAnswer::Refused(failure)) => self.refused(&failure),
            // What the session says is the main screen's to show.
        }
        Vec::new()
    }

    fn refused(&mut self, failure: &Refused) {
        let why = shown::one_line(&failure.text);
        match self.step {
            WelcomeStep::Unlock => self.unlock.refused(why),
            WelcomeStep::Passphrase => self.passphrase.refused(why),
            WelcomeStep::Account => {}
            WelcomeStep::Contact => self.contact.refused(failure.kind, why),
            WelcomeStep::Login => {
                let wanted = self.login.refused(failure.kind, why);
                if self.login.made() {
                    self.account.made();
                }
                if wanted {
                    self.step = WelcomeStep::Account;
                }
            }
        }
    }

    fn log_in(&mut self, request: Option<Request>) -> Vec<HostRequest> {
        if let Some(Request::Add(new) | Request::Register(new)) = &request {
            let make = matches!(request, Some(Request::Register(_)));
            self.login = Login::new(Some(&new.jid), make);
            self.contact.own(Some(new.jid.clone()));
            self.step = WelcomeStep::Login;
        }
        ask(request)
    }

    fn asked(&mut self, asked: LoginWish) -> Vec<HostRequest> {
        match asked {
            LoginWish::Cancel => vec![HostRequest::Request(Request::Cancel)],
            LoginWish::Retry => {
                let request = self.account.request();
                if request.is_none() {
                    // Right when it was asked for, and not any more: the CA file has gone.
                    self.account.complain();
                    self.step = WelcomeStep::Account;
                }
                self.log_in(request)
            }
            LoginWish::Back => {
                self.step = WelcomeStep::Account;
                if let Some((check, why)) = self.login.failed() {
                    self.account.failed(check, why);
                }
                Vec::new()
            }
            LoginWish::Continue => {
                self.step = WelcomeStep::Contact;
                Vec::new()
            }
        }
    }

    /// Paints the whole screen; where the cursor stands.
    pub fn draw(&mut self, theme: &Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let mut page = Page::new(theme, area);
        let mut still = 0;
        let (title, place, mut keys) = match self.step {
            WelcomeStep::Unlock => ("susurro", "locked", vec![("Enter".to_owned(), "open")]),
            WelcomeStep::Passphrase => ("a passphrase", "step 1 of 4", self.passphrase.keys()),
            WelcomeStep::Account => ("your account", "step 2 of 4", self.account.keys()),
            WelcomeStep::Login => ("first login", "step 3 of 4", self.login.keys()),
            WelcomeStep::Contact => ("first contact", "step 4 of 4", self.contact.keys()),
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
            WelcomeStep::Unlock => self.unlock.draw(&mut page),
            WelcomeStep::Passphrase => self.passphrase.draw(&mut page),
            WelcomeStep::Account => self.account.draw(theme, &mut page),
            WelcomeStep::Login => self.login.draw(theme, &mut page),
            WelcomeStep::Contact => self.contact.draw(&mut page),
        }
        keys.push((self.keymap.name(Action::Leave), "leave"));
        let fields = match self.step {
            WelcomeStep::Passphrase => self.passphrase.has_fields(),
            WelcomeStep::Account => true,
            WelcomeStep::Contact => self.contact.has_fields(),
            WelcomeStep::Unlock | WelcomeStep::Login => false,
        };
        if fields {
            keys.push(("Tab".to_owned(), "other fields"));
        }
        let title = match self.step {
            WelcomeStep::Unlock => title.to_owned(),
            _ => format!("susurro {} {title}", theme.glyph(Glyph::Dot)),
        };
        let frame = Frame {
            title: &title,
            place,
            keys: &keys,
        };
        let scroll = match self.step {
            WelcomeStep::Login => &mut self.login.scroll,
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
