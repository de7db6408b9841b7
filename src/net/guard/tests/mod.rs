//! The guard against its promises: what is within the limits passes untouched, whatever it is chunked into;
//! what is not is replaced and bounded; what is no XMPP ends the stream.

mod mending;
mod properties;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::guard::scanner::Scanner;
use crate::guard::*;

pub(crate) const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                      xmlns:stream='http://etherx.jabber.org/streams' id='a&gt;b' version='1.0'>";

pub(crate) const SMALL: Limits = Limits {
    depth: 4,
    attributes: 4,
    value: 34,
    name: 13,
    stanza: 300,
    piece: 200,
    answer: 1500,
    elements: 10,
    header: 400,
    discarded: 3000,
};

pub(crate) struct Run {
    pub(crate) out: String,
    pub(crate) replaced: Vec<Replaced>,
    pub(crate) error: Option<GuardError>,
}

/// Feeds `input` in chunks of the given sizes, over and over.
pub(crate) fn run(limits: Limits, input: &[u8], chunks: &[usize]) -> Run {
    let mut scanner = Scanner::new(limits);
    let (mut out, mut replaced, mut error) = (Vec::new(), Vec::new(), None);
    let (mut rest, mut sizes) = (input, chunks.iter().cycle());
    while !rest.is_empty() && error.is_none() {
        let (chunk, after) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
        error = scanner.feed(chunk).err();
        replaced.extend(scanner.take_replaced());
        out.extend_from_slice(scanner.ready());
        scanner.consume(scanner.ready().len());
        assert!(scanner.ready().is_empty());
        rest = after;
    }
    Run {
        out: String::from_utf8_lossy(&out).into_owned(),
        replaced,
        error,
    }
}

/// A stream with that in it, after a header, under the limits of the program.
pub(crate) fn stream(content: &str) -> Run {
    let mut got = run(
        Limits::default(),
        format!("{HEADER}{content}").as_bytes(),
        &[usize::MAX],
    );
    got.out = got.out.strip_prefix(HEADER).unwrap_or(&got.out).to_owned();
    got
}

pub(crate) fn passes(content: &str) {
    let got = stream(content);
    assert_eq!((got.out.as_str(), got.error), (content, None));
    assert!(got.replaced.is_empty());
}

#[test]
fn ordinary_streams_pass_untouched() {
    passes(" \n<presence/> ");
    passes(
        "<message from='ana@mired.test/a' to=\"b\" ><body>a &lt; b > c ]] ]]&gt; 'x' \"y\"</body\n></message>",
    );
    passes(
        "<iq type='result'><a:b xmlns:a = 'urn:a' a:c='>/'><d/><e></e ></a:b></iq><r xmlns='urn:xmpp:sm:3'/>",
    );
    passes("<message><body><![CDATA[<not><!-- a tag ]] ]>]]]></body></message>");
    passes("</stream:stream>\n");
}

#[test]
fn a_stanza_is_passed_on_when_it_is_complete_and_not_before() {
    let mut scanner = Scanner::new(Limits::default());
    scanner.feed(HEADER.as_bytes()).unwrap();
    scanner.consume(usize::MAX);
    scanner.feed(b"<message><body>hi</body></message").unwrap();
    assert!(scanner.ready().is_empty() && !scanner.is_empty());
    scanner.feed(b"><iq").unwrap();
    assert_eq!(scanner.ready(), b"<message><body>hi</body></message>");
}

pub(crate) fn report(name: &str, from: Option<&str>, why: Why) -> Replaced {
    Replaced {
        name: name.to_owned(),
        from: from.map(str::to_owned),
        why,
    }
}

fn replaced_by(content: &str, replacement: &str, name: &str, from: Option<&str>) {
    let got = stream(&format!("<a/>{content}<z/>"));
    assert_eq!((got.out, got.error), (format!("<a/>{replacement}<z/>"), None));
    assert_eq!(got.replaced, [report(name, from, Why::TooMuch)]);
}

