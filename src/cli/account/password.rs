//! `susurro account password`: replaces the password that is stored; the next login uses it.

use super::add::prompt;
use crate::cli::args::{Common, Password};
use crate::cli::open::with_profile;
use crate::cli::{Exit, offline, output, render};
use api::{Command, Secret};

pub fn run(common: &Common, args: &Password) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let account = opened.account()?;
        if account.jid != args.jid {
            return Err(Exit::usage(format!(
                "The account of this profile is {}.",
                render::identifier(account.jid.as_str())
            )));
        }
        let password = args.password.read(&prompt(&args.jid), false)?;
        offline::perform(opened, vec![Command::SetPassword(Secret(password))])?;
        output::say("The password is stored. susurro doctor tries it.");
        Ok(())
    })
}
