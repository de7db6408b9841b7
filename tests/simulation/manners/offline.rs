//! What waits for who is away, and how it goes together with the archive; what becomes of what a stream took along
//! when it ended; copies for devices without a presence.

use super::raw::{ENABLE, Raw, chat, query, server};
use super::{ANA, BOB};
use crate::server::{Manners, Server};

const HERE: &str = "<presence xmlns='jabber:client'/>";

/// Bodies of what was heard outside of results of the archive.
fn live(server: &mut Server, who: &Raw) -> Vec<String> {
    let heard = who.hears(server);
    let bodies = heard
        .iter()
        .filter_map(|stanza| stanza.get_child("body", "jabber:client"));
    bodies.map(minidom::Element::text).collect()
}

#[test]
fn who_asks_the_archive_before_a_presence_gets_nothing_else_from_prosody_and_all_of_it_from_ejabberd() {
    for (manners, expected, left) in [
        (Manners::Prosody, vec![], vec!["one", "two"]),
        (Manners::Ejabberd, vec!["one", "two"], vec![]),
        (Manners::Openfire, vec!["one", "two"], vec![]),
    ] {
        let mut server = server(manners);
        let ana = Raw::online(&mut server, "ana@mired.test/a1");
        ana.writes(&mut server, BOB, "one");
        ana.writes(&mut server, BOB, "two");
        let bob = Raw::bind(&mut server, "bob@mired.test/b1");
        bob.says(&mut server, ENABLE);
        bob.says(&mut server, &query(""));
        bob.says(&mut server, HERE);
        assert_eq!(live(&mut server, &bob), expected, "{manners:?}");
        // What was not given waits for one who does not ask.
        let other = Raw::bind(&mut server, "bob@mired.test/b2");
        other.says(&mut server, HERE);
        assert_eq!(live(&mut server, &other), left, "{manners:?}");
    }
}

#[test]
fn what_waited_has_id_and_time_and_comes_once() {
    for manners in [Manners::Prosody, Manners::Ejabberd] {
        let mut server = server(manners);
        let ana = Raw::online(&mut server, "ana@mired.test/a1");
        ana.writes(&mut server, BOB, "one");
        let (id, _) = server.archived(BOB, None).pop().unwrap();
        let bob = Raw::bind(&mut server, "bob@mired.test/b1");
        bob.says(&mut server, HERE);
        let message = bob.hears(&mut server).pop().unwrap();
        let sid = message.get_child("stanza-id", "urn:xmpp:sid:0").unwrap();
        assert_eq!(sid.attr("id"), Some(id.as_str()));
        let delay = message.get_child("delay", "urn:xmpp:delay").unwrap();
        assert_eq!(
            (delay.attr("from"), delay.attr("stamp")),
            (Some("mired.test"), Some("2026-11-20T12:00:00.25Z"))
        );
        bob.says(&mut server, HERE);
        assert!(live(&mut server, &bob).is_empty());
    }
}

#[test]
fn a_device_that_wants_nothing_gets_nothing_but_what_is_for_it_alone() {
    for manners in [Manners::Prosody, Manners::Ejabberd] {
        let mut server = server(manners);
        let ana = Raw::online(&mut server, "ana@mired.test/a1");
        ana.writes(&mut server, BOB, "waits");
        let bob = Raw::bind(&mut server, "bob@mired.test/b1");
        bob.says(
            &mut server,
            "<presence xmlns='jabber:client'><priority>-1</priority></presence>",
        );
        ana.writes(&mut server, BOB, "waits too");
        assert!(live(&mut server, &bob).is_empty(), "{manners:?}");
        ana.writes(&mut server, "bob@mired.test/b1", "for it");
        assert_eq!(live(&mut server, &bob), ["for it"]);
        let other = Raw::bind(&mut server, "bob@mired.test/b2");
        other.says(&mut server, HERE);
        assert_eq!(live(&mut server, &other), ["waits", "waits too"]);
    }
}

#[test]
fn copies_without_a_presence() {
    for (manners, expected) in [(Manners::Prosody, 1), (Manners::Ejabberd, 0)] {
        let mut server = server(manners);
        let a1 = Raw::online(&mut server, "ana@mired.test/a1");
        let a2 = Raw::bind(&mut server, "ana@mired.test/a2");
        a2.says(&mut server, ENABLE);
        a2.hears(&mut server);
        a1.writes(&mut server, BOB, "hi");
        assert_eq!(a2.hears(&mut server).len(), expected, "{manners:?}");
        a2.says(&mut server, HERE);
        a2.says(&mut server, &ENABLE.replace("enable", "disable"));
        a2.hears(&mut server);
        a1.writes(&mut server, BOB, "hi");
        assert!(a2.hears(&mut server).is_empty());
    }
}

