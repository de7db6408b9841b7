//! Chats, contacts and commands, found by a few letters (Ctrl-P).

use super::super::ask::{Page, World};
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>) -> store::Result<Box<dyn Page>> {
    todo!("{:?}", world.now)
}
