//! What every part of the main screen may look at.

use jiff::tz::TimeZone;

use super::connectivity::Connectivity;
use crate::ask::Context;
use crate::keymap::Keymap;
use crate::pictures::Pictures;
use crate::theme::Theme;
use model::{AccountId, BareJid, Peer, Timestamp};
use store::Reads;

/// What does not change, and what every part may look at.
pub struct ScreenFacts {
    pub account: AccountId,
    pub own: BareJid,
    pub keymap: Keymap,
    pub theme: Theme,
    pub zone: TimeZone,
    /// The open chat.
    pub chat: Option<Peer>,
    pub connectivity: Connectivity,
    pub composing: bool,
    pub pictures: Pictures,
}

impl ScreenFacts {
    /// Whether this address is ours or that of the open chat.
    pub(super) fn is_in_the_chat(&self, jid: &BareJid) -> bool {
        let open = self.chat.as_ref();
        *jid == self.own || open.is_some_and(|peer| peer.account == self.account && peer.address == *jid)
    }

    pub fn world<'a>(&'a self, store: &'a dyn Reads, now: Timestamp) -> Context<'a> {
        Context {
            store,
            account: self.account,
            own: &self.own,
            chat: self.chat.as_ref(),
            here: &self.connectivity.here,
            rooms: &self.connectivity.rooms,
            transfers: &self.connectivity.transfers,
            pictures: &self.pictures,
            online: self.connectivity.online,
            composing: self.composing,
            now,
            zone: &self.zone,
            keymap: &self.keymap,
            theme: &self.theme,
        }
    }
}
