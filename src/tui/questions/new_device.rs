//! A key of the open chat's contact that nobody decided about.

use super::super::ask::{Question, World};
use crate::model::BareJid;
use crate::store;

/// The question; None if there is nothing to ask any more.
///
/// # Errors
/// The store's.
pub fn question(world: &World<'_>, jid: &BareJid) -> store::Result<Option<Box<dyn Question>>> {
    todo!("{:?}{jid:?}", world.now)
}
