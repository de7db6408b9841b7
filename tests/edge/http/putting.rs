//! What leaves: as the service wants it, and never twice under one key.

use std::sync::{Arc, Mutex};

use susurro::model::{ContainerId, FilesFailure};
use susurro::protocol::{Task, TaskEvent};
use susurro::session::tasks::Opener;
use zeroize::Zeroizing;

use super::web::{Call, Web};
use super::{Bench, content, secret, upload};

/// A service that takes everything, and what it took.
async fn taking() -> (Web, Arc<Mutex<Vec<Vec<u8>>>>) {
    let took = Arc::new(Mutex::new(Vec::new()));
    let all = took.clone();
    let web = Web::start(move |_, mut call: Call| {
        let all = all.clone();
        async move {
            let length = call.header("content-length").expect("a length").parse().unwrap();
            let body = call.body(length).await;
            all.lock().unwrap().push(body);
            call.answer("201 Created\r\nContent-Length: 0", b"").await;
        }
    })
    .await;
    (web, took)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_any_size_leaves_whole_and_sealed() {
    let (web, took) = taking().await;
    let mut bench = Bench::new(&web);
    for size in [0, 1, 65_535, 65_536, 65_537, 3_000_000] {
        let clear = content(size);
        let mut sealed = upload(&web.url("f"), bench.keep(&clear), size as u64);
        sealed.secret = Some(secret());
        let (end, told) = bench.run(Task::Upload(sealed)).await;
        assert_eq!(end, TaskEvent::Uploaded);
        let total = Some(size as u64 + 16);
        let only =
            |event: &TaskEvent| matches!(event, TaskEvent::Progress { total: said, .. } if *said == total);
        assert!(told.iter().all(only), "{told:?}");
        let left = took.lock().unwrap().pop().unwrap();
        let mut opener = Opener::new(Some(&secret()), None).unwrap();
        let mut out = Zeroizing::new(Vec::new());
        opener.update(&left, &mut out).unwrap();
        assert_eq!(opener.finish(&mut Zeroizing::new(Vec::new())), Ok(false));
        assert_eq!(*out, clear, "{size}");
        let in_clear = upload(&web.url("f"), bench.keep(&clear), size as u64);
        assert_eq!(bench.run(Task::Upload(in_clear)).await.0, TaskEvent::Uploaded);
        assert_eq!(took.lock().unwrap().pop().unwrap(), clear, "{size}");
    }
    for head in web.heads() {
        assert!(head.starts_with("PUT /f HTTP/1.1\r\n"), "{head}");
        assert!(
            head.contains("content-type: application/octet-stream\r\n"),
            "{head}"
        );
        assert!(!head.contains("transfer-encoding"), "{head}");
    }
}

/// Threat 67.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_headers_of_the_document_are_sent() {
    let (web, _) = taking().await;
    let mut bench = Bench::new(&web);
    let mut put = upload(&web.url("f"), bench.keep(b"it"), 2);
    let asked = [
        ("Authorization", "Bearer abc"),
        ("cookie", "a=b"),
        ("EXPIRES", "never"),
        ("Host", "elsewhere.test"),
        ("X-Forwarded-For", "1.2.3.4"),
        ("Content-Length", "7"),
        ("Cookie", "a\r\nX-Evil: 1"),
        ("Bad Name", "x"),
    ];
    put.headers = asked
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    assert_eq!(bench.run(Task::Upload(put)).await.0, TaskEvent::Uploaded);
    let head = web.heads().concat().to_lowercase();
    for there in [
        "authorization: bearer abc\r\n",
        "cookie: a=b\r\n",
        "expires: never\r\n",
        "content-length: 2\r\n",
    ] {
        assert!(head.contains(there), "{head}");
    }
    for not_there in [
        "elsewhere",
        "x-forwarded",
        "x-evil",
        "bad name",
        "content-length: 7",
    ] {
        assert!(!head.contains(not_there), "{head}");
    }
}

/// New bytes under an old key and IV would give both away.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_to_leave_is_never_sent_again() {
    let web = Web::start(|_, mut call: Call| async move {
        call.body(100_000).await;
        call.cut().await;
    })
    .await;
    let mut bench = Bench::new(&web);
    let mut put = upload(&web.url("f"), bench.keep(&content(3_000_000)), 3_000_000);
    put.secret = Some(secret());
    let (end, told) = bench.run(Task::Upload(put)).await;
    assert_eq!(end, TaskEvent::Failed(FilesFailure::Broken));
    assert!(!told.contains(&TaskEvent::Waits));
    assert_eq!(web.heads().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_of_the_service_is_told() {
    for (answer, failure) in [
        ("403 Forbidden", FilesFailure::Status(403)),
        ("409 Conflict", FilesFailure::Status(409)),
        ("410 Gone", FilesFailure::Gone),
        ("413 Content Too Large", FilesFailure::Status(413)),
        ("500 Internal Server Error", FilesFailure::Status(500)),
        (
            "302 Found\r\nLocation: https://127.0.0.1:1/f",
            FilesFailure::Redirected,
        ),
        ("307 Temporary Redirect\r\nLocation: /g", FilesFailure::Redirected),
    ] {
        let web = Web::start(move |_, mut call: Call| async move {
            call.body(2).await;
            call.answer(&format!("{answer}\r\nContent-Length: 0"), b"").await;
        })
        .await;
        let mut bench = Bench::new(&web);
        let put = upload(&web.url("f"), bench.keep(b"it"), 2);
        assert_eq!(bench.run(Task::Upload(put)).await.0, TaskEvent::Failed(failure));
        assert_eq!(web.heads().len(), 1, "{answer}");
    }
    // Before the body was taken, with words before it that are no answer.
    let web = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 100 Continue\r\n\r\n").await;
        call.body(2).await;
        call.answer("201 Created\r\nContent-Length: 0", b"").await;
    })
    .await;
    let mut bench = Bench::new(&web);
    let put = upload(&web.url("f"), bench.keep(b"it"), 2);
    assert_eq!(bench.run(Task::Upload(put)).await.0, TaskEvent::Uploaded);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_here_does_not_leave() {
    let (web, _) = taking().await;
    let mut bench = Bench::new(&web);
    let absent = upload(&web.url("f"), ContainerId([1; 16]), 2);
    assert_eq!(
        bench.run(Task::Upload(absent)).await.0,
        TaskEvent::Failed(FilesFailure::NotHere)
    );
    let other = upload(&web.url("f"), bench.keep(b"three"), 3);
    assert_eq!(
        bench.run(Task::Upload(other)).await.0,
        TaskEvent::Failed(FilesFailure::Damaged)
    );
    assert_eq!(web.heads().len(), 0, "the service heard of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_gone() {
    let (web, _) = taking().await;
    let mut bench = Bench::new(&web);
    let (kept, gone) = (bench.keep(b"kept"), bench.keep(b"gone"));
    bench.start(Task::Delete(vec![gone, ContainerId([1; 16])]));
    crate::support::wait_for("the container to go", || {
        (!bench.folder.holds(gone)).then_some(())
    });
    assert_eq!(bench.holds(kept), b"kept");
}
