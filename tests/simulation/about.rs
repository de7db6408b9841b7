//! What is said about messages: corrections, retractions, reactions, answers. Between two susurros, and as
//! others send them or forge them (threats 10 to 14, 45, 46).

use susurro::api::Command;
use susurro::model::{Clean, Message, Protection};
use susurro::omemo::Dialect;

use crate::client::{said, send};
use crate::dialects::LEGACY;
use crate::robot::Robot;
use crate::world::{ANA, BOB, World};

fn rows(world: &mut World, at: usize, peer: &str) -> Vec<Message> {
    world.clients[at].history(peer)
}

fn last(world: &mut World, at: usize, peer: &str) -> Message {
    rows(world, at, peer).pop().unwrap()
}

fn body(message: &Message) -> &str {
    message.body.as_ref().map_or("", Clean::as_str)
}

/// Ana's message to Bob, which is there.
fn written(world: &mut World, text: &str) -> Message {
    world.command(0, send(BOB, text));
    world.settle();
    last(world, 0, BOB)
}

fn edit(message: &Message, text: &str) -> Command {
    Command::Edit {
        message: message.id,
        body: Clean::new(text),
        reveal: false,
    }
}

fn react(message: &Message, emojis: &[&str]) -> Command {
    Command::React {
        message: message.id,
        emojis: emojis.iter().map(|emoji| Clean::new(emoji)).collect(),
        reveal: false,
    }
}

fn emojis(message: &Message) -> Vec<(&str, &str)> {
    let each = message.reactions.iter();
    each.map(|reaction| (reaction.author.as_str(), reaction.emoji.as_str()))
        .collect()
}

#[test]
fn everything_about_a_message_arrives_inside_the_envelope_and_shows_nothing_beside() {
    let mut world = World::online(1, &[ANA, BOB]);
    let first = written(&mut world, "secret-one");
    world.observer.secrets = ["secret-one", "secret-two", "secret-three", "👍", &first.stanza_id]
        .map(str::to_owned)
        .into();
    // The id of the message is in its own stanza, so it is watched from here on.
    world.command(0, edit(&first, "secret-two"));
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!((body(&theirs), theirs.edited), ("secret-two", 1));
    assert_eq!(rows(&mut world, 1, ANA).len(), 1);

    world.command(1, react(&theirs, &["👍", "🎉"]));
    world.settle();
    let ours = last(&mut world, 0, BOB);
    assert_eq!(emojis(&ours), [(BOB, "🎉"), (BOB, "👍")]);
    world.command(1, react(&theirs, &[]));
    world.settle();
    assert_eq!(emojis(&last(&mut world, 0, BOB)), []);

    let answer = Command::Reply {
        to: theirs.id,
        body: Clean::new("secret-three"),
        reveal: false,
    };
    world.command(1, answer);
    world.settle();
    let answer = last(&mut world, 0, BOB);
    assert_eq!(body(&answer), "secret-three");
    assert_eq!(answer.reply_to.as_ref().unwrap().id, first.stanza_id);

    world.command(
        0,
        Command::Retract {
            message: first.id,
            reveal: false,
        },
    );
    world.settle();
    for (at, peer) in [(0, BOB), (1, ANA)] {
        let row = &rows(&mut world, at, peer)[0];
        assert!(row.body.is_none() && row.retracted.is_some(), "{at}");
        assert_eq!((row.edited, row.reactions.len()), (0, 0));
    }
}

#[test]
fn what_is_edited_before_it_leaves_is_another_text_and_no_correction() {
    let mut world = World::online(2, &[ANA, BOB]);
    world.cut(0);
    world.command(0, send(BOB, "one"));
    let row = last(&mut world, 0, BOB);
    world.command(0, edit(&row, "two"));
    assert_eq!(last(&mut world, 0, BOB).edited, 0);
    world.connect(0);
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!((body(&theirs), theirs.edited), ("two", 0));
    // Two corrections that wait are one.
    world.cut(0);
    world.command(0, edit(&row, "three"));
    world.command(0, edit(&row, "four"));
    world.crash(0);
    world.connect(0);
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!((body(&theirs), theirs.edited), ("four", 1));
    assert_eq!(world.clients[0].outbox(), 0);
}

