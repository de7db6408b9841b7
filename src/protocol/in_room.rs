//! Who is in a room, and whether we are: what presences from `room/nick` say, in whatever order servers send
//! them. Values only; what follows is said as [`Happened`].

use std::collections::{BTreeMap, BTreeSet};

use model::room::{Affiliation, Role, RoomFeatures};
use model::{BareJid, ChatId, Clean, Presence, Timestamp};
use stanza::muc::occupants::{
    BANNED, CREATED, Destroyed, KICKED, MEMBERS_ONLY, NICK_CHANGED, NO_MEMBER, Occupant, SELF, SHUTDOWN,
    TECHNICAL,
};

/// More than so many are not kept: whoever is left out is as somebody whose presence the room does not show.
const MOST: usize = 20_000;

/// Somebody who is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) affiliation: Affiliation,
    pub(crate) role: Role,
    pub(crate) real: Option<BareJid>,
    pub(crate) occupant_id: Option<String>,
    pub(crate) shown: Presence,
}

/// Where we are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Standing {
    #[default]
    Out,
    /// We asked to be let in under this nick; what comes before our own presence are those who are in it
    /// already.
    Joining(String),
    In(String),
}

/// Why somebody is not in the room any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gone {
    Left,
    Kicked,
    Banned,
    /// Is no member any more, or the room is for members only from now on.
    NoMember,
    /// The service ends, or the line to it broke: it may be tried again.
    Broken,
    Destroyed(Destroyed),
}

/// What a presence says that is news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Happened {
    Nothing,
    /// We are in it, under this nick.
    Entered {
        nick: String,
        /// It was not there before.
        created: bool,
    },
    /// Somebody came while we are in it.
    Came(String),
    /// What is known of somebody changed.
    Changed(String),
    Went {
        nick: String,
        why: Gone,
        by: Option<Clean>,
        reason: Option<Clean>,
    },
    Renamed {
        from: String,
        to: String,
    },
    /// We are called otherwise.
    WeRenamed(String),
    /// We are in it no more.
    Out {
        why: Gone,
        by: Option<Clean>,
        reason: Option<Clean>,
    },
}

/// The rooms that this stream is in, or on the way into.
pub(crate) type InRooms = BTreeMap<BareJid, InRoom>;

/// One room on this stream.
#[derive(Debug, Default)]
pub(crate) struct InRoom {
    pub(crate) standing: Standing,
    /// Its chat, once we were in it.
    pub(crate) chat: Option<ChatId>,
    /// What it says that it is.
    pub(crate) features: RoomFeatures,
    /// Since when it is known to show everybody's address; None: it does not.
    pub(crate) shown_since: Option<Timestamp>,
    /// Its archive is being read: what we wrote before may be in it.
    pub(crate) is_behind: bool,
    /// The lists of its members that were asked for and are not here; None: they were not asked for.
    lists: Option<BTreeSet<Affiliation>>,
    /// What it is, or who its members are, could not be had: it is asked again.
    pub(crate) is_unsure: bool,
    occupants: BTreeMap<String, Seen>,
}

impl InRoom {
    /// Its lists are asked for.
    pub(crate) fn asks_for_lists(&mut self) {
        self.lists = Some(Affiliation::LISTED.into());
        self.is_unsure = false;
    }

    /// Something about it changed: what its lists said does not count before it was asked again.
    pub(crate) fn forgets_lists(&mut self) {
        self.lists = None;
    }

    /// One of them is here, or is told to nobody like us.
    pub(crate) fn has_list(&mut self, of: Affiliation) {
        if let Some(lists) = &mut self.lists {
            lists.remove(&of);
        }
    }

    /// Whether all was read that it says of its members.
    pub(crate) fn knows_members(&self) -> bool {
        let is_awaited = |lists: &BTreeSet<Affiliation>| lists.iter().any(|of| of.is_member());
        !self.is_unsure && self.lists.as_ref().is_some_and(|lists| !is_awaited(lists))
    }

    /// We ask to be let in, or for everything anew.
    pub(crate) fn joins(&mut self, nick: &str) {
        self.standing = Standing::Joining(nick.to_owned());
        self.lists = None;
        self.is_unsure = false;
        self.occupants.clear();
    }

    /// We are out, whatever the room says of it later.
    pub(crate) fn is_out(&mut self) {
        self.standing = Standing::Out;
        self.occupants.clear();
    }

    /// Our nick, if we are in it.
    pub(crate) fn own_nick(&self) -> Option<&str> {
        match &self.standing {
            Standing::In(nick) => Some(nick),
            Standing::Out | Standing::Joining(_) => None,
        }
    }

    pub(crate) fn occupant(&self, nick: &str) -> Option<&Seen> {
        self.occupants.get(nick)
    }

