//! Writing the header: a stop after every step, a full disk, what is proven before and erased after.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::*;
use crate::atomic_file::WriteStep;

const STEPS: [WriteStep; 7] = [
    WriteStep::Begun,
    WriteStep::TemporaryMade,
    WriteStep::HalfWritten,
    WriteStep::Written,
    WriteStep::Synced,
    WriteStep::Proven,
    WriteStep::Renamed,
];

/// Runs `work` and ends it at `last` as a kill would: nothing after that step runs, no clean-up either.
fn killed_after(last: WriteStep, work: impl FnOnce(Watch<'_>) -> Result<()>) {
    struct Killed;
    let mut reached = false;
    let end = catch_unwind(AssertUnwindSafe(|| {
        work(&mut |step| {
            if step == last {
                reached = true;
                resume_unwind(Box::new(Killed));
            }
            Ok(())
        })
    }));
    assert!(reached && end.is_err(), "{last:?} was never reached");
}

/// Runs `work` with the disk failing at `last`.
fn failing_at(last: WriteStep, work: impl FnOnce(Watch<'_>) -> Result<()>) -> VaultError {
    work(&mut |step| match step == last {
        true => Err(io::ErrorKind::StorageFull.into()),
        false => Ok(()),
    })
    .unwrap_err()
}

/// What `New` and `Change` write: all that they do to the disk is one `rewrite`. (The proof
/// is the one without Argon2id.)
struct Prepared {
    header: Header,
    root: Root,
    key: PassphraseKey,
}

impl Prepared {
    fn new(seed: u64) -> Self {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let New { header, root } = New::draw(NEW, Strength::Light, 0, rng).unwrap();
        let (_, key) = unlock(&header, NEW).unwrap().unwrap();
        Self { header, root, key }
    }

    /// The change from [`OLD`] to [`NEW`] of the vault at `path`.
    fn change(path: &Path, seed: u64) -> Self {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let opened = Change::begin(path, &Forms::typed(OLD)).unwrap().opened;
        let (header, key) = resealed(&opened, NEW, Some(1), rng).unwrap();
        let root = opened.root;
        Self { header, root, key }
    }

    fn write(&self, path: &Path, watch: Watch<'_>) -> Result<()> {
        rewrite_with(path, &self.header, &self.key, &self.root, watch)
    }
}

#[test]
fn a_kill_at_any_step_of_making_a_vault_leaves_none_or_a_whole_one() {
    let new = Prepared::new(8);
    for step in STEPS.into_iter().chain([WriteStep::FolderSynced]) {
        let place = Place::empty();
        killed_after(step, |watch| new.write(&place.path, watch));
        if matches!(step, WriteStep::Renamed | WriteStep::FolderSynced) {
            assert_eq!(place.file(), new.header.to_file(), "{step:?}");
        } else {
            assert!(matches!(place.key(NEW), Err(VaultError::Absent)), "{step:?}");
        }
    }
}

#[test]
fn a_kill_at_any_step_of_a_change_leaves_the_old_or_the_new_state_whatever_the_version() {
    for place in [Place::with_vault(), Place::of_version_1(OLD, true)] {
        let (old, new) = (place.file(), Prepared::change(&place.path, 9));
        let key = place.key(OLD).unwrap();
        for step in STEPS
            .into_iter()
            .chain([WriteStep::FolderSynced, WriteStep::OldErased])
        {
            fs::write(&place.path, &old).unwrap();
            killed_after(step, |watch| new.write(&place.path, watch));
            let renamed = matches!(
                step,
                WriteStep::Renamed | WriteStep::FolderSynced | WriteStep::OldErased
            );
            let expected = if renamed {
                new.header.to_file()
            } else {
                old.clone()
            };
            assert_eq!(place.file(), expected, "{step:?}");
            let left = !renamed && step != WriteStep::Begun;
            assert_eq!(place.folder.path().join("vault.new").exists(), left, "{step:?}");
        }
        // Both states open, and with their own passphrase only.
        assert_eq!(place.key(NEW).unwrap(), key);
        assert!(matches!(place.key(OLD), Err(VaultError::WrongPassphrase)));
        fs::write(&place.path, &old).unwrap();
        assert_eq!(place.key(OLD).unwrap(), key);
    }
}

#[test]
fn what_a_kill_left_behind_is_taken_away_by_the_next_opening_making_or_change() {
    let mut place = Place::empty();
    let half = || Prepared::new(10).header.to_file()[..500].to_vec();
    let left = place.folder.path().join("vault.new");
    fs::write(&left, half()).unwrap();
    create(&place.path, OLD, Strength::Light, &mut place.rng).unwrap();
    assert_eq!(place.names(), ["vault"]);
    fs::write(&left, half()).unwrap();
    assert!(place.key(NEW).is_err());
    assert!(left.exists(), "nothing is written on a wrong passphrase");
    place.key(OLD).unwrap();
    assert_eq!(place.names(), ["vault"]);
    std::os::unix::fs::symlink("/nonexistent/file", &left).unwrap();
    change_passphrase(&place.path, OLD, NEW, &mut place.rng).unwrap();
    assert_eq!(place.names(), ["vault"]);
}

#[test]
fn a_full_disk_at_any_step_keeps_the_old_state_and_leaves_nothing_behind() {
    let place = Place::with_vault();
    let (old, new) = (place.file(), Prepared::change(&place.path, 11));
    for step in STEPS.into_iter().filter(|step| *step != WriteStep::Renamed) {
        let error = failing_at(step, |watch| new.write(&place.path, watch));
        assert!(matches!(error, VaultError::Io { .. }), "{step:?}");
        assert_eq!(place.file(), old, "{step:?}");
        assert_eq!(place.names(), ["vault"], "{step:?}");
    }
}

#[test]
fn a_header_that_cannot_be_opened_again_never_replaces_the_old_one() {
    let mut place = Place::with_vault();
    let before = place.file();
    let forms = Forms::typed(OLD);
    let OpenedHeader { header, root, .. } = open_root(&place.path, &forms).unwrap().opened;
    let other = Root::random(&mut place.rng).unwrap();
    let wrong_root = rewrite(&place.path, &header, OLD, &other, &mut |_| Ok(()));
    assert!(matches!(wrong_root, Err(VaultError::NotProven)));
    let wrong_passphrase = rewrite(&place.path, &header, NEW, &root, &mut |_| Ok(()));
    assert!(matches!(wrong_passphrase, Err(VaultError::NotProven)));
    assert_eq!((place.file(), place.names()), (before, vec!["vault".into()]));
}

#[test]
fn the_blocks_of_the_old_header_are_overwritten_but_never_those_of_a_copy_with_a_name() {
    let mut place = Place::with_vault();
    let mut old = fs::File::open(&place.path).unwrap();
    change_passphrase(&place.path, OLD, NEW, &mut place.rng).unwrap();
    let mut content = Vec::new();
    io::Read::read_to_end(&mut old, &mut content).unwrap();
    assert_eq!(content, vec![0; header::LONGEST_FILE]);

    let copy = place.folder.path().join("copy");
    fs::hard_link(&place.path, &copy).unwrap();
    let before = place.file();
    change_passphrase(&place.path, NEW, OLD, &mut place.rng).unwrap();
    assert_eq!(fs::read(copy).unwrap(), before);
}