#[test]
fn what_is_too_much_becomes_an_empty_element_of_the_same_name() {
    let nested = |depth: usize| format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth));
    passes(&format!("<message>{}</message>", nested(63)));
    let message = |inside: &str| format!("<message from='ana@mired.test'>{inside}</message>");
    let ana = Some("ana@mired.test");
    replaced_by(&message(&nested(64)), "<message/>", "message", ana);
    replaced_by(&message(&nested(10_000)), "<message/>", "message", ana);
    replaced_by(&message(&"<x/>".repeat(40_000)), "<message/>", "message", ana);
    replaced_by(&message(&"x".repeat(10_000_000)), "<message/>", "message", ana);
    replaced_by(
        &message(&format!("<x y='{}'/>", "y".repeat(8193))),
        "<message/>",
        "message",
        ana,
    );
    replaced_by(
        &message(&format!("<{}/>", "x".repeat(1025))),
        "<message/>",
        "message",
        ana,
    );
    replaced_by(
        &message(&format!("<x {}='1'/>", "y".repeat(1025))),
        "<message/>",
        "message",
        ana,
    );
    let attributes: String = (0..80_000).map(|n| format!(" a{n}=''")).collect();
    replaced_by(
        &message(&format!("<x{attributes}/>")),
        "<message/>",
        "message",
        ana,
    );
    replaced_by(
        &format!("<iq{attributes} from='eve'></iq>"),
        "<iq/>",
        "iq",
        Some("eve"),
    );
    replaced_by(
        &format!("<presence from='{}'/>", "e".repeat(9000)),
        "<presence/>",
        "presence",
        None,
    );
}

#[test]
fn limits_are_inclusive() {
    let attributes: String = (0..64).map(|n| format!(" a{n}='{}'", "v".repeat(8192))).collect();
    passes(&format!("<message{attributes}/>"));
    let frame = "<message></message>".len();
    passes(&format!("<message>{}</message>", "x".repeat(1024 * 1024 - frame)));
    let big = format!("<message>{}</message>", "x".repeat(1024 * 1024 - frame + 1));
    replaced_by(&big, "<message/>", "message", None);
}

#[test]
fn the_replacement_keeps_the_namespace_so_that_counters_stay_right() {
    let deep = format!("{}{}", "<x>".repeat(70), "</x>".repeat(70));
    replaced_by(
        &format!("<message xmlns=\"urn:a'b\">{deep}</message>"),
        "<message xmlns=\"urn:a'b\"/>",
        "message",
        None,
    );
    replaced_by(
        &format!("<c:message from='a&amp;b' xmlns:c='jabber:client' xmlns='urn:x'>{deep}</c:message>"),
        "<c:message xmlns:c='jabber:client'/>",
        "message",
        Some("a&b"),
    );
}

#[test]
fn what_is_not_xmpp_ends_the_stream() {
    for bad in [
        "<!-- c -->",
        "<!DOCTYPE x>",
        "<?pi?>",
        "<message><!ENTITY x></message>",
        "<message><![CDATX[]]></message>",
        "text",
        "\0",
        "<>",
        "< x/>",
        "<x/ >",
        "<x y/>",
        "<x y=z/>",
        "<x y='1'z='2'/>",
        "<x y='<'/>",
        "<x><y></x></y>",
        "<x></x y>",
        "<x></xy>",
        "<x></stream:stream>",
        "</x>",
        "</stream:stream><x/>",
        "</stream:stream></stream:stream>",
        "<x\0/>",
        "<x y='1' <z/>",
    ] {
        let got = stream(bad);
        assert!(got.error.is_some(), "{bad}");
        assert!(got.replaced.is_empty());
    }
    // Inside a stanza that is thrown away as well.
    let deep = "<x>".repeat(70);
    assert_eq!(
        stream(&format!("{deep}<!ENTITY")).error,
        Some(GuardError::Forbidden("document type"))
    );
    assert!(
        stream(&format!("{deep}{}</y>", "</x>".repeat(69)))
            .error
            .is_some()
    );
}

