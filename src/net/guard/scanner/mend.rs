//! What is passed on in place of a stanza that the parser refuses, or that is too large: what can be kept
//! of it, so that the counters of stream management stay right, a message is still read, and whoever waits
//! for an answer waits no longer. A copy or an archive wraps a message into another: of that one is kept what
//! can be as well.

use super::stanza::Head;
use super::verdict::{Trial, accepts};
use super::within::{attributes, local, name, parts};
use stanza::received::LOST;

/// So many elements that the parser refuses are looked for, each with a parser of its own; then
/// the rest is left out unseen.
const MOST_REFUSED: usize = 8;

/// What has the words of a message in it.
const TEXTS: [&[u8]; 3] = [b"body", b"encrypted", b"subject"];
/// What wraps a message (XEP-0280, XEP-0297, XEP-0313), and the message in it.
const WRAPPERS: [&[u8]; 5] = [b"result", b"received", b"sent", b"forwarded", b"message"];
/// Elements of these that lie in one another: the stanza, a wrapper, `<forwarded>`, the message.
const DEEPEST: usize = 4;
/// Attributes without which one of them means nothing.
const KNOWN: [&[u8]; 7] = [b"from", b"to", b"id", b"type", b"queryid", b"xmlns", b"xml:lang"];

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
    /// What somebody wrote is lost, and the message whose it was says so.
    pub(crate) text_lost: bool,
}

/// What is kept of the children of one element.
#[derive(Default)]
struct Spared {
    bytes: Vec<u8>,
    /// Names of what has words and was kept, or not.
    words: Vec<Vec<u8>>,
    lost: Vec<Vec<u8>>,
    /// So it is in a message that one of them wraps.
    lost_within: bool,
}

impl Spared {
    fn child(&mut self, child: &[u8]) {
        self.bytes.extend_from_slice(child);
        self.words.extend(words(child));
    }

    /// Whether the words of a message are not among what was kept: beside something encrypted a body is for
    /// others, and without it no word of the sender's.
    fn lacks_words(&self) -> bool {
        let has = |all: &[Vec<u8>], name: &[u8]| all.iter().any(|one| one == name);
        match has(&self.words, b"encrypted") {
            true => false,
            false => has(&self.lost, b"encrypted") || (!self.lost.is_empty() && !has(&self.words, b"body")),
        }
    }
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
        let mut opening = self.opening()?;
        let mut kept = Spared::default();
        if !self.head.is("iq") {
            let mut patience = MOST_REFUSED;
            let before = [self.header, &opening].concat();
            kept = keep(&before, 2, self.bytes, self.children, &mut patience);
        }
        let lacks = self.head.is("message") && kept.lacks_words();
        if lacks {
            mark(&mut opening);
        }
        let bytes = [opening, kept.bytes, self.head.closing()].concat();
        let text_lost = lacks || kept.lost_within;
        accepts(self.header, &bytes).then_some(Mended { bytes, text_lost })
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
}

/// What can be kept of the children of an element that stands open behind `before`, at that depth.
fn keep(
    before: &[u8],
    depth: usize,
    bytes: &[u8],
    children: &[(usize, usize)],
    patience: &mut usize,
) -> Spared {
    let mut kept = Spared::default();
    let mut trial = Trial::within(before, depth);
    for (start, end) in children {
        let child = bytes.get(*start..*end).unwrap_or_default();
        if let Some(parser) = &mut trial {
            if parser.takes(child) && parser.depth() == depth {
                kept.child(child);
                continue;
            }
            *patience = patience.saturating_sub(1);
            if *patience > 0
                && let Some((inner, lost_within)) = unwrapped(before, depth, child, patience)
            {
                kept.bytes.extend_from_slice(&inner);
                kept.lost_within |= lost_within;
                trial = Trial::within(before, depth);
                continue;
            }
            trial = match *patience {
                0 => None,
                _ => Trial::within(before, depth),
            };
        }
        kept.lost.extend(words(child));
    }
    kept
}

/// A wrapper, or the message in it, with what can be kept of it; and whether the words of that are lost.
fn unwrapped(before: &[u8], depth: usize, child: &[u8], patience: &mut usize) -> Option<(Vec<u8>, bool)> {
    let name = name(child);
    if depth > DEEPEST || !WRAPPERS.contains(&local(name)) {
        return None;
    }
    let parts = parts(child)?;
    let mut opening = first_tag(before, depth, child.get(..parts.opening)?)?;
    let inside = [before, &opening].concat();
    let kept = keep(&inside, depth + 1, child, &parts.children, patience);
    let lacks = local(name) == b"message" && kept.lacks_words();
    if lacks {
        mark(&mut opening);
    }
    let whole = [opening.as_slice(), &kept.bytes, b"</", name, b">"].concat();
    let mut trial = Trial::within(before, depth)?;
    (trial.takes(&whole) && trial.depth() == depth).then_some((whole, lacks || kept.lost_within))
}

/// A first tag as it came, or with what is known of it alone.
fn first_tag(before: &[u8], depth: usize, tag: &[u8]) -> Option<Vec<u8>> {
    let open = tag.strip_suffix(b"/>").or(tag.strip_suffix(b">"))?;
    let takes = |tag: &[u8]| {
        let taken = Trial::within(before, depth).map(|mut trial| trial.takes(tag) && trial.depth() > depth);
        taken == Some(true)
    };
    let original = [open, b">"].concat();
    if takes(&original) {
        return Some(original);
    }
    let mut known = [b"<", name(tag)].concat();
    for (name, attribute) in attributes(open) {
        let more = [known.as_slice(), b" ", attribute].concat();
        if KNOWN.contains(&name) && takes(&[more.as_slice(), b">"].concat()) {
            known = more;
        }
    }
    known.push(b'>');
    takes(&known).then_some(known)
}

/// The first tag of a message whose words are lost says so.
fn mark(opening: &mut Vec<u8>) {
    opening.pop();
    opening.extend_from_slice(format!(" {LOST}='1'>").as_bytes());
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

/// The last part of the name of this element, if it is one of those that carry words.
fn words(child: &[u8]) -> Option<Vec<u8>> {
    let local = local(name(child));
    TEXTS.contains(&local).then(|| local.to_vec())
}
