//! Who is asked to come into a room: whoever is to be in one for members only is made a member first, then
//! the room passes the invitation on; where it does not, we invite by ourselves.

use super::Rooms;
use super::managing::{in_it, to};
use super::tasks::{Step, Task, failed, purpose};
use crate::iq::{Answer, Refusal};
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use minidom::Element;
use model::room::{Affiliation, RoomFeature};
use model::{BareJid, Clean, Peer, RoomsFailure};
use stanza::disco;
use stanza::iq::error_of;
use stanza::muc::{admin, notices};
use store::{Result, chats, invitations, rooms};

impl Rooms {
    /// Somebody is asked to come.
    pub(super) fn invite(
        &mut self,
        turn: &mut Turn<'_>,
        command: Option<CommandId>,
        room: &BareJid,
        whom: BareJid,
        reason: Option<Clean>,
    ) {
        let features = in_it(turn, room).map(|in_room| in_room.features.clone());
        let mut task = Task {
            command,
            room: room.clone(),
            step: Step::Look,
        };
        let Some(features) = features else {
            task.fail(turn, RoomsFailure::NotIn(room.clone()));
            return;
        };
        if !features.contains(&RoomFeature::MembersOnly) {
            let number = self.tasks.begin(task);
            self.send_invitation(turn, number, whom, reason);
            return;
        }
        // Whoever is its owner is not made a member.
        let of = Affiliation::Owner;
        task.step = Step::Standing { of, whom, reason };
        let number = self.tasks.begin(task);
        turn.get(Some(&to(room)), admin::list(of), purpose(number));
    }

    /// Somebody who asked us to come is told that we do not.
    pub(super) fn decline(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: &Peer,
        reason: Option<&Clean>,
    ) -> Result<()> {
        let Some(invited) = invitations::newest(turn.tx, room)? else {
            turn.refuse(command, RoomsFailure::NotInvited(room.address.clone()));
            return Ok(());
        };
        let id = turn.random_id();
        let why = reason.map(Clean::as_str);
        turn.send(notices::decline(&room.address, &id, &invited.by, why));
        if let Some(chat) = chats::by_peer(turn.tx, room)?.filter(|chat| chat.request) {
            chats::remove(turn.tx, chat.id)?;
            turn.changed(Change::Chats);
        }
        turn.done(command, Ok(Outcome::Done));
        Ok(())
    }

    /// The answer that such a task waits for.
    pub(super) fn on_invited(&mut self, turn: &mut Turn<'_>, number: u64, mut task: Task, answer: Answer) {
        let room = task.room.clone();
        match std::mem::replace(&mut task.step, Step::Look) {
            Step::Standing { of, whom, reason } => {
                let listed = answer
                    .ok()
                    .flatten()
                    .and_then(|payload| admin::parse_list(&payload, of))
                    .unwrap_or_default();
                if listed.iter().any(|one| one.jid == whom) {
                    self.tasks.go_on(number, task);
                    return self.send_invitation(turn, number, whom, reason);
                }
                match of {
                    Affiliation::Owner | Affiliation::Admin => {
                        let of = match of {
                            Affiliation::Owner => Affiliation::Admin,
                            _ => Affiliation::Member,
                        };
                        task.step = Step::Standing { of, whom, reason };
                        turn.get(Some(&to(&room)), admin::list(of), purpose(number));
                    }
                    _ => {
                        let asked = admin::set_affiliation(&whom, Affiliation::Member, None);
                        task.step = Step::Membership { whom, reason };
                        turn.set(Some(&to(&room)), asked, purpose(number));
                    }
                }
                self.tasks.go_on(number, task);
            }
            // A member may be allowed to invite where they may make nobody a member.
            Step::Membership { whom, reason } => {
                self.tasks.go_on(number, task);
                self.send_invitation(turn, number, whom, reason);
            }
            _ => task.succeed(turn, Outcome::Done),
        }
    }

    /// Nobody answers to an invitation: what is asked behind it is answered when the room passed it on.
    fn send_invitation(&mut self, turn: &mut Turn<'_>, number: u64, whom: BareJid, reason: Option<Clean>) {
        let Some(mut task) = self.tasks.take(number) else {
            return;
        };
        let (id, room) = (turn.random_id(), task.room.clone());
        let why = reason.as_ref().map(Clean::as_str);
        turn.send(notices::invite(&room, &id, &whom, why));
        task.step = Step::Invited { id, whom, reason };
        self.tasks.go_on(number, task);
        turn.get(Some(&to(&room)), disco::info_query(), purpose(number));
    }

    /// A message of ours came back from a room; whether it belongs to something that is done to it.
    pub(super) fn on_returned(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        stanza: &Element,
    ) -> Result<bool> {
        let Some(error) = error_of(stanza) else {
            return Ok(false);
        };
        let task = stanza.attr("id").and_then(|id| self.tasks.returned(room, id));
        let Some(task) = task else { return Ok(false) };
        let refusal = Refusal::Error(error);
        match &task.step {
            Step::Invited { whom, reason, .. } if !is_for_members(turn, room) => {
                let id = turn.random_id();
                let why = reason.as_ref().map(Clean::as_str);
                let password = match in_it(turn, room).and_then(|in_room| in_room.chat) {
                    Some(chat) => rooms::password(turn.tx, chat)?,
                    None => None,
                };
                let password = password.as_ref().map(|word| word.as_str());
                turn.send(notices::invite_directly(room, &id, whom, why, password));
                task.succeed(turn, Outcome::Done);
            }
            _ => {
                let why = failed(room, &refusal);
                task.fail(turn, why);
            }
        }
        Ok(true)
    }
}

fn is_for_members(turn: &Turn<'_>, room: &BareJid) -> bool {
    in_it(turn, room).is_some_and(|in_room| in_room.features.contains(&RoomFeature::MembersOnly))
}
