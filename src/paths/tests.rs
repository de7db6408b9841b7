//! The folder, its refusals, and the lock.

use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("a/b/profile");
    (place, folder)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_profile_and_its_missing_parents_are_made_private() {
    let (place, folder) = place();
    let profile = Profile::at(&folder).unwrap();
    assert!(!profile.exists());
    profile.prepare().unwrap();
    for made in ["a", "a/b", "a/b/profile"] {
        assert_eq!(mode(&place.path().join(made)), 0o700, "{made}");
    }
    profile.prepare().unwrap();
    let lock = profile.lock().unwrap();
    assert_eq!(mode(&folder.join("lock")), 0o600);
    drop(lock);
    assert_eq!(profile.vault(), folder.join("vault"));
    assert_eq!(profile.database(), folder.join("messages.db"));
}

#[test]
fn a_linked_folder_is_refused_however_the_link_is_written() {
    let (place, folder) = place();
    Profile::at(&folder).unwrap().prepare().unwrap();
    symlink(&folder, place.path().join("link")).unwrap();
    symlink("/nonexistent/folder", place.path().join("nowhere")).unwrap();
    for name in ["link", "link/", "link/.", "./link//", "nowhere"] {
        let profile = Profile::at(&place.path().join(name)).unwrap();
        assert!(matches!(profile.prepare(), Err(PathError::Link(_))), "{name}");
        assert!(matches!(profile.lock(), Err(PathError::Link(_))), "{name}");
    }
    assert!(!folder.join("lock").exists());
}

#[test]
fn a_folder_open_to_others_is_refused_with_the_remedy() {
    let (_place, folder) = place();
    let profile = Profile::at(&folder).unwrap();
    profile.prepare().unwrap();
    for open in [0o777, 0o770, 0o755, 0o710, 0o701, 0o1777] {
        set_mode(&folder, open);
        let text = profile.prepare().unwrap_err().to_string();
        assert!(
            text.contains("chmod 700") && text.contains(&format!("{open:04o}")),
            "{text}"
        );
        assert!(profile.lock().is_err());
    }
    set_mode(&folder, 0o700);
    profile.check().unwrap();
}

#[test]
fn somebody_elses_folder_and_a_file_are_refused() {
    let (place, _) = place();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let at = |path: &Path| Profile::at(path).unwrap().prepare();
    assert!(matches!(at(&file), Err(PathError::NotAFolder(_))));
    assert!(matches!(at(&file.join("below")), Err(PathError::Io { .. })));
    // Whoever runs this: the one folder is root's, the other can be given away by root only.
    if rustix::process::geteuid().is_root() {
        let given = place.path().join("given");
        fs::create_dir(&given).unwrap();
        std::os::unix::fs::chown(&given, Some(65534), None).unwrap();
        assert!(matches!(at(&given), Err(PathError::Foreign(_))));
    } else {
        assert!(matches!(at(Path::new("/usr")), Err(PathError::Foreign(_))));
    }
}

#[test]
fn a_locked_profile_names_the_process_and_command_that_hold_it() {
    let (_place, folder) = place();
    let profile = Profile::at(&folder).unwrap().for_command("susurro listen");
    profile.prepare().unwrap();
    let lock = profile.lock().unwrap();
    let refused = Profile::at(&folder).unwrap().lock().unwrap_err().to_string();
    let expected = format!("process {} (susurro listen)", std::process::id());
    assert!(
        refused.starts_with("Vault in use") && refused.contains(&expected),
        "{refused}"
    );
    // The one that was refused has not written its own name over it.
    assert!(profile.lock().unwrap_err().to_string().contains(&expected));
    drop(lock);
    profile.lock().unwrap();
}

/// The variable that makes of a run of the test below one whose files cannot grow.
const FULL: &str = "SUSURRO_TEST_FULL_DISK";

#[test]
fn a_lock_that_was_given_back_is_free_whoever_still_has_the_file() {
    let place = TempDir::new().unwrap();
    let profile = Profile::at(&place.path().join("profile")).unwrap();
    profile.prepare().unwrap();
    let lock = profile.lock().unwrap();
    // As a child has it between fork and exec.
    let child = lock.file.try_clone().unwrap();
    drop(lock);
    profile.lock().unwrap();
    drop(child);
}

#[test]
fn where_nothing_can_be_written_the_profile_is_locked_all_the_same() {
    if let Some(folder) = std::env::var_os(FULL) {
        let profile = Profile::at(Path::new(&folder)).unwrap();
        let _lock = profile.lock().unwrap();
        assert!(matches!(profile.lock(), Err(PathError::InUse(..))));
        return;
    }
    let (_place, folder) = place();
    let profile = Profile::at(&folder).unwrap();
    profile.prepare().unwrap();
    drop(profile.lock().unwrap());
    // In a process of its own, since the bound holds for the whole of it. What is beyond it is a
    // signal first.
    let again = "ulimit -f 0; trap '' XFSZ; exec \"$0\" --exact paths::tests::where_nothing_can_be_written_the_profile_is_locked_all_the_same";
    let run = std::process::Command::new("sh")
        .args(["-c", again])
        .arg(std::env::current_exe().unwrap())
        .env(FULL, &folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn rubbish_in_the_lock_file_is_neither_believed_nor_shown() {
    let (_place, folder) = place();
    let profile = Profile::at(&folder).unwrap();
    profile.prepare().unwrap();
    let _lock = profile.lock().unwrap();
    let seen = |content: &[u8]| {
        fs::write(folder.join("lock"), content).unwrap();
        profile.lock().unwrap_err().to_string()
    };
    for rubbish in [&b""[..], b"\xff\xfe", b"-1\nsusurro\n", b"12 34", &[b'1'; 5000]] {
        assert!(seen(rubbish).contains("another process"), "{rubbish:?}");
    }
    let forged = seen(b"7\nsusurro\x1b[31m \xe2\x80\xae listen\n");
    assert!(forged.contains("process 7 (susurrom  listen)"), "{forged}");
}

#[test]
fn a_lock_that_is_a_link_a_pipe_or_a_folder_is_refused() {
    let (place, folder) = place();
    let profile = Profile::at(&folder).unwrap();
    profile.prepare().unwrap();
    let (lock, elsewhere) = (folder.join("lock"), place.path().join("elsewhere"));
    symlink(&elsewhere, &lock).unwrap();
    assert!(matches!(profile.lock(), Err(PathError::Io { .. })));
    assert!(!elsewhere.exists());
    fs::remove_file(&lock).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&lock)
            .status()
            .unwrap()
            .success()
    );
    assert!(matches!(profile.lock(), Err(PathError::Io { .. })));
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    assert!(matches!(profile.lock(), Err(PathError::Io { .. })));
}

#[test]
fn an_argument_comes_first_and_the_default_is_named_after_us() {
    let named = Profile::locate(Some(Path::new("/x/y/"))).unwrap();
    assert_eq!(named.folder(), Path::new("/x/y"));
    let relative = Profile::locate(Some(Path::new("here"))).unwrap();
    assert_eq!(relative.folder(), std::env::current_dir().unwrap().join("here"));
    if std::env::var_os(PROFILE_VARIABLE).is_none() {
        assert!(Profile::locate(None).unwrap().folder().ends_with("susurro"));
        assert!(
            Profile::locate(Some(Path::new("")))
                .unwrap()
                .folder()
                .ends_with("susurro")
        );
    }
}

#[test]
fn control_characters_in_a_path_are_not_shown() {
    let text = PathError::Link(shown(Path::new("/a\x1b[2Jb"))).to_string();
    assert!(!text.contains('\x1b'), "{text}");
}
