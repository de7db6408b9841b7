//! What takes longer than a turn: files on their way, beside the stream.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use model::FilesFailure;
use protocol::{Task, TaskEvent, TaskId};

/// The tasks of a line.
#[derive(Default)]
pub(super) struct Tasks {
    told: VecDeque<(TaskId, TaskEvent)>,
}

impl Tasks {
    pub(super) fn start(&mut self, task: TaskId, what: Task) {
        if !matches!(what, Task::Delete(_)) {
            let failed = TaskEvent::Failed(FilesFailure::NoService);
            self.told.push_back((task, failed));
        }
    }

    pub(super) fn cancel(&mut self, task: TaskId) {
        self.told.retain(|(told, _)| *told != task);
    }

    /// What becomes of one next.
    pub(super) fn poll(&mut self, _cx: &mut Context<'_>) -> Poll<(TaskId, TaskEvent)> {
        match self.told.pop_front() {
            Some(told) => Poll::Ready(told),
            None => Poll::Pending,
        }
    }
}
