//! What strangers make real servers pass on though our parser refuses it: it takes
//! nothing with it but itself.

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::process;
use crate::support::prosody::{self, Prosody};
use crate::support::proxy::Proxy;
use crate::support::susurro::{Listener, Susurro, body, finish};
use crate::support::wait_for;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";

/// Messages whose inside the parser refuses when a server has written it anew.
fn poison(peer: &mut Peer, name: &str) {
    for (number, inside) in [
        "<xml:x/>",
        "<xml:x xml:foo='1'><y/></xml:x>",
        "<x xmlns='u:x' xml:foo='1'/>",
        "<body>words beside it</body><x xmlns='u:x' xml:foo='1'/>",
    ]
    .iter()
    .enumerate()
    {
        peer.send_xml(&format!(
            "<message to='{ANA}' type='chat' id='{name}{number}'>{inside}</message>"
        ));
    }
}

/// What is printed up to the message `last`.
fn until(listener: &mut Listener, last: &str) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.last().is_none_or(|text| text != last) {
        texts.push(body(&listener.next()));
    }
    texts
}

/// Messages on one stream, from the offline store, and on a stream that is resumed.
fn takes_nothing_with_it(address: &Address) {
    let proxy = Proxy::to(address.port);
    let mut bob = Peer::login(address, "bob");
    let ana = Susurro::with_account(&address.through(proxy.port()), "ana");
    let mut listener = ana.listen();
    listener.wait_present(1, address, "ana");
    let before = proxy.accepted();
    poison(&mut bob, "live");
    bob.send_plain(ANA, "the next one");
    let expected = |last: &str| ["words beside it".to_owned(), last.to_owned()];
    assert_eq!(until(&mut listener, "the next one"), expected("the next one"));
    assert_eq!(proxy.accepted(), before, "the stream ended");
    // Acknowledged, so that it does not come again.
    proxy.cut();
    wait_for("the line to be made anew", || {
        (proxy.accepted() > before).then_some(())
    });
    poison(&mut bob, "resumed");
    bob.send_plain(ANA, "after the cut");
    assert_eq!(until(&mut listener, "after the cut"), expected("after the cut"));
    listener.interrupt();
    poison(&mut bob, "offline");
    bob.send_plain(ANA, "while away");
    bob.flush();
    let mut listener = ana.listen();
    assert_eq!(until(&mut listener, "while away"), expected("while away"));
    let (_, rest) = listener.interrupt();
    assert!(rest.is_empty(), "{rest:?}");
    ana.run(&["doctor"]).expect(0);
}

#[test]
fn a_strangers_stanza_that_prosody_passes_on_takes_nothing_with_it() {
    takes_nothing_with_it(&Prosody::without_archive().address());
}

#[test]
fn a_strangers_stanza_that_prosody_archives_takes_nothing_with_it() {
    takes_nothing_with_it(&Prosody::start().address());
}

/// Words that the parser refuses are one row, whether they come live, from the archive, or both ways; and the
/// page that is full of them does not stand before what follows.
fn lost_words_are_one_row_each(address: &Address) {
    let mut bob = Peer::login(address, "bob");
    let ana = Susurro::with_account(address, "ana");
    ana.run(&["contact", "add", BOB]).expect(0);
    let lost = |bob: &mut Peer, count: usize, name: &str| {
        for number in 0..count {
            bob.send_xml(&format!(
                "<message to='{ANA}' type='chat' id='{name}{number}'><body xml:foo='1'>lost</body></message>"
            ));
        }
    };
    let mut listener = ana.listen();
    listener.wait_present(1, address, "ana");
    lost(&mut bob, 2, "live");
    bob.send_plain(ANA, "first");
    while listener.next()["body"] != "first" {}
    listener.interrupt();
    lost(&mut bob, 130, "away");
    bob.send_plain(ANA, "second");
    bob.flush();
    for _ in 0..2 {
        let mut listener = ana.listen();
        listener.wait_present(1, address, "ana");
        bob.send_plain(ANA, "third");
        while listener.next()["body"] != "third" {}
        listener.interrupt();
    }
    let history = ana
        .run(&["history", BOB, "--json", "--limit", "1000"])
        .expect(0)
        .json();
    // One of the servers writes such an attribute so that it can be read.
    let is_lost = |line: &&serde_json::Value| line["body"].is_null() || line["body"] == "lost";
    assert_eq!(history.iter().filter(is_lost).count(), 132);
    let bodies = history.iter().filter_map(|line| line["body"].as_str());
    let bodies: Vec<&str> = bodies.filter(|body| *body != "lost").collect();
    assert_eq!(bodies, ["first", "second", "third", "third"]);
}

