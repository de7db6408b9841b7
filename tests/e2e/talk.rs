//! Conversations with a client that shares no code with ours, on Prosody.

use serde_json::Value;

use crate::support::peer::Peer;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies, body};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

#[test]
fn the_first_message_may_come_from_either_side_and_carries_what_the_contract_says() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let id = ana.send_now(BOB, "hello bob");
    let message = bob.message();
    assert_eq!(message["body"], "hello bob");
    assert_eq!(message["encryption"], "omemo-legacy");
    assert_eq!(message["id"], *id);
    bob.send(ANA, "hello ana");
    let received = ana.receive(1);
    let expected = [
        ("type", Value::from("message")),
        ("chat", BOB.into()),
        ("from", BOB.into()),
        ("direction", "in".into()),
        ("body", "hello ana".into()),
        ("encryption", "omemo-legacy".into()),
        ("fingerprint", bob.fingerprint().into()),
        ("trust", "blind".into()),
        ("state", "received".into()),
        ("reason", Value::Null),
    ];
    for (field, value) in expected {
        assert_eq!(received[0][field], value, "{field}");
    }
    for field in ["account", "id", "stanza_id", "time"] {
        assert!(received[0].get(field).is_some(), "{field} is missing");
    }
    // And the other way round: the peer writes first to somebody it never heard of.
    let carol = Susurro::with_account(&server.address(), "carol");
    bob.send("carol@mired.test", "hello carol");
    assert_eq!(bodies(&carol.receive(1)), ["hello carol"]);
    carol.send_now(BOB, "hello again");
    assert_eq!(bob.bodies(1), ["hello again"]);
    let told = ana.history(BOB);
    assert_eq!(told.len(), 2);
    let ours = told.iter().find(|message| message["direction"] == "out").unwrap();
    assert_eq!(
        (body(ours), &ours["fingerprint"]),
        ("hello bob".to_owned(), &Value::Null)
    );
}

#[test]
fn a_listening_program_prints_what_comes_as_it_comes() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut listener = ana.listen();
    for text in ["one", "two", "three"] {
        bob.send(ANA, text);
        assert_eq!(body(&listener.next()), text);
    }
    // What was meant to break a terminal or a reader of lines comes through as text, or not at all.
    bob.send(ANA, "line one\nline two \u{9b}31m \u{202e}reversed");
    let text = body(&listener.next());
    assert!(text.starts_with("line one\nline two"), "{text:?}");
    assert!(!text.contains('\u{9b}'), "{text:?}");
    let (status, rest) = listener.interrupt();
    assert_eq!(status.code(), Some(0));
    assert_eq!(rest, Vec::<Value>::new());
    // Printed once, never again.
    bob.send(ANA, "four");
    assert_eq!(bodies(&ana.receive(1)), ["four"]);
}

#[test]
fn eighty_messages_in_random_order_of_sender_arrive_once_and_in_order() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let (mut sent, mut answered, mut waiting) = (Vec::new(), Vec::new(), 0_usize);
    let mut received = Vec::new();
    let mut random = 20_261_120_u32;
    for number in 0..80 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let text = format!("message {number} \u{1f50f}");
        if random >> 31 == 0 {
            bob.send(ANA, &text);
            answered.push(text);
            waiting += 1;
        } else {
            ana.send_now(BOB, &text);
            sent.push(text);
        }
        if (random >> 16).is_multiple_of(23) && waiting > 0 {
            bob.flush();
            received.extend(ana.receive(waiting));
            waiting = 0;
        }
    }
    received.extend(ana.receive(waiting));
    assert_eq!(bodies(&received), answered);
    assert_eq!(bob.bodies(sent.len()), sent);
    assert!(
        received
            .iter()
            .all(|message| message["encryption"] == "omemo-legacy")
    );
    assert_eq!(ana.history(BOB).len(), 80);
}

