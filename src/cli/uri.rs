//! `xmpp:` addresses that carry fingerprints: what clients show as a QR code or copy as a link.
//!
//! `xmpp:bob@mired.test?omemo-sid-7=ab…` (Conversations, Dino, Profanity; Gajim writes `?message;` before
//! it), the same below `https://conversations.im/i/`, and trust messages (XEP-0434):
//! `?trust-message;encryption=urn:xmpp:omemo:2;trust=ab…;distrust=cd…`.

use super::parse;
use model::address::decoded;
use model::{BareJid, Fingerprint};

/// So many keys of one address are taken: as many as devices of a list are stored.
const MOST: usize = 200;

/// Whose key is meant; from a link also which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    pub jid: BareJid,
    /// The keys that the link names as theirs.
    pub trust: Vec<Fingerprint>,
    /// The keys that it says to distrust.
    pub distrust: Vec<Fingerprint>,
}

impl Whose {
    pub fn of(jid: BareJid) -> Self {
        Self {
            jid,
            trust: Vec::new(),
            distrust: Vec::new(),
        }
    }
}

/// The address and the parameters of a link; None if it is none.
fn parts(text: &str) -> Option<(&str, &str)> {
    let rest = ["xmpp:", "https://conversations.im/i/"]
        .into_iter()
        .find_map(|start| {
            let (before, rest) = text.split_at_checked(start.len())?;
            before.eq_ignore_ascii_case(start).then_some(rest)
        })?;
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    // An account that should send stands before the address (RFC 5122): that is ours to choose.
    let rest = rest
        .strip_prefix("//")
        .map_or(rest, |rest| rest.split_once('/').map_or("", |(_, rest)| rest));
    Some(rest.split_once('?').unwrap_or((rest, "")))
}

/// Reads a link. None if it is none: then it may be an address.
pub fn whose(text: &str) -> Option<Result<Whose, String>> {
    let (address, parameters) = parts(text.trim())?;
    Some(read(address, parameters))
}

fn read(address: &str, parameters: &str) -> Result<Whose, String> {
    let jid = parse::jid(&format!("xmpp:{address}")).map_err(|why| format!("in this link: {why}"))?;
    let mut whose = Whose::of(jid);
    for parameter in parameters.split([';', '&']) {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        let keys = match name.as_str() {
            "trust" | "omemo" => &mut whose.trust,
            "distrust" => &mut whose.distrust,
            name if name.starts_with("omemo-sid-") => &mut whose.trust,
            _ => continue,
        };
        let key = decoded(value).and_then(|value| Fingerprint::parse(&value));
        keys.push(key.ok_or("a fingerprint in this link has not 64 hexadecimal digits")?);
    }
    if whose.trust.len() + whose.distrust.len() > MOST {
        return Err(format!("this link names more than {MOST} keys"));
    }
    if whose.trust.iter().any(|key| whose.distrust.contains(key)) {
        return Err("this link says of one key both to trust and to distrust it".to_owned());
    }
    Ok(whose)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Fingerprint {
        Fingerprint([byte; 32])
    }

    fn hex(byte: u8) -> String {
        key(byte).hex()
    }

    fn bobs(trust: &[u8], distrust: &[u8]) -> Option<Result<Whose, String>> {
        let keys = |bytes: &[u8]| bytes.iter().map(|byte| key(*byte)).collect();
        Some(Ok(Whose {
            jid: BareJid::new("bob@mired.test").unwrap(),
            trust: keys(trust),
            distrust: keys(distrust),
        }))
    }

    #[test]
    fn what_clients_write_is_read() {
        let (a, b) = (hex(0xab), hex(0xcd).to_uppercase());
        for (link, expected) in [
            (format!("xmpp:bob@mired.test?omemo-sid-7={a}"), bobs(&[0xab], &[])),
            (
                format!("xmpp:bob@mired.test?omemo-sid-7={a};omemo-sid-8={b}"),
                bobs(&[0xab, 0xcd], &[]),
            ),
            (
                format!("XMPP:Bob@Mired.Test?message;OMEMO-SID-7={b}"),
                bobs(&[0xcd], &[]),
            ),
            (
                format!("https://conversations.im/i/bob@mired.test?omemo-sid-7={a}&omemo-sid-8={b}"),
                bobs(&[0xab, 0xcd], &[]),
            ),
            (format!("xmpp:bob%40mired.test?omemo={a}"), bobs(&[0xab], &[])),
            (
                format!(
                    "xmpp:bob@mired.test?trust-message;encryption=urn:xmpp:omemo:2;trust={a};distrust={b}"
                ),
                bobs(&[0xab], &[0xcd]),
            ),
            (
                format!("xmpp:bob@mired.test?trust-message;encryption=urn%3Axmpp%3Aomemo%3A2;trust={a}#x"),
                bobs(&[0xab], &[]),
            ),
            ("xmpp:bob@mired.test".to_owned(), bobs(&[], &[])),
            ("xmpp:bob@mired.test?message;body=hi".to_owned(), bobs(&[], &[])),
            (
                format!("xmpp://ana@mired.test/bob@mired.test?omemo-sid-7={a}"),
                bobs(&[0xab], &[]),
            ),
        ] {
            assert_eq!(whose(&link), expected, "{link}");
        }
    }

    #[test]
    fn an_address_is_no_link_and_a_broken_link_says_why() {
        for address in ["bob@mired.test", "mired.test", "", "xmpp", "http://mired.test/"] {
            assert_eq!(whose(address), None, "{address}");
        }
        let a = hex(0xab);
        for broken in [
            "xmpp:?omemo-sid-7=ab".to_owned(),
            "xmpp:@".to_owned(),
            "xmpp:bob@mired.test?omemo-sid-7=ab".to_owned(),
            format!("xmpp:bob%zzmired.test?omemo-sid-7={a}"),
            format!("xmpp:bob@mired.test?trust={a};distrust={a}"),
            format!(
                "xmpp:bob@mired.test?{}",
                vec![format!("trust={a}"); 201].join(";")
            ),
        ] {
            assert!(matches!(whose(&broken), Some(Err(_))), "{broken}");
        }
    }
}
