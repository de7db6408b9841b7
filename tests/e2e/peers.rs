//! Peers that change under one's hands, and peers that are our own program.

use std::time::Duration;

use crate::support::peer::Peer;
use crate::support::profanity::Profanity;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies, body};
use crate::support::wait_for;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

#[test]
fn a_peer_that_was_installed_anew_is_understood_and_answered() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "before");
    assert_eq!(bob.bodies(1), ["before"]);
    bob.send(ANA, "before too");
    let old = bob.fingerprint();
    assert_eq!(ana.receive(1)[0]["fingerprint"], *old);
    bob.install_anew();
    assert_ne!(bob.fingerprint(), old);
    bob.send(ANA, "after");
    let received = ana.receive(1);
    assert_eq!(body(&received[0]), "after");
    // Nothing was verified yet, so a new key is blind, and said to be another one.
    assert_eq!(
        (&received[0]["trust"], &received[0]["fingerprint"]),
        (&"blind".into(), &bob.fingerprint().into())
    );
    ana.send_now(BOB, "after too");
    assert_eq!(bob.bodies(1), ["after too"]);
    // Without a word from the peer first: our next message goes to the keys of the day.
    bob.install_anew();
    ana.send_now(BOB, "once more");
    assert_eq!(bob.bodies(1), ["once more"]);
}

#[test]
fn a_verified_contact_with_new_keys_is_not_written_to_until_somebody_decides() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    bob.send(ANA, "hello");
    assert_eq!(ana.receive(1)[0]["trust"], "blind");
    let old = bob.fingerprint();
    ana.run(&["trust", "verify", BOB, &old]).expect(0);
    bob.send(ANA, "hello again");
    assert_eq!(ana.receive(1)[0]["trust"], "verified");
    bob.install_anew();
    let new = bob.fingerprint();
    bob.send(ANA, "it is really me");
    let received = ana.receive(1);
    assert_eq!(
        (&received[0]["body"], &received[0]["trust"]),
        (&"it is really me".into(), &"undecided".into())
    );
    // The old device may still be announced; its key is verified and no harm. The new one must get nothing.
    let sent = ana.send(BOB, "a secret");
    assert!(matches!(sent.code(), Some(0 | 6)), "{sent:?}");
    assert!(
        !has_read(&mut bob, "a secret"),
        "sealed to a key that nobody decided on"
    );
    ana.run(&["trust", "verify", BOB, &new]).expect(0);
    ana.send_now(BOB, "welcome back");
    assert_eq!(bob.bodies(1), ["welcome back"]);
    ana.run(&["trust", "distrust", BOB, &new]).expect(0);
    let sent = ana.send(BOB, "another secret");
    assert!(matches!(sent.code(), Some(0 | 6)), "{sent:?}");
    assert!(
        !has_read(&mut bob, "another secret"),
        "sealed to a distrusted key"
    );
}

/// Whether a message with this body came.
fn has_read(peer: &mut Peer, body: &str) -> bool {
    peer.events_so_far().iter().any(|event| event["body"] == body)
}

#[test]
fn the_same_device_id_with_another_key_is_not_believed() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.send_now(BOB, "before");
    assert_eq!(bob.bodies(1), ["before"]);
    bob.send(ANA, "before too");
    assert_eq!(bodies(&ana.receive(1)), ["before too"]);
    bob.install_anew_with_same_device_id();
    bob.send(ANA, "from an impostor, perhaps");
    let received = ana.receive(1);
    assert_eq!(received[0]["type"], "undecryptable");
    assert_eq!(received[0]["body"], serde_json::Value::Null);
    assert_eq!(received[0]["reason"], "identity-changed");
    let sent = ana.send(BOB, "only for the old key");
    assert!(matches!(sent.code(), Some(0 | 6)), "{sent:?}");
    assert!(
        !has_read(&mut bob, "only for the old key"),
        "sealed to a key that replaced another"
    );
}

#[test]
fn a_replayed_stanza_is_neither_shown_twice_nor_called_broken() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut listener = ana.listen();
    // The first one builds the session: replaying it looks like a new key exchange.
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
    assert_eq!(rest, Vec::<serde_json::Value>::new());
    assert_eq!(bodies(&ana.history(BOB)), ["first", "second", "third"]);
}

