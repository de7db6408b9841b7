//! The archive and copies on real servers: what was missed, what other devices of the account wrote, what is
//! older, holes, and what a stranger forges.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::{Susurro, bodies};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn sync(susurro: &Susurro) -> Value {
    let said = susurro.run(&["sync", "--json"]).expect(0).json();
    assert_eq!(said.len(), 1, "{said:?}");
    said[0].clone()
}

/// Bob writes while nobody is there, in clear and sealed; `listen` prints it once, in order, and says
/// where it is from.
fn what_was_missed_comes_once(address: &Address) {
    let mut bob = Peer::speaking(Dialects::Both, address, "bob");
    let ana = Susurro::with_account(address, "ana");
    bob.subscribe(ANA);
    bob.send(ANA, "first");
    assert_eq!(bodies(&ana.receive(1)), ["first"]);
    let mut written = Vec::new();
    for number in 0..60 {
        let body = format!("{number} while nobody was there");
        match number % 3 {
            0 => bob.send_plain(ANA, &body),
            _ => bob.send(ANA, &body),
        };
        written.push(body);
    }
    bob.flush();
    assert_eq!(
        sync(&ana),
        json!({"account": ANA, "new": 60, "unreadable": 0, "gaps": 0})
    );
    assert_eq!(sync(&ana)["new"], 0);
    let printed = ana.receive(60);
    assert_eq!(bodies(&printed), written);
    assert!(printed.iter().all(|line| line["archived"] == true));
    // Nothing twice, whatever the server tells again.
    bob.send(ANA, "live");
    let live = ana.receive(1);
    assert_eq!(bodies(&live), ["live"]);
    let mut all = vec!["first".to_owned()];
    all.extend(written);
    all.push("live".to_owned());
    assert_eq!(bodies(&ana.history(BOB)), all);
}

#[test]
fn what_was_missed_comes_once_from_prosody() {
    what_was_missed_comes_once(&Prosody::start().address());
}

#[test]
fn what_was_missed_comes_once_from_ejabberd() {
    what_was_missed_comes_once(&Ejabberd::start().address());
}

/// Another device of Ana's, a program that we did not write, has a conversation with Bob: live, and while
/// we are away.
fn what_another_device_writes_is_here(address: &Address) {
    let mut bob = Peer::speaking(Dialects::Legacy, address, "bob");
    let ana = Susurro::with_account(address, "ana");
    let mut other = Peer::login(address, "ana");
    let (key, device) = (other.fingerprint(), other.device());
    ana.run(&["trust", "verify", ANA, &key]).expect(0);
    let mut listener = ana.listen();
    listener.wait_present(1, address, "ana");
    other.send(BOB, "from the other device");
    assert_eq!(bob.message()["body"], "from the other device");
    bob.send(ANA, "for both");
    assert_eq!(listener.next()["body"], "for both");
    listener.interrupt();
    other.send(BOB, "while the first was away");
    other.send_plain(BOB, "and in clear");
    assert_eq!(bob.bodies(2), ["while the first was away", "and in clear"]);
    assert_eq!(sync(&ana)["unreadable"], 0);
    let history = ana.history(BOB);
    let expected = [
        "from the other device",
        "for both",
        "while the first was away",
        "and in clear",
    ];
    assert_eq!(bodies(&history), expected, "device {device}");
    let directions: Vec<&Value> = history.iter().map(|line| &line["direction"]).collect();
    assert_eq!(directions, ["out", "in", "out", "out"]);
}

#[test]
fn what_another_device_writes_is_here_on_prosody() {
    what_another_device_writes_is_here(&Prosody::start().address());
}

#[test]
fn what_another_device_writes_is_here_on_ejabberd() {
    what_another_device_writes_is_here(&Ejabberd::start().address());
}

