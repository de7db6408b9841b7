//! A message that cannot be read is asked for once more, by a person; what comes then takes its place.

use minidom::Element;
use susurro::api::Command;
use susurro::model::{Clean, Message, MessageState, UnreadableReason};
use susurro::omemo::Dialect;
use susurro::stanza::about;
use susurro::stanza::message::text_content;

use crate::client::said;
use crate::dialects::{BOTH, heard, meet, tell};
use crate::robot::Robot;
use crate::wire;
use crate::world::{ANA, BOB, World};

const PLEASE: &str = "I could not read your message. Please send it again.";

pub fn ask(message: &Message, reveal: bool) -> Command {
    Command::AskAgain {
        message: message.id,
        body: Clean::new(PLEASE),
        reveal,
    }
}

pub fn resend(message: &Message) -> Command {
    Command::Resend {
        message: message.id,
        reveal: true,
    }
}

pub fn last(world: &mut World, at: usize, peer: &str) -> Message {
    world.clients[at].history(peer).pop().unwrap()
}

fn refused(world: &mut World, at: usize, command: Command) -> String {
    let before = world.server.log.len();
    world.clients[at].events.clear();
    world.command(at, command);
    world.settle();
    assert_eq!(world.server.log.len(), before, "nothing leaves");
    said(world.clients[at].last_failure().expect("a failure"))
}

/// Another letter in its payload, if it has one.
pub fn damage(element: &mut Element) {
    let text = String::from(&*element);
    if let Some(at) = text.find("</payload>") {
        let start = text[..at].rfind('>').unwrap() + 1;
        let other = if &text[start..=start] == "A" { "B" } else { "A" };
        *element = crate::server::xml(&format!("{}{other}{}", &text[..start], &text[start + 1..]));
    }
}

/// Ana's message reaches Bob with another payload than she sealed.
pub fn lose(world: &mut World, body: &str) -> Message {
    world.send(0, BOB, body);
    let conn = world.clients[1].conn.unwrap();
    while world.waiting(1) == 0 {
        assert!(world.step());
    }
    for element in &mut world.server.conns.get_mut(&conn).unwrap().to_client {
        damage(element);
    }
    world.settle();
    let row = last(world, 1, ANA);
    assert_eq!(row.unreadable, Some(UnreadableReason::Damaged));
    row
}

/// They know each other, and both have answered.
pub fn acquainted(mut world: World) -> World {
    for (at, to) in [(0, BOB), (1, ANA), (0, BOB)] {
        world.send(at, to, "hello");
        world.settle();
    }
    world
}

#[test]
fn what_was_damaged_is_asked_for_and_becomes_the_message_between_two_susurros() {
    for (seed, legacy) in [(1, false), (2, true)] {
        let world = match legacy {
            true => World::legacy(seed, &[ANA, BOB]),
            false => World::online(seed, &[ANA, BOB]),
        };
        let mut world = acquainted(world);
        let lost = lose(&mut world, "the lost words");
        world.server.log.clear();
        world.command(1, ask(&lost, true));
        world.settle();
        // It is an ordinary message, stored as one of ours; with it a session begins.
        let ours = last(&mut world, 1, ANA);
        assert_eq!(ours.body.as_ref().map(Clean::as_str), Some(PLEASE));
        assert_eq!(ours.state, MessageState::Delivered);
        assert_eq!(ours.reply_to.unwrap().id, lost.stanza_id);
        let sent = world
            .server
            .log
            .iter()
            .find(|(from, stanza)| from == BOB && wire::read(stanza).is_some_and(|seen| seen.payload));
        let seen = wire::read(&sent.unwrap().1).unwrap();
        assert!(
            seen.keys.iter().all(|key| key.kex),
            "legacy {legacy}: a fresh session"
        );
        let request = last(&mut world, 0, BOB);
        assert_eq!(request.body.as_ref().map(Clean::as_str), Some(PLEASE));
        // Beside a legacy letter anybody could say what is answered: there the words have to do.
        assert_eq!(request.reply_to.is_some(), !legacy);
        let bobs = world.clients[1].history(ANA);
        assert!(bobs.iter().any(|row| row.id == lost.id && row.asked));

        let original = world.clients[0].history(BOB);
        let original = original
            .iter()
            .find(|row| row.stanza_id == lost.stanza_id)
            .unwrap();
        world.command(0, resend(original));
        world.settle();
        let bodies = ["hello", "hello", "hello", "the lost words", PLEASE];
        assert_eq!(world.clients[0].bodies(BOB), bodies, "legacy {legacy}");
        assert_eq!(world.clients[1].bodies(ANA), bodies, "legacy {legacy}");
        for (at, peer) in [(0, BOB), (1, ANA)] {
            assert!(world.clients[at].history(peer).iter().all(|row| row.edited == 0));
            assert_eq!(world.clients[at].outbox(), 0);
        }
        // Once more changes nothing where it was read.
        world.command(0, resend(original));
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA), bodies);
        assert!(world.clients[1].history(ANA).iter().all(|row| row.edited == 0));
        assert!(refused(&mut world, 1, ask(&lost, true)).contains("can be read"));
    }
}

