//! Everything that a key can do, as one table: the action, its name in the config file, what it does
//! in words, its default keys, and where they count. The help page, the footer, the finder and the
//! config file are made from it.

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
    /// In the composer: own history, older, when it is empty or already walking through it; else a line up.
    /// In the list: the chat above.
    Up,
    Down,
    /// In the list: opens the chosen chat.
    Open,
    /// Selects a message, the newest one in sight first.
    SelectUp,
    SelectDown,
    /// With a message selected.
    CopyMessage,
    MessageDetails,
    AnswerMessage,
    EditMessage,
    React,
    EarlierVersions,
    GoToAnswered,
    ForwardMessage,
    /// With a message selected: gets its file, then opens it; without one, its details.
    OpenFile,
    OpenFileWith,
    SaveFile,
    StopFile,
    /// With a message of ours selected.
    RetryMessage,
    WithdrawMessage,
    /// Pressed twice.
    DeleteMessage,
    /// In the list: asks whether the chosen chat is to be deleted.
    DeleteChat,
    FoldContacts,
    HideOffline,
    Requests,
    Fingerprints,
    Help,
    ToggleList,
    ToggleDetails,
    /// Focuses the chat list (or leaves it), for people without Alt.
    FocusList,
    Redraw,
    Lock,
    Leave,
    /// Clears what is written; with nothing written, and pressed twice: leaves.
    Interrupt,
    /// Back to the shell that started us, for a while.
    Suspend,
    Back,
    Edit(Edit),
}

/// Where a key counts. A pressed key is looked up in the contexts that hold now, the innermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyContext {
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

impl KeyContext {
    /// All of them, in the order in which the help shows them.
    pub const ALL: [Self; 5] = [
        Self::Main,
        Self::Everywhere,
        Self::Selection,
        Self::List,
        Self::Composer,
    ];

    /// Where it is, as a heading.
    pub fn words(self) -> &'static str {
        match self {
            Self::Main => "On the main screen",
            Self::Everywhere => "Everywhere",
            Self::Selection => "With a message selected",
            Self::List => "In the chat list",
            Self::Composer => "While you write",
        }
    }

    /// Whether both can hold at the same time, so that a key may mean one thing only. One of the three things
    /// with a focus has it; the main screen and everywhere are around each of them.
    pub fn meets(self, other: Self) -> bool {
        let around = |context| matches!(context, Self::Main | Self::Everywhere);
        self == other || around(self) || around(other)
    }

    /// Whether letters are typed here (or may be): a key of its own can be none of them.
    pub fn takes_text(self) -> bool {
        !matches!(self, Self::Selection | Self::List)
    }
}

/// One row of the table. An action may have several, each with a name and a context of its own.
#[derive(Debug, Clone, Copy)]
pub struct ActionRow {
    pub action: Action,
    /// In the config file and in the finder: lower case with dashes.
    pub name: &'static str,
    /// What it does, as a short imperative sentence without a full stop.
    pub words: &'static str,
    pub context: KeyContext,
    pub keys: &'static [&'static str],
}

/// Shortens the table.
const fn row(
    context: KeyContext,
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    words: &'static str,
) -> ActionRow {
    ActionRow {
        action,
        name,
        words,
        context,
        keys,
    }
}

/// The row with this name.
pub fn named(name: &str) -> Option<&'static ActionRow> {
    TABLE.iter().find(|row| row.name == name)
}

use Action as A;
use KeyContext::{Composer, Everywhere, List, Main, Selection};

