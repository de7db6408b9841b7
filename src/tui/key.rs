//! One pressed key with its modifiers, and its name as people write it: "Alt-Enter", "Ctrl-P", "F1", "PgUp".

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the terminal tells it, made comparable: Shift counts only where it changes nothing else (Shift-Up, Shift-Tab),
/// since a capital letter says it already; letters with Ctrl are lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        todo!("{event:?}")
    }
}

impl Key {
    /// The character that typing this key inserts, if any.
    pub fn typed(self) -> Option<char> {
        todo!()
    }
}

/// A name of no key, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no key; write it like Ctrl-P, Alt-Enter, F1, PgUp or Alt-a")]
pub struct NoKey(pub String);

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(name: &str) -> Result<Self, NoKey> {
        todo!("{name}")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!("{}", f.alternate())
    }
}
