//! A server that says nothing is not waited for; each phase has its own limit.

use std::time::Duration;

use susurro::api::FailureKind;
use susurro::net::connection::{Login, Timeouts, establish_within};

use tokio::io::AsyncReadExt;

use super::hostile::{Authority, DOMAIN, Hostile, PASSWORD, PROCEED, STARTTLS, mechanisms};
use super::{PATIENT, target};

/// Long enough for what must go well before the silence, whatever else the machine does.
const SHORT: Duration = Duration::from_millis(1500);

async fn times_out(patience: Timeouts, target: &Login, words: &str) {
    let error = establish_within(&patience, target, PASSWORD, &mut |_| {})
        .await
        .err()
        .unwrap();
    let text = error.failure.text.as_str();
    assert!(
        error.retry && error.failure.kind == FailureKind::NoConnection && text.contains(words),
        "{text}"
    );
}

/// Sends `bytes` and falls silent.
async fn silent_after(bytes: &'static str) -> Hostile<()> {
    Hostile::start(move |mut peer| async move {
        peer.send(bytes).await;
        peer.until_closed().await;
    })
    .await
}

#[tokio::test]
async fn silence_before_tls() {
    let authority = Authority::new();
    let patience = Timeouts {
        step: SHORT,
        ..PATIENT
    };
    const HEADER: &str =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
    let server = silent_after("").await;
    times_out(patience, &target(server.port, &authority), "opening the stream").await;
    server.end().await;
    let server = silent_after(HEADER).await;
    times_out(
        patience,
        &target(server.port, &authority),
        "what the server offers",
    )
    .await;
    server.end().await;
    let server = Hostile::start(|mut peer| async move {
        peer.open(STARTTLS).await;
        peer.until_closed().await;
    })
    .await;
    times_out(patience, &target(server.port, &authority), "waiting for TLS").await;
    server.end().await;
}

#[tokio::test]
async fn silence_in_the_handshake() {
    let authority = Authority::new();
    let patience = Timeouts {
        tls: SHORT,
        ..PATIENT
    };
    let server = Hostile::start(|mut peer| async move {
        peer.open(STARTTLS).await;
        peer.until("</starttls>").await;
        peer.send(PROCEED).await;
        // What comes now is no text.
        let mut bytes = [0; 4096];
        while peer.io.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
    })
    .await;
    times_out(patience, &target(server.port, &authority), "setting up TLS").await;
    server.end().await;
}

#[tokio::test]
async fn silence_in_the_login() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let patience = Timeouts {
        step: SHORT,
        ..PATIENT
    };
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        peer.challenge().await;
        peer.until_closed().await;
    })
    .await;
    times_out(patience, &target(server.port, &authority), "logging in").await;
    server.end().await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_said_to_be_so() {
    let authority = Authority::new();
    let server = Hostile::start(|_| async {}).await;
    let mut target = target(server.port, &authority);
    // The first connection ends the only script, then nobody listens.
    let _ = tokio::net::TcpStream::connect(("127.0.0.1", server.port)).await;
    server.end().await;
    target.options.direct_tls = true;
    let error = establish_within(&PATIENT, &target, PASSWORD, &mut |_| {})
        .await
        .err()
        .unwrap();
    let text = error.failure.text.as_str();
    assert!(
        error.retry && error.failure.kind == FailureKind::NoConnection,
        "{text}"
    );
    assert!(text.contains("connection refused"), "{text}");
}
