//! What OMEMO opens of a message that arrived, in either dialect: the session, the spent prekey, the key's trust and the row
//! are stored in the transaction of this input (laws 1, 2, 4). Under OMEMO 2 everything that belongs to the conversation
//! lies in the envelope, and what stands beside it is not believed (XEP-0384 §sce; XEP-0420).

use std::time::Duration;

use super::arrivals::{Readable, known_and_readable, sane_time, store_readable, store_unreadable};
use super::completions::Completions;
use super::devices::Devices;
use super::notices::Kind;
use super::opening::{Unopened, open};
use super::outgoing::Outgoing;
use super::own_keys::OwnKeys;
use super::target::Target;
use super::turn::Turn;
use super::{receipts, trust};
use crate::model::{Clean, Direction, Fingerprint, Protection, Timestamp, Trust, UnreadableReason};
use crate::omemo::{self, Content as Opened, Dialect, Letter, OwnDevice};
use crate::stanza::dialects;
use crate::stanza::envelope::{BadEnvelope, Envelope};
use crate::stanza::received::{Encrypted, Origin, Received};
use crate::store::{Result, chats, omemo as keys};

/// Sessions that people whom we do not know began with us: so many are kept, the newest ones (threat 55).
const MOST_STRANGERS: u32 = 1000;
/// Sessions with devices of one JID, in one dialect, that are not on its list: so many are kept. Anybody at its server can
/// invent devices, and each session may hold a hundred kilobytes.
const MOST_UNLISTED: u32 = 50;
/// An envelope whose time differs more than that from the time of the stanza is remarkable (XEP-0420 §affix_elements).
const CLOCKS_DIFFER: Duration = Duration::from_secs(3600);

/// The parts of the core that a message may set in motion.
pub(super) struct Reach<'a> {
    pub(super) devices: &'a mut Devices,
    pub(super) own_keys: &'a mut OwnKeys,
    pub(super) outgoing: &'a mut Outgoing,
    pub(super) completions: &'a mut Completions,
    /// Our server vouches for `stanza-id` by our own address.
    pub(super) trusts_stanza_id: bool,
}

/// A message with one `<encrypted>` or one of each dialect.
pub(super) fn on_encrypted(
    turn: &mut Turn<'_>,
    reach: &mut Reach<'_>,
    received: &Received,
    encrypted: &Encrypted,
) -> Result<()> {
    // What carries no payload has nothing to show, whatever is wrong with it (law 4).
    let shows = encrypted
        .elements()
        .any(|element| element.has_child("payload", element.ns().as_str()));
    let dialect = if encrypted.omemo2.is_some() {
        Dialect::Omemo2
    } else {
        Dialect::Legacy
    };
    let unreadable = |turn: &mut Turn<'_>, reason| match shows {
        true => store_unreadable(turn, received, reason, None, protection(dialect)),
        false => Ok(()),
    };
    let Some(own) = keys::own_device(turn.tx, turn.own.account)? else {
        return unreadable(turn, UnreadableReason::NotForThisDevice);
    };
    if known_and_readable(turn, received)? {
        return Ok(());
    }
    let (letters, bad) = letters_for(turn, &own, encrypted);
    let sender = received.from.to_bare();
    let ours = |letter: &Letter| letter.sid == own.id && sender == turn.own.jid;
    if letters.iter().any(ours) {
        return Ok(());
    }
    let for_us: Vec<Letter> = letters
        .into_iter()
        .filter(|letter| !letter.keys.is_empty())
        .collect();
    if for_us.is_empty() {
        let reason = match bad {
            true => UnreadableReason::Malformed,
            false => UnreadableReason::NotForThisDevice,
        };
        return unreadable(turn, reason);
    }
    open_one(turn, reach, received, &own, &for_us)
}

/// The letters in a message, the one of the newer dialect first, and whether one of them is malformed.
fn letters_for(turn: &Turn<'_>, own: &OwnDevice, encrypted: &Encrypted) -> (Vec<Letter>, bool) {
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
    reach: &mut Reach<'_>,
    received: &Received,
    own: &OwnDevice,
    letters: &[Letter],
) -> Result<()> {
    let sender = received.from.to_bare();
    let mut failed: Option<(&Letter, Unopened)> = None;
    for letter in letters {
        match open(turn, own, &sender, letter)? {
            Ok(opened) => return take_in(turn, reach, received, letter, opened),
            Err(unopened) => {
                failed.get_or_insert((letter, unopened));
            }
        }
    }
    let Some((letter, unopened)) = failed else {
        return Ok(());
    };
    let Unopened {
        reason,
        identity,
        stripped,
    } = unopened;
    let Some(reason) = reason else { return Ok(()) };
    if letter.payload.is_some() || stripped {
        store_unreadable(turn, received, reason, identity, protection(letter.dialect))?;
    }
    if deserves_repair(letter, reason) {
        let target = Target {
            jid: sender,
            device: letter.sid,
            dialect: letter.dialect,
        };
        reach.completions.repair(turn, reach.devices, &target)?;
    }
    Ok(())
}

