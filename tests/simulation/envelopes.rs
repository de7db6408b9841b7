//! What belongs into the envelope of OMEMO 2 is believed there alone: receipts, requests, who wrote to whom,
//! and the wish to go on without encryption.

use minidom::Element;
use susurro::api::{Command, FailureKind};
use susurro::model::{BareJid, ChatEventKind, MessageState, Protection, Trust, UnreadableReason};
use susurro::omemo::Dialect;
use susurro::stanza::message::{receipt_content, text_content};
use susurro::store::chats;

use crate::dialects::{BOTH, LEGACY, OMEMO2, heard, meet, tell};
use crate::robot::Robot;
use crate::server::xml;
use crate::world::{ANA, BOB, World};

/// The robot's words, whatever they are, in an envelope that is right.
fn say(world: &mut World, robot: &mut Robot, id: &str, content: Vec<Element>) {
    let plaintext = robot.envelope(ANA, world.now, content);
    say_raw(world, robot, id, &plaintext);
}

/// The robot's bytes in the place of an envelope.
fn say_raw(world: &mut World, robot: &mut Robot, id: &str, plaintext: &[u8]) {
    let ana = world.clients[0].device();
    if !robot.records.contains_key(&(Dialect::Omemo2, ana)) {
        robot.begin_in(Dialect::Omemo2, world, ANA, ana);
    }
    let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), plaintext);
    let stanza = robot.stanza_of(ANA, id, &[letter], false);
    world.server.inject(ANA, &stanza);
    world.settle();
}

fn clear_receipt(world: &mut World, of: &str) {
    let receipt = format!(
        "<message xmlns='jabber:client' from='{BOB}/robot' to='{ANA}' id='r1' type='chat'><received \
         xmlns='urn:xmpp:receipts' id='{of}'/></message>"
    );
    world.deliver(0, &receipt);
    world.settle();
}

fn sent_by_ana(world: &mut World, body: &str) -> String {
    world.send(0, BOB, body);
    world.settle();
    world.clients[0].history(BOB).pop().unwrap().stanza_id
}

#[test]
fn of_a_message_in_omemo_2_only_a_receipt_in_an_envelope_is_believed() {
    let mut robot = Robot::new(BOB, 77, 1);
    let mut world = meet(1, &mut [(&mut robot, OMEMO2)]);
    let id = sent_by_ana(&mut world, "did you get it?");
    heard(&world, &mut robot);
    clear_receipt(&mut world, &id);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Sent);
    // Nor one that stands beside what is encrypted.
    let ana = world.clients[0].device();
    let letter = robot.seal_empty(Dialect::Omemo2, (ANA, ana));
    let mut stanza = robot.stanza_of(ANA, "r2", &[letter], false);
    stanza.append_child(xml(&format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>")));
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Sent);
    say(&mut world, &mut robot, "r3", receipt_content(&id));
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
    assert_eq!(world.clients[0].history(BOB).len(), 1, "a receipt is no row");
}

#[test]
fn of_a_message_that_went_to_an_old_device_too_a_receipt_in_clear_is_believed() {
    let (mut old, mut new) = (Robot::new(BOB, 77, 2), Robot::new(BOB, 78, 3));
    let mut world = meet(2, &mut [(&mut old, LEGACY), (&mut new, BOTH)]);
    let id = sent_by_ana(&mut world, "did you get it?");
    clear_receipt(&mut world, &id);
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered);
}

#[test]
fn a_receipt_is_given_where_it_is_asked_for_and_in_the_same_way() {
    let mut robot = Robot::new(BOB, 77, 3);
    let mut world = meet(3, &mut [(&mut robot, OMEMO2)]);
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "asked inside");
    let said = heard(&world, &mut robot);
    let receipts: Vec<_> = said
        .iter()
        .filter_map(|heard| heard.receipt_for.as_deref())
        .collect();
    assert_eq!(receipts, ["m1"]);
    let clear = |world: &World| {
        let messages = world.server.log.iter();
        messages
            .filter(|(_, stanza)| stanza.has_child("received", "urn:xmpp:receipts"))
            .count()
    };
    assert_eq!(clear(&world), 0, "none in clear");
    // A request that stands outside is the server's, for all that anybody knows.
    world.server.log.clear();
    let ana = world.clients[0].device();
    let body = text_content("asked outside").remove(0);
    let plaintext = robot.envelope(ANA, world.now, vec![body]);
    let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
    let stanza = robot.stanza_of(ANA, "m2", &[letter], true);
    world.server.inject(ANA, &stanza);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["asked inside", "asked outside"]);
    assert!(
        heard(&world, &mut robot)
            .iter()
            .all(|heard| heard.receipt_for.is_none())
    );
    assert_eq!(clear(&world), 0);
}

fn envelope(affixes: &str, content: &str) -> Vec<u8> {
    format!("<envelope xmlns='urn:xmpp:sce:1'><content>{content}</content>{affixes}</envelope>").into_bytes()
}

