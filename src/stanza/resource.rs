//! Addresses as they stand in stanzas. Others choose their resource, and some choose one that our JID library
//! refuses, such as an emoji; who it is is not in doubt for that.

use jid::{BareJid, Jid};

use model::address;

/// The address; the bare one if its resource is refused.
pub fn lenient(text: &str) -> Option<Jid> {
    address::jid(text)
        .ok()
        .or_else(|| refused(text).map(|(bare, _)| bare.into()))
}

/// The address; a resource that is refused is written in hex, so that two of them stay two.
pub fn distinct(text: &str) -> Option<Jid> {
    address::jid(text).ok().or_else(|| {
        let (bare, resource) = refused(text)?;
        let hex: String = resource
            .bytes()
            .take(200)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        address::jid(&format!("{bare}/{hex}")).ok()
    })
}

/// The bare address and the resource that is refused.
fn refused(text: &str) -> Option<(BareJid, &str)> {
    let (bare, resource) = text.split_once('/')?;
    Some((address::bare(bare).ok()?, resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_that_is_refused_takes_nothing_from_the_address() {
        for (text, bare, full) in [
            ("bob@mired.test/pc", "bob@mired.test/pc", "bob@mired.test/pc"),
            ("bob@mired.test", "bob@mired.test", "bob@mired.test"),
            ("bob@mired.test/🙌", "bob@mired.test", "bob@mired.test/f09f998c"),
            (
                "BOB@mired.test/a🙌/b",
                "bob@mired.test",
                "bob@mired.test/61f09f998c2f62",
            ),
            ("mired.test/🙌", "mired.test", "mired.test/f09f998c"),
        ] {
            assert_eq!(lenient(text).unwrap().as_str(), bare, "{text}");
            assert_eq!(distinct(text).unwrap().as_str(), full, "{text}");
        }
        for nobody in ["", "@@", "@@/x", "/🙌", "a b@mired.test/🙌"] {
            assert_eq!((lenient(nobody), distinct(nobody)), (None, None), "{nobody}");
        }
        let long = format!("bob@mired.test/{}", "🙌".repeat(1000));
        assert!(distinct(&long).is_some());
    }
}
