//! Strangers who ask to become contacts; they wait here and never pop up.

use super::super::ask::{Page, World};
use crate::store;

/// The page.
///
/// # Errors
/// The store's.
pub fn page(world: &World<'_>) -> store::Result<Box<dyn Page>> {
    todo!("{:?}", world.now)
}
