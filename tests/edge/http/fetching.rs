//! What comes: whole, in parts, too much of it, or something else.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use susurro::model::{FileCipher, FileSecret, FilesFailure};
use susurro::net::http::{HttpPolicy, HttpTimeouts};
use susurro::protocol::{Download, Task, TaskEvent};
use susurro::session::tasks::{Sealer, TAG};

use super::web::{Call, Web};
use super::{Bench, CONTAINER, TIMEOUTS, content, download, policy, secret, secret_of};

fn sealed(secret: &FileSecret, clear: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::new(Some(secret)).unwrap();
    let mut sealed = sealer.update(clear.to_vec()).unwrap();
    sealed.extend(sealer.finish().unwrap());
    sealed
}

fn hash(clear: &[u8]) -> [u8; 32] {
    Sha256::digest(clear).into()
}

/// A host that has this, and knows nothing but the whole of it.
async fn host(content: Vec<u8>) -> Web {
    Web::start(move |_, call| {
        let content = content.clone();
        async move { call.ok(&content).await }
    })
    .await
}

/// What becomes of a file that lies there, sealed as `secret` says, in this state.
async fn fetched(lies: Vec<u8>, wanted: impl FnOnce(&mut Download)) -> Result<Vec<u8>, FilesFailure> {
    let web = host(lies).await;
    let mut bench = Bench::new(&web);
    let mut download = download(&web.url("f"));
    wanted(&mut download);
    match bench.run(Task::Download(download)).await.0 {
        TaskEvent::Downloaded { size, sha256, .. } => {
            let clear = bench.holds(CONTAINER);
            assert_eq!((size, sha256), (clear.len() as u64, hash(&clear)));
            Ok(clear)
        }
        TaskEvent::Failed(failure) => {
            assert_eq!(bench.containers(), 0, "something was left behind");
            Err(failure)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_any_size_comes_whole_and_opened() {
    for size in [0, 1, 15, 16, 17, 65_535, 65_536, 102_385, 102_400, 3_000_000] {
        let clear = content(size);
        for cipher in [FileCipher::Gcm, FileCipher::GcmPerhapsBare, FileCipher::Cbc] {
            for iv in [12, 16] {
                if cipher == FileCipher::Cbc && iv == 12 {
                    continue;
                }
                let secret = secret_of(cipher, iv);
                let came = fetched(sealed(&secret, &clear), |download| {
                    download.secret = Some(secret);
                    download.size = Some(size as u64);
                    download.sha256 = Some(hash(&clear));
                });
                assert_eq!(came.await.as_ref(), Ok(&clear), "{cipher:?} {size}");
            }
        }
        assert_eq!(
            fetched(clear.clone(), |_| ()).await.as_ref(),
            Ok(&clear),
            "in clear, {size}"
        );
    }
}

/// Threat 64, and the only thing that vouches for a file without a tag.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_sent_is_not_kept() {
    let clear = content(100_000);
    let mut changed = sealed(&secret(), &clear);
    changed[50_000] ^= 1;
    let gcm = |download: &mut Download| download.secret = Some(secret());
    assert_eq!(fetched(changed, gcm).await, Err(FilesFailure::NotAuthentic));
    let mut cut = sealed(&secret(), &clear);
    cut.truncate(99_000);
    assert_eq!(fetched(cut, gcm).await, Err(FilesFailure::NotAuthentic));
    assert_eq!(
        fetched(content(TAG - 1), gcm).await,
        Err(FilesFailure::NotAuthentic)
    );
    // The right tag, and another file than the message names.
    let other = fetched(sealed(&secret(), &clear), |download| {
        download.secret = Some(secret());
        download.sha256 = Some([0; 32]);
    });
    assert_eq!(other.await, Err(FilesFailure::NotAuthentic));
    let shorter = fetched(sealed(&secret(), &clear), |download| {
        download.secret = Some(secret());
        download.size = Some(100_001);
    });
    assert_eq!(shorter.await, Err(FilesFailure::NotAuthentic));
    let cbc = secret_of(FileCipher::Cbc, 16);
    let unproved = fetched(sealed(&cbc, &clear), |download| {
        download.secret = Some(cbc.clone())
    });
    assert_eq!(
        unproved.await,
        Err(FilesFailure::NotAuthentic),
        "nothing vouches for it"
    );
    let mut bare = sealed(&secret(), &clear);
    bare.truncate(clear.len());
    let bare = fetched(bare, |download| {
        download.secret = Some(secret_of(FileCipher::GcmPerhapsBare, 12));
        download.size = Some(100_000);
    });
    assert_eq!(
        bare.await,
        Err(FilesFailure::NotAuthentic),
        "nothing vouches for it"
    );
}

/// Threat 66: a length that is announced and too long is not begun, one that is not announced is broken off.
#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_said_is_broken_off() {
    let much = fetched(content(100_017), |download| {
        download.secret = Some(secret());
        download.size = Some(100_000);
    });
    assert_eq!(much.await, Err(FilesFailure::TooMuch));
    let by_itself = fetched(content(100_001), |download| download.most = Some(100_000));
    assert_eq!(by_itself.await, Err(FilesFailure::TooMuch));
    // An endless body of no length.
    let web = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while call.write(&[0; 16_384]).await {}
    })
    .await;
    let mut bench = Bench::new(&web);
    let mut endless = download(&web.url("f"));
    endless.most = Some(1_000_000);
    assert_eq!(bench.fails(Task::Download(endless)).await, FilesFailure::TooMuch);
    // A length that nobody has room for is believed as little.
    let web = Web::start(|_, call: Call| async move {
        let head = format!("200 OK\r\nContent-Length: {}", 1_u64 << 62);
        call.answer(&head, b"x").await;
    })
    .await;
    let mut bench = Bench::new(&web);
    let mut large = download(&web.url("f"));
    large.most = Some(1_000_000);
    assert_eq!(bench.fails(Task::Download(large)).await, FilesFailure::TooMuch);
}

