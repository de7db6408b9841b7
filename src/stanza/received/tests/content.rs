//! What a message carries: bodies, encryption, ids, stamps, receipts, errors.

use super::*;

// Threat 16.
#[test]
fn what_may_stand_once_and_stands_twice_is_malformed() {
    for twice in [
        "<body>hello</body>",
        "<body xml:lang='en'>hello</body>",
        "<encrypted xmlns='eu.siacs.conversations.axolotl'/>",
        "<encrypted xmlns='urn:xmpp:omemo:2'/>",
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='x'/>",
        "<origin-id xmlns='urn:xmpp:sid:0' id='x'/>",
        "<received xmlns='urn:xmpp:receipts' id='x'/>",
    ] {
        assert!(from_bob(twice).is_ok(), "{twice}");
        assert!(is_malformed(&from_bob(&format!("{twice}{twice}"))), "{twice}");
        let in_carbon = carbon("received", FROM_OUR_SERVER, BOB_TO_US, &format!("{twice}{twice}"));
        assert!(is_malformed(&in_carbon), "{twice}");
    }
}

#[test]
fn bodies_in_one_language_are_malformed_however_it_is_said() {
    let both = "<body>one</body><body xml:lang='EN'>two</body>";
    assert!(is_malformed(&read_trusting(
        "from='bob@mired.test' xml:lang='en'",
        both
    )));
    assert!(from_bob(both).is_ok());
    assert!(is_malformed(&from_bob("<body>a<b xmlns='x'>b</b></body>")));
    let many: String = (0..100)
        .map(|n| format!("<body xml:lang='x-{n}'>b</body>"))
        .collect();
    assert!(is_malformed(&from_bob(&many)));
}

#[test]
fn of_bodies_in_several_languages_the_same_is_chosen_in_any_order() {
    let own = "<body>own</body>";
    let (english, german) = (
        "<body xml:lang='en'>english</body>",
        "<body xml:lang='de'>german</body>",
    );
    for inside in [format!("{own}{english}"), format!("{english}{own}")] {
        assert_eq!(body_of(&from_bob(&inside).unwrap()), Some("own"));
    }
    for inside in [format!("{german}{english}"), format!("{english}{german}")] {
        assert_eq!(body_of(&from_bob(&inside).unwrap()), Some("german"));
    }
}

// Threat 22.
#[test]
fn an_error_names_the_message_and_nothing_else_of_it_is_read() {
    let received = read_trusting(
        "from='bob@mired.test' type='error' id='m7'",
        "<body>attack</body><origin-id xmlns='urn:xmpp:sid:0' id='other'/>\
         <received xmlns='urn:xmpp:receipts' id='m8'/><request xmlns='urn:xmpp:receipts'/>\
         <encrypted xmlns='eu.siacs.conversations.axolotl'/>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='ana@mired.test' id='s'/>\
         <error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
    )
    .unwrap();
    assert_eq!(received.id.as_deref(), Some("m7"));
    assert_eq!(received.server_id, None);
    let Carried::Error(error) = received.carried else {
        panic!("not an error")
    };
    assert_eq!(error.condition, "service-unavailable");
    let bare = read_trusting("from='bob@mired.test' type='error' id='m7'", BODY).unwrap();
    assert!(matches!(bare.carried, Carried::Error(error) if error.condition == "undefined-condition"));
}

// Threat 44.
#[test]
fn a_body_beside_something_encrypted_is_never_read() {
    for namespace in [ns::OMEMO_LEGACY, ns::OMEMO2] {
        let received = from_bob(&format!("<encrypted xmlns='{namespace}'/><body>fallback</body>")).unwrap();
        let Carried::Omemo(encrypted) = &received.carried else {
            panic!("{namespace}: {received:?}")
        };
        let found: Vec<String> = encrypted.elements().map(Element::ns).collect();
        assert_eq!(found, [namespace]);
    }
    for (inside, name) in [
        ("<encrypted xmlns='urn:xmpp:omemo:1'/>", "OMEMO 0.4"),
        ("<openpgp xmlns='urn:xmpp:openpgp:0'/>", "OpenPGP"),
        ("<x xmlns='jabber:x:encrypted'/>", "OpenPGP (old form)"),
        (
            "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0' name='Trust me'/>",
            "OTR",
        ),
        (
            "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:x:y' name=' Y&#x9b;1m '/>",
            "Y1m",
        ),
        (
            "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:x:y'/>",
            "urn:x:y",
        ),
        ("<encryption xmlns='urn:xmpp:eme:0'/>", "unknown"),
    ] {
        let received = from_bob(&format!("{inside}<body>fallback</body>")).unwrap();
        let Carried::OtherEncryption(found) = &received.carried else {
            panic!("{inside}: {received:?}")
        };
        assert_eq!(found.name.as_str(), name);
    }
}

