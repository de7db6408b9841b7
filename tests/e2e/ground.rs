//! The ground that the other tests stand on, proved without our program: servers, peers, proxy, search.

use crate::support::certificates::Shown;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::profanity::Profanity;
use crate::support::prosody::{self, Prosody};
use crate::support::proxy::{Proxy, Way};
use crate::support::scan::{self, Canary};
use crate::support::scratch::Scratch;
use crate::support::wait_for;

#[test]
fn two_peers_talk_on_prosody() {
    let server = Prosody::start();
    let mut ana = Peer::login(&server.address(), "ana");
    let mut bob = Peer::login(&server.address(), "bob");
    ana.send("bob@mired.test", "the first message");
    let message = bob.message();
    assert_eq!(message["body"], "the first message");
    assert_eq!(message["encryption"], "omemo-legacy");
    assert_eq!(message["from"], "ana@mired.test");
    assert_eq!(message["device"], ana.device());
    assert_eq!(message["fingerprint"], ana.fingerprint());
    bob.send("ana@mired.test", "and back");
    assert_eq!(ana.bodies(1), ["and back"]);
    bob.send_plain("ana@mired.test", "in clear");
    assert_eq!(ana.message()["encryption"], "none");
}

#[test]
fn a_peer_keeps_its_keys_over_a_restart_and_takes_what_was_stored_for_it() {
    let mut server = Prosody::start();
    let mut ana = Peer::login(&server.address(), "ana");
    let mut bob = Peer::login(&server.address(), "bob");
    ana.send("bob@mired.test", "one");
    assert_eq!(bob.bodies(1), ["one"]);
    let before = (bob.device(), bob.fingerprint());
    bob.go_offline();
    ana.send("bob@mired.test", "two");
    ana.flush();
    assert_eq!(server.stored_offline("bob"), 1);
    bob.come_online();
    assert_eq!((bob.device(), bob.fingerprint()), before);
    let message = bob.message();
    assert_eq!(
        (&message["body"], &message["delayed"]),
        (&"two".into(), &true.into())
    );
    bob.kill();
    ana.go_offline();
    server.kill();
    server.start_again();
    bob.come_online();
    ana.come_online();
    bob.send("ana@mired.test", "three");
    assert_eq!(ana.bodies(1), ["three"]);
}

#[test]
fn a_peer_can_be_installed_anew_with_either_device_id() {
    let server = Prosody::start();
    let mut ana = Peer::login(&server.address(), "ana");
    let (device, key) = (ana.device(), ana.fingerprint());
    ana.install_anew();
    assert_ne!((ana.device(), ana.fingerprint()), (device, key.clone()));
    let (device, key) = (ana.device(), ana.fingerprint());
    ana.install_anew_with_same_device_id();
    assert_eq!(ana.device(), device);
    assert_ne!(ana.fingerprint(), key);
    let published = ana.bundle_of("ana@mired.test", u64::from(device));
    assert_eq!(published["identity"], ana.fingerprint());
}

#[test]
fn a_replayed_stanza_arrives_twice_and_opens_once() {
    let server = Prosody::start();
    let mut ana = Peer::login(&server.address(), "ana");
    let mut bob = Peer::login(&server.address(), "bob");
    let id = ana.send("bob@mired.test", "once");
    assert_eq!(bob.bodies(1), ["once"]);
    ana.replay(&id, Some("another-id"));
    let event = bob.wait_event("the replay", |event| event["id"] == "another-id");
    assert_eq!(event["event"], "undecryptable");
}

#[test]
fn a_peer_refuses_a_wrong_password_and_a_certificate_that_is_not_good() {
    let server = Prosody::start();
    let mut nobody = Peer::offline(&server.address(), "nobody");
    assert!(nobody.try_come_online().is_err());
    for shown in [Shown::Expired, Shown::SelfSigned] {
        let server = Prosody::with(prosody::Options {
            shown,
            ..Default::default()
        });
        let mut ana = Peer::offline(&server.address(), "ana");
        assert!(ana.try_come_online().is_err(), "{shown:?}");
    }
}

#[test]
fn the_proxy_carries_holds_and_cuts() {
    let server = Prosody::start();
    let proxy = Proxy::to(server.address().port);
    let mut ana = Peer::login(&server.address().through(proxy.port()), "ana");
    let mut bob = Peer::login(&server.address(), "bob");
    assert_eq!(proxy.accepted(), 1);
    assert!(proxy.carried(Way::ToClient) > 1000);
    ana.flush();
    proxy.hold(Way::ToClient, true);
    bob.send("ana@mired.test", "held");
    wait_for("the message to come to the proxy", || {
        proxy.is_holding(Way::ToClient).then_some(())
    });
    let before = proxy.carried(Way::ToClient);
    bob.flush();
    assert_eq!(proxy.carried(Way::ToClient), before);
    proxy.hold(Way::ToClient, false);
    assert_eq!(ana.bodies(1), ["held"]);
    proxy.refuse(true);
    proxy.cut_after(Way::ToServer, 10);
    bob.send("ana@mired.test", "lost");
    // The receipt of that message is what runs into the cut.
    ana.wait_event("the cut", |event| event["event"] == "disconnected");
}

#[test]
fn the_search_finds_every_form_of_a_canary() {
    let scratch = Scratch::new("scan");
    let canaries = [
        Canary::text("word", "quite-a-secret-word"),
        Canary::key(
            "key",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        ),
    ];
    scratch.file("innocent", "nothing to see here, quite-a-secret-wor");
    assert_eq!(scan::search(scratch.path(), &canaries), Vec::<String>::new());
    scratch.file("deep/er/text", "x quite-a-secret-word x");
    scratch.file(
        "hex",
        "FF000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
    );
    scratch.file("base64", "eHhxdWl0ZS1hLXNlY3JldC13b3Jk");
    scratch.file(
        "wide",
        "q\0u\0i\0t\0e\0-\0a\0-\0s\0e\0c\0r\0e\0t\0-\0w\0o\0r\0d\0",
    );
    scratch.file("a-quite-a-secret-word", "");
    let found = scan::search(scratch.path(), &canaries);
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn two_peers_talk_on_ejabberd() {
    let mut server = Ejabberd::start();
    let mut ana = Peer::login(&server.address(), "ana");
    let mut bob = Peer::login(&server.address(), "bob");
    ana.send("bob@mired.test", "the first message");
    assert_eq!(bob.bodies(1), ["the first message"]);
    bob.go_offline();
    ana.send("bob@mired.test", "stored");
    ana.flush();
    bob.come_online();
    assert_eq!(bob.bodies(1), ["stored"]);
    ana.go_offline();
    bob.go_offline();
    server.kill();
    server.start_again();
    ana.come_online();
}

#[test]
fn profanity_and_a_peer_talk_once_they_see_each_other() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Profanity::login(&server.address(), "ana");
    bob.subscribe("ana@mired.test");
    ana.wait_screen("Received authorization request from bob@mired.test");
    ana.command("/sub allow bob@mired.test");
    ana.command("/sub request bob@mired.test");
    wait_for("both subscriptions", || {
        (bob.roster()["ana@mired.test"] == "both").then_some(())
    });
    ana.open_chat("bob@mired.test");
    ana.say("hello from the terminal");
    let message = bob.message();
    assert_eq!(message["body"], "hello from the terminal");
    assert_eq!(message["encryption"], "omemo-legacy");
    bob.send("ana@mired.test", "hello to the terminal");
    ana.wait_screen("hello to the terminal");
    assert!(ana.id() > 1);
}
