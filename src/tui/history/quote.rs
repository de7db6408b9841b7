//! What a message answers, in one line: taken from the history as it is now, and never from the answer.

use crate::ask::Context;
use crate::file_words;
use model::{Author, Clean, Message, MessageId, shown};
use store::{about, messages};

/// Bytes of what is answered that are looked at: one line of it is drawn.
const LONGEST: usize = 400;

/// What is said of the message that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Whose words they are; None: they are ours, since there are none.
    pub author: Option<Author>,
    pub words: String,
}

impl Quote {
    /// What `message` answers, if it answers one.
    pub(super) fn in_answer(world: &Context<'_>, message: &Message) -> store::Result<Option<Self>> {
        if message.reply_to.is_none() {
            return Ok(None);
        }
        let of = match answered(world, message)? {
            Some(id) => messages::get(&world.store, id)?,
            None => None,
        };
        let ours = |what: &str| Self {
            author: None,
            words: format!("an answer to a message that {what}"),
        };
        Ok(Some(match of {
            None => ours("is not here"),
            Some(of) if of.retracted.is_some() => ours("was taken back"),
            Some(of) => match Self::of_what_it_brings(&of) {
                Some(quote) => quote,
                None => ours("cannot be read"),
            },
        }))
    }

    /// How a message begins, or the name of the file that it brings.
    fn of_what_it_brings(message: &Message) -> Option<Self> {
        if message.body.is_some() {
            return Self::of(message);
        }
        let file = message.files.first();
        file.map(|file| Self {
            author: Some(message.author.clone()),
            words: file_words::name(file),
        })
    }

    /// How a message begins, if it has words.
    pub fn of(message: &Message) -> Option<Self> {
        let body = message.body.as_ref()?;
        Some(Self {
            author: Some(message.author.clone()),
            words: shown::one_line(&Clean::within(body.as_str(), LONGEST)),
        })
    }
}

/// The message that this one answers, if it is here.
pub fn answered(world: &Context<'_>, message: &Message) -> store::Result<Option<MessageId>> {
    match &message.reply_to {
        Some(to) => about::target(&world.store, message.chat, &to.id, None),
        None => Ok(None),
    }
}
