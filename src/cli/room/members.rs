//! `susurro room members`: who stands how to a room, in it or not, and whom what is encrypted there reaches.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;

use super::{act, go_in, online};
use crate::cli::client::{Beside, Console};
use crate::cli::open::OpenProfile;
use crate::cli::{Exit, json, output, render};
use api::{Event, OccupantView, RoomCommand, RoomState, State};
use model::room::{Affiliation, Role};
use model::{AddressedPerson, BareJid, Clean, Fate, Peer, Why};
use store::rooms::Member;
use store::{Result as Stored, Transaction, chats, rooms};

/// Who is in the room, by nick.
type Occupants = BTreeMap<Clean, OccupantView>;

/// Gathers who is in a room beside the console.
struct Attendance {
    console: Console,
    room: Peer,
    seen: Rc<RefCell<Occupants>>,
}

impl Beside for Attendance {
    async fn interrupted(&mut self) {
        self.console.interrupted().await;
    }

    fn told(&mut self, event: &Event) {
        self.console.told(event);
        let Event::State(State::Room { room, state }) = event else {
            return;
        };
        if *room != self.room {
            return;
        }
        let mut seen = self.seen.borrow_mut();
        match state {
            RoomState::Everybody(everybody) => *seen = everybody.iter().cloned().collect(),
            RoomState::Occupant {
                nick,
                here: Some(here),
            } => {
                seen.insert(nick.clone(), here.clone());
            }
            RoomState::Occupant { nick, here: None } => {
                seen.remove(nick);
            }
            // Our own leaving takes nobody away.
            RoomState::Standing(_) | RoomState::Topic(_) => {}
        }
    }
}

pub fn run(opened: &mut OpenProfile, room: &BareJid, json: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let peer = Peer::new(account.id, room.clone());
    let seen = Rc::new(RefCell::new(Occupants::new()));
    let (watched, gathered) = (peer.clone(), Rc::clone(&seen));
    let watch = || {
        Ok(Attendance {
            console: Console::new()?,
            room: watched,
            seen: gathered,
        })
    };
    let occupants = online(opened, watch, async |client| {
        go_in(client, &peer).await?;
        act(client, &peer, RoomCommand::Members).await?;
        Ok(seen.borrow().clone())
    })?;
    let people = opened.read(|tx| read(tx, &peer, &account.jid, &occupants))?;
    let lines: Result<Vec<String>, Exit> = people
        .iter()
        .map(|person| match json {
            true => object(&account.jid, person),
            false => Ok(line(person)),
        })
        .collect();
    output::results(lines?)
}

/// Somebody who stands to the room, or is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Person {
    /// None: the room does not show who that is.
    jid: Option<BareJid>,
    nick: Option<Clean>,
    affiliation: Affiliation,
    role: Role,
    devices: usize,
    /// Why nothing that is encrypted reaches them.
    left_out: Option<&'static str>,
}

fn read(tx: &Transaction<'_>, room: &Peer, own: &BareJid, occupants: &Occupants) -> Stored<Vec<Person>> {
    let chat = chats::by_peer(tx, room)?;
    let members = match &chat {
        Some(chat) => rooms::members(tx, chat.id)?,
        None => Vec::new(),
    };
    let encrypted = chat.is_some_and(|chat| chat.encrypted);
    let mut people = merged(&members, occupants);
    for person in &mut people {
        let Some(jid) = &person.jid else { continue };
        let audience = store::omemo::audience(tx, room.account, std::slice::from_ref(jid))?;
        let Some(addressed) = audience.people.iter().find(|one| one.jid == *jid) else {
            continue;
        };
        let reached = addressed.devices.iter().filter(|device| reaches(device.fate));
        person.devices = reached.count();
        let counts = encrypted && jid != own && person.affiliation >= Affiliation::Member;
        if counts && person.devices == 0 {
            person.left_out = Some(why(addressed));
        }
    }
    Ok(people)
}

/// Whether it is sealed for, as far as the store tells.
fn reaches(fate: Fate) -> bool {
    matches!(fate, Fate::Written | Fate::LookedUp)
}

/// A code for the first reason.
fn why(person: &AddressedPerson) -> &'static str {
    let fates = person.devices.iter().map(|device| device.fate);
    let reasons = fates.filter_map(|fate| match fate {
        Fate::LeftOut(Why::Undecided) => Some("undecided"),
        Fate::LeftOut(Why::Distrusted) => Some("distrusted"),
        Fate::LeftOut(Why::NotListed | Why::TakenOff) => Some("not-listed"),
        Fate::Unavailable => Some("no-bundle"),
        Fate::Written | Fate::LookedUp => None,
    });
    reasons.min().unwrap_or("no-keys")
}

/// The lists with those who are in it: the highest first, then by address and nick.
fn merged(members: &[Member], occupants: &Occupants) -> Vec<Person> {
    let mut people: Vec<Person> = members
        .iter()
        .map(|member| Person {
            jid: Some(member.jid.clone()),
            nick: member.nick.clone(),
            affiliation: member.affiliation,
            role: Role::None,
            devices: 0,
            left_out: None,
        })
        .collect();
    for (nick, seen) in occupants {
        let known = people
            .iter_mut()
            .find(|person| person.jid.is_some() && person.jid == seen.real);
        match known {
            Some(person) => {
                person.nick = Some(nick.clone());
                person.role = seen.role;
                person.affiliation = seen.affiliation;
            }
            None => people.push(Person {
                jid: seen.real.clone(),
                nick: Some(nick.clone()),
                affiliation: seen.affiliation,
                role: seen.role,
                devices: 0,
                left_out: None,
            }),
        }
    }
    people.sort_by(|a, b| {
        let name = |person: &Person| (person.jid.clone(), person.nick.clone());
        b.affiliation
            .cmp(&a.affiliation)
            .then_with(|| name(a).cmp(&name(b)))
    });
    people
}