#[test]
fn in_the_legacy_dialect_nothing_is_revealed_until_the_person_says_so() {
    let mut world = World::legacy(3, &[ANA, BOB]);
    let first = written(&mut world, "one");
    let refused = [
        edit(&first, "two"),
        react(&first, &["👍"]),
        Command::Retract {
            message: first.id,
            reveal: false,
        },
        Command::Reply {
            to: first.id,
            body: Clean::new("answer"),
            reveal: false,
        },
    ];
    for command in refused {
        world.command(0, command);
        world.settle();
        let failure = said(world.clients[0].last_failure().unwrap());
        assert!(failure.contains("Nothing was sent"), "{failure}");
        assert_eq!(rows(&mut world, 0, BOB), std::slice::from_ref(&first));
    }
    let revealed = Command::Edit {
        message: first.id,
        body: Clean::new("two"),
        reveal: true,
    };
    world.command(0, revealed);
    // It is remembered.
    world.command(0, react(&first, &["👍"]));
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!((body(&theirs), theirs.edited), ("two", 1));
    assert_eq!(emojis(&theirs), [(ANA, "👍")]);
    assert_eq!(theirs.reactions[0].protection, Protection::Clear);
    let answer = Command::Reply {
        to: theirs.id,
        body: Clean::new("yes"),
        reveal: true,
    };
    world.command(1, answer);
    world.settle();
    let answer = last(&mut world, 0, BOB);
    assert_eq!(
        (body(&answer), answer.reply_to.clone().unwrap().id),
        ("yes", first.stanza_id.clone())
    );
    // Anybody on the way can write that a message is taken back, so it does not count for what was sealed.
    world.command(
        0,
        Command::Retract {
            message: first.id,
            reveal: false,
        },
    );
    world.settle();
    assert!(rows(&mut world, 0, BOB)[0].retracted.is_some());
    assert_eq!(body(&rows(&mut world, 1, ANA)[0]), "two");
}

/// What Bob's server can write in his name.
fn from_bob(world: &mut World, id: &str, inside: &str) {
    let stanza = format!(
        "<message xmlns='jabber:client' type='chat' from='{BOB}/pc' to='{ANA}' id='{id}'>{inside}</message>"
    );
    world.deliver(0, &stanza);
    world.settle();
}

#[test]
fn nobody_on_the_way_changes_what_was_sealed() {
    let mut world = World::online(4, &[ANA, BOB]);
    world.command(1, send(ANA, "the truth"));
    world.settle();
    let sealed = last(&mut world, 0, BOB);
    let id = &sealed.stanza_id;
    from_bob(
        &mut world,
        "f1",
        &format!("<body>a lie</body><replace xmlns='urn:xmpp:message-correct:0' id='{id}'/>"),
    );
    from_bob(
        &mut world,
        "f2",
        &format!("<retract xmlns='urn:xmpp:message-retract:1' id='{id}'/>"),
    );
    from_bob(
        &mut world,
        "f3",
        &format!("<reactions xmlns='urn:xmpp:reactions:0' id='{id}'><reaction>👍</reaction></reactions>"),
    );
    let rows = rows(&mut world, 0, BOB);
    assert_eq!(rows[0], sealed);
    // A correction that may not be one is a message: its words are not lost, and stand as what they are.
    assert_eq!((rows.len(), body(&rows[1])), (2, "a lie"));
    assert_eq!(rows[1].protection, Protection::Clear);
}

/// Bob has an old program on his phone, which has begun a session with Ana.
fn with_phone(seed: u64) -> (World, Robot) {
    let mut world = World::new(seed, &[ANA]);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    let mut phone = Robot::new(BOB, 71, 1);
    phone.appear(&mut world, LEGACY);
    world.connect_all();
    world.settle();
    let device = world.clients[0].device();
    phone.begin_in(Dialect::Legacy, &world, ANA, device);
    (world, phone)
}

#[test]
fn a_correction_by_another_key_is_a_message_and_by_its_own_key_the_first_words_stay_to_be_seen() {
    let (mut world, mut phone) = with_phone(5);
    let device = world.clients[0].device();
    let mut other = Robot::new(BOB, 72, 2);
    other.appear(&mut world, LEGACY);
    other.begin_in(Dialect::Legacy, &world, ANA, device);
    world.settle();
    let write = |world: &mut World, robot: &mut Robot, id: &str, text: &str, replaces: Option<&str>| {
        let letter = robot.write(Dialect::Legacy, (ANA, device), world.now, text);
        let mut stanza = robot.stanza(ANA, id, &letter);
        if let Some(of) = replaces {
            let replace = format!("<replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>");
            stanza.append_child(replace.parse().unwrap());
        }
        world.server.relay(&format!("{BOB}/robot"), stanza);
        world.settle();
    };
    write(&mut world, &mut phone, "m1", "one", None);
    write(&mut world, &mut other, "m2", "by another device", Some("m1"));
    write(&mut world, &mut phone, "m3", "two", Some("m1"));
    // As some number their corrections: by the one before.
    write(&mut world, &mut phone, "m4", "three", Some("m3"));
    let rows = rows(&mut world, 0, BOB);
    let texts: Vec<(&str, u32)> = rows.iter().map(|row| (body(row), row.edited)).collect();
    assert_eq!(texts, [("three", 2), ("by another device", 0)]);
    let versions =
        world.clients[0].read(|tx, _| susurro::store::about::corrections::versions(tx, rows[0].id).unwrap());
    let versions: Vec<&str> = versions.iter().map(|version| version.body.as_str()).collect();
    assert_eq!(versions, ["one", "two"]);
}

