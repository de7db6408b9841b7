//! `susurro delete`: a chat or one message of it goes from this profile, and no copy of it comes back. Needs no connection.

use super::args::{Common, Delete as Args};
use super::open::with_profile;
use super::{Exit, confirm, output, render};
use model::{AccountId, BareJid, ChatId, MessageId};
use store::{self, Transaction, chats, deleted, messages};

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    if !args.yes && !confirm::possible() {
        return Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to delete without being asked.",
        ));
    }
    with_profile(common, |opened| {
        let account = opened.account()?.id;
        let what = opened
            .read(|tx| find(tx, account, &args.jid, args.id.as_deref()))?
            .map_err(Exit::other)?;
        let jid = render::identifier(args.jid.as_str());
        let question = match what {
            What::Chat(_) => format!("Delete the chat with {jid} here, with all its messages?"),
            What::Message(_) => format!("Delete this message of the chat with {jid} here?"),
        };
        let question = format!("{question} Nothing brings it back; with the other side it stays.");
        if !args.yes && !confirm::confirmed(&question)? {
            return Err(Exit::other("Nothing is deleted."));
        }
        opened.write(|tx| delete(tx, what))?;
        output::say(match what {
            What::Chat(_) => format!("The chat with {jid} is deleted here."),
            What::Message(_) => "The message is deleted here.".to_owned(),
        });
        Ok(())
    })
}

#[derive(Debug, Clone, Copy)]
enum What {
    Chat(ChatId),
    Message(MessageId),
}

/// What is to be deleted, or why there is nothing.
fn find(
    tx: &Transaction<'_>,
    account: AccountId,
    peer: &BareJid,
    id: Option<&str>,
) -> store::Result<Result<What, String>> {
    let Some(chat) = chats::by_peer(tx, account, peer)? else {
        let shown = render::identifier(peer.as_str());
        return Ok(Err(format!(
            "There is no chat with {shown}; susurro chats lists them."
        )));
    };
    let Some(id) = id else {
        return Ok(Ok(What::Chat(chat.id)));
    };
    Ok(messages::by_stanza_id(tx, chat.id, id)?
        .map(What::Message)
        .ok_or_else(|| {
            "No message of this chat has this id. Ids are what history --json gives as \"id\".".to_owned()
        }))
}

fn delete(tx: &Transaction<'_>, what: What) -> store::Result<()> {
    match what {
        What::Chat(id) => deleted::chat(tx, id).map(|_| ()),
        What::Message(id) => deleted::message(tx, id).map(|_| ()),
    }
}
