//! What is said in private to somebody in a room, by ours and by a client that shares no code with it, on two
//! servers.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies, body};

const DAVE: &str = "dave@mired.test";

/// Two are in a group of Ana's: Bob, who listens, and Dave.
fn course(address: &Address, tells_who: bool) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let mut dave = Peer::speaking(Dialects::Legacy, address, "dave");
    let created = [
        "room",
        "create",
        "--name",
        "Hut",
        "--invite",
        "bob@mired.test",
        "--invite",
        DAVE,
    ];
    let hut = &ana.run(&created).expect(0).out.trim().to_owned();
    bob.run(&["room", "join", hut]).expect(0);
    dave.call(json!({"do": "enter", "room": hut, "nick": "Dave"}));
    let mut listening = bob.listen();
    listening.wait_online(1);
    // Bob is in it once he hears there what is for all.
    dave.call(json!({"do": "send_room", "room": hut, "body": "to all", "members": [], "encrypted": false}));
    assert_eq!(body(&listening.next()), "to all");
    let whispers = |dave: &mut Peer, words: &str, marked: bool| {
        dave.call(json!({"do": "send_private", "room": hut, "nick": "bob", "body": words, "marked": marked}));
    };
    let with_dave = &format!("{hut}/Dave");
    for (words, marked) in [("between us", true), ("and no mark", false)] {
        whispers(&mut dave, words, marked);
        let line = listening.next();
        for (field, value) in [
            ("body", Value::from(words)),
            ("chat", with_dave.as_str().into()),
            ("room", false.into()),
            ("nick", "Dave".into()),
            ("real_jid", DAVE.into()),
            ("encryption", "none".into()),
        ] {
            assert_eq!(line[field], value, "{field}: {line}");
        }
        assert_eq!(line["occupant_id"].is_string(), tells_who, "{line}");
    }
    listening.interrupt();
    // It stands there once, also after the archive was read, and nowhere else.
    bob.run(&["sync"]).expect(0);
    assert_eq!(bodies(&bob.history(with_dave)), ["between us", "and no mark"]);
    assert_eq!(bodies(&bob.history(hut)), ["to all"]);
    assert!(bob.history(DAVE).is_empty());
    writes(&ana, &mut dave, hut);
}

/// What Ana writes, from commands that go in for it.
fn writes(ana: &Susurro, dave: &mut Peer, hut: &str) {
    let with_dave = &format!("{hut}/Dave");
    // What is no room of hers has nobody in it.
    ana.run(&["send", "bob@mired.test/phone", "psst"]).expect(2);
    // Nobody writes in clear from an encrypted group without saying so.
    let refused = ana.run(&["send", with_dave, "psst"]).expect(6);
    assert!(refused.err.contains(DAVE), "{}", refused.err);
    ana.run(&["send", with_dave, "psst", "--plaintext"]).expect(0);
    let private = |event: &Value| event["event"] == "message" && event["type"] == "chat";
    let heard = dave.wait_event("words in private", private);
    assert_eq!(heard["body"], "psst", "{heard}");
    assert_eq!(heard["encryption"], "none");
    let told = ana.history(with_dave);
    let states: Vec<&Value> = told.iter().map(|line| &line["state"]).collect();
    assert_eq!(states, ["failed", "sent"], "{told:?}");
    assert!(ana.history(hut).iter().all(|line| line["body"] != "psst"));
    let nobody = ana
        .run(&["send", &format!("{hut}/Zoe"), "psst", "--plaintext"])
        .expect(8);
    assert!(nobody.err.contains("is not in the room"), "{}", nobody.err);
    dave.call(json!({"do": "leave_room", "room": hut, "nick": "Dave"}));
    dave.flush();
    ana.run(&["send", with_dave, "psst", "--plaintext"]).expect(8);
    assert_eq!(ana.history(with_dave).len(), 2);
    ana.run(&["delete", with_dave, "--yes"]).expect(0);
    assert!(ana.history(with_dave).is_empty());
}

#[test]
fn what_is_said_in_private_on_prosody() {
    let server = Prosody::start();
    course(&server.address(), true);
}

#[test]
fn what_is_said_in_private_on_ejabberd() {
    let server = Ejabberd::start();
    course(&server.address(), false);
}