#[test]
fn words_that_cannot_be_read_are_one_row_each_at_prosody() {
    lost_words_are_one_row_each(&Prosody::start().address());
}

#[test]
fn words_that_cannot_be_read_are_one_row_each_at_ejabberd() {
    lost_words_are_one_row_each(&Ejabberd::start().address());
}

#[test]
fn a_strangers_stanza_that_ejabberd_passes_on_takes_nothing_with_it() {
    takes_nothing_with_it(&Ejabberd::start().address());
}

/// Somebody publishes two device lists with something in them that the parser refuses. Not with an ordinary
/// client: it would be told of them as well.
fn publish_poison(address: &Address, user: &str) {
    let publish = |node: &str, list: &str| {
        let poison = "<x xmlns='u:x' xml:foo='1'/>";
        format!(
            "<iq type='set' id='{node}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'><item \
             id='current'>{}</item></publish></pubsub></iq>",
            list.replace("<x/>", poison)
        )
    };
    let xml = [
        publish(
            "urn:xmpp:omemo:2:devices",
            "<devices xmlns='urn:xmpp:omemo:2'><device id='7'/><x/></devices>",
        ),
        publish(
            "eu.siacs.conversations.axolotl.devicelist",
            "<list xmlns='eu.siacs.conversations.axolotl'><device id='7'/><x/></list>",
        ),
        format!("<presence type='subscribe' to='{ANA}'/><presence type='subscribed' to='{ANA}'/>"),
    ];
    let mut raw = process::command("python3");
    raw.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/raw.py"))
        .arg(address.port.to_string())
        .arg(&address.ca_file)
        .args(["mired.test", user]);
    let input = format!("{}\n{}", prosody::password(user), xml.concat());
    finish(&mut raw, &input).expect(0);
}

#[test]
fn a_contacts_device_list_that_cannot_be_read_breaks_neither_login_nor_sending() {
    let server = Prosody::start();
    let address = server.address();
    let mut carol = Peer::login(&address, "carol");
    let ana = Susurro::with_account(&address, "ana");
    for contact in [BOB, CAROL] {
        ana.run(&["contact", "add", contact]).expect(0);
    }
    publish_poison(&address, "bob");
    ana.run(&["contact", "accept", BOB]);
    // The login brings the lists of contacts as events.
    let mut listener = ana.listen();
    listener.wait_online(1);
    carol.send(ANA, "are you there?");
    assert_eq!(until(&mut listener, "are you there?"), ["are you there?"]);
    listener.interrupt();
    ana.send_now(CAROL, "to carol");
    assert_eq!(carol.bodies(1), ["to carol"]);
    let refused = ana.run_with_input(&["send", BOB, "-", "--timeout", "60"], "to bob");
    let refused = refused.expect(6);
    assert!(refused.err.contains("is not valid XML"), "{}", refused.err);
}

/// Another client of ours may do the same to us: we stay online, and the doctor finds it.
#[test]
fn our_own_list_that_cannot_be_read_is_found_by_the_doctor_and_keeps_nobody_off_line() {
    let server = Prosody::start();
    let address = server.address();
    let ana = Susurro::with_account(&address, "ana");
    let mut listener = ana.listen();
    listener.wait_online(1);
    listener.interrupt();
    publish_poison(&address, "ana");
    let examined = ana.run(&["doctor"]);
    assert!(examined.out.contains("is not valid XML"), "{}", examined.out);
    let mut bob = Peer::login(&address, "bob");
    listener = ana.listen();
    listener.wait_online(1);
    bob.send_plain(ANA, "in clear at least");
    assert_eq!(until(&mut listener, "in clear at least"), ["in clear at least"]);
}

/// More than one stanza may hold elements, and larger than one may be.
const CONTACTS: usize = 35_000;

#[test]
fn thirty_five_thousand_contacts_are_all_listed() {
    let mut server = Prosody::start();
    server.kill();
    server.fill_roster("ana", CONTACTS);
    server.start_again();
    let ana = Susurro::with_account(&server.address(), "ana");
    let listed = ana.run(&["contact", "list", "--json"]).expect(0);
    assert_eq!(listed.json().len(), CONTACTS);
    assert!(!listed.err.contains("last seen"), "{}", listed.err);
}
