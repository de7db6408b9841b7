//! Questions to an archive (XEP-0313), page by page (XEP-0059), and how each page ends. What a page brings is
//! unwrapped in `received`.

use jid::BareJid;
use jiff::{Timestamp, Unit};
use minidom::Element;

use super::ns;
use super::xml::{Build, element, is_true, only_child, sane_id};

/// A page of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchivePage {
    /// What stands right before this time.
    Until(Timestamp),
    /// What stands right before this message.
    Before(String),
    /// What stands right behind this message.
    After(String),
    /// What came at this time or later, oldest first.
    Since(Timestamp),
    /// What came between these times, both with them, oldest first.
    Between(Timestamp, Timestamp),
}

/// Asks for a page of at most `max` messages: of all chats, or of one. Form fields beyond those that every
/// server knows are refused by some, so there are none.
pub fn query(id: &str, page: &ArchivePage, with: Option<&BareJid>, max: u32) -> Element {
    let mut form = element("x", ns::DATA_FORMS)
        .with("type", "submit")
        .child(field("FORM_TYPE", ns::MAM).with("type", "hidden"));
    if let Some(with) = with {
        form = form.child(field("with", with.as_str()));
    }
    let mut set = element("set", ns::RSM).child(element("max", ns::RSM).content(&max.to_string()));
    match page {
        ArchivePage::Until(end) => {
            form = form.child(field("end", &date_time(*end)));
            set = set.child(element("before", ns::RSM));
        }
        ArchivePage::Before(id) => set = set.child(element("before", ns::RSM).content(id)),
        ArchivePage::After(id) => set = set.child(element("after", ns::RSM).content(id)),
        ArchivePage::Since(start) => form = form.child(field("start", &date_time(*start))),
        ArchivePage::Between(start, end) => {
            form = form
                .child(field("start", &date_time(*start)))
                .child(field("end", &date_time(*end)));
        }
    }
    element("query", ns::MAM)
        .with("queryid", id)
        .child(form)
        .child(set)
}

fn field(var: &str, value: &str) -> Element {
    element("field", ns::DATA_FORMS)
        .with("var", var)
        .child(element("value", ns::DATA_FORMS).content(value))
}

/// In whole seconds (XEP-0082): some servers read no others.
fn date_time(time: Timestamp) -> String {
    time.round(Unit::Second).unwrap_or(time).to_string()
}

/// How a page ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fin {
    /// There is nothing beyond it in the direction of the question.
    pub complete: bool,
    /// The ids to go on with; None: the page is empty, or the server says nothing.
    pub first: Option<String>,
    pub last: Option<String>,
}

/// The `<fin/>` of an answer; None: it is none.
pub fn fin(payload: &Element) -> Option<Fin> {
    if !payload.is("fin", ns::MAM) {
        return None;
    }
    let set = only_child(payload, "set", ns::RSM);
    let id = |name| sane_id(Some(only_child(set?, name, ns::RSM)?.text().trim()));
    Some(Fin {
        complete: is_true(payload.attr("complete")),
        first: id("first"),
        last: id("last"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn asked(page: &ArchivePage, with: Option<&str>) -> String {
        let with = with.map(|jid| BareJid::new(jid).unwrap());
        let query = query("q1", page, with.as_ref(), 50);
        assert_renders(&query);
        String::from(&query)
    }

    const HEAD: &str = "<query xmlns='urn:xmpp:mam:2' queryid='q1'><x xmlns='jabber:x:data' type='submit'>\
        <field type='hidden' var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>";

    #[test]
    fn each_page_is_asked_for_with_fields_that_every_server_knows() {
        let start: Timestamp = "2026-11-30T12:00:00.400Z".parse().unwrap();
        let set = |what: &str| {
            format!("</x><set xmlns='http://jabber.org/protocol/rsm'><max>50</max>{what}</set></query>")
        };
        let time = |var: &str, time: &str| format!("<field var='{var}'><value>{time}</value></field>");
        let since = time("start", "2026-11-30T12:00:00Z");
        let until = time("end", "2026-11-30T12:00:02Z");
        let end = start + std::time::Duration::from_secs(2);
        for (page, fields, pages) in [
            (ArchivePage::Until(end), until.clone(), "<before/>"),
            (
                ArchivePage::Before("a".into()),
                String::new(),
                "<before>a</before>",
            ),
            (
                ArchivePage::After("<b>".into()),
                String::new(),
                "<after>&lt;b&gt;</after>",
            ),
            (ArchivePage::Since(start), since.clone(), ""),
            (ArchivePage::Between(start, end), since + &until, ""),
        ] {
            assert_eq!(asked(&page, None), format!("{HEAD}{fields}{}", set(pages)));
            let with = time("with", "bob@mired.test");
            assert_eq!(
                asked(&page, Some("bob@mired.test")),
                format!("{HEAD}{with}{fields}{}", set(pages))
            );
        }
    }

    #[test]
    fn a_page_ends_as_the_three_servers_end_it() {
        let read = |text: &str| fin(&text.parse().unwrap());
        let ends = |complete, first: &str, last: &str| {
            let id = |id: &str| Some(id.to_owned()).filter(|id| !id.is_empty());
            Some(Fin {
                complete,
                first: id(first),
                last: id(last),
            })
        };
        let set = "<set xmlns='http://jabber.org/protocol/rsm'>";
        for (text, expected) in [
            (
                format!(
                    "<fin xmlns='urn:xmpp:mam:2'>{set}<first index='0'>a</first><last>b</last></set></fin>"
                ),
                ends(false, "a", "b"),
            ),
            (
                format!(
                    "<fin xmlns='urn:xmpp:mam:2' complete='true'>{set}<count>3</count><first>a</first><last> b\n</last></set></fin>"
                ),
                ends(true, "a", "b"),
            ),
            (
                format!("<fin xmlns='urn:xmpp:mam:2' complete='false'>{set}<count>0</count></set></fin>"),
                ends(false, "", ""),
            ),
            (
                format!("<fin xmlns='urn:xmpp:mam:2' complete='true' queryid='q'>{set}</set></fin>"),
                ends(true, "", ""),
            ),
            (
                "<fin xmlns='urn:xmpp:mam:2' complete='1'/>".to_owned(),
                ends(true, "", ""),
            ),
            (
                format!("<fin xmlns='urn:xmpp:mam:2'>{set}<last>a</last><last>b</last></set></fin>"),
                ends(false, "", ""),
            ),
            ("<fin xmlns='urn:xmpp:mam:1' complete='true'/>".to_owned(), None),
            ("<query xmlns='urn:xmpp:mam:2'/>".to_owned(), None),
        ] {
            assert_eq!(read(&text), expected, "{text}");
        }
    }
}
