//! `susurro account register`: in-band registration (XEP-0077), then the way of `account add`.

use std::time::Duration;

use super::{add, make_room};
use crate::cli::args::{Common, NewAccount};
use crate::cli::client::{interrupted, runtime};
use crate::cli::interrupt::Interrupts;
use crate::cli::open::with_profile;
use crate::cli::{Code, Exit, output, render};
use crate::session::connection::Target;
use crate::session::registration;

/// How long the registration may take as a whole; its steps have limits of their own.
const TIMEOUT: Duration = Duration::from_secs(120);

pub fn run(common: &Common, args: &NewAccount) -> Result<(), Exit> {
    let options = args.options()?;
    with_profile(common, |opened| {
        make_room(opened)?;
        let jid = render::identifier(args.jid.as_str());
        let password = args.password.read(&format!("New password for {jid}"), true)?;
        let target = Target {
            jid: args.jid.clone(),
            options: options.clone(),
            location: None,
            mechanism: None,
        };
        register(&target, &password)?;
        output::say(format!("{jid} is registered."));
        add::add(opened, &args.jid, &password, &options).map_err(|exit| {
            let text = format!(
                "{} The account is registered at the server all the same: there it is not to be registered again but added, with susurro account add {jid}",
                exit.text
            );
            Exit::new(exit.code, text)
        })
    })
}

fn register(target: &Target, password: &str) -> Result<(), Exit> {
    runtime()?.block_on(async {
        let mut interrupts =
            Interrupts::new().map_err(|error| Exit::other(format!("No signals can be heard: {error}.")))?;
        let mut last = "starting".to_owned();
        let mut step = |step: crate::model::Clean| last = step.as_str().to_owned();
        let registered = tokio::select! {
            registered = registration::register(target, password, &mut step) => Some(registered),
            () = tokio::time::sleep(TIMEOUT) => None,
            () = interrupts.wait() => return Err(interrupted()),
        };
        match registered {
            Some(registered) => registered.map_err(|error| Exit::from(error.failure)),
            None => Err(Exit::new(
                Code::TimedOut,
                format!("Timed out while {last}. Try again."),
            )),
        }
    })
}
