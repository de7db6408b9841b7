//! What is known of rooms while there is a connection: where we stand in them, who is in them, what they
//! are about. The session tells it ([`api::RoomState`]), and nobody keeps it.

use std::collections::BTreeMap;

use api::{OccupantView, RoomStanding, RoomState};
use model::{BareJid, Clean, Peer};

/// The rooms of which something was told.
#[derive(Debug, Default)]
pub struct Rooms {
    told: BTreeMap<Peer, RoomNow>,
}

/// One of them, as it is now.
#[derive(Debug)]
pub struct RoomNow {
    pub standing: RoomStanding,
    /// Those who are in it, by nick.
    pub occupants: BTreeMap<Clean, OccupantView>,
    /// What it is about; it may be empty.
    pub topic: Option<Clean>,
}

impl Rooms {
    /// Takes in what was told; whether we stand otherwise in it than before.
    pub fn on_state(&mut self, room: Peer, state: RoomState) -> bool {
        let now = self.told.entry(room).or_insert_with(RoomNow::unknown);
        match state {
            RoomState::Standing(standing) => {
                now.occupants.clear();
                let before = std::mem::replace(&mut now.standing, standing);
                return before != now.standing;
            }
            RoomState::Everybody(everybody) => now.occupants = everybody.into_iter().collect(),
            RoomState::Occupant {
                nick,
                here: Some(here),
            } => {
                now.occupants.insert(nick, here);
            }
            RoomState::Occupant { nick, here: None } => {
                now.occupants.remove(&nick);
            }
            RoomState::Topic(topic) => now.topic = Some(topic),
        }
        false
    }

    /// Without a connection nothing of it is known.
    pub fn forget(&mut self) {
        self.told.clear();
    }

    pub fn get(&self, room: &Peer) -> Option<&RoomNow> {
        self.told.get(room)
    }

    /// What we are called in it, while we are in it.
    pub fn own_nick(&self, room: &Peer) -> Option<&Clean> {
        self.get(room)?.own_nick()
    }
}

impl RoomNow {
    fn unknown() -> Self {
        Self {
            standing: RoomStanding::Out { why: None },
            occupants: BTreeMap::new(),
            topic: None,
        }
    }

    /// What we are called in it, while we are in it.
    pub fn own_nick(&self) -> Option<&Clean> {
        match &self.standing {
            RoomStanding::In { nick } => Some(nick),
            RoomStanding::Out { .. } | RoomStanding::Joining => None,
        }
    }

    /// We ourselves, as the room shows us.
    pub fn ours(&self) -> Option<&OccupantView> {
        self.occupants.get(self.own_nick()?)
    }

    /// Somebody of this address who is in it, where the room shows that.
    pub fn person(&self, jid: &BareJid) -> Option<(&Clean, &OccupantView)> {
        let is_them = |view: &&OccupantView| view.real.as_ref() == Some(jid);
        self.occupants.iter().find(|(_, view)| is_them(view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::room::{Affiliation, Role};
    use model::{AccountId, Presence};

    fn view(real: &str) -> OccupantView {
        OccupantView {
            occupant_id: None,
            affiliation: Affiliation::Member,
            role: Role::Participant,
            real: Some(BareJid::new(real).unwrap()),
            presence: Presence::here(),
        }
    }

    fn nicks(rooms: &Rooms, room: &Peer) -> Vec<String> {
        let now = rooms.get(room).unwrap();
        now.occupants
            .keys()
            .map(|nick| nick.as_str().to_owned())
            .collect()
    }

    #[test]
    fn whoever_is_told_of_is_in_it_until_we_stand_otherwise() {
        let room = Peer::new(AccountId(1), BareJid::new("team@muc.mired.test").unwrap());
        let mut rooms = Rooms::default();
        let tell = |rooms: &mut Rooms, state| rooms.on_state(room.clone(), state);
        let inside = RoomStanding::In {
            nick: Clean::line("Ana"),
        };
        assert!(tell(&mut rooms, RoomState::Standing(inside.clone())));
        assert!(!tell(&mut rooms, RoomState::Standing(inside)));
        assert_eq!(rooms.own_nick(&room).unwrap().as_str(), "Ana");
        let everybody = ["Ana", "Bob"].map(|nick| (Clean::line(nick), view("bob@mired.test")));
        tell(&mut rooms, RoomState::Everybody(everybody.to_vec()));
        let nick = Clean::line("Carol");
        let here = Some(view("carol@mired.test"));
        tell(
            &mut rooms,
            RoomState::Occupant {
                nick: nick.clone(),
                here,
            },
        );
        tell(
            &mut rooms,
            RoomState::Occupant {
                nick: Clean::line("Bob"),
                here: None,
            },
        );
        tell(&mut rooms, RoomState::Topic(Clean::line("tea")));
        assert_eq!(nicks(&rooms, &room), ["Ana", "Carol"]);
        let now = rooms.get(&room).unwrap();
        let carol = BareJid::new("carol@mired.test").unwrap();
        assert_eq!(now.person(&carol).unwrap().0, &nick);
        assert!(now.ours().is_some());
        tell(&mut rooms, RoomState::Standing(RoomStanding::Out { why: None }));
        assert_eq!((nicks(&rooms, &room).len(), rooms.own_nick(&room)), (0, None));
        assert_eq!(rooms.get(&room).unwrap().topic.as_ref().unwrap().as_str(), "tea");
        rooms.forget();
        assert!(rooms.get(&room).is_none());
    }
}
