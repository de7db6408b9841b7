//! The worker: the one thread that holds vault, database and session while the screen shows, does what the
//! screen asks for, and closes all of it in good order.

use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::desk::VaultDesk;
use super::first_login::{self, Screen};
use super::{fault, words};
use crate::cli::client::{GOODBYE, runtime};
use crate::cli::open::OpenProfile;
use crate::cli::unlock::{Unlocked, database, new_form};
use crate::cli::{Exit, init, offline, output};
use crate::paths::{Profile, ProfileLock};
use api::{AccountCommand, Command, CommandId, Secret};
use config::Config;
use model::AccountId;
use session::{self, Resource, SessionOptions};
use store::{Writer, accounts, wizard};
use tui::desk::FileDesk;
use tui::host::{HostAnswer, Live, Request};
use vault::{self, Forms, Strength};

/// How long the closing may take: the session's goodbye, the database, or a vault
/// that is being made just now.
const CLOSING: Duration = Duration::from_secs(20);

/// What there was before the screen.
pub enum FoundProfile {
    Closed(ProfileLock),
    Open(Box<OpenProfile>),
}

/// Vault, database and session of the screen.
pub struct Worker {
    profile: Profile,
    config: Config,
    /// What guessing the passphrase of a new vault shall cost.
    strength: Strength,
    /// Held here until the vault is open.
    lock: Option<ProfileLock>,
    opened: Option<OpenProfile>,
    session: Option<Running>,
    requests: UnboundedReceiver<Request>,
    answers: UnboundedSender<HostAnswer>,
    /// What is to be said when the screen is gone.
    afterwards: Vec<String>,
}

/// The session, seen from the worker.
struct Running {
    commands: UnboundedSender<(CommandId, Command)>,
    /// Gives the database back when it has ended; None: it panicked.
    ended: UnboundedReceiver<Option<Writer>>,
}

/// What the worker waits for.
enum Next {
    Request(Request),
    /// The screen is gone.
    Gone,
    /// The session has ended, and nobody had asked it to.
    Ended(Option<Writer>),
}

/// The worker's thread, as the screen's side holds it.
pub struct Thread(std_mpsc::Receiver<Result<(), Exit>>);

impl Thread {
    /// Waits until everything is closed. The screen's ends of the channels are dropped by then.
    pub fn end(self) -> Result<(), Exit> {
        match self.0.recv_timeout(CLOSING) {
            Ok(closed) => closed,
            Err(std_mpsc::RecvTimeoutError::Disconnected) => Err(fault()),
            Err(std_mpsc::RecvTimeoutError::Timeout) => Err(Exit::other(
                "The program did not end in good order. What it stored is safe.",
            )),
        }
    }
}

impl Worker {
    pub fn new(
        profile: Profile,
        config: Config,
        found: FoundProfile,
        requests: UnboundedReceiver<Request>,
        answers: UnboundedSender<HostAnswer>,
    ) -> Self {
        let (lock, opened) = match found {
            FoundProfile::Closed(lock) => (Some(lock), None),
            FoundProfile::Open(opened) => (None, Some(*opened)),
        };
        Self {
            profile,
            config,
            strength: Strength::Default,
            lock,
            opened,
            session: None,
            requests,
            answers,
            afterwards: Vec::new(),
        }
    }

    /// For tests: vaults of the least strength.
    #[cfg(test)]
    pub fn light(mut self) -> Self {
        self.strength = Strength::Light;
        self
    }

    pub fn start(self) -> Result<Thread, Exit> {
        let (closed, end) = std_mpsc::channel();
        thread::Builder::new()
            .name("worker".to_owned())
            .spawn(move || {
                // Nobody listens any more if the closing took too long.
                let _ = closed.send(self.run());
            })
            .map_err(|error| Exit::other(format!("The program cannot be started: {error}.")))?;
        Ok(Thread(end))
    }

    fn run(mut self) -> Result<(), Exit> {
        let worked = self.work();
        let closed = self.close();
        worked.and(closed)
    }

