//! Files on real services: Prosody's `http_file_share` and ejabberd's `mod_http_upload`, over HTTPS, each with
//! its manners.

use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use serde_json::Value;
use susurro::files::Folder;
use susurro::model::{ContainerId, FileCipher, FileSecret, FilesFailure};
use susurro::net::http::{Http, HttpPolicy, Resume};
use susurro::protocol::{Download, Task, TaskEvent, TaskId, Upload};
use susurro::session::tasks::{Pace, Tasks};
use susurro::vault::{AttachmentKey, Locked};

use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::{Address, PATIENCE};

/// 0454 and 0448: the tag is part of what is sent.
const TAG: u64 = 16;

fn secret() -> FileSecret {
    FileSecret {
        cipher: FileCipher::Gcm,
        key: [9; 32],
        iv: vec![3; 12],
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// What the service said, and what is in the container.
fn upload(slot: &Value, container: ContainerId, size: u64) -> Upload {
    let headers = slot["headers"].as_array().expect("a list");
    Upload {
        put: text(&slot["put"]),
        headers: headers
            .iter()
            .map(|header| (text(&header[0]), text(&header[1])))
            .collect(),
        container,
        size,
        secret: Some(secret()),
    }
}

fn download(slot: &Value, container: ContainerId) -> Download {
    Download {
        get: text(&slot["get"]),
        container,
        secret: Some(secret()),
        size: None,
        sha256: None,
        most: None,
    }
}

async fn run(tasks: &mut Tasks, number: u64, task: Task) -> TaskEvent {
    tasks.start(TaskId(number), task);
    loop {
        let next = tokio::time::timeout(PATIENCE, poll_fn(|cx| tasks.poll(cx)));
        match next.await.expect("the task says nothing").1 {
            TaskEvent::Progress { .. } => {}
            event => return event,
        }
    }
}

fn keep(folder: &Folder, content: &[u8]) -> ContainerId {
    let mut writer = folder.create().unwrap();
    writer.write_all(content).unwrap();
    let id = writer.id();
    writer.finish().unwrap();
    id
}

fn holds(folder: &Folder, container: ContainerId) -> Vec<u8> {
    let mut all = Vec::new();
    folder.read(container).unwrap().read_to_end(&mut all).unwrap();
    all
}

/// What both services have in common: files of any size go there and come back, once a slot.
async fn there_and_back(address: &Address, resumes: bool) {
    let mut bob = Peer::login(address, "bob");
    let disk = tempfile::tempdir().unwrap();
    let key = Locked::new(AttachmentKey::of_bytes([7; 32])).unwrap();
    let folder = Folder::open(disk.path().join("files"), Arc::new(key)).unwrap();
    let policy = HttpPolicy {
        ca_pem: Some(std::fs::read_to_string(&address.ca_file).unwrap()),
        inside: true,
        ..HttpPolicy::default()
    };
    let mut tasks = Tasks::new(Some(folder.clone()), policy.clone(), Pace::default());
    for (number, size) in (0_u8..).zip([0_usize, 1, 102_385, 16 << 20]) {
        let content: Vec<u8> = (0_u32..).flat_map(u32::to_le_bytes).take(size).collect();
        let slot = bob.slot("c3Vz.bin", size as u64 + TAG);
        let container = keep(&folder, &content);
        let number = u64::from(number) * 10;
        let put = || Task::Upload(upload(&slot, container, size as u64));
        assert_eq!(
            run(&mut tasks, number, put()).await,
            TaskEvent::Uploaded,
            "{size}"
        );
        let into = ContainerId([size.to_le_bytes()[2]; 16]);
        let came = run(&mut tasks, number + 1, Task::Download(download(&slot, into))).await;
        assert!(matches!(came, TaskEvent::Downloaded { .. }), "{size}: {came:?}");
        assert_eq!(holds(&folder, into), content, "{size}");
        // A slot that was used is used up: nothing can be put over it. Whether its host says so or hangs up while
        // the file still comes, is its own affair.
        let again = run(&mut tasks, number + 2, put()).await;
        assert!(matches!(again, TaskEvent::Failed(_)), "{size}: {again:?}");
        if size > 1 {
            let resume = Resume {
                from: size as u64 / 2,
                etag: None,
            };
            let rest = Http::new(policy.clone())
                .get(&text(&slot["get"]), Some(&resume))
                .await;
            let part = rest.unwrap().part();
            let expected = (size as u64 / 2, Some(size as u64 + TAG));
            assert_eq!(part, resumes.then_some(expected), "{size}");
        }
    }
    // Another size than was asked for, and an address where nothing lies.
    let slot = bob.slot("c3Vz.bin", 5 + TAG);
    let other = upload(&slot, keep(&folder, b"longer"), 6);
    let other = run(&mut tasks, 90, Task::Upload(other)).await;
    assert!(matches!(other, TaskEvent::Failed(_)), "{other:?}");
    let nothing = run(
        &mut tasks,
        91,
        Task::Download(download(&slot, ContainerId([1; 16]))),
    )
    .await;
    assert_eq!(nothing, TaskEvent::Failed(FilesFailure::Gone));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn prosody_takes_files_and_gives_parts_of_them() {
    let server = Prosody::with(Options {
        uploads: true,
        ..Options::default()
    });
    runtime().block_on(there_and_back(&server.address(), true));
}

#[test]
fn ejabberd_takes_files_and_gives_whole_ones() {
    let server = Ejabberd::start();
    runtime().block_on(there_and_back(&server.address(), false));
}
