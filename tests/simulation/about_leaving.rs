//! What leaves when something is said about a message, and what comes back of it: nothing that was sealed leaves in
//! clear as a quote, and what was refused is undone and told.

use susurro::api::{Command, CommandId, Event, Outcome};
use susurro::model::{AccountId, Clean, Message, MessageState, Peer};
use susurro::store::{chats, outbox};

use crate::archive::in_clear;
use crate::client::{said, send};
use crate::world::{ANA, BOB, EVE, World};

fn last(world: &mut World, at: usize, peer: &str) -> Message {
    world.clients[at].history(peer).pop().unwrap()
}

fn written(world: &mut World, text: &str) -> Message {
    world.command(0, send(BOB, text));
    world.settle();
    last(world, 0, BOB)
}

#[test]
fn an_answer_in_clear_does_not_repeat_what_was_sealed() {
    let mut world = World::online(41, &[ANA, BOB]);
    let sealed = written(&mut world, "a sealed secret");
    world.observer.secrets = ["a sealed secret".to_owned()].into();
    in_clear(&mut world, 0, BOB);
    let answer = Command::Reply {
        to: sealed.id,
        body: Clean::new("yes"),
        reveal: false,
    };
    world.command(0, answer);
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!(theirs.body, Some(Clean::new("yes")));
    assert_eq!(theirs.reply_to.unwrap().id, sealed.stanza_id);
}

#[test]
fn an_answer_repeats_the_beginning_of_what_is_long() {
    let mut world = World::online(42, &[ANA, BOB]);
    let long = "\u{1f600}line\n".repeat(20_000);
    let long = written(&mut world, &long);
    world.observer.secrets.clear();
    let answer = Command::Reply {
        to: long.id,
        body: Clean::new("yes"),
        reveal: false,
    };
    world.command(0, answer);
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!(theirs.body, Some(Clean::new("yes")));
    assert_eq!(theirs.reply_to.unwrap().id, long.stanza_id);
}

fn react(message: &Message, emojis: &[&str]) -> Command {
    Command::React {
        message: message.id,
        emojis: emojis.iter().map(|emoji| Clean::new(emoji)).collect(),
        reveal: false,
    }
}

fn edit(message: &Message, text: &str) -> Command {
    Command::Edit {
        message: message.id,
        body: Clean::new(text),
        reveal: false,
    }
}

/// An error from `from` about the newest stanza that Ana sent to Bob.
fn bounce(world: &mut World, from: &str, condition: &str) {
    let sent = world.server.log.iter().rev();
    let id = sent
        .filter(|(sender, message)| sender == ANA && message.attr("to") == Some(BOB))
        .find_map(|(_, message)| message.attr("id").map(str::to_owned))
        .unwrap();
    bounce_of(world, from, condition, &id);
}

