//! `susurro devices`: the devices of the own account, this one first.

use serde::Serialize;

use super::args::{Common, Devices as Args};
use super::client::try_fetch_keys;
use super::open::{Opened, with_profile};
use super::{Exit, json, output, words};
use crate::model::{AccountId, BareJid, Fingerprint, Timestamp, Trust};
use crate::store::{self, Transaction, omemo};

pub fn run(common: &Common, args: Args) -> Result<(), Exit> {
    with_profile(common, |opened| {
        if !args.offline {
            let own = opened.account()?.jid;
            try_fetch_keys(opened, &own);
        }
        devices(opened, args.json)
    })
}

fn devices(opened: &mut Opened, json: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let rows = opened.read(|tx| own(tx, account.id, &account.jid))?;
    if rows.is_empty() {
        output::say("This device has no keys yet. They are made at the first login.");
    }
    let lines: Result<Vec<String>, Exit> = rows
        .iter()
        .map(|row| if json { object(row) } else { Ok(line(row)) })
        .collect();
    output::results(lines?)
}

/// One own device.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    id: u32,
    this: bool,
    active: bool,
    fingerprint: Option<Fingerprint>,
    trust: Option<Trust>,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
}

fn own(tx: &Transaction<'_>, account: AccountId, jid: &BareJid) -> store::Result<Vec<Own>> {
    let mut rows = Vec::new();
    let this = omemo::own_device(tx, account)?;
    let listed = omemo::devices(tx, account, jid)?;
    if let Some(this) = &this {
        rows.push(Own {
            id: this.id.get(),
            this: true,
            active: listed.iter().any(|device| device.id == this.id && device.active),
            fingerprint: Some(this.identity.public().fingerprint()),
            trust: None,
            first_seen: None,
            last_seen: None,
        });
    }
    for device in listed {
        // The own list names this device too; the row above says more. A foreign key under our id is shown, though.
        let ours = this.as_ref().is_some_and(|this| {
            this.id == device.id && device.identity.is_none_or(|key| key == this.identity.public())
        });
        if ours {
            continue;
        }
        let trust = match &device.identity {
            Some(identity) => omemo::trust(tx, account, jid, identity)?,
            None => None,
        };
        rows.push(Own {
            id: device.id.get(),
            this: false,
            active: device.active,
            fingerprint: device.identity.map(|identity| identity.fingerprint()),
            trust,
            first_seen: Some(device.first_seen),
            last_seen: device.last_seen,
        });
    }
    Ok(rows)
}

#[derive(Serialize)]
struct Row {
    id: u32,
    this: bool,
    active: bool,
    fingerprint: Option<String>,
    trust: Option<&'static str>,
    first_seen: Option<String>,
    last_seen: Option<String>,
}

fn object(own: &Own) -> Result<String, Exit> {
    let row = Row {
        id: own.id,
        this: own.this,
        active: own.active,
        fingerprint: own.fingerprint.map(|fingerprint| fingerprint.hex()),
        trust: own.trust.map(words::trust),
        first_seen: own.first_seen.map(|time| time.to_string()),
        last_seen: own.last_seen.map(|time| time.to_string()),
    };
    json::line(&row).map_err(|error| Exit::other(error.to_string()))
}

fn line(own: &Own) -> String {
    let fingerprint = own.fingerprint.map_or_else(
        || "key not seen yet".to_owned(),
        |fingerprint| fingerprint.grouped(),
    );
    let mut line = format!("{} {fingerprint}", own.id);
    if own.this {
        line.push_str(" [this device]");
    } else {
        line.push_str(&format!(" [{}]", own.trust.map_or("undecided", words::trust)));
    }
    if !own.active {
        line.push_str(" (not on the device list)");
    }
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    if let Some(first) = own.first_seen {
        line.push_str(&format!(" first seen {}", day(first)));
    }
    if let Some(last) = own.last_seen {
        line.push_str(&format!(", last seen {}", day(last)));
    }
    line
}
