//! Whether as many files can be opened as the program needs: below us are libraries
//! that end it where they cannot.

use std::fs::File;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Exit;

/// Files, sockets and pipes of the screen with a session, and some to spare.
const NEEDED: usize = 56;
/// What is asked for where less is permitted by default.
const WANTED: u64 = 256;

/// Sees to it, or says that it cannot be.
///
/// Exit: 1 too few.
pub fn enough() -> Result<(), Exit> {
    if can_open() {
        return Ok(());
    }
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(WANTED, |most| most.min(WANTED));
    let raised = Rlimit {
        current: Some(current),
        ..limit
    };
    if limit.current.is_some_and(|now| now < current)
        && setrlimit(Resource::Nofile, raised).is_ok()
        && can_open()
    {
        return Ok(());
    }
    let permitted = limit
        .current
        .map_or_else(String::new, |now| format!(" (the limit is {now})"));
    Err(Exit::other(format!(
        "Too few files may be open at once{permitted}; permit more, as with `ulimit -n {WANTED}`, and run this again."
    )))
}

fn can_open() -> bool {
    let opened: Result<Vec<File>, _> = (0..NEEDED).map(|_| File::open("/dev/null")).collect();
    opened.is_ok()
}