/// What Bob sends Ana in the place of an envelope, and what is to be said of it.
fn wrong() -> Vec<(Vec<u8>, UnreadableReason)> {
    use UnreadableReason::{Malformed, OtherEnvelope};
    let body = "<body xmlns='jabber:client'>forged</body>";
    let (ana, bob, eve) = (
        "jid='ana@mired.test'",
        "jid='bob@mired.test'",
        "jid='eve@evil.test'",
    );
    vec![
        (envelope(&format!("<from {eve}/>"), body), OtherEnvelope),
        (
            envelope(&format!("<from {bob}/><to {eve}/>"), body),
            OtherEnvelope,
        ),
        (
            envelope(&format!("<from {ana}/><to {bob}/>"), body),
            OtherEnvelope,
        ),
        (envelope(&format!("<from {bob}/><from {bob}/>"), body), Malformed),
        (envelope("", &body.repeat(2)), Malformed),
        (envelope("", "<!-- -->"), Malformed),
        (b"just text".to_vec(), Malformed),
        (vec![0xff; 40], Malformed),
        (Vec::new(), Malformed),
        ("<a>".repeat(100_000).into_bytes(), Malformed),
    ]
}

// Threats 47 and 86.
#[test]
fn an_envelope_that_is_wrong_is_a_row_with_the_reason_and_the_session_goes_on() {
    let mut robot = Robot::new(BOB, 77, 4);
    let mut world = meet(4, &mut [(&mut robot, OMEMO2)]);
    let wrong = wrong();
    for (number, (plaintext, reason)) in wrong.iter().enumerate() {
        say_raw(&mut world, &mut robot, &format!("wrong-{number}"), plaintext);
        let row = world.clients[0].history(BOB).pop().unwrap();
        let beginning = String::from_utf8_lossy(&plaintext[..plaintext.len().min(99)]).into_owned();
        assert_eq!(row.unreadable, Some(*reason), "{beginning}");
        assert_eq!(row.protection, Protection::Omemo2);
        assert_eq!(row.fingerprint, Some(robot.own.identity.public().fingerprint()));
        let id = format!("right-{number}");
        tell(&mut world, &mut robot, Dialect::Omemo2, &id, "and on it goes");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "and on it goes");
    }
    assert_eq!(world.clients[0].history(BOB).len(), 2 * wrong.len());
}

#[test]
fn an_envelope_with_full_addresses_or_none_is_right() {
    let mut robot = Robot::new(BOB, 77, 8);
    let mut world = meet(8, &mut [(&mut robot, OMEMO2)]);
    let both = "<from jid='bob@mired.test/robot'/><to jid='ana@mired.test/x'/>";
    for (number, affixes) in [both, ""].into_iter().enumerate() {
        let body = format!("<body xmlns='jabber:client'>number {number}</body>");
        let plaintext = envelope(affixes, &body);
        say_raw(&mut world, &mut robot, &format!("m{number}"), &plaintext);
    }
    assert_eq!(world.clients[0].bodies(BOB), ["number 0", "number 1"]);
}

#[test]
fn a_time_inside_that_does_not_fit_is_told_and_the_message_stands() {
    let mut robot = Robot::new(BOB, 77, 5);
    let mut world = meet(5, &mut [(&mut robot, OMEMO2)]);
    let strange = |world: &World| {
        let notices = world.clients[0].notices();
        notices
            .iter()
            .filter(|notice| notice.contains("held it back"))
            .count()
    };
    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "in time");
    assert_eq!(strange(&world), 0);
    let plaintext = robot.envelope(ANA, world.now, text_content("long ago"));
    world.pass(std::time::Duration::from_secs(7200));
    say_raw(&mut world, &mut robot, "m2", &plaintext);
    assert_eq!(world.clients[0].bodies(BOB), ["in time", "long ago"]);
    assert_eq!(strange(&world), 1);
    // Nor is one thrown away for a time that no clock shows.
    for (number, stamp) in ["9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "soon"]
        .into_iter()
        .enumerate()
    {
        world.pass(std::time::Duration::from_secs(7200));
        world.clients[0].events.clear();
        let body = format!("<body xmlns='jabber:client'>{stamp}</body>");
        let plaintext = envelope(&format!("<time stamp='{stamp}'/>"), &body);
        say_raw(&mut world, &mut robot, &format!("t{number}"), &plaintext);
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), stamp);
        assert_eq!(strange(&world), 1, "{stamp}");
    }
}

