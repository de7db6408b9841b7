//! Removing, naming, beginning anew: each over a session of its own.

use std::time::Duration;

use tokio::time::Instant;

use crate::cli::client::{Client, Heard, interrupted, one_shot, stopped, with_session};
use crate::cli::open::OpenProfile;
use crate::cli::{Code, Exit, output, render};
use api::{Command, Connection, Event, State};
use model::{BareJid, Clean};
use session::SessionOptions;
use store::omemo;

/// How long the server may take for all of it.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long the session may take to store a name (no network is needed for that).
const STORING: Duration = Duration::from_secs(5);

pub fn remove(opened: &mut OpenProfile, id: u32) -> Result<(), Exit> {
    let account = opened.account()?.id;
    let own = opened.read(|tx| omemo::own_device(tx, account))?;
    if own.is_some_and(|own| own.id.get() == id) {
        return Err(Exit::usage(
            "This is the device that you are using. Remove it from another one, or take the account out of this profile \
             (`susurro account remove`).",
        ));
    }
    perform(opened, Command::RemoveDevice(id))?;
    output::say(format!(
        "Device {id} is off your device list. Nothing is encrypted to it any more; if it is lost, change your password too."
    ));
    Ok(())
}

pub fn reset(opened: &mut OpenProfile, jid: &BareJid, device: Option<u32>) -> Result<(), Exit> {
    let command = Command::ResetSessions {
        jid: jid.clone(),
        device,
    };
    perform(opened, command)?;
    let jid = render::identifier(jid.as_str());
    output::say(match device {
        Some(id) => format!(
            "Begun anew with device {id} of {jid}. What could not be read stays unread: ask for it again."
        ),
        None => format!("Begun anew with {jid}. What could not be read stays unread: ask for it again."),
    });
    Ok(())
}

fn perform(opened: &mut OpenProfile, command: Command) -> Result<(), Exit> {
    let options = one_shot(opened.account()?.id);
    with_session(opened, options, async |client| {
        let deadline = Instant::now() + TIMEOUT;
        client.ready(deadline).await?;
        client.perform(command, deadline).await.map(|_| ())
    })
}

/// The name is stored first, whatever becomes of the connection; a login publishes it.
pub fn rename(opened: &mut OpenProfile, name: &Clean) -> Result<(), Exit> {
    let account = opened.account()?.id;
    let known = opened.read(|tx| omemo::own_device(tx, account))?.is_some();
    let options = SessionOptions {
        // Without a connection it goes on hearing what is asked.
        stay: true,
        ..one_shot(account)
    };
    let published = with_session(opened, options, async |client| {
        let deadline = Instant::now() + TIMEOUT;
        if !known {
            // The keys that sign the name are made at the first login.
            client.ready(deadline).await?;
        }
        let offline = store_name(client, name).await?;
        let ready = match offline {
            Some(why) => Err(why),
            None => client.ready(deadline).await,
        };
        // The server keeps us from publishing anything.
        let refused = client.refused.clone().map(Exit::from);
        Ok(ready.err().or(refused))
    })?;
    output::say(match (published, name.is_empty()) {
        (None, true) => "This device has no name now.".to_owned(),
        (None, false) => format!("This device is called \"{}\" now.", name.as_str()),
        (Some(why), _) => format!(
            "The name is stored, and others will see it after the next login. {}",
            why.text
        ),
    });
    Ok(())
}

/// Why there is no connection, if that was told meanwhile.
async fn store_name(client: &mut Client, name: &Clean) -> Result<Option<Exit>, Exit> {
    let deadline = Instant::now() + STORING;
    let number = client.command(Command::RenameDevice(name.clone()));
    let mut offline = None;
    loop {
        match client.hear(Some(deadline)).await {
            Heard::Event(Event::Done { command, result }) if command == number => {
                return result.map(|_| offline).map_err(Exit::from);
            }
            Heard::Event(Event::State(State::Connection(Connection::Stopped { why }))) => {
                offline = Some(stopped(why));
            }
            Heard::Event(_) => {}
            Heard::Ended => return Err(offline.unwrap_or_else(|| stopped(None))),
            Heard::Deadline => {
                return Err(Exit::new(
                    Code::TimedOut,
                    "The name could not be stored in time. Try again.",
                ));
            }
            Heard::Interrupted => return Err(interrupted()),
        }
    }
}
