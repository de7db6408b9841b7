//! What cannot be read is asked for by a command, on a real server, of a program that we did not write; what that
//! sends as a correction takes the place.

use serde_json::json;

use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, body};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn sent_again_by_another_program(dialects: Dialects) {
    let server = Prosody::start();
    let address = server.address();
    let mut peer = Peer::speaking(dialects, &address, "bob");
    let ana = Susurro::with_account(&address, "ana");
    ana.send_now(BOB, "hello");
    assert_eq!(peer.message()["body"], "hello");
    let first = peer.send(ANA, "one");
    assert_eq!(body(&ana.receive(1)[0]), "one");
    // Somebody on the way altered a message.
    peer.call(json!({"do": "resend", "id": first, "new_id": "lost", "damaged": true}));
    let lost = &ana.receive(1)[0];
    assert_eq!(
        (&lost["type"], &lost["id"]),
        (&json!("undecryptable"), &json!("lost")),
        "{lost}"
    );
    if let Dialects::Legacy = dialects {
        ana.run(&["ask", BOB, "lost"]).expect(6);
    }
    let asked = ana.run(&["ask", BOB, "lost", "--reveal", "--json"]).expect(0);
    assert!(asked.out.contains("\"state\":\"sent\""), "{}", asked.out);
    let said = peer.message();
    let words = said["body"].as_str().unwrap();
    assert!(
        words.starts_with("I could not read your message of 20") && words.ends_with("Please send it again."),
        "{words}"
    );
    ana.run(&["ask", BOB, "lost"]).expect(1);

    let replace = "<replace xmlns='urn:xmpp:message-correct:0' id='lost'/>";
    let place = if matches!(dialects, Dialects::Legacy) {
        "outside"
    } else {
        "inside"
    };
    peer.call(json!({"do": "send", "to": ANA, "body": "read at last", place: [replace]}));
    assert_eq!(body(&ana.receive(1)[0]), "read at last");
    let bodies: Vec<_> = ana.history(BOB).iter().map(|row| row["body"].clone()).collect();
    assert_eq!(bodies[..3], [json!("hello"), json!("one"), json!("read at last")]);
    assert_eq!(bodies.len(), 4, "and what asked for it: {bodies:?}");
    assert_eq!(ana.history(BOB)[2]["id"], "lost");
}

#[test]
fn what_another_program_sends_again_in_the_old_dialect_becomes_the_message() {
    sent_again_by_another_program(Dialects::Legacy);
}

#[test]
fn what_another_program_sends_again_in_omemo_2_becomes_the_message() {
    sent_again_by_another_program(Dialects::Both);
}

#[test]
fn between_two_the_row_becomes_the_message_by_one_command_on_each_side() {
    let server = Prosody::start();
    let address = server.address();
    let (ana, bob) = (
        Susurro::with_account(&address, "ana"),
        Susurro::with_account(&address, "bob"),
    );
    let id = ana.send_now(BOB, "one");
    assert_eq!(body(&bob.receive(1)[0]), "one");
    // Nothing is wrong with it, and who resends it changes nothing.
    bob.run(&["ask", ANA, &id]).expect(1);
    ana.run(&["resend", BOB, &id]).expect(0);
    bob.run(&["listen", "--timeout", "2"]).expect(0);
    let there = bob.history(ANA);
    assert_eq!((there.len(), &there[0]["edited"]), (1, &json!(0)));
    ana.run(&["resend", BOB, "nothing"]).expect(2);
}
