//! The vault as a whole: opening, refusing, decay, and a stop after every step of writing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::TempDir;

use super::durable::Step;
use super::*;

const OLD: &str = "first passphrase of this vault";
const NEW: &str = "second passphrase of this vault";

fn change_passphrase(path: &Path, old: &str, new: &str, rng: &mut ChaCha20Rng) -> Result<()> {
    Change::begin(path, &Forms::typed(old))?.finish(new, rng)
}

fn create(path: &Path, passphrase: &str, strength: Strength, rng: &mut ChaCha20Rng) -> Result<()> {
    New::draw(passphrase, strength, rng)?.put(path, passphrase)
}

fn open(path: &Path, passphrase: &str) -> Result<Keys> {
    open_given(path, passphrase).map(|open| open.keys)
}

fn open_given(path: &Path, passphrase: &str) -> Result<Open> {
    let forms = Forms::given(passphrase.as_bytes()).unwrap();
    super::open(path, &forms, &mut ChaCha20Rng::seed_from_u64(6))
}

const STEPS: [Step; 7] = [
    Step::Begun,
    Step::TemporaryMade,
    Step::HalfWritten,
    Step::Written,
    Step::Synced,
    Step::Proven,
    Step::Renamed,
];

struct Place {
    folder: TempDir,
    path: PathBuf,
    rng: ChaCha20Rng,
}

