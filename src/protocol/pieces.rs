//! Answers that list so much that the guard before the parser hands them on in pieces: the pieces are
//! gathered as plain values, and the last one, which is an ordinary answer, completes them.

use minidom::Element;

use crate::Core;
use crate::effect::Timer;
use crate::turn::Turn;
use stanza::iq::{self, IqKind};
use store::Result;

impl Core {
    /// A piece, of which more follows. It is not counted: the whole answer is one stanza.
    pub(crate) fn on_part(&mut self, turn: &mut Turn<'_>, element: &Element) -> Result<()> {
        let Some(part) = iq::parse(element) else {
            return Ok(());
        };
        let own = &turn.own.jid;
        let ours = part
            .from
            .is_none_or(|from| from.to_bare() == *own || from.as_str() == own.domain().as_str());
        let IqKind::Result(Some(query)) = part.kind else {
            return Ok(());
        };
        let Some((number, purpose)) = turn.iqs.awaited(&part.id).filter(|_| ours) else {
            return Ok(());
        };
        if purpose.is_roster() {
            let patience = purpose.patience();
            self.roster.gather(&query);
            // It is not silent while it goes on telling.
            turn.wake(Timer::Iq(number), patience);
        }
        Ok(())
    }
}
