//! `susurro encryption`: whether one chat is encrypted. The answer, too, to a peer
//! who asked to go on in clear.

use serde::Serialize;

use super::args::{Common, Encryption as Args, OnOff};
use super::open::{OpenProfile, with_profile};
use super::{Exit, confirm, json, offline, output, policy, render};
use api::Command;
use model::{BareJid, ChatKind, Clean, Peer, Policy};
use store::chats::{self, Chat};
use store::policies;

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    if args.to == Some(OnOff::Off) && !args.yes && !confirm::possible() {
        return Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to write to this address without encryption.",
        ));
    }
    policy::may_ask(args)?;
    with_profile(common, |opened| {
        let account = opened.account()?;
        if args.jid == account.jid {
            return Err(Exit::usage("This is your own address."));
        }
        let chat = opened.read(|tx| chats::by_peer(tx, &Peer::new(account.id, args.jid.clone())))?;
        match (args.to, args.policy) {
            (_, Some(policy)) => policy::set(opened, args, chat.as_ref(), policy),
            (Some(to), None) => turn(opened, args, chat.as_ref(), to),
            (None, None) => {
                let policy = match chat.as_ref().filter(|chat| chat.kind == ChatKind::Room) {
                    Some(room) => Some(opened.read(|tx| policies::get(tx, room.id))?),
                    None => None,
                };
                output::result(shown(
                    &account.jid,
                    &args.jid,
                    (chat.as_ref(), policy),
                    args.json,
                )?)
            }
        }
    })
}

fn turn(opened: &mut OpenProfile, args: &Args, chat: Option<&Chat>, to: OnOff) -> Result<(), Exit> {
    let jid = render::identifier(args.jid.as_str());
    let clear = chat.is_some_and(|chat| !chat.encrypted);
    if to == OnOff::Off && !clear && !args.yes {
        let question = format!("Write to {jid} without encryption? Everybody on the way can read it.");
        if !confirm::confirmed(&question)? {
            return Err(Exit::other("Nothing is changed."));
        }
    }
    let command = Command::SetEncryption {
        chat: Peer::new(opened.account()?.id, args.jid.clone()),
        on: to == OnOff::On,
    };
    let stopped = offline::perform(opened, vec![command])?;
    output::say(match to {
        OnOff::On => format!("What you write to {jid} is encrypted from now on."),
        OnOff::Off => format!(
            "What you write to {jid} goes in clear from now on. To encrypt again: susurro encryption {jid} on"
        ),
    });
    if stopped > 0 {
        output::say(format!(
            "{stopped} messages that waited to go out in clear are not sent. Send them anew."
        ));
    }
    Ok(())
}

#[derive(Serialize)]
struct EncryptionRow<'a> {
    jid: &'a str,
    encrypted: bool,
    /// The peer asked to go on without encryption, and nobody has decided yet: nothing is sent.
    opted_out: bool,
    /// A code.
    reason: Option<&'static str>,
    /// Their words.
    reason_text: Option<&'a str>,
    /// Of a room: who must be able to read.
    policy: Option<&'static str>,
}