/// What Bob's phone answers in the legacy dialect: its id and text, what it answers, and how much of the
/// text it says to be a quote.
fn answer_of(
    phone: &mut Robot,
    world: &mut World,
    (id, text): (&str, &str),
    (of, end): (&str, usize),
) -> Message {
    let device = world.clients[0].device();
    let letter = phone.write(Dialect::Legacy, (ANA, device), world.now, text);
    let mut stanza = phone.stanza(ANA, id, &letter);
    for beside in [
        format!("<reply xmlns='urn:xmpp:reply:0' to='{ANA}' id='{of}'/>"),
        format!(
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='{end}'/></fallback>"
        ),
    ] {
        stanza.append_child(beside.parse().unwrap());
    }
    world.server.relay(&format!("{BOB}/robot"), stanza);
    world.settle();
    last(world, 0, BOB)
}

#[test]
fn who_took_our_correction_for_a_message_answers_what_it_corrects() {
    let (mut world, mut phone) = with_phone(8);
    let asked = written(&mut world, "shall we meet?");
    let nine = Command::Edit {
        message: asked.id,
        body: Clean::new("at nine?"),
        reveal: true,
    };
    world.command(0, nine);
    world.settle();
    let newest =
        world.clients[0].read(|tx, _| susurro::store::about::corrections::newest(tx, asked.id).unwrap());
    let (correction, _) = newest.unwrap();
    let row = answer_of(
        &mut phone,
        &mut world,
        ("a1", "> at nine?\nno"),
        (&correction, 11),
    );
    let to = row.reply_to.as_ref().map(|to| to.id.as_str());
    assert_eq!((body(&row), to), ("no", Some(asked.stanza_id.as_str())));
}

#[test]
fn an_answer_beside_a_legacy_letter_hides_only_what_it_repeats() {
    let (mut world, mut phone) = with_phone(6);
    let asked = written(&mut world, "shall we meet?\nat eight");
    let mut answer = |world: &mut World, id: &str, text: &str, of: &str, end: usize| {
        answer_of(&mut phone, world, (id, text), (of, end))
    };
    let honest = "> shall we meet?\n> at eight\nyes";
    let row = answer(&mut world, "a1", honest, &asked.stanza_id, 28);
    assert_eq!((body(&row), row.reply_to.is_some()), ("yes", true));
    // Somebody on the way sets another range, or another message.
    let row = answer(&mut world, "a2", "> shall we pay?\nyes", &asked.stanza_id, 16);
    assert_eq!((body(&row), row.reply_to.clone()), ("> shall we pay?\nyes", None));
    let row = answer(&mut world, "a3", honest, "a1", 28);
    assert_eq!((body(&row), row.reply_to.clone()), (honest, None));
    let row = answer(&mut world, "a4", "no, never\nyes", &asked.stanza_id, 10);
    assert_eq!((body(&row), row.reply_to.clone()), ("no, never\nyes", None));
    // Who answers may not have seen a correction.
    let corrected = Command::Edit {
        message: asked.id,
        body: Clean::new("shall we stay?"),
        reveal: true,
    };
    world.command(0, corrected);
    world.settle();
    let row = answer(&mut world, "a5", honest, &asked.stanza_id, 28);
    assert_eq!((body(&row), row.reply_to.is_some()), ("yes", true));
}

#[test]
fn a_row_that_could_not_be_read_becomes_the_message_once_its_author_sends_it_as_a_correction() {
    let (mut world, mut phone) = with_phone(7);
    let device = world.clients[0].device();
    let letter = Robot::without_exchange(phone.write(Dialect::Legacy, (ANA, device), world.now, "lost"));
    let stanza = phone.stanza(ANA, "m1", &letter);
    world.server.relay(&format!("{BOB}/robot"), stanza);
    world.settle();
    let closed = last(&mut world, 0, BOB);
    assert!(closed.unreadable.is_some());
    let letter = phone.write(Dialect::Legacy, (ANA, device), world.now, "found");
    let mut stanza = phone.stanza(ANA, "m2", &letter);
    stanza.append_child(
        "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"
            .parse()
            .unwrap(),
    );
    world.server.relay(&format!("{BOB}/robot"), stanza);
    world.settle();
    let rows = rows(&mut world, 0, BOB);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].id, body(&rows[0]), rows[0].unreadable, rows[0].edited),
        (closed.id, "found", None, 0)
    );
}

