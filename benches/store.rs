//! The store under load: pages out of a long chat, and rows in.
//!
//! `cargo bench --bench store`. The chat has 1,000,000 rows; `SUSURRO_BENCH_ROWS=100000` makes a quick run of
//! it. Beside it are 499 others with ten rows each, and as many contacts. Figures to keep (design §4): 100
//! rows at any date in 0.1–0.3 ms, 41,000 rows a second in transactions of 1,000, a second connection under 1
//! ms. The first screen: everything that is read before the first frame, under 50 ms.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "chat/mod.rs"]
mod chat;

use std::hint::black_box;
use std::path::Path;

use chat::{TRANSACTION, insert, keys, make_chat, message};
use criterion::{BatchSize, Criterion, Throughput};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::model::{
    AccountId, BareJid, ChatId, Clean, Contact, Dialect, Position, Subscription, Timestamp, Trust,
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

fn pages(criterion: &mut Criterion, reader: &Reader, chat: ChatId, rows: i64) {
    let mut group = criterion.benchmark_group("store");
    group.bench_function(format!("{PAGE} newest rows of {rows}"), |bencher| {
        bencher.iter(|| black_box(messages::history(reader, chat, None, PAGE).unwrap()));
    });
    // Another date each time, so that the pages are not all in the cache.
    let oldest = messages::oldest(reader, chat, 1).unwrap().remove(0);
    let mut n: i64 = 0;
    group.bench_function(format!("{PAGE} rows at any date of {rows}"), |bencher| {
        bencher.iter(|| {
            n = (n + 7_919 * 104_729) % rows;
            // As far apart as the messages are (benches/chat): a minute.
            let before = Position(oldest.position.0 + ((n.max(101) * 60_000) << 20));
            let page = messages::history(reader, chat, Some(before), PAGE).unwrap();
            assert_eq!(page.len(), PAGE);
            black_box(page)
        });
    });
    group.finish();
}

/// What is read between the open vault and the first frame, on a connection of its own.
fn first_screen(
    criterion: &mut Criterion,
    path: &Path,
    key: &DatabaseKey,
    account: AccountId,
    peer: &BareJid,
) {
    let mut group = criterion.benchmark_group("store");
    group.bench_function("a second connection", |bencher| {
        bencher.iter_with_large_drop(|| Reader::open(path, key).unwrap());
    });
    group.bench_function("first screen", |bencher| {
        bencher.iter_with_large_drop(|| {
            let reader = Reader::open(path, key).unwrap();
            let list = chats::overview(&reader, account).unwrap();
            let people = contacts::all(&reader, account).unwrap();
            let open = chats::by_peer(&reader, account, peer).unwrap().unwrap().id;
            let view = chats::view(&reader, open).unwrap();
            let page = messages::history(&reader, open, None, SCREEN).unwrap();
            let keys = omemo::device_keys(&reader, account, peer).unwrap();
            assert_eq!((list.len(), page.len(), keys.len()), (CHATS, SCREEN, DEVICES));
            black_box((view, page, people, keys, reader))
        });
    });
    let reader = Reader::open(path, key).unwrap();
    group.bench_function(format!("overview of {CHATS} chats"), |bencher| {
        bencher.iter(|| black_box(chats::overview(&reader, account).unwrap()));
    });
    group.finish();
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
        let id = chats::open(&tx, account, &other).unwrap().id;
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

fn inserts(criterion: &mut Criterion, writer: &mut Writer) {
    let peer = BareJid::new("carol@mired.test").unwrap();
    let (_, chat) = make_chat(writer, &peer);
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(TRANSACTION.unsigned_abs()));
    group.sample_size(20);
    let mut first = 0;
    group.bench_function(format!("insert in transactions of {TRANSACTION}"), |bencher| {
        bencher.iter_batched(
            || {
                first += TRANSACTION;
                first
            },
            |first| insert(writer, chat, &peer, first),
            BatchSize::PerIteration,
        );
    });
    group.finish();
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
        insert(&mut writer, chat, &peer, first);
    }
    assert!(writer.checkpoint().unwrap());
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{rows} rows, {} bytes each", bytes / rows.unsigned_abs());

    let mut criterion = Criterion::default().configure_from_args();
    let reader = Reader::open(&path, &key).unwrap();
    pages(&mut criterion, &reader, chat, rows);
    drop(reader);
    first_screen(&mut criterion, &path, &key, account, &peer);
    inserts(&mut criterion, &mut writer);
    writer.close().unwrap();
    criterion.final_summary();
}