/// Whether a new session is begun by itself. XEP-0384 0.9 wants it for a message without a session, and forbids it for every
/// other failure (the person can reset sessions by hand). Legacy clients heal a broken session and answer an unknown prekey
/// (XEP-0384 0.3 §rules), else a device that was restored from a backup would stay mute.
fn deserves_repair(letter: &Letter, reason: UnreadableReason) -> bool {
    let exchange = letter.keys.iter().any(|key| key.kex);
    match (letter.dialect, reason) {
        (_, UnreadableReason::NoSession) | (Dialect::Legacy, UnreadableReason::UnknownPreKey) => true,
        (Dialect::Legacy, UnreadableReason::Damaged | UnreadableReason::TooManySkipped) => !exchange,
        _ => false,
    }
}

fn protection(dialect: Dialect) -> Protection {
    match dialect {
        Dialect::Legacy => Protection::OmemoLegacy,
        Dialect::Omemo2 => Protection::Omemo2,
    }
}

/// Stores an opened letter: session, spent prekey, device, trust, row; and notes what must follow.
fn take_in(
    turn: &mut Turn<'_>,
    reach: &mut Reach<'_>,
    received: &Received,
    letter: &Letter,
    opened: omemo::Opened,
) -> Result<()> {
    let account = turn.own.account;
    let target = Target {
        jid: received.from.to_bare(),
        device: letter.sid,
        dialect: letter.dialect,
    };
    let Target { jid, device, dialect } = &target;
    let unlisted = is_news_unlisted(turn, &target)?;
    if *jid == turn.own.jid {
        reach.own_keys.on_message(turn, *device)?;
    }
    trust::admit(turn, &target, opened.identity)?;
    let trust = trust::of_key(turn, jid, *device, &opened.identity)?;
    if let Some(form) = opened.record.their_ed25519() {
        keys::set_ed25519(turn.tx, account, jid, &opened.identity, &form)?;
    }
    keys::put_session(turn.tx, account, jid, *dialect, *device, &opened.record)?;
    keys::set_seen(turn.tx, account, jid, *dialect, *device, turn.now)?;
    turn.counters_matter = true;
    if let Some(spent) = opened.spent {
        let exchange = (spent, opened.record.base_key());
        keys::spend_prekey(turn.tx, account, exchange, turn.now)?;
        reach.own_keys.on_spent(turn)?;
        keys::bound_unlisted(turn.tx, account, jid, *dialect, MOST_UNLISTED)?;
        if !receipts::may_know_us(turn, jid)? {
            keys::bound_strangers(turn.tx, account, MOST_STRANGERS)?;
        }
    }
    if unlisted {
        reach.devices.on_unlisted(turn, &target);
    }
    // A session that the other side began and that we never used: they cannot know yet that it stands.
    let exchanged = letter.keys.iter().any(|key| key.kex) && opened.record.is_unused();
    if opened.new_session || exchanged || opened.heartbeat_due {
        reach.completions.due(turn, &target)?;
    }
    let key = (opened.identity.fingerprint(), trust);
    match (&opened.content, dialect) {
        // Its request and receipt stand beside it, as all do under the legacy dialect.
        (Opened::KeyTransport, Dialect::Legacy) => outer_receipt(turn, received),
        (Opened::KeyTransport, Dialect::Omemo2) => Ok(()),
        (Opened::Payload(bytes), Dialect::Legacy) => {
            outer_receipt(turn, received)?;
            take_text(turn, received, bytes, key)
        }
        (Opened::Payload(bytes), Dialect::Omemo2) => {
            take_envelope(turn, reach, received, &target, bytes, key)
        }
    }
}

fn outer_receipt(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    match &received.receipt_for {
        Some(of) => receipts::on_receipt(turn, received, of, false),
        None => Ok(()),
    }
}

/// Whether a device is on no list, and this is its first message since the list was read.
fn is_news_unlisted(turn: &Turn<'_>, target: &Target) -> Result<bool> {
    let Target { jid, device, dialect } = target;
    let known = keys::device(turn.tx, turn.own.account, jid, *dialect, *device)?;
    let read = keys::device_list_seen(turn.tx, turn.own.account, jid, *dialect)?;
    Ok(known.is_none_or(|device| !device.active && device.last_seen <= read))
}

