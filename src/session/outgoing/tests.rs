//! A server that takes nothing: what it says is heard all the same, up to a bound, and its patience ends.

use std::future::poll_fn;

use futures::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::sync::mpsc::unbounded_channel;
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, initiate_stream};

use super::*;
use crate::arrived::{Arrived, OnStream};
use crate::online::Online;
use stanza::ns;

/// So much lies on the way at most.
const WAY: usize = 512;

/// A stream, and its other end.
pub(crate) async fn pair() -> (Online, DuplexStream) {
    let (ours, mut theirs) = duplex(WAY);
    let header = StreamHeader {
        to: Some("mired.test".into()),
        from: None,
        id: None,
    };
    let timeouts = Timeouts {
        read_timeout: Duration::from_secs(600),
        response_timeout: Duration::from_secs(600),
    };
    let opening = initiate_stream(BufReader::new(ours), ns::CLIENT, header, timeouts);
    let answer = async {
        let mut read = String::new();
        while !read.ends_with("version='1.0'>") {
            read.push(char::from(theirs.read_u8().await.unwrap()));
        }
        theirs
            .write_all(
                b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                  xmlns:stream='http://etherx.jabber.org/streams' id='1' from='mired.test' version='1.0'>",
            )
            .await
            .unwrap();
    };
    let (pending, ()) = tokio::join!(opening, answer);
    let stream = pending.unwrap().skip_features().box_stream();
    let (_, replaced) = unbounded_channel();
    (Online::new(stream, replaced), theirs)
}

fn message(number: usize, length: usize) -> Element {
    let body = "x".repeat(length);
    format!("<message xmlns='jabber:client' id='m{number}'><body>{body}</body></message>")
        .parse()
        .unwrap()
}

async fn next(online: &mut Online) -> OnStream {
    poll_fn(|cx| online.poll(cx)).await
}

fn id(happened: OnStream) -> String {
    match happened {
        OnStream::Arrived(Arrived::Element(element)) => element.attr("id").unwrap().to_owned(),
        _ => panic!("nothing arrived"),
    }
}

#[tokio::test]
async fn while_nothing_is_taken_reading_goes_on_until_it_is_too_late() {
    let (mut online, mut theirs) = pair().await;
    online.outgoing.push(message(1, 10 * WAY));
    theirs
        .write_all(b"<message id='theirs'/><message id='theirs'/>")
        .await
        .unwrap();
    assert_eq!(id(next(&mut online).await), "theirs");
    assert!(!online.outgoing.is_empty());
    online.outgoing.patience = Duration::ZERO;
    online.outgoing.handed = 0;
    online.outgoing.wait_from(Instant::now());
    let unwritten = loop {
        if let OnStream::Unwritten(unwritten) = next(&mut online).await {
            break unwritten;
        }
    };
    assert_eq!(unwritten, Unwritten::Late);
}

#[tokio::test]
async fn with_too_much_unwritten_nothing_more_is_read_until_it_is_taken_in_order() {
    let (mut online, mut theirs) = pair().await;
    online.outgoing.most = 12 * WAY;
    let sizes = [64 * WAY, 8 * WAY, 8 * WAY, 10];
    for (number, size) in sizes.into_iter().enumerate() {
        online.outgoing.push(message(number, size));
    }
    theirs
        .write_all(b"<message id='theirs'/><message id='theirs'/>")
        .await
        .unwrap();
    assert!(next(&mut online).now_or_never().is_none());
    assert!(online.outgoing.is_full());
    let mut read = String::new();
    let mut chunk = [0; WAY];
    while !read.contains("id=\"m3\"") && !read.contains("id='m3'") {
        // Each time that something was taken.
        if let Some(happened) = next(&mut online).now_or_never() {
            assert_eq!(id(happened), "theirs");
            assert!(read.len() > 32 * WAY, "it was read too early");
        }
        let count = theirs.read(&mut chunk).await.unwrap();
        read.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    let places: Vec<_> = (0..4).map(|number| read.find(&format!("m{number}"))).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
}

#[tokio::test]
async fn what_the_other_end_cannot_take_any_more_is_broken() {
    let (mut online, theirs) = pair().await;
    drop(theirs);
    online.outgoing.push(message(1, 10));
    match next(&mut online).await {
        OnStream::Unwritten(unwritten) => assert_eq!(unwritten, Unwritten::Broken),
        _ => panic!("it was written"),
    }
}
