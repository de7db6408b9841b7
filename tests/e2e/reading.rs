//! How far was read, on real servers: two profiles of one account and a program that we did not write agree;
//! contacts are told as the settings say.

use serde_json::json;

use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::{Listener, Susurro, body};
use crate::support::{Address, wait_for};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";
const NODE: &str = "urn:xmpp:mds:displayed:0";

fn unread(susurro: &Susurro) -> u64 {
    let chats = susurro.run(&["chats", "--json"]).expect(0).json();
    let chat = chats.iter().find(|chat| chat["chat"] == BOB);
    chat.map_or(0, |chat| chat["unread"].as_u64().unwrap())
}

/// Online, and shows nothing of Bob.
fn beside(susurro: &Susurro, address: &Address) -> Listener {
    let listener = susurro.listen_with(&["--from", CAROL]);
    listener.wait_present(1, address, "ana");
    listener
}

/// The ids that the archive of the account has of what Bob wrote, the newest last.
fn archived(other: &mut Peer) -> Vec<String> {
    let all = other.archive(Some(BOB));
    let of_bob = all
        .iter()
        .filter(|each| each["from"].as_str().is_some_and(|from| from.starts_with(BOB)));
    of_bob
        .map(|each| each["archived"].as_str().unwrap().to_owned())
        .collect()
}

/// Up to where Bob's chat was read, as the server has it.
fn told(other: &mut Peer) -> String {
    let item = |other: &mut Peer| {
        let command = serde_json::json!({"do": "items", "of": ANA, "node": NODE});
        let items = other.try_call(command).ok()?;
        let xml = items[BOB].as_str()?.to_owned();
        let id = xml.split(" id=\"").nth(1)?.split('"').next()?.to_owned();
        Some(id)
    };
    item(other).unwrap_or_default()
}

fn until_told(other: &mut Peer, id: &str) {
    wait_for("the position on the server", || (told(other) == id).then_some(()));
}

/// What this device has missed it hears now.
fn until_read(susurro: &Susurro) {
    wait_for("nothing to be unread", || {
        susurro
            .run(&["listen", "--from", CAROL, "--timeout", "3"])
            .expect(0);
        (unread(susurro) == 0).then_some(())
    });
}

fn devices_agree(address: &Address) {
    let mut bob = Peer::login(address, "bob");
    let ana = Susurro::with_account(address, "ana");
    let desk = Susurro::with_account(address, "ana");
    let mut third = Peer::login(address, "ana");
    bob.subscribe(ANA);
    let both = [beside(&ana, address), beside(&desk, address)];
    bob.send_plain(ANA, "one");
    bob.send_plain(ANA, "two");
    third.messages(2);
    for listener in both {
        listener.interrupt();
    }
    for susurro in [&ana, &desk] {
        susurro.run(&["sync"]).expect(0);
        assert_eq!(unread(susurro), 2);
    }
    // Read without a connection, told at the next login, heard at the other one's.
    ana.run(&["read", BOB]).expect(0);
    ana.run(&["read", BOB, "--until", "nothing"]).expect(2);
    assert_eq!((unread(&ana), unread(&desk)), (0, 2));
    assert_eq!(told(&mut third), "");
    let mut listening = ana.listen();
    let newest = archived(&mut third).pop().unwrap();
    until_told(&mut third, &newest);
    let access = third.configuration(NODE);
    assert_eq!(access["access_model"], "whitelist");
    until_read(&desk);
    // Live: what one prints is read on the other.
    let other = beside(&desk, address);
    bob.send_plain(ANA, "three");
    // `read` marks as read, and what was not printed is printed still.
    assert_eq!(
        ["one", "two", "three"].map(|_| body(&listening.next())),
        ["one", "two", "three"]
    );
    let newest = archived(&mut third).pop().unwrap();
    until_told(&mut third, &newest);
    other.interrupt();
    until_read(&desk);
    listening.interrupt();
    // A program that we did not write reads.
    let both = [beside(&ana, address), beside(&desk, address)];
    bob.send_plain(ANA, "four");
    third.messages(2);
    let newest = archived(&mut third).pop().unwrap();
    let displayed = format!(
        "<displayed xmlns='{NODE}'><stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='{newest}'/></displayed>"
    );
    third.publish(NODE, BOB, &displayed);
    for (listener, susurro) in both.into_iter().zip([&ana, &desk]) {
        listener.interrupt();
        until_read(susurro);
    }
    assert_eq!(told(&mut third), newest);
}

#[test]
fn devices_agree_on_prosody() {
    devices_agree(&Prosody::start().address());
}

#[test]
fn devices_agree_on_ejabberd() {
    devices_agree(&Ejabberd::start().address());
}

