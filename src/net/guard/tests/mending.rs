//! What the parser refuses never reaches it: of such a stanza is kept what can be, it
//! counts, and the next one is read.

use minidom::rxml::{Event, Parse, Parser};

use super::{HEADER, SMALL, passes, report, run, stream};
use crate::guard::*;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const LOST: Why = Why::Malformed { text_lost: true };
const KEPT: Why = Why::Malformed { text_lost: false };

/// `stanza` among honest ones: what comes through in its place, and what is told.
fn mended(stanza: &str, stands: &str, why: Why) {
    let got = stream(&format!("<message id='1'/>{stanza}<message id='2'/>"));
    let expected = format!("<message id='1'/>{stands}<message id='2'/>");
    assert_eq!(
        (got.out.as_str(), got.error),
        (expected.as_str(), None),
        "{stanza}"
    );
    let name = stanza.trim_start_matches('<').split([' ', '>']).next().unwrap();
    let from = stanza
        .contains("from='eve@evil.test/x'")
        .then_some("eve@evil.test/x");
    assert_eq!(got.replaced, [report(name, from, why)], "{stanza}");
}

/// The same where the sender is another than that of the message inside.
fn within(stanza: &str, stands: &str, why: Why) {
    let got = stream(&format!("{stanza}<presence/>"));
    let passed = (got.out.as_str(), got.error);
    assert_eq!(
        passed,
        (format!("{stands}<presence/>").as_str(), None),
        "{stanza}"
    );
    let whys: Vec<Why> = got.replaced.iter().map(|replaced| replaced.why).collect();
    assert_eq!(whys, [why], "{stanza}");
}

/// A message whose words are lost.
fn lost(inside: &str) -> String {
    message(inside).replacen('>', &format!(" {}='1'>", stanza::received::LOST), 1)
}

fn message(inside: &str) -> String {
    format!("<message from='eve@evil.test/x' id='p' type='chat'>{inside}</message>")
}

#[test]
fn a_reserved_name_takes_nothing_with_it_but_its_own_element() {
    let body = "<body>poison</body>";
    for poison in [
        format!("<x xmlns='{XML}'/>"),
        format!("<x xmlns='u:x' xmlns:ns1='{XML}' ns1:foo='1'/>"),
        "<x xmlns:xml='urn:x'/>".to_owned(),
        format!("<x xmlns:xmlns='urn:x'><y xmlns='{XML}'>deeper</y></x>"),
        "<a:x/>".to_owned(),
        "<x a:foo='1'/>".to_owned(),
        "<x a='1' a='2'/>".to_owned(),
        "<x xmlns:a='u' xmlns:b='u' a:c='1' b:c='2'/>".to_owned(),
        "<x xmlns:a=''/>".to_owned(),
        "<a:b:c xmlns:a='u'/>".to_owned(),
        "<-x/>".to_owned(),
        "<x>&nbsp;</x>".to_owned(),
        "<x>&#0;</x>".to_owned(),
        "<x>&#xD800;</x>".to_owned(),
        "<x>\u{1}</x>".to_owned(),
        "<x y='\u{ffff}'/>".to_owned(),
        "<x><!-- <body>no</body> --></x>".to_owned(),
        "<x><?php <body>no</body> ?></x>".to_owned(),
    ] {
        mended(&message(&format!("{body}{poison}")), &message(body), KEPT);
        mended(&message(&format!("{poison}{body}")), &message(body), KEPT);
        mended(&message(&poison), &message(""), KEPT);
    }
    mended(
        &message("<!-- a > b -->< /message>").replace("< /message>", ""),
        &message(""),
        KEPT,
    );
    mended(&message(&format!("a &b; {body} c")), &message(body), KEPT);
}

#[test]
fn what_xml_allows_of_those_passes() {
    passes(
        "<message xml:lang='de'><body xml:lang='en' xmlns:xml='http://www.w3.org/XML/1998/namespace'>a</body></message>",
    );
    passes("<message><xml xmlns='u'/><xmlns/></message>");
}