fn take_text(
    turn: &mut Turn<'_>,
    received: &Received,
    bytes: &[u8],
    key: (Fingerprint, Trust),
) -> Result<()> {
    let readable = Readable {
        // Legacy plaintext is raw bytes, not XML: it may hold anything (threat 74).
        body: Clean::new(&String::from_utf8_lossy(bytes)),
        protection: Protection::OmemoLegacy,
        key: Some(key),
    };
    if store_readable(turn, received, readable)? && received.wants_receipt {
        receipts::answer(turn, received)?;
    }
    Ok(())
}

/// What an envelope holds, once it says the same of sender and recipient as the stanza (threats 47, 48).
fn take_envelope(
    turn: &mut Turn<'_>,
    reach: &mut Reach<'_>,
    received: &Received,
    target: &Target,
    bytes: &[u8],
    key: (Fingerprint, Trust),
) -> Result<()> {
    let recipient = match received.direction {
        Direction::In => turn.own.jid.clone(),
        Direction::Out => received.peer.clone(),
    };
    let parts = Envelope::parse(bytes).and_then(|envelope| {
        envelope.check(&received.from.to_bare(), &recipient)?;
        let body = envelope.body()?;
        Ok((envelope, body))
    });
    let (envelope, body) = match parts {
        Ok(parts) => parts,
        Err(bad) => {
            tracing::debug!(account = turn.own.account.0, %bad, "an envelope was refused");
            let reason = match bad {
                BadEnvelope::Malformed(_) => UnreadableReason::Malformed,
                BadEnvelope::OtherSender | BadEnvelope::OtherRecipient => UnreadableReason::OtherEnvelope,
            };
            let identity = Some(key.0.identity_key());
            return store_unreadable(turn, received, reason, identity, Protection::Omemo2);
        }
    };
    compare_clocks(turn, received, &envelope);
    // Nothing was sealed for a device that is not trusted: it has nothing to acknowledge, and nothing to ask for.
    let trusted = key.1.may_seal();
    if let Some(of) = envelope.receipt_for().filter(|_| trusted) {
        receipts::on_receipt(turn, received, &of, true)?;
    }
    let asked = envelope
        .opt_out()
        .map(|reason| on_opt_out(turn, received, &reason, trusted))
        .transpose()?;
    let Some(body) = asked.or(body) else { return Ok(()) };
    let readable = Readable {
        body,
        protection: Protection::Omemo2,
        key: Some(key),
    };
    let new = store_readable(turn, received, readable)?;
    let asks = trusted && envelope.wants_receipt() && received.origin != Origin::Carbon;
    if new && asks && receipts::answer_sealed(turn, received, target)? {
        reach.devices.written_to(std::slice::from_ref(target));
    }
    Ok(())
}

/// The peer asks to go on without encryption: nothing leaves until the person decided (threat 43). The text of the row.
fn on_opt_out(turn: &mut Turn<'_>, received: &Received, reason: &Clean, trusted: bool) -> Result<Clean> {
    if received.direction == Direction::In && trusted {
        let chat = chats::open(turn.tx, turn.own.account, &received.peer)?;
        if chat.encrypted {
            chats::set_opted_out(turn.tx, chat.id, Some(reason))?;
            turn.changed(crate::api::Change::Chats);
        }
    }
    let said = match reason.is_empty() {
        true => String::new(),
        false => format!(": {}", reason.as_str()),
    };
    Ok(Clean::new(&format!("[asks to go on without encryption]{said}")))
}

/// A message that was held back, or a wrong clock: the ratchet forbids replays, so the message stands, but not in silence.
fn compare_clocks(turn: &mut Turn<'_>, received: &Received, envelope: &Envelope) {
    let arrived = sane_time(received.delay, turn.now);
    let differs = |written: &Timestamp| arrived.duration_since(*written).unsigned_abs() > CLOCKS_DIFFER;
    let written = match envelope.time.filter(differs) {
        Some(written) => written.to_string(),
        None if envelope.impossible_time => "a time that cannot be".to_owned(),
        None => return,
    };
    let from = received.from.to_bare();
    let text = format!(
        "A message from {from} says inside that it was written at {written}, but it was sent at {arrived} according to the \
         server. Either a clock is wrong, or somebody held it back: ask them when they wrote it."
    );
    turn.notice_of(Kind::Clock(from), &text);
}
