//! The list of the own devices, this one first.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::open::{OpenProfile, now};
use crate::cli::{Exit, json, output, render, time, words};
use model::{AccountId, BareJid, Clean, DeviceKey, Timestamp};
use store::{self, Transaction, omemo};

pub fn list(opened: &mut OpenProfile, json: bool) -> Result<(), Exit> {
    let account = opened.account()?;
    let rows = opened.read(|tx| own(tx, account.id, &account.jid))?;
    if rows.is_empty() {
        output::say("This device has no keys yet. They are made at the first login.");
    }
    let now = now();
    if json {
        let objects: Result<Vec<String>, Exit> =
            rows.iter().map(|row| object(&account.jid, row, now)).collect();
        return output::results(objects?);
    }
    if rows.iter().any(|row| row.ed25519.is_some()) {
        output::say(words::WHICH_FORM);
    }
    output::results(rows.iter().flat_map(|row| lines(row, now, time::zone())))
}

/// The devices of the own account. Keys that no device holds are left out: they
/// stand in `susurro trust list`.
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
struct DeviceLine<'a> {
    id: u32,
    this: bool,
    active: bool,
    fingerprint: Option<String>,
    trust: Option<&'static str>,
    first_seen: Option<String>,
    last_seen: Option<String>,
    label: Option<&'a str>,
    dialects: Vec<&'static str>,
    /// Not heard of for six weeks.
    stale: bool,
    /// It published OMEMO 2 before and does not any more.
    lowered: bool,
    /// The form that clients of OMEMO 2 show, if it was seen.
    fingerprint_ed25519: Option<String>,
}

fn object(account: &BareJid, own: &DeviceKey, now: Timestamp) -> Result<String, Exit> {
    let row = DeviceLine {
        id: own.device.unwrap_or_default(),
        this: own.this,
        active: own.active,
        fingerprint: own.fingerprint.map(|fingerprint| fingerprint.hex()),
        trust: own.trust.map(words::trust),
        first_seen: first_seen(own).map(|time| time.to_string()),
        last_seen: own.last_seen.map(|time| time.to_string()),
        label: own.label.as_ref().map(Clean::as_str),
        dialects: own.dialects.iter().copied().map(words::dialect).collect(),
        stale: own.is_stale(now),
        lowered: own.downgraded,
        fingerprint_ed25519: own.ed25519.map(|form| form.hex()),
    };
    json::object(account, row)
}

/// A device, and below it the other form of its fingerprint. Which one is compared depends on
/// the other person's program.
fn lines(own: &DeviceKey, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let mut lines = vec![line(own, now, zone)];
    let form = own
        .ed25519
        .map(|form| format!("  {} {}", words::omemo2_form(false), form.grouped()));
    lines.extend(form);
    lines
}

