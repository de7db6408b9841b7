//! Requests of strangers, and the answers to them.

use std::collections::BTreeSet;

use super::names::{self, Person};
use crate::ask::{Ask, Context};
use crate::list;
use api::Command;
use model::{BareJid, Clean, Peer, address};
use store::{self, chats, contacts};

/// Who asks to be a contact and waits for an answer, by address.
pub(super) fn waiting(world: &Context<'_>) -> store::Result<Vec<Person>> {
    let asking = contacts::asking(&world.store, world.account)?;
    Ok(asking
        .into_iter()
        .map(|jid| person(Peer::new(world.account, jid)))
        .collect())
}

/// Who of them, or of those who wrote first, can be accepted.
pub(super) fn acceptable(world: &Context<'_>) -> store::Result<Vec<Person>> {
    let mut all: BTreeSet<Peer> = contacts::asking(&world.store, world.account)?
        .into_iter()
        .map(|jid| Peer::new(world.account, jid))
        .collect();
    let wrote = chats::waiting(&world.store, world.account)?;
    all.extend(wrote.into_iter().map(|chat| chat.peer));
    Ok(all.into_iter().map(person).collect())
}

fn person(peer: Peer) -> Person {
    Person {
        name: names::unisolated(&list::address(&peer.address)),
        peer,
        is_room: false,
    }
}

/// The one whose request is answered, the only one if none is named; else a sentence.
fn who(waiting: &[Person], argument: &str, written: &str) -> store::Result<Result<Peer, String>> {
    if waiting.is_empty() {
        return Ok(Err("Nobody asks to be your contact.".into()));
    }
    Ok(names::one(waiting, argument)
        .map(|person| person.peer.clone())
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
        .filter(|peer| argument.is_empty() && all.iter().any(|one| one.peer == **peer));
    let found = match open {
        Some(peer) => Ok(peer.clone()),
        None => who(&all, argument, written)?,
    };
    Ok(found.map(|peer| match asking.iter().any(|one| one.peer == peer) {
        true => vec![accepted(peer.address)],
        false => vec![
            Ask::Command {
                done: Some(format!(
                    "Accepted. /add {} makes them a contact.",
                    list::address(&peer.address)
                )),
                command: Command::AcceptRequest(peer.clone()),
            },
            Ask::Open(peer),
        ],
    }))
}

pub(super) fn decline(
    world: &Context<'_>,
    argument: &str,
    written: &str,
) -> store::Result<Result<Vec<Ask>, String>> {
    Ok(who(&waiting(world)?, argument, written)?.map(|peer| {
        vec![Ask::Command {
            done: Some(format!(
                "The request of {} is declined.",
                list::address(&peer.address)
            )),
            command: Command::DeclineContact(peer.address),
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
    if let Some(room) = list::room_of(world, &world.peer(&jid))? {
        let name = list::name_of_room(&room);
        return Ok(Err(format!(
            "{name} is a room and nobody's address; /join goes in."
        )));
    }
    let known = contacts::get(&world.store, world.account, &jid)?;
    let requests = known.as_ref().is_some_and(|contact| contact.requests);
    if known.is_some_and(|contact| contact.in_roster && !requests) {
        let said = format!(
            "{} is a contact already; /rename changes the name.",
            list::address(&jid)
        );
        return Ok(Ok(vec![Ask::Open(world.peer(&jid)), Ask::Say(said)]));
    }
    let mut asks = match requests {
        true => accepted_as(&jid, name),
        false => vec![Ask::Command {
            done: Some(format!("{} is asked to be your contact.", list::address(&jid))),
            command: Command::AddContact {
                jid: jid.clone(),
                name,
            },
        }],
    };
    asks.push(Ask::Open(world.peer(&jid)));
    Ok(Ok(asks))
}

/// Accepted, and called by the name that was written beside the address.
fn accepted_as(jid: &BareJid, name: Option<Clean>) -> Vec<Ask> {
    let renamed = name.map(|name| Ask::Command {
        command: Command::RenameContact {
            jid: jid.clone(),
            name,
        },
        done: None,
    });
    std::iter::once(accepted(jid.clone())).chain(renamed).collect()
}
