//! Sealing: one text for devices of both dialects, each with its own `<encrypted>`. The sessions
//! as they are then are stored once it is known that the stanza goes; of one that is larger than
//! the server takes nothing is.

use crate::device_address::DeviceAddress;
use crate::follow_ups::FollowUp;
use crate::messages::saying::Saying;
use crate::turn::Turn;
use model::{AddressedDevice, Audience, BareJid, MessageId, Protection};
use omemo::{self, Dialect, EncryptedMessage, Recipient, SessionRecord};
use stanza::envelope;
use store::sealed::{self, SealedFor};
use store::{Result, omemo as keys};

/// A text, sealed.
pub(crate) struct Sealed {
    /// At most one of each dialect, the newer first.
    pub(crate) letters: Vec<EncryptedMessage>,
    /// How the peer gets it; where their devices differ, the weaker one.
    pub(crate) protection: Protection,
    sessions: Sessions,
}

impl Sealed {
    /// Stores the sessions as they are after it, and for whom it was sealed: the letters are going to leave.
    /// The row whose words it has; None: it has none, and no row says for whom it was.
    pub(crate) fn keep(
        &self,
        turn: &Turn<'_>,
        message: Option<MessageId>,
        audience: &Audience,
    ) -> Result<()> {
        keep(turn, &self.sessions)?;
        let Some(message) = message else {
            return Ok(());
        };
        let sealed_for = |(jid, device): (&BareJid, &AddressedDevice)| {
            Some(SealedFor {
                jid: jid.clone(),
                device: device.id,
                fingerprint: device.identity?.fingerprint(),
                trust: device.trust?,
                dialect: device.dialect,
            })
        };
        let devices: Vec<SealedFor> = audience.written().filter_map(sealed_for).collect();
        sealed::put(turn.tx, message, &devices)
    }
}

/// Sessions that were stepped on, and with whom.
type Sessions = Vec<(DeviceAddress, SessionRecord)>;

fn keep(turn: &Turn<'_>, sessions: &Sessions) -> Result<()> {
    for (target, record) in sessions {
        let DeviceAddress { jid, device, dialect } = target;
        keys::put_session(turn.tx, turn.own.account, jid, *dialect, *device, record)?;
    }
    Ok(())
}

/// Seals what is said for those of the audience who get it, in the chat with `peer`; nothing is stored yet.
/// The legacy dialect seals words alone: there is no letter of it where there are none. None if a session
/// is gone.
pub(crate) fn seal(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    audience: &Audience,
    saying: &Saying,
) -> Result<Option<Sealed>> {
    if !turn.loaded.seals.get() {
        return Ok(None);
    }
    let targets = addresses(audience);
    let mut letters = Vec::with_capacity(Dialect::ALL.len());
    let mut sessions = Sessions::new();
    for dialect in Dialect::ALL {
        let its: Vec<&DeviceAddress> = targets
            .iter()
            .filter(|target| target.dialect == dialect)
            .collect();
        if its.is_empty() {
            continue;
        }
        let sealed = match dialect {
            Dialect::Legacy => match &saying.body {
                Some(body) => letter(turn, dialect, &its, body.as_bytes())?,
                None => continue,
            },
            Dialect::Omemo2 => {
                let plaintext = enveloped(turn, peer, saying.content());
                letter(turn, dialect, &its, &plaintext)?
            }
        };
        let Some((letter, stepped)) = sealed else {
            return Ok(None);
        };
        letters.push(letter);
        sessions.extend(stepped);
    }
    // Without a letter it would go in clear, which is right only for what stands beside those of the legacy
    // dialect.
    if letters.is_empty() && (saying.body.is_some() || !is_legacy_read(audience)) {
        return Ok(None);
    }
    let legacy = |device: &AddressedDevice| device.is_written() && device.dialect == Dialect::Legacy;
    let protection = if audience.others().any(|person| person.devices.iter().any(legacy)) {
        Protection::OmemoLegacy
    } else {
        Protection::Omemo2
    };
    Ok(Some(Sealed {
        letters,
        protection,
        sessions,
    }))
}

/// Whether any device that gets it reads the legacy dialect only, ours included.
pub(crate) fn is_legacy_read(audience: &Audience) -> bool {
    audience
        .written()
        .any(|(_, device)| device.dialect == Dialect::Legacy)
}

/// The devices that get it.
pub(crate) fn addresses(audience: &Audience) -> Vec<DeviceAddress> {
    let written = audience.written();
    written
        .map(|(jid, device)| DeviceAddress::of(jid, device))
        .collect()
}

/// Seals this content in OMEMO 2, and stores the sessions. None if a session is gone.
pub(crate) fn in_envelope(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    targets: &[&DeviceAddress],
    content: Vec<minidom::Element>,
) -> Result<Option<EncryptedMessage>> {
    if !turn.loaded.seals.get() {
        return Ok(None);
    }
    let plaintext = enveloped(turn, peer, content);
    let Some((letter, sessions)) = letter(turn, Dialect::Omemo2, targets, &plaintext)? else {
        return Ok(None);
    };
    keep(turn, &sessions)?;
    turn.follow(FollowUp::Sealed);
    Ok(Some(letter))
}

fn enveloped(turn: &mut Turn<'_>, peer: &BareJid, content: Vec<minidom::Element>) -> Vec<u8> {
    let own = turn.own.jid.clone();
    envelope::seal(content, &own, peer, turn.now, turn.rng)
}

/// An empty letter for one device. None if there is no session.
pub(crate) fn nothing(turn: &mut Turn<'_>, target: &DeviceAddress) -> Result<Option<EncryptedMessage>> {
    if !turn.loaded.seals.get() {
        return Ok(None);
    }
    let account = turn.own.account;
    let DeviceAddress { jid, device, dialect } = target;
    let (Some(own), Some(mut record)) = (
        turn.own_device()?,
        keys::sealing_session(turn.tx, account, jid, *dialect, *device)?,
    ) else {
        return Ok(None);
    };
    let name = jid.to_string();
    let mut recipients = [Recipient {
        jid: &name,
        device: *device,
        record: &mut record,
    }];
    let letter = omemo::seal_key_transport(*dialect, &own, &mut recipients, turn.rng);
    keys::put_session(turn.tx, account, jid, *dialect, *device, &record)?;
    turn.follow(FollowUp::Sealed);
    Ok(Some(letter))
}

fn letter(
    turn: &mut Turn<'_>,
    dialect: Dialect,
    targets: &[&DeviceAddress],
    plaintext: &[u8],
) -> Result<Option<(EncryptedMessage, Sessions)>> {
    let account = turn.own.account;
    let Some(own) = turn.own_device()? else {
        return Ok(None);
    };
    let devices: Vec<_> = targets
        .iter()
        .map(|target| (&target.jid, target.device))
        .collect();
    let Some(records) = keys::sealing_sessions(turn.tx, account, dialect, &devices)? else {
        return Ok(None);
    };
    let mut sessions: Sessions = targets
        .iter()
        .map(|target| (*target).clone())
        .zip(records)
        .collect();
    let names: Vec<String> = targets.iter().map(|target| target.jid.to_string()).collect();
    let mut recipients: Vec<Recipient<'_>> = sessions
        .iter_mut()
        .zip(&names)
        .map(|((target, record), jid)| Recipient {
            jid,
            device: target.device,
            record,
        })
        .collect();
    let letter = omemo::seal(dialect, &own, plaintext, &mut recipients, turn.rng);
    Ok(Some((letter, sessions)))
}
