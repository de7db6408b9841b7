//! The certificate is checked against the domain of the JID and nothing else (threat 90).

use susurro::api::FailureKind::NoConnection;

use super::hostile::{Authority, DOMAIN, Hostile, Leaf, mechanisms, self_signed};
use super::{connect, fails, offers, target};

/// Whoever shows `leaf` is refused with `words`, by both ways to TLS, and does not learn who we are.
async fn refused(leaf: Leaf, authority: &Authority, words: &str) {
    for direct in [false, true] {
        let leaf = leaf.clone();
        let server = Hostile::start(move |peer| async move {
            let peer = if direct {
                peer.tls(&leaf).await
            } else {
                peer.starttls(&leaf).await
            };
            // With TLS 1.3 the server may learn of the refusal only on reading.
            match peer {
                Some(mut peer) => peer.until_closed().await,
                None => String::new(),
            }
        })
        .await;
        let mut target = target(server.port, authority);
        target.options.direct_tls = direct;
        fails(&target, NoConnection, false, words).await;
        assert_eq!(server.end().await, "");
    }
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_refused() {
    let authority = Authority::new();
    for (leaf, words) in [
        (authority.expired(DOMAIN), "has expired"),
        // 127.0.0.1 is what `--server` names; the JID's domain is what counts.
        (authority.leaf("127.0.0.1"), "is not for mired.test"),
        (authority.leaf("xmpp.mired.test"), "is not for mired.test"),
        // Nobody's certificates.
        (self_signed(DOMAIN), "--ca-file"),
        (Authority::new().leaf(DOMAIN), "--ca-file"),
    ] {
        refused(leaf, &authority, words).await;
    }
}

#[tokio::test]
async fn the_certificate_of_a_ca_is_none_of_a_server() {
    let authority = Authority::new();
    refused(
        authority.authority_for(DOMAIN),
        &authority,
        "is that of a CA and not of a server",
    )
    .await;
}

#[tokio::test]
async fn without_the_ca_file_its_certificates_are_nobodys() {
    let authority = Authority::new();
    let leaf = authority.leaf(DOMAIN);
    let server = Hostile::start(move |peer| async move { peer.starttls(&leaf).await.is_some() }).await;
    let mut target = target(server.port, &authority);
    target.options.ca_pem = None;
    // A machine without any roots says that instead.
    let error = connect(&target).await.err().unwrap();
    assert!(!error.retry && error.failure.kind() == NoConnection, "{error:?}");
}

#[tokio::test]
async fn a_wildcard_or_an_internationalised_name_is_taken() {
    let authority = Authority::new();
    for (jid, name) in [
        ("ana@b\u{fc}cher.mired.test", "xn--bcher-kva.mired.test"),
        ("ana@chat.mired.test", "*.mired.test"),
    ] {
        let leaf = authority.leaf(name);
        let server = Hostile::start(|peer| async move {
            let mut peer = peer.starttls(&leaf).await.expect("the certificate is right");
            peer.open(&mechanisms(&["SCRAM-SHA-256"])).await;
            peer.login().await
        })
        .await;
        let mut target = target(server.port, &authority);
        target.jid = jid.parse().unwrap();
        assert!(connect(&target).await.is_ok());
        assert!(server.end().await.proof_is_right);
    }
}

#[tokio::test]
async fn a_place_to_resume_with_a_wrong_certificate_is_passed_over() {
    let (mut target, server) = offers(mechanisms(&["SCRAM-SHA-256"]), |mut peer| async move {
        peer.login().await
    })
    .await;
    let wrong = self_signed(DOMAIN);
    let place = Hostile::start(move |peer| async move {
        match peer.starttls(&wrong).await {
            Some(mut peer) => peer.until_closed().await,
            None => String::new(),
        }
    })
    .await;
    target.location = Some(format!("127.0.0.1:{}", place.port));
    assert!(connect(&target).await.is_ok());
    assert_eq!(place.end().await, "");
    assert!(server.end().await.proof_is_right);
}
