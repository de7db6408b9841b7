//! What OMEMO opens of a message that arrived, in either dialect: the session, the spent prekey,
//! the key's trust and the row are stored in the transaction of this input (laws 1, 2, 4). What is
//! a copy the ratchet decides, never an id (law 9).

use crate::acquaintance;
use crate::device_address::DeviceAddress;
use crate::follow_ups::FollowUp;
use crate::keys::own_keys;
use crate::keys::trust;
use crate::messages::apply::apply;
use crate::messages::arrivals::store_unreadable;
use crate::messages::enveloped::take_envelope;
use crate::messages::known::{Arrival, is_told};
use crate::messages::opening::{DecryptFailure, Found, open};
use crate::messages::road::{Key, Road, protection};
use crate::messages::seen_before;
use crate::messages::sender::Sender;
use crate::turn::Turn;
use model::{BareJid, Clean, Content, UnreadableReason};
use omemo::{self, Content as Opened, DeviceId, Dialect, EncryptedMessage, OwnDevice, SessionRecord};
use stanza::dialects;
use stanza::received::{Encrypted, Origin, Received};
use store::copies::Mark;
use store::{Result, omemo as keys};

/// Sessions that people whom we do not know began with us: so many are kept, the newest ones
/// (threat 55).
const MOST_STRANGERS: u32 = 1000;
/// Sessions with devices of one JID, in one dialect, that are not on its list: so many are kept.
/// Anybody at its server can invent devices, and each session may hold a hundred kilobytes.
const MOST_UNLISTED: u32 = 50;

/// A message with one `<encrypted>` or one of each dialect.
pub(crate) fn on_encrypted(turn: &mut Turn<'_>, received: &Received, encrypted: &Encrypted) -> Result<()> {
    let Some(own) = turn.own_device()? else {
        return stays_closed(
            turn,
            received,
            encrypted,
            (UnreadableReason::NotForThisDevice, None),
        );
    };
    if received
        .occupant
        .as_ref()
        .is_some_and(|writer| writer.real.is_none())
    {
        let reason = UnreadableReason::UnknownSender;
        return stays_closed(turn, received, encrypted, (reason, None));
    }
    let (letters, bad) = letters_for(turn, &own, encrypted);
    let sender = received.writer();
    let ours = |letter: &EncryptedMessage| letter.sid == own.id && sender == turn.own.jid;
    if letters.iter().any(ours) {
        return seen_before::on_own(turn, received);
    }
    let writer = letters.first().map(|letter| letter.sid);
    let for_us: Vec<EncryptedMessage> = letters
        .into_iter()
        .filter(|letter| !letter.keys.is_empty())
        .collect();
    if for_us.is_empty() {
        return match bad {
            true => stays_closed(turn, received, encrypted, (UnreadableReason::Malformed, writer)),
            // A receipt or the like for other devices: a message that a person wrote has an id, a body or a
            // mark of its encryption.
            false if !encrypted.is_marked => Ok(()),
            false => stays_closed(
                turn,
                received,
                encrypted,
                (UnreadableReason::NotForThisDevice, writer),
            ),
        };
    }
    if let Some(payload) = was_opened(turn, &sender, &for_us)? {
        return seen_before::on_copy(turn, received, &payload);
    }
    open_one(turn, received, &own, encrypted, &for_us)
}

/// A message of which nothing is for this device, or can be parsed; the device that it names as its writer.
fn stays_closed(
    turn: &mut Turn<'_>,
    received: &Received,
    encrypted: &Encrypted,
    (reason, writer): (UnreadableReason, Option<DeviceId>),
) -> Result<()> {
    // What carries no payload has nothing to show, whatever is wrong with it (law 4).
    let shows = encrypted
        .elements()
        .any(|element| element.has_child("payload", element.ns().as_str()));
    if !shows {
        return Ok(());
    }
    let dialect = match encrypted.omemo2.is_some() {
        true => Dialect::Omemo2,
        false => Dialect::Legacy,
    };
    // Servers add to a message, but alter nothing in here.
    let texts: Vec<String> = encrypted.elements().map(String::from).collect();
    let parts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let arrival = Arrival::marked(received, vec![omemo::digest(&parts)]);
    let by = writer.map(|writer| (writer, None));
    store_unreadable(turn, &arrival, reason, by, protection(dialect)).map(|_| ())
}

