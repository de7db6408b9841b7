//! Each cell of the table, by reading; and how each kind is read where it may stand.

use super::*;

const TEXT: &str = "<body xmlns='jabber:client'>hello</body>";
const UNSTYLED: &str = "<unstyled xmlns='urn:xmpp:styling:0'/>";
const RECEIPT: &str = "<received xmlns='urn:xmpp:receipts' id='m1'/>";
const REQUEST: &str = "<request xmlns='urn:xmpp:receipts'/>";
const DISPLAYED: &str = "<displayed xmlns='urn:xmpp:chat-markers:0' id='m2'/>";
const MARKABLE: &str = "<markable xmlns='urn:xmpp:chat-markers:0'/>";
const COMPOSING: &str = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
const OPT_OUT: &str = "<opt-out xmlns='urn:xmpp:omemo:2'><reason>why</reason></opt-out>";

const CORRECTION: &str = "<replace xmlns='urn:xmpp:message-correct:0' id='m3'/>";
const RETRACTION: &str = "<retract xmlns='urn:xmpp:message-retract:1' id='m4'/>";
const REACTIONS: &str =
    "<reactions xmlns='urn:xmpp:reactions:0' id='m5'><reaction>\u{1f44d}</reaction></reactions>";
const REPLY: &str = "<reply xmlns='urn:xmpp:reply:0' id='m6'/>";

const SCOPES: [Scope; 5] = [
    Scope::Clear,
    Scope::Beside(Dialect::Legacy),
    Scope::Beside(Dialect::Omemo2),
    Scope::BesideOther,
    Scope::Envelope,
];

/// What `inside` says there, in a stanza and in an envelope alike.
fn said(inside: &str, scope: Scope) -> Result<Content, Ambiguous> {
    let parent = match scope {
        Scope::Envelope => format!("<content xmlns='urn:xmpp:sce:1'>{inside}</content>"),
        _ => format!("<message xmlns='jabber:client'>{inside}</message>"),
    };
    read(&parent.parse().unwrap(), scope)
}

/// In the order of [`SCOPES`], of all at once and of each kind alone.
fn assert_cells(kind: &str, believed: [bool; 5], expected: &Content, part: impl Fn(&Content) -> Content) {
    let everything = [
        TEXT, UNSTYLED, RECEIPT, REQUEST, DISPLAYED, MARKABLE, COMPOSING, OPT_OUT, CORRECTION, REPLY,
    ]
    .concat();
    for (scope, believed) in SCOPES.into_iter().zip(believed) {
        let expected = match believed {
            true => expected.clone(),
            false => Content::default(),
        };
        assert_eq!(said(kind, scope).unwrap(), expected, "{kind} {scope:?}");
        assert_eq!(
            part(&said(&everything, scope).unwrap()),
            expected,
            "{kind} {scope:?}"
        );
    }
}

// Threats 44 and 45.
#[test]
fn words_are_read_in_clear_and_in_an_envelope_and_nowhere_beside() {
    let expected = Content {
        text: Some(Clean::new("hello")),
        ..Content::default()
    };
    assert_cells(TEXT, [true, false, false, false, true], &expected, |all| {
        Content {
            text: all.text.clone(),
            ..Content::default()
        }
    });
    for (elsewhere, words) in [
        (
            "<subject xmlns='jabber:client'>s</subject>".to_owned(),
            "Subject: s",
        ),
        (
            "<x xmlns='jabber:x:oob'><url>https://a.test/</url></x>".to_owned(),
            "https://a.test/",
        ),
        (
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>h</body></html>"
                .to_owned(),
            "h",
        ),
        (
            format!("<subject xmlns='jabber:client'>s</subject>{TEXT}"),
            "Subject: s\nhello",
        ),
    ] {
        for scope in SCOPES {
            let read = matches!(scope, Scope::Clear | Scope::Envelope);
            let text = said(&elsewhere, scope).unwrap().text;
            assert_eq!(text, read.then(|| Clean::new(words)), "{elsewhere} {scope:?}");
        }
    }
}

