//! Reading single arguments; every refusal is a sentence that says what would be right.

use std::time::Duration;

use model::address::{self, LONGEST_NAME, Wrong};
use model::{BareJid, Clean, Jid, LONGEST_DEVICE_NAME};
use omemo::DeviceId;

/// Longest waiting time that can be asked for, in seconds (a year): sums with the clock stay in range.
const LONGEST_WAIT: f64 = 366.0 * 24.0 * 3600.0;

/// Longest nick, in bytes (RFC 7622 §3.4).
const LONGEST_NICK: usize = 1023;

const NAMELESS: &str = "an address like bob@mired.test is needed: the name before the @ is missing";

/// The address of anybody: a person's, or a server's or gateway's, which has no name
/// before an @; as a link too.
pub fn jid(text: &str) -> Result<BareJid, String> {
    address::typed(text).map_err(|wrong| match wrong {
        Wrong::Link => "not an address like bob@mired.test (this link holds no address)".to_owned(),
        Wrong::NoAddress(why) => format!("not an address like bob@mired.test ({why})"),
        Wrong::Resource(bare) => format!("an address without a resource is needed: {bare}"),
        Wrong::Word => format!("{NAMELESS} (a server with a name of one word is written as xmpp:WORD)"),
    })
}

/// What names a chat: an address, or that of a room and behind a slash the nick of somebody in it.
pub fn chat(text: &str) -> Result<Jid, String> {
    match address::typed(text) {
        Err(Wrong::Resource(_)) => address::jid(text).map_err(|why| why.to_string()),
        _ => jid(text).map(Jid::from),
    }
}

/// Somebody who is to become a contact.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub jid: BareJid,
    /// What a link calls them.
    pub called: Option<Clean>,
}

/// Reads an address or a link, and what a link calls them.
pub fn newcomer(text: &str) -> Result<Newcomer, String> {
    Ok(Newcomer {
        jid: jid(text)?,
        called: address::called(text),
    })
}

/// What can be blocked: somebody, or a whole server. One client of somebody would not keep the others away.
pub fn blockable(text: &str) -> Result<Jid, String> {
    jid(text).map(Jid::from)
}

/// What can stand on a list of blocked addresses: any address at all.
pub fn listed(text: &str) -> Result<Jid, String> {
    match address::typed(text) {
        Err(Wrong::Resource(_)) => address::jid(text).map_err(|_| "not an address of a client".to_owned()),
        _ => blockable(text),
    }
}

/// A size in bytes: a number, with K, M, G or T behind it (1024 each), as in 200M or 1.5GiB.
pub fn size(text: &str) -> Result<u64, String> {
    const WANTED: &str = "not a size like 200M, 1.5G or 1048576";
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim().to_ascii_uppercase();
    let power = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return Err(WANTED.to_owned()),
    };
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let tenths: u64 = tenths
        .get(..1)
        .unwrap_or("0")
        .parse()
        .map_err(|_| WANTED.to_owned())?;
    let whole: u64 = whole.parse().map_err(|_| WANTED.to_owned())?;
    let size = whole.checked_mul(10).and_then(|size| size.checked_add(tenths));
    size.and_then(|tenths| tenths.checked_mul(1024_u64.pow(power)))
        .map(|tenths| tenths / 10)
        .ok_or_else(|| WANTED.to_owned())
}

/// The address of an account, which has a name.
pub fn account(text: &str) -> Result<BareJid, String> {
    let jid = jid(text)?;
    match jid.node() {
        Some(_) => Ok(jid),
        None => Err(NAMELESS.to_owned()),
    }
}

/// The address of a room, or a link to it, whatever that asks for.
pub fn room(text: &str) -> Result<BareJid, String> {
    let jid = jid(text)?;
    match jid.node() {
        Some(_) => Ok(jid),
        None => {
            let why = "the address of a room is needed, as in team@rooms.mired.test: the name before the @ is missing";
            Err(why.to_owned())
        }
    }
}

/// What somebody is called in a room.
pub fn nick(text: &str) -> Result<String, String> {
    let possible =
        !text.trim().is_empty() && text.len() <= LONGEST_NICK && !text.chars().any(char::is_control);
    match possible {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a nick of 1 to {LONGEST_NICK} bytes without control characters is needed"
        )),
    }
}

/// `KEY=VALUE`.
pub fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE is needed, as in changesubject=no".to_owned()),
    }
}

/// `host` or `host:port`; an IPv6 address stands in brackets.
pub fn server(text: &str) -> Result<(String, Option<u16>), String> {
    let wrong = || {
        "a host is needed, with its port or without, as in xmpp.mired.test, 127.0.0.1:5222 or [::1]:5222"
            .to_owned()
    };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .filter(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    if bare.is_none() && (host.contains([':', '[', ']', '/', '@']) || host.contains(char::is_whitespace)) {
        return Err(wrong());
    }
    let host = bare.unwrap_or(host);
    let port = match port {
        None => None,
        Some(port) => Some(
            port.parse::<u16>()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(wrong)?,
        ),
    };
    match host.is_empty() {
        true => Err(wrong()),
        // As DNS knows it.
        false => match idna::domain_to_ascii(host) {
            Ok(ascii) if bare.is_none() && !ascii.is_empty() => Ok((ascii, port)),
            _ => Ok((host.to_owned(), port)),
        },
    }
}

/// A waiting time in seconds, with a fraction if wanted.
pub fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=LONGEST_WAIT).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a number of seconds is needed, as in 30, at most a year".to_owned()),
    }
}

