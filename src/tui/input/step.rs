//! What the decoder makes of bytes, a step at a time.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// What was typed, or answered by the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    Event(Event),
    /// Where the cursor stands: column and row, counted from 1.
    Cursor(u16, u16),
    /// Bytes that are no UTF-8.
    NotUtf8,
}

/// What the beginning of some bytes is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DecodeStep {
    /// The beginning of something.
    Waits,
    /// So many bytes are this, or nothing.
    Is(usize, Option<Typed>),
    /// So many bytes begin a paste.
    Paste(usize),
}

/// A key that was pressed.
pub(super) fn key(code: KeyCode, modifiers: KeyModifiers) -> Typed {
    Typed::Event(Event::Key(KeyEvent::new(code, modifiers)))
}
