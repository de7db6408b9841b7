//! The own account's devices: what this one publishes is kept right, others are shown, named, removed, and strangers are
//! an alarm; sessions can be begun anew.

use std::any::Any;

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies};
use crate::support::wait_for;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const LIST: &str = "urn:xmpp:omemo:2:devices";
const BUNDLES: &str = "urn:xmpp:omemo:2:bundles";
const OLD_LIST: &str = "eu.siacs.conversations.axolotl.devicelist";
const OLD: &str = "eu.siacs.conversations.axolotl";

/// One of ours, and another client of the same account that may do as it likes with its nodes.
struct Ground {
    other: Peer,
    ana: Susurro,
    id: u64,
    key: Value,
    address: Address,
    // Dropped last.
    _server: Box<dyn Any>,
}

impl Ground {
    fn new() -> Self {
        let server = Prosody::start();
        let address = server.address();
        Self::on(Box::new(server), address)
    }

    fn on_ejabberd() -> Self {
        let server = Ejabberd::start();
        let address = server.address();
        Self::on(Box::new(server), address)
    }

    fn on(server: Box<dyn Any>, address: Address) -> Self {
        let ana = Susurro::with_account(&address, "ana");
        let own = ana.run(&["devices", "--json", "--offline"]).expect(0).json();
        let (id, key) = (own[0]["id"].as_u64().unwrap(), own[0]["fingerprint"].clone());
        let other = Peer::speaking(Dialects::Both, &address, "ana");
        Self {
            other,
            ana,
            id,
            key,
            address,
            _server: server,
        }
    }

    fn old_bundle(&self) -> String {
        format!("{OLD}.bundles:{}", self.id)
    }

    /// Whether all that anybody needs to write to us is there for everybody.
    fn is_right(&mut self) -> bool {
        let (id, key, old_bundle) = (self.id, self.key.clone(), self.old_bundle());
        let mut ask = |command: Value| self.other.try_call(command).unwrap_or_default();
        let lists = ask(json!({"do": "devices", "of": ANA}))
            .as_array()
            .is_some_and(|list| list.contains(&json!(id)))
            && ask(json!({"do": "omemo2_devices", "of": ANA}))
                .as_array()
                .is_some_and(|list| list.iter().any(|device| device["id"] == id));
        let old = ask(json!({"do": "bundle", "of": ANA, "device": id}));
        let new = ask(json!({"do": "omemo2_bundle", "of": ANA, "device": id}));
        let bundles = [&old, &new].iter().all(|bundle| {
            bundle["identity"] == key && bundle["prekeys"].as_array().map(Vec::len) == Some(100)
        }) && new["signed"] == true;
        let open = [LIST, BUNDLES, OLD_LIST, old_bundle.as_str()]
            .iter()
            .all(|node| ask(json!({"do": "configuration", "node": node}))["access_model"] == "open");
        lists && bundles && open
    }

    /// Ours comes online once, and everything is right again.
    fn mends(&mut self, what: &str) {
        assert!(!self.is_right(), "{what} broke nothing");
        let listener = self.ana.listen();
        wait_for(&format!("all to be right again after {what}"), || {
            self.is_right().then_some(())
        });
        listener.interrupt();
    }
}

#[test]
fn whatever_another_client_did_to_our_nodes_is_mended_at_the_next_login() {
    let mut ground = Ground::new();
    wait_for("the first publication", || ground.is_right().then_some(()));
    let (id, old_bundle) = (ground.id.to_string(), ground.old_bundle());
    for node in [LIST, BUNDLES, OLD_LIST, old_bundle.as_str()] {
        ground.other.delete_node(node);
        ground.mends(&format!("deleting {node}"));
    }
    ground.other.retract(BUNDLES, &id);
    ground.mends("retracting our bundle");
    ground
        .other
        .publish(BUNDLES, &id, "<bundle xmlns='urn:xmpp:omemo:2'/>");
    ground.mends("an empty bundle");
    ground.other.announce();
    let device = ground.other.device().to_string();
    let foreign = ground.other.items_of(ANA, BUNDLES)[&device]
        .as_str()
        .unwrap()
        .to_owned();
    ground.other.publish(BUNDLES, &id, &foreign);
    ground.mends("a bundle with another key");
    ground.other.publish(
        &old_bundle,
        "current",
        &format!("<bundle xmlns='{OLD}'><prekeys/></bundle>"),
    );
    ground.mends("a damaged legacy bundle");
    ground.other.publish(
        LIST,
        "current",
        "<devices xmlns='urn:xmpp:omemo:2'><device id='0'/><oops/></devices>",
    );
    ground.mends("a damaged list");
    ground.other.publish(
        OLD_LIST,
        "current",
        &format!("<list xmlns='{OLD}'><device/></list>"),
    );
    ground.mends("a damaged legacy list");
}

#[test]
fn nodes_that_only_some_can_see_are_opened_at_the_next_login() {
    let mut ground = Ground::new();
    wait_for("the first publication", || ground.is_right().then_some(()));
    let old_bundle = ground.old_bundle();
    for node in [LIST, BUNDLES, OLD_LIST, old_bundle.as_str()] {
        for model in ["presence", "whitelist"] {
            ground.other.configure(node, json!({"access_model": model}));
            ground.mends(&format!("{model} on {node}"));
        }
    }
}

