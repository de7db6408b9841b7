//! `susurro init`: makes a vault.

use std::io::{self, Write};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use zeroize::Zeroizing;

use super::open::seconds;
use super::unlock::{SecretSource, Terminal, database, new_form, open_terminal};
use super::{Code, Exit};
use crate::paths::Profile;
use store::Writer;
use store::file;
use vault::{self, Keys, Strength};

/// Makes a vault in `profile`, whose folder is made too, and its database.
///
/// Exit: 1 weak passphrase or vault exists, with nothing changed; 3 folder not usable or in use; else as
/// [`SecretSource::read`].
pub fn init(profile: &Profile, source: &SecretSource, kdf: Strength) -> Result<(), Exit> {
    let mut terminal = match source.is_terminal() {
        true => Some(open_terminal()?),
        false => None,
    };
    init_with(
        profile,
        source,
        kdf,
        terminal.as_mut().map(|tty| tty as _),
        &mut io::stderr(),
    )
}

fn init_with(
    profile: &Profile,
    source: &SecretSource,
    kdf: Strength,
    mut terminal: Option<&mut dyn Terminal>,
    messages: &mut dyn Write,
) -> Result<(), Exit> {
    if profile.exists() {
        profile.check()?;
        refuse_existing(profile)?;
    }
    if let Some(terminal) = terminal.as_deref_mut() {
        offer(terminal)?;
    }
    let passphrase = new_passphrase(source, terminal)?;
    profile.prepare()?;
    let _lock = profile.lock()?;
    make(profile, &passphrase, kdf, &mut |_| {})?;
    tell(messages, profile, kdf)
}

/// What has just been done; a test ends the making there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InitStep {
    Begun,
    Swept,
    DatabaseMade,
    HeaderPut,
}

/// Makes database and vault in a profile whose lock is held and that has neither. The header comes when the
/// database is there, whole and durable: a vault without one has lost it. Killed at any point, it leaves what
/// can be made again, or a vault that opens.
pub(super) fn make(
    profile: &Profile,
    passphrase: &str,
    kdf: Strength,
    watch: &mut dyn FnMut(InitStep),
) -> Result<Keys, Exit> {
    refuse_existing(profile)?;
    let new = vault::New::draw(passphrase, kdf, seconds(), &mut UnwrapErr(SysRng))?;
    let keys = new.keys()?;
    profile.begin_making()?;
    watch(InitStep::Begun);
    let made =
        fill(profile, &keys, watch).and_then(|()| new.put(&profile.vault(), passphrase).map_err(Exit::from));
    if let Err(exit) = made {
        if !vault::exists(&profile.vault()) {
            // What cannot be taken away now is taken away by the next making.
            let _ = file::remove(&profile.database()).map(|()| profile.end_making());
        }
        return Err(exit);
    }
    watch(InitStep::HeaderPut);
    profile.end_making()?;
    Ok(keys)
}

/// Takes away what a killed making left behind and makes the database.
fn fill(profile: &Profile, keys: &Keys, watch: &mut dyn FnMut(InitStep)) -> Result<(), Exit> {
    let path = profile.database();
    file::remove(&path).map_err(|error| {
        Exit::new(
            Code::Vault,
            format!("Could not remove {}: {error}.", path.display()),
        )
    })?;
    watch(InitStep::Swept);
    Writer::create(&path, &keys.database)?.close()?;
    profile.settle();
    watch(InitStep::DatabaseMade);
    Ok(())
}

/// Reads a passphrase for a vault and refuses a weak one; `terminal` is where the source is none.
pub(super) fn new_passphrase(
    source: &SecretSource,
    terminal: Option<&mut dyn Terminal>,
) -> Result<Zeroizing<String>, Exit> {
    let given = source.read_with(terminal, "New passphrase", true)?;
    let passphrase = new_form(&given)?;
    vault::check_strength(&passphrase).map_err(|weakness| {
        let text = format!("That passphrase is too weak. {weakness} Nothing was changed.");
        Exit::new(Code::Other, text)
    })?;
    Ok(passphrase)
}

/// Refuses a profile that has a vault already, or a database without one.
pub(super) fn refuse_existing(profile: &Profile) -> Result<(), Exit> {
    let folder = profile.folder().display();
    if vault::exists(&profile.vault()) {
        let text = format!("There is a vault in {folder} already. Nothing was changed.");
        return Err(Exit::new(Code::Other, text));
    }
    database::refuse_orphan(profile).map_err(|exit| Exit::new(Code::Other, exit.text))
}

