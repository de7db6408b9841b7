//! Text that others would throw away for its type or its place: it is a row.

use susurro::model::{ChatEventKind, MessageState, UnreadableReason};
use susurro::omemo::Dialect;

use crate::copies::inject;
use crate::dialects::{BOTH, OMEMO2, meet, tell};
use crate::robot::Robot;
use crate::server::xml;
use crate::world::{ANA, BOB, CAROL, EVE, World};

fn deliver(world: &mut World, attributes: &str, inside: &str) {
    let stanza = format!("<message xmlns='jabber:client' to='{ANA}' {attributes}>{inside}</message>");
    world.deliver(0, &stanza);
    world.settle();
}

#[test]
fn an_announcement_of_the_server_is_a_row_with_both_its_texts() {
    let mut world = World::online(1, &[ANA]);
    let texts = "<subject>Maintenance</subject><body>server goes down at 22:00</body>";
    for _ in 0..2 {
        deliver(&mut world, "from='mired.test' type='headline' id='m1'", texts);
    }
    let expected = ["Subject: Maintenance\nserver goes down at 22:00"];
    assert_eq!(world.clients[0].bodies("mired.test"), expected);
}

#[test]
fn a_text_is_shown_wherever_it_stands() {
    let mut world = World::online(2, &[ANA]);
    let rich = "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>do you see \
                xhtml</body></html>";
    let link = "<x xmlns='jabber:x:oob'><url>https://mired.test/f/cat.jpg</url></x>";
    let event = "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='x'/></event><body>beside an event</body>";
    for (attributes, inside) in [
        ("id='m2'", "<subject>call me back</subject>"),
        (
            "type='normal' id='m7'",
            "<subject>Invoice 42</subject><body>see subject</body>",
        ),
        ("type='chat' id='m5'", rich),
        ("type='chat' id='m13'", link),
        ("type='headline' id='m14'", "<body>news</body>"),
        ("type='chat' id='m15'", event),
    ] {
        deliver(&mut world, &format!("from='{BOB}/x' {attributes}"), inside);
    }
    let expected = [
        "Subject: call me back",
        "Subject: Invoice 42\nsee subject",
        "do you see xhtml",
        "https://mired.test/f/cat.jpg",
        "news",
        "beside an event",
    ];
    assert_eq!(world.clients[0].bodies(BOB), expected);
}

#[test]
fn a_contact_who_gets_the_type_wrong_is_read_and_a_room_that_we_are_not_in_is_not() {
    let mut world = World::online(3, &[ANA, BOB]);
    deliver(
        &mut world,
        &format!("from='{BOB}/x' type='groupchat' id='g1'"),
        "<body>oops</body>",
    );
    deliver(
        &mut world,
        "from='room@rooms.mired.test/nick' type='groupchat' id='g2'",
        "<body>noise</body>",
    );
    assert_eq!(world.clients[0].bodies(BOB), ["oops"]);
    assert!(world.clients[0].bodies("room@rooms.mired.test").is_empty());
}

#[test]
fn a_resource_that_we_cannot_read_keeps_nobody_from_being_read() {
    let mut world = World::online(4, &[ANA]);
    deliver(
        &mut world,
        "from='bob@mired.test/🙌' type='chat' id='m30'",
        "<body>from a happy phone</body>",
    );
    let to_a_gone_one = format!(
        "<message xmlns='jabber:client' from='{BOB}/x' to='{ANA}/🙌' type='chat' id='m32'><body>to a gone one</body></message>"
    );
    world.deliver(0, &to_a_gone_one);
    world.settle();
    assert_eq!(
        world.clients[0].bodies(BOB),
        ["from a happy phone", "to a gone one"]
    );
    // It is a resource still: that one leaves does not make another one leave.
    let from = |resource: &str, kind: &str| {
        xml(&format!(
            "<presence xmlns='jabber:client' from='{CAROL}/{resource}' to='{ANA}' {kind}/>"
        ))
    };
    world.clients[0].events.clear();
    for stanza in [from("pc", ""), from("🙌", ""), from("🙌", "type='unavailable'")] {
        inject(&mut world, &stanza);
    }
    let gone = world.clients[0]
        .events
        .iter()
        .any(|event| format!("{event:?}").contains("available: false"));
    assert!(!gone, "{:?}", world.clients[0].events);
}

#[test]
fn a_message_from_there_is_opened_too() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 5);
        let mut world = meet(5, &mut [(&mut robot, BOTH)]);
        let ana = world.clients[0].device();
        robot.begin_in(dialect, &world, ANA, ana);
        let letter = robot.write(dialect, (ANA, ana), world.now, "sealed, from a happy phone");
        let mut stanza = robot.stanza(ANA, "m1", &letter);
        stanza.set_attr(
            minidom::rxml::Namespace::NONE,
            "from".try_into().unwrap(),
            "bob@mired.test/🙌",
        );
        inject(&mut world, &stanza);
        assert_eq!(world.clients[0].bodies(BOB), ["sealed, from a happy phone"]);
    }
}