#[test]
fn a_message_whose_words_are_left_out_says_so() {
    for text in [
        "<body>a\u{1}b</body>",
        "<body x:y='1'>hello</body>",
        "<encrypted xmlns='eu.siacs.conversations.axolotl'><a:header/></encrypted>",
        "<subject><!-- --></subject>",
        "<a:body xmlns:a='jabber:client' a='1' a='2'>hello</a:body>",
    ] {
        mended(&message(text), &lost(""), LOST);
    }
    // Of many that are refused the last ones are not looked at any more.
    let many = format!("{}<body>behind them</body>", "<a:x/>".repeat(20));
    mended(&message(&many), &lost(""), LOST);
}

#[test]
fn beside_what_is_encrypted_no_body_is_missed_and_without_it_none_is_believed() {
    let sealed = "<encrypted xmlns='urn:xmpp:omemo:2'/>";
    let broken = "<encrypted xmlns='urn:xmpp:omemo:2'><a:header/></encrypted>";
    let body = "<body>fallback</body>";
    mended(
        &message(&format!("{sealed}<body x:y='1'>f</body>")),
        &message(sealed),
        KEPT,
    );
    mended(&message(&format!("{broken}{body}")), &lost(body), LOST);
    mended(&message(&format!("{broken}{sealed}")), &message(sealed), KEPT);
    mended(
        &message(&format!("<subject><!-- --></subject>{body}")),
        &message(body),
        KEPT,
    );
}

#[test]
fn of_a_message_in_a_copy_or_an_archive_is_kept_what_can_be() {
    let result = |inside: &str| {
        format!(
            "<message to='ana@mired.test/x'><result xmlns='urn:xmpp:mam:2' queryid='q' id='1'>\
             <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-20T12:00:00Z'/>\
             {inside}</forwarded></result></message>"
        )
    };
    let copy = |inside: &str| {
        format!(
            "<message from='ana@mired.test'><received xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'>{inside}</forwarded></received></message>"
        )
    };
    let wraps: [&dyn Fn(&str) -> String; 2] = [&result, &copy];
    for wrap in wraps {
        let inner = |attributes: &str, inside: &str| {
            wrap(&format!(
                "<message xmlns='jabber:client' from='eve@evil.test/x' id='p'{attributes}>{inside}</message>"
            ))
        };
        let body = "<body>a<!-- no --></body>".replace("<!-- no -->", "");
        let lost = format!(" {}='1'", stanza::received::LOST);
        within(&inner("", &format!("<a:x/>{body}")), &inner("", &body), KEPT);
        within(
            &inner("", "<body>a\u{1}</body><store xmlns='u'/>"),
            &inner(&lost, "<store xmlns='u'/>"),
            LOST,
        );
        within(&inner("", "<body><!-- --></body>"), &inner(&lost, ""), LOST);
        within(&inner(" a:b='1'", &body), &inner("", &body), KEPT);
        // No deeper than the message that is wrapped: what lies in it is its sender's.
        let deeper =
            format!("{body}<forwarded xmlns='urn:xmpp:forward:0'><message><a:x/></message></forwarded>");
        within(&inner("", &deeper), &inner("", &body), KEPT);
    }
    // Whoever breaks the wrapper itself is our server.
    within(
        "<message><result xmlns='urn:xmpp:mam:2'><forwarded xmlns='u' a:b='1'><message/></forwarded></result></message>",
        "<message><result xmlns='urn:xmpp:mam:2'><forwarded xmlns='u'><message></message></forwarded></result></message>"
            .replace("<message></message>", "<message/>")
            .as_str(),
        KEPT,
    );
    let many = format!("<message>{}</message>", "<sent><a:x/></sent>".repeat(5_000));
    assert_eq!(
        stream(&many).out,
        format!("<message>{}</message>", "<sent></sent>".repeat(4))
    );
}

