//! `susurro devices`: the devices of the own account, this one first.

use serde::Serialize;

use super::args::{Common, Devices as Args};
use super::client::try_fetch_keys;
use super::open::{Opened, with_profile};
use super::{Exit, json, output, words};
use crate::model::{AccountId, BareJid, DeviceKey, Timestamp};
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

/// The devices of the own account. Keys that no device holds are left out: they stand in `susurro trust list`.
fn own(tx: &Transaction<'_>, account: AccountId, jid: &BareJid) -> store::Result<Vec<DeviceKey>> {
    let mut rows = omemo::device_keys(tx, account, jid)?;
    rows.retain(|row| row.device.is_some());
    Ok(rows)
}

/// When the device was first seen; of this one there is nothing to say.
fn first_seen(own: &DeviceKey) -> Option<Timestamp> {
    Some(own.first_seen).filter(|_| !own.this)
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

fn object(own: &DeviceKey) -> Result<String, Exit> {
    let row = Row {
        id: own.device.unwrap_or_default(),
        this: own.this,
        active: own.active,
        fingerprint: own.fingerprint.map(|fingerprint| fingerprint.hex()),
        trust: own.trust.map(words::trust),
        first_seen: first_seen(own).map(|time| time.to_string()),
        last_seen: own.last_seen.map(|time| time.to_string()),
    };
    json::line(&row).map_err(|error| Exit::other(error.to_string()))
}

fn line(own: &DeviceKey) -> String {
    let fingerprint = own.fingerprint.map_or_else(
        || "key not seen yet".to_owned(),
        |fingerprint| fingerprint.grouped(),
    );
    let mut line = format!("{} {fingerprint}", own.device.unwrap_or_default());
    if own.this {
        line.push_str(" [this device]");
    } else {
        line.push_str(&format!(" [{}]", own.trust.map_or("undecided", words::trust)));
    }
    if !own.active {
        line.push_str(" (not on the device list)");
    }
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    if let Some(first) = first_seen(own) {
        line.push_str(&format!(" first seen {}", day(first)));
    }
    if let Some(last) = own.last_seen {
        line.push_str(&format!(", last seen {}", day(last)));
    }
    line
}
