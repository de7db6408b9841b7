//! Where it is gone to, and where not.

use susurro::model::FilesFailure;
use susurro::model::failure::{CertificateFault, NetFailure, TcpFault, TlsFailure};
use susurro::net::http::HttpPolicy;
use susurro::protocol::{Task, TaskEvent};

use super::web::{Call, Web};
use super::{Bench, CONTAINER, download, policy, upload};
use crate::hostile::{Authority, self_signed};
use crate::nobodys_port;

async fn redirecting(times: usize, to: impl Fn(usize) -> String + Send + Sync + 'static) -> Web {
    let to = std::sync::Arc::new(to);
    Web::start(move |number, call: Call| {
        let to = to.clone();
        async move {
            assert_eq!(call.header("authorization"), None);
            if number < times {
                let head = format!("302 Found\r\nLocation: {}\r\nContent-Length: 0", to(number));
                return call.answer(&head, b"").await;
            }
            call.ok(b"it").await;
        }
    })
    .await
}

/// Threat 65.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_for_three_addresses_further() {
    let web = redirecting(3, |number| format!("/{number}?again")).await;
    let mut bench = Bench::new(&web);
    let end = bench
        .run(Task::Download(download(&web.url("f#not-for-the-host"))))
        .await
        .0;
    assert!(matches!(end, TaskEvent::Downloaded { size: 2, .. }), "{end:?}");
    assert_eq!(bench.holds(CONTAINER), b"it");
    let asked: Vec<_> = web
        .heads()
        .iter()
        .map(|head| head.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "GET /f HTTP/1.1",
            "GET /0?again HTTP/1.1",
            "GET /1?again HTTP/1.1",
            "GET /2?again HTTP/1.1"
        ]
    );

    let web = redirecting(4, |number| format!("/{number}")).await;
    let mut bench = Bench::new(&web);
    let failure = bench.fails(Task::Download(download(&web.url("f")))).await;
    assert_eq!(failure, FilesFailure::Redirected);
    assert_eq!(web.heads().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_to_https_alone() {
    for location in [
        "http://127.0.0.1:1/f",
        "file:///etc/passwd",
        "https://ana:secret@127.0.0.1/f",
        "",
    ] {
        let web = redirecting(1, move |_| location.to_owned()).await;
        let mut bench = Bench::new(&web);
        let end = bench.run(Task::Download(download(&web.url("f")))).await.0;
        // An empty one is the same address (RFC 3986 §4.4).
        match location {
            "" => assert!(matches!(end, TaskEvent::Downloaded { .. })),
            _ => assert_eq!(end, TaskEvent::Failed(FilesFailure::Redirected), "{location}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_https_address_is_not_gone_to() {
    let web = redirecting(0, |_| String::new()).await;
    let mut bench = Bench::new(&web);
    for url in [
        "http://127.0.0.1/f",
        "aesgcm://127.0.0.1/f",
        "/f",
        "https://ana:b@127.0.0.1/f",
    ] {
        assert_eq!(
            bench.fails(Task::Download(download(url))).await,
            FilesFailure::BadAddress,
            "{url}"
        );
        let put = upload(url, bench.keep(b"it"), 2);
        assert_eq!(
            bench.run(Task::Upload(put.clone())).await.0,
            TaskEvent::Failed(FilesFailure::BadAddress)
        );
        bench.folder.delete(put.container).unwrap();
    }
}

/// Threat 65: whose server is on the internet is not sent into a network of theirs.
#[tokio::test(flavor = "multi_thread")]
async fn a_private_network_is_gone_to_only_from_within() {
    let web = redirecting(0, |_| String::new()).await;
    let outside = HttpPolicy {
        inside: false,
        ..policy(&web)
    };
    let mut bench = Bench::with(outside);
    let failure = bench.fails(Task::Download(download(&web.url("f")))).await;
    assert_eq!(failure, FilesFailure::BadAddress);
    assert_eq!(web.heads().len(), 0);
    assert!(HttpPolicy::is_inside("127.0.0.1:5222"));
    assert!(HttpPolicy::is_inside("[fd00::1]:5222"));
    assert!(!HttpPolicy::is_inside("8.8.8.8:5222"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_has_to_be_for_the_host() {
    let authority = Authority::new();
    let script = |_, call: Call| async move { call.ok(b"it").await };
    for (leaf, fault) in [
        (authority.leaf("files.mired.test"), CertificateFault::OtherName),
        (authority.expired("127.0.0.1"), CertificateFault::Expired),
        (self_signed("127.0.0.1"), CertificateFault::UnknownIssuer),
    ] {
        let web = Web::with(&authority, &leaf, &["http/1.1"], script).await;
        let mut bench = Bench::new(&web);
        match bench.fails(Task::Download(download(&web.url("f")))).await {
            FilesFailure::Net(NetFailure::Tls(TlsFailure::Certificate(_, why))) => assert_eq!(why, fault),
            other => panic!("{other:?}"),
        }
        assert_eq!(web.heads().len(), 0);
    }
}

/// A host with HTTP/2 alone says so, and one that asks for no protocol is fine.
#[tokio::test(flavor = "multi_thread")]
async fn http_1_1_is_spoken_and_nothing_else() {
    let authority = Authority::new();
    let leaf = authority.leaf("127.0.0.1");
    let script = |_, call: Call| async move { call.ok(b"it").await };
    let web = Web::with(&authority, &leaf, &["h2"], script).await;
    let mut bench = Bench::new(&web);
    let failure = bench.fails(Task::Download(download(&web.url("f")))).await;
    assert!(
        matches!(failure, FilesFailure::Net(NetFailure::Tls(TlsFailure::Alert(_)))),
        "{failure:?}"
    );
    let web = Web::with(&authority, &leaf, &[], script).await;
    let end = Bench::new(&web)
        .run(Task::Download(download(&web.url("f"))))
        .await
        .0;
    assert!(matches!(end, TaskEvent::Downloaded { .. }), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_asked_some_times() {
    let web = redirecting(0, |_| String::new()).await;
    let (_held, port) = nobodys_port();
    let mut bench = Bench::new(&web);
    let refused = NetFailure::Unreached {
        host: susurro::model::Clean::line("127.0.0.1"),
        port,
        why: TcpFault::Refused,
    };
    let url = format!("https://127.0.0.1:{port}/f");
    let (end, told) = bench.run(Task::Download(download(&url))).await;
    assert_eq!(end, TaskEvent::Failed(FilesFailure::Net(refused.clone())));
    assert_eq!(told, [TaskEvent::Waits, TaskEvent::Waits, TaskEvent::Waits]);
    let put = upload(&url, bench.keep(b"it"), 2);
    let (end, told) = bench.run(Task::Upload(put)).await;
    assert_eq!(end, TaskEvent::Failed(FilesFailure::Net(refused)));
    assert_eq!(told, [TaskEvent::Waits, TaskEvent::Waits, TaskEvent::Waits]);
}

/// What is in the way of an answer at all.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_or_too_much_of_it_is_given_up() {
    for (said, failure) in [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            FilesFailure::Gone,
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
            FilesFailure::Status(401),
        ),
        (
            "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n",
            FilesFailure::Status(503),
        ),
        (
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes 1-1/2\r\n\r\nx",
            FilesFailure::Status(206),
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", FilesFailure::Broken),
        ("", FilesFailure::Broken),
    ] {
        let web = Web::start(move |_, mut call: Call| async move {
            call.write(said.as_bytes()).await;
            call.cut().await;
        })
        .await;
        let mut bench = Bench::new(&web);
        assert_eq!(
            bench.fails(Task::Download(download(&web.url("f")))).await,
            failure,
            "{said}"
        );
    }
    let web = Web::start(|_, mut call: Call| async move {
        call.write(b"HTTP/1.1 200 OK\r\n").await;
        while call.write(b"X-More: and more, and more, and more\r\n").await {}
    })
    .await;
    let mut bench = Bench::new(&web);
    let failure = bench.fails(Task::Download(download(&web.url("f")))).await;
    assert_eq!(failure, FilesFailure::Broken);
}
