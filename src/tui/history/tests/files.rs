//! Files in the history: one line each, at any width.

use super::*;
use api::Transfer;
use model::{FileId, ReplyTo};

const SIZES: [(u16, u16); 3] = [(100, 12), (58, 12), (30, 12)];

/// What the table has of a file of this message.
fn bring(tx: &Transaction<'_>, message: MessageId, columns: &str, values: &str) -> FileId {
    use store::Reads;
    let sql = format!(
        "INSERT INTO files (account, message, number, {columns})
         SELECT 1, {0}, count(*), {values} FROM files WHERE message = {0}",
        message.0
    );
    tx.conn().execute_batch(&sql).unwrap();
    let id = FileId(tx.conn().last_insert_rowid());
    let counts = format!(
        "UPDATE messages SET body = NULL, files = files + 1 WHERE id = {}",
        message.0
    );
    tx.conn().execute_batch(&counts).unwrap();
    id
}

const COLUMNS: &str = "name, media_type, size, url, secret, state";

fn pictures(scene: &mut Scene) -> String {
    let mut all = String::new();
    for size in SIZES {
        let mut history = scene.open(size);
        for line in shown(scene, &mut history, size) {
            all.push_str(&format!("{line}\n"));
        }
        all.push_str("═════\n");
    }
    all
}

/// Files in every state.
fn all_states() -> Scene {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        let cat = put(tx, &who.bob_says("a file"));
        let from = "'https://up.mired.test/a/b.jpg', x'00'";
        bring(
            tx,
            cat,
            COLUMNS,
            &format!("'the cat on the roof.jpg', 'image/jpeg', 1258291, {from}, 0"),
        );
        bring(
            tx,
            cat,
            COLUMNS,
            &format!("'notes.txt', 'text/plain', 812, {from}, 2"),
        );
        let doubtful = NewMessage {
            trust: Some(Trust::Undecided),
            ..who.bob_says("a file")
        };
        let voice = put(tx, &doubtful);
        bring(
            tx,
            voice,
            COLUMNS,
            &format!("NULL, 'audio/ogg', 40000, {from}, 1"),
        );
        let clear = NewMessage {
            protection: Protection::Clear,
            trust: None,
            ..who.bob_says("a file")
        };
        let clear = put(tx, &clear);
        bring(
            tx,
            clear,
            COLUMNS,
            "'plan.pdf', 'application/pdf', 3145728, 'https://other.test/plan.pdf', NULL, 0",
        );
    });
    and_ours(&mut scene);
    scene
}

/// One that goes out, and one that was deleted.
fn and_ours(scene: &mut Scene) {
    scene.change(|tx, who| {
        let from = "'https://up.mired.test/a/b.jpg', x'00'";
        let queued = NewMessage {
            state: MessageState::Queued,
            ..who.ana_says("a file")
        };
        let ours = put(tx, &queued);
        let up = bring(
            tx,
            ours,
            COLUMNS,
            "'holidays.mp4', 'video/mp4', 73400320, NULL, NULL, 2",
        );
        assert_eq!(up, FileId(5));
        let gone = put(tx, &who.bob_says("a file"));
        bring(
            tx,
            gone,
            COLUMNS,
            &format!("'old.zip', 'application/zip', 100, {from}, 4"),
        );
        put(tx, &who.bob_says("That is all."));
    });
}

#[test]
fn each_file_is_one_line_that_says_what_it_is_and_how_far_it_has_come() {
    let mut scene = all_states();
    let transfer = Transfer {
        file: FileId(5),
        leaves: true,
        done: 36_700_160,
        total: Some(73_400_336),
        waits: false,
    };
    scene
        .transfers
        .on_transfer(Transfer { done: 0, ..transfer }, at("2026-11-20T12:00:00Z"));
    scene.transfers.on_transfer(transfer, at("2026-11-20T12:00:10Z"));
    insta::assert_snapshot!(pictures(&mut scene));
}

#[test]
fn an_answer_to_a_file_names_it() {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        let cat = NewMessage {
            stanza_id: "cat".to_owned(),
            ..who.bob_says("a file")
        };
        let cat = put(tx, &cat);
        bring(
            tx,
            cat,
            COLUMNS,
            "'cat.jpg', 'image/jpeg', 10, 'https://up.mired.test/c', x'00', 0",
        );
        let answer = put(tx, &who.ana_says("How sweet"));
        let to = ReplyTo {
            id: "cat".to_owned(),
            author: Some(who.bob.clone()),
        };
        messages::set_reply(tx, answer, &to).unwrap();
    });
    let size = (58, 6);
    let mut history = scene.open(size);
    let lines = shown(&mut scene, &mut history, size);
    assert!(
        lines.iter().any(|line| line.ends_with("bob: cat.jpg")),
        "{lines:#?}"
    );
}
