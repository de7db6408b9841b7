//! A vault that went back: put in the place of a newer one from a backup, or with a whole machine to an
//! earlier state (threat 56). Its ratchets are those of the past, so it has to be noticed before anything
//! is sealed (decision 0016).
//!
//! Two things tell it, both made by a later state of this very device: a number that it told our server, and
//! its bundle there. Then no session seals any more, the prekeys are made anew, and sessions begin with whom
//! was heard last. Trust, history and identity stay.

use std::time::Duration;

use super::OwnKeys;
use super::publication::ServerCopy;
use crate::capabilities::{Feature, Offer};
use crate::device_address::DeviceAddress;
use crate::effect::Timer;
use crate::follow_ups::FollowUp;
use crate::iq::Answer;
use crate::keys::prekeys::renew;
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use model::KeysNotice;
use omemo::{Bundle, OwnDevice, PreKeyId};
use stanza::progress::{self, ToldProgress};
use store::{Result, omemo as keys};

/// So long after something was sealed the number goes up.
const AFTER: Duration = Duration::from_secs(60);
/// With so many devices a session begins by itself, those that were heard last; with others when they are
/// written to.
const MOST_BEGUN: usize = 100;
/// Ids of prekeys that are left out, since a server that shows no bundle of ours may have given them away.
const LEFT_OUT: u32 = 1000;

/// What is known on this stream.
#[derive(Default)]
pub(super) struct Age {
    /// The server was asked how far we have come, and has answered.
    looked: bool,
    /// It keeps no such thing.
    refused: bool,
    /// The number goes up in a while.
    armed: bool,
    /// The vault went back, and new keys were made.
    went_back: bool,
    /// Nothing is sealed until the archive was read: what waits may have left before, and what began a
    /// session long ago comes once more.
    waits: bool,
    /// What a later state of this vault told. It is ours when all is done that follows from it.
    told: Option<(i64, [u8; 16])>,
}

impl OwnKeys {
    /// A new stream: nothing is sealed until it is known that the vault is the newest there is. A device
    /// that is not made yet has no past.
    pub(super) fn begin_to_look(&mut self, turn: &Turn<'_>) -> Result<()> {
        let is_new = turn.own_device()?.is_none();
        self.age.looked = is_new;
        turn.loaded.seals.set(is_new);
        Ok(())
    }

    /// Asks how far we have come.
    pub(crate) fn ask_for_progress(&self, turn: &mut Turn<'_>) -> Result<()> {
        if let Some(own) = turn.own_device()? {
            turn.get(None, progress::fetch(own.id.get()), KeysPurpose::Progress);
        }
        Ok(())
    }

    /// Everything was answered that tells how old the vault is.
    pub(super) fn settle_age(&self, turn: &Turn<'_>) {
        let known = |side: &super::Publication| {
            side.copy != ServerCopy::Unknown || side.is_refused() || side.is_closed()
        };
        if self.age.looked && !self.age.waits && known(&self.omemo2) && known(&self.legacy) {
            turn.loaded.seals.set(true);
        }
    }

    /// What was told our server last, by this vault or another state of it.
    pub(super) fn on_progress(&mut self, turn: &mut Turn<'_>, own: &OwnDevice, answer: Answer) -> Result<()> {
        self.age.looked = true;
        let told = match answer {
            Ok(payload) => payload.and_then(|payload| progress::parse(own.id.get(), &payload)),
            Err(refusal) => {
                self.age.refused = !refusal.is("item-not-found");
                None
            }
        };
        let ours = keys::own_progress(turn.tx, turn.own.account)?;
        if let Some(told) = told.filter(|told| told.proof == proof(own, told.number, &told.mark)) {
            let is_another = told.number == ours.number && ours.mark != Some(told.mark);
            if told.number > ours.number || is_another {
                self.age.told = Some((told.number, told.mark));
                self.go_on_from(turn, own, (0, 0))?;
            }
        }
        self.take_progress(turn)?;
        self.tell_progress(turn, own)
    }

    /// Whatever a later state told is ours now, unless something is still to be done about it: a stream that
    /// breaks before would be the last one that knows.
    fn take_progress(&mut self, turn: &Turn<'_>) -> Result<()> {
        if self.age.waits {
            return Ok(());
        }
        match self.age.told.take() {
            Some((number, mark)) => keys::set_own_progress(turn.tx, turn.own.account, number, &mark),
            None => Ok(()),
        }
    }

    /// Tells how far we have come, unless the node would be open to others.
    fn tell_progress(&mut self, turn: &mut Turn<'_>, own: &OwnDevice) -> Result<()> {
        let offers = |offer: &Offer| offer.has(Feature::PublishOptions) == Some(true);
        let is_private = offers(&turn.capabilities.account) || offers(&turn.capabilities.server);
        if self.age.refused || self.age.waits || !is_private || !turn.counters.online {
            return Ok(());
        }
        let before = keys::own_progress(turn.tx, turn.own.account)?.number;
        let number = before.saturating_add(1);
        let mut mark = [0; 16];
        turn.rng.fill_bytes(&mut mark);
        keys::set_own_progress(turn.tx, turn.own.account, number, &mark)?;
        turn.counters_matter = true;
        let told = ToldProgress {
            number,
            mark,
            proof: proof(own, number, &mark),
        };
        let publish = progress::publish(own.id.get(), &told);
        turn.set(None, publish, KeysPurpose::TellProgress);
        Ok(())
    }

