//! Whether what the server shows to others is this device and its keys.

use super::Report;
use super::probe::{Probe, Unanswered};
use crate::cli::{Code, Exit};
use crate::omemo::OwnDevice;
use crate::stanza::{Element, legacy, ns, pubsub};

/// What repairs everything here: every session publishes what is missing or wrong.
const REMEDY: &str = "any command that connects repairs it, susurro contact list for one";

pub async fn check(report: &mut Report, probe: &mut Probe, own: Option<&OwnDevice>) -> Result<(), Exit> {
    let Some(own) = own else {
        return report.fail(Code::Unsafe, "this device has no keys", REMEDY);
    };
    let bundle = legacy::bundle_node(own.id);
    listed(report, fetch(probe, ns::OMEMO_LEGACY_DEVICES).await, own)?;
    published(report, fetch(probe, &bundle).await, own)?;
    for (node, what) in [
        (ns::OMEMO_LEGACY_DEVICES, "device list"),
        (bundle.as_str(), "keys"),
    ] {
        open(report, probe.get(pubsub::get_config(node)).await, what)?;
    }
    Ok(())
}

/// The newest item of one of our nodes.
async fn fetch(probe: &mut Probe, node: &str) -> Result<Option<Element>, Unanswered> {
    let answer = probe.get(pubsub::fetch(node)).await?;
    let items = answer.and_then(|answer| pubsub::items(&answer, node));
    Ok(items
        .and_then(|items| items.into_iter().next_back())
        .map(|(_, payload)| payload))
}

fn listed(
    report: &mut Report,
    list: Result<Option<Element>, Unanswered>,
    own: &OwnDevice,
) -> Result<(), Exit> {
    let ids = match list {
        Ok(list) => list
            .and_then(|list| legacy::parse_device_list(&list))
            .unwrap_or_default(),
        Err(why) => {
            return report.fail(
                Code::Answered,
                format!("the device list cannot be read: {why}"),
                REMEDY,
            );
        }
    };
    if ids.contains(&own.id) {
        let others = ids.len() - 1;
        report.ok(format!(
            "this device ({}) is on the device list, with {others} others",
            own.id.get()
        ))
    } else {
        report.fail(
            Code::Unsafe,
            "this device is not on the published device list",
            REMEDY,
        )
    }
}

fn published(
    report: &mut Report,
    bundle: Result<Option<Element>, Unanswered>,
    own: &OwnDevice,
) -> Result<(), Exit> {
    let bundle = match bundle {
        Ok(bundle) => bundle.and_then(|bundle| legacy::parse_bundle(&bundle)),
        Err(why) => {
            return report.fail(Code::Answered, format!("the keys cannot be read: {why}"), REMEDY);
        }
    };
    let Some(bundle) = bundle else {
        return report.fail(Code::Unsafe, "the keys of this device are not published", REMEDY);
    };
    let prekeys = bundle.prekeys.len();
    match bundle.verify() {
        Err(error) => report.fail(Code::Unsafe, format!("the published keys are not usable: {error}"), REMEDY),
        Ok(bundle) if bundle.identity() != own.identity.public() => report.fail(
            Code::Unsafe,
            "another key is published under the id of this device",
            "somebody else may have access to the account: change its password; then any command that connects repairs it",
        ),
        Ok(_) if prekeys < OwnDevice::PREKEYS_LEAST => report.warn(
            format!("only {prekeys} one-time keys are published"),
            "any command that connects publishes more",
        ),
        Ok(_) => report.ok(format!("the keys of this device are published, with {prekeys} one-time keys")),
    }
}

/// Whether strangers may read the node: who may not cannot write to us.
fn open(report: &mut Report, form: Result<Option<Element>, Unanswered>, what: &str) -> Result<(), Exit> {
    let model = match &form {
        Ok(form) => form.as_ref().and_then(pubsub::access_model),
        Err(why) => {
            return report.warn(
                format!("who may read the {what} is not known: {why}"),
                "nothing to do if messages arrive",
            );
        }
    };
    match model.as_deref() {
        Some("open") => report.ok(format!("everybody may read the {what} (needed to write to you)")),
        Some(model) => report.warn(format!("the {what} may be read by some only ({model})"), REMEDY),
        None => report.warn(
            format!("who may read the {what} is not known"),
            "nothing to do if messages arrive",
        ),
    }
}
