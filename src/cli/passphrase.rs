//! `susurro passphrase`: changes the passphrase of the vault.

use std::io::{self, Write};

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::init::{new_passphrase, offer};
use super::open::seconds;
use super::unlock::{SecretSource, Terminal, lock_vault, open_terminal};
use super::{Code, Exit};
use crate::paths::Profile;

/// Asks for the old passphrase, then (if it was right) for the new one, and changes the vault.
///
/// Exit: 3 as `unlock`; 1 the new one is weak, with nothing changed; else as [`SecretSource::read`].
pub fn passphrase(profile: &Profile, source: &SecretSource, new: &SecretSource) -> Result<(), Exit> {
    let mut terminal = match source.is_terminal() || new.is_terminal() {
        true => Some(open_terminal()?),
        false => None,
    };
    change(
        profile,
        source,
        new,
        terminal.as_mut().map(|tty| tty as _),
        &mut io::stderr(),
    )
}

fn change(
    profile: &Profile,
    source: &SecretSource,
    new: &SecretSource,
    mut terminal: Option<&mut dyn Terminal>,
    messages: &mut dyn Write,
) -> Result<(), Exit> {
    let path = profile.vault();
    let _lock = lock_vault(profile)?;
    let old = source.read_with(reborrow(&mut terminal), "Passphrase", false)?;
    // Before anybody thinks of a new one.
    let change = vault::Change::begin(&path, &old)?;
    if let (true, Some(terminal)) = (new.is_terminal(), reborrow(&mut terminal)) {
        offer(terminal)?;
    }
    let new = new_passphrase(new, terminal)?;
    if change.is_none(&new) {
        let text = "The new passphrase is the old one. Nothing was changed.";
        return Err(Exit::new(Code::Other, text));
    }
    change.finish(&new, seconds(), &mut UnwrapErr(SysRng))?;
    // It is changed whether or not anybody reads this.
    let _ = writeln!(
        messages,
        "The passphrase is changed. Nobody can recover it if you forget it.\n\
         Who has a copy of this folder from before and knows the old passphrase can still open that copy."
    );
    Ok(())
}

fn reborrow<'t>(terminal: &'t mut Option<&mut dyn Terminal>) -> Option<&'t mut dyn Terminal> {
    match terminal {
        Some(terminal) => Some(&mut **terminal),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::unlock::tests::{PASSPHRASE, Script, file, profile_with_vault};
    use crate::cli::unlock::unlock;
    use tempfile::TempDir;

    const NEW: &str = "seven quiet lanterns above";

    fn key(profile: &Profile, passphrase: &str) -> Result<[u8; 32], Code> {
        let folder = TempDir::new().unwrap();
        let unlocked = unlock(profile, &file(&folder, passphrase));
        unlocked
            .map(|open| *open.database_key.expose())
            .map_err(|exit| exit.code)
    }

    fn from_files(profile: &Profile, old: &str, new: &str) -> Result<(), Exit> {
        let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        passphrase(profile, &file(&one, old), &file(&two, new))
    }

    #[test]
    fn the_new_passphrase_opens_the_old_one_does_not_and_the_keys_are_the_same() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let before = key(&profile, PASSPHRASE).unwrap();
        from_files(&profile, PASSPHRASE, NEW).unwrap();
        assert_eq!(key(&profile, NEW), Ok(before));
        assert_eq!(key(&profile, PASSPHRASE), Err(Code::Vault));
    }

    #[test]
    fn a_wrong_old_or_a_weak_or_same_new_one_changes_nothing() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let before = std::fs::read(profile.vault()).unwrap();
        for (old, new, code) in [
            (NEW, NEW, Code::Vault),
            (PASSPHRASE, "12345678", Code::Other),
            (PASSPHRASE, PASSPHRASE, Code::Other),
            (PASSPHRASE, "", Code::Other),
        ] {
            assert_eq!(from_files(&profile, old, new).unwrap_err().code, code);
            assert_eq!(std::fs::read(profile.vault()).unwrap(), before);
        }
    }

    #[test]
    fn on_a_terminal_old_then_new_twice_with_an_offer_of_words() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let terminal = SecretSource::default();
        let mut script = Script {
            answers: vec![PASSPHRASE, NEW, NEW],
            ..Script::default()
        };
        change(&profile, &terminal, &terminal, Some(&mut script), &mut Vec::new()).unwrap();
        let shown = script.shown;
        let at = |text: &str| shown.find(text).unwrap();
        assert!(at("Passphrase: ") < at("Six random words"), "{shown}");
        assert!(at("Six random words") < at("New passphrase: "), "{shown}");
        key(&profile, NEW).unwrap();
    }

    #[test]
    fn a_wrong_old_one_is_refused_before_the_new_one_is_asked_for() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let terminal = SecretSource::default();
        let mut script = Script {
            answers: vec!["wrong", NEW, NEW],
            ..Script::default()
        };
        let exit = change(&profile, &terminal, &terminal, Some(&mut script), &mut Vec::new()).unwrap_err();
        assert_eq!(exit.code, Code::Vault);
        assert_eq!(script.answers, [NEW, NEW]);
    }

    #[test]
    fn a_profile_in_use_is_not_changed() {
        let folder = TempDir::new().unwrap();
        let profile = profile_with_vault(&folder);
        let _lock = profile.lock().unwrap();
        let exit = from_files(&profile, PASSPHRASE, NEW).unwrap_err();
        assert!(
            exit.code == Code::Vault && exit.text.contains("in use"),
            "{}",
            exit.text
        );
    }
}
