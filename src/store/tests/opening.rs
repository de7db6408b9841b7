//! Opening and closing, settings, who may write when.

use std::fs;
use std::time::Duration;

use super::{Place, account, chat, incoming, insert_new, key};
use crate::file::{self, DatabaseFile};
use crate::{Reader, Reads, StoreError, Writer, accounts, messages, settings};

#[test]
fn a_database_that_was_made_opens_again_and_is_not_made_twice() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    writer.close().unwrap();
    assert!(matches!(
        Writer::create(&place.path, &key(1)),
        Err(StoreError::File(_))
    ));
    let mut writer = place.writer();
    assert_eq!(accounts::all(&writer.transaction().unwrap()).unwrap().len(), 1);
    assert_eq!(writer.faults().unwrap(), 0);
}

/// The variable that makes of a run of the test below one whose files cannot grow.
const FULL: &str = "SUSURRO_TEST_FULL_DATABASE";

#[test]
fn on_a_full_disk_what_is_there_can_be_read_and_nothing_is_changed() {
    if let Some(folder) = std::env::var_os(FULL) {
        let path = std::path::Path::new(&folder).join("susurro.db");
        let mut writer = Writer::open(&path, &key(1)).unwrap();
        assert!(writer.is_alone());
        let tx = writer.transaction().unwrap();
        let all = accounts::all(&tx).unwrap();
        assert_eq!(all.len(), 1);
        let changed = accounts::set_password(&tx, all[0].id, "another").and_then(|()| tx.commit());
        assert!(matches!(changed, Err(StoreError::Sqlite(_))), "{changed:?}");
        let kept = accounts::all(&writer.transaction().unwrap()).unwrap();
        assert_eq!(*kept[0].password, *all[0].password);
        writer.close().unwrap();
        return;
    }
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    assert!(!writer.is_alone());
    writer.close().unwrap();
    // In a process of its own, since the bound holds for the whole of it. What is beyond it is a
    // signal first.
    let again = "ulimit -f 0; trap '' XFSZ; exec \"$0\" --exact tests::opening::on_a_full_disk_what_is_there_can_be_read_and_nothing_is_changed";
    let run = std::process::Command::new("sh")
        .args(["-c", again])
        .arg(std::env::current_exe().unwrap())
        .env(FULL, place.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    let mut writer = place.writer();
    assert!(!writer.is_alone());
    assert_eq!(accounts::all(&writer.transaction().unwrap()).unwrap().len(), 1);
}

/// Everything in the folder, by name.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_database_that_is_missing_or_cut_short_is_lost_and_nothing_is_made_in_its_place() {
    let made = Place::new();
    let mut writer = made.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    let wal = fs::read(made.path.with_extension("db-wal")).unwrap();
    assert!(wal.len() > 1000);
    drop(writer);
    let page = fs::read(&made.path).unwrap()[..4096].to_vec();
    for (content, presence) in [
        (None, DatabaseFile::Absent),
        (Some(&b""[..]), DatabaseFile::Short),
        (Some(b"x"), DatabaseFile::Short),
        (Some(&page[..4095]), DatabaseFile::Short),
    ] {
        for (wal, presence) in [
            (None, presence),
            (Some(&wal), presence),
            (Some(&Vec::new()), presence),
        ] {
            let place = Place::new();
            let mut expected = presence;
            if let Some(content) = content {
                fs::write(&place.path, content).unwrap();
            }
            if let Some(wal) = wal {
                fs::write(place.path.with_extension("db-wal"), wal).unwrap();
                if expected == DatabaseFile::Absent {
                    expected = DatabaseFile::Gone;
                }
            }
            let before = files(&place);
            assert_eq!(file::presence(&place.path).unwrap(), expected);
            assert!(matches!(
                Writer::open(&place.path, &key(1)),
                Err(StoreError::Lost)
            ));
            assert!(matches!(
                Reader::open(&place.path, &key(1)),
                Err(StoreError::Lost)
            ));
            assert!(files(&place) == before, "{content:?}");
        }
    }
}

