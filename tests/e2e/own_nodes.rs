//! The nodes of the own account: what this device published is kept right, whatever other clients and servers
//! did to it, and the bundles of others are left where they are.

use std::any::Any;

use serde_json::{Value, json};

use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Listener, Susurro};
use crate::support::{Address, wait_for};

const ANA: &str = "ana@mired.test";
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
        Self::on(Box::new(server), &address)
    }

    fn on_ejabberd() -> Self {
        let server = Ejabberd::start();
        let address = server.address();
        Self::on(Box::new(server), &address)
    }

    fn on(server: Box<dyn Any>, address: &Address) -> Self {
        let ana = Susurro::with_account(address, "ana");
        let own = ana.run(&["devices", "--json", "--offline"]).expect(0).json();
        let (id, key) = (own[0]["id"].as_u64().unwrap(), own[0]["fingerprint"].clone());
        let other = Peer::speaking(Dialects::Both, address, "ana");
        Self {
            other,
            ana,
            id,
            key,
            address: address.clone(),
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
    listener.wait_online(1);
    let device = ground.other.device();
    let alone = format!("<devices xmlns='urn:xmpp:omemo:2'><device id='{device}'/></devices>");
    let warned = |listener: &Listener| listener.errors().contains("keeps removing this device");
    let mut returns = 0;
    while !warned(&listener) {
        ground.other.publish(LIST, "current", &alone);
        let back = wait_for("it to be back or to warn", || {
            let back = ground.is_right();
            (back || warned(&listener)).then_some(back)
        });
        returns += usize::from(back);
        assert!(returns < 10, "it fights");
    }
    assert!(returns >= 1, "it never came back");
    ground.other.publish(LIST, "current", &alone);
    // What is said after it is read after it, and who leaves in good order has
    // written what there was to write.
    let mut bob = Peer::login(&ground.address, "bob");
    bob.send_plain(ANA, "still there?");
    assert_eq!(listener.next()["body"], "still there?");
    assert!(listener.is_running());
    listener.interrupt();
    assert_eq!(ground.other.omemo2_devices_of(ANA), [u64::from(device)]);
}
