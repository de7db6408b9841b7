//! `susurro delete`: a chat or one message of it goes from this profile, and no copy of it
//! comes back. Needs no connection.

use super::args::{Common, Delete as Args};
use super::ids::{self, Named, Within};
use super::open::with_profile;
use super::{Exit, confirm, offline, output, render};
use api::Command;
use model::{MessageId, Peer};
use store::{self, Transaction, chats};

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    if !args.yes && !confirm::possible() {
        return Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to delete without being asked.",
        ));
    }
    with_profile(common, |opened| {
        let chat = opened.chat(&args.chat)?;
        let what = opened.read(|tx| find(tx, &chat, named(args)))??;
        let jid = render::identifier(args.chat.as_str());
        let question = match what {
            What::Chat => format!("Delete the chat with {jid} here, with all its messages?"),
            What::Message(_) => format!("Delete this message of the chat with {jid} here?"),
        };
        let question = format!("{question} Nothing brings it back; with the other side it stays.");
        if !args.yes && !confirm::confirmed(&question)? {
            return Err(Exit::other("Nothing is deleted."));
        }
        let command = match what {
            What::Chat => Command::DeleteChat(chat),
            What::Message(id) => Command::DeleteMessage(id),
        };
        offline::perform(opened, vec![command])?;
        output::say(match what {
            What::Chat => format!("The chat with {jid} is deleted here."),
            What::Message(_) => "The message is deleted here.".to_owned(),
        });
        Ok(())
    })
}

fn named(args: &Args) -> Option<Named<'_>> {
    let word = args.id.as_deref()?;
    let is_ref = args.is_ref;
    Some(Named { word, is_ref })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Chat,
    Message(MessageId),
}

/// What is to be deleted, or why there is nothing.
fn find(tx: &Transaction<'_>, peer: &Peer, named: Option<Named<'_>>) -> store::Result<Result<What, Exit>> {
    let Some(chat) = chats::by_peer(tx, peer)? else {
        let shown = render::identifier(peer.written());
        return Ok(Err(Exit::other(format!(
            "There is no chat with {shown}; susurro chats lists them."
        ))));
    };
    let Some(named) = named else {
        return Ok(Ok(What::Chat));
    };
    let found = ids::find(tx, Within::Chat(chat.id), named)?;
    Ok(found.map(|row| What::Message(row.id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Code;
    use crate::cli::ids::tests::{account, row};
    use model::{BareJid, Direction};
    use store::{Writer, messages};

    #[test]
    fn a_second_message_with_the_same_id_is_never_the_one_that_is_deleted() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let [ana, bob] = ["ana@mired.test", "bob@mired.test"].map(|jid| BareJid::new(jid).unwrap());
        let peer = Peer::new(account(&tx, &ana), bob.clone());
        let chat = chats::open(&tx, &peer).unwrap().id;
        let ours = row(&tx, chat, &ana, "1", Direction::Out);
        let only = row(&tx, chat, &bob, "2", Direction::In);
        let find = |word, is_ref| find(&tx, &peer, Some(Named { word, is_ref })).unwrap();
        assert_eq!(find("1", false), Ok(What::Message(ours)));
        // Bob gives the message that he wants to see gone, or to stay, the id of ours.
        let theirs = row(&tx, chat, &bob, "1", Direction::In);
        let refused = find("1", false).unwrap_err();
        assert_eq!(refused.code, Code::Usage);
        assert!(
            refused.text.contains("m12 (yours, to bob@mired.test), m36 (from"),
            "{}",
            refused.text
        );
        assert_eq!(find("2", false), Ok(What::Message(only)));
        assert_eq!(find("3", false).unwrap_err().code, Code::Usage);
        assert_eq!(find("m12", false), Ok(What::Message(ours)));
        assert_eq!(find("m36", true), Ok(What::Message(theirs)));
        store::deleted::message(&tx, ours).unwrap();
        let left = messages::history(&tx, chat, None, 9).unwrap();
        assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [only, theirs]);
        assert_eq!(find("1", false), Ok(What::Message(theirs)));
    }
}
