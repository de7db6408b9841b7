//! What strangers write first waits as a request: kept and readable, but nothing goes out to them by itself.

use susurro::api::{Command, Remembered};
use susurro::model::{BareJid, Clean, Direction};
use susurro::omemo::Dialect;
use susurro::store::chats;

use crate::client::chat;
use crate::dialects::tell;
use crate::robot::Robot;
use crate::server::text;
use crate::world::{ANA, BOB, CAROL, EVE, World};

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

/// A message in clear from anybody; it asks for a receipt.
pub fn says(world: &mut World, from: &str, id: &str, body: &str) {
    let stanza = format!(
        "<message xmlns='jabber:client' type='chat' from='{from}/x' to='{ANA}' id='{id}'><body>{body}</body>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    );
    world.deliver(0, &stanza);
    world.settle();
}

/// Whose messages wait.
pub fn waiting(world: &mut World) -> Vec<String> {
    world.clients[0].read(|tx, account| {
        let all = chats::waiting(tx, account).unwrap();
        all.iter().map(|chat| chat.peer.address.to_string()).collect()
    })
}

fn unread(world: &mut World, peer: &str) -> u64 {
    world.clients[0].read(|tx, account| {
        let all = chats::overview(tx, account).unwrap();
        let chat = all.iter().find(|chat| chat.chat.peer.address.as_str() == peer);
        chat.map_or(0, |chat| chat.unread)
    })
}

/// What Ana's client sent that names this address.
fn sent_to(world: &World, peer: &str) -> Vec<String> {
    let theirs = world
        .server
        .log
        .iter()
        .filter(|(from, stanza)| from == ANA && stanza.attr("to").is_some_and(|to| to.starts_with(peer)));
    theirs.map(|(_, stanza)| text(stanza)).collect()
}

#[test]
fn a_stranger_waits_and_is_answered_by_nothing_until_taken_up() {
    let mut world = World::online(1, &[ANA, BOB]);
    world.send(1, ANA, "hello from a contact");
    world.settle();
    says(&mut world, EVE, "m1", "hello, stranger");
    says(&mut world, EVE, "m2", "are you there?");
    assert_eq!(waiting(&mut world), [EVE]);
    assert_eq!(
        world.clients[0].bodies(EVE),
        ["hello, stranger", "are you there?"]
    );
    assert_eq!(unread(&mut world, EVE), 2);
    assert!(sent_to(&world, EVE).is_empty(), "{:?}", sent_to(&world, EVE));
    // A device list that she sends by herself is nothing to us.
    let list = "<items node='urn:xmpp:omemo:2:devices'><item id='current'><devices xmlns='urn:xmpp:omemo:2'>\
                <device id='7'/></devices></item></items>";
    let event = format!(
        "<message xmlns='jabber:client' type='headline' from='{EVE}' to='{ANA}'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'>{list}</event></message>"
    );
    world.deliver(0, &event);
    world.settle();
    let known = world.clients[0]
        .read(|tx, account| susurro::store::omemo::list_known(tx, account, &jid(EVE)).unwrap());
    assert!(!known && sent_to(&world, EVE).is_empty());
    // Taken up it is a chat; still nobody is told.
    world.command(0, Command::AcceptRequest(chat(EVE)));
    world.settle();
    assert_eq!(waiting(&mut world), Vec::<String>::new());
    assert!(world.clients[0].last_failure().is_none());
    assert!(sent_to(&world, EVE).is_empty());
    says(&mut world, EVE, "m3", "still there?");
    assert_eq!(world.clients[0].bodies(EVE).len(), 3);
    assert!(sent_to(&world, EVE).is_empty());
}

#[test]
fn writing_to_a_stranger_takes_the_request_up() {
    let mut world = World::online(2, &[ANA, BOB]);
    says(&mut world, EVE, "m1", "hello");
    // Looking at it, and half an answer, do not.
    for what in [
        Remembered::Current,
        Remembered::Draft {
            text: Clean::new("I do not kn"),
            about: None,
        },
    ] {
        world.command(
            0,
            Command::Remember {
                chat: chat(EVE),
                what,
            },
        );
    }
    assert_eq!(waiting(&mut world), [EVE]);
    world.send(0, EVE, "who are you?");
    assert_eq!(waiting(&mut world), Vec::<String>::new());
}

#[test]
fn what_another_device_wrote_or_added_takes_it_up_too() {
    let mut world = World::online(3, &[ANA, BOB]);
    says(&mut world, EVE, "m1", "hello");
    says(&mut world, "mallory@evil.test", "m1", "hello");
    let carbon = format!(
        "<message xmlns='jabber:client' from='{ANA}' to='{ANA}/susurro.0'><sent xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' id='c1' from='{ANA}/phone' \
         to='{EVE}'><body>from my phone</body></message></forwarded></sent></message>"
    );
    world.deliver(0, &carbon);
    world.settle();
    assert_eq!(waiting(&mut world), ["mallory@evil.test"]);
    assert_eq!(
        world.clients[0].history(EVE).pop().unwrap().direction(),
        Direction::Out
    );
    let push = "<iq xmlns='jabber:client' type='set' id='p1'><query xmlns='jabber:iq:roster'>\
                <item jid='mallory@evil.test' subscription='none'/></query></iq>";
    world.deliver(0, push);
    world.settle();
    assert_eq!(waiting(&mut world), Vec::<String>::new());
}

#[test]
fn a_contact_is_no_stranger_whatever_the_subscription() {
    let mut world = World::online(4, &[ANA, BOB]);
    let push = "<iq xmlns='jabber:client' type='set' id='p1'><query xmlns='jabber:iq:roster'>\
                <item jid='carol@mired.test' subscription='none' ask='subscribe'/></query></iq>";
    world.deliver(0, push);
    says(&mut world, CAROL, "m1", "you asked me");
    world.send(1, ANA, "hello");
    world.settle();
    assert_eq!(waiting(&mut world), Vec::<String>::new());
}

#[test]
fn a_sealed_first_message_waits_as_well_and_completes_nothing() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(EVE, 66, 5);
        let mut world = World::online(5, &[ANA]);
        world.server.add_account(EVE);
        robot.publish_in(dialect, &mut world);
        let ana = world.clients[0].device();
        robot.begin_in(dialect, &world, ANA, ana);
        tell(&mut world, &mut robot, dialect, "m1", "sealed by a stranger");
        assert_eq!(world.clients[0].bodies(EVE), ["sealed by a stranger"]);
        assert_eq!(waiting(&mut world), [EVE]);
        assert!(sent_to(&world, EVE).is_empty(), "{:?}", sent_to(&world, EVE));
    }
}

