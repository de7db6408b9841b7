//! The unlocked profile as the commands use it: the database under the profile's lock,
//! from passphrase to checkpoint.

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::args::Common;
use super::unlock::{self, SecretSource, Unlocked, database};
use super::{Exit, output, render};
use crate::logging;
use crate::paths::Profile;
use config::{Config, Disclosure};
use files::{FilesError, Folder};
use model::{InPrivate, Jid, Peer, Sharing, Telling, Timestamp};
use store::accounts::{self, Account};
use store::{self, Reader, StoreError, Transaction, Writer, chats, in_private};

/// The chat with whoever has this nick in the room.
fn called(room: &Peer, nick: &str) -> Peer {
    Peer::in_private(room.account, room.address.clone(), InPrivate::called(nick))
}

/// An unlocked profile with its open database.
pub struct OpenProfile {
    unlocked: Unlocked,
    /// Taken while a session holds it.
    writer: Option<Writer>,
    /// Where the files lie, or why there is no such place.
    files: Result<Folder, FilesError>,
    /// How many days of the archive are read by itself.
    archive_days: u16,
    /// What others are told of the person.
    sharing: Sharing,
}

impl Common {
    /// Where the passphrase comes from.
    pub fn secret(&self) -> SecretSource {
        SecretSource::new(
            self.passphrase_file.clone(),
            self.passphrase_command.clone(),
            self.locked,
        )
    }

    /// The profile's folder.
    pub fn locate(&self) -> Result<Profile, Exit> {
        Ok(Profile::locate(self.profile.as_deref())?.for_command(self.command))
    }
}

/// Unlocks the profile, does `work` and closes the database in good order, whatever came of the work.
pub fn with_profile<T>(
    common: &Common,
    work: impl FnOnce(&mut OpenProfile) -> Result<T, Exit>,
) -> Result<T, Exit> {
    let mut opened = OpenProfile::open(common)?;
    let done = work(&mut opened);
    let closed = opened.close();
    let done = done?;
    closed?;
    Ok(done)
}

/// [`with_profile`] for what must not be done twice: that the database could not be closed in good order is
/// said, but it is no failure of what was done before.
pub fn with_profile_kept<T>(
    common: &Common,
    work: impl FnOnce(&mut OpenProfile) -> Result<T, Exit>,
) -> Result<T, Exit> {
    let mut opened = OpenProfile::open(common)?;
    let done = work(&mut opened);
    if let Err(exit) = opened.close() {
        output::say(format!(
            "The database was not closed in good order. {}",
            exit.text
        ));
    }
    done
}

impl OpenProfile {
    fn open(common: &Common) -> Result<Self, Exit> {
        let config = Config::load().map_err(|error| Exit::other(error.to_string()))?;
        let unlocked = unlock::unlock(&common.locate()?, &common.secret())?;
        let (opened, warnings) = Self::new(unlocked, &config)?;
        warnings.iter().for_each(output::say);
        Ok(opened)
    }

    /// Starts the log and opens the database; with what did not work and is no reason to stop, as sentences.
    pub fn new(mut unlocked: Unlocked, config: &Config) -> Result<(Self, Vec<String>), Exit> {
        let mut warnings = Vec::new();
        if !unlocked.held {
            warnings.push(
                "Warning: the keys could not be locked into memory, so they may get into swap.".to_owned(),
            );
        }
        if let Some(level) = config.log.level()
            && let Err(error) = logging::start(unlocked.profile.folder(), level)
        {
            warnings.push(format!("The log cannot be written: {error}."));
        }
        let mut writer = open_database(&mut unlocked)?;
        let files = Folder::open(unlocked.profile.files(), unlocked.attachments.clone());
        if let Ok(folder) = &files {
            sweep(&mut writer, folder);
        }
        let opened = Self {
            files,
            writer: Some(writer),
            archive_days: config.archive_days,
            sharing: sharing(config),
            unlocked,
        };
        Ok((opened, warnings))
    }

    /// How many days of the archive are read by itself, as the person set it.
    pub fn archive_days(&self) -> u16 {
        self.archive_days
    }

    /// What others are told of the person, as they set it.
    pub fn sharing(&self) -> Sharing {
        self.sharing
    }

