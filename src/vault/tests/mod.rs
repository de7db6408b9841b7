//! The vault as a whole: opening, refusing, changing, decay.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::TempDir;

use super::*;

mod versions;
mod writing;

const OLD: &str = "first passphrase of this vault";
const NEW: &str = "second passphrase of this vault";

fn change_passphrase(path: &Path, old: &str, new: &str, rng: &mut ChaCha20Rng) -> Result<()> {
    Change::begin(path, &Forms::typed(old))?.finish(new, 2_000_000_000, rng)
}

fn create(path: &Path, passphrase: &str, strength: Strength, rng: &mut ChaCha20Rng) -> Result<()> {
    New::draw(passphrase, strength, 1_900_000_000, rng)?.put(path, passphrase)
}

fn open(path: &Path, passphrase: &str) -> Result<Keys> {
    open_given(path, passphrase).map(|open| open.keys)
}

fn open_given(path: &Path, passphrase: &str) -> Result<Open> {
    let forms = Forms::given(passphrase.as_bytes()).unwrap();
    super::open(path, &forms, &mut ChaCha20Rng::seed_from_u64(6))
}

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

    /// A vault as the programs of version 1 made it; the first ones without the mark, with
    /// the passphrase to the byte.
    fn of_version_1(passphrase: &str, database_made: bool) -> Self {
        let mut place = Self::empty();
        let root = Root::random(&mut place.rng).unwrap();
        let fields = Fields {
            salt: [5; kdf::SALT_LENGTH],
            params: Params::choose(Strength::Light).unwrap(),
            database_made,
        };
        let key = fields.params.derive(passphrase.as_bytes(), &fields.salt).unwrap();
        let header = header::v1::HeaderV1::sealed(fields, &root, &secret(&key), &mut place.rng);
        fs::write(&place.path, Header::V1(Box::new(header)).to_file()).unwrap();
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
    // Of one slot and the directory nothing is left; all else is there byte for byte.
    let (before, after) = (&before.0[..2398], &place.file()[..2398]);
    assert_eq!(after[..38], before[..38]);
    let (one, two) = (before[38..2086].chunks(256), after[38..2086].chunks(256));
    assert_eq!(one.zip(two).filter(|(one, two)| one == two).count(), 7);
    assert_ne!(after[2086..], before[2086..]);
}

#[test]
fn a_change_with_the_wrong_passphrase_changes_nothing() {
    let mut place = Place::with_vault();
    let before = place.file();
    let refused = change_passphrase(&place.path, NEW, NEW, &mut place.rng);
    assert!(matches!(refused, Err(VaultError::WrongPassphrase)));
    assert_eq!((place.file(), place.names()), (before, vec!["vault".into()]));
}

#[test]
fn a_damaged_copy_is_healed_once_the_passphrase_is_right() {
    let place = Place::with_vault();
    let good = place.file();
    let key = place.key(OLD).unwrap();
    for at in [0, 100, good.len() / 2 + 100] {
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
