//! Both dialects of OMEMO at once: each device of a contact is written to in the best one that it publishes.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies, body};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

/// What may stand beside `<encrypted>` of OMEMO 2 (XEP-0420, server-processed
/// elements), and what servers add.
const OUTSIDE: [&str; 6] = [
    "{urn:xmpp:omemo:2}encrypted",
    "{urn:xmpp:hints}store",
    "{urn:xmpp:eme:0}encryption",
    "{urn:xmpp:sid:0}origin-id",
    "{urn:xmpp:sid:0}stanza-id",
    "{urn:xmpp:delay}delay",
];

/// Asserts that nothing of the conversation lay beside the sealed part.
pub fn assert_nothing_outside(event: &Value) {
    for tag in event["clear"].as_array().unwrap() {
        assert!(
            OUTSIDE.contains(&tag.as_str().unwrap()),
            "{tag} in clear: {event}"
        );
    }
}

#[test]
fn one_message_is_read_by_a_legacy_and_by_an_omemo_2_device_of_one_account_on_prosody() {
    let server = Prosody::start();
    one_message_is_read_by_both(&server.address());
}

#[test]
fn one_message_is_read_by_a_legacy_and_by_an_omemo_2_device_of_one_account_on_ejabberd() {
    let server = Ejabberd::start();
    one_message_is_read_by_both(&server.address());
}

fn one_message_is_read_by_both(address: &Address) {
    let mut phone = Peer::speaking(Dialects::Legacy, address, "bob");
    let mut tablet = Peer::speaking(Dialects::Omemo2, address, "bob");
    let ana = Susurro::with_account(address, "ana");
    for round in 0..3 {
        let text = format!("to both of them {round}");
        let id = ana.send_now(BOB, &text);
        let legacy = json!([phone.device()]);
        let modern = json!({BOB: [tablet.device()]});
        for (device, dialect) in [(&mut phone, "omemo-legacy"), (&mut tablet, "omemo-2")] {
            let message = device.message();
            assert_eq!((&message["body"], &message["id"]), (&json!(text), &json!(id)));
            assert_eq!(message["encryption"], dialect);
            assert_eq!(message["addressed"], json!([dialect]));
            // Each element holds the keys of its own devices and of no other.
            assert_eq!(message["recipients"]["omemo-legacy"], legacy);
            assert_eq!(message["recipients"]["omemo-2"], modern);
            let clear = message["clear"].as_array().unwrap();
            assert!(!clear.contains(&json!("{jabber:client}body")), "{clear:?}");
        }
        phone.send(ANA, &format!("from the phone {round}"));
        tablet.send(ANA, &format!("from the tablet {round}"));
        phone.flush();
        tablet.flush();
        let mut received: Vec<_> = ana.receive(2).iter().map(facts).collect();
        received.sort();
        let expected = [
            (
                format!("from the phone {round}"),
                "omemo-legacy",
                phone.fingerprint(),
            ),
            (
                format!("from the tablet {round}"),
                "omemo-2",
                tablet.fingerprint(),
            ),
        ]
        .map(|(body, dialect, key)| (body, dialect.to_owned(), key));
        assert_eq!(received, expected);
    }
}

#[test]
fn the_first_login_publishes_both_dialects_on_prosody() {
    let server = Prosody::start();
    both_are_published(&server.address());
}

#[test]
fn the_first_login_publishes_both_dialects_on_ejabberd() {
    let server = Ejabberd::start();
    both_are_published(&server.address());
}

fn both_are_published(address: &Address) {
    let mut bob = Peer::speaking(Dialects::Both, address, "bob");
    let ana = Susurro::with_account(address, "ana");
    let own = ana.run(&["devices", "--json", "--offline"]).expect(0).json();
    let id = own[0]["id"].as_u64().unwrap();
    assert_eq!(bob.devices_of(ANA), [id]);
    assert_eq!(bob.omemo2_devices_of(ANA), [id]);
    let (old, new) = (bob.bundle_of(ANA, id), bob.omemo2_bundle_of(ANA, id).unwrap());
    for bundle in [&old, &new] {
        assert_eq!(bundle["identity"], own[0]["fingerprint"]);
        assert_eq!(prekeys(bundle).len(), 100);
        assert!(!prekeys(bundle).contains(&0));
    }
    assert_eq!(new["signed"], true);
}

/// Body, dialect and key of a printed message.
fn facts(message: &Value) -> (String, String, String) {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    (body(message), text("encryption"), text("fingerprint"))
}

