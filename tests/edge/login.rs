//! The login: who has to prove what to whom (threats 88, 89).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::Digest;
use susurro::api::FailureKind::{LoginRefused, NoConnection, Other};

use super::hostile::{Authority, BIND, DOMAIN, Hostile, Seen, mechanisms};
use super::{connect, fails, offers, target};

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

/// A failure of SASL in the words of RFC 6120.
fn failure(what: &str) -> String {
    format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{what}</failure>")
}

#[tokio::test]
async fn a_server_that_offered_plus_sees_that_it_was_stripped() {
    // In between somebody took PLUS out: our `y` says that we would have used it, so
    // an honest server breaks off.
    let (target, server) = offers(mechanisms(SHA256), |mut peer| async move {
        let first = peer.message().await;
        peer.send(&failure("<server-does-support-channel-binding/>"))
            .await;
        first
    })
    .await;
    fails(&target, LoginRefused, false, "somebody between you and it").await;
    assert!(server.end().await.starts_with("y,,n=ana,r="));
}

#[tokio::test]
async fn which_binding_is_used_and_what_is_said_of_it() {
    let unknown = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-unique'/></sasl-channel-binding>";
    for (listed, before, used, gs2_header) in [
        // Plus without a binding of ours is answered with n.
        (unknown, None, "SCRAM-SHA-256", "n,,"),
        // An honest server below, somebody who took its list out in between: bound as before, or not at all.
        (
            "",
            Some("SCRAM-SHA-256-PLUS"),
            "SCRAM-SHA-256-PLUS",
            "p=tls-exporter,,",
        ),
    ] {
        let features = format!("{}{listed}", mechanisms(PLUS));
        let (mut target, server) = offers(features, |mut peer| async move { peer.login().await }).await;
        target.mechanism = before.map(str::to_owned);
        assert_eq!(connect(&target).await.unwrap().mechanism, used);
        assert_eq!(server.end().await, honest(gs2_header));
    }
}

/// A server that offers SCRAM-SHA-256 and answers the first message with `<name>text</name>`.
async fn answered(name: &'static str, text: impl Fn(&str) -> String + Send + 'static, words: &str) {
    let (target, server) = offers(mechanisms(SHA256), move |mut peer| async move {
        let first = peer.message().await;
        let nonce = first.rsplit("r=").next().unwrap().to_owned();
        peer.sasl(name, &text(&nonce)).await;
        peer.until_closed().await
    })
    .await;
    fails(&target, NoConnection, false, words).await;
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
async fn a_challenge_that_is_no_honest_one_is_refused_without_any_work() {
    // The hash of XEP-0474 over what the server really offered.
    let offered = sha2::Sha256::digest(b"PLAIN\x1eSCRAM-SHA-256\x1eSCRAM-SHA-256-PLUS");
    let changed = format!("r=NONCEx,s=c2FsdA==,i=4096,h={}", BASE64.encode(offered));
    for (challenge, words) in [
        // A nonce that does not continue ours.
        ("r=theirs,s=c2FsdA==,i=4096", "not a valid one"),
        ("r=NONCE,s=c2FsdA==,i=4096", "not a valid one"),
        // Weak and absurd iteration counts.
        ("r=NONCEx,s=c2FsdA==,i=1", "1 rounds"),
        ("r=NONCEx,s=c2FsdA==,i=4000000000", "4000000000 rounds"),
        // A list of mechanisms that was changed on the way.
        (&changed, "changed what the server"),
    ] {
        let challenge = challenge.to_owned();
        answered("challenge", move |nonce| challenge.replace("NONCE", nonce), words).await;
    }
}

#[tokio::test]
async fn a_missing_or_wrong_signature_is_no_login() {
    const WRONG: &str = "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for last in [
        &[("success", "")][..],
        &[("success", WRONG)],
        &[("success", "v=")],
        &[("challenge", "v=AAAA"), ("success", "")],
    ] {
        let (target, server) = offers(mechanisms(SHA256), move |mut peer| async move {
            peer.challenge().await;
            peer.message().await;
            for (name, text) in last {
                peer.sasl(name, text).await;
            }
            peer.open(BIND).await;
        })
        .await;
        fails(&target, NoConnection, false, "could not prove").await;
        server.end().await;
    }
}

#[tokio::test]
async fn the_signature_may_come_as_a_last_challenge() {
    let (target, server) = offers(mechanisms(SHA256), |mut peer| async move {
        let mut scram = peer.challenge().await;
        scram.finish(&peer.message().await, b"");
        peer.sasl("challenge", &scram.signature()).await;
        peer.until(">").await;
        peer.sasl("success", "").await;
        peer.open(BIND).await;
    })
    .await;
    assert!(connect(&target).await.is_ok());
    server.end().await;
}

#[tokio::test]
async fn what_comes_with_success_before_the_new_stream_is_refused() {
    let (target, server) = offers(mechanisms(SHA256), |mut peer| async move {
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
    fails(&target, NoConnection, false, "before it was its turn").await;
    server.end().await;
}

#[tokio::test]
async fn what_is_too_weak_is_refused_without_sending_anything() {
    for (before, offered, allow_plain, words) in [
        (None, &["PLAIN", "X-OAUTH2"][..], false, "--allow-plain"),
        (Some("SCRAM-SHA-256-PLUS"), &["SCRAM-SHA-256"], false, "weaker"),
        (Some("SCRAM-SHA-1"), &["PLAIN"], true, "weaker"),
    ] {
        let (mut target, server) = offers(mechanisms(offered), |mut peer| async move {
            peer.until_closed().await
        })
        .await;
        target.mechanism = before.map(str::to_owned);
        target.options.allow_plain = allow_plain;
        fails(&target, LoginRefused, false, words).await;
        assert_eq!(server.end().await, "");
    }
}

#[tokio::test]
async fn plain_is_used_where_the_user_allowed_it() {
    let (mut target, server) = offers(mechanisms(&["PLAIN"]), |mut peer| async move {
        let message = peer.message().await;
        peer.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
            .await;
        peer.open(BIND).await;
        message
    })
    .await;
    target.options.allow_plain = true;
    assert_eq!(connect(&target).await.unwrap().mechanism, "PLAIN");
    assert_eq!(server.end().await, "\0ana\0pencil");
}

#[tokio::test]
async fn a_refused_password_stops_and_a_server_in_trouble_is_asked_again() {
    for (condition, retry, words) in [
        ("not-authorized", false, "susurro account password"),
        ("account-disabled", false, "disabled"),
        ("temporary-auth-failure", true, "at the moment"),
    ] {
        let (target, server) = offers(mechanisms(SHA256), move |mut peer| async move {
            peer.challenge().await;
            peer.message().await;
            peer.send(&failure(&format!("<text>words</text><{condition}/>")))
                .await;
        })
        .await;
        fails(&target, LoginRefused, retry, words).await;
        server.end().await;
    }
}

#[tokio::test]
async fn nothing_larger_than_the_server_takes_before_the_login_is_sent() {
    // The client's answer repeats the server's nonce: in base64 this one would be beyond the limit.
    let limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>";
    let (target, server) = offers(mechanisms(SHA256) + limits, |mut peer| async move {
        let first = peer.message().await;
        let nonce = first.rsplit("r=").next().unwrap().to_owned();
        let challenge = format!("r={nonce}{},s=c2FsdA==,i=4096", "x".repeat(7800));
        peer.sasl("challenge", &challenge).await;
        peer.until_closed().await
    })
    .await;
    fails(&target, Other, false, "larger than the server takes").await;
    assert!(!server.end().await.contains("<response"));
}
