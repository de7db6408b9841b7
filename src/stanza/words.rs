//! What a message says in words, wherever they stand in it: the body, or the text of XHTML-IM
//! (XEP-0071) where there is none; the subject, as a line of its own; a link (XEP-0066). The content of
//! an envelope is read in the same way.

use minidom::rxml::Namespace;
use minidom::{Element, Node};

use super::ns;
use super::xml::{children, only_child};
use model::Clean;

/// Bodies in different languages (RFC 6121 §5.2.3); more than these are no message that a
/// person wrote. Subjects likewise.
const MAX_BODIES: usize = 32;
/// Links of one message that are shown.
const MAX_LINKS: usize = 8;
/// Rich text that is deeper than this is not looked into further.
const MAX_DEPTH: usize = 64;

/// Why it cannot be said what the words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ambiguous(pub(super) &'static str);

/// Everything that it says to a reader; None if that is nothing.
pub(super) fn of(message: &Element) -> Result<Option<Clean>, Ambiguous> {
    let text = body(message)?.filter(|body| !Clean::new(body).is_empty());
    let text = text.or_else(|| rich(message)).unwrap_or_default();
    let mut lines: Vec<String> = subjects(message)
        .into_iter()
        .filter(|subject| *subject != text)
        .map(|subject| format!("Subject: {subject}"))
        .collect();
    let links = links(message, &text);
    if !text.is_empty() {
        lines.push(text);
    }
    lines.extend(links);
    let words = Clean::new(&lines.join("\n"));
    Ok(Some(words).filter(|words| !words.is_empty()))
}

/// The one body; of several in different languages the one without a language of its own, else the
/// first by the name of the language. Two in one language are two messages in one, of which every
/// program shows another (threat 16).
pub(super) fn body(message: &Element) -> Result<Option<String>, Ambiguous> {
    let bodies = by_language(message, "body");
    if bodies.iter().any(|(_, _, body)| body.children().next().is_some()) {
        return Err(Ambiguous("a body with elements inside"));
    }
    let twice = |place: usize, language: &String| {
        bodies
            .iter()
            .skip(place + 1)
            .any(|(_, other, _)| other == language)
    };
    let several = bodies
        .iter()
        .enumerate()
        .any(|(place, (_, language, _))| twice(place, language));
    if bodies.len() > MAX_BODIES || several {
        return Err(Ambiguous("several bodies"));
    }
    let chosen = bodies.into_iter().min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(chosen.map(|(_, _, body)| body.text()))
}

/// The subject, each on one line; several only if they are in one language.
fn subjects(message: &Element) -> Vec<String> {
    let subjects = by_language(message, "subject");
    let Some((own, language)) = subjects
        .iter()
        .map(|(own, language, _)| (*own, language.clone()))
        .min()
    else {
        return Vec::new();
    };
    let chosen = subjects
        .iter()
        .filter(|found| (found.0, &found.1) == (own, &language));
    chosen
        .map(|(_, _, subject)| Clean::line(subject.text().trim()).as_str().to_owned())
        .filter(|subject| !subject.is_empty())
        .collect()
}

/// The children of this name: whether it has a language of its own, its language, itself. One more
/// than are permitted at most.
fn by_language<'a>(message: &'a Element, name: &'a str) -> Vec<(bool, String, &'a Element)> {
    let inherited = language(message).unwrap_or_default();
    children(message, name, ns::CLIENT)
        .take(MAX_BODIES + 1)
        .map(|child| {
            let own = language(child);
            (own.is_some(), own.unwrap_or_else(|| inherited.clone()), child)
        })
        .collect()
}

/// `xml:lang`, which is compared without regard to case (RFC 5646 §2.1.1).
fn language(element: &Element) -> Option<String> {
    element
        .attr_ns(&Namespace::XML, "lang")
        .map(str::to_ascii_lowercase)
}

/// The links that stand outside the text and are not in it.
fn links(message: &Element, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for outside in children(message, "x", ns::OOB).take(MAX_LINKS) {
        let said = |name| only_child(outside, name, ns::OOB).map(|child| child.text().trim().to_owned());
        let Some(url) = said("url").filter(|url| !url.is_empty() && !text.contains(url.as_str())) else {
            continue;
        };
        let about = said("desc").filter(|about| !about.is_empty() && !text.contains(about.as_str()));
        lines.extend(
            about
                .into_iter()
                .chain([url])
                .map(|line| Clean::line(&line).as_str().to_owned()),
        );
    }
    lines
}

