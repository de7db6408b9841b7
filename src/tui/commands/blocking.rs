//! Blocking an address or a server, and letting it go.

use super::names::{self, Person};
use crate::ask::{Ask, Context, PageName, QuestionName};
use api::Command;
use model::{Jid, address, shown};
use store::{self, blocked};

/// What a command asks for, or a sentence what is wrong with its argument.
type Asked = store::Result<Result<Vec<Ask>, String>>;

/// The address that is meant: the one that was written, a name of the list, or the open chat's.
fn who(world: &Context<'_>, argument: &str, written: &str) -> store::Result<Result<Jid, String>> {
    if let Ok(jid) = address::typed(argument)
        && (jid.node().is_some() || argument.contains('.'))
    {
        return Ok(Ok(jid.into()));
    }
    let chat = names::chat(world, argument, written)?;
    Ok(chat.and_then(|peer| match peer.within {
        Some(_) => {
            Err("A room is blocked as a whole; write the address of who is meant behind it.".to_owned())
        }
        None => Ok(peer.address.into()),
    }))
}

/// Who is blocked, but for single clients of somebody.
pub(super) fn listed(world: &Context<'_>) -> store::Result<Vec<Person>> {
    let all = blocked::all(&world.store, world.account)?;
    let bare = all.into_iter().filter(|entry| entry.jid.is_bare());
    Ok(bare
        .map(|entry| Person {
            name: names::unisolated(&shown::identifier(entry.jid.as_str())),
            peer: world.peer(&entry.jid.to_bare()),
            is_room: false,
        })
        .collect())
}

/// Asks whether somebody is to be blocked. One client of theirs would not keep the others away.
pub(super) fn block(world: &Context<'_>, argument: &str, written: &str) -> Asked {
    Ok(who(world, argument, written)?
        .map(|jid| vec![Ask::Question(QuestionName::Block(jid.to_bare().into()))]))
}

/// Lets an address go; without one the open chat's, else the page shows them.
pub(super) fn unblock(world: &Context<'_>, argument: &str, written: &str) -> Asked {
    let open = world
        .chat
        .filter(|peer| peer.within.is_none())
        .map(|peer| Jid::from(peer.address.clone()));
    let jid = match (argument.is_empty(), open) {
        (true, Some(open)) if blocked::get(&world.store, world.account, &open)?.is_some() => open,
        (true, _) => return Ok(Ok(vec![Ask::Show(PageName::Blocked)])),
        (false, _) => match who(world, argument, written)? {
            Ok(jid) => jid,
            Err(wrong) => return Ok(Err(wrong)),
        },
    };
    Ok(Ok(vec![Ask::Command {
        done: Some(format!(
            "{} can write to you again.",
            shown::identifier(jid.as_str())
        )),
        command: Command::Unblock(jid),
    }]))
}
