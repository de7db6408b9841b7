//! The client of these tests: an account in memory, and the session that runs it.

use susurro::model::{AccountId, AccountOptions};
use susurro::session::{self, Resource, SessionHandle, SessionOptions};
use susurro::store::{Writer, accounts};

use crate::hostile::{Authority, DOMAIN, PASSWORD, USER};

/// A vault with an account on a server on this port that `authority` vouches for.
pub fn vault(port: u16, authority: &Authority) -> (Writer, AccountId) {
    vault_with(port, authority, PASSWORD)
}

/// The same with this password.
pub fn vault_with(port: u16, authority: &Authority, password: &str) -> (Writer, AccountId) {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let options = AccountOptions {
        server: Some(("127.0.0.1".to_owned(), port)),
        ca_pem: Some(authority.pem.clone()),
        ..AccountOptions::default()
    };
    let own = format!("{USER}@{DOMAIN}").parse().unwrap();
    let account = accounts::add(&tx, &own, password, &options, "here").unwrap();
    tx.commit().unwrap();
    (writer, account)
}

/// The session of a screen.
pub fn of_a_screen(account: AccountId) -> SessionOptions {
    SessionOptions {
        account,
        presence: true,
        resource: Resource::Stored,
        archive: None,
        sharing: susurro::model::Sharing::default(),
        reconnect: true,
        stay: true,
    }
}

/// The session of a screen, on a server on this port.
pub fn start(port: u16, authority: &Authority) -> (SessionHandle, AccountId) {
    let (writer, account) = vault(port, authority);
    let handle = session::spawn(writer, None, of_a_screen(account)).unwrap();
    (handle, account)
}
