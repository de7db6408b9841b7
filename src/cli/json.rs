//! The JSON lines: one object a line, every field always there, in this order (they
//! are an interface for scripts).

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use super::file_fields::FileFields;
use super::{Exit, words};
use api::{Aside, AsideKind};
use model::{
    Author, BareJid, ChatEvent, ChatEventKind, Clean, Direction, Invited, Message, MessageRef, Timestamp,
};

/// A line of `listen` and `history`.
#[derive(Debug, Serialize)]
struct MessageLine<'a> {
    r#type: &'static str,
    account: &'a str,
    chat: String,
    from: &'a str,
    id: &'a str,
    stanza_id: Option<&'a str>,
    time: String,
    direction: &'static str,
    body: Option<&'a str>,
    encryption: &'static str,
    fingerprint: Option<String>,
    trust: Option<&'static str>,
    state: &'static str,
    /// A code.
    reason: Option<&'static str>,
    /// What people are told.
    reason_text: Option<String>,
    r#ref: String,
    /// Of ours: the other side says that they have read it.
    displayed: bool,
    /// An archive brought it.
    archived: bool,
    /// How many corrections it had.
    edited: u32,
    retracted: bool,
    /// The id of the message that it answers.
    reply_to: Option<&'a str>,
    reactions: Vec<ReactionField<'a>>,
    /// What comes with it; `body` is null then.
    files: Vec<FileFields<'a>>,
    /// Of a correction: the id of the message whose words these are now.
    replaces: Option<&'a str>,
    /// It was written into a room. What follows is null elsewhere.
    room: bool,
    nick: Option<&'a str>,
    /// Who that is over all nicks, in the room's words (XEP-0421).
    occupant_id: Option<&'a str>,
    /// Where the room vouches for it.
    real_jid: Option<&'a str>,
    /// It calls the person by name.
    mention: bool,
}

/// An emoji, and who gave it.
#[derive(Debug, Serialize)]
struct ReactionField<'a> {
    emoji: &'a str,
    from: Vec<&'a str>,
}

fn reactions(message: &Message) -> Vec<ReactionField<'_>> {
    let mut fields: Vec<ReactionField<'_>> = Vec::new();
    for reaction in &message.reactions {
        let (emoji, author) = (reaction.emoji.as_str(), reaction.author.as_str());
        match fields.iter_mut().find(|field| field.emoji == emoji) {
            Some(field) => field.from.push(author),
            None => fields.push(ReactionField {
                emoji,
                from: vec![author],
            }),
        }
    }
    fields
}

impl<'a> MessageLine<'a> {
    fn new(account: &'a BareJid, message: &'a Message) -> Self {
        let occupant = match &message.author {
            Author::Occupant {
                nick,
                occupant_id,
                real,
            } => Some((
                nick.as_str(),
                occupant_id.as_deref(),
                real.as_ref().map(|real| real.as_str()),
            )),
            Author::Us | Author::Contact(_) => None,
        };
        Self {
            r#type: if message.unreadable.is_none() {
                "message"
            } else {
                "undecryptable"
            },
            account: account.as_str(),
            chat: message.peer.written(),
            from: message.from(account).as_str(),
            id: &message.stanza_id,
            stanza_id: message.server_id.as_deref(),
            time: message.time.to_string(),
            direction: words::direction(message.direction()),
            body: message.body.as_ref().map(|body| body.as_str()),
            encryption: words::protection(message.protection),
            fingerprint: message.fingerprint.map(|fingerprint| fingerprint.hex()),
            trust: message.trust.map(words::trust),
            state: words::state(message.state),
            reason: words::reason(message),
            reason_text: words::reason_text(message),
            r#ref: MessageRef::new(message.id).to_string(),
            displayed: message.displayed,
            archived: message.archived,
            edited: message.edited,
            retracted: message.retracted.is_some(),
            reply_to: message.reply_to.as_ref().map(|to| to.id.as_str()),
            reactions: reactions(message),
            files: message.files.iter().map(FileFields::new).collect(),
            replaces: None,
            room: message.in_room,
            nick: occupant.map(|(nick, ..)| nick),
            occupant_id: occupant.and_then(|(_, id, _)| id),
            real_jid: match message.author {
                Author::Us => Some(account.as_str()).filter(|_| message.in_room),
                _ => occupant.and_then(|(.., real)| real),
            },
            mention: message.mention,
        }
    }
}

/// A line of `history` that nobody wrote.
#[derive(Debug, Serialize)]
struct EventLine<'a> {
    r#type: &'static str,
    account: &'a str,
    chat: &'a str,
    from_time: String,
    to_time: String,
}

