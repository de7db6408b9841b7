//! What follows in another part from what happened in one, handed on.

use crate::follow_ups::FollowUp;
use crate::keys::own_keys::upkeep;
use crate::router::Core;
use crate::stream::discovery;
use crate::turn::Turn;
use store::Result;

impl Core {
    /// Everything that must follow by now, in order.
    pub(crate) fn follow(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        while let Some(next) = turn.follow_ups.pop_front() {
            match next {
                FollowUp::LookAgain => self.messages.outgoing.look_again(),
                FollowUp::Failed(message, why) => {
                    self.messages.outgoing.waiters.set_failed(turn, message, &why)?;
                }
                FollowUp::RowFailed(row, why) => self.messages.outgoing.waiters.fail(turn, &row, &why)?,
                FollowUp::WordAcknowledged(row) => {
                    self.messages.outgoing.waiters.acknowledged(turn, *row);
                }
                FollowUp::WordRefused(id, by, why) => {
                    self.messages
                        .outgoing
                        .waiters
                        .refused(turn, &id, by.as_ref(), &why)?;
                }
                FollowUp::Sealed => self.keys.own.on_sealed(turn),
                FollowUp::Written(targets) => {
                    self.keys.own.on_sealed(turn);
                    self.messages.completions.written_to(&targets);
                }
                FollowUp::EmptyMessageDue(target) => self.messages.completions.due(turn, &target)?,
                FollowUp::RepairSession(target) => self.messages.completions.repair(turn, target)?,
                FollowUp::ListsAnswered(jid) => self.messages.completions.on_lists(turn, &jid)?,
                FollowUp::BundleAnswered(target) if self.messages.completions.awaits(&target) => {
                    let bundle = self.keys.devices.take_bundle(&target);
                    self.messages
                        .completions
                        .on_bundle(turn, &target, bundle.as_deref())?;
                }
                FollowUp::BundleAnswered(_) => {}
                FollowUp::Unlisted(target) => self.keys.devices.on_unlisted(turn, &target),
                FollowUp::FetchBundle(target) => self.keys.devices.ask_for_bundle(turn, &target),
                FollowUp::FetchLists(jid) => self.keys.devices.look_anew(turn, &jid),
                FollowUp::PrekeySpent => self.keys.own.on_spent(turn)?,
                FollowUp::Heard(target) => self.messages.completions.heard(&target),
                FollowUp::CatchingUp(is_so) => {
                    self.keys.own.catching_up = is_so;
                    self.messages.completions.on_catching_up(turn, is_so)?;
                }
                FollowUp::ArchiveRead => upkeep::erase_spent(&self.keys.own, turn)?,
                FollowUp::AskServer => discovery::ask_server(turn),
                FollowUp::ServerAnswered => self.contacts.blocking.on_server(turn)?,
                FollowUp::AccountAnswered => self.bookmarks.on_account(turn)?,
                FollowUp::LookUp { chat, everybody } => {
                    self.keys.devices.look_ahead(turn, chat, everybody)?;
                }
                FollowUp::LookUpNew(chat, people) => {
                    self.keys.devices.look_ahead_of(turn, chat, people)?;
                }
                FollowUp::Read => self.reading.schedule(turn),
                FollowUp::CaughtUp => {
                    self.keys.own.on_caught_up(turn)?;
                    self.messages.completions.on_catching_up(turn, false)?;
                    self.reading.on_caught_up(turn)?;
                }
                of_room => self.follow_room(turn, &of_room)?,
            }
        }
        Ok(())
    }

    /// What follows from what became of a room.
    fn follow_room(&mut self, turn: &mut Turn<'_>, next: &FollowUp) -> Result<()> {
        match next {
            FollowUp::EnterRoom(room) => self.rooms.enter(turn, room),
            FollowUp::RoomShut(room) => self.messages.outgoing.give_up_in(turn, room),
            FollowUp::EnteredRoom(room) => self.of_rooms.begin(turn, room),
            FollowUp::RoomRead(chat) => self.messages.outgoing.send_again_in(turn, *chat),
            FollowUp::RoomKept(chat) => self.bookmarks.on_kept(turn, *chat),
            FollowUp::JoinedElsewhere(room) => self.rooms.go_in(turn, room),
            FollowUp::LeftElsewhere(room) => self.rooms.go_out(turn, room),
            FollowUp::RoomForgotten(room) => {
                self.rooms.go_out(turn, room)?;
                self.bookmarks.on_forgotten(turn, room)
            }
            of_file => self.follow_file(turn, of_file),
        }
    }

    /// What follows for files.
    fn follow_file(&mut self, turn: &mut Turn<'_>, next: &FollowUp) -> Result<()> {
        match next {
            FollowUp::SendFile(file, sealed) => self.files.send(turn, *file, *sealed),
            FollowUp::FilesCame(files, from) => self.files.came(turn, files, from),
            FollowUp::FilesGone(containers) => {
                self.files.take_off(turn, containers.clone());
                Ok(())
            }
            FollowUp::FileNotSent(message, why) => {
                let waiters = &mut self.messages.outgoing.waiters;
                waiters.fail_for_file(turn, *message, why)
            }
            _ => Ok(()),
        }
    }
}
