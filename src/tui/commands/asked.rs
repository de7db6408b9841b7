//! Requests of strangers, and the answers to them.

use std::collections::BTreeSet;

use super::names::{self, Person};
use crate::ask::{Ask, Context};
use crate::list;
use api::Command;
use model::{BareJid, Clean, address};
use store::{self, chats, contacts};

/// Who asks to be a contact and waits for an answer, by address.
pub(super) fn waiting(world: &Context<'_>) -> store::Result<Vec<Person>> {
    let asking = contacts::asking(&world.store, world.account)?;
    Ok(asking.into_iter().map(person).collect())
}

/// Who of them, or of those who wrote first, can be accepted.
pub(super) fn acceptable(world: &Context<'_>) -> store::Result<Vec<Person>> {
    let mut all: BTreeSet<BareJid> = contacts::asking(&world.store, world.account)?
        .into_iter()
        .collect();
    let wrote = chats::waiting(&world.store, world.account)?;
    all.extend(wrote.into_iter().map(|chat| chat.peer.address));
    Ok(all.into_iter().map(person).collect())
}

fn person(jid: BareJid) -> Person {
    Person {
        name: names::unisolated(&list::address(&jid)),
        jid,
    }
}

/// The one whose request is answered, the only one if none is named; else a sentence.
fn who(waiting: &[Person], argument: &str, written: &str) -> store::Result<Result<BareJid, String>> {
    if waiting.is_empty() {
        return Ok(Err("Nobody asks to be your contact.".into()));
    }
    Ok(names::one(waiting, argument)
        .map(|person| person.jid.clone())
        .map_err(|found| {
            if argument.is_empty() {
                format!(
                    "{} people ask; write it as {written}, or /requests to see them.",
                    found.len()
                )
            } else if found.is_empty() {
                format!(
                    "{} does not ask to be your contact; /requests shows who does.",
                    names::quoted(argument)
                )
            } else {
                names::which(argument, &found)
            }
        }))
}

pub(super) fn accept(
    world: &Context<'_>,
    argument: &str,
    written: &str,
) -> store::Result<Result<Vec<Ask>, String>> {
    let asking = waiting(world)?;
    let all = acceptable(world)?;
    // Without a name the stranger whose words are open is meant.
    let open = world
        .chat
        .filter(|jid| argument.is_empty() && all.iter().any(|one| one.jid == **jid));
    let found = match open {
        Some(jid) => Ok(jid.clone()),
        None => who(&all, argument, written)?,
    };
    Ok(found.map(|jid| match asking.iter().any(|one| one.jid == jid) {
        true => vec![accepted(jid)],
        false => vec![
            Ask::Command {
                done: Some(format!(
                    "Accepted. /add {} makes them a contact.",
                    list::address(&jid)
                )),
                command: Command::AcceptRequest(world.peer(&jid)),
            },
            Ask::Open(jid),
        ],
    }))
}

pub(super) fn decline(
    world: &Context<'_>,
    argument: &str,
    written: &str,
) -> store::Result<Result<Vec<Ask>, String>> {
    Ok(who(&waiting(world)?, argument, written)?.map(|jid| {
        vec![Ask::Command {
            done: Some(format!("The request of {} is declined.", list::address(&jid))),
            command: Command::DeclineContact(jid),
        }]
    }))
}

fn accepted(jid: BareJid) -> Ask {
    Ask::Command {
        done: Some(format!("{} is a contact now.", list::address(&jid))),
        command: Command::AcceptContact(jid),
    }
}

/// Adds a contact and opens the chat; somebody who asks already is accepted.
pub(super) fn add(
    world: &Context<'_>,
    argument: &str,
    written: &str,
) -> store::Result<Result<Vec<Ask>, String>> {
    let (typed, name) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
    let name = Some(Clean::line(name.trim()))
        .filter(|name| !name.is_empty())
        .or_else(|| address::called(typed));
    if typed.is_empty() {
        return Ok(Err(format!(
            "Whom? Write it as {written}, such as /add bob@example.org Bob."
        )));
    }
    let jid = match address::typed(typed) {
        Ok(jid) => jid,
        Err(_) => {
            return Ok(Err(format!(
                "{} is no address; write it like bob@example.org.",
                names::quoted(typed)
            )));
        }
    };
    if jid == *world.own {
        return Ok(Err("That is your own address.".into()));
    }
    let known = contacts::get(&world.store, world.account, &jid)?;
    let requests = known.as_ref().is_some_and(|contact| contact.requests);
    if known.is_some_and(|contact| contact.in_roster && !requests) {
        let said = format!(
            "{} is a contact already; /rename changes the name.",
            list::address(&jid)
        );
        return Ok(Ok(vec![Ask::Open(jid), Ask::Say(said)]));
    }
    let mut asks = Vec::new();
    if requests {
        asks.push(accepted(jid.clone()));
        asks.extend(name.map(|name| Ask::Command {
            command: Command::RenameContact {
                jid: jid.clone(),
                name,
            },
            done: None,
        }));
    } else {
        asks.push(Ask::Command {
            done: Some(format!("{} is asked to be your contact.", list::address(&jid))),
            command: Command::AddContact {
                jid: jid.clone(),
                name,
            },
        });
    }
    asks.push(Ask::Open(jid));
    Ok(Ok(asks))
}
