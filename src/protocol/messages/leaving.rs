//! The step in which a message leaves: whether it may, for whom it is sealed, and whether the server takes
//! it.

use minidom::Element;

use crate::block_list;
use crate::follow_ups::FollowUp;
use crate::keys::devices::{Devices, Readiness};
use crate::messages::outgoing::Outgoing;
use crate::messages::preflight::{self, Gate, Progress};
use crate::messages::saying::Saying;
use crate::messages::sealing;
use crate::turn::Turn;
use model::{Audience, LeftOut, MessageFailure, MessageState, Notice, SomeOf};
use stanza::announced;
use store::Result;
use store::chats::Chat;
use store::messages;
use store::outbox::{self, Outgoing as Row};

impl Outgoing {
    /// Whether it may not go, or not yet.
    pub(super) fn stops(&mut self, turn: &mut Turn<'_>, row: &Row, chat: &Chat) -> Result<Option<Progress>> {
        match preflight::gate(turn, chat, row.clear)? {
            Gate::Open => {}
            Gate::Waits => return Ok(Some(Progress::Waits)),
            Gate::Shut(why) => {
                self.waiters.fail(turn, row, &why)?;
                return Ok(Some(Progress::Failed));
            }
        }
        // Whoever was blocked while it waited.
        if block_list::covers(turn, &chat.peer.address)? {
            self.waiters.fail(turn, row, &MessageFailure::Blocked)?;
            return Ok(Some(Progress::Failed));
        }
        if let Some(reason) = chat.opted_out.as_ref().filter(|_| !row.clear) {
            self.waiters
                .fail(turn, row, &MessageFailure::OptedOut(reason.clone()))?;
            return Ok(Some(Progress::Failed));
        }
        Ok(None)
    }

    /// Seals and sends it once everything is there that it needs.
    pub(super) fn send_encrypted(
        &mut self,
        turn: &mut Turn<'_>,
        devices: &mut Devices,
        row: &Row,
        (chat, saying): (&Chat, Saying),
    ) -> Result<Progress> {
        match devices.prepare(turn, chat)? {
            Readiness::Waits => Ok(Progress::Waits),
            Readiness::Refused(why) => {
                self.waiters.fail(turn, row, &MessageFailure::Unreachable(why))?;
                Ok(Progress::Failed)
            }
            Readiness::Kept { left_out } => {
                self.keep(turn, row, left_out)?;
                Ok(Progress::Failed)
            }
            Readiness::Ready {
                audience,
                left_out,
                excluded,
                is_news,
            } => {
                if let Some(why) = preflight::refusal(turn, chat, &audience, &excluded)? {
                    self.waiters.fail(turn, row, &why)?;
                    return Ok(Progress::Failed);
                }
                if let Some(file) = saying.waits_for {
                    turn.follow(FollowUp::SendFile(file, true));
                    return Ok(Progress::Waits);
                }
                let progress = self.seal(turn, row, (chat, saying), &audience)?;
                if let Progress::Sent = progress {
                    let excluded = if is_news { excluded } else { Vec::new() };
                    preflight::tell_left_out(turn, &chat.peer.address, left_out, excluded);
                }
                Ok(progress)
            }
        }
    }

    /// Seals what a row says for this audience, and sends it.
    fn seal(
        &mut self,
        turn: &mut Turn<'_>,
        row: &Row,
        (chat, saying): (&Chat, Saying),
        audience: &Audience,
    ) -> Result<Progress> {
        let is_legacy_read = sealing::is_legacy_read(audience);
        if saying.reveals() && is_legacy_read && !chat.reveal {
            self.waiters.fail(turn, row, &MessageFailure::WouldReveal)?;
            return Ok(Progress::Failed);
        }
        let to = &chat.peer.address;
        let Some(sealed) = sealing::seal(turn, to, audience, &saying)? else {
            return Ok(Progress::Waits);
        };
        let words = saying.body.is_some().then_some(row.message);
        let stanza = saying.sealed(to, &sealed.letters, sealed.protection, is_legacy_read);
        if !self.fits(turn, row, &stanza)? {
            return Ok(Progress::Failed);
        }
        sealed.keep(turn, words, audience)?;
        turn.follow(FollowUp::Written(sealing::addresses(audience)));
        if let Some(message) = words {
            messages::set_protection(turn.tx, message, sealed.protection)?;
        }
        outbox::set_sealed(turn.tx, row.id, &String::from(&stanza))?;
        turn.send_row(stanza, row.id)?;
        Ok(Progress::Sent)
    }

    /// A note to ourselves that goes nowhere.
    fn keep(&mut self, turn: &mut Turn<'_>, row: &Row, left_out: Vec<LeftOut>) -> Result<()> {
        if !left_out.is_empty() {
            turn.notice(Notice::KeptWithout {
                own: turn.own.jid.clone(),
                left_out: SomeOf::new(left_out),
            });
        }
        outbox::remove(turn.tx, row.id)?;
        if row.about.is_some() {
            return Ok(());
        }
        messages::set_state(turn.tx, row.message, MessageState::Kept, None)?;
        self.waiters.forget(row.message);
        turn.message_changed(row.message);
        Ok(())
    }

    /// Whether the server takes a stanza of this size; if not, the row fails, and no
    /// session has been stepped on.
    pub(super) fn fits(&mut self, turn: &mut Turn<'_>, row: &Row, stanza: &Element) -> Result<bool> {
        let (size, bound) = (announced::size(stanza), turn.counters.bounds.whole);
        if size > bound {
            let failure = self.too_long(turn, row, size, bound)?;
            self.waiters.fail(turn, row, &failure)?;
        }
        Ok(size <= bound)
    }

    pub(super) fn too_long(
        &self,
        turn: &Turn<'_>,
        row: &Row,
        size: usize,
        bound: usize,
    ) -> Result<MessageFailure> {
        let body = messages::get(turn.tx, row.message)?.and_then(|message| message.body);
        let body = body.map_or(0, |body| body.as_str().len());
        Ok(MessageFailure::TooLong { size, bound, body })
    }
}
