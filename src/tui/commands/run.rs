//! What each command asks for.

use super::{Argument, CommandRow, Does, asked, blocking, files, names, rooms};
use crate::action::Action;
use crate::ask::{Ask, Context, FileDeed, PageName, QuestionName, Switch};
use crate::list;
use api::Command;
use model::{Clean, Peer, address};
use store::rooms::Room;
use store::{self, chats, contacts};

/// What a command asks for, or a sentence what is wrong with its argument.
type Asked = Result<Vec<Ask>, String>;

/// Runs a row with what was written behind its name.
pub(super) fn run(world: &Context<'_>, row: &CommandRow, rest: &str) -> store::Result<Asked> {
    if row.argument == Argument::None && !rest.is_empty() {
        return Ok(Err(alone(row)));
    }
    match row.does {
        Does::Accept => asked::accept(world, rest, row.written),
        Does::Add => asked::add(world, rest, row.written),
        Does::Block => blocking::block(world, rest, row.written),
        Does::Unblock => blocking::unblock(world, rest, row.written),
        Does::Decline => asked::decline(world, rest, row.written),
        Does::Rename => rename(world, rest, row.written),
        Does::Open => open(world, rest, row.written),
        Does::Msg => match rooms::private(world, rest, row.written)? {
            Some(asked) => Ok(asked),
            None => open(world, rest, row.written),
        },
        Does::Ban
        | Does::Config
        | Does::Create
        | Does::Invite
        | Does::Join
        | Does::Policy
        | Does::Kick
        | Does::Destroy
        | Does::Leave
        | Does::Members
        | Does::Nick
        | Does::Notify
        | Does::Topic => rooms::run(world, row, rest),
        Does::Attach | Does::Original | Does::Browse | Does::Files | Does::OpenWith | Does::Save => {
            Ok(files::run(world, row, rest))
        }
        _ if row.argument == Argument::Chat => Ok(match names::chat(world, rest, row.written)? {
            Ok(peer) => of_chat(world, row.does, peer)?,
            Err(wrong) => Err(wrong),
        }),
        _ if row.argument == Argument::OnOff => Ok(on_or_off(row, rest)),
        _ => Ok(Ok(vec![plain(world, row.does)])),
    }
}

fn alone(row: &CommandRow) -> String {
    match row.does {
        // What was typed is on the screen, where it must not be.
        Does::Password => "Write /password alone; the password is asked for where it is not shown.".into(),
        _ => format!(
            "Write {} alone; to send a message that begins so, write //{}.",
            row.written, row.name
        ),
    }
}

/// Commands without an argument.
fn plain(world: &Context<'_>, does: Does) -> Ask {
    match does {
        Does::Connect if world.online => Ask::Say("You are online already.".into()),
        Does::Connect => Ask::Command {
            command: Command::Connect,
            done: None,
        },
        Does::Details => Ask::Perform(Action::ToggleDetails),
        Does::Devices => Ask::Show(PageName::Devices),
        Does::Find => Ask::Show(PageName::Find),
        Does::Links => Ask::Show(PageName::Links),
        Does::List => Ask::Perform(Action::ToggleList),
        Does::Lock => Ask::Perform(Action::Lock),
        Does::Newest => Ask::Perform(Action::Newest),
        Does::Next => Ask::Perform(Action::NextUnread),
        Does::Oldest => Ask::Perform(Action::Oldest),
        Does::OpenFile => Ask::File(FileDeed::Go(None)),
        Does::Stop => Ask::File(FileDeed::Stop(None)),
        Does::Storage => Ask::Show(PageName::Storage),
        Does::Password => Ask::Question(QuestionName::Password {
            why: Clean::line("Type the password that the server knows; it is kept in the vault."),
        }),
        Does::Quit => Ask::Perform(Action::Leave),
        Does::Edit => Ask::Perform(Action::EditMessage),
        Does::React => Ask::Perform(Action::React),
        Does::Redraw => Ask::Perform(Action::Redraw),
        Does::Reply => Ask::Perform(Action::AnswerMessage),
        Does::Retract => Ask::Perform(Action::WithdrawMessage),
        Does::Mentions => Ask::Show(PageName::Mentions),
        Does::Requests => Ask::Show(PageName::Requests),
        Does::Blocked => Ask::Show(PageName::Blocked),
        // Help, and those that have an argument and never come here.
        _ => Ask::Show(PageName::Help),
    }
}

fn on_or_off(row: &CommandRow, rest: &str) -> Asked {
    let on = match rest.to_lowercase().as_str() {
        "" => None,
        "on" => Some(true),
        "off" => Some(false),
        _ => return Err(format!("Write it as {}.", row.written)),
    };
    let what = match row.does {
        Does::Mouse => Switch::Mouse,
        Does::Offline => Switch::Offline,
        _ => Switch::Bell,
    };
    Ok(vec![Ask::Switch { what, on }])
}

/// Opens a chat of the list, or one with an address that is not in it.
fn open(world: &Context<'_>, rest: &str, written: &str) -> store::Result<Asked> {
    if rest.is_empty() {
        return Ok(Err(format!(
            "Which chat? Write it as {written}; /find lists them all."
        )));
    }
    let people = names::people(world)?;
    Ok(match names::one(&people, rest) {
        Ok(person) => Ok(vec![Ask::Open(person.peer.clone())]),
        Err(found) => match address::typed(rest) {
            Ok(jid) if found.is_empty() => Ok(vec![Ask::Open(world.peer(&jid))]),
            _ => Err(names::which(rest, &found)),
        },
    })
}

