//! What the scanner remembers: the names of the open elements, and the head of the current stanza.

use crate::guard::{Replaced, Why};

/// The longest value that is kept: a JID has three parts of at most 1,023 bytes (RFC 7622).
const MAX_KEPT: usize = 3 * 1023 + 2;

/// Names of the open elements, in one buffer; below a bound only their number is kept.
#[derive(Default)]
pub(crate) struct Names {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Elements that are open beyond the bound.
    deeper: usize,
}

impl Names {
    pub(crate) fn depth(&self) -> usize {
        self.ends.len() + self.deeper
    }

    pub(crate) fn open(&mut self, name: &[u8], bound: usize) {
        if self.ends.len() >= bound {
            self.deeper += 1;
        } else {
            self.text.extend_from_slice(name);
            self.ends.push(self.text.len());
        }
    }

    /// Whether `name` may end the innermost element; beyond the bound every name may.
    pub(crate) fn is_last(&self, name: &[u8]) -> bool {
        if self.deeper > 0 {
            return true;
        }
        let Some((end, before)) = self.ends.split_last() else {
            return false;
        };
        self.text.get(before.last().copied().unwrap_or(0)..*end) == Some(name)
    }

    /// The end tags of what is open, the stream's left out.
    pub(crate) fn closing(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut ends = self.ends.as_slice();
        while let Some((end, before)) = ends.split_last()
            && let Some(start) = before.last()
        {
            out.extend_from_slice(b"</");
            out.extend_from_slice(self.text.get(*start..*end).unwrap_or_default());
            out.push(b'>');
            ends = before;
        }
        out
    }

    pub(crate) fn close(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.ends.pop();
            self.text.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }
}

/// An attribute of the first tag that a replacement repeats.
struct Kept {
    name: Vec<u8>,
    quote: u8,
    /// As it came; None if it was too long.
    value: Option<Vec<u8>>,
}

/// The first tag of a stanza, as far as its replacement and its report need it.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) name: Vec<u8>,
    kept: Vec<Kept>,
    /// The value that is being read belongs to the last one.
    reads: bool,
}

impl Head {
    /// The value of the attribute `name` begins.
    pub(crate) fn begin(&mut self, name: &[u8], quote: u8) {
        let wanted = matches!(name, b"from" | b"to" | b"id" | b"type") || name == self.declaration();
        self.reads = wanted && self.kept.iter().all(|kept| kept.name != name);
        if self.reads {
            self.kept.push(Kept {
                name: name.to_vec(),
                quote,
                value: Some(Vec::new()),
            });
        }
    }

    /// More of the value; what is longer than `limit` is forgotten.
    pub(crate) fn extend(&mut self, part: &[u8], limit: usize) {
        let Some(kept) = self.kept.last_mut().filter(|_| self.reads) else {
            return;
        };
        let limit = if kept.name.starts_with(b"xmlns") {
            limit
        } else {
            MAX_KEPT
        };
        match &mut kept.value {
            Some(value) if value.len() + part.len() <= limit => value.extend_from_slice(part),
            value => {
                *value = None;
                self.reads = false;
            }
        }
    }

    /// The value ends.
    pub(crate) fn end(&mut self) {
        self.reads = false;
    }

    /// Whether it is a stanza of that name, in whatever namespace.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.local() == name.as_bytes()
    }

    /// Whether it is what others can make a server send us.
    pub(crate) fn is_stanza(&self) -> bool {
        ["message", "presence", "iq"].iter().any(|name| self.is(name))
    }

    /// Whether somebody may wait for it.
    pub(crate) fn is_answer(&self) -> bool {
        let kind = self.value(b"type");
        self.is("iq") && matches!(kind, Some(b"result" | b"error")) && self.value(b"id").is_some()
    }

    /// The first tag with those attributes that are known, and another `type` if one is given.
    pub(crate) fn opening(&self, kind: Option<&str>) -> Vec<u8> {
        let mut out = self.begun(|name| kind.is_none() || name != b"type");
        if let Some(kind) = kind {
            out.extend_from_slice(format!(" type='{kind}'").as_bytes());
        }
        out.push(b'>');
        out
    }

    /// The first tag with nothing but its namespace.
    pub(crate) fn bare_opening(&self) -> Vec<u8> {
        let mut out = self.begun(|name| name.starts_with(b"xmlns"));
        out.push(b'>');
        out
    }

    /// The last tag.
    pub(crate) fn closing(&self) -> Vec<u8> {
        [b"</", self.name.as_slice(), b">"].concat()
    }

    /// The empty element that stands for the stanza: same name, same namespace, so that it counts the same.
    pub(crate) fn replacement(&self) -> Vec<u8> {
        let mut out = self.begun(|name| name.starts_with(b"xmlns"));
        out.extend_from_slice(b"/>");
        out
    }

    fn begun(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut out = b"<".to_vec();
        out.extend_from_slice(&self.name);
        for kept in self.kept.iter().filter(|kept| wanted(&kept.name)) {
            if let Some(value) = &kept.value {
                out.push(b' ');
                out.extend_from_slice(&kept.name);
                out.push(b'=');
                out.push(kept.quote);
                out.extend_from_slice(value);
                out.push(kept.quote);
            }
        }
        out
    }

    /// What is told of it.
    pub(crate) fn report(&self, why: Why) -> Replaced {
        let from = self.value(b"from");
        Replaced {
            name: String::from_utf8_lossy(self.local()).into_owned(),
            from: from.and_then(|raw| std::str::from_utf8(raw).ok()).map(unescape),
            why,
        }
    }

    fn value(&self, name: &[u8]) -> Option<&[u8]> {
        let kept = self.kept.iter().find(|kept| kept.name == name)?;
        kept.value.as_deref()
    }

    fn local(&self) -> &[u8] {
        self.name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
    }

    /// The attribute that declares the namespace of the stanza's name.
    fn declaration(&self) -> Vec<u8> {
        match self.name.iter().position(|byte| *byte == b':') {
            Some(colon) => [b"xmlns:", self.name.get(..colon).unwrap_or_default()].concat(),
            None => b"xmlns".to_vec(),
        }
    }
}

/// The five named references of XML; a JID needs no other.
fn unescape(raw: &str) -> String {
    raw.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}
