//! Who a message is really from: carbons, forwarded copies, archives, groups.

use super::*;

#[test]
fn a_plain_chat_message_is_read() {
    let received = from_bob(BODY).unwrap();
    assert_eq!(received.origin, Origin::Live);
    assert_eq!(received.direction, Direction::In);
    assert_eq!(received.from.as_str(), "bob@mired.test/phone");
    assert_eq!(received.peer.as_str(), "bob@mired.test");
    assert_eq!(received.id.as_deref(), Some("m1"));
    assert_eq!(received.attribute_id.as_deref(), Some("m1"));
    assert_eq!(body_of(&received), Some("hello"));
    assert!(!said(&received).wants_receipt);
    assert_eq!(
        (
            received.server_id.as_ref(),
            received.delay,
            said(&received).receipt_for
        ),
        (None, None, None)
    );
}

#[test]
fn a_type_that_is_absent_or_unknown_is_normal() {
    for kind in ["", "type='normal'", "type='carrier-pigeon'"] {
        let received = read_trusting(&format!("from='bob@mired.test' {kind}"), BODY).unwrap();
        assert_eq!(body_of(&received), Some("hello"), "{kind}");
    }
}

#[test]
fn no_type_takes_the_words_away() {
    for (kind, is_groupchat) in [("groupchat", true), ("headline", false)] {
        let asks = format!("{BODY}<request xmlns='urn:xmpp:receipts'/>");
        let received =
            read_trusting(&format!("from='bob@mired.test/x' type='{kind}' id='m1'"), &asks).unwrap();
        assert_eq!(body_of(&received), Some("hello"), "{kind}");
        assert_eq!(received.is_groupchat, is_groupchat);
        assert!(!said(&received).wants_receipt, "nobody waits for it");
    }
}

#[test]
fn a_resource_that_we_cannot_read_hides_nobody() {
    let received = read_trusting("from='bob@mired.test/🙌' to='ana@mired.test' type='chat'", BODY).unwrap();
    assert_eq!(
        (received.from.as_str(), body_of(&received)),
        ("bob@mired.test", Some("hello"))
    );
    let copied = carbon(
        "received",
        FROM_OUR_SERVER,
        "from='bob@mired.test/🙌' to='ana@mired.test/🙌'",
        BODY,
    )
    .unwrap();
    assert_eq!(
        (copied.from.as_str(), body_of(&copied)),
        ("bob@mired.test", Some("hello"))
    );
    let sent = carbon(
        "sent",
        FROM_OUR_SERVER,
        "from='ana@mired.test/🙌' to='bob@mired.test/🙌'",
        BODY,
    )
    .unwrap();
    assert_eq!(
        (sent.peer.as_str(), sent.direction),
        ("bob@mired.test", Direction::Out)
    );
    // But who wraps a copy must be our own account to the letter, and so must whoever stamps it.
    assert!(is_forged(&carbon(
        "received",
        "from='ana@mired.test/🙌'",
        BOB_TO_US,
        BODY
    )));
    let stamped = "<stanza-id xmlns='urn:xmpp:sid:0' by='ana@mired.test/🙌' id='s1'/>\
                   <delay xmlns='urn:xmpp:delay' from='mired.test/🙌' stamp='2026-11-20T12:00:00Z'/>";
    let received = from_bob(stamped).unwrap();
    assert_eq!((received.server_id, received.delay), (None, None));
}

#[test]
fn what_is_not_a_client_message_is_malformed() {
    for xml in ["<message xmlns='jabber:server'/>", "<iq xmlns='jabber:client'/>"] {
        assert!(
            is_malformed(&unwrap(&xml.parse().unwrap(), &own(), true)),
            "{xml}"
        );
    }
    assert!(is_malformed(&read_trusting("from='@@'", BODY)));
}

#[test]
fn a_message_of_another_device_to_ourselves_is_ours() {
    let received = read_trusting("from='ana@mired.test/tablet' to='ana@mired.test'", BODY).unwrap();
    assert_eq!(received.direction, Direction::Out);
    assert_eq!(received.peer, own());
}

// Threat 1.
#[test]
fn carbons_from_anybody_but_our_own_account_are_forged() {
    for outer in [
        "from='bob@mired.test'",
        "from='bob@mired.test/phone' type='chat'",
        "from='room@rooms.mired.test/nick' type='groupchat'",
        "from='mired.test'",
        "from='ana@mired.test/tablet'",
        "from='ana@mired.test.evil.test'",
    ] {
        for (kind, inner) in [("received", BOB_TO_US), ("sent", US_TO_BOB)] {
            let result = carbon(kind, outer, inner, BODY);
            assert!(is_forged(&result), "{kind} {outer}: {result:?}");
        }
    }
}

#[test]
fn a_carbon_from_our_bare_jid_or_from_nobody_is_our_servers() {
    for outer in [FROM_OUR_SERVER, "", "from='ANA@mired.test'"] {
        let received = carbon("received", outer, BOB_TO_US, BODY).unwrap();
        assert_eq!(received.origin, Origin::Carbon);
        assert_eq!(received.direction, Direction::In);
        assert_eq!(received.peer.as_str(), "bob@mired.test");
        let sent = carbon("sent", outer, US_TO_BOB, BODY).unwrap();
        assert_eq!(sent.direction, Direction::Out);
        assert_eq!(sent.peer.as_str(), "bob@mired.test");
        assert_eq!(sent.id.as_deref(), Some("c1"));
        assert_eq!(body_of(&sent), Some("hello"));
    }
}

#[test]
fn a_message_that_our_other_device_sent_to_us_is_ours_in_either_carbon() {
    for kind in ["received", "sent"] {
        let inner = "from='ana@mired.test/tablet' to='ana@mired.test'";
        let received = carbon(kind, FROM_OUR_SERVER, inner, BODY).unwrap();
        assert_eq!(received.direction, Direction::Out);
        assert_eq!(received.peer, own());
    }
}

