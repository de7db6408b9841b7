//! Opening the vault, and what the tests of the neighbours share: a scripted terminal, files, a light vault.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::cli::init;
use vault::Strength;

pub(in crate::cli) const PASSPHRASE: &str = "violet hammer staple plume";

/// A terminal that gives the answers in turn and keeps what it was told.
#[derive(Default)]
pub(in crate::cli) struct Script {
    pub answers: Vec<&'static str>,
    pub shown: String,
}

impl Terminal for Script {
    fn ask(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        self.shown.push_str(prompt);
        match self.answers.is_empty() {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(Zeroizing::new(self.answers.remove(0).to_owned())),
        }
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.shown.push_str(text);
        Ok(())
    }
}

/// A file in `folder` with `content`, as a source.
pub(in crate::cli) fn file(folder: &TempDir, content: impl AsRef<[u8]>) -> SecretSource {
    let path = folder.path().join("secret");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    SecretSource::new(Some(path), None, false)
}

/// A private profile folder, with a light vault that [`PASSPHRASE`] opens, and its database. It is made once
/// and copied for each: deriving its keys takes longer than most of what is done with it.
pub(in crate::cli) fn profile_with_vault(folder: &TempDir) -> Profile {
    static MADE: LazyLock<Vec<(String, Vec<u8>)>> =
        LazyLock::new(|| files(&profile_with_new_vault(&TempDir::new().unwrap())));
    profile_of(folder, &MADE)
}

/// The same with keys that no other has.
pub(in crate::cli) fn profile_with_new_vault(folder: &TempDir) -> Profile {
    let profile = profile_of(folder, &[]);
    init::make(&profile, PASSPHRASE, Strength::Light, &mut |_| {}).unwrap();
    profile
}

/// A profile of what [`files`] gave.
pub(in crate::cli) fn profile_of(folder: &TempDir, files: &[(String, Vec<u8>)]) -> Profile {
    let profile = Profile::at(&folder.path().join("profile")).unwrap();
    profile.prepare().unwrap();
    for (name, content) in files {
        let path = profile.folder().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
    profile
}

/// The same as the first programs left it after `init`: a header that knows nothing of a database, and none.
pub(in crate::cli) fn profile_with_header(folder: &TempDir) -> Profile {
    let profile = profile_of(folder, &[]);
    let header = include_bytes!("../../vault/fixtures/version-1-unmarked.vault");
    fs::write(profile.vault(), header).unwrap();
    profile
}

/// Everything in the profile by name, but for the lock, which everybody who comes writes into.
pub(in crate::cli) fn files(profile: &Profile) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(profile.folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        // The folder of files of messages is there from the first opening on.
        .filter(|entry| entry.file_name() != "files")
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .filter(|(name, _)| name != "lock")
        .collect();
    files.sort();
    files
}

#[test]
fn the_right_passphrase_unlocks_and_holds_the_profile_until_it_is_dropped() {
    let folder = TempDir::new().unwrap();
    let profile = profile_with_vault(&folder);
    let source = file(&folder, format!("{PASSPHRASE}\n"));
    let unlocked = unlock(&profile, &source).unwrap();
    let key = *unlocked.database_key.expose();
    assert_ne!(key, [0; 32]);
    let used = unlock(&profile, &source).err().unwrap();
    assert_eq!(used.code, Code::Vault);
    assert!(
        used.text.contains(&std::process::id().to_string()),
        "{}",
        used.text
    );
    drop(unlocked);
    assert_eq!(*unlock(&profile, &source).unwrap().database_key.expose(), key);
}

#[test]
fn the_wrong_passphrase_is_one_generic_sentence_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let profile = profile_with_vault(&folder);
    let before = files(&profile);
    for wrong in ["something else", "some\u{301}thing\nelse"] {
        let exit = unlock(&profile, &file(&folder, wrong)).err().unwrap();
        assert_eq!(exit, Exit::new(Code::Vault, WRONG));
    }
    assert!(files(&profile) == before);
}

#[test]
fn without_a_vault_or_folder_init_is_named_and_nothing_is_made() {
    let folder = TempDir::new().unwrap();
    let profile = Profile::at(&folder.path().join("profile")).unwrap();
    let source = file(&folder, PASSPHRASE);
    for _ in 0..2 {
        let exit = unlock(&profile, &source).err().unwrap();
        assert!(
            exit.code == Code::Vault && exit.text.contains("susurro init"),
            "{}",
            exit.text
        );
        assert!(!profile.folder().join("lock").exists());
        if !profile.exists() {
            profile.prepare().unwrap();
        }
    }
}

