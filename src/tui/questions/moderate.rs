//! Taking away what somebody else wrote in a room that we moderate: Enter does it, and what was typed before
//! is the reason that everybody sees.

use super::line::{self, LineMatter};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::history::Quote;
use crate::list;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part};
use api::{Command, RoomCommand};
use model::{Author, Clean, MessageId, Peer};
use store::messages;

/// The question; None if there is nothing to take away any more.
pub fn question(world: &Context<'_>, id: MessageId) -> store::Result<Option<Box<dyn Question>>> {
    let Some(message) = messages::get(&world.store, id)? else {
        return Ok(None);
    };
    let name = match &message.author {
        Author::Occupant { nick, .. } => list::nick(nick.as_str()),
        Author::Us | Author::Contact(_) => String::new(),
    };
    let room = message.peer;
    let quote = None;
    line::about(
        world,
        Moderate {
            id,
            room,
            name,
            quote,
        },
    )
}

struct Moderate {
    id: MessageId,
    room: Peer,
    /// Who wrote it.
    name: String,
    quote: Option<Quote>,
}

impl LineMatter for Moderate {
    const LONGEST: usize = 200;
    const PROMPT: &'static str = "Why (or nothing): ";

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        let message = messages::get(&world.store, self.id)?.filter(|message| message.retracted.is_none());
        self.quote = message.as_ref().and_then(Quote::of);
        Ok(message.is_some())
    }

    fn ask(&self, world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let words = self.quote.as_ref().map_or("", |quote| quote.words.as_str());
        let head = format!("Remove what {} wrote, for everybody?", self.name);
        let room = sheet.columns().saturating_sub(text::width(&head) + 1).max(1);
        let words = text::fit(words, room, world.theme.glyph(Glyph::Cut));
        sheet.flow(0, &[(head, Part::Waiting), (words, Part::Dim)]);
        parts::explain(
            sheet,
            lines,
            "The room and the programs of all in it are asked to forget it. Not all do, and what was read was read. \
             Everybody sees that a moderator did it, and why.",
            "All in the room see that a moderator did it.",
        );
    }

    fn enter(&self, _typed: &str) -> &'static str {
        "remove it"
    }

    fn back(&self) -> &'static str {
        "leave it"
    }

    fn answered(&self, typed: Clean) -> Option<Vec<Ask>> {
        let what = RoomCommand::Moderate {
            message: self.id,
            reason: Some(typed).filter(|why| !why.is_empty()),
        };
        Some(vec![Ask::Command {
            command: Command::Room {
                room: self.room.clone(),
                what,
            },
            done: Some("It is removed.".to_owned()),
        }])
    }
}