    fn work(&mut self) -> Result<(), Exit> {
        let runtime = runtime()?;
        if self.opened.is_some() {
            let begun = self.begin();
            self.answer(begun);
        }
        loop {
            match runtime.block_on(self.next()) {
                Next::Request(request) => {
                    let done = self.handle(request);
                    self.answer(done);
                }
                Next::Gone => return Ok(()),
                // It has told the screen why. If it panicked, nothing it left behind is to be trusted.
                Next::Ended(writer) => {
                    self.session = None;
                    self.take_back(writer)?;
                }
            }
        }
    }

    async fn next(&mut self) -> Next {
        let ended = async {
            match &mut self.session {
                Some(session) => session.ended.recv().await.flatten(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            request = self.requests.recv() => request.map_or(Next::Gone, Next::Request),
            writer = ended => Next::Ended(writer),
        }
    }

    fn answer(&mut self, done: Result<(), Exit>) {
        if let Err(exit) = done {
            self.tell(HostAnswer::Refused(words::failure(&exit)));
        }
    }

    fn tell(&self, answer: HostAnswer) {
        // A screen that is gone shows in `next`.
        let _ = self.answers.send(answer);
    }

    fn handle(&mut self, request: Request) -> Result<(), Exit> {
        match request {
            Request::Unlock(passphrase) => self.unlock(passphrase),
            Request::MakeVault(passphrase) => self.make_vault(passphrase),
            Request::Add(new) => self.online(|opened, screen| first_login::add(opened, &new, screen)),
            Request::Register(new) => {
                self.online(|opened, screen| first_login::register(opened, &new, screen))
            }
            Request::AddContact { jid, name } => {
                let command = Command::AddContact { jid, name };
                self.online(|opened, screen| first_login::contact(opened, command, screen))?;
                self.begin()
            }
            Request::Begin => self.begin(),
            Request::Keep(typed) => {
                // Nobody waits for an answer; what did not work is said at the end.
                let kept = offline::change_accounts(self.opened()?, AccountCommand::KeepDraft(typed));
                self.afterwards.extend(kept.err().map(|exit| exit.text));
                Ok(())
            }
            // What it was meant for has ended, and was answered.
            Request::Cancel => Ok(()),
        }
    }

    fn unlock(&mut self, passphrase: Secret) -> Result<(), Exit> {
        database::refuse_lost(&self.profile)?;
        let lock = self.lock()?;
        let unlocked = Unlocked::open(&self.profile, &Forms::typed(&passphrase.0), lock);
        drop(passphrase);
        match unlocked {
            Ok(unlocked) => self.open(unlocked),
            Err((error, lock)) => {
                self.lock = Some(lock);
                Err(error.into())
            }
        }
    }

    fn make_vault(&mut self, passphrase: Secret) -> Result<(), Exit> {
        let new = new_form(&Forms::typed(&passphrase.0))?;
        drop(passphrase);
        vault::check_strength(&new)
            .map_err(|weakness| Exit::other(format!("That passphrase is too weak. {weakness}")))?;
        init::refuse_existing(&self.profile)?;
        let lock = self.lock()?;
        match init::make(&self.profile, &new, self.strength, &mut |_| {}) {
            Ok(keys) => self.open(Unlocked::made(&self.profile, keys, lock)),
            Err(exit) => {
                self.lock = Some(lock);
                Err(exit)
            }
        }
    }

    /// The lock of the profile. It is not here if the last try opened the vault, but not the database.
    fn lock(&mut self) -> Result<ProfileLock, Exit> {
        match self.lock.take() {
            Some(lock) => Ok(lock),
            None => Ok(self.profile.lock()?),
        }
    }

    fn open(&mut self, unlocked: Unlocked) -> Result<(), Exit> {
        let (opened, warnings) = OpenProfile::new(unlocked, &self.config)?;
        self.afterwards.extend(warnings);
        self.opened = Some(opened);
        self.begin()
    }

    /// The session, if there is an account.
    fn begin(&mut self) -> Result<(), Exit> {
        self.no_session()?;
        let (account, typed) = self
            .opened()?
            .read(|tx| Ok((accounts::all(tx)?, wizard::get(tx)?)))?;
        match account.iter().find(|account| account.proved) {
            Some(account) => self.go_live(account.id),
            None => {
                self.tell(HostAnswer::NoAccount(typed));
                Ok(())
            }
        }
    }

    /// Work that connects for itself, which the screen hears of and can cancel.
    fn online(
        &mut self,
        work: impl FnOnce(&mut OpenProfile, &mut Screen<'_>) -> Result<(), Exit>,
    ) -> Result<(), Exit> {
        self.no_session()?;
        let mut screen = Screen {
            requests: &mut self.requests,
            answers: &self.answers,
            reached: None,
        };
        let opened = self.opened.as_mut().ok_or_else(locked)?;
        work(opened, &mut screen)
    }

    /// A session has the database, and there is one at most.
    fn no_session(&self) -> Result<(), Exit> {
        match self.session {
            None => Ok(()),
            Some(_) => Err(Exit::other("The session runs already.")),
        }
    }

    fn go_live(&mut self, id: AccountId) -> Result<(), Exit> {
        let opened = self.opened()?;
        let account = opened
            .read(|tx| accounts::get(tx, id))?
            .ok_or_else(|| Exit::other("The account is gone."))?;
        let reader = opened.reader()?;
        let files = opened
            .folder()
            .map(|folder| Arc::new(VaultDesk::new(folder)) as Arc<dyn FileDesk>);
        let options = SessionOptions {
            account: id,
            presence: true,
            resource: Resource::Stored,
            archive: Some(opened.archive_days()),
            sharing: opened.sharing(),
            reconnect: true,
            stay: true,
        };
        let handle = session::spawn(opened.take_writer()?, opened.folder(), options)
            .map_err(|error| Exit::other(format!("The session cannot be started: {error}.")))?;
        let (end, ended) = unbounded_channel();
        let join = handle.join;
        // Only its end can tell when a thread has ended.
        thread::Builder::new()
            .name("session's end".to_owned())
            .spawn(move || {
                let _ = end.send(join.join().ok());
            })
            .map_err(|error| Exit::other(format!("The session cannot be started: {error}.")))?;
        self.session = Some(Running {
            commands: handle.commands.clone(),
            ended,
        });
        self.tell(HostAnswer::Live(Live {
            account: id,
            jid: account.jid.clone(),
            reader,
            files,
            commands: handle.commands,
            events: handle.events,
        }));
        Ok(())
    }

    fn opened(&mut self) -> Result<&mut OpenProfile, Exit> {
        self.opened.as_mut().ok_or_else(locked)
    }

    /// Ends the session, closes the database, gives keys and lock away. The screen is gone.
    fn close(mut self) -> Result<(), Exit> {
        let ended = self.end_session();
        for sentence in &self.afterwards {
            output::say(sentence);
        }
        let closed = self.opened.take().map_or(Ok(()), OpenProfile::close);
        ended.and(closed)
    }

    fn end_session(&mut self) -> Result<(), Exit> {
        let Some(Running { commands, mut ended }) = self.session.take() else {
            return Ok(());
        };
        let _ = commands.send((CommandId(u64::MAX), Command::Quit));
        drop(commands);
        let writer = runtime()?.block_on(async { tokio::time::timeout(GOODBYE, ended.recv()).await });
        match writer {
            Ok(writer) => self.take_back(writer.flatten()),
            Err(_) => Err(Exit::other("The session did not end in good order.")),
        }
    }

    /// The database, from a session that has ended.
    fn take_back(&mut self, writer: Option<Writer>) -> Result<(), Exit> {
        self.opened()?.put_writer(writer.ok_or_else(fault)?);
        Ok(())
    }
}

fn locked() -> Exit {
    Exit::other("The vault is locked. Unlock it first.")
}

#[cfg(test)]
mod tests;
