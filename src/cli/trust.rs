//! `susurro trust`: the keys, and what was decided about them. Keys are asked for where there is a connection; decisions need
//! none.

use serde::Serialize;

use super::args::{Common, Key, Trust as Args};
use super::client::{fetch_keys, try_fetch_keys};
use super::open::{Opened, now, with_profile};
use super::{Exit, json, output, render, words};
use crate::model::{AccountId, BareJid, Clean, DeviceKey, Fingerprint, Trust};
use crate::omemo::Dialect;
use crate::protocol;
use crate::store::omemo::{self, Device, KeyTrust};
use crate::store::{self, Transaction};

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    // A mistyped fingerprint is told before the passphrase is asked for.
    let decision = match args {
        Args::List { .. } => None,
        Args::Verify(key) => Some((key, fingerprint(key)?, Trust::Verified)),
        Args::Distrust(key) => Some((key, fingerprint(key)?, Trust::Distrusted)),
    };
    with_profile(common, |opened| match (args, decision) {
        (Args::List { jid, json, offline }, _) => {
            if let Some(jid) = jid.as_ref().filter(|_| !offline) {
                try_fetch_keys(opened, jid);
            }
            list(opened, jid.as_ref(), *json)
        }
        (_, Some((key, fingerprint, trust))) => decide(opened, &key.jid, fingerprint, trust),
        (_, None) => Ok(()),
    })
}

/// The fingerprint, which may come as one argument or in groups.
fn fingerprint(key: &Key) -> Result<Fingerprint, Exit> {
    Fingerprint::parse(&key.fingerprint.join(" "))
        .ok_or_else(|| Exit::usage("A fingerprint has 64 hexadecimal digits (0-9, a-f)."))
}

fn list(opened: &mut Opened, jid: Option<&BareJid>, json: bool) -> Result<(), Exit> {
    let account = opened.account()?.id;
    let rows = opened.read(|tx| {
        let jids = match jid {
            Some(jid) => vec![jid.clone()],
            None => omemo::jids_with_devices(tx, account)?,
        };
        let mut rows = Vec::new();
        for jid in jids {
            rows.extend(known(tx, account, &jid)?);
        }
        Ok(rows)
    })?;
    if rows.is_empty() {
        output::say("No keys are known yet.");
    }
    let lines: Result<Vec<String>, Exit> = rows
        .iter()
        .map(|row| if json { object(row) } else { Ok(line(row)) })
        .collect();
    output::results(lines?)
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

fn decide(opened: &mut Opened, jid: &BareJid, fingerprint: Fingerprint, trust: Trust) -> Result<(), Exit> {
    let account = opened.account()?;
    let identity = fingerprint.identity_key();
    let seen = opened.read(|tx| omemo::trust(tx, account.id, jid, &identity))?;
    let asked = if seen.is_none() {
        fetch_keys(opened, jid)
    } else {
        Ok(())
    };
    let changed = opened.write(|tx| {
        match protocol::decide(tx, account.id, &account.jid, jid, &identity, trust, now())? {
            Some(stopped) => Ok(Ok(stopped.len())),
            None => Ok(Err(known(tx, account.id, jid)?)),
        }
    })?;
    match changed {
        Ok(stopped) => {
            let jid = render::identifier(jid.as_str());
            let trust = words::trust(trust);
            output::say(format!(
                "The key {} of {jid} is {trust} now.",
                fingerprint.grouped()
            ));
            if stopped > 0 {
                output::say(format!(
                    "{stopped} waiting messages were encrypted to this key before and are not sent. Send them anew."
                ));
            }
            Ok(())
        }
        // Without an answer of the server nothing can be said about a key that is not known.
        Err(known) => Err(asked.err().unwrap_or_else(|| unknown(jid, &known))),
    }
}

/// The refusal of a fingerprint that does not belong to `jid`, with those that do.
fn unknown(jid: &BareJid, known: &[Known]) -> Exit {
    let jid = render::identifier(jid.as_str());
    if known.is_empty() {
        return Exit::other(format!(
            "No key of {jid} is known: they publish none, or show them only to contacts (`susurro contact add {jid}`)."
        ));
    }
    let known: Vec<String> = known
        .iter()
        .map(|known| {
            let fingerprint = known.key.identity.fingerprint().grouped();
            format!("{fingerprint} ({})", words::trust(known.key.trust))
        })
        .collect();
    Exit::other(format!(
        "{jid} has no key with this fingerprint, and nothing is changed. Known are: {}",
        known.join(", ")
    ))
}

#[derive(Serialize)]
struct Row<'a> {
    jid: &'a str,
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
}

