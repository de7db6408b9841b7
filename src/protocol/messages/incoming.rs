//! Messages that arrive. Live, offline, carbon and archived ones take this one road (law 8): unwrapped, known
//! already? stop; opened; checked; stored with the session, the spent prekey and the key's trust at that
//! time, in the transaction of this input (laws 1, 2, 4, 9).

use minidom::Element;

use crate::block_list;
use crate::messages::apply::apply;
use crate::messages::arrivals::store_unreadable;
use crate::messages::bounced;
use crate::messages::encrypted::on_encrypted;
use crate::messages::invitations;
use crate::messages::known::Arrival;
use crate::messages::privately;
use crate::messages::road::Road;
use crate::notices::Kind;
use crate::turn::Turn;
use model::shown;
use model::{BareJid, Clean, Direction, Notice, Protection, UnreadableReason};
use stanza::received::{self, Carried, Dropped, Origin, Received};
use store::{Result, chats, contacts};

/// A `<message>` that is no PEP event.
pub(crate) fn on_message(turn: &mut Turn<'_>, stanza: &Element) -> Result<()> {
    let mut received = match received::unwrap(stanza, &turn.own.jid, turn.capabilities.vouches()) {
        Ok(received) => received,
        Err(dropped) => {
            tell_dropped(turn, stanza.attr("from"), dropped);
            return Ok(());
        }
    };
    privately::name(turn, &mut received)?;
    take(turn, &received)
}

/// A message is not taken in. Of what is forged, or not for the history, nobody is told.
pub(crate) fn tell_dropped(turn: &mut Turn<'_>, from: Option<&str>, dropped: Dropped) {
    let account = turn.own.account.0;
    let Dropped::Malformed(what) = dropped else {
        tracing::debug!(account, %dropped, "a message was ignored");
        return;
    };
    tracing::warn!(account, what, "a malformed message was dropped");
    let notice = Notice::Malformed {
        from: from.map(|from| Clean::line(&shown_jid(from))),
        what: Clean::line(what),
    };
    turn.notice_of(Kind::Malformed, notice);
}

/// A message whose wrapping was checked, whichever road it came by.
pub(crate) fn take(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    // Of what is wrapped only the wrapper's sender was looked at.
    let is_wrapped = !matches!(received.origin, Origin::Live | Origin::Offline);
    if is_wrapped && received.direction == Direction::In && block_list::covers(turn, &received.from)? {
        return Ok(());
    }
    let of_nobody = received.is_groupchat && received.occupant.is_none();
    if of_nobody && !is_somebody(turn, &received.peer)? {
        tracing::debug!(
            account = turn.own.account.0,
            "a message of a group that we are not in was ignored"
        );
        return Ok(());
    }
    if is_rooms_own(turn, received)? {
        return Ok(());
    }
    match &received.carried {
        Carried::Clear(said) => {
            let arrival = Arrival::plain(received);
            apply(turn, &arrival, said.clone(), &Road::Clear)
        }
        Carried::Omemo(encrypted) => on_encrypted(turn, received, encrypted),
        Carried::Error(error) => match &received.attribute_id {
            Some(id) if received.origin != Origin::Past => bounced::on_error(turn, received, id, error),
            _ => Ok(()),
        },
        Carried::Invited(invitation) => invitations::on_invitation(turn, received, invitation),
        Carried::Declined { who, reason } => {
            invitations::on_declined(turn, received, who, reason.as_ref());
            Ok(())
        }
        Carried::Lost => {
            let reason = UnreadableReason::NotXml;
            store_unreadable(turn, &Arrival::plain(received), reason, None, Protection::Clear).map(|_| ())
        }
        Carried::OtherEncryption(other) => {
            let arrival = Arrival::marked(received, vec![omemo::digest(&[other.sealed.as_bytes()])]);
            apply(turn, &arrival, other.beside.clone(), &Road::Clear)?;
            let reason = UnreadableReason::OtherEncryption;
            store_unreadable(turn, &arrival, reason, None, Protection::Clear).map(|_| ())
        }
    }
}

/// Whether a room says it itself, beside what is said in it: the words that servers put beside such
/// things.
fn is_rooms_own(turn: &Turn<'_>, received: &Received) -> Result<bool> {
    let by_room = received.occupant.is_none() && received.from.resource().is_none();
    // Those have a road of their own, wherever they stand.
    let of_a_kind = matches!(
        received.carried,
        Carried::Error(_) | Carried::Invited(_) | Carried::Declined { .. }
    );
    if !by_room || of_a_kind || received.peer == turn.own.jid {
        return Ok(false);
    }
    let chat = chats::by_peer(turn.tx, &turn.peer(&received.peer))?;
    Ok(chat.is_some_and(|chat| !chat.is_persons()))
}

/// Whether this is a contact, or somebody we have a chat with: what they write is shown, whatever type they
/// gave it. Rooms are neither while we are in none.
fn is_somebody(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    let contact = contacts::get(turn.tx, account, jid)?.is_some_and(|contact| contact.in_roster);
    Ok(contact || chats::with_person(turn.tx, &turn.peer(jid))?.is_some())
}

/// A sender's address as a notice may show it.
fn shown_jid(jid: &str) -> String {
    shown::identifier(jid).chars().take(100).collect()
}
