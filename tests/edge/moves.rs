//! Servers that send us elsewhere.

use std::io::ErrorKind;

use susurro::api::{Command, CommandId, Connection, Event, FailureKind, State};
use susurro::session::{self, SessionOptions};
use tokio::net::TcpListener;

use super::hostile::{Authority, BIND, DOMAIN, Hostile, Leaf, Peer, USER, mechanisms};
use super::support::PATIENCE;
use super::{connect, fails, target};
use crate::{client, said};

fn elsewhere(place: &str) -> String {
    format!(
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{place}</see-other-host></stream:error>\
         </stream:stream>"
    )
}

/// Sends whoever comes to `place`, as soon as TLS stands.
async fn sends_to(place: String, leaf: Leaf) -> Hostile<()> {
    Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.header().await;
        peer.send(&elsewhere(&place)).await;
        peer.until_closed().await;
    })
    .await
}

async fn honest(leaf: Leaf) -> Hostile<bool> {
    Hostile::start(|peer| async move {
        let Some(mut peer) = peer.starttls(&leaf).await else {
            return false;
        };
        let header = peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        assert!(header.contains("to='mired.test'"), "{header}");
        peer.login().await.proof_is_right
    })
    .await
}

#[tokio::test]
async fn under_tls_another_host_is_followed() {
    let authority = Authority::new();
    let last = honest(authority.leaf(DOMAIN)).await;
    let middle = sends_to(format!("127.0.0.1:{}", last.port), authority.leaf(DOMAIN)).await;
    let first = sends_to(format!(" 127.0.0.1:{}\n", middle.port), authority.leaf(DOMAIN)).await;
    assert!(connect(&target(first.port, &authority)).await.is_ok());
    assert!(last.end().await);
}

#[tokio::test]
async fn it_is_followed_after_the_login_as_well_and_whichever_way_tls_begins_there() {
    let authority = Authority::new();
    let (leaf, other_leaf) = (authority.leaf(DOMAIN), authority.leaf(DOMAIN));
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = format!("127.0.0.1:{}", other.local_addr().unwrap().port());
    let last = tokio::spawn(async move {
        // A stream header is no TLS: broken off. Then TLS at once.
        drop(other.accept().await.unwrap());
        let (io, _) = other.accept().await.unwrap();
        let mut peer = Peer::new(io).tls(&other_leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        peer.login().await.proof_is_right
    });
    let first = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        let mut scram = peer.challenge().await;
        scram.finish(&peer.message().await, &peer.exporter());
        peer.sasl("success", &scram.signature()).await;
        peer.header().await;
        peer.send(&elsewhere(&place)).await;
        peer.until_closed().await;
    })
    .await;
    assert!(connect(&target(first.port, &authority)).await.is_ok());
    assert!(last.await.unwrap());
}

#[tokio::test]
async fn the_certificate_is_checked_for_the_domain_wherever_it_is() {
    let authority = Authority::new();
    let other = honest(authority.leaf("other.test")).await;
    let first = sends_to(format!("127.0.0.1:{}", other.port), authority.leaf(DOMAIN)).await;
    let words = "certificate is not for mired.test";
    fails(
        &target(first.port, &authority),
        FailureKind::NoConnection,
        false,
        words,
    )
    .await;
    assert!(!other.end().await);
}

#[tokio::test]
async fn places_that_are_none_are_not_followed() {
    for place in ["", "a b", "evil.test/<x>", "mired.test:99999", ":5222"] {
        let authority = Authority::new();
        let first = sends_to(place.replace('<', "&lt;"), authority.leaf(DOMAIN)).await;
        fails(
            &target(first.port, &authority),
            FailureKind::NoConnection,
            true,
            "another host",
        )
        .await;
    }
}

