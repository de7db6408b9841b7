//! Folders that vanish with the test.

use std::path::{Path, PathBuf};

/// A folder below `target/tmp`, removed on drop, so that nothing is ever left in the machine's own `/tmp`.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::create_dir_all(base).expect("target/tmp can be made");
        Self::below(base, name)
    }

    /// In memory, where the machine has a place for that: for what is to be measured without the disk.
    pub fn in_memory(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        match memory.is_dir() {
            true => Self::below(memory, name),
            false => Self::new(name),
        }
    }

    fn below(base: &Path, name: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix(&format!("susurro-{name}-"))
            .tempdir_in(base)
            .expect("a scratch folder can be made");
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes a folder in it, and those above.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(&path).expect("a scratch folder can be made");
        path
    }

    /// Writes a file into it, and makes the folders above.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a name below the folder"))
            .expect("a scratch folder can be made");
        std::fs::write(&path, content).expect("a scratch file can be written");
        path
    }
}
