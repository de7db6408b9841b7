use super::*;
use crate::recipients::fixture::*;
use model::{Author, Clean, FileId, MessageState, Protection};
use store::messages::{Inserted, NewMessage};

fn with_files(stage: &mut Stage) -> Peer {
    let peer = Peer::new(stage.account, jid("bob@mired.test"));
    let bob = peer.clone();
    stage.write(|tx| {
        use store::Reads;
        let chat = chats::open(tx, &bob).unwrap().id;
        let message = NewMessage {
            chat,
            author: Author::Contact(bob.address.clone()),
            stanza_id: "1".to_owned(),
            server_id: None,
            time: "2026-11-19T09:12:00Z".parse().unwrap(),
            body: Some(Clean::new("a file")),
            unreadable: None,
            unstyled: false,
            markable: false,
            protection: Protection::OmemoLegacy,
            device: None,
            fingerprint: None,
            trust: None,
            state: MessageState::Received,
        };
        let Inserted::New(id) = messages::insert(tx, &message).unwrap() else {
            panic!("a duplicate");
        };
        let insert = format!(
            "INSERT INTO files (account, message, number, name, media_type, size, url, secret, state, container, stored)
             VALUES (1, {0}, 0, 'cat.jpg', 'image/jpeg', 2048, 'https://up.mired.test/a', x'00', 2, zeroblob(16), 4096),
                    (1, {0}, 1, '../../a\"b', NULL, NULL, 'https://up.mired.test/b', x'00', 0, NULL, NULL)",
            id.0
        );
        tx.conn().execute_batch(&insert).unwrap();
        let counts = format!("UPDATE messages SET body = NULL, files = 2 WHERE id = {}", id.0);
        tx.conn().execute_batch(&counts).unwrap();
    });
    peer
}

fn picture(stage: &mut Stage, page: &mut Box<dyn Page>) -> String {
    stage.picture(60, 6, |world, area, buf| {
        page.draw(world, area, buf);
    })
}

fn press(stage: &mut Stage, page: &mut Box<dyn Page>, name: &str) -> Vec<Ask> {
    stage.look(|world| page.on_key(key(name), world).unwrap())
}

#[test]
fn files_are_listed_and_what_is_done_is_done_with_the_one_that_was_seen() {
    let mut stage = Stage::new();
    let peer = with_files(&mut stage);
    let mut page = stage.look(|world| page(world, &peer).unwrap());
    assert!(
        page.title().starts_with("Files: 2, 1 here (4.0 KiB)"),
        "{}",
        page.title()
    );
    assert_eq!(press(&mut stage, &mut page, "x"), []);
    let seen = picture(&mut stage, &mut page);
    assert!(seen.contains("▸ cat.jpg · picture · 2.0 KiB · here"), "{seen}");
    assert!(seen.contains("at up.mired.test"), "{seen}");
    let go = vec![Ask::File(FileDeed::Go(Some(FileId(1))))];
    assert_eq!(press(&mut stage, &mut page, "Enter"), go);
    assert!(matches!(
        press(&mut stage, &mut page, "x").as_slice(),
        [Ask::Say(_)]
    ));
    let deleted = press(&mut stage, &mut page, "x");
    let delete = Command::File(FileCommand::Delete(FileId(1)));
    assert!(matches!(deleted.as_slice(), [Ask::Command { command, .. }] if *command == delete));
    press(&mut stage, &mut page, "Down");
    picture(&mut stage, &mut page);
    // Nothing of it is here.
    assert_eq!(press(&mut stage, &mut page, "x"), []);
    let line = "/save ~/Downloads/_.._a_b".to_owned();
    let id = FileId(2);
    assert_eq!(
        press(&mut stage, &mut page, "s"),
        [Ask::File(FileDeed::TakeInHand { id, line })]
    );
}

#[test]
fn names_that_others_chose_lead_nowhere_else() {
    for (name, saved) in [
        ("/etc/passwd", "_etc_passwd"),
        ("..", "file"),
        (".bashrc", "bashrc"),
        ("", "file"),
        ("a b.jpg", "a b.jpg"),
    ] {
        let file = MessageFile {
            id: FileId(1),
            message: model::MessageId(1),
            number: 0,
            name: Some(Clean::new(name)),
            media_type: None,
            size: None,
            sha256: None,
            host: None,
            encrypted: true,
            state: FileState::Here,
            failure: None,
            container: None,
            stored: None,
        };
        let line = format!("/save ~/Downloads/{saved}");
        assert_eq!(save(&file), FileDeed::TakeInHand { id: FileId(1), line });
    }
}

#[test]
fn the_storage_page_counts_each_chat_and_deletes_what_is_here() {
    let mut stage = Stage::new();
    let peer = with_files(&mut stage);
    let mut page = stage.look(|world| crate::pages::storage::page(world).unwrap());
    assert_eq!(page.title(), "Storage: 4.0 KiB of files");
    let seen = picture(&mut stage, &mut page);
    assert!(seen.contains("4.0 KiB · 1 file"), "{seen}");
    assert!(matches!(
        press(&mut stage, &mut page, "x").as_slice(),
        [Ask::Say(_)]
    ));
    let deleted = press(&mut stage, &mut page, "x");
    let delete = Command::File(FileCommand::Delete(FileId(1)));
    assert!(matches!(deleted.as_slice(), [Ask::Command { command, .. }, Ask::Say(_)] if *command == delete));
    let shown = vec![Ask::Show(crate::ask::PageName::Files(peer))];
    assert_eq!(press(&mut stage, &mut page, "Enter"), shown);
}
