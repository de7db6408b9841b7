//! The store under load: pages out of a long chat, and rows in.
//!
//! `cargo bench --bench store`. The chat has 1,000,000 rows; `SUSURRO_BENCH_ROWS=100000` makes a quick run of
//! it. Beside it are 499 others with ten rows each, and as many contacts. Figures to keep (design §4): 100
//! rows at any date in 0.1–0.3 ms, 41,000 rows a second in transactions of 1,000, a second connection under 1
//! ms. The first screen: everything that is read before the first frame, under 50 ms.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

#[path = "chat/mod.rs"]
mod chat;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use chat::{TRANSACTION, insert, keys, make_chat, message, talk_about};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::model::{
    AccountId, BareJid, ChatId, Clean, Contact, Dialect, Peer, Position, Subscription, Timestamp, Trust,
};
use susurro::omemo::{DeviceId, IdentityKeyPair};
use susurro::store::messages::{self, Inserted};
use susurro::store::{Reader, Writer, chats, contacts, omemo};
use susurro::vault::DatabaseKey;

const PAGE: usize = 100;
/// Rows that a tall screen shows, and a page before them.
const SCREEN: usize = 60;
const CHATS: usize = 500;
/// Of the peer of the long chat.
const DEVICES: usize = 5;

/// Runs it for a second at least and says the median, without the time that dropping the result takes.
fn report<T>(what: &str, mut once: impl FnMut() -> T) -> Duration {
    let (begun, mut times) = (Instant::now(), Vec::new());
    while times.len() < 20 || begun.elapsed() < Duration::from_secs(1) {
        let start = Instant::now();
        let result = black_box(once());
        times.push(start.elapsed());
        drop(result);
    }
    times.sort();
    let median = times[times.len() / 2];
    println!(
        "{what:40} {:10.3} ms  ({} times)",
        median.as_secs_f64() * 1e3,
        times.len()
    );
    median
}

fn pages(reader: &Reader, chat: ChatId, rows: i64) {
    report(&format!("{PAGE} newest rows of {rows}"), || {
        messages::history(reader, chat, None, PAGE).unwrap()
    });
    // Another date each time, so that the pages are not all in the cache.
    let oldest = messages::oldest(reader, chat, 1).unwrap().remove(0);
    let mut n: i64 = 0;
    report(&format!("{PAGE} rows at any date of {rows}"), || {
        n = (n + 7_919 * 104_729) % rows;
        // As far apart as the messages are (benches/chat): a minute.
        let before = Position(oldest.position.0 + ((n.max(101) * 60_000) << 20));
        let page = messages::history(reader, chat, Some(before), PAGE).unwrap();
        assert_eq!(page.len(), PAGE);
        page
    });
}

/// What is read between the open vault and the first frame, on a connection of its own.
fn first_screen(path: &Path, key: &DatabaseKey, account: AccountId, peer: &BareJid) {
    report("a second connection", || Reader::open(path, key).unwrap());
    report("first screen", || {
        let reader = Reader::open(path, key).unwrap();
        let list = chats::overview(&reader, account).unwrap();
        let people = contacts::all(&reader, account).unwrap();
        let open = chats::by_peer(&reader, &Peer::new(account, peer.clone()))
            .unwrap()
            .unwrap()
            .id;
        let view = chats::view(&reader, open).unwrap();
        let page = messages::history(&reader, open, None, SCREEN).unwrap();
        let keys = omemo::device_keys(&reader, account, peer).unwrap();
        assert_eq!((list.len(), page.len(), keys.len()), (CHATS, SCREEN, DEVICES));
        (view, page, people, keys, reader)
    });
    let reader = Reader::open(path, key).unwrap();
    report(&format!("overview of {CHATS} chats"), || {
        chats::overview(&reader, account).unwrap()
    });
}

/// The other chats, each with a few rows of which one is unread, their contacts, and the peer's devices.
fn surroundings(writer: &mut Writer, account: AccountId, peer: &BareJid) {
    let tx = writer.transaction().unwrap();
    for chat in 1..i64::try_from(CHATS).unwrap() {
        let other = BareJid::new(&format!("friend{chat}@mired.test")).unwrap();
        let contact = Contact {
            jid: other.clone(),
            name: Some(Clean::new("A friend")),
            in_roster: true,
            subscription: Subscription::Both,
            asked: false,
            requests: false,
        };
        contacts::put(&tx, account, &contact).unwrap();
        let id = chats::open(&tx, &Peer::new(account, other.clone())).unwrap().id;
        for n in 0..10 {
            let inserted = messages::insert(&tx, &message(id, &other, chat * 100 + n)).unwrap();
            if let (Inserted::New(row), 8) = (inserted, n) {
                let up_to = messages::get(&tx, row).unwrap().unwrap().position;
                messages::set_read(&tx, id, up_to).unwrap();
            }
        }
    }
    let now = Timestamp::UNIX_EPOCH;
    let devices: Vec<DeviceId> = (1..=u32::try_from(DEVICES).unwrap())
        .map(|id| DeviceId::new(id).unwrap())
        .collect();
    omemo::set_device_list(&tx, account, peer, Dialect::Legacy, &devices, now).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for device in devices {
        let key = IdentityKeyPair::generate(&mut rng).public();
        omemo::set_identity(&tx, account, peer, Dialect::Legacy, device, key, now).unwrap();
        omemo::set_trust(&tx, account, peer, &key, Trust::Blind, now).unwrap();
    }
    tx.commit().unwrap();
}

fn inserts(writer: &mut Writer) {
    let peer = BareJid::new("carol@mired.test").unwrap();
    let (_, chat) = make_chat(writer, &peer);
    let mut first = 0;
    let took = report(&format!("insert in transactions of {TRANSACTION}"), || {
        first += TRANSACTION;
        insert(writer, chat, &peer, first);
    });
    let each = took / u32::try_from(TRANSACTION).unwrap();
    println!("{:.0} rows a second", 1.0 / each.as_secs_f64());
}

fn main() {
    let rows = std::env::var("SUSURRO_BENCH_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("susurro.db");
    let key = keys().database;
    let mut writer = Writer::create(&path, &key).unwrap();
    let peer = BareJid::new("bob@mired.test").unwrap();
    let (account, chat) = make_chat(&mut writer, &peer);
    surroundings(&mut writer, account, &peer);
    for first in (0..rows).step_by(usize::try_from(TRANSACTION).unwrap()) {
        let last = insert(&mut writer, chat, &peer, first);
        talk_about(&mut writer, &peer, last);
    }
    assert!(writer.checkpoint().unwrap());
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{rows} rows, {} bytes each", bytes / rows.unsigned_abs());

    let reader = Reader::open(&path, &key).unwrap();
    pages(&reader, chat, rows);
    drop(reader);
    first_screen(&path, &key, account, &peer);
    inserts(&mut writer);
    writer.close().unwrap();
}
