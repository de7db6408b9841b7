//! Who of a room must be able to read what is written into it.

use crate::ask::{Ask, Context};
use crate::list;
use api::Command;
use model::{Peer, Policy};
use store::{policies, rooms};

/// Sets it or, without a word, says how it is.
pub(super) fn run(world: &Context<'_>, room: &Peer, rest: &str) -> store::Result<Result<Vec<Ask>, String>> {
    let Some(chat) = store::chats::by_peer(&world.store, room)? else {
        return Ok(Ok(Vec::new()));
    };
    let policy = match rest.to_lowercase().as_str() {
        "" => {
            let now = told(policies::get(&world.store, chat.id)?);
            let said = format!("The policy is {now} /policy everyday, high-risk or verified changes it.");
            return Ok(Ok(vec![Ask::Say(said)]));
        }
        "everyday" => Policy::Everyday,
        "high-risk" | "high risk" => Policy::HighRisk,
        "verified" => Policy::Verified,
        _ => {
            return Ok(Err(
                "Write it as /policy everyday, high-risk or verified.".to_owned()
            ));
        }
    };
    let members = rooms::recipients(&world.store, chat.id)?;
    let done = match policy {
        Policy::Verified => {
            let names: Vec<String> = members.iter().take(NAMED).map(list::address).collect();
            let more = members.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!(
                "You and {}{more}: nobody else reads it, and only verified keys do.",
                names.join(", ")
            )
        }
        policy => told(policy),
    };
    Ok(Ok(vec![Ask::Command {
        command: Command::SetPolicy {
            room: room.clone(),
            policy,
            members,
        },
        done: Some(done),
    }]))
}

/// So many members are named.
const NAMED: usize = 4;

fn told(policy: Policy) -> String {
    match policy {
        Policy::Everyday => "everyday: whoever has keys reads it, and whoever has none is named.",
        Policy::HighRisk => "high-risk: nothing goes that not everybody in it can read.",
        Policy::Verified => {
            "verified: only the members that you confirmed read it, with keys that you verified."
        }
    }
    .to_owned()
}
