//! What is said in a group, sealed for its members, on two servers: by three of ours and by a client that
//! shares no code with them.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Listener, Susurro, bodies, body};

const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";
const DAVE: &str = "dave@mired.test";

/// A group of Ana's with these people in it.
pub fn group(ana: &Susurro, people: &[&str]) -> String {
    let mut arguments = vec!["room", "create", "--name", "Hut"];
    for person in people {
        arguments.extend(["--invite", person]);
    }
    ana.run(&arguments).expect(0).out.trim().to_owned()
}

pub fn join(who: &Susurro, hut: &str) {
    who.run(&["room", "join", hut]).expect(0);
}

pub fn says(dave: &mut Peer, hut: &str, body: &str, members: &[&str]) {
    dave.call(json!({"do": "send_room", "room": hut, "body": body, "members": members}));
}

/// Dave, in the room.
pub fn dave_enters(address: &Address, hut: &str) -> Peer {
    let mut dave = Peer::login(address, "dave");
    dave.call(json!({"do": "enter", "room": hut, "nick": "Dave"}));
    dave
}

/// What the peer hears next in the room; an invitation has words too.
fn words(dave: &mut Peer) -> Value {
    let in_room = |event: &Value| event["event"] == "message" && event["type"] == "groupchat";
    dave.wait_event("words in the room", in_room)
}

/// What was said in the room by now; what it is about is no words.
fn said_so_far(dave: &mut Peer) -> Vec<Value> {
    let mut said = dave.events_so_far();
    said.retain(|event| event["type"] == "groupchat" && event["event"] != "bare");
    said
}

/// The next thing that is said.
pub fn heard(listener: &mut Listener) -> (String, Value) {
    let line = listener.next();
    (body(&line), line)
}

fn everybody_reads_everything(address: &Address, dialects: Dialects) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let carol = Susurro::with_account(address, "carol");
    let mut dave = Peer::speaking(dialects, address, "dave");
    let hut = &group(&ana, &[BOB, CAROL, DAVE]);
    join(&bob, hut);
    join(&carol, hut);
    dave.call(json!({"do": "enter", "room": hut, "nick": "Dave"}));
    let mut listening = bob.listen();
    listening.wait_online(1);
    ana.send_now(hut, "who brings wood? bob");
    let (said, line) = heard(&mut listening);
    assert_eq!(said, "who brings wood? bob");
    for (field, value) in [
        ("room", Value::from(true)),
        ("nick", "ana".into()),
        ("real_jid", "ana@mired.test".into()),
        ("from", "ana@mired.test".into()),
        ("chat", hut.as_str().into()),
        ("mention", true.into()),
        ("trust", "blind".into()),
    ] {
        assert_eq!(line[field], value, "{field}: {line}");
    }
    let read = words(&mut dave);
    assert_eq!(read["body"], "who brings wood? bob", "{read}");
    assert_ne!(read["encryption"], "none");
    assert_eq!(read["type"], "groupchat");
    says(&mut dave, hut, "I do", &["ana@mired.test", BOB, CAROL]);
    let (said, line) = heard(&mut listening);
    assert_eq!((said.as_str(), &line["nick"]), ("I do", &"Dave".into()));
    assert_eq!(line["mention"], false);
    listening.interrupt();
    // Who was away reads it when they come, once.
    assert_eq!(
        bodies(&carol.receive(2)),
        ["who brings wood? bob", "I do"],
        "Carol was away"
    );
    carol.send_now(hut, "and I matches");
    assert_eq!(bodies(&ana.receive(2)), ["I do", "and I matches"]);
    assert_eq!(words(&mut dave)["body"], "and I matches");
    let told = ana.history(hut);
    assert_eq!(bodies(&told), ["who brings wood? bob", "I do", "and I matches"]);
    assert_eq!(told[0]["state"], "sent");
}

#[test]
fn everybody_reads_everything_on_prosody() {
    let server = Prosody::start();
    everybody_reads_everything(&server.address(), Dialects::Legacy);
}

#[test]
fn everybody_reads_everything_on_ejabberd() {
    let server = Ejabberd::start();
    everybody_reads_everything(&server.address(), Dialects::Omemo2);
}

