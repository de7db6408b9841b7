//! Messages that arrive. Live, offline, carbon and archived ones take this one road (law 8): unwrapped, known already?
//! stop; opened; checked; stored with the session, the spent prekey and the key's trust at that time, in the
//! transaction of this input (laws 1, 2, 4, 9).

use minidom::Element;

use super::completions::Completions;
use super::devices::Devices;
use super::notices::Kind;
use super::opening::{Unopened, open};
use super::outgoing::Outgoing;
use super::own_keys::OwnKeys;
use super::receipts;
use super::trust;
use super::turn::Turn;
use crate::model::shown;
use crate::model::{
    BareJid, Clean, Direction, Fingerprint, MessageId, MessageState, Protection, Timestamp, Trust,
    UnreadableReason,
};
use crate::omemo::{self, Content as Opened, IdentityKey, Letter};
use crate::stanza::received::{self, Content, Dropped, Received};
use crate::stanza::{legacy, ns};
use crate::store::messages::{self, Inserted, NewMessage};
use crate::store::{Result, chats, omemo as keys};

/// The parts of the core that a message may set in motion.
pub(super) struct Reach<'a> {
    pub(super) devices: &'a mut Devices,
    pub(super) own_keys: &'a mut OwnKeys,
    pub(super) outgoing: &'a mut Outgoing,
    pub(super) completions: &'a mut Completions,
    /// Our server vouches for `stanza-id` by our own address.
    pub(super) trusts_stanza_id: bool,
}

/// A `<message>` that is no PEP event.
pub(super) fn on_message(turn: &mut Turn<'_>, reach: &mut Reach<'_>, stanza: &Element) -> Result<()> {
    let received = match received::unwrap(stanza, &turn.own.jid, reach.trusts_stanza_id) {
        Ok(received) => received,
        Err(Dropped::Malformed(what)) => {
            tracing::warn!(
                account = turn.own.account.0,
                what,
                "a malformed message was dropped"
            );
            let from = stanza
                .attr("from")
                .map_or_else(|| "your server".to_owned(), shown_jid);
            let text = format!(
                "A malformed message from {from} was dropped ({what}). If you miss one, ask for it again."
            );
            turn.notice_of(Kind::Malformed, &text);
            return Ok(());
        }
        Err(dropped) => {
            tracing::debug!(account = turn.own.account.0, %dropped, "a message was ignored");
            return Ok(());
        }
    };
    if let Some(of) = &received.receipt_for {
        receipts::on_receipt(turn, &received, of)?;
    }
    match &received.content {
        Content::Error(error) => match &received.attribute_id {
            Some(id) => reach.outgoing.on_error(turn, &received.peer, id, error),
            None => Ok(()),
        },
        Content::Nothing => Ok(()),
        Content::Clear(body) => {
            let readable = Readable {
                body: body.clone(),
                protection: Protection::Clear,
                key: None,
            };
            store_readable(turn, &received, readable)
        }
        Content::OtherEncryption(_) => {
            let omemo2 = stanza.has_child("encrypted", ns::OMEMO2);
            let protection = if omemo2 {
                Protection::Omemo2
            } else {
                Protection::Clear
            };
            store_unreadable(
                turn,
                &received,
                UnreadableReason::OtherEncryption,
                None,
                protection,
            )
        }
        Content::OmemoLegacy(encrypted) => on_encrypted(turn, reach, &received, encrypted),
    }
}

/// A sender's address as a notice may show it.
fn shown_jid(jid: &str) -> String {
    shown::identifier(jid).chars().take(100).collect()
}

