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
    vec![
        element("retract", ns::RETRACT).with("id", of),
        element("fallback", ns::FALLBACK)
            .with("for", ns::RETRACT)
            .child(element("body", ns::FALLBACK)),
    ]
}

/// The words beside that for those who do not know it: they stand only in clear.
pub fn retracted() -> Element {
    element("body", ns::CLIENT).content(RETRACTED)
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
