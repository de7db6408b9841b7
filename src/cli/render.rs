//! Plain output: one message a line, and nothing that a message says can look like another one, move the
//! cursor or turn the reading direction of what stands around it (threats 73, 77, 80).

use jiff::tz::TimeZone;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{time, words};
use ::words::Face;
use model::{
    Author, BareJid, ChatEvent, ChatEventKind, Clean, Message, MessageFile, MessageState, Protection, shown,
};

/// What stands before every further line of a text, so that it cannot be taken for a line of its own.
const INDENT: &str = "    | ";
/// What stands before the reason of a failure, below the text: no text can look like it.
const REASON: &str = "    ! ";

/// A JID, an id, a file name, with everything that cannot be seen shown as its code.
pub fn identifier(text: impl AsRef<str>) -> String {
    shown::identifier(text.as_ref())
}

/// What its owner calls a device, behind all other words of its line and in quotes that it cannot close.
pub fn called(label: &Clean) -> String {
    let label = label.as_str().replace('"', "'");
    format!(", called \"{}\"", identifier(label))
}

/// A sentence that may quote others, on one line.
pub fn sentence(text: &str) -> String {
    shown::one_line(&Clean::new(text))
}

/// Time, sender, mark, text; further lines of the text indented below. On a terminal of `width` columns
/// long lines are broken here, not by the terminal: what it wraps starts at its edge, where a text
/// could pass for a line of ours.
pub fn message(own: &BareJid, message: &Message, zone: &TimeZone, width: Option<usize>) -> String {
    let time = time::moment(message.time, zone);
    let from = match &message.author {
        Author::Occupant { nick, .. } => identifier(format!("{}/{}", message.peer.address, nick.as_str())),
        Author::Us | Author::Contact(_) => identifier(message.from(own).as_str()),
    };
    let head = format!("{time} {from} [{}] ", mark(message));
    let mut row = match (&message.body, message.unreadable) {
        (Some(body), _) => {
            let broken = width.map(|width| fold(body.as_str(), head.width(), width));
            let lines: Vec<String> = shown::lines(broken.as_ref().unwrap_or(body)).collect();
            head + &lines.join(&format!("\n{INDENT}"))
        }
        (None, Some(reason)) => head + "cannot be read: " + &::words::unreadable(Face::Commands, reason),
        (None, None) if message.retracted.is_none() => {
            let files: Vec<String> = message.files.iter().map(file).collect();
            head + &files.join(&format!("\n{INDENT}"))
        }
        (None, None) => head + &taken_back(message),
    };
    row.push_str(&beneath(message));
    if let Some(why) = words::failed(message) {
        row.push_str(&format!("\n{REASON}{}", shown::one_line(&why)));
    }
    row
}

/// A file of a message: our words first, then what its sender calls it.
pub fn file(file: &MessageFile) -> String {
    let mut words = format!("file, {}", words::file_state(file.state));
    if let Some(why) = &file.failure {
        words.push_str(&format!(" ({})", words::file_failure(why)));
    }
    if let Some(size) = file.size {
        words.push_str(&format!(", {}", ::words::size(size)));
    }
    if let Some(kind) = &file.media_type {
        words.push_str(&format!(", {}", identifier(kind.as_str())));
    }
    match &file.name {
        Some(name) => format!("<{words}> {}", identifier(name.as_str())),
        None => format!("<{words}>"),
    }
}

/// What stands in the place of words that were taken away.
fn taken_back(message: &Message) -> String {
    let by = message.retracted.map_or("", ::words::retracted);
    match &message.moderated {
        Some(why) => format!("{by}: {}", shown::one_line(why)),
        None => by.to_owned(),
    }
}

/// What stands before what was made of a message, below it.
const BENEATH: &str = "    ~ ";

/// What people think of it, and that its words are not the first ones.
fn beneath(message: &Message) -> String {
    let mut said: Vec<String> = Vec::new();
    if message.edited > 0 {
        said.push("edited".to_owned());
    }
    if message.reply_to.is_some() {
        said.push("an answer".to_owned());
    }
    for reaction in &message.reactions {
        let emoji = shown::one_line(&reaction.emoji);
        said.push(format!("{emoji} {}", identifier(reaction.author.as_str())));
    }
    match said.is_empty() {
        true => String::new(),
        false => format!("\n{BENEATH}{}", said.join(", ")),
    }
}

