//! How much of the store a frame reads. Statements are counted, not time.

use susurro::api::{Change, Event};
use susurro::model::{Clean, Contact, MessageState, Subscription};
use susurro::store::contacts;

use crate::stage::{COLOUR, Stage, jid, peer};

/// Bob's chat is open and read, Carol has written, nothing waits to be read again.
fn quiet() -> Stage {
    let mut stage = Stage::new((80, 24), COLOUR);
    stage.said_by("carol@mired.test", "hello");
    stage.bob("hello");
    stage.start();
    stage.online();
    stage.type_in("/chat bob@mired.test");
    stage.press(&["Enter"]);
    rest(&mut stage);
    // From here on the view follows what comes.
    stage.bob("are you there?");
    rest(&mut stage);
    stage
}

/// Settles until nothing is stale.
fn rest(stage: &mut Stage) {
    for _ in 0..5 {
        if stage.counted_settle() == 0 {
            return;
        }
    }
    panic!("every frame reads something");
}

#[test]
fn a_frame_reads_nothing_if_nothing_changed() {
    assert_eq!(quiet().counted_settle(), 0);
}

#[test]
fn a_frame_while_messages_come_reads_their_chats_and_the_rows_in_sight() {
    let mut stage = quiet();
    stage.bob("one");
    stage.bob("two");
    // Whether they are there, their chats, what is queued, the newest messages of the open chat, what people
    // think of them, and its lines.
    assert_eq!(stage.counted_settle(), 6);
    // That they are read the core tells of that chat alone.
    assert_eq!(stage.counted_settle(), 3);
    assert_eq!(stage.counted_settle(), 0);
    assert!(stage.text().contains("two"));
    // In a chat that is not open.
    stage.said_by("carol@mired.test", "and you?");
    assert_eq!(stage.counted_settle(), 6);
    assert_eq!(
        stage
            .app()
            .list_pane
            .list
            .find(&peer("carol@mired.test"))
            .unwrap()
            .unread,
        2
    );
    assert_eq!(stage.counted_settle(), 0);
}

#[test]
fn a_message_of_ours_reads_no_more() {
    let mut stage = quiet();
    stage.own("mine", MessageState::Sent);
    assert_eq!(stage.counted_settle(), 6);
    assert_eq!(stage.counted_settle(), 0);
}

#[test]
fn the_keys_of_others_do_not_read_names_again() {
    let mut stage = quiet();
    stage.event(Event::Changed(Change::Devices(jid("carol@mired.test"))));
    let keys = stage.counted_settle();
    stage.event(Event::Changed(Change::Contacts));
    let all = stage.counted_settle();
    // The walk over all keys, all chats, and what is queued.
    assert_eq!(keys, 5);
    assert!(all > 2 * keys, "{all}");
}

/// Carol is put into the roster under this name, as by a push.
fn push_carol(stage: &mut Stage, name: &str, subscription: Subscription) {
    let carol = Contact {
        jid: jid("carol@mired.test"),
        name: Some(Clean::line(name)),
        in_roster: true,
        subscription,
        asked: false,
        requests: false,
    };
    stage.store(|tx, account| contacts::put(tx, account, &carol).unwrap());
    stage.event(Event::Changed(Change::Contact(carol.jid)));
}

#[test]
fn a_push_of_one_contact_reads_that_contact_alone() {
    let mut stage = quiet();
    // The contact, and what is queued: neither all contacts, nor chats, keys or the history.
    for (name, subscription) in [
        ("Carol", Subscription::None),
        ("Carol", Subscription::Both),
        ("Caroline", Subscription::Both),
    ] {
        push_carol(&mut stage, name, subscription);
        assert_eq!(stage.counted_settle(), 2, "{name} {subscription:?}");
        assert_eq!(stage.counted_settle(), 0);
    }
    assert!(stage.text().contains("Caroline"));
    // Only where two look alike all names are read.
    push_carol(&mut stage, "Bob", Subscription::Both);
    assert!(stage.counted_settle() > 2);
    let carol = stage.app().list_pane.list.find(&peer("carol@mired.test"));
    assert_eq!(carol.unwrap().name, "Bob (carol@mired.test)");
}