    /// Closes the database (checkpoint and all), then lets go of the profile's lock.
    pub fn close(self) -> Result<(), Exit> {
        match self.writer {
            Some(writer) => Ok(writer.close()?),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub fn profile(&self) -> &Profile {
        &self.unlocked.profile
    }

    /// Reads in one transaction, which is rolled back. What changes anything goes through `offline`.
    pub fn read<T>(&mut self, read: impl FnOnce(&Transaction<'_>) -> store::Result<T>) -> Result<T, Exit> {
        let tx = self.writer()?.transaction()?;
        Ok(read(&tx)?)
    }

    /// The proved account; there is at most one for now.
    /// The chat of this name; of several with people who were called so the newest.
    pub fn chat(&mut self, named: &Jid) -> Result<Peer, Exit> {
        let room = Peer::new(self.account()?.id, named.to_bare());
        let Some(nick) = named.resource() else {
            return Ok(room);
        };
        let known = self.read(|tx| in_private::called(tx, &room, nick.as_str()))?;
        match known {
            Some(chat) => Ok(chat.peer),
            None => self.whoever(named),
        }
    }

    /// The chat with whoever has the nick in a room now; of an address without one the one with that.
    pub fn whoever(&mut self, named: &Jid) -> Result<Peer, Exit> {
        let room = Peer::new(self.account()?.id, named.to_bare());
        let Some(nick) = named.resource() else {
            return Ok(room);
        };
        let is_room = self
            .read(|tx| chats::by_peer(tx, &room))?
            .is_some_and(|chat| chat.is_room());
        match is_room {
            true => Ok(called(&room, nick.as_str())),
            false => Err(Exit::usage(format!(
                "An address without a resource is needed: {} (none of your rooms has that address).",
                render::identifier(room.address.as_str())
            ))),
        }
    }

    pub fn account(&mut self) -> Result<Account, Exit> {
        let all = self.read(|tx| accounts::all(tx))?;
        all.into_iter()
            .find(|account| account.proved)
            .ok_or_else(|| Exit::other("There is no account yet. Add yours with: susurro account add JID"))
    }

    /// A read-only connection beside the writer.
    pub fn reader(&self) -> Result<Reader, Exit> {
        if self.writer.as_ref().is_some_and(Writer::is_alone) {
            return Err(Exit::other(
                "The disk is full, so only what is there already can be shown, and nothing that needs a connection can be \
                 done. Make room, and try again.",
            ));
        }
        Ok(Reader::open(
            &self.unlocked.profile.database(),
            &self.unlocked.database_key,
        )?)
    }

    /// The writer, for `offline`, and for what is done to the database as a whole.
    pub fn writer(&mut self) -> Result<&mut Writer, Exit> {
        self.writer.as_mut().ok_or_else(writer_gone)
    }

    /// Where files lie.
    ///
    /// Exit: 1 if there is no such place and none can be made.
    pub fn files(&self) -> Result<&Folder, Exit> {
        let folder = self.unlocked.profile.files();
        self.files
            .as_ref()
            .map_err(|error| Exit::other(error.of(&folder)))
    }

    /// The same for a session, which does the rest without.
    pub fn folder(&self) -> Option<Folder> {
        self.files().ok().cloned()
    }

    /// Hands the writer out to a session.
    pub fn take_writer(&mut self) -> Result<Writer, Exit> {
        self.writer.take().ok_or_else(writer_gone)
    }

    /// Takes it back.
    pub fn put_writer(&mut self, writer: Writer) {
        self.writer = Some(writer);
    }
}

/// Opens the database. Only of a vault of the first programs, which made the header alone, it may be made
/// here, once: the header then remembers that it was.
fn open_database(unlocked: &mut Unlocked) -> Result<Writer, Exit> {
    let profile = &unlocked.profile;
    database::refuse_lost(profile)?;
    let (path, key) = (profile.database(), &unlocked.database_key);
    let absent = unlocked.unmarked.is_some() && !path.exists();
    let writer = match absent {
        true => Writer::create(&path, key),
        false => Writer::open(&path, key),
    };
    let writer = writer.map_err(|error| match error {
        StoreError::Lost => database::empty(profile),
        other => other.into(),
    })?;
    if let Some(unmarked) = unlocked.unmarked.take() {
        // In the file and not only in its log, before the header says that it is there. If the header cannot
        // be written, the next opening tries again.
        writer.checkpoint()?;
        profile.settle();
        if let Err(error) = unmarked.mark(&mut UnwrapErr(SysRng)) {
            tracing::warn!("the vault's header could not be told of the database: {error}");
        }
    }
    // Of a making that was killed at the very end.
    profile.end_making()?;
    Ok(writer)
}

/// What a crash left behind of files belongs to no message. Nobody has taken one in yet: the profile is ours
/// alone, and this comes first. What cannot be done now is done at the next start.
fn sweep(writer: &mut Writer, folder: &Folder) {
    let kept = writer.transaction().and_then(|tx| store::files::containers(&tx));
    match kept.map(|kept| folder.sweep(&kept)) {
        Ok(Ok(0)) => {}
        Ok(Ok(swept)) => tracing::info!(swept, "files of no message were taken away"),
        Ok(Err(error)) => tracing::warn!("files of no message could not be taken away: {error}"),
        Err(error) => tracing::warn!("files of no message could not be looked for: {error}"),
    }
}

fn writer_gone() -> Exit {
    Exit::other(
        "The session did not end in good order and kept the database. What it stored is safe; run the command again.",
    )
}

/// The clock, read in this one place of the commands.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The same in seconds since 1970, as the vault wants it; 0 where the clock stands before that.
pub(super) fn seconds() -> u64 {
    u64::try_from(now().as_second()).unwrap_or_default()
}
/// The settings as the core takes them.
fn sharing(config: &Config) -> Sharing {
    let telling = |told: Disclosure| match told {
        Disclosure::Off => Telling::Never,
        Disclosure::Encrypted => Telling::Sealed,
        Disclosure::On => Telling::Always,
    };
    Sharing {
        read_sync: config.read_sync,
        markers: telling(config.read_markers),
        typing: telling(config.typing),
    }
}
