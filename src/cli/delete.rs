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
        let what = opened.read(|tx| find(tx, account, &args.jid, args.id.as_deref()))??;
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
) -> store::Result<Result<What, Exit>> {
    let Some(chat) = chats::by_peer(tx, account, peer)? else {
        let shown = render::identifier(peer.as_str());
        return Ok(Err(Exit::other(format!(
            "There is no chat with {shown}; susurro chats lists them."
        ))));
    };
    let Some(id) = id else {
        return Ok(Ok(What::Chat(chat.id)));
    };
    // Senders choose their ids, and some give one twice: which one is meant nobody can know, and what is deleted is gone.
    if messages::count_of(tx, chat.id, id)? > 1 {
        let text = "Several messages of this chat have this id, so none is deleted. Delete it on the screen (`x` on the message).";
        return Ok(Err(Exit::usage(text)));
    }
    Ok(messages::by_stanza_id(tx, chat.id, id)?
        .map(What::Message)
        .ok_or_else(|| {
            Exit::other("No message of this chat has this id. Ids are what history --json gives as \"id\".")
        }))
}

fn delete(tx: &Transaction<'_>, what: What) -> store::Result<()> {
    match what {
        What::Chat(id) => deleted::chat(tx, id).map(|_| ()),
        What::Message(id) => deleted::message(tx, id).map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Code;
    use model::AccountOptions;
    use model::Clean;
    use store::accounts;
    use store::{Writer, messages};

    #[test]
    fn of_two_messages_with_one_id_none_is_deleted() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (ana, bob) = ["ana@mired.test", "bob@mired.test"]
            .map(|jid| BareJid::new(jid).unwrap())
            .into();
        let account = accounts::add(&tx, &ana, "secret", &AccountOptions::default(), "r").unwrap();
        let chat = chats::open(&tx, account, &bob).unwrap().id;
        for (id, body) in [
            ("1", "good morning"),
            ("2", "hello"),
            ("1", "the meeting is cancelled"),
        ] {
            let row = messages::NewMessage {
                chat,
                from: bob.clone(),
                direction: model::Direction::In,
                stanza_id: id.to_owned(),
                server_id: None,
                time: model::Timestamp::UNIX_EPOCH,
                body: Some(Clean::new(body)),
                unreadable: None,
                protection: model::Protection::Clear,
                fingerprint: None,
                trust: None,
                state: model::MessageState::Received,
            };
            messages::insert(&tx, &row).unwrap();
        }
        let code = |id| {
            find(&tx, account, &bob, Some(id))
                .unwrap()
                .err()
                .map(|exit| exit.code)
        };
        assert_eq!(code("1"), Some(Code::Usage));
        assert_eq!(code("2"), None);
        assert_eq!(code("3"), Some(Code::Other));
    }
}
