//! What a message says about another one: that it takes its place, takes it back, answers it, or what is
//! thought of it. All of these name it by an id that somebody else chose.

use std::ops::Range;

use minidom::Element;

use crate::ns;
use crate::xml::{children, number, only_child, sane_id};
use model::{Clean, Reactions, Reply, address, emoji};

/// Different emojis of one person at one message; what follows is ignored.
pub const MAX_REACTIONS: usize = 20;

/// The id of the message whose place this one takes (XEP-0308). Of two none.
pub(super) fn replaces(parent: &Element) -> Option<String> {
    sane_id(only_child(parent, "replace", ns::MESSAGE_CORRECT)?.attr("id"))
}

/// The id of the message that is taken back (XEP-0424), in the form of today and in the one before.
pub(super) fn retracts(parent: &Element) -> Option<String> {
    if let Some(retract) = only_child(parent, "retract", ns::RETRACT) {
        return sane_id(retract.attr("id"));
    }
    let fastened = only_child(parent, "apply-to", ns::FASTEN)?;
    only_child(fastened, "retract", ns::RETRACT_0)?;
    sane_id(fastened.attr("id"))
}

/// What is thought of a message (XEP-0444 §4): what is no emoji is left out, and what stands twice
/// counts once.
pub(super) fn reactions(parent: &Element) -> Option<Reactions> {
    let reactions = only_child(parent, "reactions", ns::REACTIONS)?;
    let mut emojis: Vec<Clean> = Vec::new();
    for reaction in children(reactions, "reaction", ns::REACTIONS).take(MAX_REACTIONS) {
        if let Some(emoji) = emoji(reaction.text().trim())
            && !emojis.contains(&emoji)
        {
            emojis.push(emoji);
        }
    }
    Some(Reactions {
        id: sane_id(reactions.attr("id"))?,
        emojis,
    })
}

/// The message that this one answers (XEP-0461).
pub(super) fn reply(parent: &Element) -> Option<Reply> {
    let reply = only_child(parent, "reply", ns::REPLY)?;
    Some(Reply {
        id: sane_id(reply.attr("id"))?,
        author: reply
            .attr("to")
            .and_then(|to| address::jid(to).ok())
            .map(|to| to.to_bare()),
        quote: stand_in(parent, ns::REPLY),
    })
}

/// `text` without the remark at its beginning by which some programs say that it is a correction.
pub(super) fn without_remark(parent: &Element, text: Clean) -> Clean {
    match stand_in(parent, ns::MESSAGE_CORRECT) {
        Some(remark) if remark.start == 0 => {
            let rest: String = text.as_str().chars().skip(remark.end).collect();
            match rest.trim().is_empty() {
                true => text,
                false => Clean::new(&rest),
            }
        }
        _ => text,
    }
}

/// The part of the body, in code points, that stands for something of this namespace (XEP-0428). None
/// if it is
/// all of the body, or said twice.
fn stand_in(parent: &Element, namespace: &str) -> Option<Range<usize>> {
    let mut found =
        children(parent, "fallback", ns::FALLBACK).filter(|fallback| fallback.attr("for") == Some(namespace));
    let (first, None) = (found.next()?, found.next()) else {
        return None;
    };
    let body = only_child(first, "body", ns::FALLBACK)?;
    let place = |name| usize::try_from(body.attr(name).and_then(number)?).ok();
    let (start, end) = (place("start")?, place("end")?);
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(inside: &str) -> Element {
        let message = format!("<message xmlns='jabber:client'>{inside}</message>");
        message.parse().unwrap()
    }

    #[test]
    fn both_forms_of_a_retraction_are_read_and_two_are_none() {
        let newer = "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>";
        let older = "<apply-to xmlns='urn:xmpp:fasten:0' id='m1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>";
        for inside in [newer, older] {
            assert_eq!(retracts(&message(inside)).as_deref(), Some("m1"));
        }
        for inside in [
            newer.repeat(2).as_str(),
            older.repeat(2).as_str(),
            "<retract xmlns='urn:xmpp:message-retract:1'/>",
            "<apply-to xmlns='urn:xmpp:fasten:0' id='m1'/>",
            "<retract xmlns='urn:xmpp:message-retract:0' id='m1'/>",
        ] {
            assert_eq!(retracts(&message(inside)), None, "{inside}");
        }
    }

    #[test]
    fn reactions_are_emojis_each_once() {
        let of = |inside: &str| {
            let message = message(&format!(
                "<reactions xmlns='urn:xmpp:reactions:0' id='m1'>{inside}</reactions>"
            ));
            let found = reactions(&message).unwrap();
            assert_eq!(found.id, "m1");
            let texts = found.emojis.iter().map(|emoji| emoji.as_str().to_owned());
            texts.collect::<Vec<_>>()
        };
        let one = |emoji: &str| format!("<reaction>{emoji}</reaction>");
        assert_eq!(of(""), Vec::<String>::new());
        for emoji in ["👍", "❤️", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "ℹ️", "🅰️", "‼️"]
        {
            assert_eq!(of(&one(emoji)), [emoji]);
        }
        for words in [
            "yes",
            "pay",
            "да",
            "12",
            "",
            " ",
            "👍 ok",
            "👍ok",
            &"👍".repeat(30),
            "<b/>",
            "+1",
            "\u{202e}",
        ] {
            assert_eq!(of(&one(words)), Vec::<String>::new(), "{words:?}");
        }
        assert_eq!(of(&(one("👍") + &one(" 👍\n") + &one("❤️"))), ["👍", "❤️"]);
        let bound = MAX_REACTIONS + 10;
        let many: String = (0..bound as u32)
            .map(|n| one(&char::from_u32(0x1f600 + n).unwrap().to_string()))
            .collect();
        assert_eq!(of(&many).len(), MAX_REACTIONS);
        assert_eq!(
            reactions(&message("<reactions xmlns='urn:xmpp:reactions:0'/>")),
            None
        );
    }

    #[test]
    fn a_reply_tells_what_it_answers_and_where_it_repeats_that() {
        let reply = "<reply xmlns='urn:xmpp:reply:0' to='bob@mired.test/pc' id='m1'/>";
        let range = |inside: &str| {
            let fallback =
                format!("<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>{inside}</fallback>");
            let read = super::reply(&message(&format!("{reply}{fallback}"))).unwrap();
            assert_eq!(
                (read.id.as_str(), read.author.unwrap().as_str()),
                ("m1", "bob@mired.test")
            );
            read.quote
        };
        assert_eq!(range("<body start='0' end='12'/>"), Some(0..12));
        for inside in [
            "",
            "<body/>",
            "<body start='0'/>",
            "<body start='-1' end='3'/>",
            "<body start='3' end='3'/>",
            "<subject start='0' end='3'/>",
        ] {
            assert_eq!(range(inside), None, "{inside}");
        }
        let other = message("<reply xmlns='urn:xmpp:reply:0' to='@' id='m1'/>");
        assert_eq!(super::reply(&other).unwrap().author, None);
        assert_eq!(super::reply(&message(&reply.repeat(2))), None);
    }

    #[test]
    fn a_remark_that_it_is_a_correction_is_left_out() {
        let remark = |end: &str| {
            format!(
                "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-correct:0'><body start='0' end='{end}'/></fallback>"
            )
        };
        let text = Clean::new("[Corrected] hello");
        let rest = |inside: &str| without_remark(&message(inside), text.clone()).as_str().to_owned();
        assert_eq!(rest(&remark("12")), "hello");
        assert_eq!(rest(&remark("99")), "[Corrected] hello");
        assert_eq!(rest(""), "[Corrected] hello");
    }
}