#[test]
fn a_first_tag_is_kept_as_far_as_it_is_harmless() {
    mended(
        &format!(
            "<message xmlns:ns1='{XML}' ns1:foo='1' from='eve@evil.test/x' id=\"p\"><body>a</body></message>"
        ),
        "<message from='eve@evil.test/x' id=\"p\"><body>a</body></message>",
        KEPT,
    );
    mended(
        "<presence from='eve@evil.test/x' a:b='1'/>",
        "<presence from='eve@evil.test/x'></presence>",
        KEPT,
    );
    let got = stream("<presence from='&#0;'/>");
    assert_eq!(
        (got.out.as_str(), got.replaced.len()),
        ("<presence></presence>", 1)
    );
    let got = stream("<iq xmlns='&#0;' id='q' type='result'/><iq xmlns='&#0;'/>");
    assert_eq!((got.out.as_str(), got.error), ("<iq/><iq></iq>", None));
    // What was declared there is gone with it.
    mended(
        "<message a:x='1' xmlns:b='u'><b:x/><body>a</body></message>",
        "<message><body>a</body></message>",
        KEPT,
    );
}

#[test]
fn bytes_that_are_no_text_are_replaced_too() {
    let stanza = [
        HEADER.as_bytes(),
        b"<message from='eve'><body>\xff\xfe</body></message><presence/>",
    ]
    .concat();
    let got = run(Limits::default(), &stanza, &[1]);
    assert_eq!(
        got.out,
        format!("{HEADER}<message from='eve' susurro-lost='1'></message><presence/>")
    );
    assert_eq!(got.replaced, [report("message", Some("eve"), LOST)]);
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error_and_not_half_of_an_answer() {
    let error = |condition: &str, text: &str| {
        format!(
            "<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{text}</text></error>"
        )
    };
    let no_xml = error("undefined-condition", "the answer is not valid XML");
    mended(
        "<iq from='eve@evil.test/x' id='q' type='result'><pubsub><a:x/></pubsub></iq>",
        &format!("<iq from='eve@evil.test/x' id='q' type='error'>{no_xml}</iq>"),
        KEPT,
    );
    // A question that makes no sense is none.
    mended(
        "<iq from='eve@evil.test/x' id='q' type='get'><query a:x='1'/></iq>",
        "<iq from='eve@evil.test/x' id='q' type='get'></iq>",
        KEPT,
    );
    let big = format!("<iq id='q' type='result'>{}</iq>", "x".repeat(1024 * 1024));
    let too_large = error("policy-violation", "the answer is larger than this program takes");
    mended(
        &big,
        &format!("<iq id='q' type='error'>{too_large}</iq>"),
        Why::TooMuch,
    );
}

#[test]
fn what_the_server_itself_says_wrongly_ends_the_stream() {
    for bad in [
        "<stream:features><a:x/></stream:features>",
        "<r xmlns='urn:xmpp:sm:3' a:x='1'/>",
        "<a:b/>",
        "<a:message/>",
    ] {
        let got = stream(&format!("<message id='1'/>{bad}<message id='2'/>"));
        assert_eq!(got.out, "<message id='1'/>", "{bad}");
        assert!(got.error.is_some() && got.replaced.is_empty(), "{bad}");
    }
}

/// Names, types and marks of what a parser makes of this, one top-level element each, with the
/// number of its grandchildren.
fn read(stream: &str) -> Vec<(String, String, bool, usize)> {
    let (mut parser, mut bytes) = (Parser::default(), stream.as_bytes());
    let (mut found, mut depth) = (Vec::new(), 0);
    while let Ok(Some(event)) = parser.parse(&mut bytes, false) {
        match event {
            Event::StartElement(_, (_, name), attributes) => {
                let attribute = |name| attributes.get(&minidom::rxml::Namespace::NONE, name);
                match depth {
                    1 => found.push((
                        name.to_string(),
                        attribute("type").cloned().unwrap_or_default(),
                        attribute(PART).is_some(),
                        0,
                    )),
                    3 => found.last_mut().unwrap().3 += 1,
                    _ => {}
                }
                depth += 1;
            }
            Event::EndElement(_) => depth -= 1,
            _ => {}
        }
    }
    found
}

fn roster(items: usize) -> String {
    let items: String = (0..items)
        .map(|n| {
            format!("<item jid='contact{n}@mired.test' name='n' subscription='both'><group>g</group></item>")
        })
        .collect();
    format!(
        "<iq type='result' id='r' to='ana@mired.test/x'><query xmlns='jabber:iq:roster' ver='1'>{items}</query></iq>"
    )
}

#[test]
fn a_list_of_any_length_comes_in_pieces_in_bounded_memory() {
    let input = format!("{HEADER}{}<presence/>", roster(60_000));
    let mut scanner = Scanner::new(Limits::default());
    let (mut out, mut most) = (Vec::new(), 0);
    for chunk in input.as_bytes().chunks(8192) {
        scanner.feed(chunk).unwrap();
        most = most.max(scanner.held());
        out.extend_from_slice(scanner.ready());
        scanner.consume(usize::MAX);
    }
    assert!(most < 2 * 1024 * 1024, "{most}");
    let found = read(std::str::from_utf8(&out).unwrap());
    let (last, rest) = found.split_last().unwrap();
    assert_eq!(last.0, "presence");
    assert!(
        rest.iter()
            .all(|(name, kind, _, _)| name == "iq" && kind == "result")
    );
    // One of them counts: the last one.
    let marks: Vec<bool> = rest.iter().map(|piece| piece.2).collect();
    assert_eq!(marks.iter().position(|mark| !mark), Some(marks.len() - 1));
    assert_eq!(rest.iter().map(|piece| piece.3).sum::<usize>(), 60_000);
    assert!(scanner.take_replaced().is_empty());
}

#[test]
fn a_list_beyond_all_bounds_is_answered_as_an_error_in_the_end() {
    let input = format!("{HEADER}{}<presence/>", roster(20));
    let got = run(SMALL, input.as_bytes(), &[7]);
    let found = read(&got.out);
    let kinds: Vec<_> = found
        .iter()
        .map(|(_, kind, mark, _)| (kind.as_str(), *mark))
        .collect();
    assert_eq!(kinds.last(), Some(&("", false)));
    assert_eq!(kinds.get(kinds.len() - 2), Some(&("error", false)));
    assert!(
        kinds[..kinds.len() - 2]
            .iter()
            .all(|kind| *kind == ("result", true))
    );
    assert_eq!(got.replaced, [report("iq", None, Why::TooMuch)]);
    // A piece that the parser refuses is not told as if nothing were missing.
    let input = format!(
        "{HEADER}{}<presence/>",
        roster(10).replace("<group>g</group>", "<a:g/>")
    );
    let got = run(SMALL, input.as_bytes(), &[usize::MAX]);
    let kinds: Vec<_> = read(&got.out)
        .into_iter()
        .map(|(_, kind, mark, _)| (kind, mark))
        .collect();
    assert_eq!(kinds, [("error".to_owned(), false), (String::new(), false)]);
}

#[test]
fn nobody_else_can_mark_a_stanza_as_a_piece() {
    let got = stream(&format!(
        "<iq type='result' id='r' {PART}='1'><query xmlns='jabber:iq:roster'/></iq><presence/>"
    ));
    assert!(!got.out.contains(PART), "{}", got.out);
    assert_eq!(read(&format!("{HEADER}{}", got.out)).len(), 2);
    // Other answers are not cut, however long.
    let other = roster(20).replace("jabber:iq:roster", "jabber:iq:version");
    let got = run(SMALL, format!("{HEADER}{other}").as_bytes(), &[usize::MAX]);
    assert!(!got.out.contains(PART));
}
