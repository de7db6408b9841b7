//! Commands that need no network, performed by the same core as those that do: what a change means stands
//! there alone. In the commands nothing else commits.

use std::collections::BTreeSet;

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::Exit;
use super::open::{OpenProfile, now};
use api::{AccountCommand, Change, Command, CommandId, Event, Failure};
use model::AccountId;
use protocol::{Effect, Input, LocalAccount, Protocol};
use store::Transaction;
use store::accounts::Account;

/// Performs all of these or, if one of them ends with a failure, none; how many messages that changed.
pub fn perform(opened: &mut OpenProfile, commands: Vec<Command>) -> Result<usize, Exit> {
    let account = opened.account()?;
    let tx = opened.writer()?.transaction()?;
    let changed = handle(&tx, &account, commands)??;
    tx.commit()?;
    Ok(changed)
}

/// Changes which accounts there are; the one that was added, if one was.
pub fn change_accounts(opened: &mut OpenProfile, command: AccountCommand) -> Result<Option<AccountId>, Exit> {
    let tx = opened.writer()?.transaction()?;
    let added = protocol::change_accounts(command, &tx)?;
    tx.commit()?;
    Ok(added)
}

/// The same as [`perform`] inside a transaction, which must not be committed after a failure.
pub fn handle(
    tx: &Transaction<'_>,
    account: &Account,
    commands: Vec<Command>,
) -> store::Result<Result<usize, Failure>> {
    let mut core = Protocol::new(LocalAccount {
        account: account.id,
        jid: account.jid.clone(),
        resource: account.resource.clone(),
        present: false,
        archive: None,
        sharing: model::Sharing::default(),
    });
    let mut changed = BTreeSet::new();
    for (number, command) in (1..).map(CommandId).zip(commands) {
        let input = Input::Command(number, command);
        for effect in core.handle(input, tx, now(), &mut UnwrapErr(SysRng))? {
            // There is no stream that the others could do something to.
            match effect {
                Effect::Tell(Event::Changed(Change::Messages(ids))) => changed.extend(ids),
                Effect::Tell(Event::Done {
                    result: Err(failure), ..
                }) => return Ok(Err(failure)),
                _ => {}
            }
        }
    }
    Ok(Ok(changed.len()))
}
