//! Our own devices: which is this one, which are new, which are trusted.

use super::super::ask::{Page, World};
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>) -> store::Result<Box<dyn Page>> {
    todo!("{:?}", world.now)
}
