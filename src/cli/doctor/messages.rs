//! What waits to be sent, and what failed.

use super::Report;
use crate::cli::open::OpenProfile;
use crate::cli::{Exit, ids, render, words};
use model::{AccountId, Message};
use store::{left, messages, outbox};

/// So many failed messages are named.
const NAMED: usize = 3;
/// So many are counted.
const COUNTED: usize = 1000;

pub fn check(report: &mut Report, opened: &mut OpenProfile, account: AccountId) -> Result<(), Exit> {
    let (waiting, failed, blamed) = opened.read(|tx| {
        let waiting = outbox::all(tx, account)?;
        let failed = left::failed(tx, account, COUNTED)?;
        let named = |ids: Vec<_>| {
            ids.into_iter()
                .filter_map(|id| messages::get(tx, id).transpose())
                .collect::<store::Result<Vec<Message>>>()
        };
        let suspects = waiting.iter().filter(|row| row.blamed > 0);
        let suspects = named(suspects.map(|row| row.message).collect())?;
        let newest = named(failed.iter().copied().take(NAMED).collect())?;
        Ok((waiting.len(), (failed.len(), newest), suspects))
    })?;
    match waiting {
        0 => report.ok("no message waits to be sent")?,
        count => report.warn(
            format!("{count} message{} to be sent", if count == 1 { " waits" } else { "s wait" }),
            "they go when next connected (the screen, `susurro listen`); `susurro withdraw ID` takes back what has not left",
        )?,
    }
    for message in blamed {
        report.warn(
            format!("the connection ended right after the message {}", name(&message)),
            "next time it goes alone; if that happens again, it fails and the others go on",
        )?;
    }
    let (count, newest) = failed;
    for message in &newest {
        report.warn(told(message), remedy(message))?;
    }
    match count.saturating_sub(newest.len()) {
        0 => Ok(()),
        more => report.warn(
            format!("{more} more messages failed before"),
            "`susurro history JID --json` tells why",
        ),
    }
}

fn name(message: &Message) -> String {
    format!(
        "{} to {}",
        ids::name(message),
        render::identifier(message.peer.address.as_str())
    )
}

fn told(message: &Message) -> String {
    let why = words::failed(message).unwrap_or_default();
    format!("the message {} failed: {}", name(message), why.as_str())
}

fn remedy(message: &Message) -> &'static str {
    match (message.may_have_arrived(), message.was_written()) {
        (true, _) => "ask whether it arrived; `susurro retry ID --again` sends it once more",
        (false, true) => "`susurro retry ID` sends it again",
        (false, false) => "`susurro retry ID` sends it again, `susurro withdraw ID` lays it to rest",
    }
}
