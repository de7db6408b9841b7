//! What our server and our account offer is asked here, and kept where every part finds it (XEP-0030).

use jid::Jid;

use super::Stream;
use crate::capabilities::{Feature, Offer};
use crate::follow_ups::FollowUp;
use crate::iq::Answer;
use crate::purpose::StreamPurpose;
use crate::turn::Turn;
use model::{BareJid, Fact};
use stanza::disco::{self, Info};
use store::{Result, stream as stored};

/// Another process may have begun this stream: what it had learnt of the account is needed before it is
/// asked again.
pub(crate) fn take_up(turn: &mut Turn<'_>) -> Result<()> {
    let stored = stored::get(turn.tx, turn.own.account)?;
    turn.capabilities.vouched |= stored.is_some_and(|stream| stream.vouches);
    Ok(())
}

/// Asks what our account offers.
pub(crate) fn ask_account(turn: &mut Turn<'_>) {
    let account = Jid::from(turn.own.jid.clone());
    turn.get(Some(&account), disco::info_query(), StreamPurpose::AccountInfo);
}

/// Asks what our server offers.
pub(crate) fn ask_server(turn: &mut Turn<'_>) {
    let server = Jid::from(BareJid::from_parts(None, turn.own.jid.domain()));
    turn.get(Some(&server), disco::info_query(), StreamPurpose::ServerInfo);
}

/// What our server offers, as far as it says so.
pub(super) fn on_server(turn: &mut Turn<'_>, answer: Answer) {
    turn.capabilities.server = Offer::of(info(answer).as_ref());
    turn.follow(FollowUp::ServerAnswered);
}

/// What our account offers. An answer that says nothing changes nothing.
pub(super) fn on_account(stream: &Stream, turn: &mut Turn<'_>, answer: Answer) -> Result<()> {
    turn.follow(FollowUp::AccountAnswered);
    let Some(info) = info(answer) else {
        return Ok(());
    };
    turn.capabilities.account = Offer::of(Some(&info));
    turn.follow(FollowUp::Read);
    if turn.own.present {
        stored::set_vouches(turn.tx, turn.own.account, turn.capabilities.vouches())?;
    }
    let offers = |feature| turn.capabilities.account.has(feature) == Some(true);
    let mut facts = vec![Fact::Pep(offers(Feature::Pep))];
    if offers(Feature::Archive) {
        facts.push(Fact::Archive);
    }
    // The stream that was told of goes on, resumed or not: who is here stays here.
    stream.tell_online(turn, true, &facts);
    Ok(())
}

fn info(answer: Answer) -> Option<Info> {
    answer.ok().flatten().and_then(|query| disco::parse_info(&query))
}