    pub(super) fn on_progress_told(&mut self, answer: &Answer) {
        self.age.refused |= answer.is_err();
    }

    /// Something was sealed.
    pub(crate) fn on_sealed(&mut self, turn: &mut Turn<'_>) {
        if !self.age.refused && !std::mem::replace(&mut self.age.armed, true) {
            turn.wake(Timer::Progress, AFTER);
        }
    }

    pub(crate) fn on_progress_timer(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.age.armed = false;
        match turn.own_device()? {
            Some(own) if self.age.looked => self.tell_progress(turn, &own),
            _ => Ok(()),
        }
    }

    /// The archive was read, as far as it can be. Sessions that came to be meanwhile began long ago.
    pub(crate) fn on_caught_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if !std::mem::take(&mut self.age.waits) {
            return Ok(());
        }
        begin_anew(turn)?;
        self.take_progress(turn)?;
        self.settle_age(turn);
        turn.follow(FollowUp::LookAgain);
        match turn.own_device()? {
            Some(own) => self.tell_progress(turn, &own),
            None => Ok(()),
        }
    }

    /// The vault went back, or another copy of it was used: everything that may have been used up since is
    /// made anew. `seen`: the highest ids of a prekey and of a signed prekey that were made since, as far
    /// as they are known.
    pub(super) fn go_on_from(
        &mut self,
        turn: &mut Turn<'_>,
        own: &OwnDevice,
        seen: (u32, u32),
    ) -> Result<()> {
        let account = turn.own.account;
        if std::mem::replace(&mut self.age.went_back, true) {
            return Ok(());
        }
        tracing::warn!(
            account = account.0,
            "the vault is older than what was sealed with it"
        );
        let beyond = keys::next_prekey(turn.tx, account)?
            .saturating_add(LEFT_OUT)
            .max(seen.0);
        keys::pass_over_prekeys(turn.tx, account, beyond.min(MOST_ID), turn.now)?;
        renew(turn, own, seen.1)?;
        for side in [&mut self.omemo2, &mut self.legacy] {
            if side.copy == ServerCopy::Right {
                side.copy = ServerCopy::Wrong;
            }
        }
        self.age.waits = self.catching_up;
        match self.age.waits {
            true => {
                keys::retire_sessions(turn.tx, account)?;
                turn.loaded.seals.set(false);
            }
            false => begin_anew(turn)?,
        }
        turn.notice(KeysNotice::WentBack);
        Ok(())
    }
}

/// No session that there is seals any more, and new ones begin with whom was heard last.
fn begin_anew(turn: &mut Turn<'_>) -> Result<()> {
    let retired = keys::retire_sessions(turn.tx, turn.own.account)?;
    for (jid, dialect, device) in retired.into_iter().take(MOST_BEGUN) {
        turn.follow(FollowUp::RepairSession(DeviceAddress { jid, device, dialect }));
    }
    Ok(())
}

/// The highest id of a prekey; behind it they begin again.
const MOST_ID: u32 = 16_777_213;

/// That this device said so.
fn proof(own: &OwnDevice, number: i64, mark: &[u8; 16]) -> [u8; 16] {
    let parts: [&[u8]; 4] = [
        b"progress",
        &own.id.get().to_be_bytes(),
        &number.to_be_bytes(),
        mark,
    ];
    own.identity.tag(&parts)
}

/// Whether a bundle of ours on the server was made by a later state of this device: it names keys that are
/// not known here. With the highest ids of a prekey and of a signed prekey in it.
pub(super) fn made_later(turn: &Turn<'_>, own: &OwnDevice, theirs: &Bundle) -> Result<Option<(u32, u32)>> {
    let verified = theirs.clone().verify();
    if verified.is_ok_and(|bundle| bundle.identity() == own.identity.public()) {
        let account = turn.own.account;
        let next = keys::next_prekey(turn.tx, account)?;
        let signed = keys::signed_prekeys(turn.tx, account)?;
        let newest = signed.iter().map(|key| key.pair.id.0).max().unwrap_or(0);
        let prekey = theirs.prekeys.iter().map(|(id, _)| *id).max().unwrap_or(0);
        // Ids begin again at some time, so a high one may be ours.
        let is_unknown = prekey >= next && keys::prekey(turn.tx, account, PreKeyId(prekey))?.is_none();
        if is_unknown || theirs.signed_prekey_id > newest {
            return Ok(Some((prekey, theirs.signed_prekey_id)));
        }
    }
    Ok(None)
}
