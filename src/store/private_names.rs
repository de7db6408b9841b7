//! With whom a chat in private in a room is, as it stands in `chats.nick` beside the room's address: the
//! nick, and behind a line's end the occupant-id where the room tells it, so that whoever takes a nick later
//! has another chat.

use model::{AccountId, BareJid, Clean, InPrivate, Peer};

/// Between nick and id: no nick has it in it.
const BETWEEN: char = '\n';

/// What stands in the column.
pub(super) fn column(with: &InPrivate) -> String {
    match &with.occupant_id {
        Some(id) => format!("{}{BETWEEN}{id}", with.nick.as_str()),
        None => with.nick.as_str().to_owned(),
    }
}

/// The chat of this name, whose column has that.
pub(super) fn named(account: AccountId, address: BareJid, column: &str) -> Peer {
    if column.is_empty() {
        return Peer::new(account, address);
    }
    let (nick, id) = column
        .split_once(BETWEEN)
        .map_or((column, None), |(nick, id)| (nick, Some(id)));
    let with = InPrivate {
        nick: Clean::line(nick),
        occupant_id: id.map(str::to_owned),
    };
    Peer::in_private(account, address, with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let room = BareJid::new("team@muc.mired.test").unwrap();
        for (nick, id) in [("Bob", None), ("Bob", Some("1")), ("Zoe Ann", Some("a\nb"))] {
            let with = InPrivate {
                nick: Clean::line(nick),
                occupant_id: id.map(str::to_owned),
            };
            let peer = named(AccountId(1), room.clone(), &column(&with));
            let read = *peer.within.unwrap();
            assert_eq!((read.nick, read.occupant_id), (with.nick, with.occupant_id));
        }
        assert_eq!(named(AccountId(1), room, "").within, None);
    }
}
