//! `susurro account remove`: everything of the account goes from this profile.

use crate::cli::args::{Common, RemoveAccount};
use crate::cli::open::with_profile;
use crate::cli::{Exit, confirm, offline, output, render};
use api::AccountCommand;
use store::accounts;

pub fn run(common: &Common, args: &RemoveAccount) -> Result<(), Exit> {
    let jid = render::identifier(args.jid.as_str());
    if !args.yes && !confirm::possible() {
        return Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to remove the account with its keys and messages.",
        ));
    }
    with_profile(common, |opened| {
        let account = opened
            .read(|tx| accounts::by_jid(tx, &args.jid))?
            .ok_or_else(|| Exit::usage(format!("There is no account {jid} in this profile.")))?;
        let question = format!(
            "Remove {jid} from this profile, with its keys, contacts and messages? They cannot be brought back."
        );
        if !args.yes && !confirm::confirmed(&question)? {
            return Err(Exit::other("Nothing is removed."));
        }
        offline::change_accounts(opened, AccountCommand::Remove(account.id))?;
        // secure_delete leaves copies in the gaps of pages; only a rebuild takes the last of them.
        opened.writer()?.scrub()?;
        output::say(format!(
            "{jid} is removed from this profile. The account at the server stays, and this device on its list of devices until another one clears it."
        ));
        Ok(())
    })
}