// Threats 44, 45: nothing that stands beside something encrypted is read, wherever words may stand.
#[test]
fn words_in_other_places_are_not_read_beside_something_encrypted_either() {
    let words = "<subject>s</subject><x xmlns='jabber:x:oob'><url>https://evil.test/</url></x>\
                 <html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>h</body></html>";
    assert_eq!(
        body_of(&from_bob(words).unwrap()),
        Some("Subject: s\nh\nhttps://evil.test/")
    );
    for namespace in [ns::OMEMO_LEGACY, ns::OMEMO2] {
        let received = from_bob(&format!("<encrypted xmlns='{namespace}'/>{words}")).unwrap();
        assert!(matches!(received.carried, Carried::Omemo(_)));
    }
    let received = from_bob(&format!("<openpgp xmlns='urn:xmpp:openpgp:0'/>{words}")).unwrap();
    assert!(matches!(received.carried, Carried::OtherEncryption(..)));
}

#[test]
fn what_programs_tell_each_other_has_no_mark_of_a_message() {
    let encrypted = "<encrypted xmlns='urn:xmpp:omemo:2'/><store xmlns='urn:xmpp:hints'/>";
    let marks = [
        "<body/>",
        "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>",
    ];
    for (attributes, beside, expected) in [
        ("", "", false),
        ("id='m1'", "", true),
        ("", marks[0], true),
        ("", marks[1], true),
    ] {
        let attributes = format!("from='bob@mired.test/k' {attributes}");
        let received = read_trusting(&attributes, &format!("{encrypted}{beside}")).unwrap();
        assert!(matches!(received.carried, Carried::Omemo(found) if found.is_marked == expected));
    }
}

#[test]
fn of_one_element_of_each_dialect_both_are_given_the_newer_first() {
    for both in [
        "<encrypted xmlns='urn:xmpp:omemo:2'/><encrypted xmlns='eu.siacs.conversations.axolotl'/>",
        "<encrypted xmlns='eu.siacs.conversations.axolotl'/><encrypted xmlns='urn:xmpp:omemo:2'/>",
    ] {
        let mark = "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>";
        let received = from_bob(&format!("{both}{mark}<body>fallback</body>")).unwrap();
        let Carried::Omemo(encrypted) = received.carried else {
            panic!("not OMEMO")
        };
        let found: Vec<String> = encrypted.elements().map(Element::ns).collect();
        assert_eq!(found, [ns::OMEMO2, ns::OMEMO_LEGACY]);
        assert!(is_malformed(&from_bob(&format!("{both}{both}"))));
        assert!(is_malformed(&from_bob(&format!(
            "{both}<encrypted xmlns='{}'/>",
            ns::OMEMO2
        ))));
    }
}

