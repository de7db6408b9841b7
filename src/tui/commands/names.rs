//! Whom an argument means: chats and contacts by name or address.

use crate::ask::Context;
use crate::list::{self, ChatList, ListEntry};
use model::{Clean, Peer, address, shown};

/// Names that a sentence lists.
const LISTED: usize = 5;

/// Somebody, as they are called on the screen.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub peer: Peer,
    pub name: String,
    pub is_room: bool,
}

impl From<ListEntry> for Person {
    fn from(entry: ListEntry) -> Self {
        Self {
            name: unisolated(&entry.name),
            peer: entry.peer,
            is_room: entry.is_room,
        }
    }
}

/// Chats and contacts, in the order of the list.
pub(super) fn people(world: &Context<'_>) -> store::Result<Vec<Person>> {
    Ok(ChatList::read(world)?
        .entries
        .into_iter()
        .map(Person::from)
        .collect())
}

/// The chat that `argument` means, the open one if it is empty; else a sentence. It may be an exact address
/// or name, or the beginning of only one.
pub(super) fn chat(
    world: &Context<'_>,
    argument: &str,
    written: &str,
) -> store::Result<Result<Peer, String>> {
    if argument.is_empty() {
        return Ok(world
            .chat
            .cloned()
            .ok_or_else(|| format!("No chat is open; write it as {written}.")));
    }
    let people = people(world)?;
    let found = one(&people, argument);
    Ok(found
        .map(|person| person.peer.clone())
        .map_err(|found| which(argument, &found)))
}

/// The one that `wanted` means: the exact ones count before those that only begin
/// so. Else all that it could be.
pub(super) fn one<'a>(people: &'a [Person], wanted: &str) -> Result<&'a Person, Vec<&'a Person>> {
    // However it is spelt, as a link too.
    let meant = address::typed(wanted).ok();
    let wanted = wanted.to_lowercase();
    let exact = |person: &&Person| {
        (person.peer.within.is_none() && meant.as_ref() == Some(&person.peer.address))
            || person.peer.written().to_lowercase() == wanted
            || person.name.to_lowercase() == wanted
    };
    let begins = |person: &&Person| {
        (person.peer.within.is_none() && person.peer.written().to_lowercase().starts_with(&wanted))
            || person.name.to_lowercase().starts_with(&wanted)
    };
    let mut found: Vec<&Person> = people.iter().filter(exact).collect();
    if found.is_empty() {
        found = people.iter().filter(begins).collect();
    }
    match found.as_slice() {
        [person] => Ok(person),
        _ => Err(found),
    }
}

/// The same of a room by its name without the sign of rooms.
pub(super) fn one_room<'a>(rooms: &'a [Person], wanted: &str) -> Result<&'a Person, Vec<&'a Person>> {
    one(rooms, &format!("#{wanted}"))
}

/// The sentence for an argument that means nobody or several.
pub(super) fn which(argument: &str, found: &[&Person]) -> String {
    if found.is_empty() {
        return format!("No chat is called {}; /find lists them all.", quoted(argument));
    }
    let listed: Vec<String> = found
        .iter()
        .take(LISTED)
        .map(|one| list::address(&one.peer.address))
        .collect();
    let more = if found.len() > LISTED { ", …" } else { "" };
    format!(
        "{} could be {}{more}; write more of it.",
        quoted(argument),
        listed.join(", ")
    )
}

/// What a person typed, on one line and not too long.
pub(super) fn quoted(argument: &str) -> String {
    let mut start: String = argument.chars().take(60).collect();
    if start.len() < argument.len() {
        start.push('…');
    }
    format!("“{}”", shown::one_line(&Clean::line(&start)))
}

/// Without the isolates that names get where they are shown.
pub(super) fn unisolated(name: &str) -> String {
    name.replace(['\u{2068}', '\u{2069}'], "")
}