#[test]
fn an_open_folder_and_a_damaged_header_are_exit_three() {
    let folder = TempDir::new().unwrap();
    let profile = profile_with_vault(&folder);
    let source = file(&folder, PASSPHRASE);
    let mode = |mode| fs::set_permissions(profile.folder(), PermissionsExt::from_mode(mode)).unwrap();
    mode(0o755);
    let exit = unlock(&profile, &source).err().unwrap();
    assert!(exit.code == Code::Vault && exit.text.contains("chmod 700"));
    mode(0o700);
    fs::write(profile.vault(), "rubbish").unwrap();
    let exit = unlock(&profile, &source).err().unwrap();
    assert!(
        exit.code == Code::Vault && exit.text.starts_with("The vault's header is damaged"),
        "{}",
        exit.text
    );
}

#[test]
fn a_header_that_was_tampered_with_is_exit_three_and_calls_no_passphrase_wrong() {
    let exit = Exit::from(VaultError::Tampered);
    assert_eq!(exit.code, Code::Vault);
    assert!(exit.text.starts_with("The passphrase is right"), "{}", exit.text);
    assert!(exit.text.contains("from a backup") && exit.text != WRONG);
}

/// Everything writable in this process, looked through for `wanted` with each byte turned over: so neither
/// the pattern nor the comparison is found. Gives the addresses.
#[cfg(target_os = "linux")]
fn in_memory(wanted: &[u8]) -> Vec<usize> {
    use std::io::{Read, Seek, SeekFrom};
    const STEP: usize = 1 << 16;
    let mut memory = fs::File::open("/proc/self/mem").unwrap();
    let mut piece = vec![0u8; STEP + wanted.len()];
    let own = piece.as_ptr().addr()..piece.as_ptr().addr() + piece.len();
    let mut found = Vec::new();
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut words = line.split_whitespace();
        let (from, to) = words.next().unwrap().split_once('-').unwrap();
        if !words.next().unwrap().starts_with("rw") {
            continue;
        }
        let from = usize::from_str_radix(from, 16).unwrap();
        let to = usize::from_str_radix(to, 16).unwrap();
        for start in (from..to).step_by(STEP) {
            let length = piece.len().min(to - start);
            memory.seek(SeekFrom::Start(start as u64)).unwrap();
            if memory.read_exact(&mut piece[..length]).is_err() {
                continue;
            }
            let hits = piece[..length]
                .windows(wanted.len())
                .enumerate()
                .filter(|(_, window)| window.iter().zip(wanted).all(|(byte, turned)| *byte == !*turned))
                .map(|(at, _)| start + at);
            found.extend(hits.filter(|at| !own.contains(at)));
        }
        piece.fill(0);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// In a child of its own, where no other test has the same things in memory. (The
/// passphrase comes turned over.)
#[cfg(target_os = "linux")]
#[test]
fn an_open_vault_has_its_key_in_one_place_and_the_passphrase_nowhere_and_a_closed_one_neither() {
    const CHILD: &str = "SUSURRO_TEST_MEMORY";
    let turned = |text: &[u8]| text.iter().map(|byte| !byte).collect::<Vec<u8>>();
    if let Some(folder) = std::env::var_os(CHILD).map(std::path::PathBuf::from) {
        let passphrase = fs::read(folder.join("turned")).unwrap();
        let profile = Profile::at(&folder.join("profile")).unwrap();
        let source = SecretSource::new(Some(folder.join("secret")), None, false);
        let unlocked = unlock(&profile, &source).unwrap();
        let key = turned(unlocked.database_key.expose().as_slice());
        assert!(in_memory(&passphrase).is_empty());
        assert_eq!(in_memory(&key), [unlocked.database_key.expose().as_ptr().addr()]);
        drop(unlocked);
        assert!(in_memory(&passphrase).is_empty());
        assert!(in_memory(&key).is_empty());
        return;
    }
    let folder = TempDir::new().unwrap();
    profile_with_vault(&folder);
    file(&folder, PASSPHRASE);
    fs::write(folder.path().join("turned"), turned(PASSPHRASE.as_bytes())).unwrap();
    let name = "an_open_vault_has_its_key_in_one_place_and_the_passphrase_nowhere_and_a_closed_one_neither";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("cli::unlock::tests::{name}")])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
