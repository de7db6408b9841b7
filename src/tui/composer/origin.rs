//! Where a text comes from: only what was begun by hand may be a command (threat 81).

/// Who brings a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Typed, or put there by the program because the person chose so.
    Hand,
    /// Pasted, or kept from before.
    Foreign,
    /// What was there is completed.
    Completion,
    /// What was there is taken away or reordered.
    Within,
}

/// What is known of the text that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Origin {
    /// The first character was typed.
    hand: bool,
    /// Something in it was not. It is not known where, so what comes to the front later is not trusted.
    foreign: bool,
}

impl Origin {
    pub(super) const FOREIGN: Self = Self {
        hand: false,
        foreign: true,
    };

    pub(super) fn began_by_hand(self) -> bool {
        self.hand
    }

    /// Nothing in the text came from elsewhere.
    pub(super) fn all_by_hand(self) -> bool {
        !self.foreign
    }

    /// After a change; `at_start`: the first character was touched.
    pub(super) fn after(self, source: Source, at_start: bool) -> Self {
        let foreign = self.foreign || source == Source::Foreign;
        let hand = match source {
            _ if !at_start => self.hand,
            Source::Hand => true,
            Source::Foreign => false,
            Source::Completion => self.hand,
            Source::Within => !foreign,
        };
        Self { hand, foreign }
    }
}
