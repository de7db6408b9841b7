//! The keys and commands as they are now, made from the two tables.

use super::super::ask::{Page, World};
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>) -> store::Result<Box<dyn Page>> {
    todo!("{:?}", world.now)
}
