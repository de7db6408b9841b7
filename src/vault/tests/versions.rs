//! What the programs of version 1 left behind: opened for ever, healed as it is, and of version 2 once it is
//! written anew; and the known answers of both versions.

use sha2::Digest;

use super::*;

const PASSPHRASE: &str = "violet hammer staple plume";
/// Made by the first programs and by the last one that wrote version 1, and by this one.
const UNMARKED: &[u8] = include_bytes!("../fixtures/version-1-unmarked.vault");
const MARKED: &[u8] = include_bytes!("../fixtures/version-1-marked.vault");
const SECOND: &[u8] = include_bytes!("../fixtures/version-2.vault");
const SECOND_CHANGED: &[u8] = include_bytes!("../fixtures/version-2-changed.vault");

fn version(file: &[u8]) -> (u8, u8) {
    (file[8], file[9])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Place {
    fn with(file: &[u8]) -> Self {
        let place = Self::empty();
        fs::write(&place.path, file).unwrap();
        place
    }
}

/// K_db as `fixtures/read_header.py` computes it, which shares no code with this program.
#[test]
fn the_headers_of_all_programs_open_with_the_keys_that_an_independent_reader_finds() {
    for (file, passphrase, key) in [
        (
            UNMARKED,
            PASSPHRASE,
            "601a365e0c9eab16e4d8be289d52c0323fd7b28c9a4d5de7c149f669909de463",
        ),
        (
            MARKED,
            PASSPHRASE,
            "62bda99bef8e0900db7a52d1fec35a1671a660e4e7a877ed3740675cd0b07d0d",
        ),
        (
            SECOND,
            PASSPHRASE,
            "d3f5c81af5e1102c928e94dc2d16c0cd9d252ebbec3d16d829bea24cae26a19f",
        ),
        (
            SECOND_CHANGED,
            NEW,
            "d3f5c81af5e1102c928e94dc2d16c0cd9d252ebbec3d16d829bea24cae26a19f",
        ),
    ] {
        let place = Place::with(file);
        assert_eq!(hex(&place.key(passphrase).unwrap()), key);
        assert_eq!(place.file(), file, "opening alone writes nothing");
        let marked = file != UNMARKED;
        assert_eq!(inspect(&place.path).unwrap().database_made, marked);
    }
}

/// A header made today must be read by every later version, so no byte of it may change unnoticed.
/// (If only the order changed in which random bytes are drawn: make the two files anew, and look at
/// them with `read_header.py`.)
#[test]
fn version_2_is_written_as_it_always_was() {
    let mut rng = ChaCha20Rng::seed_from_u64(25);
    let place = Place::empty();
    create(&place.path, PASSPHRASE, Strength::Light, &mut rng).unwrap();
    assert_eq!(hex(&place.file()), hex(SECOND));
    change_passphrase(&place.path, PASSPHRASE, NEW, &mut rng).unwrap();
    assert_eq!(hex(&place.file()), hex(SECOND_CHANGED));
}

#[test]
fn a_change_of_the_passphrase_makes_version_2_with_the_same_mark_salt_and_parameters() {
    for old in [UNMARKED, MARKED] {
        let mut place = Place::with(old);
        let key = place.key(PASSPHRASE).unwrap();
        change_passphrase(&place.path, PASSPHRASE, NEW, &mut place.rng).unwrap();
        let new = place.file();
        assert_eq!((version(&new), new.len()), ((2, old[9]), 4860));
        assert_eq!(new[10..38], old[10..38]);
        assert_eq!(place.key(NEW).unwrap(), key);
        assert!(matches!(place.key(PASSPHRASE), Err(VaultError::WrongPassphrase)));
        assert_eq!(place.names(), ["vault"]);
    }
}

#[test]
fn a_half_decayed_copy_of_version_1_is_healed_as_it_was() {
    for (good, at) in [(UNMARKED, 8), (MARKED, 9), (MARKED, 422 + 8)] {
        let mut bad = good.to_vec();
        bad[at] ^= 3;
        let place = Place::with(&bad);
        assert!(place.key(OLD).is_err());
        assert_eq!(place.file(), bad, "nothing is written on a wrong passphrase");
        place.key(PASSPHRASE).unwrap();
        assert_eq!(place.file(), good);
    }
}

#[test]
fn a_mark_is_kept_by_every_change_and_its_removal_is_noticed() {
    let mut place = Place::with(UNMARKED);
    change_passphrase(&place.path, PASSPHRASE, OLD, &mut place.rng).unwrap();
    let before = place.file();
    let unmarked = open_given(&place.path, OLD).unwrap().unmarked.unwrap();
    unmarked.mark(&mut place.rng).unwrap();
    let after = place.file();
    assert_eq!(version(&after), (2, 1));
    assert_eq!(after[10..2086], before[10..2086], "no slot changes with the mark");
    assert!(open_given(&place.path, OLD).unwrap().unmarked.is_none());
    change_passphrase(&place.path, OLD, NEW, &mut place.rng).unwrap();
    assert!(inspect(&place.path).unwrap().database_made);

    let mut forged = place.file();
    for copy in forged.chunks_exact_mut(2430) {
        copy[9] = 0;
        let hash = sha2::Sha256::digest(&copy[..2398]);
        copy[2398..].copy_from_slice(&hash);
    }
    fs::write(&place.path, &forged).unwrap();
    assert!(matches!(place.key(NEW), Err(VaultError::Tampered)));
    let begun = Change::begin(&place.path, &Forms::typed(NEW));
    assert!(matches!(begun, Err(VaultError::Tampered)));
    assert_eq!(place.file(), forged);
}

#[test]
fn a_header_without_the_mark_opens_and_has_it_once_the_database_is_said_to_be_there() {
    let mut place = Place::of_version_1(OLD, false);
    let (before, key) = (place.file(), place.key(OLD).unwrap());
    assert_eq!(version(&before), (1, 0));
    assert_eq!(
        place.file(),
        before,
        "opening alone says nothing about the database"
    );
    assert!(!inspect(&place.path).unwrap().database_made);
    let unmarked = open_given(&place.path, OLD).unwrap().unmarked.unwrap();
    unmarked.mark(&mut place.rng).unwrap();
    let after = place.file();
    assert_eq!(version(&after), (2, 1));
    assert_eq!(after[10..38], before[10..38], "salt and parameters stay");
    assert!(inspect(&place.path).unwrap().database_made);
    assert!(open_given(&place.path, OLD).unwrap().unmarked.is_none());
    assert_eq!(place.key(OLD).unwrap(), key);
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
        let place = Place::of_version_1(made_from, false);
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
        assert_eq!(version(&after).0, if after == before { 1 } else { 2 });
        assert_eq!(place.names(), ["vault"]);
        assert!(!inspect(&place.path).unwrap().database_made);
    }
}

#[test]
fn a_slot_that_cannot_be_written_anew_does_not_keep_the_vault_closed() {
    let place = Place::of_version_1("tram horse\nnotes", false);
    // Something in the way of the temporary file that no clean-up takes away.
    fs::create_dir(place.folder.path().join("vault.new")).unwrap();
    let before = place.file();
    place.key("tram horse\nnotes").unwrap();
    assert_eq!(place.file(), before);
}
