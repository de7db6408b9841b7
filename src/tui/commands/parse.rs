//! Is it a message, a command, or something that is to be asked about?

use super::{CommandRow, Entered, run, table};
use crate::ask::Context;
use crate::composer::escapes;
use crate::text;

/// What a text looks like.
#[derive(Debug, Clone, Copy)]
enum Look<'a> {
    Message(&'a str),
    /// One line, of a known command and what follows it.
    Command(&'static CommandRow, &'a str),
    Suspicious,
}

/// Reads a composer's text.
///
/// A text of several lines is no command, even where its first line is one: what is behind it was hardly
/// meant for it. A path ("/home/ana/x") is a message, since no name of a command has a slash in it.
pub fn read(world: &Context<'_>, text: &str) -> store::Result<Entered> {
    Ok(match look(text) {
        Look::Message(message) => Entered::Message(message.to_owned()),
        Look::Command(row, rest) => Entered::Command(run::run(world, row, rest)?),
        Look::Suspicious => Entered::Suspicious,
    })
}

/// The command, as it has to be written, that a suspicious text was most likely meant to be; the text itself
/// if it is one. None if it is none that could be run.
pub fn meant(text: &str) -> Option<String> {
    let start = visible(text);
    if start.contains('\n') || !start.starts_with('/') || start.starts_with("//") {
        return None;
    }
    let (name, rest) = split(start);
    let row = table::named(name).or_else(|| table::nearest(name))?;
    // As it was typed, where it is known.
    let name = if table::named(name).is_some() {
        name
    } else {
        row.name
    };
    Some(format!("/{name} {rest}").trim_end().to_owned())
}

fn look(text: &str) -> Look<'_> {
    let start = visible(text);
    let indented = text.trim_end().len() != start.len();
    if start.starts_with("//") {
        // One that is indented begins with a space.
        let stripped = text.strip_prefix('/').filter(|_| !indented && escapes(text));
        return Look::Message(stripped.unwrap_or(text));
    }
    if !start.starts_with('/') {
        return Look::Message(text);
    }
    // XEP-0245: what its writer does, told by the reader's client.
    if text.starts_with("/me ") && !text.trim_end().eq("/me") {
        return Look::Message(text);
    }
    let (name, rest) = split(start);
    let row = table::named(name);
    match row {
        Some(row) if !indented && !start.contains('\n') => Look::Command(row, rest),
        None if is_path(name) => Look::Message(text),
        None if indented && !name.chars().all(char::is_alphabetic) => Look::Message(text),
        _ => Look::Suspicious,
    }
}

/// What is left when spaces and what cannot be seen are taken from the start, and spaces from the end.
fn visible(text: &str) -> &str {
    let hidden = |c: char| c.is_whitespace() || text::width(c.encode_utf8(&mut [0; 4])) == 0;
    text.trim_end().trim_start_matches(hidden)
}

/// The name after the slash, and what follows the spaces behind it.
pub(super) fn split(command: &str) -> (&str, &str) {
    let command = command.strip_prefix('/').unwrap_or(command);
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    (name, rest.trim())
}

/// "home/ana" is one, "open/ana" is not: that was meant to be a command.
fn is_path(name: &str) -> bool {
    name.split_once('/')
        .is_some_and(|(first, _)| !first.is_empty() && table::named(first).is_none())
}