/// A line of `listen` and `history`: somebody asks to go on without encryption.
#[derive(Debug, Serialize)]
struct OptOutLine<'a> {
    r#type: &'static str,
    account: &'a str,
    chat: &'a str,
    from: &'a str,
    time: String,
    direction: &'static str,
    /// By a key that may read what is sent: then nothing is sent before it is decided.
    trusted: bool,
    reason_text: Option<&'a str>,
}

/// Somebody wants the person in a room.
#[derive(Debug, Serialize)]
struct InvitationLine<'a> {
    r#type: &'static str,
    account: &'a str,
    chat: &'a str,
    room: &'a str,
    /// Their address, or the nick that the room knows.
    from: &'a str,
    time: String,
    reason_text: Option<&'a str>,
}

/// A line of `listen --all` that is no message.
#[derive(Debug, Serialize)]
struct AsideLine<'a> {
    r#type: &'static str,
    account: &'a str,
    chat: &'a str,
    from: &'a str,
    id: Option<&'a str>,
    target: Option<&'a str>,
    time: String,
    encryption: &'static str,
    fingerprint: Option<String>,
    trust: Option<&'static str>,
    /// Of a chat state alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// Of a correction alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    /// Of reactions alone: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    emojis: Option<Vec<&'a str>>,
}

/// What every other object is printed as: its fields behind its account.
#[derive(Debug, Serialize)]
struct Object<'a, T> {
    account: &'a str,
    #[serde(flatten)]
    fields: T,
}

/// The newest correction of a message as one line, under the id of that.
pub fn correction(
    account: &BareJid,
    message: &Message,
    (id, time): &(String, Timestamp),
) -> Result<String, Exit> {
    line(&MessageLine {
        id,
        time: time.to_string(),
        stanza_id: None,
        replaces: Some(&message.stanza_id),
        ..MessageLine::new(account, message)
    })
}

/// The same as something that was said about the message.
pub fn change(
    account: &BareJid,
    message: &Message,
    (id, time): &(String, Timestamp),
) -> Result<String, Exit> {
    let chat = message.peer.written();
    let aside = AsideLine {
        r#type: "correction",
        account: account.as_str(),
        chat: &chat,
        from: message.from(account).as_str(),
        id: Some(id),
        target: Some(&message.stanza_id),
        time: time.to_string(),
        encryption: words::protection(message.protection),
        fingerprint: message.fingerprint.map(|fingerprint| fingerprint.hex()),
        trust: message.trust.map(words::trust),
        state: None,
        body: message.body.as_ref().map(|body| body.as_str()),
        emojis: None,
    };
    line(&aside)
}

/// A message as one line.
pub fn message(account: &BareJid, message: &Message) -> Result<String, Exit> {
    line(&MessageLine::new(account, message))
}

/// A line that is no message, in the chat with `peer`.
pub fn event((account, peer): (&BareJid, &str), event: &ChatEvent) -> Result<String, Exit> {
    let of_times = |r#type| EventLine {
        r#type,
        account: account.as_str(),
        chat: peer,
        from_time: event.time.to_string(),
        to_time: event.until.to_string(),
    };
    let opt_out = |direction, trusted| OptOutLine {
        r#type: "opt_out",
        account: account.as_str(),
        chat: peer,
        from: match direction {
            Direction::In => peer,
            Direction::Out => account.as_str(),
        },
        time: event.time.to_string(),
        direction: words::direction(direction),
        trusted,
        reason_text: Some(event.reason.as_str()).filter(|reason| !reason.is_empty()),
    };
    match event.kind {
        ChatEventKind::Gap => line(&of_times("gap")),
        ChatEventKind::BeforeDevice => line(&of_times("before_device")),
        ChatEventKind::OptOut => line(&opt_out(Direction::In, true)),
        ChatEventKind::UntrustedOptOut => line(&opt_out(Direction::In, false)),
        ChatEventKind::OwnOptOut => line(&opt_out(Direction::Out, true)),
        ChatEventKind::Invited => {
            let invited = Invited::of_words(&event.reason);
            let invited = invited.ok_or_else(|| Exit::other("An invitation cannot be read."))?;
            line(&InvitationLine {
                r#type: "invitation",
                account: account.as_str(),
                chat: peer,
                room: invited.room.as_str(),
                from: invited.who().as_str(),
                time: event.time.to_string(),
                reason_text: Some(invited.reason.as_str()).filter(|reason| !reason.is_empty()),
            })
        }
    }
}

