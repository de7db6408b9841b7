//! `susurro listen`: prints inbound rows that it has not printed on this profile yet, oldest first, then live ones.
//!
//! A row is printed, flushed and only then marked as printed: a crash between prints it again rather than never.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::args::{Common, Listen};
use super::client::{Client, Heard, stopped, with_session};
use super::interrupt::Audience;
use super::open::{Opened, with_profile};
use super::{Code, Exit, json, output, render};
use crate::api::{Change, Command, CommandId, Connection, Event, State};
use crate::model::{AccountId, BareJid, Message, MessageId};
use crate::session::{Resource, SessionOptions};
use crate::store::{self, messages};

/// Rows printed and marked at a time.
const PAGE: usize = 100;

pub fn run(common: &Common, args: &Listen) -> Result<(), Exit> {
    with_profile(common, |opened| listen(opened, args))
}

fn listen(opened: &mut Opened, args: &Listen) -> Result<(), Exit> {
    let account = opened.account()?;
    let options = SessionOptions {
        account: account.id,
        presence: true,
        resource: Resource::Stored,
        reconnect: true,
    };
    let mut printer = Printer {
        args,
        account: account.id,
        jid: account.jid,
        online: false,
        left: args.count,
        unmarked: BTreeSet::new(),
        marking: None,
    };
    let done = with_session(opened, options, async |client| watch(client, &mut printer).await);
    // What the session had no time to mark is marked here, or it would be printed again.
    let marked = opened.write(|tx| mark(tx, &printer.unmarked));
    done?;
    marked
}

fn mark(tx: &store::Transaction<'_>, rows: &BTreeSet<MessageId>) -> store::Result<()> {
    rows.iter().try_for_each(|id| messages::set_listened(tx, *id))
}

/// Prints until there is nothing more to wait for.
async fn watch(client: &mut Client, printer: &mut Printer<'_>) -> Result<(), Exit> {
    let deadline = printer.args.timeout.map(|timeout| Instant::now() + timeout);
    let audience = Audience::new();
    printer.print(client)?;
    while printer.left != Some(0) {
        let heard = tokio::select! {
            heard = client.hear(deadline) => heard,
            () = audience.gone() => return Err(Exit::quiet()),
        };
        match heard {
            Heard::Event(Event::Changed(Change::Messages(_))) => printer.print(client)?,
            Heard::Event(Event::Done { command, result }) => {
                printer.marked(command, result.is_ok());
                printer.print(client)?;
            }
            Heard::Event(Event::State(State::Connection(connection))) => {
                printer.told(connection)?;
            }
            Heard::Event(_) => {}
            Heard::Ended => return Err(stopped(None)),
            Heard::Interrupted => return Ok(()),
            Heard::Deadline => return printer.out_of_time(),
        }
    }
    Ok(())
}

/// What was printed, and what of it is marked.
struct Printer<'a> {
    args: &'a Listen,
    account: AccountId,
    jid: BareJid,
    /// Whether the last that was said is that we are online.
    online: bool,
    /// How many rows may still be printed, if that is limited.
    left: Option<u64>,
    /// Printed, and not known to be marked.
    unmarked: BTreeSet<MessageId>,
    /// The command that marks rows now, and which.
    marking: Option<(CommandId, Vec<MessageId>)>,
}

impl Printer<'_> {
    /// Says where the connection stands, once each; one that ended for good ends the listening.
    fn told(&mut self, connection: Connection) -> Result<(), Exit> {
        match connection {
            Connection::Connecting { .. } => {}
            Connection::Online(_) if self.online => {}
            Connection::Online(online) => {
                self.online = true;
                let how = if online.resumed { "Online again" } else { "Online" };
                output::say(format!("{how} as {}.", render::identifier(self.jid.as_str())));
            }
            Connection::Waiting { why, next_try } => {
                self.online = false;
                let next_try = next_try.strftime("%H:%M:%SZ");
                output::say(format!(
                    "Not connected. {} Next try at {next_try}.",
                    why.text.as_str()
                ));
            }
            Connection::Stopped { why } => return Err(stopped(why)),
        }
        Ok(())
    }

    /// Prints a page of what is new, and has it marked. Nothing while the last page is being marked: its end calls again.
    fn print(&mut self, client: &mut Client) -> Result<(), Exit> {
        if self.marking.is_some() {
            return Ok(());
        }
        // Rows whose marking failed are still among the unlistened ones: room for them, so that they hide no new row.
        let limit = PAGE + self.unmarked.len();
        let rows = messages::unlistened(client.reader(), self.account, self.args.from.as_ref(), limit)?;
        let wanted = self
            .left
            .map_or(PAGE, |left| usize::try_from(left).unwrap_or(PAGE).min(PAGE));
        let new: Vec<&Message> = rows
            .iter()
            .filter(|row| !self.unmarked.contains(&row.id))
            .take(wanted)
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        for row in &new {
            output::result(self.line(row)?)?;
            self.unmarked.insert(row.id);
            self.left = self.left.map(|left| left.saturating_sub(1));
        }
        let ids: Vec<MessageId> = new.iter().map(|row| row.id).collect();
        let number = client.command(Command::MarkListened(ids.clone()));
        self.marking = Some((number, ids));
        Ok(())
    }

    /// A command has ended.
    fn marked(&mut self, command: CommandId, well: bool) {
        let Some((_, ids)) = self.marking.take_if(|(number, _)| *number == command) else {
            return;
        };
        if well {
            for id in ids {
                self.unmarked.remove(&id);
            }
        }
    }

    fn line(&self, row: &Message) -> Result<String, Exit> {
        if !self.args.json {
            return Ok(render::message(row));
        }
        json::line(&json::Row::new(&self.jid, row)).map_err(|error| Exit::other(error.to_string()))
    }

    /// The end by `--timeout`: a success unless a number of messages was waited for.
    fn out_of_time(&self) -> Result<(), Exit> {
        match (self.args.count, self.left) {
            (Some(count), Some(left)) if left > 0 => Err(Exit::new(
                Code::TimedOut,
                format!("Only {} of {count} messages came in time.", count - left),
            )),
            _ => Ok(()),
        }
    }
}
