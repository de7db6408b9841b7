//! Files over HTTPS, against a host that plays by a script: honest where it should be, else in every way of
//! threats 63–68 and of what has broken other clients.

mod fetching;
mod putting;
mod ways;
mod web;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use susurro::files::{Folder, Writer};
use susurro::model::{ContainerId, FileCipher, FileSecret, FilesFailure};
use susurro::net::http::{HttpPolicy, HttpTimeouts};
use susurro::protocol::{Download, Task, TaskEvent, TaskId, Upload};
use susurro::session::tasks::{Pace, Tasks};
use susurro::vault::{AttachmentKey, Locked};
use tempfile::TempDir;
use web::Web;

use crate::PATIENT;

/// A folder of files, and tasks that put them into it.
struct Bench {
    disk: TempDir,
    folder: Folder,
    tasks: Tasks,
    last: u64,
}

/// Tries that wait for nothing, and tell everything.
const PACE: Pace = Pace {
    telling: Duration::ZERO,
    first_wait: Duration::ZERO,
    longest_wait: Duration::ZERO,
    tries: 3,
    most_tries: 30,
};

/// Far longer than anything takes; what waits for a timeout sets its own.
const TIMEOUTS: HttpTimeouts = HttpTimeouts {
    connecting: PATIENT,
    answer: Duration::from_secs(60),
    silence: Duration::from_secs(60),
    window: Duration::from_secs(60),
    least: 0,
};

fn policy(web: &Web) -> HttpPolicy {
    HttpPolicy {
        ca_pem: Some(web.authority.clone()),
        inside: true,
        timeouts: TIMEOUTS,
    }
}

impl Bench {
    fn new(web: &Web) -> Self {
        Self::with(policy(web))
    }

    fn with(policy: HttpPolicy) -> Self {
        let disk = tempfile::tempdir().unwrap();
        let key = Locked::new(AttachmentKey::of_bytes([7; 32])).unwrap();
        let folder = Folder::open(disk.path().join("files"), Arc::new(key)).unwrap();
        let tasks = Tasks::new(Some(folder.clone()), policy, PACE);
        Self {
            disk,
            folder,
            tasks,
            last: 0,
        }
    }

    fn start(&mut self, task: Task) -> TaskId {
        self.last += 1;
        self.tasks.start(TaskId(self.last), task);
        TaskId(self.last)
    }

    /// What becomes of anything next.
    async fn next(&mut self) -> (TaskId, TaskEvent) {
        let next = poll_fn(|cx| self.tasks.poll(cx));
        tokio::time::timeout(Duration::from_secs(120), next)
            .await
            .expect("no task says anything")
    }

    /// What became of this one, and what was told of it on the way.
    async fn run(&mut self, task: Task) -> (TaskEvent, Vec<TaskEvent>) {
        let id = self.start(task);
        let mut told = Vec::new();
        loop {
            let (task, event) = self.next().await;
            assert_eq!(task, id);
            match event {
                TaskEvent::Progress { .. } | TaskEvent::Waits => told.push(event),
                end => return (end, told),
            }
        }
    }

    async fn fails(&mut self, task: Task) -> FilesFailure {
        match self.run(task).await.0 {
            TaskEvent::Failed(failure) => {
                assert_eq!(self.containers(), 0, "something was left behind");
                failure
            }
            other => panic!("it did not fail: {other:?}"),
        }
    }

    /// How many files lie in the folder.
    fn containers(&self) -> usize {
        std::fs::read_dir(self.disk.path().join("files")).unwrap().count()
    }

    fn holds(&self, container: ContainerId) -> Vec<u8> {
        let mut reader = self.folder.read(container).unwrap();
        let mut all = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut all).unwrap();
        all
    }

    fn keep(&self, content: &[u8]) -> ContainerId {
        let mut writer: Writer = self.folder.create().unwrap();
        std::io::Write::write_all(&mut writer, content).unwrap();
        let id = writer.id();
        writer.finish().unwrap();
        id
    }
}

const CONTAINER: ContainerId = ContainerId([7; 16]);

fn download(url: &str) -> Download {
    Download {
        get: url.to_owned(),
        container: CONTAINER,
        secret: None,
        size: None,
        sha256: None,
        most: None,
    }
}

fn upload(url: &str, container: ContainerId, size: u64) -> Upload {
    Upload {
        put: url.to_owned(),
        headers: Vec::new(),
        container,
        size,
        secret: None,
    }
}

fn secret() -> FileSecret {
    secret_of(FileCipher::Gcm, 12)
}

fn secret_of(cipher: FileCipher, iv: usize) -> FileSecret {
    FileSecret {
        cipher,
        key: [9; 32],
        iv: vec![3; iv],
    }
}

/// So many bytes that differ from one another.
fn content(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(length).collect()
}
