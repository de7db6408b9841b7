//! Devices and keys of contacts that change under one's hands, where both dialects are spoken.

use serde_json::{Value, json};

use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, asked, body};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

#[test]
fn a_device_that_no_longer_publishes_omemo_2_is_a_downgrade_that_is_told_once() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let said = ana.send(BOB, "before").expect(0).err;
    assert!(!said.contains("OMEMO 2"), "{said}");
    assert_eq!(bob.message()["encryption"], "omemo-2");
    bob.switch_to(Dialects::Legacy);
    let said = ana.send(BOB, "after").expect(0).err;
    assert!(said.contains("OMEMO 2") && said.contains(BOB), "{said}");
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["encryption"]),
        (&json!("after"), &json!("omemo-legacy"))
    );
    let said = ana.send(BOB, "and once more").expect(0).err;
    assert!(!said.contains("OMEMO 2"), "told twice: {said}");
    assert_eq!(bob.bodies(1), ["and once more"]);
    // Back to the better dialect as soon as it is published again, and told again if it goes.
    bob.switch_to(Dialects::Both);
    ana.send_now(BOB, "welcome back");
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["encryption"]),
        (&json!("welcome back"), &json!("omemo-2"))
    );
    bob.switch_to(Dialects::Legacy);
    let said = ana.send(BOB, "again").expect(0).err;
    assert!(said.contains("OMEMO 2") && said.contains(BOB), "{said}");
    assert_eq!(bob.message()["encryption"], "omemo-legacy");
}

#[test]
fn a_bundle_of_omemo_2_that_cannot_be_used_does_not_hide_the_legacy_one() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let device = bob.device().to_string();
    let bundle = bob.items_of(BOB, "urn:xmpp:omemo:2:bundles")[&device]
        .as_str()
        .unwrap()
        .to_owned();
    // A signature that is not of this key: nothing may be sealed with it.
    let (before, signature) = bundle.split_once("<spks>").unwrap();
    let (signature, after) = signature.split_once("</spks>").unwrap();
    let wrong: String = signature.chars().rev().filter(|c| *c != '=').collect();
    bob.publish(
        "urn:xmpp:omemo:2:bundles",
        &device,
        &format!("{before}<spks>{wrong}==</spks>{after}"),
    );
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "careful");
    // It is written to in legacy: never sealed with that bundle.
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["encryption"]),
        (&json!("careful"), &json!("omemo-legacy"))
    );
}

#[test]
fn the_same_device_id_with_another_key_is_not_believed_in_omemo_2_either() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "before");
    assert_eq!(bob.bodies(1), ["before"]);
    bob.send(ANA, "before too");
    assert_eq!(body(&ana.receive(1)[0]), "before too");
    bob.install_anew_with_same_device_id();
    bob.send(ANA, "from an impostor, perhaps");
    let received = ana.receive(1);
    assert_eq!(received[0]["type"], "undecryptable");
    assert_eq!(received[0]["encryption"], "omemo-2");
    // Nor may it come back as a device of the older dialect.
    bob.switch_to(Dialects::Legacy);
    bob.send(ANA, "from an impostor in another coat");
    assert_eq!(ana.receive(1)[0]["type"], "undecryptable");
    let sent = ana.send(BOB, "only for the old key");
    assert!(matches!(sent.code(), Some(0 | 6)), "{sent:?}");
    assert!(
        !has_read(&mut bob, "only for the old key"),
        "sealed to a key that replaced another"
    );
}

/// Whether a message with this body came.
fn has_read(peer: &mut Peer, body: &str) -> bool {
    peer.events_so_far().iter().any(|event| event["body"] == body)
}

#[test]
fn a_new_device_of_a_verified_contact_gets_nothing_in_either_dialect_until_somebody_decides() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "hello");
    assert_eq!(bob.bodies(1), ["hello"]);
    ana.run(&["trust", "verify", BOB, &bob.fingerprint()]).expect(0);
    let mut phone = Peer::speaking(Dialects::Legacy, &server.address(), "bob");
    let mut tablet = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    ana.send_now(BOB, "for the verified one");
    let message = bob.message();
    assert_eq!(message["body"], "for the verified one");
    assert_eq!(message["recipients"], json!({"omemo-2": {BOB: [bob.device()]}}));
    for device in [&mut phone, &mut tablet] {
        device.send(ANA, "it is me");
        let received = ana.receive(1);
        assert_eq!(
            (&received[0]["body"], &received[0]["trust"]),
            (&json!("it is me"), &json!("undecided"))
        );
    }
    ana.run(&["trust", "verify", BOB, &tablet.fingerprint()])
        .expect(0);
    ana.run(&["trust", "distrust", BOB, &phone.fingerprint()])
        .expect(0);
    ana.send_now(BOB, "for two of them");
    tablet.events_until("for two of them");
    assert!(!has_read(&mut phone, "for two of them"));
    // Nothing is opened that a distrusted key sealed.
    phone.send(ANA, "never mind");
    assert_eq!(ana.receive(1)[0]["type"], "undecryptable");
}

#[test]
fn a_long_monologue_is_answered_by_one_heartbeat() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    // So that it may be answered, and the session stands on both sides.
    ana.send_now(BOB, "go on");
    assert_eq!(bob.bodies(1), ["go on"]);
    let mut listener = ana.listen();
    let say = |bob: &mut Peer, text: &str| {
        // No receipts: they would turn the ratchet, too.
        bob.call(json!({"do": "send", "to": ANA, "body": text, "receipt": false}));
    };
    // What a session brings with it stands before this receipt.
    let first = bob.send(ANA, "the first");
    assert_eq!(listener.next()["body"], "the first");
    bob.receipt_for(&first);
    bob.events_so_far();
    for number in 0..70 {
        say(&mut bob, &format!("number {number}"));
        assert_eq!(listener.next()["body"], format!("number {number}"));
    }
    let heartbeat = bob.wait_event("a heartbeat", |event| event["event"] == "empty");
    assert_eq!(heartbeat["encryption"], "omemo-2");
    assert_eq!(heartbeat["from"], ANA);
    // And any other heartbeat before this one.
    let last = bob.send(ANA, "the last");
    bob.receipt_for(&last);
    let more: Vec<Value> = bob.events_so_far();
    assert!(more.iter().all(|event| event["event"] != "empty"), "{more:#?}");
    listener.interrupt();
}

#[test]
fn a_key_that_nobody_accepted_cannot_ask_for_plain_text_in_the_name_of_a_verified_contact() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "hello");
    assert_eq!(bob.bodies(1), ["hello"]);
    ana.run(&["trust", "verify", BOB, &bob.fingerprint()]).expect(0);
    let mut stranger = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    stranger.opt_out(ANA, "trust me");
    let received = ana.receive(1);
    assert_eq!(asked(&received[0]), (false, "trust me"), "{received:?}");
    let stands = ana.run(&["encryption", BOB, "--json"]).expect(0).json();
    assert_eq!(
        (&stands[0]["encrypted"], &stands[0]["opted_out"]),
        (&json!(true), &json!(false))
    );
    ana.send_now(BOB, "not stopped by that");
    assert_eq!(bob.message()["encryption"], "omemo-2");
    bob.opt_out(ANA, "really");
    assert_eq!(asked(&ana.receive(1)[0]), (true, "really"));
    ana.send(BOB, "a secret").expect(6);
}
