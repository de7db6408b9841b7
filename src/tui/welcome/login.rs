//! Step 3: the first login as a check list that fills as it goes, with the remedy beside whatever fails.

use crossterm::event::KeyCode;

use super::page::Page;
use crate::host::Check;
use crate::key::Key;
use crate::pages::words;
use crate::theme::{Glyph, Part, Theme};
use api::FailureKind;
use model::{BareJid, Ed25519Fingerprint, Fact, Fingerprint, Form, Step, shown};

/// Every mark of the list, in its order, with its name.
const LIST: &[(Check, &str)] = &[
    (Check::ServerFound, "Server found"),
    (Check::Encrypted, "Connection encrypted"),
    (Check::Registered, "Account made"),
    (Check::LoggedIn, "Logged in"),
    (Check::KeysPublished, "Keys published"),
];
/// Columns of the names.
const NAMES: usize = 22;
/// Digits of a fingerprint's group and the space behind it.
const GROUP: usize = 9;

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Running,
    /// The person wanted it to stop; the program has not answered yet.
    Stopping,
    Failed(String),
    /// The account is proved and stored.
    Ready,
}

/// What a key wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginWish {
    /// Stop what is being tried.
    Cancel,
    Retry,
    Back,
    Continue,
}

pub struct Login {
    jid: String,
    make: bool,
    reached: Option<Check>,
    /// What is being done, in words.
    step: Option<String>,
    state: State,
    /// Of the failure, once there is one.
    kind: FailureKind,
    facts: Vec<String>,
    /// The key of this device in both its forms.
    key: Option<(Fingerprint, Ed25519Fingerprint)>,
    pub scroll: usize,
}

impl Login {
    pub fn new(jid: Option<&BareJid>, make: bool) -> Self {
        Self {
            jid: jid.map(|jid| shown::identifier(jid.as_str())).unwrap_or_default(),
            make,
            reached: None,
            step: None,
            state: State::Running,
            kind: FailureKind::Other,
            facts: Vec::new(),
            key: None,
            scroll: 0,
        }
    }

    pub fn on_key(&mut self, key: Key) -> Option<LoginWish> {
        match key.code {
            KeyCode::Up => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::Down => self.scroll += 1,
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(5),
            KeyCode::PageDown => self.scroll += 5,
            _ => {}
        }
        match (&self.state, key.code) {
            (State::Running, KeyCode::Esc) => {
                self.state = State::Stopping;
                Some(LoginWish::Cancel)
            }
            (State::Failed(_), KeyCode::Char('r' | 'R')) => Some(LoginWish::Retry),
            (State::Failed(_), KeyCode::Esc) => Some(LoginWish::Back),
            (State::Ready, KeyCode::Enter) => Some(LoginWish::Continue),
            _ => None,
        }
    }

    pub fn reached(&mut self, check: Check) {
        self.reached = self.reached.max(Some(check));
    }

    pub fn step(&mut self, step: &Step) {
        self.step = Some(shown::one_line(&::words::step(step)));
    }

    pub fn added(&mut self, facts: &[Fact], key: (Fingerprint, Ed25519Fingerprint)) {
        self.reached(Check::KeysPublished);
        let facts = facts.iter().map(::words::fact);
        self.facts = facts.map(|fact| shown::one_line(&fact)).collect();
        self.key = Some(key);
        self.state = State::Ready;
    }

    /// True if that is what the person wanted, and there is nothing to be said of it.
    pub fn refused(&mut self, kind: FailureKind, why: String) -> bool {
        let wanted = self.state == State::Stopping;
        self.kind = kind;
        self.state = State::Failed(why);
        wanted
    }

    /// Where it failed, and why; None where nothing that was typed can be the cause.
    pub fn failed(&self) -> Option<(Check, &str)> {
        let State::Failed(why) = &self.state else {
            return None;
        };
        if self.reached.is_none() && self.kind == FailureKind::Other {
            return None;
        }
        let next = LIST.iter().map(|(check, _)| *check).find(|check| {
            let asked = self.make || *check != Check::Registered;
            asked && self.reached.is_none_or(|reached| reached < *check)
        });
        Some((next.unwrap_or(Check::KeysPublished), why))
    }

