//! Messages, out and in: how they are sealed, sent, sent again and taken back; what arrives, what of it OMEMO
//! opens, and what answers by itself.

pub(crate) mod about;
mod acknowledged;
mod apply;
mod arrivals;
mod bounced;
pub(crate) mod composed;
mod empty_messages;
mod encrypted;
mod enveloped;
pub(crate) mod held;
pub(crate) mod in_rooms;
pub(crate) mod incoming;
mod into_rooms;
mod invitations;
mod known;
mod leaving;
pub(crate) mod left_out;
mod opening;
mod opt_out;
mod outgoing;
pub(crate) mod preflight;
pub(crate) mod privately;
pub(crate) mod quietly;
mod reachable;
mod readable;
mod receipts;
pub(crate) mod requests;
pub(crate) mod resend;
pub(crate) mod retry;
mod road;
mod said;
mod saying;
mod sealing;
mod seen_before;
mod sender;
pub(crate) mod suspects;
mod waiters;

use crate::turn::Turn;
use empty_messages::Completions;
pub(crate) use outgoing::{Outgoing, ToNick};
use store::Result;
use suspects::Suspects;

/// What is known of them beside the store.
#[derive(Default)]
pub(crate) struct Messages {
    pub(crate) outgoing: Outgoing,
    pub(crate) completions: Completions,
    pub(crate) suspects: Suspects,
}

impl Messages {
    /// It is known how the server acknowledges: what waits may leave.
    pub(crate) fn on_online(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.completions.on_online(turn);
        self.outgoing.send_again(turn)
    }
}
