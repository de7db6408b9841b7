//! The first login as the wizard sees it: the same way as `account add` and `account register`, with a check
//! list that fills as it goes, and an end when the person wants one.

use model::{AccountOptions, Step};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::cli::Exit;
use crate::cli::account::{add, read_pem, refuse_second, register};
use crate::cli::client::Beside;
use crate::cli::contact;
use crate::cli::open::OpenProfile;
use api::{Command, Connection, Event, State};
use tui::host::{Check, HostAnswer, NewAccount, Request};

/// The screen beside a first login.
pub struct Screen<'a> {
    pub requests: &'a mut UnboundedReceiver<Request>,
    pub answers: &'a UnboundedSender<HostAnswer>,
    /// The last mark that was reached.
    pub reached: Option<Check>,
}

impl Screen<'_> {
    fn tell(&self, answer: HostAnswer) {
        // A screen that is gone shows in `interrupted`.
        let _ = self.answers.send(answer);
    }

    /// What is reached is told once, and nothing is told behind something that comes later.
    fn reach(&mut self, check: Check) {
        if self.reached.is_none_or(|reached| reached < check) {
            self.reached = Some(check);
            self.tell(HostAnswer::Reached(check));
        }
    }
}

impl Beside for &mut Screen<'_> {
    /// Cancelled, or the screen is gone.
    async fn interrupted(&mut self) {
        while !matches!(self.requests.recv().await, Some(Request::Cancel) | None) {}
    }

    fn told(&mut self, event: &Event) {
        match event {
            Event::State(State::Connection(Connection::Connecting { step })) => {
                if let Some(check) = begun(step) {
                    self.reach(check);
                }
                self.tell(HostAnswer::Step(step.clone()));
            }
            Event::State(State::Connection(Connection::Online(_))) => self.reach(Check::LoggedIn),
            Event::State(State::KeysPublished) => self.reach(Check::KeysPublished),
            _ => {}
        }
    }
}

/// What must have been reached before this step could begin.
fn begun(step: &Step) -> Option<Check> {
    match step {
        Step::Starting | Step::LookingUp(_) | Step::Connecting { .. } => None,
        Step::OpeningStream | Step::CheckingCertificate => Some(Check::ServerFound),
        Step::LoggingIn | Step::AskingForForm | Step::MakingAccount => Some(Check::Encrypted),
    }
}

/// Adds an account that exists.
pub fn add(opened: &mut OpenProfile, new: &NewAccount, screen: &mut Screen<'_>) -> Result<(), Exit> {
    let options = options(new)?;
    refuse_second(opened)?;
    prove(opened, new, &options, screen)
}

/// Makes the account at its server first.
pub fn register(opened: &mut OpenProfile, new: &NewAccount, screen: &mut Screen<'_>) -> Result<(), Exit> {
    let options = options(new)?;
    refuse_second(opened)?;
    register::register(&new.jid, &new.password.0, &options, || Ok(&mut *screen))?;
    screen.reach(Check::Registered);
    prove(opened, new, &options, screen).map_err(|exit| {
        let text = format!(
            "{} The account is made at the server all the same: do not make it again, but say that you have it.",
            super::words::failure(&exit).text.as_str()
        );
        Exit::new(exit.code, text)
    })
}

/// Adds the first contact, as `contact add` does.
pub fn contact(opened: &mut OpenProfile, command: Command, screen: &mut Screen<'_>) -> Result<(), Exit> {
    contact::perform(opened, Some(command), || Ok(&mut *screen))
}

fn prove(
    opened: &mut OpenProfile,
    new: &NewAccount,
    options: &AccountOptions,
    screen: &mut Screen<'_>,
) -> Result<(), Exit> {
    let found = add::prove(opened, &new.jid, &new.password.0, options, || Ok(&mut *screen))?;
    screen.reach(Check::KeysPublished);
    screen.tell(HostAnswer::Added {
        facts: found.facts,
        fingerprint: found.fingerprint,
        ed25519: found.ed25519,
    });
    Ok(())
}

fn options(new: &NewAccount) -> Result<AccountOptions, Exit> {
    Ok(AccountOptions {
        server: new.server.clone(),
        direct_tls: new.direct_tls,
        ca_pem: new.ca_file.as_deref().map(read_pem).transpose()?,
        allow_plain: new.allow_plain,
    })
}
