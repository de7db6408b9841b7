//! Somebody who waits on the page of requests: what is known of them, and what an answer does.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{Ask, Context};
use crate::list;
use api::Command;
use model::{BareJid, ChatId, Peer};
use store::chats::COUNTED;
use store::{self, chats, contacts};

/// Somebody who waits.
pub(super) struct Stranger {
    pub(super) peer: Peer,
    /// A contact (or we) with an address that looks like theirs.
    pub(super) like: Option<BareJid>,
    /// They ask to see when we are here.
    pub(super) asks: bool,
    /// What they wrote.
    pub(super) chat: Option<ChatId>,
    pub(super) unread: u64,
}

/// Everybody who waits, by address, and whom of ours they look like.
pub(super) fn read(world: &Context<'_>) -> store::Result<Vec<Stranger>> {
    let asking: BTreeSet<BareJid> = contacts::asking(&world.store, world.account)?
        .into_iter()
        .collect();
    let mut wrote: BTreeMap<BareJid, (ChatId, u64)> = chats::overview(&world.store, world.account)?
        .into_iter()
        .filter(|overview| overview.chat.request)
        .map(|overview| (overview.chat.peer.address, (overview.chat.id, overview.unread)))
        .collect();
    let all: BTreeSet<BareJid> = asking.iter().chain(wrote.keys()).cloned().collect();
    let mut known: BTreeMap<String, BareJid> = BTreeMap::new();
    if !all.is_empty() {
        known.insert(list::look(world.own.as_str()), world.own.clone());
        for contact in contacts::all(&world.store, world.account)? {
            if !all.contains(&contact.jid) {
                known.insert(list::look(contact.jid.as_str()), contact.jid);
            }
        }
    }
    Ok(all
        .into_iter()
        .map(|jid| {
            let (chat, unread) = wrote
                .remove(&jid)
                .map_or((None, 0), |(chat, unread)| (Some(chat), unread));
            let like = known.get(&list::look(jid.as_str())).cloned();
            Stranger {
                like: like.filter(|like| *like != jid),
                asks: asking.contains(&jid),
                chat,
                unread,
                peer: Peer::new(world.account, jid),
            }
        })
        .collect())
}

/// What somebody who waits wants.
pub(super) fn wants(stranger: &Stranger) -> String {
    let wrote = match (stranger.chat, stranger.unread) {
        (None, _) => None,
        (Some(_), 0) => Some("wrote to you".to_owned()),
        (Some(_), 1) => Some("wrote to you, 1 unread".to_owned()),
        (Some(_), unread) if unread >= u64::from(COUNTED) => Some(format!("wrote to you, {COUNTED}+ unread")),
        (Some(_), unread) => Some(format!("wrote to you, {unread} unread")),
    };
    let asks = stranger.asks.then(|| "asks to see when you are here".to_owned());
    let all: Vec<String> = asks.into_iter().chain(wrote).collect();
    all.join("; ")
}

/// Accepting: as a contact who asks for that, else as a chat.
pub(super) fn accepted(stranger: &Stranger) -> Vec<Ask> {
    let peer = &stranger.peer;
    let who = list::address(&peer.address);
    let (command, done) = if stranger.asks {
        (
            Command::AcceptContact(peer.address.clone()),
            format!("{who} is a contact now and sees when you are here."),
        )
    } else {
        (
            Command::AcceptRequest(peer.clone()),
            format!("Accepted. /add {who} makes them a contact."),
        )
    };
    let command = Ask::Command {
        command,
        done: Some(done),
    };
    match stranger.chat {
        Some(_) => vec![command, Ask::Open(peer.clone())],
        None => vec![command],
    }
}

/// Declining, and deleting what they wrote.
pub(super) fn declined(stranger: &Stranger) -> Vec<Ask> {
    let peer = &stranger.peer;
    let who = list::address(&peer.address);
    let decline = stranger.asks.then(|| Ask::Command {
        command: Command::DeclineContact(peer.address.clone()),
        done: Some(format!("The request of {who} is declined.")),
    });
    let delete = stranger.chat.map(|_| Ask::Command {
        command: Command::DeleteChat(peer.clone()),
        done: Some(format!("What {who} wrote is deleted here.")),
    });
    decline.into_iter().chain(delete).collect()
}
