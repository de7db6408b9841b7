//! By what a front end names a chat.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use jid::BareJid;

use super::{AccountId, Clean};

/// The other end of a chat, and which account of ours is at this one. It names the chat whether or not there
/// is one yet: where something is to be kept of it, it is made, and then it is a person's
/// ([`super::ChatKind`]), or one with somebody in a room. (A [`super::ChatId`] names what is there.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    pub account: AccountId,
    /// Of the person, or of the room.
    pub address: BareJid,
    /// With whom in the room of that address, in private; None: with all, or no room.
    pub within: Option<Box<InPrivate>>,
}

impl Peer {
    pub fn new(account: AccountId, address: BareJid) -> Self {
        let within = None;
        Self {
            account,
            address,
            within,
        }
    }

    /// With one of those in the room at that address (XEP-0045 §7.5).
    pub fn in_private(account: AccountId, room: BareJid, with: InPrivate) -> Self {
        let within = Some(Box::new(with));
        Self {
            account,
            address: room,
            within,
        }
    }

    /// The room that somebody is in with whom this chat is; None: it is no such chat.
    pub fn room(&self) -> Option<Self> {
        self.within.as_ref()?;
        Some(Self::new(self.account, self.address.clone()))
    }

    /// How scripts and people write it: the address, and behind a slash the nick.
    pub fn written(&self) -> String {
        match &self.within {
            Some(with) => format!("{}/{}", self.address, with.nick.as_str()),
            None => self.address.to_string(),
        }
    }
}

/// Somebody in a room, of whom it may show no address. Where the room says who somebody is over all nicks
/// (XEP-0421), whoever takes their nick later is another one; else the nick is all that there is.
#[derive(Debug, Clone)]
pub struct InPrivate {
    /// What they were called last.
    pub nick: Clean,
    pub occupant_id: Option<String>,
}

impl InPrivate {
    /// Whoever has this nick.
    pub fn called(nick: &str) -> Self {
        let occupant_id = None;
        let nick = Clean::line(nick);
        Self { nick, occupant_id }
    }

    /// By what they are known: one who is known over all nicks is the same under each.
    fn known_by(&self) -> (Option<&str>, &str) {
        match &self.occupant_id {
            Some(id) => (Some(id), ""),
            None => (None, self.nick.as_str()),
        }
    }
}

impl PartialEq for InPrivate {
    fn eq(&self, other: &Self) -> bool {
        self.known_by() == other.known_by()
    }
}

impl Eq for InPrivate {}

impl PartialOrd for InPrivate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InPrivate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.known_by().cmp(&other.known_by())
    }
}

impl Hash for InPrivate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.known_by().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(nick: &str, id: Option<&str>) -> Peer {
        let within = InPrivate {
            nick: Clean::line(nick),
            occupant_id: id.map(str::to_owned),
        };
        Peer::in_private(AccountId(1), BareJid::new("team@muc.mired.test").unwrap(), within)
    }

    #[test]
    fn whoever_takes_a_nick_later_is_another_one() {
        assert_ne!(with("Bob", Some("1")), with("Bob", Some("2")));
        assert_eq!(with("Bob", Some("1")), with("Robert", Some("1")));
        assert_ne!(with("Bob", None), with("Bob", Some("1")));
        assert_ne!(with("Bob", None), with("bob", None));
        let room = with("Bob", None).room().unwrap();
        assert_ne!(room, with("Bob", None));
        assert_eq!(room.room(), None);
        assert_eq!(with("Bob", Some("1")).written(), "team@muc.mired.test/Bob");
    }
}
