//! What lies on the disk: nothing readable, and in the decrypted pages nothing that was
//! deleted (threats 93 and 100).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};

use super::{Place, chat, incoming, insert_new, jid, key, outgoing};
use crate::accounts;
use crate::messages::{self, NewMessage};
use crate::{Reads, Transaction, Writer, chats, contacts, outbox, stream};
use model::{
    AccountId, AccountOptions, Author, ChatId, Clean, Contact, MessageFailure, MessageState, Peer,
    Subscription,
};

/// In every value that is stored below, in this case: JIDs are lower case.
const CANARY: &str = "canary-7f3a";
const PAGE: usize = 4096;
/// SQLCipher 4 keeps the end of each page for itself: the IV (16 bytes), then the authentication (64).
const CIPHERTEXT: usize = PAGE - 16 - 64;

fn canary(of: &str) -> String {
    format!("{CANARY}.{of}")
}

/// A row with canaries in every text column that has a function, `n` messages among them.
fn fill(tx: &Transaction<'_>, n: usize) -> (AccountId, ChatId) {
    let own = jid(&format!("ana-{CANARY}@mired.test"));
    let options = AccountOptions {
        server: Some((canary("host"), 5222)),
        ca_pem: Some(canary("pem")),
        ..AccountOptions::default()
    };
    let ana = accounts::add(tx, &own, &canary("password"), &options, &canary("resource")).unwrap();
    accounts::set_mechanism(tx, ana, &canary("mechanism")).unwrap();
    let peer = jid(&format!("bob-{CANARY}@mired.test"));
    let chat = chats::open(tx, &Peer::new(ana, peer.clone())).unwrap().id;
    let contact = Contact {
        jid: peer.clone(),
        name: Some(Clean::new(&canary("name"))),
        in_roster: true,
        subscription: Subscription::Both,
        asked: false,
        requests: false,
    };
    contacts::put(tx, ana, &contact).unwrap();
    let resumable = stream::Resumable {
        sm_id: canary("sm"),
        bound: canary("bound"),
        location: Some(canary("location")),
        inbound: 1,
        outbound: 2,
        vouches: true,
    };
    stream::put(tx, ana, &resumable).unwrap();
    for i in 0..n {
        // Bodies of every length, some longer than a page, so that cells move, split and overflow.
        let body = canary(&"body ".repeat(if i % 97 == 0 { 2500 } else { i % 60 }));
        let id = insert_new(
            tx,
            &NewMessage {
                author: Author::Contact(peer.clone()),
                server_id: Some(canary(&format!("server-{i}"))),
                body: Some(Clean::new(&body)),
                ..incoming(
                    chat,
                    &canary(&format!("{}", i * 7919 % 10_007)),
                    (i * 31 % 101) as i64,
                )
            },
        );
        if i % 50 == 0 {
            let why = MessageFailure::Refused(Clean::new(&canary("why")));
            messages::set_state(tx, id, MessageState::Failed, Some(&why)).unwrap();
        }
    }
    let out = insert_new(tx, &outgoing(chat, &canary("out"), 1));
    let row = outbox::push(tx, ana, chat, out, false).unwrap();
    outbox::set_sealed(tx, row, &format!("<message>{}</message>", canary("sealed"))).unwrap();
    (ana, chat)
}

fn found(bytes: &[u8], needle: &[u8]) -> usize {
    bytes
        .windows(needle.len())
        .filter(|window| *window == needle)
        .count()
}

/// Every page of the database file, decrypted.
fn pages(path: &Path) -> Vec<u8> {
    let file = fs::read(path).unwrap();
    assert_eq!(file.len() % PAGE, 0);
    let mut plain = Vec::new();
    for (number, page) in file.chunks(PAGE).enumerate() {
        // The first page begins with the salt.
        let start = if number == 0 { 16 } else { 0 };
        let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(
            key(1).expose().as_slice(),
            &page[CIPHERTEXT..][..16],
        );
        let mut data = page[start..CIPHERTEXT].to_vec();
        plain.extend_from_slice(cipher.unwrap().decrypt_padded::<NoPadding>(&mut data).unwrap());
    }
    plain
}

