//! An established stream whose server sends what would kill the parser (threats 84–86).

use futures::StreamExt;
use susurro::net::connection::Established;
use susurro::net::guard::{Replaced, Why};

use super::hostile::{Authority, DOMAIN, Hostile, mechanisms};
use super::{connect, target};

/// Logs in; then the server sends `bytes` in pieces and closes.
async fn fed(bytes: String) -> Established {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        peer.login().await;
        peer.send(&bytes).await;
        peer.send("</stream:stream>").await;
        peer.until_closed().await;
    })
    .await;
    connect(&target(server.port, &authority)).await.unwrap()
}

async fn names(established: &mut Established) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(Ok(element)) = established.stream.next().await {
        names.push(format!(
            "{}#{}",
            element.name(),
            element.attr("id").unwrap_or("-")
        ));
    }
    names
}

/// A poisoned message between two good ones: it is counted, reported, and nothing else is harmed.
async fn replaced(poison: String) {
    let stanzas =
        format!("<message id='1'/><message from='eve@evil.test'>{poison}</message><message id='2'/>");
    let mut established = fed(stanzas).await;
    assert_eq!(
        names(&mut established).await,
        ["message#1", "message#-", "message#2"]
    );
    let told = Replaced {
        name: "message".into(),
        from: Some("eve@evil.test".into()),
        why: Why::TooMuch,
    };
    assert_eq!(established.replaced.recv().await, Some(told));
    assert!(established.replaced.try_recv().is_err());
}

#[tokio::test]
async fn deep_nesting_is_replaced() {
    replaced(format!("{}{}", "<x>".repeat(10_000), "</x>".repeat(10_000))).await;
}

#[tokio::test]
async fn huge_and_too_many_attributes_are_replaced() {
    replaced(format!("<x y='{}'/>", "y".repeat(9000))).await;
    let many: String = (0..80_000).map(|n| format!(" a{n}=''")).collect();
    replaced(format!("<x{many}/>")).await;
    let namespaces: String = (0..100_000).map(|n| format!(" xmlns:a{n}='u'")).collect();
    replaced(format!("<x{namespaces}/>")).await;
}

#[tokio::test]
async fn a_stanza_of_ten_megabytes_is_replaced() {
    replaced(format!("<body>{}</body>", "x".repeat(10_000_000))).await;
}

#[tokio::test]
async fn what_is_just_within_the_limits_arrives() {
    let body = "x".repeat(1_000_000);
    let deep = format!("{}{}", "<x xmlns='urn:x'>".repeat(60), "</x>".repeat(60));
    let mut established = fed(format!("<message id='1'><body>{body}</body>{deep}</message>")).await;
    let message = established.stream.next().await.unwrap().unwrap();
    assert_eq!(
        message
            .get_child("body", "jabber:client")
            .map(|child| child.text().len()),
        Some(1_000_000)
    );
}

#[tokio::test]
async fn a_stanza_without_end_ends_the_stream() {
    let mut established = fed(format!(
        "<message id='1'/><message><body>{}",
        "x".repeat(65 * 1024 * 1024)
    ))
    .await;
    assert_eq!(
        established.stream.next().await.unwrap().unwrap().attr("id"),
        Some("1")
    );
    let error = established.stream.next().await.unwrap().unwrap_err().to_string();
    assert!(error.contains("without end"), "{error}");
}

#[tokio::test]
async fn what_xmpp_forbids_ends_the_stream_and_nothing_after_it_is_read() {
    for poison in [
        "<!-- c -->",
        "<?pi?>",
        "<!DOCTYPE x>",
        "<message><!ENTITY x></message>",
        "<r xmlns='urn:xmpp:sm:3' a:b='1'/>",
        "<message></iq>",
        "</message>",
    ] {
        let mut established = fed(format!("<message id='1'/>{poison}<message id='2'/>")).await;
        assert_eq!(names(&mut established).await, ["message#1"], "{poison}");
    }
}

#[tokio::test]
async fn a_second_stream_header_inside_a_stream_does_not_open_another() {
    let header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                  xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
    let mut established = fed(format!("<message id='1'/>{header}<message id='2'/>")).await;
    assert_eq!(names(&mut established).await, ["message#1"]);
}

/// What the parser refuses, in a stanza that somebody else may have written: the next one
/// is read on the same stream.
#[tokio::test]
async fn what_the_parser_refuses_is_left_out_and_the_next_stanza_is_read() {
    for poison in [
        "<x xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<xml:x/><x xmlns='u:x' xmlns:ns1='http://www.w3.org/XML/1998/namespace' ns1:foo='1'/>",
        "<x xmlns:xml='u:x'/>",
        "<a:x/>",
        "<x a='1' a='2'/>",
        "<body>&unknown;</body>",
        "<body>\u{0}</body>",
        "<body>&#0;</body>",
        "<!-- <message id='3'/> -->",
        "<?pi <message id='3'/> ?>",
    ] {
        let stanzas = format!(
            "<message id='1'/><message id='p' from='eve@evil.test'>{poison}</message><message id='2'/>"
        );
        let mut established = fed(stanzas).await;
        assert_eq!(
            names(&mut established).await,
            ["message#1", "message#p", "message#2"],
            "{poison}"
        );
        let told = established.replaced.recv().await.unwrap();
        assert!(matches!(told.why, Why::Malformed { .. }), "{poison}");
        assert!(established.replaced.try_recv().is_err());
    }
}
