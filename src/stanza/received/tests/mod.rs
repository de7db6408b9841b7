//! The unwrapping of messages against everything that may come (threats 1-5, 14-17, 21, 22, 44, 45).

use super::*;
use proptest::prelude::*;
const OWN: &str = "ana@mired.test";

fn own() -> BareJid {
    BareJid::new(OWN).unwrap()
}

/// A `<message>` with these attributes and this inside.
fn message(attributes: &str, inside: &str) -> Element {
    format!("<message xmlns='jabber:client' {attributes}>{inside}</message>")
        .parse()
        .unwrap()
}

fn read_trusting(attributes: &str, inside: &str) -> Result<Received, Dropped> {
    unwrap(&message(attributes, inside), &own(), true)
}

/// From bob's phone to us.
fn from_bob(inside: &str) -> Result<Received, Dropped> {
    read_trusting(
        "from='bob@mired.test/phone' to='ana@mired.test' type='chat' id='m1'",
        inside,
    )
}

fn carbon(kind: &str, outer: &str, inner: &str, inside: &str) -> Result<Received, Dropped> {
    read_trusting(
        outer,
        &format!(
            "<{kind} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
             <message xmlns='jabber:client' type='chat' id='c1' {inner}>{inside}</message></forwarded></{kind}>"
        ),
    )
}

fn body_of(received: &Received) -> Option<&str> {
    match &received.carried {
        Carried::Clear(said) => said.text.as_ref().map(Clean::as_str),
        _ => None,
    }
}

/// What is believed outside of what is encrypted, of two dialects beside the legacy one.
fn said(received: &Received) -> Content {
    match &received.carried {
        Carried::Clear(said) => said.clone(),
        Carried::Omemo(encrypted) if encrypted.legacy.is_some() => encrypted.beside(Dialect::Legacy).clone(),
        Carried::Omemo(encrypted) => encrypted.beside(Dialect::Omemo2).clone(),
        Carried::OtherEncryption(other) => other.beside.clone(),
        Carried::Error(_) | Carried::Invited(_) | Carried::Declined { .. } | Carried::Lost => {
            Content::default()
        }
    }
}

fn says_nothing(received: &Received) -> bool {
    matches!(&received.carried, Carried::Clear(said) if *said == Content::default())
}

fn is_forged(result: &Result<Received, Dropped>) -> bool {
    matches!(result, Err(Dropped::Forged(_)))
}

fn is_malformed(result: &Result<Received, Dropped>) -> bool {
    matches!(result, Err(Dropped::Malformed(_)))
}

const BODY: &str = "<body>hello</body>";
const FROM_OUR_SERVER: &str = "from='ana@mired.test' to='ana@mired.test/pc'";
const BOB_TO_US: &str = "from='bob@mired.test/phone' to='ana@mired.test/tablet'";
const US_TO_BOB: &str = "from='ana@mired.test/tablet' to='bob@mired.test'";

mod content;
mod wrapping;
