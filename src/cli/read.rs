//! `susurro read`: what came into a chat was read, all of it or up to one message. Needs no connection: your
//! other devices, and whoever asked, are told at the next login of `listen` or of the screen.

use super::args::{Common, ReadUp as Args};
use super::ids::{self, Named, Within};
use super::open::with_profile;
use super::{Exit, offline, render};
use api::{Command, Remembered};
use model::{Peer, Position};
use store::{self, Transaction, chats, messages};

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let chat = opened.chat(&args.chat)?;
        let named = args.until.as_deref().map(|word| {
            let is_ref = args.is_ref;
            Named { word, is_ref }
        });
        let until = opened.read(|tx| find(tx, &chat, named))??;
        let Some(until) = until else { return Ok(()) };
        let what = Remembered::Read(until);
        offline::perform(opened, vec![Command::Remember { chat, what }])?;
        Ok(())
    })
}

/// Up to where was read; None: nothing is there.
fn find(
    tx: &Transaction<'_>,
    peer: &Peer,
    named: Option<Named<'_>>,
) -> store::Result<Result<Option<Position>, Exit>> {
    let Some(chat) = chats::by_peer(tx, peer)? else {
        let shown = render::identifier(peer.written());
        return Ok(Err(Exit::other(format!(
            "There is no chat with {shown}; susurro chats lists them."
        ))));
    };
    let Some(named) = named else {
        let newest = messages::history(tx, chat.id, None, 1)?;
        return Ok(Ok(newest.first().map(|row| row.position)));
    };
    let found = ids::find(tx, Within::Chat(chat.id), named)?;
    Ok(match found {
        Ok(row) => Ok(Some(row.position)),
        Err(exit) => Err(Exit::new(exit.code, format!("--until: {}", exit.text))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Code;
    use crate::cli::ids::tests::{account, row};
    use model::{BareJid, Direction};
    use store::Writer;

    #[test]
    fn what_is_named_is_where_it_was_read_to_and_what_is_unknown_is_wrong_usage() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let [ana, bob] = ["ana@mired.test", "bob@mired.test"].map(|jid| BareJid::new(jid).unwrap());
        let peer = Peer::new(account(&tx, &ana), bob.clone());
        assert_eq!(find(&tx, &peer, None).unwrap().unwrap_err().code, Code::Other);
        let chat = chats::open(&tx, &peer).unwrap().id;
        assert_eq!(find(&tx, &peer, None).unwrap(), Ok(None));
        let first = row(&tx, chat, &bob, "1", Direction::In);
        let last = row(&tx, chat, &bob, "2", Direction::In);
        let [first, last] = [first, last].map(|id| messages::get(&tx, id).unwrap().unwrap().position);
        let until = |word| {
            let is_ref = false;
            find(&tx, &peer, Some(Named { word, is_ref })).unwrap()
        };
        assert_eq!(until("1"), Ok(Some(first)));
        assert_eq!(find(&tx, &peer, None).unwrap(), Ok(Some(last)));
        let refused = until("3").unwrap_err();
        assert_eq!(refused.code, Code::Usage);
        assert!(
            refused.text.starts_with("--until: No message of this chat"),
            "{}",
            refused.text
        );
    }
}
