//! The network edge against a server that plays by a script: honest once, then lying in
//! every way of threats 84–90.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "../support/hostile.rs"]
mod hostile;

#[path = "../support/mod.rs"]
mod support;

mod acknowledgements;
mod backlog;
mod certificates;
mod client;
mod ends;
mod http;
mod lines;
mod login;
mod moves;
mod pictures;
mod poison;
mod registration;
mod servers;
mod session;
mod stanzas;
mod starttls;
mod time;

use std::time::Duration;

use hostile::{Authority, DOMAIN, Hostile, PASSWORD, Peer, USER};
use susurro::api::FailureKind;
use susurro::model::AccountOptions;
use susurro::net::connection::{EstablishError, Established, Login, Timeouts, establish_within};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// The account of these tests, on a server on this port that `authority` vouches for.
fn target(port: u16, authority: &Authority) -> Login {
    Login {
        jid: format!("{USER}@{DOMAIN}").parse().unwrap(),
        options: AccountOptions {
            server: Some(("127.0.0.1".into(), port)),
            ca_pem: Some(authority.pem.clone()),
            ..AccountOptions::default()
        },
        location: None,
        mechanism: None,
    }
}

/// A server that plays `script` from the first byte, and the account on it.
async fn plain<F, Fut, T>(script: F) -> (Login, Hostile<T>)
where
    F: FnOnce(Peer<TcpStream>) -> Fut + Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let server = Hostile::start(script).await;
    (target(server.port, &Authority::new()), server)
}

/// A server that takes us under TLS by STARTTLS, offers `features` there and plays `script`; and the account
/// on it.
async fn offers<F, Fut, T>(features: String, script: F) -> (Login, Hostile<T>)
where
    F: FnOnce(Peer<TlsStream<TcpStream>>) -> Fut + Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&features).await;
        script(peer).await
    })
    .await;
    (target(server.port, &authority), server)
}

/// Far more than anything takes here; what waits for a timeout sets its own.
const PATIENT: Timeouts = Timeouts {
    lookup: Duration::from_secs(60),
    connect: Duration::from_secs(60),
    connect_all: Duration::from_secs(60),
    tls: Duration::from_secs(60),
    step: Duration::from_secs(60),
};

/// A port where nobody listens, and which nobody else gets as long as the socket lives.
fn nobodys_port() -> (tokio::net::TcpSocket, u16) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

async fn connect(target: &Login) -> Result<Established, EstablishError> {
    establish_within(&PATIENT, target, PASSWORD, &mut |_| {}).await
}

/// The failure of a login: kind, whether it would be tried again, and words of its sentence.
async fn fails(target: &Login, kind: FailureKind, retry: bool, words: &str) {
    match connect(target).await {
        Ok(_) => panic!("logged in"),
        Err(error) => {
            let text = said(&error.failure);
            assert!(text.contains(words), "{text}");
            assert_eq!((error.failure.kind(), error.retry), (kind, retry), "{text}");
        }
    }
}

/// A failure as a command says it.
fn said(failure: &susurro::api::Failure) -> String {
    susurro::words::failure(susurro::words::Face::Commands, failure)
        .as_str()
        .to_owned()
}
