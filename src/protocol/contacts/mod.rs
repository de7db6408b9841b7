//! Contacts: the roster, who of them is here, and whom we do not want to hear.

mod blocking;
mod presence;
pub(crate) mod roster;

use jid::Jid;
use minidom::Element;

use crate::iq::Answer;
use crate::purpose::ContactsPurpose;
use crate::turn::Turn;
use api::Outcome;
use blocking::Blocking;
use model::ContactsFailure;
use presence::Presences;
use roster::Roster;
use stanza::presence::{Presence, PresenceKind};
use store::Result;

/// What is known of them on the current stream, beside the store.
#[derive(Default)]
pub(crate) struct Contacts {
    pub(crate) roster: Roster,
    pub(crate) presences: Presences,
    pub(crate) blocking: Blocking,
}

impl Contacts {
    /// A new stream is bound.
    pub(crate) fn restart(&mut self, turn: &Turn<'_>) -> Result<()> {
        self.roster.restart();
        self.presences.restart(turn)
    }

    /// Nobody answers this any more: whoever waits for it is told.
    pub(crate) fn abandon(turn: &mut Turn<'_>, purpose: &ContactsPurpose) {
        if let ContactsPurpose::RosterSet(command)
        | ContactsPurpose::RosterSettled(command)
        | ContactsPurpose::RosterRead(command) = purpose
        {
            turn.not_connected(*command);
        }
    }

    /// The answer to one of our questions.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: ContactsPurpose,
        answer: Answer,
    ) -> Result<()> {
        match purpose {
            ContactsPurpose::BlockList => self.blocking.on_list(turn, answer),
            ContactsPurpose::Blocking(command) => self.blocking.on_changed(turn, command, answer),
            ContactsPurpose::RosterSet(command) => {
                roster::on_set(turn, command, answer);
                Ok(())
            }
            ContactsPurpose::Roster => {
                let read = self.roster.on_roster(turn, &mut self.presences, answer)?;
                roster::on_read(turn, read)
            }
            ContactsPurpose::RosterRead(command) => {
                let read = self.roster.on_roster(turn, &mut self.presences, answer)?;
                let read = read.map_err(|why| ContactsFailure::NotShown(why).into());
                turn.done(command, read.map(|()| Outcome::Done));
                Ok(())
            }
            ContactsPurpose::RosterSettled(command) => {
                let read = self.roster.on_roster(turn, &mut self.presences, answer)?;
                turn.done(command, Ok(Outcome::Done));
                roster::on_read(turn, read)
            }
        }
    }

    /// A piece of an answer, of which more follows. Whether it was taken.
    pub(crate) fn on_piece(&mut self, purpose: &ContactsPurpose, payload: &Element) -> bool {
        let taken = purpose.is_roster();
        if taken {
            self.roster.gather(payload);
        }
        taken
    }

    /// What our server tells of its own accord. Whether it was for us.
    pub(crate) fn on_push(
        &mut self,
        turn: &mut Turn<'_>,
        id: &str,
        from: Option<&Jid>,
        payload: &Element,
    ) -> Result<bool> {
        if roster::is_roster(payload) {
            self.roster
                .on_push(turn, &mut self.presences, id, from, payload)?;
        } else if stanza::blocking::is_push(payload) {
            self.blocking.on_push(turn, id, from, payload)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether somebody is here, or may see whether we are.
    pub(crate) fn on_presence(&mut self, turn: &mut Turn<'_>, presence: Presence) -> Result<()> {
        let Some(from) = presence.from else { return Ok(()) };
        match presence.kind {
            PresenceKind::Available => {
                self.presences
                    .on_available(turn, from, presence.priority, presence.shown)
            }
            PresenceKind::Unavailable | PresenceKind::Error => {
                self.presences.on_gone(turn, from);
                Ok(())
            }
            PresenceKind::Subscribe => self.roster.on_request(turn, &from.jid),
            PresenceKind::Unsubscribe => roster::withdrawn(turn, &from.jid),
            PresenceKind::Subscribed | PresenceKind::Unsubscribed | PresenceKind::Other => Ok(()),
        }
    }
}
