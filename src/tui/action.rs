//! Everything that a key can do, as one table: the action, its name in the config file, what it does in words, its default
//! keys, and where they count. The help page, the footer, the finder and the config file are made from it.

use super::composer::Edit;

/// What a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Send,
    Find,
    PreviousChat,
    NextChat,
    NextUnread,
    PageUp,
    PageDown,
    LineUp,
    LineDown,
    Oldest,
    Newest,
    /// Completes what is being typed; again: the next possibility.
    Complete,
    CompleteBack,
    /// Own history, older, when the composer is empty or already walking through it; else a line up.
    Up,
    Down,
    /// Selects a message, the newest one in sight first.
    SelectUp,
    SelectDown,
    /// With a message selected.
    CopyMessage,
    MessageDetails,
    Fingerprints,
    Help,
    ToggleList,
    ToggleDetails,
    /// Focuses the chat list (or leaves it), for people without Alt.
    FocusList,
    Redraw,
    Lock,
    Leave,
    Back,
    Edit(Edit),
}

/// Where a key counts. A pressed key is looked up in the contexts that hold now, the innermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// A message is selected.
    Selection,
    /// The chat list has the focus.
    List,
    /// Text is being typed.
    Composer,
    /// On the main screen, whatever has the focus.
    Main,
    /// Everywhere, pages and questions included.
    Everywhere,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub action: Action,
    /// In the config file and in the finder: lower case with dashes.
    pub name: &'static str,
    /// What it does, as a short imperative sentence without a full stop.
    pub words: &'static str,
    pub context: Context,
    pub keys: &'static [&'static str],
}

/// Every action, in the order in which the help shows them.
pub const TABLE: &[Row] = &[];
