//! How far was read: what is read on this device is told to our others (`node`, XEP-0490) and to the authors
//! (`markers`, XEP-0333), as the settings say; what our others have read is read here.
//!
//! What is to be told stands in the store (`store::read_state`), so it survives a restart and a day without a
//! connection. It is told a second later, the newest of each chat: whoever pages through a hundred messages
//! tells of one. While it is not known yet what came since, nothing is.

mod markers;
mod node;

use std::time::Duration;

use crate::effect::Timer;
use crate::iq::Answer;
use crate::purpose::ReadingPurpose;
use crate::turn::Turn;
use model::BareJid;
use node::Node;
use stanza::pubsub::Event;
use store::Result;
use store::read_state::Announced;

/// So long is gathered what is read.
const GATHERED: Duration = Duration::from_secs(1);

/// What is known beside the store.
#[derive(Default)]
pub(crate) struct Reading {
    /// The timer is set.
    scheduled: bool,
    node: Node,
}

/// Whether anything is told at all: in a command that is there for a moment nobody reads.
fn tells(turn: &Turn<'_>) -> bool {
    turn.own.present && turn.own.archive.is_some()
}

impl Reading {
    /// A new stream, or one that another process began.
    pub(crate) fn log_in(&mut self, turn: &mut Turn<'_>) {
        self.scheduled = false;
        self.node = Node::default();
        if tells(turn) && turn.own.sharing.read_sync {
            self.node.ask(turn);
        }
        self.schedule(turn);
    }

    /// The old stream goes on; timers may have been forgotten meanwhile.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) {
        self.scheduled = false;
        self.schedule(turn);
    }

    /// There may be something to tell.
    pub(crate) fn schedule(&mut self, turn: &mut Turn<'_>) {
        if !self.scheduled && tells(turn) && turn.counters.online {
            self.scheduled = true;
            turn.wake(Timer::Reading, GATHERED);
        }
    }

    /// `behind`: something is still to come that was written while we were away. Its end calls again.
    pub(crate) fn on_timer(&mut self, turn: &mut Turn<'_>, behind: bool) -> Result<()> {
        self.scheduled = false;
        if !tells(turn) || !turn.counters.online || behind {
            return Ok(());
        }
        // Our devices are told with the authors: what the node says of a message counts as told to both.
        if !turn.loaded.seals.get() {
            self.schedule(turn);
            return Ok(());
        }
        self.node.try_again(turn);
        let marked = markers::send(turn)?;
        let told = !turn.own.sharing.read_sync || self.node.publish(turn)?;
        match self.node.waits(turn.now) {
            _ if !(marked && told) => self.schedule(turn),
            // What is read meanwhile sets it anew.
            Some(left) => turn.wake(Timer::Reading, left),
            None => {}
        }
        Ok(())
    }

    /// All is here that came while we were away: what our other devices said before may be about that.
    pub(crate) fn on_caught_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.node.on_caught_up(turn)?;
        self.schedule(turn);
        Ok(())
    }

    /// Something changed on somebody's node of read positions (threat 8: ours alone counts).
    pub(crate) fn on_event(&mut self, turn: &mut Turn<'_>, from: &BareJid, event: &Event) -> Result<()> {
        if *from != turn.own.jid || !tells(turn) || !turn.own.sharing.read_sync {
            return Ok(());
        }
        self.node.take(turn, &event.items, Announced::Now)
    }

    /// The answer to a question of ours.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: ReadingPurpose,
        answer: Answer,
    ) -> Result<()> {
        self.node.on_answer(turn, purpose, answer)?;
        self.schedule(turn);
        Ok(())
    }
}