/// The text of XHTML-IM.
fn rich(message: &Element) -> Option<String> {
    let html = message.get_child("html", ns::XHTML_IM)?;
    let body = html.get_child("body", ns::XHTML)?;
    let mut text = String::new();
    gather(body, MAX_DEPTH, &mut text);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn gather(element: &Element, depth: usize, text: &mut String) {
    for node in element.nodes() {
        match node {
            Node::Text(words) => {
                let starts = words.starts_with(|c: char| c.is_ascii_whitespace());
                let ends = words.ends_with(|c: char| c.is_ascii_whitespace());
                let words: Vec<&str> = words.split_ascii_whitespace().collect();
                if starts || words.is_empty() {
                    space(text);
                }
                text.push_str(&words.join(" "));
                if ends && !words.is_empty() {
                    space(text);
                }
            }
            Node::Element(child) if depth > 0 => inside(child, depth - 1, text),
            Node::Element(_) => {}
        }
    }
}

fn inside(element: &Element, depth: usize, text: &mut String) {
    match element.name() {
        "br" => text.push('\n'),
        "style" | "script" | "head" | "title" => {}
        "img" => text.push_str(element.attr("alt").or(element.attr("src")).unwrap_or_default()),
        "a" => {
            let start = text.len();
            gather(element, depth, text);
            let shown = text.get(start..).unwrap_or_default().trim().to_owned();
            if let Some(href) = element
                .attr("href")
                .filter(|href| !href.is_empty() && **href != *shown)
            {
                space(text);
                text.push_str(&format!("<{href}>"));
            }
        }
        "p" | "div" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "blockquote" | "pre" | "tr" | "h1" | "h2"
        | "h3" | "h4" | "h5" | "h6" => {
            line(text);
            gather(element, depth, text);
            line(text);
        }
        _ => gather(element, depth, text),
    }
}

/// A space, unless a line begins here or there is one.
fn space(text: &mut String) {
    if !text.is_empty() && !text.ends_with([' ', '\n']) {
        text.push(' ');
    }
}

/// A new line, unless one begins here.
fn line(text: &mut String) {
    let length = text.trim_end_matches(' ').len();
    text.truncate(length);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(inside: &str) -> Option<String> {
        let message: Element = format!("<message xmlns='jabber:client'>{inside}</message>")
            .parse()
            .unwrap();
        of(&message).unwrap().map(|words| words.as_str().to_owned())
    }

    fn rich(inside: &str) -> Option<String> {
        said(&format!(
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>{inside}</body></html>"
        ))
    }

    #[test]
    fn a_subject_is_a_line_of_its_own() {
        for (inside, expected) in [
            ("<subject>call me back</subject>", "Subject: call me back"),
            (
                "<subject>Invoice 42</subject><body>see subject</body>",
                "Subject: Invoice 42\nsee subject",
            ),
            (
                "<body>see subject</body><subject> Invoice\n42 </subject>",
                "Subject: Invoice 42\nsee subject",
            ),
            ("<subject>again</subject><body>again</body>", "again"),
            ("<subject/><body>alone</body>", "alone"),
            (
                "<subject>one</subject><subject>two</subject><body>x</body>",
                "Subject: one\nSubject: two\nx",
            ),
            (
                "<subject xml:lang='de'>zwei</subject><subject>one</subject>",
                "Subject: one",
            ),
            ("<subject>only</subject><body/>", "Subject: only"),
        ] {
            assert_eq!(said(inside).as_deref(), Some(expected), "{inside}");
        }
        assert_eq!(said("<subject> </subject><body>&#x9b;</body>"), None);
    }

    #[test]
    fn a_link_outside_the_text_is_a_line_unless_the_text_has_it() {
        let link = "<x xmlns='jabber:x:oob'><url>https://mired.test/f/cat.jpg</url></x>";
        let described =
            "<x xmlns='jabber:x:oob'><url>https://mired.test/f/cat.jpg</url><desc>my cat</desc></x>";
        for (inside, expected) in [
            (link.to_owned(), "https://mired.test/f/cat.jpg"),
            (
                format!("{link}<body>https://mired.test/f/cat.jpg</body>"),
                "https://mired.test/f/cat.jpg",
            ),
            (
                format!("<body>look</body>{link}"),
                "look\nhttps://mired.test/f/cat.jpg",
            ),
            (described.to_owned(), "my cat\nhttps://mired.test/f/cat.jpg"),
        ] {
            assert_eq!(said(&inside).as_deref(), Some(expected), "{inside}");
        }
        assert_eq!(said("<x xmlns='jabber:x:oob'/>"), None);
        assert_eq!(said(&link.repeat(100)).unwrap().lines().count(), MAX_LINKS);
    }

    #[test]
    fn rich_text_is_read_where_there_is_no_other() {
        for (inside, expected) in [
            ("do you see xhtml", "do you see xhtml"),
            ("<p>one</p><p>two<br/>three</p>", "one\ntwo\nthree"),
            (
                "very <strong>loud</strong> and\n   <em>clear</em>",
                "very loud and clear",
            ),
            ("<a href='https://a.test/'>here</a>", "here <https://a.test/>"),
            ("<a href='https://a.test/'>https://a.test/</a>", "https://a.test/"),
            ("<ul><li>eggs</li><li>milk</li></ul>", "eggs\nmilk"),
            ("<img alt='a cat' src='cid:x'/>", "a cat"),
            ("<style>p { color: red }</style>x", "x"),
        ] {
            assert_eq!(rich(inside).as_deref(), Some(expected), "{inside}");
        }
        assert_eq!(rich(" <p/> "), None);
        let deep = format!("{}deep{}", "<b>".repeat(60), "</b>".repeat(60));
        assert_eq!(rich(&deep).as_deref(), Some("deep"));
        let both = "<body>plain</body><html xmlns='http://jabber.org/protocol/xhtml-im'>\
                    <body xmlns='http://www.w3.org/1999/xhtml'>rich</body></html>";
        assert_eq!(said(both).as_deref(), Some("plain"));
    }
}