/// What was there before the account was added here is history: read, and not printed.
#[test]
fn what_is_older_than_the_account_here_is_read() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let mut other = Peer::login(&server.address(), "ana");
    for number in 0..70 {
        bob.send_plain(ANA, &number.to_string());
    }
    assert_eq!(other.messages(70).len(), 70);
    bob.send(ANA, "sealed for the other device");
    assert_eq!(other.message()["body"], "sealed for the other device");
    // The archive tells the time in whole seconds, and what came within a minute counts as new.
    std::thread::sleep(std::time::Duration::from_secs(61));
    let ana = Susurro::with_account(&server.address(), "ana");
    assert_eq!(
        sync(&ana),
        json!({"account": ANA, "new": 0, "unreadable": 0, "gaps": 0})
    );
    let history = ana
        .run(&["history", BOB, "--json", "--limit", "1000"])
        .expect(0)
        .json();
    let of = |kind: &str| history.iter().filter(|line| line["type"] == kind).count();
    assert_eq!(
        (of("message"), of("before_device"), of("undecryptable")),
        (70, 1, 0)
    );
    let chats = ana.run(&["chats", "--json"]).expect(0).json();
    assert_eq!(chats[0]["unread"], 0);
}

#[test]
fn an_archive_that_forgot_leaves_a_line_with_its_times() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    bob.send_plain(ANA, "before");
    assert_eq!(bodies(&ana.receive(1)), ["before"]);
    sync(&ana);
    bob.send_plain(ANA, "lost");
    bob.flush();
    server.forget_archived("ana", 0);
    bob.send_plain(ANA, "kept");
    bob.flush();
    assert_eq!(sync(&ana)["new"], 1);
    assert_eq!(bodies(&ana.receive(1)), ["kept"]);
}

/// Prosody keeps in its offline store for ever what its archive forgets after a week, and holds that back from who
/// asked the archive before saying that they are here.
#[test]
fn what_the_archive_forgot_and_the_offline_store_has_is_here() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    // Nothing was in the archive when it was read last, which may be long ago.
    sync(&ana);
    bob.send_plain(ANA, "forgotten");
    bob.flush();
    server.forget_archived("ana", 0);
    bob.send_plain(ANA, "kept");
    bob.flush();
    let mut received = bodies(&ana.receive(2));
    received.sort();
    assert_eq!(received, ["forgotten", "kept"]);
    bob.send_plain(ANA, "last");
    assert_eq!(bodies(&ana.receive(1)), ["last"]);
    assert_eq!(ana.history(BOB).len(), 3);
}

/// Prosody passes on an id of the archive that the sender wrote: two of one archive are none.
#[test]
fn a_forged_id_of_the_archive_hides_nothing() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    bob.send_plain(ANA, "the true one");
    let [true_one] = ana.receive(1).try_into().unwrap();
    let taken = true_one["stanza_id"].as_str().unwrap_or("unknown").to_owned();
    for id in ["f1", "f2"] {
        bob.send_xml(&format!(
            "<message xmlns='jabber:client' to='{ANA}' type='chat' id='{id}'><body>{id}</body>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='{taken}'/></message>"
        ));
    }
    assert_eq!(bodies(&ana.receive(2)), ["f1", "f2"]);
    sync(&ana);
    assert_eq!(bodies(&ana.history(BOB)), ["the true one", "f1", "f2"]);
}

#[test]
fn without_an_archive_everything_is_as_it_was() {
    let server = Prosody::with(Options {
        without: vec!["mam"],
        ..Options::default()
    });
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    bob.send(ANA, "kept by the server");
    bob.flush();
    assert_eq!(
        sync(&ana),
        json!({"account": ANA, "new": 0, "unreadable": 0, "gaps": 0})
    );
    assert_eq!(bodies(&ana.receive(1)), ["kept by the server"]);
}

#[test]
fn sync_knows_its_account_and_says_when_it_cannot_be_reached() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.run(&["sync", "--account", ANA]).expect(0);
    ana.run(&["sync", "--account", BOB]).expect(2);
    drop(server);
    ana.run(&["sync"]).expect(5);
}
