//! By what a front end names a chat.

use jid::BareJid;

use super::AccountId;

/// The other end of a chat, and which account of ours is at this one. It names the chat whether or not there
/// is one yet: where something is to be kept of it, it is made, and then it is a person's
/// ([`super::ChatKind`]). (A [`super::ChatId`] names what is there.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    pub account: AccountId,
    /// Of the person.
    pub address: BareJid,
}

impl Peer {
    pub fn new(account: AccountId, address: BareJid) -> Self {
        Self { account, address }
    }
}
