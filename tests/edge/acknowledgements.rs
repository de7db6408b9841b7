//! A server that takes a message and whose word of that never arrives, or not whole: at each place
//! where the line can break, the message goes again as it was, under its id, until it is
//! acknowledged, and then never more.

use susurro::api::{Command, CommandId, Event};
use susurro::model::{self, Clean, MessageState};
use susurro::session::SessionHandle;
use susurro::store::{chats, messages, outbox};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use super::hostile::{Authority, BIND, DOMAIN, Leaf, Peer, USER, mechanisms};
use super::support::PATIENCE;
use crate::client;

const SM: &str = "<sm xmlns='urn:xmpp:sm:3'/>";

/// Where the line breaks around the acknowledgement of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The message has been read to its last byte, and nothing was answered.
    AfterTheMessage,
    /// It was asked for an acknowledgement.
    AfterTheRequest,
    /// What came before it is acknowledged.
    AfterAnEarlierOne,
    /// In the middle of the acknowledgement, behind the first digits of its count.
    Within,
    /// At the last byte of it.
    BeforeTheLastByte,
    /// Behind it.
    After,
}

/// What one stream brought.
struct Heard {
    peer: Peer<TlsStream<TcpStream>>,
    /// Stanzas so far, as a server counts them.
    count: u32,
}

impl Heard {
    /// The login, up to a stream with stream management. Nothing of the old one is left.
    async fn login(io: TcpStream, leaf: &Leaf) -> Self {
        let mut peer = Peer::new(io).starttls(leaf).await.unwrap();
        peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
        let mut scram = peer.challenge().await;
        scram.finish(&peer.message().await, &peer.exporter());
        peer.sasl("success", &scram.signature()).await;
        peer.open(&format!("{BIND}{SM}")).await;
        let mut this = Self { peer, count: 0 };
        loop {
            let tag = this.tag().await;
            if tag.starts_with("<resume") {
                this.peer
                    .send("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
                    .await;
            } else if tag.starts_with("<iq") {
                this.peer.until("</iq>").await;
                this.peer
                    .send(&format!(
                        "<iq type='result' id='{}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{USER}@{DOMAIN}/here</jid>\
                         </bind></iq>",
                        id_of(&tag)
                    ))
                    .await;
            } else if tag.starts_with("<enable") {
                this.peer
                    .send("<enabled xmlns='urn:xmpp:sm:3' id='this' resume='true'/>")
                    .await;
                return this;
            }
        }
    }

    /// The next tag.
    async fn tag(&mut self) -> String {
        let text = self.peer.until(">").await;
        assert!(text.ends_with('>'), "the client hung up: {text}");
        text.get(text.rfind('<').expect("a tag")..).unwrap().to_owned()
    }

    /// The next message, whole. Until then requests are refused and what is asked about is acknowledged.
    async fn message(&mut self) -> String {
        loop {
            let tag = self.tag().await;
            let name = tag.trim_start_matches('<').split([' ', '/', '>']).next();
            self.count += u32::from(matches!(name, Some("iq" | "message" | "presence")));
            match name {
                Some("message") => return format!("{tag}{}", self.peer.until("</message>").await),
                Some("iq") => {
                    let refused = format!(
                        "<iq type='error' id='{}'><error type='cancel'><service-unavailable \
                         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                        id_of(&tag)
                    );
                    self.peer.send(&refused).await;
                }
                Some("r") => self.acknowledge(self.count).await,
                _ => {}
            }
        }
    }

    async fn acknowledge(&mut self, count: u32) {
        self.peer.send(&acknowledgement(count)).await;
    }

    /// Breaks the line there: the client has read what was sent before it.
    async fn cut(mut self, at: Cut) {
        let whole = acknowledgement(self.count);
        let upto = |mark: &str| whole.find(mark).unwrap() + mark.len();
        let said = match at {
            Cut::AfterTheMessage => "",
            Cut::AfterTheRequest => {
                while !self.tag().await.starts_with("<r ") {}
                ""
            }
            Cut::AfterAnEarlierOne => &acknowledgement(self.count - 1),
            Cut::Within => &whole[..=upto("h='")],
            Cut::BeforeTheLastByte => &whole[..whole.len() - 1],
            Cut::After => &whole,
        };
        self.peer.send(said).await;
        // TCP ends in order, so that all of it is read; TLS and the stream do not.
        let (mut tcp, _) = self.peer.io.into_inner();
        tcp.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut tcp, &mut rest).await;
    }
}

