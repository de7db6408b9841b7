//! The same edge against servers that we did not write.

use susurro::api::FailureKind;
use susurro::model::AccountOptions;
use susurro::net::connection::{Established, Login};
use susurro::net::registration::register_within;

use super::support::Address;
use super::support::ejabberd::Ejabberd;
use super::support::prosody::{Prosody, password};
use super::{PATIENT, establish_within};
use crate::said;

fn target(address: &Address, user: &str) -> Login {
    Login {
        jid: address.jid(user).parse().unwrap(),
        options: AccountOptions {
            server: Some(("127.0.0.1".into(), address.port)),
            ca_pem: Some(std::fs::read_to_string(&address.ca_file).unwrap()),
            ..AccountOptions::default()
        },
        location: None,
        mechanism: None,
    }
}

fn facts(established: &Established) -> String {
    established
        .facts
        .iter()
        .map(|fact| susurro::words::fact(fact).as_str().to_owned())
        .collect::<Vec<_>>()
        .join(", ")
}

/// STARTTLS, direct TLS, and a wrong password; returns what the first login found.
async fn all_ways(address: &Address, direct_port: u16) -> String {
    let mut target = target(address, "ana");
    let found = establish_within(&PATIENT, &target, &password("ana"), &mut |_| {})
        .await
        .unwrap();
    assert!(
        found
            .features
            .get_child("bind", "urn:ietf:params:xml:ns:xmpp-bind")
            .is_some()
    );
    let mut by_direct = target.clone();
    by_direct.options.server = Some(("127.0.0.1".into(), direct_port));
    by_direct.options.direct_tls = true;
    let again = establish_within(&PATIENT, &by_direct, &password("ana"), &mut |_| {})
        .await
        .unwrap();
    assert_eq!(again.mechanism, found.mechanism);
    target.mechanism = Some(found.mechanism.clone());
    let error = establish_within(&PATIENT, &target, "not the password", &mut |_| {})
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.failure.kind(), error.retry),
        (FailureKind::LoginRefused, false)
    );
    assert!(
        said(&error.failure).contains("susurro account password"),
        "{error:?}"
    );
    facts(&found)
}

#[tokio::test]
async fn prosody_takes_us_by_every_way() {
    let server = Prosody::start();
    let found = all_ways(&server.address(), server.direct_tls_port()).await;
    assert!(
        found.starts_with("TLS 1.3 ") && found.contains("SCRAM-SHA-1,"),
        "{found}"
    );
}

#[tokio::test]
async fn ejabberd_takes_us_by_every_way() {
    let server = Ejabberd::start();
    let found = all_ways(&server.address(), server.direct_tls_port()).await;
    assert!(
        found.starts_with("TLS 1.3 ") && found.contains("SCRAM-SHA-256"),
        "{found}"
    );
}

#[tokio::test]
async fn an_account_is_made_and_used_and_not_made_twice() {
    let server = Prosody::start();
    let target = target(&server.address(), "eve");
    let secret = "a password of her own";
    register_within(&PATIENT, &target, secret, &mut |_| {})
        .await
        .unwrap();
    assert!(
        establish_within(&PATIENT, &target, secret, &mut |_| {})
            .await
            .is_ok()
    );
    let error = register_within(&PATIENT, &target, secret, &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(error.failure.kind(), FailureKind::Answered);
    assert!(said(&error.failure).contains("taken"), "{error:?}");
}
