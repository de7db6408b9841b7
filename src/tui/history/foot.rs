//! What stands beneath a message, in one line of ours: that it was edited, what people think of it, and
//! that what we said of it waits.

use crate::ask::Context;
use crate::theme::Glyph;
use model::{BareJid, Clean, Direction, Message, Protection, Reaction, shown};
use store::outbox;

/// Different emojis that are counted; a line has no room for more.
const MOST: usize = 30;

/// The line; None if there is nothing to say.
pub(super) fn of(world: &Context<'_>, message: &Message) -> store::Result<Option<String>> {
    let edited = (message.edited > 0).then(|| edited(message).to_owned());
    let asked = message.unreadable.is_some() && message.asked;
    let asked = asked.then(|| "you asked to send it again".to_owned());
    let counted = counted(message, world.own);
    let waits = is_waiting(world, message, &counted)?.then(|| "not sent yet".to_owned());
    let facts: Vec<String> = edited
        .into_iter()
        .chain(asked)
        .chain(counted.iter().map(Counted::words))
        .chain(waits)
        .collect();
    let dot = format!(" {} ", world.theme.glyph(Glyph::Dot));
    Ok((!facts.is_empty()).then(|| facts.join(&dot)))
}

/// Whether the server does not have yet what we said of it. The mark of the message itself says so of that.
fn is_waiting(world: &Context<'_>, message: &Message, counted: &[Counted<'_>]) -> store::Result<bool> {
    let by_us = message.direction() == Direction::Out && message.device.is_none();
    let said = by_us && (message.edited > 0 || message.retracted.is_some());
    if !said && !counted.iter().any(|emoji| emoji.ours) {
        return Ok(false);
    }
    Ok(!outbox::about(&world.store, message.id)?.is_empty())
}

/// That it has other words than before. Where anybody on the way could say so, it is in doubt.
fn edited(message: &Message) -> &'static str {
    // This device knows what it did.
    let by_us = message.author == model::Author::Us && message.device.is_none();
    match message.protection {
        Protection::Omemo2 => "edited",
        _ if by_us => "edited",
        Protection::Clear | Protection::OmemoLegacy => "edited?",
    }
}

/// One emoji, and who gave it.
struct Counted<'a> {
    emoji: &'a str,
    people: usize,
    ours: bool,
    /// Anybody on the way could have given it.
    doubtful: bool,
}

impl Counted<'_> {
    /// "👍", "👍 you", "👍 2 with you"; what is in doubt has a question mark.
    fn words(&self) -> String {
        let emoji = shown::one_line(&Clean::line(self.emoji));
        let doubt = if self.doubtful { "?" } else { "" };
        let who = match (self.people, self.ours) {
            (1, true) => " you".to_owned(),
            (1, false) => String::new(),
            (people, true) => format!(" {people} with you"),
            (people, false) => format!(" {people}"),
        };
        format!("{emoji}{who}{doubt}")
    }
}

/// The reactions by emoji, the first given first.
fn counted<'a>(message: &'a Message, own: &BareJid) -> Vec<Counted<'a>> {
    let sealed = message.protection != Protection::Clear;
    let doubtful = |reaction: &Reaction| sealed && reaction.protection == Protection::Clear;
    let mut counted: Vec<Counted<'a>> = Vec::new();
    for reaction in &message.reactions {
        let emoji = reaction.emoji.as_str();
        let ours = reaction.author == *own;
        if let Some(known) = counted.iter_mut().find(|known| known.emoji == emoji) {
            known.people += 1;
            known.ours |= ours;
            known.doubtful |= doubtful(reaction);
        } else if counted.len() < MOST {
            counted.push(Counted {
                emoji,
                people: 1,
                ours,
                doubtful: doubtful(reaction),
            });
        }
    }
    counted
}
