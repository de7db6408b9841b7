//! How the step looks.

use super::{AccountPage, AccountRow};
use crate::theme::{Glyph, Part, Theme};
use crate::welcome::field::Field;
use crate::welcome::page::Page;
use model::shown;

impl AccountPage {
    pub fn keys(&self) -> Vec<(String, &'static str)> {
        let enter = if self.rows().last() == Some(&self.focus) {
            "log in"
        } else {
            "next"
        };
        let more = if self.more {
            "hide these"
        } else {
            "server, CA file"
        };
        let mut keys = vec![("Enter".to_owned(), enter)];
        if self.field_of(self.focus).is_none() {
            keys.push(("Space".to_owned(), "change"));
        }
        keys.push(("F3".to_owned(), more));
        keys
    }

    pub fn draw(&self, theme: &Theme, page: &mut Page<'_>) {
        page.say(
            "Your account is on a server of your choice; its address looks like an e-mail address.",
            Part::Plain,
        );
        page.gap();
        for (row, words, taken) in [
            (AccountRow::Have, "I have an account", !self.make),
            (AccountRow::Make, "Make a new one on a server", self.make),
        ] {
            page.choice(words, taken, self.focus == row);
            self.note_below(page, row);
        }
        page.gap();
        self.draw_field(page, "Address", &self.address, AccountRow::Address);
        self.draw_field(page, "Password", &self.password, AccountRow::Password);
        if self.make {
            self.draw_field(page, "Again", &self.again, AccountRow::Again);
        }
        page.gap();
        if self.more {
            self.draw_field(page, "Server", &self.server, AccountRow::Server);
            page.switch(
                "Direct TLS, from the first byte",
                self.direct_tls,
                self.focus == AccountRow::DirectTls,
            );
            self.note_below(page, AccountRow::DirectTls);
            self.draw_field(page, "CA file (PEM)", &self.ca_file, AccountRow::CaFile);
            page.switch(
                "Permit PLAIN as a last resort",
                self.allow_plain,
                self.focus == AccountRow::Plain,
            );
            self.note_below(page, AccountRow::Plain);
        } else {
            page.say(&self.how(theme), Part::Dim);
        }
    }

    fn draw_field(&self, page: &mut Page<'_>, name: &str, field: &Field, row: AccountRow) {
        let note = self.note.as_ref().filter(|(noted, _)| *noted == row);
        let note = note.map(|(_, words)| (words.as_str(), Part::Bad));
        page.field(name, field, self.focus == row, note);
    }

    fn note_below(&self, page: &mut Page<'_>, row: AccountRow) {
        if let Some((_, words)) = self.note.as_ref().filter(|(noted, _)| *noted == row) {
            page.indented(2, words, Part::Bad);
        }
    }

    /// How to connect, in a line, while it is not shown.
    fn how(&self, theme: &Theme) -> String {
        let given = [
            (!self.server.is_empty()).then(|| format!("server {}", shown::identifier(self.server.text()))),
            self.direct_tls.then(|| "direct TLS".to_owned()),
            (!self.ca_file.is_empty()).then(|| "a CA file of its own".to_owned()),
            self.allow_plain.then(|| "PLAIN permitted".to_owned()),
        ];
        let given: Vec<String> = given.into_iter().flatten().collect();
        match given.is_empty() {
            true => "The server is found by its name; F3 says another one.".to_owned(),
            false => given.join(&format!(" {} ", theme.glyph(Glyph::Dot))),
        }
    }
}