/// What the script of a host that breaks off after a while does with the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// Prosody: the part that is asked for, with a last byte that is one too many.
    Part,
    /// ejabberd: the whole file.
    Whole,
    /// A part of another file.
    OtherLength,
    /// The same length, and other bytes by their name.
    OtherTag,
    /// A part that begins elsewhere.
    OtherPlace,
    /// It cannot give parts, and says so.
    Refused,
}

async fn breaking(content: Vec<u8>, manner: Manner) -> Web {
    Web::start(move |number, mut call: Call| {
        let content = content.clone();
        async move {
            let length = content.len();
            let range = call.header("range").map(|range| {
                let from = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap();
                from.parse::<usize>().unwrap()
            });
            let whole = format!("200 OK\r\nETag: \"one\"\r\nContent-Length: {length}");
            if number == 0 {
                call.write(format!("HTTP/1.1 {whole}\r\n\r\n").as_bytes()).await;
                call.write(&content[..length / 2]).await;
                return call.cut().await;
            }
            let Some(from) = range else {
                return call.answer(&whole, &content).await;
            };
            let part = |from: usize, tag: &str, length: usize| {
                let rest = content.len() - from;
                format!(
                    "206 Partial Content\r\nETag: {tag}\r\nContent-Length: {rest}\r\n\
                     Content-Range: bytes {from}-{length}/{length}"
                )
            };
            match manner {
                Manner::Part => {
                    call.answer(&part(from, "\"one\"", length), &content[from..])
                        .await
                }
                Manner::Whole => call.answer(&whole, &content).await,
                Manner::OtherLength => {
                    call.answer(&part(from, "\"one\"", length + 1), &content[from..])
                        .await;
                }
                Manner::OtherTag => {
                    call.answer(&part(from, "\"two\"", length), &content[from..])
                        .await
                }
                Manner::OtherPlace => {
                    let from = from - 1;
                    call.answer(&part(from, "\"one\"", length), &content[from..])
                        .await;
                }
                Manner::Refused => {
                    call.answer("416 Range Not Satisfiable\r\nContent-Length: 0", b"")
                        .await;
                }
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_line_goes_on_where_the_host_can_and_begins_anew_where_not() {
    let clear = content(1_000_000);
    for manner in [
        Manner::Part,
        Manner::Whole,
        Manner::OtherLength,
        Manner::OtherTag,
        Manner::OtherPlace,
        Manner::Refused,
    ] {
        let web = breaking(sealed(&secret(), &clear), manner).await;
        let mut bench = Bench::new(&web);
        let mut download = download(&web.url("f"));
        download.secret = Some(secret());
        download.size = Some(clear.len() as u64);
        let (end, told) = bench.run(Task::Download(download)).await;
        assert!(matches!(end, TaskEvent::Downloaded { .. }), "{manner:?}: {end:?}");
        assert_eq!(bench.holds(CONTAINER), clear, "{manner:?}");
        assert!(told.contains(&TaskEvent::Waits), "{manner:?}");
        let heads = web.heads();
        assert!(heads[1].contains("if-range: \"one\""), "{}", heads[1]);
        let more = matches!(manner, Manner::Part | Manner::Whole);
        assert_eq!(heads.len(), if more { 2 } else { 3 }, "{manner:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_always_breaks_off_is_given_up() {
    let web = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
            .await;
        call.cut().await;
    })
    .await;
    let mut bench = Bench::new(&web);
    let failure = bench.fails(Task::Download(download(&web.url("f")))).await;
    assert_eq!(failure, FilesFailure::Broken);
    // One that brought four bytes, and three in vain, each of which asked for the rest and then for all.
    assert_eq!(
        web.heads()
            .iter()
            .filter(|head| !head.contains("range: "))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_before_the_end_is_none() {
    // HTTP/1.0 without a length ends with the connection, and that has to end in good order.
    for (in_order, ends) in [(true, true), (false, false)] {
        let web = Web::start(move |_, mut call: Call| async move {
            call.write(b"HTTP/1.0 200 OK\r\n\r\nall of it").await;
            if in_order {
                return call.answer("", b"").await;
            }
            call.cut().await;
        })
        .await;
        let mut bench = Bench::new(&web);
        let end = bench.run(Task::Download(download(&web.url("f")))).await.0;
        assert_eq!(matches!(end, TaskEvent::Downloaded { .. }), ends, "{end:?}");
    }
}

/// Facts of others: a packed answer to whoever asked for none; a host that dawdles; one that is silent.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_should_not_do() {
    let web = Web::start(|_, call: Call| async move {
        assert_eq!(call.header("accept-encoding"), Some("identity"));
        call.answer(
            "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4",
            b"\x1f\x8b\x08\0",
        )
        .await;
    })
    .await;
    let mut bench = Bench::new(&web);
    let packed = bench.fails(Task::Download(download(&web.url("f")))).await;
    assert_eq!(packed, FilesFailure::NotAuthentic);

    let dawdles = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            .await;
        while call.write(b"x").await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let timeouts = HttpTimeouts {
        window: Duration::from_millis(200),
        least: 1_000_000,
        ..TIMEOUTS
    };
    let mut bench = Bench::with(HttpPolicy {
        timeouts,
        ..policy(&dawdles)
    });
    let slow = bench.fails(Task::Download(download(&dawdles.url("f")))).await;
    assert_eq!(slow, FilesFailure::TimedOut);

    let silent = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome")
            .await;
        call.wait().await;
    })
    .await;
    let timeouts = HttpTimeouts {
        silence: Duration::from_millis(100),
        ..TIMEOUTS
    };
    let mut bench = Bench::with(HttpPolicy {
        timeouts,
        ..policy(&silent)
    });
    let silence = bench.fails(Task::Download(download(&silent.url("f")))).await;
    assert_eq!(silence, FilesFailure::TimedOut);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_it_leaves_nothing_behind() {
    let web = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome")
            .await;
        call.wait().await;
    })
    .await;
    let mut bench = Bench::new(&web);
    let task = bench.start(Task::Download(download(&web.url("f"))));
    let (_, event) = bench.next().await;
    assert!(matches!(event, TaskEvent::Progress { .. }), "{event:?}");
    bench.tasks.cancel(task);
    crate::support::wait_for("the container to go", || (bench.containers() == 0).then_some(()));
}

/// Twenty at once: each comes, and never more than a few of them at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_take_turns() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let web = Web::start(move |_, call: Call| {
        let (now, most) = (now.clone(), most.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            // Counted down before the end of it is seen.
            now.fetch_sub(1, Ordering::SeqCst);
            call.ok(&content(100_000)).await;
        }
    })
    .await;
    let mut bench = Bench::new(&web);
    for number in 0..20 {
        let mut download = download(&web.url("f"));
        download.container.0[0] = number;
        bench.start(Task::Download(download));
    }
    let mut came = 0;
    while came < 20 {
        match bench.next().await.1 {
            TaskEvent::Downloaded { .. } => came += 1,
            TaskEvent::Progress { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(bench.containers(), 20);
    let most = seen.load(Ordering::SeqCst);
    assert!(most <= 4, "{most}");
}
