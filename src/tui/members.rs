//! Everybody who is in a room or stands to it, one after the other: those who are in it, those who could be,
//! those who may not.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Context;
use super::list;
use super::rooms::RoomNow;
use super::theme::{Glyph, Part, Theme};
use model::room::{Affiliation, Role};
use model::{BareJid, Clean, Presence};
use store::omemo::{self, KeyTally};
use store::rooms::{self, Member, Room};
use store::{self, chats};

/// What the store has of the people of a room.
#[derive(Debug, Default)]
pub struct RoomPeople {
    members: Vec<Member>,
    /// Of those whose keys matter: None, where the room is in clear.
    keys: Option<BTreeMap<BareJid, KeyTally>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Somebody {
    pub nick: Option<Clean>,
    /// Where the room shows it.
    pub jid: Option<BareJid>,
    pub affiliation: Affiliation,
    /// None: they are not in it.
    pub here: Option<(Role, Presence)>,
    pub is_us: bool,
    /// Their devices, where messages are sealed for them.
    pub keys: Option<KeyTally>,
}

impl RoomPeople {
    pub fn read(world: &Context<'_>, room: &Room) -> store::Result<Self> {
        let chat = chats::get(&world.store, room.chat)?;
        let is_encrypted = chat.is_some_and(|chat| chat.encrypted);
        Ok(Self {
            members: rooms::members(&world.store, room.chat)?,
            keys: match is_encrypted {
                true => Some(omemo::key_tallies(&world.store, world.account)?),
                false => None,
            },
        })
    }

    /// Whether this is the address of a member.
    pub fn has(&self, jid: &BareJid) -> bool {
        let mut members = self.members.iter();
        members.any(|member| member.jid == *jid && member.affiliation.is_member())
    }

    /// Members, in it or not.
    pub fn members(&self) -> usize {
        let members = self.members.iter();
        members.filter(|member| member.affiliation.is_member()).count()
    }

    /// All of them: first who is in it, then other members, then who is banned; within these whoever may do
    /// more comes first.
    pub fn everybody(&self, now: Option<&RoomNow>, own: &BareJid) -> Vec<Somebody> {
        let own_nick = now.and_then(RoomNow::own_nick);
        let mut seen: BTreeSet<&BareJid> = BTreeSet::new();
        let mut all = Vec::new();
        for (nick, view) in now.iter().flat_map(|now| &now.occupants) {
            seen.extend(view.real.as_ref());
            all.push(Somebody {
                nick: Some(nick.clone()),
                jid: view.real.clone(),
                affiliation: view.affiliation,
                here: Some((view.role, view.presence.clone())),
                is_us: own_nick == Some(nick),
                keys: view.real.as_ref().and_then(|jid| self.keys_of(jid, own)),
            });
        }
        let absent = self.members.iter().filter(|member| !seen.contains(&member.jid));
        all.extend(absent.map(|member| {
            Somebody {
                nick: member.nick.clone(),
                jid: Some(member.jid.clone()),
                affiliation: member.affiliation,
                here: None,
                is_us: member.jid == *own,
                keys: self
                    .keys_of(&member.jid, own)
                    .filter(|_| member.affiliation.is_member()),
            }
        }));
        all.sort_by_cached_key(|one| {
            let place = (one.here.is_none(), std::cmp::Reverse(one.affiliation));
            (place, one.name().to_lowercase())
        });
        all
    }

    fn keys_of(&self, jid: &BareJid, own: &BareJid) -> Option<KeyTally> {
        let keys = self.keys.as_ref().filter(|_| jid != own)?;
        Some(keys.get(jid).copied().unwrap_or_default())
    }
}

impl Somebody {
    /// Their nick, else their address.
    pub fn name(&self) -> String {
        match (&self.nick, &self.jid) {
            (Some(nick), _) => list::nick(nick.as_str()),
            (None, Some(jid)) => list::address(jid),
            (None, None) => String::new(),
        }
    }

