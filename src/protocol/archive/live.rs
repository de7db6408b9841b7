//! What comes live while a catch-up runs: it waits in the store, which was told to the server, and takes the
//! road of all messages when everything before it is here.

use minidom::Element;

use crate::messages::incoming;
use crate::turn::Turn;
use store::{Result, held};

/// So many wait at most, and so many bytes: all of it is taken in at once.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Keeps a message that came; false if too many wait.
pub(super) fn hold(turn: &mut Turn<'_>, stanza: &Element) -> Result<bool> {
    let (account, text) = (turn.own.account, String::from(stanza));
    let is_full = held::count(turn.tx, account)? >= MOST
        || held::size(turn.tx, account)?.saturating_add(text.len()) > MOST_BYTES;
    if is_full {
        return Ok(false);
    }
    held::push(turn.tx, account, turn.now, &text)?;
    turn.counters_matter = true;
    Ok(true)
}

/// Takes in everything that waits, as of the time at which it came.
pub(super) fn release(turn: &mut Turn<'_>) -> Result<()> {
    let now = turn.now;
    for (came, text) in held::take(turn.tx, turn.own.account)? {
        // It was an element when it was kept.
        if let Ok(stanza) = text.parse::<Element>() {
            turn.now = came.min(now);
            incoming::on_message(turn, &stanza)?;
            turn.counters_matter = true;
        }
    }
    turn.now = now;
    Ok(())
}