fn on_encrypted(
    turn: &mut Turn<'_>,
    reach: &mut Reach<'_>,
    received: &Received,
    encrypted: &Element,
) -> Result<()> {
    // What carries no payload has nothing to show, whatever is wrong with it (law 4).
    let shows = encrypted.has_child("payload", crate::stanza::ns::OMEMO_LEGACY);
    let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
        return if !shows {
            Ok(())
        } else {
            store_unreadable(
                turn,
                received,
                UnreadableReason::NotForThisDevice,
                None,
                Protection::OmemoLegacy,
            )
        };
    };
    if known_and_readable(turn, received)? {
        return Ok(());
    }
    let letter = match legacy::parse_encrypted(encrypted, own.id) {
        Ok(letter) => letter,
        Err(_) if !shows => return Ok(()),
        Err(bad) => {
            tracing::debug!(account = turn.own.account.0, %bad, "an OMEMO message is malformed");
            let reason = UnreadableReason::Malformed;
            return store_unreadable(turn, received, reason, None, Protection::OmemoLegacy);
        }
    };
    let sender = received.from.to_bare();
    if letter.sid == own.id && sender == turn.own.jid {
        return Ok(());
    }
    match open(turn, &own, &sender, &letter)? {
        Ok(opened) => take_in(turn, reach, received, &sender, &letter, opened),
        Err(Unopened { reason: None, .. }) => Ok(()),
        Err(Unopened {
            reason: Some(reason),
            identity,
        }) => {
            if letter.payload.is_some() {
                store_unreadable(turn, received, reason, identity, Protection::OmemoLegacy)?;
            }
            if matches!(
                reason,
                UnreadableReason::NoSession | UnreadableReason::UnknownPreKey
            ) {
                reach
                    .completions
                    .repair(turn, reach.devices, &sender, letter.sid)?;
            }
            Ok(())
        }
    }
}

/// Stores an opened letter: session, spent prekey, device, trust, row; and notes what must follow.
fn take_in(
    turn: &mut Turn<'_>,
    reach: &mut Reach<'_>,
    received: &Received,
    sender: &BareJid,
    letter: &Letter,
    opened: omemo::Opened,
) -> Result<()> {
    let account = turn.own.account;
    let unlisted = keys::device(turn.tx, account, sender, letter.dialect, letter.sid)?
        .is_none_or(|device| !device.active);
    trust::admit(turn, sender, letter.sid, opened.identity)?;
    let trust = trust::of_key(turn, sender, letter.sid, &opened.identity)?;
    keys::put_session(
        turn.tx,
        account,
        sender,
        letter.dialect,
        letter.sid,
        &opened.record,
    )?;
    keys::set_seen(turn.tx, account, sender, letter.dialect, letter.sid, turn.now)?;
    turn.counters_matter = true;
    if let Some(spent) = opened.spent {
        keys::spend_prekey(turn.tx, account, spent)?;
        reach.own_keys.on_spent(turn)?;
    }
    if let Opened::Payload(bytes) = &opened.content {
        // Legacy plaintext is raw bytes, not XML: it may hold anything (threat 74).
        let body = Clean::new(&String::from_utf8_lossy(bytes));
        let key = Some((opened.identity.fingerprint(), trust));
        store_readable(
            turn,
            received,
            Readable {
                body,
                protection: Protection::OmemoLegacy,
                key,
            },
        )?;
    }
    if unlisted && *sender != turn.own.jid {
        reach.devices.doubt_list(sender);
    }
    // A session that the other side began and that we never used: they cannot know yet that it stands.
    let exchanged = letter.keys.iter().any(|key| key.kex) && opened.record.is_unused();
    if opened.new_session || exchanged || opened.heartbeat_due {
        reach.completions.due(turn, sender, letter.sid)?;
    }
    Ok(())
}

struct Readable {
    body: Clean,
    protection: Protection,
    key: Option<(Fingerprint, Trust)>,
}

/// Whether the very message is in the history and readable: then nothing more happens with it.
fn known_and_readable(turn: &Turn<'_>, received: &Received) -> Result<bool> {
    Ok(match known(turn, received)? {
        Some(id) => messages::get(turn.tx, id)?.is_some_and(|row| row.body.is_some()),
        None => false,
    })
}

fn known(turn: &Turn<'_>, received: &Received) -> Result<Option<MessageId>> {
    let Some(chat) = chats::by_peer(turn.tx, turn.own.account, &received.peer)? else {
        return Ok(None);
    };
    let Some(id) = &received.id else { return Ok(None) };
    messages::find(
        turn.tx,
        chat.id,
        &received.from.to_bare(),
        id,
        received.server_id.as_deref(),
    )
}

