//! Step 2: the account, one that exists or one to be made; how to connect lies behind a
//! key, since DNS mostly knows.

use std::path::PathBuf;

use crossterm::event::KeyCode;

use super::field::{self, Field};
use super::moves::{Move, moved, neighbour, sentence};
use crate::host::{Check, NewAccount, Request, Server, Start, usual_port};
use crate::key::Key;
use model::{AccountDraft, BareJid};

mod draw;

const NO_PASSWORD: &str = "Type the password of the account.";
const NOT_THE_SAME: &str = "The two are not the same. Type it once more here, or change the first one.";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AccountRow {
    /// The two lines of the choice whether there is an account: one stop on the way from field to field.
    Have,
    Make,
    Address,
    Password,
    Again,
    Server,
    DirectTls,
    CaFile,
    Plain,
}

pub struct AccountPage {
    /// It is to be made on its server.
    make: bool,
    address: Field,
    password: Field,
    again: Field,
    server: Field,
    ca_file: Field,
    direct_tls: bool,
    allow_plain: bool,
    /// How to connect is shown.
    more: bool,
    focus: AccountRow,
    note: Option<(AccountRow, String)>,
    /// What is kept of it for the next time.
    kept: AccountDraft,
    read_address: fn(&str) -> Result<BareJid, String>,
    read_server: fn(&str) -> Result<Server, String>,
    read_ca_file: fn(&str) -> Result<PathBuf, String>,
}

impl AccountPage {
    pub fn new(start: &Start) -> Self {
        Self {
            make: false,
            address: Field::shown(),
            password: Field::hidden(),
            again: Field::hidden(),
            server: Field::shown(),
            ca_file: Field::shown(),
            direct_tls: false,
            allow_plain: false,
            more: false,
            focus: AccountRow::Have,
            note: None,
            kept: AccountDraft::default(),
            read_address: start.address,
            read_server: start.server,
            read_ca_file: start.ca_file,
        }
    }

    /// Goes on where it was left another time; the passwords are not among what was kept.
    pub fn begin(&mut self, kept: AccountDraft) {
        self.make = kept.make;
        self.address.set(&kept.address);
        self.server.set(&kept.server);
        self.ca_file.set(&kept.ca_file);
        self.direct_tls = kept.direct_tls;
        self.allow_plain = kept.allow_plain;
        self.kept = kept;
    }

    /// What was typed, if it is another than what is kept; from now on it counts as kept.
    pub fn unkept(&mut self) -> Option<AccountDraft> {
        let typed = AccountDraft {
            make: self.make,
            address: self.address.text().to_owned(),
            server: self.server.text().to_owned(),
            direct_tls: self.direct_tls,
            ca_file: self.ca_file.text().to_owned(),
            allow_plain: self.allow_plain,
        };
        if typed == self.kept {
            return None;
        }
        self.kept = typed.clone();
        Some(typed)
    }

    /// The rows that are shown, in their order.
    fn rows(&self) -> Vec<AccountRow> {
        let mut rows = vec![
            AccountRow::Have,
            AccountRow::Make,
            AccountRow::Address,
            AccountRow::Password,
        ];
        if self.make {
            rows.push(AccountRow::Again);
        }
        if self.more {
            rows.extend([
                AccountRow::Server,
                AccountRow::DirectTls,
                AccountRow::CaFile,
                AccountRow::Plain,
            ]);
        }
        rows
    }

    /// What is to be asked for, when Enter was pressed at the end and everything is right.
    pub fn on_key(&mut self, key: Key) -> Option<Request> {
        match (key.code, moved(key)) {
            (KeyCode::Enter, _) => return self.enter(),
            (KeyCode::F(3), _) => self.show_more(!self.more),
            (KeyCode::Up | KeyCode::Down, Some(step)) => self.go(step),
            (_, Some(step)) => self.go_past_choice(step),
            (_, None) => self.change(key),
        }
        None
    }

    pub fn on_paste(&mut self, text: &str) {
        self.leave_kind();
        if let Some(field) = self.field() {
            let typed = field.on_paste(text);
            self.typed(typed);
        }
    }

