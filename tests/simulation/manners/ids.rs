//! Ids of archived messages: who is told them, where they stand, and what becomes of those that a sender made up.

use minidom::Element;

use super::raw::{Raw, chat, query, server};
use super::{ANA, BOB};
use crate::server::Manners;

const SID: &str = "urn:xmpp:sid:0";

/// The ids in a message that are said to be from this archive, in order.
fn ids(message: &Element, by: &str) -> Vec<String> {
    let ids = message.children().filter(|child| child.is("stanza-id", SID));
    let ids = ids.filter(|child| child.attr("by").is_some_and(|is| is.eq_ignore_ascii_case(by)));
    ids.map(|child| child.attr("id").unwrap().to_owned()).collect()
}

/// The message inside a copy or a result.
fn inside(wrapper: &Element) -> Element {
    let forwarded = wrapper
        .children()
        .next()
        .and_then(|child| child.get_child("forwarded", "urn:xmpp:forward:0"));
    forwarded
        .and_then(|forwarded| forwarded.get_child("message", "jabber:client"))
        .expect("a message inside")
        .clone()
}

#[test]
fn live_messages_and_copies_carry_the_id_of_the_archive_of_that_side() {
    for manners in [Manners::Prosody, Manners::Ejabberd, Manners::Openfire] {
        let mut server = server(manners);
        let [a1, a2, b1, b2] = [
            "ana@mired.test/a1",
            "ana@mired.test/a2",
            "bob@mired.test/b1",
            "bob@mired.test/b2",
        ]
        .map(|jid| Raw::online(&mut server, jid));
        a1.writes(&mut server, "bob@mired.test/b1", "hi");
        let [at_ana, at_bob] = [ANA, BOB].map(|of| vec![server.archived(of, None)[0].0.clone()]);
        let expected = |ids: Vec<String>| {
            if manners == Manners::Openfire {
                Vec::new()
            } else {
                ids
            }
        };
        assert_ne!(at_ana, at_bob);
        assert!(a1.hears(&mut server).is_empty(), "who sends is told nothing");
        let copy = a2.hears(&mut server).pop().unwrap();
        assert_eq!(ids(&inside(&copy), ANA), expected(at_ana), "{manners:?}");
        assert_eq!(ids(&inside(&copy), BOB), Vec::<String>::new());
        let live = b1.hears(&mut server).pop().unwrap();
        assert_eq!(ids(&live, BOB), expected(at_bob.clone()), "{manners:?}");
        let copy = b2.hears(&mut server).pop().unwrap();
        assert_eq!(ids(&inside(&copy), BOB), expected(at_bob), "{manners:?}");
    }
}

#[test]
fn what_ids_look_like() {
    for manners in [Manners::Prosody, Manners::Ejabberd, Manners::Openfire] {
        let mut server = server(manners);
        let a1 = Raw::online(&mut server, "ana@mired.test/a1");
        a1.writes(&mut server, BOB, "one");
        a1.writes(&mut server, BOB, "two");
        let ids: Vec<String> = server.archived(BOB, None).into_iter().map(|(id, _)| id).collect();
        match manners {
            Manners::Prosody => assert!(ids[0].len() == 24 && ids[1].len() == 24 && ids[0] != ids[1]),
            // Two within the same moment are still two. Each message takes one in either archive.
            Manners::Ejabberd => assert_eq!(ids, ["1795176000250001", "1795176000250003"]),
            Manners::Openfire => assert_eq!(ids, ["2", "4"]),
        }
    }
}

