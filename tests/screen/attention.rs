//! What the person does at the screen and others hear, and the other way round: that somebody writes, and
//! whether somebody looks.

use crate::desk::{ANA, BOB, Desk, Start, Table};
use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;
use crate::support::wait_for;

#[test]
fn who_writes_is_seen_until_they_have_written() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::after_a_greeting();
    bob.chat_state(ANA, "composing");
    desk.wait("Bob · bob@mired.test · writing");
    bob.send(ANA, "that was it");
    desk.wait("that was it");
    desk.wait_gone("writing");
    bob.chat_state(ANA, "composing");
    desk.wait("writing");
    bob.chat_state(ANA, "paused");
    desk.wait_gone("writing");
}

#[test]
fn a_contact_hears_in_the_envelope_alone_that_something_is_being_written_and_then_what() {
    let server = Prosody::start();
    let mut bob = Peer::speaking(Dialects::Both, &server.address(), "bob");
    let home = Susurro::with_account(&server.address(), "ana");
    home.run(&["contact", "add", BOB, "--name", "Bob"]).expect(0);
    bob.flush();
    let desk = Desk::with(home, &Start::default());
    desk.wait("online");
    desk.wait("to Bob");
    desk.line("good morning");
    assert_eq!(bob.bodies(1), ["good morning"]);
    bob.send(ANA, "good day to you");
    desk.wait("good day to you");
    desk.text("and how");
    let told = bob.wait_event("that somebody writes", |event| {
        event["inside"]["chat_state"] == "composing"
    });
    assert_eq!(told["encryption"], "omemo-2");
    let clear = told["clear"].to_string();
    assert!(
        !clear.contains("chatstates") && clear.contains("no-store"),
        "{clear}"
    );
    desk.line(" are you?");
    assert_eq!(bob.bodies(1), ["and how are you?"]);
}

/// Nobody looks: what matters comes all the same, from a server that holds back the rest.
fn messages_come_while_nobody_looks(address: &Address) -> (Desk, Peer) {
    let mut bob = Peer::login(address, "bob");
    let home = Susurro::with_account(address, "ana");
    home.run(&["contact", "add", BOB, "--name", "Bob"]).expect(0);
    bob.flush();
    let desk = Desk::with(home, &Start::default());
    desk.wait("online");
    desk.wait("to Bob");
    desk.line("good morning");
    assert_eq!(bob.bodies(1), ["good morning"]);
    desk.bytes(b"\x1b[O");
    let mut other = Peer::login(address, "ana");
    for number in 0..5 {
        bob.chat_state(ANA, "composing");
        bob.send_plain(ANA, &format!("number {number} while you look elsewhere"));
        desk.wait(&format!("number {number} while"));
        other.send_plain(BOB, &format!("number {number} from elsewhere"));
        desk.wait(&format!("number {number} from elsewhere"));
    }
    desk.bytes(b"\x1b[I");
    bob.send_plain(ANA, "and now that you look");
    desk.wait("and now that you look");
    (desk, bob)
}

#[test]
fn messages_come_from_prosody_while_nobody_looks() {
    let server = Prosody::start();
    let _both = messages_come_while_nobody_looks(&server.address());
    let heard = |what: &str| server.log().contains(what).then_some(());
    wait_for("the server to hear that nobody looks", || heard("<inactive"));
    wait_for("the server to hear that somebody does", || heard("<active"));
}

#[test]
fn messages_come_from_ejabberd_while_nobody_looks() {
    let server = Ejabberd::start();
    let _both = messages_come_while_nobody_looks(&server.address());
}