#[test]
fn the_clocks_of_any_number_of_strangers_are_one_notice() {
    let mut world = World::online(6, &[ANA]);
    let ana = world.clients[0].device();
    for number in 0..5 {
        let seed = 60 + u64::from(number);
        let mut robot = Robot::new(&format!("s{number}@evil.test"), 70 + number, seed);
        robot.begin_in(Dialect::Omemo2, &world, ANA, ana);
        let body = "<body xmlns='jabber:client'>hello</body>";
        let plaintext = envelope("<time stamp='1970-01-01T00:00:00Z'/>", body);
        let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
        world.server.inject(ANA, &robot.stanza(ANA, "m", &letter));
    }
    world.settle();
    for number in 0..5 {
        assert_eq!(
            world.clients[0].bodies(&format!("s{number}@evil.test")),
            ["hello"]
        );
    }
    let notices = world.clients[0].notices();
    let of_clocks = notices.iter().filter(|notice| notice.contains("held it back"));
    // The first at once, the others gathered.
    assert_eq!(of_clocks.count(), 2, "{notices:?}");
}

pub fn opt_out() -> Vec<Element> {
    vec![xml(
        "<opt-out xmlns='urn:xmpp:omemo:2'><reason>the rules</reason></opt-out>",
    )]
}

fn set_encryption(world: &mut World, on: bool) {
    let chat = crate::client::chat(BOB);
    world.command(0, Command::SetEncryption { chat, on });
}

fn unread(world: &mut World) -> u64 {
    let all = world.clients[0].read(|tx, account| chats::overview(tx, account).unwrap());
    all.iter().map(|chat| chat.unread).sum()
}

// Threat 43.
#[test]
fn who_asks_to_go_on_without_encryption_stops_everything_until_the_person_decides() {
    for on in [true, false] {
        let mut robot = Robot::new(BOB, 77, 6);
        let mut world = meet(6, &mut [(&mut robot, BOTH)]);
        sent_by_ana(&mut world, "before");
        say(&mut world, &mut robot, "m1", opt_out());
        // A line of its own, and no message.
        let asked = [(ChatEventKind::OptOut, "the rules".to_owned())];
        assert_eq!(world.clients[0].events(BOB), asked);
        assert_eq!(world.clients[0].bodies(BOB), ["before"]);
        assert_eq!(unread(&mut world), 1);
        world.server.log.clear();
        for _ in 0..2 {
            world.send(0, BOB, "while it is not decided");
            world.settle();
            let (state, why) = world.clients[0].last(BOB);
            assert_eq!(state, MessageState::Failed);
            assert!(why.contains("the rules"), "{why}");
            assert_eq!(
                world.clients[0].last_failure().unwrap().kind(),
                FailureKind::Unsafe
            );
        }
        assert!(
            world
                .server
                .log
                .iter()
                .all(|(_, stanza)| stanza.name() != "message")
        );
        set_encryption(&mut world, on);
        world.send(0, BOB, "decided");
        world.settle();
        let said = heard(&world, &mut robot);
        let encrypted: Vec<_> = said.iter().filter_map(|heard| heard.body.as_deref()).collect();
        let bodies = world
            .server
            .log
            .iter()
            .filter_map(|(_, s)| s.get_child("body", "jabber:client"));
        let clear: Vec<String> = bodies.map(Element::text).collect();
        match on {
            true => assert_eq!((encrypted, clear.len()), (vec!["decided"], 0)),
            false => assert_eq!((encrypted.len(), clear), (0, vec!["decided".to_owned()])),
        }
        // The sessions are as they were.
        tell(&mut world, &mut robot, Dialect::Omemo2, "m2", "encrypted still");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "encrypted still");
    }
}

#[test]
fn nobody_else_can_ask_for_it() {
    let mut robot = Robot::new(BOB, 77, 7);
    let mut world = meet(7, &mut [(&mut robot, BOTH)]);
    sent_by_ana(&mut world, "before");
    heard(&world, &mut robot);
    let outside = "<opt-out xmlns='urn:xmpp:omemo:2'/>";
    let envelope = format!("<envelope xmlns='urn:xmpp:sce:1'><content>{outside}</content></envelope>");
    for inside in [outside, &envelope] {
        let stanza = format!(
            "<message xmlns='jabber:client' type='chat' id='o1' from='{BOB}/x' to='{ANA}'>{inside}</message>"
        );
        world.deliver(0, &stanza);
        world.settle();
    }
    let ana = world.clients[0].device();
    let letter = robot.write(Dialect::Omemo2, (ANA, ana), world.now, "beside it");
    let mut stanza = robot.stanza_of(ANA, "o2", &[letter], false);
    stanza.append_child(xml(outside));
    world.server.inject(ANA, &stanza);
    // Nor does a device that is not trusted, however well it knows how to write.
    let verified = Command::SetTrust {
        jid: BareJid::new(BOB).unwrap(),
        fingerprint: robot.own.identity.public().fingerprint(),
        trust: Trust::Verified,
    };
    world.command(0, verified);
    let mut stranger = Robot::new(BOB, 666, 666);
    say(&mut world, &mut stranger, "o3", opt_out());
    let asked = [(ChatEventKind::UntrustedOptOut, "the rules".to_owned())];
    assert_eq!(world.clients[0].events(BOB), asked);
    world.send(0, BOB, "still encrypted");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Sent);
    let said = heard(&world, &mut robot);
    assert_eq!(said.last().unwrap().body.as_deref(), Some("still encrypted"));
}
