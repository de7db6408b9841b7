//! What is said about the message: that it was edited, what it answers, what people think of it; with what
//! its marks in the history mean.

use super::fact;
use crate::ask::Context;
use crate::history::{Quote, answered};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use model::{Author, BareJid, Message, Protection, shown};
use store::messages;

/// Reactions that are listed.
const MOST: usize = 100;

/// What is known.
#[derive(Default)]
pub(super) struct About {
    edited: Option<(String, Option<&'static str>)>,
    /// What it answers, or that this is not here.
    answers: Option<String>,
    /// Emoji, whose, and whether that is in doubt.
    reactions: Vec<(String, String, bool)>,
}

impl About {
    pub(super) fn read(world: &Context<'_>, message: &Message) -> store::Result<Self> {
        let edited = (message.edited > 0).then(|| {
            let times = match message.edited {
                1 => "once".to_owned(),
                many => format!("{many} times"),
            };
            (times, doubt(message))
        });
        let sealed = message.protection != Protection::Clear;
        let mut reactions = Vec::new();
        for reaction in message.reactions.iter().take(MOST) {
            let who = named(world, &reaction.author)?;
            let doubtful = sealed && reaction.protection == Protection::Clear;
            reactions.push((shown::one_line(&reaction.emoji), who, doubtful));
        }
        Ok(Self {
            edited,
            answers: answers(world, message)?,
            reactions,
        })
    }

    pub(super) fn say(&self, sheet: &mut Sheet) {
        if let Some(answers) = &self.answers {
            fact(sheet, "Answers", &[(answers.clone(), Part::Plain)]);
        }
        if let Some((times, doubt)) = &self.edited {
            fact(sheet, "Edited", &[(times.clone(), Part::Plain)]);
            if let Some(doubt) = doubt {
                fact(sheet, "", &[((*doubt).to_owned(), Part::Waiting)]);
            }
        }
        let mut name = "Reactions";
        for (emoji, who, doubtful) in &self.reactions {
            let mut pieces = vec![(format!("{emoji} {who}"), Part::Plain)];
            if *doubtful {
                let doubt = "came in clear, so the servers could have made it up";
                pieces.push((doubt.to_owned(), Part::Waiting));
            }
            fact(sheet, name, &pieces);
            name = "";
        }
    }
}

/// Why it is not sure that it was edited; the history has a question mark then.
pub(in crate::pages) fn doubt(message: &Message) -> Option<&'static str> {
    let by_us = message.author == Author::Us && message.device.is_none();
    match message.protection {
        _ if by_us || message.edited == 0 => None,
        Protection::Omemo2 => None,
        Protection::OmemoLegacy => Some(
            "The old OMEMO encrypts the new words, but not that they replace these: the servers could have said so.",
        ),
        Protection::Clear => Some("It came in clear, so the servers could have changed it."),
    }
}

fn answers(world: &Context<'_>, message: &Message) -> store::Result<Option<String>> {
    if message.reply_to.is_none() {
        return Ok(None);
    }
    let of = match answered(world, message)? {
        Some(id) => messages::get(&world.store, id)?,
        None => None,
    };
    Ok(Some(match of.as_ref().and_then(Quote::of) {
        Some(Quote {
            author: Some(author),
            words,
        }) => format!(
            "{}: {words}",
            list::name_of_author(world, &message.peer, &author)?
        ),
        _ => "a message that is not here".to_owned(),
    }))
}

fn named(world: &Context<'_>, jid: &BareJid) -> store::Result<String> {
    match jid == world.own {
        true => Ok("You".to_owned()),
        false => list::name_of(world, jid),
    }
}
