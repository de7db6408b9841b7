//! Why nothing can be encrypted to somebody, from what is known of them.

use crate::iq::Refusal;
use model::{LeftOut, SomeOf, Unreachable};

/// What is known when no device of somebody can be written to.
pub(crate) struct NobodyFound {
    /// Devices, each with the reason.
    pub(crate) left_out: Vec<LeftOut>,
    /// A device was left out because of what was, or was not, decided about its key.
    pub(crate) by_trust: bool,
    /// Why a list could not be had.
    pub(crate) refusal: Option<Refusal>,
    /// Their list names nothing but numbers that no device can have.
    pub(crate) impossible: bool,
    /// They stand among our contacts and never answered in any way.
    pub(crate) unanswered: bool,
}

impl NobodyFound {
    pub(crate) fn why(self) -> Unreachable {
        // Servers answer the same about who does not exist and who shows nothing
        // to us (Prosody: all of these).
        let hidden = |refusal: &Refusal| is_closed(refusal) || refusal.is("service-unavailable");
        let nothing = self.left_out.is_empty() && !self.impossible;
        match &self.refusal {
            _ if nothing && self.unanswered && self.refusal.as_ref().is_none_or(hidden) => {
                Unreachable::Mistyped
            }
            Some(refusal) if nothing && is_closed(refusal) => Unreachable::OnlyToContacts,
            Some(refusal) if nothing => Unreachable::NoList(refusal.told()),
            None if nothing => Unreachable::NoKeys,
            _ if self.left_out.is_empty() => Unreachable::Impossible,
            _ if self.by_trust => Unreachable::NotTrusted(SomeOf::new(self.left_out)),
            _ => Unreachable::NoBundles(SomeOf::new(self.left_out)),
        }
    }
}

/// Whether a server answers so about somebody who shows nothing to us.
fn is_closed(refusal: &Refusal) -> bool {
    let closed = [
        "forbidden",
        "not-authorized",
        "not-allowed",
        "presence-subscription-required",
    ];
    closed.iter().any(|condition| refusal.is(condition))
}
