//! Taking away what somebody wrote (XEP-0425): the room is asked for the message, and for each correction of
//! it, since other programs show those by their own ids.

use super::managing::{in_it, to};
use super::tasks::{Moderating, Step, Task, purpose};
use super::{Rooms, members};
use crate::iq::Answer;
use crate::messages::about::moderation;
use crate::turn::Turn;
use api::{CommandId, Outcome};
use model::room::RoomFeature;
use model::{BareJid, Clean, MessageId, MessagesFailure, RoomsFailure};
use stanza::muc::moderation::moderate;
use store::about::retractions;
use store::{Result, messages};

impl Rooms {
    pub(super) fn moderate(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: &BareJid,
        (message, reason): (MessageId, Option<Clean>),
    ) -> Result<()> {
        let Some(in_room) = in_it(turn, room) else {
            turn.refuse(command, RoomsFailure::NotIn(room.clone()));
            return Ok(());
        };
        let has = |feature| in_room.features.contains(&feature);
        let (newer, before) = (has(RoomFeature::Moderation), has(RoomFeature::ModerationBefore));
        if !newer && !before {
            turn.refuse(command, RoomsFailure::NoModeration(room.clone()));
            return Ok(());
        }
        let chat = members::chat_of(turn, room)?;
        let found = messages::get(turn.tx, message)?.filter(|found| Some(found.chat) == chat);
        let Some(found) = found else {
            turn.refuse(command, MessagesFailure::Gone);
            return Ok(());
        };
        if found.retracted.is_some() {
            turn.refuse(command, MessagesFailure::NoWords);
            return Ok(());
        }
        let Some(id) = found.server_id else {
            turn.refuse(command, MessagesFailure::Nameless);
            return Ok(());
        };
        let mut left = retractions::corrections_of(turn.tx, message)?;
        left.push(id);
        let moderating = Moderating {
            message,
            left,
            reason,
            before: !newer,
        };
        let number = self.task(command, room, Step::Moderate(moderating));
        self.moderate_next(turn, number);
        Ok(())
    }

    fn moderate_next(&mut self, turn: &mut Turn<'_>, number: u64) {
        let Some(mut task) = self.tasks.take(number) else {
            return;
        };
        let Step::Moderate(moderating) = &mut task.step else {
            return;
        };
        let Some(id) = moderating.left.pop() else { return };
        let asked = moderate(&id, moderating.reason.as_ref(), moderating.before);
        turn.set(Some(&to(&task.room)), asked, purpose(number));
        self.tasks.go_on(number, task);
    }

    /// What it did it says to all as well; before or after this answer.
    pub(super) fn on_moderated(
        &mut self,
        turn: &mut Turn<'_>,
        number: u64,
        task: Task,
        answer: Answer,
    ) -> Result<()> {
        let Step::Moderate(moderating) = &task.step else {
            return Ok(());
        };
        match answer {
            Ok(_) => {
                moderation::put(turn, moderating.message, moderating.reason.as_ref())?;
                match moderating.left.is_empty() {
                    true => task.succeed(turn, Outcome::Done),
                    false => {
                        self.tasks.go_on(number, task);
                        self.moderate_next(turn, number);
                    }
                }
            }
            // The message is not in its archive any more, or never was.
            Err(refusal) if refusal.is("item-not-found") => {
                let why = RoomsFailure::Refused(task.room.clone(), refusal.told());
                task.fail(turn, why);
            }
            Err(refusal) => task.refuse(turn, &refusal),
        }
        Ok(())
    }
}
