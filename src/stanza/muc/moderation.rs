//! A moderator takes away what somebody wrote in a room (XEP-0425): asking for it, what the room then says to
//! all, and what stands in its archive afterwards. Rooms speak the form of before 2023, that of today, or
//! both in one message (Prosody).

use minidom::Element;

use super::{MAX_REASON, ns};
use crate::xml::{Build, element, only_child, sane_id};
use model::Clean;

/// A message was taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderation {
    /// Which: the id that the room gave it.
    pub of: String,
    pub reason: Option<Clean>,
}

/// What a message of the room itself says of another one. It is to come from the room's bare address.
pub fn parse(message: &Element) -> Option<Moderation> {
    if let Some(retract) = only_child(message, "retract", ns::RETRACT) {
        let moderated = only_child(retract, "moderated", ns::MODERATE)?;
        return Some(Moderation {
            of: sane_id(retract.attr("id"))?,
            reason: reason(retract, ns::RETRACT).or_else(|| reason(moderated, ns::MODERATE)),
        });
    }
    let fastened = only_child(message, "apply-to", ns::FASTEN)?;
    let moderated = only_child(fastened, "moderated", ns::MODERATE_0)?;
    only_child(moderated, "retract", ns::RETRACT_0)?;
    Some(Moderation {
        of: sane_id(fastened.attr("id"))?,
        reason: reason(moderated, ns::MODERATE_0),
    })
}

/// Whether this is what an archive has in the place of a message that was taken away; why. What has words
/// beside it is none: whoever wrote those wrote that too.
pub(crate) fn tombstone(message: &Element) -> Option<Option<Clean>> {
    let has_words = message.has_child("body", ns::CLIENT)
        || message.has_child("encrypted", ns::OMEMO2)
        || message.has_child("encrypted", ns::OMEMO_LEGACY);
    if has_words {
        return None;
    }
    if let Some(retracted) = only_child(message, "retracted", ns::RETRACT) {
        let moderated = only_child(retracted, "moderated", ns::MODERATE)?;
        return Some(reason(retracted, ns::RETRACT).or_else(|| reason(moderated, ns::MODERATE)));
    }
    let moderated = only_child(message, "moderated", ns::MODERATE_0)?;
    only_child(moderated, "retracted", ns::RETRACT_0)?;
    Some(reason(moderated, ns::MODERATE_0))
}

/// Asks a room to take the message `of` away; `before`: in the form of before 2023.
pub fn moderate(of: &str, why: Option<&Clean>, before: bool) -> Element {
    let why = why.map(Clean::as_str).filter(|why| why.len() <= MAX_REASON);
    let (moderate, retract) = match before {
        false => (ns::MODERATE, ns::RETRACT),
        true => (ns::MODERATE_0, ns::RETRACT_0),
    };
    let mut asked = element("moderate", moderate).child(element("retract", retract));
    if let Some(why) = why {
        asked = asked.child(element("reason", moderate).content(why));
    }
    match before {
        false => asked.with("id", of),
        true => element("apply-to", ns::FASTEN).with("id", of).child(asked),
    }
}

fn reason(parent: &Element, namespace: &str) -> Option<Clean> {
    let reason = only_child(parent, "reason", namespace)?.text();
    Some(Clean::line_within(reason.trim(), MAX_REASON)).filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn message(inside: &str) -> Element {
        format!("<message xmlns='jabber:client' from='team@muc.mired.test'>{inside}</message>")
            .parse()
            .unwrap()
    }

    /// As Prosody's module says it, in both forms.
    const NEWER: &str = "<retract xmlns='urn:xmpp:message-retract:1' id='s1'>\
        <moderated xmlns='urn:xmpp:message-moderate:1' by='team@muc.mired.test/Bob'/><reason>spam</reason></retract>";
    const OLDER: &str = "<apply-to xmlns='urn:xmpp:fasten:0' id='s1'>\
        <moderated xmlns='urn:xmpp:message-moderate:0' by='team@muc.mired.test/Bob'>\
        <retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderated></apply-to>";

    #[test]
    fn both_forms_say_which_message_and_why() {
        let expected = Some(Moderation {
            of: "s1".to_owned(),
            reason: Some(Clean::line("spam")),
        });
        for inside in [NEWER, OLDER, &format!("{OLDER}{NEWER}")] {
            assert_eq!(parse(&message(inside)), expected, "{inside}");
        }
        let silent = NEWER.replace("<reason>spam</reason>", "<reason> </reason>");
        assert_eq!(parse(&message(&silent)).unwrap().reason, None);
    }

    #[test]
    fn what_says_less_is_no_moderation() {
        for inside in [
            "<retract xmlns='urn:xmpp:message-retract:1' id='s1'/>",
            "<apply-to xmlns='urn:xmpp:fasten:0' id='s1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>",
            &NEWER.repeat(2),
            &NEWER.replace(" id='s1'", ""),
            "<moderated xmlns='urn:xmpp:message-moderate:0'><retracted xmlns='urn:xmpp:message-retract:0'/></moderated>",
        ] {
            assert_eq!(parse(&message(inside)), None, "{inside}");
        }
    }

    #[test]
    fn what_an_archive_keeps_has_no_words() {
        let older = "<moderated xmlns='urn:xmpp:message-moderate:0'>\
            <retracted xmlns='urn:xmpp:message-retract:0' stamp='2026-01-01T00:00:00Z'/><reason>spam</reason></moderated>";
        let newer = "<retracted xmlns='urn:xmpp:message-retract:1'><moderated xmlns='urn:xmpp:message-moderate:1'/>\
            <reason>spam</reason></retracted>";
        for inside in [older, newer] {
            let spam = Some(Some(Clean::line("spam")));
            assert_eq!(tombstone(&message(inside)), spam, "{inside}");
            let words = format!("{inside}<body>hello</body>");
            assert_eq!(tombstone(&message(&words)), None, "{inside}");
        }
        assert_eq!(
            tombstone(&message("<retracted xmlns='urn:xmpp:message-retract:1'/>")),
            None
        );
    }

    #[test]
    fn a_room_is_asked_in_the_form_that_it_knows() {
        let spam = Clean::line("spam");
        let asked = moderate("s1", Some(&spam), false);
        assert_renders(&asked);
        assert_eq!(
            String::from(&asked),
            "<moderate xmlns='urn:xmpp:message-moderate:1' id='s1'><retract xmlns='urn:xmpp:message-retract:1'/>\
             <reason>spam</reason></moderate>"
        );
        let asked = moderate("s1", None, true);
        assert_renders(&asked);
        assert_eq!(
            String::from(&asked),
            "<apply-to xmlns='urn:xmpp:fasten:0' id='s1'><moderate xmlns='urn:xmpp:message-moderate:0'>\
             <retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>"
        );
    }
}