#[test]
fn a_node_that_holds_one_bundle_only_is_made_to_hold_all_on_prosody() {
    one_bundle_becomes_all(Ground::new());
}

#[test]
fn a_node_that_holds_one_bundle_only_is_made_to_hold_all_on_ejabberd() {
    one_bundle_becomes_all(Ground::on_ejabberd());
}

/// Where another client made the node and its bundle would be pushed out by ours.
#[test]
fn the_first_login_takes_no_bundle_of_another_device_away_on_ejabberd() {
    let server = Ejabberd::start();
    let mut other = Peer::speaking(Dialects::Omemo2, &server.address(), "ana");
    assert_eq!(
        other.configuration(BUNDLES)["max_items"],
        "1",
        "the case that is tested"
    );
    let theirs = u64::from(other.device());
    let ana = Susurro::with_account(&server.address(), "ana");
    let own = ana.run(&["devices", "--json", "--offline"]).expect(0).json();
    let ours = own[0]["id"].as_u64().unwrap();
    for device in [theirs, ours] {
        assert!(other.omemo2_bundle_of(ANA, device).is_ok(), "{device} of {own:?}");
    }
    let mut listed = other.omemo2_devices_of(ANA);
    listed.sort_unstable();
    let mut both = [theirs, ours];
    both.sort_unstable();
    assert_eq!(listed, both);
}

fn one_bundle_becomes_all(mut ground: Ground) {
    wait_for("the first publication", || ground.is_right().then_some(()));
    let good = ground.other.configuration(BUNDLES)["max_items"].clone();
    assert_ne!(good, "1");
    ground.other.configure(BUNDLES, json!({"max_items": "1"}));
    let listener = ground.ana.listen();
    wait_for("the node to be configured", || {
        // It may have thrown ours away when it was made narrow.
        (ground.other.configuration(BUNDLES)["max_items"] == good && ground.is_right()).then_some(())
    });
    listener.interrupt();
    ground.other.announce();
    assert!(ground.is_right());
    let other = u64::from(ground.other.device());
    assert!(ground.other.omemo2_bundle_of(ANA, other).is_ok());
}

#[test]
fn while_online_it_goes_back_on_its_lists_a_few_times_and_then_warns_instead_of_fighting() {
    let mut ground = Ground::new();
    wait_for("the first publication", || ground.is_right().then_some(()));
    let mut listener = ground.ana.listen();
    wait_for("it to be online", || {
        listener.errors().contains("Online").then_some(())
    });
    let device = ground.other.device();
    let alone = format!("<devices xmlns='urn:xmpp:omemo:2'><device id='{device}'/></devices>");
    ground.other.publish(LIST, "current", &alone);
    wait_for("it to be back", || ground.is_right().then_some(()));
    for _ in 0..10 {
        ground.other.publish(LIST, "current", &alone);
        let back = crate::support::SILENCE;
        std::thread::sleep(back / 3);
    }
    wait_for("the warning", || {
        listener
            .errors()
            .contains("keeps removing this device")
            .then_some(())
    });
    assert_eq!(ground.other.omemo2_devices_of(ANA), [u64::from(device)]);
    assert!(listener.is_running());
}

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
    let mut ground = Ground::new();
    let mut bob = Peer::speaking(Dialects::Both, &ground.address, "bob");
    let (gone, key) = (ground.other.device(), ground.other.fingerprint());
    ground.ana.run(&["trust", "verify", ANA, &key]).expect(0);
    ground.ana.send_now(BOB, "with the other one");
    assert_eq!(bob.message()["recipients"]["omemo-2"][ANA], json!([gone]));
    // A device that is lost cannot defend itself.
    ground.other.go_offline();
    let id = gone.to_string();
    ground.ana.run(&["devices", "remove", &id]).expect(0);
    assert_eq!(bob.devices_of(ANA), [ground.id]);
    assert_eq!(bob.omemo2_devices_of(ANA), [ground.id]);
    assert!(bob.omemo2_bundle_of(ANA, gone.into()).is_err());
    assert!(
        bob.try_call(json!({"do": "bundle", "of": ANA, "device": gone}))
            .is_err()
    );
    ground.ana.send_now(BOB, "without it");
    let message = bob.message();
    assert_eq!(message["body"], "without it");
    assert_eq!(message["recipients"], json!({"omemo-2": {BOB: [bob.device()]}}));
    // Neither this one, nor one that is not there.
    let this = ground.id.to_string();
    assert_ne!(ground.ana.run(&["devices", "remove", &this]).code(), Some(0));
    assert_ne!(ground.ana.run(&["devices", "remove", "1"]).code(), Some(0));
    assert_eq!(bob.omemo2_devices_of(ANA), [ground.id]);
}

#[test]
fn an_unknown_device_on_the_own_account_is_an_alarm_and_gets_nothing_to_read() {
    for dialects in [Dialects::Legacy, Dialects::Omemo2, Dialects::Both] {
        let server = Prosody::start();
        let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
        let ana = Susurro::with_account(&server.address(), "ana");
        let listener = ana.listen();
        wait_for("it to be online", || {
            listener.errors().contains("Online").then_some(())
        });
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
