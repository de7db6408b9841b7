//! Both sides' fingerprints in one chat, in groups of eight, to compare and verify.

use super::super::ask::{Page, World};
use crate::model::BareJid;
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>, jid: &BareJid) -> store::Result<Box<dyn Page>> {
    todo!("{:?}{jid:?}", world.now)
}