// XEP-0420 §rules; threat 47.
#[test]
fn an_envelope_that_nobody_encrypted_is_not_looked_into() {
    let envelope = "<envelope xmlns='urn:xmpp:sce:1'><content><body xmlns='jabber:client'>forged</body><request \
                    xmlns='urn:xmpp:receipts'/><received xmlns='urn:xmpp:receipts' id='m1'/><opt-out \
                    xmlns='urn:xmpp:omemo:2'/></content></envelope>";
    let received = from_bob(envelope).unwrap();
    assert!(says_nothing(&received));
    let received = from_bob(&format!("{envelope}<body>hello</body>")).unwrap();
    assert_eq!(body_of(&received), Some("hello"));
    let received = from_bob(&format!("{envelope}<encrypted xmlns='urn:xmpp:omemo:2'/>")).unwrap();
    assert!(matches!(received.carried, Carried::Omemo(_)));
    // Nor what stands bare where the envelope should be.
    for bare in [
        "<content xmlns='urn:xmpp:sce:1'><body xmlns='jabber:client'>x</body></content>",
        "<opt-out xmlns='urn:xmpp:omemo:2'/>",
    ] {
        assert!(says_nothing(&from_bob(bare).unwrap()), "{bare}");
    }
}

#[test]
fn an_otr_message_is_known_by_its_body() {
    let received = from_bob("<body>?OTRv23? Bob wants OTR</body>").unwrap();
    assert!(matches!(received.carried, Carried::OtherEncryption(..)));
    let received = from_bob("<body>?OTR is what?</body>").unwrap();
    assert_eq!(body_of(&received), Some("?OTR is what?"));
}

#[test]
fn a_mark_of_omemo_without_its_element_is_not_shown_as_clear() {
    let inside = "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/><body>x</body>";
    assert!(matches!(
        from_bob(inside).unwrap().carried,
        Carried::OtherEncryption(..)
    ));
}

#[test]
fn the_origin_id_comes_before_the_attribute_and_bad_ids_are_none() {
    let received = from_bob("<origin-id xmlns='urn:xmpp:sid:0' id='o1'/><body>x</body>").unwrap();
    assert_eq!(received.id.as_deref(), Some("o1"));
    assert_eq!(received.attribute_id.as_deref(), Some("m1"));
    let long = "x".repeat(1025);
    for bad in ["", "a&#x9b;b", "a&#9;b", long.as_str()] {
        let received = from_bob(&format!("<origin-id xmlns='urn:xmpp:sid:0' id='{bad}'/>")).unwrap();
        assert_eq!(received.id.as_deref(), Some("m1"), "{bad}");
        let received = read_trusting(&format!("from='bob@mired.test' id='{bad}'"), "").unwrap();
        assert_eq!((received.id, received.attribute_id), (None, None), "{bad}");
    }
}

// Threat 15.
#[test]
fn a_stanza_id_counts_only_if_our_server_set_it_alone() {
    let id = |by: &str| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='s1'/>");
    let ours = id("ana@mired.test");
    assert_eq!(from_bob(&ours).unwrap().server_id.as_deref(), Some("s1"));
    let both = format!("{}{ours}", id("bob@mired.test"));
    assert_eq!(from_bob(&both).unwrap().server_id.as_deref(), Some("s1"));
    for foreign in ["bob@mired.test", "mired.test", "ana@mired.test/pc", "", "@@"] {
        assert_eq!(from_bob(&id(foreign)).unwrap().server_id, None, "{foreign}");
    }
    assert_eq!(from_bob(&format!("{ours}{ours}")).unwrap().server_id, None);
    let untrusted = unwrap(&message("from='bob@mired.test'", &ours), &own(), false).unwrap();
    assert_eq!(untrusted.server_id, None);
    let copied = carbon("received", FROM_OUR_SERVER, BOB_TO_US, &ours).unwrap();
    assert_eq!(copied.server_id.as_deref(), Some("s1"));
}

// Threat 21.
#[test]
fn a_delay_counts_only_if_our_server_set_it() {
    let delay = |from: &str, stamp: &str| format!("<delay xmlns='urn:xmpp:delay' {from} stamp='{stamp}'/>");
    let stamp = "2026-11-20T12:00:00Z";
    for ours in ["from='ana@mired.test'", "from='mired.test'", "from='MIRED.test'"] {
        let received = from_bob(&delay(ours, stamp)).unwrap();
        assert_eq!(received.delay, Some(stamp.parse().unwrap()), "{ours}");
        assert_eq!(received.origin, Origin::Offline);
    }
    for foreign in [
        "",
        "from='bob@mired.test'",
        "from='bob@mired.test/phone'",
        "from='evil.test'",
        "from='mired.test/x'",
        "from='sub.mired.test'",
        "from='@@'",
    ] {
        let received = from_bob(&delay(foreign, stamp)).unwrap();
        assert_eq!(
            (received.delay, received.origin),
            (None, Origin::Live),
            "{foreign}"
        );
    }
    let two = delay("from='mired.test'", "2001-01-01T00:00:00Z") + &delay("from='mired.test'", stamp);
    assert_eq!(from_bob(&two).unwrap().delay, Some(stamp.parse().unwrap()));
}

