//! Asking back before what cannot be undone, or should not happen by mistake.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{QueueSelector, tcflush};

use super::{Exit, render};

/// Whether somebody is there to be asked.
pub fn possible() -> bool {
    io::stdin().is_terminal()
}

/// Asks on stderr; anything but a yes is a no.
pub fn confirmed(question: &str) -> Result<bool, Exit> {
    let unheard = |error: io::Error| Exit::other(format!("The answer cannot be read: {error}."));
    // What was typed before the question was there is no answer to it.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    write!(io::stderr().lock(), "{} [y/N] ", render::sentence(question)).map_err(unheard)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(unheard)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
