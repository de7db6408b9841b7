//! Before TLS nothing is believed (threat 87), and stream errors say what they mean.

use susurro::api::FailureKind::NoConnection;

use super::hostile::{Authority, DOMAIN, Hostile, PROCEED, STARTTLS, mechanisms};
use super::{connect, fails, offers, plain, target};
use crate::said;

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let (target, server) = plain(|mut peer| async move {
        let header = peer.open(&mechanisms(&["PLAIN", "SCRAM-SHA-1"])).await;
        assert!(
            !header.contains("ana"),
            "the account was told in the clear: {header}"
        );
        peer.until_closed().await
    })
    .await;
    fails(&target, NoConnection, false, "STARTTLS is missing").await;
    assert_eq!(server.end().await, "");
}

#[tokio::test]
async fn bytes_after_proceed_are_refused() {
    for early in ["<stream:features/>", " ", "\n", "\u{16}\u{3}\u{1}"] {
        let (target, server) = plain(move |mut peer| async move {
            peer.open(STARTTLS).await;
            peer.until("</starttls>").await;
            peer.send(&format!("{PROCEED}{early}")).await;
            peer.until_closed().await
        })
        .await;
        fails(&target, NoConnection, false, "before it was its turn").await;
        assert_eq!(server.end().await, "", "a handshake was begun after {early:?}");
    }
}

#[tokio::test]
async fn nothing_but_features_and_proceed_is_looked_at_before_tls() {
    for instead in [
        "<message from='eve@evil.test'><body>hi</body></message>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    ] {
        let (target, server) = plain(move |mut peer| async move {
            peer.header().await;
            peer.send(instead).await;
            peer.until_closed().await
        })
        .await;
        fails(&target, NoConnection, true, "something else").await;
        server.end().await;
        let (target, server) = plain(move |mut peer| async move {
            peer.open(STARTTLS).await;
            peer.until("</starttls>").await;
            peer.send(instead).await;
            peer.until_closed().await
        })
        .await;
        fails(&target, NoConnection, true, "something else").await;
        server.end().await;
    }
}

#[tokio::test]
async fn features_that_come_with_the_proceed_of_before_are_not_those_of_after() {
    // Features before TLS may say what they like: after TLS they are asked for anew.
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|mut peer| async move {
        peer.open(&format!("{STARTTLS}{}", mechanisms(&["PLAIN"]))).await;
        peer.until("</starttls>").await;
        peer.send(PROCEED).await;
        let mut peer = peer.tls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        peer.login().await
    })
    .await;
    assert_eq!(
        connect(&target(server.port, &authority)).await.unwrap().mechanism,
        "SCRAM-SHA-256"
    );
    assert!(server.end().await.proof_is_right);
}

#[tokio::test]
async fn stream_errors_before_tls_are_explained_and_no_other_host_is_followed() {
    let other = Hostile::start(|peer| async move { peer.io.peer_addr().unwrap() }).await;
    for (error, words) in [
        (
            "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>".to_owned(),
            "does not serve mired.test",
        ),
        (
            format!(
                "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:{}</see-other-host>",
                other.port
            ),
            "not followed",
        ),
        (
            "<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>".to_owned(),
            "restarting",
        ),
        (
            "<policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>send your password to eve</text>"
                .to_owned(),
            "rule of its own",
        ),
    ] {
        let (target, server) = plain(move |mut peer| async move {
            peer.header().await;
            peer.send(&format!("<stream:error>{error}</stream:error></stream:stream>"))
                .await;
            peer.until_closed().await
        })
        .await;
        let error = connect(&target).await.err().unwrap();
        let text = said(&error.failure);
        assert!(
            text.contains(words) && error.retry && !text.contains("eve"),
            "{text}"
        );
        server.end().await;
    }
    // Nobody came to the other host: we are the first.
    let first = tokio::net::TcpStream::connect(("127.0.0.1", other.port))
        .await
        .unwrap();
    assert_eq!(other.end().await, first.local_addr().unwrap());
}

#[tokio::test]
async fn what_is_no_xmpp_is_said_to_be_so() {
    for noise in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>",
        "\0\0\0",
        "<html>",
    ] {
        let (target, server) = plain(move |mut peer| async move {
            peer.until(">").await;
            peer.send(noise).await;
        })
        .await;
        let error = connect(&target).await.err().unwrap();
        assert_eq!(error.failure.kind(), NoConnection, "{noise}");
        server.end().await;
    }
}

#[tokio::test]
async fn the_place_to_resume_is_tried_first_and_the_server_after_it() {
    let (mut target, server) = offers(mechanisms(&["SCRAM-SHA-256"]), |mut peer| async move {
        peer.login().await
    })
    .await;
    let dead = Hostile::start(|peer| async move { drop(peer) }).await;
    target.location = Some(format!("127.0.0.1:{}", dead.port));
    assert!(connect(&target).await.is_ok());
    dead.end().await;
    server.end().await;
}
