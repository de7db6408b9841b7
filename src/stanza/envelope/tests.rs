//! What is sealed is read again; what does not fit is refused; the padding tells nothing of the text.

use getrandom::SysRng;
use proptest::prelude::*;
use rand_core::UnwrapErr;

use super::*;
use crate::message::{receipt_content, text_content};
use crate::xml::assert_renders;
use model::Clean;

fn ana() -> BareJid {
    BareJid::new("ana@mired.test").unwrap()
}

fn bob() -> BareJid {
    BareJid::new("bob@mired.test").unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn sealed(content: Vec<Element>) -> Vec<u8> {
    seal(content, &ana(), &bob(), now(), &mut UnwrapErr(SysRng))
}

fn sealed_text(text: &str) -> Vec<u8> {
    sealed(text_content(text))
}

/// An envelope of these affixes and this content.
fn read(affixes: &str, content: &str) -> Result<Envelope, BadEnvelope> {
    let envelope =
        format!("<envelope xmlns='urn:xmpp:sce:1'><content>{content}</content>{affixes}</envelope>");
    Envelope::parse(envelope.as_bytes())
}

fn refused(envelope: &str) -> bool {
    matches!(
        Envelope::parse(envelope.as_bytes()),
        Err(BadEnvelope::Malformed(_))
    )
}

fn body_of(content: &str) -> Option<String> {
    let body = read("", content).unwrap().said().unwrap().text;
    body.map(|body| body.as_str().to_owned())
}

const BODY: &str = "<body xmlns='jabber:client'>hello</body>";

proptest! {
    #[test]
    fn what_is_sealed_is_read_again_and_padded(text in "[a-zA-Z <>&\"'äß漢👍\n\t]{1,600}") {
        let bytes = sealed_text(&text);
        prop_assert!(bytes.len() >= LEAST);
        assert_renders(&std::str::from_utf8(&bytes).unwrap().parse().unwrap());
        let envelope = Envelope::parse(&bytes).unwrap();
        envelope.check(&ana(), &bob()).unwrap();
        prop_assert_eq!(envelope.check(&bob(), &bob()), Err(BadEnvelope::OtherSender));
        prop_assert_eq!(envelope.check(&ana(), &ana()), Err(BadEnvelope::OtherRecipient));
        prop_assert_eq!(envelope.time, Some(now()));
        let text = Some(Clean::new(&text)).filter(|text| !text.is_empty());
        let expected = Content { text, wants_receipt: true, markable: true, ..Content::default() };
        prop_assert_eq!(envelope.said(), Ok(expected));
    }

    #[test]
    fn whatever_somebody_writes_makes_an_envelope_that_can_be_read(text in any::<String>(), id in any::<String>()) {
        let mut content = text_content(&text);
        content.extend(receipt_content(&id));
        let envelope = Envelope::parse(&sealed(content)).unwrap();
        prop_assert_eq!(envelope.said().unwrap().text.unwrap_or_default(), Clean::new(&text));
    }

    #[test]
    fn short_texts_are_as_long_as_each_other(text in "[a-zß漢<&]{0,30}", draw in any::<u32>()) {
        // Of one draw every text that is shorter than the least gives one length.
        let length = |text: &str| seal(text_content(text), &ana(), &bob(), now(), &mut Fixed(draw)).len();
        prop_assert!(String::from(&text_content(&text)[0]).len() < 250);
        prop_assert_eq!(length(&text), length("a"));
        prop_assert_eq!(length(&text), LEAST + (draw % 201) as usize);
    }

    #[test]
    fn long_texts_get_up_to_two_hundred_letters_more(length in 350..2000_usize, draw in any::<u32>()) {
        let text = "x".repeat(length);
        let of = |draw| seal(text_content(&text), &ana(), &bob(), now(), &mut Fixed(draw)).len();
        let least = of(0);
        prop_assert!(least >= LEAST && least > length);
        prop_assert!((least..=least + 200).contains(&of(draw)));
        prop_assert_eq!(of(draw).max(least + 1), (least - 1 + (draw % 201) as usize).max(least + 1));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Envelope::parse(&bytes);
    }

    #[test]
    fn a_byte_that_was_turned_makes_it_nothing_worse_than_malformed(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = sealed_text("hello");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(envelope) = Envelope::parse(&bytes) {
            let _ = (envelope.said(), envelope.check(&ana(), &bob()));
        }
    }
}

/// A random source that draws the same number each time.
struct Fixed(u32);

impl rand_core::TryRng for Fixed {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from(self.0))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for (byte, draw) in bytes.iter_mut().zip(self.0.to_le_bytes().into_iter().cycle()) {
            *byte = draw;
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fixed {}

#[test]
fn the_padding_takes_every_length_and_is_never_the_same() {
    let lengths: std::collections::BTreeSet<usize> = (0..201)
        .map(|draw| seal(vec![], &ana(), &bob(), now(), &mut Fixed(draw)).len())
        .collect();
    assert_eq!(lengths, (LEAST..=LEAST + 200).collect());
    assert_ne!(sealed_text("hello"), sealed_text("hello"));
}

#[test]
fn the_time_has_no_more_than_milliseconds() {
    let fine = Timestamp::new(1_700_000_000, 123_456_789).unwrap();
    let bytes = seal(vec![], &ana(), &bob(), fine, &mut UnwrapErr(SysRng));
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("stamp='2023-11-14T22:13:20.123Z'"), "{text}");
}

#[test]
fn an_envelope_of_the_standard_is_read() {
    // XEP-0384 §sce and XEP-0420 §affix_elements.
    let envelope = "<envelope xmlns='urn:xmpp:sce:1'>\n  <content>\n    <body xmlns='jabber:client'>\n     Hello World!\n    \
                    </body>\n  </content>\n  <time stamp='2004-01-25T06:05:00+01:00'/>\n  \
                    <rpad>C1DHN9HK-9A25tSmwK4hU!Jji9%GKYK^syIlHJT9TnI4</rpad>\n  <from jid='romeo@montague.lit'/>\n</envelope>";
    let envelope = Envelope::parse(envelope.as_bytes()).unwrap();
    assert_eq!(
        envelope.said().unwrap().text.unwrap().as_str().trim(),
        "Hello World!"
    );
    assert_eq!(envelope.time, "2004-01-25T05:05:00Z".parse().ok());
    let (romeo, juliet) = (
        BareJid::new("romeo@montague.lit").unwrap(),
        BareJid::new("juliet@capulet.lit").unwrap(),
    );
    assert_eq!(envelope.check(&romeo, &juliet), Ok(()));
    assert_eq!(envelope.check(&juliet, &romeo), Err(BadEnvelope::OtherSender));
}

// Threats 84 and 85.
#[test]
fn what_is_no_xml_or_too_much_of_it_is_refused() {
    let with =
        |inside: &str| format!("<envelope xmlns='urn:xmpp:sce:1'><content>{inside}</content></envelope>");
    assert!(!refused(&with(BODY)));
    for bad in [
        String::new(),
        "hello".to_owned(),
        with("<a>"),
        with("<a></b>"),
        with("<a b='1' b='2'/>"),
        with("<a b='<'/>"),
        with("<x:a/>"),
        with("&b;"),
        with("&#0;"),
        with("\0"),
        with("<!-- a -->"),
        with("<![CDATA[ ]]"),
        with(&"<a>".repeat(10)),
        with(&format!(
            "{}{}",
            "<a xmlns='urn:a'>".repeat(63),
            "</a>".repeat(63)
        )),
        "<a>".repeat(1024 * 1024 / 3),
        format!(
            "<envelope xmlns='urn:xmpp:sce:1'><content>{}",
            "<a b='>'>".repeat(100_000)
        ),
        format!("<!DOCTYPE envelope [<!ENTITY b 'c'>]>{}", with(BODY)),
        format!("{}<!-- -->", with(BODY)),
        format!("{}{}", with(BODY), with(BODY)),
        format!("{}hello", with(BODY)),
        format!("hello{}", with(BODY)),
    ] {
        assert!(refused(&bad), "{}", bad.chars().take(200).collect::<String>());
    }
    let mut not_utf8 = with(BODY).into_bytes();
    let place = not_utf8.iter().position(|byte| *byte == b'h').unwrap();
    for bad in [0xff, 0xc0, 0x80] {
        not_utf8[place] = bad;
        assert_eq!(
            Envelope::parse(&not_utf8).err(),
            Some(BadEnvelope::Malformed("not UTF-8"))
        );
    }
}

#[test]
fn ways_of_writing_that_xml_permits_are_read() {
    assert_eq!(
        body_of("<body xmlns='jabber:client'><![CDATA[<b>hello</b>]]></body>").unwrap(),
        "<b>hello</b>"
    );
    assert_eq!(
        body_of("<body xmlns='jabber:client' x='>'>hello</body >").unwrap(),
        "hello"
    );
    assert_eq!(
        body_of("<b:body xmlns:b=\"jabber:client\" x='a\"/>'>&lt;hello&#33;</b:body>").unwrap(),
        "<hello!"
    );
    assert_eq!(body_of("<body xmlns='jabber:client'/>"), None);
    assert_eq!(body_of(""), None);
}

#[test]
fn what_is_missing_doubled_or_of_another_namespace_is_refused() {
    for bad in [
        "<envelope xmlns='urn:xmpp:sce:1'/>",
        "<envelope xmlns='urn:xmpp:sce:1'><content/><content/></envelope>",
        "<envelope xmlns='urn:xmpp:sce:0'><content/></envelope>",
        "<envelope><content/></envelope>",
        "<content xmlns='urn:xmpp:sce:1'><content/></content>",
        "<envelope xmlns='urn:xmpp:sce:1'><payload/></envelope>",
        "<envelope xmlns='urn:xmpp:sce:1'><content xmlns='jabber:client'/></envelope>",
    ] {
        assert!(refused(bad), "{bad}");
    }
    for bad in [
        "<from jid='ana@mired.test'/><from jid='ana@mired.test'/>",
        "<to jid='bob@mired.test'/><to jid='eve@mired.test'/>",
        "<time stamp='2026-11-20T12:00:00Z'/><time stamp='2026-11-20T12:00:00Z'/>",
        "<from/>",
        "<from jid=''/>",
        "<from jid='@'/>",
        "<to jid='a b@c'/>",
        "<time/>",
    ] {
        assert!(matches!(read(bad, BODY), Err(BadEnvelope::Malformed(_))), "{bad}");
    }
}

#[test]
fn an_impossible_time_is_known_as_such_and_the_message_is_read() {
    for impossible in ["yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", ""] {
        let envelope = read(&format!("<time stamp='{impossible}'/>"), BODY).unwrap();
        assert!(
            envelope.impossible_time && envelope.time.is_none(),
            "{impossible}"
        );
        assert!(envelope.said().unwrap().text.is_some());
    }
    for possible in ["", "<time stamp='2026-11-20T12:00:00Z'/>"] {
        assert!(!read(possible, BODY).unwrap().impossible_time);
    }
}

#[test]
fn affixes_of_another_namespace_unknown_ones_and_long_padding_do_no_harm() {
    let affixes = format!(
        "<from xmlns='jabber:client' jid='eve@evil.test'/><new/><rpad>{}</rpad><rpad/>",
        "x".repeat(100_000)
    );
    let envelope = read(&affixes, BODY).unwrap();
    assert_eq!(envelope.check(&ana(), &bob()), Ok(()));
    assert!(envelope.time.is_none());
}

// Threats 47 and 48.
#[test]
fn full_addresses_count_by_their_bare_part_and_others_are_refused() {
    for (affixes, expected) in [
        (
            "<from jid='ana@mired.test/pc'/><to jid='bob@mired.test/x'/>",
            Ok(()),
        ),
        ("<from jid='ANA@mired.test'/>", Ok(())),
        ("", Ok(())),
        ("<from jid='eve@evil.test'/>", Err(BadEnvelope::OtherSender)),
        ("<from jid='mired.test'/>", Err(BadEnvelope::OtherSender)),
        (
            "<from jid='mired.test/ana@mired.test'/>",
            Err(BadEnvelope::OtherSender),
        ),
        (
            "<to jid='room@conference.mired.test'/>",
            Err(BadEnvelope::OtherRecipient),
        ),
        (
            "<to jid='ana@mired.test'/><from jid='bob@mired.test'/>",
            Err(BadEnvelope::OtherSender),
        ),
    ] {
        assert_eq!(
            read(affixes, BODY).unwrap().check(&ana(), &bob()),
            expected,
            "{affixes}"
        );
    }
}

#[test]
fn several_bodies_are_refused_but_in_several_languages() {
    let twice = read("", &BODY.repeat(2)).unwrap();
    assert_eq!(twice.said(), Err(BadEnvelope::Malformed("several bodies")));
    let inside = read("", "<body xmlns='jabber:client'>a<b/></body>").unwrap();
    assert!(inside.said().is_err());
    let german = "<body xmlns='jabber:client' xml:lang='de'>hallo</body>";
    assert_eq!(body_of(&format!("{german}{BODY}")).unwrap(), "hello");
    assert_eq!(
        body_of("<body>hello</body><body xmlns='urn:x'>hello</body>"),
        None
    );
}

#[test]
fn what_only_servers_may_say_is_not_taken_from_inside() {
    let content = format!(
        "<no-store xmlns='urn:xmpp:hints'/><stanza-id xmlns='urn:xmpp:sid:0' id='1' by='bob@mired.test'/><occupant-id \
         xmlns='urn:xmpp:occupant-id:0' id='1'/><addresses xmlns='http://jabber.org/protocol/address'><address type='to' \
         jid='eve@evil.test'/></addresses><encryption xmlns='urn:xmpp:eme:0' namespace='urn:x'/>{BODY}<origin-id \
         xmlns='urn:xmpp:sid:0' id='2'/>"
    );
    let envelope = read("", &content).unwrap();
    let kept: Vec<&str> = envelope.content().children().map(Element::name).collect();
    assert_eq!(kept, ["body", "origin-id"]);
}

#[test]
fn what_stands_beside_the_content_means_nothing() {
    let receipt = "<received xmlns='urn:xmpp:receipts' id='m1'/>";
    let request = "<request xmlns='urn:xmpp:receipts'/>";
    let opt_out = "<opt-out xmlns='urn:xmpp:omemo:2'/>";
    for inside in [receipt, request, opt_out] {
        assert_ne!(read("", inside).unwrap().said(), Ok(Content::default()));
        assert_eq!(read(inside, "").unwrap().said(), Ok(Content::default()));
    }
    let long = format!("<received xmlns='urn:xmpp:receipts' id='{}'/>", "x".repeat(5000));
    assert_eq!(read("", &long).unwrap().said(), Ok(Content::default()));
    let sealed = Envelope::parse(&sealed(receipt_content("m1"))).unwrap();
    let expected = Content {
        receipt_for: Some("m1".to_owned()),
        ..Content::default()
    };
    assert_eq!(sealed.said(), Ok(expected));
}

#[test]
fn white_space_and_comments_before_the_envelope_do_no_harm() {
    let envelope = format!("<envelope xmlns='urn:xmpp:sce:1'><content>{BODY}</content></envelope>");
    for before in [
        " ",
        "\r\n\t ",
        "<!---->",
        "<!-- <b> -->",
        " <!--a-->\n<!-- b - c -->\n",
    ] {
        let read = Envelope::parse(format!("{before}{envelope}").as_bytes()).unwrap();
        assert_eq!(read.said().unwrap().text, Some(Clean::new("hello")), "{before:?}");
    }
    for before in [
        "text",
        "<!--",
        "<!-- -- -->",
        "<!--->",
        "-->",
        "\u{a0}",
        "<!-- a --><b/>",
    ] {
        assert!(refused(&format!("{before}{envelope}")), "{before:?}");
    }
    assert!(refused(&"<!---->".repeat(1000)));
}