#[test]
fn a_device_that_publishes_both_is_written_to_in_omemo_2_only_and_once() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    for round in 0..3 {
        ana.send_now(BOB, &format!("hello {round}"));
        let message = bob.message();
        assert_eq!(message["body"], format!("hello {round}"));
        assert_eq!(message["encryption"], "omemo-2");
        assert_eq!(message["recipients"], json!({"omemo-2": {BOB: [bob.device()]}}));
        assert_nothing_outside(&message);
        let inside = &message["inside"];
        assert_eq!(inside["dropped"], json!([]));
        assert_eq!(
            inside["tags"],
            json!([
                "{jabber:client}body",
                "{urn:xmpp:receipts}request",
                "{urn:xmpp:chat-markers:0}markable"
            ])
        );
        for affix in ["rpad", "from"] {
            assert!(
                inside["affixes"].as_array().unwrap().contains(&json!(affix)),
                "{inside}"
            );
        }
        bob.send(ANA, &format!("back {round}"));
        let received = ana.receive(1);
        assert_eq!(
            facts(&received[0]),
            (format!("back {round}"), "omemo-2".to_owned(), bob.fingerprint())
        );
    }
    assert!(
        ana.history(BOB)
            .iter()
            .all(|message| message["encryption"] == "omemo-2")
    );
}

#[test]
fn short_messages_of_different_lengths_look_alike_on_the_wire() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut sizes = Vec::new();
    for text in [
        "a",
        "a text of some forty characters, or more",
        "b",
        "c",
        "d",
        "e",
    ] {
        ana.send_now(BOB, text);
        let message = bob.message();
        assert_eq!(message["body"], text);
        sizes.push(message["inside"]["size"].as_u64().unwrap());
    }
    // Filled up to one size, then a random amount on top.
    let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
    assert!(*least >= 256, "{sizes:?}");
    assert!(least < most && most - least <= 200, "{sizes:?}");
}

#[test]
fn two_of_ours_talk_in_omemo_2() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let bob = Susurro::with_account(&server.address(), "bob");
    for round in 0..3 {
        ana.send_now(BOB, &format!("there {round}"));
        let received = bob.receive(1);
        assert_eq!(body(&received[0]), format!("there {round}"));
        assert_eq!(received[0]["encryption"], "omemo-2");
        bob.send_now(ANA, &format!("back {round}"));
        assert_eq!(ana.receive(1)[0]["encryption"], "omemo-2");
    }
}

#[test]
fn one_key_has_one_fingerprint_in_both_dialects_and_is_verified_once() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let key = bob.fingerprint();
    bob.send(ANA, "in the new dialect");
    let received = ana.receive(1);
    assert_eq!(received[0]["encryption"], "omemo-2");
    assert_eq!(
        (&received[0]["fingerprint"], &received[0]["trust"]),
        (&json!(key), &json!("blind"))
    );
    ana.run(&["trust", "verify", BOB, &key]).expect(0);
    bob.switch_to(Dialects::Legacy);
    bob.send(ANA, "in the old one");
    let received = ana.receive(1);
    assert_eq!(received[0]["encryption"], "omemo-legacy");
    assert_eq!(
        (&received[0]["fingerprint"], &received[0]["trust"]),
        (&json!(key), &json!("verified"))
    );
    let listed = ana.run(&["trust", "list", BOB, "--json"]).expect(0).json();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(
        (&listed[0]["fingerprint"], &listed[0]["trust"]),
        (&json!(key), &json!("verified"))
    );
    // And ours: what both bundles say is what we show.
    let own = ana.run(&["devices", "--json"]).expect(0).json();
    let id = own[0]["id"].as_u64().unwrap();
    assert_eq!(own[0]["dialects"], json!(["omemo-2", "omemo-legacy"]));
    assert_eq!(bob.bundle_of(ANA, id)["identity"], own[0]["fingerprint"]);
    let bundle = bob.omemo2_bundle_of(ANA, id).unwrap();
    assert_eq!(bundle["identity"], own[0]["fingerprint"]);
    assert_eq!(bundle["signed"], true);
    assert_eq!(bob.devices_of(ANA), [id]);
    assert_eq!(bob.omemo2_devices_of(ANA), [id]);
}

/// What a contact reads from Kaidan or Converse: the key as OMEMO 2 publishes it.
#[test]
fn the_form_that_newer_clients_show_is_typed_and_taken_and_no_other_one() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let (key, device) = (bob.fingerprint(), u64::from(bob.device()));
    let shown = bob.omemo2_bundle_of(BOB, device).unwrap()["ik"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(shown, key);
    // As it is read aloud, from a screen that groups by eight.
    let digits: Vec<char> = shown.to_uppercase().chars().collect();
    let groups: Vec<String> = digits.chunks(8).map(|group| group.iter().collect()).collect();
    let decide = |what: &str, groups: &[String]| {
        let mut arguments = vec!["trust", what, BOB];
        arguments.extend(groups.iter().map(String::as_str));
        ana.run(&arguments)
    };
    let trust = || {
        let listed = ana.run(&["trust", "list", BOB, "--json"]).expect(0).json();
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(listed[0]["fingerprint"], *key);
        assert_eq!(listed[0]["fingerprint_ed25519"], *shown);
        listed[0]["trust"].as_str().unwrap().to_owned()
    };
    // The other sign makes another Ed25519 key, which has the same Curve25519 form.
    let mut wrong = groups.clone();
    let last = wrong.last_mut().unwrap();
    let sign = u8::from_str_radix(&last[6..], 16).unwrap() ^ 0x80;
    *last = format!("{}{sign:02X}", &last[..6]);
    let mut slip = groups.clone();
    slip[3] = match slip[3].as_str() {
        "00000000" => "00000001".to_owned(),
        _ => "00000000".to_owned(),
    };
    for wrong in [&wrong, &slip] {
        let refused = decide("verify", wrong).expect(1);
        assert!(refused.err.contains(&shown[..8]), "{refused:?}");
        assert_eq!(trust(), "blind");
    }
    decide("verify", &groups).expect(0);
    assert_eq!(trust(), "verified");
    ana.send_now(BOB, "for the key that was compared");
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["encryption"]),
        (&json!("for the key that was compared"), &json!("omemo-2"))
    );
    decide("distrust", &groups).expect(0);
    assert_eq!(trust(), "distrusted");
    ana.send(BOB, "not for this one").expect(6);
}

