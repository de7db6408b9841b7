//! What takes the history's place for a while, each page in a file of its own.

use super::ask::{Page, PageName, World};
use crate::store;

/// Makes a page.
///
/// # Errors
/// The store's.
pub fn make(world: &World<'_>, name: &PageName) -> store::Result<Box<dyn Page>> {
    todo!("{:?}{name:?}", world.now)
}