#[test]
fn no_canary_is_found_in_any_file_and_the_first_bytes_are_random() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    fill(&tx, 300);
    tx.commit().unwrap();
    let search = |expected_files| {
        let files: Vec<_> = fs::read_dir(place.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), expected_files, "{files:?}");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            for needle in [
                CANARY.as_bytes(),
                b"SQLite format",
                b"CREATE TABLE",
                &key(1).expose()[..8],
            ] {
                assert_eq!(found(&bytes, needle), 0, "{file:?}");
            }
            let hex: String = key(1).expose()[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(found(&bytes, hex.as_bytes()), 0, "{file:?}");
        }
    };
    search(3);
    writer.close().unwrap();
    search(1);
    // The same search does find it where it is: the pages, decrypted.
    assert!(found(&pages(&place.path), CANARY.as_bytes()) > 300);
    let other = Place::new();
    other.writer().close().unwrap();
    let salt = |place: &Place| fs::read(&place.path).unwrap()[..16].to_vec();
    assert_ne!(salt(&place), salt(&other), "each database has a salt of its own");
}

/// Fills a database, deletes by `delete`, and counts the canaries that the decrypted pages still hold.
fn left_after(delete: impl Fn(&Transaction<'_>, AccountId, ChatId)) -> usize {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let (account, chat) = fill(&tx, 3000);
    tx.commit().unwrap();
    assert!(writer.checkpoint().unwrap());
    assert!(found(&pages(&place.path), CANARY.as_bytes()) > 3000);
    let tx = writer.transaction().unwrap();
    delete(&tx, account, chat);
    tx.commit().unwrap();
    assert!(writer.checkpoint().unwrap());
    assert_eq!(
        fs::metadata(place.path.with_extension("db-wal")).unwrap().len(),
        0
    );
    let left = found(&pages(&place.path), CANARY.as_bytes());
    assert_eq!(writer.faults().unwrap(), 0);
    left
}

#[test]
fn a_removed_account_is_gone_from_the_decrypted_pages() {
    assert_eq!(
        left_after(|tx, account, _| accounts::remove(tx, account).unwrap()),
        0
    );
}

#[test]
fn changed_values_are_gone_from_the_decrypted_pages() {
    let place = Place::new();
    let mut writer = place.writer();
    let change = |writer: &mut Writer, act: &dyn Fn(&Transaction<'_>)| {
        let tx = writer.transaction().unwrap();
        act(&tx);
        tx.commit().unwrap();
        assert!(writer.checkpoint().unwrap());
        pages(&place.path)
    };
    let old = canary("password");
    let before = change(&mut writer, &|tx| {
        fill(tx, 10);
    });
    assert!(found(&before, old.as_bytes()) > 0);
    let after = change(&mut writer, &|tx| {
        let id = accounts::all(tx).unwrap()[0].id;
        accounts::set_password(tx, id, "new").unwrap();
    });
    assert_eq!(found(&after, old.as_bytes()), 0);
}

/// The numbers in every `mark<n>` that the decrypted pages hold.
fn marks(path: &Path) -> BTreeSet<usize> {
    let pages = pages(path);
    let text = String::from_utf8_lossy(&pages);
    text.split("mark<")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.0.parse().ok())
        .collect()
}

#[test]
fn single_rows_that_were_deleted_are_gone_from_the_decrypted_pages() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    for n in 1..=3000 {
        // Written out of order, so that pages split in their middle and cells move.
        let name = n * 7919 % 3001;
        let body = Clean::new(&format!("mark<{n}> {}", "x".repeat(n * 13 % 300)));
        let message = incoming(chat, &format!("{name:05} mark<{n}>"), name as i64);
        let id = insert_new(
            &tx,
            &NewMessage {
                body: Some(body),
                ..message
            },
        );
        assert_eq!(id.0, n as i64);
    }
    tx.commit().unwrap();
    assert!(writer.checkpoint().unwrap());
    assert_eq!(marks(&place.path).len(), 3000);
    for (changed, sql) in [
        (0, "DELETE FROM messages WHERE id % 3 = 0"),
        (
            1,
            "UPDATE messages SET body = 'short', stanza_id = id WHERE id % 3 = 1",
        ),
    ] {
        let tx = writer.transaction().unwrap();
        tx.conn().execute_batch(sql).unwrap();
        tx.commit().unwrap();
        assert!(writer.checkpoint().unwrap());
        let left = || marks(&place.path).iter().filter(|n| *n % 3 == changed).count();
        assert!(left() <= 10, "secure_delete overwrites nearly all: {}", left());
        assert!(writer.scrub().unwrap());
        assert_eq!(left(), 0, "and a scrub the rest");
    }
    assert_eq!(marks(&place.path).len(), 1000, "what was not deleted is there");
    assert_eq!(writer.faults().unwrap(), 0);
}
