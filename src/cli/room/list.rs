//! `susurro room list`: the rooms of the person, from the store.

use serde::Serialize;

use crate::cli::open::OpenProfile;
use crate::cli::{Exit, json, output, render};
use model::room::Affiliation;
use model::{BareJid, Clean};
use store::chats::{self, COUNTED};
use store::rooms::{self, Room};
use store::{Result as Stored, Transaction};

/// A room with what its chat has.
#[derive(Debug)]
struct OwnRoom {
    room: Room,
    encrypted: bool,
    members: usize,
    unread: u64,
    mentions: u64,
}

pub fn run(opened: &mut OpenProfile, json: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let all = opened.read(|tx| read(tx, account.id))?;
    if all.is_empty() && !json {
        output::say(
            "You have no room yet. Make one with: susurro room create, or look for some: susurro room search",
        );
    }
    let lines: Result<Vec<String>, Exit> = all
        .iter()
        .map(|listed| match json {
            true => object(&account.jid, listed),
            false => Ok(line(listed)),
        })
        .collect();
    output::results(lines?)
}

fn read(tx: &Transaction<'_>, account: model::AccountId) -> Stored<Vec<OwnRoom>> {
    let overview = chats::overview(tx, account)?;
    let mut listed = Vec::new();
    for room in rooms::all(tx, account)? {
        let chat = overview.iter().find(|row| row.chat.id == room.chat);
        // Somebody wants the person in it; that does not make it theirs.
        if chat.is_some_and(|row| row.chat.request) {
            continue;
        }
        let members = rooms::members(tx, room.chat)?;
        listed.push(OwnRoom {
            encrypted: chat.is_some_and(|row| row.chat.encrypted),
            members: members
                .iter()
                .filter(|member| member.affiliation >= Affiliation::Member)
                .count(),
            unread: chat.map_or(0, |row| row.unread),
            mentions: rooms::mentions(tx, room.chat)?,
            room,
        });
    }
    Ok(listed)
}

#[derive(Serialize)]
struct RoomLine<'a> {
    jid: &'a str,
    name: Option<&'a str>,
    /// Only a session knows: nobody has one while this command reads.
    joined: bool,
    autojoin: bool,
    nick: &'a str,
    encrypted: bool,
    members: usize,
    unread: u64,
    mentions: u64,
}

fn object(account: &BareJid, listed: &OwnRoom) -> Result<String, Exit> {
    let room = &listed.room;
    let row = RoomLine {
        jid: room.peer.address.as_str(),
        name: room.name.as_ref().map(Clean::as_str),
        joined: false,
        autojoin: room.autojoin,
        nick: &room.own_nick,
        encrypted: listed.encrypted,
        members: listed.members,
        unread: listed.unread,
        mentions: listed.mentions,
    };
    json::object(account, row)
}

/// The exact address first: a name cannot pass for it.
fn line(listed: &OwnRoom) -> String {
    let room = &listed.room;
    let mut line = render::identifier(room.peer.address.as_str());
    line.push_str(match listed.encrypted {
        true => " [encrypted]",
        false => " [IN CLEAR]",
    });
    if let Some(name) = &room.name {
        line.push(' ');
        line.push_str(&render::sentence(name.as_str()));
    }
    match listed.members {
        0 => {}
        1 => line.push_str(", 1 member"),
        members => line.push_str(&format!(", {members} members")),
    }
    match listed.unread {
        0 => {}
        unread if unread >= u64::from(COUNTED) => line.push_str(&format!(", {COUNTED} or more unread")),
        unread => line.push_str(&format!(", {unread} unread")),
    }
    if listed.mentions > 0 {
        line.push_str(&format!(", {} for you", listed.mentions));
    }
    match (room.suspect, room.autojoin) {
        (true, _) => line.push_str(" (not what it was: nothing is sent there)"),
        (false, false) => line.push_str(" (left)"),
        _ => {}
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::room::{RoomFeatures, RoomNotify};
    use model::{AccountId, ChatId, Peer};

    fn hut() -> OwnRoom {
        OwnRoom {
            room: Room {
                chat: ChatId(1),
                peer: Peer::new(AccountId(1), BareJid::new("hut@rooms.mired.test").unwrap()),
                name: Some(Clean::line("Mountain hut")),
                own_nick: "ana".to_owned(),
                autojoin: true,
                notify: RoomNotify::Always,
                pinned: false,
                features: RoomFeatures::new(),
                bookmarked: store::bookmarks::Bookmarked::No,
                extensions: String::new(),
                suspect: false,
            },
            encrypted: true,
            members: 3,
            unread: 2,
            mentions: 1,
        }
    }

    #[test]
    fn a_room_is_one_line_with_its_address_first() {
        let mut hut = hut();
        insta::assert_snapshot!(line(&hut), @"hut@rooms.mired.test [encrypted] Mountain hut, 3 members, 2 unread, 1 for you");
        (hut.encrypted, hut.members, hut.unread, hut.mentions) = (false, 0, 0, 0);
        (hut.room.name, hut.room.autojoin) = (None, false);
        insta::assert_snapshot!(line(&hut), @"hut@rooms.mired.test [IN CLEAR] (left)");
        hut.room.suspect = true;
        insta::assert_snapshot!(line(&hut), @"hut@rooms.mired.test [IN CLEAR] (not what it was: nothing is sent there)");
    }

    #[test]
    fn a_room_has_every_field_in_the_order_of_the_contract() {
        let ana = BareJid::new("ana@mired.test").unwrap();
        insta::assert_snapshot!(object(&ana, &hut()).unwrap(), @r#"{"account":"ana@mired.test","jid":"hut@rooms.mired.test","name":"Mountain hut","joined":false,"autojoin":true,"nick":"ana","encrypted":true,"members":3,"unread":2,"mentions":1}"#);
    }
}