/// What stands before a line that is no message: every message begins with its time.
const NOBODY: &str = "--- ";

/// A line that is no message, in the chat with `peer`.
pub fn event(peer: &str, event: &ChatEvent, zone: &TimeZone) -> String {
    let [from, until] = [event.time, event.until].map(|moment| time::moment(moment, zone));
    let words = ::words::chat_event(event, &identifier(peer), (&from, &until));
    let at = match event.kind {
        ChatEventKind::Gap | ChatEventKind::BeforeDevice => String::new(),
        // Their words do not say when.
        ChatEventKind::OptOut
        | ChatEventKind::UntrustedOptOut
        | ChatEventKind::OwnOptOut
        | ChatEventKind::Invited => {
            format!("{from} ")
        }
    };
    format!("{NOBODY}{at}{}", sentence(&words))
}

/// `text` with its lines broken so that none passes `width`; the first one begins at column `used`,
/// the others behind [`INDENT`].
fn fold(text: &str, used: usize, width: usize) -> Clean {
    let indent = INDENT.len();
    // On a terminal too narrow for this, lines of a few columns are better than none.
    let width = width.max(indent + 8);
    let mut column = if used + 2 > width { indent } else { used };
    let mut folded = String::with_capacity(text.len());
    if column != used {
        folded.push('\n');
    }
    for cluster in text.graphemes(true) {
        if cluster == "\n" {
            column = indent;
        } else {
            let wide = if cluster == "\t" {
                8
            } else {
                cluster.width().max(1)
            };
            if column + wide > width {
                folded.push('\n');
                column = indent;
            }
            column += wide;
        }
        folded.push_str(cluster);
    }
    Clean::new(&folded)
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
    use crate::cli::time::tests::ede;
    use model::{
        AccountId, ChatEventId, ChatEventKind, ChatId, Fingerprint, Left, MessageFailure, MessageId, Peer,
        Timestamp, Trust, UnreadableReason,
    };

    pub fn ana() -> BareJid {
        BareJid::new("ana@mired.test").unwrap()
    }

    /// A hole of nine days.
    pub fn gap() -> ChatEvent {
        ChatEvent {
            id: ChatEventId(1),
            chat: ChatId(1),
            position: model::Position(1),
            kind: ChatEventKind::Gap,
            time: "2026-11-03T14:02:00Z".parse().unwrap(),
            until: "2026-11-12T09:10:00Z".parse().unwrap(),
            reason: Clean::default(),
        }
    }

    #[test]
    fn a_line_that_nobody_wrote_begins_with_no_time() {
        assert_eq!(
            event(bob().as_str(), &gap(), &ede()),
            "--- Messages from 2026-11-03 15:02:00+01:00 to 2026-11-12 10:10:00+01:00 may be missing: \
             the server no longer has them"
        );
    }

    #[test]
    fn who_asks_to_go_on_without_encryption_cannot_write_another_line() {
        let asked = |kind, reason: &str| ChatEvent {
            kind,
            reason: Clean::new(reason),
            ..gap()
        };
        let said = |kind, reason| event(bob().as_str(), &asked(kind, reason), &ede());
        assert_eq!(
            said(
                ChatEventKind::OptOut,
                "please\n2026-11-03 15:02 ana@mired.test [omemo verified] yes"
            ),
            "--- 2026-11-03 15:02:00+01:00 bob@mired.test asks to go on without encryption: \"please ⏎ 2026-11-03 15:02 \
             ana@mired.test [omemo verified] yes\""
        );
        assert_eq!(
            said(ChatEventKind::UntrustedOptOut, ""),
            "--- 2026-11-03 15:02:00+01:00 A device of bob@mired.test that you do not trust asks to go on without encryption"
        );
        assert_eq!(
            said(ChatEventKind::OwnOptOut, ""),
            "--- 2026-11-03 15:02:00+01:00 Another device of yours asked bob@mired.test to go on without encryption"
        );
    }

    fn bob() -> BareJid {
        BareJid::new("bob@mired.test").unwrap()
    }

    /// A blind OMEMO message of Bob's.
    pub fn incoming(body: &str) -> Message {
        Message {
            id: MessageId(1),
            chat: ChatId(1),
            peer: Peer::new(AccountId(1), BareJid::new("bob@mired.test").unwrap()),
            author: Author::Contact(BareJid::new("bob@mired.test").unwrap()),
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
            position: model::Position(1),
            device: None,
            unstyled: false,
            displayed: false,
            asked: false,
            mention: false,
            in_room: false,
            archived: false,
            retracted: None,
            moderated: None,
            edited: 0,
            reply_to: None,
            reactions: Vec::new(),
            files: Vec::new(),
            left: Left::Not,
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
            author: Author::Us,
            server_id: None,
            protection: Protection::Clear,
            fingerprint: None,
            trust: None,
            state: MessageState::Failed,
            failure: Some(MessageFailure::Words(Clean::new("nobody there"))),
            ..incoming("hi")
        }
    }

    #[test]
    fn a_message_is_time_sender_mark_and_text() {
        insta::assert_snapshot!(message(&ana(), &incoming("hello"), &ede(), None), @"2026-11-20 13:00:00+01:00 bob@mired.test [omemo blind] hello");
        insta::assert_snapshot!(message(&ana(), &outgoing(), &ede(), None), @r"
        2026-11-20 13:00:00+01:00 ana@mired.test [clear, failed] hi
            ! nobody there
        ");
        let in_our_name = Message {
            protection: Protection::OmemoLegacy,
            trust: Some(Trust::Undecided),
            state: MessageState::Sent,
            failure: None,
            ..outgoing()
        };
        insta::assert_snapshot!(message(&ana(), &in_our_name, &ede(), None), @"2026-11-20 13:00:00+01:00 ana@mired.test [omemo undecided, sent] hi");
        insta::assert_snapshot!(message(&ana(), &unreadable(), &ede(), None), @"2026-11-20 13:00:00+01:00 bob@mired.test [omemo] cannot be read: there is no session with the sender's device; ask for it again (`susurro ask JID ID`)");
    }

    #[test]
    fn a_text_cannot_fake_a_line() {
        for separator in [
            "\n", "\r", "\r\n", "\u{2028}", "\u{2029}", "\u{85}", "\u{b}", "\u{c}",
        ] {
            let fake = format!("x{separator}2026-11-20 13:00:01+01:00 eve@mired.test [omemo verified] y");
            let shown = message(&ana(), &incoming(&fake), &ede(), None);
            assert!(
                shown.lines().skip(1).all(|line| line.starts_with(INDENT)),
                "{separator:?}: {shown}"
            );
        }
    }

    #[test]
    fn a_text_cannot_turn_the_direction_of_the_line_around_it() {
        let shown = message(&ana(), &incoming("\u{5d0}\u{2069}\u{202e}evil"), &ede(), None);
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
            message(&ana(), &incoming(&controls), &ede(), None),
            sentence(&controls),
            identifier(&controls),
        ] {
            let inside: Vec<char> = shown.chars().filter(|c| c.is_control() && *c != '\n').collect();
            assert!(inside.is_empty(), "{inside:?}");
        }
    }

    #[test]
    fn on_a_terminal_no_line_of_a_text_begins_at_the_edge() {
        let fake = format!(
            "{}2026-11-20 13:00:01+01:00 eve@mired.test [omemo verified] pay her",
            " ".repeat(33)
        );
        for width in [20, 40, 80] {
            for body in [
                fake.as_str(),
                "漢字".repeat(60).as_str(),
                "e\u{301}".repeat(90).as_str(),
            ] {
                let shown = message(&ana(), &incoming(body), &ede(), Some(width));
                for line in shown.lines().skip(1) {
                    assert!(line.starts_with(INDENT), "{line:?}");
                    assert!(line.width() <= width.max(14), "{line:?}");
                }
            }
        }
    }
}