/// What a contact is called: one line of text.
pub fn contact_name(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a name is one line without control characters".to_owned());
    }
    let name = Clean::line(text);
    let name = name.as_str().trim();
    if name.is_empty() || name.len() > LONGEST_NAME {
        return Err(format!("a name has between 1 and {LONGEST_NAME} bytes"));
    }
    Ok(name.to_owned())
}

/// What a device is called: one line of text, or nothing.
pub fn device_name(text: &str) -> Result<Clean, String> {
    if text.chars().any(char::is_control) {
        return Err("a name is one line without control characters".to_owned());
    }
    let name = Clean::line(text.trim());
    if name.as_str().chars().count() > LONGEST_DEVICE_NAME {
        return Err(format!(
            "a device's name has at most {LONGEST_DEVICE_NAME} characters"
        ));
    }
    Ok(name)
}

/// The number of a device (XEP-0384 §devices: 1 to 2^31-1).
pub fn device(text: &str) -> Result<u32, String> {
    let number = text.parse::<u32>().ok().and_then(DeviceId::new);
    number
        .map(DeviceId::get)
        .ok_or_else(|| "a device's number is needed, as `susurro devices` lists it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jid_is_taken_and_normalised() {
        assert_eq!(jid("Bob@Mired.Test").unwrap().to_string(), "bob@mired.test");
    }

    #[test]
    fn a_resource_is_refused_with_the_address_to_use() {
        let refusal = jid("bob@mired.test/phone").unwrap_err();
        assert!(refusal.contains("bob@mired.test"), "{refusal}");
        assert!(!refusal.contains("phone"), "{refusal}");
    }

    #[test]
    fn a_link_brings_the_name_that_it_gives() {
        let read = newcomer("xmpp:Bob@mired.test?roster;name=Bob%20of%20Ede;group=Friends").unwrap();
        assert_eq!(read.jid.as_str(), "bob@mired.test");
        assert_eq!(read.called, Some(Clean::line("Bob of Ede")));
        assert_eq!(newcomer("bob@mired.test").unwrap().called, None);
        assert!(newcomer("xmpp:?roster;name=Bob").is_err());
    }

    #[test]
    fn what_is_no_address_of_a_person_is_refused() {
        for text in ["", "@", "bob@", "@mired.test", "bob", "bob@mired test", "a@b@c"] {
            assert!(jid(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_server_is_an_address_but_no_account() {
        for text in ["mired.test", "xmpp:irc.mired.test?register", "xmpp:gateway"] {
            assert!(jid(text).unwrap().node().is_none(), "{text:?}");
            assert!(account(text).unwrap_err().contains("name before the @"));
        }
        assert!(jid("gateway").unwrap_err().contains("xmpp:WORD"));
        assert_eq!(
            account("xmpp:Ana@xn--bcher-kva.test?register").unwrap().as_str(),
            "ana@b\u{fc}cher.test"
        );
    }

    #[test]
    fn a_server_is_read_with_its_port_and_without() {
        for (text, host, port) in [
            ("mired.test:5222", "mired.test", Some(5222)),
            ("[::1]:5223", "::1", Some(5223)),
            ("127.0.0.1:1", "127.0.0.1", Some(1)),
            ("127.0.0.1", "127.0.0.1", None),
            ("mired.test", "mired.test", None),
            ("[::1]", "::1", None),
            ("b\u{fc}cher.test:1", "xn--bcher-kva.test", Some(1)),
        ] {
            assert_eq!(server(text), Ok((host.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn half_a_server_is_refused() {
        for text in [
            "",
            ":",
            "mired.test:",
            ":5222",
            "mired.test:0",
            "mired.test:65536",
            "::1",
            "::1:5222",
            "[x]:1",
            "[x]",
            "[]",
            "ana@mired.test",
            "mired test",
        ] {
            assert!(server(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn seconds_are_bounded() {
        assert_eq!(seconds("30"), Ok(Duration::from_secs(30)));
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for text in ["", "-1", "nan", "inf", "1e300", "soon"] {
            assert!(seconds(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_contact_name_is_one_line() {
        assert_eq!(contact_name(" Bob "), Ok("Bob".to_owned()));
        for text in ["", "  ", "Bob\nAna", "Bob\u{1b}[31m", &"x".repeat(2000)] {
            assert!(contact_name(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_device_name_is_one_line_of_at_most_fifty_two_code_points_or_nothing() {
        let name = |text: &str| device_name(text).map(|name| name.as_str().to_owned());
        assert_eq!(
            name(" Ana's desk \u{1f5a5} "),
            Ok("Ana's desk \u{1f5a5}".to_owned())
        );
        for none in ["", "  "] {
            assert_eq!(name(none), Ok(String::new()), "{none:?}");
        }
        assert!(name(&"\u{e9}".repeat(52)).is_ok());
        for text in ["a\nb", "a\u{1b}[31m", &"x".repeat(53)] {
            assert!(name(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_device_number_is_one_that_a_device_can_have() {
        assert_eq!(device("1"), Ok(1));
        assert_eq!(device("2147483647"), Ok(2_147_483_647));
        for text in ["", "0", "-1", "2147483648", "4294967297", "phone"] {
            assert!(device(text).is_err(), "{text:?} was taken");
        }
    }
}
