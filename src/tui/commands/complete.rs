//! What Tab makes of a command that is being typed.

use std::ops::Range;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::names::{self, Person};
use super::{Argument, CommandRow, Does, TABLE, asked, blocking, rooms, table};
use crate::ask::Context;
use crate::paths;

/// Possibilities at most.
const MOST: usize = 50;

/// What Tab can make of `text` at the cursor (byte offset): the range to replace, and the possibilities, best
/// first. Commands after a slash, their arguments; in a message, a name behind an `@`.
///
/// What begins as typed comes before what only has its letters in this order. A chat is completed to its
/// name, so the whole argument is replaced; to its address where another chat has the name.
pub fn completions(
    world: &Context<'_>,
    text: &str,
    cursor: usize,
) -> store::Result<(Range<usize>, Vec<String>)> {
    let nothing = (cursor..cursor, Vec::new());
    let Some(typed) = text.get(..cursor) else {
        return Ok(nothing);
    };
    if !typed.starts_with('/') || typed.starts_with("//") || text.contains('\n') {
        return match world.chat.and_then(|open| world.rooms.get(open)) {
            Some(_) => Ok(in_room(world, typed)),
            None => mention(world, typed),
        };
    }
    let name_end = text.find(char::is_whitespace).unwrap_or(text.len());
    if cursor <= name_end {
        let begun = typed.get(1..).unwrap_or_default();
        let space = text.get(name_end..).is_none_or(str::is_empty);
        return Ok((0..name_end, commands(begun, space)));
    }
    let rest = text.get(name_end..).unwrap_or_default();
    let start = text.len() - rest.trim_start().len();
    let row = text.get(1..name_end).and_then(table::named);
    let (Some(row), Some(begun)) = (row, text.get(start.min(cursor)..cursor)) else {
        return Ok(nothing);
    };
    Ok((start.min(cursor)..text.len(), arguments(world, row, begun)?))
}

/// Somebody's nick: behind an `@`, or as what the message begins with.
fn in_room(world: &Context<'_>, typed: &str) -> (Range<usize>, Vec<String>) {
    let nothing = (typed.len()..typed.len(), Vec::new());
    let begins = |begun: &str| {
        let begun = begun.to_lowercase();
        let nicks = rooms::nicks(world).filter(move |nick| nick.as_str().to_lowercase().starts_with(&begun));
        nicks.take(MOST)
    };
    // A nick may have spaces in it.
    let at = typed.rfind('@').filter(|at| {
        let before = typed.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    });
    if let Some(at) = at {
        let begun = typed.get(at + 1..).unwrap_or_default();
        let options: Vec<String> = begins(begun).map(|nick| format!("@{} ", nick.as_str())).collect();
        if !options.is_empty() {
            return (at..typed.len(), options);
        }
    }
    if typed.is_empty() || typed.contains('\n') {
        return nothing;
    }
    let options = begins(typed).map(|nick| format!("{}: ", nick.as_str()));
    (0..typed.len(), options.collect())
}

/// Somebody's name behind an `@`, which is what the text before the cursor ends with.
fn mention(world: &Context<'_>, typed: &str) -> store::Result<(Range<usize>, Vec<String>)> {
    let word = typed.rfind(char::is_whitespace).map_or(0, |space| space + 1);
    let begun = typed
        .get(word..)
        .and_then(|word| word.trim_start_matches('(').strip_prefix('@'));
    let Some(begun) = begun else {
        return Ok((typed.len()..typed.len(), Vec::new()));
    };
    let mut all = names::people(world)?;
    all.retain(|one| !one.is_room);
    let found = people(&all, begun);
    let options = found.into_iter().map(|one| format!("@{} ", written(&all, one)));
    Ok((typed.len() - begun.len() - 1..typed.len(), options.collect()))
}

