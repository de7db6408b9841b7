//! What comes live while a catch-up runs: it waits in the store, which was told to the server, and takes the
//! road of all messages when everything before it is here.

use std::time::Duration;

use minidom::Element;

use super::Archive;
use crate::effect::Timer;
use crate::messages::incoming;
use crate::turn::Turn;
use store::{Result, held};

/// So many wait at most, and so many bytes: all of it is taken in at once.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// How long it waits for a line that broke: most come back at once.
const LONGEST: Duration = Duration::from_secs(60);

impl Archive {
    /// The connection is gone. What waits for the catch-up waits for the one after the break, since what that
    /// brings is older; but not for long, as nobody knows when it comes. So does what waited when the program
    /// was killed.
    pub(crate) fn lost(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let holds = std::mem::take(&mut self.holds);
        if is_command(turn) || self.keeps {
            return Ok(());
        }
        if holds || (turn.own.archive.is_some() && held::count(turn.tx, turn.own.account)? > 0) {
            self.keeps = true;
            turn.wake(Timer::Held, LONGEST);
            return Ok(());
        }
        release(turn)
    }

    /// There is no connection, and nothing waits for one any longer.
    pub(crate) fn give_up_waiting(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match std::mem::take(&mut self.keeps) {
            true => release(turn),
            false => Ok(()),
        }
    }

    /// Whether a message waits for the end of the catch-up; it is stored then.
    pub(crate) fn hold(&mut self, turn: &mut Turn<'_>, stanza: &Element) -> Result<bool> {
        if self.holds && !hold(turn, stanza)? {
            // Too many: their order may suffer, but nothing else.
            self.holds = false;
            release(turn)?;
        }
        Ok(self.holds)
    }
}

/// Whether what runs here asks no archive and hears nothing: what waits is not its business.
pub(super) fn is_command(turn: &Turn<'_>) -> bool {
    turn.own.archive.is_none() && !turn.own.present
}

/// Keeps a message that came; false if too many wait.
fn hold(turn: &mut Turn<'_>, stanza: &Element) -> Result<bool> {
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