#[test]
fn every_device_of_a_contact_reads_and_writes() {
    let server = Prosody::start();
    let mut desk = Peer::login(&server.address(), "bob");
    let mut phone = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "to both");
    assert_eq!(desk.bodies(1), ["to both"]);
    assert_eq!(phone.bodies(1), ["to both"]);
    desk.send(ANA, "from the desk");
    phone.send(ANA, "from the phone");
    let received = ana.receive(2);
    let mut pairs: Vec<(String, String)> = received
        .iter()
        .map(|message| {
            (
                body(message),
                message["fingerprint"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    pairs.sort();
    let expected = [
        ("from the desk".to_owned(), desk.fingerprint()),
        ("from the phone".to_owned(), phone.fingerprint()),
    ];
    assert_eq!(pairs, expected);
    // A third one that appears later is written to as well.
    let mut tablet = Peer::login(&server.address(), "bob");
    ana.send_now(BOB, "to all three");
    for device in [&mut desk, &mut phone, &mut tablet] {
        let last = device.wait_event("the last message", |event| event["body"] == "to all three");
        assert_eq!(last["encryption"], "omemo-legacy");
    }
}

#[test]
fn twenty_messages_that_came_while_it_was_away_are_read_in_order() {
    let server = Prosody::without_archive();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let texts: Vec<String> = (0..20)
        .map(|number| format!("while you were out {number}"))
        .collect();
    for text in &texts {
        bob.send(ANA, text);
    }
    bob.flush();
    assert_eq!(server.stored_offline("ana"), 20);
    let received = ana.receive(20);
    assert_eq!(bodies(&received), texts);
    // The server's stamp, not the time of reading; and they are ours now, no longer the server's.
    assert_eq!(server.stored_offline("ana"), 0);
    bob.send(ANA, "and live");
    assert_eq!(bodies(&ana.receive(1)), ["and live"]);
}

#[test]
fn a_conversation_goes_on_over_restarts_of_either_side_and_of_the_server() {
    let mut server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "one");
    assert_eq!(bob.bodies(1), ["one"]);
    bob.go_offline();
    ana.send_now(BOB, "two");
    bob.come_online();
    assert_eq!(bob.bodies(1), ["two"]);
    bob.send(ANA, "three");
    bob.go_offline();
    server.stop();
    server.start_again();
    assert_eq!(bodies(&ana.receive(1)), ["three"]);
    bob.come_online();
    bob.send(ANA, "four");
    ana.send_now(BOB, "five");
    assert_eq!(bodies(&ana.receive(1)), ["four"]);
    assert_eq!(bob.bodies(1), ["five"]);
}

#[test]
fn nothing_is_sent_in_clear_unless_asked_for_and_clear_text_is_shown_as_such() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    // Dave has an account and no keys.
    let refused = ana.send("dave@mired.test", "not in clear").expect(6);
    assert!(refused.err.contains("dave@mired.test"), "{}", refused.err);
    assert_eq!(server.stored_offline("dave"), 0);
    ana.run_with_input(&["send", "dave@mired.test", "-", "--plaintext"], "in clear")
        .expect(0);
    assert_eq!(server.stored_offline("dave"), 1);
    let mut bob = Peer::login(&server.address(), "bob");
    bob.send_plain(ANA, "an open word");
    let received = ana.receive(1);
    assert_eq!(body(&received[0]), "an open word");
    assert_eq!(received[0]["encryption"], "none");
    assert_eq!(received[0]["fingerprint"], Value::Null);
    assert_eq!(received[0]["trust"], Value::Null);
}

#[test]
fn a_receipt_makes_a_message_delivered() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.run_with_input(&["send", BOB, "-", "--wait", "delivered"], "did you get it")
        .expect(0);
    assert_eq!(bob.bodies(1), ["did you get it"]);
    assert_eq!(ana.history(BOB)[0]["state"], "delivered");
    bob.go_offline();
    // Nobody is there to say so: sealed and taken by the server, so it stays and is not to be repeated.
    ana.run_with_input(
        &["send", BOB, "-", "--wait", "delivered", "--timeout", "15"],
        "nobody home",
    )
    .expect(7);
}