/// What is said live and is no message.
pub fn aside(account: &BareJid, aside: &Aside) -> Result<String, Exit> {
    let (kind, target) = match &aside.kind {
        AsideKind::Received(id) => ("receipt", Some(id)),
        AsideKind::Read(id) => ("read", Some(id)),
        AsideKind::State(_) => ("typing", None),
        AsideKind::Retracted(id) => ("retraction", Some(id)),
        AsideKind::Reacted(id, _) => ("reaction", Some(id)),
    };
    let (state, emojis) = match &aside.kind {
        AsideKind::State(state) => (Some(state.name()), None),
        AsideKind::Reacted(_, emojis) => (None, Some(emojis.iter().map(Clean::as_str).collect())),
        AsideKind::Received(_) | AsideKind::Read(_) | AsideKind::Retracted(_) => (None, None),
    };
    line(&AsideLine {
        r#type: kind,
        account: account.as_str(),
        chat: &aside.chat.written(),
        from: aside.from.as_str(),
        id: aside.id.as_deref(),
        target: target.map(String::as_str),
        time: aside.time.to_string(),
        encryption: words::protection(aside.protection),
        fingerprint: aside.key.map(|(fingerprint, _)| fingerprint.hex()),
        trust: aside.key.map(|(_, trust)| words::trust(trust)),
        state,
        body: None,
        emojis,
    })
}

/// Anything else as one line, with the account that it belongs to: no command prints an object without one.
pub fn object(account: &BareJid, fields: impl Serialize) -> Result<String, Exit> {
    line(&Object {
        account: account.as_str(),
        fields,
    })
}

/// One line of JSON. Characters that could deceive a terminal are written as `\u` escapes:
/// the same text to a program.
fn line(value: &impl Serialize) -> Result<String, Exit> {
    let mut out = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut out, Escaping))
        .map_err(|error| Exit::other(error.to_string()))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// serde_json's compact form, but with invisible and direction-changing characters escaped.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = fragment;
        while let Some((at, sly)) = plain.char_indices().find(|(_, c)| deceives(*c)) {
            let (before, rest) = plain.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut units = [0; 2];
            for unit in sly.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = rest.strip_prefix(sly).unwrap_or_default();
        }
        out.write_all(plain.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_char_escape(out, escape)
    }
}

