//! Every message appears once (law 9).

use super::super::messages::{self, Inserted, NewMessage};
use super::super::{Writer, chats};
use super::history::with_server_id;
use super::{chat, incoming, insert_new, jid, outgoing};
use crate::model::ChatId;

/// The three copies of one message, as the roads bring them: live without the server's id, from the archive with it, and
/// by a road that lost the sender's own id.
fn copies(chat: ChatId) -> [NewMessage; 3] {
    let live = incoming(chat, "origin-1", 10);
    let archived = with_server_id(incoming(chat, "origin-1", 11), "server-1");
    let renamed = with_server_id(incoming(chat, "", 12), "server-1");
    [live, archived, renamed]
}

#[test]
fn a_message_appears_once_whichever_roads_brought_it_in_any_order() {
    // The live and the renamed copy share nothing; only a road with both ids between them ties them together.
    for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0], [2, 1, 2], [0, 1, 0], [1, 1, 2]] {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (_, chat) = chat(&tx);
        let copies = copies(chat);
        let first = insert_new(&tx, &copies[order[0]]);
        for next in &order[1..] {
            let again = messages::insert(&tx, &copies[*next]).unwrap();
            assert_eq!(again, Inserted::Duplicate(first), "order {order:?}, copy {next}");
        }
        let rows = messages::history(&tx, chat, None, 10).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            rows[0].time, copies[order[0]].time,
            "the first copy stays as it is"
        );
    }
}

#[test]
fn ids_are_per_sender_and_per_chat() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let other = chats::open(&tx, ana, &jid("carol@mired.test")).unwrap().id;
    let bobs = insert_new(&tx, &with_server_id(incoming(chat, "same", 1), "server"));
    let own = insert_new(&tx, &outgoing(chat, "same", 2));
    insert_new(&tx, &with_server_id(incoming(other, "same", 3), "server"));
    let bob = jid("bob@mired.test");
    assert_eq!(messages::find(&tx, chat, &bob, "same", None).unwrap(), Some(bobs));
    assert_eq!(
        messages::find(&tx, chat, &jid("ana@mired.test"), "same", None).unwrap(),
        Some(own)
    );
    assert_eq!(
        messages::find(&tx, chat, &bob, "no such", Some("server")).unwrap(),
        Some(bobs)
    );
    assert_eq!(
        messages::find(&tx, chat, &bob, "no such", Some("no such")).unwrap(),
        None
    );
    assert_eq!(messages::find(&tx, chat, &bob, "no such", None).unwrap(), None);
    assert_eq!(
        messages::by_stanza_id(&tx, chat, "same").unwrap(),
        Some(own),
        "the newest"
    );
    assert_eq!(messages::by_stanza_id(&tx, chat, "no such").unwrap(), None);
}

#[test]
fn messages_without_an_id_are_different_messages() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let nameless = with_server_id(incoming(chat, "", 1), "");
    insert_new(&tx, &nameless);
    insert_new(&tx, &nameless);
    assert_eq!(
        messages::find(&tx, chat, &jid("bob@mired.test"), "", Some("")).unwrap(),
        None
    );
    assert_eq!(messages::by_stanza_id(&tx, chat, "").unwrap(), None);
    let rows = messages::history(&tx, chat, None, 10).unwrap();
    assert_eq!(rows.iter().filter(|row| row.server_id.is_none()).count(), 2);
}

#[test]
fn a_server_id_belongs_to_one_row() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let server_id = |id| messages::get(&tx, id).unwrap().unwrap().server_id;
    let first = insert_new(&tx, &incoming(chat, "1", 1));
    let second = insert_new(&tx, &incoming(chat, "2", 2));
    messages::set_server_id(&tx, first, "server-1").unwrap();
    messages::set_server_id(&tx, second, "server-1").unwrap();
    assert_eq!(
        (server_id(first).as_deref(), server_id(second)),
        (Some("server-1"), None)
    );
    // Two rows that one copy joins: both stay, the copy adds nothing.
    let joining = with_server_id(incoming(chat, "2", 3), "server-1");
    assert_eq!(
        messages::insert(&tx, &joining).unwrap(),
        Inserted::Duplicate(second)
    );
    assert_eq!(server_id(second), None);
}