#[test]
fn two_of_ours_talk_to_each_other() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let bob = Susurro::with_account(&server.address(), "bob");
    let mut listener = bob.listen();
    for number in 0..5 {
        ana.send_now(BOB, &format!("to bob {number}"));
    }
    let received: Vec<_> = listener.take(5);
    assert_eq!(
        bodies(&received),
        (0..5)
            .map(|number| format!("to bob {number}"))
            .collect::<Vec<_>>()
    );
    listener.interrupt();
    for number in 0..5 {
        bob.send_now(ANA, &format!("to ana {number}"));
    }
    let received = ana.receive(5);
    assert_eq!(
        bodies(&received),
        (0..5)
            .map(|number| format!("to ana {number}"))
            .collect::<Vec<_>>()
    );
    // Each names the other's key as the other names its own.
    let own = bob.run(&["devices", "--json"]).expect(0).json();
    assert!(
        own.iter()
            .any(|device| device["fingerprint"] == received[0]["fingerprint"]),
        "{own:?} does not hold {}",
        received[0]["fingerprint"]
    );
}

#[test]
fn two_of_ours_on_one_account_both_read() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let desk = Susurro::with_account(&server.address(), "ana");
    let laptop = Susurro::with_account(&server.address(), "ana");
    assert_eq!(bob.devices_of(ANA).len(), 2);
    let (mut at_desk, mut at_laptop) = (desk.listen(), laptop.listen());
    wait_for("both to be present", || {
        let log = server.log();
        (log.matches("Received[c2s]: <presence").count() >= 3).then_some(())
    });
    bob.send(ANA, "to both of you");
    // One of them gets the message itself. The other has it by a carbon, once carbons are read.
    let shortly = Duration::from_millis(100);
    let seen = wait_for("one of them to read it", || {
        let (first, second) = (at_desk.next_within(shortly), at_laptop.next_within(shortly));
        first.or(second)
    });
    assert_eq!(body(&seen), "to both of you");
    at_desk.interrupt();
    at_laptop.interrupt();
    desk.send_now(BOB, "from the desk");
    laptop.send_now(BOB, "from the laptop");
    assert_eq!(bob.bodies(2), ["from the desk", "from the laptop"]);
    let mut listed = bob.devices_of(ANA);
    listed.dedup();
    assert_eq!(listed.len(), 2, "neither pushed the other off the list");
}

#[test]
fn a_device_that_another_client_took_off_the_list_puts_itself_back() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut other = Peer::login(&server.address(), "ana");
    assert_eq!(other.devices_of(ANA).len(), 2);
    other.call(serde_json::json!({"do": "forget_devices"}));
    assert_eq!(other.devices_of(ANA), Vec::<u64>::new());
    let _listener = ana.listen();
    wait_for("the device to be back on the list", || {
        (!other.devices_of(ANA).is_empty()).then_some(())
    });
}

#[test]
fn profanity_and_ours_talk_once_they_see_each_other() {
    let server = Prosody::start();
    let (bob, ana) = strangers(&server);
    // It publishes its keys for those only who see its presence.
    let refused = ana.send(BOB, "too early").expect(6);
    assert!(
        refused.err.contains("Cannot encrypt to bob@mired.test"),
        "{refused:?}"
    );
    befriend(&server, &bob, &ana);
    bob.open_chat(ANA);
    let mut listener = ana.listen();
    bob.say("hello from the terminal");
    let message = listener.next();
    assert_eq!(message["body"], "hello from the terminal");
    assert_eq!(message["encryption"], "omemo-legacy");
    listener.interrupt();
    ana.send_now(BOB, "hello to the terminal");
    bob.wait_screen("hello to the terminal");
}

#[test]
fn profanity_and_ours_verify_each_other_and_go_on_after_restarts() {
    let server = Prosody::start();
    let (mut bob, ana) = befriended(&server);
    bob.trust_nobody();
    let theirs = bob.fingerprint();
    bob.open_chat(ANA);
    // Each side shows the other's key as the other shows its own.
    let ours = own_fingerprint(&ana);
    wait_for("Profanity to know ana's key", || {
        (bob.fingerprint_of(ANA).0 == ours).then_some(())
    });
    let known = ana.run(&["trust", "list", BOB, "--json"]).expect(0).json();
    assert_eq!(
        known.iter().map(|key| &key["fingerprint"]).collect::<Vec<_>>(),
        [&theirs]
    );
    bob.trust(ANA, &ours);
    assert_eq!(bob.fingerprint_of(ANA), (ours.clone(), true));
    ana.run(&["trust", "verify", BOB, &theirs]).expect(0);
    bob.command(&format!("/msg {ANA}"));
    let mut said = 0;
    let mut exchange = |bob: &Profanity, when: &str| {
        // Several in a row each way, and what is not ASCII.
        let texts = |way: &str| [1, 2, 3].map(|number| format!("{number} {way} {when}, Grüße, 你好"));
        let mut listener = ana.listen();
        for text in texts("from Profanity") {
            bob.say(&text);
        }
        for (message, text) in listener.take(3).iter().zip(texts("from Profanity")) {
            assert_eq!(
                (&message["body"], &message["trust"], &message["fingerprint"]),
                (&text.into(), &"verified".into(), &theirs.as_str().into())
            );
        }
        assert_eq!(listener.interrupt().1, Vec::<serde_json::Value>::new());
        for text in texts("to Profanity") {
            ana.send_now(BOB, &text);
            bob.wait_screen(&text);
        }
        said += 6;
        // Nothing is kept for the empty message that completed the session, nor for anything else.
        assert_eq!(ana.history(BOB).len(), said);
    };
    exchange(&bob, "at first");
    bob.quit();
    bob.start();
    assert_eq!(bob.fingerprint(), theirs);
    assert_eq!(bob.fingerprint_of(ANA), (ours.clone(), true));
    bob.open_chat(ANA);
    exchange(&bob, "after a restart");
}