impl Place {
    fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("vault");
        let rng = ChaCha20Rng::seed_from_u64(7);
        Self { folder, path, rng }
    }

    fn with_vault() -> Self {
        let mut place = Self::empty();
        create(&place.path, OLD, Strength::Light, &mut place.rng).unwrap();
        place
    }

    fn file(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    fn key(&self, passphrase: &str) -> Result<[u8; 32]> {
        open(&self.path, passphrase).map(|keys| *keys.database.expose())
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Runs `work` and ends it at `last` as a kill would: nothing after that step runs, no clean-up either.
fn killed_after(last: Step, work: impl FnOnce(Watch<'_>) -> Result<()>) {
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
fn failing_at(last: Step, work: impl FnOnce(Watch<'_>) -> Result<()>) -> VaultError {
    work(&mut |step| match step == last {
        true => Err(io::ErrorKind::StorageFull.into()),
        false => Ok(()),
    })
    .unwrap_err()
}

#[test]
fn a_vault_opens_with_its_passphrase_and_always_gives_the_same_keys() {
    let place = Place::with_vault();
    let keys = open(&place.path, OLD).unwrap();
    assert_eq!(place.key(OLD).unwrap(), *keys.database.expose());
    assert_ne!(*keys.database.expose(), keys.attachments.0);
    assert_ne!(*keys.database.expose(), keys.misc.0);
    let mode = fs::metadata(&place.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(place.names(), ["vault"]);
}

#[test]
fn a_wrong_passphrase_gets_one_generic_error_and_nothing_is_written() {
    let place = Place::with_vault();
    let before = place.file();
    let mut texts: Vec<String> = ["", "x", NEW, "first passphrase of this vault "]
        .iter()
        .map(|wrong| {
            let error = place.key(wrong).unwrap_err();
            assert!(matches!(error, VaultError::WrongPassphrase));
            error.to_string()
        })
        .collect();
    texts.dedup();
    assert_eq!(texts.len(), 1);
    assert_eq!(place.file(), before);
    assert_eq!(place.names(), ["vault"]);
}

#[test]
fn making_a_vault_never_touches_one_that_is_there() {
    let mut place = Place::with_vault();
    let before = place.file();
    let again = create(&place.path, NEW, Strength::Light, &mut place.rng);
    assert!(matches!(again, Err(VaultError::Exists)));
    assert_eq!(place.file(), before);
    // Whatever is there counts, a link into nowhere too.
    let link = place.folder.path().join("link");
    std::os::unix::fs::symlink("/nonexistent", &link).unwrap();
    let linked = create(&link, NEW, Strength::Light, &mut place.rng);
    assert!(matches!(linked, Err(VaultError::Exists)));
}

#[test]
fn no_vault_a_link_a_pipe_and_a_folder_are_refused() {
    let place = Place::with_vault();
    let at = |name: &str| place.folder.path().join(name);
    assert!(matches!(open(&at("none"), OLD), Err(VaultError::Absent)));
    std::os::unix::fs::symlink(&place.path, at("link")).unwrap();
    assert!(matches!(open(&at("link"), OLD), Err(VaultError::Io { .. })));
    fs::create_dir(at("folder")).unwrap();
    assert!(matches!(open(&at("folder"), OLD), Err(VaultError::Io { .. })));
    let made = std::process::Command::new("mkfifo")
        .arg(at("pipe"))
        .status()
        .unwrap();
    assert!(made.success());
    assert!(matches!(open(&at("pipe"), OLD), Err(VaultError::Io { .. })));
}

#[test]
fn after_a_change_only_the_new_passphrase_opens_and_the_keys_stay() {
    let mut place = Place::with_vault();
    let before = (place.file(), place.key(OLD).unwrap());
    change_passphrase(&place.path, OLD, NEW, &mut place.rng).unwrap();
    assert_eq!(place.key(NEW).unwrap(), before.1);
    assert!(matches!(place.key(OLD), Err(VaultError::WrongPassphrase)));
    assert_eq!(place.names(), ["vault"]);
    // Salt and slots are all fresh; magic, version and parameters are not.
    let after = place.file();
    assert_eq!(after.len(), before.0.len());
    assert_ne!(after[10..26], before.0[10..26]);
    assert_eq!(after[26..38], before.0[26..38]);
    for (one, two) in after[38..390].chunks(88).zip(before.0[38..390].chunks(88)) {
        assert_ne!(one, two);
    }
}

#[test]
fn a_change_with_the_wrong_passphrase_changes_nothing() {
    let mut place = Place::with_vault();
    let before = place.file();
    let refused = change_passphrase(&place.path, NEW, NEW, &mut place.rng);
    assert!(matches!(refused, Err(VaultError::WrongPassphrase)));
    assert_eq!((place.file(), place.names()), (before, vec!["vault".into()]));
}

/// What `create` and `Change` write: all that they do to the disk is one `rewrite`.
struct Prepared {
    header: Header,
    root: Root,
}

impl Prepared {
    fn new(seed: u64) -> Self {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let root = Root::random(rng).unwrap();
        let (header, _) = sealed(Params::choose(Strength::Light).unwrap(), true, NEW, &root, rng).unwrap();
        Self { header, root }
    }

    fn write(&self, path: &Path, watch: Watch<'_>) -> Result<()> {
        rewrite(path, &self.header, NEW, &self.root, watch)
    }
}

#[test]
fn a_kill_at_any_step_of_making_a_vault_leaves_none_or_a_whole_one() {
    let new = Prepared::new(8);
    for step in STEPS.into_iter().chain([Step::FolderSynced]) {
        let place = Place::empty();
        killed_after(step, |watch| new.write(&place.path, watch));
        if matches!(step, Step::Renamed | Step::FolderSynced) {
            assert_eq!(place.file(), new.header.to_file(), "{step:?}");
        } else {
            assert!(matches!(place.key(NEW), Err(VaultError::Absent)), "{step:?}");
        }
    }
}

#[test]
fn a_kill_at_any_step_of_a_change_leaves_the_old_or_the_new_state() {
    let place = Place::with_vault();
    let (old, new) = (place.file(), Prepared::new(9));
    for step in STEPS.into_iter().chain([Step::FolderSynced, Step::OldErased]) {
        fs::write(&place.path, &old).unwrap();
        killed_after(step, |watch| new.write(&place.path, watch));
        let renamed = matches!(step, Step::Renamed | Step::FolderSynced | Step::OldErased);
        let expected = if renamed {
            new.header.to_file()
        } else {
            old.clone()
        };
        assert_eq!(place.file(), expected, "{step:?}");
        let left = !renamed && step != Step::Begun;
        assert_eq!(place.folder.path().join("vault.new").exists(), left, "{step:?}");
    }
    // Both states open, and with their own passphrase only.
    place.key(NEW).unwrap();
    assert!(matches!(place.key(OLD), Err(VaultError::WrongPassphrase)));
    fs::write(&place.path, &old).unwrap();
    place.key(OLD).unwrap();
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
    let (old, new) = (place.file(), Prepared::new(11));
    for step in STEPS.into_iter().filter(|step| *step != Step::Renamed) {
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
    let Tried { read, root, .. } = open_root(&place.path, &forms).unwrap();
    let other = Root::random(&mut place.rng).unwrap();
    let wrong_root = rewrite(&place.path, &read.header, OLD, &other, &mut |_| Ok(()));
    assert!(matches!(wrong_root, Err(VaultError::NotProven)));
    let wrong_passphrase = rewrite(&place.path, &read.header, NEW, &root, &mut |_| Ok(()));
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
    assert_eq!(content, vec![0; header::FILE_LENGTH]);

    let copy = place.folder.path().join("copy");
    fs::hard_link(&place.path, &copy).unwrap();
    let before = place.file();
    change_passphrase(&place.path, NEW, OLD, &mut place.rng).unwrap();
    assert_eq!(fs::read(copy).unwrap(), before);
}

#[test]
fn a_damaged_copy_is_healed_once_the_passphrase_is_right() {
    let place = Place::with_vault();
    let good = place.file();
    let key = place.key(OLD).unwrap();
    for at in [0, 100, header::FILE_LENGTH / 2 + 100] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&place.path, &bad).unwrap();
        assert!(place.key(NEW).is_err());
        assert_eq!(place.file(), bad, "nothing is written on a wrong passphrase");
        let damaged = Facts {
            params: Params::choose(Strength::Light).unwrap(),
            whole: false,
            database_made: true,
        };
        assert_eq!(inspect(&place.path).unwrap(), damaged);
        assert_eq!(place.key(OLD).unwrap(), key);
        assert_eq!(place.file(), good);
        assert!(inspect(&place.path).unwrap().whole);
    }
}

#[test]
fn a_header_cut_anywhere_opens_from_its_whole_first_copy_or_not_at_all() {
    let place = Place::with_vault();
    let good = place.file();
    for length in 0..good.len() {
        let read = Header::from_file(&good[..length]);
        match length < good.len() / 2 {
            true => assert!(matches!(read, Err(VaultError::Damaged)), "{length}"),
            false => assert!(!read.unwrap().whole, "{length}"),
        }
    }
}

/// A vault as the first programs made it: no mark, and the passphrase to the byte.
fn of_the_first(place: &mut Place, passphrase: &str) -> Root {
    let root = Root::random(&mut place.rng).unwrap();
    let params = Params::choose(Strength::Light).unwrap();
    let (header, _) = sealed(params, false, passphrase, &root, &mut place.rng).unwrap();
    rewrite(&place.path, &header, passphrase, &root, &mut |_| Ok(())).unwrap();
    root
}

#[test]
fn a_header_without_the_mark_opens_and_has_it_once_the_database_is_said_to_be_there() {
    let mut place = Place::empty();
    of_the_first(&mut place, OLD);
    let (before, key) = (place.file(), place.key(OLD).unwrap());
    assert_eq!((before[8], before[9]), (1, 0));
    assert_eq!(
        place.file(),
        before,
        "opening alone says nothing about the database"
    );
    assert!(!inspect(&place.path).unwrap().database_made);
    let unmarked = open_given(&place.path, OLD).unwrap().unmarked.unwrap();
    unmarked.mark(&mut place.rng).unwrap();
    let after = place.file();
    assert_eq!((after[8], after[9]), (1, 1));
    assert_eq!(after[10..38], before[10..38], "salt and parameters stay");
    assert!(inspect(&place.path).unwrap().database_made);
    assert!(open_given(&place.path, OLD).unwrap().unmarked.is_none());
    assert_eq!(place.key(OLD).unwrap(), key);
    // Taken away by hand it no longer opens; a change of the passphrase keeps it.
    change_passphrase(&place.path, OLD, NEW, &mut place.rng).unwrap();
    assert!(inspect(&place.path).unwrap().database_made);
    assert_eq!(place.key(NEW).unwrap(), key);
}

#[test]
fn every_form_that_opened_a_vault_before_opens_it_and_leaves_the_new_form_behind() {
    let nfc = "canci\u{f3}n tram horse staple";
    let nfd = "cancio\u{301}n tram horse staple";
    for (made_from, given) in [
        (nfd, nfd.to_owned()),
        (
            "tram horse\nurl: mired.test",
            "tram horse\nurl: mired.test\n".to_owned(),
        ),
        ("tram horse\r", "tram horse\r".to_owned()),
        ("tram horse\n", "tram horse\n\n".to_owned()),
        (nfc, nfd.to_owned()),
        (nfd, format!("{nfd}\r\nnotes\r\n")),
    ] {
        let mut place = Place::empty();
        of_the_first(&mut place, made_from);
        let before = place.file();
        assert!(place.key("something else\nand notes").is_err());
        assert_eq!(place.file(), before, "nothing is written on a wrong passphrase");
        let key = place.key(&given).unwrap();
        let forms = Forms::given(given.as_bytes()).unwrap();
        let new = forms.new_form().unwrap();
        // Sealed anew for the new form alone, by which it opens at the first try from now on.
        let tried = Forms::typed(new);
        let after = place.file();
        assert_eq!(*open_root(&place.path, &tried).unwrap().form, *new);
        assert_eq!(place.key(&given).unwrap(), key, "{made_from:?}");
        assert_eq!(place.file(), after, "{made_from:?}");
        assert_eq!(after == before, made_from == new, "{made_from:?}");
        assert_eq!(place.names(), ["vault"]);
        assert!(!inspect(&place.path).unwrap().database_made);
    }
}

#[test]
fn a_slot_that_cannot_be_written_anew_does_not_keep_the_vault_closed() {
    let mut place = Place::empty();
    of_the_first(&mut place, "tram horse\nnotes");
    // Something in the way of the temporary file that no clean-up takes away.
    fs::create_dir(place.folder.path().join("vault.new")).unwrap();
    let before = place.file();
    place.key("tram horse\nnotes").unwrap();
    assert_eq!(place.file(), before);
}
