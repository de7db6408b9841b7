//! In-band registration with a server that wants more, refuses, or answers something else.

use susurro::api::FailureKind;
use susurro::net::connection::EstablishError;
use susurro::net::registration::register_within;

use super::hostile::{DOMAIN, PASSWORD};
use super::{PATIENT, offers};
use crate::said;

const SIMPLE: &str = "<query xmlns='jabber:iq:register'><username/><password/></query>";

/// A server that answers the request for the form with `form`, and the form with `last`.
async fn register(form: &'static str, last: &'static str) -> (Result<(), EstablishError>, String) {
    let (target, server) = offers(String::new(), move |mut peer| async move {
        let mut seen = peer.until("</iq>").await;
        peer.send(form).await;
        if !last.is_empty() {
            seen.push_str(&peer.until("</iq>").await);
            peer.send(last).await;
        }
        seen.push_str(&peer.until_closed().await);
        seen
    })
    .await;
    let result = register_within(&PATIENT, &target, PASSWORD, &mut |_| {}).await;
    (result, server.end().await)
}

fn form(query: &str) -> &'static str {
    format!("<iq type='result' id='form' from='{DOMAIN}'>{query}</iq>").leak()
}

async fn refused(form: &'static str, last: &'static str, kind: FailureKind, words: &str) {
    let (result, seen) = register(form, last).await;
    let error = result.unwrap_err();
    let text = said(&error.failure);
    assert!(error.failure.kind() == kind && text.contains(words), "{text}");
    assert_eq!(seen.contains("pencil"), !last.is_empty(), "{seen}");
}

#[tokio::test]
async fn name_and_password_are_enough() {
    let (result, seen) = register(form(SIMPLE), "<iq type='result' id='make'/>").await;
    assert_eq!(result, Ok(()));
    assert!(seen.contains(">ana<") && seen.contains(">pencil<"), "{seen}");
}

#[tokio::test]
async fn what_a_server_wants_beyond_that_is_said() {
    let more = form("<query xmlns='jabber:iq:register'><username/><password/><email/></query>");
    refused(more, "", FailureKind::Answered, "email").await;
    let page = form(
        "<query xmlns='jabber:iq:register'><instructions>Go there</instructions>\
         <x xmlns='jabber:x:oob'><url>https://mired.test/new</url></x></query>",
    );
    refused(page, "", FailureKind::Answered, "https://mired.test/new").await;
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let error = |id: &str, condition: &str| -> &'static str {
        format!(
            "<iq type='error' id='{id}'><error type='cancel'><{condition} \
             xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )
        .leak()
    };
    for (form, last, words) in [
        (error("form", "not-allowed"), "", "web page"),
        (error("form", "service-unavailable"), "", "web page"),
        (form(SIMPLE), error("make", "conflict"), "taken"),
        (form(SIMPLE), error("make", "not-acceptable"), "does not accept"),
    ] {
        refused(form, last, FailureKind::Answered, words).await;
    }
}

#[tokio::test]
async fn an_answer_to_something_else_is_none() {
    for form in [
        "<iq type='result' id='other'/>",
        "<message/>",
        "<iq type='result' id='form'/>",
    ] {
        refused(form, "", FailureKind::NoConnection, "something else").await;
    }
}