fn bounce_of(world: &mut World, from: &str, condition: &str, id: &str) {
    let error = format!(
        "<message xmlns='jabber:client' type='error' from='{from}' to='{ANA}' id='{id}'><error type='cancel'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    );
    world.deliver(0, &error);
    world.settle();
}

fn emojis(message: &Message) -> Vec<&str> {
    message
        .reactions
        .iter()
        .map(|reaction| reaction.emoji.as_str())
        .collect()
}

#[test]
fn what_comes_back_of_what_was_said_about_a_message_is_undone_and_told() {
    for from in [BOB, "mired.test", ANA] {
        let mut world = World::online(43, &[ANA, BOB]);
        let first = written(&mut world, "one");
        world.command(0, edit(&first, "two"));
        world.settle();
        bounce(&mut world, from, "remote-server-not-found");
        let row = last(&mut world, 0, BOB);
        assert_eq!(
            (row.body.as_ref().unwrap().as_str(), row.edited),
            ("one", 0),
            "{from}"
        );
        // A reaction goes back to the one before, unless there is a newer one.
        world.command(0, react(&first, &["🎉"]));
        world.settle();
        world.command(0, react(&first, &["👍"]));
        world.settle();
        bounce(&mut world, from, "not-allowed");
        assert_eq!(emojis(&last(&mut world, 0, BOB)), ["🎉"]);
        // What came back once does not come back again.
        bounce(&mut world, from, "not-allowed");
        assert_eq!(emojis(&last(&mut world, 0, BOB)), ["🎉"]);
        world.command(
            0,
            Command::Retract {
                message: first.id,
                reveal: false,
            },
        );
        world.settle();
        bounce(&mut world, from, "forbidden");
        let told = said(world.clients[0].last_failure().unwrap());
        assert!(told.contains("forbidden"), "{told}");
    }
}

#[test]
fn of_what_arrived_a_copy_that_comes_back_undoes_nothing() {
    let mut world = World::online(44, &[ANA, BOB]);
    let first = written(&mut world, "one");
    world.command(0, edit(&first, "two"));
    world.settle();
    for (from, condition) in [
        (BOB, "service-unavailable"),
        ("bob@mired.test/old", "forbidden"),
        ("eve@evil.test", "forbidden"),
    ] {
        bounce(&mut world, from, condition);
        let row = last(&mut world, 0, BOB);
        assert_eq!((row.body.unwrap().as_str(), row.edited), ("two", 1), "{from}");
    }
}

#[test]
fn a_clock_that_was_set_back_makes_our_newest_words_no_older_than_those_before() {
    let mut world = World::online(45, &[ANA, BOB]);
    let first = written(&mut world, "one");
    world.command(0, edit(&first, "two"));
    world.command(0, react(&first, &["👍"]));
    world.settle();
    world.now -= std::time::Duration::from_secs(3600);
    world.command(0, edit(&first, "three"));
    world.command(0, react(&first, &["🎉"]));
    world.settle();
    for (at, peer) in [(0, BOB), (1, ANA)] {
        let row = last(&mut world, at, peer);
        assert_eq!(row.body.as_ref().unwrap().as_str(), "three", "{at}");
        assert_eq!(emojis(&row), ["🎉"], "{at}");
    }
}

#[test]
fn a_marker_that_names_a_correction_means_the_message() {
    let mut world = World::online(46, &[ANA, BOB]);
    in_clear(&mut world, 0, BOB);
    let first = written(&mut world, "one");
    world.command(0, edit(&first, "two"));
    world.settle();
    let sent = world.server.log.iter().rev();
    let id = sent
        .filter(|(sender, _)| sender == ANA)
        .find_map(|(_, message)| {
            let is_correction = message.has_child("replace", "urn:xmpp:message-correct:0");
            is_correction.then(|| message.attr("id").unwrap().to_owned())
        })
        .unwrap();
    assert!(!last(&mut world, 0, BOB).displayed);
    let marker = format!(
        "<message xmlns='jabber:client' type='chat' from='{BOB}/pc' to='{ANA}' id='d1'>\
         <displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/></message>"
    );
    world.deliver(0, &marker);
    world.settle();
    assert!(last(&mut world, 0, BOB).displayed);
}

#[test]
fn whoever_gives_a_stranger_an_emoji_takes_the_request_up() {
    let mut world = World::online(47, &[ANA]);
    let message = format!(
        "<message xmlns='jabber:client' type='chat' from='{EVE}/x' to='{ANA}' id='e1'><body>hello</body></message>"
    );
    world.deliver(0, &message);
    world.settle();
    let row = last(&mut world, 0, EVE);
    let is_request =
        |world: &mut World| world.clients[0].read(|tx, account| chats::requests(tx, account).unwrap());
    assert_eq!(is_request(&mut world), 1);
    in_clear(&mut world, 0, EVE);
    world.command(0, react(&row, &["👍"]));
    world.settle();
    assert_eq!(is_request(&mut world), 0);
}

/// How a command ended so far.
fn ends(world: &World, command: CommandId) -> Vec<Result<Outcome, String>> {
    let done = world.clients[0].events.iter().filter_map(|event| match event {
        Event::Done { command: of, result } if *of == command => {
            Some(result.clone().map_err(|failure| said(&failure)))
        }
        _ => None,
    });
    done.collect()
}

#[test]
fn whoever_says_something_about_a_message_hears_when_the_server_has_it_or_that_it_never_will() {
    let mut world = World::online(48, &[ANA, BOB]);
    let first = written(&mut world, "one");
    let stored = Ok(Outcome::Stored(first.id));
    let well = [stored.clone(), Ok(Outcome::Acknowledged)];
    let retract = || Command::Retract {
        message: first.id,
        reveal: false,
    };
    for command in [
        edit(&first, "two"),
        // Nothing new has nothing to wait for.
        edit(&first, "two"),
        react(&first, &["👍"]),
        react(&first, &["👍"]),
    ] {
        let command = world.command(0, command);
        world.settle();
        assert_eq!(ends(&world, command), well);
    }
    // What waits takes along what is said after it, and whoever said that hears of it.
    world.cut(0);
    for says in [edit, |message: &Message, text: &str| react(message, &[text])] {
        world.command(0, says(&first, "🎉"));
        let second = world.command(0, says(&first, "🙈"));
        assert_eq!(ends(&world, second), std::slice::from_ref(&stored));
        world.connect(0);
        world.settle();
        assert_eq!(ends(&world, second), well);
        world.cut(0);
    }
    world.connect(0);
    world.settle();
    let fingerprint = world.clients[1].identity().fingerprint();
    let jid = BOB.parse().unwrap();
    let trust = susurro::omemo::Trust::Distrusted;
    world.command(
        0,
        Command::SetTrust {
            jid,
            fingerprint,
            trust,
        },
    );
    for command in [edit(&first, "three"), react(&first, &["🎉"]), retract()] {
        let command = world.command(0, command);
        world.settle();
        let ends = ends(&world, command);
        assert!(
            ends.len() == 2 && ends[0] == stored && ends[1].is_err(),
            "{ends:?}"
        );
    }
}

#[test]
fn whoever_gives_up_what_they_said_takes_back_nothing_that_waited_before() {
    let mut world = World::online(49, &[ANA, BOB]);
    let (first, second) = (written(&mut world, "one"), written(&mut world, "other"));
    world.cut(0);
    world.command(0, edit(&first, "two"));
    world.command(0, react(&second, &["🎉"]));
    let since = world.clients[0].read(|tx, _| outbox::newest(tx).unwrap());
    world.command(0, react(&first, &["👍"]));
    world.command(0, edit(&second, "another"));
    for message in [first.id, second.id] {
        world.command(0, Command::GiveUpWords { message, since });
    }
    world.connect(0);
    world.settle();
    for (at, peer) in [(0, BOB), (1, ANA)] {
        let rows = world.clients[at].history(peer);
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.body.as_ref().unwrap().as_str(), emojis(row)))
            .collect();
        assert_eq!(shown, [("two", vec![]), ("other", vec!["🎉"])], "{at}");
    }
}