/// A correction as its author writes it in clear.
fn correction(of: &str, text: &str) -> String {
    format!("<body>{text}</body><replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>")
}

/// Each row, and how often it was edited.
fn shown(world: &mut World) -> Vec<(String, u32)> {
    let rows = rows(world, 0, BOB);
    rows.iter()
        .map(|row| (body(row).to_owned(), row.edited))
        .collect()
}

#[test]
fn corrections_of_what_is_not_here_are_one_message_and_move_into_it_when_it_comes() {
    let mut world = World::online(60, &[ANA, BOB]);
    from_bob(&mut world, "c1", &correction("m1", "two"));
    from_bob(&mut world, "c2", &correction("m1", "three"));
    assert_eq!(shown(&mut world), [("three".to_owned(), 1)]);
    // Nor does it matter which process hears of them.
    world.crash(0);
    world.connect(0);
    world.settle();
    from_bob(&mut world, "c3", &correction("m1", "four"));
    assert_eq!(shown(&mut world), [("four".to_owned(), 2)]);
    from_bob(&mut world, "m1", "<body>one</body>");
    assert_eq!(shown(&mut world), [("four".to_owned(), 1)]);
    from_bob(&mut world, "c4", &correction("m1", "five"));
    assert_eq!(shown(&mut world), [("five".to_owned(), 2)]);
}

#[test]
fn what_is_taken_back_is_gone_though_only_its_correction_is_here() {
    let mut world = World::online(61, &[ANA, BOB]);
    from_bob(&mut world, "c1", &correction("m1", "the secret"));
    from_bob(
        &mut world,
        "r1",
        "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>",
    );
    from_bob(&mut world, "m1", "<body>secret</body>");
    for row in rows(&mut world, 0, BOB) {
        assert!(row.body.is_none() && row.retracted.is_some(), "{row:?}");
    }
}

// Threat 12.
#[test]
fn however_often_and_under_whatever_ids_a_message_is_corrected_what_is_kept_is_bounded() {
    let mut world = World::online(62, &[ANA, BOB]);
    let long = |first: char| format!("{first}{}", "x".repeat(1023));
    from_bob(&mut world, &long('m'), "<body>first</body>");
    for number in 0..300 {
        let id = if number % 2 == 0 {
            long('c')
        } else {
            format!("c{number}")
        };
        let text = format!("{number} {}", "word ".repeat(200));
        from_bob(&mut world, &id, &correction(&long('m'), &text));
    }
    let row = last(&mut world, 0, BOB);
    assert!(body(&row).starts_with("299 "));
    assert_eq!((row.edited, rows(&mut world, 0, BOB).len()), (300, 1));
    // One byte more is no id: the words stand for themselves.
    from_bob(
        &mut world,
        "d1",
        &correction(&format!("{}x", long('m')), "other words"),
    );
    assert_eq!(body(&last(&mut world, 0, BOB)), "other words");
    // Whoever gives one id to many is understood as the newest.
    for number in 0..1200 {
        let message = format!(
            "<message xmlns='jabber:client' type='chat' from='{BOB}/pc' to='{ANA}' id='same'><body>{number}</body></message>"
        );
        world.deliver(0, &message);
        world.flow();
    }
    from_bob(&mut world, "d2", &correction("same", "corrected"));
    assert_eq!(body(&last(&mut world, 0, BOB)), "corrected");
}

// Threat 12.
#[test]
fn corrections_of_themselves_and_of_each_other_come_to_an_end() {
    let mut world = World::online(63, &[ANA, BOB]);
    from_bob(&mut world, "m", "<body>one</body>");
    from_bob(&mut world, "m", &correction("m", "itself"));
    assert_eq!(shown(&mut world), [("itself".to_owned(), 1)]);
    from_bob(&mut world, "a", &correction("b", "of what is not here"));
    from_bob(&mut world, "b", &correction("a", "of the other"));
    from_bob(&mut world, "a", &correction("b", "of the other again"));
    from_bob(&mut world, "z", &correction("z", "of nothing else"));
    let all: Vec<String> = shown(&mut world).into_iter().map(|(body, _)| body).collect();
    assert_eq!(all, ["itself", "of the other again", "of nothing else"]);
}
