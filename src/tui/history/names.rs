//! How the people of one chat are called in the gutter.

use std::borrow::Cow;

use crate::ask::Context;
use crate::list;
use crate::text;
use model::{Author, Peer};
use store::rooms::Room;

/// Names that are kept at most. A chat has two; a room has as many as anybody likes.
const KEPT: usize = 64;
/// Columns of a name in a room: whoever speaks next moves nothing.
const IN_A_ROOM: usize = 14;
/// Stands before the nick of somebody else that reads as ours.
const NOT_US: char = '!';

/// Names, read once and kept until the store says that contacts changed.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: Vec<(Author, String)>,
    /// What the chat is called, if it is a room, or with somebody in one.
    room: Option<String>,
}

impl Names {
    /// Our own and the peer's. Two that are alike would say that we wrote what they wrote: then
    /// theirs is the whole address.
    pub(super) fn read(world: &Context<'_>, peer: &Peer) -> store::Result<Self> {
        let own = list::name_of(world, world.own)?;
        let mut known = vec![(Author::Us, own.clone())];
        if peer.within.is_some() {
            let room = Some(list::name_of_chat(world, peer)?);
            return Ok(Self { known, room });
        }
        if peer.address != *world.own {
            let mut theirs = list::name_of(world, &peer.address)?;
            if theirs.to_lowercase() == own.to_lowercase() {
                theirs = list::address(&peer.address);
            }
            known.push((Author::Contact(peer.address.clone()), theirs));
        }
        Ok(Self { known, room: None })
    }

    /// Our own. Whoever speaks is named by what they wrote.
    pub(super) fn in_room(world: &Context<'_>, room: &Room) -> Self {
        Self {
            known: vec![(Author::Us, list::nick(&list::own_nick(world, room)))],
            room: Some(list::name_of_room(room)),
        }
    }

    /// How an author is called who is not known yet: by their nick.
    fn called(&self, author: &Author) -> String {
        let Author::Occupant { nick, .. } = author else {
            return String::new();
        };
        let name = list::nick(nick.as_str());
        // Nobody else's words look like ours (threat 18).
        let ours = self.get(&Author::Us).unwrap_or_default();
        match list::look(&name) == list::look(ours) {
            true => format!("{NOT_US}{name}"),
            false => name,
        }
    }

    /// Learns how an author is called, if it is somebody else in the chat.
    pub(super) fn learn(&mut self, world: &Context<'_>, author: &Author) -> store::Result<()> {
        if self.known.len() < KEPT && self.get(author).is_none() {
            let name = match author {
                Author::Occupant { .. } => self.called(author),
                Author::Us => return Ok(()),
                Author::Contact(jid) => list::name_of(world, jid)?,
            };
            self.known.push((author.clone(), name));
        }
        Ok(())
    }

    /// How somebody in the chat is called.
    pub(super) fn of(&self, author: &Author) -> Cow<'_, str> {
        match self.get(author) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(self.called(author)),
        }
    }

    fn get(&self, author: &Author) -> Option<&str> {
        let found = self.known.iter().find(|(known, _)| known == author);
        found.map(|(_, name)| name.as_str())
    }

    /// How the other side is called: ourselves, where we write notes.
    pub(super) fn of_the_other(&self, peer: &Peer) -> &str {
        let theirs = || self.get(&Author::Contact(peer.address.clone()));
        let other = self.room.as_deref().or_else(theirs);
        other.or_else(|| self.get(&Author::Us)).unwrap_or_default()
    }

    /// The name as it stands in the gutter, in at most `columns`: the whole of it, else its first word where
    /// that is nobody else's, else what fits of it.
    pub(super) fn short(&self, author: &Author, columns: usize, cut: &str) -> String {
        let name = self.of(author);
        if text::width(&name) <= columns {
            return name.into_owned();
        }
        let first = first_word(&name);
        let mut others = self.known.iter().filter(|(known, _)| known != author);
        let known_by_it = !first.is_empty()
            && text::width(first) <= columns
            && !others.any(|(_, other)| first_word(other).to_lowercase() == first.to_lowercase());
        if known_by_it {
            first.to_owned()
        } else {
            text::fit(&name, columns, cut)
        }
    }

    /// Columns that the names of the chat take, of at most `most` for each.
    pub(super) fn widest(&self, most: usize) -> usize {
        if self.room.is_some() {
            return most.min(IN_A_ROOM);
        }
        let widths = self
            .known
            .iter()
            .map(|(author, _)| text::width(&self.short(author, most, "")));
        widths.max().unwrap_or(0)
    }
}

/// Nothing where it holds what sets a direction: a part of that would turn what stands beside it around.
fn first_word(name: &str) -> &str {
    if name.contains(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']) {
        return "";
    }
    name.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::BareJid;

    fn names(own: &str, theirs: &str) -> (Names, Author) {
        let bob = Author::Contact(BareJid::new("bob@mired.test").unwrap());
        let known = vec![(Author::Us, own.to_owned()), (bob.clone(), theirs.to_owned())];
        (Names { known, room: None }, bob)
    }

    #[test]
    fn a_long_name_is_its_first_word_where_there_is_no_room() {
        let (known, bob) = names("ana", "Alexandra Hamilton-Smith");
        assert_eq!(known.short(&bob, 24, "…"), "Alexandra Hamilton-Smith");
        assert_eq!(known.short(&bob, 10, "…"), "Alexandra");
        assert_eq!(known.short(&bob, 6, "…"), "Alexa…");
        // The whole chat is indented by no more than the name that is drawn.
        assert_eq!((known.widest(24), known.widest(10)), (24, 9));
    }

    #[test]
    fn a_first_word_that_both_have_tells_nobody_apart() {
        let (known, bob) = names("Alexandra Miller", "Alexandra Hamilton-Smith");
        assert_eq!(known.short(&bob, 12, "…"), "Alexandra H…");
    }
}