    /// The same person, whatever became of them.
    pub fn is(&self, other: &Self) -> bool {
        match (&self.jid, &other.jid) {
            (Some(one), Some(other)) if one != other => false,
            (Some(_), Some(_)) => self.nick == other.nick || self.here.is_some() != other.here.is_some(),
            _ => self.nick == other.nick,
        }
    }

    /// How they stand to the room, in a word; nothing of those who do as most.
    pub fn standing(&self) -> &'static str {
        match (self.affiliation, &self.here) {
            (Affiliation::Owner, _) => "owner",
            (Affiliation::Admin, _) => "admin",
            (Affiliation::Outcast, _) => "banned",
            (_, Some((Role::Moderator, _))) => "moderator",
            (_, Some((Role::Visitor, _))) => "may not write",
            (Affiliation::Member, _) => "member",
            (Affiliation::None, _) => "",
        }
    }

    /// The shape of their presence; nothing of those who are not in it.
    pub fn shape(&self, theme: &Theme) -> &'static str {
        match &self.here {
            Some((_, presence)) => theme.glyph(Glyph::of(presence.availability)),
            None => " ",
        }
    }

    /// How their keys stand: a sign, its word, and how that is painted.
    pub fn key_state(&self) -> Option<(Option<Glyph>, &'static str, Part)> {
        let keys = self.keys.as_ref()?;
        Some(if keys.undecided > 0 {
            (Some(Glyph::Attention), "new key", Part::Waiting)
        } else if keys.written() == 0 && keys.keyless == 0 {
            (Some(Glyph::Failed), "no keys", Part::Bad)
        } else if keys.written() == 0 {
            (None, "keys not seen yet", Part::Dim)
        } else if keys.blind == 0 {
            (Some(Glyph::Verified), "verified", Part::Good)
        } else {
            (Some(Glyph::Unverified), "not verified", Part::Dim)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipients::fixture::{Stage, jid, peer};
    use model::{Peer, Trust};

    /// A group of four, one of whom is banned; three are in it.
    fn team(stage: &mut Stage, room: &Peer) -> Room {
        stage.devices("bob@mired.test", &[(1, 0x11, Some(Trust::Verified))]);
        let people = [
            ("ana", Affiliation::Member),
            ("bob", Affiliation::Owner),
            ("carol", Affiliation::Member),
            ("eve", Affiliation::Outcast),
        ];
        let kept = stage.group(room, "Ana", &people);
        let (ana, bob) = (Some("ana@mired.test"), Some("bob@mired.test"));
        let everybody = [
            ("Ana", ana, Affiliation::Member, Role::Participant),
            ("bobby", bob, Affiliation::Owner, Role::Moderator),
            ("zoe", None, Affiliation::None, Role::Visitor),
        ];
        stage.inside(room, "Ana", &everybody);
        kept
    }

    #[test]
    fn who_is_in_it_comes_first_then_who_could_be_then_who_may_not() {
        let mut stage = Stage::new();
        let room = peer("team@muc.mired.test");
        let kept = team(&mut stage, &room);
        let all = stage.look(|world| {
            let people = RoomPeople::read(world, &kept).unwrap();
            assert!(people.has(&jid("carol@mired.test")) && !people.has(&jid("eve@mired.test")));
            assert_eq!(people.members(), 3);
            people.everybody(world.rooms.get(&room), world.own)
        });
        let said: Vec<String> = all
            .iter()
            .map(|one| {
                let key = one.key_state().map_or("", |(_, word, _)| word);
                format!("{} {} {} {key}", one.name(), one.here.is_some(), one.standing())
            })
            .collect();
        assert_eq!(
            said,
            [
                "bobby true owner verified",
                "Ana true member ",
                "zoe true may not write ",
                "carol@mired.test false member no keys",
                "eve@mired.test false banned ",
            ]
        );
        assert!(all[1].is_us && !all[0].is_us);
    }
}
