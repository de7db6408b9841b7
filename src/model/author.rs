//! Who wrote a message.

use jid::BareJid;

use super::Clean;

/// Which way a message went, seen from this account (a message of our other device is `Out`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// Who wrote a message, as this account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// We ourselves, on this device or another one of ours.
    Us,
    /// The person whose chat it is.
    Contact(BareJid),
    /// Somebody in a room.
    Occupant {
        /// What they were called there then.
        nick: Clean,
        /// Who that is over all nicks, in the room's words (XEP-0421).
        occupant_id: Option<String>,
        /// Where the room shows it.
        real: Option<BareJid>,
    },
}

impl Author {
    /// Whose messages from this address are, where `own` is ours and no room is between us.
    pub fn of(from: BareJid, own: &BareJid) -> Self {
        match from == *own {
            true => Self::Us,
            false => Self::Contact(from),
        }
    }

    /// Which way what they write goes.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Us => Direction::Out,
            Self::Contact(_) | Self::Occupant { .. } => Direction::In,
        }
    }

    /// The address that stands for them: ours, the contact's, an occupant's own where the room shows it, else
    /// the room's. `chat` is that of the chat.
    pub fn address<'a>(&'a self, own: &'a BareJid, chat: &'a BareJid) -> &'a BareJid {
        match self {
            Self::Us => own,
            Self::Contact(jid) | Self::Occupant { real: Some(jid), .. } => jid,
            Self::Occupant { real: None, .. } => chat,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_each_author() {
        let [ana, bob, room] = ["ana@mired.test", "bob@mired.test", "tea@rooms.mired.test"]
            .map(|jid| BareJid::new(jid).unwrap());
        let occupant = |real: Option<&BareJid>| Author::Occupant {
            nick: Clean::line("Bob"),
            occupant_id: None,
            real: real.cloned(),
        };
        for (author, chat, direction, address) in [
            (Author::of(ana.clone(), &ana), &bob, Direction::Out, &ana),
            (Author::of(bob.clone(), &ana), &bob, Direction::In, &bob),
            (Author::Us, &room, Direction::Out, &ana),
            (occupant(Some(&bob)), &room, Direction::In, &bob),
            (occupant(None), &room, Direction::In, &room),
        ] {
            assert_eq!(author.direction(), direction, "{author:?}");
            assert_eq!(author.address(&ana, chat), address, "{author:?}");
        }
    }
}
