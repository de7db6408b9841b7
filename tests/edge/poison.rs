//! A server that ends the stream at one stanza: that message fails, the others leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use susurro::api::{Command, CommandId, Event, FailureKind};
use susurro::model::{self, AccountId, Clean, Left, Message, MessageState};
use susurro::session::SessionHandle;
use susurro::store::{chats, messages};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::hostile::{Authority, BIND, DOMAIN, Leaf, Peer, USER, mechanisms};
use super::support::PATIENCE;
use crate::{client, said};

/// How the server ends a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// With the error of RFC 6120 §13.12, before it has read it all.
    Named,
    /// The stream is closed in good order.
    Footer,
    /// The encrypted connection is.
    CloseNotify,
}

struct Script {
    leaf: Leaf,
    takes: usize,
    ending: Ending,
    ended: AtomicUsize,
    /// The bodies of the messages that it took.
    took: UnboundedSender<String>,
}

/// Serves one connection: no stream management, no PEP, every request refused but for the bind.
async fn serve(io: TcpStream, script: &Script) {
    let Some(mut peer) = Peer::new(io).starttls(&script.leaf).await else {
        return;
    };
    peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
    let mut scram = peer.challenge().await;
    scram.finish(&peer.message().await, &peer.exporter());
    peer.sasl("success", &scram.signature()).await;
    peer.open(BIND).await;
    loop {
        let Some(stanza) = peer.stanza(script.takes).await else {
            break;
        };
        if stanza.len() > script.takes {
            script.ended.fetch_add(1, Ordering::SeqCst);
            if script.ending == Ending::Named {
                peer.send(
                    "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                     <stanza-too-big xmlns='urn:xmpp:errors'/></stream:error>",
                )
                .await;
            }
            if script.ending != Ending::CloseNotify {
                peer.send("</stream:stream>").await;
            }
            // What is still to be read is left unread, so that the client's writing fails.
            let _ = peer.io.shutdown().await;
            return;
        }
        if stanza.starts_with("<message") {
            let body = stanza
                .split("<body>")
                .nth(1)
                .and_then(|rest| rest.split("</body>").next());
            let _ = script.took.send(body.unwrap_or_default().to_owned());
        }
        let Some(id) = stanza.split(" id=").nth(1).and_then(|rest| rest.get(1..33)) else {
            continue;
        };
        if stanza.contains("xmpp-bind") {
            peer.send(&format!(
                "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                 <jid>{USER}@{DOMAIN}/here</jid></bind></iq>"
            ))
            .await;
        } else if stanza.starts_with("<iq") {
            peer.send(&format!(
                "<iq type='error' id='{id}'><error type='cancel'><service-unavailable \
                 xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            ))
            .await;
        }
    }
}

async fn serve_all(listener: TcpListener, script: Arc<Script>) {
    loop {
        let (io, _) = listener.accept().await.unwrap();
        serve(io, &script).await;
    }
}

struct Ground {
    script: Arc<Script>,
    took: UnboundedReceiver<String>,
    handle: SessionHandle,
    account: AccountId,
    commands: u64,
}

impl Ground {
    async fn new(takes: usize, ending: Ending) -> Self {
        let authority = Authority::new();
        let leaf = authority.leaf(DOMAIN);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, took) = unbounded_channel();
        let script = Arc::new(Script {
            leaf,
            takes,
            ending,
            ended: AtomicUsize::new(0),
            took: sender,
        });
        tokio::spawn(serve_all(listener, Arc::clone(&script)));
        let (handle, account) = client::start(port, &authority);
        Self {
            script,
            took,
            handle,
            account,
            commands: 0,
        }
    }

    fn send(&mut self, to: &str, body: &str) -> CommandId {
        self.commands += 1;
        let id = CommandId(self.commands);
        let command = Command::Send {
            to: susurro::model::Peer::new(susurro::model::AccountId(1), to.parse().unwrap()),
            body: Clean::new(body),
            clear: true,
        };
        self.handle.commands.send((id, command)).unwrap();
        id
    }

    /// How a message fails in the end.
    async fn failure(&mut self, of: CommandId) -> susurro::api::Failure {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.handle.events.recv()).await;
            if let Event::Done {
                command,
                result: Err(failure),
            } = event.expect("nothing happens").unwrap()
                && command == of
            {
                return failure;
            }
        }
    }

    /// The next message that the server takes.
    async fn next(&mut self) -> String {
        let next = tokio::time::timeout(PATIENCE, self.took.recv()).await;
        next.expect("nothing leaves").unwrap()
    }

    /// Ends the session; the newest message with somebody.
    async fn last(self, peer: &str) -> Message {
        self.handle
            .commands
            .send((CommandId(u64::MAX), Command::Quit))
            .unwrap();
        let join = self.handle.join;
        let mut writer = tokio::task::spawn_blocking(|| join.join().unwrap())
            .await
            .unwrap();
        let tx = writer.transaction().unwrap();
        let chat = chats::by_peer(&tx, &model::Peer::new(self.account, peer.parse().unwrap()))
            .unwrap()
            .unwrap();
        messages::history(&tx, chat.id, None, 1).unwrap().pop().unwrap()
    }
}

#[tokio::test]
async fn a_message_that_the_server_names_as_too_large_fails_and_the_others_leave() {
    for takes in [10_000, 65_536, 250_000] {
        let mut ground = Ground::new(takes, Ending::Named).await;
        ground.send("carol@mired.test", "before");
        let poison = ground.send("bob@mired.test", &"x".repeat(takes + 5_000));
        ground.send("carol@mired.test", "after");
        let failure = ground.failure(poison).await;
        assert_eq!(failure.kind(), FailureKind::Answered, "{failure:?}");
        assert!(said(&failure).contains("Send it in parts"), "{failure:?}");
        assert_eq!(ground.next().await, "before");
        // It was not acknowledged when the stream ended.
        let mut next = ground.next().await;
        if next == "before" {
            next = ground.next().await;
        }
        assert_eq!(next, "after");
        assert_eq!(ground.script.ended.load(Ordering::SeqCst), 1, "{takes}");
        let row = ground.last("bob@mired.test").await;
        assert_eq!((row.state, row.left), (MessageState::Failed, Left::Refused));
    }
}

#[tokio::test]
async fn a_message_that_streams_end_behind_fails_and_the_others_leave() {
    for ending in [Ending::Footer, Ending::CloseNotify] {
        let mut ground = Ground::new(10_000, ending).await;
        let poison = ground.send("bob@mired.test", &"x".repeat(60_000));
        ground.send("carol@mired.test", "after");
        let failure = ground.failure(poison).await;
        assert!(
            said(&failure).contains("times in a row the connection ended"),
            "{failure:?}"
        );
        assert_eq!(ground.next().await, "after");
        assert_eq!(ground.script.ended.load(Ordering::SeqCst), 2, "{ending:?}");
        let row = ground.last("bob@mired.test").await;
        assert_eq!((row.state, row.left), (MessageState::Failed, Left::Perhaps));
    }
}

#[tokio::test]
async fn what_no_usual_server_takes_is_not_even_sent() {
    let mut ground = Ground::new(262_144, Ending::Named).await;
    let poison = ground.send("bob@mired.test", &"<".repeat(100_000));
    let failure = ground.failure(poison).await;
    assert!(said(&failure).contains("takes 262144 at once"), "{failure:?}");
    ground.send("carol@mired.test", "after");
    assert_eq!(ground.next().await, "after");
    assert_eq!(ground.script.ended.load(Ordering::SeqCst), 0);
}
