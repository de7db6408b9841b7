//! `susurro account register`: in-band registration (XEP-0077), then the way of `account add`.

use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use super::{add, refuse_second};
use crate::cli::args::{Common, NewAccount};
use crate::cli::client::{Beside, Console, interrupted, runtime};
use crate::cli::open::with_profile;
use crate::cli::{Code, Exit, output, render};
use api::{Connection, Event, State};
use model::{AccountOptions, BareJid, Step};
use net::connection::Login;
use net::registration;

/// How long the registration may take as a whole; its steps have limits of their own.
const TIMEOUT: Duration = Duration::from_secs(120);

pub fn run(common: &Common, args: &NewAccount) -> Result<(), Exit> {
    let options = args.options()?;
    with_profile(common, |opened| {
        refuse_second(opened)?;
        let jid = render::identifier(args.jid.as_str());
        let password = args.password.read(&format!("New password for {jid}"), true)?;
        register(&args.jid, &password, &options, Console::new)?;
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

/// Makes the account at its server; nothing is stored here. Who is beside is told the steps.
pub fn register<B: Beside>(
    jid: &BareJid,
    password: &str,
    options: &AccountOptions,
    beside: impl FnOnce() -> Result<B, Exit>,
) -> Result<(), Exit> {
    let target = Login {
        jid: jid.clone(),
        options: options.clone(),
        location: None,
        mechanism: None,
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let mut beside = beside()?;
        let (steps, mut taken) = unbounded_channel();
        let mut step = move |step| {
            let _ = steps.send(step);
        };
        let registering = registration::register(&target, password, &mut step);
        let deadline = tokio::time::sleep(TIMEOUT);
        tokio::pin!(registering, deadline);
        let mut last = Step::Starting;
        loop {
            tokio::select! {
                biased;
                Some(step) = taken.recv() => {
                    last = step.clone();
                    beside.told(&Event::State(State::Connection(Connection::Connecting { step })));
                }
                registered = &mut registering => return registered.map_err(|error| Exit::from(error.failure)),
                () = beside.interrupted() => return Err(interrupted()),
                () = &mut deadline => return Err(timed_out(&last)),
            }
        }
    });
    // A look-up that still runs in the background has nothing more to tell.
    runtime.shutdown_background();
    ended
}

fn timed_out(last: &Step) -> Exit {
    Exit::new(
        Code::TimedOut,
        format!("Timed out while {}. Try again.", words::step(last).as_str()),
    )
}
