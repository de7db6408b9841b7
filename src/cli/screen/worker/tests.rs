//! The worker in this process: light vaults, servers that say nothing.

use std::net::TcpListener;
use std::path::Path;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::cli::unlock::tests::{PASSPHRASE, files, profile_with_vault};
use api::FailureKind;
use model::{AccountId, AccountOptions, BareJid};
use tui::host::{Check, NewAccount, Refused};

/// The screen's side of a worker.
struct Stage {
    folder: TempDir,
    profile: Profile,
    thread: Thread,
    requests: UnboundedSender<Request>,
    answers: UnboundedReceiver<HostAnswer>,
}

impl Stage {
    fn new(folder: TempDir, profile: Profile, found: FoundProfile) -> Self {
        let (requests, asked) = unbounded_channel();
        let (told, answers) = unbounded_channel();
        let worker = Worker::new(profile.clone(), Config::default(), found, asked, told);
        Self {
            folder,
            profile,
            thread: worker.light().start().unwrap(),
            requests,
            answers,
        }
    }

    /// Locked, with a vault.
    fn locked() -> Self {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let lock = profile.lock().unwrap();
        Self::new(folder, profile, FoundProfile::Closed(lock))
    }

    /// Unlocked, without an account.
    fn unlocked() -> Self {
        let mut stage = Self::locked();
        stage.asks(Request::Unlock(secret(PASSPHRASE)));
        assert!(matches!(stage.hears(), HostAnswer::NoAccount(_)));
        stage
    }

    fn asks(&self, request: Request) {
        self.requests.send(request).unwrap();
    }

    fn hears(&mut self) -> HostAnswer {
        self.answers.blocking_recv().expect("the worker has ended")
    }

    fn refused(&mut self) -> Refused {
        loop {
            match self.hears() {
                HostAnswer::Refused(failure) => return failure,
                HostAnswer::Step(_) | HostAnswer::Reached(_) => {}
                _ => panic!("not refused"),
            }
        }
    }

    /// The screen goes; everything is closed, and the profile with its database can be opened again.
    fn leaves(self) -> (TempDir, OpenProfile) {
        drop((self.requests, self.answers));
        self.thread.end().unwrap();
        let wal = self.profile.folder().join("messages.db-wal");
        assert!(std::fs::metadata(wal).map_or(true, |wal| wal.len() == 0));
        let opened = open(&self.profile);
        (self.folder, opened)
    }
}

fn open(profile: &Profile) -> OpenProfile {
    let lock = profile.lock().unwrap();
    let unlocked = Unlocked::open(profile, &Forms::typed(PASSPHRASE), lock);
    let unlocked = unlocked.map_err(|(error, _)| error).unwrap();
    OpenProfile::new(unlocked, &Config::default()).unwrap().0
}

fn secret(text: &str) -> Secret {
    Secret(Zeroizing::new(text.to_owned()))
}

/// An account on a server at this port.
fn new(port: u16) -> NewAccount {
    NewAccount {
        jid: BareJid::new("ana@mired.test").unwrap(),
        password: secret("sesame"),
        server: Some(("127.0.0.1".to_owned(), port)),
        direct_tls: false,
        ca_file: None,
        allow_plain: false,
    }
}

/// A server that accepts and says nothing, for as long as this lives.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A port that nobody listens at.
fn nobody() -> u16 {
    silent().1
}

/// A database in which an account of ours is, proved or not.
fn with_account(proved: bool, port: u16) -> (TempDir, Profile, OpenProfile) {
    let folder = TempDir::new().unwrap();
    let profile = profile_with_vault(&folder);
    let mut opened = open(&profile);
    let options = AccountOptions {
        server: Some(("127.0.0.1".to_owned(), port)),
        ..AccountOptions::default()
    };
    let command = AccountCommand::Add {
        jid: new(port).jid,
        password: secret("sesame"),
        options,
        resource: "r".to_owned(),
    };
    let id = offline::change_accounts(&mut opened, command).unwrap().unwrap();
    if proved {
        offline::change_accounts(&mut opened, AccountCommand::Prove(id)).unwrap();
    }
    (folder, profile, opened)
}

/// The lock, when the database is closed.
fn profile_lock(opened: OpenProfile) -> ProfileLock {
    let profile = opened.profile().clone();
    opened.close().unwrap();
    profile.lock().unwrap()
}

fn stored(opened: &mut OpenProfile) -> usize {
    opened.read(|tx| accounts::all(tx)).unwrap().len()
}

#[test]
fn a_wrong_passphrase_is_refused_and_writes_nothing_and_the_right_one_opens_after_it() {
    let mut stage = Stage::locked();
    let before = files(&stage.profile);
    for _ in 0..2 {
        stage.asks(Request::Unlock(secret("something else")));
        let failure = stage.refused();
        assert_eq!(
            (failure.kind, failure.text.as_str()),
            (FailureKind::Other, "That passphrase does not open this vault.")
        );
        assert!(files(&stage.profile) == before);
    }
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    assert!(matches!(stage.hears(), HostAnswer::NoAccount(_)));
    stage.leaves();
}

