//! What the server has.

use crate::follow_ups::FollowUp;
use crate::turn::Turn;
use api::Change;
use model::MessageState;
use store::{Result, messages, outbox};

/// The server has these rows: they leave the outbox.
pub(crate) fn acknowledged(turn: &mut Turn<'_>, rows: &[i64]) -> Result<()> {
    let mut changed = Vec::new();
    for row in rows {
        // It may be gone: a receipt came first, or the person took it away.
        let Some(row) = outbox::get(turn.tx, *row)? else {
            continue;
        };
        outbox::remove(turn.tx, row.id)?;
        if row.about.is_some() {
            changed.push(row.message);
            turn.follow(FollowUp::WordAcknowledged(Box::new(row)));
            continue;
        }
        let queued = messages::get(turn.tx, row.message)?.is_some_and(|m| m.state == MessageState::Queued);
        if queued {
            messages::set_state(turn.tx, row.message, MessageState::Sent, None)?;
            changed.push(row.message);
        }
    }
    if !changed.is_empty() {
        turn.changed(Change::Messages(changed));
    }
    Ok(())
}
