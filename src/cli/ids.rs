//! How a command finds the message that an `ID` of the person means: a ref of ours, or
//! an id that one row alone has.
//!
//! Ids are chosen by whoever sends: a contact can give a second message the id of a first, or the ref of one
//! of our rows. So what means more than one message means none, and the refs of all are told. That leaves a
//! way to keep a message from being named at all, by its ref used as an id; `--ref` ends it: with it the
//! word is a ref and nothing else.

use super::{Exit, render};
use model::{ChatId, Direction, Message, MessageRef, Peer};
use store::{self, Transaction, about, chats, messages};

/// So many of the messages that are meant are named.
const NAMED: usize = 8;

/// Where a message is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    Chat(ChatId),
    /// Where the command names no chat.
    Vault,
}

/// What the person typed.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub word: &'a str,
    /// It is a ref, whatever ids there are.
    pub is_ref: bool,
}

/// The one message that is meant, or wrong usage.
pub fn find(tx: &Transaction<'_>, within: Within, named: Named<'_>) -> store::Result<Result<Message, Exit>> {
    let by_ref = match MessageRef::parse(named.word) {
        Some(name) => messages::get(tx, name.message())?.filter(|row| holds(within, row)),
        None => None,
    };
    let by_id = match within {
        _ if named.is_ref => Vec::new(),
        Within::Chat(chat) => messages::in_chat(tx, chat, named.word, NAMED + 1)?,
        Within::Vault => messages::anywhere(tx, named.word, NAMED + 1)?,
    };
    let mut meant: Vec<Message> = by_ref.into_iter().chain(by_id).collect();
    meant.sort_by_key(|row| row.id);
    meant.dedup_by_key(|row| row.id);
    Ok(match meant.pop() {
        None => Err(nothing(within)),
        Some(one) if meant.is_empty() => Ok(one),
        Some(last) => {
            meant.push(last);
            Err(several(&meant, named.word))
        }
    })
}

/// The one message that is meant in the chat with `peer`. The id of a correction means what it corrects.
pub fn in_chat(tx: &Transaction<'_>, peer: &Peer, named: Named<'_>) -> store::Result<Result<Message, Exit>> {
    let Some(chat) = chats::by_peer(tx, peer)? else {
        let shown = render::identifier(peer.address.as_str());
        return Ok(Err(Exit::other(format!(
            "There is no chat with {shown}; susurro chats lists them."
        ))));
    };
    let found = find(tx, Within::Chat(chat.id), named)?;
    if found.is_ok() || named.is_ref || !messages::in_chat(tx, chat.id, named.word, 1)?.is_empty() {
        return Ok(found);
    }
    let corrected = match about::target(tx, chat.id, named.word, None)? {
        Some(corrected) => messages::get(tx, corrected)?,
        None => None,
    };
    Ok(corrected.map_or(found, Ok))
}

fn holds(within: Within, row: &Message) -> bool {
    match within {
        Within::Chat(chat) => row.chat == chat,
        Within::Vault => true,
    }
}

fn nothing(within: Within) -> Exit {
    let of = match within {
        Within::Chat(_) => "No message of this chat",
        Within::Vault => "No message",
    };
    Exit::usage(format!(
        "{of} has this ref or id. `susurro history JID --json` gives both, as \"ref\" and \"id\"."
    ))
}

fn several(meant: &[Message], word: &str) -> Exit {
    let refs: Vec<String> = meant.iter().take(NAMED).map(told).collect();
    let more = if meant.len() > NAMED { " and more" } else { "" };
    let help = match meant.iter().any(|row| name(row) == word) {
        true => "Name one of them by its ref, with --ref",
        false => "Name one of them by its ref",
    };
    Exit::usage(format!(
        "Several messages are meant by this, and nothing is done: {}{more}. {help}.",
        refs.join(", ")
    ))
}

fn told(row: &Message) -> String {
    let peer = render::identifier(row.peer.address.as_str());
    match row.direction() {
        Direction::In => format!("{} (from {peer})", name(row)),
        Direction::Out => format!("{} (yours, to {peer})", name(row)),
    }
}