/// A node that an older program left open to contacts is closed, and none of what is on it is lost.
fn an_open_node_is_closed(address: &Address) {
    let mut bob = Peer::login(address, "bob");
    let mut third = Peer::login(address, "ana");
    let ana = Susurro::with_account(address, "ana");
    bob.subscribe(ANA);
    let displayed = format!(
        "<displayed xmlns='{NODE}'><stanza-id xmlns='urn:xmpp:sid:0' by='{ANA}' id='of long ago'/></displayed>"
    );
    third.publish(NODE, CAROL, &displayed);
    assert_ne!(third.configuration(NODE)["access_model"], "whitelist");
    bob.send_plain(ANA, "hello");
    third.message();
    assert_eq!(body(&ana.receive(1)[0]), "hello");
    let newest = archived(&mut third).pop().unwrap();
    wait_for("the position on the server", || {
        ana.run(&["listen", "--timeout", "3"]).expect(0);
        (told(&mut third) == newest).then_some(())
    });
    assert_eq!(third.configuration(NODE)["access_model"], "whitelist");
    let items = third.items_of(ANA, NODE);
    assert!(items[CAROL].is_string(), "{items}");
}

#[test]
fn an_open_node_is_closed_on_prosody() {
    an_open_node_is_closed(&Prosody::start().address());
}

#[test]
fn an_open_node_is_closed_on_ejabberd() {
    an_open_node_is_closed(&Ejabberd::start().address());
}

/// Whoever asked is told that it was read: in an envelope where there is one, in clear where the person wants it.
fn contacts_are_told(address: &Address) {
    let mut bob = Peer::speaking(Dialects::Both, address, "bob");
    let ana = Susurro::with_account(address, "ana");
    bob.subscribe(ANA);
    // Whoever is written to may know that we are here.
    ana.send(BOB, "hello").expect(0);
    assert_eq!(bob.message()["body"], "hello");
    let markable = "<markable xmlns='urn:xmpp:chat-markers:0'/>";
    let envelope = |body: &str| {
        format!(
            "<envelope xmlns='urn:xmpp:sce:1'><content><body xmlns='jabber:client'>{body}</body>{markable}</content>\
             <from jid='{BOB}'/><to jid='{ANA}'/><rpad>x</rpad></envelope>"
        )
    };
    let in_clear =
        |id: &str| format!("<message to='{ANA}' type='chat' id='{id}'><body>{id}</body>{markable}</message>");
    let sealed = bob.send_envelope(ANA, &envelope("sealed"), &[]);
    let mut listener = ana.listen();
    assert_eq!(body(&listener.next()), "sealed");
    let told = bob.wait_event("a marker", |event| event["event"] == "content");
    let inside = told["envelope"].as_str().unwrap();
    assert!(
        inside.contains("urn:xmpp:chat-markers:0") && inside.contains(&sealed),
        "{inside}"
    );
    let clear = told["clear"].as_array().unwrap();
    assert!(
        !clear
            .iter()
            .any(|tag| tag.as_str().unwrap().contains("chat-markers")),
        "{clear:?}"
    );
    // In clear not by itself: the next sealed one is the next that Bob is told of.
    bob.send_xml(&in_clear("c1"));
    assert_eq!(body(&listener.next()), "c1");
    listener.interrupt();
    let ana = ana.configured("read_markers = \"on\"\n");
    let mut listener = ana.listen();
    bob.send_xml(&in_clear("c2"));
    assert_eq!(body(&listener.next()), "c2");
    let told = bob.wait_event("a marker in clear", |event| {
        event["xml"].as_str().is_some_and(|xml| xml.contains("displayed"))
    });
    assert!(told["xml"].as_str().unwrap().contains("c2"), "{told}");
    listener.interrupt();
}

#[test]
fn contacts_are_told_on_prosody() {
    contacts_are_told(&Prosody::start().address());
}

#[test]
fn contacts_are_told_on_ejabberd() {
    contacts_are_told(&Ejabberd::start().address());
}

/// Who wants all hears live who received and read what, and who writes; who does not, hears messages.
#[test]
fn what_is_said_beside_messages_is_printed_for_who_wants_all() {
    let server = Prosody::start();
    let address = server.address();
    let mut bob = Peer::speaking(Dialects::Both, &address, "bob");
    let ana = Susurro::with_account(&address, "ana");
    ana.run(&["contact", "add", BOB]).expect(0);
    bob.flush();
    let mut listener = ana.listen_with(&["--all"]);
    listener.wait_present(1, &address, "ana");
    bob.send(ANA, "hello");
    assert_eq!(body(&listener.next()), "hello");
    bob.chat_state(ANA, "composing");
    let said = listener.next();
    assert_eq!(
        (&said["type"], &said["state"], &said["encryption"], &said["from"]),
        (
            &json!("typing"),
            &json!("composing"),
            &json!("omemo-2"),
            &json!(BOB)
        )
    );
    assert!(
        said["fingerprint"].is_string() && said["target"].is_null(),
        "{said}"
    );
    bob.send(ANA, "that was it");
    assert_eq!(body(&listener.next()), "that was it");
    listener.interrupt();
    let mut listener = ana.listen_with(&[]);
    listener.wait_present(1, &address, "ana");
    bob.chat_state(ANA, "composing");
    bob.send(ANA, "for who wants messages");
    assert_eq!(body(&listener.next()), "for who wants messages");
    listener.interrupt();
}