    /// The account is proved and stored.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// The account was made on its server before something failed.
    pub fn made(&self) -> bool {
        self.make && self.reached >= Some(Check::Registered)
    }

    pub fn keys(&self) -> Vec<(String, &'static str)> {
        let keys: &[(&str, &'static str)] = match self.state {
            State::Running => &[("Esc", "stop")],
            State::Stopping => &[],
            State::Failed(_) => &[("r", "try again"), ("Esc", "change the account")],
            State::Ready => &[("Enter", "continue")],
        };
        keys.iter()
            .map(|(key, words)| ((*key).to_owned(), *words))
            .collect()
    }

    pub fn draw(&self, theme: &Theme, page: &mut Page<'_>) {
        match self.state {
            // A small screen is for the remedy.
            State::Failed(_) if page.is_narrow() => {}
            State::Ready => page.say(&format!("{} is ready.", self.jid), Part::Good),
            _ => page.say(
                &format!(
                    "One login as {} shows whether everything works; the account is stored after it.",
                    self.jid
                ),
                Part::Plain,
            ),
        }
        if page.has_rows() {
            page.gap();
        }
        let mut next = true;
        for (check, name) in LIST {
            if *check == Check::Registered && !self.make {
                continue;
            }
            let reached = self.reached.is_some_and(|reached| reached >= *check);
            self.check(theme, page, name, reached, !reached && next);
            next &= reached;
        }
        if let State::Ready = self.state {
            page.gap();
            self.draw_facts(theme, page);
        }
    }

    /// One mark: reached, the one that is being worked on (`now`), or one for later.
    fn check(&self, theme: &Theme, page: &mut Page<'_>, name: &str, reached: bool, now: bool) {
        let (glyph, word, part) = match &self.state {
            _ if reached => (theme.glyph(Glyph::Sent), "done", Part::Good),
            State::Failed(_) if now => (theme.glyph(Glyph::Failed), "failed", Part::Bad),
            State::Stopping if now => (theme.glyph(Glyph::Queued), "stopping", Part::Waiting),
            _ if now => {
                let word = self.step.as_deref().unwrap_or("beginning");
                (theme.glyph(Glyph::Queued), word, Part::Waiting)
            }
            _ => (" ", "", Part::Dim),
        };
        page.row(vec![
            (format!("{glyph} "), part),
            (
                format!("{name:<NAMES$}"),
                if reached || now { Part::Plain } else { Part::Dim },
            ),
            (word.to_owned(), part),
        ]);
        if let State::Failed(why) = &self.state
            && now
        {
            page.indented(2, why, Part::Bad);
        }
    }

    fn draw_facts(&self, theme: &Theme, page: &mut Page<'_>) {
        let dot = format!(" {} ", theme.glyph(Glyph::Dot));
        page.say(&self.facts.join(&dot), Part::Dim);
        let Some((fingerprint, ed25519)) = self.key else {
            return;
        };
        page.gap();
        page.say(
            "The key of this device, which your contacts compare with you, in the form that their program shows:",
            Part::Plain,
        );
        for (form, digits) in [
            (Form::Legacy, fingerprint.grouped()),
            (Form::Omemo2, ed25519.grouped()),
        ] {
            page.indented(2, words::form(form), Part::Plain);
            draw_groups(page, &digits);
        }
    }
}

/// A fingerprint: halves and quarters are easier to compare than what happens to fit.
fn draw_groups(page: &mut Page<'_>, grouped: &str) {
    let groups: Vec<&str> = grouped.split(' ').collect();
    let most = (page.width().saturating_sub(1) / GROUP).max(1);
    let row = [4, 2, 1].into_iter().find(|row| *row <= most).unwrap_or(1);
    for groups in groups.chunks(row) {
        page.indented(2, &groups.join(" "), Part::Title);
    }
}