/// Nobody has what a server refused: other words take their place here, and are sent when the message is.
#[test]
fn what_was_refused_and_then_edited_arrives_once() {
    let mut world = World::online(50, &[ANA, BOB]);
    in_clear(&mut world, 0, BOB);
    world.quit(1);
    world.settle();
    let first = written(&mut world, "one");
    bounce(&mut world, BOB, "forbidden");
    world.server.log.clear();
    world.command(0, edit(&first, "two"));
    world.settle();
    assert!(world.server.log.is_empty());
    let row = last(&mut world, 0, BOB);
    assert_eq!((row.body.unwrap().as_str(), row.edited), ("two", 0));
    let again = false;
    world.command(
        0,
        Command::Retry {
            message: first.id,
            again,
            reveal: false,
        },
    );
    world.settle();
    let (_, message) = &world.server.log[0];
    assert_eq!(message.get_child("body", "jabber:client").unwrap().text(), "two");
    assert!(!message.has_child("replace", "urn:xmpp:message-correct:0"));
}

/// The correction may be there alone: sent again, the words would be there twice.
#[test]
fn what_was_refused_after_its_correction_left_is_not_sent_again_unasked() {
    let mut world = World::online(51, &[ANA, BOB]);
    in_clear(&mut world, 0, BOB);
    world.quit(1);
    world.settle();
    let first = written(&mut world, "one");
    world.command(0, edit(&first, "two"));
    world.settle();
    bounce_of(&mut world, BOB, "forbidden", &first.stanza_id);
    assert_eq!(last(&mut world, 0, BOB).state, MessageState::Failed);
    world.server.log.clear();
    let retry = |again| Command::Retry {
        message: first.id,
        again,
        reveal: false,
    };
    world.command(0, retry(false));
    world.settle();
    let told = said(world.clients[0].last_failure().unwrap());
    assert!(told.contains("twice"), "{told}");
    assert!(world.server.log.is_empty());
    world.command(0, retry(true));
    world.settle();
    let row = last(&mut world, 0, BOB);
    assert_eq!(
        (row.body.unwrap().as_str(), row.state),
        ("two", MessageState::Sent)
    );
}

/// What it answers stood in clear with it, and is nobody's business once the chat is encrypted.
#[test]
fn an_answer_that_is_sent_again_asks_before_it_shows_what_it_answers() {
    let mut world = World::legacy(52, &[ANA, BOB]);
    written(&mut world, "sealed, for devices that are known");
    in_clear(&mut world, 0, BOB);
    let first = written(&mut world, "one");
    world.quit(1);
    world.settle();
    let answer = Command::Reply {
        to: first.id,
        body: Clean::new("yes"),
        reveal: false,
    };
    world.command(0, answer);
    world.settle();
    bounce(&mut world, BOB, "forbidden");
    let failed = last(&mut world, 0, BOB);
    assert_eq!(failed.state, MessageState::Failed);
    let chat = Peer::new(AccountId(1), failed.peer.address.clone());
    world.command(0, Command::SetEncryption { chat, on: true });
    world.settle();
    world.server.log.clear();
    let retry = |reveal| Command::Retry {
        message: failed.id,
        again: false,
        reveal,
    };
    world.command(0, retry(false));
    world.settle();
    let told = said(world.clients[0].last_failure().unwrap());
    assert!(told.contains("which message"), "{told}");
    // Keys are looked up meanwhile.
    let is_sent = |(_, stanza): &(String, minidom::Element)| stanza.name() == "message";
    assert!(!world.server.log.iter().any(is_sent));
    assert_eq!(last(&mut world, 0, BOB).id, failed.id, "it stands as it was");
    world.command(0, retry(true));
    world.settle();
    let row = last(&mut world, 0, BOB);
    assert_eq!(row.state, MessageState::Sent);
    assert_eq!(row.reply_to.unwrap().id, first.stanza_id);
}
