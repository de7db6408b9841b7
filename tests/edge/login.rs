//! The login: who has to prove what to whom (threats 88, 89).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::Digest;
use susurro::api::FailureKind::{LoginRefused, NoConnection, Other};

use super::hostile::{Authority, BIND, DOMAIN, Hostile, Seen, mechanisms};
use super::{connect, fails, target};

const SHA256: &[&str] = &["PLAIN", "SCRAM-SHA-256"];
const EXPORTER: &str = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>";
const PLUS: &[&str] = &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];

fn honest(gs2_header: &str) -> Seen {
    Seen {
        gs2_header: gs2_header.into(),
        proof_is_right: true,
        binding_is_right: true,
    }
}

#[tokio::test]
async fn an_honest_server_logs_us_in_bound_to_the_channel() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        let header = peer.open(&format!("{}{EXPORTER}", mechanisms(PLUS))).await;
        assert!(
            header.contains("from='ana@mired.test'") && header.contains("to='mired.test'"),
            "{header}"
        );
        let seen = peer.login().await;
        (seen, peer.until_closed().await)
    })
    .await;
    let established = connect(&target(server.port, &authority)).await.unwrap();
    let facts: Vec<_> = established
        .facts
        .iter()
        .map(|fact| susurro::words::fact(fact).as_str().to_owned())
        .collect();
    assert_eq!(
        facts[..3],
        [
            "TLS 1.3 X25519MLKEM768".to_owned(),
            "SCRAM-SHA-256-PLUS".into(),
            format!("server 127.0.0.1:{}", server.port)
        ]
    );
    assert_eq!(established.mechanism, "SCRAM-SHA-256-PLUS");
    assert!(
        established
            .features
            .get_child("bind", "urn:ietf:params:xml:ns:xmpp-bind")
            .is_some()
    );
    drop(established);
    assert_eq!(server.end().await.0, honest("p=tls-exporter,,"));
}

#[tokio::test]
async fn direct_tls_names_its_protocol_and_logs_in() {
    let authority = Authority::new();
    let mut leaf = authority.leaf(DOMAIN);
    leaf.alpn = true;
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.tls(&leaf).await.unwrap();
        assert_eq!(peer.io.get_ref().1.alpn_protocol(), Some(&b"xmpp-client"[..]));
        peer.open(&mechanisms(SHA256)).await;
        peer.login().await
    })
    .await;
    let mut target = target(server.port, &authority);
    target.options.direct_tls = true;
    assert_eq!(connect(&target).await.unwrap().mechanism, "SCRAM-SHA-256");
    assert_eq!(server.end().await, honest("y,,"));
}

#[tokio::test]
async fn a_server_that_offered_plus_sees_that_it_was_stripped() {
    // In between somebody took PLUS out: our `y` says that we would have used it, so
    // an honest server breaks off.
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(SHA256)).await;
        let first = peer.message().await;
        peer.send(
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><server-does-support-channel-binding/></failure>",
        )
        .await;
        first
    })
    .await;
    fails(
        &target(server.port, &authority),
        LoginRefused,
        false,
        "somebody between you and it",
    )
    .await;
    assert!(server.end().await.starts_with("y,,n=ana,r="));
}

#[tokio::test]
async fn plus_without_a_binding_of_ours_is_answered_with_n() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        let bindings =
            "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-unique'/></sasl-channel-binding>";
        peer.open(&format!("{}{bindings}", mechanisms(PLUS))).await;
        peer.login().await
    })
    .await;
    assert_eq!(
        connect(&target(server.port, &authority)).await.unwrap().mechanism,
        "SCRAM-SHA-256"
    );
    assert_eq!(server.end().await, honest("n,,"));
}

