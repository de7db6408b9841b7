//! What others are told of the person who reads and writes here, as the settings have it.

/// Where something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Telling {
    /// Nowhere.
    Never,
    /// Where no server can read it: inside OMEMO 2.
    #[default]
    Sealed,
    /// In clear too, where there is no other way.
    Always,
}

/// What is told of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// Our other devices are told how far was read in each chat (XEP-0490). The server sees it.
    pub read_sync: bool,
    /// Contacts are told that their messages were read (XEP-0333).
    pub markers: Telling,
    /// Contacts are told that something is being written (XEP-0085).
    pub typing: Telling,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            read_sync: true,
            markers: Telling::default(),
            typing: Telling::default(),
        }
    }
}