#[derive(Serialize)]
struct MemberLine<'a> {
    jid: Option<&'a str>,
    nick: Option<&'a str>,
    affiliation: &'static str,
    role: &'static str,
    present: bool,
    devices: usize,
    left_out: Option<&'static str>,
}

fn object(account: &BareJid, person: &Person) -> Result<String, Exit> {
    let row = MemberLine {
        jid: person.jid.as_ref().map(|jid| jid.as_str()),
        nick: person.nick.as_ref().map(Clean::as_str),
        affiliation: affiliation(person.affiliation),
        role: role(person.role),
        present: person.role != Role::None,
        devices: person.devices,
        left_out: person.left_out,
    };
    json::object(account, row)
}

fn line(person: &Person) -> String {
    let name = match (&person.jid, &person.nick) {
        (Some(jid), _) => render::identifier(jid.as_str()),
        (None, Some(nick)) => quoted(nick),
        (None, None) => "somebody".to_owned(),
    };
    let mut line = format!(
        "{name} [{}]",
        match person.affiliation {
            Affiliation::Outcast => "banned",
            Affiliation::None => "no member",
            other => affiliation(other),
        }
    );
    match (&person.nick, &person.jid, person.role) {
        (_, _, Role::None) => line.push_str(" away"),
        (Some(nick), Some(_), _) => line.push_str(&format!(" in it as {}", quoted(nick))),
        _ => line.push_str(" in it"),
    }
    match person.role {
        Role::Visitor => line.push_str(", reads only"),
        Role::Moderator => line.push_str(", moderates"),
        Role::Participant | Role::None => {}
    }
    match person.devices {
        0 => {}
        1 => line.push_str(", 1 device"),
        devices => line.push_str(&format!(", {devices} devices")),
    }
    if let Some(why) = person.left_out {
        line.push_str(&format!(
            " (CANNOT READ what is encrypted: {})",
            match why {
                "undecided" => "nobody decided about a key",
                "distrusted" => "every key is distrusted",
                "not-listed" => "no device is on a list",
                "no-bundle" => "the keys cannot be had",
                _ => "no keys are known",
            }
        ));
    }
    line
}

/// A nick can look like an address: it stands in quotes.
fn quoted(nick: &Clean) -> String {
    format!("\"{}\"", render::sentence(nick.as_str()))
}

fn affiliation(affiliation: Affiliation) -> &'static str {
    match affiliation {
        Affiliation::Owner => "owner",
        Affiliation::Admin => "admin",
        Affiliation::Member => "member",
        Affiliation::None => "none",
        Affiliation::Outcast => "outcast",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Moderator => "moderator",
        Role::Participant => "participant",
        Role::Visitor => "visitor",
        Role::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Presence;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn people() -> Vec<Person> {
        let member = |address: &str, affiliation| Member {
            jid: jid(address),
            affiliation,
            nick: None,
        };
        let seen = |real: Option<&str>, affiliation, role| OccupantView {
            occupant_id: None,
            affiliation,
            role,
            real: real.map(jid),
            presence: Presence::here(),
        };
        let members = [
            member("ana@mired.test", Affiliation::Owner),
            member("bob@mired.test", Affiliation::Member),
            member("eve@mired.test", Affiliation::Outcast),
        ];
        let occupants = Occupants::from([
            (
                Clean::line("Ana"),
                seen(Some("ana@mired.test"), Affiliation::Owner, Role::Moderator),
            ),
            (Clean::line("who"), seen(None, Affiliation::None, Role::Visitor)),
        ]);
        merged(&members, &occupants)
    }

    #[test]
    fn who_is_in_it_and_who_is_on_a_list_are_one_list() {
        let mut people = people();
        people[0].devices = 2;
        people[1].left_out = Some("no-keys");
        let lines: Vec<String> = people.iter().map(line).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        ana@mired.test [owner] in it as "Ana", moderates, 2 devices
        bob@mired.test [member] away (CANNOT READ what is encrypted: no keys are known)
        "who" [no member] in it, reads only
        eve@mired.test [banned] away
        "#);
    }

    #[test]
    fn a_member_has_every_field_in_the_order_of_the_contract() {
        let people = people();
        let ana = jid("ana@mired.test");
        insta::assert_snapshot!(object(&ana, &people[0]).unwrap(), @r#"{"account":"ana@mired.test","jid":"ana@mired.test","nick":"Ana","affiliation":"owner","role":"moderator","present":true,"devices":0,"left_out":null}"#);
        insta::assert_snapshot!(object(&ana, &people[2]).unwrap(), @r#"{"account":"ana@mired.test","jid":null,"nick":"who","affiliation":"none","role":"visitor","present":true,"devices":0,"left_out":null}"#);
    }
}
