//! Both dialects of OMEMO behind one set of names: where keys are published, how lists, bundles and
//! letters are read and written.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;

use super::limits::device_id;
pub use super::limits::{BadBundle, BadLetter};
pub use super::omemo2::{Label, Listed};
use super::xml::children;
use super::{legacy, ns, omemo2, pubsub};
use model::address;
use omemo::{Bundle, DeviceId, Dialect, EncryptedMessage};

/// The item id of a device list, and of a legacy bundle.
const CURRENT: &str = "current";

/// Its namespace.
pub fn namespace(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Legacy => ns::OMEMO_LEGACY,
        Dialect::Omemo2 => ns::OMEMO2,
    }
}

/// The node of an account's device list.
pub fn devices_node(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Legacy => ns::OMEMO_LEGACY_DEVICES,
        Dialect::Omemo2 => ns::OMEMO2_DEVICES,
    }
}

/// The dialect whose device lists lie in this node.
pub fn dialect_of_devices_node(node: &str) -> Option<Dialect> {
    Dialect::ALL
        .into_iter()
        .find(|dialect| devices_node(*dialect) == node)
}

/// The node that holds the bundle of this device.
pub fn bundle_node(dialect: Dialect, device: DeviceId) -> String {
    match dialect {
        Dialect::Legacy => legacy::bundle_node(device),
        Dialect::Omemo2 => ns::OMEMO2_BUNDLES.to_owned(),
    }
}

/// The item of that node.
pub fn bundle_item(dialect: Dialect, device: DeviceId) -> String {
    match dialect {
        Dialect::Legacy => CURRENT.to_owned(),
        Dialect::Omemo2 => device.get().to_string(),
    }
}

/// The payload that asks for an account's device list.
pub fn fetch_devices(dialect: Dialect) -> Element {
    pubsub::fetch(devices_node(dialect))
}

/// The payload that asks for a device's bundle.
pub fn fetch_bundle(dialect: Dialect, device: DeviceId) -> Element {
    match dialect {
        // Whatever its id is: some clients use others than "current".
        Dialect::Legacy => pubsub::fetch(&bundle_node(dialect, device)),
        Dialect::Omemo2 => pubsub::fetch_item(ns::OMEMO2_BUNDLES, &bundle_item(dialect, device)),
    }
}

/// The payload that publishes our device list.
pub fn publish_devices(dialect: Dialect, devices: &[Listed]) -> Element {
    pubsub::publish_open(
        devices_node(dialect),
        CURRENT,
        device_list(dialect, devices),
        None,
    )
}

/// The payload that publishes a bundle of ours; `items`: how many the node must hold (OMEMO 2 only;
/// None: that is said elsewhere).
pub fn publish_bundle(device: DeviceId, bundle: &Bundle, items: Option<pubsub::MaxItems>) -> Element {
    let dialect = bundle.dialect;
    let (item, items) = match dialect {
        Dialect::Legacy => (legacy::bundle(bundle), None),
        Dialect::Omemo2 => (omemo2::bundle(bundle), items),
    };
    let (node, id) = (bundle_node(dialect, device), bundle_item(dialect, device));
    pubsub::publish_open(&node, &id, item, items)
}

/// The payload that takes away the bundle of a device of ours.
pub fn remove_bundle(dialect: Dialect, device: DeviceId) -> Element {
    match dialect {
        Dialect::Legacy => pubsub::delete_node(&bundle_node(dialect, device)),
        Dialect::Omemo2 => pubsub::retract(ns::OMEMO2_BUNDLES, &bundle_item(dialect, device)),
    }
}

/// The devices of a `<list>` or `<devices>`, the first 200.
pub fn parse_device_list(dialect: Dialect, list: &Element) -> Option<Vec<Listed>> {
    parse_device_list_by(dialect, list, &|_| 0)
}

/// The same; of more than 200 those of the lowest `rank`, of equal ones the first.
pub fn parse_device_list_by(
    dialect: Dialect,
    list: &Element,
    rank: &dyn Fn(DeviceId) -> u8,
) -> Option<Vec<Listed>> {
    match dialect {
        Dialect::Legacy => Some(
            legacy::parse_device_list(list, rank)?
                .into_iter()
                .map(|id| Listed { id, label: None })
                .collect(),
        ),
        Dialect::Omemo2 => omemo2::parse_device_list(list, rank),
    }
}

/// Whether a `<list>` or `<devices>` names every device once, and none by a number that no device can have.
/// What a list that is not tidy is read as is another list than stands there.
pub fn is_tidy(dialect: Dialect, list: &Element) -> bool {
    let mut seen = BTreeSet::new();
    children(list, "device", namespace(dialect))
        .all(|device| device_id(device.attr("id")).is_some_and(|id| seen.insert(id)))
}

