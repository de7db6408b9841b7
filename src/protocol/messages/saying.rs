//! What a row of the outbox says, before it is sealed: words that every device reads, and what belongs to
//! them about another message, which only an envelope can hold.

use crate::messages::privately;
use crate::turn::Turn;
use model::{BareJid, Clean, FileId, Jid, Message, Protection, SharedFile, quoted};
use stanza::{Element, about as elements, files as elements_of_files, message};
use store::chats::Chat;
use store::outbox::{AboutKind, Outgoing as Row};
use store::{Result, about, files, messages, reactions};

/// So many bytes of what is answered are repeated: what that is shows, and a short answer to long words is no
/// longer than they are.
const MOST_QUOTED: usize = 2000;

/// What leaves.
#[derive(Debug)]
pub(crate) struct Saying {
    /// The id of its stanza.
    pub(crate) id: String,
    pub(crate) body: Option<String>,
    /// The file that it is, which lies where its body says.
    file: Option<SharedFile>,
    /// That file does not lie there yet.
    pub(crate) waits_for: Option<FileId>,
    about: Vec<Element>,
    is_retraction: bool,
    /// It is for all in a room, or for one of them: nobody is asked to acknowledge it.
    in_room: bool,
    /// For one of them, who has this address there.
    in_private: Option<Jid>,
}

impl Saying {
    /// What this row says, which is `message` or something about it.
    pub(crate) fn of(turn: &Turn<'_>, row: &Row, message: &Message, chat: &Chat) -> Result<Self> {
        let in_room = !chat.is_persons();
        let said = Self::said(turn, row, message, in_room)?;
        let in_private = privately::address_of(turn, chat);
        Ok(Self {
            in_room,
            in_private,
            ..said
        })
    }

    fn said(turn: &Turn<'_>, row: &Row, message: &Message, in_room: bool) -> Result<Self> {
        let own = message.stanza_id.as_str();
        let Some(said) = &row.about else {
            return Self::words(turn, own.to_owned(), (message, row.clear), Vec::new());
        };
        // In a room everybody names a message by the id that the room gave it; a correction names the
        // author's own.
        let of = match &message.server_id {
            Some(server_id) if in_room => server_id.as_str(),
            _ => own,
        };
        let wordless = |about| Self {
            id: said.id.clone(),
            body: None,
            file: None,
            waits_for: None,
            about,
            is_retraction: said.kind == AboutKind::Retraction,
            in_room,
            in_private: None,
        };
        match &said.kind {
            AboutKind::Correction => {
                let replaces = elements::replace(own);
                Self::words(turn, said.id.clone(), (message, row.clear), replaces)
            }
            AboutKind::Retraction => Ok(wordless(elements::retract(of))),
            AboutKind::Reactions { .. } => {
                let emojis = reactions::of_author(turn.tx, message.id, &turn.own.jid)?;
                Ok(wordless(elements::reactions(of, &emojis)))
            }
        }
    }

    /// The words of a message; those of an answer begin with what it answers, for whoever cannot tell
    /// otherwise. What was sealed is not repeated in clear.
    fn words(
        turn: &Turn<'_>,
        id: String,
        (message, clear): (&Message, bool),
        mut about: Vec<Element>,
    ) -> Result<Self> {
        let (file, waits_for) = file_of(turn, message, clear)?;
        let mut body = message.body.as_ref().map_or("", Clean::as_str).to_owned();
        if let Some(file) = &file {
            body = elements_of_files::to_words(file);
        }
        if let Some(to) = &message.reply_to {
            let answered = match about::target(turn.tx, message.chat, &to.id, None)? {
                Some(answered) => messages::get(turn.tx, answered)?,
                None => None,
            };
            let quote = answered
                .filter(|answered| !clear || answered.protection == Protection::Clear)
                .and_then(|answered| answered.body)
                .map(|words| quoted(beginning(words.as_str())))
                .unwrap_or_default();
            about.extend(elements::reply(&to.id, to.author.as_ref(), quote.chars().count()));
            body.insert_str(0, &quote);
        }
        Ok(Self {
            id,
            body: Some(body),
            file,
            waits_for,
            about,
            is_retraction: false,
            in_room: false,
            in_private: None,
        })
    }

    /// Whether it says more than the legacy dialect can seal.
    pub(crate) fn reveals(&self) -> bool {
        !self.about.is_empty()
    }

    /// The content of an envelope.
    pub(crate) fn content(&self) -> Vec<Element> {
        let words = self.body.as_deref().map(match self.in_room {
            true => message::words_content,
            false => message::text_content,
        });
        words
            .unwrap_or_default()
            .into_iter()
            .chain(self.about.iter().cloned())
            .chain(self.file.iter().flat_map(elements_of_files::share))
            .collect()
    }

    /// The stanza in clear.
    pub(crate) fn in_clear(&self, to: &BareJid) -> Element {
        let stanza = match &self.body {
            Some(body) => message::clear(to, &self.id, body, self.beside()),
            None => message::wordless(to, &self.id, self.beside()),
        };
        self.addressed(stanza)
    }

    /// The stanza that carries these letters. What an envelope holds stands beside them only for those who
    /// read no envelopes (`is_legacy_read`).
    pub(crate) fn sealed(
        &self,
        to: &BareJid,
        letters: &[omemo::EncryptedMessage],
        protection: Protection,
        is_legacy_read: bool,
    ) -> Element {
        let about = || self.about.iter().cloned();
        if letters.is_empty() {
            return self.addressed(message::wordless(to, &self.id, about().collect()));
        }
        let asks = self.body.is_some() && protection == Protection::OmemoLegacy && !self.in_room;
        let mut beside = if asks { message::requests() } else { Vec::new() };
        beside.extend(about().filter(|_| is_legacy_read));
        self.addressed(message::sealed(to, &self.id, letters, beside))
    }

    fn addressed(&self, stanza: Element) -> Element {
        match &self.in_private {
            Some(to) => message::in_private(stanza, to),
            None if self.in_room => message::to_room(stanza),
            None => stanza,
        }
    }

    fn beside(&self) -> Vec<Element> {
        let first = match (&self.body, self.is_retraction) {
            (Some(_), _) if self.in_room => Vec::new(),
            (Some(_), _) => message::requests(),
            (None, true) => elements::retracted(),
            (None, false) => Vec::new(),
        };
        let link = self.file.iter().map(|file| elements_of_files::link(&file.url));
        first
            .into_iter()
            .chain(self.about.iter().cloned())
            .chain(link)
            .collect()
    }
}

/// The file that a message is, as it leaves, or else the one that it waits for. One that lies there encrypted
/// is not for what goes in clear, nor the other way round.
fn file_of(turn: &Turn<'_>, message: &Message, clear: bool) -> Result<(Option<SharedFile>, Option<FileId>)> {
    let Some(file) = message.files.first() else {
        return Ok((None, None));
    };
    let shared = files::shared(turn.tx, file.id)?;
    Ok(match shared.filter(|shared| shared.secret.is_none() == clear) {
        Some(shared) => (Some(shared), None),
        None => (None, Some(file.id)),
    })
}

/// As much of `words` as is repeated.
fn beginning(words: &str) -> &str {
    let ends = words.char_indices().map(|(start, char)| start + char.len_utf8());
    let end = ends.take_while(|end| *end <= MOST_QUOTED).last();
    words.get(..end.unwrap_or(0)).unwrap_or(words)
}
