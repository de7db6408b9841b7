//! Requests of strangers, and who is blocked.

use super::{account, chat, incoming, insert_new, jid, peer};
use crate::{Writer, blocked, chats, contacts, messages};
use model::{Author, Contact, Jid, Peer, Subscription};

#[test]
fn a_request_is_taken_up_once_and_by_the_roster_too() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (eve, bob) = (jid("eve@evil.test"), jid("bob@mired.test"));
    let waits = chats::open_request(&tx, &Peer::new(ana, eve.clone())).unwrap();
    assert!(waits.request && waits.encrypted);
    assert!(
        chats::open(&tx, &Peer::new(ana, eve.clone())).unwrap().request,
        "opening is not accepting"
    );
    let known = chats::open(&tx, &Peer::new(ana, bob.clone())).unwrap();
    assert!(
        !chats::open_request(&tx, &Peer::new(ana, bob.clone()))
            .unwrap()
            .request
    );
    assert_eq!(chats::requests(&tx, ana).unwrap(), 1);
    assert!(chats::accept(&tx, waits.id).unwrap());
    assert!(!chats::accept(&tx, waits.id).unwrap());
    assert!(!chats::accept(&tx, known.id).unwrap());
    assert_eq!(chats::requests(&tx, ana).unwrap(), 0);
    let carol = jid("carol@mired.test");
    chats::open_request(&tx, &Peer::new(ana, carol.clone())).unwrap();
    contacts::set_request(&tx, ana, &carol, true).unwrap();
    assert!(
        !chats::accept_contacts(&tx, ana).unwrap(),
        "asking is not being a contact"
    );
    let contact = Contact {
        jid: carol.clone(),
        name: None,
        in_roster: true,
        subscription: Subscription::None,
        asked: false,
        requests: false,
    };
    contacts::put(&tx, ana, &contact).unwrap();
    assert!(chats::accept_contacts(&tx, ana).unwrap());
    assert!(
        !chats::by_peer(&tx, &Peer::new(ana, carol.clone()))
            .unwrap()
            .unwrap()
            .request
    );
}

#[test]
fn only_what_was_seen_makes_room() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let first = insert_new(&tx, &incoming(bobs, "1", 1));
    let second = insert_new(&tx, &incoming(bobs, "2", 2));
    assert!(chats::make_room(&tx, bobs, 3).unwrap());
    assert!(!chats::make_room(&tx, bobs, 2).unwrap(), "nothing was seen");
    let up_to = messages::get(&tx, first).unwrap().unwrap().position;
    messages::set_read(&tx, bobs, up_to).unwrap();
    assert!(chats::make_room(&tx, bobs, 2).unwrap());
    let left = messages::history(&tx, bobs, None, 10).unwrap();
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [second]);
    // The same of whole requests.
    let requests = ["one@evil.test", "two@evil.test"].map(|eve| {
        let id = chats::open_request(&tx, &peer(ana, eve)).unwrap().id;
        let mut row = incoming(id, "m", 1);
        row.author = Author::Contact(jid(eve));
        (id, insert_new(&tx, &row))
    });
    assert_eq!(chats::oldest_seen_request(&tx, ana).unwrap(), None);
    messages::set_listened(&tx, requests[1].1, true, 0).unwrap();
    assert_eq!(chats::oldest_seen_request(&tx, ana).unwrap(), Some(requests[1].0));
}

#[test]
fn an_address_a_person_or_a_server_is_blocked_and_nobody_else() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let full = |text: &str| Jid::new(text).unwrap();
    let covers = |from: &str| blocked::covers(&tx, ana, &full(from)).unwrap();
    for jid in ["eve@evil.test", "spam.test", "bob@mired.test/phone"] {
        blocked::put(&tx, ana, &full(jid), true).unwrap();
    }
    for from in [
        "eve@evil.test",
        "eve@evil.test/x",
        "spam.test",
        "spam.test/x",
        "anybody@spam.test/y",
        "bob@mired.test/phone",
    ] {
        assert!(covers(from), "{from}");
    }
    for from in [
        "evil.test",
        "mallory@evil.test",
        "bob@mired.test",
        "bob@mired.test/desk",
        "x@sub.spam.test",
    ] {
        assert!(!covers(from), "{from}");
    }
    blocked::put(&tx, ana, &full("here@evil.test"), false).unwrap();
    blocked::replace_server(&tx, ana, &[full("new@evil.test")]).unwrap();
    let all: Vec<(String, bool)> = blocked::all(&tx, ana)
        .unwrap()
        .into_iter()
        .map(|entry| (entry.jid.to_string(), entry.at_server))
        .collect();
    assert_eq!(
        all,
        [
            ("here@evil.test".to_owned(), false),
            ("new@evil.test".to_owned(), true)
        ]
    );
    blocked::remove(&tx, ana, &full("new@evil.test")).unwrap();
    assert!(!covers("new@evil.test") && covers("here@evil.test/x"));
}