/// Commands about one chat.
fn of_chat(world: &Context<'_>, does: Does, peer: Peer) -> store::Result<Asked> {
    let name = list::name_of_chat(world, &peer)?;
    if let Some(room) = list::room_of(world, &peer)?
        && let Some(asked) = of_room(world, does, &room)
    {
        return Ok(asked);
    }
    if peer.within.is_some() && is_of_keys(does) {
        let why = format!("{name} is a chat by way of a room, which knows no keys; open their own chat.");
        return Ok(Err(why));
    }
    let chat = chats::by_peer(&world.store, &peer)?;
    let has_chat = chat.is_some();
    let encrypted = chat.as_ref().is_none_or(|chat| chat.encrypted);
    // Asked to stop encrypting; both commands are an answer.
    let asked = chat.is_some_and(|chat| chat.opted_out.is_some());
    Ok(match does {
        Does::Fingerprint => Ok(vec![Ask::Show(PageName::Fingerprints(peer))]),
        Does::Refresh => Ok(vec![Ask::Command {
            done: Some(format!("The devices of {name} are up to date.")),
            command: Command::RefreshDevices(peer.address),
        }]),
        Does::Reset => Ok(vec![Ask::Command {
            done: Some(format!(
                "Begun anew with {name}; what could not be read has to be sent again."
            )),
            command: Command::ResetSessions {
                jid: peer.address,
                device: None,
            },
        }]),
        Does::Encrypt if encrypted && !asked => Ok(vec![Ask::Say(format!(
            "What you write to {name} is encrypted already."
        ))]),
        Does::Encrypt => Ok(vec![Ask::Command {
            done: Some(format!("What you write to {name} is encrypted from now on.")),
            command: Command::SetEncryption { chat: peer, on: true },
        }]),
        Does::Plaintext if !encrypted => Ok(vec![Ask::Say(format!(
            "What you write to {name} goes in clear already; /encrypt ends that."
        ))]),
        Does::Plaintext => Ok(in_its_chat(world, &peer, QuestionName::GoClear(peer.clone()))),
        Does::Delete => match has_chat {
            true => Ok(in_its_chat(world, &peer, QuestionName::DeleteChat(peer.clone()))),
            false => Err(format!(
                "Nothing was written with {name}, so there is nothing to delete."
            )),
        },
        Does::Remove => match contacts::get(&world.store, peer.account, &peer.address)? {
            Some(contact) if contact.in_roster => Ok(in_its_chat(
                world,
                &peer,
                QuestionName::RemoveContact(peer.address.clone()),
            )),
            _ => Err(format!("{} is no contact.", list::address(&peer.address))),
        },
        _ => Err("That is no command about a chat; /help lists them.".into()),
    })
}

/// Whether it is about the keys or the address of a person.
fn is_of_keys(does: Does) -> bool {
    matches!(
        does,
        Does::Fingerprint | Does::Refresh | Does::Reset | Does::Remove
    )
}

/// What a command for chats is in a room; None: the same as in any other chat.
fn of_room(world: &Context<'_>, does: Does, room: &Room) -> Option<Asked> {
    let name = list::name_of_room(room);
    Some(match does {
        Does::Fingerprint => Ok(vec![Ask::Show(PageName::Members(room.peer.clone()))]),
        Does::Delete if room.autojoin || world.rooms.own_nick(&room.peer).is_some() => {
            Err(format!("You are in {name}: leave it first with /leave."))
        }
        Does::Refresh | Does::Reset => Err(format!(
            "{name} is a room; choose one of its people, whom /members shows."
        )),
        Does::Remove => Err(format!("{name} is a room and no contact; /leave leaves it.")),
        _ => return None,
    })
}

/// A question about a chat is asked where the chat is seen.
fn in_its_chat(world: &Context<'_>, peer: &Peer, question: QuestionName) -> Vec<Ask> {
    let elsewhere = world.chat != Some(peer);
    let opened = elsewhere.then(|| Ask::Open(peer.clone()));
    opened.into_iter().chain([Ask::Question(question)]).collect()
}

fn rename(world: &Context<'_>, rest: &str, written: &str) -> store::Result<Asked> {
    let Some(Peer {
        account,
        address: jid,
        within: None,
    }) = world.chat.cloned()
    else {
        return Ok(Err(
            "Open the chat of the contact first; /find shows them all.".into()
        ));
    };
    if let Some(room) = list::room_of(world, &Peer::new(account, jid.clone()))? {
        let name = list::name_of_room(&room);
        return Ok(Err(format!(
            "{name} is a room; its owners change its name in /config."
        )));
    }
    if rest.is_empty() {
        return Ok(Err(format!("Which name? Write it as {written}.")));
    }
    let known = contacts::get(&world.store, account, &jid)?;
    if !known.is_some_and(|contact| contact.in_roster) {
        let address = list::address(&jid);
        return Ok(Err(format!(
            "{address} is no contact yet; write /add {address} and the name."
        )));
    }
    Ok(Ok(vec![Ask::Command {
        done: Some(format!("{} has a new name.", list::address(&jid))),
        command: Command::RenameContact {
            jid,
            name: Clean::line(rest),
        },
    }]))
}
