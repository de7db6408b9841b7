//! The store under load: pages out of a long chat, and rows in.
//!
//! `cargo bench --bench store`. The chat has 1,000,000 rows; `SUSURRO_BENCH_ROWS=100000` makes a quick run of it.
//! Figures to keep (design §4): 100 rows at any date in 0.1–0.3 ms, 41,000 rows a second in transactions of 1,000.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::model::{
    AccountId, BareJid, ChatId, Clean, Direction, Fingerprint, MessageId, MessageState, Protection,
    Timestamp, Trust,
};
use susurro::store::messages::{self, Inserted, NewMessage};
use susurro::store::{Reader, Writer, accounts, chats};
use susurro::vault::{self, Keys, Strength};

const PAGE: usize = 100;
const TRANSACTION: i64 = 1_000;
/// Between two messages, in milliseconds.
const PACE: i64 = 60_000;

/// Row `n` of a chat, as an OMEMO client would send it: an id like a UUID, 20 to 80 characters of text.
fn message(chat: ChatId, from: &BareJid, n: i64) -> NewMessage {
    let scattered = n.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed());
    let words = "how are you today my friend, shall we meet at the station at seven or later? bring the map";
    let length = 20 + usize::try_from(n % 61).unwrap();
    NewMessage {
        chat,
        from: from.clone(),
        direction: Direction::In,
        stanza_id: format!("{scattered:016x}-{n:08x}"),
        server_id: None,
        time: Timestamp::from_millisecond(1_600_000_000_000 + n * PACE).unwrap(),
        body: Some(Clean::new(words.get(..length).unwrap())),
        unreadable: None,
        protection: Protection::OmemoLegacy,
        fingerprint: Some(Fingerprint([7; 32])),
        trust: Some(Trust::Verified),
        state: MessageState::Received,
    }
}

/// Rows `first .. first + TRANSACTION` in one transaction; the id of the last one.
fn insert(writer: &mut Writer, chat: ChatId, from: &BareJid, first: i64) -> MessageId {
    let tx = writer.transaction().unwrap();
    let mut last = None;
    for n in first..first + TRANSACTION {
        match messages::insert(&tx, &message(chat, from, n)).unwrap() {
            Inserted::New(id) => last = Some(id),
            Inserted::Duplicate(id) => panic!("row {n} is a duplicate of {id:?}"),
        }
    }
    tx.commit().unwrap();
    last.unwrap()
}

/// Keys come out of a vault only, so one is made.
fn keys(folder: &Path) -> Keys {
    let (header, passphrase) = (folder.join("vault"), "six words that nobody needs to guess");
    vault::create(
        &header,
        passphrase,
        Strength::Light,
        &mut ChaCha20Rng::seed_from_u64(1),
    )
    .unwrap();
    vault::open(&header, passphrase).unwrap()
}

fn make_chat(writer: &mut Writer, peer: &BareJid) -> (AccountId, ChatId) {
    let tx = writer.transaction().unwrap();
    let own = BareJid::new("ana@mired.test").unwrap();
    let account = match accounts::by_jid(&tx, &own).unwrap() {
        Some(account) => account.id,
        None => accounts::add(&tx, &own, "x", &accounts::AccountOptions::default(), "susurro.1").unwrap(),
    };
    let chat = chats::open(&tx, account, peer).unwrap().id;
    tx.commit().unwrap();
    (account, chat)
}

fn pages(criterion: &mut Criterion, reader: &Reader, chat: ChatId, rows: i64) {
    let mut group = criterion.benchmark_group("store");
    group.bench_function(format!("{PAGE} newest rows of {rows}"), |bencher| {
        bencher.iter(|| black_box(messages::history(reader, chat, None, PAGE).unwrap()));
    });
    // Another date each time, so that the pages are not all in the cache.
    let mut n: i64 = 0;
    group.bench_function(format!("{PAGE} rows at any date of {rows}"), |bencher| {
        bencher.iter(|| {
            n = (n + 7_919 * 104_729) % rows;
            let before = MessageId(n.max(101));
            let page = messages::history(reader, chat, Some(before), PAGE).unwrap();
            assert_eq!(page.len(), PAGE);
            black_box(page)
        });
    });
    group.finish();
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
    let key = keys(folder.path()).database;
    let mut writer = Writer::open(&path, &key).unwrap();
    let peer = BareJid::new("bob@mired.test").unwrap();
    let (_, chat) = make_chat(&mut writer, &peer);
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
    inserts(&mut criterion, &mut writer);
    writer.close().unwrap();
    criterion.final_summary();
}