#[test]
fn that_a_text_is_unstyled_is_said_where_the_text_is_or_beside_the_dialect_that_seals_nothing_else() {
    let expected = Content {
        unstyled: true,
        ..Content::default()
    };
    assert_cells(UNSTYLED, [true, true, false, false, true], &expected, |all| {
        Content {
            unstyled: all.unstyled,
            ..Content::default()
        }
    });
}

#[test]
fn that_something_was_read_is_said_where_a_receipt_is() {
    let expected = Content {
        displayed: Some("m2".to_owned()),
        ..Content::default()
    };
    assert_cells(DISPLAYED, [true, true, false, true, true], &expected, |all| {
        Content {
            displayed: all.displayed.clone(),
            ..Content::default()
        }
    });
    let twice = format!("{DISPLAYED}<displayed xmlns='urn:xmpp:chat-markers:0' id='m3'/>");
    assert_eq!(said(&twice, Scope::Clear).unwrap(), Content::default());
}

#[test]
fn a_marker_is_asked_for_where_a_receipt_is() {
    let expected = Content {
        markable: true,
        ..Content::default()
    };
    assert_cells(MARKABLE, [true, true, false, false, true], &expected, |all| {
        Content {
            markable: all.markable,
            ..Content::default()
        }
    });
}

#[test]
fn what_somebody_does_with_the_chat_is_said_where_a_receipt_is() {
    let expected = Content {
        chat_state: Some(ChatState::Composing),
        ..Content::default()
    };
    assert_cells(COMPOSING, [true, true, false, true, true], &expected, |all| {
        Content {
            chat_state: all.chat_state,
            ..Content::default()
        }
    });
}

#[test]
fn each_state_of_a_chat_has_its_name_and_of_two_neither_is_believed() {
    let state = |name: &str| format!("<{name} xmlns='http://jabber.org/protocol/chatstates'/>");
    for (name, expected) in [
        ("active", ChatState::Active),
        ("composing", ChatState::Composing),
        ("paused", ChatState::Paused),
        ("inactive", ChatState::Inactive),
        ("gone", ChatState::Gone),
    ] {
        let alone = said(&state(name), Scope::Clear).unwrap();
        assert_eq!(alone.chat_state, Some(expected));
        for other in ["composing", "paused", "busy"] {
            let two = said(&format!("{}{}", state(name), state(other)), Scope::Clear).unwrap();
            assert_eq!(two.chat_state, None, "{name} {other}");
        }
    }
}

#[test]
fn a_receipt_is_read_everywhere_but_beside_omemo_2() {
    let expected = Content {
        receipt_for: Some("m1".to_owned()),
        ..Content::default()
    };
    assert_cells(RECEIPT, [true, true, false, true, true], &expected, |all| {
        Content {
            receipt_for: all.receipt_for.clone(),
            ..Content::default()
        }
    });
}

#[test]
fn a_receipt_is_asked_for_where_the_message_can_be_read() {
    let expected = Content {
        wants_receipt: true,
        ..Content::default()
    };
    assert_cells(REQUEST, [true, true, false, false, true], &expected, |all| {
        Content {
            wants_receipt: all.wants_receipt,
            ..Content::default()
        }
    });
}

// Threat 43.
#[test]
fn to_go_on_without_encryption_is_asked_inside_an_envelope_only() {
    let expected = Content {
        opt_out: Some(Clean::new("why")),
        ..Content::default()
    };
    assert_cells(OPT_OUT, [false, false, false, false, true], &expected, |all| {
        Content {
            opt_out: all.opt_out.clone(),
            ..Content::default()
        }
    });
}

// Threat 16: where no words are read, none are ambiguous either.
#[test]
fn two_texts_are_ambiguous_where_a_text_is_read() {
    for scope in SCOPES {
        let twice = said(&TEXT.repeat(2), scope);
        match permits(scope, Kind::Text) {
            true => assert_eq!(twice, Err(Ambiguous("several bodies"))),
            false => assert_eq!(twice, Ok(Content::default())),
        }
    }
}