/// Whoever is no member any more is out of the very next message, and whoever became one is in it.
fn next_message(address: &Address) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let carol = Susurro::with_account(address, "carol");
    let hut = &group(&ana, &[BOB, CAROL]);
    join(&bob, hut);
    join(&carol, hut);
    let mut dave = dave_outside(address);
    ana.send_now(hut, "one");
    assert_eq!(bodies(&carol.receive(1)), ["one"]);
    ana.run(&["room", "affiliation", hut, CAROL, "none"]).expect(0);
    ana.run(&["room", "invite", hut, DAVE]).expect(0);
    dave.call(json!({"do": "enter", "room": hut, "nick": "Dave"}));
    bob.send_now(hut, "two");
    let read = words(&mut dave);
    assert_eq!(read["body"], "two");
    let sealed_for: Vec<&str> = read["recipients"]
        .as_object()
        .map(|people| people.keys().map(String::as_str).collect())
        .unwrap_or_default();
    assert!(!sealed_for.contains(&CAROL), "{read}");
    // She is out, and what is said there is no concern of hers.
    let refused = carol.send(hut, "let me in").expect(8);
    assert!(refused.err.contains("members only"), "{}", refused.err);
    assert_eq!(bodies(&ana.receive(1)), ["two"]);
}

fn dave_outside(address: &Address) -> Peer {
    Peer::login(address, "dave")
}

#[test]
fn who_is_no_member_any_more_is_out_of_the_next_message_on_prosody() {
    let server = Prosody::start();
    next_message(&server.address());
}

#[test]
fn who_is_no_member_any_more_is_out_of_the_next_message_on_ejabberd() {
    let server = Ejabberd::start();
    next_message(&server.address());
}

#[test]
fn what_is_said_about_a_message_in_a_group_reaches_everybody() {
    let server = Prosody::start();
    let address = &server.address();
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let hut = &group(&ana, &[BOB]);
    join(&bob, hut);
    let mut listening = bob.listen_with(&["--all"]);
    listening.wait_online(1);
    let id = &ana.send_now(hut, "at nine");
    let (_, first) = heard(&mut listening);
    ana.run(&["edit", hut, id, "at ten"]).expect(0);
    let line = listening.next();
    assert_eq!(
        (&line["type"], &line["body"]),
        (&"correction".into(), &"at ten".into())
    );
    assert_eq!(line["target"], first["id"]);
    ana.run(&["react", hut, id, "👍"]).expect(0);
    let line = listening.next();
    assert_eq!(
        (&line["type"], &line["emojis"]),
        (&"reaction".into(), &json!(["👍"]))
    );
    ana.run(&["send", hut, "--reply-to", id, "bring tea"]).expect(0);
    let (said, line) = heard(&mut listening);
    assert_eq!(
        (said.as_str(), &line["reply_to"]),
        ("bring tea", &first["stanza_id"])
    );
    ana.run(&["retract", hut, id]).expect(0);
    assert_eq!(listening.next()["type"], "retraction");
    listening.interrupt();
    let told = bob.history(hut);
    assert_eq!(
        (&told[0]["retracted"], &told[0]["body"]),
        (&true.into(), &Value::Null)
    );
}

#[test]
fn a_room_that_is_made_anew_by_a_stranger_gets_nothing() {
    let server = Ejabberd::start();
    let address = &server.address();
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let hut = &group(&ana, &[BOB]);
    join(&bob, hut);
    bob.send_now(hut, "one");
    ana.run(&["room", "destroy", hut, "--yes"]).expect(0);
    // This server forgets it, and whoever comes makes another one, open to everybody.
    let mut dave = Peer::login(address, "dave");
    dave.call(json!({"do": "enter", "room": hut, "nick": "Dave"}));
    let refused = bob.send(hut, "two");
    assert_ne!(refused.code(), Some(0), "{}", refused.err);
    assert_eq!(said_so_far(&mut dave), Vec::<Value>::new());
    let refused = ana.send(hut, "three");
    assert_ne!(refused.code(), Some(0), "{}", refused.err);
    assert_eq!(said_so_far(&mut dave), Vec::<Value>::new());
}