#[test]
fn openfire_gives_to_the_foremost_and_to_those_that_ask_for_copies() {
    let mut server = server(Manners::Openfire);
    let ana = Raw::online(&mut server, "ana@mired.test/a1");
    let [low, high] = ["bob@mired.test/b1", "bob@mired.test/b2"].map(|jid| Raw::bind(&mut server, jid));
    low.says(
        &mut server,
        "<presence xmlns='jabber:client'><priority>1</priority></presence>",
    );
    high.says(
        &mut server,
        "<presence xmlns='jabber:client'><priority>5</priority></presence>",
    );
    let copied = Raw::online(&mut server, "bob@mired.test/b3");
    ana.writes(&mut server, BOB, "hi");
    assert!(live(&mut server, &low).is_empty());
    assert_eq!(live(&mut server, &high), ["hi"]);
    assert_eq!(live(&mut server, &copied), ["hi"], "itself, not a copy");
}

#[test]
fn openfire_sends_back_what_is_too_much_to_keep() {
    let mut server = server(Manners::Openfire);
    let ana = Raw::online(&mut server, "ana@mired.test/a1");
    let long = chat(BOB, "long").replace("<body>long", &format!("<body>{}", "x".repeat(60_000)));
    for expected in [0, 0, 1] {
        ana.says(&mut server, &long);
        assert_eq!(ana.hears(&mut server).len(), expected);
    }
}

/// Bob's device with stream management, gone without a word after `said`; Ana writes to him then, and his stream ends
/// for good.
fn hibernating(server: &mut Server, said: &[&str]) -> Raw {
    let [ana, bob] = [("ana@mired.test/a1"), ("bob@mired.test/b1")].map(|jid| Raw::bind(server, jid));
    bob.says(server, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    for stanza in said {
        bob.says(server, stanza);
    }
    ana.says(server, HERE);
    bob.hears(server);
    server.cut(bob.conn);
    ana.writes(server, BOB, "lost?");
    ana
}

#[test]
fn a_stream_that_sleeps_counts_as_somebody_who_is_here() {
    for manners in [Manners::Prosody, Manners::Ejabberd] {
        let mut server = server(manners);
        hibernating(&mut server, &[HERE]);
        let other = Raw::bind(&mut server, "bob@mired.test/b2");
        other.says(&mut server, HERE);
        assert!(
            live(&mut server, &other).is_empty(),
            "nothing is kept for those who are away"
        );
        assert_eq!(server.archived_bodies(BOB, Some(ANA)), ["lost?"]);
    }
}

#[test]
fn what_a_stream_took_along() {
    let archive = query("");
    for (manners, said, others, bounce, kept) in [
        (
            Manners::Prosody,
            vec![HERE],
            true,
            Some("recipient-unavailable"),
            0,
        ),
        (Manners::Prosody, vec![HERE], false, None, 1),
        (Manners::Prosody, vec![archive.as_str(), HERE], true, None, 0),
        (Manners::Ejabberd, vec![HERE], true, None, 0),
        (Manners::Openfire, vec![HERE], false, None, 1),
    ] {
        let mut server = server(manners);
        let ana = hibernating(&mut server, &said);
        if others {
            Raw::bind(&mut server, "bob@mired.test/b2");
        }
        server.end_sleeping(BOB);
        let heard = ana.transcript(&mut server);
        let error = heard.iter().find(|stanza| stanza.contains("type='error'"));
        match bounce {
            Some(condition) => {
                assert!(
                    error.is_some_and(|error| error.contains(condition)),
                    "{manners:?} {heard:?}"
                );
                // And Prosody archives that, too.
                assert_eq!(server.archived(ANA, Some(BOB)).len(), 2);
            }
            None => assert!(error.is_none(), "{manners:?} {heard:?}"),
        }
        assert_eq!(server.accounts[BOB].offline.len(), kept, "{manners:?}");
        assert_eq!(server.archived_bodies(BOB, Some(ANA)), ["lost?"]);
    }
}
