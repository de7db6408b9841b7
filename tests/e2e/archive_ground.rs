//! What tests of archives stand on: both servers keep them, and a peer asks them, pages, opens what it finds, and sees
//! what another device of its account sends and gets.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::{Options, Prosody};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn bodies(found: &[Value]) -> Vec<&str> {
    found.iter().filter_map(|each| each["body"].as_str()).collect()
}

/// Two devices of Ana and one of Bob: a conversation of four, half of it in clear; the second device was away for two.
fn a_conversation(address: &Address) -> (Peer, Peer, Peer) {
    let mut bob = Peer::speaking(Dialects::Both, address, "bob");
    let mut ana = Peer::login(address, "ana");
    let mut other = Peer::login(address, "ana");
    other.wants_carbons();
    ana.send_plain(BOB, "one, in clear");
    let seen = other.message();
    assert_eq!(
        (&seen["body"], &seen["direction"]),
        (&json!("one, in clear"), &json!("sent"))
    );
    assert_eq!(bob.message()["body"], "one, in clear");
    ana.send(BOB, "two, sealed");
    let seen = other.message();
    assert_eq!(
        (&seen["body"], &seen["encryption"]),
        (&json!("two, sealed"), &json!("omemo-legacy"))
    );
    assert_eq!(bob.message()["body"], "two, sealed");
    other.go_offline();
    ana.send_plain(BOB, "three, in clear");
    ana.send(BOB, "four, sealed");
    assert_eq!(bob.bodies(2), ["three, in clear", "four, sealed"]);
    (ana, other, bob)
}

fn what_was_missed_is_found(address: &Address) {
    let (mut ana, mut other, mut bob) = a_conversation(address);
    other.come_online();
    let found = other.archive(Some(BOB));
    let clear: Vec<&str> = bodies(&found)
        .into_iter()
        .filter(|body| body.ends_with("clear"))
        .collect();
    assert_eq!(clear, ["one, in clear", "three, in clear"]);
    let seen = found.iter().find(|each| each["body"] == "one, in clear").unwrap();
    assert_eq!((&seen["from"], &seen["to"]), (&json!(ANA), &json!(BOB)));
    assert!(other.archive(Some("carol@mired.test")).is_empty());
    // From behind what it had seen: sealed ones are opened, once.
    let three = found
        .iter()
        .position(|each| each["body"] == "three, in clear")
        .unwrap();
    let before = found[three - 1]["archived"].as_str().unwrap().to_owned();
    let newest = other.catch_up(Some(&before)).expect("something new");
    let told = other.events_so_far();
    let told: Vec<&Value> = told
        .iter()
        .filter(|event| event["archived"].is_string())
        .collect();
    let told: Vec<&str> = told.iter().filter_map(|event| event["body"].as_str()).collect();
    assert_eq!(told, ["three, in clear", "four, sealed"]);
    assert_eq!(other.catch_up(Some(&newest)), None);
    // And the newest page, from its end.
    let page = other
        .archive_page(json!({ "with": BOB }), json!({"max": 1, "before": ""}))
        .unwrap();
    assert_eq!(page["messages"].as_array().unwrap().len(), 1);
    assert_eq!(page["first"], page["last"]);
    // What the other side sends reaches both devices.
    other.wants_carbons();
    bob.send(ANA, "five, sealed");
    for device in [&mut ana, &mut other] {
        let got = device.wait_event("five", |event| event["body"] == "five, sealed");
        assert_eq!(got["archived"], Value::Null);
    }
}

#[test]
fn a_device_of_the_account_finds_what_it_missed_at_prosody() {
    let server = Prosody::with(Options {
        archive_page: 2,
        ..Options::default()
    });
    what_was_missed_is_found(&server.address());
}

#[test]
fn a_device_of_the_account_finds_what_it_missed_at_ejabberd() {
    let server = Ejabberd::start();
    what_was_missed_is_found(&server.address());
}

#[test]
fn an_archive_that_forgot_what_a_device_had_seen() {
    let server = Prosody::start();
    let mut ana = Peer::login(&server.address(), "ana");
    for number in 0..5 {
        ana.send_plain(BOB, &number.to_string());
    }
    ana.flush();
    let found = ana.archive(None);
    assert_eq!(bodies(&found), ["0", "1", "2", "3", "4"]);
    server.forget_archived("ana", 2);
    assert_eq!(bodies(&ana.archive(None)), ["3", "4"]);
    let after = json!({"after": found[1]["archived"]});
    let error = ana.archive_page(json!({}), after).unwrap_err();
    assert!(error.contains("item-not-found"), "{error}");

    let server = Ejabberd::start();
    let mut ana = Peer::login(&server.address(), "ana");
    ana.send_plain(BOB, "gone");
    ana.flush();
    assert_eq!(bodies(&ana.archive(None)), ["gone"]);
    server.forget_archives();
    assert!(ana.archive(None).is_empty());
}