#[test]
fn the_lock_is_held_while_it_is_locked_and_while_it_is_open_and_free_afterwards() {
    let mut stage = Stage::locked();
    assert!(stage.profile.lock().is_err());
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    stage.hears();
    assert!(stage.profile.lock().is_err());
    let profile = stage.profile.clone();
    let (_folder, opened) = stage.leaves();
    drop(opened);
    profile.lock().unwrap();
}

#[test]
fn a_screen_that_goes_before_anything_was_asked_leaves_nothing_behind() {
    let stage = Stage::locked();
    let before = files(&stage.profile);
    drop((stage.requests, stage.answers));
    stage.thread.end().unwrap();
    assert!(files(&stage.profile) == before);
    stage.profile.lock().unwrap();
}

#[test]
fn a_vault_is_made_once_with_a_passphrase_that_is_good_enough() {
    let folder = TempDir::new().unwrap();
    let profile = Profile::at(&folder.path().join("profile")).unwrap();
    profile.prepare().unwrap();
    let lock = profile.lock().unwrap();
    let mut stage = Stage::new(folder, profile, FoundProfile::Closed(lock));
    stage.asks(Request::MakeVault(secret("password")));
    assert!(stage.refused().text.as_str().contains("too weak"));
    assert!(!stage.profile.vault().exists());
    stage.asks(Request::MakeVault(secret(PASSPHRASE)));
    assert!(matches!(stage.hears(), HostAnswer::NoAccount(_)));
    stage.asks(Request::MakeVault(secret("another good passphrase of mine")));
    assert!(stage.refused().text.as_str().contains("already"));
    stage.leaves();
}

#[test]
fn a_database_that_cannot_be_opened_is_said_and_can_be_tried_again() {
    let mut stage = Stage::locked();
    let good = std::fs::read(stage.profile.database()).unwrap();
    std::fs::write(stage.profile.database(), [7; 8192]).unwrap();
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    let failure = stage.refused();
    assert!(failure.text.as_str().ends_with('.'), "{failure:?}");
    // Gone while the screen stood there: no new one is made in its place.
    std::fs::remove_file(stage.profile.database()).unwrap();
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    let failure = stage.refused();
    assert!(failure.text.as_str().contains("is missing"), "{failure:?}");
    assert!(!stage.profile.database().exists());
    std::fs::write(stage.profile.database(), good).unwrap();
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    assert!(matches!(stage.hears(), HostAnswer::NoAccount(_)));
    stage.leaves();
}

#[test]
fn an_account_that_cannot_log_in_is_not_stored_and_no_command_is_named() {
    let mut stage = Stage::unlocked();
    stage.asks(Request::Add(new(nobody())));
    let failure = stage.refused();
    assert_eq!(failure.kind, FailureKind::NoConnection);
    assert!(!failure.text.as_str().contains("susurro"), "{failure:?}");
    stage.asks(Request::Register(new(nobody())));
    let failure = stage.refused();
    assert_eq!(failure.kind, FailureKind::NoConnection);
    // Nothing was made there, so nothing is said of it.
    assert!(!failure.text.as_str().contains("made"), "{failure:?}");
    let (_folder, mut opened) = stage.leaves();
    assert_eq!(stored(&mut opened), 0);
}

#[test]
fn a_file_without_certificates_is_refused_by_its_name_in_the_wizard() {
    let mut stage = Stage::unlocked();
    let ca_file = Some(Path::new("/nonexistent/ca.pem").to_owned());
    stage.asks(Request::Add(NewAccount { ca_file, ..new(1) }));
    let text = stage.refused().text;
    assert!(
        text.as_str()
            .starts_with("The CA file /nonexistent/ca.pem cannot"),
        "{text:?}"
    );
    stage.leaves();
}

#[test]
fn what_is_tried_can_be_cancelled_and_the_next_try_is_another() {
    for request in [Request::Add, Request::Register] {
        let (_listener, port) = silent();
        let mut stage = Stage::unlocked();
        stage.asks(request(new(port)));
        let mut reached = Vec::new();
        while reached.is_empty() {
            match stage.hears() {
                HostAnswer::Reached(check) => reached.push(check),
                HostAnswer::Step(_) => {}
                _ => panic!("neither a step nor a mark"),
            }
        }
        assert_eq!(reached, [Check::ServerFound]);
        stage.asks(Request::Cancel);
        assert_eq!(stage.refused().kind, FailureKind::Other);
        // One that comes too late stops nothing.
        stage.asks(Request::Cancel);
        stage.asks(request(new(nobody())));
        assert_eq!(stage.refused().kind, FailureKind::NoConnection);
        let (_folder, mut opened) = stage.leaves();
        assert_eq!(stored(&mut opened), 0);
    }
}