#[test]
fn it_is_asked_for_once_and_without_a_connection_too() {
    let mut world = acquainted(World::online(3, &[ANA, BOB]));
    let lost = lose(&mut world, "lost");
    world.cut(1);
    world.command(1, ask(&lost, false));
    world.crash(1);
    world.connect(1);
    world.settle();
    assert_eq!(last(&mut world, 0, BOB).body.unwrap().as_str(), PLEASE);
    assert!(refused(&mut world, 1, ask(&lost, false)).contains("asked for already"));
    // The session that began so is answered: what follows needs none.
    world.send(0, BOB, "again");
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA).last().unwrap(), "again");
    assert_eq!(
        world.clients[1]
            .bodies(ANA)
            .iter()
            .filter(|body| body.starts_with('!'))
            .count(),
        1
    );
}

#[test]
fn a_session_that_began_so_and_was_not_answered_yet_is_not_begun_anew_by_the_next() {
    let mut world = acquainted(World::online(4, &[ANA, BOB]));
    let (one, two) = (lose(&mut world, "one"), lose(&mut world, "two"));
    world.quit(0);
    world.settle();
    world.server.log.clear();
    for lost in [&one, &two] {
        world.command(1, ask(lost, false));
        world.settle();
    }
    let seen: Vec<_> = world
        .server
        .log
        .iter()
        .filter_map(|(_, stanza)| wire::read(stanza))
        .collect();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.keys[0].kex));
    assert_eq!(
        seen[0].keys[0].ratchet_key, seen[1].keys[0].ratchet_key,
        "one session"
    );
}

/// In the legacy dialect what stands beside the words shows which message is meant: that is the person's to
/// say.
#[test]
fn in_the_legacy_dialect_nothing_is_shown_that_the_person_did_not_allow() {
    let mut world = acquainted(World::legacy(5, &[ANA, BOB]));
    let lost = lose(&mut world, "lost");
    assert!(refused(&mut world, 1, ask(&lost, false)).contains("Nothing was sent"));
    world.command(1, ask(&lost, true));
    world.settle();
    assert_eq!(last(&mut world, 0, BOB).body.unwrap().as_str(), PLEASE);
}

// Threat 37.
#[test]
fn nothing_is_asked_of_strangers_of_blocked_people_and_of_keys_that_are_not_trusted() {
    use susurro::model::{BareJid, Jid, Trust};
    let mut robot = Robot::new(BOB, 77, 6);
    let mut world = meet(6, &mut [(&mut robot, BOTH)]);
    let damaged = |world: &mut World, robot: &mut Robot, id: &str| {
        let ana = world.clients[0].device();
        if !robot.records.contains_key(&(Dialect::Omemo2, ana)) {
            robot.begin_in(Dialect::Omemo2, world, ANA, ana);
        }
        let mut letter = robot.write(Dialect::Omemo2, (ANA, ana), world.now, "damaged");
        *letter.keys[0].bytes.last_mut().unwrap() ^= 1;
        let stanza = robot.stanza(ANA, id, &letter);
        world.server.inject(ANA, &stanza);
        world.settle();
        let from = robot.jid.clone();
        last(world, 0, &from)
    };
    let mut stranger = Robot::new("mallory@evil.test", 66, 7);
    let row = damaged(&mut world, &mut stranger, "s1");
    assert!(refused(&mut world, 0, ask(&row, false)).contains("stranger"));

    tell(&mut world, &mut robot, Dialect::Omemo2, "m1", "hello");
    let row = damaged(&mut world, &mut robot, "m2");
    let bob = BareJid::new(BOB).unwrap();
    let fingerprint = robot.own.identity.public().fingerprint();
    for trust in [Trust::Distrusted, Trust::Undecided] {
        let set = Command::SetTrust {
            jid: bob.clone(),
            fingerprint,
            trust,
        };
        world.command(0, set);
        world.settle();
        let why = refused(&mut world, 0, ask(&row, false));
        assert!(why.contains("not trusted"), "{trust:?}: {why}");
    }
    let trusted = Command::SetTrust {
        jid: bob,
        fingerprint,
        trust: Trust::Verified,
    };
    world.command(0, trusted);
    world.command(0, Command::Block(Jid::new(BOB).unwrap()));
    world.settle();
    assert!(refused(&mut world, 0, ask(&row, false)).contains("blocked"));
    world.command(0, Command::Unblock(Jid::new(BOB).unwrap()));
    world.settle();
    world.command(0, ask(&row, false));
    world.settle();
    assert_eq!(last(&mut world, 0, BOB).body.unwrap().as_str(), PLEASE);
}

