//! A server that says nothing is not waited for; each phase has its own limit.

use std::future::Future;
use std::time::Duration;

use susurro::api::FailureKind;
use susurro::model::Step;
use susurro::net::connection::{Timeouts, establish_within};

use tokio::io::AsyncReadExt;

use super::hostile::{Authority, DOMAIN, Hostile, PASSWORD, PROCEED, STARTTLS, Scram, mechanisms};
use super::{PATIENT, nobodys_port, target};
use crate::said;

/// What must go well before the silence has this time, too. A machine that is too
/// busy for that is given more.
const SHORT: [Duration; 3] = [
    Duration::from_millis(1500),
    Duration::from_secs(8),
    Duration::from_secs(50),
];

/// A server that falls silent is given up in the words for that step.
async fn times_out<Fut: Future<Output = Hostile<()>>>(
    silent: impl Fn() -> Fut,
    authority: &Authority,
    patience: impl Fn(Duration) -> Timeouts,
    words: &str,
) {
    let mut text = String::new();
    for short in SHORT {
        let server = silent().await;
        let target = target(server.port, authority);
        let error = establish_within(&patience(short), &target, PASSWORD, &mut |_| {})
            .await
            .err()
            .unwrap();
        server.end().await;
        text = said(&error.failure);
        assert!(
            error.retry && error.failure.kind() == FailureKind::NoConnection,
            "{text}"
        );
        if text.contains(words) {
            return;
        }
    }
    panic!("{text}");
}

/// Each step before TLS and in the login has this time.
fn step(short: Duration) -> Timeouts {
    Timeouts {
        step: short,
        ..PATIENT
    }
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
async fn no_certificate_is_said_to_be_checked_before_the_server_has_said_anything() {
    let authority = Authority::new();
    let server = Hostile::start(|mut peer| async move { peer.send("").await }).await;
    let target = target(server.port, &authority);
    let mut steps = Vec::new();
    let ended = establish_within(&PATIENT, &target, PASSWORD, &mut |step| steps.push(step)).await;
    assert!(ended.is_err());
    server.end().await;
    assert_eq!(steps.last(), Some(&Step::OpeningStream), "{steps:?}");
}

#[tokio::test]
async fn silence_before_tls() {
    const HEADER: &str =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
    let authority = Authority::new();
    for (said, words) in [("", "opening the stream"), (HEADER, "what the server offers")] {
        times_out(|| silent_after(said), &authority, step, words).await;
    }
    let offered = || {
        Hostile::start(|mut peer| async move {
            peer.open(STARTTLS).await;
            peer.until_closed().await;
        })
    };
    times_out(offered, &authority, step, "waiting for TLS").await;
}

#[tokio::test]
async fn silence_in_the_handshake() {
    let authority = Authority::new();
    let silent = || {
        Hostile::start(|mut peer| async move {
            peer.open(STARTTLS).await;
            peer.until("</starttls>").await;
            peer.send(PROCEED).await;
            // What comes now is no text.
            let mut bytes = [0; 4096];
            while peer.io.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
        })
    };
    let patience = |short| Timeouts {
        tls: short,
        ..PATIENT
    };
    times_out(silent, &authority, patience, "setting up TLS").await;
}

#[tokio::test]
async fn silence_in_the_login() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let silent = || {
        let leaf = leaf.clone();
        Hostile::start(move |peer| async move {
            // Not to the end, where the client has given up before.
            let Some(mut peer) = peer.starttls(&leaf).await else {
                return;
            };
            peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
            let first = peer.message().await;
            if first.is_empty() {
                return;
            }
            let challenge = Scram::begin(&first).challenge(4096, "");
            peer.sasl("challenge", &challenge).await;
            peer.until_closed().await;
        })
    };
    times_out(silent, &authority, step, "logging in").await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_said_to_be_so() {
    let authority = Authority::new();
    let (_socket, port) = nobodys_port();
    let mut target = target(port, &authority);
    target.options.direct_tls = true;
    let error = establish_within(&PATIENT, &target, PASSWORD, &mut |_| {})
        .await
        .err()
        .unwrap();
    let text = said(&error.failure);
    assert!(
        error.retry && error.failure.kind() == FailureKind::NoConnection,
        "{text}"
    );
    assert!(text.contains("connection refused"), "{text}");
}