#[test]
fn nothing_in_the_header_is_without_bounds() {
    let long = |what: &str| run(Limits::default(), what.as_bytes(), &[8192]).error;
    assert_eq!(
        long(&format!("<stream:stream a='{}'>", "x".repeat(9000))),
        Some(GuardError::Header)
    );
    assert_eq!(long(&" ".repeat(70_000)), Some(GuardError::Header));
    assert_eq!(
        long(&format!("<?xml {}", "x".repeat(70_000))),
        Some(GuardError::Header)
    );
    assert!(long(&format!("<{}", "x".repeat(70_000))).is_some());
    let attributes: String = (0..65).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(
        long(&format!("<stream:stream{attributes}>")),
        Some(GuardError::Header)
    );
}

#[test]
fn a_stanza_without_end_is_given_up_and_takes_no_memory() {
    let mut scanner = Scanner::new(Limits::default());
    scanner.feed(HEADER.as_bytes()).unwrap();
    scanner.consume(usize::MAX);
    scanner.feed(b"<message><body>").unwrap();
    let chunk = vec![b'x'; 1024 * 1024];
    let mut fed = 0;
    let error = loop {
        match scanner.feed(&chunk) {
            Ok(()) => fed += 1,
            Err(error) => break error,
        }
        assert!(scanner.held() <= 3 * 1024 * 1024, "{}", scanner.held());
    };
    assert_eq!((error, fed), (GuardError::Endless, 63));
}

#[test]
fn what_the_guard_lets_through_the_parser_takes() {
    // The parser's own limits are hard errors for the whole stream: ours have to be within them.
    let value = "v".repeat(8192);
    let attributes: String = (0..63).map(|n| format!(" a{n}='{value}'")).collect();
    let deep = format!("{}{}", "<x>".repeat(63), "</x>".repeat(63));
    let name = "n".repeat(1024);
    for stanza in [
        format!("<x xmlns='u'{attributes}/>"),
        format!("<message xmlns='u'>{deep}<{name} {name}='1'/></message>"),
        format!(
            "<message xmlns='u'><body>{}</body></message>",
            "&lt;\r\n".repeat(150_000)
        ),
        format!("<message xmlns='u'>{}</message>", "<x/>".repeat(32_767)),
    ] {
        passes(&stanza);
        assert!(stanza.parse::<minidom::Element>().is_ok(), "{:.80}", stanza);
    }
}

#[tokio::test]
async fn as_a_reader_it_gives_the_stream_then_the_error() {
    let input = format!("{HEADER}<a/><!-- -->");
    let (reports, _keep) = mpsc::unbounded_channel();
    let mut guard = Guard::new(
        std::io::Cursor::new(input.into_bytes()),
        Limits::default(),
        reports,
    );
    let mut out = Vec::new();
    let error = guard.read_to_end(&mut out).await.unwrap_err();
    assert_eq!(String::from_utf8(out).unwrap(), format!("{HEADER}<a/>"));
    assert_eq!(
        error.to_string(),
        "the server sent a comment or document type, which XMPP forbids"
    );
}

#[tokio::test]
async fn a_restart_and_the_way_back_to_the_transport_refuse_what_came_too_early() {
    let (reports, _keep) = mpsc::unbounded_channel();
    let input = format!("{HEADER}<proceed/>x");
    let mut guard = Guard::new(
        std::io::Cursor::new(input.into_bytes()),
        Limits::default(),
        reports.clone(),
    );
    let mut out = vec![0; HEADER.len() + 10];
    guard.read_exact(&mut out).await.unwrap();
    assert!(guard.restart().is_err());
    assert!(guard.into_inner().is_err());
    let again = format!("{HEADER}<success/>");
    let mut guard = Guard::new(
        std::io::Cursor::new(again.into_bytes()),
        Limits::default(),
        reports.clone(),
    );
    guard.read_exact(&mut out[1..]).await.unwrap();
    assert_eq!(guard.restart(), Err(GuardError::Early));
    guard.read_exact(&mut [0]).await.unwrap();
    assert_eq!(guard.restart(), Ok(()));
    assert!(guard.into_inner().is_ok());
}
