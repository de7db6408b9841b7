//! `susurro sync`: catches up with the archive of the account, says what came, and ends. Nobody sees us,
//! and what came is printed by `listen` or stands in the screen afterwards.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::args::{Common, Sync as Args};
use super::client::{Client, Heard, interrupted, one_shot, stopped, with_session};
use super::open::{OpenProfile, with_profile};
use super::{Code, Exit, json, output, render};
use api::{CatchUp, Change, Connection, Event, State};
use model::{AccountId, ChatEventId, Direction, MessageId};
use session::SessionOptions;
use store::{Reads, events, messages, opt_outs};

/// While something comes, there is this much time for the next.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    with_profile(common, |opened| sync(opened, args))
}

fn sync(opened: &mut OpenProfile, args: &Args) -> Result<(), Exit> {
    let account = opened.account()?;
    if args.account.as_ref().is_some_and(|jid| *jid != account.jid) {
        let text = format!(
            "Your account here is {}.",
            render::identifier(account.jid.as_str())
        );
        return Err(Exit::new(Code::Usage, text));
    }
    let options = SessionOptions {
        archive: Some(opened.archive_days()),
        sharing: opened.sharing(),
        ..one_shot(account.id)
    };
    let before = opened.read(|tx| events::gaps(tx, account.id))?;
    let changed = with_session(opened, options, async |client| watch(client).await)?;
    let brought = opened.read(|tx| count(tx, account.id, &changed, before))?;
    match args.json {
        true => output::result(json::object(&account.jid, brought)?),
        false => output::result(brought.sentence()),
    }
}

/// What changed meanwhile.
#[derive(Debug, Default)]
struct Changed {
    messages: BTreeSet<MessageId>,
    events: BTreeSet<ChatEventId>,
}

/// Waits until everything is here; what changed.
async fn watch(client: &mut Client) -> Result<Changed, Exit> {
    let mut changed = Changed::default();
    loop {
        match client.hear(Some(Instant::now() + PATIENCE)).await {
            Heard::Event(Event::State(State::CatchUp(CatchUp::Done))) => return Ok(changed),
            Heard::Event(Event::State(State::CatchUp(CatchUp::Failed { .. }))) => return Err(no_answer()),
            Heard::Event(Event::Changed(Change::Messages(ids))) => changed.messages.extend(ids),
            Heard::Event(Event::Changed(Change::Events(ids))) => changed.events.extend(ids),
            Heard::Event(Event::State(State::Connection(connection))) => match connection {
                Connection::Waiting { why, .. } => return Err(why.into()),
                Connection::Stopped { why } => return Err(stopped(why)),
                Connection::Connecting { .. } | Connection::Online(_) => {}
            },
            Heard::Event(_) => {}
            Heard::Ended => return Err(stopped(None)),
            Heard::Deadline => return Err(client.timed_out()),
            Heard::Interrupted => return Err(interrupted()),
        }
    }
}

/// What came is here; what did not is still in the archive.
fn no_answer() -> Exit {
    let text = "The server's archive gave an error or no answer, so messages may be missing. What came is kept; \
                susurro sync goes on from there.";
    Exit::new(Code::Answered, text)
}

/// What a catch-up brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Brought {
    /// What others wrote or asked for since, and can be read.
    new: u64,
    /// What others wrote since, and cannot.
    unreadable: u64,
    /// Holes that the server could not fill.
    gaps: u64,
}

fn count(r: &impl Reads, account: AccountId, changed: &Changed, before: u64) -> store::Result<Brought> {
    let mut brought = Brought {
        gaps: events::gaps(r, account)?.saturating_sub(before),
        ..Brought::default()
    };
    for id in &changed.events {
        brought.new += u64::from(opt_outs::is_unread(r, *id)?);
    }
    for id in &changed.messages {
        let Some(row) = messages::get(r, *id)? else {
            continue;
        };
        // What is older than the first login is read already.
        if row.direction() == Direction::Out || !messages::is_unread(r, *id)? {
            continue;
        }
        match row.body {
            Some(_) => brought.new += 1,
            None => brought.unreadable += 1,
        }
    }
    Ok(brought)
}

impl Brought {
    fn sentence(self) -> String {
        let Self {
            new,
            unreadable,
            gaps,
        } = self;
        let mut sentence = match new {
            0 => "No new messages".to_owned(),
            1 => "1 new message".to_owned(),
            many => format!("{many} new messages"),
        };
        if unreadable > 0 {
            sentence.push_str(&format!(", {unreadable} that cannot be read"));
        }
        match gaps {
            0 => {}
            1 => sentence.push_str(", 1 gap that the server could not fill"),
            many => sentence.push_str(&format!(", {many} gaps that the server could not fill")),
        }
        sentence + "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_one_sentence() {
        let said = |new, unreadable, gaps| {
            Brought {
                new,
                unreadable,
                gaps,
            }
            .sentence()
        };
        assert_eq!(said(0, 0, 0), "No new messages.");
        assert_eq!(said(1, 0, 0), "1 new message.");
        assert_eq!(
            said(12, 3, 1),
            "12 new messages, 3 that cannot be read, 1 gap that the server could not fill."
        );
        assert_eq!(
            said(0, 0, 2),
            "No new messages, 2 gaps that the server could not fill."
        );
    }
}
