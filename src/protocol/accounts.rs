//! Which accounts there are: the one change that is not made by the core of an account.

use api::AccountCommand;
use model::AccountId;
use store::{Result, Transaction, accounts, wizard};

/// Makes this change inside `tx`; the account, where one is added.
///
/// # Errors
/// The store's; nothing of the transaction may be committed then.
pub fn change_accounts(command: AccountCommand, tx: &Transaction<'_>) -> Result<Option<AccountId>> {
    match command {
        AccountCommand::Add {
            jid,
            password,
            options,
            resource,
        } => {
            for left in accounts::all(tx)?.iter().filter(|account| !account.proved) {
                accounts::remove(tx, left.id)?;
            }
            return accounts::add(tx, &jid, &password.0, &options, &resource).map(Some);
        }
        AccountCommand::Prove(account) => accounts::set_proved(tx, account)?,
        AccountCommand::Remove(account) => accounts::remove(tx, account)?,
        AccountCommand::KeepDraft(draft) => wizard::put(tx, &draft)?,
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::Secret;
    use model::{AccountDraft, AccountOptions, BareJid};
    use store::Writer;

    fn added(tx: &Transaction<'_>, jid: &str) -> AccountId {
        let command = AccountCommand::Add {
            jid: BareJid::new(jid).unwrap(),
            password: Secret("sesame".to_owned().into()),
            options: AccountOptions::default(),
            resource: "r".to_owned(),
        };
        change_accounts(command, tx).unwrap().unwrap()
    }

    fn there(tx: &Transaction<'_>) -> Vec<(AccountId, bool)> {
        let all = accounts::all(tx).unwrap();
        all.iter().map(|account| (account.id, account.proved)).collect()
    }

    #[test]
    fn what_a_killed_program_left_goes_with_the_next_account_and_a_proved_one_stays() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let ana = added(&tx, "ana@mired.test");
        change_accounts(AccountCommand::Prove(ana), &tx).unwrap();
        added(&tx, "left@mired.test");
        let bob = added(&tx, "bob@mired.test");
        assert_eq!(there(&tx), [(ana, true), (bob, false)]);
        change_accounts(AccountCommand::Remove(ana), &tx).unwrap();
        assert_eq!(there(&tx), [(bob, false)]);
    }

    #[test]
    fn a_draft_stays_until_an_account_is_proved() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let draft = AccountDraft {
            address: "ana@".to_owned(),
            ..AccountDraft::default()
        };
        change_accounts(AccountCommand::KeepDraft(draft.clone()), &tx).unwrap();
        let ana = added(&tx, "ana@mired.test");
        assert_eq!(wizard::get(&tx).unwrap(), Some(draft));
        change_accounts(AccountCommand::Prove(ana), &tx).unwrap();
        assert_eq!(wizard::get(&tx).unwrap(), None);
    }
}