    /// Those who are in it, by nick.
    pub(crate) fn occupants(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.occupants.iter().map(|(nick, seen)| (nick.as_str(), seen))
    }

    /// What a presence says.
    pub(crate) fn on_presence(&mut self, told: Occupant) -> Happened {
        if self.standing == Standing::Out {
            return Happened::Nothing;
        }
        match told.here {
            Some(_) => self.on_here(told),
            None => self.on_gone(told),
        }
    }

    fn on_here(&mut self, told: Occupant) -> Happened {
        let is_us = told.has(SELF);
        let created = told.has(CREATED);
        let nick = told.nick.clone();
        let seen = Seen {
            affiliation: told.affiliation,
            role: told.role,
            real: told.real,
            occupant_id: told.occupant_id,
            shown: told.here.unwrap_or_else(Presence::here),
        };
        let known = self.occupants.get(&nick) == Some(&seen);
        let is_new = !self.occupants.contains_key(&nick);
        if !is_new || is_us || self.occupants.len() < MOST {
            self.occupants.insert(nick.clone(), seen);
        }
        match (&self.standing, is_us) {
            (Standing::Joining(_), true) => {
                self.standing = Standing::In(nick.clone());
                Happened::Entered { nick, created }
            }
            // The room may give us another nick by itself.
            (Standing::In(own), true) if *own != nick => {
                self.standing = Standing::In(nick.clone());
                Happened::WeRenamed(nick)
            }
            (Standing::In(_), _) if known => Happened::Nothing,
            (Standing::In(_), _) if is_new => Happened::Came(nick),
            (Standing::In(_), _) => Happened::Changed(nick),
            (Standing::Out | Standing::Joining(_), _) => Happened::Nothing,
        }
    }

    fn on_gone(&mut self, told: Occupant) -> Happened {
        // Ejabberd ends a room without saying that it is us who go.
        let is_us =
            told.has(SELF) || (told.destroyed.is_some() && self.own_nick() == Some(told.nick.as_str()));
        let before = self.occupants.remove(&told.nick);
        if told.has(NICK_CHANGED)
            && let Some(to) = told.new_nick
        {
            // Their presence under the new nick follows.
            if let Some(seen) = before {
                self.occupants.insert(to.clone(), seen);
            }
            if is_us && matches!(self.standing, Standing::In(_)) {
                self.standing = Standing::In(to.clone());
                return Happened::WeRenamed(to);
            }
            return Happened::Renamed { from: told.nick, to };
        }
        let why = why(&told.codes, told.destroyed);
        if is_us {
            self.is_out();
            let (by, reason) = (told.actor, told.reason);
            return Happened::Out { why, by, reason };
        }
        match (&self.standing, before) {
            (Standing::In(_), Some(_)) => Happened::Went {
                nick: told.nick,
                why,
                by: told.actor,
                reason: told.reason,
            },
            _ => Happened::Nothing,
        }
    }
}