/// Every action, in the order in which the help shows them. Alt-S is kept free for searching.
#[rustfmt::skip]
pub const TABLE: &[ActionRow] = &[
    row(Main, A::Find, "find", &["Ctrl-P"], "Find a chat, a contact, a command or a key"),
    row(Main, A::PreviousChat, "previous-chat", &["Alt-Up", "Alt-P"], "Open the chat above"),
    row(Main, A::NextChat, "next-chat", &["Alt-Down", "Alt-N"], "Open the chat below"),
    row(Main, A::NextUnread, "next-unread", &["Alt-A"], "Open the next chat with unread messages"),
    row(Main, A::PageUp, "page-up", &["PgUp"], "Go a page up; beyond the top, ask the server"),
    row(Main, A::PageDown, "page-down", &["PgDn"], "Go a page down"),
    row(Main, A::LineUp, "line-up", &["Shift-Up"], "Go a line up"),
    row(Main, A::LineDown, "line-down", &["Shift-Down"], "Go a line down"),
    row(Main, A::Oldest, "oldest", &["Ctrl-Home"], "Go to the oldest message"),
    row(Main, A::Newest, "newest", &["Ctrl-End"], "Go to the newest message"),
    row(Main, A::SelectUp, "select-up", &["Ctrl-Up", "Alt-K"], "Select a message, upwards"),
    row(Main, A::SelectDown, "select-down", &["Ctrl-Down", "Alt-J"], "Select a message, downwards"),
    row(Main, A::Fingerprints, "fingerprints", &["Alt-V"], "Compare fingerprints and verify"),
    row(Main, A::FocusList, "focus-list", &["Ctrl-O"], "Go to the chat list, or back to writing"),
    row(Main, A::ToggleList, "toggle-list", &["F2"], "Show or hide the chat list"),
    row(Main, A::ToggleDetails, "toggle-details", &["F3"], "Show or hide the details"),

    row(Everywhere, A::Help, "help", &["F1"], "Show all keys and commands"),
    row(Everywhere, A::Back, "back", &["Esc"], "Go back; nothing is changed"),
    row(Everywhere, A::Lock, "lock", &["Alt-L"], "Lock: forget the passphrase and clear the screen"),
    row(Everywhere, A::Leave, "leave", &["Ctrl-Q"], "Leave Susurro"),
    row(Everywhere, A::Interrupt, "interrupt", &["Ctrl-C"], "Clear what you wrote; twice: leave"),
    row(Everywhere, A::Suspend, "suspend", &["Ctrl-Z"], "Suspend; fg in the shell comes back"),
    row(Everywhere, A::Redraw, "redraw", &["Ctrl-L"], "Draw the screen anew"),

    row(Selection, A::SelectUp, "selection-up", &["Up", "k"], "Select the message above"),
    row(Selection, A::SelectDown, "selection-down", &["Down", "j"], "Select the message below"),
    row(Selection, A::AnswerMessage, "answer-message", &["a"], "Answer the message"),
    row(Selection, A::EditMessage, "edit-message", &["e"], "Edit your message"),
    row(Selection, A::React, "react", &["+"], "Give the message an emoji, or take it away"),
    row(Selection, A::EarlierVersions, "earlier-versions", &["v"], "Show what the message said before it was edited"),
    row(Selection, A::GoToAnswered, "go-to-answered", &["g"], "Go to the message that it answers"),
    row(Selection, A::ForwardMessage, "forward-message", &["f"], "Forward the message to another chat"),
    row(Selection, A::CopyMessage, "copy-message", &["c"], "Copy the message to the clipboard"),
    row(Selection, A::MessageDetails, "message-details", &["d"], "Show everything about the message"),
    row(Selection, A::OpenFile, "open-file", &["Enter"], "Get the file, then open it; without one, show the details"),
    row(Selection, A::OpenFileWith, "open-file-with", &["o"], "Open the file with a program that you name"),
    row(Selection, A::SaveFile, "save-file", &["s"], "Save a readable copy of the file"),
    row(Selection, A::StopFile, "stop-file", &["t"], "Stop the file on its way"),
    row(Selection, A::RetryMessage, "retry-message", &["r"], "Send your message again; ask for one that cannot be read"),
    row(Selection, A::WithdrawMessage, "withdraw-message", &["w"], "Take back your message"),
    row(Selection, A::DeleteMessage, "delete-message", &["x", "Delete"], "Delete the message here; press it twice"),

    row(List, A::Up, "list-up", &["Up", "k"], "Choose the chat above"),
    row(List, A::Down, "list-down", &["Down", "j"], "Choose the chat below"),
    row(List, A::Open, "list-open", &["Enter"], "Open the chosen chat, or the contacts"),
    row(List, A::FoldContacts, "fold-contacts", &["f"], "Fold the contacts without a chat, or open them"),
    row(List, A::HideOffline, "hide-offline", &["o"], "Hide contacts who are offline, or show them"),
    row(List, A::Requests, "list-requests", &["r"], "Show what strangers write and ask"),
    row(List, A::DeleteChat, "delete-chat", &["x", "Delete"], "Delete the chosen chat here; asks first"),

    row(Composer, A::Send, "send", &["Enter"], "Send what you wrote"),
    row(Composer, A::Edit(Edit::Newline), "new-line", &["Alt-Enter", "Ctrl-J"], "Begin a new line"),
    row(Composer, A::Complete, "complete", &["Tab"], "Complete a command or a name"),
    row(Composer, A::CompleteBack, "complete-back", &["Shift-Tab"], "Complete with the one before"),
    row(Composer, A::Up, "up", &["Up"], "Go a line up; when nothing is written, to what you sent before"),
    row(Composer, A::Down, "down", &["Down"], "Go a line down, or to what you sent after"),
    row(Composer, A::Edit(Edit::Undo), "undo", &["Ctrl-_"], "Undo"),
    row(Composer, A::Edit(Edit::Redo), "redo", &["Alt-_", "Alt-Z"], "Do again what was undone"),
    row(Composer, A::Edit(Edit::Left), "left", &["Left", "Ctrl-B"], "Go left"),
    row(Composer, A::Edit(Edit::Right), "right", &["Right", "Ctrl-F"], "Go right"),
    row(Composer, A::Edit(Edit::WordLeft), "word-left", &["Alt-B", "Ctrl-Left", "Alt-Left"], "Go a word left"),
    row(Composer, A::Edit(Edit::WordRight), "word-right", &["Alt-F", "Ctrl-Right", "Alt-Right"], "Go a word right"),
    row(Composer, A::Edit(Edit::LineStart), "line-start", &["Home", "Ctrl-A"], "Go to the start of the line"),
    row(Composer, A::Edit(Edit::LineEnd), "line-end", &["End", "Ctrl-E"], "Go to the end of the line"),
    row(Composer, A::Edit(Edit::TextStart), "text-start", &["Alt-<"], "Go to the start of the text"),
    row(Composer, A::Edit(Edit::TextEnd), "text-end", &["Alt->"], "Go to the end of the text"),
    row(Composer, A::Edit(Edit::DeleteLeft), "delete-left", &["Backspace", "Ctrl-H"], "Delete the letter before"),
    row(Composer, A::Edit(Edit::DeleteRight), "delete-right", &["Delete", "Ctrl-D"], "Delete the letter after"),
    row(Composer, A::Edit(Edit::DeleteWordLeft), "delete-word-left", &["Alt-Backspace", "Ctrl-Backspace"], "Cut the word before"),
    row(Composer, A::Edit(Edit::DeleteWordRight), "delete-word-right", &["Alt-D", "Ctrl-Delete"], "Cut the word after"),
    row(Composer, A::Edit(Edit::RuboutWord), "rubout-word", &["Ctrl-W"], "Cut back to the space before"),
    row(Composer, A::Edit(Edit::KillToEnd), "kill-to-end", &["Ctrl-K"], "Cut to the end of the line"),
    row(Composer, A::Edit(Edit::KillToStart), "kill-to-start", &["Ctrl-U"], "Cut to the start of the line"),
    row(Composer, A::Edit(Edit::KillAll), "kill-all", &["Ctrl-X"], "Cut all that you wrote"),
    row(Composer, A::Edit(Edit::Yank), "yank", &["Ctrl-Y"], "Put back what was cut"),
    row(Composer, A::Edit(Edit::YankPop), "yank-pop", &["Alt-Y"], "Put back what was cut before that, instead"),
    row(Composer, A::Edit(Edit::Transpose), "transpose", &["Ctrl-T"], "Swap the two letters at the cursor"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::key::Key;

    #[test]
    fn every_row_has_a_name_of_its_own_and_words() {
        let names: BTreeSet<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for row in TABLE {
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(row.name.chars().all(plain), "{}", row.name);
            assert!(
                row.words.starts_with(|c: char| c.is_ascii_uppercase()),
                "{}",
                row.name
            );
            assert!(!row.words.ends_with('.') && row.words.is_ascii(), "{}", row.name);
            assert_eq!(named(row.name).unwrap().words, row.words);
        }
    }

    #[test]
    fn no_action_has_two_rows_in_one_context() {
        let places: BTreeSet<_> = TABLE.iter().map(|row| (row.action, row.context)).collect();
        assert_eq!(places.len(), TABLE.len());
    }

    #[test]
    fn every_default_key_is_written_as_it_is_shown_and_can_be_told_by_any_terminal() {
        for name in TABLE.iter().flat_map(|row| row.keys) {
            let key: Key = name.parse().unwrap();
            assert_eq!(key.to_string(), *name);
            assert_eq!(key.untold(), None, "{name}");
        }
    }

    #[test]
    fn no_key_means_two_things_where_contexts_hold_together() {
        let keys: Vec<_> = TABLE
            .iter()
            .flat_map(|row| row.keys.iter().map(move |key| (row, *key)))
            .collect();
        for (at, (row, key)) in keys.iter().enumerate() {
            for (other, same) in &keys[at + 1..] {
                assert!(
                    key != same || !row.context.meets(other.context),
                    "{key}: {} and {}",
                    row.name,
                    other.name
                );
            }
        }
    }

    #[test]
    fn no_letter_that_can_be_typed_is_a_key_where_text_is_typed_and_alt_s_is_free() {
        for row in TABLE {
            for name in row.keys {
                let key: Key = name.parse().unwrap();
                assert!(key.typed().is_none() || !row.context.takes_text(), "{name}");
                assert_ne!(*name, "Alt-S");
            }
        }
    }

    #[test]
    fn rows_of_one_context_stand_together_in_the_order_of_the_help() {
        let mut contexts: Vec<_> = TABLE.iter().map(|row| row.context).collect();
        contexts.dedup();
        assert_eq!(contexts, KeyContext::ALL);
    }
}
