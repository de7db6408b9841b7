//! What the scanner remembers: the names of the open elements, and the head of the current stanza.

use super::Replaced;

/// The longest `from` that is reported: a JID has three parts of at most 1,023 bytes (RFC 7622).
const MAX_FROM: usize = 3 * 1023 + 2;

/// Names of the open elements, in one buffer; below a bound only their number is kept.
#[derive(Default)]
pub(super) struct Names {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Elements that are open beyond the bound.
    deeper: usize,
}

impl Names {
    pub(super) fn depth(&self) -> usize {
        self.ends.len() + self.deeper
    }

    pub(super) fn open(&mut self, name: &[u8], bound: usize) {
        if self.ends.len() >= bound {
            self.deeper += 1;
        } else {
            self.text.extend_from_slice(name);
            self.ends.push(self.text.len());
        }
    }

    /// Whether `name` may end the innermost element; beyond the bound every name may.
    pub(super) fn is_last(&self, name: &[u8]) -> bool {
        if self.deeper > 0 {
            return true;
        }
        let Some((end, before)) = self.ends.split_last() else {
            return false;
        };
        self.text.get(before.last().copied().unwrap_or(0)..*end) == Some(name)
    }

    pub(super) fn close(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.ends.pop();
            self.text.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }
}

/// What is being read into.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Into {
    #[default]
    Nothing,
    From,
    Namespace,
}

/// The first tag of a stanza, as far as its replacement and its report need it.
#[derive(Default)]
pub(super) struct Head {
    pub(super) name: Vec<u8>,
    from: Option<Vec<u8>>,
    /// The declaration of the namespace that the stanza's own name is in, as it came.
    namespace: Option<Vec<u8>>,
    quote: u8,
    into: Into,
}

impl Head {
    /// The value of the attribute `name` begins.
    pub(super) fn begin(&mut self, name: &[u8], quote: u8) {
        self.into = if name == b"from" && self.from.is_none() {
            self.from = Some(Vec::new());
            Into::From
        } else if name == self.declaration() && self.namespace.is_none() {
            self.namespace = Some(Vec::new());
            self.quote = quote;
            Into::Namespace
        } else {
            Into::Nothing
        };
    }

    /// More of the value; what is longer than `limit` is forgotten.
    pub(super) fn extend(&mut self, part: &[u8], limit: usize) {
        let (value, limit) = match self.into {
            Into::Nothing => return,
            Into::From => (&mut self.from, MAX_FROM),
            Into::Namespace => (&mut self.namespace, limit),
        };
        match value {
            Some(text) if text.len() + part.len() <= limit => text.extend_from_slice(part),
            _ => {
                *value = None;
                self.into = Into::Nothing;
            }
        }
    }

    /// The value ends.
    pub(super) fn end(&mut self) {
        self.into = Into::Nothing;
    }

    /// The empty element that stands for the stanza: same name, same namespace, so that it counts the same.
    pub(super) fn replacement(&self) -> Vec<u8> {
        let mut out = b"<".to_vec();
        out.extend_from_slice(&self.name);
        if let Some(namespace) = &self.namespace {
            out.push(b' ');
            out.extend_from_slice(&self.declaration());
            out.push(b'=');
            out.push(self.quote);
            out.extend_from_slice(namespace);
            out.push(self.quote);
        }
        out.extend_from_slice(b"/>");
        out
    }

    /// Local name and sender.
    pub(super) fn report(&self) -> Replaced {
        let name = String::from_utf8_lossy(&self.name);
        let local = name.rsplit(':').next().unwrap_or_default().to_owned();
        let from = self
            .from
            .as_ref()
            .and_then(|raw| std::str::from_utf8(raw).ok())
            .map(unescape);
        (local, from)
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
