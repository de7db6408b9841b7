//! Files: who takes them, and each on its way, there or here.

use crate::task::{TaskEvent, TaskId};
use crate::turn::Turn;
use api::{CommandId, FileCommand};
use model::FilesFailure;
use store::Result;

/// The part that has to do with files.
#[derive(Debug, Default)]
pub(crate) struct Files;

impl Files {
    pub(crate) fn on_command(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommandId,
        _what: FileCommand,
    ) -> Result<()> {
        turn.refuse(id, FilesFailure::NoService);
        Ok(())
    }

    pub(crate) fn on_task(&mut self, _turn: &mut Turn<'_>, _task: TaskId, _event: TaskEvent) -> Result<()> {
        Ok(())
    }
}
