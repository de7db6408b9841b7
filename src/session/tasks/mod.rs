//! What takes longer than a turn: files on their way, beside the stream.
//!
//! A task has two halves. One talks with the host, on the session's thread; the other reads, encrypts, hashes
//! and writes, on a thread of its own, so that no disk keeps a message waiting. Between them lies a bounded
//! queue: whatever is slower sets the pace, and a file of any size takes the same memory. Whoever drops the
//! first half ends both.

mod cipher;
mod download;
mod landing;
mod loading;
mod pace;
mod upload;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

pub use self::cipher::{Opener, Sealer, TAG};
pub use self::pace::Pace;
use self::pace::Teller;
use files::Folder;
use model::{Clean, FilesFailure};
use net::http::{Http, HttpPolicy};
use protocol::{Task, TaskEvent, TaskId};

/// So many files come at once, and so many leave: each has a connection, a thread and its buffers.
const MOST_AT_ONCE: usize = 4;

/// The tasks of a line.
pub struct Tasks {
    /// Where the files lie; None: there is no such place, and nothing can be sent or fetched.
    folder: Option<Folder>,
    http: Http,
    pace: Pace,
    running: BTreeMap<TaskId, Running>,
    /// Those that wait for others to end, in their order.
    waiting: VecDeque<(TaskId, Task)>,
    tell: UnboundedSender<(TaskId, TaskEvent)>,
    told: UnboundedReceiver<(TaskId, TaskEvent)>,
}

/// Dropped, it is broken off.
struct Running {
    leaves: bool,
    _work: JoinSet<()>,
}

impl Tasks {
    pub fn new(folder: Option<Folder>, policy: HttpPolicy, pace: Pace) -> Self {
        let (tell, told) = unbounded_channel();
        Self {
            folder,
            http: Http::new(policy),
            pace,
            running: BTreeMap::new(),
            waiting: VecDeque::new(),
            tell,
            told,
        }
    }

    /// From now on files go by this way; those that are moving stay with theirs.
    pub fn go_by(&mut self, policy: HttpPolicy) {
        self.http = Http::new(policy);
    }

    /// Breaks everything off, and nothing more is heard of it: whoever asked for it is gone.
    pub fn clear(&mut self) {
        self.running.clear();
        self.waiting.clear();
        (self.tell, self.told) = unbounded_channel();
    }

    pub fn start(&mut self, task: TaskId, what: Task) {
        let Some(folder) = self.folder.clone() else {
            let absent = std::io::ErrorKind::NotFound.to_string();
            self.tell(task, TaskEvent::Failed(FilesFailure::Disk(Clean::line(&absent))));
            return;
        };
        let leaves = match &what {
            Task::Delete(containers) => {
                let containers = containers.clone();
                tokio::task::spawn_blocking(move || {
                    for container in containers {
                        if let Err(error) = folder.delete(container) {
                            tracing::warn!("a container could not be deleted: {error}");
                        }
                    }
                });
                return;
            }
            Task::Upload(_) => true,
            Task::Download(_) => false,
        };
        if self
            .running
            .values()
            .filter(|running| running.leaves == leaves)
            .count()
            >= MOST_AT_ONCE
        {
            self.waiting.push_back((task, what));
            return;
        }
        let mut work = JoinSet::new();
        let teller = Teller::new(task, self.tell.clone(), self.pace);
        let (http, pace) = (self.http.clone(), self.pace);
        match what {
            Task::Upload(upload) => work.spawn(upload::run(folder, http, pace, Arc::new(upload), teller)),
            Task::Download(download) => {
                work.spawn(download::run(folder, http, pace, Arc::new(download), teller))
            }
            Task::Delete(_) => return,
        };
        self.running.insert(task, Running { leaves, _work: work });
    }

    pub fn cancel(&mut self, task: TaskId) {
        self.waiting.retain(|(waits, _)| *waits != task);
        if self.running.remove(&task).is_some() {
            self.start_waiting();
        }
    }

    /// What becomes of one next.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(TaskId, TaskEvent)> {
        while let Poll::Ready(Some((task, event))) = self.told.poll_recv(cx) {
            // Of one that was cancelled nothing more is heard.
            if self.folder.is_some() && !self.running.contains_key(&task) {
                continue;
            }
            let is_over = !matches!(event, TaskEvent::Progress { .. } | TaskEvent::Waits);
            if is_over && self.running.remove(&task).is_some() {
                self.start_waiting();
            }
            return Poll::Ready((task, event));
        }
        Poll::Pending
    }

    /// Those that waited, as far as there is room.
    fn start_waiting(&mut self) {
        for (task, what) in std::mem::take(&mut self.waiting) {
            self.start(task, what);
        }
    }

    fn tell(&self, task: TaskId, event: TaskEvent) {
        // The other end is ours.
        let _ = self.tell.send((task, event));
    }
}
