//! What a session is started for.

use super::shared::Shared;
use model::{AccountId, Sharing};
use protocol::LocalAccount;
use store::{StoreError, accounts};

/// Which resource the stream binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The account's own, the same at every start: `listen` and the screen.
    Stored,
    /// One beside it, the same at every start too: one-shot commands. Dino up to 0.5.1 takes a correction
    /// only from the full address that the message came from.
    Commands,
}

/// What a session is for.
#[derive(Debug, Clone, Copy)]
pub struct SessionOptions {
    pub account: AccountId,
    /// Sends presence, takes in offline messages, resumes streams.
    pub presence: bool,
    pub resource: Resource,
    /// How many days back the archive is read by itself; None: it is not asked at all.
    pub archive: Option<u16>,
    /// What others are told of the person.
    pub sharing: Sharing,
    /// Tries again after a lost or failed connection.
    pub reconnect: bool,
    /// When it has stopped (wrong password, bad certificate, an error of the store) it says so
    /// and goes on handling commands, until `Command::Connect` or `Command::SetPassword` makes
    /// it try once more: the screen.
    pub stay: bool,
}

/// What the core is to know of the account; None: there is no such account.
pub(super) fn local_account(
    shared: &mut Shared,
    options: SessionOptions,
) -> Result<Option<LocalAccount>, StoreError> {
    let Some(account) = accounts::get(&shared.writer.transaction()?, options.account)? else {
        return Ok(None);
    };
    let resource = match options.resource {
        Resource::Stored => account.resource.clone(),
        Resource::Commands => format!("{}.c", account.resource),
    };
    Ok(Some(LocalAccount {
        account: account.id,
        jid: account.jid.clone(),
        resource,
        present: options.presence,
        archive: options.archive,
        sharing: options.sharing,
    }))
}