fn shown(
    account: &BareJid,
    jid: &BareJid,
    (chat, policy): (Option<&Chat>, Option<Policy>),
    json: bool,
) -> Result<String, Exit> {
    let encrypted = chat.is_none_or(|chat| chat.encrypted);
    let asked = chat.and_then(|chat| chat.opted_out.as_ref());
    let reason = asked.filter(|reason| !reason.is_empty()).map(Clean::as_str);
    if json {
        let row = EncryptionRow {
            jid: jid.as_str(),
            encrypted,
            opted_out: asked.is_some(),
            reason: asked.map(|_| "opted-out"),
            reason_text: reason,
            policy: policy.map(policy::told),
        };
        return json::object(account, row);
    }
    let shown = render::identifier(jid.as_str());
    let mut line = format!("{shown} {}", if encrypted { "encrypted" } else { "in clear" });
    if let Some(policy) = policy.filter(|_| encrypted) {
        line.push_str(&format!(", policy {}", policy::told(policy)));
    }
    if asked.is_some() {
        line.push_str(&format!(
            " (asked to go on without encryption; nothing is sent until you decide: susurro encryption {shown} on, or off)"
        ));
    }
    // Their words stand last: they cannot pass for ours.
    if let Some(reason) = reason {
        line.push_str(&format!(", they say \"{}\"", render::sentence(reason)));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::AccountOptions;
    use model::{AccountId, Author, MessageId, MessageState, Protection};
    use store::{Transaction, Writer, accounts, messages, outbox};

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn ana(tx: &Transaction<'_>) -> AccountId {
        accounts::add(
            tx,
            &jid("ana@mired.test"),
            "secret",
            &AccountOptions::default(),
            "r",
        )
        .unwrap()
    }

    /// As the command does it; how many messages that stopped.
    fn set(tx: &Transaction<'_>, account: AccountId, peer: &BareJid, to: OnOff) -> usize {
        let account = accounts::get(tx, account).unwrap().unwrap();
        let command = Command::SetEncryption {
            chat: Peer::new(account.id, peer.clone()),
            on: to == OnOff::On,
        };
        offline::handle(tx, &account, vec![command]).unwrap().unwrap()
    }

    /// A message of Ana's that waits for a connection.
    fn waiting(tx: &Transaction<'_>, account: AccountId, peer: &BareJid, clear: bool) -> MessageId {
        let chat = chats::open(tx, &Peer::new(account, peer.clone())).unwrap().id;
        let new = messages::NewMessage {
            chat,
            author: Author::Us,
            stanza_id: format!("{peer}-{clear}"),
            server_id: None,
            time: "2026-11-20T12:00:00Z".parse().unwrap(),
            body: Some(Clean::new("hi")),
            unreadable: None,
            protection: if clear {
                Protection::Clear
            } else {
                Protection::OmemoLegacy
            },
            unstyled: false,
            markable: false,
            device: None,
            fingerprint: None,
            trust: None,
            state: MessageState::Queued,
        };
        let messages::Inserted::New(id) = messages::insert(tx, &new).unwrap() else {
            panic!("there was one already");
        };
        outbox::push(tx, account, chat, id, clear).unwrap();
        id
    }

    #[test]
    fn a_chat_says_how_it_stands_and_what_the_peer_asked_for() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (account, bob) = (ana(&tx), jid("bob@mired.test"));
        let look = |json| {
            let chat = chats::by_peer(&tx, &Peer::new(account, bob.clone())).unwrap();
            shown(&jid("ana@mired.test"), &bob, (chat.as_ref(), None), json).unwrap()
        };
        insta::assert_snapshot!(look(false), @"bob@mired.test encrypted");
        assert_eq!(
            chats::by_peer(&tx, &Peer::new(account, bob.clone())).unwrap(),
            None,
            "looking makes no chat"
        );
        set(&tx, account, &bob, OnOff::Off);
        insta::assert_snapshot!(look(false), @"bob@mired.test in clear");
        set(&tx, account, &bob, OnOff::On);
        let chat = chats::by_peer(&tx, &Peer::new(account, bob.clone()))
            .unwrap()
            .unwrap()
            .id;
        chats::set_opted_out(&tx, chat, Some(&Clean::new("my phone\u{202e} is old"))).unwrap();
        insta::assert_snapshot!(look(false), @r#"bob@mired.test encrypted (asked to go on without encryption; nothing is sent until you decide: susurro encryption bob@mired.test on, or off), they say "my phone is old""#);
        insta::assert_snapshot!(look(true), @r#"{"account":"ana@mired.test","jid":"bob@mired.test","encrypted":true,"opted_out":true,"reason":"opted-out","reason_text":"my phone\u202e is old","policy":null}"#);
        // Either answer is an answer.
        for to in [OnOff::On, OnOff::Off] {
            chats::set_opted_out(&tx, chat, Some(&Clean::default())).unwrap();
            assert!(look(true).contains(r#""reason":"opted-out","reason_text":null"#));
            set(&tx, account, &bob, to);
            assert!(look(true).contains(r#""opted_out":false"#));
        }
    }

    #[test]
    fn what_waits_to_go_out_in_clear_is_stopped_when_encryption_is_turned_on_in_this_chat_only() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (account, bob, carol) = (ana(&tx), jid("bob@mired.test"), jid("carol@mired.test"));
        let clear = waiting(&tx, account, &bob, true);
        let sealed = waiting(&tx, account, &bob, false);
        let other = waiting(&tx, account, &carol, true);
        assert_eq!(set(&tx, account, &bob, OnOff::Off), 0);
        assert_eq!(set(&tx, account, &bob, OnOff::On), 1);
        let state = |id| messages::get(&tx, id).unwrap().unwrap().state;
        assert_eq!(state(clear), MessageState::Failed);
        assert_eq!(state(sealed), MessageState::Queued);
        assert_eq!(state(other), MessageState::Queued);
        assert_eq!(outbox::by_message(&tx, clear).unwrap(), None);
        assert_eq!(outbox::waiting(&tx, account).unwrap().len(), 2);
    }
}
