//! The own account's devices: shown, named, removed; strangers among them are an alarm;
//! sessions can be begun anew.

use serde_json::{Value, json};

use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies};
use crate::support::wait_for;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const LIST: &str = "urn:xmpp:omemo:2:devices";

#[test]
fn this_device_has_the_name_that_the_person_gives_it_and_signs_it() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    // Nothing is said of the machine unless the person wants it.
    let [unnamed] = bob.omemo2_list_of(ANA).try_into().unwrap();
    assert_eq!(unnamed["label"], Value::Null);
    for name in ["the desk \u{1f5a5} of Ana", "another"] {
        ana.run(&["devices", "rename", name]).expect(0);
        let [device] = bob.omemo2_list_of(ANA).try_into().unwrap();
        assert_eq!(
            (&device["label"], &device["signed"]),
            (&json!(name), &json!(true))
        );
        assert_eq!(ana.run(&["devices", "--json"]).expect(0).json()[0]["label"], name);
    }
    let long = "x".repeat(53);
    ana.run(&["devices", "rename", &long]).expect(2);
    assert_eq!(bob.omemo2_list_of(ANA)[0]["label"], "another");
    ana.run(&["devices", "rename", ""]).expect(0);
    assert_eq!(bob.omemo2_list_of(ANA)[0]["label"], Value::Null);
}

#[test]
fn names_of_other_devices_are_shown_if_their_key_signed_them() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut other = Peer::offline(&server.address(), "ana")
        .speaks(Dialects::Both)
        .labelled("the phone");
    other.come_online();
    let shown = |other: &mut Peer| {
        let id = other.device();
        let devices = ana.run(&["devices", "--json"]).expect(0).json();
        assert_eq!(devices.len(), 2, "{devices:?}");
        assert_eq!(devices[0]["this"], true);
        let its = devices.iter().find(|device| device["id"] == id).unwrap().clone();
        assert_eq!(its["fingerprint"], other.fingerprint());
        assert_eq!(its["dialects"], json!(["omemo-2", "omemo-legacy"]));
        assert_eq!((&its["active"], &its["stale"]), (&json!(true), &json!(false)));
        its["label"].clone()
    };
    assert_eq!(shown(&mut other), "the phone");
    other.rename("the new phone");
    assert_eq!(shown(&mut other), "the new phone");
    let list = other.items_of(ANA, LIST)["current"].as_str().unwrap().to_owned();
    other.publish(LIST, "current", &list.replace("the new phone", "verified by mom"));
    assert_eq!(shown(&mut other), Value::Null);
    // Renaming ours does not touch the names of others.
    other.rename("the phone again");
    ana.run(&["devices", "rename", "the desk"]).expect(0);
    assert_eq!(shown(&mut other), "the phone again");
}

#[test]
fn another_device_is_removed_from_lists_and_server_and_gets_nothing_more() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut other = Peer::speaking(Dialects::Both, &server.address(), "ana");
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let this = ana.run(&["devices", "--json"]).expect(0).json()[0]["id"]
        .as_u64()
        .unwrap();
    let (gone, key) = (other.device(), other.fingerprint());
    ana.run(&["trust", "verify", ANA, &key]).expect(0);
    ana.send_now(BOB, "with the other one");
    assert_eq!(bob.message()["recipients"]["omemo-2"][ANA], json!([gone]));
    // A device that is lost cannot defend itself.
    other.go_offline();
    let id = gone.to_string();
    ana.run(&["devices", "remove", &id]).expect(0);
    assert_eq!(bob.devices_of(ANA), [this]);
    assert_eq!(bob.omemo2_devices_of(ANA), [this]);
    assert!(bob.omemo2_bundle_of(ANA, gone.into()).is_err());
    assert!(
        bob.try_call(json!({"do": "bundle", "of": ANA, "device": gone}))
            .is_err()
    );
    ana.send_now(BOB, "without it");
    let message = bob.message();
    assert_eq!(message["body"], "without it");
    assert_eq!(message["recipients"], json!({"omemo-2": {BOB: [bob.device()]}}));
    // Neither this one, nor one that is not there.
    let ours = this.to_string();
    assert_ne!(ana.run(&["devices", "remove", &ours]).code(), Some(0));
    assert_ne!(ana.run(&["devices", "remove", "1"]).code(), Some(0));
    assert_eq!(bob.omemo2_devices_of(ANA), [this]);
}

#[test]
fn an_unknown_device_on_the_own_account_is_an_alarm_and_gets_nothing_to_read() {
    for dialects in [Dialects::Legacy, Dialects::Omemo2, Dialects::Both] {
        let server = Prosody::start();
        let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
        let ana = Susurro::with_account(&server.address(), "ana");
        let listener = ana.listen();
        listener.wait_online(1);
        let mut stranger = Peer::speaking(dialects, &server.address(), "ana");
        stranger.wants_carbons();
        let id = stranger.device();
        wait_for("the alarm", || {
            let said = listener.errors();
            (said.contains("appeared on your own account") && said.contains(&id.to_string())).then_some(())
        });
        listener.interrupt();
        ana.send_now(BOB, "not for strangers");
        let message = bob.message();
        assert_eq!(
            message["recipients"],
            json!({"omemo-2": {BOB: [bob.device()]}}),
            "{dialects:?}"
        );
        // Once the person says that it is theirs, it reads along.
        ana.run(&["trust", "verify", ANA, &stranger.fingerprint()])
            .expect(0);
        ana.send_now(BOB, "for my own devices, too");
        let carbon = stranger.wait_event("a carbon that it can read", |event| event["event"] == "message");
        assert_eq!(carbon["body"], "for my own devices, too", "{dialects:?}");
    }
}

#[test]
fn sessions_are_begun_anew_where_the_person_asks_for_it() {
    let server = Prosody::start();
    let mut phone = Peer::speaking(Dialects::Legacy, &server.address(), "bob");
    let mut tablet = Peer::speaking(Dialects::Omemo2, &server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "one");
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.bodies(1), ["one"]);
        device.send(ANA, "back");
        device.flush();
    }
    assert_eq!(bodies(&ana.receive(2)), ["back", "back"]);
    ana.run(&["devices", "reset", BOB]).expect(0);
    for (device, exchange) in [(&mut phone, "prekey=\"true\""), (&mut tablet, "kex=\"true\"")] {
        let empty = device.wait_event("the new session", |event| {
            event["event"] == "empty" && event["xml"].as_str().unwrap().contains(exchange)
        });
        assert_eq!(empty["fingerprint"].as_str().map(str::len), Some(64));
    }
    ana.send_now(BOB, "two");
    for device in [&mut phone, &mut tablet] {
        assert_eq!(device.bodies(1), ["two"]);
        device.send(ANA, "and back");
        device.flush();
    }
    assert_eq!(bodies(&ana.receive(2)), ["and back", "and back"]);
    // Nobody to begin anew with is said, not passed over.
    let refused = ana.run(&["devices", "reset", "dave@mired.test"]);
    assert_ne!(refused.code(), Some(0));
    assert!(!refused.err.is_empty());
}
