//! The ground of the tests about the dialects, proved without our program: peers that speak OMEMO
//! 2, and how strict they are.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const LIST: &str = "urn:xmpp:omemo:2:devices";
const BUNDLES: &str = "urn:xmpp:omemo:2:bundles";

#[test]
fn peers_talk_in_every_dialect_on_prosody() {
    let server = Prosody::start();
    peers_talk_in_every_dialect(&server.address());
}

#[test]
fn peers_talk_in_every_dialect_on_ejabberd() {
    let server = Ejabberd::start();
    peers_talk_in_every_dialect(&server.address());
}

/// Each pair that has a dialect in common talks both ways in the better one; OMEMO 2
/// alone and legacy alone do not.
fn peers_talk_in_every_dialect(address: &Address) {
    let mut ana = Peer::speaking(Dialects::Both, address, "ana");
    let mut bob = Peer::speaking(Dialects::Legacy, address, "bob");
    talk(&mut ana, &mut bob, "omemo-legacy");
    let mut carol = Peer::speaking(Dialects::Omemo2, address, "carol");
    talk(&mut carol, &mut ana, "omemo-2");
    let mut dave = Peer::speaking(Dialects::Both, address, "dave");
    talk(&mut dave, &mut ana, "omemo-2");
    talk(&mut carol, &mut dave, "omemo-2");
    let nothing = carol.try_call(json!({"do": "send", "to": BOB, "body": "?"}));
    assert!(nothing.is_err_and(|error| error.contains("NoEligibleDevices")));
    // A second device of the first account, which knows OMEMO 2 only: both are reached by one stanza.
    let mut tablet = Peer::speaking(Dialects::Omemo2, address, "bob");
    let id = ana.send(BOB, "to both of bob's");
    for (device, dialect) in [(&mut bob, "omemo-legacy"), (&mut tablet, "omemo-2")] {
        let message = device.message();
        assert_eq!(message["body"], "to both of bob's");
        assert_eq!(message["id"], *id);
        assert_eq!(message["encryption"], dialect);
        assert_eq!(message["addressed"], json!([dialect]));
        let devices = &message["recipients"];
        assert_eq!(devices["omemo-legacy"].as_array().map(Vec::len), Some(1));
        assert_eq!(devices["omemo-2"][BOB].as_array().map(Vec::len), Some(1));
    }
}

fn talk(one: &mut Peer, other: &mut Peer, dialect: &str) {
    let (first, second) = (one.jid(), other.jid());
    for round in 0..3 {
        let id = one.send(&second, &format!("there {round}"));
        let message = other.message();
        assert_eq!(message["body"], format!("there {round}"));
        check(&message, dialect, one);
        assert_eq!(
            one.receipt_for(&id)["encryption"],
            if dialect == "omemo-2" { dialect } else { "none" }
        );
        let id = other.send(&first, &format!("back {round}"));
        let message = one.message();
        assert_eq!(message["body"], format!("back {round}"));
        check(&message, dialect, other);
        other.receipt_for(&id);
    }
}

fn check(message: &Value, dialect: &str, sender: &mut Peer) {
    assert_eq!(message["encryption"], dialect);
    assert_eq!(message["addressed"], json!([dialect]));
    assert_eq!(message["device"], sender.device());
    assert_eq!(message["fingerprint"], sender.fingerprint());
    if dialect == "omemo-2" {
        assert_eq!(
            message["inside"]["affixes"],
            json!(["from", "rpad", "time", "to"])
        );
        assert_eq!(message["inside"]["receipt_request"], true);
        let clear: Vec<_> = message["clear"].as_array().unwrap().iter().collect();
        for tag in ["{jabber:client}body", "{urn:xmpp:receipts}request"] {
            assert!(!clear.contains(&&json!(tag)), "{tag} in clear");
        }
    }
}