fn why(codes: &[u16], destroyed: Option<Destroyed>) -> Gone {
    let has = |code: u16| codes.contains(&code);
    if let Some(destroyed) = destroyed {
        Gone::Destroyed(destroyed)
    } else if has(BANNED) {
        Gone::Banned
    } else if has(SHUTDOWN) || has(TECHNICAL) {
        // Before what follows: Prosody says both of a line that broke.
        Gone::Broken
    } else if has(NO_MEMBER) || has(MEMBERS_ONLY) {
        Gone::NoMember
    } else if has(KICKED) {
        Gone::Kicked
    } else {
        Gone::Left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stanza::Element;
    use stanza::muc::occupants;

    fn presence(nick: &str, gone: bool, inside: &str) -> Occupant {
        let kind = if gone { "type='unavailable'" } else { "" };
        let text = format!(
            "<presence xmlns='jabber:client' from='team@muc.mired.test/{nick}' {kind}>\
             <x xmlns='http://jabber.org/protocol/muc#user'>{inside}</x></presence>"
        );
        let element: Element = text.parse().unwrap();
        occupants::parse(&element).unwrap()
    }

    fn here(room: &mut InRoom, nick: &str, inside: &str) -> Happened {
        let item = "<item affiliation='member' role='participant'/>";
        room.on_presence(presence(nick, false, &format!("{item}{inside}")))
    }

    fn gone(room: &mut InRoom, nick: &str, inside: &str) -> Happened {
        room.on_presence(presence(nick, true, inside))
    }

    /// Ana is in it, with Bob.
    fn joined() -> InRoom {
        let mut room = InRoom::default();
        room.joins("Ana");
        assert_eq!(
            here(&mut room, "Bob", ""),
            Happened::Nothing,
            "he was in it before"
        );
        let entered = here(&mut room, "Ana", "<status code='110'/>");
        let created = false;
        assert_eq!(
            entered,
            Happened::Entered {
                nick: "Ana".into(),
                created
            }
        );
        room
    }

    const OURS: &str = "<status code='110'/>";

    #[test]
    fn we_are_in_it_when_our_own_presence_came_and_who_comes_then_is_news() {
        let mut room = joined();
        assert_eq!(room.own_nick(), Some("Ana"));
        assert_eq!(here(&mut room, "Carol", ""), Happened::Came("Carol".into()));
        assert_eq!(here(&mut room, "Carol", ""), Happened::Nothing);
        let away = "<item affiliation='owner' role='moderator'/>";
        assert_eq!(
            room.on_presence(presence("Carol", false, away)),
            Happened::Changed("Carol".into())
        );
        let nicks: Vec<_> = room.occupants().map(|(nick, _)| nick).collect();
        assert_eq!(nicks, ["Ana", "Bob", "Carol"]);
    }

    #[test]
    fn before_we_asked_and_after_we_left_nothing_is_said() {
        let mut room = InRoom::default();
        assert_eq!(here(&mut room, "Ana", OURS), Happened::Nothing);
        assert_eq!(room.occupants().count(), 0);
        let mut room = joined();
        room.is_out();
        assert_eq!(gone(&mut room, "Ana", OURS), Happened::Nothing);
    }

    #[test]
    fn a_room_that_was_not_there_or_gives_another_nick_says_so() {
        let mut room = InRoom::default();
        room.joins("Ana");
        let entered = here(
            &mut room,
            "ana_",
            "<status code='110'/><status code='201'/><status code='210'/>",
        );
        let created = true;
        assert_eq!(
            entered,
            Happened::Entered {
                nick: "ana_".into(),
                created
            }
        );
        assert_eq!(room.own_nick(), Some("ana_"));
    }

    #[test]
    fn another_nick_is_the_same_person() {
        let mut room = joined();
        let renamed = gone(&mut room, "Bob", "<item nick='Robert'/><status code='303'/>");
        let (from, to) = ("Bob".to_owned(), "Robert".to_owned());
        assert_eq!(renamed, Happened::Renamed { from, to });
        assert_eq!(here(&mut room, "Robert", ""), Happened::Nothing);
        let ours = gone(
            &mut room,
            "Ana",
            "<item nick='Anna'/><status code='303'/><status code='110'/>",
        );
        assert_eq!(ours, Happened::WeRenamed("Anna".into()));
        assert_eq!(here(&mut room, "Anna", OURS), Happened::Nothing);
        // Somebody who takes the old nick is somebody who comes.
        assert_eq!(here(&mut room, "Bob", ""), Happened::Came("Bob".into()));
    }

    #[test]
    fn who_goes_and_why_is_said_of_them_and_of_us() {
        for (inside, why) in [
            ("", Gone::Left),
            ("<status code='307'/>", Gone::Kicked),
            ("<status code='301'/>", Gone::Banned),
            ("<status code='321'/>", Gone::NoMember),
            ("<status code='322'/>", Gone::NoMember),
            ("<status code='332'/>", Gone::Broken),
            ("<status code='307'/><status code='333'/>", Gone::Broken),
        ] {
            let mut room = joined();
            match gone(&mut room, "Bob", inside) {
                Happened::Went { nick, why: said, .. } => {
                    assert_eq!((nick.as_str(), said), ("Bob", why.clone()))
                }
                other => panic!("{other:?}"),
            }
            match gone(&mut room, "Ana", &format!("{inside}{OURS}")) {
                Happened::Out { why: said, .. } => assert_eq!(said, why),
                other => panic!("{other:?}"),
            }
            assert_eq!((room.own_nick(), room.occupants().count()), (None, 0));
        }
    }

    #[test]
    fn a_room_that_ends_takes_us_with_it_whether_it_says_that_we_are_meant_or_not() {
        let end = "<destroy jid='next@muc.mired.test'/>";
        for inside in [end.to_owned(), format!("{end}{OURS}")] {
            let mut room = joined();
            match gone(&mut room, "Ana", &inside) {
                Happened::Out {
                    why: Gone::Destroyed(ended),
                    ..
                } => {
                    assert_eq!(ended.venue.unwrap().as_str(), "next@muc.mired.test");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn one_of_two_devices_of_ours_that_leaves_takes_nobody_with_it() {
        // Prosody shows the one that stays, in an available presence that is ours.
        let mut room = joined();
        let both = "<item affiliation='member' role='participant' jid='ana@mired.test/a'/>\
                    <item affiliation='member' role='participant' jid='ana@mired.test/b'/><status code='110'/>";
        assert_eq!(
            room.on_presence(presence("Ana", false, both)),
            Happened::Changed("Ana".into())
        );
        assert_eq!(room.own_nick(), Some("Ana"));
        assert_eq!(
            room.occupant("Ana").unwrap().real.as_ref().unwrap().as_str(),
            "ana@mired.test"
        );
    }
}