fn store_readable(turn: &mut Turn<'_>, received: &Received, readable: Readable) -> Result<()> {
    if let Some(id) = known(turn, received)? {
        let unread = messages::get(turn.tx, id)?.is_some_and(|row| row.body.is_none());
        // Only a copy that was encrypted takes the place of one that could not be read.
        if let Some((fingerprint, trust)) = readable.key.filter(|_| unread) {
            messages::set_readable(turn.tx, id, &readable.body, Some(fingerprint), Some(trust))?;
            turn.message_changed(id);
        }
        return Ok(());
    }
    let mut row = new_row(turn, received, readable.protection)?;
    row.body = Some(readable.body);
    if received.direction == Direction::In {
        row.fingerprint = readable.key.map(|(fingerprint, _)| fingerprint);
        row.trust = readable.key.map(|(_, trust)| trust);
    }
    if insert(turn, &row)?.is_some() && received.wants_receipt {
        receipts::answer(turn, received)?;
    }
    Ok(())
}

fn store_unreadable(
    turn: &mut Turn<'_>,
    received: &Received,
    reason: UnreadableReason,
    identity: Option<IdentityKey>,
    protection: Protection,
) -> Result<()> {
    if known(turn, received)?.is_some() {
        return Ok(());
    }
    let mut row = new_row(turn, received, protection)?;
    row.unreadable = Some(reason);
    if let Some(identity) = identity.filter(|_| received.direction == Direction::In) {
        row.fingerprint = Some(identity.fingerprint());
        row.trust = keys::trust(turn.tx, turn.own.account, &received.from.to_bare(), &identity)?;
    }
    insert(turn, &row)?;
    Ok(())
}

fn new_row(turn: &mut Turn<'_>, received: &Received, protection: Protection) -> Result<NewMessage> {
    let chat = chats::open(turn.tx, turn.own.account, &received.peer)?;
    let state = match received.direction {
        Direction::In => MessageState::Received,
        Direction::Out => MessageState::Sent,
    };
    Ok(NewMessage {
        chat: chat.id,
        from: received.from.to_bare(),
        direction: received.direction,
        stanza_id: received.id.clone().unwrap_or_else(|| turn.random_id()),
        server_id: received.server_id.clone(),
        time: sane_time(received.delay, turn.now),
        body: None,
        unreadable: None,
        protection,
        fingerprint: None,
        trust: None,
        state,
    })
}

/// The server's stamp, unless it lies in the future (threat 21).
fn sane_time(delay: Option<Timestamp>, now: Timestamp) -> Timestamp {
    delay.filter(|delay| *delay <= now).unwrap_or(now)
}

fn insert(turn: &mut Turn<'_>, row: &NewMessage) -> Result<Option<MessageId>> {
    turn.counters_matter = true;
    match messages::insert(turn.tx, row)? {
        Inserted::New(id) => {
            turn.message_changed(id);
            Ok(Some(id))
        }
        Inserted::Duplicate(_) => Ok(None),
    }
}

/// The guard replaced a stanza: one visible line, as an unreadable message where the sender is known.
pub(super) fn on_oversized(turn: &mut Turn<'_>, name: &str, from: Option<&str>) -> Result<()> {
    let sender = from.and_then(|from| jid::Jid::new(from).ok());
    let Some(sender) = sender.filter(|_| name == "message") else {
        let text = format!(
            "The server sent a <{name}> that was too large or too deep; it was left out. If something is missing, ask its \
             operator."
        );
        turn.notice_of(Kind::Oversized, &text);
        return Ok(());
    };
    let received = Received {
        origin: received::Origin::Live,
        direction: Direction::In,
        peer: sender.to_bare(),
        from: sender,
        id: None,
        attribute_id: None,
        server_id: None,
        delay: None,
        content: Content::Nothing,
        wants_receipt: false,
        receipt_for: None,
    };
    store_unreadable(
        turn,
        &received,
        UnreadableReason::Oversized,
        None,
        Protection::Clear,
    )
}