#[test]
fn prosody_hands_on_a_forged_id_before_its_own_and_ejabberd_takes_it_out() {
    let forged = |kind: &str, by: &str| {
        format!(
            "<message xmlns='jabber:client' type='chat' to='bob@mired.test' id='m'>{kind}\
             <stanza-id xmlns='{SID}' by='{by}' id='FORGED'/><stanza-id xmlns='{SID}' by='third@elsewhere.test' id='3'/></message>"
        )
    };
    for (manners, by, expected) in [
        (Manners::Prosody, BOB, 2),
        (Manners::Prosody, "BOB@MIRED.TEST", 2),
        (Manners::Ejabberd, BOB, 1),
        (Manners::Ejabberd, "mired.test", 1),
    ] {
        let mut server = server(manners);
        let [a1, a2, b1] = ["ana@mired.test/a1", "ana@mired.test/a2", "bob@mired.test/b1"]
            .map(|jid| Raw::online(&mut server, jid));
        a1.says(&mut server, &forged("<body>hi</body>", by));
        let (id, _) = server.archived(BOB, None).pop().unwrap();
        let live = b1.hears(&mut server).pop().unwrap();
        let seen = ids(&live, BOB);
        assert_eq!(
            (seen.len(), seen.last()),
            (expected, Some(&id)),
            "{manners:?} {by}"
        );
        assert_eq!(seen.contains(&"FORGED".to_owned()), expected == 2);
        assert_eq!(ids(&live, "third@elsewhere.test"), ["3"]);
        // The archived copy: Prosody keeps the forged one alone, ejabberd has its own.
        b1.says(&mut server, &query(""));
        let result = b1.hears(&mut server).remove(0);
        let archived = ids(&inside(&result), BOB);
        assert_eq!(
            archived,
            if expected == 2 {
                vec!["FORGED".to_owned()]
            } else {
                vec![id]
            }
        );
        a2.hears(&mut server);
        // What is not archived is clean at both.
        a1.says(
            &mut server,
            &forged("<active xmlns='http://jabber.org/protocol/chatstates'/>", by),
        );
        assert!(ids(&b1.hears(&mut server).pop().unwrap(), BOB).is_empty());
        a2.hears(&mut server);
        // About one's own archive it is in the copies that other devices get.
        a1.says(
            &mut server,
            &forged("<body>hi</body>", if by == BOB { ANA } else { by }).replace("BOB@", "ANA@"),
        );
        let copy = ids(&inside(&a2.hears(&mut server).pop().unwrap()), ANA);
        assert_eq!(
            copy.contains(&"FORGED".to_owned()),
            expected == 2,
            "{manners:?} {by}"
        );
    }
}

#[test]
fn a_message_to_oneself_is_archived_twice() {
    for manners in [Manners::Prosody, Manners::Ejabberd] {
        let mut server = server(manners);
        let [a1, a2] = ["ana@mired.test/a1", "ana@mired.test/a2"].map(|jid| Raw::online(&mut server, jid));
        for (number, message) in [
            chat(ANA, "me"),
            chat(ANA, "me").replace("to='ana@mired.test' ", ""),
        ]
        .iter()
        .enumerate()
        {
            a1.says(&mut server, message);
            let archived: Vec<String> = server.archived(ANA, None).into_iter().map(|(id, _)| id).collect();
            let [sent, got] = &archived[number * 2..] else {
                panic!("two of them: {archived:?}")
            };
            let again = a1.hears(&mut server);
            assert_eq!((again.len(), ids(&again[0], ANA)), (1, vec![got.clone()]));
            let both = a2.hears(&mut server);
            assert_eq!(both.len(), 2);
            assert_eq!(&ids(&inside(&both[0]), ANA), &[sent.as_str()]);
            assert_eq!(&ids(&both[1], ANA), &[got.as_str()]);
        }
    }
}

#[test]
fn prosody_archives_no_chat_state_beside_a_message() {
    let message = "<message xmlns='jabber:client' type='chat' to='bob@mired.test' id='m'><body>hi</body>\
                   <active xmlns='http://jabber.org/protocol/chatstates'/></message>";
    for (manners, kept) in [(Manners::Prosody, false), (Manners::Ejabberd, true)] {
        let mut server = server(manners);
        let [a1, b1] = ["ana@mired.test/a1", "bob@mired.test/b1"].map(|jid| Raw::online(&mut server, jid));
        a1.says(&mut server, message);
        let state = |message: &Element| message.has_child("active", "http://jabber.org/protocol/chatstates");
        assert!(state(&b1.hears(&mut server).pop().unwrap()));
        assert_eq!(
            state(&server.accounts[BOB].archive.entries[0].message),
            kept,
            "{manners:?}"
        );
    }
}
