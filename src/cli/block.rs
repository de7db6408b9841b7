//! `susurro block`, `unblock` and `blocked`: whose stanzas are kept from us, by the
//! server where it can (XEP-0191).

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::args::{Block, Common, Unblock};
use super::client::{one_shot, with_session};
use super::open::{OpenProfile, with_profile};
use super::{Exit, json, output, render};
use api::{Command, Outcome};
use model::BareJid;
use store::blocked::{self, Blocked};

/// How long the server may take.
const TIMEOUT: Duration = Duration::from_secs(30);

pub fn block(common: &Common, args: &Block) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let jid = render::identifier(args.jid.as_str());
        output::say(match perform(opened, Command::Block(args.jid.clone()))? {
            Outcome::HereOnly => format!(
                "{jid} is blocked here only: your server has no blocking (XEP-0191). On your other devices they still can \
                 write to you, and a contact still sees when you are online."
            ),
            _ => format!("{jid} is blocked on all your devices. They are not told."),
        });
        Ok(())
    })
}

pub fn unblock(common: &Common, args: &Unblock) -> Result<(), Exit> {
    with_profile(common, |opened| {
        perform(opened, Command::Unblock(args.jid.clone()))?;
        let jid = render::identifier(args.jid.as_str());
        output::say(format!("{jid} can write to you again."));
        Ok(())
    })
}

pub fn list(common: &Common, json: bool) -> Result<(), Exit> {
    with_profile(common, |opened| {
        match perform(opened, Command::ListBlocked) {
            Ok(Outcome::HereOnly) => {
                output::say("Your server has no blocking (XEP-0191): this is what is blocked here.")
            }
            Ok(_) => {}
            Err(exit) => output::say(format!("This is the list as it was last seen. {}", exit.text)),
        }
        let account = opened.account()?;
        let all = opened.read(|tx| blocked::all(tx, account.id))?;
        if all.is_empty() && !json {
            output::say("Nobody is blocked.");
        }
        let lines: Result<Vec<String>, Exit> = all
            .iter()
            .map(|entry| match json {
                true => object(&account.jid, entry),
                false => Ok(line(entry)),
            })
            .collect();
        output::results(lines?)
    })
}

fn perform(opened: &mut OpenProfile, command: Command) -> Result<Outcome, Exit> {
    let options = one_shot(opened.account()?.id);
    with_session(opened, options, async |client| {
        let deadline = Instant::now() + TIMEOUT;
        client.ready(deadline).await?;
        client.perform(command, deadline).await
    })
}

#[derive(Serialize)]
struct BlockedRow<'a> {
    jid: &'a str,
    here_only: bool,
}

fn object(account: &BareJid, entry: &Blocked) -> Result<String, Exit> {
    let row = BlockedRow {
        jid: entry.jid.as_str(),
        here_only: !entry.at_server,
    };
    json::object(account, row)
}

fn line(entry: &Blocked) -> String {
    let jid = render::identifier(entry.jid.as_str());
    match entry.at_server {
        true => jid,
        false => format!("{jid} (here only)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Jid;

    #[test]
    fn who_is_blocked_is_one_line_that_says_where() {
        let mut entry = Blocked {
            jid: Jid::new("eve@evil.test").unwrap(),
            at_server: true,
        };
        let ana = BareJid::new("ana@mired.test").unwrap();
        assert_eq!(line(&entry), "eve@evil.test");
        insta::assert_snapshot!(object(&ana, &entry).unwrap(), @r#"{"account":"ana@mired.test","jid":"eve@evil.test","here_only":false}"#);
        entry.at_server = false;
        assert_eq!(line(&entry), "eve@evil.test (here only)");
        insta::assert_snapshot!(object(&ana, &entry).unwrap(), @r#"{"account":"ana@mired.test","jid":"eve@evil.test","here_only":true}"#);
    }
}
