//! One loaded row: an entry, what stands around its words, and how it is laid out.

use jiff::civil::Date;

use super::layout::{Around, Block, Columns, DOES};
use super::quote::Quote;
use super::{event, foot};
use crate::ask::Context;
use crate::list;
use crate::text::mention::{self, OwnNames};
use model::{Direction, Message, Position};
use store::timeline::Entry;

/// A loaded row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) entry: Entry,
    /// Its day where the person is.
    pub(super) day: Date,
    /// Hour and minute there.
    pub(super) time: String,
    /// What it says if it is no message.
    words: String,
    around: Around,
    /// Laid out when it is first needed.
    block: Option<Block>,
}

impl Row {
    /// `name`: how the other side is called.
    pub(super) fn new(world: &Context<'_>, name: &str, entry: Entry, around: Around) -> Self {
        let local = entry.time().to_zoned(world.zone.clone());
        Self {
            around,
            day: local.date(),
            time: format!("{:02}:{:02}", local.hour(), local.minute()),
            words: match &entry {
                Entry::Message(_) => String::new(),
                Entry::Event(event) => event::words(world, name, event),
            },
            entry,
            block: None,
        }
    }

    pub(super) fn around(&self) -> &Around {
        &self.around
    }

    /// The other side is called so.
    pub(super) fn call_the_other(&mut self, world: &Context<'_>, name: &str) {
        if let Entry::Event(event) = &self.entry {
            self.words = event::words(world, name, event);
            self.block = None;
        }
    }

    /// It is laid out again when it is needed.
    pub(super) fn forget_layout(&mut self) {
        self.block = None;
    }

    /// Its drawn lines without what stands above it; it is laid out if it was not.
    pub(super) fn measure(&mut self, columns: &Columns) -> usize {
        let block = self
            .block
            .get_or_insert_with(|| Block::new(&self.entry, &self.words, &self.around, columns));
        block.len()
    }

    /// What it answers.
    pub(super) fn quote(&self) -> Option<&Quote> {
        self.around.quote.as_ref()
    }

    /// Its drawn lines, if it was measured.
    pub(super) fn block(&self) -> Option<&Block> {
        self.block.as_ref()
    }

    pub(super) fn position(&self) -> Position {
        self.entry.position()
    }

    /// Whether both were written by the same person.
    pub(super) fn is_of_the_author_of(&self, other: &Self) -> bool {
        match (&self.entry, &other.entry) {
            (Entry::Message(one), Entry::Message(other)) => one.author == other.author,
            _ => false,
        }
    }
}

/// What stands around the words of an entry, as the store has it now; `own`: what we are called by.
pub(super) fn around(world: &Context<'_>, own: &OwnNames, entry: &Entry) -> store::Result<Around> {
    Ok(match entry {
        Entry::Event(_) => Around::default(),
        Entry::Message(message) => {
            let files = message.files.clone();
            Around {
                doer: doer(world, message)?,
                own: called(own, message),
                quote: Quote::in_answer(world, message)?,
                pictures: files
                    .iter()
                    .map(|file| world.pictures.of(file).cloned())
                    .collect(),
                files,
                foot: foot::of(world, message)?,
            }
        }
    })
}

/// Our names, if what others wrote calls us.
fn called(own: &OwnNames, message: &Message) -> Option<OwnNames> {
    let body = message.body.as_ref()?;
    let is_theirs = message.direction() == Direction::In;
    (is_theirs && mention::calls(body.as_str(), own)).then(|| own.clone())
}

/// Whose name stands in the text, if it says what its author does.
fn doer(world: &Context<'_>, message: &Message) -> store::Result<Option<String>> {
    let does = |body: &model::Clean| body.as_str().starts_with(DOES);
    match message.body.as_ref().is_some_and(does) {
        true => list::name_of_author(world, &message.peer, &message.author).map(Some),
        false => Ok(None),
    }
}
