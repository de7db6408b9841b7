//! Addresses where they enter: one normal form, however they were spelt (RFC 7622, RFC 5122, XEP-0106).
//!
//! - A domain has two spellings, `bücher.test` and `xn--bcher-kva.test`. The first one is ours: servers know
//!   themselves by it, and DNS and certificates are asked for the second one where that is due.
//! - People type, and copy links: `xmpp:bob@mired.test?message`, `d'artagnan@mired.test`.
//!
//! Nothing else in the program reads an address out of text (`tests/architecture/` sees to it).

use jid::{BareJid, DomainPart, Error, Jid};

use super::Clean;

/// Longest name of a contact in bytes (RFC 7622's bound of a JID part does for a name too).
pub const LONGEST_NAME: usize = 1023;

/// Reads an address of a stanza or of the database.
pub fn jid(text: &str) -> Result<Jid, Error> {
    Jid::new(text).map(normal)
}

/// Reads a bare address of a stanza or of the database.
pub fn bare(text: &str) -> Result<BareJid, Error> {
    BareJid::new(text).map(|bare| normal(bare.into()).into_bare())
}

/// Why what was typed is no address to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It cannot be one; in the words of the rules.
    NoAddress(String),
    /// It is a link that holds no address.
    Link,
    /// With a resource; without it, it is this one.
    Resource(BareJid),
    /// One word. It can be the name of a server, which is hardly meant.
    Word,
}

/// Reads what a person typed or copied: an address, an `xmpp:` URI with whatever it asks for, an address with
/// letters that stand escaped in it.
pub fn typed(text: &str) -> Result<BareJid, Wrong> {
    let text = text.trim();
    let no_address = |error: Error| Wrong::NoAddress(error.to_string());
    let (jid, link) = match scheme_cut(text) {
        Some(rest) => {
            let path = path(rest).ok_or(Wrong::Link)?;
            (jid(&path).map_err(no_address)?, true)
        }
        None => (plain(text).map_err(no_address)?, false),
    };
    if jid.resource().is_some() {
        return Err(Wrong::Resource(jid.to_bare()));
    }
    let jid = jid.into_bare();
    if jid.node().is_none() && !link && !looks_like_server(jid.domain().as_str()) {
        return Err(Wrong::Word);
    }
    Ok(jid)
}

/// What a link that asks to put somebody into the roster calls them: `xmpp:bob@mired.test?roster;name=Bob`
/// (XEP-0147). A name that is no name of a contact is none.
pub fn called(text: &str) -> Option<Clean> {
    let rest = scheme_cut(text.trim())?.split('#').next()?;
    let mut parts = rest.split_once('?')?.1.split([';', '&']);
    let action = parts.next()?;
    if !action.eq_ignore_ascii_case("roster") {
        return None;
    }
    let name = parts.find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.eq_ignore_ascii_case("name").then_some(value)
    })?;
    let name = decoded(name)?;
    if name.chars().any(char::is_control) {
        return None;
    }
    let name = Clean::line(name.trim());
    (1..=LONGEST_NAME).contains(&name.as_str().len()).then_some(name)
}

/// The address as its owner would write it, where letters of it stand escaped: `d'artagnan@mired.test` for
/// `d\27artagnan@mired.test`. Only ever to be shown beside the address itself.
pub fn unescaped(jid: &BareJid) -> Option<String> {
    let node = jid.node()?.as_str();
    let plain = unescape(node);
    (plain != node).then(|| format!("{plain}@{}", jid.domain()))
}

/// The characters of XEP-0106 with their codes.
const ESCAPES: [(char, &str); 10] = [
    (' ', "20"),
    ('"', "22"),
    ('&', "26"),
    ('\'', "27"),
    ('/', "2f"),
    (':', "3a"),
    ('<', "3c"),
    ('>', "3e"),
    ('@', "40"),
    ('\\', "5c"),
];

fn normal(jid: Jid) -> Jid {
    match unicode(jid.domain().as_str()) {
        Some(domain) => Jid::from_parts(jid.node(), &domain, jid.resource()),
        None => jid,
    }
}

