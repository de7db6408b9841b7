//! Two accounts at once: what one server does not take keeps nobody waiting.

use std::fmt::Write as _;

use susurro::api::{Change, Command, CommandId, Connection, Event, Remembered, State};
use susurro::model::{AccountId, AccountOptions, BareJid, Clean, Contact, Subscription};
use susurro::session::{self, LineHandle};
use susurro::store::{Writer, accounts, contacts};
use tokio::net::TcpStream;
use tokio::sync::oneshot::{Receiver, Sender, channel};
use tokio_rustls::server::TlsStream;

use super::hostile::{Authority, BIND, DOMAIN, Hostile, Leaf, PASSWORD, Peer, mechanisms};
use super::support::PATIENCE;
use crate::client;

/// More than all buffers on the way hold, and less than what makes a line stop reading.
const LARGE: usize = 20;
const LENGTH: usize = 250_000;

type Secure = Peer<TlsStream<TcpStream>>;

/// The login, up to the bound resource. No stream management, no PEP.
async fn bound(peer: Peer<TcpStream>, leaf: &Leaf, user: &str) -> Secure {
    let mut peer = peer.starttls(leaf).await.unwrap();
    peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
    let mut scram = peer.challenge().await;
    scram.finish(&peer.message().await, &peer.exporter());
    peer.sasl("success", &scram.signature()).await;
    peer.open(BIND).await;
    let bind = peer.until("</iq>").await;
    peer.send(&format!(
        "<iq type='result' id='{}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{user}@{DOMAIN}/here</jid></bind></iq>",
        id_of(&bind)
    ))
    .await;
    peer
}

fn id_of(stanza: &str) -> &str {
    let (_, id) = stanza.split_once(" id=").expect("an id");
    id.get(1..33).expect("ours are so long")
}

/// The next message. Until then every request is refused.
async fn message(peer: &mut Secure) -> String {
    loop {
        let stanza = peer.stanza(2 * LENGTH).await.expect("the client hung up");
        if stanza.starts_with("<message") {
            return stanza;
        }
        if stanza.starts_with("<iq") {
            peer.send(&format!(
                "<iq type='error' id='{}'><error type='cancel'><service-unavailable \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                id_of(&stanza)
            ))
            .await;
        }
    }
}

/// Takes one message and then nothing more, says something all the same, and in the end takes
/// the rest: its bodies' numbers.
async fn stalled(
    mut peer: Secure,
    is_stuck: Sender<()>,
    speaks: Receiver<()>,
    goes_on: Receiver<()>,
) -> String {
    message(&mut peer).await;
    is_stuck.send(()).unwrap();
    speaks.await.unwrap();
    peer.send("<message type='chat' from='bob@mired.test/pc' id='m1'><body>are you stuck?</body></message>")
        .await;
    goes_on.await.unwrap();
    let mut numbers = String::new();
    for _ in 0..LARGE {
        let message = message(&mut peer).await;
        let body = message.split("<body>").nth(1).unwrap();
        write!(numbers, "{} ", body.split(' ').next().unwrap()).unwrap();
    }
    numbers
}

/// Says something that asks for an answer, and gets it.
async fn honest(mut peer: Secure, speaks: Receiver<()>) -> String {
    speaks.await.unwrap();
    peer.send(
        "<message type='chat' from='bob@mired.test/pc' id='m2'><body>and you?</body><request xmlns='urn:xmpp:receipts'/></message>",
    )
    .await;
    message(&mut peer).await
}

/// An account of `user`, with Bob among its contacts.
fn account(writer: &mut Writer, user: &str, port: u16, authority: &Authority) -> AccountId {
    let tx = writer.transaction().unwrap();
    let options = AccountOptions {
        server: Some(("127.0.0.1".to_owned(), port)),
        ca_pem: Some(authority.pem.clone()),
        ..AccountOptions::default()
    };
    let own: BareJid = format!("{user}@{DOMAIN}").parse().unwrap();
    let account = accounts::add(&tx, &own, PASSWORD, &options, "here").unwrap();
    let bob = Contact {
        jid: bob(),
        name: None,
        in_roster: true,
        subscription: Subscription::Both,
        asked: false,
        requests: false,
    };
    contacts::put(&tx, account, &bob).unwrap();
    tx.commit().unwrap();
    account
}