#[test]
fn own_other_devices_read_what_this_one_sends_each_in_its_dialect() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let mut phone = Peer::speaking(Dialects::Legacy, &server.address(), "ana");
    let mut tablet = Peer::speaking(Dialects::Omemo2, &server.address(), "ana");
    phone.wants_carbons();
    tablet.wants_carbons();
    let ana = Susurro::with_account(&server.address(), "ana");
    for device in [&mut phone, &mut tablet] {
        ana.run(&["trust", "verify", ANA, &device.fingerprint()])
            .expect(0);
    }
    ana.send_now(BOB, "to bob and to my own");
    let message = bob.message();
    assert_eq!(message["encryption"], "omemo-2");
    assert_eq!(message["recipients"]["omemo-legacy"], json!([phone.device()]));
    assert_eq!(message["recipients"]["omemo-2"][ANA], json!([tablet.device()]));
    // A device of ours needs no wish for a receipt beside it.
    let clear = message["clear"].as_array().unwrap();
    assert!(!clear.contains(&json!("{urn:xmpp:receipts}request")), "{clear:?}");
    for (device, dialect) in [(&mut phone, "omemo-legacy"), (&mut tablet, "omemo-2")] {
        let carbon = device.message();
        assert_eq!(
            (&carbon["body"], &carbon["carbon"], &carbon["encryption"]),
            (&json!("to bob and to my own"), &json!(true), &json!(dialect))
        );
    }
}

fn prekeys(bundle: &Value) -> Vec<u64> {
    let ids = bundle["prekeys"].as_array().unwrap();
    ids.iter().filter_map(Value::as_u64).collect()
}

#[test]
fn a_prekey_that_was_spent_in_one_dialect_is_offered_in_neither() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let id = bob.omemo2_devices_of(ANA)[0];
    let before = prekeys(&bob.omemo2_bundle_of(ANA, id).unwrap());
    assert_eq!(prekeys(&bob.bundle_of(ANA, id)), before, "one set of prekeys");
    let mut listener = ana.listen();
    bob.send(ANA, "a session begins");
    assert_eq!(listener.next()["encryption"], "omemo-2");
    let gone = crate::support::wait_for("the bundle to be replaced", || {
        let after = prekeys(&bob.omemo2_bundle_of(ANA, id).unwrap());
        before.iter().find(|key| !after.contains(key)).copied()
    });
    crate::support::wait_for("the other one, too", || {
        let after = prekeys(&bob.bundle_of(ANA, id));
        (!after.contains(&gone) && after.len() == 100).then_some(())
    });
    listener.interrupt();
}

#[test]
fn sixty_messages_among_three_devices_in_random_order_arrive_once_and_in_order() {
    let server = Prosody::start();
    let mut peers = [
        Peer::speaking(Dialects::Legacy, &server.address(), "bob"),
        Peer::speaking(Dialects::Omemo2, &server.address(), "bob"),
        Peer::speaking(Dialects::Both, &server.address(), "bob"),
    ];
    let ana = Susurro::with_account(&server.address(), "ana");
    let (mut sent, mut answered) = (Vec::new(), Vec::new());
    let (mut received, mut waiting) = (Vec::new(), 0_usize);
    let mut random = 20_261_121_u32;
    for number in 0..60 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let text = format!("message {number} \u{1f50f}");
        let who = usize::try_from(random >> 30).unwrap();
        if let Some(peer) = peers.get_mut(who) {
            peer.send(ANA, &text);
            peer.flush();
            answered.push(text);
            waiting += 1;
        } else {
            ana.send_now(BOB, &text);
            sent.push(text);
        }
        if (random >> 16).is_multiple_of(13) && waiting > 0 {
            received.extend(ana.receive(waiting));
            waiting = 0;
        }
    }
    received.extend(ana.receive(waiting));
    assert_eq!(bodies(&received), answered);
    for peer in &mut peers {
        assert_eq!(peer.bodies(sent.len()), sent);
    }
}
