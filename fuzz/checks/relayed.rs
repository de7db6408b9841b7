//! What strangers make a server pass on: whatever it is, the parser takes all that the guard lets through,
//! the stanza counts as one, and the next one is read.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use minidom::rxml::error::EndOrError;
use minidom::rxml::{Event, Namespace, Parse, Parser};
use susurro::net::guard::{Guard, Limits};
use tokio::io::AsyncBufRead;
use tokio::sync::mpsc;

const HEADER: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' id='1' from='mired.test' version='1.0' xml:lang='en'>";
const HONEST: &[u8] = b"<message id='honest'><body>the next one</body></message>";

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// At most this many elements in one stanza.
const ELEMENTS_MOST: usize = 300;

const STANZAS: [&str; 3] = ["message", "presence", "iq"];

/// A server that reads prefixes writes them anew, one that does not passes them on: so any name may come.
const NAMES: [&str; 20] = [
    "x",
    "body",
    "encrypted",
    "items",
    "xml:x",
    "xmlns:x",
    "a:x",
    "b:x",
    "ns1:x",
    "a:b:c",
    "stream:x",
    "stream:features",
    ":x",
    "x:",
    "xml",
    "1x",
    "-x",
    "\u{301}",
    "\u{e9}",
    "\u{10ffff}",
];

const ATTRIBUTES: [&str; 20] = [
    "xmlns",
    "xmlns:a",
    "xmlns:b",
    "xmlns:ns1",
    "xmlns:xml",
    "xmlns:xmlns",
    "xmlns:stream",
    "xml:lang",
    "xml:foo",
    "a:b",
    "b:b",
    "ns1:b",
    "b",
    "from",
    "id",
    "type",
    "susurro-part",
    "a:b:c",
    ":b",
    "\u{b7}",
];

const VALUES: [&str; 18] = [
    "",
    "u",
    XML,
    XMLNS,
    "jabber:client",
    "http://etherx.jabber.org/streams",
    "result",
    "get",
    "error",
    "eve@evil.test/x",
    "a&lt;b",
    "&#0;",
    "&#xD800;",
    "&#x10FFFF;",
    "&nbsp;",
    "&",
    "\u{1}",
    "\u{fffe}",
];

const TEXTS: [&[u8]; 16] = [
    b"hello",
    b" ",
    b"a > b",
    b"&amp;",
    b"&#0;",
    b"&#xFFFF;",
    b"&nbsp;",
    b"&",
    b"]]>",
    b"<![CDATA[<a>]]]>",
    b"<!-- <a> -- -->",
    b"<?php <a> ?>",
    b"\x01",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbf",
];

/// The law. Bytes that begin as XML does are taken as they are, others as choices of what a server writes.
pub fn relayed(data: &[u8]) {
    let (stanza, name) = if data.first() == Some(&b'<') {
        (data.to_vec(), top(data))
    } else {
        let (written, name) = written(data);
        assert_eq!(
            top(&written),
            Some(name.into()),
            "{}",
            String::from_utf8_lossy(&written)
        );
        (written, Some(name.into()))
    };
    let (out, whole) = through(&[HEADER, &stanza, HONEST].concat());
    let read = read(&out);
    let Some(name) = name.filter(|name| STANZAS.contains(&name.as_str())) else {
        return;
    };
    let expected = [(name, None), ("message".to_owned(), Some("honest".to_owned()))];
    let read: Vec<_> = read
        .into_iter()
        .map(|(name, id)| (name, id.filter(|id| id == "honest")))
        .collect();
    assert!(
        whole && read == expected,
        "{read:?} of {}",
        String::from_utf8_lossy(&stanza)
    );
}

/// What the guard passes on, and whether it came to the end without giving up.
fn through(input: &[u8]) -> (Vec<u8>, bool) {
    let (reports, _keep) = mpsc::unbounded_channel();
    let mut guard = Guard::new(input, Limits::default(), reports);
    let mut context = Context::from_waker(Waker::noop());
    let mut out = Vec::new();
    loop {
        let amount = match Pin::new(&mut guard).poll_fill_buf(&mut context) {
            // It lets others have their turn.
            Poll::Pending => continue,
            Poll::Ready(Ok([])) => return (out, true),
            // The stream has no end tag: that, and nothing else, may be missed.
            Poll::Ready(Err(error)) => return (out, error.kind() == std::io::ErrorKind::UnexpectedEof),
            Poll::Ready(Ok(bytes)) => {
                out.extend_from_slice(bytes);
                bytes.len()
            }
        };
        Pin::new(&mut guard).consume(amount);
    }
}

/// Name and id of the elements of the stream; panics if the parser refuses any of it.
fn read(mut bytes: &[u8]) -> Vec<(String, Option<String>)> {
    let mut parser = Parser::default();
    let (mut found, mut depth) = (Vec::new(), 0);
    loop {
        let before = bytes.len();
        match parser.parse(&mut bytes, false) {
            Ok(Some(Event::StartElement(_, (_, name), attributes))) => {
                if depth == 1 {
                    let id = attributes.get(&Namespace::NONE, "id").cloned();
                    found.push((name.to_string(), id));
                }
                depth += 1;
            }
            Ok(Some(Event::EndElement(_))) => depth -= 1,
            Ok(Some(_)) => {}
            Ok(None) => return found,
            Err(EndOrError::NeedMoreData) if bytes.len() < before => {}
            Err(EndOrError::NeedMoreData) => return found,
            Err(EndOrError::Error(error)) => panic!("the parser refuses what the guard passed on: {error}"),
        }
    }
}

