//! Several inputs in one transaction: each is handled as if it were alone, and what they share is the commit.
//! So either all of them happened or none did, and no effect of any runs before (law 3).

use std::collections::VecDeque;

use crate::Protocol;
use crate::effect::Effect;
use crate::input::Input;
use crate::turn::Turn;
use model::Timestamp;
use omemo::CryptoRng;
use store::{Result, Transaction, stream};

/// Inputs that are handled inside one transaction. [`Batch::finish`] comes before the commit, and the effects
/// after it; if it cannot be committed, or an input failed, the core is of no more use.
pub struct Batch<'a> {
    core: &'a mut Protocol,
    tx: &'a Transaction<'a>,
    rng: &'a mut dyn CryptoRng,
    effects: Vec<Effect>,
    /// How much was sent on the stream before.
    sent: u32,
    /// The counters of a resumable stream must be stored with this transaction.
    counters_matter: bool,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(core: &'a mut Protocol, tx: &'a Transaction<'a>, rng: &'a mut dyn CryptoRng) -> Self {
        Self {
            sent: core.counters.outbound(),
            core,
            tx,
            rng,
            effects: Vec::new(),
            counters_matter: false,
        }
    }

    /// Handles one input.
    ///
    /// # Errors
    /// The store's; nothing of the transaction may be committed then.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Result<()> {
        let Protocol {
            own,
            counters,
            iqs,
            notices,
            capabilities,
            rooms,
            loaded,
            parts,
        } = &mut *self.core;
        let mut turn = Turn {
            own,
            tx: self.tx,
            now,
            rng: &mut *self.rng,
            counters,
            iqs,
            notices,
            capabilities,
            rooms,
            loaded,
            effects: std::mem::take(&mut self.effects),
            follow_ups: VecDeque::new(),
            counters_matter: self.counters_matter,
            behind: None,
        };
        parts.route(&mut turn, input)?;
        (self.effects, self.counters_matter) = (turn.effects, turn.counters_matter);
        Ok(())
    }

    /// Whether an effect so far ends the stream: what was read behind it is not handled any more.
    pub fn ends_stream(&self) -> bool {
        let ends = |effect: &Effect| matches!(effect, Effect::Close(_) | Effect::Abort(_));
        self.effects.iter().any(ends)
    }

    /// What is to be done after the commit, in order.
    ///
    /// # Errors
    /// The store's; nothing of the transaction may be committed then.
    pub fn finish(self) -> Result<Vec<Effect>> {
        let counters = &self.core.counters;
        // A process after this one must know what was sent at most, or it could not tell a lie from a truth.
        let counted = self.counters_matter || counters.outbound() != self.sent;
        if counted && counters.is_resumable() {
            let account = self.core.own.account;
            stream::set_counters(self.tx, account, counters.inbound, counters.outbound())?;
            // What was counted is what a resumption does not bring again.
            self.core.parts.contacts.presences.store(self.tx, account)?;
        }
        Ok(self.effects)
    }
}