/// By which the one of these very letters is known that was opened: a copy, whatever id it has and
/// whatever became of the session. What a letter in another dialect beside it says is the same.
fn was_opened(turn: &Turn<'_>, sender: &BareJid, letters: &[EncryptedMessage]) -> Result<Option<Mark>> {
    for payload in letters
        .iter()
        .filter_map(|letter| letter.payload_digest(sender.as_str()))
    {
        if keys::is_opened(turn.tx, turn.own.account, &payload)? {
            return Ok(Some(payload));
        }
    }
    Ok(None)
}

/// The letters in a message, the one of the newer dialect first, and whether one of them is
/// malformed.
fn letters_for(turn: &Turn<'_>, own: &OwnDevice, encrypted: &Encrypted) -> (Vec<EncryptedMessage>, bool) {
    let mut bad = false;
    let letters = encrypted
        .elements()
        .filter_map(|element| {
            let read = dialects::parse_encrypted(element, &turn.own.jid, own.id);
            if let Err(why) = &read {
                tracing::debug!(account = turn.own.account.0, %why, "an OMEMO message is malformed");
                bad = true;
            }
            read.ok()
        })
        .collect();
    (letters, bad)
}

/// Takes in the first letter that opens. If none does, the first one says why.
fn open_one(
    turn: &mut Turn<'_>,
    received: &Received,
    own: &OwnDevice,
    encrypted: &Encrypted,
    letters: &[EncryptedMessage],
) -> Result<()> {
    let sender = received.writer();
    let marks: Vec<Mark> = letters
        .iter()
        .filter_map(|letter| letter.keys_digest(sender.as_str()))
        .collect();
    let mut arrival = Arrival::marked(received, marks);
    let mut failed: Option<(&EncryptedMessage, DecryptFailure)> = None;
    for letter in letters {
        match open(turn, own, &sender, letter)? {
            Ok(found) => {
                arrival.opened = letter.payload_digest(sender.as_str());
                let beside = encrypted.beside(letter.dialect);
                return take_in(turn, &arrival, beside, letter, found);
            }
            Err(unopened) => {
                failed.get_or_insert((letter, unopened));
            }
        }
    }
    let Some((letter, unopened)) = failed else {
        return Ok(());
    };
    let DecryptFailure {
        reason,
        identity,
        stripped,
    } = unopened;
    let Some(reason) = reason else { return Ok(()) };
    if reason == UnreadableReason::Repeated && is_told(turn, &arrival)? {
        return Ok(());
    }
    // What programs tell each other is nothing to show, also where it cannot be read.
    let shows = letter.payload.is_some() && encrypted.is_marked;
    let is_news = match shows || stripped {
        true => {
            let by = Some((letter.sid, identity));
            store_unreadable(turn, &arrival, reason, by, protection(letter.dialect))?
        }
        false => true,
    };
    // What went wrong long ago is no reason to begin anew, and another copy of it says nothing of today.
    if is_news && received.origin != Origin::Past && deserves_repair(letter, reason) {
        let target = DeviceAddress {
            jid: sender,
            device: letter.sid,
            dialect: letter.dialect,
        };
        turn.follow(FollowUp::RepairSession(target));
    }
    Ok(())
}

/// Whether a new session is begun by itself. XEP-0384 0.9 wants it for a message without a session,
/// and forbids it for every other failure (the person can reset sessions by hand). Legacy clients
/// heal a broken session and answer an unknown prekey (XEP-0384 0.3 §rules), else a device that was
/// restored from a backup would stay mute.
fn deserves_repair(letter: &EncryptedMessage, reason: UnreadableReason) -> bool {
    let exchange = letter.exchanges().next().is_some();
    match (letter.dialect, reason) {
        (_, UnreadableReason::NoSession) | (Dialect::Legacy, UnreadableReason::UnknownPreKey) => true,
        (Dialect::Legacy, UnreadableReason::Damaged | UnreadableReason::TooManySkipped) => !exchange,
        _ => false,
    }
}