/// What strangers write, each a message of his own.
fn flood(world: &mut World, from: impl Iterator<Item = (String, String)>) {
    for (n, (from, id)) in from.enumerate() {
        let stanza = format!(
            "<message xmlns='jabber:client' type='chat' from='{from}/x' to='{ANA}' id='{id}'><body>{id}</body></message>"
        );
        world.deliver(0, &stanza);
        if n % 100 == 0 {
            world.settle();
        }
    }
    world.settle();
}

#[test]
fn strangers_are_bounded_and_what_is_left_out_is_told() {
    let mut world = World::online(6, &[ANA]);
    flood(
        &mut world,
        (0..1003).map(|n| (format!("s{n}@evil.test"), "m".to_owned())),
    );
    assert_eq!(waiting(&mut world).len(), 1000);
    let notices = world.clients[0].notices();
    assert!(
        notices
            .iter()
            .any(|notice| notice.contains("Strangers write more")),
        "{notices:?}"
    );
    // What was read or printed makes room for others.
    let up_to = world.clients[0].history("s500@evil.test").pop().unwrap().position;
    let chat = chat("s500@evil.test");
    let what = Remembered::Read(up_to);
    world.command(0, Command::Remember { chat, what });
    says(&mut world, "late@evil.test", "m", "room for one");
    says(&mut world, "later@evil.test", "m", "and no more");
    let waits = waiting(&mut world);
    assert_eq!(waits.len(), 1000);
    assert!(waits.contains(&"late@evil.test".to_owned()));
    assert!(!waits.contains(&"s500@evil.test".to_owned()) && !waits.contains(&"later@evil.test".to_owned()));
    // Nobody deleted it, so nothing is remembered of it.
    let chat = crate::client::chat("s501@evil.test");
    let up_to = world.clients[0].history("s501@evil.test").pop().unwrap().position;
    let what = Remembered::Read(up_to);
    world.command(0, Command::Remember { chat, what });
    says(&mut world, "s500@evil.test", "m", "m");
    assert_eq!(world.clients[0].bodies("s500@evil.test"), ["m"]);
    // And a contact is never among them.
    world.deliver(
        0,
        "<iq xmlns='jabber:client' type='set' id='p1'><query xmlns='jabber:iq:roster'><item jid='bob@mired.test' \
         subscription='both'/></query></iq>",
    );
    says(&mut world, BOB, "m", "I am no stranger");
    assert_eq!(world.clients[0].bodies(BOB), ["I am no stranger"]);
}

#[test]
fn one_stranger_alone_fills_nothing_either() {
    let mut world = World::online(7, &[ANA]);
    flood(&mut world, (0..1005).map(|n| (EVE.to_owned(), format!("n{n}"))));
    assert_eq!(world.clients[0].history(EVE).len(), 1000);
    let notices = world.clients[0].notices();
    assert!(
        notices
            .iter()
            .any(|notice| notice.contains("Strangers write more")),
        "{notices:?}"
    );
}
