//! The one select loop of a stream: whatever happens becomes an input of the core, handled in one transaction; its
//! effects run after the commit.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use minidom::Element;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;
use tokio_xmpp::xmlstream::{ReadError, XmlStream};

use super::parting::{self, Unwritten, Words};
use super::run::{End, Session, store_failure};
use api::{Command, CommandId, Event, Failure, FailureKind};
use model::Timestamp;
use net::connection::{CLOSED, EstablishError, elsewhere};
use net::connection::{Established, Transport};
use net::guard::{PART, Replaced, Why};
use protocol::{Effect, Ended, Input, Protocol};
use stanza::{announced, ns};
use store::StoreError;

/// How long the server may take to read what we send, beside the time that the line needs for it.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How long closing in good order may take.
const CLOSE_PATIENCE: Duration = Duration::from_secs(3);

/// The stream, and what the guard replaced on it.
pub(super) type Online = (XmlStream<Transport, Element>, UnboundedReceiver<Replaced>);

impl Session {
    pub(super) async fn while_online(
        &mut self,
        core: &mut Protocol,
        stream: Established,
    ) -> Result<End, StoreError> {
        let Established {
            stream,
            features,
            facts,
            mechanism,
            replaced,
        } = stream;
        let mut online: Online = (stream, replaced);
        let mut input = Input::Opened {
            features,
            facts,
            mechanism,
        };
        loop {
            if let Some(end) = self.feed(core, input, Some(&mut online)).await? {
                return self.part(core, &mut online, end).await;
            }
            while let Ok(replaced) = online.1.try_recv() {
                let left_out = left_out(replaced);
                if let Some(end) = self.feed(core, left_out, Some(&mut online)).await? {
                    return self.part(core, &mut online, end).await;
                }
            }
            input = tokio::select! {
                read = online.0.next() => match read {
                    Some(Ok(element)) => {
                        tracing::trace!(name = element.name(), "an element arrived");
                        if element.is("error", ns::STREAM) {
                            self.moved = elsewhere(&element);
                        }
                        arrived(element)
                    }
                    Some(Err(ReadError::HardError(error))) => {
                        if let Some(ended) = parting::how(&error) {
                            self.feed(core, Input::Ended(ended), None).await?;
                        }
                        return Ok(End::Lost(read_failure(error)));
                    }
                    Some(Err(ReadError::StreamFooterReceived)) | None => {
                        self.feed(core, Input::Ended(Ended::Closed), None).await?;
                        return Ok(End::Lost(closed()));
                    }
                    // A type that an element does not fit leaves the stream where it was.
                    Some(Err(ReadError::SoftTimeout | ReadError::ParseError(_))) => continue_with_silence(),
                },
                command = self.commands.recv() => match command {
                    Some((id, command)) => Input::Command(id, command),
                    None => Input::Command(CommandId(u64::MAX), Command::Quit),
                },
                timer = self.timers.next() => Input::Timer(timer),
            };
        }
    }

    /// The end of a stream. If it came because nothing could be written any more, the server may have said why.
    async fn part(&mut self, core: &mut Protocol, online: &mut Online, end: End) -> Result<End, StoreError> {
        if matches!(end, End::Stopped(_)) {
            self.close(core, online).await?;
            return Ok(end);
        }
        let Some(unwritten) = self.unwritten.take() else {
            return Ok(end);
        };
        let words = self.last_words(core, online, parting::LAST_WORDS).await?;
        let said = match (words, unwritten) {
            (Words::Said(error), _) => self.feed(core, Input::Element(error), None).await?,
            (Words::Nothing(Some(ended)), _) => self.feed(core, Input::Ended(ended), None).await?,
            (Words::Nothing(None), Unwritten::Broken) => {
                self.feed(core, Input::Ended(Ended::Cut), None).await?
            }
            // A silent network says nothing about what was written.
            (Words::Nothing(None), Unwritten::Late) | (Words::Stanza(_), _) => None,
        };
        Ok(said.unwrap_or(end))
    }

    /// Sends the footer and waits a moment for the server's, so that nothing on its way is cut off.
    async fn close(&mut self, core: &mut Protocol, online: &mut Online) -> Result<(), StoreError> {
        let closed = tokio::time::timeout(CLOSE_PATIENCE, online.0.shutdown()).await;
        if matches!(closed, Ok(Ok(()))) {
            self.last_words(core, online, CLOSE_PATIENCE).await?;
        }
        Ok(())
    }

