//! What is looked for in the words of a message, to be drawn otherwise than the rest.

use crate::text::Piece;
use crate::text::mention::{self, OwnNames};
use crate::text::styling::{Looks, Styler};

/// What is looked for in a text.
pub(super) struct Looked<'a> {
    /// Message styling; None: the text is drawn as it is.
    pub(super) styler: Option<Styler>,
    /// Where it calls us.
    pub(super) own: Option<&'a OwnNames>,
}

impl Looked<'_> {
    /// How one line of the text looks, for each of its pieces.
    pub(super) fn line(&mut self, pieces: &[Piece]) -> Vec<Looks> {
        let mut looks = match &mut self.styler {
            Some(styler) => styler.line(pieces),
            None => vec![Looks::new(); pieces.len()],
        };
        if let Some(own) = self.own {
            for (looks, calls) in looks.iter_mut().zip(mention::line(pieces, own)) {
                looks.extend(calls);
            }
        }
        looks
    }
}