/// The local name of the one element that these bytes are, if they are one whose tags fit. Read by the
/// brackets alone, as anybody would who knows no namespaces.
fn top(bytes: &[u8]) -> Option<String> {
    let mut open: Vec<&[u8]> = Vec::new();
    let mut first = None;
    let mut rest = bytes;
    'next: while !rest.is_empty() {
        if open.is_empty() && (first.is_some() || rest.first() != Some(&b'<')) {
            return None;
        }
        for (begins, ends) in [("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>")] {
            if !open.is_empty() && rest.starts_with(begins.as_bytes()) {
                rest = after(rest.get(begins.len()..)?, ends)?;
                continue 'next;
            }
        }
        match rest.first() {
            Some(b'<') if rest.get(1) == Some(&b'/') => {
                let (name, after) = name(rest.get(2..)?)?;
                rest = after.trim_ascii_start().strip_prefix(b">")?;
                (open.pop()? == name).then_some(())?;
            }
            Some(b'<') => {
                let (tag, after) = name(rest.get(1..)?)?;
                first.get_or_insert(tag);
                open.push(tag);
                rest = attributes(after)?;
                if let Some(after) = rest.strip_prefix(b"/>") {
                    open.pop();
                    rest = after;
                } else {
                    rest = rest.strip_prefix(b">")?;
                }
            }
            Some(_) => rest = rest.get(1..)?,
            None => {}
        }
    }
    let local = first
        .filter(|_| open.is_empty())?
        .rsplit(|byte| *byte == b':')
        .next()?;
    // The guard keeps no longer name, and no server has other stanzas than those without a prefix.
    (local.len() == first?.len()).then(|| String::from_utf8_lossy(local).into_owned())
}

fn after<'a>(bytes: &'a [u8], mark: &str) -> Option<&'a [u8]> {
    let at = bytes
        .windows(mark.len())
        .position(|window| window == mark.as_bytes())?;
    bytes.get(at + mark.len()..)
}

fn name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let ends = |byte: &u8| b" \t\r\n<>/=\"'&?!\0".contains(byte);
    let end = bytes.iter().position(ends)?;
    (end > 0 && end <= 1024).then(|| bytes.split_at(end))
}

/// What follows the attributes.
fn attributes(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let spaced = rest.trim_ascii_start();
        if spaced.starts_with(b">") || spaced.starts_with(b"/>") {
            return Some(spaced);
        }
        if spaced.len() == rest.len()
            || rest
                .iter()
                .take(rest.len() - spaced.len())
                .any(|byte| *byte == 0x0c)
        {
            return None;
        }
        let (_, after) = name(spaced)?;
        let value = after.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let quote = *value.first().filter(|quote| b"'\"".contains(quote))?;
        let value = value.get(1..)?;
        let end = value.iter().position(|byte| *byte == quote)?;
        let inside = value.get(..end)?;
        (!inside.contains(&b'<')).then_some(())?;
        rest = value.get(end + 1..)?;
    }
}

/// A stanza as the bytes choose, and its name: elements of any name with any attributes,
/// opened and closed in order.
fn written(data: &[u8]) -> (Vec<u8>, &'static str) {
    let mut choices = data.iter().map(|byte| usize::from(*byte));
    let mut next = || choices.next();
    let stanza = STANZAS[next().unwrap_or_default() % STANZAS.len()];
    let mut out = format!("<{stanza}").into_bytes();
    let mut open = vec![stanza];
    let many = next().unwrap_or_default() % 4;
    add_attributes(&mut out, many, &mut next);
    out.push(b'>');
    let mut elements = 0;
    while let Some(choice) = next() {
        match choice % 8 {
            0..=3 if elements < ELEMENTS_MOST => {
                elements += 1;
                let name = NAMES[next().unwrap_or_default() % NAMES.len()];
                out.extend_from_slice(format!("<{name}").as_bytes());
                add_attributes(&mut out, choice / 64, &mut next);
                if choice & 32 == 0 {
                    out.push(b'>');
                    open.push(name);
                } else {
                    out.extend_from_slice(b"/>");
                }
            }
            4 | 5 if open.len() > 1 => close(&mut out, &mut open),
            _ => out.extend_from_slice(TEXTS[next().unwrap_or_default() % TEXTS.len()]),
        }
    }
    while !open.is_empty() {
        close(&mut out, &mut open);
    }
    (out, stanza)
}

fn add_attributes(out: &mut Vec<u8>, many: usize, next: &mut impl FnMut() -> Option<usize>) {
    for _ in 0..many {
        let name = ATTRIBUTES[next().unwrap_or_default() % ATTRIBUTES.len()];
        let value = VALUES[next().unwrap_or_default() % VALUES.len()];
        out.extend_from_slice(format!(" {name}='{value}'").as_bytes());
    }
}

fn close(out: &mut Vec<u8>, open: &mut Vec<&'static str>) {
    if let Some(name) = open.pop() {
        out.extend_from_slice(format!("</{name}>").as_bytes());
    }
}