fn object(known: &Known) -> Result<String, Exit> {
    let row = Row {
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
    };
    json::line(&row).map_err(|error| Exit::other(error.to_string()))
}

/// What the first of the devices that has a name calls itself; they hold the same key, so the same owner signed it.
fn label(known: &Known) -> Option<&Clean> {
    known.shown.iter().find_map(|device| device.label.as_ref())
}

/// What the devices with this key publish, the better dialect first.
fn dialects(known: &Known) -> Vec<Dialect> {
    let spoken = |dialect: &Dialect| known.shown.iter().any(|device| device.dialects.contains(dialect));
    Dialect::ALL.into_iter().filter(spoken).collect()
}

fn lowered(known: &Known) -> bool {
    known.shown.iter().any(|device| device.lowered)
}

/// The ids of the devices with this key, each once (a device may have it in both dialects).
fn ids(known: &Known) -> Vec<u32> {
    let mut ids: Vec<u32> = known.devices.iter().map(|device| device.id.get()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn line(known: &Known) -> String {
    let ids: Vec<String> = ids(known).iter().map(u32::to_string).collect();
    let device = match ids.as_slice() {
        [] => "no device".to_owned(),
        [id] => format!("device {id}"),
        ids => format!("devices {}", ids.join(", ")),
    };
    let active = known.devices.iter().any(|device| device.active);
    let mut line = format!(
        "{} {} [{}] {device}{}{}",
        render::identifier(known.jid.as_str()),
        known.key.identity.fingerprint().grouped(),
        words::trust(known.key.trust),
        words::spoken(&dialects(known), lowered(known)),
        if active { "" } else { " (not in use)" },
    );
    // Their words stand last: they cannot pass for ours.
    if let Some(label) = label(known) {
        line.push_str(&render::called(label));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Code;
    use rand_core::SeedableRng;

    use crate::omemo::{DeviceId, IdentityKey, IdentityKeyPair, OwnDevice};
    use crate::store::Writer;
    use crate::store::accounts::{self, AccountOptions};

    fn bob() -> BareJid {
        BareJid::new("bob@mired.test").unwrap()
    }

    fn key(words: &[&str]) -> Key {
        Key {
            jid: bob(),
            fingerprint: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// Bob's one key, blind, on his devices 7 and 8.
    fn bobs_key(tx: &Transaction<'_>) -> AccountId {
        let ana = BareJid::new("ana@mired.test").unwrap();
        let account = accounts::add(tx, &ana, "secret", &AccountOptions::default(), "r").unwrap();
        let (at, identity) = ("2026-11-20T12:00:00Z".parse().unwrap(), IdentityKey([0xab; 32]));
        let ids = [7, 8].map(|id| DeviceId::new(id).unwrap());
        omemo::set_device_list(tx, account, &bob(), Dialect::Legacy, &ids, at).unwrap();
        for id in ids {
            omemo::set_identity(tx, account, &bob(), Dialect::Legacy, id, identity, at).unwrap();
        }
        omemo::set_trust(tx, account, &bob(), &identity, Trust::Blind, at).unwrap();
        account
    }

    #[test]
    fn a_fingerprint_is_read_in_any_case_and_grouping() {
        let whole = "ab".repeat(32);
        let groups = ["ABabABab"; 8];
        for words in [vec![whole.as_str()], groups.to_vec()] {
            assert_eq!(fingerprint(&key(&words)).unwrap(), Fingerprint([0xab; 32]));
        }
        for wrong in [vec!["ab"], vec!["xyz"], groups[1..].to_vec()] {
            assert_eq!(fingerprint(&key(&wrong)).unwrap_err().code, Code::Usage);
        }
    }

    #[test]
    fn a_key_is_shown_with_its_devices_and_as_an_object_with_every_field() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let account = bobs_key(&tx);
        let known = known(&tx, account, &bob()).unwrap();
        insta::assert_snapshot!(
            line(&known[0]),
            @"bob@mired.test abababab abababab abababab abababab abababab abababab abababab abababab [blind] devices 7, 8 (omemo-legacy)"
        );
        insta::assert_snapshot!(
            object(&known[0]).unwrap(),
            @r#"{"jid":"bob@mired.test","fingerprint":"abababababababababababababababababababababababababababababababab","trust":"blind","active":true,"devices":[7,8],"first_seen":"2026-11-20T12:00:00Z","last_seen":null,"label":null,"dialects":["omemo-legacy"],"lowered":false}"#
        );
    }

    #[test]
    fn a_key_is_shown_with_what_its_device_publishes_and_calls_itself() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let account = bobs_key(&tx);
        let (at, rng) = (
            "2026-11-20T12:00:00Z".parse().unwrap(),
            &mut rand_chacha::ChaCha20Rng::from_seed([7; 32]),
        );
        let phone = OwnDevice {
            id: DeviceId::new(9).unwrap(),
            identity: IdentityKeyPair::generate(rng),
        };
        let key = phone.identity.public();
        for dialect in Dialect::ALL {
            omemo::set_device_list(&tx, account, &bob(), dialect, &[phone.id], at).unwrap();
            omemo::set_identity(&tx, account, &bob(), dialect, phone.id, key, at).unwrap();
        }
        omemo::set_trust(&tx, account, &bob(), &key, Trust::Blind, at).unwrap();
        let label = omemo::DeviceLabel {
            text: Clean::line("Bob's phone"),
            signature: phone.sign_label("Bob's phone", rng).to_vec(),
        };
        omemo::set_labels(&tx, account, &bob(), Dialect::Omemo2, &[(phone.id, label)]).unwrap();
        let shown = |tx: &Transaction<'_>| {
            let known = known(tx, account, &bob()).unwrap();
            let known = known.iter().find(|known| known.key.identity == key).unwrap();
            let line = line(known);
            let (_, words) = line.split_once(" [blind] ").unwrap();
            let object: serde_json::Value = serde_json::from_str(&object(known).unwrap()).unwrap();
            (
                words.to_owned(),
                object["label"].clone(),
                object["dialects"].to_string(),
                object["lowered"].clone(),
            )
        };
        insta::assert_debug_snapshot!(shown(&tx), @r#"(
    "device 9 (omemo-2, omemo-legacy), called \"Bob's phone\"",
    String("Bob's phone"),
    "[\"omemo-2\",\"omemo-legacy\"]",
    Bool(false),
)"#);
        omemo::set_device_list(&tx, account, &bob(), Dialect::Omemo2, &[], at).unwrap();
        insta::assert_debug_snapshot!(shown(&tx), @r#"(
    "device 9 (omemo-legacy only, omemo-2 before), called \"Bob's phone\"",
    String("Bob's phone"),
    "[\"omemo-legacy\"]",
    Bool(true),
)"#);
    }

    #[test]
    fn a_wrong_fingerprint_is_refused_with_the_known_ones() {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let account = bobs_key(&tx);
        let exit = unknown(&bob(), &known(&tx, account, &bob()).unwrap());
        assert_eq!(exit.code, Code::Other);
        assert!(exit.text.contains("abababab abababab"), "{}", exit.text);
        let exit = unknown(&bob(), &[]);
        assert!(exit.text.starts_with("No key of bob@mired.test"), "{}", exit.text);
    }
}
