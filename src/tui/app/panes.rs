//! The panes of the main screen: its size, which of them are wanted, and where typing goes.

use crate::layout::{THREE_PANES, TWO_PANES, Wanted};

/// Where typing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Composer,
    List,
}

/// Which panes there are.
pub struct Panes {
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    list_shown: bool,
    details_shown: bool,
    pub focus: Focus,
}

impl Panes {
    /// All that have room.
    pub(super) fn new(size: (u16, u16)) -> Self {
        Self {
            size,
            list_shown: true,
            details_shown: true,
            focus: Focus::Composer,
        }
    }

    /// What is wanted of the screen. `paged`: a page stands in the chat's place, so there it is seen.
    pub(super) fn wanted(&self, paged: bool, footer: u16) -> Wanted {
        Wanted {
            list: self.list_shown,
            details: self.details_shown,
            on_list: self.focus == Focus::List && !paged,
            warning: 0,
            composer: 1,
            heading: false,
            question: 0,
            footer,
        }
    }

    /// There is room for the list or the chat, not both.
    pub(super) fn one(&self) -> bool {
        self.size.0 < TWO_PANES
    }

    /// There is room for the details, too.
    pub(super) fn three(&self) -> bool {
        self.size.0 >= THREE_PANES
    }

    /// Whether the one pane shows the list.
    pub(super) fn covered(&self) -> bool {
        self.one() && self.focus == Focus::List
    }

    /// Shows or hides the list, where there is room for it beside the chat.
    pub(super) fn toggle_list(&mut self) {
        self.list_shown = !self.list_shown;
    }

    pub(super) fn toggle_details(&mut self) {
        self.details_shown = !self.details_shown;
    }

    /// From the composer to the list, or back.
    pub(super) fn focus_list(&mut self) {
        self.list_shown = true;
        self.focus = match self.focus {
            Focus::List => Focus::Composer,
            Focus::Composer => Focus::List,
        };
    }
}
