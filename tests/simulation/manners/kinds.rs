//! One message of each kind: who gets it, who gets a copy, whether it is archived and kept for who is away.

use minidom::Element;

use super::raw::{Raw, server};
use super::{ANA, BOB};
use crate::server::{Entry, Manners};

/// Type, content; and for each server what becomes of it, in the order of [`told`].
type Row = (&'static str, &'static str, &'static str, [&'static str; 2]);

const BODY: &str = "<body>x</body>";
const OMEMO: &str = "<encrypted xmlns='urn:xmpp:omemo:2'/>";
const EME: &str = "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>";
const STORE: &str = "<store xmlns='urn:xmpp:hints'/>";
const STATE: &str = "<active xmlns='http://jabber.org/protocol/chatstates'/>";
const RECEIPT: &str = "<received xmlns='urn:xmpp:receipts' id='m'/>";
const MARKER: &str = "<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>";
const REACTION: &str = "<reactions xmlns='urn:xmpp:reactions:0' id='m'><reaction>+</reaction></reactions>";
const RETRACTION: &str = "<retract xmlns='urn:xmpp:message-retract:1' id='m'/>";
const INVITATION: &str = "<x xmlns='jabber:x:conference' jid='room@rooms.mired.test'/>";

/// What was seen at Prosody 0.12.3 and ejabberd 23.01. A row: to the bare address, a copy at the sender's other device and
/// who has it of the receiver; in the archive of both; to the full address, a copy at the receiver's other device;
/// away: kept, bounced or neither.
const ROWS: &[Row] = &[
    ("chat", "plain", "b", ["y/12 y y y", "y/12 y y y"]),
    ("normal", "plain", "b", ["y/12 y y y", "y/12 y y y"]),
    (
        "chat",
        "sealed with body and hint",
        "boS",
        ["y/12 y y y", "y/12 y y y"],
    ),
    ("chat", "sealed without body", "oS", ["y/12 y y y", "y/12 y y y"]),
    (
        "chat",
        "sealed, named, no hint",
        "oe",
        ["y/12 y y y", "y/12 - y y"],
    ),
    (
        "chat",
        "sealed, nothing beside",
        "o",
        ["y/12 - y y", "y/12 - y y"],
    ),
    (
        "normal",
        "sealed, nothing beside",
        "o",
        ["-/12 - - y", "-/12 - - y"],
    ),
    ("chat", "receipt", "r", ["y/12 y y y", "y/12 - y y"]),
    ("normal", "receipt", "r", ["-/12 y - y", "-/12 - - y"]),
    ("chat", "chat state", "s", ["y/12 - y y", "y/12 - y B"]),
    (
        "chat",
        "chat state, not to be stored",
        "sN",
        ["y/12 - y y", "y/12 - y B"],
    ),
    ("chat", "marker", "m", ["y/12 y y y", "y/12 - y y"]),
    ("chat", "reaction", "a", ["y/12 - y y", "y/12 - y y"]),
    ("chat", "reaction and hint", "aS", ["y/12 y y y", "y/12 y y y"]),
    ("chat", "receipt and hint", "rS", ["y/12 y y y", "y/12 y y y"]),
    ("chat", "retraction", "t", ["y/12 - y y", "y/12 - y y"]),
    (
        "chat",
        "retraction with body and hint",
        "tbS",
        ["y/12 y y y", "y/12 y y y"],
    ),
    ("headline", "body", "b", ["-/12 - - -", "-/12 - - -"]),
    ("error", "body", "b", ["-/ - - -", "-/ - - -"]),
    ("groupchat", "body", "b", ["-/ - - B", "-/ - - B"]),
    ("normal", "invitation", "i", ["-/12 y - y", "-/12 - - y"]),
    (
        "chat",
        "body, not to be stored",
        "bN",
        ["y/12 - y y", "y/12 - y B"],
    ),
    (
        "chat",
        "body, not to be stored for ever",
        "bP",
        ["y/12 - y y", "y/12 - y y"],
    ),
    (
        "chat",
        "body, not to be copied",
        "bC",
        ["-/12 y - y", "-/12 y - y"],
    ),
    ("chat", "body, private", "bv", ["-/12 y - y", "-/12 y - y"]),
    ("chat", "subject", "j", ["y/12 y y y", "y/12 y y y"]),
];

fn content(letters: &str) -> String {
    letters
        .chars()
        .map(|letter| match letter {
            'b' => BODY,
            'o' => OMEMO,
            'e' => EME,
            'S' => STORE,
            's' => STATE,
            'r' => RECEIPT,
            'm' => MARKER,
            'a' => REACTION,
            't' => RETRACTION,
            'i' => INVITATION,
            'j' => "<subject>x</subject>",
            'N' => "<no-store xmlns='urn:xmpp:hints'/>",
            'P' => "<no-permanent-store xmlns='urn:xmpp:hints'/>",
            'C' => "<no-copy xmlns='urn:xmpp:hints'/>",
            _ => "<private xmlns='urn:xmpp:carbons:2'/>",
        })
        .collect()
}

fn message(kind: &str, to: &str, letters: &str) -> String {
    format!(
        "<message xmlns='jabber:client' type='{kind}' to='{to}' id='m1'>{}</message>",
        content(letters)
    )
}

fn yes(is: bool) -> &'static str {
    if is { "y" } else { "-" }
}

fn copies(heard: &[Element], direction: &str) -> bool {
    heard
        .iter()
        .any(|stanza| stanza.has_child(direction, "urn:xmpp:carbons:2"))
}