#[test]
fn a_peer_keeps_its_sessions_over_a_restart_and_its_key_over_a_change_of_dialect() {
    let server = Prosody::start();
    let mut ana = Peer::speaking(Dialects::Both, &server.address(), "ana");
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    ana.send(BOB, "one");
    assert_eq!(bob.bodies(1), ["one"]);
    bob.go_offline();
    ana.send(BOB, "two");
    ana.flush();
    bob.come_online();
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["delayed"]),
        (&json!("two"), &json!(true))
    );
    let (device, key) = (bob.device(), bob.fingerprint());
    bob.switch_to(Dialects::Legacy);
    assert_eq!((bob.device(), bob.fingerprint()), (device, key.clone()));
    assert_eq!(ana.omemo2_devices_of(BOB), Vec::<u64>::new());
    assert!(ana.omemo2_bundle_of(BOB, device.into()).is_err());
    assert_eq!(ana.bundle_of(BOB, device.into())["identity"], key);
    bob.send(ANA, "three");
    assert_eq!(ana.message()["encryption"], "omemo-legacy");
    bob.switch_to(Dialects::Both);
    assert_eq!(ana.omemo2_devices_of(BOB), [u64::from(device)]);
    assert_eq!(ana.omemo2_bundle_of(BOB, device.into()).unwrap()["identity"], key);
    ana.send(BOB, "four");
    assert_eq!(bob.message()["encryption"], "omemo-2");
    // Withdrawn for a while, as by another client, and back.
    bob.withdraw("omemo-2");
    assert_eq!(ana.omemo2_devices_of(BOB), Vec::<u64>::new());
    assert!(ana.omemo2_bundle_of(BOB, device.into()).is_err());
    bob.announce();
    assert_eq!(ana.omemo2_devices_of(BOB), [u64::from(device)]);
    assert!(ana.omemo2_bundle_of(BOB, device.into()).is_ok());
}

