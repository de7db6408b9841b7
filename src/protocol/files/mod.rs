//! Files: who takes them, and each on its way, there or here. What is asked for stands in the store or waits
//! here; bytes are moved by tasks, beside the stream.

use std::collections::BTreeMap;

use crate::iq::Answer;
use crate::purpose::FilesPurpose;
use crate::task::{TaskEvent, TaskId};
use crate::turn::Turn;
use api::{CommandId, FileCommand, Outcome, State, Transfer};
use model::{ContainerId, FileId, FileState, FilesFailure};
use store::{Result, files, outbox};

mod coming;
mod leaving;
mod service;
mod tasks;

use coming::Coming;
use leaving::Leaving;
use service::Service;
use tasks::{Moving, MovingFiles};

/// The part that has to do with files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    begun: bool,
    service: Service,
    leaving: BTreeMap<FileId, Leaving>,
    coming: Coming,
    tasks: MovingFiles,
    /// One of ours lies where others find it: what is here of it goes once its message is at the server.
    sent: bool,
}

impl Files {
    pub(crate) fn on_command(&mut self, turn: &mut Turn<'_>, id: CommandId, what: FileCommand) -> Result<()> {
        match what {
            FileCommand::Service => self.ask_service(turn, Some(id)),
            FileCommand::Get(file) => return self.fetch(turn, id, file),
            FileCommand::Stop(file) => {
                self.stop(turn, file)?;
                turn.done(id, Ok(Outcome::Done));
            }
            FileCommand::Delete(file) => return self.delete(turn, id, file),
            // The part that sends messages has it.
            FileCommand::Send { .. } => {}
        }
        Ok(())
    }

    /// A stream is there, a new one or the old one. What was on its way here when the process ended is not.
    pub(crate) fn log_in(&mut self, turn: &mut Turn<'_>, is_new: bool) -> Result<()> {
        if !self.begun {
            self.begun = true;
            files::begin(turn.tx, turn.own.account)?;
            self.sent = true;
            self.drop_sent(turn)?;
        }
        if is_new {
            self.service = self.service.asked_anew();
            for leaving in self.leaving.values_mut() {
                leaving.lose_slot();
            }
        }
        Ok(())
    }

    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: FilesPurpose,
        answer: Answer,
    ) -> Result<()> {
        match purpose {
            FilesPurpose::Services => self.on_services(turn, answer),
            FilesPurpose::Service(service) => self.on_service(turn, &service, answer),
            FilesPurpose::Slot(file) => return self.on_slot(turn, file, answer),
        }
        Ok(())
    }

    pub(crate) fn on_task(&mut self, turn: &mut Turn<'_>, task: TaskId, event: TaskEvent) -> Result<()> {
        let Some(moving) = self.tasks.get(task) else {
            return Ok(());
        };
        let Moving {
            file,
            leaves,
            container,
        } = moving;
        let transfer = |done, total, waits| {
            State::Transfer(Transfer {
                file,
                leaves,
                done,
                total,
                waits,
            })
        };
        match event {
            TaskEvent::Progress { done, total } => turn.state(transfer(done, total, false)),
            TaskEvent::Waits => turn.state(transfer(0, None, true)),
            over => {
                self.tasks.forget(task);
                match leaves {
                    true => return self.on_left(turn, file, over),
                    false => return self.on_come(turn, (file, container), over),
                }
            }
        }
        Ok(())
    }

    /// Stops it on its way, here or there.
    fn stop(&mut self, turn: &mut Turn<'_>, file: FileId) -> Result<()> {
        self.tasks.stop(turn, file);
        if self.leaving.contains_key(&file) {
            return self.not_sent(turn, file, FilesFailure::Cancelled);
        }
        self.not_come(turn, file, FilesFailure::Cancelled)
    }

    /// Deletes what is here of a file that need not be sent any more.
    fn delete(&mut self, turn: &mut Turn<'_>, command: CommandId, file: FileId) -> Result<()> {
        let Some(found) = files::get(turn.tx, file)? else {
            turn.refuse(command, FilesFailure::NoFile);
            return Ok(());
        };
        if outbox::by_message(turn.tx, found.message)?.is_some() {
            turn.refuse(command, FilesFailure::NotHere);
            return Ok(());
        }
        if found.state == FileState::Moving {
            self.stop(turn, file)?;
        }
        let gone = files::delete(turn.tx, file, FileState::Deleted)?;
        self.take_off(turn, gone.into_iter().collect());
        turn.message_changed(found.message);
        turn.done(command, Ok(Outcome::Done));
        Ok(())
    }

    /// Their rows are gone, or name them no more.
    pub(crate) fn take_off(&mut self, turn: &mut Turn<'_>, containers: Vec<ContainerId>) {
        for file in self.tasks.take_off(turn, containers) {
            self.leaving.remove(&file);
        }
    }

    /// The server has what was written: a copy of ours that is not to be kept goes.
    pub(crate) fn drop_sent(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if !self.sent {
            return Ok(());
        }
        let mut gone = Vec::new();
        for file in files::sent(turn.tx, turn.own.account)? {
            gone.extend(files::delete(turn.tx, file, FileState::Remote)?);
        }
        self.take_off(turn, gone);
        Ok(())
    }
}
