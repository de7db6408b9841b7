//! A server with much to say, whose acknowledgements stand behind all of it.

use susurro::api::{Command, CommandId, Connection, Event, State};
use susurro::model::{self, AccountId, Contact, Subscription};
use susurro::session::{self, SessionHandle};
use susurro::store::{chats, contacts, messages};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::hostile::{Authority, BIND, DOMAIN, Hostile, Peer, USER, mechanisms};
use super::support::PATIENCE;
use crate::{client, said};

/// Messages, each of which asks for a receipt.
const MANY: usize = 8_000;

const SM: &str = "<sm xmlns='urn:xmpp:sm:3'/>";

/// Up to a resumable stream.
async fn enabled(peer: Peer<TcpStream>, leaf: &super::hostile::Leaf) -> Peer<TlsStream<TcpStream>> {
    let mut peer = peer.starttls(leaf).await.unwrap();
    peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
    let mut scram = peer.challenge().await;
    let last = peer.message().await;
    scram.finish(&last, &peer.exporter());
    peer.sasl("success", &scram.signature()).await;
    peer.open(&format!("{BIND}{SM}")).await;
    let bind = peer.until("</iq>").await;
    let (_, id) = bind.split_once("id=").unwrap();
    let id = id.get(1..33).unwrap();
    peer.send(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{USER}@{DOMAIN}/here</jid></bind></iq>\
         <enabled xmlns='urn:xmpp:sm:3' id='this' resume='true'/>"
    ))
    .await;
    peer.until("<enable ").await;
    peer
}

/// What the client sent, counted as a server counts it.
#[derive(Debug, Default)]
struct Counted {
    stanzas: u32,
    receipts: usize,
    /// Most receipts between two acknowledgements.
    most: usize,
}

/// Reads until every message is answered, or nothing comes any more, and acknowledges when asked.
async fn answered(peer: &mut Peer<TlsStream<TcpStream>>) -> Counted {
    let mut counted = Counted::default();
    let mut since = 0;
    while counted.receipts < MANY {
        let text = peer.until(">").await;
        if !text.ends_with('>') {
            break;
        }
        let (_, tag) = text.rsplit_once('<').unwrap_or_default();
        let name = tag.split([' ', '>', '/']).next().unwrap_or_default();
        match name {
            "message" | "iq" | "presence" if !tag.starts_with('/') => counted.stanzas += 1,
            "received" => {
                counted.receipts += 1;
                since += 1;
                counted.most = counted.most.max(since);
            }
            "r" => {
                since = 0;
                peer.send(&format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", counted.stanzas))
                    .await;
            }
            _ => {}
        }
    }
    counted
}

fn start(port: u16, authority: &Authority) -> (SessionHandle, AccountId) {
    let (mut writer, account) = client::vault(port, authority);
    let tx = writer.transaction().unwrap();
    let bob = Contact {
        jid: "bob@mired.test".parse().unwrap(),
        name: None,
        in_roster: true,
        subscription: Subscription::Both,
        asked: false,
        requests: false,
    };
    contacts::put(&tx, account, &bob).unwrap();
    tx.commit().unwrap();
    let options = client::of_a_screen(account);
    (session::spawn(writer, None, options).unwrap(), account)
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_thousand_messages_before_the_first_acknowledgement_are_read_and_answered_on_one_stream() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let (done, all) = tokio::sync::oneshot::channel();
    let server = Hostile::start(|peer| async move {
        let mut peer = enabled(peer, &leaf).await;
        let backlog: String = (0..MANY)
            .map(|number| {
                format!(
                    "<message type='chat' from='bob@mired.test/pc' id='m{number}'><body>{number}</body>\
                     <request xmlns='urn:xmpp:receipts'/></message>"
                )
            })
            .collect();
        peer.send(&backlog).await;
        let counted = answered(&mut peer).await;
        let _ = done.send(());
        // In good order, with the count of what is stored there.
        let end = peer.until_closed().await;
        (
            counted,
            end.contains(&format!("h=\"{MANY}\"")) || end.contains(&format!("h='{MANY}'")),
        )
    })
    .await;
    let (mut handle, account) = start(server.port, &authority);
    let mut all = std::pin::pin!(all);
    let mut answered = false;
    loop {
        let event = tokio::select! {
            event = tokio::time::timeout(PATIENCE, handle.events.recv()) => event,
            _ = &mut all, if !answered => {
                answered = true;
                handle.commands.send((CommandId(1), Command::Quit)).unwrap();
                continue;
            }
        };
        match event.expect("nothing happens").expect("the session ended") {
            Event::State(State::Connection(Connection::Waiting { why, .. })) => {
                panic!("{}", said(&why))
            }
            Event::State(State::Connection(Connection::Stopped { .. })) => break,
            _ => {}
        }
    }
    let (counted, in_good_order) = server.end().await;
    assert_eq!(counted.receipts, MANY);
    assert!(counted.most <= 450, "{counted:?}");
    assert!(in_good_order);
    let mut writer = tokio::task::spawn_blocking(|| handle.join.join().unwrap())
        .await
        .unwrap();
    let tx = writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, &model::Peer::new(account, "bob@mired.test".parse().unwrap()))
        .unwrap()
        .unwrap();
    assert_eq!(
        messages::history(&tx, chat.id, None, MANY + 1).unwrap().len(),
        MANY
    );
}