#[test]
fn a_screen_that_goes_during_the_first_login_ends_it() {
    let (_listener, port) = silent();
    let mut stage = Stage::unlocked();
    stage.asks(Request::Add(new(port)));
    while !matches!(stage.hears(), HostAnswer::Reached(Check::ServerFound)) {}
    let (_folder, mut opened) = stage.leaves();
    assert_eq!(stored(&mut opened), 0);
}

#[test]
fn a_proved_account_is_live_at_once_and_everything_is_closed_when_the_screen_goes() {
    let (_listener, port) = silent();
    let (folder, profile, opened) = with_account(true, port);
    let mut stage = Stage::new(folder, profile, FoundProfile::Open(Box::new(opened)));
    let HostAnswer::Live(live) = stage.hears() else {
        panic!("not live");
    };
    assert_eq!((live.account, live.jid), (AccountId(1), new(port).jid));
    assert_eq!(accounts::all(&live.reader).unwrap().len(), 1);
    drop((live.reader, live.commands, live.events));
    let (_folder, mut opened) = stage.leaves();
    assert_eq!(stored(&mut opened), 1);
}

#[test]
fn a_session_begins_once_and_not_without_an_account() {
    let (_listener, port) = silent();
    let (folder, profile, opened) = with_account(true, port);
    let mut stage = Stage::new(folder, profile, FoundProfile::Open(Box::new(opened)));
    let HostAnswer::Live(live) = stage.hears() else {
        panic!("not live");
    };
    stage.asks(Request::Begin);
    assert!(stage.refused().text.as_str().contains("already"));
    drop(live);
    stage.leaves();
    let mut stage = Stage::unlocked();
    stage.asks(Request::Begin);
    assert!(matches!(stage.hears(), HostAnswer::NoAccount(_)));
    stage.leaves();
}

#[test]
fn a_first_contact_that_cannot_be_added_is_said_and_begins_nothing() {
    let (folder, profile, opened) = with_account(true, nobody());
    let mut stage = Stage::new(folder, profile, FoundProfile::Closed(profile_lock(opened)));
    stage.asks(Request::AddContact {
        jid: BareJid::new("bob@mired.test").unwrap(),
        name: None,
    });
    assert!(stage.refused().text.as_str().contains("Unlock"));
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    assert!(matches!(stage.hears(), HostAnswer::Live(_)));
    // A session has the database, so there cannot be another one.
    stage.asks(Request::AddContact {
        jid: BareJid::new("bob@mired.test").unwrap(),
        name: None,
    });
    stage.refused();
    stage.leaves();
}

#[test]
fn a_session_that_is_told_to_end_by_the_screen_gives_the_database_back() {
    let (_listener, port) = silent();
    let (folder, profile, opened) = with_account(true, port);
    let mut stage = Stage::new(folder, profile, FoundProfile::Open(Box::new(opened)));
    let HostAnswer::Live(mut live) = stage.hears() else {
        panic!("not live");
    };
    live.commands.send((CommandId(1), Command::Quit)).unwrap();
    while live.events.blocking_recv().is_some() {}
    drop(live);
    stage.leaves();
}

#[test]
fn an_account_that_was_never_proved_does_not_count_and_makes_room() {
    let (folder, profile, opened) = with_account(false, nobody());
    let mut stage = Stage::new(folder, profile, FoundProfile::Open(Box::new(opened)));
    assert!(matches!(stage.hears(), HostAnswer::NoAccount(_)));
    stage.asks(Request::Add(new(nobody())));
    assert_eq!(stage.refused().kind, FailureKind::NoConnection);
    let (_folder, mut opened) = stage.leaves();
    assert_eq!(stored(&mut opened), 0);
}

#[test]
fn a_request_that_needs_an_open_vault_is_refused_before() {
    let mut stage = Stage::locked();
    stage.asks(Request::Add(new(1)));
    assert!(stage.refused().text.as_str().contains("Unlock"));
    drop((stage.requests, stage.answers));
    stage.thread.end().unwrap();
}

#[test]
fn what_was_typed_in_the_wizard_is_there_again_until_there_is_an_account() {
    let stage = Stage::unlocked();
    let typed = model::AccountDraft {
        address: "ana@mired.test".to_owned(),
        server: "127.0.0.1:".to_owned(),
        ..Default::default()
    };
    // As when the person leaves: nothing is waited for.
    stage.asks(Request::Keep(typed.clone()));
    let (_folder, opened) = stage.leaves();
    let profile = opened.profile().clone();
    let lock = profile_lock(opened);
    let mut stage = Stage::new(TempDir::new().unwrap(), profile, FoundProfile::Closed(lock));
    stage.asks(Request::Unlock(secret(PASSPHRASE)));
    assert!(matches!(stage.hears(), HostAnswer::NoAccount(Some(kept)) if kept == typed));
    stage.leaves();
}
