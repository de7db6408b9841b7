//! What takes something away: removing a contact, deleting a chat here, blocking somebody.

use super::choice::{self, Matter, Offered, Offers, Words};
use super::parts;
use crate::ask::{Ask, Context, Question};
use crate::list;
use crate::pages::sheet::Sheet;
use crate::theme::Part;
use api::Command;
use model::{BareJid, Jid, Peer, shown};
use store::{chats, contacts};

/// Asks whether somebody is to be removed from the contacts; None if they are none.
pub fn remove(world: &Context<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    let name = list::name_of(world, jid)?;
    ask(world, What::Remove(jid.clone()), name)
}

/// Asks whether a chat is to be deleted here; None if there is none.
pub fn delete(world: &Context<'_>, peer: &Peer) -> store::Result<Option<Box<dyn Question>>> {
    let name = list::name_of_chat(world, peer)?;
    ask(world, What::Delete(peer.clone()), name)
}

/// Asks whether an address is to be blocked.
pub fn block(world: &Context<'_>, jid: &Jid) -> store::Result<Option<Box<dyn Question>>> {
    let name = list::name_of(world, &jid.to_bare())?;
    ask(world, What::Block(jid.clone()), name)
}

fn ask(world: &Context<'_>, what: What, name: String) -> store::Result<Option<Box<dyn Question>>> {
    choice::about(world, TakeAway { what, name })
}

enum What {
    Remove(BareJid),
    Delete(Peer),
    Block(Jid),
}

struct TakeAway {
    what: What,
    /// Theirs, as it was when it was asked.
    name: String,
}

/// How it is said.
struct Said {
    head: String,
    address: String,
    long: &'static str,
    short: &'static str,
    words: Words,
    done: String,
    command: Command,
}

impl TakeAway {
    fn said(&self) -> Said {
        let name = &self.name;
        let verb = |verb, sure| Words {
            short: verb,
            long: verb,
            sure,
        };
        match &self.what {
            What::Remove(jid) => Said {
                head: format!("Remove {name} from your contacts?"),
                address: list::address(jid),
                long: "You no longer see when the other is here; what was written stays on this device.",
                short: "What was written stays here.",
                words: verb("remove", "again: remove"),
                done: format!("{name} is no contact of yours any more."),
                command: Command::RemoveContact(jid.clone()),
            },
            What::Delete(peer) => Said {
                head: format!("Delete the chat with {name} here?"),
                address: list::address(&peer.address),
                long: "All its messages go from this device, and nothing brings them back; with the other side they stay.",
                short: "Nothing brings it back.",
                words: verb("delete", "again: delete"),
                done: format!("The chat with {name} is deleted here."),
                command: Command::DeleteChat(peer.clone()),
            },
            What::Block(jid) => Said {
                head: format!("Block {name}?"),
                address: shown::identifier(jid.as_str()),
                long: "Nothing of theirs reaches you any more, on any device if your server can do that. They are not told.",
                short: "Nothing of theirs reaches you.",
                words: verb("block", "again: block"),
                done: format!("{name} is blocked on all your devices."),
                command: Command::Block(jid.clone()),
            },
        }
    }
}

impl Matter for TakeAway {
    const BY_ITSELF: bool = false;

    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool> {
        match &self.what {
            What::Remove(jid) => {
                let contact = contacts::get(&world.store, world.account, jid)?;
                Ok(contact.is_some_and(|contact| contact.in_roster))
            }
            What::Delete(peer) => Ok(chats::by_peer(&world.store, peer)?.is_some()),
            What::Block(_) => Ok(true),
        }
    }

    fn ask(&self, _world: &Context<'_>, sheet: &mut Sheet, lines: usize) {
        let said = self.said();
        sheet.flow(0, &[(said.head, Part::Waiting), (said.address, Part::Title)]);
        parts::explain(sheet, lines, said.long, said.short);
    }

    fn offers(&self, _world: &Context<'_>) -> Offers {
        let said = self.said();
        let asks = vec![
            Ask::Close,
            Ask::Command {
                command: said.command,
                done: Some(said.done),
            },
        ];
        Offers {
            answers: vec![Offered {
                letter: 'y',
                words: said.words,
                asks,
            }],
            back: Words {
                short: "keep",
                long: "keep",
                sure: "keep",
            },
            wide: 0,
        }
    }
}

#[cfg(test)]
mod tests;
