//! What is said about messages, by the commands and on real servers: other words, that one is taken back, what
//! one thinks of it, answers; with a susurro and with a program that we did not write at the other end.

use serde_json::{Value, json};

use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, body};
use crate::support::{Address, wait_for};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn last(susurro: &Susurro, jid: &str) -> Value {
    susurro.history(jid).pop().unwrap()
}

fn everything_between_two(address: &Address) {
    let (ana, bob) = (
        Susurro::with_account(address, "ana"),
        Susurro::with_account(address, "bob"),
    );
    let mut listening = bob.listen();
    listening.wait_present(1, address, "bob");
    let id = ana.send_now(BOB, "one");
    assert_eq!(body(&listening.next()), "one");
    ana.run_with_input(&["edit", BOB, &id], "two\n").expect(0);
    let corrected = listening.next();
    assert_eq!(
        (body(&corrected), &corrected["replaces"]),
        ("two".to_owned(), &json!(id))
    );
    let correction = corrected["id"].as_str().unwrap().to_owned();
    assert_ne!(correction, id);
    listening.interrupt();

    // The id of the correction means what it corrects.
    bob.run(&["react", ANA, &correction, "👍", "🎉"]).expect(0);
    bob.run(&["react", ANA, &id, "yes"]).expect(2);
    bob.run_with_input(&["send", ANA, "--reply-to", &id], "an answer")
        .expect(0);
    let answer = &ana.receive(1)[0];
    assert_eq!(
        (body(answer), &answer["reply_to"]),
        ("an answer".to_owned(), &json!(id))
    );
    let ours = &ana.history(BOB)[0];
    assert_eq!(
        (&ours["body"], &ours["edited"], &ours["id"]),
        (&json!("two"), &json!(1), &json!(id))
    );
    let given = |emoji: &str| json!({"emoji": emoji, "from": [BOB]});
    assert_eq!(ours["reactions"], json!([given("🎉"), given("👍")]));

    let theirs = answer["id"].as_str().unwrap();
    let refused = ana.run(&["retract", BOB, theirs]).expect(1);
    assert!(
        refused.err.contains("Only the device that wrote"),
        "{}",
        refused.err
    );
    ana.run(&["retract", BOB, &id]).expect(0);
    assert_eq!(ana.history(BOB)[0]["retracted"], true);
    wait_for("the words to be taken away", || {
        bob.run(&["listen", "--timeout", "2"]).expect(0);
        let there = &bob.history(ANA)[0];
        (there["retracted"] == true && there["body"].is_null()).then_some(())
    });
}

#[test]
fn who_listens_to_all_is_told_of_each_as_it_comes() {
    let server = Prosody::start();
    let address = server.address();
    let (ana, bob) = (
        Susurro::with_account(&address, "ana"),
        Susurro::with_account(&address, "bob"),
    );
    let id = ana.send_now(BOB, "one");
    let mut listening = bob.listen_with(&["--all"]);
    assert_eq!(body(&listening.next()), "one");
    listening.wait_present(1, &address, "bob");
    ana.run(&["react", BOB, &id, "👍"]).expect(0);
    ana.run(&["edit", BOB, &id, "two"]).expect(0);
    ana.run(&["retract", BOB, &id]).expect(0);
    let of = |kind: &str, said: &Value| {
        assert_eq!(
            (&said["type"], &said["target"], &said["from"]),
            (&json!(kind), &json!(id), &json!(ANA))
        );
        assert_eq!(
            (&said["encryption"], &said["trust"]),
            (&json!("omemo-2"), &json!("blind"))
        );
    };
    let reaction = listening.next();
    of("reaction", &reaction);
    assert_eq!(reaction["emojis"], json!(["👍"]));
    let correction = listening.next();
    of("correction", &correction);
    assert_eq!(correction["body"], "two");
    of("retraction", &listening.next());
}

