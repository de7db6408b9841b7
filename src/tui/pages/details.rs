//! Everything about one message: time, device, key, ids, and why it cannot be read or was not sent.

use super::super::ask::{Page, World};
use crate::model::MessageId;
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>, id: MessageId) -> store::Result<Box<dyn Page>> {
    todo!("{:?}{id:?}", world.now)
}
