//! Answers that list so much that the guard before the parser hands them on in pieces: the pieces are
//! gathered as plain values by whoever asked, and the last one, which is an ordinary answer, completes them.

use minidom::Element;

use crate::purpose::Purpose;
use crate::turn::Turn;
use stanza::iq::{self, IqKind};

/// A piece of an answer, of which more follows.
pub(crate) struct Piece {
    pub(crate) purpose: Purpose,
    pub(crate) payload: Element,
    /// The number of the request.
    pub(crate) number: u64,
}

/// What a piece belongs to. It is not counted: the whole answer is one stanza.
pub(crate) fn of_answer(turn: &Turn<'_>, element: &Element) -> Option<Piece> {
    let part = iq::parse(element)?;
    let own = &turn.own.jid;
    let ours = part
        .from
        .is_none_or(|from| from.to_bare() == *own || from.as_str() == own.domain().as_str());
    let IqKind::Result(Some(payload)) = part.kind else {
        return None;
    };
    let (number, purpose) = turn.iqs.awaited(&part.id).filter(|_| ours)?;
    Some(Piece {
        purpose: purpose.clone(),
        payload,
        number,
    })
}
