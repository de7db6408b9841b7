//! `susurro account remove`: everything of the account goes from this profile.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::args::{Common, RemoveAccount};
use crate::cli::open::with_profile;
use crate::cli::{Exit, output, render};
use crate::store::accounts;

pub fn run(common: &Common, args: &RemoveAccount) -> Result<(), Exit> {
    let jid = render::identifier(args.jid.as_str());
    if !args.yes && !io::stdin().is_terminal() {
        return Err(Exit::usage(
            "There is no terminal to ask at. Add --yes to remove the account with its keys and messages.",
        ));
    }
    with_profile(common, |opened| {
        let account = opened
            .read(|tx| accounts::by_jid(tx, &args.jid))?
            .ok_or_else(|| Exit::usage(format!("There is no account {jid} in this profile.")))?;
        if !args.yes && !confirmed(&jid)? {
            return Err(Exit::other("Nothing is removed."));
        }
        opened.write(|tx| accounts::remove(tx, account.id))?;
        // secure_delete leaves copies in the gaps of pages; only a rebuild takes the last of them.
        opened.writer()?.scrub()?;
        output::say(format!(
            "{jid} is removed from this profile. The account at the server stays, and this device on its list of devices until another one clears it."
        ));
        Ok(())
    })
}

fn confirmed(jid: &str) -> Result<bool, Exit> {
    let unheard = |error: io::Error| Exit::other(format!("the answer cannot be read: {error}"));
    write!(
        io::stderr().lock(),
        "Remove {jid} from this profile, with its keys, contacts and messages? They cannot be brought back. [y/N] "
    )
    .map_err(unheard)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(unheard)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