#[test]
fn impossible_stamps_are_none() {
    let long = format!("2026-11-20T12:00:00.{}Z", "0".repeat(100));
    for bad in [
        "",
        "yesterday",
        "1900-01-01T00:00:00Z",
        "1998-12-31T23:59:59Z",
        "-009999-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-20T12:00:00",
        "2026-11-20 12:00:00Z",
        "2026-11-20T12:00:00Z[Europe/Rome]",
        "99999-01-01T00:00:00Z",
        long.as_str(),
    ] {
        assert_eq!(stamp(bad), None, "{bad}");
    }
    for good in [
        "1999-01-01T00:00:00Z",
        "2026-11-20T12:00:00.123Z",
        "2026-11-20T12:00:00+01:00",
    ] {
        assert!(stamp(good).is_some(), "{good}");
    }
}

#[test]
fn the_copy_in_a_carbon_may_carry_the_delay() {
    let received = read_trusting(
        FROM_OUR_SERVER,
        "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
         <delay xmlns='urn:xmpp:delay' stamp='2026-11-20T12:00:00Z'/>\
         <message xmlns='jabber:client' from='bob@mired.test' to='ana@mired.test'><body>x</body></message>\
         </forwarded></received>",
    )
    .unwrap();
    assert!(received.delay.is_some());
    assert_eq!(received.origin, Origin::Carbon);
}

#[test]
fn receipts_are_read_and_asked_for_only_by_the_other_side() {
    let request = "<request xmlns='urn:xmpp:receipts'/><body>x</body>";
    let receipt = "<received xmlns='urn:xmpp:receipts' id='r1'/>";
    assert!(said(&from_bob(request).unwrap()).wants_receipt);
    assert_eq!(
        said(&from_bob(receipt).unwrap()).receipt_for.as_deref(),
        Some("r1")
    );
    let both = said(&from_bob(&format!("{request}{receipt}")).unwrap());
    assert!(both.wants_receipt && both.receipt_for.is_some());
    // Without an id there is nothing that a receipt could name.
    assert!(!said(&read_trusting("from='bob@mired.test'", request).unwrap()).wants_receipt);
    // Another device answers what came to it.
    let copied = carbon(
        "received",
        FROM_OUR_SERVER,
        BOB_TO_US,
        &format!("{request}{receipt}"),
    )
    .unwrap();
    assert!(!said(&copied).wants_receipt);
    assert!(said(&copied).receipt_for.is_some());
    let sent = carbon("sent", FROM_OUR_SERVER, US_TO_BOB, &format!("{request}{receipt}")).unwrap();
    assert!(!said(&sent).wants_receipt);
    assert_eq!(said(&sent).receipt_for, None);
}

// XEP-0384 §sce: what belongs to the conversation lies inside, where there is an inside.
#[test]
fn what_is_asked_beside_an_encrypted_message_counts_with_the_dialect_that_has_no_other_place() {
    let asks = "<body>fallback</body><request xmlns='urn:xmpp:receipts'/><received xmlns='urn:xmpp:receipts' id='r1'/>\
                <unstyled xmlns='urn:xmpp:styling:0'/><opt-out xmlns='urn:xmpp:omemo:2'/>";
    let legacy = "<encrypted xmlns='eu.siacs.conversations.axolotl'/>";
    let newer = "<encrypted xmlns='urn:xmpp:omemo:2'/>";
    let believed = Content {
        unstyled: true,
        receipt_for: Some("r1".to_owned()),
        wants_receipt: true,
        ..Content::default()
    };
    for sealed in [legacy.to_owned(), newer.to_owned(), format!("{newer}{legacy}")] {
        let received = from_bob(&format!("{sealed}{asks}")).unwrap();
        let Carried::Omemo(encrypted) = &received.carried else {
            panic!("not OMEMO")
        };
        assert_eq!(*encrypted.beside(Dialect::Legacy), believed);
        assert_eq!(*encrypted.beside(Dialect::Omemo2), Content::default());
    }
    let other = from_bob(&format!("<openpgp xmlns='urn:xmpp:openpgp:0'/>{asks}")).unwrap();
    let receipt = Content {
        receipt_for: Some("r1".to_owned()),
        ..Content::default()
    };
    assert_eq!(said(&other), receipt);
}

