//! Whether what the server shows to others is this device and its keys, in both dialects of OMEMO.

use super::Report;
use super::probe::{Probe, Unanswered};
use crate::cli::{Code, Exit};
use omemo::{Dialect, OwnDevice};
use stanza::dialects::{self, Listed};
use stanza::{Element, pubsub};

/// What repairs everything here: every session publishes what is missing or wrong.
const REMEDY: &str = "any command that connects repairs it, susurro contact list for one";

/// A dialect as the person reads of it.
fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Legacy => "OMEMO",
        Dialect::Omemo2 => "OMEMO 2",
    }
}

pub async fn check(report: &mut Report, probe: &mut Probe, own: Option<&OwnDevice>) -> Result<(), Exit> {
    let Some(own) = own else {
        return report.fail(Code::Unsafe, "this device has no keys", REMEDY);
    };
    for dialect in [Dialect::Legacy, Dialect::Omemo2] {
        let list = probe.get(dialects::fetch_devices(dialect)).await;
        listed(report, dialect, list, own)?;
        let bundle = probe.get(dialects::fetch_bundle(dialect, own.id)).await;
        published(report, dialect, bundle, own)?;
        let list = dialects::devices_node(dialect).to_owned();
        for (node, what) in [
            (list, "device list"),
            (dialects::bundle_node(dialect, own.id), "keys"),
        ] {
            let what = format!("{} {what}", name(dialect));
            open(report, dialect, probe.get(pubsub::get_config(&node)).await, &what)?;
        }
    }
    Ok(())
}

fn listed(
    report: &mut Report,
    dialect: Dialect,
    list: Result<Option<Element>, Unanswered>,
    own: &OwnDevice,
) -> Result<(), Exit> {
    let name = name(dialect);
    let devices = match list {
        Ok(list) => {
            let others_last = |id| u8::from(id != own.id);
            list.and_then(|list| dialects::read_device_list_by(dialect, &list, &others_last))
        }
        // Nobody has published one.
        Err(Unanswered::Error(condition)) if condition == "item-not-found" => None,
        Err(why) => {
            return report.fail(
                Code::Answered,
                format!("the {name} device list cannot be read: {why}"),
                REMEDY,
            );
        }
    };
    let devices: Vec<Listed> = devices.unwrap_or_default();
    if devices.iter().any(|device| device.id == own.id) {
        let others = devices.len() - 1;
        report.ok(format!(
            "this device ({}) is on the {name} device list, with {others} others",
            own.id.get()
        ))
    } else {
        report.fail(
            Code::Unsafe,
            format!("this device is not on the published {name} device list"),
            REMEDY,
        )
    }
}

fn published(
    report: &mut Report,
    dialect: Dialect,
    bundle: Result<Option<Element>, Unanswered>,
    own: &OwnDevice,
) -> Result<(), Exit> {
    let name = name(dialect);
    let read = |answer: Element| dialects::read_bundle(dialect, own.id, &answer);
    let bundle = match bundle.map(|answer| answer.map(read).transpose().map(Option::flatten)) {
        Ok(Ok(bundle)) => bundle,
        Ok(Err(bad)) => {
            let text = format!("the {name} keys of this device are damaged: {bad}");
            return report.fail(Code::Unsafe, text, REMEDY);
        }
        Err(Unanswered::Error(condition)) if condition == "item-not-found" => None,
        Err(why) => {
            return report.fail(
                Code::Answered,
                format!("the {name} keys cannot be read: {why}"),
                REMEDY,
            );
        }
    };
    let Some(bundle) = bundle else {
        return report.fail(
            Code::Unsafe,
            format!("the {name} keys of this device are not published"),
            REMEDY,
        );
    };
    let prekeys = bundle.prekeys.len();
    match bundle.verify() {
        Err(error) => report.fail(
            Code::Unsafe,
            format!("the published {name} keys are not usable: {error}"),
            REMEDY,
        ),
        Ok(bundle) if bundle.identity() != own.identity.public() => report.fail(
            Code::Unsafe,
            format!("another {name} key is published under the id of this device"),
            "somebody else may have access to the account: change its password; then any command that connects repairs it",
        ),
        Ok(_) if prekeys < OwnDevice::PREKEYS_LEAST => report.warn(
            format!("only {prekeys} one-time {name} keys are published"),
            "any command that connects publishes more",
        ),
        Ok(_) => report.ok(format!(
            "the {name} keys of this device are published, with {prekeys} one-time keys"
        )),
    }
}

/// Whether strangers may read the node: who may not cannot write to us. And whether a node of all bundles
/// holds more than one: else each device of the account takes away the keys of the one before.
fn open(
    report: &mut Report,
    dialect: Dialect,
    form: Result<Option<Element>, Unanswered>,
    what: &str,
) -> Result<(), Exit> {
    let config = match form {
        Ok(form) => form.as_ref().and_then(pubsub::config).unwrap_or_default(),
        Err(why) => {
            return report.warn(
                format!("who may read the {what} is not known: {why}"),
                "nothing to do if messages arrive",
            );
        }
    };
    let narrow = dialect == Dialect::Omemo2 && what.ends_with("keys");
    if narrow && config.max_items.as_deref() == Some("1") {
        report.warn(format!("the server keeps the {what} of one device only"), REMEDY)?;
    }
    match config.access_model.as_deref() {
        Some("open") => report.ok(format!("everybody may read the {what} (needed to write to you)")),
        Some(model) => report.warn(format!("the {what} may be read by some only ({model})"), REMEDY),
        None => report.warn(
            format!("who may read the {what} is not known"),
            "nothing to do if messages arrive",
        ),
    }
}
