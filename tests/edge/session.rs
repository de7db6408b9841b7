//! The session of a front end that stays: a login that was refused is not the end of it.

use susurro::api::{
    Command, CommandId, Connection, Event, FailureKind, Online, Outcome, Remembered, Secret, State,
};
use susurro::model::{self, BareJid, Clean};
use susurro::session::{self, SessionHandle};
use susurro::store::{accounts, chats};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use super::hostile::{Authority, DOMAIN, Leaf, PASSWORD, Peer, USER, mechanisms};
use super::support::PATIENCE;
use crate::client;

/// Refuses whoever does not know the password. With the right one: the resource is bound, and whether the
/// client then leaves in good order is the answer.
async fn serve(io: TcpStream, leaf: &Leaf) -> Option<bool> {
    let mut peer = Peer::new(io).starttls(leaf).await.unwrap();
    peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
    let mut scram = peer.challenge().await;
    let seen = scram.finish(&peer.message().await, &peer.exporter());
    if !seen.proof_is_right {
        peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
            .await;
        peer.until_closed().await;
        return None;
    }
    peer.sasl("success", &scram.signature()).await;
    peer.open(super::hostile::BIND).await;
    let bind = peer.until("</iq>").await;
    let (_, id) = bind.split_once("id=").unwrap();
    let id = id.get(1..33).unwrap();
    peer.send(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>{USER}@{DOMAIN}/here</jid></bind></iq>"
    ))
    .await;
    Some(peer.until_closed().await.ends_with("</stream:stream>"))
}

async fn next(handle: &mut SessionHandle) -> Event {
    let event = tokio::time::timeout(PATIENCE, handle.events.recv()).await;
    event.expect("nothing happens").expect("the session ended")
}

/// The next state of the connection that is no step on the way.
async fn connection(handle: &mut SessionHandle) -> Connection {
    loop {
        match next(handle).await {
            Event::State(State::Connection(Connection::Connecting { .. })) => {}
            Event::State(State::Connection(connection)) => return connection,
            _ => {}
        }
    }
}

async fn refused(handle: &mut SessionHandle) {
    match connection(handle).await {
        Connection::Stopped { why: Some(why) } => assert_eq!(why.kind(), FailureKind::LoginRefused),
        other => panic!("{other:?}"),
    }
}

async fn done(handle: &mut SessionHandle, id: u64) {
    loop {
        if let Event::Done { command, result } = next(handle).await
            && command == CommandId(id)
        {
            assert_eq!(result, Ok(Outcome::Done));
            return;
        }
    }
}

/// How many were refused before one got in, and whether that one left in good order.
async fn serve_all(listener: TcpListener, leaf: Leaf) -> (usize, bool) {
    let mut refused = 0;
    loop {
        let (io, _) = listener.accept().await.unwrap();
        match serve(io, &leaf).await {
            None => refused += 1,
            Some(in_good_order) => return (refused, in_good_order),
        }
    }
}

fn command(handle: &SessionHandle, id: u64, command: Command) {
    handle.commands.send((CommandId(id), command)).unwrap();
}

#[tokio::test]
async fn after_a_refused_password_drafts_are_kept_and_the_right_one_gets_online() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (writer, account) = client::vault_with(
        listener.local_addr().unwrap().port(),
        &authority,
        "not the pencil",
    );
    let server = tokio::spawn(serve_all(listener, leaf));
    let mut handle = session::spawn(writer, None, client::of_a_screen(account)).unwrap();
    let bob: BareJid = "bob@mired.test".parse().unwrap();
    refused(&mut handle).await;
    let draft = Remembered::Draft {
        text: Clean::new("are you there"),
        about: None,
    };
    command(
        &handle,
        1,
        Command::Remember {
            chat: susurro::model::Peer::new(susurro::model::AccountId(1), bob.clone()),
            what: draft,
        },
    );
    done(&mut handle, 1).await;
    // The same password once more is refused once more.
    command(&handle, 2, Command::Connect);
    done(&mut handle, 2).await;
    refused(&mut handle).await;
    command(
        &handle,
        3,
        Command::SetPassword(Secret(Zeroizing::new(PASSWORD.to_owned()))),
    );
    done(&mut handle, 3).await;
    match connection(&mut handle).await {
        Connection::Online(Online { bound, .. }) => assert_eq!(bound.as_str(), "ana@mired.test/here"),
        other => panic!("{other:?}"),
    }
    // Online there is nothing to connect.
    command(&handle, 4, Command::Connect);
    done(&mut handle, 4).await;
    command(&handle, 5, Command::Quit);
    assert_eq!(connection(&mut handle).await, Connection::Stopped { why: None });
    assert_eq!(server.await.unwrap(), (2, true));
    let mut writer = tokio::task::spawn_blocking(|| handle.join.join().unwrap())
        .await
        .unwrap();
    let tx = writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, &model::Peer::new(account, bob.clone()))
        .unwrap()
        .unwrap();
    let view = chats::view(&tx, chat.id).unwrap().unwrap();
    assert_eq!(view.draft.as_str(), "are you there");
    assert_eq!(
        accounts::get(&tx, account).unwrap().unwrap().password.as_str(),
        PASSWORD
    );
}

/// A server without stream management, which sends a message when it hears that the client leaves.
async fn serve_last(io: TcpStream, leaf: &Leaf) {
    let mut peer = Peer::new(io).starttls(leaf).await.unwrap();
    peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
    let mut scram = peer.challenge().await;
    let last = peer.message().await;
    scram.finish(&last, &peer.exporter());
    peer.sasl("success", &scram.signature()).await;
    peer.open(super::hostile::BIND).await;
    let bind = peer.until("</iq>").await;
    let (_, id) = bind.split_once("id=").unwrap();
    let id = id.get(1..33).unwrap();
    peer.send(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>{USER}@{DOMAIN}/here</jid></bind></iq>"
    ))
    .await;
    peer.until("</stream:stream>").await;
    peer.send(
        "<message type='chat' from='bob@mired.test/pc' id='m1'><body>just one more thing</body></message>",
    )
    .await;
    peer.send("</stream:stream>").await;
    peer.until_closed().await;
}

#[tokio::test]
async fn what_comes_while_we_leave_a_server_that_tells_it_once_is_kept() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (mut writer, account) = client::vault_with(
        listener.local_addr().unwrap().port(),
        &authority,
        "not the pencil",
    );
    let tx = writer.transaction().unwrap();
    accounts::set_password(&tx, account, PASSWORD).unwrap();
    tx.commit().unwrap();
    let server = tokio::spawn(async move {
        let (io, _) = listener.accept().await.unwrap();
        serve_last(io, &leaf).await;
    });
    let mut handle = session::spawn(writer, None, client::of_a_screen(account)).unwrap();
    assert!(matches!(connection(&mut handle).await, Connection::Online(_)));
    command(&handle, 1, Command::Quit);
    while handle.events.recv().await.is_some() {}
    server.await.unwrap();
    let mut writer = handle.join.join().unwrap();
    let tx = writer.transaction().unwrap();
    let bob: BareJid = "bob@mired.test".parse().unwrap();
    let chat = chats::by_peer(&tx, &model::Peer::new(account, bob.clone()))
        .unwrap()
        .expect("it is kept");
    let rows = susurro::store::messages::history(&tx, chat.id, None, 10).unwrap();
    let bodies: Vec<_> = rows.iter().filter_map(|row| row.body.as_ref()).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0].as_str(), "just one more thing");
}
