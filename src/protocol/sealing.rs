//! Sealing: one text for devices of both dialects, each with its own `<encrypted>`; sessions are stored as they are then.

use super::target::Target;
use super::turn::Turn;
use crate::model::{BareJid, Protection};
use crate::omemo::{self, Dialect, Letter, Recipient, SessionRecord};
use crate::stanza::{envelope, message};
use crate::store::{Result, omemo as keys};

/// A text, sealed.
pub(super) struct Sealed {
    /// At most one of each dialect, the newer first.
    pub(super) letters: Vec<Letter>,
    /// How the peer gets it; where their devices differ, the weaker one.
    pub(super) protection: Protection,
}

/// Seals `body` for these devices of `peer` and of ours. None if a session is gone.
pub(super) fn text(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    targets: &[Target],
    body: &str,
) -> Result<Option<Sealed>> {
    let mut letters = Vec::with_capacity(Dialect::ALL.len());
    for dialect in Dialect::ALL {
        let its: Vec<&Target> = targets
            .iter()
            .filter(|target| target.dialect == dialect)
            .collect();
        if its.is_empty() {
            continue;
        }
        let sealed = match dialect {
            Dialect::Legacy => letter(turn, dialect, &its, body.as_bytes())?,
            Dialect::Omemo2 => in_envelope(turn, peer, &its, message::text_content(body))?,
        };
        match sealed {
            Some(letter) => letters.push(letter),
            None => return Ok(None),
        }
    }
    let legacy = |target: &Target| target.jid == *peer && target.dialect == Dialect::Legacy;
    let protection = if targets.iter().any(legacy) {
        Protection::OmemoLegacy
    } else {
        Protection::Omemo2
    };
    Ok(Some(Sealed { letters, protection }))
}

/// Seals this content in OMEMO 2. None if a session is gone.
pub(super) fn in_envelope(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    targets: &[&Target],
    content: Vec<minidom::Element>,
) -> Result<Option<Letter>> {
    let own = turn.own.jid.clone();
    let plaintext = envelope::seal(content, &own, peer, turn.now, turn.rng);
    letter(turn, Dialect::Omemo2, targets, &plaintext)
}

fn letter(
    turn: &mut Turn<'_>,
    dialect: Dialect,
    targets: &[&Target],
    plaintext: &[u8],
) -> Result<Option<Letter>> {
    let account = turn.own.account;
    let Some(own) = keys::own_device(turn.tx, account)? else {
        return Ok(None);
    };
    let mut records: Vec<(&Target, String, SessionRecord)> = Vec::with_capacity(targets.len());
    for target in targets {
        match keys::session(turn.tx, account, &target.jid, dialect, target.device)? {
            Some(record) => records.push((target, target.jid.to_string(), record)),
            None => return Ok(None),
        }
    }
    let mut recipients: Vec<Recipient<'_>> = records
        .iter_mut()
        .map(|(target, jid, record)| Recipient {
            jid: jid.as_str(),
            device: target.device,
            record,
        })
        .collect();
    let letter = omemo::seal(dialect, &own, plaintext, &mut recipients, turn.rng);
    for (target, _, record) in &records {
        keys::put_session(turn.tx, account, &target.jid, dialect, target.device, record)?;
    }
    Ok(Some(letter))
}