/// A server that sends everybody back to itself, `times` times; then nobody is served any more.
async fn round(listener: TcpListener, leaf: Leaf, times: usize) -> TcpListener {
    let place = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    for _ in 0..times {
        let (io, _) = listener.accept().await.unwrap();
        let mut peer = Peer::new(io).starttls(&leaf).await.unwrap();
        peer.header().await;
        peer.send(&elsewhere(&place)).await;
        peer.until_closed().await;
    }
    listener
}

/// That nobody has come since: whoever did stands in the kernel's queue.
fn assert_nobody_came(listener: TcpListener) {
    let listener = listener.into_std().unwrap();
    let came = listener.accept();
    let nobody = came
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    assert!(nobody, "somebody came: {came:?}");
}

#[tokio::test]
async fn five_times_and_no_more() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(round(listener, authority.leaf(DOMAIN), 6));
    let words = "from host to host more than 5 times";
    fails(&target(port, &authority), FailureKind::NoConnection, true, words).await;
    assert_nobody_came(server.await.unwrap());
}

/// Binds whoever logs in, says `last`, and waits for the end.
async fn bound(io: tokio::net::TcpStream, leaf: &Leaf, last: &str) {
    let mut peer = Peer::new(io).starttls(leaf).await.unwrap();
    peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
    let mut scram = peer.challenge().await;
    scram.finish(&peer.message().await, &peer.exporter());
    peer.sasl("success", &scram.signature()).await;
    peer.open(BIND).await;
    let bind = peer.until("</iq>").await;
    let (_, id) = bind.split_once("id=").unwrap();
    let id = id.get(1..33).unwrap().to_owned();
    peer.send(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{USER}@{DOMAIN}/here</jid></bind></iq>"
    ))
    .await;
    peer.send(last).await;
    peer.until_closed().await;
}

fn start(port: u16, authority: &Authority) -> session::SessionHandle {
    let (writer, account) = client::vault(port, authority);
    let options = SessionOptions {
        stay: false,
        ..client::of_a_screen(account)
    };
    session::spawn(writer, None, options).unwrap()
}

async fn connection(handle: &mut session::SessionHandle) -> Connection {
    loop {
        let event = tokio::time::timeout(PATIENCE, handle.events.recv()).await;
        match event.expect("nothing happens").expect("the session ended") {
            Event::State(State::Connection(Connection::Connecting { .. })) => {}
            Event::State(State::Connection(connection)) => return connection,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_server_that_moves_while_we_are_online_is_followed_at_once() {
    let authority = Authority::new();
    let (leaf, other_leaf) = (authority.leaf(DOMAIN), authority.leaf(DOMAIN));
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = first.local_addr().unwrap().port();
    let place = format!("127.0.0.1:{}", other.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (io, _) = first.accept().await.unwrap();
        bound(io, &leaf, &elsewhere(&place)).await;
    });
    let moved = tokio::spawn(async move {
        let (io, _) = other.accept().await.unwrap();
        bound(io, &other_leaf, "").await;
    });
    let mut handle = start(port, &authority);
    for _ in 0..2 {
        let state = connection(&mut handle).await;
        assert!(matches!(state, Connection::Online(_)), "{state:?}");
    }
    handle.commands.send((CommandId(1), Command::Quit)).unwrap();
    moved.await.unwrap();
}

#[tokio::test]
async fn whoever_is_thrown_out_by_a_copy_does_not_throw_it_out_in_turn() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut handle = start(server.local_addr().unwrap().port(), &authority);
    let served = tokio::spawn(async move {
        let (io, _) = server.accept().await.unwrap();
        let conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
        bound(io, &leaf, conflict).await;
        server
    });
    assert!(matches!(connection(&mut handle).await, Connection::Online(_)));
    match connection(&mut handle).await {
        Connection::Stopped { why: Some(why) } => {
            assert!(said(&why).contains("copy of this profile"), "{why:?}");
        }
        other => panic!("{other:?}"),
    }
    // Once the session has ended there is nobody left to come.
    tokio::task::spawn_blocking(|| handle.join.join().unwrap())
        .await
        .unwrap();
    assert_nobody_came(served.await.unwrap());
}
