//! One device in one dialect: what sessions, bundles and empty messages are about.

use model::{AddressedDevice, BareJid};
use omemo::{DeviceId, Dialect};

/// A device of somebody (or another one of ours) in one dialect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeviceAddress {
    pub(crate) jid: BareJid,
    pub(crate) device: DeviceId,
    pub(crate) dialect: Dialect,
}

impl DeviceAddress {
    /// Of a device of `jid`.
    pub(crate) fn of(jid: &BareJid, device: &AddressedDevice) -> Self {
        Self {
            jid: jid.clone(),
            device: device.id,
            dialect: device.dialect,
        }
    }
}
