//! What comes of the answers that the stream itself waits for.

use super::{Stream, StreamEvent, discovery};
use crate::iq::{Answer, Refusal};
use crate::purpose::StreamPurpose;
use crate::turn::Turn;
use store::Result;

impl Stream {
    /// The answer to one of our questions.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: StreamPurpose,
        answer: Answer,
    ) -> Result<StreamEvent> {
        match purpose {
            StreamPurpose::Bind => return self.on_bound(turn, answer),
            StreamPurpose::PingAck(count) => return Ok(self.on_ping(turn, count, &answer)),
            StreamPurpose::AccountInfo => discovery::on_account(self, turn, answer)?,
            StreamPurpose::ServerInfo => discovery::on_server(turn, answer),
        }
        Ok(StreamEvent::Nothing)
    }

    /// A ping that stands for an acknowledgement was answered, or was not in time.
    fn on_ping(&self, turn: &mut Turn<'_>, count: u32, answer: &Answer) -> StreamEvent {
        if matches!(answer, Err(Refusal::TimedOut)) {
            self.alive.on_ack_timeout(turn);
            return StreamEvent::Nothing;
        }
        // An error is an answer too: the server read what stood before the ping.
        turn.counters.ping_answered();
        let acked = turn.counters.acknowledge(count).unwrap_or_default();
        turn.counters.still_asked(count);
        StreamEvent::Acked(acked)
    }
}
