//! Ending a room for everybody: answered by typing a word, never by one key.

use super::line::{self, LineMatter};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::{Command, RoomCommand};
use model::{Clean, Peer};

/// What has to be typed.
const WORD: &str = "destroy";

/// The question; None if the room is none of ours.
pub fn question(world: &Context<'_>, room: &Peer) -> store::Result<Option<Box<dyn Question>>> {
    let matter = Destroy {
        name: list::name_of_chat(world, room)?,
        room: room.clone(),
    };
    line::about(world, matter)
}

struct Destroy {
    room: Peer,
    name: String,
}

impl LineMatter for Destroy {
    const LONGEST: usize = 20;
    const PROMPT: &'static str = "Type destroy, Enter: ";

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        self.name = list::name_of_chat(world, &self.room)?;
        Ok(list::room_of(world, &self.room)?.is_some())
    }

    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let head = format!("End {} for everybody?", self.name);
        let address = list::address(&self.room.address);
        sheet.flow(0, &[(head, Part::Bad), (address, Part::Title)]);
        parts::explain(
            sheet,
            lines,
            "Everybody is put out, and nobody can bring it back. What was said stays with those who have it.",
            "It cannot be brought back.",
        );
    }

    fn enter(&self, _typed: &str) -> &'static str {
        "end it"
    }

    fn back(&self) -> &'static str {
        "leave it as it is"
    }

    fn answered(&self, typed: Clean) -> Option<Vec<Ask>> {
        let (venue, reason) = (None, None);
        let command = Command::Room {
            room: self.room.clone(),
            what: RoomCommand::Destroy { venue, reason },
        };
        let done = Some(format!("{} is ended. What was said in it stays here.", self.name));
        typed
            .as_str()
            .eq_ignore_ascii_case(WORD)
            .then(|| vec![Ask::Command { command, done }])
    }

    fn wrong(&self) -> &'static str {
        "That was not the word: the room stays."
    }
}
