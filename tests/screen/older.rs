//! A device that is new and reads nothing old by itself: whoever goes up at the screen has what the server's
//! archive has, once and in its order.

use std::time::Duration;

use serde_json::Value;

use crate::desk::{ANA, BOB, Desk};
use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::{Susurro, bodies};

const NOTHING: &str = "nothing older at the server";

fn going_up_brings_what_the_archive_has(address: &Address) {
    let mut bob = Peer::login(address, "bob");
    let mut other = Peer::login(address, "ana");
    let mut written = Vec::new();
    for number in 0..130 {
        let body = format!("number {number}.");
        match number % 5 {
            0 => other.send_plain(BOB, &body),
            _ => bob.send_plain(ANA, &body),
        };
        // What is written by both has an order only if one waits for the other.
        if number % 5 == 0 || number % 5 == 4 {
            other.flush();
            bob.flush();
        }
        written.push(body);
    }
    for number in 0..3 {
        bob.send(ANA, &format!("sealed for the other device, {number}"));
    }
    bob.flush();
    other.messages(107);
    // What came within a minute before the first login counts as new.
    std::thread::sleep(Duration::from_secs(61));
    let home = Susurro::with_account(address, "ana").configured("archive_days = 0\n");
    home.run(&["contact", "add", BOB, "--name", "Bob"]).expect(0);
    let desk = Desk::open(home);
    desk.wait("online");
    desk.wait("No messages yet");
    desk.keys(&["PPage"]);
    desk.wait("number 129.");
    desk.wait("What was encrypted until");
    // From there on page by page.
    for _ in 0..20 {
        desk.keys(&["C-Home"]);
        let screen = desk.wait_for("the end of the reading", |screen| {
            !screen.contains("reading older")
        });
        if screen.contains(NOTHING) {
            break;
        }
    }
    let screen = desk.wait(NOTHING);
    assert!(
        screen.contains("number 0.") && screen.contains("number 9."),
        "{screen}"
    );
    desk.keys(&["PPage", "C-Home", "C-q"]);
    desk.ended(0);
    let home = desk.home();
    let history = home
        .run(&["history", BOB, "--json", "--limit", "1000"])
        .expect(0)
        .json();
    let messages: Vec<Value> = history
        .iter()
        .filter(|line| line["type"] == "message")
        .cloned()
        .collect();
    assert_eq!(bodies(&messages), written);
    let others: Vec<&Value> = history.iter().filter(|line| line["type"] != "message").collect();
    assert_eq!(others.len(), 1, "{others:?}");
    assert_eq!(others[0]["type"], "before_device");
    let chats = home.run(&["chats", "--json"]).expect(0).json();
    assert_eq!(chats[0]["unread"], 0);
}

#[test]
fn going_up_brings_what_the_archive_of_prosody_has() {
    let server = Prosody::with(Options {
        archive_page: 30,
        ..Options::default()
    });
    going_up_brings_what_the_archive_has(&server.address());
}

#[test]
fn going_up_brings_what_the_archive_of_ejabberd_has() {
    going_up_brings_what_the_archive_has(&Ejabberd::start().address());
}