    /// Reads to the end. Messages among it come again where the server hears what arrived; where it does not, this is the last
    /// time that they do, and they are taken in.
    async fn last_words(
        &mut self,
        core: &mut Protocol,
        online: &mut Online,
        patience: Duration,
    ) -> Result<Words, StoreError> {
        let deadline = Instant::now() + patience;
        loop {
            match parting::next_word(&mut online.0, deadline).await {
                Words::Stanza(stanza) => {
                    if core.is_told_once() && stanza.is("message", ns::CLIENT) {
                        self.feed(core, Input::Element(stanza), None).await?;
                    }
                }
                words => return Ok(words),
            }
        }
    }

    /// One input, one transaction; then its effects.
    pub(super) async fn feed(
        &mut self,
        core: &mut Protocol,
        input: Input,
        online: Option<&mut Online>,
    ) -> Result<Option<End>, StoreError> {
        let command = match &input {
            Input::Command(id, _) => Some(*id),
            _ => None,
        };
        let effects = match self.transact(core, input) {
            Ok(effects) => effects,
            Err(error) => {
                // Whoever asked waits for the answer.
                if let Some(command) = command {
                    let result = Err(store_failure(&error));
                    self.tell(Event::Done { command, result });
                }
                return Err(error);
            }
        };
        self.execute(effects, online).await
    }

    fn transact(&mut self, core: &mut Protocol, input: Input) -> Result<Vec<Effect>, StoreError> {
        let tx = self.writer.transaction()?;
        let effects = core.handle(input, &tx, Timestamp::now(), &mut self.rng)?;
        tx.commit()?;
        Ok(effects)
    }

    async fn execute(
        &mut self,
        effects: Vec<Effect>,
        mut online: Option<&mut Online>,
    ) -> Result<Option<End>, StoreError> {
        let mut wrote = 0;
        let mut end = None;
        for effect in effects {
            match effect {
                Effect::Tell(event) => self.tell(event),
                Effect::Wake(timer, after) => self.timers.set(timer, after),
                Effect::Sleep(timer) => self.timers.unset(timer),
                Effect::Send(element) => {
                    // After a failure nothing more is written, but everything else of this turn still happens.
                    if let Some((stream, _)) = online.as_deref_mut()
                        && !matches!(end, Some(End::Lost(_)))
                    {
                        wrote += announced::size(&element);
                        if let Err(unwritten) = in_time(wrote, stream.feed(&element)).await {
                            self.unwritten = Some(unwritten);
                            end = Some(End::Lost(write_failure()));
                        }
                    }
                }
                Effect::Close(why) => end = Some(End::Stopped(why)),
                Effect::Abort(failure) => end = Some(End::Lost(failure)),
            }
        }
        if let Some((stream, _)) = online {
            let broken = matches!(end, Some(End::Lost(_)));
            if wrote > 0
                && !broken
                && let Err(unwritten) = in_time(wrote, flush(stream)).await
                && end.is_none()
            {
                self.unwritten = Some(unwritten);
                end = Some(End::Lost(write_failure()));
            }
        }
        Ok(end)
    }
}

/// What the guard says of a stanza.
fn left_out(Replaced { name, from, why }: Replaced) -> Input {
    match why {
        Why::TooMuch => Input::Oversized { name, from },
        Why::Malformed { text_lost } => Input::Malformed {
            name,
            from,
            text_lost,
        },
    }
}

fn arrived(element: Element) -> Input {
    if element.attr(PART).is_some() {
        Input::Part(element)
    } else {
        Input::Element(element)
    }
}

fn continue_with_silence() -> Input {
    Input::Timer(protocol::Timer::Silence)
}

async fn flush(stream: &mut XmlStream<Transport, Element>) -> std::io::Result<()> {
    <XmlStream<Transport, Element> as SinkExt<&Element>>::flush(stream).await
}

/// Writes `bytes` while there is patience: as much as the slowest line needs for so many, or it would be tried again for ever.
async fn in_time(bytes: usize, write: impl Future<Output = std::io::Result<()>>) -> Result<(), Unwritten> {
    let patience = WRITE_PATIENCE + announced::time_for(bytes);
    match tokio::time::timeout(patience, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Unwritten::Broken),
        Err(_) => Err(Unwritten::Late),
    }
}

fn no_connection(text: &str) -> Failure {
    Failure::new(FailureKind::NoConnection, text)
}

fn closed() -> Failure {
    no_connection(CLOSED)
}

fn read_failure(error: std::io::Error) -> Failure {
    EstablishError::from(error).failure
}

fn write_failure() -> Failure {
    no_connection("The connection to the server broke while sending; check the network.")
}