#[test]
fn nothing_to_show_is_nothing() {
    for inside in [
        "",
        "<body/>",
        "<body>&#x9b;</body>",
        "<subject> </subject>",
        "<html xmlns='http://jabber.org/protocol/xhtml-im'/>",
        "<x xmlns='jabber:x:oob'><url/></x>",
        "<active xmlns='urn:x'/>",
    ] {
        assert!(says_nothing(&from_bob(inside).unwrap()), "{inside}");
    }
}

/// Pieces from which hostile messages are put together.
const PIECES: [&str; 16] = [
    "<body>b</body>",
    "<body xml:lang='de'>b</body>",
    "<encrypted xmlns='eu.siacs.conversations.axolotl'/>",
    "<encrypted xmlns='urn:xmpp:omemo:2'/>",
    "<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='ana@mired.test' id='s'/>",
    "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>",
    "<delay xmlns='urn:xmpp:delay' from='mired.test' stamp='2026-11-20T12:00:00Z'/>",
    "<received xmlns='urn:xmpp:receipts' id='r'/>",
    "<request xmlns='urn:xmpp:receipts'/>",
    "<error type='cancel'/>",
    "<private xmlns='urn:xmpp:carbons:2'/>",
    "<received xmlns='urn:xmpp:carbons:2'/>",
    "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' \
     from='ana@mired.test/a' to='carol@mired.test'><body>b</body></message></forwarded></sent>",
    "<result xmlns='urn:xmpp:mam:2'/>",
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>b</body></message></forwarded>",
];

proptest! {
    /// Whatever a contact sends: it is his own message or none, in his own chat, in his own name.
    #[test]
    fn a_contact_can_speak_for_nobody_else(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..6),
        kind in prop::sample::select(vec!["chat", "normal", "error", "groupchat", "headline", "x"]),
    ) {
        let attributes = format!("from='bob@mired.test/phone' to='ana@mired.test' type='{kind}' id='m'");
        let message = message(&attributes, &pieces.concat());
        if let Ok(received) = unwrap(&message, &own(), true) {
            prop_assert_eq!(received.from.as_str(), "bob@mired.test/phone");
            prop_assert_eq!(received.peer.as_str(), "bob@mired.test");
            prop_assert_eq!(received.direction, Direction::In);
            prop_assert!(matches!(received.origin, Origin::Live | Origin::Offline));
            let encrypted = pieces.iter().any(|piece| piece.contains("encrypt"));
            prop_assert!(!(encrypted && matches!(received.carried, Carried::Clear(_))));
            prop_assert_eq!(kind == "error", matches!(received.carried, Carried::Error(_)));
        }
    }
}

#[test]
fn what_stands_in_clear_beside_something_encrypted_spoils_nothing_of_it() {
    for beside in ["<body>a</body><body>b</body>", "<body>a<b xmlns='x'>b</b></body>"] {
        let sealed =
            "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>AAAA</payload></encrypted>";
        let omemo = from_bob(&format!("{beside}{sealed}")).unwrap();
        assert!(matches!(omemo.carried, Carried::Omemo(_)), "{beside}");
        let other = from_bob(&format!(
            "{beside}<openpgp xmlns='urn:xmpp:openpgp:0'>AAAA</openpgp>"
        ))
        .unwrap();
        assert!(matches!(other.carried, Carried::OtherEncryption(..)), "{beside}");
    }
}