/// Whether a character changes how others are shown, or is not seen at all: controls, direction marks, line
/// separators, tags and fillers. The joiners that scripts and emoji need are not among them.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{ana, incoming, outgoing, unreadable};
    use model::Clean;

    #[test]
    fn a_line_that_nobody_wrote_has_its_times() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        let gap = crate::cli::render::tests::gap();
        insta::assert_snapshot!(
            event((&ana(), bob.as_str()), &gap).unwrap(),
            @r#"{"type":"gap","account":"ana@mired.test","chat":"bob@mired.test","from_time":"2026-11-03T14:02:00Z","to_time":"2026-11-12T09:10:00Z"}"#
        );
        let before = ChatEvent {
            kind: ChatEventKind::BeforeDevice,
            ..gap.clone()
        };
        insta::assert_snapshot!(
            event((&ana(), bob.as_str()), &before).unwrap(),
            @r#"{"type":"before_device","account":"ana@mired.test","chat":"bob@mired.test","from_time":"2026-11-03T14:02:00Z","to_time":"2026-11-12T09:10:00Z"}"#
        );
    }

    #[test]
    fn who_asks_to_go_on_without_encryption_is_a_line_of_its_own() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        let asks = |kind, reason: &str| {
            let asked = ChatEvent {
                kind,
                reason: Clean::new(reason),
                ..crate::cli::render::tests::gap()
            };
            event((&ana(), bob.as_str()), &asked).unwrap()
        };
        insta::assert_snapshot!(
            asks(ChatEventKind::OptOut, "my phone\u{202e} is old"),
            @r#"{"type":"opt_out","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","time":"2026-11-03T14:02:00Z","direction":"in","trusted":true,"reason_text":"my phone\u202e is old"}"#
        );
        insta::assert_snapshot!(asks(ChatEventKind::UntrustedOptOut, ""), @r#"{"type":"opt_out","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","time":"2026-11-03T14:02:00Z","direction":"in","trusted":false,"reason_text":null}"#);
        insta::assert_snapshot!(asks(ChatEventKind::OwnOptOut, "no key here"), @r#"{"type":"opt_out","account":"ana@mired.test","chat":"bob@mired.test","from":"ana@mired.test","time":"2026-11-03T14:02:00Z","direction":"out","trusted":true,"reason_text":"no key here"}"#);
    }

    #[test]
    fn a_received_message_has_every_field_in_the_order_of_the_contract() {
        insta::assert_snapshot!(
            message(&ana(), &incoming("hello")).unwrap(),
            @r#"{"type":"message","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","id":"i-1","stanza_id":"s-1","time":"2026-11-20T12:00:00Z","direction":"in","body":"hello","encryption":"omemo-legacy","fingerprint":"0707070707070707070707070707070707070707070707070707070707070707","trust":"blind","state":"received","reason":null,"reason_text":null,"ref":"m12","displayed":false,"archived":false,"edited":0,"retracted":false,"reply_to":null,"reactions":[],"files":[],"replaces":null,"room":false,"nick":null,"occupant_id":null,"real_jid":null,"mention":false}"#
        );
    }

    #[test]
    fn what_is_said_beside_messages_has_every_field_and_a_state_alone_has_its_state() {
        use model::{AccountId, ChatState, Fingerprint, Peer, Protection, Trust};
        let bob = BareJid::new("bob@mired.test").unwrap();
        let said = |kind, key| Aside {
            chat: Peer::new(AccountId(1), bob.clone()),
            from: bob.clone(),
            kind,
            id: None,
            time: "2026-11-20T12:00:00Z".parse().unwrap(),
            protection: Protection::Omemo2,
            key,
        };
        let key = Some((Fingerprint([7; 32]), Trust::Verified));
        insta::assert_snapshot!(
            aside(&ana(), &said(AsideKind::Received("m1".to_owned()), key)).unwrap(),
            @r#"{"type":"receipt","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","id":null,"target":"m1","time":"2026-11-20T12:00:00Z","encryption":"omemo-2","fingerprint":"0707070707070707070707070707070707070707070707070707070707070707","trust":"verified"}"#
        );
        insta::assert_snapshot!(
            aside(&ana(), &said(AsideKind::Read("m1".to_owned()), None)).unwrap(),
            @r#"{"type":"read","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","id":null,"target":"m1","time":"2026-11-20T12:00:00Z","encryption":"omemo-2","fingerprint":null,"trust":null}"#
        );
        insta::assert_snapshot!(
            aside(&ana(), &said(AsideKind::State(ChatState::Composing), None)).unwrap(),
            @r#"{"type":"typing","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","id":null,"target":null,"time":"2026-11-20T12:00:00Z","encryption":"omemo-2","fingerprint":null,"trust":null,"state":"composing"}"#
        );
    }

    #[test]
    fn an_unreadable_message_has_no_body_and_a_reason() {
        insta::assert_snapshot!(
            message(&ana(), &unreadable()).unwrap(),
            @r#"{"type":"undecryptable","account":"ana@mired.test","chat":"bob@mired.test","from":"bob@mired.test","id":"i-1","stanza_id":"s-1","time":"2026-11-20T12:00:00Z","direction":"in","body":null,"encryption":"omemo-legacy","fingerprint":null,"trust":null,"state":"received","reason":"no-session","reason_text":"there is no session with the sender's device; ask for it again (`susurro ask JID ID`)","ref":"m12","displayed":false,"archived":false,"edited":0,"retracted":false,"reply_to":null,"reactions":[],"files":[],"replaces":null,"room":false,"nick":null,"occupant_id":null,"real_jid":null,"mention":false}"#
        );
    }

    #[test]
    fn an_own_failed_message_in_clear_has_its_reason_and_no_key() {
        insta::assert_snapshot!(
            message(&ana(), &outgoing()).unwrap(),
            @r#"{"type":"message","account":"ana@mired.test","chat":"bob@mired.test","from":"ana@mired.test","id":"i-1","stanza_id":null,"time":"2026-11-20T12:00:00Z","direction":"out","body":"hi","encryption":"none","fingerprint":null,"trust":null,"state":"failed","reason":"not-sent","reason_text":"nobody there","ref":"m12","displayed":false,"archived":false,"edited":0,"retracted":false,"reply_to":null,"reactions":[],"files":[],"replaces":null,"room":false,"nick":null,"occupant_id":null,"real_jid":null,"mention":false}"#
        );
    }

    #[test]
    fn what_deceives_a_terminal_is_escaped_and_reads_the_same() {
        let body = "a\u{202e}b\u{2028}c\u{e0041}d\n\u{9b}e é 👩‍👧";
        let json = line(&[body]).unwrap();
        assert!(!json.chars().any(|c| deceives(c) || c.is_control()), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read[0], body);
    }
}
