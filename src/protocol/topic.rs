//! What a node of PEP is about, of those that tell us something by themselves.

use omemo::Dialect;
use stanza::{dialects, mds, ns};

/// What a node of PEP is about.
pub(crate) enum Topic {
    DeviceList(Dialect),
    ReadPositions,
    Bookmarks,
}

impl Topic {
    pub(crate) fn of(node: &str) -> Option<Self> {
        match node {
            mds::NODE => Some(Self::ReadPositions),
            ns::BOOKMARKS | ns::BOOKMARKS_BEFORE => Some(Self::Bookmarks),
            other => dialects::dialect_of_devices_node(other).map(Self::DeviceList),
        }
    }
}