#[test]
fn an_envelope_is_read_wherever_its_words_stand() {
    let mut robot = Robot::new(BOB, 77, 6);
    let mut world = meet(6, &mut [(&mut robot, OMEMO2)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    let ana = world.clients[0].device();
    for (id, inside) in [
        ("m2", "<subject xmlns='jabber:client'>only</subject>"),
        (
            "m3",
            "<x xmlns='jabber:x:oob'><url>https://mired.test/f/cat.jpg</url></x>",
        ),
        (
            "m4",
            "<opt-out xmlns='urn:xmpp:omemo:2'/><body xmlns='jabber:client'>and why</body>",
        ),
    ] {
        let content = xml(&format!("<content xmlns='urn:xmpp:sce:1'>{inside}</content>"));
        let plaintext = robot.envelope(ANA, world.now, content.children().cloned().collect());
        let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
        let stanza = robot.stanza(ANA, id, &letter);
        inject(&mut world, &stanza);
    }
    let expected = [
        "hello",
        "Subject: only",
        "https://mired.test/f/cat.jpg",
        "and why",
    ];
    assert_eq!(world.clients[0].bodies(BOB), expected);
    let asked = [(ChatEventKind::OptOut, String::new())];
    assert_eq!(world.clients[0].events(BOB), asked);
}

/// XEP-0393 §7. In OMEMO 2 it counts inside the envelope only, as all that belongs to the words does.
#[test]
fn a_text_that_is_to_be_shown_as_it_is_is_known_by_that() {
    const HINT: &str = "<unstyled xmlns='urn:xmpp:styling:0'/>";
    let mut robot = Robot::new(BOB, 77, 7);
    let mut world = meet(7, &mut [(&mut robot, BOTH)]);
    let hint = || xml(HINT);
    for (id, inside) in [("c1", HINT), ("c2", "")] {
        let from = format!("from='{BOB}/x' type='chat' id='{id}'");
        deliver(&mut world, &from, &format!("<body>*{id}*</body>{inside}"));
    }
    let ana = world.clients[0].device();
    for dialect in Dialect::ALL {
        robot.begin_in(dialect, &world, ANA, ana);
        let letter = robot.write(dialect, (ANA, ana), world.now, &format!("*{dialect:?} beside*"));
        let mut stanza = robot.stanza(ANA, &format!("{dialect:?}"), &letter);
        stanza.append_child(hint());
        inject(&mut world, &stanza);
    }
    let content = vec![xml("<body xmlns='jabber:client'>*inside*</body>"), hint()];
    let plaintext = robot.envelope(ANA, world.now, content);
    let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
    let stanza = robot.stanza(ANA, "inside", &letter);
    inject(&mut world, &stanza);
    let rows = world.clients[0].history(BOB);
    let mut as_it_is: Vec<(&str, bool)> = rows
        .iter()
        .map(|row| (row.body.as_ref().unwrap().as_str(), row.unstyled))
        .collect();
    as_it_is.sort_unstable();
    let expected = [
        ("*Legacy beside*", true),
        ("*Omemo2 beside*", false),
        ("*c1*", true),
        ("*c2*", false),
        ("*inside*", true),
    ];
    assert_eq!(as_it_is, expected);
    assert!(rows.iter().all(|row| row.state == MessageState::Received));
}

/// An `<encrypted>` for none of our devices.
fn for_others(beside: &str, attributes: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{EVE}/k' to='{ANA}/ours' {attributes}><encrypted xmlns='urn:xmpp:omemo:2'>\
         <header sid='9'><keys jid='{EVE}'><key rid='10'>AAAA</key></keys></header><payload>AAAA</payload></encrypted>\
         {beside}<store xmlns='urn:xmpp:hints'/></message>"
    )
}

// Kaidan's receipts and chat states.
#[test]
fn a_control_message_for_other_devices_is_no_row_and_a_message_is_one() {
    let mut world = World::online(7, &[ANA]);
    world.deliver(0, &for_others("", ""));
    world.settle();
    assert!(world.clients[0].bodies(EVE).is_empty());
    let mark = "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>";
    for (beside, attributes) in [("", "id='m1'"), ("<body>fallback</body>", ""), (mark, "")] {
        let before = world.clients[0].history(EVE).len();
        world.deliver(0, &for_others(beside, attributes));
        world.settle();
        let rows = world.clients[0].history(EVE);
        assert_eq!(rows.len(), before + 1, "{beside} {attributes}");
        let reason = rows.last().unwrap().unreadable;
        assert_eq!(reason, Some(UnreadableReason::NotForThisDevice));
    }
}