#[tokio::test]
async fn a_list_of_bindings_that_was_stripped_later_makes_the_login_fail_or_bind() {
    // An honest server below, somebody who took its list out in between: bound as before, or not at all.
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(PLUS)).await;
        peer.login().await
    })
    .await;
    let mut target = target(server.port, &authority);
    target.mechanism = Some("SCRAM-SHA-256-PLUS".into());
    assert_eq!(connect(&target).await.unwrap().mechanism, "SCRAM-SHA-256-PLUS");
    assert_eq!(server.end().await, honest("p=tls-exporter,,"));
}

/// A server that offers SCRAM-SHA-256 and answers the first message with `<name>text</name>`.
async fn answered(name: &'static str, text: impl Fn(&str) -> String + Send + 'static, words: &str) {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(move |peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(SHA256)).await;
        let first = peer.message().await;
        let nonce = first.rsplit("r=").next().unwrap().to_owned();
        peer.sasl(name, &text(&nonce)).await;
        peer.until_closed().await
    })
    .await;
    fails(&target(server.port, &authority), NoConnection, false, words).await;
    let after = server.end().await;
    assert!(
        !after.contains("response"),
        "something computed from the password was sent: {after}"
    );
}

#[tokio::test]
async fn success_without_a_proof_is_no_login() {
    answered("success", |_| String::new(), "could not prove").await;
    answered("success", |_| "v=AAAA".into(), "could not prove").await;
}

#[tokio::test]
async fn a_nonce_that_does_not_continue_ours_is_refused() {
    answered(
        "challenge",
        |_| "r=theirs,s=c2FsdA==,i=4096".into(),
        "not a valid one",
    )
    .await;
    answered(
        "challenge",
        |nonce| format!("r={nonce},s=c2FsdA==,i=4096"),
        "not a valid one",
    )
    .await;
}

#[tokio::test]
async fn weak_and_absurd_iteration_counts_are_refused_without_any_work() {
    answered(
        "challenge",
        |nonce| format!("r={nonce}x,s=c2FsdA==,i=1"),
        "1 rounds",
    )
    .await;
    answered(
        "challenge",
        |nonce| format!("r={nonce}x,s=c2FsdA==,i=4000000000"),
        "4000000000 rounds",
    )
    .await;
}

#[tokio::test]
async fn a_list_of_mechanisms_that_was_changed_on_the_way_is_found_out() {
    // The hash of XEP-0474 over what the server really offered.
    let hash = BASE64.encode(sha2::Sha256::digest(
        b"PLAIN\x1eSCRAM-SHA-256\x1eSCRAM-SHA-256-PLUS",
    ));
    answered(
        "challenge",
        move |nonce| format!("r={nonce}x,s=c2FsdA==,i=4096,h={hash}"),
        "changed what the server",
    )
    .await;
}

/// A server that ends an honest exchange with these words in place of its signature.
async fn ends_with(last: &'static [(&'static str, &'static str)], words: &str) {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(move |peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(SHA256)).await;
        peer.challenge().await;
        peer.message().await;
        for (name, text) in last {
            peer.sasl(name, text).await;
        }
        peer.open(BIND).await;
    })
    .await;
    fails(&target(server.port, &authority), NoConnection, false, words).await;
    server.end().await;
}

#[tokio::test]
async fn a_missing_or_wrong_signature_is_no_login() {
    ends_with(&[("success", "")], "could not prove").await;
    ends_with(
        &[("success", "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
        "could not prove",
    )
    .await;
    ends_with(&[("success", "v=")], "could not prove").await;
    ends_with(&[("challenge", "v=AAAA"), ("success", "")], "could not prove").await;
}

#[tokio::test]
async fn the_signature_may_come_as_a_last_challenge() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(move |peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(SHA256)).await;
        let mut scram = peer.challenge().await;
        scram.finish(&peer.message().await, b"");
        peer.sasl("challenge", &scram.signature()).await;
        peer.until(">").await;
        peer.sasl("success", "").await;
        peer.open(BIND).await;
    })
    .await;
    assert!(connect(&target(server.port, &authority)).await.is_ok());
    server.end().await;
}

