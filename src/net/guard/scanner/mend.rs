//! What is passed on in place of a stanza that the parser refuses, or that is too large: what can be kept
//! of it, so that the counters of stream management stay right, a message is still read, and whoever waits
//! for an answer waits no longer.

use super::stanza::Head;
use super::verdict::{Trial, accepts};

/// So many children that the parser refuses are looked for, each with a parser of its own; then
/// the rest is left out unseen.
const MOST_REFUSED: usize = 8;

/// What has the words of a message in it.
const TEXTS: [&[u8]; 3] = [b"body", b"encrypted", b"subject"];

/// A stanza that the parser refuses.
pub(crate) struct Refused<'a> {
    /// The stream's header.
    pub(crate) header: &'a [u8],
    pub(crate) head: &'a Head,
    pub(crate) bytes: &'a [u8],
    /// Where its first tag ends.
    pub(crate) opening: usize,
    /// Where its children begin and end.
    pub(crate) children: &'a [(usize, usize)],
}

/// What stands for it.
pub(crate) struct Mended {
    pub(crate) bytes: Vec<u8>,
    /// Words that somebody wrote may have been lost.
    pub(crate) text_lost: bool,
}

impl Refused<'_> {
    /// The stanza without the children and attributes that are refused; an answer becomes an error, because
    /// half of one could be believed for the whole. None: not even an empty element of that name is taken.
    pub(crate) fn mend(&self) -> Option<Mended> {
        if self.head.is_answer() {
            let bytes = answer(
                self.header,
                self.head,
                "undefined-condition",
                "the answer is not valid XML",
            )?;
            return Some(Mended {
                bytes,
                text_lost: false,
            });
        }
        let opening = self.opening()?;
        let mut mended = Mended {
            bytes: opening.clone(),
            text_lost: false,
        };
        if !self.head.is("iq") {
            self.keep_children(&opening, &mut mended);
        }
        mended.bytes.extend_from_slice(&self.head.closing());
        accepts(self.header, &mended.bytes).then_some(mended)
    }

    /// Its first tag as it came, or with what is known to be harmless alone.
    fn opening(&self) -> Option<Vec<u8>> {
        let original = self.bytes.get(..self.opening).unwrap_or_default();
        let original = original
            .strip_suffix(b"/>")
            .map_or_else(|| original.to_vec(), |without| [without, b">"].concat());
        let plain = [b"<", self.head.name.as_slice(), b">"].concat();
        [original, self.head.opening(None), self.head.bare_opening(), plain]
            .into_iter()
            .find(|opening| accepts(self.header, &[opening.as_slice(), &self.head.closing()].concat()))
    }

    fn keep_children(&self, opening: &[u8], mended: &mut Mended) {
        let begin = || {
            let mut trial = Trial::after(self.header)?;
            trial.takes(opening).then_some(trial)
        };
        let mut trial = begin();
        let mut refused = 0;
        for (start, end) in self.children {
            let child = self.bytes.get(*start..*end).unwrap_or_default();
            if let Some(parser) = &mut trial {
                if parser.takes(child) && parser.depth() == 2 {
                    mended.bytes.extend_from_slice(child);
                    continue;
                }
                refused += 1;
                trial = if refused < MOST_REFUSED { begin() } else { None };
            }
            mended.text_lost |= has_words(child);
        }
    }
}

/// What stands for a stanza that is beyond the limits.
pub(crate) fn too_much(header: &[u8], head: &Head) -> Option<Vec<u8>> {
    if head.is_answer() {
        let text = "the answer is larger than this program takes";
        return answer(header, head, "policy-violation", text);
    }
    empty(header, head)
}

/// The answer to a question of ours, as an error: somebody waits for it.
fn answer(header: &[u8], head: &Head, condition: &str, text: &str) -> Option<Vec<u8>> {
    const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
    let error = format!(
        "<error type='cancel'><{condition} xmlns='{STANZAS}'/><text xmlns='{STANZAS}'>{text}</text></error>"
    );
    let whole = [head.opening(Some("error")), error.into_bytes(), head.closing()].concat();
    if accepts(header, &whole) {
        return Some(whole);
    }
    empty(header, head)
}

/// The empty element of the same name, in the same namespace if that can be read.
fn empty(header: &[u8], head: &Head) -> Option<Vec<u8>> {
    let plain = [b"<", head.name.as_slice(), b"/>"].concat();
    [head.replacement(), plain]
        .into_iter()
        .find(|empty| accepts(header, empty))
}

/// Whether the element in `child` is one of those that carry words, by the last part of its name.
fn has_words(child: &[u8]) -> bool {
    let name = child.strip_prefix(b"<").unwrap_or_default();
    let end = name.iter().position(|byte| super::syntax::ends_name(*byte));
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    TEXTS.contains(&local)
}
