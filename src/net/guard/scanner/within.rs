//! The parts of an element whose tags are known to match: what the scanner knows of a stanza, it does not
//! remember of what lies deeper.

use memchr::memchr;
use memchr::memmem::find;

use super::syntax::{ends_name, is_space};

/// Where they are.
pub(super) struct Parts {
    /// The end of the first tag.
    pub(super) opening: usize,
    /// Beginnings and ends of the children.
    pub(super) children: Vec<(usize, usize)>,
}

/// None if it is no such element.
pub(super) fn parts(element: &[u8]) -> Option<Parts> {
    let mut found = Parts {
        opening: 0,
        children: Vec::new(),
    };
    let (mut at, mut depth, mut child) = (0, 0_usize, 0);
    loop {
        let start = at + memchr(b'<', element.get(at..)?)?;
        let rest = element.get(start..)?;
        let skipped = [
            (b"<!--".as_slice(), b"-->".as_slice()),
            (b"<![CDATA[", b"]]>"),
            (b"<?", b"?>"),
        ]
        .into_iter()
        .find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = skipped {
            at = start + begin.len() + find(rest.get(begin.len()..)?, end)? + end.len();
            continue;
        }
        at = start + tag(rest)?;
        let closes = rest.starts_with(b"</");
        let is_empty = element.get(at.checked_sub(2)?..at)? == b"/>";
        match (closes, depth) {
            (true, _) => depth = depth.checked_sub(1)?,
            (false, 0) => found.opening = at,
            (false, 1) => child = start,
            (false, _) => {}
        }
        if !closes && !is_empty {
            depth += 1;
            continue;
        }
        match depth {
            0 => return Some(found),
            1 => found.children.push((child, at)),
            _ => {}
        }
    }
}

/// The length of the tag that begins here.
fn tag(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    let end = bytes.iter().position(|byte| {
        match (quote, *byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        false
    })?;
    Some(end + 1)
}

/// The name of the element that begins here.
pub(super) fn name(element: &[u8]) -> &[u8] {
    let name = element.strip_prefix(b"<").unwrap_or_default();
    let end = name.iter().position(|byte| ends_name(*byte));
    name.get(..end.unwrap_or(name.len())).unwrap_or_default()
}

/// The name without the prefix of its namespace.
pub(super) fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

/// The attributes of a first tag, each as it came, with its name.
pub(super) fn attributes(tag: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    let mut rest = tag
        .get(name(tag).len() + 1..)
        .unwrap_or_default()
        .trim_ascii_start();
    while let Some(equals) = memchr(b'=', rest) {
        let (name, value) = rest.split_at_checked(equals).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default().trim_ascii_start();
        let Some((quote, inside)) = value.split_first() else {
            break;
        };
        let Some(length) = memchr(*quote, inside) else {
            break;
        };
        let end = rest.len() - inside.len() + length + 1;
        let name = name.get(..name.iter().position(|byte| is_space(*byte)).unwrap_or(name.len()));
        found.push((name.unwrap_or_default(), rest.get(..end).unwrap_or_default()));
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_element_are_found_whatever_stands_between_them() {
        let element =
            b"<a x='>' y = \"'/>\"><!-- <b> --><b><c/></b>text<![CDATA[<d>]]><?php <e> ?><f z='1'/></a>rest";
        let found = parts(element).unwrap();
        assert_eq!(&element[..found.opening], b"<a x='>' y = \"'/>\">");
        let children: Vec<&[u8]> = found
            .children
            .iter()
            .map(|(start, end)| &element[*start..*end])
            .collect();
        assert_eq!(children, [b"<b><c/></b>".as_slice(), b"<f z='1'/>"]);
        assert_eq!(
            attributes(&element[..found.opening]),
            [(b"x".as_slice(), b"x='>'".as_slice()), (b"y", b"y = \"'/>\"")]
        );
        assert_eq!(parts(b"<a/>").unwrap().children, []);
        for none in [b"".as_slice(), b"<a>", b"</a>", b"<a", b"text", b"<a x='>"] {
            assert!(parts(none).is_none());
        }
    }
}