/// Whether a `<list>` or `<devices>` names devices, and every one by a number that no device can have.
pub fn is_impossible(dialect: Dialect, list: &Element) -> bool {
    let mut devices = children(list, "device", namespace(dialect)).peekable();
    devices.peek().is_some() && devices.all(|device| device_id(device.attr("id")).is_none())
}

/// Whether the device list in the answer to [`fetch_devices`] is so.
pub fn is_impossible_answer(dialect: Dialect, answer: &Element) -> bool {
    let items = pubsub::items(answer, devices_node(dialect)).unwrap_or_default();
    items.last().is_some_and(|(_, list)| is_impossible(dialect, list))
}

/// Whether the device list in the answer to [`fetch_devices`] is tidy; true if there is none.
pub fn is_tidy_answer(dialect: Dialect, answer: &Element) -> bool {
    let items = pubsub::items(answer, devices_node(dialect)).unwrap_or_default();
    items.last().is_none_or(|(_, list)| is_tidy(dialect, list))
}

/// The `<list>` or `<devices>` of these devices.
pub fn device_list(dialect: Dialect, devices: &[Listed]) -> Element {
    match dialect {
        Dialect::Legacy => {
            let ids: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
            legacy::device_list(&ids)
        }
        Dialect::Omemo2 => omemo2::device_list(devices),
    }
}

/// The device list in the answer to [`fetch_devices`], its first 200 devices; any
/// item id, the last item counts.
pub fn read_device_list(dialect: Dialect, answer: &Element) -> Option<Vec<Listed>> {
    read_device_list_by(dialect, answer, &|_| 0)
}

/// The same; of more than 200 devices those of the lowest `rank`, of equal ones the first.
pub fn read_device_list_by(
    dialect: Dialect,
    answer: &Element,
    rank: &dyn Fn(DeviceId) -> u8,
) -> Option<Vec<Listed>> {
    let items = pubsub::items(answer, devices_node(dialect))?;
    items
        .last()
        .and_then(|(_, list)| parse_device_list_by(dialect, list, rank))
}

/// The bundle in the answer to [`fetch_bundle`], None if there is none. Of OMEMO 2 the item with the device's
/// id, whatever else was sent along.
///
/// # Errors
/// Something is published there that is no bundle.
pub fn read_bundle(
    dialect: Dialect,
    device: DeviceId,
    answer: &Element,
) -> Result<Option<Bundle>, BadBundle> {
    let items = pubsub::items(answer, &bundle_node(dialect, device)).unwrap_or_default();
    let (item, parse): (_, fn(&Element) -> Option<Bundle>) = match dialect {
        Dialect::Legacy => (items.last(), legacy::parse_bundle),
        Dialect::Omemo2 => {
            let id = bundle_item(dialect, device);
            (items.iter().rfind(|(item, _)| *item == id), omemo2::parse_bundle)
        }
    };
    item.map(|(_, bundle)| parse(bundle).ok_or(BadBundle)).transpose()
}

/// Reads an `<encrypted>` of either dialect. Of its keys those for our device are kept.
pub fn parse_encrypted(
    encrypted: &Element,
    account: &BareJid,
    own: DeviceId,
) -> Result<EncryptedMessage, BadLetter> {
    if encrypted.ns() == ns::OMEMO2 {
        omemo2::parse_encrypted(encrypted, account, own)
    } else {
        legacy::parse_encrypted(encrypted, own)
    }
}

/// The devices that an `<encrypted>` of ours has keys for. Whose they are is not said
/// in the legacy dialect: None.
pub fn sealed_for(dialect: Dialect, encrypted: &Element) -> Vec<(Option<BareJid>, DeviceId)> {
    let namespace = namespace(dialect);
    let devices = |keys: &Element| -> Vec<DeviceId> {
        let keys = children(keys, "key", namespace);
        keys.filter_map(|key| device_id(key.attr("rid"))).collect()
    };
    let Some(header) = encrypted.get_child("header", namespace) else {
        return Vec::new();
    };
    match dialect {
        Dialect::Legacy => devices(header).into_iter().map(|id| (None, id)).collect(),
        Dialect::Omemo2 => children(header, "keys", namespace)
            .flat_map(|keys| {
                let jid = keys.attr("jid").and_then(|jid| address::bare(jid).ok());
                devices(keys).into_iter().map(move |id| (jid.clone(), id))
            })
            .collect(),
    }
}

/// The `<encrypted>` of a letter.
pub fn encrypted(letter: &EncryptedMessage) -> Element {
    match letter.dialect {
        Dialect::Legacy => legacy::encrypted(letter),
        Dialect::Omemo2 => omemo2::encrypted(letter),
    }
}

#[cfg(test)]
mod tests;
