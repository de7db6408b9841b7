//! Whether what is written into a chat may be sealed for those who would read it, and who is named that
//! would not.

use crate::turn::Turn;
use model::{AddressedPerson, Audience, BareJid, Excluded, LeftOut, MessageFailure, Notice, SomeOf};
use store::chats::Chat;

/// Why it is not sealed for them. Nobody reads it in vain: where no member of a room but us would, it does
/// not go.
pub(super) fn refusal(chat: &Chat, audience: &Audience, excluded: &[Excluded]) -> Option<MessageFailure> {
    if chat.is_persons() || excluded.is_empty() {
        return None;
    }
    let nobody = !audience.others().any(AddressedPerson::is_written);
    nobody.then(|| MessageFailure::PeopleLeftOut(SomeOf::new(excluded.to_vec())))
}

/// Names the devices that a message was not sealed for, and the people without any.
pub(super) fn tell_left_out(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    left_out: Vec<LeftOut>,
    excluded: Vec<Excluded>,
) {
    if !excluded.is_empty() {
        turn.notice(Notice::SentWithoutPeople {
            room: peer.clone(),
            people: SomeOf::new(excluded.clone()),
        });
    }
    let by_name = |device: &LeftOut| excluded.iter().all(|person| person.jid != device.jid);
    let left_out: Vec<LeftOut> = left_out.into_iter().filter(by_name).collect();
    if !left_out.is_empty() {
        turn.notice(Notice::SentWithout {
            peer: peer.clone(),
            left_out: SomeOf::new(left_out),
        });
    }
}
