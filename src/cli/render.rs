//! Plain output: one message a line, and nothing that a message says can look like another one, move the cursor or turn
//! the reading direction of what stands around it (threats 73, 77, 80).

use crate::model::{Message, MessageState, Protection};

use super::words;

/// What stands before every further line of a text, so that it cannot be taken for a line of its own.
const INDENT: &str = "    | ";

/// Isolates what lies between from the direction of the surroundings (UAX 9: FSI, PDI).
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// Whether a character changes how others are shown, or is not seen at all: controls, direction marks, line separators,
/// tags and other invisible ones. The joiners that scripts and emoji need (ZWJ, ZWNJ, variation selectors) are not
/// among them.
pub fn deceives(c: char) -> bool {
    c.is_control()
        || turns(c)
        || matches!(c,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Characters that turn the reading direction.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An identifier (JID, id, file name): every character that deceives is shown as its code, so that two different ones never look
/// alike by means of it.
pub fn identifier(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if deceives(c) || matches!(c, '\u{200c}' | '\u{200d}') {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A sentence that may quote others: one line, without what deceives.
pub fn sentence(text: &str) -> String {
    let words: Vec<&str> = text
        .split(is_break)
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    isolated(&words.join(" "))
}

/// The lines of a text, each safe to print after something of ours.
pub fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(is_break).map(isolated)
}

fn is_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// One line without what deceives, and closed in itself if it holds more than ASCII.
fn isolated(line: &str) -> String {
    let clean: String = line
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !deceives(*c))
        .collect();
    if clean.is_ascii() {
        return clean;
    }
    format!("{}{clean}{}", ISOLATE.0, ISOLATE.1)
}

/// Time, sender, mark, text; further lines of the text indented below.
pub fn message(message: &Message) -> String {
    let time = message.time.strftime("%Y-%m-%d %H:%M:%SZ");
    let from = identifier(message.from.as_str());
    let head = format!("{time} {from} [{}] ", mark(message));
    match (&message.body, message.unreadable) {
        (Some(body), _) => {
            let lines: Vec<String> = lines(body.as_str()).collect();
            head + &lines.join(&format!("\n{INDENT}"))
        }
        (None, Some(reason)) => head + "cannot be read: " + words::unreadable(reason),
        (None, None) => head + "cannot be read",
    }
}

/// How the message was protected, and for our own how far it came.
fn mark(message: &Message) -> String {
    let mut mark = match (message.protection, message.trust) {
        (Protection::Clear, _) => "clear".to_owned(),
        (_, Some(trust)) => format!("omemo {}", words::trust(trust)),
        (_, None) => "omemo".to_owned(),
    };
    if message.state != MessageState::Received {
        mark.push_str(", ");
        mark.push_str(words::state(message.state));
    }
    if let Some(failure) = &message.failure {
        mark.push_str(": ");
        mark.push_str(&sentence(failure.as_str()));
    }
    mark
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::model::{
        AccountId, BareJid, ChatId, Clean, Direction, Fingerprint, MessageId, Timestamp, Trust,
        UnreadableReason,
    };

    /// A blind OMEMO message of Bob's.
    pub fn incoming(body: &str) -> Message {
        Message {
            id: MessageId(1),
            account: AccountId(1),
            chat: ChatId(1),
            peer: BareJid::new("bob@mired.test").unwrap(),
            from: BareJid::new("bob@mired.test").unwrap(),
            direction: Direction::In,
            stanza_id: "i-1".to_owned(),
            server_id: Some("s-1".to_owned()),
            time: "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap(),
            body: Some(Clean::new(body)),
            unreadable: None,
            protection: Protection::OmemoLegacy,
            fingerprint: Some(Fingerprint([7; 32])),
            trust: Some(Trust::Blind),
            state: MessageState::Received,
            failure: None,
        }
    }

    /// A message of Bob's that could not be opened.
    pub fn unreadable() -> Message {
        Message {
            body: None,
            unreadable: Some(UnreadableReason::NoSession),
            fingerprint: None,
            trust: None,
            ..incoming("")
        }
    }

    /// A message of Ana's in clear that was refused.
    pub fn outgoing() -> Message {
        Message {
            from: BareJid::new("ana@mired.test").unwrap(),
            direction: Direction::Out,
            server_id: None,
            protection: Protection::Clear,
            fingerprint: None,
            trust: None,
            state: MessageState::Failed,
            failure: Some(Clean::new("nobody there")),
            ..incoming("hi")
        }
    }

    #[test]
    fn a_message_is_time_sender_mark_and_text() {
        insta::assert_snapshot!(message(&incoming("hello")), @"2026-11-20 12:00:00Z bob@mired.test [omemo blind] hello");
        insta::assert_snapshot!(message(&outgoing()), @"2026-11-20 12:00:00Z ana@mired.test [clear, failed: nobody there] hi");
        insta::assert_snapshot!(message(&unreadable()), @"2026-11-20 12:00:00Z bob@mired.test [omemo] cannot be read: there is no session with the sender's device; write to them, then ask for it again");
    }

    #[test]
    fn a_text_cannot_fake_a_line() {
        for separator in [
            "\n", "\r", "\r\n", "\u{2028}", "\u{2029}", "\u{85}", "\u{b}", "\u{c}",
        ] {
            let fake = format!("x{separator}2026-11-20 12:00:01Z eve@mired.test [omemo verified] y");
            let shown = message(&incoming(&fake));
            assert!(
                shown.lines().skip(1).all(|line| line.starts_with(INDENT)),
                "{separator:?}: {shown}"
            );
        }
    }

    #[test]
    fn no_control_and_no_direction_mark_reaches_the_terminal() {
        let sly: String = (0..=0x10ffff)
            .filter_map(char::from_u32)
            .filter(|c| deceives(*c))
            .collect();
        for shown in [message(&incoming(&sly)), sentence(&sly), identifier(&sly)] {
            let inside: Vec<char> = shown
                .chars()
                .filter(|c| deceives(*c) && !matches!(c, '\n' | '\u{2068}' | '\u{2069}'))
                .collect();
            assert!(inside.is_empty(), "{inside:?}");
        }
    }

    #[test]
    fn a_text_cannot_close_the_isolation_around_it() {
        let shown = message(&incoming("é\u{2069}\u{202e}evil"));
        assert!(shown.ends_with("\u{2068}éevil\u{2069}"), "{shown}");
    }

    #[test]
    fn joiners_of_scripts_and_emoji_are_kept() {
        assert!(message(&incoming("👩‍👧 می‌خواهم")).contains("👩‍👧 می‌خواهم"));
    }

    #[test]
    fn an_identifier_shows_what_deceives_as_its_code() {
        assert_eq!(identifier("b\u{200b}ob\u{202e}"), "b\\u{200b}ob\\u{202e}");
    }

    #[test]
    fn a_sentence_is_one_line() {
        assert_eq!(
            sentence("the server says:\nsusurro: all is well"),
            "the server says: susurro: all is well"
        );
    }
}