/// Six words to take or leave, on the terminal itself: stderr may be a file.
pub(super) fn offer(terminal: &mut dyn Terminal) -> Result<(), Exit> {
    let words = vault::six_words(&mut UnwrapErr(SysRng));
    let text = Zeroizing::new(format!(
        "Choose a passphrase. Six random words are good, for example these, drawn just now:\n\n    {}\n\n\
         Write it down and keep it in a safe place. Nobody can recover it, and without it all is lost.\n\n",
        *words
    ));
    terminal.say(&text).map_err(|error| {
        Exit::new(
            Code::Other,
            format!("The terminal could not be written to: {error}."),
        )
    })
}

fn tell(messages: &mut dyn Write, profile: &Profile, kdf: Strength) -> Result<(), Exit> {
    let light = match kdf {
        Strength::Default => "",
        Strength::Light => {
            " It is a light one (--kdf light): guessing its passphrase is cheaper than need be."
        }
    };
    // The vault is there whether or not anybody reads this.
    let _ = writeln!(
        messages,
        "The vault is made, in {}.{light}\n\
         Nobody can recover it if you forget the passphrase. Next: susurro account add JID",
        profile.folder().display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::open::OpenProfile;
    use crate::cli::unlock::tests::{PASSPHRASE, Script, file, files, profile_with_vault};
    use crate::cli::unlock::unlock;
    use config::Config;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    fn fresh(folder: &TempDir) -> Profile {
        Profile::at(&folder.path().join("a/profile")).unwrap()
    }

    #[test]
    fn init_makes_a_vault_that_opens_and_says_that_nobody_can_recover_it() {
        let folder = TempDir::new().unwrap();
        let (profile, source) = (fresh(&folder), file(&folder, PASSPHRASE));
        let mut messages = Vec::new();
        init_with(&profile, &source, Strength::Light, None, &mut messages).unwrap();
        let messages = String::from_utf8(messages).unwrap();
        assert!(
            messages.contains("Nobody can recover it") && messages.contains("light"),
            "{messages}"
        );
        assert!(!messages.contains(PASSPHRASE));
        unlock(&profile, &source).unwrap();
        for name in ["vault", "messages.db", "lock"] {
            let mode = std::fs::metadata(profile.folder().join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o7777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_weak_passphrase_is_exit_one_with_the_reason_and_nothing_is_made() {
        let folder = TempDir::new().unwrap();
        let profile = fresh(&folder);
        let exit = init(&profile, &file(&folder, "password"), Strength::Light).unwrap_err();
        assert_eq!(exit.code, Code::Other);
        assert!(exit.text.contains("top-10 common password"), "{}", exit.text);
        assert!(!profile.exists() && !folder.path().join("a").exists());
    }

    #[test]
    fn an_existing_vault_is_exit_one_and_stays_as_it_was() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let before = std::fs::read(profile.vault()).unwrap();
        let source = file(&folder, "another good passphrase of mine");
        let exit = init(&profile, &source, Strength::Light).unwrap_err();
        assert_eq!(exit.code, Code::Other);
        assert!(exit.text.contains("already"), "{}", exit.text);
        assert_eq!(std::fs::read(profile.vault()).unwrap(), before);
        unlock(&profile, &file(&folder, PASSPHRASE)).unwrap();
    }

    #[test]
    fn on_a_terminal_six_words_are_offered_and_the_passphrase_is_asked_for_twice() {
        let folder = TempDir::new().unwrap();
        let profile = fresh(&folder);
        let mut script = Script {
            answers: vec![PASSPHRASE, PASSPHRASE],
            ..Script::default()
        };
        let source = SecretSource::default();
        init_with(
            &profile,
            &source,
            Strength::Light,
            Some(&mut script),
            &mut Vec::new(),
        )
        .unwrap();
        let words = script
            .shown
            .lines()
            .find(|line| line.starts_with("    "))
            .unwrap();
        assert_eq!(words.split_whitespace().count(), 6);
        assert!(script.shown.contains("Nobody can recover it"));
        assert!(script.answers.is_empty());
        unlock(&profile, &file(&folder, PASSPHRASE)).unwrap();
    }

    #[test]
    fn a_making_that_was_killed_anywhere_can_be_repeated_or_has_left_a_vault_that_opens() {
        for last in [
            InitStep::Begun,
            InitStep::Swept,
            InitStep::DatabaseMade,
            InitStep::HeaderPut,
        ] {
            // Half a database, as a kill inside its making leaves it.
            for half in [None, Some(&b""[..]), Some(b"x"), Some(&[7; 8192])] {
                let folder = TempDir::new().unwrap();
                let profile = fresh(&folder);
                profile.prepare().unwrap();
                killed_after(&profile, last);
                if let (Some(half), InitStep::Swept) = (half, last) {
                    std::fs::write(profile.database(), half).unwrap();
                    std::fs::write(profile.folder().join("messages.db-journal"), "x").unwrap();
                    std::fs::write(profile.folder().join("vault.new"), "x").unwrap();
                }
                assert_eq!(profile.vault().exists(), last == InitStep::HeaderPut, "{last:?}");
                assert!(!profile.vault().exists() || profile.database().exists());
                let source = file(&folder, PASSPHRASE);
                let again = init(&profile, &source, Strength::Light);
                assert_eq!(again.is_ok(), last != InitStep::HeaderPut, "{last:?}");
                let unlocked = unlock(&profile, &source).unwrap();
                assert!(unlocked.unmarked.is_none());
                let (opened, _) = OpenProfile::new(unlocked, &Config::default()).unwrap();
                opened.close().unwrap();
                let names: Vec<String> = files(&profile).into_iter().map(|(name, _)| name).collect();
                assert_eq!(names, ["messages.db", "vault"], "{last:?}");
            }
        }
    }

    /// Ends the making after `last` as a kill would: nothing of it is taken back.
    fn killed_after(profile: &Profile, last: InitStep) {
        let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            make(profile, PASSPHRASE, Strength::Light, &mut |step| {
                if step == last {
                    std::panic::resume_unwind(Box::new("killed"));
                }
            })
        }));
        assert!(end.is_err(), "{last:?} was never reached");
    }

    #[test]
    fn a_database_whose_vault_is_gone_is_never_taken_for_a_killed_making() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let source = file(&folder, PASSPHRASE);
        // Opened once, nothing says any more that it was made just now.
        OpenProfile::new(unlock(&profile, &source).unwrap(), &Config::default())
            .unwrap()
            .0
            .close()
            .unwrap();
        std::fs::remove_file(profile.vault()).unwrap();
        let before = files(&profile);
        let exit = init(&profile, &source, Strength::Light).unwrap_err();
        assert!(exit.text.contains("its vault is gone"), "{}", exit.text);
        // Neither does a command that would open it speak of a first vault.
        let opened = unlock(&profile, &source).err().unwrap();
        assert_eq!((opened.code, opened.text), (Code::Vault, exit.text));
        assert!(files(&profile) == before);
        // Its log alone is a trace of one too.
        std::fs::rename(profile.database(), profile.folder().join("messages.db-wal")).unwrap();
        let exit = init(&profile, &source, Strength::Light).unwrap_err();
        assert!(exit.text.contains("its vault is gone"), "{}", exit.text);
    }

    #[test]
    fn a_making_that_fails_takes_its_database_back() {
        let folder = TempDir::new().unwrap();
        let profile = fresh(&folder);
        profile.prepare().unwrap();
        // The header cannot be written: something is in the way.
        std::fs::create_dir(profile.folder().join("vault.new")).unwrap();
        let made = make(&profile, PASSPHRASE, Strength::Light, &mut |_| {});
        assert_eq!(made.err().unwrap().code, Code::Vault);
        std::fs::remove_dir(profile.folder().join("vault.new")).unwrap();
        assert!(files(&profile).is_empty());
    }

    #[test]
    fn a_folder_in_use_or_open_to_others_is_exit_three() {
        let folder = TempDir::new().unwrap();
        let profile = fresh(&folder);
        profile.prepare().unwrap();
        let source = file(&folder, PASSPHRASE);
        let lock = profile.lock().unwrap();
        assert_eq!(
            init(&profile, &source, Strength::Light).unwrap_err().code,
            Code::Vault
        );
        drop(lock);
        std::fs::set_permissions(profile.folder(), PermissionsExt::from_mode(0o777)).unwrap();
        assert_eq!(
            init(&profile, &source, Strength::Light).unwrap_err().code,
            Code::Vault
        );
        assert!(!profile.vault().exists());
    }
}
