//! Who may learn from what answers by itself that we are here.

use crate::turn::Turn;
use model::{BareJid, Subscription};
use store::{Result, contacts, rooms};

/// Whether `jid` may learn that we are here from automatic answers.
pub(crate) fn may_know_us(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    if *jid == turn.own.jid {
        return Ok(true);
    }
    if turn.blocks(jid)? {
        return Ok(false);
    }
    let sees_us = contacts::get(turn.tx, turn.own.account, jid)?
        .is_some_and(|contact| matches!(contact.subscription, Subscription::From | Subscription::Both));
    Ok(sees_us || contacts::wrote_to(turn.tx, &turn.peer(jid))?)
}

/// Whether it matters to us which devices `jid` has: they may know us, or are in an encrypted group with
/// us, where everybody sees who everybody is.
pub(crate) fn is_met(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    if may_know_us(turn, jid)? {
        return Ok(true);
    }
    Ok(!turn.blocks(jid)? && rooms::shares_group(turn.tx, turn.own.account, jid)?)
}
