//! The editor: several lines, readline's keys, undo, kill ring, own history. It knows no keys and no terminal: [`Edit`]s go
//! in, text and cursor come out.

/// One act of editing. Words are runs of letters and digits, as readline's M-f and M-b see them; Ctrl-W goes by spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edit {
    Newline,
    Left,
    Right,
    WordLeft,
    WordRight,
    /// Of the line, not of the text.
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    LineUp,
    LineDown,
    DeleteLeft,
    DeleteRight,
    /// Ctrl-W: to the space before.
    RuboutWord,
    /// Alt-Backspace: the word before.
    DeleteWordLeft,
    DeleteWordRight,
    KillToEnd,
    KillToStart,
    Yank,
    YankPop,
    Transpose,
    Undo,
    Redo,
}

/// What is being written in one chat.
#[derive(Debug, Clone, Default)]
pub struct Composer {
    text: String,
}

/// The text as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// At least one; each at most the asked width, the cursor's cell included.
    pub lines: Vec<String>,
    /// (row, column) of the cursor, row into `lines`.
    pub cursor: (usize, usize),
}

impl Composer {
    /// The longest text, in bytes: what one message may hold.
    pub const MOST: usize = crate::model::Clean::MAX_BYTES;

    /// With a text (a draft), the cursor at its end.
    pub fn with(text: &str) -> Self {
        todo!("{text}")
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Byte offset of the cursor; always between graphemes.
    pub fn cursor(&self) -> usize {
        todo!()
    }

    /// A typed character, or a completion.
    pub fn insert(&mut self, text: &str) {
        todo!("{text}")
    }

    /// Pasted text: cleaned as `model::Clean` does, lines kept, one undo step; what does not fit is left out (false then).
    pub fn paste(&mut self, text: &str) -> bool {
        todo!("{text}")
    }

    /// Replaces `range` of the text (bytes) by `with`, the cursor behind it: completion.
    pub fn replace(&mut self, range: std::ops::Range<usize>, with: &str) {
        todo!("{range:?}{with}")
    }

    /// Does it; false if nothing changed, the cursor neither.
    pub fn edit(&mut self, edit: Edit) -> bool {
        todo!("{edit:?}")
    }

    /// Puts another text in the place of this one; undo brings the old one back.
    pub fn set(&mut self, text: &str) {
        todo!("{text}")
    }

    /// Takes the text out (it is being sent) and remembers it in the own history.
    pub fn take(&mut self) -> String {
        todo!()
    }

    /// Whether the first character was typed by hand: only then may the text be a command (threat 81).
    pub fn began_by_hand(&self) -> bool {
        todo!()
    }

    /// Texts sent earlier, newest first, for [`Composer::older`]; given once, when the chat is opened.
    pub fn remember(&mut self, sent: Vec<String>) {
        todo!("{sent:?}")
    }

    /// Walks to an older text of the own history; what was being written is kept and comes back with `newer`. False if there is
    /// none, or if the composer holds a text of its own that is not from the history.
    pub fn older(&mut self) -> bool {
        todo!()
    }

    pub fn newer(&mut self) -> bool {
        todo!()
    }

    /// Wrapped for a box `columns` wide (at least 2).
    pub fn layout(&self, columns: usize) -> Layout {
        todo!("{columns}")
    }
}