/// A program that was killed had everything in its log; somebody copied the database without it.
#[test]
fn a_database_whose_only_content_was_in_a_log_that_is_gone_is_lost() {
    let (whole, copy) = (Place::new(), Place::new());
    let mut writer = whole.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    fs::copy(&whole.path, &copy.path).unwrap();
    assert!(matches!(Writer::open(&copy.path, &key(1)), Err(StoreError::Lost)));
}

/// In a process of its own: once SQLite wipes what it frees, it does so until the process ends, and all
/// the other tests wait for it.
#[test]
fn every_setting_is_there_on_the_writer_and_on_a_reader() {
    let ended = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "tests::opening::the_settings"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "only for the test above"]
fn the_settings() {
    settings::WIPES.set(true);
    let place = Place::new();
    let mut writer = place.writer();
    let reader = Reader::open(&place.path, &key(1)).unwrap();
    let tx = writer.transaction().unwrap();
    for (conn, query_only) in [(tx.conn(), "0"), (reader.conn(), "1")] {
        for (name, expected) in [
            ("cipher_status", "1"),
            ("cipher_memory_security", "1"),
            ("cipher_log_level", "NONE"),
            ("temp_store", "2"),
            ("secure_delete", "1"),
            ("journal_mode", "wal"),
            ("mmap_size", "0"),
            ("trusted_schema", "0"),
            ("foreign_keys", "1"),
            ("synchronous", "2"),
            ("busy_timeout", "5000"),
            ("query_only", query_only),
        ] {
            assert_eq!(settings::read(conn, name).unwrap(), expected, "{name}");
        }
        assert!(settings::read(conn, "cipher_version").unwrap().starts_with('4'));
    }
}

#[test]
fn every_table_is_strict_and_has_no_statistics() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let count = |sql: &str| tx.conn().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let ours = "FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'";
    assert_eq!(count(&format!("SELECT count(*) {ours} AND NOT strict")), 0);
    assert!(count(&format!("SELECT count(*) {ours}")) > 10);
    assert_eq!(
        count("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'"),
        0
    );
}

#[cfg(unix)]
#[test]
fn all_files_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.writer().close().unwrap();
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(place.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 3, "database, -wal and -shm");
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_or_a_folder_is_no_database() {
    let place = Place::new();
    let elsewhere = place.folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, &place.path).unwrap();
    assert!(matches!(
        Writer::open(&place.path, &key(1)),
        Err(StoreError::File(_))
    ));
    fs::write(&elsewhere, b"").unwrap();
    assert!(matches!(
        Writer::open(&place.path, &key(1)),
        Err(StoreError::File(_))
    ));
    assert!(matches!(
        Writer::open(place.folder.path(), &key(1)),
        Err(StoreError::File(_))
    ));
}

#[test]
fn another_key_is_refused_and_changes_nothing() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    writer.close().unwrap();
    let before = fs::read(&place.path).unwrap();
    assert!(matches!(
        Writer::open(&place.path, &key(2)),
        Err(StoreError::Unreadable)
    ));
    assert!(matches!(
        Reader::open(&place.path, &key(2)),
        Err(StoreError::Unreadable)
    ));
    assert_eq!(fs::read(&place.path).unwrap(), before);
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1);
    place.writer();
}

#[test]
fn closing_leaves_one_file_and_no_log() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    let wal = place.path.with_extension("db-wal");
    assert!(fs::metadata(&wal).unwrap().len() > 0);
    assert!(writer.checkpoint().unwrap());
    assert_eq!(fs::metadata(&wal).unwrap().len(), 0);
    writer.close().unwrap();
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_reader_in_the_middle_of_a_read_is_noticed_by_checkpoint_and_close() {
    let place = Place::new();
    let mut writer = place.writer();
    let reader = Reader::open(&place.path, &key(1)).unwrap();
    // A statement that is not finished: what the functions of this module never leave behind.
    let mut statement = reader.conn().prepare("SELECT name FROM sqlite_schema").unwrap();
    let mut rows = statement.query([]).unwrap();
    rows.next().unwrap();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    assert!(!writer.checkpoint().unwrap());
    assert!(matches!(writer.close(), Err(StoreError::Busy)));
    drop(rows);
    drop(statement);
    drop(reader);
    let mut writer = place.writer();
    assert_eq!(accounts::all(&writer.transaction().unwrap()).unwrap().len(), 1);
    writer.close().unwrap();
}

