//! The tasks that move files, each with what it moves.

use std::collections::BTreeMap;

use crate::effect::Effect;
use crate::task::{Task, TaskId};
use crate::turn::Turn;
use model::{ContainerId, FileId};

/// What a task moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moving {
    pub(super) file: FileId,
    pub(super) leaves: bool,
    pub(super) container: ContainerId,
}

/// Those that run.
#[derive(Debug, Default)]
pub(super) struct MovingFiles {
    newest: u64,
    moving: BTreeMap<TaskId, Moving>,
}

impl MovingFiles {
    pub(super) fn get(&self, task: TaskId) -> Option<Moving> {
        self.moving.get(&task).copied()
    }

    pub(super) fn forget(&mut self, task: TaskId) {
        self.moving.remove(&task);
    }

    pub(super) fn moves(&self, file: FileId) -> bool {
        self.moving.values().any(|moving| moving.file == file)
    }

    /// How many files come.
    pub(super) fn coming(&self) -> usize {
        self.moving.values().filter(|moving| !moving.leaves).count()
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>, moving: Moving, task: Task) {
        let name = self.name();
        self.moving.insert(name, moving);
        turn.effects.push(Effect::Start(name, task));
    }

    /// What moves this file does so no more, and what had come of it goes.
    pub(super) fn stop(&mut self, turn: &mut Turn<'_>, file: FileId) {
        let mut all = self.moving.iter();
        let Some((task, moving)) = all.find(|(_, moving)| moving.file == file) else {
            return;
        };
        let (task, moving) = (*task, *moving);
        self.forget(task);
        turn.effects.push(Effect::Cancel(task));
        if !moving.leaves {
            self.take_off(turn, vec![moving.container]);
        }
    }

    /// These containers go off the disk; the files that were moved into or out of them.
    pub(super) fn take_off(&mut self, turn: &mut Turn<'_>, containers: Vec<ContainerId>) -> Vec<FileId> {
        let of_them = |moving: &Moving| containers.contains(&moving.container);
        let moved = self.moving.iter().filter(|(_, moving)| of_them(moving));
        let moved: Vec<(TaskId, FileId)> = moved.map(|(task, moving)| (*task, moving.file)).collect();
        for (task, _) in &moved {
            self.forget(*task);
            turn.effects.push(Effect::Cancel(*task));
        }
        if !containers.is_empty() {
            let task = self.name();
            turn.effects.push(Effect::Start(task, Task::Delete(containers)));
        }
        moved.into_iter().map(|(_, file)| file).collect()
    }

    fn name(&mut self) -> TaskId {
        self.newest += 1;
        TaskId(self.newest)
    }
}