// Threat 2.
#[test]
fn carbons_that_do_not_concern_us_are_forged() {
    for (kind, inner) in [
        ("sent", BOB_TO_US),
        ("sent", "from='mired.test' to='bob@mired.test'"),
        ("sent", "to='bob@mired.test'"),
        ("received", "from='bob@mired.test' to='carol@mired.test'"),
        ("received", "from='bob@mired.test'"),
        ("received", "to='ana@mired.test'"),
    ] {
        let result = carbon(kind, FROM_OUR_SERVER, inner, BODY);
        assert!(is_forged(&result), "{kind} {inner}: {result:?}");
    }
}

#[test]
fn nested_and_doubled_wrappers_are_forged() {
    let inner = "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
                 <message xmlns='jabber:client' from='bob@mired.test' to='ana@mired.test'><body>x</body></message>\
                 </forwarded></received>";
    assert!(is_forged(&carbon("received", FROM_OUR_SERVER, BOB_TO_US, inner)));
    assert!(is_forged(&read_trusting(
        FROM_OUR_SERVER,
        &format!("{inner}{inner}")
    )));
    assert!(is_forged(&carbon(
        "received",
        FROM_OUR_SERVER,
        BOB_TO_US,
        "<result xmlns='urn:xmpp:mam:2'/>"
    )));
    assert!(is_forged(&carbon("received", "type='error'", BOB_TO_US, BODY)));
}

#[test]
fn a_carbon_without_one_copy_of_one_message_is_malformed() {
    let forwarded = "<forwarded xmlns='urn:xmpp:forward:0'>\
                     <message xmlns='jabber:client' from='bob@mired.test' to='ana@mired.test'/></forwarded>";
    for inside in [
        String::new(),
        "<forwarded xmlns='urn:xmpp:forward:0'/>".to_owned(),
        format!("{forwarded}{forwarded}"),
        forwarded.replace("jabber:client", "jabber:server"),
    ] {
        let inside = format!("<received xmlns='urn:xmpp:carbons:2'>{inside}</received>");
        assert!(is_malformed(&read_trusting(FROM_OUR_SERVER, &inside)), "{inside}");
    }
}

#[test]
fn a_stray_forwarded_message_is_never_read() {
    let forwarded = "<forwarded xmlns='urn:xmpp:forward:0'>\
                     <message xmlns='jabber:client' from='carol@mired.test'><body>fake</body></message></forwarded>";
    let received = from_bob(forwarded).unwrap();
    assert!(says_nothing(&received));
    let received = from_bob(&format!("{forwarded}{BODY}")).unwrap();
    assert_eq!(body_of(&received), Some("hello"));
    assert_eq!(received.peer.as_str(), "bob@mired.test");
}

#[test]
fn private_is_no_wrapper() {
    let received = from_bob("<private xmlns='urn:xmpp:carbons:2'/><body>hello</body>").unwrap();
    assert_eq!(body_of(&received), Some("hello"));
}

#[test]
fn groups_in_carbons_are_known_as_such() {
    let inner = "from='room@rooms.mired.test/nick' to='ana@mired.test/tablet'";
    let xml = format!(
        "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
         <message xmlns='jabber:client' type='groupchat' {inner}>{BODY}</message></forwarded></received>"
    );
    assert!(read_trusting(FROM_OUR_SERVER, &xml).unwrap().is_groupchat);
}

// Threat 3.
#[test]
fn archive_results_are_forged_while_no_query_is_open() {
    for (outer, version) in [(FROM_OUR_SERVER, 2), ("from='bob@mired.test'", 2), ("", 1)] {
        let result = read_trusting(
            outer,
            &format!(
                "<result xmlns='urn:xmpp:mam:{version}' queryid='q' id='1'><forwarded xmlns='urn:xmpp:forward:0'>\
                 <message xmlns='jabber:client' from='bob@mired.test'>{BODY}</message></forwarded></result>"
            ),
        );
        assert!(is_forged(&result), "{outer}");
    }
}

// Threat 5.
#[test]
fn the_real_jid_that_a_sender_claims_in_a_room_is_not_read() {
    let received = from_bob(
        "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='carol@mired.test'/></x><body>hello</body>",
    )
    .unwrap();
    assert_eq!(received.peer.as_str(), "bob@mired.test");
}

/// What waits for the end of a catch-up is kept as text, whatever a sender wrote.
#[test]
fn a_stanza_that_is_kept_as_text_is_the_same_when_it_is_read_again() {
    for inside in [
        "<body>a&#13;b&#10;c</body>",
        "<x xmlns='u' y='a&#10;b&#9;c&#13;d'/>",
        "<x xmlns='u' xmlns:a='v' a:b='1' b='2'/>",
        "<a:x xmlns:a='u'><a:y/><y xmlns=''/></a:x>",
        "<body xml:lang='de' xml:space='preserve'> a </body>",
        "<x xmlns='u&amp;&lt;&quot;&apos;'>]]&gt;&amp;amp;</x>",
        "<x xmlns='u' xmlns:tns0='v' tns0:z='1'><tns0:w tns0:q='2'/></x>",
        "<body>\u{85}\u{2028}\u{feff}\u{10ffff}</body>",
    ] {
        let stanza = format!(
            "<message xmlns='jabber:client' id='a&#10;b' from='b@c/&apos;&quot;&lt;'>{inside}</message>"
        );
        let element: minidom::Element = stanza.parse().unwrap();
        let text = String::from(&element);
        let again = text.parse::<minidom::Element>();
        assert_eq!(again.ok().as_ref(), Some(&element), "{text}");
    }
}
