//! Step 4: the first contact, or none.

use crossterm::event::KeyCode;

use super::field::{Field, FieldChange};
use super::moves::{moved, neighbour, sentence};
use super::page::Page;
use crate::host::{Request, Start};
use crate::key::Key;
use crate::theme::Part;
use api::FailureKind;
use model::{BareJid, Clean, address};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContactRow {
    Address,
    Name,
}

pub struct ContactPage {
    address: Field,
    name: Field,
    focus: ContactRow,
    note: Option<(ContactRow, String)>,
    /// The contact is being added, or the session started.
    beginning: bool,
    /// The person wanted it to stop; the program has not answered yet.
    stopping: bool,
    /// Our own address, which is no contact.
    own: Option<BareJid>,
    read_address: fn(&str) -> Result<BareJid, String>,
    read_name: fn(&str) -> Result<String, String>,
}

impl ContactPage {
    pub fn new(start: &Start) -> Self {
        Self {
            address: Field::shown(),
            name: Field::shown(),
            focus: ContactRow::Address,
            note: None,
            beginning: false,
            stopping: false,
            own: None,
            read_address: start.address,
            read_name: start.name,
        }
    }

    pub fn own(&mut self, own: Option<BareJid>) {
        self.own = own;
    }

    /// What is to be asked for: a contact, or to begin without one.
    pub fn on_key(&mut self, key: Key) -> Option<Request> {
        if self.beginning {
            if key.code != KeyCode::Esc || self.stopping {
                return None;
            }
            self.stopping = true;
            return Some(Request::Cancel);
        }
        match (key.code, moved(key)) {
            (KeyCode::Esc, _) => {
                self.beginning = true;
                return Some(Request::Begin);
            }
            (KeyCode::Enter, _) => {
                let request = self.enter()?;
                self.beginning = true;
                return Some(request);
            }
            (_, Some(step)) => {
                self.focus = neighbour(&[ContactRow::Address, ContactRow::Name], self.focus, step)
            }
            (_, None) => {
                let typed = self.field().on_key(key);
                self.typed(typed);
            }
        }
        None
    }

    pub fn on_paste(&mut self, text: &str) {
        if self.beginning {
            return;
        }
        let typed = self.field().on_paste(text);
        self.typed(typed);
    }

    fn field(&mut self) -> &mut Field {
        match self.focus {
            ContactRow::Address => &mut self.address,
            ContactRow::Name => &mut self.name,
        }
    }

    fn typed(&mut self, typed: FieldChange) {
        if typed != FieldChange::NotMine {
            self.note = typed.complaint().map(|words| (self.focus, words.to_owned()));
        }
    }

    /// The contact could not be added, or the session not be started.
    pub fn refused(&mut self, kind: FailureKind, why: String) {
        self.beginning = false;
        if kind == FailureKind::Answered {
            // It knows addresses, and nothing of what we call somebody.
            self.focus = ContactRow::Address;
        }
        let wanted = std::mem::take(&mut self.stopping);
        self.note = (!wanted).then_some((self.focus, why));
    }

    fn enter(&mut self) -> Option<Request> {
        let jid = match self.jid() {
            Ok(jid) => jid,
            Err(words) => {
                self.focus = ContactRow::Address;
                self.note = Some((ContactRow::Address, words));
                return None;
            }
        };
        if self.focus == ContactRow::Address {
            self.focus = ContactRow::Name;
            self.note = None;
            if let (true, Some(called)) = (self.name.is_empty(), address::called(self.address.text())) {
                self.name.set(called.as_str());
            }
            return None;
        }
        if self.name.text().trim().is_empty() {
            return Some(Request::AddContact { jid, name: None });
        }
        match (self.read_name)(self.name.text()) {
            Ok(name) => {
                let name = Some(Clean::line(&name));
                Some(Request::AddContact { jid, name })
            }
            Err(why) => {
                self.note = Some((ContactRow::Name, sentence(&why)));
                None
            }
        }
    }

    fn jid(&self) -> Result<BareJid, String> {
        if self.address.is_empty() {
            return Err("Type an address like bob@mired.test, or press Esc to do this later.".to_owned());
        }
        let jid = (self.read_address)(self.address.text()).map_err(|why| sentence(&why))?;
        match self.own.as_ref() == Some(&jid) {
            true => Err("That is your own address. Type the one of somebody else.".to_owned()),
            false => Ok(jid),
        }
    }

    /// The fields can be typed in.
    pub fn has_fields(&self) -> bool {
        !self.beginning
    }

    pub fn keys(&self) -> Vec<(String, &'static str)> {
        if self.beginning {
            return vec![("Esc".to_owned(), "stop")];
        }
        let enter = match self.focus {
            ContactRow::Address => "next",
            ContactRow::Name => "add and begin",
        };
        vec![("Enter".to_owned(), enter), ("Esc".to_owned(), "later")]
    }

    pub fn draw(&self, page: &mut Page<'_>) {
        page.say(
            "Whom do you want to write to first? They are asked whether you may see each other's presence; messages \
             are encrypted as soon as their keys are known.",
            Part::Plain,
        );
        page.gap();
        for (row, name, field) in [
            (ContactRow::Address, "Address", &self.address),
            (ContactRow::Name, "Name", &self.name),
        ] {
            let note = self.note.as_ref().filter(|(noted, _)| *noted == row);
            let note = note.map(|(_, words)| (words.as_str(), Part::Bad));
            page.field(name, field, self.focus == row, note);
        }
        page.gap();
        if self.beginning {
            let words = if self.stopping {
                "Stopping."
            } else {
                "Asking the server."
            };
            page.say(words, Part::Waiting);
            return;
        }
        page.say("The name is what you call them; it may stay empty.", Part::Dim);
    }
}