#[test]
fn a_peer_refuses_every_envelope_that_must_not_be_believed() {
    let server = Prosody::start();
    let mut ana = Peer::speaking(Dialects::Omemo2, &server.address(), "ana");
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let body = "<body xmlns='jabber:client'>hello</body>";
    let content = format!("<content>{body}</content>");
    let affixes = "<rpad>abc</rpad><from jid='ana@mired.test'/>";
    let wrap = |inner: &str| format!("<envelope xmlns='urn:xmpp:sce:1'>{inner}</envelope>");
    let bad = [
        ("ParseError", "this is not XML <<".to_owned()),
        (
            "in an envelope",
            format!(
                "<!DOCTYPE a [<!ENTITY b 'c'>]>{}",
                wrap(&format!("{content}{affixes}"))
            ),
        ),
        (
            "not an envelope",
            format!("<content xmlns='urn:xmpp:sce:1'>{body}</content>"),
        ),
        ("no content", wrap(affixes)),
        ("no rpad", wrap(&format!("{content}<from jid='ana@mired.test'/>"))),
        (
            "from carol",
            wrap(&format!("{content}<rpad/><from jid='carol@mired.test'/>")),
        ),
        (
            "from ana",
            wrap(&format!("{content}<rpad/><from jid='ana@mired.test/desk'/>")),
        ),
        ("from without jid", wrap(&format!("{content}<rpad/><from/>"))),
        (
            "to carol",
            wrap(&format!("{content}{affixes}<to jid='carol@mired.test'/>")),
        ),
        (
            "2001-01-01",
            wrap(&format!("{content}{affixes}<time stamp='2001-01-01T00:00:00Z'/>")),
        ),
        (
            "time 'noon'",
            wrap(&format!("{content}{affixes}<time stamp='noon'/>")),
        ),
        (
            "no namespace of its own",
            wrap(&format!("<content><body>hello</body></content>{affixes}")),
        ),
        (
            "two bodies",
            wrap(&format!("<content>{body}{body}</content>{affixes}")),
        ),
        (
            "two {urn:xmpp:sce:1}content",
            wrap(&format!("{content}{content}{affixes}")),
        ),
    ];
    for (reason, envelope) in &bad {
        let id = ana.send_envelope(BOB, envelope, &[]);
        let event = bob.wait_event("the refusal", |event| event["id"] == *id);
        assert_eq!(event["event"], "undecryptable", "{envelope}");
        assert_eq!(event["envelope"], *envelope);
        let error = event["error"].as_str().unwrap();
        assert!(error.contains(reason), "{error} does not say {reason}");
    }
    // And takes one that is good, whatever prefix its author likes, without what a server has to see.
    let good = "<s:envelope xmlns:s='urn:xmpp:sce:1' xmlns='jabber:client'><s:content><body>hello</body>\
                <store xmlns='urn:xmpp:hints'/><stanza-id xmlns='urn:xmpp:sid:0' id='1' by='ana@mired.test'/>\
                <encryption xmlns='urn:xmpp:eme:0' namespace='x'/><addresses xmlns='http://jabber.org/protocol/address'/>\
                <composing xmlns='http://jabber.org/protocol/chatstates'/></s:content>\
                <unknown xmlns='x'/><s:rpad>abc</s:rpad></s:envelope>";
    ana.send_envelope(BOB, good, &[]);
    let message = bob.message();
    assert_eq!(message["body"], "hello");
    assert_eq!(message["inside"]["chat_state"], "composing");
    assert_eq!(message["inside"]["dropped"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        message["inside"]["tags"],
        json!([
            "{jabber:client}body",
            "{http://jabber.org/protocol/chatstates}composing"
        ])
    );
}

#[test]
fn what_is_not_a_message_travels_sealed_and_clear_text_is_told_apart() {
    let server = Prosody::start();
    let mut ana = Peer::speaking(Dialects::Both, &server.address(), "ana");
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    bob.chat_state(ANA, "composing");
    let event = ana.wait_event("a chat state", |event| event["event"] == "content");
    assert_eq!(event["inside"]["chat_state"], "composing");
    bob.opt_out(ANA, "for the record");
    let event = ana.wait_event("an opt-out", |event| event["event"] == "content");
    assert_eq!(event["inside"]["opt_out"], true);
    assert!(event["envelope"].as_str().unwrap().contains("for the record"));
    bob.gives_no_receipts();
    let id = ana.send(BOB, "did it come?");
    assert_eq!(bob.bodies(1), ["did it come?"]);
    bob.clear_receipt(ANA, &id);
    let receipt = ana.receipt_for(&id);
    assert_eq!(receipt["encryption"], "none");
    bob.receipt(ANA, &id);
    assert_eq!(ana.receipt_for(&id)["encryption"], "omemo-2");
    bob.send_plain(ANA, "in clear");
    assert_eq!(ana.message()["encryption"], "none");
    // What another device of the account sends is read from the carbon.
    let mut tablet = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    tablet.wants_carbons();
    ana.send(BOB, "to both");
    assert_eq!(tablet.bodies(1), ["to both"]);
    bob.send(ANA, "from one of them");
    let carbon = tablet.message();
    assert_eq!(
        (&carbon["body"], &carbon["carbon"]),
        (&json!("from one of them"), &json!(true))
    );
    assert_eq!(carbon["encryption"], "omemo-2");
}

#[test]
fn a_peer_signs_its_label_and_sees_a_label_that_is_not_signed() {
    let server = Prosody::start();
    let mut ana = Peer::offline(&server.address(), "ana")
        .speaks(Dialects::Both)
        .labelled("a desk");
    ana.come_online();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let id = ana.device();
    assert_eq!(
        bob.omemo2_list_of(ANA),
        [json!({"id": id, "label": "a desk", "signed": true})]
    );
    ana.rename("a chair");
    assert_eq!(
        bob.omemo2_list_of(ANA),
        [json!({"id": id, "label": "a chair", "signed": true})]
    );
    let forged = ana.items_of(ANA, LIST)["current"]
        .as_str()
        .unwrap()
        .replace("a chair", "a throne");
    ana.publish(LIST, "current", &forged);
    assert_eq!(
        bob.omemo2_list_of(ANA),
        [json!({"id": id, "label": "a throne", "signed": false})]
    );
}

#[test]
fn a_peer_can_break_and_mend_the_nodes_of_its_account_on_prosody() {
    let server = Prosody::start();
    nodes_break_and_mend(&server.address());
}

#[test]
fn a_peer_can_break_and_mend_the_nodes_of_its_account_on_ejabberd() {
    let server = Ejabberd::start();
    nodes_break_and_mend(&server.address());
}

fn nodes_break_and_mend(address: &Address) {
    let mut ana = Peer::speaking(Dialects::Both, address, "ana");
    let mut bob = Peer::speaking(Dialects::Both, address, "bob");
    let id = u64::from(ana.device());
    let bundle = bob.omemo2_bundle_of(ANA, id).unwrap();
    assert_eq!(bundle["signed"], true);
    assert_eq!(bundle["identity"], ana.fingerprint());
    assert_eq!(bundle["prekeys"].as_array().map(Vec::len), Some(100));
    for node in [LIST, BUNDLES] {
        assert_eq!(ana.configuration(node)["access_model"], "open");
        ana.configure(node, json!({"access_model": "presence"}));
        assert_eq!(ana.configuration(node)["access_model"], "presence");
        assert!(
            bob.try_call(json!({"do": "items", "of": ANA, "node": node}))
                .is_err()
        );
        ana.configure(node, json!({"access_model": "open"}));
    }
    assert!(bob.omemo2_bundle_of(ANA, id).is_ok());
    ana.retract(BUNDLES, &id.to_string());
    assert!(bob.omemo2_bundle_of(ANA, id).is_err());
    ana.announce();
    assert!(bob.omemo2_bundle_of(ANA, id).is_ok());
    ana.delete_node(BUNDLES);
    ana.delete_node(LIST);
    assert!(bob.try_call(json!({"do": "omemo2_devices", "of": ANA})).is_err());
    ana.announce();
    assert_eq!(bob.omemo2_devices_of(ANA), [id]);
    assert!(bob.omemo2_bundle_of(ANA, id).is_ok());
}
