//! Plain output: one message a line, and nothing that a message says can look like another one, move the cursor or turn
//! the reading direction of what stands around it (threats 73, 77, 80).

use super::words;
use crate::model::{Clean, Message, MessageState, Protection, shown};

/// What stands before every further line of a text, so that it cannot be taken for a line of its own.
const INDENT: &str = "    | ";
/// What stands before the reason of a failure, below the text: no text can look like it.
const REASON: &str = "    ! ";

/// A JID, an id, a file name, with everything that cannot be seen shown as its code.
pub fn identifier(text: impl AsRef<str>) -> String {
    shown::identifier(text.as_ref())
}

/// A sentence that may quote others, on one line.
pub fn sentence(text: &str) -> String {
    shown::one_line(&Clean::new(text))
}

/// Time, sender, mark, text; further lines of the text indented below.
pub fn message(message: &Message) -> String {
    let time = message.time.strftime("%Y-%m-%d %H:%M:%SZ");
    let from = identifier(message.from.as_str());
    let head = format!("{time} {from} [{}] ", mark(message));
    let mut row = match (&message.body, message.unreadable) {
        (Some(body), _) => {
            let lines: Vec<String> = shown::lines(body).collect();
            head + &lines.join(&format!("\n{INDENT}"))
        }
        (None, Some(reason)) => head + "cannot be read: " + words::unreadable(reason),
        (None, None) => head + "cannot be read",
    };
    if let Some(failure) = &message.failure {
        row.push_str(&format!("\n{REASON}{}", shown::one_line(failure)));
    }
    row
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
        insta::assert_snapshot!(message(&outgoing()), @r"
        2026-11-20 12:00:00Z ana@mired.test [clear, failed] hi
            ! nobody there
        ");
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
    fn a_text_cannot_turn_the_direction_of_the_line_around_it() {
        let shown = message(&incoming("\u{5d0}\u{2069}\u{202e}evil"));
        assert!(shown.ends_with("\u{2068}\u{5d0}evil\u{2069}"), "{shown:?}");
    }

    #[test]
    fn a_sentence_is_one_line() {
        for separator in ["\n", "\r\n", "\u{2028}"] {
            let shown = sentence(&format!("the server says:{separator}susurro: all is well"));
            assert_eq!(shown.lines().count(), 1, "{shown:?}");
        }
    }

    #[test]
    fn no_control_reaches_the_terminal() {
        let controls: String = (0..=0x9f)
            .filter_map(char::from_u32)
            .filter(|c| c.is_control())
            .collect();
        for shown in [
            message(&incoming(&controls)),
            sentence(&controls),
            identifier(&controls),
        ] {
            let inside: Vec<char> = shown.chars().filter(|c| c.is_control() && *c != '\n').collect();
            assert!(inside.is_empty(), "{inside:?}");
        }
    }
}