    fn is_on_choice(&self) -> bool {
        matches!(self.focus, AccountRow::Have | AccountRow::Make)
    }

    /// Takes the line of the choice that has the focus; if it is taken already, the other one.
    fn choose(&mut self) {
        let here = self.focus == AccountRow::Make;
        self.make = if self.make == here { !here } else { here };
        self.focus = if self.make {
            AccountRow::Make
        } else {
            AccountRow::Have
        };
    }

    /// As [`AccountPage::go`], with the choice as one stop: the line that is taken.
    fn go_past_choice(&mut self, step: Move) {
        let chosen = if self.make {
            AccountRow::Make
        } else {
            AccountRow::Have
        };
        loop {
            self.go(step);
            if !self.is_on_choice() || self.focus == chosen {
                return;
            }
        }
    }

    /// Letters that are typed at the first row are the beginning of the address.
    fn leave_kind(&mut self) {
        if self.is_on_choice() {
            self.focus = AccountRow::Address;
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.focus {
            AccountRow::Address => Some(&mut self.address),
            AccountRow::Password => Some(&mut self.password),
            AccountRow::Again => Some(&mut self.again),
            AccountRow::Server => Some(&mut self.server),
            AccountRow::CaFile => Some(&mut self.ca_file),
            AccountRow::Have | AccountRow::Make | AccountRow::DirectTls | AccountRow::Plain => None,
        }
    }

    fn change(&mut self, key: Key) {
        let toggles = matches!(key.code, KeyCode::Char(' ') | KeyCode::Left | KeyCode::Right);
        match self.focus {
            AccountRow::Have | AccountRow::Make if toggles => self.choose(),
            AccountRow::DirectTls if toggles => self.direct_tls = !self.direct_tls,
            AccountRow::Plain if toggles => self.allow_plain = !self.allow_plain,
            AccountRow::Have | AccountRow::Make if key.typed().is_none() => {}
            _ => {
                self.leave_kind();
                if let Some(field) = self.field() {
                    let typed = field.on_key(key);
                    self.typed(typed);
                }
            }
        }
    }

    fn typed(&mut self, typed: field::FieldChange) {
        if typed != field::FieldChange::NotMine {
            self.note = typed.complaint().map(|words| (self.focus, words.to_owned()));
        }
    }

    fn show_more(&mut self, more: bool) {
        self.more = more;
        if more {
            self.focus = AccountRow::Server;
        } else if !self.rows().contains(&self.focus) {
            self.focus = AccountRow::Password;
        }
    }

    /// To another row; what is wrong with the one that is left is said, and stops nobody.
    fn go(&mut self, step: Move) {
        let left = self.focus;
        self.focus = neighbour(&self.rows(), left, step);
        let empty = self.field_of(left).is_none_or(Field::is_empty);
        self.note = match self.wrong(left) {
            Some(words) if !empty => Some((left, words)),
            _ => None,
        };
    }

    fn field_of(&self, row: AccountRow) -> Option<&Field> {
        match row {
            AccountRow::Address => Some(&self.address),
            AccountRow::Password => Some(&self.password),
            AccountRow::Again => Some(&self.again),
            AccountRow::Server => Some(&self.server),
            AccountRow::CaFile => Some(&self.ca_file),
            AccountRow::Have | AccountRow::Make | AccountRow::DirectTls | AccountRow::Plain => None,
        }
    }

    /// What is wrong with a row.
    fn wrong(&self, row: AccountRow) -> Option<String> {
        match row {
            AccountRow::Address if self.address.is_empty() => {
                Some("Type the address of the account, like ana@mired.test.".to_owned())
            }
            AccountRow::Address => (self.read_address)(self.address.text())
                .err()
                .map(|why| sentence(&why)),
            AccountRow::Password => self.password.is_empty().then(|| NO_PASSWORD.to_owned()),
            AccountRow::Again => (self.again.text() != self.password.text()).then(|| NOT_THE_SAME.to_owned()),
            AccountRow::Server if self.server.is_empty() => None,
            AccountRow::Server => (self.read_server)(self.server.text())
                .err()
                .map(|why| sentence(&why)),
            AccountRow::CaFile => self.ca_path().err().map(|why| sentence(&why)),
            AccountRow::Have | AccountRow::Make | AccountRow::DirectTls | AccountRow::Plain => None,
        }
    }

    /// The CA file that was named, if one was; it is there and holds a certificate.
    fn ca_path(&self) -> Result<Option<PathBuf>, String> {
        match self.ca_file.text().trim() {
            "" => Ok(None),
            text => (self.read_ca_file)(text).map(Some),
        }
    }

    /// Says what is wrong with a row, and goes there. What cannot be read and is not right is
    /// typed again from the start.
    fn refuse(&mut self, row: AccountRow, words: String) {
        if row == AccountRow::Again {
            self.again.wipe();
        }
        self.more |= matches!(row, AccountRow::Server | AccountRow::CaFile);
        self.focus = row;
        self.note = Some((row, words));
    }

    /// To the next row; at the last one it is looked whether all is right.
    fn enter(&mut self) -> Option<Request> {
        if self.is_on_choice() {
            self.make = self.focus == AccountRow::Make;
            self.focus = AccountRow::Address;
            return None;
        }
        let rows = self.rows();
        if rows.last() != Some(&self.focus) {
            match self.wrong(self.focus) {
                Some(words) => self.refuse(self.focus, words),
                None => self.go(Move::Next),
            }
            return None;
        }
        let request = self.request();
        if request.is_none() {
            self.complain();
        }
        request
    }

    /// The focus goes to the first row that is wrong, whether it is shown or not.
    pub fn complain(&mut self) {
        let all = [
            AccountRow::Address,
            AccountRow::Password,
            AccountRow::Again,
            AccountRow::Server,
            AccountRow::CaFile,
        ];
        let wrong = all
            .into_iter()
            .filter(|row| self.make || *row != AccountRow::Again)
            .find_map(|row| Some((row, self.wrong(row)?)));
        if let Some((row, words)) = wrong {
            self.refuse(row, words);
        }
    }

    /// What is to be asked for; None: something is wrong.
    pub fn request(&self) -> Option<Request> {
        if self.password.is_empty() || (self.make && self.wrong(AccountRow::Again).is_some()) {
            return None;
        }
        let server = match self.server.is_empty() {
            true => None,
            false => Some((self.read_server)(self.server.text()).ok()?),
        };
        let usual = usual_port(self.direct_tls);
        let server = server.map(|(host, port)| (host, port.unwrap_or(usual)));
        let new = NewAccount {
            jid: (self.read_address)(self.address.text()).ok()?,
            password: self.password.secret(),
            server,
            direct_tls: self.direct_tls,
            ca_file: self.ca_path().ok()?,
            allow_plain: self.allow_plain,
        };
        Some(if self.make {
            Request::Register(new)
        } else {
            Request::Add(new)
        })
    }

    /// Goes to what has to be changed, when the login failed at `check`; `why` is what was said of it.
    pub fn failed(&mut self, check: Check, why: &str) {
        let row = match check {
            Check::ServerFound if self.server.is_empty() => AccountRow::Address,
            Check::ServerFound => AccountRow::Server,
            Check::Encrypted => AccountRow::CaFile,
            // The name is taken, or not to the server's liking.
            Check::Registered => AccountRow::Address,
            Check::LoggedIn | Check::KeysPublished if why.contains("permit PLAIN") => AccountRow::Plain,
            Check::LoggedIn | Check::KeysPublished => AccountRow::Password,
        };
        self.more |= matches!(row, AccountRow::Server | AccountRow::CaFile | AccountRow::Plain);
        self.focus = row;
        self.note = Some((row, why.to_owned()));
    }

    /// The account exists now, whatever came of the login.
    pub fn made(&mut self) {
        self.make = false;
        self.focus = AccountRow::Password;
    }

    /// The account is proved: its password is in the vault and needed here no more.
    pub fn done(&mut self) {
        self.password.wipe();
        self.again.wipe();
    }

    /// Why there is nothing before this step.
    pub fn first(&mut self) {
        let words = "The vault is made, so there is no step before this one.";
        self.note = Some((self.focus, words.to_owned()));
    }
}
