//! A roster item as the program sees it (RFC 6121 §2).

use jid::BareJid;

use super::Clean;

/// Who sees whose presence (RFC 6121 §2.1.2.5), in words of our side: `To` = we see theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    None,
    To,
    From,
    Both,
}

/// One contact of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub jid: BareJid,
    pub name: Option<Clean>,
    /// Whether it stands in the server's roster; a stranger who asked for our presence does not.
    pub in_roster: bool,
    pub subscription: Subscription,
    /// We asked for their presence and have no answer yet.
    pub asked: bool,
    /// They asked for our presence and wait for our answer.
    pub requests: bool,
}
