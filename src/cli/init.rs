//! `susurro init`: makes a vault.

use std::io::{self, Write};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use zeroize::Zeroizing;

use super::unlock::{SecretSource, Terminal, open_terminal};
use super::{Code, Exit};
use crate::paths::Profile;
use crate::vault::{self, Strength};

/// Makes a vault in `profile`, whose folder is made too. The database comes with the first command that opens it.
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
    refuse_existing(profile)?;
    vault::create(&profile.vault(), &passphrase, kdf, &mut UnwrapErr(SysRng))?;
    tell(messages, profile, kdf)
}

/// Reads a passphrase for a vault and refuses a weak one; `terminal` is where the source is none.
pub(super) fn new_passphrase(
    source: &SecretSource,
    terminal: Option<&mut dyn Terminal>,
) -> Result<Zeroizing<String>, Exit> {
    let passphrase = source.read_with(terminal, "New passphrase", true)?;
    vault::check_strength(&passphrase).map_err(|weakness| {
        let text = format!("That passphrase is too weak. {weakness} Nothing was changed.");
        Exit::new(Code::Other, text)
    })?;
    Ok(passphrase)
}

/// Refuses a profile that has a vault already, or a database without one.
pub(super) fn refuse_existing(profile: &Profile) -> Result<(), Exit> {
    let folder = profile.folder().display();
    let text = if vault::exists(&profile.vault()) {
        format!("There is a vault in {folder} already. Nothing was changed.")
    } else if profile.database().symlink_metadata().is_ok() {
        // A new vault would have another key: the old messages could never be read again.
        format!(
            "There is a database in {folder}, but its vault is gone. Put the file `vault` back, or move the database \
             away. Nothing was changed."
        )
    } else {
        return Ok(());
    };
    Err(Exit::new(Code::Other, text))
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
    use super::super::unlock::tests::{PASSPHRASE, Script, file, profile_with_vault};
    use super::super::unlock::unlock;
    use super::*;
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
        for name in ["vault", "lock"] {
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