fn bob() -> BareJid {
    "bob@mired.test".parse().unwrap()
}

/// Waits for an event like that.
async fn until(line: &mut LineHandle, is_it: impl Fn(&Event) -> bool) {
    loop {
        let event = tokio::time::timeout(PATIENCE, line.events.recv()).await;
        let event = event.expect("nothing happens").expect("the session ended");
        let lost = matches!(
            &event,
            Event::State(State::Connection(Connection::Waiting { .. }))
        );
        assert!(!lost, "{event:?}");
        if is_it(&event) {
            return;
        }
    }
}

async fn online(line: &mut LineHandle) {
    until(line, |event| {
        matches!(event, Event::State(State::Connection(Connection::Online(_))))
    })
    .await;
}

/// Asks for it and waits until it is done.
async fn perform(line: &mut LineHandle, number: u64, command: Command) {
    line.commands.send((CommandId(number), command)).unwrap();
    until(line, |event| match event {
        Event::Done { command, result } => {
            assert!(result.is_ok(), "{result:?}");
            *command == CommandId(number)
        }
        _ => false,
    })
    .await;
}

/// The chat with Bob of the first account, or of the second.
fn chat(account: i64) -> susurro::model::Peer {
    susurro::model::Peer::new(AccountId(account), bob())
}

fn write(body: &str) -> Command {
    Command::Send {
        to: chat(1),
        body: Clean::new(body),
        clear: true,
    }
}

fn draft(account: i64) -> Command {
    Command::Remember {
        chat: chat(account),
        what: Remembered::Draft {
            text: Clean::new("a draft"),
            about: None,
        },
    }
}

fn new_message(event: &Event) -> bool {
    matches!(event, Event::Changed(Change::Messages(_)))
}

fn start(writer: Writer, accounts: [AccountId; 2]) -> session::EngineHandle {
    let options = accounts.map(client::of_a_screen);
    session::spawn_all(writer, None, &options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_nothing_delays_neither_commands_nor_another_line() {
    let authority = Authority::new();
    let (is_stuck, stuck) = channel();
    let (speak, speaks) = channel();
    let (go_on, goes_on) = channel();
    let leaf = authority.leaf(DOMAIN);
    let stalled = Hostile::start(|peer| async move {
        stalled(bound(peer, &leaf, "ana").await, is_stuck, speaks, goes_on).await
    })
    .await;
    let (ask, asks) = channel();
    let leaf = authority.leaf(DOMAIN);
    let honest =
        Hostile::start(|peer| async move { honest(bound(peer, &leaf, "eva").await, asks).await }).await;
    let mut writer = Writer::in_memory().unwrap();
    let ana = account(&mut writer, "ana", stalled.port, &authority);
    let eva = account(&mut writer, "eva", honest.port, &authority);
    let mut engine = start(writer, [ana, eva]);
    let [ana, eva] = engine.lines.as_mut_slice() else {
        panic!("two lines");
    };
    online(ana).await;
    online(eva).await;
    perform(ana, 1, write("first")).await;
    stuck.await.unwrap();
    for number in 0..LARGE {
        let body = format!("{number} {}", "x".repeat(LENGTH));
        perform(ana, 2, write(&body)).await;
    }
    // Nothing of this waits for it.
    perform(ana, 3, draft(1)).await;
    perform(eva, 1, draft(2)).await;
    ask.send(()).unwrap();
    until(eva, new_message).await;
    let answer = honest.end().await;
    assert!(
        answer.contains("urn:xmpp:receipts") && answer.contains("m2"),
        "{answer}"
    );
    // What the server says meanwhile is heard too.
    while ana.events.try_recv().is_ok() {}
    speak.send(()).unwrap();
    until(ana, new_message).await;
    // And in the end all of it arrives, on the same stream.
    go_on.send(()).unwrap();
    let expected: String = (0..LARGE).map(|number| format!("{number} ")).collect();
    assert_eq!(stalled.end().await, expected);
}
