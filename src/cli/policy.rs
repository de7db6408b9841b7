//! `susurro encryption ROOM --policy`: who of a room must be able to read what is written into it.

use super::args::{Encryption as Args, RoomPolicy};
use super::open::OpenProfile;
use super::{Exit, confirm, offline, output, render};
use api::Command;
use model::{BareJid, ChatKind, Peer, Policy};
use store::chats::Chat;
use store::rooms;

/// Before anything is opened: whether somebody can be asked who has to be.
pub fn may_ask(args: &Args) -> Result<(), Exit> {
    match args.policy {
        Some(RoomPolicy::Verified) if !args.yes && !confirm::possible() => Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to confirm the members of this room as they are now.",
        )),
        _ => Ok(()),
    }
}

/// Sets it. A verified group has the members whom the person is shown here, until they look again.
pub fn set(opened: &mut OpenProfile, args: &Args, chat: Option<&Chat>, to: RoomPolicy) -> Result<(), Exit> {
    let room = render::identifier(args.jid.as_str());
    let chat = chat.filter(|chat| chat.kind == ChatKind::Room);
    let Some(chat) = chat else {
        return Err(Exit::other(format!(
            "{room} is no room of yours. Only rooms have a policy; go in first: susurro room join {room}"
        )));
    };
    let members = opened.read(|tx| rooms::recipients(tx, chat.id))?;
    if to == RoomPolicy::Verified && !args.yes {
        let question = format!(
            "Are these the members of {room}, and nobody else: {}?",
            named(&members)
        );
        if !confirm::confirmed(&question)? {
            return Err(Exit::other("Nothing is changed."));
        }
    }
    let command = Command::SetPolicy {
        room: Peer::new(opened.account()?.id, args.jid.clone()),
        policy: to.into(),
        members,
    };
    offline::perform(opened, vec![command])?;
    output::say(match to {
        RoomPolicy::Everyday => {
            format!("What you write into {room} goes to whoever has keys; whoever has none is named.")
        }
        RoomPolicy::HighRisk => format!("Nothing goes into {room} that not everybody in it can read."),
        RoomPolicy::Verified => format!(
            "What you write into {room} goes to these members, with keys that you verified. Once others are in it, nothing \
             goes until you confirm them."
        ),
    });
    Ok(())
}

fn named(members: &[BareJid]) -> String {
    if members.is_empty() {
        return "you alone".to_owned();
    }
    let names: Vec<String> = members
        .iter()
        .map(|jid| render::identifier(jid.as_str()))
        .collect();
    format!("you, {}", names.join(", "))
}

/// How it stands with a policy, beside what is said of the chat.
pub fn told(policy: Policy) -> &'static str {
    match policy {
        Policy::Everyday => "everyday",
        Policy::HighRisk => "high-risk",
        Policy::Verified => "verified",
    }
}