#[test]
fn what_makes_no_row_says_nothing() {
    for control in [
        "",
        "<active xmlns='urn:x'/>",
        "<busy xmlns='http://jabber.org/protocol/chatstates'/>",
        "<markable xmlns='urn:xmpp:chat-markers:1'/>",
        "<store xmlns='urn:xmpp:hints'/>",
        "<body xmlns='jabber:client'/>",
        "<received xmlns='urn:xmpp:receipts'/>",
        "<received xmlns='urn:xmpp:receipts' id=''/>",
        "<received xmlns='urn:x' id='m1'/>",
        "<opt-out xmlns='urn:xmpp:omemo:1'/>",
    ] {
        for scope in SCOPES {
            assert_eq!(
                said(control, scope),
                Ok(Content::default()),
                "{control} {scope:?}"
            );
        }
    }
}

#[test]
fn of_two_receipts_neither_is_believed() {
    for scope in SCOPES {
        assert_eq!(said(&RECEIPT.repeat(2), scope).unwrap().receipt_for, None);
    }
}

// Threat 43.
#[test]
fn an_opt_out_is_seen_whatever_its_reason() {
    let asked = |opt_out: &str| {
        let said = said(opt_out, Scope::Envelope).unwrap();
        said.opt_out.map(|reason| reason.as_str().to_owned())
    };
    let because = |inside: &str| asked(&format!("<opt-out xmlns='urn:xmpp:omemo:2'>{inside}</opt-out>"));
    assert_eq!(
        because("<reason>\n  a permanent,\n record\u{9b}\n</reason>").unwrap(),
        "a permanent,\n record"
    );
    assert_eq!(because("").unwrap(), "");
    assert_eq!(because("<reason>one</reason><reason>two</reason>").unwrap(), "");
    assert_eq!(because("<reason xmlns='urn:x'>one</reason>").unwrap(), "");
    let long = because(&format!("<reason>{}</reason>", "x".repeat(100_000)));
    assert!(long.unwrap().len() <= MAX_REASON);
    assert_eq!(asked(&OPT_OUT.repeat(2)).unwrap(), "");
    for other in ["<opt-out xmlns='urn:x'/>", TEXT] {
        assert_eq!(asked(other), None, "{other}");
    }
}

// Threats 45 and 46.
#[test]
fn a_correction_and_a_reply_count_beside_the_dialect_that_cannot_seal_them() {
    let cells = [true, true, false, false, true];
    let replaces = |all: &Content| Content {
        replaces: all.replaces.clone(),
        ..Content::default()
    };
    let expected = Content {
        replaces: Some("m3".to_owned()),
        ..Content::default()
    };
    assert_cells(CORRECTION, cells, &expected, replaces);
    let reply = model::Reply {
        id: "m6".to_owned(),
        author: None,
        quote: None,
    };
    let expected = Content {
        reply: Some(reply),
        ..Content::default()
    };
    assert_cells(REPLY, cells, &expected, |all| Content {
        reply: all.reply.clone(),
        ..Content::default()
    });
}

#[test]
fn what_hides_the_words_beside_it_counts_only_where_they_are_no_secret_or_sealed_with_it() {
    let reactions = model::Reactions {
        id: "m5".to_owned(),
        emojis: vec![Clean::new("\u{1f44d}")],
    };
    let retracted = Content {
        retracts: Some("m4".to_owned()),
        ..Content::default()
    };
    let reacted = Content {
        reactions: Some(reactions),
        ..Content::default()
    };
    for scope in SCOPES {
        let believed = matches!(scope, Scope::Clear | Scope::Envelope);
        for (kind, expected) in [(RETRACTION, &retracted), (REACTIONS, &reacted)] {
            let expected = if believed {
                expected.clone()
            } else {
                Content::default()
            };
            // Cheogram and others put words beside a reaction, Gajim beside a retraction.
            assert_eq!(
                said(&format!("{TEXT}{kind}"), scope).unwrap(),
                expected,
                "{kind} {scope:?}"
            );
        }
    }
}
