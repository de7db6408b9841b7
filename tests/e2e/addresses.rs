//! One address in two spellings, links, and addresses that are no person's, against a real server.

use crate::support::Address;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::{Susurro, body, finish};

const UNICODE: &str = "bücher.test";
const ASCII: &str = "xn--bcher-kva.test";

fn server() -> Prosody {
    Prosody::with(Options {
        domain: UNICODE.to_owned(),
        ..Options::default()
    })
}

/// The server as people see it who write its name in ASCII.
fn in_ascii(server: &Prosody) -> Address {
    Address {
        domain: ASCII.to_owned(),
        ..server.address()
    }
}

#[test]
fn an_account_and_its_contacts_are_one_in_both_spellings_of_the_domain() {
    let server = server();
    let ana = Susurro::with_vault();
    let added = ana.add_account(&in_ascii(&server), "ana").expect(0);
    assert!(added.out.starts_with("ana@bücher.test is ready"), "{}", added.out);
    let bob = Susurro::with_account(&server.address(), "bob");
    bob.run(&["contact", "add", "ana@bücher.test"]).expect(0);
    ana.run(&[
        "contact",
        "add",
        &format!("xmpp:bob@{ASCII}?roster"),
        "Bob",
        "of",
        "Ede",
    ])
    .expect(0);
    let listed = ana.run(&["contact", "list", "--json"]).expect(0).json();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["jid"], "bob@bücher.test");
    assert_eq!(listed[0]["name"], "Bob of Ede");
    ana.send_now(&format!("bob@{ASCII}"), "in ascii");
    ana.send_now(&format!("bob@{UNICODE}"), "in unicode");
    let mut listener = bob.listen();
    for text in ["in ascii", "in unicode"] {
        let message = listener.next();
        assert_eq!(body(&message), text);
        assert_eq!(message["from"], "ana@bücher.test");
    }
    drop(listener);
    for spelling in [ASCII, UNICODE] {
        let rows = ana
            .run(&["history", &format!("bob@{spelling}"), "--json"])
            .expect(0)
            .json();
        assert_eq!(
            rows.iter().map(body).collect::<Vec<_>>(),
            ["in ascii", "in unicode"]
        );
    }
    let mut history = ana.command(&["history", "bob@bücher.test"]);
    for (zone, offset) in [("UTC", "+00:00 ana@"), ("XST-5:45", "+05:45 ana@")] {
        let shown = finish(history.env("TZ", zone), "").expect(0).out;
        assert!(shown.lines().all(|line| line.contains(offset)), "{shown}");
    }
    ana.run(&[
        "account",
        "password",
        &format!("ana@{ASCII}"),
        "--password-command",
        "echo x",
    ])
    .expect(0);
}

#[test]
fn an_account_is_registered_by_the_other_spelling_too() {
    let server = server();
    let erin = Susurro::with_vault();
    let secret = erin.write_secret("new", "erin-has-a-long-password");
    let server_at = format!("127.0.0.1:{}", server.address().port);
    let registered = erin.run(&[
        "account",
        "register",
        &format!("erin@{ASCII}"),
        "--password-file",
        &secret.display().to_string(),
        "--server",
        &server_at,
        "--ca-file",
        &server.address().ca_file.display().to_string(),
    ]);
    let registered = registered.expect(0);
    assert!(
        registered.out.contains("erin@bücher.test is ready"),
        "{}",
        registered.out
    );
}

#[test]
fn a_server_and_a_gateway_are_taken_by_every_command_that_takes_a_person() {
    let server = Prosody::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    for address in ["irc.mired.test", r"d'artagnan@mired.test"] {
        ana.run(&["contact", "add", address, "The", "gateway"]).expect(0);
        ana.run(&["contact", "rename", address, "Gateway"]).expect(0);
        ana.run(&["contact", "accept", address]).expect(0);
        ana.run(&["contact", "decline", address]).expect(0);
        ana.run(&[
            "history",
            &format!("xmpp:{}?message", address.replace('\'', "%5C27")),
        ])
        .expect(0);
        ana.run(&["encryption", address]).expect(0);
    }
    let listed = ana.run(&["contact", "list", "--offline"]).expect(0).out;
    let lines: Vec<&str> = listed.lines().collect();
    assert!(
        lines.iter().any(|line| line.starts_with("irc.mired.test [")),
        "{listed}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(r"d\27artagnan@mired.test [")
                && line.contains("(d'artagnan@mired.test)")),
        "{listed}"
    );
    // The server itself has no keys, which is said as of anybody; in clear it is written to.
    ana.run_with_input(&["send", "mired.test", "-"], "hello")
        .expect(6);
    let sent = ana.run_with_input(&["send", "mired.test", "-", "--plaintext"], "hello");
    assert!(matches!(sent.code(), Some(0 | 8)), "{sent:?}");
    for address in ["irc.mired.test", r"d\27artagnan@mired.test"] {
        ana.run(&["contact", "remove", address]).expect(0);
    }
}