#[tokio::test]
async fn what_comes_with_success_before_the_new_stream_is_refused() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(move |peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(SHA256)).await;
        let mut scram = peer.challenge().await;
        scram.finish(&peer.message().await, b"");
        let signature = BASE64.encode(scram.signature());
        peer.send(&format!(
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{signature}</success><message><body>x</body></message>"
        ))
        .await;
        peer.until_closed().await
    })
    .await;
    fails(
        &target(server.port, &authority),
        NoConnection,
        false,
        "before it was its turn",
    )
    .await;
    server.end().await;
}

#[tokio::test]
async fn plain_alone_is_refused_without_sending_anything() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["PLAIN", "X-OAUTH2"])).await;
        peer.until_closed().await
    })
    .await;
    fails(
        &target(server.port, &authority),
        LoginRefused,
        false,
        "--allow-plain",
    )
    .await;
    assert_eq!(server.end().await, "");
}

#[tokio::test]
async fn plain_is_used_where_the_user_allowed_it() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        peer.open(&mechanisms(&["PLAIN"])).await;
        let message = peer.message().await;
        peer.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
            .await;
        peer.open(BIND).await;
        message
    })
    .await;
    let mut target = target(server.port, &authority);
    target.options.allow_plain = true;
    assert_eq!(connect(&target).await.unwrap().mechanism, "PLAIN");
    assert_eq!(server.end().await, "\0ana\0pencil");
}

#[tokio::test]
async fn a_mechanism_weaker_than_before_is_refused_without_sending_anything() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    for (before, offered, allow_plain) in [
        ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", false),
        ("SCRAM-SHA-1", "PLAIN", true),
    ] {
        let leaf = leaf.clone();
        let server = Hostile::start(move |peer| async move {
            let mut peer = peer.starttls(&leaf).await.unwrap();
            peer.open(&mechanisms(&[offered])).await;
            peer.until_closed().await
        })
        .await;
        let mut target = target(server.port, &authority);
        target.mechanism = Some(before.into());
        target.options.allow_plain = allow_plain;
        fails(&target, LoginRefused, false, "weaker").await;
        assert_eq!(server.end().await, "");
    }
}

#[tokio::test]
async fn a_refused_password_stops_and_a_server_in_trouble_is_asked_again() {
    for (condition, retry, words) in [
        ("not-authorized", false, "susurro account password"),
        ("account-disabled", false, "disabled"),
        ("temporary-auth-failure", true, "at the moment"),
    ] {
        let authority = Authority::new();
        let leaf = authority.leaf(DOMAIN);
        let server = Hostile::start(move |peer| async move {
            let mut peer = peer.starttls(&leaf).await.unwrap();
            peer.open(&mechanisms(SHA256)).await;
            peer.challenge().await;
            peer.message().await;
            peer.send(&format!(
                "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>words</text><{condition}/></failure>"
            ))
            .await;
        })
        .await;
        fails(&target(server.port, &authority), LoginRefused, retry, words).await;
        server.end().await;
    }
}

#[tokio::test]
async fn nothing_larger_than_the_server_takes_before_the_login_is_sent() {
    // The client's answer repeats the server's nonce: in base64 this one would be beyond the limit.
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(|peer| async move {
        let mut peer = peer.starttls(&leaf).await.unwrap();
        let limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>";
        peer.open(&format!("{}{limits}", mechanisms(SHA256))).await;
        let first = peer.message().await;
        let nonce = first.rsplit("r=").next().unwrap().to_owned();
        peer.sasl(
            "challenge",
            &format!("r={nonce}{},s=c2FsdA==,i=4096", "x".repeat(7800)),
        )
        .await;
        peer.until_closed().await
    })
    .await;
    fails(
        &target(server.port, &authority),
        Other,
        false,
        "larger than the server takes",
    )
    .await;
    assert!(!server.end().await.contains("<response"));
}
