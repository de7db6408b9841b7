//! What is done in and to rooms.

use super::names::{self, Person};
use super::{CommandRow, Does, policy};
use crate::ask::{Ask, Context, PageName, QuestionName};
use crate::list;
use api::{Command, NewRoom, RoomCommand};
use model::room::{Affiliation, Role, RoomNotify};
use model::{BareJid, Clean, Peer, address, shown};

/// Runs a command about rooms.
pub(super) fn run(
    world: &Context<'_>,
    row: &CommandRow,
    rest: &str,
) -> store::Result<Result<Vec<Ask>, String>> {
    match row.does {
        Does::Join => return join(world, rest, row.written),
        Does::Create => return Ok(Ok(vec![create(rest)])),
        _ => {}
    }
    let room = match open_room(world, row)? {
        Ok(room) => room,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if row.does == Does::Policy {
        return policy::run(world, &room, rest);
    }
    let name = list::name_of_chat(world, &room)?;
    let ask = |what, done: Option<String>| Ask::Command {
        command: Command::Room {
            room: room.clone(),
            what,
        },
        done,
    };
    Ok(match row.does {
        Does::Leave => {
            let done = format!("You left {name}; what was said stays here. /join goes in again.");
            Ok(vec![ask(RoomCommand::Leave, Some(done))])
        }
        Does::Members => Ok(vec![Ask::Show(PageName::Members(room.clone()))]),
        Does::Config => Ok(vec![ask(RoomCommand::Form, None)]),
        Does::Topic if rest.is_empty() => Ok(vec![Ask::Say(topic(world, &room))]),
        Does::Topic => Ok(vec![ask(RoomCommand::SetTopic(Clean::line(rest)), None)]),
        _ if rest.is_empty() && row.does != Does::Destroy => Err(format!("Write it as {}.", row.written)),
        Does::Nick => Ok(vec![ask(RoomCommand::SetNick(Clean::line(rest)), None)]),
        Does::Notify => match notify(rest) {
            Some((wanted, words)) => Ok(vec![ask(
                RoomCommand::SetNotify(wanted),
                Some(format!("In {name} {words} rings the bell.")),
            )]),
            None => Err(format!("Write it as {}: always, mentions or never.", row.written)),
        },
        Does::Kick => occupant(world, &room, rest).map(|nick| {
            let done = format!("{} is put out.", list::nick(nick.as_str()));
            let (to, reason) = (Role::None, None);
            vec![ask(RoomCommand::SetRole { nick, to, reason }, Some(done))]
        }),
        Does::Ban => banned(world, &room, rest).map(|who| {
            let done = format!("{} is banned.", list::address(&who));
            let (to, reason) = (Affiliation::Outcast, None);
            vec![ask(RoomCommand::SetAffiliation { who, to, reason }, Some(done))]
        }),
        Does::Destroy => Ok(vec![Ask::Question(QuestionName::Destroy(room.clone()))]),
        _ => invited_with_reason(world, rest)?.map(|(who, reason)| {
            let done = format!("{} is asked to come in.", list::address(&who));
            vec![ask(RoomCommand::Invite { who, reason }, Some(done))]
        }),
    })
}

/// A chat in private with somebody of the open room, and the first words in it; None: no room is open.
pub(super) fn private(
    world: &Context<'_>,
    rest: &str,
    written: &str,
) -> store::Result<Option<Result<Vec<Ask>, String>>> {
    let Some(open) = world.chat else { return Ok(None) };
    let Some(room) = list::room_of(world, open)? else {
        return Ok(None);
    };
    if rest.is_empty() {
        return Ok(Some(Err(format!("Write it as {written}."))));
    }
    let now = world.rooms.get(&room.peer);
    let begins = |nick: &&Clean| {
        let behind = rest.strip_prefix('@').unwrap_or(rest).strip_prefix(nick.as_str());
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(char::is_whitespace))
    };
    // A nick may have spaces in it: the longest one is meant.
    let nicks = now.into_iter().flat_map(|now| now.occupants.keys());
    let longest = nicks
        .filter(begins)
        .max_by_key(|nick| nick.as_str().len())
        .cloned();
    let found = match longest {
        Some(nick) => {
            let behind = rest.strip_prefix('@').unwrap_or(rest);
            let words = behind.get(nick.as_str().len()..).unwrap_or_default().trim();
            Ok((nick, words))
        }
        None => {
            let (nick, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            occupant(world, &room.peer, nick).map(|nick| (nick, words.trim()))
        }
    };
    Ok(Some(found.map(|(nick, words)| {
        let opened = Ask::Open(list::in_private(world, &room.peer, &nick));
        let sent = (!words.is_empty()).then(|| Ask::Send(words.to_owned()));
        [opened].into_iter().chain(sent).collect()
    })))
}

/// The room that is open. In a chat with a person the command explains itself.
fn open_room(world: &Context<'_>, row: &CommandRow) -> store::Result<Result<Peer, String>> {
    let Some(open) = world.chat else {
        return Ok(Err(no_room(row, "No room is open")));
    };
    if list::room_of(world, open)?.is_some() {
        return Ok(Ok(open.clone()));
    }
    let name = list::name_of_chat(world, open)?;
    Ok(Err(no_room(
        row,
        &format!("This is a chat with {name} and no room"),
    )))
}

fn no_room(row: &CommandRow, why: &str) -> String {
    match row.does {
        Does::Leave => {
            format!("{why}, so there is nothing to leave. /quit leaves Susurro; /delete deletes a chat here.")
        }
        Does::Invite => format!("{why}. /create makes a group to invite people into; /add adds a contact."),
        Does::Nick => format!("{why}. /rename gives a contact another name."),
        _ => format!("{why}: /{} is for rooms. /join goes into one.", row.name),
    }
}

fn join(world: &Context<'_>, rest: &str, written: &str) -> store::Result<Result<Vec<Ask>, String>> {
    let (typed, nick) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let nick = Some(Clean::line(nick.trim())).filter(|nick| !nick.is_empty());
    let room = if typed.is_empty() {
        let open = match world.chat {
            Some(open) => list::room_of(world, open)?.map(|room| room.peer),
            None => None,
        };
        open.ok_or_else(|| {
            format!("Which room? Write it as {written}, such as /join team@rooms.example.org.")
        })
    } else if let (Ok(jid), true) = (address::typed(typed), typed.contains('@')) {
        Ok(world.peer(&jid))
    } else {
        known_room(world, rest)?
    };
    Ok(room.map(|room| {
        let password = None;
        // One of the list may have a name of several words.
        let nick = nick.filter(|_| typed.contains('@'));
        vec![Ask::Command {
            command: Command::Room {
                room,
                what: RoomCommand::Join { nick, password },
            },
            done: None,
        }]
    }))
}

/// A room of the list by its name.
fn known_room(world: &Context<'_>, wanted: &str) -> store::Result<Result<Peer, String>> {
    let rooms: Vec<Person> = names::people(world)?
        .into_iter()
        .filter(|one| one.is_room)
        .collect();
    let found = names::one(&rooms, wanted).or_else(|_| names::one_room(&rooms, wanted));
    Ok(found.map(|room| room.peer.clone()).map_err(|_| {
        format!(
            "{} is no address of a room; write it like team@rooms.example.org.",
            names::quoted(wanted)
        )
    }))
}

fn create(name: &str) -> Ask {
    let name = Some(Clean::line(name)).filter(|name| !name.is_empty());
    let room = NewRoom {
        address: None,
        name,
        is_public: false,
        invited: Vec::new(),
    };
    Ask::Command {
        command: Command::CreateRoom(room),
        done: Some("The group is made, and empty: /invite asks people to come in.".to_owned()),
    }
}

/// What of a room is to be heard, and how that is said.
fn notify(wanted: &str) -> Option<(RoomNotify, &'static str)> {
    Some(match wanted.to_lowercase().as_str() {
        "always" => (RoomNotify::Always, "all that is said"),
        "mentions" => (RoomNotify::Mentions, "what calls you by name"),
        "never" => (RoomNotify::Never, "nothing"),
        _ => return None,
    })
}

/// What it is about, in words.
fn topic(world: &Context<'_>, room: &Peer) -> String {
    let topic = world.rooms.get(room).and_then(|now| now.topic.as_ref());
    match topic.map(shown::one_line).filter(|topic| !topic.is_empty()) {
        Some(topic) => format!("The topic is: {topic}"),
        None => "The room has no topic.".to_owned(),
    }
}

/// Whoever in it is called so: exactly, or but for the case, or beginning so if that is only one.
fn occupant(world: &Context<'_>, room: &Peer, wanted: &str) -> Result<Clean, String> {
    let wanted = wanted.strip_prefix('@').unwrap_or(wanted);
    let nobody = || {
        format!(
            "Nobody in the room is called {}; /members shows who is in it.",
            names::quoted(wanted)
        )
    };
    let now = world.rooms.get(room).ok_or_else(nobody)?;
    let exact = Clean::line(wanted);
    if now.occupants.contains_key(&exact) {
        return Ok(exact);
    }
    let lowered = wanted.to_lowercase();
    let same = |nick: &&Clean| nick.as_str().to_lowercase() == lowered;
    let begins = |nick: &&Clean| nick.as_str().to_lowercase().starts_with(&lowered);
    let only = |found: Vec<&Clean>| match found.as_slice() {
        [nick] => Some((*nick).clone()),
        _ => None,
    };
    only(now.occupants.keys().filter(same).collect())
        .or_else(|| only(now.occupants.keys().filter(begins).collect()))
        .ok_or_else(nobody)
}

/// Whose address is meant by a nick or an address.
fn banned(world: &Context<'_>, room: &Peer, wanted: &str) -> Result<BareJid, String> {
    let nick = match occupant(world, room, wanted) {
        Ok(nick) => nick,
        Err(nobody) => {
            return address::typed(wanted)
                .ok()
                .filter(|_| wanted.contains('@'))
                .ok_or(nobody);
        }
    };
    let view = world.rooms.get(room).and_then(|now| now.occupants.get(&nick));
    view.and_then(|view| view.real.clone()).ok_or_else(|| {
        format!(
            "The room does not show who {} is, so only /kick can put them out.",
            list::nick(nick.as_str())
        )
    })
}

/// Whom to ask in, and in which words: what stands behind the first word, where not all of it is a name.
fn invited_with_reason(
    world: &Context<'_>,
    rest: &str,
) -> store::Result<Result<(BareJid, Option<Clean>), String>> {
    let whole = invited(world, rest)?;
    if let (Err(_), Some((who, why))) = (&whole, rest.split_once(char::is_whitespace))
        && let Ok(who) = invited(world, who)?
    {
        let why = Clean::line(why.trim());
        return Ok(Ok((who, Some(why).filter(|why| !why.is_empty()))));
    }
    Ok(whole.map(|who| (who, None)))
}

/// Somebody of the list, or whoever has this address.
fn invited(world: &Context<'_>, wanted: &str) -> store::Result<Result<BareJid, String>> {
    let people: Vec<Person> = names::people(world)?
        .into_iter()
        .filter(|one| !one.is_room)
        .collect();
    Ok(match names::one(&people, wanted) {
        Ok(person) => Ok(person.peer.address.clone()),
        Err(found) => match address::typed(wanted) {
            Ok(jid) if found.is_empty() && jid.node().is_some() => Ok(jid),
            _ => Err(names::which(wanted, &found)),
        },
    })
}

/// The room that is open, for what is completed in it.
pub(super) fn nicks<'a>(world: &Context<'a>) -> impl Iterator<Item = &'a Clean> {
    let now = world.chat.and_then(|open| world.rooms.get(open));
    let own = now.and_then(|now| now.own_nick());
    let all = now.into_iter().flat_map(|now| now.occupants.keys());
    all.filter(move |nick| Some(*nick) != own)
}
