//! A folder with a key for tests, and a look behind what is sealed.

use std::path::Path;

use super::*;

pub(crate) fn key(byte: u8) -> Locked<AttachmentKey> {
    Locked::new(AttachmentKey::of_bytes([byte; 32])).unwrap()
}

pub(crate) fn folder() -> (tempfile::TempDir, Folder) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path().join("files"), Arc::new(key(1))).unwrap();
    (place, folder)
}

impl Folder {
    pub(crate) fn bytes_of(&self, id: ContainerId) -> Vec<u8> {
        fs::read(self.path_of(id)).unwrap()
    }

    pub(crate) fn size_of(&self, id: ContainerId) -> u64 {
        fs::metadata(self.path_of(id)).unwrap().len()
    }

    pub(crate) fn overwrite(&self, id: ContainerId, bytes: &[u8]) {
        fs::write(self.path_of(id), bytes).unwrap();
    }
}

#[test]
fn nobody_else_may_look_and_what_is_none_of_ours_is_swept() {
    use std::os::unix::fs::PermissionsExt;
    let (place, folder) = folder();
    let id = folder.create().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path().join("files")), 0o700);
    assert_eq!(mode(&folder.path_of(id.id())), 0o600);
    for name in [
        "x",
        "0123456789ABCDEF0123456789ABCDEF",
        "+123456789abcdef0123456789abcdef",
    ] {
        fs::write(place.path().join("files").join(name), "x").unwrap();
    }
    assert_eq!(folder.sweep(&HashSet::from([id.id()])).unwrap(), 3);
    assert!(folder.holds(id.id()));
}
