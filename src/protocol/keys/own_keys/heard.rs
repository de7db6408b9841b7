//! How it ended what was sent to the server, and what that server has of ours.

use super::progress::made_later;
use super::publication::{Number, Publication, ServerCopy};
use crate::iq::{Answer, Refusal};
use crate::keys::prekeys::bundle;
use crate::turn::Turn;
use model::{PublishFault, Refusal as Why};
use omemo::OwnDevice;
use stanza::dialects;
use store::Result;

impl Publication {
    /// The server's copy of our bundle: whether it is missing or differs. The highest ids in it, if a later
    /// state of this device made it.
    pub(crate) fn on_bundle(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        answer: Answer,
    ) -> Result<Option<(u32, u32)>> {
        let theirs = match answer {
            Ok(payload) => {
                let read = |answer| {
                    dialects::read_bundle(self.dialect, own.id, &answer)
                        .ok()
                        .flatten()
                };
                payload.and_then(read)
            }
            Err(Refusal::TimedOut) => {
                self.refuse(PublishFault::KeysNotShown);
                return Ok(None);
            }
            Err(_) => None,
        };
        let seen = match &theirs {
            Some(theirs) => made_later(turn, own, theirs)?,
            None => None,
        };
        if theirs == Some(bundle(turn, own, self.dialect)?) {
            self.copy = ServerCopy::Right;
            self.behind = 0;
        } else {
            self.copy = ServerCopy::Wrong;
        }
        Ok(seen)
    }

    /// How publishing the bundle ended; why nothing can be published, if so.
    pub(crate) fn on_bundle_published(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        answer: Answer,
    ) -> Result<Option<Why>> {
        let node = dialects::bundle_node(self.dialect, own.id);
        self.publishing = false;
        let again = std::mem::take(&mut self.publish_again);
        if let Err(refusal) = answer {
            self.behind = self.behind.max(1);
            return self.on_refused(turn, own, &node, &refusal);
        }
        self.accepted();
        self.copy = ServerCopy::Right;
        if self.number == Number::Afterwards {
            self.configure_made(turn, &node);
        }
        if again {
            self.publish_bundle(turn, own)?;
        }
        Ok(None)
    }

    /// How publishing the list ended; why nothing can be published, if so.
    pub(crate) fn on_list_published(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        answer: Answer,
    ) -> Result<Option<Why>> {
        self.listed(answer.is_ok());
        match answer {
            Ok(_) => {
                self.accepted();
                Ok(None)
            }
            Err(refusal) => self.on_refused(turn, own, dialects::devices_node(self.dialect), &refusal),
        }
    }
}
