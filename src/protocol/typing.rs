//! Chat states (XEP-0085): that we write is told where the settings let it. Nothing of it is stored but the
//! step of the session that sealed it.
//!
//! It is told only to a contact who is here, so that no server keeps it for later and no step of a ratchet is
//! lost on a device that is away.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::acquaintance::may_know_us;
use crate::messages::quietly;
use crate::turn::Turn;
use model::{ChatState, Peer, Telling, Timestamp};
use stanza::message;
use store::{Result, chats};

/// That we write is said again so much later at the earliest, whatever was said meanwhile.
const APART: Duration = Duration::from_secs(10);
/// So many chats are remembered in which something was told.
const MOST: usize = 100;

/// What was told of us, by chat.
#[derive(Default)]
pub(crate) struct Typing {
    told: BTreeMap<Peer, (ChatState, Timestamp)>,
}

impl Typing {
    /// The stream is new.
    pub(crate) fn restart(&mut self) {
        self.told.clear();
    }

    /// A message of ours leaves: whoever gets it knows that nothing else is being written.
    pub(crate) fn written(&mut self, chat: &Peer) {
        self.told.remove(chat);
    }

    /// The person does this in the chat now; `here`: so is the other side.
    pub(crate) fn tell(
        &mut self,
        turn: &mut Turn<'_>,
        here: bool,
        peer: &Peer,
        state: ChatState,
    ) -> Result<()> {
        let before = self.told.get(peer).copied();
        let is_news = match (before, state) {
            (Some((before, _)), state) if before == state => false,
            (Some((_, when)), ChatState::Composing) => turn.now.duration_since(when).unsigned_abs() >= APART,
            (None, ChatState::Composing) => true,
            // That nobody writes any more is said where it was said that somebody does.
            (before, _) => before.is_some(),
        };
        if !is_news || !here || !turn.counters.online {
            return Ok(());
        }
        if before.is_none() && self.told.len() >= MOST {
            self.told.pop_first();
        }
        if self.send(turn, peer, state)? {
            match state {
                ChatState::Composing | ChatState::Paused => {
                    self.told.insert(peer.clone(), (state, turn.now));
                }
                _ => {
                    self.told.remove(peer);
                }
            }
        }
        Ok(())
    }

    /// Whether it was told.
    fn send(&self, turn: &mut Turn<'_>, peer: &Peer, state: ChatState) -> Result<bool> {
        let Some(chat) = chats::with_person(turn.tx, peer)? else {
            return Ok(false);
        };
        let telling = turn.own.sharing.typing;
        let may = telling != Telling::Never && turn.own.present && turn.counters.has_room();
        if !may || chat.request || !may_know_us(turn, &peer.address)? {
            return Ok(false);
        }
        let letter = match chat.encrypted {
            true => quietly::seal(turn, &peer.address, message::state_content(state))?,
            false => None,
        };
        let stanza = match letter {
            Some(letter) => message::sealed_state(&peer.address, &letter),
            None if telling == Telling::Always => message::state(&peer.address, state),
            None => return Ok(false),
        };
        turn.counters_matter = true;
        turn.send(stanza);
        Ok(true)
    }
}
