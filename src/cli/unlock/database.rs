//! The database beside the header: a missing one is never taken for one that was not made yet.

use crate::cli::{Code, Exit};
use crate::paths::Profile;
use store::file::{self, DatabaseFile};

/// Refuses a vault whose database is lost: before anybody is asked for a
/// passphrase, and with nothing written.
///
/// The first programs made the header alone, and the database with the first command that opened it. So where
/// the header does not say that there was one, and no trace of it is left either, there may be none yet.
pub fn refuse_lost(profile: &Profile) -> Result<(), Exit> {
    let path = profile.database();
    let presence = file::presence(&path).map_err(|error| {
        Exit::new(
            Code::Vault,
            format!("{} cannot be looked at: {error}.", path.display()),
        )
    })?;
    match presence {
        DatabaseFile::There => Ok(()),
        DatabaseFile::Absent if !vault::inspect(&profile.vault())?.database_made => Ok(()),
        lost => Err(Exit::new(Code::Vault, words(profile, lost))),
    }
}

/// Refuses a database without a vault: a new one would have another key, and what is
/// there could never be read again.
pub fn refuse_orphan(profile: &Profile) -> Result<(), Exit> {
    // A making that was killed: what is there was never used.
    let making = profile.making().symlink_metadata().is_ok();
    if making || matches!(file::presence(&profile.database()), Ok(DatabaseFile::Absent)) {
        return Ok(());
    }
    let text = format!(
        "There is a database in {}, but its vault is gone. Put the file `vault` back, or move the database away. Nothing \
         was changed.",
        profile.folder().display()
    );
    Err(Exit::new(Code::Vault, text))
}

/// What a database is that opens with nothing in it.
pub fn empty(profile: &Profile) -> Exit {
    Exit::new(Code::Vault, words(profile, DatabaseFile::There))
}