#[test]
fn what_profanity_and_ours_send_waits_until_the_other_is_back() {
    let server = Prosody::start();
    let (mut bob, ana) = befriended(&server);
    bob.open_chat(ANA);
    bob.say("while you are away");
    bob.say("and once more");
    assert_eq!(bodies(&ana.receive(2)), ["while you are away", "and once more"]);
    let before = server.departures("bob");
    bob.quit();
    // He is gone here before he is gone for the server, which keeps what his stream had not acknowledged, too.
    wait_for("the server to see him leave", || {
        (server.departures("bob") > before).then_some(())
    });
    let kept = server.stored_offline("bob");
    ana.send_now(BOB, "while you were away");
    ana.send_now(BOB, "and again");
    assert_eq!(server.stored_offline("bob"), kept + 2);
    bob.start();
    bob.command(&format!("/msg {ANA}"));
    let screen = bob.wait_screen("and again");
    assert!(screen.contains("while you were away"), "{screen}");
}

/// Bob with Profanity and Ana with ours.
fn strangers(server: &Prosody) -> (Profanity, Susurro) {
    let bob = Profanity::login(&server.address(), "bob");
    (bob, Susurro::with_account(&server.address(), "ana"))
}

/// The same, who see each other's presence.
pub fn befriended(server: &Prosody) -> (Profanity, Susurro) {
    let (bob, ana) = strangers(server);
    befriend(server, &bob, &ana);
    (bob, ana)
}

/// On an account that never had a device list this one publishes none, and writes all the same.
#[test]
fn profanity_that_writes_first_and_publishes_no_list_is_answered() {
    let server = Prosody::start();
    let bob = Profanity::unlisted(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    befriend(&server, &bob, &ana);
    // Before she wrote, there is nothing to answer with, and it is said of whom.
    let refused = ana.send(BOB, "too early").expect(6);
    assert!(
        refused.err.contains("Cannot encrypt to bob@mired.test"),
        "{refused:?}"
    );
    bob.open_chat(ANA);
    bob.say("hello from an unlisted device");
    let message = &ana.receive(1)[0];
    assert_eq!(message["body"], "hello from an unlisted device");
    assert_eq!(message["encryption"], "omemo-legacy");
    // What is shown beforehand is what happens.
    let known = ana.run(&["trust", "list", BOB, "--json"]).expect(0).json();
    assert_eq!(known.len(), 1, "{known:?}");
    assert_eq!(
        (&known[0]["active"], &known[0]["written"], &known[0]["trust"]),
        (&false.into(), &true.into(), &"blind".into())
    );
    for text in ["an answer to it", "and another one"] {
        ana.send_now(BOB, text);
        bob.wait_screen(text);
    }
    bob.say("and we go on");
    assert_eq!(bodies(&ana.receive(1)), ["and we go on"]);
}

fn befriend(server: &Prosody, bob: &Profanity, ana: &Susurro) {
    ana.run(&["contact", "add", BOB]).expect(0);
    let listener = ana.listen();
    bob.wait_screen("Received authorization request from ana@mired.test");
    bob.command("/sub allow ana@mired.test");
    bob.command("/sub request ana@mired.test");
    wait_for("the request to arrive", || {
        let log = server.log();
        // Ana's, and the one of Profanity.
        (log.matches("type='subscribe'").count() >= 2).then_some(())
    });
    listener.interrupt();
    wait_for("ana to accept", || {
        (ana.run(&["contact", "accept", BOB]).code() == Some(0)).then_some(())
    });
}

pub fn own_fingerprint(susurro: &Susurro) -> String {
    let devices = susurro.run(&["devices", "--json"]).expect(0).json();
    let own = devices
        .iter()
        .find(|device| device["this"] == true)
        .expect("its own device");
    own["fingerprint"].as_str().expect("a fingerprint").to_owned()
}