#[test]
fn what_does_not_leave_is_not_said_to_have_left() {
    let server = Prosody::start();
    let address = server.address();
    let (ana, bob) = (
        Susurro::with_account(&address, "ana"),
        Susurro::with_account(&address, "bob"),
    );
    bob.run(&["sync"]).expect(0);
    let id = ana.send_now(BOB, "one");
    // What says nothing new is said to nobody, and ends well.
    ana.run(&["edit", BOB, &id, "one"]).expect(0);
    ana.run(&["react", BOB, &id]).expect(0);
    let keys = ana.run(&["trust", "list", BOB, "--json"]).expect(0);
    let key: Value = serde_json::from_str(keys.out.lines().next().unwrap()).unwrap();
    ana.run(&["trust", "distrust", BOB, key["fingerprint"].as_str().unwrap()])
        .expect(0);
    for refused in [
        vec!["edit", BOB, &id, "two"],
        vec!["react", BOB, &id, "👍"],
        vec!["retract", BOB, &id],
    ] {
        let end = ana.run(&refused).expect(6);
        assert_eq!(end.out, "", "{refused:?}");
        let row = last(&ana, BOB);
        if refused[0] != "retract" {
            assert_eq!(
                (&row["body"], &row["edited"], &row["reactions"]),
                (&json!("one"), &json!(0), &json!([])),
                "{refused:?}"
            );
        }
    }
}

#[test]
fn everything_is_said_between_two_on_prosody() {
    let server = Prosody::start();
    everything_between_two(&server.address());
}

#[test]
fn everything_is_said_between_two_on_ejabberd() {
    let server = Ejabberd::start();
    everything_between_two(&server.address());
}

#[test]
fn with_the_old_dialect_nothing_is_revealed_unasked_and_its_corrections_and_answers_work_both_ways() {
    let server = Prosody::start();
    let address = server.address();
    let mut bob = Peer::speaking(Dialects::Legacy, &address, "bob");
    let ana = Susurro::with_account(&address, "ana");
    let id = ana.send_now(BOB, "one");
    let first = bob.message();
    assert_eq!(first["body"], "one");
    for refused in [
        vec!["edit", BOB, &id, "two"],
        vec!["retract", BOB, &id],
        vec!["react", BOB, &id, "👍"],
        vec!["send", BOB, "more", "--reply-to", &id],
    ] {
        ana.run(&refused).expect(6);
    }
    assert_eq!(
        (&last(&ana, BOB)["body"], &last(&ana, BOB)["edited"]),
        (&json!("one"), &json!(0))
    );
    ana.run(&["edit", BOB, &id, "two", "--reveal"]).expect(0);
    let corrected = bob.message();
    assert_eq!(corrected["body"], "two");
    // Dino takes it from the same full address alone.
    assert_eq!(corrected["full"], first["full"]);
    assert!(first["full"].as_str().unwrap().contains('/'), "{first}");
    let beside = corrected["clear"].as_array().unwrap();
    assert!(
        beside.contains(&json!("{urn:xmpp:message-correct:0}replace")),
        "{corrected}"
    );
    ana.run_with_input(&["send", BOB, "--reply-to", &id], "an answer")
        .expect(0);
    assert_eq!(bob.message()["body"], "> two\nan answer");

    let first = bob.send(ANA, "ten");
    assert_eq!(body(&ana.receive(1)[0]), "ten");
    let replace = format!("<replace xmlns='urn:xmpp:message-correct:0' id='{first}'/>");
    bob.call(json!({"do": "send", "to": ANA, "body": "eleven", "outside": [replace]}));
    let corrected = &ana.receive(1)[0];
    assert_eq!(
        (body(corrected), &corrected["replaces"]),
        ("eleven".to_owned(), &json!(first))
    );
    let reply = format!("<reply xmlns='urn:xmpp:reply:0' to='{ANA}' id='{id}'/>");
    let range =
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='6'/></fallback>";
    bob.call(json!({"do": "send", "to": ANA, "body": "> two\nyes", "outside": [reply, range]}));
    let answer = &ana.receive(1)[0];
    assert_eq!(
        (body(answer), &answer["reply_to"]),
        ("yes".to_owned(), &json!(id))
    );
}