/// What a device sends of these words, in this dialect.
fn sealed(
    world: &mut World,
    robot: &mut Robot,
    dialect: Dialect,
    (id, body): (&str, &str),
    replaces: &str,
) -> Element {
    let ana = world.clients[0].device();
    let replace = match replaces {
        "" => Vec::new(),
        of => about::replace(of),
    };
    let plaintext = match dialect {
        Dialect::Legacy => body.as_bytes().to_vec(),
        Dialect::Omemo2 => {
            let content = text_content(body)
                .into_iter()
                .chain(replace.iter().cloned())
                .collect();
            robot.envelope(ANA, world.now, content)
        }
    };
    let letter = robot.seal_in(dialect, (ANA, ana), &plaintext);
    let mut stanza = robot.stanza(ANA, id, &letter);
    if dialect == Dialect::Legacy {
        for element in replace {
            stanza.append_child(element);
        }
    }
    stanza
}

/// Bob's device writes to Ana, and the message cannot be read.
fn unreadable(world: &mut World, robot: &mut Robot, dialect: Dialect, id: &str) -> Message {
    tell(world, robot, dialect, "m0", "hello");
    heard(world, robot);
    let text = String::from(&sealed(world, robot, dialect, (id, "never to be read"), ""));
    let at = text.find("</payload>").unwrap();
    let start = text[..at].rfind('>').unwrap() + 1;
    let other = if &text[start..=start] == "A" { "B" } else { "A" };
    world.deliver(0, &format!("{}{other}{}", &text[..start], &text[start + 1..]));
    world.settle();
    let row = last(world, 0, BOB);
    assert_eq!(
        (row.unreadable, row.device),
        (Some(UnreadableReason::Damaged), Some(77))
    );
    row
}

#[test]
fn a_program_of_another_make_sends_again_as_a_correction_or_under_the_same_id() {
    for dialect in Dialect::ALL {
        for (id, replaces) in [("m2", "m1"), ("m1", "")] {
            let mut robot = Robot::new(BOB, 77, 8);
            let mut world = meet(8, &mut [(&mut robot, BOTH)]);
            let row = unreadable(&mut world, &mut robot, dialect, "m1");
            world.command(0, ask(&row, true));
            world.settle();
            let said = heard(&world, &mut robot);
            assert!(said.iter().any(|said| said.body.as_deref() == Some(PLEASE)));
            let again = sealed(&mut world, &mut robot, dialect, (id, "read at last"), replaces);
            for _ in 0..2 {
                world.server.inject(ANA, &again);
                world.settle();
                let bodies = world.clients[0].bodies(BOB);
                assert_eq!(bodies, ["hello", "read at last", PLEASE], "{dialect:?} {id}");
            }
            let mended = world.clients[0].history(BOB).remove(1);
            assert_eq!((mended.id, mended.edited), (row.id, 0));
        }
    }
}

// Law 9: an id alone puts nothing in the place of anything.
#[test]
fn under_the_same_id_nobody_else_and_nothing_in_clear_takes_the_place_and_nothing_unasked() {
    let mut robot = Robot::new(BOB, 77, 9);
    let mut other = Robot::new(BOB, 78, 10);
    let mut world = meet(9, &mut [(&mut robot, BOTH), (&mut other, BOTH)]);
    let row = unreadable(&mut world, &mut robot, Dialect::Omemo2, "m1");
    let unasked = sealed(
        &mut world,
        &mut robot,
        Dialect::Omemo2,
        ("m1", "not asked for"),
        "",
    );
    world.server.inject(ANA, &unasked);
    world.settle();
    world.command(0, ask(&row, true));
    world.settle();
    heard(&world, &mut robot);
    tell(&mut world, &mut other, Dialect::Omemo2, "m1", "of another device");
    tell(
        &mut world,
        &mut robot,
        Dialect::Legacy,
        "m1",
        "in the old dialect",
    );
    let clear = "<message xmlns='jabber:client' from='bob@mired.test/r' id='m1' type='chat'><body>in clear</body></message>";
    world.deliver(0, clear);
    world.settle();
    let bodies = world.clients[0].bodies(BOB);
    let expected = [
        "hello",
        "!Damaged",
        "not asked for",
        PLEASE,
        "of another device",
        "in the old dialect",
        "in clear",
    ];
    assert_eq!(bodies, expected);
    // One that was read keeps its words.
    let twice = sealed(&mut world, &mut robot, Dialect::Omemo2, ("m0", "other words"), "");
    world.server.inject(ANA, &twice);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB)[0], "hello");
}