/// The ref of a message, as it is printed.
pub fn name(message: &Message) -> String {
    MessageRef::new(message.id).to_string()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::cli::Code;
    use model::{AccountId, AccountOptions, Author, BareJid, Clean, MessageId, MessageState, Protection};
    use store::messages::{Inserted, NewMessage};
    use store::{Writer, accounts};

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    pub fn account(tx: &Transaction<'_>, jid: &BareJid) -> AccountId {
        accounts::add(tx, jid, "secret", &AccountOptions::default(), "r").unwrap()
    }

    /// A row of a chat under this id, each with words of its own.
    pub fn row(tx: &Transaction<'_>, chat: ChatId, from: &BareJid, id: &str, way: Direction) -> MessageId {
        let new = NewMessage {
            chat,
            author: match way {
                Direction::In => Author::Contact(from.clone()),
                Direction::Out => Author::Us,
            },
            stanza_id: id.to_owned(),
            server_id: None,
            time: model::Timestamp::UNIX_EPOCH,
            body: Some(Clean::new("hello")),
            unreadable: None,
            protection: Protection::OmemoLegacy,
            unstyled: false,
            markable: false,
            device: None,
            fingerprint: None,
            trust: None,
            state: match way {
                Direction::In => MessageState::Received,
                Direction::Out => MessageState::Failed,
            },
        };
        match messages::insert(tx, &new).unwrap() {
            Inserted::New(id) => id,
            Inserted::Duplicate(_) => panic!("there was one already"),
        }
    }

    fn look(tx: &Transaction<'_>, within: Within, word: &str, is_ref: bool) -> Result<MessageId, Exit> {
        find(tx, within, Named { word, is_ref })
            .unwrap()
            .map(|row| row.id)
    }

    fn spelled(id: MessageId) -> String {
        MessageRef::new(id).to_string()
    }

    #[test]
    fn a_message_is_named_by_its_ref_or_by_an_id_that_it_alone_has_there() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (ana, bob, carol) = (
            jid("ana@mired.test"),
            jid("bob@mired.test"),
            jid("carol@mired.test"),
        );
        let account = account(&tx, &ana);
        let [with_bob, with_carol] =
            [&bob, &carol].map(|peer| chats::open(&tx, &Peer::new(account, peer.clone())).unwrap().id);
        let ours = row(&tx, with_bob, &ana, "id-1", Direction::Out);
        let theirs = row(&tx, with_carol, &carol, "id-1", Direction::In);
        let alone = row(&tx, with_carol, &carol, "id-2", Direction::In);
        for is_ref in [false, true] {
            assert_eq!(look(&tx, Within::Vault, &spelled(ours), is_ref), Ok(ours));
            assert_eq!(
                look(&tx, Within::Chat(with_carol), &spelled(theirs), is_ref),
                Ok(theirs)
            );
        }
        assert_eq!(look(&tx, Within::Vault, "id-2", false), Ok(alone));
        assert_eq!(look(&tx, Within::Chat(with_bob), "id-1", false), Ok(ours));
        // In the whole vault it is the id of two.
        let exit = look(&tx, Within::Vault, "id-1", false).unwrap_err();
        assert_eq!(exit.code, Code::Usage);
        insta::assert_snapshot!(exit.text, @"Several messages are meant by this, and nothing is done: m12 (yours, to bob@mired.test), m24 (from carol@mired.test). Name one of them by its ref.");
        // A ref of another chat, an id where a ref is said to be, nothing at all.
        for (within, word, is_ref) in [
            (Within::Chat(with_bob), spelled(alone).as_str(), false),
            (Within::Vault, "id-2", true),
            (Within::Vault, "", false),
            (Within::Chat(with_bob), "id-3", false),
        ] {
            let exit = look(&tx, within, word, is_ref).unwrap_err();
            assert_eq!(exit.code, Code::Usage, "{word}");
            assert!(exit.text.contains("has this ref or id"), "{}", exit.text);
        }
        // What is deleted has no name any more, and no later row gets it.
        store::deleted::message(&tx, alone).unwrap();
        let later = row(&tx, with_carol, &carol, "id-4", Direction::In);
        assert_ne!(spelled(later), spelled(alone));
        assert!(look(&tx, Within::Vault, &spelled(alone), false).is_err());
    }

    #[test]
    fn an_id_that_a_contact_made_like_a_ref_hits_neither_message_and_keeps_neither_from_being_named() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (ana, bob) = (jid("ana@mired.test"), jid("bob@mired.test"));
        let account = account(&tx, &ana);
        let chat = chats::open(&tx, &Peer::new(account, bob.clone())).unwrap().id;
        let ours = row(&tx, chat, &ana, "id-1", Direction::Out);
        let word = spelled(ours);
        // Of no other row, the ref is no danger as an id.
        let own = row(&tx, chat, &bob, "m24", Direction::In);
        assert_eq!(spelled(own), "m24");
        assert_eq!(look(&tx, Within::Vault, "m24", false), Ok(own));
        let sly = row(&tx, chat, &bob, &word, Direction::In);
        for within in [Within::Vault, Within::Chat(chat)] {
            let exit = look(&tx, within, &word, false).unwrap_err();
            assert_eq!(exit.code, Code::Usage);
            assert!(exit.text.ends_with("m12 (yours, to bob@mired.test), m36 (from bob@mired.test). Name one of them by its ref, with --ref."), "{}", exit.text);
            assert_eq!(look(&tx, within, &word, true), Ok(ours));
            assert_eq!(look(&tx, within, &spelled(sly), true), Ok(sly));
        }
    }

    #[test]
    fn of_many_messages_with_one_id_some_are_named() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (ana, bob) = (jid("ana@mired.test"), jid("bob@mired.test"));
        let account = account(&tx, &ana);
        let chat = chats::open(&tx, &Peer::new(account, bob.clone())).unwrap().id;
        for _ in 0..=NAMED {
            row(&tx, chat, &bob, "same", Direction::In);
        }
        let exit = look(&tx, Within::Chat(chat), "same", false).unwrap_err();
        assert_eq!(exit.text.matches("from bob@mired.test").count(), NAMED);
        assert!(exit.text.contains(" and more. Name"), "{}", exit.text);
    }
}