fn words(profile: &Profile, found: DatabaseFile) -> String {
    let folder = profile.folder().display();
    let what = match found {
        DatabaseFile::Absent | DatabaseFile::Gone => "is missing: there is no file `messages.db`",
        DatabaseFile::Short => "is empty: almost nothing is left of the file `messages.db`",
        DatabaseFile::There => {
            "is empty: there is nothing in the file `messages.db`, perhaps because `messages.db-wal` was not copied with it"
        }
    };
    format!(
        "The database of the vault in {folder} {what}. A new one is not made in its place, since all messages, keys and the \
         account would be gone without a word. If it was moved, put it back with everything whose name begins with \
         `messages.db`; if it is lost, move the whole folder away and begin anew with `susurro init`. Nothing was changed."
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::cli::offline;
    use crate::cli::open::OpenProfile;
    use crate::cli::unlock::tests::{
        PASSPHRASE, file, files, profile_of, profile_with_header, profile_with_new_vault, profile_with_vault,
    };
    use crate::cli::unlock::{SecretSource, unlock};
    use api::{AccountCommand, Secret};
    use config::Config;
    use model::{AccountOptions, BareJid};
    use store::accounts;
    use store::{StoreError, Writer};

    fn opened(profile: &Profile, source: &SecretSource) -> Result<OpenProfile, Exit> {
        Ok(OpenProfile::new(unlock(profile, source)?, &Config::default())?.0)
    }

    fn marked(profile: &Profile) -> bool {
        vault::inspect(&profile.vault()).unwrap().database_made
    }

    fn add_account(opened: &mut OpenProfile) {
        let ana = BareJid::new("ana@mired.test").unwrap();
        let command = AccountCommand::Add {
            jid: ana,
            password: Secret("x".to_owned().into()),
            options: AccountOptions::default(),
            resource: "r".to_owned(),
        };
        offline::change_accounts(opened, command).unwrap();
    }

    /// A vault with an account, whose header was made by the first programs; opened by this one if `marked`.
    fn with_account(folder: &TempDir, source: &SecretSource, marked: bool) -> Profile {
        let profile = profile_with_header(folder);
        if !marked {
            let key = unlock(&profile, source).unwrap().database_key;
            Writer::create(&profile.database(), &key)
                .unwrap()
                .close()
                .unwrap();
            return profile;
        }
        let mut opened = opened(&profile, source).unwrap();
        add_account(&mut opened);
        opened.close().unwrap();
        profile
    }

    #[test]
    fn a_missing_or_empty_database_is_refused_and_nothing_is_written() {
        for marked in [true, false] {
            let folder = TempDir::new().unwrap();
            let made = files(&with_account(&folder, &file(&folder, PASSPHRASE), marked));
            for (content, wal) in [
                (None, None),
                (None, Some("x")),
                (Some(""), None),
                (Some(""), Some("x")),
                (Some("x"), None),
                (Some("x"), Some("x")),
                (Some("x"), Some("")),
            ] {
                let folder = TempDir::new().unwrap();
                let source = file(&folder, PASSPHRASE);
                let profile = profile_of(&folder, &made);
                fs::remove_file(profile.database()).unwrap();
                if let Some(content) = content {
                    fs::write(profile.database(), content).unwrap();
                }
                if let Some(wal) = wal {
                    fs::write(profile.folder().join("messages.db-wal"), wal).unwrap();
                }
                let before = files(&profile);
                if (marked, content, wal) == (false, None, None) {
                    // As if nothing had ever been made, which it may be.
                    continue;
                }
                // Before anybody is asked for a passphrase: this source has none.
                for source in [&source, &file(&folder, "")] {
                    let exit = opened(&profile, source).err().unwrap();
                    assert_eq!(exit.code, Code::Vault);
                    assert!(
                        exit.text.contains("The database of the vault in")
                            && exit.text.ends_with("Nothing was changed."),
                        "{}",
                        exit.text
                    );
                }
                assert!(files(&profile) == before, "{marked}, {content:?}, {wal:?}");
            }
        }
    }

    #[test]
    fn a_header_alone_of_the_first_programs_opens_once_and_remembers_it() {
        let folder = TempDir::new().unwrap();
        let source = file(&folder, PASSPHRASE);
        let profile = profile_with_header(&folder);
        assert!(!marked(&profile));
        let mut first = opened(&profile, &source).unwrap();
        add_account(&mut first);
        first.close().unwrap();
        assert!(marked(&profile));
        let mut again = opened(&profile, &source).unwrap();
        assert_eq!(again.read(|tx| accounts::all(tx)).unwrap().len(), 1);
        again.close().unwrap();
        fs::remove_file(profile.database()).unwrap();
        let exit = opened(&profile, &source).err().unwrap();
        assert!(exit.text.contains("is missing"), "{}", exit.text);
        assert!(!profile.database().exists());
    }

    #[test]
    fn a_header_of_the_first_programs_with_its_database_opens_and_remembers_it() {
        let folder = TempDir::new().unwrap();
        let source = file(&folder, PASSPHRASE);
        let profile = with_account(&folder, &source, false);
        assert!(!marked(&profile));
        // Not by the passphrase alone.
        drop(unlock(&profile, &source).unwrap());
        assert!(!marked(&profile));
        opened(&profile, &source).unwrap().close().unwrap();
        assert!(marked(&profile));
        opened(&profile, &source).unwrap().close().unwrap();
    }

    /// A program that was killed had everything in its log, and somebody copied the database without it.
    #[test]
    fn a_database_that_opens_with_nothing_in_it_is_refused_too() {
        for mark in [false, true] {
            let folder = TempDir::new().unwrap();
            let source = file(&folder, PASSPHRASE);
            let profile = profile_with_header(&folder);
            if mark {
                opened(&profile, &source).unwrap().close().unwrap();
                fs::remove_file(profile.database()).unwrap();
            }
            let elsewhere = folder.path().join("elsewhere.db");
            let key = &profile_with_key(&folder, &source);
            let writer = Writer::create(&elsewhere, key).unwrap();
            fs::copy(&elsewhere, profile.database()).unwrap();
            drop(writer);
            let before = files(&profile);
            let exit = opened(&profile, &source).err().unwrap();
            assert!(
                exit.code == Code::Vault && exit.text.contains("messages.db-wal"),
                "{}",
                exit.text
            );
            assert!(files(&profile) == before);
        }
    }

    /// The database key of the fixture.
    fn profile_with_key(folder: &TempDir, source: &SecretSource) -> vault::Locked<vault::DatabaseKey> {
        let other = TempDir::new_in(folder.path()).unwrap();
        unlock(&profile_with_header(&other), source).unwrap().database_key
    }

    #[test]
    fn a_database_of_another_vault_is_no_missing_one() {
        let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let source = file(&folder, PASSPHRASE);
        let (profile, other) = (profile_with_vault(&folder), profile_with_new_vault(&other));
        fs::copy(other.database(), profile.database()).unwrap();
        let exit = opened(&profile, &source).err().unwrap();
        assert_eq!(exit, Exit::from(StoreError::Unreadable));
    }
}
