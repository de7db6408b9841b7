//! A bare stream for questions to the server: binds a random resource, sends no
//! presence, asks one thing at a time.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio_xmpp::xmlstream::{ReadError, XmlStream};

use model::{BareJid, Jid};
use net::connection::Transport;
use stanza::iq::{self, IqKind};
use stanza::{Element, ns};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(15);
/// Elements that may come before the answer: a server may push a roster or events meanwhile.
const BETWEEN: usize = 500;

/// An authenticated stream.
pub struct Probe {
    stream: XmlStream<Transport, Element>,
    own: BareJid,
    asked: u32,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// The server said so: the condition of its error.
    Error(String),
    /// The connection broke, or nothing came in time.
    Silence,
}

impl Probe {
    pub fn new(stream: XmlStream<Transport, Element>, own: BareJid) -> Self {
        Self {
            stream,
            own,
            asked: 0,
        }
    }

    /// Binds a resource of the server's choice (RFC 6120 §7.6).
    pub async fn bind(&mut self) -> Result<(), Unanswered> {
        let bind = Element::builder("bind", ns::BIND).build();
        self.ask(|id| iq::set(None, id, bind)).await.map(|_| ())
    }

    /// Asks the own account.
    pub async fn get(&mut self, payload: Element) -> Result<Option<Element>, Unanswered> {
        self.ask(|id| iq::get(None, id, payload)).await
    }

    /// Asks the server itself.
    pub async fn get_server(&mut self, payload: Element) -> Result<Option<Element>, Unanswered> {
        let server = Jid::from_parts(None, self.own.domain(), None);
        self.ask(|id| iq::get(Some(&server), id, payload)).await
    }

    async fn ask(&mut self, request: impl FnOnce(&str) -> Element) -> Result<Option<Element>, Unanswered> {
        self.asked += 1;
        let id = format!("doctor-{}", self.asked);
        let request = request(&id);
        let answer = async {
            self.stream
                .send(&request)
                .await
                .map_err(|_| Unanswered::Silence)?;
            self.answer(&id).await
        };
        tokio::time::timeout(ANSWER, answer)
            .await
            .unwrap_or(Err(Unanswered::Silence))
    }

    async fn answer(&mut self, id: &str) -> Result<Option<Element>, Unanswered> {
        for _ in 0..BETWEEN {
            let element = match self.stream.next().await {
                Some(Ok(element)) => element,
                Some(Err(ReadError::SoftTimeout | ReadError::ParseError(_))) => continue,
                Some(Err(_)) | None => return Err(Unanswered::Silence),
            };
            let Some(answer) = iq::parse(&element).filter(|answer| answer.id == id) else {
                continue;
            };
            if !self.may_answer(answer.from.as_ref()) {
                continue;
            }
            match answer.kind {
                IqKind::Result(payload) => return Ok(payload),
                IqKind::Error(error) => return Err(Unanswered::Error(error.condition)),
                IqKind::Get(_) | IqKind::Set(_) => {}
            }
        }
        Err(Unanswered::Silence)
    }

    /// Only the server and the own account are asked, so only they may answer.
    fn may_answer(&self, from: Option<&Jid>) -> bool {
        from.is_none_or(|from| {
            from.to_bare() == self.own || (from.node().is_none() && from.domain() == self.own.domain())
        })
    }

    /// Says goodbye; the answer is not waited for long.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.stream.shutdown()).await;
    }
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error(condition) => write!(f, "the server says {condition}"),
            Self::Silence => f.write_str("no answer came"),
        }
    }
}
