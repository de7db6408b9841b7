//! Colours and glyphs. State is never colour alone: every glyph has a word beside it somewhere, an ASCII twin, and without
//! colour a modifier (bold, dim, reversed, underlined) tells the same.

use ratatui::style::Style;

/// How much the terminal may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// False with NO_COLOR (any value but empty), TERM=dumb or `colour = "never"`.
    pub colour: bool,
    /// False in a locale without UTF-8, or with `glyphs = "ascii"`.
    pub unicode: bool,
}

/// Every style and glyph that the screen uses.
#[derive(Debug, Clone)]
pub struct Theme {
    pub means: Means,
}

/// The glyphs, named by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// Encrypted, every key that is written to verified: ✔ / v
    Verified,
    /// Encrypted, not verified: ○ / o
    Unverified,
    /// Needs the person: ! / !
    Attention,
    /// … / .
    Queued,
    /// ✓ / +
    Sent,
    /// ✓✓ / ++
    Delivered,
    /// ✗ / x
    Failed,
    /// ▸ / >
    Current,
    /// │ / |
    Wall,
    /// ─ / -
    Rule,
    /// ┼ / +
    Cross,
    /// … / ~  (text was cut here)
    Cut,
    /// ● / *  (is here)
    Here,
    /// ▼ / v  (more below)
    Below,
    /// · / -  (between facts)
    Dot,
}

/// What a piece of the screen is, for its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Plain,
    /// Less important: times, hints, rules.
    Dim,
    /// Titles, names of pages.
    Title,
    /// The chosen row.
    Chosen,
    /// Unread counts and the "new" line.
    New,
    /// Verified, done, online.
    Good,
    /// Waits, not verified, connecting.
    Waiting,
    /// Failed, refused, IN CLEAR, cannot be read.
    Bad,
    /// A key's name in a hint.
    KeyName,
    /// Own messages' name.
    Own,
}

impl Theme {
    pub fn new(means: Means) -> Self {
        Self { means }
    }

    pub fn glyph(&self, glyph: Glyph) -> &'static str {
        todo!("{glyph:?}")
    }

    pub fn style(&self, part: Part) -> Style {
        todo!("{part:?}")
    }

    /// The style of a person's name: XEP-0392 angle of the bare JID, made legible on light and dark; bold without colour.
    pub fn person(&self, jid: &str) -> Style {
        todo!("{jid}")
    }
}
