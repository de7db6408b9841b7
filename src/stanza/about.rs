//! What a message that we send says about another one: that it takes its place, takes it back, answers it, or
//! what we think of it. The forms are those that deployed clients accept.

use jid::BareJid;
use minidom::Element;

use super::ns;
use super::xml::{Build, element};
use model::Clean;

/// What somebody reads whose program does not know retractions.
const RETRACTED: &str =
    "This person took back an earlier message, which your program does not seem to support.";

/// It takes the place of the message `of`: the id of its first version, however often it was corrected
/// (XEP-0308 §4).
pub fn replace(of: &str) -> Vec<Element> {
    vec![element("replace", ns::MESSAGE_CORRECT).with("id", of)]
}

/// The message `of` is taken back (XEP-0424).
pub fn retract(of: &str) -> Vec<Element> {
    vec![element("retract", ns::RETRACT).with("id", of)]
}

/// The words beside that for those who do not know it (XEP-0428): they stand only in chats in clear.
/// Elsewhere programs that do not know it would show them as a message that was not encrypted.
pub fn retracted() -> Vec<Element> {
    let fallback = element("fallback", ns::FALLBACK).with("for", ns::RETRACT);
    vec![
        fallback.child(element("body", ns::FALLBACK)),
        element("body", ns::CLIENT).content(RETRACTED),
    ]
}

/// All that we think of the message `of` (XEP-0444).
pub fn reactions(of: &str, emojis: &[Clean]) -> Vec<Element> {
    let reaction = |emoji: &Clean| element("reaction", ns::REACTIONS).content(emoji.as_str());
    let reactions = element("reactions", ns::REACTIONS).with("id", of);
    vec![emojis.iter().map(reaction).fold(reactions, Build::child)]
}

/// It answers the message `of` of this author (XEP-0461); so many code points at the beginning of its text
/// repeat that one (XEP-0428).
pub fn reply(of: &str, author: Option<&BareJid>, quote: usize) -> Vec<Element> {
    let mut reply = element("reply", ns::REPLY).with("id", of);
    if let Some(author) = author {
        reply = reply.with("to", author.as_str());
    }
    if quote == 0 {
        return vec![reply];
    }
    let body = element("body", ns::FALLBACK)
        .with("start", "0")
        .with("end", quote.to_string());
    let fallback = element("fallback", ns::FALLBACK)
        .with("for", ns::REPLY)
        .child(body);
    vec![reply, fallback]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content;
    use crate::message;
    use crate::received::{self, Carried};
    use crate::xml::assert_renders;

    /// As the other side reads what stands in clear.
    fn read(about: Vec<Element>) -> model::Content {
        let bob = BareJid::new("bob@mired.test").unwrap();
        let message = message::wordless(&bob, "m2", about).with("from", "ana@mired.test/pc");
        assert_renders(&message);
        match received::unwrap(&message, &bob, true).unwrap().carried {
            Carried::Clear(said) => said,
            other => panic!("not in clear: {other:?}"),
        }
    }

    #[test]
    fn what_we_say_of_a_message_is_read_as_that() {
        let of = Some("m1".to_owned());
        assert_eq!(read(replace("m1")).replaces, of);
        let with_words: Vec<Element> = retracted().into_iter().chain(retract("m1")).collect();
        for about in [retract("m1"), with_words] {
            let said = read(about);
            assert_eq!((said.retracts, said.text), (of.clone(), None));
        }
        let emoji = content::emoji("👍").unwrap();
        let said = read(reactions("m1", std::slice::from_ref(&emoji)))
            .reactions
            .unwrap();
        assert_eq!((said.id.as_str(), said.emojis), ("m1", vec![emoji]));
        assert_eq!(read(reactions("m1", &[])).reactions.unwrap().emojis, []);
        let ana = BareJid::new("ana@mired.test").unwrap();
        let said = read(reply("m1", Some(&ana), 12)).reply.unwrap();
        assert_eq!(
            (said.id.as_str(), said.author, said.quote),
            ("m1", Some(ana), Some(0..12))
        );
        assert_eq!(read(reply("m1", None, 0)).reply.unwrap().quote, None);
    }
}