/// The domain with U-labels, if that is another spelling of the very same name. (What older rules turn into
/// another name, such as `ß`, stays an A-label: it must not become somebody else's.)
fn unicode(domain: &str) -> Option<DomainPart> {
    if domain.is_ascii() && !domain.contains("xn--") {
        return None;
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    valid.ok()?;
    let part = DomainPart::new(&unicode).ok()?.into_owned();
    let same = idna::domain_to_ascii(part.as_str()).is_ok_and(|again| again == ascii);
    let part = if same {
        part
    } else {
        DomainPart::new(&ascii).ok()?.into_owned()
    };
    (part.as_str() != domain).then_some(part)
}

/// What stands behind `xmpp:`, in any case.
fn scheme_cut(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("xmpp").then_some(rest)
}

/// The address of a URI behind its scheme (RFC 5122): without the account to use, the
/// query and the fragment, decoded.
fn path(rest: &str) -> Option<String> {
    let rest = rest.split(['?', '#']).next()?;
    let path = match rest.strip_prefix("//") {
        Some(account) => account.split_once('/')?.1,
        None => rest,
    };
    decoded(path).filter(|path| !path.is_empty())
}

/// A part of a URI with `%40` and the like as what they stand for.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        bytes.push(match byte {
            b'%' => {
                let high = char::from(left.next()?).to_digit(16)?;
                let low = char::from(left.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// An address as it is, else with its local part taken for one that is not escaped yet.
fn plain(text: &str) -> Result<Jid, Error> {
    let read = jid(text);
    match &read {
        // `a/b@mired.test`: no server is called like that.
        Ok(jid) if jid.node().is_none() && !looks_like_server(jid.domain().as_str()) => {
            Ok(escaped(text).unwrap_or(jid.clone()))
        }
        Ok(_) => read,
        Err(_) => escaped(text).map_or(read, Ok),
    }
}

fn escaped(text: &str) -> Option<Jid> {
    let first = text.find('@')?;
    // A resource may have an @ in it too.
    let end = text
        .get(first..)?
        .find('/')
        .map_or(text.len(), |slash| first + slash);
    let (address, resource) = text.split_at_checked(end)?;
    let (node, domain) = address.rsplit_once('@')?;
    if node.is_empty() || node.starts_with(' ') || node.ends_with(' ') {
        return None;
    }
    // Two @ are a slip of the finger more often than an address; only a whole
    // name of a server makes them one.
    jid(&format!("{}@{domain}{resource}", escape(node)))
        .ok()
        .filter(|jid| looks_like_server(jid.domain().as_str()))
}

fn escape(node: &str) -> String {
    let mut escaped = String::with_capacity(node.len());
    let mut rest = node;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        let code = ESCAPES
            .iter()
            .find(|(plain, _)| *plain == c)
            .map(|(_, code)| *code);
        match code {
            // A backslash stands for itself, unless it would begin an escape.
            Some("5c") if code_at(rest).is_none() => escaped.push(c),
            Some(code) => {
                escaped.push('\\');
                escaped.push_str(code);
            }
            None => escaped.push(c),
        }
    }
    escaped
}

fn unescape(node: &str) -> String {
    let mut plain = String::with_capacity(node.len());
    let mut rest = node;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match code_at(rest).filter(|_| c == '\\') {
            Some(meant) => {
                plain.push(meant);
                rest = rest.get(2..).unwrap_or_default();
            }
            None => plain.push(c),
        }
    }
    plain
}

/// The character whose code `text` begins with.
fn code_at(text: &str) -> Option<char> {
    let code = text.get(..2)?;
    ESCAPES
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(code))
        .map(|(plain, _)| *plain)
}

/// Whether one word can be meant as a server: `irc.mired.test`, `[::1]`,
/// `localhost`, and not `bob` or `e.g.`.
fn looks_like_server(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain == "localhost"
        || domain.starts_with('[')
        || domain.parse::<std::net::Ipv4Addr>().is_ok()
        || (domain.contains('.')
            && last.chars().count() > 1
            && !last.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