fn acknowledgement(count: u32) -> String {
    format!("<a xmlns='urn:xmpp:sm:3' h='{count}'/>")
}

fn id_of(tag: &str) -> &str {
    let (_, id) = tag.split_once(" id=").expect("an id");
    id.get(1..33).expect("ours are so long")
}

fn send(handle: &SessionHandle, number: u64, body: &str) {
    let command = Command::Send {
        to: susurro::model::Peer::new(susurro::model::AccountId(1), "bob@mired.test".parse().unwrap()),
        body: Clean::new(body),
        clear: true,
    };
    handle.commands.send((CommandId(number), command)).unwrap();
}

/// Waits for the end of a command.
async fn stored(handle: &mut SessionHandle, number: u64) {
    loop {
        let event = tokio::time::timeout(PATIENCE, handle.events.recv()).await;
        if let Event::Done { command, result } = event.expect("nothing happens").unwrap()
            && command == CommandId(number)
        {
            assert!(result.is_ok(), "{result:?}");
            return;
        }
    }
}

/// The messages of two streams: the line of the first breaks at `cut`, on the second
/// everything is acknowledged.
async fn around(cut: Cut) -> [Vec<String>; 2] {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (mut handle, _) = client::start(listener.local_addr().unwrap().port(), &authority);
    send(&handle, 1, "once");
    stored(&mut handle, 1).await;
    let (io, _) = listener.accept().await.unwrap();
    let mut heard = Heard::login(io, &leaf).await;
    let first = vec![heard.message().await];
    heard.cut(cut).await;
    send(&handle, 2, "after");
    let (io, _) = listener.accept().await.unwrap();
    let mut heard = Heard::login(io, &leaf).await;
    let mut second = Vec::new();
    while !second
        .last()
        .is_some_and(|last: &String| last.contains(">after<"))
    {
        second.push(heard.message().await);
    }
    handle.commands.send((CommandId(3), Command::Quit)).unwrap();
    [first, second]
}

#[tokio::test]
async fn a_message_whose_acknowledgement_never_came_is_sent_again_as_it_was() {
    for cut in [
        Cut::AfterTheMessage,
        Cut::AfterTheRequest,
        Cut::AfterAnEarlierOne,
        Cut::Within,
        Cut::BeforeTheLastByte,
    ] {
        let [first, second] = around(cut).await;
        assert!(first[0].contains(">once<"), "{cut:?}: {first:?}");
        assert_eq!(second.len(), 2, "{cut:?}: {second:?}");
        assert_eq!(second[0], first[0], "{cut:?}");
    }
}

#[tokio::test]
async fn a_message_whose_acknowledgement_came_before_the_cut_is_not_sent_again() {
    let [first, second] = around(Cut::After).await;
    assert!(first[0].contains(">once<"), "{first:?}");
    assert_eq!(second.len(), 1, "{second:?}");
}

#[tokio::test]
async fn a_message_that_is_acknowledged_while_we_leave_has_left_for_good() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (mut handle, account) = client::start(listener.local_addr().unwrap().port(), &authority);
    send(&handle, 1, "once");
    stored(&mut handle, 1).await;
    let (io, _) = listener.accept().await.unwrap();
    let mut heard = Heard::login(io, &leaf).await;
    assert!(heard.message().await.contains(">once<"));
    handle.commands.send((CommandId(2), Command::Quit)).unwrap();
    heard.peer.until("</stream:stream>").await;
    heard.acknowledge(heard.count).await;
    heard.peer.send("</stream:stream>").await;
    while handle.events.recv().await.is_some() {}
    let mut writer = handle.join.join().unwrap();
    let tx = writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, &model::Peer::new(account, "bob@mired.test".parse().unwrap())).unwrap();
    let rows = messages::history(&tx, chat.unwrap().id, None, 10).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].state, MessageState::Sent);
    assert!(outbox::by_message(&tx, rows[0].id).unwrap().is_none());
}
