//! What is taken in is what was there, in its size, without what a camera wrote.

use std::io::Read as _;

use super::*;
use crate::folder::tests::folder;

const KEEP: TakeIn = TakeIn {
    strip: false,
    largest: None,
};

fn content(folder: &Folder, file: &StagedFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    folder
        .read(file.container)
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

#[test]
fn a_file_is_taken_in_whole_with_its_name_made_safe() {
    let (_place, folder) = folder();
    for bytes in [Vec::new(), b"hello".to_vec(), vec![7; 200_000]] {
        let (file, stripped) = take_in(&folder, bytes.as_slice(), "../a.txt", KEEP).unwrap();
        assert_eq!((file.name.as_str(), file.size), ("a.txt", bytes.len() as u64));
        assert_eq!(file.media_type.as_str(), "text/plain");
        assert_eq!(file.sha256, openssl::sha::sha256(&bytes));
        assert_eq!(stripped, Stripped::Nothing);
        assert_eq!(content(&folder, &file), bytes);
    }
}

#[test]
fn what_is_larger_than_is_taken_leaves_nothing_behind() {
    let (place, folder) = folder();
    let largest = Some(100_000);
    let options = TakeIn { largest, ..KEEP };
    let refused = take_in(&folder, std::io::repeat(1), "endless", options).unwrap_err();
    assert!(
        matches!(refused, FilesError::TooLarge { largest: 100_000, .. }),
        "{refused}"
    );
    let picture = [0xff, 0xd8, 0xff].as_slice().chain(std::io::repeat(0));
    let options = TakeIn {
        strip: true,
        ..options
    };
    let refused = take_in(&folder, picture, "endless.jpg", options).unwrap_err();
    assert!(matches!(refused, FilesError::TooLarge { .. }), "{refused}");
    assert_eq!(std::fs::read_dir(place.path().join("files")).unwrap().count(), 0);
    let exactly = take_in(&folder, vec![1; 100_000].as_slice(), "x", options).unwrap();
    assert_eq!(exactly.0.size, 100_000);
}

#[test]
fn a_picture_that_is_none_is_not_sent_unseen() {
    let (_place, folder) = folder();
    let options = TakeIn { strip: true, ..KEEP };
    let broken = [0xff, 0xd8, 0xff, 0xe1, 0, 200, 1];
    let refused = take_in(&folder, broken.as_slice(), "x.jpg", options).unwrap_err();
    assert!(matches!(refused, FilesError::Unclear), "{refused}");
    let (file, _) = take_in(&folder, broken.as_slice(), "x.jpg", KEEP).unwrap();
    assert_eq!(content(&folder, &file), broken);
}
