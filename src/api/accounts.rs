//! What is asked about the accounts of a vault.

use crate::Secret;
use model::{AccountDraft, AccountId, AccountOptions, BareJid};

/// A change of which accounts there are. No line need be there for it, and no network: the core makes it at
/// once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountCommand {
    /// Stores an account that no login has proved yet, in the place of all others that none has: a program
    /// that was killed left them behind.
    Add {
        jid: BareJid,
        password: Secret,
        options: AccountOptions,
        /// That of `listen` and of the screen.
        resource: String,
    },
    /// A login of this one succeeded: it stays.
    Prove(AccountId),
    /// Takes it out of the vault with everything that belongs to it.
    Remove(AccountId),
    /// Keeps what was typed about an account until there is one.
    KeepDraft(AccountDraft),
}
