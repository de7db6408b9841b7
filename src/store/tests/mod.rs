//! Tests of the store, with the things that they share.

mod about;
mod addressed;
mod answers;
mod at_rest;
mod damage;
mod deleted;
mod device_keys;
mod dialects;
mod duplicates;
mod events;
mod failures;
mod history;
mod labels;
mod left;
mod migrations;
mod omemo;
mod opening;
mod opt_outs;
mod plans;
mod positions;
mod read_state;
mod requests;
mod rooms;
mod schema_five;
mod schema_seven;
mod sealed;
mod sessions;
mod spelling;
mod tables;
mod unlisted;
mod views;

use std::path::PathBuf;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::accounts;
use super::file::{self, DatabaseFile};
use super::messages::{self, Inserted, NewMessage, Opened};
use super::{Transaction, Writer, chats};
use model::{
    AccountId, AccountOptions, Author, BareJid, ChatId, Clean, MessageId, MessageState, Peer, Protection,
    Timestamp,
};
use vault::DatabaseKey;

/// A database in a folder of its own.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("susurro.db");
        Self { folder, path }
    }
    /// Makes the database at the first call, opens it at each later one.
    fn writer(&self) -> Writer {
        match file::presence(&self.path).unwrap() {
            DatabaseFile::Absent => Writer::create(&self.path, &key(1)).unwrap(),
            _ => Writer::open(&self.path, &key(1)).unwrap(),
        }
    }
}

fn key(seed: u8) -> DatabaseKey {
    DatabaseKey::new(Zeroizing::new(std::array::from_fn(|i| {
        seed.wrapping_add(i as u8 * 7)
    })))
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn peer(account: AccountId, address: &str) -> Peer {
    Peer::new(account, jid(address))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

/// Ana's account.
fn account(tx: &Transaction<'_>) -> AccountId {
    let ana = jid("ana@mired.test");
    accounts::add(tx, &ana, "secret of ana", &AccountOptions::default(), "susurro.1").unwrap()
}

/// Ana's account and her chat with Bob.
fn chat(tx: &Transaction<'_>) -> (AccountId, ChatId) {
    let account = account(tx);
    (
        account,
        chats::open(tx, &peer(account, "bob@mired.test")).unwrap().id,
    )
}

/// A message from Bob.
fn incoming(chat: ChatId, stanza_id: &str, ms: i64) -> NewMessage {
    NewMessage {
        chat,
        author: Author::Contact(jid("bob@mired.test")),
        stanza_id: stanza_id.to_owned(),
        server_id: None,
        time: at(ms),
        body: Some(Clean::new("hello")),
        unreadable: None,
        protection: Protection::OmemoLegacy,
        unstyled: false,
        markable: false,
        device: None,
        fingerprint: None,
        trust: None,
        state: MessageState::Received,
    }
}

/// A message of Ana's, queued.
fn outgoing(chat: ChatId, stanza_id: &str, ms: i64) -> NewMessage {
    NewMessage {
        author: Author::Us,
        state: MessageState::Queued,
        ..incoming(chat, stanza_id, ms)
    }
}

/// The words of what could not be read before.
fn opened(body: &Clean) -> Opened<'_> {
    Opened {
        body,
        unstyled: false,
        markable: false,
        protection: Protection::OmemoLegacy,
        device: None,
        fingerprint: None,
        trust: None,
    }
}

fn insert_new(tx: &Transaction<'_>, message: &NewMessage) -> MessageId {
    match messages::insert(tx, message).unwrap() {
        Inserted::New(id) => id,
        Inserted::Duplicate(id) => panic!("a duplicate of {id:?}"),
    }
}
