//! `susurro trust`: the keys, and what was decided about them. Keys are asked for where there is a
//! connection; decisions need none. Here is the list; `decide` takes decisions.

mod decide;

use serde::Serialize;

use super::args::{Common, Trust as Args};
use super::client::try_fetch_keys;
use super::open::{OpenProfile, with_profile};
use super::{Exit, json, output, render, words};
use ::omemo::Dialect;
use decide::{Decision, decide};
use model::{AccountId, BareJid, Clean, DeviceKey, Fate, Form, Trust};
use store::omemo::{self, Device, KeyTrust};
use store::{self, Transaction};

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    // A mistyped fingerprint is told before the passphrase is asked for.
    let decisions = match args {
        Args::List { .. } => Vec::new(),
        Args::Verify(key) => Decision::all(key, Trust::Verified)?,
        Args::Distrust(key) => Decision::all(key, Trust::Distrusted)?,
    };
    with_profile(common, |opened| match args {
        Args::List { jid, json, offline } => {
            if let Some(jid) = jid.as_ref().filter(|_| !offline) {
                try_fetch_keys(opened, jid);
            }
            list(opened, jid.as_ref(), *json)
        }
        Args::Verify(key) | Args::Distrust(key) => decide(opened, &key.whose.jid, &decisions),
    })
}

fn list(opened: &mut OpenProfile, jid: Option<&BareJid>, json: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let rows = opened.read(|tx| {
        let jids = match jid {
            Some(jid) => vec![jid.clone()],
            None => omemo::jids_with_devices(tx, account.id)?,
        };
        let mut rows = Vec::new();
        for jid in jids {
            rows.extend(known(tx, account.id, &jid)?);
        }
        Ok(rows)
    })?;
    if rows.is_empty() {
        output::say("No keys are known yet.");
    }
    if json {
        let objects: Result<Vec<String>, Exit> = rows.iter().map(|row| object(&account.jid, row)).collect();
        return output::results(objects?);
    }
    if rows.iter().any(|row| row.key.ed25519.is_some()) {
        output::say(words::WHICH_FORM);
    }
    output::results(rows.iter().flat_map(lines))
}

/// A key of a JID with the devices that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    jid: BareJid,
    key: KeyTrust,
    devices: Vec<Device>,
    /// As its devices are shown: what they publish, what they call themselves.
    shown: Vec<DeviceKey>,
}

fn known(tx: &Transaction<'_>, account: AccountId, jid: &BareJid) -> store::Result<Vec<Known>> {
    let devices = omemo::devices(tx, account, jid)?;
    let keys = omemo::keys(tx, account, jid)?;
    let shown = omemo::device_keys(tx, account, jid)?;
    Ok(keys
        .into_iter()
        .map(|key| Known {
            jid: jid.clone(),
            devices: devices
                .iter()
                .filter(|device| device.identity == Some(key.identity))
                .cloned()
                .collect(),
            shown: shown
                .iter()
                .filter(|device| device.fingerprint == Some(key.identity.fingerprint()))
                .cloned()
                .collect(),
            key,
        })
        .collect())
}

#[derive(Serialize)]
struct TrustLine<'a> {
    jid: &'a str,
    /// The Curve25519 form.
    fingerprint: String,
    trust: &'static str,
    /// On the newest device list.
    active: bool,
    devices: Vec<u32>,
    first_seen: String,
    last_seen: Option<String>,
    label: Option<&'a str>,
    dialects: Vec<&'static str>,
    /// A device with it published OMEMO 2 before and does not any more.
    lowered: bool,
    /// The form that clients of OMEMO 2 show, if it was seen.
    fingerprint_ed25519: Option<String>,
    /// A device with it reads what is written now.
    written: bool,
}

fn object(account: &BareJid, known: &Known) -> Result<String, Exit> {
    let row = TrustLine {
        jid: known.jid.as_str(),
        fingerprint: known.key.identity.fingerprint().hex(),
        trust: words::trust(known.key.trust),
        active: known.devices.iter().any(|device| device.active),
        devices: ids(known),
        first_seen: known.key.first_seen.to_string(),
        last_seen: known
            .devices
            .iter()
            .filter_map(|device| device.last_seen)
            .max()
            .map(|time| time.to_string()),
        label: label(known).map(Clean::as_str),
        dialects: dialects(known).into_iter().map(words::dialect).collect(),
        lowered: lowered(known),
        fingerprint_ed25519: known.key.ed25519.map(|form| form.hex()),
        written: known
            .shown
            .iter()
            .any(|device| device.fate == Some(Fate::Written)),
    };
    json::object(account, row)
}

/// What the first of the devices that has a name calls itself; they hold the same key,
/// so the same owner signed it.
fn label(known: &Known) -> Option<&Clean> {
    known.shown.iter().find_map(|device| device.label.as_ref())
}

/// What the devices with this key publish, the better dialect first.
fn dialects(known: &Known) -> Vec<Dialect> {
    let spoken = |dialect: &Dialect| known.shown.iter().any(|device| device.dialects.contains(dialect));
    Dialect::ALL.into_iter().filter(spoken).collect()
}

fn lowered(known: &Known) -> bool {
    known.shown.iter().any(|device| device.downgraded)
}

/// The ids of the devices with this key, each once (a device may have it in both dialects).
fn ids(known: &Known) -> Vec<u32> {
    let mut ids: Vec<u32> = known.devices.iter().map(|device| device.id.get()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A key, and below it its other form, each said to be the one to compare or not.
fn lines(known: &Known) -> Vec<String> {
    let mut lines = vec![line(known)];
    if let Some(form) = known.key.ed25519 {
        let first = known.shown.iter().any(|device| device.form() == Form::Omemo2);
        lines.push(format!("  {} {}", words::omemo2_form(first), form.grouped()));
    }
    lines
}

fn line(known: &Known) -> String {
    let ids: Vec<String> = ids(known).iter().map(u32::to_string).collect();
    let device = match ids.as_slice() {
        [] => "no device".to_owned(),
        [id] => format!("device {id}"),
        ids => format!("devices {}", ids.join(", ")),
    };
    let mut line = format!(
        "{} {} [{}] {device}{}{}",
        render::identifier(known.jid.as_str()),
        known.key.identity.fingerprint().grouped(),
        words::trust(known.key.trust),
        words::spoken(&dialects(known), lowered(known)),
        used(known),
    );
    // Their words stand last: they cannot pass for ours.
    if let Some(label) = label(known) {
        line.push_str(&render::called(label));
    }
    line
}

/// Whether its devices are in use, where that does not go without saying.
fn used(known: &Known) -> &'static str {
    let fates = || known.shown.iter().filter_map(|device| device.fate);
    if known.devices.iter().any(|device| device.active) {
        ""
    } else if fates().any(|fate| fate == Fate::Written) {
        " (on no list, written to because it wrote first)"
    } else if fates().next().is_some() {
        " (on no list, left out)"
    } else {
        " (not in use)"
    }
}

#[cfg(test)]
mod tests;
