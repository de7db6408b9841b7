//! Strangers who write first, blocking and deleting, on real servers.

use serde_json::Value;

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::proxy::{Proxy, Way};
use crate::support::susurro::{Susurro, bodies};
use crate::support::wait_for;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

fn chats(ana: &Susurro) -> Vec<Value> {
    ana.run(&["chats", "--json"]).expect(0).json()
}

fn blocked(ana: &Susurro) -> Vec<Value> {
    ana.run(&["blocked", "--json"]).expect(0).json()
}

/// Bob is a stranger, waits, is blocked by the server on every device of Ana's, and let in again.
fn the_server_blocks(address: &Address) {
    let mut bob = Peer::login(address, "bob");
    let ana = Susurro::with_account(address, "ana");
    assert!(chats(&ana).is_empty());
    bob.send(ANA, "hello from a stranger");
    // Before she comes, not while she does.
    bob.flush();
    assert_eq!(bodies(&ana.receive(1)), ["hello from a stranger"]);
    let waits = &chats(&ana)[0];
    assert_eq!((&waits["chat"], &waits["request"]), (&BOB.into(), &true.into()));
    assert_eq!((&waits["unread"], &waits["encrypted"]), (&0.into(), &true.into()));
    assert_eq!(waits["account"], ANA);
    assert!(waits["last_time"].is_string());
    assert!(blocked(&ana).is_empty());
    // With the block goes what waited.
    let ended = ana.run(&["block", BOB]).expect(0);
    assert!(ended.err.contains("on all your devices"), "{}", ended.err);
    assert!(chats(&ana).is_empty());
    let list = blocked(&ana);
    assert_eq!(
        (&list[0]["jid"], &list[0]["here_only"]),
        (&BOB.into(), &false.into())
    );
    // Her other client is kept from him too: the server does it.
    let mut phone = Peer::login(address, "ana");
    bob.send_plain(ANA, "can you hear me?");
    bob.flush();
    let ended = ana.send(BOB, "nothing goes out").expect(6);
    assert!(ended.err.contains("blocked"), "{}", ended.err);
    ana.run(&["unblock", BOB]).expect(0);
    assert!(blocked(&ana).is_empty());
    ana.run(&["unblock", BOB]).expect(1);
    bob.send_plain(ANA, "and now?");
    assert_eq!(phone.bodies(1), ["and now?"]);
    phone.go_offline();
    bob.send_plain(ANA, "and you?");
    bob.flush();
    // The archive has what the phone has read, too.
    let heard = bodies(&ana.receive(2));
    assert_eq!(heard, ["and now?", "and you?"]);
}

#[test]
fn prosody_keeps_out_who_is_blocked() {
    let server = Prosody::start();
    the_server_blocks(&server.address());
}

#[test]
fn ejabberd_keeps_out_who_is_blocked() {
    let server = Ejabberd::start();
    the_server_blocks(&server.address());
}

#[test]
fn a_block_on_another_device_holds_at_once_on_this_one() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    let mut listener = ana.listen();
    listener.wait_online(1);
    bob.send_plain(ANA, "one");
    assert_eq!(listener.next()["body"], "one");
    // Only now: who is online alone for a moment would be the only one to get it.
    let mut phone = Peer::login(&server.address(), "ana");
    phone.send_xml(
        "<iq type='set' id='b1'><block xmlns='urn:xmpp:blocking'><item jid='bob@mired.test'/></block></iq>",
    );
    phone.flush();
    bob.send_plain(ANA, "two");
    bob.flush();
    phone.send_xml(
        "<iq type='set' id='b2'><unblock xmlns='urn:xmpp:blocking'><item jid='bob@mired.test'/></unblock></iq>",
    );
    phone.flush();
    bob.send_plain(ANA, "three");
    assert_eq!(listener.next()["body"], "three");
    listener.interrupt();
    assert!(blocked(&ana).is_empty());
}

#[test]
fn where_the_server_cannot_block_it_is_said_and_holds_here() {
    let server = Prosody::with(Options {
        without: vec!["blocklist"],
        ..Options::default()
    });
    let mut bob = Peer::login(&server.address(), "bob");
    let mut carol = Peer::login(&server.address(), "carol");
    let ana = Susurro::with_account(&server.address(), "ana");
    let ended = ana.run(&["block", BOB]).expect(0);
    assert!(ended.err.contains("here only"), "{}", ended.err);
    assert_eq!(blocked(&ana)[0]["here_only"], true);
    bob.send_plain(ANA, "left out");
    bob.flush();
    carol.send_plain(ANA, "heard");
    assert_eq!(bodies(&ana.receive(1)), ["heard"]);
    assert!(ana.history(BOB).is_empty());
    ana.run(&["unblock", BOB]).expect(0);
    bob.send_plain(ANA, "heard again");
    assert_eq!(bodies(&ana.receive(1)), ["heard again"]);
}

#[test]
fn what_was_deleted_here_does_not_come_back_with_the_offline_messages() {
    // A server that keeps no stream: what was not acknowledged comes again to whoever logs in next.
    let server = Prosody::with(Options {
        hibernation: 0,
        without: vec!["mam"],
        ..Options::default()
    });
    let proxy = Proxy::to(server.address().port);
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address().through(proxy.port()), "ana");
    let mut listener = ana.listen();
    bob.send_plain(ANA, "the line stands");
    listener.next();
    // They are read, and no word of that reaches the server.
    proxy.hold(Way::ToServer, true);
    bob.send_plain(ANA, "to be forgotten");
    bob.send_plain(ANA, "stays");
    let first = listener.next();
    listener.next();
    listener.kill();
    proxy.cut();
    wait_for("the server to keep both", || {
        (server.stored_offline("ana") >= 2).then_some(())
    });
    let id = first["id"].as_str().unwrap();
    ana.run(&["delete", BOB, "no such id", "--yes"]).expect(2);
    ana.run(&["delete", BOB, id, "--yes"]).expect(0);
    ana.run(&["delete", "carol@mired.test", "--yes"]).expect(1);
    ana.run(&["delete", BOB]).expect(2);
    bob.send_plain(ANA, "the last");
    // What was printed and not yet marked as such is printed once more.
    let mut listener = ana.listen();
    while listener.next()["body"] != "the last" {}
    listener.interrupt();
    let history = ana.history(BOB);
    assert_eq!(bodies(&history), ["the line stands", "stays", "the last"]);
    ana.run(&["delete", BOB, "--yes"]).expect(0);
    assert!(chats(&ana).is_empty());
    assert!(ana.history(BOB).is_empty());
}
