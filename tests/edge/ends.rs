//! How a connection ends, or never begins: closed, cut off and refused are three things.

use std::future::Future;

use futures::StreamExt;
use susurro::api::FailureKind::NoConnection;
use susurro::net::connection::EstablishError;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::hostile::{Authority, DOMAIN, Hostile, Peer, mechanisms};
use super::{connect, fails, nobodys_port, target};
use crate::said;

const CLOSED: &str = "The server closed the connection";
const CUT: &str = "The connection was cut off";

type Secure = Peer<TlsStream<TcpStream>>;

/// What is said when the server ends the connection so before the login.
async fn before_the_login<Fut: Future<Output = ()> + Send + 'static>(
    end: impl FnOnce(Secure) -> Fut + Send + 'static,
    words: &str,
) {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        peer.message().await;
        end(peer).await;
    })
    .await;
    fails(&target(server.port, &authority), NoConnection, true, words).await;
}

/// And after it.
async fn after_the_login<Fut: Future<Output = ()> + Send + 'static>(
    end: impl FnOnce(Secure) -> Fut + Send + 'static,
    words: &str,
) {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let (read, was_read) = tokio::sync::oneshot::channel();
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        peer.login().await;
        peer.send("<message id='1'/>").await;
        // A reset takes with it what was not read.
        was_read.await.unwrap();
        end(peer).await;
    })
    .await;
    let mut established = connect(&target(server.port, &authority)).await.unwrap();
    let message = established.stream.next().await.unwrap().unwrap();
    assert_eq!(message.attr("id"), Some("1"));
    read.send(()).unwrap();
    let error = established.stream.next().await.unwrap().unwrap_err();
    let error = EstablishError::from(error);
    let text = said(&error.failure);
    assert!(text.contains(words), "{text}");
    assert!(!text.contains("host and port"), "{text}");
    assert_eq!((error.failure.kind(), error.retry), (NoConnection, true));
}

/// TLS says goodbye, the stream does not.
async fn close_notify(mut peer: Secure) {
    peer.io.shutdown().await.unwrap();
}

/// TCP ends, TLS does not.
async fn fin(peer: Secure) {
    let (mut tcp, _) = peer.io.into_inner();
    tcp.shutdown().await.unwrap();
}

async fn reset(peer: Secure) {
    let (tcp, _) = peer.io.into_inner();
    tcp.set_zero_linger().unwrap();
}

#[tokio::test]
async fn a_connection_that_ends_in_order_without_an_end_of_the_stream_is_closed() {
    before_the_login(close_notify, CLOSED).await;
    after_the_login(close_notify, CLOSED).await;
}

#[tokio::test]
async fn one_that_nobody_ended_is_cut() {
    before_the_login(fin, CUT).await;
    after_the_login(fin, CUT).await;
    before_the_login(reset, CUT).await;
    after_the_login(reset, CUT).await;
    let half = |mut peer: Secure| async move {
        peer.send("<message id='2'><body>half a").await;
        close_notify(peer).await;
    };
    after_the_login(half, CUT).await;
}

#[tokio::test]
async fn the_end_of_the_stream_is_a_close_whatever_follows() {
    let footer = |mut peer: Secure| async move {
        peer.send("</stream:stream>").await;
        fin(peer).await;
    };
    before_the_login(footer, CLOSED).await;
    let footer = |mut peer: Secure| async move {
        peer.send("</stream:stream>").await;
        fin(peer).await;
    };
    after_the_login(footer, CLOSED).await;
}

#[tokio::test]
async fn where_nobody_listens_the_connection_is_refused() {
    let authority = Authority::new();
    let (_socket, port) = nobodys_port();
    fails(
        &target(port, &authority),
        NoConnection,
        true,
        "connection refused",
    )
    .await;
}

#[tokio::test]
async fn what_a_server_says_outside_of_any_stanza_is_not_blamed_on_host_and_port() {
    let noise = |mut peer: Secure| async move {
        peer.send("noise").await;
        peer.until_closed().await;
    };
    after_the_login(noise, "the server sent malformed XML").await;
    // Before anything that looks like XMPP it may well be another service.
    let authority = Authority::new();
    let server = Hostile::start(|mut peer| async move {
        peer.until(">").await;
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        peer.until_closed().await;
    })
    .await;
    fails(
        &target(server.port, &authority),
        NoConnection,
        true,
        "check host and port",
    )
    .await;
}
