//! What lies in an envelope of OMEMO 2 and what lies beside it: receipts, requests to stop
//! encrypting, and what is not believed.

use serde_json::{Value, json};

use super::dialects::assert_nothing_outside;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, asked, bodies};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn ground() -> (Prosody, Peer, Susurro) {
    let server = Prosody::start();
    let bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    (server, bob, ana)
}

/// An envelope of bob's with this content and these affixes.
fn wrapped(content: &str, affixes: &str) -> String {
    format!("<envelope xmlns='urn:xmpp:sce:1'><content>{content}</content>{affixes}</envelope>")
}

const GOOD: &str = "<rpad>abcdefgh</rpad><from jid='bob@mired.test'/>";

fn text(body: &str) -> String {
    format!("<body xmlns='jabber:client'>{body}</body>")
}

#[test]
fn receipts_are_asked_for_and_given_inside() {
    let (_server, mut bob, ana) = ground();
    let id = ana
        .run_with_input(&["send", BOB, "-", "--wait", "delivered"], "did you get it")
        .expect(0)
        .out
        .trim()
        .to_owned();
    let message = bob.message();
    assert_eq!(
        (&message["id"], &message["inside"]["receipt_request"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(ana.history(BOB)[0]["state"], "delivered");
    let mut listener = ana.listen();
    let id = bob.send(ANA, "and you?");
    assert_eq!(listener.next()["body"], "and you?");
    let receipt = bob.receipt_for(&id);
    assert_eq!(receipt["encryption"], "omemo-2");
    assert_nothing_outside(&receipt);
    bob.wait_event("its stanza", |event| {
        event["inside"]["tags"] == json!(["{urn:xmpp:receipts}received"])
    });
    listener.interrupt();
}

#[test]
fn a_clear_receipt_for_a_message_that_was_sent_in_omemo_2_is_not_believed() {
    let (_server, mut bob, ana) = ground();
    bob.gives_no_receipts();
    let id = ana.send_now(BOB, "did you get it");
    assert_eq!(bob.bodies(1), ["did you get it"]);
    bob.clear_receipt(ANA, &id);
    bob.send(ANA, "one");
    assert_eq!(bodies(&ana.receive(1)), ["one"]);
    assert_eq!(state_of(&ana, &id), "sent");
    // Nor one that stands beside a sealed part.
    let received = format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>");
    bob.send_envelope(ANA, &wrapped(&text("two"), GOOD), &[&received]);
    assert_eq!(bodies(&ana.receive(1)), ["two"]);
    assert_eq!(state_of(&ana, &id), "sent");
    bob.receipt(ANA, &id);
    bob.send(ANA, "three");
    assert_eq!(bodies(&ana.receive(1)), ["three"]);
    assert_eq!(state_of(&ana, &id), "delivered");
}

fn state_of(ana: &Susurro, id: &str) -> Value {
    let told = ana.history(BOB);
    told.iter().find(|message| message["id"] == *id).unwrap()["state"].clone()
}

#[test]
fn what_lies_beside_a_sealed_part_is_not_believed() {
    let (_server, mut bob, ana) = ground();
    ana.send_now(BOB, "so that receipts are given");
    assert_eq!(bob.bodies(1), ["so that receipts are given"]);
    let mut listener = ana.listen();
    // A wish for a receipt, a body and a chat state that anybody on the way could have added.
    let beside = [
        "<request xmlns='urn:xmpp:receipts'/>",
        "<body xmlns='jabber:client'>a forged text</body>",
        "<subject xmlns='jabber:client'>a forged subject</subject>",
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
    ];
    let id = bob.send_envelope(ANA, &wrapped(&text("the true text"), GOOD), &beside);
    assert_eq!(listener.next()["body"], "the true text");
    // An envelope that nobody sealed is nothing at all (XEP-0420, business rules).
    bob.send_xml(&format!(
        "<message to='{ANA}' type='chat' id='open'>{}</message>",
        wrapped(&text("an open envelope"), GOOD)
    ));
    let last = bob.send(ANA, "the last");
    assert_eq!(listener.next()["body"], "the last");
    let (_, rest) = listener.interrupt();
    assert_eq!(rest, Vec::<Value>::new());
    // One that was asked for inside; another would stand before it.
    bob.receipt_for(&last);
    let events = bob.events_so_far();
    assert!(
        !events
            .iter()
            .any(|event| event["event"] == "receipt" && event["id"] == *id),
        "a receipt for what was asked outside: {events:#?}"
    );
}

#[test]
fn an_envelope_that_says_something_else_than_its_stanza_or_is_broken_is_not_shown() {
    let (_server, mut bob, ana) = ground();
    let secret = text("not to be shown");
    let bad = [
        // Made by somebody else, or for somebody else, and sent on.
        wrapped(&secret, "<rpad/><from jid='carol@mired.test'/>"),
        wrapped(&secret, "<rpad/><from jid='bob@elsewhere.test'/>"),
        wrapped(&secret, &format!("{GOOD}<to jid='carol@mired.test'/>")),
        wrapped(&secret, &format!("{GOOD}<to jid='room@muc.mired.test'/>")),
        // Twice what may stand once.
        wrapped(&secret, &format!("{GOOD}<from jid='carol@mired.test'/>")),
        wrapped(&format!("{secret}{}", text("nor this")), GOOD),
        format!(
            "<envelope xmlns='urn:xmpp:sce:1'><content>{secret}</content><content>{secret}</content>{GOOD}</envelope>"
        ),
        // No envelope, no XML, no text.
        format!("<envelope xmlns='urn:xmpp:sce:0'><content>{secret}</content>{GOOD}</envelope>"),
        secret.clone(),
        "garbage <<<".to_owned(),
        format!("<envelope xmlns='urn:xmpp:sce:1'><content>{secret}"),
        "<!DOCTYPE x [<!ENTITY y 'not to be shown'>]>".to_owned() + &wrapped(&text("&y;"), GOOD),
        format!("<envelope xmlns='urn:xmpp:sce:1'>{}", "<a>".repeat(20_000)),
    ];
    let mut listener = ana.listen();
    for (number, envelope) in bad.iter().enumerate() {
        let id = bob.send_envelope(ANA, envelope, &[]);
        let row = listener.next();
        let start: String = envelope.chars().take(200).collect();
        assert_eq!(row["type"], "undecryptable", "{number}: {start}");
        assert_eq!((&row["body"], &row["id"]), (&Value::Null, &json!(id)), "{start}");
        assert_eq!(row["encryption"], "omemo-2");
        assert!(
            row["reason_text"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        );
    }
    // The session took no harm.
    bob.send(ANA, "a good one");
    assert_eq!(listener.next()["body"], "a good one");
    let (_, rest) = listener.interrupt();
    assert_eq!(rest, Vec::<Value>::new());
    ana.send_now(BOB, "and back");
    assert_eq!(bob.bodies(1), ["and back"]);
}

#[test]
fn an_envelope_is_read_whatever_its_author_likes_of_xml_and_without_what_only_servers_may_say() {
    let (_server, mut bob, ana) = ground();
    let good = [
        // Prefixes, no namespace by default.
        "<s:envelope xmlns:s='urn:xmpp:sce:1' xmlns:c='jabber:client'><s:content><c:body>prefixed</c:body></s:content>\
         <s:rpad>x</s:rpad><s:from jid='bob@mired.test'/></s:envelope>"
            .to_owned(),
        // Indented, affixes first, one that nobody knows, much padding.
        format!(
            "<envelope xmlns='urn:xmpp:sce:1'>\n  <from jid='bob@mired.test'/>\n  <rpad>{}</rpad>\n  <x xmlns='y'/>\n  \
             <content>\n    {}\n  </content>\n</envelope>",
            "p".repeat(5000),
            text("indented")
        ),
        // What must not be read from inside (XEP-0420, server-processed elements).
        wrapped(
            &format!(
                "<no-store xmlns='urn:xmpp:hints'/><stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='{ANA}'/>\
                 <encryption xmlns='urn:xmpp:eme:0' namespace='x'/>{}",
                text("forbidden things beside")
            ),
            GOOD,
        ),
        // From is a thing that a sender should say, not must.
        wrapped(&text("no from"), "<rpad>x</rpad>"),
        wrapped(&text("a &lt;tag&gt; &amp; an entity: &#x1f50f;"), GOOD),
    ];
    let expected = [
        "prefixed",
        "indented",
        "forbidden things beside",
        "no from",
        "a <tag> & an entity: \u{1f50f}",
    ];
    let mut listener = ana.listen();
    for (envelope, expected) in good.iter().zip(expected) {
        bob.send_envelope(ANA, envelope, &[]);
        let row = listener.next();
        assert_eq!(
            (&row["type"], &row["body"]),
            (&json!("message"), &json!(expected))
        );
        assert_ne!(row["stanza_id"], "forged");
    }
    listener.interrupt();
}

#[test]
fn a_replayed_stanza_of_omemo_2_is_neither_shown_twice_nor_called_broken() {
    let (_server, mut bob, ana) = ground();
    let mut listener = ana.listen();
    let first = bob.send(ANA, "first");
    assert_eq!(listener.next()["body"], "first");
    let second = bob.send(ANA, "second");
    assert_eq!(listener.next()["body"], "second");
    for id in [&first, &second] {
        bob.replay(id, None);
        bob.replay(id, Some(&format!("{id}-again")));
    }
    bob.send(ANA, "third");
    assert_eq!(listener.next()["body"], "third");
    let (_, rest) = listener.interrupt();
    assert_eq!(rest, Vec::<Value>::new());
    assert_eq!(bodies(&ana.history(BOB)), ["first", "second", "third"]);
}

#[test]
fn who_asks_for_plain_text_is_shown_and_gets_nothing_until_the_person_decides() {
    let (_server, mut bob, ana) = ground();
    ana.send_now(BOB, "hello");
    assert_eq!(bob.bodies(1), ["hello"]);
    // In clear anybody could ask.
    bob.send_xml(&format!(
        "<message to='{ANA}' type='chat' id='x'><opt-out xmlns='urn:xmpp:omemo:2'><reason>forged</reason></opt-out></message>"
    ));
    bob.flush();
    ana.send_now(BOB, "not stopped by that");
    assert_eq!(bob.bodies(1), ["not stopped by that"]);
    bob.opt_out(ANA, "for the record");
    let received = ana.receive(1);
    assert_eq!(asked(&received[0]), (true, "for the record"), "{received:?}");
    for _ in 0..2 {
        let refused = ana.send(BOB, "a secret").expect(6);
        assert!(refused.err.contains(BOB), "{}", refused.err);
    }
    let stands = || ana.run(&["encryption", BOB, "--json"]).expect(0).json()[0].clone();
    assert_eq!(
        stands(),
        json!({
            "account": ANA, "jid": BOB, "encrypted": true, "opted_out": true,
            "policy": null, "reason": "opted-out", "reason_text": "for the record"
        })
    );
    // The person decides: for one message, against it, and for it.
    ana.run_with_input(&["send", BOB, "-", "--plaintext"], "in the open")
        .expect(0);
    // The next that he reads: the secret did not come before it.
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["encryption"]),
        (&json!("in the open"), &json!("none"))
    );
    assert_eq!(stands()["opted_out"], true);
    ana.run(&["encryption", BOB, "on"]).expect(0);
    ana.send_now(BOB, "not in the open");
    assert_eq!(bob.message()["encryption"], "omemo-2");
    bob.opt_out(ANA, "please");
    assert_eq!(asked(&ana.receive(1)[0]), (true, "please"));
    ana.send(BOB, "a secret").expect(6);
    ana.run(&["encryption", BOB, "off", "--yes"]).expect(0);
    ana.send_now(BOB, "as you wish");
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["encryption"]),
        (&json!("as you wish"), &json!("none"))
    );
}