fn direct(heard: &[Element]) -> bool {
    heard
        .iter()
        .any(|stanza| stanza.attr("id") == Some("m1") && stanza.attr("from") == Some("ana@mired.test/a1"))
}

/// What becomes of one kind, as [`ROWS`] has it.
fn told(manners: Manners, kind: &str, letters: &str) -> String {
    let mut server = server(manners);
    let [a1, a2, b1, b2] = [
        "ana@mired.test/a1",
        "ana@mired.test/a2",
        "bob@mired.test/b1",
        "bob@mired.test/b2",
    ]
    .map(|jid| Raw::online(&mut server, jid));
    a1.says(&mut server, &message(kind, BOB, letters));
    let sent = copies(&a2.hears(&mut server), "sent");
    let mut who = String::new();
    for (name, device) in [("1", &b1), ("2", &b2)] {
        if direct(&device.hears(&mut server)) {
            who.push_str(name);
        }
    }
    // That it came back is another message.
    let itself = |entry: &&Entry| entry.message.attr("type") != Some("error") || kind == "error";
    let archived = [ANA, BOB].map(|of| {
        server.accounts[of]
            .archive
            .entries
            .iter()
            .any(|entry| itself(&entry))
    });
    assert_eq!(archived[0], archived[1], "both sides or none: {kind} {letters}");
    a1.says(&mut server, &message(kind, "bob@mired.test/b1", letters));
    assert!(
        direct(&b1.hears(&mut server)),
        "to the full address: {kind} {letters}"
    );
    let received = copies(&b2.hears(&mut server), "received");
    for device in [b1, b2] {
        server.close(device.conn);
    }
    a1.hears(&mut server);
    a1.says(&mut server, &message(kind, BOB, letters));
    let bounced = a1
        .hears(&mut server)
        .iter()
        .any(|stanza| stanza.attr("type") == Some("error"));
    let back = Raw::bind(&mut server, "bob@mired.test/b3");
    back.says(&mut server, "<presence xmlns='jabber:client'/>");
    let kept = direct(&back.hears(&mut server));
    let away = if bounced { "B" } else { yes(kept) };
    format!(
        "{}/{who} {} {} {away}",
        yes(sent),
        yes(archived[0]),
        yes(received)
    )
}

#[test]
fn each_kind_of_message_at_prosody_and_ejabberd() {
    let mut wrong = Vec::new();
    for (kind, name, letters, expected) in ROWS {
        for (manners, expected) in [Manners::Prosody, Manners::Ejabberd].into_iter().zip(expected) {
            let told = told(manners, kind, letters);
            if told != *expected {
                wrong.push(format!("{manners:?}, {kind}, {name}: {told}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn openfire_archives_bodies_alone() {
    for (kind, letters, expected) in [
        ("chat", "b", true),
        ("normal", "b", true),
        ("chat", "oS", false),
        ("chat", "rS", false),
        ("chat", "bN", true),
        ("headline", "b", false),
        ("error", "b", false),
    ] {
        let mut server = server(Manners::Openfire);
        let [a1, _b1] = ["ana@mired.test/a1", "bob@mired.test/b1"].map(|jid| Raw::online(&mut server, jid));
        a1.says(&mut server, &message(kind, "bob@mired.test/b1", letters));
        assert_eq!(
            !server.archived(BOB, None).is_empty(),
            expected,
            "{kind} {letters}"
        );
    }
}

#[test]
fn prosody_archives_errors_to_a_full_address_and_copies_bounces() {
    let error =
        "<message xmlns='jabber:client' type='error' to='bob@mired.test/b1' id='m1'><body>x</body></message>";
    for (manners, expected) in [(Manners::Prosody, 1), (Manners::Ejabberd, 0)] {
        let mut server = server(manners);
        let [a1, a2, _b1] = ["ana@mired.test/a1", "ana@mired.test/a2", "bob@mired.test/b1"]
            .map(|jid| Raw::online(&mut server, jid));
        a1.says(&mut server, error);
        let archived = [ANA, BOB].map(|of| server.archived(of, None).len());
        assert_eq!(archived, [expected, expected], "{manners:?}");
        // What went to nobody's bare address comes back from there.
        a1.says(&mut server, &message("chat", "nobody@mired.test", "b"));
        let copied = a2.hears(&mut server);
        assert!(copies(&copied, "sent"));
        assert_eq!(
            copies(&copied, "received"),
            manners == Manners::Prosody,
            "{manners:?}"
        );
        let bounces = server.archived(ANA, Some("nobody@mired.test")).len() - 1;
        assert_eq!(bounces, expected, "{manners:?}");
    }
}

#[test]
fn what_is_for_a_device_that_is_gone_goes_to_all_others() {
    for (manners, to) in [
        (Manners::Prosody, "bob@mired.test/gone"),
        (Manners::Ejabberd, "bob@mired.test/b1"),
    ] {
        let mut server = server(manners);
        let [a1, b1, b2] = ["ana@mired.test/a1", "bob@mired.test/b1", "bob@mired.test/b2"]
            .map(|jid| Raw::online(&mut server, jid));
        a1.says(&mut server, &message("chat", "bob@mired.test/gone", "b"));
        a1.says(&mut server, &message("headline", "bob@mired.test/gone", "b"));
        let heard = b1.hears(&mut server);
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].attr("to"), Some(to));
        assert_eq!(b2.hears(&mut server).len(), 1);
    }
}