/// Stores an opened letter: session, spent prekey, device, trust, and what it says; and notes what
/// must follow.
fn take_in(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    beside: &Content,
    letter: &EncryptedMessage,
    found: Found,
) -> Result<()> {
    let mut opened = found.opened;
    let sender = arrival.received.writer();
    let target = device_of(turn, &sender, letter, found.number, &mut opened.record)?;
    // It may have begun in a time that this vault does not know, and have gone on since.
    if let Some(spent) = opened.spent
        && keys::was_passed_over(turn.tx, turn.own.account, spent)?
    {
        opened.record.retire();
    }
    let key = take_session(turn, &target, &found.sender, &opened)?;
    // In a session that seals no more we hear them, and they do not hear us.
    if !opened.record.is_retired() {
        turn.follow(FollowUp::Heard(target.clone()));
    }
    if let Some(payload) = &arrival.opened {
        keys::set_opened(turn.tx, turn.own.account, payload)?;
    }
    // A session that the other side began and that we never used: they cannot know yet that it
    // stands.
    let exchanged = letter.exchanges().next().is_some() && opened.record.is_unused();
    if opened.new_session || exchanged || opened.heartbeat_due {
        turn.follow(FollowUp::EmptyMessageDue(target.clone()));
    }
    let said = match (&opened.content, target.dialect) {
        (Opened::Payload(bytes), Dialect::Omemo2) => {
            return take_envelope(turn, arrival, &target, bytes, key);
        }
        (Opened::Payload(bytes), Dialect::Legacy) => {
            // Legacy plaintext is raw bytes, not XML: it may hold anything (threat 74).
            let (text, files) = stanza::of_letter(Clean::from_bytes(bytes));
            Content {
                text,
                files,
                ..beside.clone()
            }
        }
        (Opened::KeyTransport, _) => beside.clone(),
    };
    apply(turn, arrival, said, &Road::Letter(key, &target))
}

/// What is kept of the session that opened a letter, of its device and of its key.
fn take_session(
    turn: &mut Turn<'_>,
    target: &DeviceAddress,
    known: &Sender,
    opened: &omemo::Opened,
) -> Result<Key> {
    let account = turn.own.account;
    let DeviceAddress { jid, device, dialect } = target;
    let unlisted = known.is_news_unlisted(|| keys::device_list_seen(turn.tx, account, jid, *dialect))?;
    if *jid == turn.own.jid {
        own_keys::on_message(turn, *device)?;
    }
    let trust = match known.settled(&opened.identity) {
        Some(trust) => trust,
        None => {
            trust::admit(turn, target, opened.identity)?;
            trust::of_key(turn, jid, *device, &opened.identity)?
        }
    };
    let form = opened.record.their_ed25519();
    if let Some(form) = form.filter(|form| !known.has_form(&opened.identity, form)) {
        keys::set_ed25519(turn.tx, account, jid, &opened.identity, &form)?;
    }
    keys::put_session(turn.tx, account, jid, *dialect, *device, &opened.record)?;
    keys::set_seen(turn.tx, account, jid, *dialect, *device, turn.now)?;
    turn.counters_matter = true;
    spend(turn, target, opened)?;
    if unlisted {
        turn.follow(FollowUp::Unlisted(target.clone()));
    }
    Ok((opened.identity.fingerprint(), trust))
}

/// Which device wrote it. If its exchange came under another number before, that one is forgotten,
/// and what sessions the device had under its own stay with it.
fn device_of(
    turn: &mut Turn<'_>,
    jid: &BareJid,
    letter: &EncryptedMessage,
    other: Option<DeviceId>,
    record: &mut SessionRecord,
) -> Result<DeviceAddress> {
    let account = turn.own.account;
    let (dialect, device) = (letter.dialect, letter.sid);
    if let Some(other) = other {
        if let Some(before) = keys::session(turn.tx, account, jid, dialect, device)? {
            record.keep_states_of(before);
        }
        keys::forget_number(turn.tx, account, jid, dialect, other)?;
    }
    Ok(DeviceAddress {
        jid: jid.clone(),
        device,
        dialect,
    })
}

/// A key exchange was opened: its prekey is spent, and what others may begin with us is kept within
/// bounds.
fn spend(turn: &mut Turn<'_>, target: &DeviceAddress, opened: &omemo::Opened) -> Result<()> {
    let Some(spent) = opened.spent else {
        return Ok(());
    };
    let (account, jid) = (turn.own.account, &target.jid);
    let exchange = (spent, opened.record.base_key());
    keys::spend_prekey(turn.tx, account, exchange, turn.now)?;
    turn.follow(FollowUp::PrekeySpent);
    keys::bound_unlisted(turn.tx, account, jid, target.dialect, MOST_UNLISTED)?;
    if !acquaintance::may_know_us(turn, jid)? {
        keys::bound_strangers(turn.tx, account, MOST_STRANGERS)?;
    }
    Ok(())
}
