//! What can be checked on this machine: the profile's folder, the vault, the database.

use std::path::Path;

use super::Report;
use crate::cli::open::OpenProfile;
use crate::cli::unlock::database;
use crate::cli::{Code, Exit};
use crate::paths::Profile;

/// The folder and the files in it belong to us and to nobody else.
pub fn folder(report: &mut Report, profile: &Profile) -> Result<(), Exit> {
    let folder = profile.folder();
    match loose(folder) {
        Ok(loose) if loose.is_empty() => report.ok(format!("the profile {} is private", folder.display())),
        Ok(loose) => report.fail(
            Code::Vault,
            format!("others may reach into the profile: {}", loose.join(", ")),
            "make it yours alone: chmod -R go= on the folder, and chown if it is another user's",
        ),
        Err(error) => report.fail(
            Code::Vault,
            format!("the profile {} cannot be read ({error})", folder.display()),
            "make a vault with susurro init, or name the right folder with --profile",
        ),
    }
}

/// Names of what is readable by others or not ours, the folder itself as ".".
#[cfg(unix)]
fn loose(folder: &Path) -> std::io::Result<Vec<String>> {
    use std::os::unix::fs::MetadataExt;
    let uid = rustix::process::getuid().as_raw();
    let open = |path: &Path| -> std::io::Result<bool> {
        let meta = path.symlink_metadata()?;
        Ok(meta.file_type().is_symlink() || meta.uid() != uid || meta.mode() & 0o077 != 0)
    };
    let mut loose = Vec::new();
    if open(folder)? {
        loose.push(".".to_owned());
    }
    // More files than this are not ours anyway.
    for entry in std::fs::read_dir(folder)?.take(1000) {
        let entry = entry?;
        match open(&entry.path()) {
            Ok(false) => {}
            Ok(true) => loose.push(entry.file_name().to_string_lossy().into_owned()),
            // The database's side files come and go.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    loose.sort();
    Ok(loose)
}

#[cfg(not(unix))]
fn loose(folder: &Path) -> std::io::Result<Vec<String>> {
    std::fs::read_dir(folder).map(|_| Vec::new())
}

/// The header of the vault: its two copies and the cost of a guess.
pub fn vault(report: &mut Report, profile: &Profile) -> Result<(), Exit> {
    match vault::inspect(&profile.vault()) {
        Ok(facts) => {
            let cost = facts.params.describe();
            if facts.whole {
                report.ok(format!(
                    "the vault's header is whole; a guess of the passphrase costs {cost}"
                ))
            } else {
                report.warn(
                    format!("one of the two copies in the vault's header is damaged; a guess costs {cost}"),
                    "unlocking repairs it; if this comes again, the disk is failing",
                )
            }
        }
        Err(error) if !vault::exists(&profile.vault()) => {
            let why = format!("the vault cannot be used: {error}");
            match database::refuse_orphan(profile) {
                Ok(()) => report.fail(Code::Vault, why, "make one with `susurro init`"),
                Err(orphan) => report.fail(Code::Vault, why, &orphan.text),
            }
        }
        Err(error) => report.fail(Code::Vault, "the vault cannot be used", &error.to_string()),
    }
}

/// The room around the database, and its pages.
pub fn database(report: &mut Report, opened: &mut OpenProfile) -> Result<(), Exit> {
    if opened.writer()?.is_alone() {
        let remedy = "make room; until then nothing can be stored, so nothing is sent and nothing arrives";
        report.fail(Code::Other, "the disk that the profile lies on is full", remedy)?;
    }
    match opened.writer()?.faults() {
        Ok(0) => report.ok("the database is sound"),
        Ok(faults) => report.fail(
            Code::Vault,
            format!("the database has {faults} faults"),
            "make a new profile (`susurro init`, `susurro account add`) and check the disk; a backup must not be put back, its \
             keys were used",
        ),
        Err(error) => report.fail(
            Code::Vault,
            "the database could not be checked",
            ::words::database(&error.fault()).as_str(),
        ),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_folder_is_not_loose() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let file = folder.path().join("database");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(loose(folder.path()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_others_can_read_is_named_and_so_is_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let file = folder.path().join("database");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, folder.path().join("link")).unwrap();
        assert_eq!(loose(folder.path()).unwrap(), [".", "database", "link"]);
    }

    #[test]
    fn an_absent_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(loose(&folder.path().join("absent")).is_err());
    }
}