/// Names of commands, with a space behind those that go on; `space`: there is none yet.
fn commands(begun: &str, space: bool) -> Vec<String> {
    let begun = begun.to_lowercase();
    let starts = |row: &&CommandRow| row.name.starts_with(&begun);
    let mut found: Vec<&CommandRow> = TABLE.iter().filter(starts).collect();
    let also = TABLE
        .iter()
        .filter(|row| row.aliases.iter().any(|name| name.starts_with(&begun)));
    found.extend(also.filter(|row| !row.name.starts_with(&begun)));
    let rest = TABLE
        .iter()
        .filter(|row| found.iter().all(|one| one.name != row.name));
    let fuzzy = by_letters(&begun, rest.map(|row| (row, row.name)));
    found
        .into_iter()
        .chain(fuzzy)
        .map(|row| {
            let goes_on = space && row.argument != Argument::None;
            format!("/{}{}", row.name, if goes_on { " " } else { "" })
        })
        .collect()
}

fn arguments(world: &Context<'_>, row: &CommandRow, begun: &str) -> store::Result<Vec<String>> {
    Ok(match row.argument {
        Argument::None | Argument::Text => Vec::new(),
        Argument::Path => paths::completions(begun),
        Argument::OnOff => {
            let begun = begun.to_lowercase();
            let words = ["on", "off"].into_iter().filter(|word| word.starts_with(&begun));
            words.map(str::to_owned).collect()
        }
        Argument::Nick => {
            let begun = begun.to_lowercase();
            let nicks = rooms::nicks(world).filter(|nick| nick.as_str().to_lowercase().starts_with(&begun));
            nicks.take(MOST).map(|nick| nick.as_str().to_owned()).collect()
        }
        Argument::Jid => {
            let asking = match row.does {
                Does::Block => names::people(world)?,
                Does::Invite => {
                    let mut all = names::people(world)?;
                    all.retain(|one| !one.is_room);
                    all
                }
                Does::Unblock => blocking::listed(world)?,
                Does::Decline => asked::waiting(world)?,
                // To add somebody who asks is to accept them.
                _ => asked::acceptable(world)?,
            };
            let found = people(&asking, begun);
            let space = if row.does == Does::Add { " " } else { "" };
            found
                .into_iter()
                .map(|one| format!("{}{space}", one.peer.address))
                .collect()
        }
        Argument::Chat => {
            let all = names::people(world)?;
            people(&all, begun)
                .into_iter()
                .map(|one| written(&all, one))
                .collect()
        }
    })
}

/// Those whose name or address begins so, then those with a word in the name that does, then by
/// letters; in the order of the list.
fn people<'a>(all: &'a [Person], begun: &str) -> Vec<&'a Person> {
    let begun = begun.to_lowercase();
    let rank = |person: &Person| {
        let name = person.name.to_lowercase();
        if name.starts_with(&begun) || person.peer.address.as_str().starts_with(&begun) {
            Some(0)
        } else if name.split(' ').any(|word| word.starts_with(&begun)) {
            Some(1)
        } else {
            None
        }
    };
    let ranked: Vec<(Option<u8>, &Person)> = all.iter().map(|person| (rank(person), person)).collect();
    let with = |wanted: Option<u8>| {
        ranked
            .iter()
            .filter(move |(rank, _)| *rank == wanted)
            .map(|(_, one)| *one)
    };
    let mut found: Vec<&Person> = with(Some(0)).chain(with(Some(1))).take(MOST).collect();
    if found.is_empty() {
        found = by_letters(&begun, with(None).map(|one| (one, one.name.as_str())));
        found.truncate(MOST);
    }
    found
}

/// How a chat is written so that it is found again: nothing in it may be hidden, cut or shared with another.
fn written(all: &[Person], person: &Person) -> String {
    let same = all
        .iter()
        .filter(|other| other.name.to_lowercase() == person.name.to_lowercase());
    let plain = !person.name.contains(['\\', '…']) && !person.name.contains(person.peer.address.as_str());
    if plain && same.count() == 1 {
        person.name.clone()
    } else {
        person.peer.address.to_string()
    }
}

/// Those that have the letters of `wanted` in this order, the best first.
fn by_letters<'a, T>(wanted: &str, all: impl Iterator<Item = (T, &'a str)>) -> Vec<T> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let pattern = Pattern::new(
        wanted,
        CaseMatching::Ignore,
        Normalization::Smart,
        AtomKind::Fuzzy,
    );
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, T)> = all
        .filter_map(|(one, name)| {
            let score = pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher)?;
            Some((score, one))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, one)| one).collect()
}