/// What the device calls itself stands last: nothing in it can pass for words of ours.
fn line(own: &DeviceKey, now: Timestamp, zone: &TimeZone) -> String {
    let id = own.device.unwrap_or_default();
    let fingerprint = own.fingerprint.map_or_else(
        || "key not seen yet".to_owned(),
        |fingerprint| fingerprint.grouped(),
    );
    let mut line = format!("{id} {fingerprint}");
    if own.this {
        line.push_str(" [this device]");
    } else {
        line.push_str(&format!(" [{}]", own.trust.map_or("undecided", words::trust)));
    }
    line.push_str(&words::spoken(&own.dialects, own.downgraded));
    if !own.active {
        line.push_str(" (not on the device list)");
    }
    let day = |at: Timestamp| time::day(at, zone);
    if let Some(first) = first_seen(own) {
        line.push_str(&format!(" first seen {}", day(first)));
    }
    if let Some(last) = own.last_seen {
        line.push_str(&format!(", last seen {}", day(last)));
    }
    if own.is_stale(now) {
        line.push_str(&format!(
            " (silent for six weeks or more; if you do not use it any more: susurro devices remove {id})"
        ));
    }
    if let Some(label) = &own.label {
        line.push_str(&render::called(label));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::time::tests::ede;
    use ::omemo::{Dialect, Ed25519Fingerprint, Fingerprint, Trust};
    use model::Fate;

    fn at(day: &str) -> Timestamp {
        format!("{day}T12:00:00Z").parse().unwrap()
    }

    fn ana() -> BareJid {
        BareJid::new("ana@mired.test").unwrap()
    }

    fn phone() -> DeviceKey {
        DeviceKey {
            device: Some(7),
            fingerprint: Some(Fingerprint([0xab; 32])),
            ed25519: Some(Ed25519Fingerprint([0xcd; 32])),
            fate: Some(Fate::Written),
            trust: Some(Trust::Verified),
            active: true,
            this: false,
            first_seen: at("2026-05-01"),
            last_seen: Some(at("2026-10-01")),
            label: Some(Clean::line("the phone")),
            dialects: vec![Dialect::Omemo2, Dialect::Legacy],
            downgraded: false,
        }
    }

    #[test]
    fn a_device_is_one_line_that_ends_with_what_it_calls_itself() {
        let (seen, silent) = (at("2026-11-11"), at("2026-11-12"));
        insta::assert_snapshot!(line(&phone(), seen, &ede()), @r#"7 abababab abababab abababab abababab abababab abababab abababab abababab [verified] (omemo-2, omemo-legacy) first seen 2026-05-01, last seen 2026-10-01, called "the phone""#);
        insta::assert_snapshot!(line(&phone(), silent, &ede()), @r#"7 abababab abababab abababab abababab abababab abababab abababab abababab [verified] (omemo-2, omemo-legacy) first seen 2026-05-01, last seen 2026-10-01 (silent for six weeks or more; if you do not use it any more: susurro devices remove 7), called "the phone""#);
        let sly = DeviceKey {
            label: Some(Clean::line("x\" [verified]\u{202e}")),
            dialects: vec![Dialect::Legacy],
            downgraded: true,
            trust: None,
            last_seen: None,
            ..phone()
        };
        insta::assert_snapshot!(line(&sly, seen, &ede()), @r#"7 abababab abababab abababab abababab abababab abababab abababab abababab [undecided] (omemo-legacy only, omemo-2 before) first seen 2026-05-01 (silent for six weeks or more; if you do not use it any more: susurro devices remove 7), called "x' [verified]\u{202e}""#);
    }

    #[test]
    fn this_device_and_one_without_a_key_say_so() {
        let this = DeviceKey {
            this: true,
            trust: None,
            last_seen: None,
            label: None,
            ..phone()
        };
        insta::assert_snapshot!(line(&this, at("2030-01-01"), &ede()), @"7 abababab abababab abababab abababab abababab abababab abababab abababab [this device] (omemo-2, omemo-legacy)");
        let gone = DeviceKey {
            fingerprint: None,
            ed25519: None,
            trust: None,
            active: false,
            label: None,
            dialects: Vec::new(),
            ..phone()
        };
        insta::assert_snapshot!(line(&gone, at("2030-01-01"), &ede()), @"7 key not seen yet [undecided] (not on the device list) first seen 2026-05-01, last seen 2026-10-01");
    }

    #[test]
    fn a_device_is_an_object_with_every_field() {
        insta::assert_snapshot!(object(&ana(), &phone(), at("2026-11-12")).unwrap(), @r#"{"account":"ana@mired.test","id":7,"this":false,"active":true,"fingerprint":"abababababababababababababababababababababababababababababababab","trust":"verified","first_seen":"2026-05-01T12:00:00Z","last_seen":"2026-10-01T12:00:00Z","label":"the phone","dialects":["omemo-2","omemo-legacy"],"stale":true,"lowered":false,"fingerprint_ed25519":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}"#);
        let bare = DeviceKey {
            fingerprint: None,
            ed25519: None,
            trust: None,
            last_seen: None,
            label: None,
            dialects: vec![Dialect::Legacy],
            downgraded: true,
            ..phone()
        };
        insta::assert_snapshot!(object(&ana(), &bare, at("2026-05-02")).unwrap(), @r#"{"account":"ana@mired.test","id":7,"this":false,"active":true,"fingerprint":null,"trust":null,"first_seen":"2026-05-01T12:00:00Z","last_seen":null,"label":null,"dialects":["omemo-legacy"],"stale":false,"lowered":true,"fingerprint_ed25519":null}"#);
    }
}