#[test]
fn an_idle_reader_is_in_nobodys_way() {
    let place = Place::new();
    let mut writer = place.writer();
    let reader = Reader::open(&place.path, &key(1)).unwrap();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    assert_eq!(accounts::all(&reader).unwrap().len(), 1);
    assert!(writer.checkpoint().unwrap());
    writer.close().unwrap();
    assert_eq!(
        accounts::all(&reader).unwrap().len(),
        1,
        "it reads on when the writer is gone"
    );
}

#[test]
fn a_reader_sees_what_is_committed_while_the_writer_goes_on() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    insert_new(&tx, &incoming(chat, "1", 1));
    tx.commit().unwrap();
    let reader = Reader::open(&place.path, &key(1)).unwrap();
    let rows = |reader: &Reader| messages::history(reader, chat, None, 10).unwrap().len();
    let tx = writer.transaction().unwrap();
    insert_new(&tx, &incoming(chat, "2", 2));
    assert_eq!(
        (
            messages::history(&tx, chat, None, 10).unwrap().len(),
            rows(&reader)
        ),
        (2, 1)
    );
    let second = Reader::open(&place.path, &key(1)).unwrap();
    assert_eq!(rows(&second), 1);
    tx.commit().unwrap();
    assert_eq!((rows(&reader), rows(&second)), (2, 2));
}

#[test]
fn a_reader_cannot_write() {
    let place = Place::new();
    let writer = place.writer();
    let reader = Reader::open(&place.path, &key(1)).unwrap();
    for sql in [
        "DELETE FROM accounts",
        "PRAGMA query_only = OFF; DELETE FROM accounts",
        "CREATE TABLE x (y)",
    ] {
        assert!(reader.conn().execute_batch(sql).is_err(), "{sql}");
    }
    drop(writer);
}

#[test]
fn a_reader_opens_without_a_writer_and_never_makes_a_database() {
    let place = Place::new();
    assert!(matches!(
        Reader::open(&place.path, &key(1)),
        Err(StoreError::Lost)
    ));
    assert!(!place.path.exists());
    fs::write(&place.path, b"").unwrap();
    assert!(matches!(
        Reader::open(&place.path, &key(1)),
        Err(StoreError::Lost)
    ));
    fs::remove_file(&place.path).unwrap();
    place.writer().close().unwrap();
    assert_eq!(
        accounts::all(&Reader::open(&place.path, &key(1)).unwrap())
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_second_writer_is_kept_out_while_the_first_one_writes() {
    let place = Place::new();
    let (mut first, mut second) = (place.writer(), place.writer());
    let tx = second.transaction().unwrap();
    tx.conn().busy_timeout(Duration::ZERO).unwrap();
    drop(tx);
    let tx = first.transaction().unwrap();
    account(&tx);
    assert!(matches!(second.transaction().map(drop), Err(StoreError::Busy)));
    tx.commit().unwrap();
    assert_eq!(accounts::all(&second.transaction().unwrap()).unwrap().len(), 1);
}

#[test]
fn a_dropped_transaction_leaves_no_trace() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    tx.commit().unwrap();
    let tx = writer.transaction().unwrap();
    let dropped = insert_new(&tx, &incoming(chat, "1", 1));
    accounts::set_password(&tx, ana, "another").unwrap();
    drop(tx);
    let tx = writer.transaction().unwrap();
    assert!(messages::history(&tx, chat, None, 10).unwrap().is_empty());
    assert_eq!(messages::get(&tx, dropped).unwrap(), None);
    assert_eq!(
        accounts::get(&tx, ana).unwrap().unwrap().password.as_str(),
        "secret of ana"
    );
    assert_eq!(
        insert_new(&tx, &incoming(chat, "1", 1)),
        dropped,
        "not even a number was used up"
    );
}
