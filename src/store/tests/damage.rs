//! Damaged files: found, refused, nothing half read (threat 95).

use std::fs;

use super::{Place, at, chat, incoming, insert_new, jid, key};
use crate::omemo::is_opened;
use crate::{Reader, StoreError, Writer, accounts, chats, messages};

const PAGE: usize = 4096;
const ROWS: usize = 400;

/// A closed database with a chat of [`ROWS`] messages over many pages.
fn filled() -> Place {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    for n in 0..ROWS {
        insert_new(
            &tx,
            &incoming(chat, &format!("a-long-enough-stanza-id-{n}"), n as i64),
        );
    }
    tx.commit().unwrap();
    writer.close().unwrap();
    place
}

/// Reads everything that a person could ask for; the number of messages.
fn read_all(place: &Place) -> Result<usize, StoreError> {
    let reader = Reader::open(&place.path, &key(1))?;
    let mut count = 0;
    for account in accounts::all(&reader)? {
        chats::overview(&reader, account.id)?;
        messages::unlistened(&reader, account.id, None, usize::MAX)?;
        is_opened(&reader, account.id, &[0; 16])?;
        for chat in chats::all(&reader, account.id)? {
            count += messages::history(&reader, chat.id, None, usize::MAX)?.len();
            for n in 0..ROWS {
                let id = format!("a-long-enough-stanza-id-{n}");
                messages::find(&reader, chat.id, &jid("bob@mired.test"), &id, None)?;
            }
        }
    }
    Ok(count)
}

#[test]
fn a_flipped_bit_in_any_page_is_found_and_never_read() {
    let place = filled();
    assert_eq!(read_all(&place).unwrap(), ROWS);
    let whole = fs::read(&place.path).unwrap();
    let pages = whole.len() / PAGE;
    assert!(pages > 20);
    let mut refused = 0;
    for page in 0..pages {
        // Salt or first bytes, ciphertext, IV, authentication.
        let offset = [3, 1000, PAGE - 70, PAGE - 1][page % 4];
        let mut damaged = whole.clone();
        damaged[page * PAGE + offset] ^= 0x10;
        fs::write(&place.path, &damaged).unwrap();
        match read_all(&place) {
            // A page that no question needs (an empty table's): what was read is whole.
            Ok(count) => assert_eq!(count, ROWS, "page {page}"),
            Err(StoreError::Unreadable) => refused += 1,
            Err(other) => panic!("page {page}: {other:?}"),
        }
        // Where it can be opened, the check names it; the first page cannot.
        match Writer::open(&place.path, &key(1)) {
            Ok(writer) => assert!(writer.faults().unwrap() > 0, "page {page}"),
            Err(StoreError::Unreadable) => {}
            Err(other) => panic!("page {page}: {other:?}"),
        }
    }
    assert!(refused > 10, "{refused} of {pages}");
}

#[test]
fn every_bit_of_the_first_bytes_counts() {
    let place = filled();
    let whole = fs::read(&place.path).unwrap();
    for offset in (0..16).chain([16, 100, PAGE - 80, PAGE - 65, PAGE - 64, PAGE - 1]) {
        let mut damaged = whole.clone();
        damaged[offset] ^= 1;
        fs::write(&place.path, &damaged).unwrap();
        assert!(
            matches!(Writer::open(&place.path, &key(1)), Err(StoreError::Unreadable)),
            "byte {offset}"
        );
        assert!(
            matches!(Reader::open(&place.path, &key(1)), Err(StoreError::Unreadable)),
            "byte {offset}"
        );
        assert_eq!(fs::read(&place.path).unwrap(), damaged, "nothing was written");
    }
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let place = filled();
    let whole = fs::read(&place.path).unwrap();
    for length in [
        1,
        15,
        16,
        100,
        511,
        512,
        1024,
        PAGE - 1,
        PAGE,
        PAGE + 5,
        whole.len() - PAGE,
        whole.len() - 1,
    ] {
        fs::write(&place.path, &whole[..length]).unwrap();
        let got = read_all(&place);
        assert!(
            matches!(got, Err(StoreError::Unreadable | StoreError::Lost)),
            "{length} bytes: {got:?}"
        );
    }
}

#[test]
fn two_pages_that_changed_places_are_found() {
    let place = filled();
    let mut bytes = fs::read(&place.path).unwrap();
    let last = bytes.len() - PAGE;
    let (head, tail) = bytes.split_at_mut(last);
    head[last - PAGE..].swap_with_slice(tail);
    fs::write(&place.path, &bytes).unwrap();
    assert!(matches!(read_all(&place), Err(StoreError::Unreadable)));
    assert!(place.writer().faults().unwrap() >= 2);
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let place = Place::new();
    let plain = rusqlite::Connection::open(&place.path).unwrap();
    plain.execute_batch("CREATE TABLE accounts (id INTEGER)").unwrap();
    plain.close().unwrap();
    let unencrypted = fs::read(&place.path).unwrap();
    for content in [
        unencrypted,
        b"not a database".repeat(300),
        vec![0; 8192],
        vec![0xA5; 100_000],
    ] {
        fs::write(&place.path, &content).unwrap();
        assert!(matches!(
            Writer::open(&place.path, &key(1)),
            Err(StoreError::Unreadable)
        ));
        assert!(matches!(
            Reader::open(&place.path, &key(1)),
            Err(StoreError::Unreadable)
        ));
        assert_eq!(fs::read(&place.path).unwrap(), content);
    }
}

#[test]
fn a_flipped_bit_in_the_log_gives_a_whole_earlier_state_or_nothing() {
    const COMMITS: usize = 6;
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    tx.commit().unwrap();
    assert!(writer.checkpoint().unwrap());
    for n in 0..COMMITS {
        let tx = writer.transaction().unwrap();
        // Two rows in each commit: half a commit would be seen.
        insert_new(&tx, &incoming(chat, &format!("{n} first"), 2 * n as i64));
        insert_new(&tx, &incoming(chat, &format!("{n} second"), 2 * n as i64 + 1));
        tx.commit().unwrap();
    }
    // What a killed process leaves.
    let database = fs::read(&place.path).unwrap();
    let log = fs::read(place.path.with_extension("db-wal")).unwrap();
    let mut seen = [0; COMMITS + 1];
    for flip in (0..log.len()).step_by(2003).map(Some).chain([None]) {
        let killed = Place::new();
        fs::write(&killed.path, &database).unwrap();
        let mut damaged = log.clone();
        if let Some(offset) = flip {
            damaged[offset] ^= 4;
        }
        fs::write(killed.path.with_extension("db-wal"), &damaged).unwrap();
        let mut writer = killed.writer();
        assert_eq!(writer.faults().unwrap(), 0);
        let rows = messages::history(&writer.transaction().unwrap(), chat, None, 99).unwrap();
        assert_eq!(rows.len() % 2, 0, "half a commit");
        for (n, row) in rows.iter().enumerate() {
            assert_eq!(row.time, at(n as i64), "a hole");
        }
        seen[rows.len() / 2] += 1;
        assert!(flip.is_some() || rows.len() == 2 * COMMITS);
    }
    assert!(seen.iter().filter(|count| **count > 0).count() > 3, "{seen:?}");
}
